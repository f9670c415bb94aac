"""Where the value of an expression comes from: how it follows from the document's arguments, through `let`, blocks' arguments,
`for` and the sizes of inputs. Enters: an expression and where it stands; leaves: an origin, and origins as code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

from archspec.backends.python.code import Code, literal, operation, signed
from archspec.backends.torch.cases import Cases
from archspec.backends.torch.series import Origin
from archspec.backends.torch.translate import Untranslatable, translate
from archspec.backends.torch.uses import constant_of, environment, scope_environment, typed
from archspec.dims import Dim, Size, TooComplex, symbol, symbols
from archspec.dims.size import Floor
from archspec.document.lookup import Lookup, NotKnown
from archspec.document.values import Environment
from archspec.expressions.evaluation import evaluate, names_in
from archspec.expressions.grammar import (
    Binary,
    Call,
    Choice,
    Comprehension,
    Constant,
    Expression,
    Fault,
    Item,
    Items,
    Name,
    ShapeOf,
    Unary,
    parse,
)
from archspec.expressions.work import Work
from archspec.graph import Ref, Scope, Slot

_MAX_POWER = 4
_WHOLE = frozenset({"int", "round", "floor", "ceil"})


class Computed(NamedTuple):
    """Something that is no size, as it is written by the arguments: `rate / 2`."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A scope, and the entry of the scope around it that it is."""

    scope: Scope
    outer: Frame | None
    slot: Slot | None
    case: int


class Stand(NamedTuple):
    """Where an expression stands: in a scope, and in the keys of one of its entries, if any."""

    frame: Frame
    slot: Slot | None

    def environment(self, cases: Cases) -> Environment:
        """What its names are."""
        if self.slot is None:
            return scope_environment(self.frame.scope, cases.facts)
        return environment(self.frame.scope, self.slot.values, cases.facts)


class _Text(NamedTuple):
    text: str
    is_free: bool
    """Whether an argument is in it."""


class Written(NamedTuple):
    """An expression that is a symbol, and where it stands."""

    tree: Expression
    stand: Stand


class Expressions:
    """What expressions come from. `axes` says it of a tensor."""

    def __init__(self, cases: Cases, free: frozenset[str], plain: frozenset[tuple[object, str]]) -> None:
        self.cases = cases
        self.free = free
        """The arguments that may be any number."""
        self.plain = plain
        """What differs between the cases where no expression stands."""
        self.written: dict[str, Written] = {}
        """What symbols stand for that are no arguments."""
        self.numbers: list[dict[str, int]] = [{} for _ in cases.roots]
        """What the symbols are, in each case."""
        self._names: dict[tuple[int, int, str], Origin] = {}
        self._lists: dict[object, object] = {}

    def axes(self, ref: Ref | None) -> tuple[Size | None, ...] | None:
        """Where the sizes of a tensor come from."""
        raise NotImplementedError

    def axis(self, ref: Ref | None, axis: int) -> Origin:
        """Where the size of a tensor's axis comes from."""
        found = self.axes(ref)
        return found[axis] if found is not None and -len(found) <= axis < len(found) else None

    def of(self, tree: Expression, stand: Stand) -> Origin:
        """Where the value of an expression comes from."""
        with suppress(Fault, NotKnown, TooComplex):
            return self._of(tree, stand)
        return None

    def code(self, size: Size, known: Callable[[Origin], Code | None]) -> Code:
        """A size as code, by what is `known`: the document's arguments at least. Raises Untranslatable."""
        if isinstance(size, int):
            return literal(size)
        total: Code | None = None
        for monomial, coefficient in size.terms:
            factors = [literal(abs(coefficient))] if abs(coefficient) != 1 or not monomial else []
            factors += [self._atom(atom, known) for atom, power in monomial for _ in range(power)]
            term = reduce(lambda left, right: operation("*", left, right), factors)
            if total is None:
                total = signed("-", term) if coefficient < 0 else term
            else:
                total = operation("-" if coefficient < 0 else "+", total, term)
        assert total is not None
        return total

    def _atom(self, atom: object, known: Callable[[Origin], Code | None]) -> Code:
        if isinstance(atom, Floor):
            return operation("//", *(self.code(size, known) for size in atom))
        found = known(symbol(atom)) if isinstance(atom, str) else None
        if found is not None:
            return found
        if atom not in self.written:
            raise Untranslatable
        tree, stand = self.written[str(atom)]
        return translate(tree, lambda part: self._part(part, tree, stand, known))

    def _part(
        self, part: Expression, whole: Expression, stand: Stand, known: Callable[[Origin], Code | None]
    ) -> Code | None:
        origin = self.of(part, stand)
        if origin is None or part is whole:
            return None
        if isinstance(origin, Dim):
            return self.code(origin, known)
        if not is_free(origin):
            return constant_of(self._value(part, stand))
        if not isinstance(part, Name):
            return None
        behind = self._behind(part.name, stand)
        if behind is not None:
            return translate(behind.tree, lambda inner: self._part(inner, part, behind.stand, known))
        return known(origin)

    # Expressions -------------------------------------------------------------------------------------------------

    def _of(self, tree: Expression, stand: Stand) -> Origin:
        """As `of`. Raises Fault, NotKnown, TooComplex."""
        match tree:
            case Constant(value):
                return value
            case Name(name):
                return self._name(name, stand)
            case Choice(condition, then, other):
                return self._of(then if self._value(condition, stand) else other, stand)
            case ShapeOf(name):
                axes = self.axes(stand.frame.scope.inputs.get(name))
                if axes is None or None in axes:
                    return None
                free = any(is_free(axis) for axis in axes)
                return Computed(", ".join(map(_shown, axes))) if free else self._value(tree, stand)
            case Item(ShapeOf(name), at):
                axis = self._value(at, stand)
                return self.axis(stand.frame.scope.inputs.get(name), axis) if isinstance(axis, int) else None
            case Item(target, at):
                return self._item(tree, target, at, stand)
            case Unary("-" | "+" as sign, operand):
                whole = self._size(operand, stand)
                return self._as_written(tree, stand) if whole is None else -whole if sign == "-" else whole
            case Binary("**", base, Constant(int() as power)) if 1 < power <= _MAX_POWER:
                return self._combined(
                    tree, "*", base, Binary("**", base, Constant(power - 1, 0), 0) if power > 2 else base, stand
                )
            case Binary("+" | "-" | "*" | "//" as sign, left, right):
                return self._combined(tree, sign, left, right, stand)
            case Call(function, (only,)) if function in _WHOLE and type(self._value(only, stand)) is int:
                return self._of(only, stand)
        return self._as_written(tree, stand)

    def _of_value(self, tree: Expression, stand: Stand, value: object) -> Origin:
        """As `of`, of an expression that has this value: long lists that no argument changes are not computed again."""
        with suppress(Fault, NotKnown, TooComplex):
            leaves = [self._of(leaf, stand) for leaf in names_in(tree)]
            return value if all(leaf is not None and not is_free(leaf) for leaf in leaves) else self._of(tree, stand)
        return None

    def _value(self, tree: Expression, stand: Stand) -> Any:
        lookup = Lookup(stand.environment(self.cases))
        if not isinstance(tree, Comprehension):
            return evaluate(tree, lookup, Work())
        key = (tree, *(typed(lookup(name)) for name in names_in(tree)))  # which is computed once for the same
        if key not in self._lists:
            self._lists[key] = evaluate(tree, lookup, Work())
        return self._lists[key]

    def _size(self, tree: Expression, stand: Stand) -> Size | None:
        """The origin of an expression whose value is a whole number; None where it is none."""
        origin = self._of(tree, stand) if type(self._value(tree, stand)) is int else None
        return origin if isinstance(origin, (int, Dim)) else None

    def _combined(self, tree: Expression, sign: str, left: Expression, right: Expression, stand: Stand) -> Origin:
        one, other = self._size(left, stand), self._size(right, stand)
        if one is None or other is None:
            return self._as_written(tree, stand)
        if sign == "//":
            return one // other
        return one + other if sign == "+" else one - other if sign == "-" else one * other

    def _item(self, tree: Expression, target: Expression, at: Expression, stand: Stand) -> Origin:
        """An item of a list that is written out, here or in a `let`."""
        if isinstance(target, Name):
            behind = self._behind(target.name, stand)
            if behind is not None and isinstance(behind.tree, Items) and not is_free(self._of(at, stand)):
                place = self._value(at, stand)
                return self._of(behind.tree.items[place], behind.stand) if isinstance(place, int) else None
        if isinstance(target, Items) and not is_free(self._of(at, stand)):
            place = self._value(at, stand)
            return self._of(target.items[place], stand) if isinstance(place, int) else None
        return self._as_written(tree, stand)

    def _as_written(self, tree: Expression, stand: Stand) -> Origin:
        """What nothing more is known of than how it is computed: its value where no argument changes it."""
        found = self._text(tree, stand, frozenset())
        if found is None:
            return None
        value = self._value(tree, stand)
        if not found.is_free:
            return value
        if type(value) is not int:
            return Computed(found.text)
        self.written.setdefault(found.text, Written(tree, stand))
        self.numbers[stand.frame.case][found.text] = value
        return symbol(found.text)

    def _text(self, part: object, stand: Stand, bound: frozenset[str]) -> _Text | None:
        """How something is computed from arguments: the same text for the same. None where that is not known."""
        if not isinstance(part, tuple):
            return _Text(repr(part), False)
        if isinstance(part, Comprehension):
            bound = bound | {name for name, _ in part.loops}
        fields = part[:-1] if isinstance(part, Expression) else part  # the last is the position
        inner = [self._text_inside(field, stand, bound) for field in fields]
        known = [text for text in inner if text is not None]
        if len(known) < len(inner):
            return None
        return _Text(
            f"{type(part).__name__}({', '.join(text.text for text in known)})", any(text.is_free for text in known)
        )

    def _text_inside(self, part: object, stand: Stand, bound: frozenset[str]) -> _Text | None:
        if isinstance(part, Name) and part.name in bound:
            return _Text(part.name, False)
        if not isinstance(part, Expression) or (bound and not isinstance(part, (Name, ShapeOf))):
            return self._text(part, stand, bound)
        origin = self._of(part, stand)
        return None if origin is None else _Text(_shown(origin), is_free(origin))

    # Names -------------------------------------------------------------------------------------------------------

    def _name(self, name: str, stand: Stand) -> Origin:
        key = (id(stand.frame), id(stand.slot), name)
        if key not in self._names:
            self._names[key] = None  # a `let` does not read itself
            self._names[key] = self._find(name, stand)
        return self._names[key]

    def _find(self, name: str, stand: Stand) -> Origin:
        frame, slot = stand
        value = self._value(Name(name, 0), stand)
        if slot is not None and name in slot.values:
            return self._own(name, value, frame, slot)
        behind = self._behind(name, stand)
        if behind is not None:
            return self._of_value(*behind, value)
        if frame.scope.use is None and frame.outer is not None:
            return self._name(name, Stand(frame.outer, frame.slot))
        if frame.outer is None and name in self.free:
            if type(value) is not int:
                return Computed(name)
            self.numbers[frame.case][name] = value
            return symbol(name)
        return self._given(name, value, frame)

    def _behind(self, name: str, stand: Stand) -> Written | None:
        """The expression that a name of a scope, or an argument of a block, is."""
        frame = stand.frame
        if name in frame.scope.let:
            return Written(parse(frame.scope.let[name]), Stand(frame, None))
        if frame.scope.use is not None and frame.slot is not None and frame.outer is not None:
            text = frame.slot.place.expression(name)
            if text is not None and name in frame.scope.use.arguments:
                return Written(parse(text), Stand(frame.outer, frame.slot))
        if frame.scope.use is None and frame.outer is not None and not (stand.slot and name in stand.slot.values):
            return self._behind(name, Stand(frame.outer, frame.slot))
        return None

    def _given(self, name: str, value: object, frame: Frame) -> Origin:
        """A name that is no expression: its value, but for a list with expressions in it."""
        if not isinstance(value, tuple):
            return value
        if frame.slot is not None and frame.scope.use is not None and name in frame.scope.use.arguments:
            return None if any(frame.slot.place.items(name)) else value
        return value if (frame.scope.path, name) not in self.plain else None

    def _own(self, name: str, value: object, frame: Frame, slot: Slot) -> Origin:
        """A repeat's `i` and `n`, and what the entry's own `for` and `let` give."""
        here, outside = Stand(frame, slot), Stand(frame, None)
        behind, items = slot.place.behind(name), slot.place.items_behind(name)
        if behind is None and not items:
            return self._counted(name, value, here) if name in ("i", "n") else value
        if items:
            return self._turn([(None if text is None else parse(text)) for text in items], value, outside)
        tree = parse(behind or "")
        with suppress(Fault, NotKnown):
            if self._value(tree, here) == value:
                return self._of(tree, here)
        if isinstance(tree, Items):
            return self._turn(tree.items, value, outside)
        return None if is_free(self._of(tree, outside)) else value

    def _turn(self, items: Sequence[Expression | None], value: object, outside: Stand) -> Origin:
        """A value of a `for`, by those of its items that have it; None where these come from different things."""
        origins = [value if item is None or isinstance(item, Constant) else self._of(item, outside)
                   for item in items if item is None or self._value(item, outside) == value]  # fmt: skip
        is_open = any(item is not None and not isinstance(item, Constant) for item in items)
        if not is_open:
            return value
        return origins[0] if origins and None not in items and all(one == origins[0] for one in origins) else None

    def _counted(self, name: str, value: object, here: Stand) -> Origin:
        """What counts the steps of a repeat. The last of as many as an argument says is the one before that."""
        assert here.slot is not None
        text, total = here.slot.place.expression("repeat"), here.slot.values.get("n")
        count = self.of(parse(text), here) if text is not None and type(value) is int and type(total) is int else value
        if count is None or not is_free(count):
            return None if count is None else value
        if name == "n":
            return count
        is_last = isinstance(total, int) and value == total - 1
        return count - 1 if is_last and isinstance(count, Dim) else value


def is_free(origin: Origin) -> bool:
    """Whether something follows from an argument."""
    return isinstance(origin, Computed) or bool(isinstance(origin, Dim) and symbols(origin))


def _shown(origin: Origin) -> str:
    return origin.text if isinstance(origin, Computed) else origin.key if isinstance(origin, Dim) else repr(origin)
