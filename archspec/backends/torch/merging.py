"""The emissions of one layer in all uses of its class, as one. Enters: records; leaves: a record with `Varying` literals.

What differs in more than its literals raises `Unlike`: such uses cannot be one class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from archspec.backends.torch.uses import HOLE, ClassName, Varying
from archspec.ops import emission as emit
from archspec.ops.base import Op

_RECORDS = (
    emit.Apply, emit.Call, emit.Method, emit.Infix, emit.Several, emit.BatchSize, emit.State, emit.Emission, emit.Slice,
)  # fmt: skip


class Unlike(Exception):
    """Two uses differ in more than values."""


def merge_emissions(emissions: Sequence[emit.Emission | None], ops: Sequence[Op | None]) -> emit.Emission:
    """One emission for all; None where a use leaves the layer out. Raises Unlike."""
    present = [emission for emission in emissions if emission is not None]
    is_everywhere = len(present) == len(emissions)
    if is_everywhere and all(emission == present[0] for emission in present):
        return present[0]
    if len({emission.ports for emission in present}) > 1:
        raise Unlike
    forward = _merge([HOLE if emission is None else emission.forward for emission in emissions], ops)
    owns = [HOLE if emission is None else emission.own for emission in emissions]
    if any(isinstance(own, emit.Module) for own in owns):
        own: object = _modules(owns, ops)
    elif all(own is HOLE or isinstance(own, emit.Helper) for own in owns):
        own = _helpers(owns)
    elif all(own is HOLE or own is None for own in owns):
        own = None
    else:
        own = _tensors(owns)
    return emit.Emission(forward, own, present[0].ports)  # type: ignore[arg-type]


def _merge(parts: Sequence[object], ops: Sequence[Op | None]) -> object:
    """Expressions of one form."""
    present = [part for part in parts if part is not HOLE]
    first = present[0]
    if all(type(part) is type(first) and part == first for part in present):
        return first
    if any(type(part) is not type(first) for part in present):
        raise Unlike
    if isinstance(first, emit.Data):
        return emit.Data(_literal([HOLE if part is HOLE else part.value for part in parts]))  # type: ignore[attr-defined]
    if isinstance(first, emit.Index):
        return _index(parts, first, ops)
    if isinstance(first, _RECORDS):
        columns = [[HOLE if part is HOLE else part[i] for part in parts] for i in range(len(first))]  # type: ignore[index]
        record: Callable[..., object] = type(first)
        return record(*(_keywords(column, ops) if name == "keywords" else _merge(column, ops)
                        for name, column in zip(first._fields, columns, strict=True)))  # fmt: skip
    if isinstance(first, tuple) and type(first) is tuple:
        if any(len(part) != len(first) for part in present):  # type: ignore[arg-type]
            raise Unlike
        return tuple(_merge([HOLE if part is HOLE else part[i] for part in parts], ops) for i in range(len(first)))  # type: ignore[index]
    raise Unlike


def _keywords(written: Sequence[object], ops: Sequence[Op | None]) -> tuple[tuple[str, object], ...]:
    """Keywords of one call: one that only some uses write has its default in the others."""
    uses = [HOLE if keywords is HOLE else dict(keywords) for keywords in written]  # type: ignore[call-overload]
    names = dict.fromkeys(name for keywords in uses if isinstance(keywords, dict) for name in keywords)
    return tuple(
        (name, _merge([_expression_or_default(keywords, name, op) if isinstance(keywords, dict) else HOLE
                       for keywords, op in zip(uses, ops, strict=True)], ops))
        for name in names
    )  # fmt: skip


def _expression_or_default(keywords: Mapping[str, object], name: str, op: Op | None) -> object:
    return keywords[name] if name in keywords else emit.Data(_or_default({}, name, op))


def _index(parts: Sequence[object], first: emit.Index, ops: Sequence[Op | None]) -> emit.Index:
    """`x[:, a:b]`, whose numbers may differ."""
    present = [part for part in parts if isinstance(part, emit.Index)]
    target = _merge([part.target if isinstance(part, emit.Index) else HOLE for part in parts], ops)
    if any(len(part.items) != len(first.items) for part in present):
        raise Unlike
    items: list[int | emit.Slice | emit.Input] = []
    for i, item in enumerate(first.items):
        column = [part.items[i] if isinstance(part, emit.Index) else HOLE for part in parts]
        if isinstance(item, emit.Slice):
            if any(other is not HOLE and not isinstance(other, emit.Slice) for other in column):
                raise Unlike
            ends = [[getattr(other, end) if other is not HOLE else HOLE for other in column] for end in item._fields]
            if any((value is None) != (getattr(item, item._fields[k]) is None)
                   for k, end in enumerate(ends) for value in end if value is not HOLE):  # fmt: skip
                raise Unlike
            items.append(emit.Slice(*(_literal(end) for end in ends)))  # type: ignore[arg-type]
        elif isinstance(item, emit.Input):
            if any(other is not HOLE and other != item for other in column):
                raise Unlike
            items.append(item)
        else:
            if any(other is not HOLE and not isinstance(other, int) for other in column):
                raise Unlike
            items.append(_literal(column))  # type: ignore[arg-type]
    return emit.Index(target, tuple(items))  # type: ignore[arg-type]


def _literal(values: Sequence[object]) -> emit.Literal:
    """One literal, or what stands for several."""
    present = [value for value in values if value is not HOLE]
    if all(type(value) is type(present[0]) and value == present[0] for value in present):
        return present[0]  # type: ignore[return-value]
    return Varying(tuple(values))  # type: ignore[return-value]


def _argument(values: Sequence[object]) -> emit.Literal:
    """An argument of a module. One that is left out in some uses may be an argument of the block, which has others there."""
    return Varying(tuple(values)) if HOLE in values else _literal(values)  # type: ignore[return-value]


def _modules(owns: Sequence[object], ops: Sequence[Op | None]) -> emit.Module:
    """Modules of torch: an argument that only some uses write has its default in the others."""
    present = [own for own in owns if isinstance(own, emit.Module)]
    if len(present) != sum(own is not HOLE for own in owns) or len({own.takes_device for own in present}) > 1:
        raise Unlike
    written = [_arguments(own, op) if isinstance(own, emit.Module) and op is not None else None
               for own, op in zip(owns, ops, strict=True)]  # fmt: skip
    names = [own.name if isinstance(own, emit.Module) else HOLE for own in owns]
    name = present[0].name
    if any(own.name != name for own in present):
        name = Varying(tuple(HOLE if item is HOLE else ClassName(item) for item in names))  # type: ignore[assignment]
    columns: dict[str, emit.Literal] = {}
    for key in dict.fromkeys(key for arguments in written if arguments is not None for key in arguments):
        columns[key] = _argument([HOLE if arguments is None else _or_default(arguments, key, op)
                                  for arguments, op in zip(written, ops, strict=True)])  # fmt: skip
    positional = min(len(own.arguments) for own in present)
    op = next(op for op in ops if op is not None)
    order = [*op.positional, *type(op).model_fields]
    keys = sorted(columns, key=lambda key: order.index(key) if key in order else len(order))
    arguments = tuple(columns[key] for key in keys[:positional])
    return emit.Module(
        name, arguments, tuple((key, columns[key]) for key in keys[positional:]), present[0].takes_device
    )


def _helpers(owns: Sequence[object]) -> emit.Helper:
    """Helpers of one class, whose arguments are always all there."""
    first = next(own for own in owns if isinstance(own, emit.Helper))
    if any(isinstance(own, emit.Helper) and own.name != first.name for own in owns):
        raise Unlike
    values = [
        [own.keywords[i][1] if isinstance(own, emit.Helper) else HOLE for own in owns]
        for i in range(len(first.keywords))
    ]
    return emit.Helper(
        first.name, tuple((name, _literal(column)) for (name, _), column in zip(first.keywords, values, strict=True))
    )


def _arguments(own: emit.Module, op: Op) -> dict[str, emit.Literal]:
    return {**dict(zip(op.positional, own.arguments, strict=False)), **dict(own.keywords)}


def _or_default(arguments: dict[str, emit.Literal], key: str, op: Op | None) -> emit.Literal:
    if key in arguments:
        return arguments[key]
    field = type(op).model_fields.get(key) if op is not None else None
    if field is None or field.is_required():
        raise Unlike
    default: emit.Literal = field.default
    return default


def _tensors(owns: Sequence[object]) -> emit.Tensor:
    """Parameters and buffers of one rank."""
    present = [own for own in owns if isinstance(own, emit.Tensor)]
    if len(present) != sum(own is not HOLE for own in owns):
        raise Unlike
    first = present[0]
    if any((own.kind, own.dtype, own.persistent, len(own.shape)) != (first.kind, first.dtype, first.persistent, len(first.shape))
           for own in present):  # fmt: skip
        raise Unlike
    shape = tuple(_literal([own.shape[i] if isinstance(own, emit.Tensor) else HOLE for own in owns])
                  for i in range(len(first.shape)))  # fmt: skip
    fill = _literal([own.fill if isinstance(own, emit.Tensor) else HOLE for own in owns])
    return emit.Tensor(first.kind, shape, first.dtype, fill, first.persistent)  # type: ignore[arg-type]
