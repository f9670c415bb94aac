"""Layers whose shapes are known as soon as they are made. Enters: a type and its keys, and the tensors it reads. Leaves: the
op, which says what it gives; or a `Misfit`, which the importer puts into a sentence with the place in the model.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from archspec.dims import TooComplex
from archspec.importers.sketch import Layer, Literal
from archspec.ops import making, registry
from archspec.ops.assumptions import assumptions
from archspec.ops.base import Op, Problem, Tensor
from archspec.words import counted

SIZES_HELP = "give the sizes as numbers where the model is imported (--set NAME=…)"


class Misfit(Exception):
    """Why a layer cannot be made; the message completes "<layer> …"."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def make(type: str, keys: Mapping[str, Literal]) -> Op:
    """The op of a layer, its arguments checked. Raises Misfit."""
    found = registry.find(type)
    if found is None:
        raise Misfit(f"would be a {type}, which is no op of a spec")
    try:
        return making.make(found, {name: _tuples(value) for name, value in keys.items()})
    except ValidationError:
        shown = ", ".join(f"{name}: {value}" for name, value in keys.items())[:200]
        raise Misfit(f"has arguments that {type} does not take ({shown})") from None
    except Problem as problem:
        raise Misfit(f"does not fit as {type}, which {problem.message}", problem.help) from None


def outputs_of(op: Op, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """What the op gives for these tensors, by port. Raises Misfit."""
    least, most = op.arity
    if len(inputs) < least or (most is not None and len(inputs) > most):
        raise Misfit(f"reads {counted(len(inputs), 'tensor')}, which does not fit as {type(op).__name__}")
    token = assumptions.set({})
    try:
        op.resolve(inputs)
        return op.outputs(inputs)
    except Problem as problem:
        raise Misfit(f"does not fit as {type(op).__name__}, which {problem.message}", problem.help) from None
    except TooComplex:
        raise Misfit("gives sizes that are too long to follow", SIZES_HELP) from None
    finally:
        assumptions.reset(token)


def written(op: Op, keys: Mapping[str, Literal]) -> dict[str, Literal]:
    """The keys that differ from the op's defaults, in the op's order."""
    return {name: keys[name] for name in type(op).model_fields if name in keys and not _is_default(op, name)}


def note_shapes(layer: Layer, outputs: Mapping[str, Tensor]) -> None:
    """Writes the shapes of a layer's outputs into it."""
    for port, tensor in outputs.items():
        shape = [size if isinstance(size, int) else str(size) for size in tensor.shape]
        layer.shapes[None if list(outputs) == ["output"] else port] = list(shape)


def _is_default(op: Op, name: str) -> bool:
    info = type(op).model_fields[name]
    value = getattr(op, name)
    both_bool = isinstance(value, bool) == isinstance(info.default, bool)
    return not info.is_required() and both_bool and bool(value == info.default)


def _tuples(value: Literal) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
