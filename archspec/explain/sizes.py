"""The sizes of a network's inputs, as arguments that can be given other values: `input`, `input.H`, `input.shape`, or a
symbolic one.

Enters: a result and a name; leaves: a `Knob`. Nothing is tried here.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.advice.knobs import declared
from archspec.checking import Result
from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.document.tree import Sequence as SequenceNode
from archspec.explain.changes import CannotChange, again
from archspec.explain.knobs import Knob
from archspec.expressions.value import Value, as_data
from archspec.ops.shape_rule import AXES

_LONG = {"channels": "C", "height": "H", "width": "W", "length": "L", "depth": "D", "features": "F"}


def size_knob(result: Result, target: str) -> Knob | None:
    """The sizes of an input, or one of them; None where no input is meant. Raises CannotChange."""
    document = result.document
    assert document is not None
    if target in document.symbols:
        now = str(result.given.get(target, "any size"))
        return Knob(
            target,
            None,
            now,
            lambda value: again(result, values={target: value}),
        )
    name, dot, field = target.partition(".")
    found = next((one for one in document.inputs or () if one.name == name), None)
    if found is None or target in document.args:
        return None
    written = declared(document, name)
    if written is None or len(written.items) != len(found.shape) - 1:
        raise CannotChange(f"the shape of {name} is not written as a list of sizes: change it in the text")
    axes = AXES.get(len(found.shape), "")
    sizes = found.shape[1:]
    if not dot or field == "shape":
        shown = f"[{', '.join(map(str, sizes))}]"
        return Knob(target, sizes, shown, lambda value: _at(result, written, _whole(name, written, axes, value)))
    letter = _LONG.get(field.lower(), field.upper())
    if len(letter) != 1 or letter not in axes:
        known = f"{', '.join(axes)} and " if axes else ""
        raise CannotChange(f"{name} has no {field[:60]}; it has {known}shape, as in --with {name}.shape=[…]")
    axis = axes.index(letter)

    def at(value: Value) -> Result:
        if type(value) is not int:
            raise CannotChange(f"{target} takes a whole number")
        texts = [item.span.text() for item in written.items]
        return _at(result, written, [*texts[:axis], str(value), *texts[axis + 1 :]])

    return Knob(target, sizes[axis], str(sizes[axis]), at)


def _whole(name: str, written: SequenceNode, axes: str, value: Value) -> list[str]:
    """The sizes as they are then written: all of them, or one, or a list, for those behind the channels. Raises CannotChange."""
    texts, given = [item.span.text() for item in written.items], as_data(value)
    sides = len(texts) - 1 if len(texts) > 1 else 1
    if type(given) is int:
        return [*texts[:-sides], *[str(given)] * sides]
    if isinstance(given, list) and len(given) in (len(texts), sides):
        return [*texts[: -len(given)], *map(str, given)]
    named = f" ({', '.join(axes)})" if axes else ""
    raise CannotChange(f"{name} takes {len(texts)} sizes{named}, or a number for its sides")


def _at(result: Result, written: SequenceNode, sizes: Sequence[str]) -> Result:
    """What checking the spec with other sizes finds."""
    text = apply(result.source, [Edit(item.span, size) for item, size in zip(written.items, sizes, strict=True)])
    return again(result, text)
