"""What of a checkpoint loads into a network, and why the rest does not. Enters: what is expected and what is stored, both
by key. Leaves: a row a key, and hints for what the rows have in common.

The rules are those of `load_state_dict` under `strict=True`, with one addition: a tied tensor that the file leaves out has its
value through the other name. Kinds of dtypes have to agree too, which PyTorch would convert without a word;
but for a count of batches, which no evaluation reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from archspec.diagnostics.nearest import looked_for, nearest
from archspec.dims import Shape
from archspec.limits import MAX_KEY_PAIRS
from archspec.weights.expected import Expected
from archspec.weights.model import Checkpoint, Stored

Status = Literal["loads", "missing", "unexpected", "shape", "dtype", "unknown", "twin", "begins"]
COUNTER = "num_batches_tracked"
COUNTED = 2
"""The version since which normalizations have a count of batches (PyTorch 0.4.1). Where a file has an older one for a module, or
none, `load_state_dict` lets the count begin at 0 (`_NormBase._load_from_state_dict` in torch/nn/modules/batchnorm.py)."""
_WORDS = {
    "gamma": ("weight",), "beta": ("bias",), "kernel": ("weight",), "depthwise_kernel": ("weight",), "embeddings": ("weight",),
    "moving_mean": ("running_mean",), "moving_variance": ("running_var",), "running_variance": ("running_var",),
    "mean": ("running_mean",), "var": ("running_var",), "variance": ("running_var",), "scale": ("weight",), "offset": ("bias",),
    "shift": ("bias",), "w": ("weight",), "b": ("bias",), "g": ("weight",), "weights": ("weight",), "biases": ("bias",),
}  # fmt: skip
"""What parameters are called elsewhere (TensorFlow, Keras, JAX), and which of ours they are."""
MAX_BEGINNING = 200
MOST_TRIED = 8
"""Beginnings of keys that are tried."""


class Row(NamedTuple):
    """One key. `expected` is None where the network has no such tensor, `stored` where the file has none.

    `unknown` is the status of tensors of `python:` layers, which a spec does not name, `twin` that of a second name of a tensor
    that loads, `begins` that of a count of batches that the file lacks, and `load_state_dict` lets begin at 0. `note` says what
    else there is to say, `meant` which missing key an unexpected one resembles, `twin` under which other name of a tied tensor
    the file has it, or of which key this is the second name. `axes` is the order in which the axes of a transposed tensor are
    those that the spec has.
    """

    key: str
    status: Status
    expected: Expected | None
    stored: Stored | None
    note: str = ""
    meant: str | None = None
    twin: str | None = None
    axes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """All rows: the network's keys in its order, then what the file has beyond them."""

    checkpoint: Checkpoint
    rows: list[Row]
    hints: list[str]

    @property
    def ok(self) -> bool:
        """Whether everything loads, and nothing is left over."""
        return all(row.status in ("loads", "unknown", "twin", "begins") for row in self.rows)

    def count(self, status: Status) -> int:
        """How many rows have this status."""
        return sum(row.status == status for row in self.rows)


def match(wanted: list[Expected], checkpoint: Checkpoint, externals: tuple[str, ...] = ()) -> Match:
    """Holds each key against the file. `externals` begin the keys that the network may have beyond those wanted."""
    tensors = checkpoint.tensors
    known = {item.key for item in wanted}
    twins = _twins(wanted, tensors)
    rows = [_row(item, tensors, twins, checkpoint.versions) for item in wanted]
    rows += _seconds(rows, tensors, known)
    known.update(row.key for row in rows)
    left = [key for key in tensors if key not in known]
    missing: dict[Shape, list[str]] = {}
    for row in rows:
        if row.status == "missing" and row.expected is not None:
            missing.setdefault(row.expected.shape, []).append(row.key)
    token = looked_for.set([0])
    try:
        meant = _meant([key for key in left if not key.startswith(externals)], tensors, missing)
    finally:
        looked_for.reset(token)
    loading = sum(row.status == "loads" for row in rows)
    shapes = {row.key: row.expected.shape for row in rows if row.status == "missing" and row.expected is not None}
    turned = _turned([key for key in left if key not in meant], tensors, shapes)
    rows += [_left_over(key, tensors[key], {**turned, **meant}.get(key), shapes, externals) for key in left]
    return Match(checkpoint, rows, list(_hints(wanted, left, known, checkpoint, loading)))


def _twins(wanted: list[Expected], tensors: Mapping[str, Stored]) -> dict[str, str]:
    """For each tied tensor, by its first name, a name that the file has it under."""
    names = ((item.tied_to or item.key, name) for item in wanted if item.tied_to for name in (item.tied_to, item.key))
    return {first: name for first, name in names if name in tensors}


def _seconds(rows: list[Row], tensors: Mapping[str, Stored], known: set[str]) -> list[Row]:
    """Keys beyond those wanted that are other names of tensors which load: of a module that the model has under two names."""
    loading = (row for row in rows if row.status == "loads" and row.stored is not None and row.stored.place is not None)
    first = {row.stored: row.key for row in loading if row.stored is not None}
    return [
        Row(key, "twin", None, stored, f"the same tensor as {of}", twin=of)
        for key, stored in tensors.items()
        if key not in known and (of := first.get(stored)) is not None
    ]


def _row(item: Expected, tensors: Mapping[str, Stored], twins: Mapping[str, str], versions: Mapping[str, int]) -> Row:
    stored = tensors.get(item.key)
    if stored is None:
        return _absent(item, twins.get(item.tied_to or item.key), versions)
    if stored.shape != item.shape and not (item.shape == () and stored.shape == (1,)):  # PyTorch before 0.4 had no ()
        axes = transposed(stored.shape, item.shape)
        return Row(item.key, "shape", item, stored, _said_of_axes(axes), axes=axes)
    is_count = item.key.rpartition(".")[2] == COUNTER and kind(stored.dtype) == "float"  # where all were made half
    if kind(stored.dtype) != kind(item.dtype) and not is_count:
        return Row(item.key, "dtype", item, stored)
    note = f"{stored.dtype} becomes {item.dtype}" if stored.dtype != item.dtype else ""
    return Row(item.key, "loads", item, stored, note)


def _absent(item: Expected, twin: str | None, versions: Mapping[str, int]) -> Row:
    if twin is not None:
        return Row(item.key, "loads", item, None, f"not in the file; it is {twin}", twin=twin)
    path, _, name = item.key.rpartition(".")
    if name == COUNTER and versions.get(path, 0) < COUNTED:
        return Row(item.key, "begins", item, None, "not in the file; begins at 0")
    return Row(item.key, "missing", item, None)


def _left_over(
    key: str, stored: Stored, meant: str | None, shapes: Mapping[str, Shape], externals: tuple[str, ...]
) -> Row:
    """`shapes` are those of the missing keys."""
    if key.startswith(externals):
        return Row(key, "unknown", None, stored, "of a python: layer")
    axes = transposed(stored.shape, shapes[meant]) if meant is not None and stored.shape != shapes[meant] else ()
    return Row(key, "unexpected", None, stored, _said_of_axes(axes), meant=meant, axes=axes)


def _turned(left: list[str], tensors: Mapping[str, Stored], missing: Mapping[str, Shape]) -> dict[str, str]:
    """The missing key that each left over one is in another library's word, its axes in that library's order."""
    found: dict[str, str] = {}
    for key in left:
        path, dot, name = key.rpartition(".")
        for own in (f"{path}{dot}{word}" for word in _WORDS.get(name.lower(), ())):
            if own in missing and own not in found.values() and transposed(tensors[key].shape, missing[own]):
                found[key] = own
    return found


def transposed(stored: Shape, wanted: Shape) -> tuple[int, ...]:
    """The order of axes that gives the file's tensor the shape that is wanted, of those that other libraries have; else none."""
    rank = len(wanted)
    if len(stored) != rank or rank < 2 or stored == wanted:
        return ()
    space = tuple(range(rank - 2))
    orders = [(1, 0, *range(2, rank)), (rank - 1, rank - 2, *space), (rank - 2, rank - 1, *space)]
    return next((order for order in orders if tuple(stored[axis] for axis in order) == wanted), ())


def _said_of_axes(axes: tuple[int, ...]) -> str:
    return f"transposed in the file: {'.T' if len(axes) == 2 else f'.permute{axes}'} gives it" if axes else ""


def _meant(left: list[str], tensors: Mapping[str, Stored], missing: Mapping[Shape, list[str]]) -> dict[str, str]:
    """The missing key that each left over one probably is, of the same shape, and each of them once.

    First those whose last part is another library's word for ours; then the nearest, the more alike before the less.
    """
    found: dict[str, str] = {}
    free = {shape: dict.fromkeys(keys) for shape, keys in missing.items()}
    for key in left:
        path, dot, name = key.rpartition(".")
        same = free.get(tensors[key].shape, {})
        own = next((o for o in (f"{path}{dot}{word}" for word in _WORDS.get(name.lower(), ())) if o in same), None)
        if own is not None:
            found[key] = own
            del same[own]
    waiting = [key for key in left if key not in found]
    while waiting:
        claims: dict[str, list[str]] = {}
        for key in waiting:
            near = nearest(key, free.get(tensors[key].shape, ()))
            if near is not None:
                claims.setdefault(near, []).append(key)
        for own, keys in claims.items():
            best = max(keys, key=lambda key: _likeness(key, own)) if len(keys) > 1 else keys[0]
            found[best] = own
            del free[tensors[best].shape][own]
        waiting = [key for keys in claims.values() for key in keys if key not in found]
    return {**found, **_renamed([key for key in left if key not in found], tensors, free)}


def _renamed(
    left: list[str], tensors: Mapping[str, Stored], free: Mapping[Shape, Mapping[str, None]]
) -> dict[str, str]:
    """The missing key that each one left over is where a part of paths is called otherwise throughout (`encoder` for `backbone`).

    The name that explains most keys goes first; one that explains a single key is none.
    """
    explained: dict[tuple[str, str], list[tuple[str, str]]] = {}
    tried = 0
    for key in left:
        for own in free.get(tensors[key].shape, ()):
            tried += 1
            if tried > MAX_KEY_PAIRS:
                break
            if key.rpartition(".")[2] == own.rpartition(".")[2]:
                explained.setdefault(_difference(key, own), []).append((key, own))
    found: dict[str, str] = {}
    taken: set[str] = set()
    for pairs in sorted(explained.values(), key=len, reverse=True):
        new = [(key, own) for key, own in pairs if key not in found and own not in taken]
        if len(new) > 1:
            found |= dict(new)
            taken.update(own for _, own in new)
    return found


def _difference(one: str, other: str) -> tuple[str, str]:
    """Two keys without the parts that they have in common at their beginnings and ends."""
    a, b = one.split("."), other.split(".")
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    return ".".join(a), ".".join(b)


def _likeness(one: str, other: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one[:200], other[:200]).ratio()


def _hints(
    wanted: list[Expected], left: Iterable[str], known: set[str], checkpoint: Checkpoint, loading: int
) -> Iterable[str]:
    """A beginning of keys without which more of them load, which is tried."""
    tensors = checkpoint.tensors
    gained: Counter[str] = Counter()
    for key in left:
        parts = key.split(".")[:4]
        for count in range(1, len(parts)):
            prefix = ".".join(parts[:count]) + "."
            gained[prefix] += key[len(prefix) :] in known
    for best, count in gained.most_common(MOST_TRIED):
        without = {key.removeprefix(best): stored for key, stored in tensors.items()}
        if not count or len(without) < len(tensors) or len(best) > MAX_BEGINNING:
            continue
        twins = _twins(wanted, without)
        versions = {path.removeprefix(best): version for path, version in checkpoint.versions.items()}
        found = (_row(item, without, twins, versions) for item in wanted)
        loads = {row.key for row in found if row.status == "loads"}
        if len(loads) > loading:
            begin = [key for key in tensors if key.startswith(best)]
            of_them = sum(key.removeprefix(best) in loads for key in begin)
            many = f"{len(begin)} of the file's {len(tensors)} keys"
            yield f"{many} begin with {best}, and {of_them} of them load without it: --strip {best}"
            return


def kind(dtype: str) -> str:
    """What dtypes have in common that PyTorch converts into each other without a loss that anybody minds."""
    for word in ("complex", "bool"):
        if dtype.startswith(word):
            return word
    return "float" if dtype.startswith(("float", "bfloat")) else "int"
