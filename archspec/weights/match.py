"""What of a checkpoint loads into a network, and why the rest does not. Enters: what is expected and what is stored, both
by key. Leaves: a row a key, and hints for what the rows have in common.

The rules are those of `load_state_dict` under `strict=True`, with one addition: a tied tensor that the file leaves out has its
value through the other name. Kinds of dtypes have to agree too, which PyTorch would convert without a word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from archspec.diagnostics.nearest import looked_for, nearest
from archspec.dims import Shape
from archspec.weights.expected import Expected
from archspec.weights.model import Checkpoint, Stored

Status = Literal["loads", "missing", "unexpected", "shape", "dtype", "unknown"]
_COUNTER = "num_batches_tracked"


class Row(NamedTuple):
    """One key. `expected` is None where the network has no such tensor, `stored` where the file has none.

    `unknown` is the status of tensors of `python:` layers, which a spec does not name. `note` says what else there is to
    say, `meant` which missing key an unexpected one resembles, `twin` under which other name of a tied tensor the file has it.
    """

    key: str
    status: Status
    expected: Expected | None
    stored: Stored | None
    note: str = ""
    meant: str | None = None
    twin: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """All rows: the network's keys in its order, then what the file has beyond them."""

    checkpoint: Checkpoint
    rows: list[Row]
    hints: list[str]

    @property
    def ok(self) -> bool:
        """Whether everything loads, and nothing is left over."""
        return all(row.status in ("loads", "unknown") for row in self.rows)

    def count(self, status: Status) -> int:
        """How many rows have this status."""
        return sum(row.status == status for row in self.rows)


def match(wanted: list[Expected], checkpoint: Checkpoint, externals: tuple[str, ...] = ()) -> Match:
    """Holds each key against the file. `externals` begin the keys that the network may have beyond those wanted."""
    tensors = checkpoint.tensors
    known = {item.key for item in wanted}
    twins = _twins(wanted, tensors)
    rows = [_row(item, tensors, twins) for item in wanted]
    left = [key for key in tensors if key not in known]
    missing: dict[Shape, list[str]] = {}
    for row in rows:
        if row.status == "missing" and row.expected is not None:
            missing.setdefault(row.expected.shape, []).append(row.key)
    token = looked_for.set([0])
    try:
        rows += [_left_over(key, tensors[key], missing, externals) for key in left]
    finally:
        looked_for.reset(token)
    return Match(checkpoint, rows, list(_hints(left, known, tensors)))


def _twins(wanted: list[Expected], tensors: Mapping[str, Stored]) -> dict[str, str]:
    """For each tied tensor, by its first name, a name that the file has it under."""
    names = ((item.tied_to or item.key, name) for item in wanted if item.tied_to for name in (item.tied_to, item.key))
    return {first: name for first, name in names if name in tensors}


def _row(item: Expected, tensors: Mapping[str, Stored], twins: Mapping[str, str]) -> Row:
    stored = tensors.get(item.key)
    if stored is None:
        return _absent(item, tensors, twins.get(item.tied_to or item.key))
    if stored.shape != item.shape and not (item.shape == () and stored.shape == (1,)):  # PyTorch before 0.4 had no ()
        return Row(item.key, "shape", item, stored)
    if kind(stored.dtype) != kind(item.dtype):
        return Row(item.key, "dtype", item, stored)
    note = f"{stored.dtype} becomes {item.dtype}" if stored.dtype != item.dtype else ""
    return Row(item.key, "loads", item, stored, note)


def _absent(item: Expected, tensors: Mapping[str, Stored], twin: str | None) -> Row:
    if twin is not None:
        return Row(item.key, "loads", item, None, f"not in the file; it is {twin}", twin=twin)
    path, _, name = item.key.rpartition(".")
    if name == _COUNTER and f"{path}.running_mean" in tensors:  # PyTorch before 0.4.1 had none; load_state_dict knows
        return Row(item.key, "loads", item, None, "not in the file; starts at 0")
    return Row(item.key, "missing", item, None)


def _left_over(key: str, stored: Stored, missing: Mapping[Shape, list[str]], externals: tuple[str, ...]) -> Row:
    if key.startswith(externals):
        return Row(key, "unknown", None, stored, "of a python: layer")
    return Row(key, "unexpected", None, stored, meant=nearest(key, missing.get(stored.shape, ())))


def _hints(left: Iterable[str], known: set[str], tensors: Mapping[str, Stored]) -> Iterable[str]:
    """A beginning of keys without which more of them would load."""
    gained: Counter[str] = Counter()
    for key in left:
        parts = key.split(".")[:4]
        for count in range(1, len(parts)):
            prefix = ".".join(parts[:count]) + "."
            gained[prefix] += key[len(prefix) :] in known
    best, count = max(gained.items(), key=lambda item: item[1], default=("", 0))
    if count:
        begin = sum(key.startswith(best) for key in tensors)
        yield (f"{begin} of the file's {len(tensors)} keys begin with {best[:80]}, and {count} of them load without it: "
               f"--strip {best[:80]}")  # fmt: skip


def kind(dtype: str) -> str:
    """What dtypes have in common that PyTorch converts into each other without a loss that anybody minds."""
    for word in ("complex", "bool"):
        if dtype.startswith(word):
            return word
    return "float" if dtype.startswith(("float", "bfloat")) else "int"
