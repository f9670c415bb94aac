"""Inputs as people declare them elsewhere: names under `input:`, `dtype:` beside the names, sizes by their axes.

Enters: the mapping of `input:` or `inputs:`; leaves: one diagnostic with the change, where it is plain what is meant. Imported
only for such mappings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import find_near
from archspec.document.edits import after, is_flow, last_value, put, without_entries, without_key
from archspec.document.kept import has_comment
from archspec.document.tree import Entry, Mapping, Scalar, Sequence, clip, show
from archspec.ops.base import DType

_AXES = (
    ("channels", "channel", "c", "in_channels", "features", "feature", "num_features", "planes"),
    ("length", "len", "l", "time", "t", "steps", "seq_len", "sequence_length", "depth", "d", "frames"),
    ("height", "h", "rows"),
    ("width", "w", "columns", "cols"),
)
"""What the axes of a sample are called, in their order."""
_BATCH = ("batch", "batch_size", "n", "b")


def of_one(key: Entry, is_no_name: Callable[[str], bool]) -> Diagnostic | None:
    """What is said of `input:` without a shape: names of inputs with their shapes, or sizes by their axes."""
    tree = key.value
    assert isinstance(tree, Mapping)
    first = next(iter(tree.entries.values()), None)
    if first is None:
        return None
    if sizes := _sizes(tree):
        dtype = tree.entries.get("dtype")
        text = show(sizes) if dtype is None else f"{{shape: {show(sizes)}, dtype: {dtype.value.span.text()}}}"
        said = f"write input: {text}"
        message = "input has its sizes by their names, and takes a list of them"
        return Diagnostic("E0105", message, tree.span, label="a list expected", help=said, ways=_whole(key, said, text))
    names = [entry for name, entry in tree.entries.items() if name != "dtype"]
    if not names or any(
        is_no_name(entry.key) or find_near(entry.key, ("shape",)) is not None or not _is_shape(entry) for entry in names
    ):
        return None
    inner, edits = _with_dtypes(tree)
    said = f"write inputs: {{{clip(', '.join(inner), 80)}}}" if inner else "write inputs"
    ways = (Fix(said, (put(key.key_span, "inputs"), *edits), is_safe=True),)
    return Diagnostic("E0103", f"input is one input without a name, and {clip(first.key)} is a name", key.key_span,
                      label="inputs expected", help=said, ways=ways)  # fmt: skip


def of_all(tree: Mapping) -> Diagnostic | None:
    """What is said of `dtype:` beside the names of inputs."""
    inner, edits = _with_dtypes(tree)
    if not inner:
        return None
    said = f"write {clip(', '.join(inner), 80)}"
    ways = (Fix(said, edits, is_safe=len(inner) == 1),) if edits else ()
    return Diagnostic("E0103", "dtype stands beside the inputs, and belongs into one", tree.entries["dtype"].key_span,
                      label="not an input", help=said, ways=ways)  # fmt: skip


def _with_dtypes(tree: Mapping) -> tuple[list[str], tuple[Edit, ...]]:
    """The inputs with the `dtype:` that stands beside them, and the edits; none where there is none, or they have other keys."""
    dtype = tree.entries.get("dtype")
    text = dtype.value.text if dtype is not None and isinstance(dtype.value, Scalar) else ""
    others = [entry for key, entry in tree.entries.items() if key != "dtype"]
    if text not in get_args(DType) or not others or not all(isinstance(entry.value, Sequence) for entry in others):
        return [], ()
    written = {entry.key: f"{{shape: {entry.value.span.text()}, dtype: {text}}}" for entry in others}
    out = _without_dtype(tree)
    edits = [Edit(entry.value.span, written[entry.key]) for entry in others]
    is_short = all(entry.value.span.text().endswith("]") for entry in others)
    return [f"{key}: {value}" for key, value in written.items()], (*edits, *out) if out and is_short else ()


def _without_dtype(tree: Mapping) -> tuple[Edit, ...]:
    """The edits that take it out, and leave comments on other lines."""
    if not is_flow(tree):
        return without_entries(tree, [list(tree.entries).index("dtype")]) or ()
    out = without_key(tree, "dtype")
    return (out,) if out is not None else ()


def _sizes(tree: Mapping) -> list[int]:
    """The sizes of `{channels: 1, height: 28, width: 28}`, in the order of the axes; none where it is something else."""
    found = {axis: size for key, entry in tree.entries.items() for axis, size in _axis(key, entry)}
    return (
        [found[axis] for axis in sorted(found) if axis >= 0]
        if len(found) == len(tree.entries.keys() - {"dtype"})
        else []
    )


def _axis(key: str, entry: Entry) -> Iterator[tuple[int, int]]:
    """Which axis a key means, and its size; the batch is before all."""
    axis = next((place for place, names in enumerate(_AXES) if key.lower() in names), None)
    axis = -1 if key.lower() in _BATCH else axis
    size = entry.value.value if isinstance(entry.value, Scalar) else None
    if axis is not None and type(size) is int and size > 0:
        yield axis, size


def _is_shape(entry: Entry) -> bool:
    return isinstance(entry.value, Sequence) or (isinstance(entry.value, Mapping) and "shape" in entry.value.entries)


def _whole(key: Entry, said: str, written: str) -> tuple[Fix, ...]:
    """Another value in place of the whole mapping, without the comments that would be lost."""
    start, end = key.key_span, last_value(key.value).span
    place = after(start).to(end)
    return (Fix(said, (Edit(place, f": {written}"),), is_safe=True),) if not has_comment(place) else ()
