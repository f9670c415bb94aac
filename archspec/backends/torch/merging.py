"""The emissions of one layer in all uses of its class, as one. Enters: records; leaves: a record with `Varying` literals.

What differs in more than its literals raises `Unlike`: such uses cannot be one class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from archspec.backends.torch.uses import HOLE, ClassName, Hole, Varying
from archspec.ops import emission as emit
from archspec.ops.base import Op

_T = TypeVar("_T")
_U = TypeVar("_U")
Ops = Sequence[Op | None]
Keywords = tuple[tuple[str, emit.Expression], ...]


class Unlike(Exception):
    """Two uses differ in more than values."""


def merge_emissions(emissions: Sequence[emit.Emission | None], ops: Ops) -> emit.Emission:
    """One emission for all; None where a use leaves the layer out. Raises Unlike."""
    present = [emission for emission in emissions if emission is not None]
    if len(present) == len(emissions) and _are_equal(present):
        return present[0]
    if len({emission.ports for emission in present}) > 1:
        raise Unlike
    column = [HOLE if emission is None else emission for emission in emissions]
    forward = _merge(_each(column, lambda emission: emission.forward), ops)
    return emit.Emission(forward, _own(_each(column, lambda emission: emission.own), ops), present[0].ports)


def _own(owns: Sequence[emit.Own | Hole | None], ops: Ops) -> emit.Own | None:
    """What the layer has of its own."""
    match _present(owns)[0]:
        case None:
            return _one(owns)
        case emit.Module():
            return _module(_of(owns, emit.Module), ops)
        case emit.Helper():
            return _helper(_of(owns, emit.Helper))
        case emit.Tensor():
            return _tensor(_of(owns, emit.Tensor))
    raise Unlike


# Columns: one thing in every use -----------------------------------------------------------------------------------


def _present(column: Sequence[_T | Hole]) -> list[_T]:
    return [item for item in column if not isinstance(item, Hole)]


def _each(column: Sequence[_T | Hole], part: Callable[[_T], _U]) -> list[_U | Hole]:
    """A part of each."""
    return [HOLE if isinstance(item, Hole) else part(item) for item in column]


def _of(column: Sequence[object], kind: type[_T]) -> list[_T | Hole]:
    """The same, all of one kind. Raises Unlike."""
    found = [item for item in column if isinstance(item, (Hole, kind))]
    if len(found) < len(column):
        raise Unlike
    return found


def _one(column: Sequence[_T | Hole]) -> _T:
    """What is the same in every use. Raises Unlike."""
    present = _present(column)
    if not _are_equal(present):
        raise Unlike
    return present[0]


def _are_equal(present: Sequence[object]) -> bool:
    return all(type(item) is type(present[0]) and item == present[0] for item in present)


# Expressions -------------------------------------------------------------------------------------------------------


def _merge(column: Sequence[emit.Expression | Hole], ops: Ops) -> emit.Expression:
    """Expressions of one form."""
    present: list[emit.Expression] = _present(column)
    if _are_equal(present):
        return present[0]
    match present[0]:
        case emit.Data():
            return emit.Data(_literal(_each(_of(column, emit.Data), lambda data: data.value)))
        case emit.Index():
            return _index(_of(column, emit.Index), ops)
        case emit.Apply():
            applied = _of(column, emit.Apply)
            arguments = _merge_all(_each(applied, lambda each: each.arguments), ops)
            return emit.Apply(arguments, _keywords(_each(applied, lambda each: each.keywords), ops))
        case emit.Call():
            calls = _of(column, emit.Call)
            function = _one(_each(calls, lambda each: each.function))
            arguments = _merge_all(_each(calls, lambda each: each.arguments), ops)
            return emit.Call(function, arguments, _keywords(_each(calls, lambda each: each.keywords), ops))
        case emit.Method():
            methods = _of(column, emit.Method)
            target = _merge(_each(methods, lambda each: each.target), ops)
            name = _one(_each(methods, lambda each: each.name))
            arguments = _merge_all(_each(methods, lambda each: each.arguments), ops)
            return emit.Method(target, name, arguments, _keywords(_each(methods, lambda each: each.keywords), ops))
        case emit.Infix():
            infixes = _of(column, emit.Infix)
            left = _merge(_each(infixes, lambda each: each.left), ops)
            right = _merge(_each(infixes, lambda each: each.right), ops)
            return emit.Infix(_one(_each(infixes, lambda each: each.operator)), left, right)
        case emit.Several():
            several = _of(column, emit.Several)
            items = _merge_all(_each(several, lambda each: each.items), ops)
            return emit.Several(items, _one(_each(several, lambda each: each.is_list)))
    raise Unlike


def _merge_all(column: Sequence[tuple[emit.Expression, ...] | Hole], ops: Ops) -> tuple[emit.Expression, ...]:
    """As many expressions in every use, each with its like."""
    return tuple(_merge(each, ops) for each in _turned(column))


def _turned(column: Sequence[tuple[_T, ...] | Hole]) -> list[list[_T | Hole]]:
    """Tuples of one length as a column for each item. Raises Unlike."""
    lengths = {len(items) for items in _present(column)}
    if len(lengths) > 1:
        raise Unlike
    return [[HOLE if isinstance(items, Hole) else items[i] for items in column] for i in range(lengths.pop())]


def _keywords(column: Sequence[Keywords | Hole], ops: Ops) -> Keywords:
    """Keywords of one call: one that only some uses write has its default in the others."""
    uses: list[dict[str, emit.Expression] | Hole] = _each(column, dict)
    names = dict.fromkeys(name for keywords in _present(uses) for name in keywords)
    return tuple(
        (name, _merge([HOLE if isinstance(keywords, Hole) else _expression_or_default(keywords, name, op)
                       for keywords, op in zip(uses, ops, strict=True)], ops))
        for name in names
    )  # fmt: skip


def _expression_or_default(keywords: Mapping[str, emit.Expression], name: str, op: Op | None) -> emit.Expression:
    return keywords[name] if name in keywords else emit.Data(_or_default({}, name, op))


def _index(column: Sequence[emit.Index | Hole], ops: Ops) -> emit.Index:
    """`x[:, a:b]`, whose numbers may differ."""
    target = _merge(_each(column, lambda each: each.target), ops)
    return emit.Index(target, tuple(map(_index_item, _turned(_each(column, lambda each: each.items)))))


def _index_item(
    column: Sequence[int | emit.Open | emit.Slice | emit.Input | Hole],
) -> int | emit.Open | emit.Slice | emit.Input:
    match _present(column)[0]:
        case emit.Slice():
            return emit.Slice(*map(_end, _turned(_of(column, emit.Slice))))
        case emit.Input():
            return _one(_of(column, emit.Input))
    return _number(_of(column, int))


def _end(column: Sequence[int | emit.Open | Hole | None]) -> int | emit.Open | None:
    """An end of a slice: in every use, or in none."""
    return _one(column) if None in column else _number(_of(column, int))


# Literals ----------------------------------------------------------------------------------------------------------


def _number(column: Sequence[int | Hole]) -> int | emit.Open:
    return _present(column)[0] if _are_equal(_present(column)) else Varying(tuple(column))


def _literal(column: Sequence[emit.Argument | Hole]) -> emit.Argument:
    """One literal, or what stands for several."""
    present = _present(column)
    return present[0] if _are_equal(present) else Varying(tuple(column))


def _argument(column: Sequence[emit.Argument | Hole]) -> emit.Argument:
    """An argument of a module. One that is left out in some uses may be an argument of the block, which has others there."""
    return Varying(tuple(column)) if HOLE in column else _literal(column)


# What layers have of their own -------------------------------------------------------------------------------------


def _module(owns: Sequence[emit.Module | Hole], ops: Ops) -> emit.Module:
    """Modules of torch: an argument that only some uses write has its default in the others."""
    present = _present(owns)
    takes_device = _one(_each(owns, lambda own: own.takes_device))
    written = [
        None if isinstance(own, Hole) or op is None else _arguments(own, op) for own, op in zip(owns, ops, strict=True)
    ]
    is_one = _are_equal([own.name for own in present])
    name = present[0].name if is_one else Varying(tuple(_each(owns, lambda own: ClassName(emit.settled(own.name)))))
    columns: dict[str, emit.Argument] = {}
    for key in dict.fromkeys(key for arguments in written if arguments is not None for key in arguments):
        columns[key] = _argument([HOLE if arguments is None else _or_default(arguments, key, op)
                                  for arguments, op in zip(written, ops, strict=True)])  # fmt: skip
    positional = min(len(own.arguments) for own in present)
    op = next(op for op in ops if op is not None)
    order = [*op.positional, *type(op).model_fields]
    keys = sorted(columns, key=lambda key: order.index(key) if key in order else len(order))
    keywords = tuple((key, columns[key]) for key in keys[positional:])
    return emit.Module(name, tuple(columns[key] for key in keys[:positional]), keywords, takes_device)


def _helper(owns: Sequence[emit.Helper | Hole]) -> emit.Helper:
    """Helpers of one class, whose arguments are always all there."""
    columns = _turned(_each(owns, lambda own: own.keywords))
    keywords = tuple((_present(column)[0][0], _literal(_each(column, lambda pair: pair[1]))) for column in columns)
    return emit.Helper(_one(_each(owns, lambda own: own.name)), keywords)


def _arguments(own: emit.Module, op: Op) -> dict[str, emit.Argument]:
    return {**dict(zip(op.positional, own.arguments, strict=False)), **dict(own.keywords)}


def _or_default(arguments: Mapping[str, emit.Argument], key: str, op: Op | None) -> emit.Argument:
    if key in arguments:
        return arguments[key]
    field = type(op).model_fields.get(key) if op is not None else None
    if field is None or field.is_required():
        raise Unlike
    default: emit.Literal = field.default
    return default


def _tensor(owns: Sequence[emit.Tensor | Hole]) -> emit.Tensor:
    """Parameters and buffers of one rank."""
    kind, dtype, persistent = _one(_each(owns, lambda own: (own.kind, own.dtype, own.persistent)))
    shape = tuple(_number(_of(column, int)) for column in _turned(_each(owns, lambda own: own.shape)))
    return emit.Tensor(kind, shape, dtype, _literal(_each(owns, lambda own: own.fill)), persistent)
