"""Words for layers, groups, figures and lists of names. Enters: parts of a comparison; leaves: texts, not escaped yet."""

from __future__ import annotations

from collections.abc import Sequence

from archspec import words
from archspec.backends.table.figures import count, extent_text
from archspec.comparison.arguments import given
from archspec.comparison.model import Detail, Figures, Member
from archspec.dims import Shape, Size
from archspec.facts.model import Extent, Facts
from archspec.facts.totals import total
from archspec.graph import Node
from archspec.ops.base import show_shape, without_batch

ARROW = " → "
MOST_LISTED = 4
"""Names that are listed before only the first and the last are said."""
SHORT = 60
"""Letters that a list of names may have, however many they are."""


def spanned(names: Sequence[str]) -> str:
    """`conv1, conv2`; of many, `layer1.0 … layer4.2 (16)`."""
    if len(names) <= 2 or (len(names) <= MOST_LISTED and sum(map(len, names)) <= SHORT):
        return ", ".join(names)
    return f"{names[0]} … {names[-1]} ({len(names):,})"


def described(member: Member) -> list[str]:
    """What was inserted or removed: a type and its arguments, or a block and how much is in it."""
    if isinstance(member, Node):
        return [member.type, *(f"{name} {value}" for name, value in given(member).items())]
    layers = counted(sum(1 for _ in member.nodes()), "layer")
    return [member.what, layers] if member.what else [layers]


def params_of(member: Member, facts: Facts) -> Size | None:
    """The parameters of a layer or a group."""
    nodes = [member] if isinstance(member, Node) else member.nodes()
    return total(facts.of(node).params for node in nodes)


def detail(one: Detail) -> str:
    """`padding 0 → 2`; of a type only `Sigmoid → Softmax`."""
    before_and_after = f"{one.before or 'nothing'}{ARROW}{one.after or 'nothing'}"
    return before_and_after if one.name == "type" else f"{one.name} {before_and_after}"


def figures(one: Figures) -> list[str]:
    """The figures of a layer that differ."""
    said = []
    if one.shapes is not None:
        said.append(f"output {ARROW.join(map(shapes, one.shapes))}")
    for name, pair in (("parameters", one.params), ("MACs", one.macs)):
        if pair is not None:
            said.append(f"{name} {ARROW.join(map(count, pair))}")
    if one.fields is not None:
        said.append(f"field {fields(*one.fields)}")
    return said


def shapes(tensors: tuple[Shape, ...]) -> str:
    """The shapes of a layer's outputs, without their batch."""
    return ", ".join(show_shape(own) if (own := without_batch(shape)) else "scalar" for shape in tensors) or "?"


def fields(before: tuple[Extent, ...] | None, after: tuple[Extent, ...] | None) -> str:
    """Two receptive fields: the sizes, and what else differs."""
    sizes = [_axes(field, "size") for field in (before, after)]
    others = [
        f"{key} {_axes(before, key)}{ARROW}{_axes(after, key)}"
        for key in ("stride", "padding")
        if _axes(before, key) != _axes(after, key)
    ]
    size = sizes[0] if sizes[0] == sizes[1] else ARROW.join(sizes)
    return f"{size} ({', '.join(others)})" if others else size


def _axes(field: tuple[Extent, ...] | None, key: str) -> str:
    values = [extent_text(extent, key) for extent in field or ()]
    return "?" if not values else values[0] if len(set(values)) == 1 else "×".join(values)


def counted(number: int, word: str) -> str:
    """`1 layer`, `1,234 layers`."""
    return words.counted(number, word, ",")


def difference(before: Size | None, after: Size | None) -> str:
    """`+18,992,128`; nothing where they are the same, `?` where that is not known."""
    if before is None or after is None:
        return "?"
    if before == after:
        return "="
    apart = after - before
    return f"{apart:+,}" if isinstance(apart, int) else ""


def percent(before: Size | None, after: Size | None) -> str:
    """`+74.3 %`; nothing where there is none."""
    if not isinstance(before, int) or not isinstance(after, int) or before == after or not before:
        return ""
    share = 100 * (after - before) / before if after <= before * 10**9 else None
    return "" if share is None else f"{share:+.1f} %"
