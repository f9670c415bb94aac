"""Whether a module takes its inputs at the written sizes alone. Enters: a result. Leaves: a sentence, or none.

An expression that reads a tensor's shape (`size: "${skip.shape[2]}"`) follows the input in the spec, and is a number in the
module.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.advice.unknown_sizes import RESIZES, SIZE
from archspec.checking import Result, check_source
from archspec.diagnostics.model import Diagnostic, breaking
from archspec.dims import Shape, Size, symbol
from archspec.document.model import InputDeclaration
from archspec.growing import Instead
from archspec.ops.base import show_shape, without_batch

_IMAGE = 4
"""From so many axes on, the batch among them, the second is that of channels."""


def said_of_one_size(result: Result) -> list[str]:
    """That a layer holds a number which follows the size of an input; nothing where none does."""
    if result.graph is None or result.document is None:
        return []
    sources = {node.place.type.source.path: node.place.type.source for node in result.graph.layers}
    if not any(".shape[" in source.text for source in sources.values()):
        return []
    for place, one in enumerate(result.document.inputs or ()):
        for axis in _sizes(one):
            found = _held(result, place, axis)
            if found is not None:
                return [_sentence(result, one, found)]
    return []


def _held(result: Result, place: int, axis: int) -> Diagnostic | None:
    """The expression that needs the size of an axis as a number, where weights let the network have another size there: of this
    axis alone, or of all of them, since squares may be what fits."""
    assert result.document is not None
    name = next(f"{letters}_" for letters in ("S", "SS", "SSS") if f"{letters}_" not in result.document.symbols)
    free = _with(result, place, {axis: symbol(name)})
    found = next((error for error in free.diagnostics if error.code == "E0308" and _is_within(error)), None)
    if found is None:
        return None
    doubled = {axis: 2 * size for axis, size in _sizes((result.document.inputs or ())[place]).items()}
    others = (_with(result, place, sizes) for sizes in ({axis: doubled[axis]}, doubled))
    return (
        found
        if any(not breaking(other.diagnostics) and _weights(other) == _weights(result) for other in others)
        else None
    )


def _sizes(one: InputDeclaration) -> dict[int, int]:
    """The sizes of an input that may be others, by axis: numbers, and neither samples nor the channels of an image."""
    first = 2 if len(one.shape) >= _IMAGE else 1
    return {axis: size for axis, size in enumerate(one.shape) if axis >= first and isinstance(size, int)}


def _with(result: Result, place: int, sizes: Mapping[int, Size]) -> Result:
    """The network with other sizes of some axes."""
    assert result.document is not None
    inputs = list(result.document.inputs or ())
    shape = tuple(sizes.get(axis, size) for axis, size in enumerate(inputs[place].shape))
    inputs[place] = inputs[place]._replace(shape=shape)
    return check_source(result.source, result.given, result.settings, instead=Instead(inputs, has_figures=False))


def _weights(result: Result) -> dict[str, Mapping[str, Shape] | None]:
    """The shapes of all parameters, by layer."""
    facts = result.facts
    return {} if facts is None else {node.path: facts.of(node).parameters for node in facts.graph.layers}


def _is_within(error: Diagnostic) -> bool:
    """Whether what is wrong is a name in an expression, and no layer."""
    before = error.span.before()
    return before.rfind("${") > before.rfind("}")


def _sentence(result: Result, one: InputDeclaration, error: Diagnostic) -> str:
    assert result.graph is not None
    assert result.document is not None
    line = error.span.source.lines[error.span.line - 1]
    said = line[line.rfind("${", 0, error.span.column) :].partition("}")[0] + "}"
    node = next((node for node in result.graph.layers if node.path == error.layer), None)
    is_resize = node is not None and node.type in RESIZES and SIZE.fullmatch(said)
    way = "UpsampleLike resizes to another tensor's size, whatever it is; " if is_resize else ""
    name = f"{one.name} of " if len(result.document.inputs or ()) > 1 else "an input of "
    return (
        f"the module is for {name}{show_shape(without_batch(one.shape))} alone, since {error.layer} holds a number that {said} "
        f"gives there; {way}for another size, write that in the spec and compile it"
    )
