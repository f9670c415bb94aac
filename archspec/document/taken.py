"""What the key of a layer takes, where its type or its name may be another library's, or none yet.

Enters: the keys before a value, and its own; leaves: whether a value may fit. Imported only where a value is cut in two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.document.tree import Entry, Scalar
from archspec.document.unbraced import op_called
from archspec.ops import registry
from archspec.ops.base import Op
from archspec.ops.fields import Check
from archspec.ops.other_names import other_key


def checks_of(entries: Mapping[str, Entry], key: str) -> list[Check]:
    """The checks that a value of a layer's key may have to pass: the one of its op; where the type is none, those of all ops
    with such a key. None at all where no op has it, as an argument of a block."""
    kind = entries["type"].value if "type" in entries else None
    known = op_called(kind.text) if isinstance(kind, Scalar) else None
    ops = [registry.find(name) for name in ([known] if known is not None else registry.names())]
    return [check for op in ops if op is not None for check in _checks(op, key)]


def _checks(op: type[Op], key: str) -> Iterator[Check]:
    field = key if key in op.model_fields else other_key(key, op.model_fields)
    if field is not None:
        yield from (item for item in op.model_fields[field].metadata if isinstance(item, Check))
