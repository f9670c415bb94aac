"""Keys as other libraries and people call them, and counts as they write them: the one that is meant is said."""

from __future__ import annotations

import pytest
from support import checked, codes, spec

from archspec.document.other_keys import CLASSES
from archspec.document.quantity import byte_quantity, quantity
from archspec.fixing import fix
from archspec.words import bytes_in_units


def said(text: str) -> tuple[str, str, bool | None]:
    """Code, help and whether there is a safe fix, of the one error."""
    (found,) = [d for d in checked(text).diagnostics if d.severity == "error"]
    return found.code, found.help, found.fix.is_safe if found.fix is not None else None


@pytest.mark.parametrize(
    ("key", "is_safe"),
    [
        ("input_shape", True), ("input_size", True), ("in_shape", True), ("shape", False), ("image_size", False),
        ("inputShape", True), ("input_dim", True),
    ],
)  # fmt: skip
def test_the_input(key: str, is_safe: bool) -> None:
    assert said(spec("  a: ReLU\n").replace("input:", f"{key}:")) == ("E0103", "write input", is_safe)


@pytest.mark.parametrize(
    ("key", "own"), [("description", "doc"), ("network", "layers"), ("output", "outputs"), ("title", "name")]
)
def test_other_keys_of_a_spec(key: str, own: str) -> None:
    found = [d for d in checked(spec("  a: ReLU\n") + f"{key}: {{}}\n").diagnostics if d.code == "E0103"]
    assert [d.label for d in found] == [f"did you mean {own}?"]


def test_classes() -> None:
    assert said(spec("  a: ReLU\n") + "classes: 10\n") == ("E0103", CLASSES, None)
    assert (
        codes(spec('  a: Flatten\n  b: {type: Linear, out_features: "${classes}"}\n') + "args: {classes: 10}\n") == []
    )


@pytest.mark.parametrize(
    ("keys", "own", "is_safe"),
    [
        ("type: Conv2d, num_filters: 8, kernel_size: 3", "out_channels", True),
        ("type: Conv2d, out_channels: 8, ksize: 3", "kernel_size", True),
        ("type: Conv2d, out_features: 8, kernel_size: 3", "out_channels", False),
        ("type: Linear, features: 8", "out_features", False),
        ("type: Dropout, ratio: 0.3", "p", True),
        ("type: LeakyReLU, slope: 0.3", "negative_slope", True),
        ("type: Reshape, target_shape: [-1]", "shape", False),
        ("type: ReLU, bottom: input", "from", True),
    ],
)
def test_arguments(keys: str, own: str, is_safe: bool) -> None:
    assert said(spec(f"  a: {{{keys}}}\n")) == ("E0103", f"write {own}", is_safe)


@pytest.mark.parametrize(
    ("keys", "help", "is_safe"),
    [
        ("type: LSTM, hidden_size: 4, direction: bidirectional", "bidirectional: true reads both ways", None),
        ("type: Conv2d, out_channels: 8, kernel_size: 3, dtype: float16",
         "a layer computes in the numbers that it reads; leave dtype out", False),
        ("type: Conv2d, out_channels: 8, kernel_size: 3, data_format: channels_last",
         "channels come first, right after the batch; leave data_format out", False),
        ("type: Conv2d, out_channels: 8, kernel_size: 3, data_format: channels_first",
         "channels come first, right after the batch; leave data_format out", True),
        ("type: BatchNorm2d, axis: -1", "it is the channels' axis, right after the batch; leave axis out", True),
        ("type: Dropout, keep_prob: 0.9", "p is the share that is dropped, and keep_prob the rest of 1", None),
    ],
)  # fmt: skip
def test_arguments_that_there_are_not(keys: str, help: str, is_safe: bool | None) -> None:
    text = spec(f"  a: {{{keys}}}\n", "[8, 16]" if "LSTM" in keys else "[3, 32, 32]")
    assert said(text) == ("E0103", help, is_safe)


def test_initial_values_are_written_as_help_says() -> None:
    text = spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, kernel_initializer: he_normal}\n")
    code, help, _ = said(text)
    assert code == "E0103"
    assert (
        codes(
            text.replace("kernel_initializer: he_normal", help.removeprefix("starting values stand in init, such as "))
        )
        == []
    )


LINEAR = spec("  a: {type: Linear, out_features: 8}\n", "[3]")


@pytest.mark.parametrize(
    ("written", "right"),
    [('"10,000"', "10_000"), ("1e4", "10000"), ("5 GMAC", "5 G"), ("5 GMACs", "5 G"), ("\"1,8 M\"", "1.8 M"), ("2 Gi", "2147483648"),
     ("10 thousand", "10 k"), ("10m", "10 M"), ("10 000", "10_000"), ("1.3B", "1.3 G"), ("3 million params", "3 M")],
)  # fmt: skip
def test_counts(written: str, right: str) -> None:
    key = "macs" if "MAC" in written else "params"
    text = LINEAR + f"budget: {{{key}: {{max: {written}}}}}\n"
    assert said(text) == ("E0105", f"write max: {right}", True)
    assert fix("a.yaml", text.encode()).after.decode() == LINEAR + f"budget: {{{key}: {{max: {right}}}}}\n"


@pytest.mark.parametrize("written", ["10 k", "10k", "10 K", "10_000", "1000"])
def test_a_limit_alone_is_the_most(written: str) -> None:
    assert said(LINEAR + f"budget: {{params: {written}}}\n") == ("E0105", f"write params: {{max: {written}}}", False)


@pytest.mark.parametrize("written", ["-3", "1.5", "3 apples", "many"])
def test_what_is_no_count(written: str) -> None:
    code, help, is_safe = said(LINEAR + f"budget: {{params: {written}}}\n")
    assert (code, is_safe) == ("E0105", None)
    assert help == "write max: or min: and a count, such as {max: 1.5 M}"


@pytest.mark.parametrize(
    ("claim", "help"),
    [
        ("macs: 48 FLOPs", "write macs: 24: FLOPs are twice MACs"),
        ("macs: 24 FLOPs", "write macs: 24, where FLOPs are said for MACs"),
        ("flops: 24 MACs", "write flops: 48: FLOPs are twice MACs"),
    ],
)
def test_a_claim_of_macs_in_flops_is_what_is_true(claim: str, help: str) -> None:
    assert said(LINEAR + f"expect: {{{claim}}}\n") == ("E0105", help, False)


def test_bytes_are_no_billions() -> None:
    assert checked(LINEAR + "budget: {param_bytes: {max: 130 B}}\n").ok
    assert not checked(LINEAR + "budget: {param_bytes: {max: 127 B}}\n").ok


def test_a_miss_says_by_how_many() -> None:
    (found,) = checked(LINEAR + "budget: {params: {max: 10}}\n").diagnostics
    assert (found.code, found.label, found.span.text()) == ("E0402", "22 too many", "{max: 10}")
    assert "table" in found.help


@pytest.mark.parametrize(
    "written", ["64 MiB", "4 KiB", "200 kB", "1.3 MiB", "3 GB", "512 bytes", "4096", "1.5 G", "128 B"]
)
def test_bytes_in_units(written: str) -> None:
    assert checked(LINEAR + f"budget: {{param_bytes: {{min: 0.1 KiB, max: {written}}}}}\n").ok
    assert codes(LINEAR + f"budget: {{param_bytes: {{max: 0.1 KiB, min: {written}}}}}\n")[0] == "E0402"


@pytest.mark.parametrize("size", [0, 1, 1000, 1024, 1536, 99_999, 2**20, 123_456_789, 5 * 2**40, 2**63 - 1])
def test_what_is_printed_in_units_is_read(size: int) -> None:
    shown = bytes_in_units(size)
    read = byte_quantity(shown)
    assert read is not None
    assert bytes_in_units(read) == shown
    assert abs(read - size) <= 0.051 * 1024 ** ("KMGTPE".find((shown or "")[-3]) + 1)


@pytest.mark.parametrize(
    ("written", "least", "most"), [("0.1 KiB", 103, 102), ("1.5 KiB", 1536, 1536), ("0.3 kB", 300, 300)]
)
def test_a_part_of_a_byte_is_rounded_towards_the_limit(written: str, least: int, most: int) -> None:
    assert (byte_quantity(written, is_least=True), byte_quantity(written)) == (least, most)
    assert quantity(written) is None


@pytest.mark.parametrize(
    ("claim", "help", "safe"),
    [
        ("params: {max: 200 KiB}", "KiB counts bytes, and params is a count (param_bytes is what parameters take): write one such as 1.5 M", None),
        ("macs: {max: 2GB}", "GB counts bytes, and macs is a count: write one such as 1.5 M", None),
        ("macs: {max: 1,8 M}", "write max: 1.8 M", True),
        ('macs: {max: "1,8 M"}', "write max: 1.8 M", True),
        ("param_bytes: {max: 1,5 MiB}", "write max: 1.5 MiB", True),
        ("param_bytes: {max: 64 KB}", "write max: 64 kB", False),
        ("param_bytes: {max: 64 Mb}", "write max: 64 MB, or 8 MB if Mb are bits", False),
        ("param_bytes: {max: 64 Mbit}", "write max: 8 MB: a byte has 8 bits", True),
        ("macs: {max: 64 Mb}", "Mb counts bits or bytes, and macs is a count: write one such as 1.5 M", None),
        ("macs: {max: 40 MFLOPs}", "write max: 20 M: FLOPs are twice MACs", False),
        ("macs: 40 MFLOPs", "write macs: {max: 20 M}: FLOPs are twice MACs", False),
        ("macs: {max: 1.5 GFLOPs}", "write max: 0.75 G: FLOPs are twice MACs", False),
        ("macs: {max: 40 FLOPs}", "write max: 20: FLOPs are twice MACs", None),
        ("flops: {max: 30 MMACs}", "write max: 60 M: FLOPs are twice MACs", False),
        ("flops: {max: 30 MFLOPs}", "write max: 30 M", True),
        ("params: {max: 30 MMACs}", "30 MMACs is a number of MACs, and params counts parameters", None),
        ("macs: {max: 3 M params}", "3 M params is a number of parameters, and macs counts MACs", None),
        ("param_bytes: {max: 64 mib}", "write max: 64 MiB", False),
        ("param_bytes: {max: 64Mi}", "write max: 64 MiB", True),
        ("param_bytes: 64 KiB", "write param_bytes: {max: 64 KiB}", False),
        ("param_bytes: 64 KB", "write param_bytes: {max: 64 kB}", False),
        ("output: [10]", "write output: {max: [10]}", False),
        ("param_bytes: many", "write max: or min: and a number of bytes, such as {max: 64 MiB}", None),
    ],
)  # fmt: skip
def test_units_that_are_not_taken(claim: str, help: str, safe: bool | None) -> None:
    assert said(LINEAR + f"budget: {{{claim}}}\n")[1:] == (help, safe)
    if safe:
        assert codes(fix("a.yaml", (LINEAR + f"budget: {{{claim}}}\n").encode()).after.decode()) == []
