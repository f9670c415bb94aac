"""Counts beyond 2^62: claimed, budgeted and shown exactly; sizes stay within 62 bits."""

from __future__ import annotations

import pytest
from support import codes

from archspec.backends.table.figures import in_bytes, scaled
from archspec.document.quantity import quantity

HEAD = "archspec: 1\nname: A\ninput: [2048, 4096, 4096]\n"
LAYERS = "layers:\n" + "".join(
    f"  {name}: {{type: Conv2d, out_channels: 65536, kernel_size: 31, padding: 15}}\n" for name in "ab"
)
MACS = 71_411_327_491_400_269_824


@pytest.mark.parametrize("claims", [
    f"expect: {{macs: {MACS}, flops: {2 * MACS}}}",
    f"expect: {{macs: {MACS:_}}}",
    f"expect: {{macs: {hex(MACS)}}}",
    f'expect: {{macs: "{MACS}"}}',
    f"expect: [{{layers: {{b: {{macs: {69_247_347_870_448_746_496}}}}}}}]",
    f"budget: {{macs: {{max: {MACS}, min: {MACS}}}}}",
    "budget: {macs: {max: 71.5 E, min: 71_400 P}}",
])  # fmt: skip
def test_claims_that_hold(claims: str) -> None:
    assert "E" not in "".join(code for code in codes(HEAD + LAYERS + claims + "\n"))


@pytest.mark.parametrize(("claims", "code"), [
    (f"expect: {{macs: {MACS + 1}}}", "E0401"),
    (f"expect: {{flops: {2 * MACS - 1}}}", "E0401"),
    (f"budget: {{macs: {{max: {MACS - 1}}}}}", "E0402"),
    (f"budget: {{macs: {{min: {MACS + 1}}}}}", "E0402"),
    (f"expect: {{macs: {2**256}}}", "E0006"),
    ("expect: {macs: " + "9" * 5000 + "}", "E0006"),
])  # fmt: skip
def test_claims_that_do_not_hold(claims: str, code: str) -> None:
    assert [found for found in codes(HEAD + LAYERS + claims + "\n") if found.startswith("E")] == [code]


@pytest.mark.parametrize("text", [
    HEAD + f"layers: {{a: {{type: Linear, out_features: {2**62}}}}}\n",
    HEAD.replace("2048", str(2**70)) + "layers: {a: ReLU}\n",
    HEAD + f"let: {{expect: {2**62}}}\nlayers: {{a: ReLU}}\n",
])  # fmt: skip
def test_sizes_stay_within_62_bits(text: str) -> None:
    assert "E0006" in codes(text)


@pytest.mark.parametrize(
    "key", ["out_features: *n", 'out_features: "${n}"', "out_features: 3, repeat: *n", "out_features: 3, bias: *n"]
)
def test_a_large_claim_does_not_come_elsewhere_by_an_alias(key: str) -> None:
    text = f"archspec: 1\nname: A\ninput: [3]\nexpect: {{macs: &n {2**70}}}\nlet: {{n: *n}}\nlayers: {{a: {{type: Linear, {key}}}}}\n"
    assert {code for code in codes(text) if code != "E0401"} & {"E0105", "E0505", "E0503"}


def test_units() -> None:
    assert quantity("71_411_327_491_400_269_824") == MACS
    assert quantity("1.5 P") == 15 * 10**14
    assert quantity("2 E") == 2 * 10**18
    assert quantity(f"{2**256 - 1:_}") == 2**256 - 1


@pytest.mark.parametrize(("size", "shown"), [
    (999_999, ""), (10**6, "1 M"), (999_499_999, "999 M"), (999_500_000, "1 G"), (999_999_999, "1 G"), (1_135_000_000, "1.14 G"),
    (MACS, "71.4 E"), (10**21 - 1, "1.00 × 10^21"), (2**256 - 1, "1.16 × 10^77"),
])  # fmt: skip
def test_short_forms_are_never_off_by_a_thousand(size: int, shown: str) -> None:
    assert scaled(size) == (f"  ({shown}; FLOPs are twice as many)" if shown else "")


@pytest.mark.parametrize(("size", "shown"), [
    (1023, "1023 bytes"), (1024, "1.0 KiB"), (2**20 - 1, "1.0 MiB"), (15_856 * 2**30, "15.5 TiB"), (2**63, "8.0 EiB"),
    (2**80, "1.21 × 10^24 bytes"),
])  # fmt: skip
def test_bytes(size: int, shown: str) -> None:
    assert in_bytes(size) == shown
