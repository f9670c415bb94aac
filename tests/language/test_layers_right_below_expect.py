"""Layers right below `expect` or `budget`, where they belong below `layers`."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec, told

LAYERS = "  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: ReLU\n"
RIGHT = "{output: [8, 30, 30]}"


@pytest.mark.parametrize("owner", ["expect", "budget"])
@pytest.mark.parametrize("figures", [RIGHT, "{params: 224}", "{macs: 1}", "{anything: 1}"])
def test_help_names_layers(owner: str, figures: str) -> None:
    found = next(said for said in told(spec(LAYERS, more=f"{owner}:\n  a: {figures}\n")) if "takes no key a" in said[1])
    assert found == ("E0103", f"{owner} takes no key a", "put it below layers: layers: {a: {…}}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"expect:\n  a: {RIGHT}  # c\n", f"expect:\n  layers:\n    a: {RIGHT}  # c\n"),
        (f"expect: {{a: {RIGHT}, b: {RIGHT}, params: 224}}\n", f"expect: {{layers: {{a: {RIGHT}, b: {RIGHT}}}, params: 224}}\n"),
        (f"expect:\n  params: 224\n  a:\n    # c\n    output: [8, 30, 30]\n  b: {RIGHT}\n",
         f"expect:\n  params: 224\n  layers:\n    a:\n      # c\n      output: [8, 30, 30]\n    b: {RIGHT}\n"),
        (f"expect:\n  layers:\n    a: {RIGHT}  # c\n  b: {RIGHT}\n", f"expect:\n  layers:\n    a: {RIGHT}  # c\n    b: {RIGHT}\n"),
        (f"expect:\n  b: {RIGHT}\n  layers: {{a: {RIGHT}}}\n", f"expect:\n  layers: {{a: {RIGHT}, b: {RIGHT}}}\n"),
        (f"expect:\n  a: {RIGHT}\n\n  b: {RIGHT}\n", f"expect:\n  layers:\n    a: {RIGHT}\n\n    b: {RIGHT}\n"),
        ("budget:\n  a: {params: {max: 300}}\n", "budget:\n  layers:\n    a: {params: {max: 300}}\n"),
        ("expect:\n  - when: true\n    a: {params: 224}\n", "expect:\n  - when: true\n    layers:\n      a: {params: 224}\n"),
    ],
)  # fmt: skip
def test_they_are_put_below_layers(before: str, after: str) -> None:
    assert fixed(spec(LAYERS, more=before)) == spec(LAYERS, more=after)
    assert checked(spec(LAYERS, more=after)).ok


def test_what_is_claimed_of_them_is_looked_at_at_once() -> None:
    text = spec(LAYERS, more='expect:\n  a: {params: 225}\n  b: {output: "8x30x30"}\n')
    assert sorted(said[0] for said in told(text)) == ["E0103", "E0103", "E0105", "E0401"]
    assert fixed(text) == spec(LAYERS, more="expect:\n  layers:\n    a: {params: 225}\n    b: {output: [8, 30, 30]}\n")


def test_what_is_no_layer_and_says_nothing_of_one_is_unknown() -> None:
    (found,) = told(spec(LAYERS, more="expect: {notes: {year: 2012}}\n"))
    assert found[2].startswith("the keys are params, ")
    listed = spec("  - ReLU\n", more="expect: {0: {output: [3, 32, 32]}}\n")
    assert fixed(listed) == listed.replace("{0: {output: [3, 32, 32]}}", "{layers: {0: {output: [3, 32, 32]}}}")


def test_a_known_key_that_is_near_is_meant() -> None:
    found = told(spec(LAYERS, more="expect: {parms: {max: 300}}\n"))
    assert [said[2] for said in found] == ["write params"]


def test_the_keys_are_listed_with_layers() -> None:
    (found,) = told(spec(LAYERS, more="expect: {xyz: 3}\n"))
    assert found[2].endswith("layer_count, layers, when")
