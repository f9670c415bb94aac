"""`archspec.diff`: the same as the command, as a value."""

from __future__ import annotations

import pytest
from support import SPECS

import archspec


def test_two_variants() -> None:
    spec = archspec.load(SPECS / "zoo" / "resnet.yaml")
    found = archspec.diff(spec, spec.with_(depth=101))
    assert found
    assert "inserted  layer3.6 … layer3.22 (17): Bottleneck, 10 layers," in repr(found)
    assert found.to_dict()["after"]["arguments"]["depth"] == 101
    assert "- **changed** argument depth: 50 → 101" in found.to_markdown()


def test_variants_are_told_apart_by_their_values() -> None:
    spec = archspec.load(SPECS / "zoo" / "resnet.yaml")
    found = archspec.diff(spec.with_(depth=34), spec.with_(depth=34, num_classes=7))
    first, second = repr(found).splitlines()[:2]
    assert (first.partition(" with ")[2], second.partition(" with ")[2]) == (
        "depth = 34: ResNet", "depth = 34, num_classes = 7: ResNet",
    )  # fmt: skip


def test_groups_have_places_and_parameters_for_programs() -> None:
    """In a list, a repeat, a block's use and a plain group; what is null is not known."""
    spec = archspec.load(SPECS / "zoo" / "resnet.yaml")
    changes = archspec.diff(spec.with_(depth=50), spec.with_(depth=101)).to_dict()["changes"]
    assert changes
    for change in changes:
        for side in ("before", "after"):
            assert change[side] is None or None not in (change[side]["line"], change[side]["params"]), change
    inserted = next(change["after"] for change in changes if change["kind"] == "inserted")
    assert (inserted["path"], inserted["type"], inserted["params"]) == ("layer3.6", "Bottleneck", 1_117_184)
    assert "layer3:" in spec.text.splitlines()[inserted["line"] - 1]


def test_the_same() -> None:
    spec = archspec.load(SPECS / "alexnet.yaml")
    found = archspec.diff(spec, spec)
    assert found.is_same
    assert not found


def test_what_is_no_spec() -> None:
    with pytest.raises(TypeError, match="a spec is wanted"):
        archspec.diff(archspec.load(SPECS / "alexnet.yaml"), "other.yaml")  # type: ignore[arg-type]


def test_a_field_without_a_stride_has_none_in_the_text() -> None:
    """Where one position is left, no step leads from it to the next."""

    def net(kernel: int) -> archspec.Spec:
        return archspec.parse({
            "archspec": 1, "name": "Net", "input": [3, 32, 32],
            "layers": {"c": {"type": "Conv2d", "out_channels": 4, "kernel_size": kernel}, "f": "Flatten",
                       "d": {"type": "Linear", "out_features": 3}},
        })  # fmt: skip

    said = repr(archspec.diff(net(31), net(32)))
    assert "receptive field of 2 layers: at d all → 32 (padding – → 0)" in said
    assert "None" not in said
