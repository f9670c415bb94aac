"""What one unit sees, against sets of positions followed by hand through chains of windows."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support import checked, spec

from archspec.explain.why import find
from archspec.facts.model import Facts
from archspec.facts.seen import seen_by
from archspec.ops.intervals import each
from archspec.ops.reading import Lost, along

LAYERS = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2))
"""Kernel, stride, padding, dilation."""


def by_hand(layers: list[tuple[int, int, int, int]], size: int, unit: int) -> set[int]:
    """The pixels behind a unit, where padding is no pixel."""
    sizes = [size]
    for kernel, stride, padding, dilation in layers:
        sizes.append((sizes[-1] + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)
    seen = {unit}
    for (kernel, stride, padding, dilation), before in zip(layers[::-1], sizes[-2::-1], strict=True):
        taps = {u * stride - padding + tap * dilation for u in seen for tap in range(kernel)}
        seen = {tap for tap in taps if 0 <= tap < before}
    return seen


@settings(max_examples=150)
@given(st.lists(LAYERS, min_size=1, max_size=4), st.integers(8, 30), st.data())
def test_a_chain_of_convolutions(layers: list[tuple[int, int, int, int]], size: int, data: st.DataObject) -> None:
    lines = "".join(
        f"  c{i}: {{type: Conv1d, out_channels: 1, kernel_size: {k}, stride: {s}, padding: {p}, dilation: {d}}}\n"
        for i, (k, s, p, d) in enumerate(layers)
    )
    found = checked(spec(lines, f"[1, {size}]"))
    assume(found.ok and found.facts is not None)
    assert found.facts is not None
    node = find(found.facts, f"c{len(layers) - 1}")
    output = found.facts.of(node).output
    assert output is not None
    unit = data.draw(st.integers(0, int(str(output.shape[2])) - 1))
    assert seen(found.facts, f"c{len(layers) - 1}", unit) == by_hand(layers, size, unit)


def seen(facts: Facts, layer: str, unit: int) -> set[int]:
    """The positions of a single input along its only spatial axis."""
    view = seen_by(facts, find(facts, layer), (unit,))
    assert not view.at_most
    boxes = next(iter(view.of.values()), [])
    own = along(boxes, 2)
    assert not isinstance(own, Lost)
    return set(each(own))


def test_pixels_that_no_window_reaches_are_not_seen_through_padding_behind_it() -> None:
    """224 pixels, of which the first convolution reads 223: the padded window of the second ends there."""
    found = checked(spec("  a: {type: Conv1d, out_channels: 1, kernel_size: 11, stride: 4}\n"
                         "  b: {type: Conv1d, out_channels: 1, kernel_size: 3, padding: 1}\n", "[1, 224]"))  # fmt: skip
    assert found.facts is not None
    assert seen(found.facts, "b", 53) == set(range(208, 223))


def test_branches_are_seen_together() -> None:
    found = checked(spec("  a: {type: Conv1d, out_channels: 1, kernel_size: 3, padding: 1}\n"
                         "  b: {type: Conv1d, from: input, out_channels: 1, kernel_size: 7, padding: 3}\n"
                         "  c: {type: Add, from: [a, b]}\n", "[1, 20]"))  # fmt: skip
    assert found.facts is not None
    assert seen(found.facts, "c", 1) == set(range(5))
