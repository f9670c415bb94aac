"""What differs between the uses of one class: its constructor's parameters. Enters: a value for each use; leaves: Python text.

A value that is the same in all uses is a constant. Others are the spec's own expression where there is one, or something that
already has a name and the same values, or else a new parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from archspec.backends.python.code import Atom, Code, choice, flat, group, names, renamed, times
from archspec.backends.python.code import Name as Local
from archspec.backends.torch.cases import Cases
from archspec.backends.torch.names import Allocator
from archspec.backends.torch.origins import Here
from archspec.backends.torch.series import Known, Origin, Series, factor_of, is_proven, scaled, times_of
from archspec.backends.torch.translate import Untranslatable, translate
from archspec.backends.torch.uses import (
    HOLE,
    ClassName,
    Values,
    agree,
    constant_of,
    evaluated,
    fit,
    kind,
    rank_of,
    same,
    scope_environment,
)
from archspec.document.values import Environment
from archspec.expressions.evaluation import evaluate
from archspec.expressions.grammar import Choice, Constant, Expression, Fault, Item, Name, ShapeOf, parse
from archspec.expressions.value import Value
from archspec.expressions.work import Work
from archspec.facts.model import Facts
from archspec.graph import Scope
from archspec.ops import registry

MAX_NAME = 24
"""How long an expression may be that stands for a size in a comment."""
MAX_DIGITS = 8
"""How long a fraction may be that stands as a number where the spec computes it."""
_COUNTED = re.compile(r"_\d+$")
_INFERRED = re.compile("^in_|^num_|^normalized_shape|^embed_dim|^input_size|^groups")
"""Arguments whose names say less than that of the input's axis."""


@dataclass(slots=True)
class Parameter:
    """A parameter of a class's constructor, with its value in each use."""

    name: str
    values: Values
    default: object = HOLE
    rank: int = 0  # its place: what is inferred first, then the block's arguments in their order, then the rest
    origins: Series | None = None

    @property
    def annotation(self) -> str:
        """The type of the values."""
        found = dict.fromkeys(kind(value) for value in (*self.values, self.default) if value is not HOLE)
        kinds = sorted(found, key=rank_of)  # those of one rank in the order of uses, on every machine
        if kinds == ["int", "float"]:
            kinds = ["float"]
        return " | ".join(kinds)


class Place(NamedTuple):
    """Where a value stands: the expressions written there, and for each use the names that they read."""

    texts: tuple[str, ...]
    environments: tuple[Environment | None, ...]
    hint: str
    is_inferred: bool = False
    own: str | None = None
    """The expression that the value itself is written as."""
    behind: Callable[[str], str | None] = lambda name: None
    """The expression behind a name that the layer, or a group around it that is written in place, has of its own."""
    numbers: frozenset[int | float] = frozenset()
    """What stands there as a number."""
    here: Here | None = None
    """Where that is, to ask where expressions come from; None where nothing is asked."""
    origins: Series | None = None
    """Where the value itself comes from, if no expression is written for it."""

    def of(self, tree: Expression) -> Series | None:
        """Where the value of an expression that stands there comes from, in each use of the class."""
        return self.here.of(tree) if self.here is not None else None


@dataclass(slots=True, eq=False, repr=False)
class Parameters:
    """The names of one class's constructor: its parameters, and the local variables that `let` gives."""

    facts: Facts
    scopes: tuple[Scope, ...]
    names: Allocator
    attribute_names: Allocator
    found: dict[str, Parameter] = field(default_factory=dict)
    locals: dict[str, Code] = field(default_factory=dict)
    named: list[Known] = field(default_factory=list)
    letters: dict[str, Values] = field(default_factory=dict)
    attributes: dict[str, Code] = field(default_factory=dict)
    """What `forward` reads of the constructor's names: attributes, with what they are given."""
    lets: dict[str, str] = field(default_factory=dict)
    """The local variables that `let` became."""
    hints: dict[str, list[str]] = field(default_factory=dict)
    """The parameters that came of one wish."""
    class_lets: dict[str, str] = field(default_factory=dict)
    """The local variables that are one of several classes."""
    cases: Cases | None = None
    """Where the class is the network: what its arguments are. There are no other parameters; Bound is raised for them."""
    here: Here | None = None
    """The class's own scopes, all uses of it."""

    @property
    def is_single(self) -> bool:
        """Whether there is one use only, so that every value is a constant."""
        return len(self.scopes) == 1

    @property
    def arguments(self) -> Mapping[str, object]:
        """The block's arguments in the first use; those of the document that the network takes."""
        use = self.scopes[0].use
        return use.arguments if use is not None else self._taken()

    @property
    def defaults(self) -> Mapping[str, object]:
        """The values of arguments that need not be given."""
        use = self.scopes[0].use
        return use.defaults if use is not None else self._taken()

    def _taken(self) -> Mapping[str, object]:
        return {name: taken.value for name, taken in self.cases.taken.items()} if self.cases is not None else {}

    def signature(self) -> list[Parameter]:
        """The parameters in the order of the constructor: those without a default first."""
        ordered = sorted(self.found.values(), key=lambda parameter: parameter.rank)
        return [p for p in ordered if p.default is HOLE] + [p for p in ordered if p.default is not HOLE]

    def source(self, values: Values, place: Place) -> Code:
        """Code for a value that stands at a place."""
        present = [value for value in values if value is not HOLE]
        is_same = all(same(value, present[0]) for value in present)
        if is_same:
            return self.constant(present[0], place)
        if not any(isinstance(value, ClassName) for value in present):
            for text in place.texts:
                found = self._written(text, values, place)
                if found is not None:
                    return found
        origins = self._wanted(place)
        known = self.known(values, origins)
        if known is not None:
            return known
        for candidate in self._candidates():
            if agree(self._values_of(candidate, values), values) and is_proven(self._origins_of(candidate), origins):
                is_let = self.cases is not None and candidate in self.scopes[0].let
                return self.name(candidate, values, place) if is_let else self._argument(candidate, values)
        scaled = self._scaled(values, place, origins) if self.cases is not None else None
        if scaled is not None:
            return scaled
        if (
            all(isinstance(value, tuple) for value in present)
            and len({len(v) for v in present if isinstance(v, tuple)}) == 1
        ):
            return self._items(values, place)
        return self._new(place.hint, values, origins=origins)

    def _wanted(self, place: Place) -> Series | None:
        """Where a value comes from that something else has to come from too, to stand for it."""
        if place.own is None:
            return place.origins
        with suppress(Fault):
            return place.of(parse(place.own))
        return None

    def _origins_of(self, name: str) -> Series | None:
        """Where a name of the class's scope comes from."""
        return self.here.of(Name(name, 0)) if self.here is not None else None

    def constant(self, value: object, place: Place) -> Code:
        """A value that is the same wherever the layer is: as the spec writes it by what is not the same in all uses.

        It may be another where the layer is left out, or the same by chance: channels and heads that grow alike.
        """
        if isinstance(value, tuple) and place.own is None:
            return group([self.constant(item, place) for item in value])
        written = self._held(value, place) if place.texts and not self.is_single else None
        if written is not None:
            return written
        is_long = isinstance(value, float) and len(repr(value)) > MAX_DIGITS
        return self._fraction(value, place) if is_long else constant_of(value)  # type: ignore[arg-type]

    def _held(self, value: object, place: Place) -> Code | None:
        """The one expression with this value that reads what differs between uses; None where there is none, or several."""
        if value == 0 or (
            place.own is None and (value == 1 or value in place.numbers)
        ):  # need not be what an expression gives
            return None
        right: list[Expression] = []
        for text in place.texts if place.own is None else (place.own,):
            with suppress(Fault):
                tree = parse(text)
                if all(found is HOLE or same(found, value) for found in evaluated(tree, place.environments)):
                    right.append(tree)
        return self._unsettled(right[0], place) if len(right) == 1 else None

    def _unsettled(self, tree: Expression, place: Place) -> Code | None:
        """An expression as code where that reads a name of the constructor."""

        def known(part: Expression) -> Code | None:
            if isinstance(part, Name) and part.name in self._candidates():
                return self._unsettled_name(part.name, place)
            if not isinstance(part, Name) and not (isinstance(part, Item) and isinstance(part.target, ShapeOf)):
                return None
            values = evaluated(part, place.environments)
            if all(same(one, values[0]) for one in values):
                return constant_of(values[0])
            return self.known(values, place.of(part))

        try:
            found = translate(tree, known)
        except Untranslatable:
            return None
        return found if names(found) else None

    def _unsettled_name(self, name: str, place: Place) -> Code:
        """A name in the scope; a `let` that is the same in all uses by what it is written with."""
        values = tuple(scope.values[name] for scope in self.scopes)
        if not all(same(value, values[0]) for value in values):
            return self.name(name, values, place)
        if name in self.lets:
            return Local(self.lets[name])
        inside = Place((), tuple(scope_environment(scope, self.facts) for scope in self.scopes), name, here=self.here)
        text = self.scopes[0].let.get(name)
        found = self._unsettled(parse(text), inside) if text is not None else None
        if found is None or isinstance(found, Local):
            return found or constant_of(values[0])
        own = self.lets[name] = self.names.take(name)
        self.locals[own] = found
        return Local(own)

    def _scaled(self, values: Values, place: Place, origins: Series | None) -> Code | None:
        """So many times something that has a name: what Flatten makes of channels, what a block widens."""
        found = scaled(self.named, values, origins)
        for name in self._candidates():
            known = self._values_of(name, values)
            factor = factor_of(known, values)
            is_right = factor is not None and is_proven(times_of(self._origins_of(name), factor), origins)
            if factor is not None and is_right and (found is None or factor < found[0]):
                found = factor, self.name(name, known, place)
        return times(*found) if found is not None else None

    def named_by(self, values: Values, place: Place) -> Code | None:
        """What has these values already, or is so many times something; None where a parameter would have to be made."""
        if all(same(value, values[0]) for value in values):
            return constant_of(values[0])
        known = self.known(values, place.origins)
        if known is not None:
            return known
        for name in self._candidates():
            is_right = agree(self._values_of(name, values), values) and is_proven(self._origins_of(name), place.origins)
            if name in self.arguments and is_right:
                return self._argument(name, values)
        return self._scaled(values, place, place.origins) if self.cases is not None else None

    def in_forward(self, code: Code) -> Code:
        """The code with each name as an attribute, which it becomes."""
        return renamed(code, lambda name: self.attribute(name, Local(name)))

    def attribute(self, name: str, code: Code) -> Code:
        """An attribute that holds this; the same one for the same code."""
        own = next((known for known, value in self.attributes.items() if value == code), None)
        if own is None:
            own = self.attribute_names.take(name)
            self.attributes[own] = code
        return Atom(f"self.{own}")

    def computed(self, values: Values, place: Place) -> Code | None:
        """A list as the spec computes it; None where it is not computed."""
        if len(values) == 1:  # the same in every use
            values = tuple(HOLE if environment is None else values[0] for environment in place.environments)
        if not self.is_single:
            found = (self._written(text, values, place) for text in place.texts)
            return next((source for source in found if source is not None), None)
        return self._unfolded(values[0], place, lambda value: isinstance(value, tuple))

    def _fraction(self, value: float, place: Place) -> Code:
        """A number of many digits as the spec computes it: 0.2 * 3 / 16."""
        return self._unfolded(value, place, lambda part: isinstance(part, float)) or constant_of(value)

    def _unfolded(self, value: object, place: Place, is_shown: Callable[[object], bool]) -> Code | None:
        """The spec's expression for a constant, its names as numbers; parts that `is_shown` stay computed."""
        for text in place.texts:
            try:
                tree = parse(text)
            except Fault:
                continue
            if not all(v is HOLE or same(v, value) for v in evaluated(tree, place.environments)):
                continue

            def known(part: Expression) -> Code | None:
                values = [v for v in evaluated(part, place.environments) if v is not HOLE]
                settled = bool(values) and all(same(v, values[0]) for v in values)
                return (
                    constant_of(values[0]) if settled and (isinstance(part, Name) or not is_shown(values[0])) else None
                )

            try:
                return translate(tree, known)
            except Untranslatable:
                continue
        return None

    def chosen(self, classes: Mapping[str, str], place: Place) -> Code | None:
        """Which of several generated classes it is, as the spec's expression for the type says; None where no code says it.

        `classes` are their names by those of their blocks.
        """
        try:
            found = self._class_in(parse(place.own or ""), classes, place)
        except (Fault, Untranslatable):
            return None
        if isinstance(found, (Atom, Local)):
            return found
        own = self.names.take("block")
        self.locals[own] = found
        return Local(own)

    def _class_in(self, tree: Expression, classes: Mapping[str, str], place: Place) -> Code:
        """A class, or a choice of classes; what is asked there is about values. Raises Untranslatable."""
        match tree:
            case Constant(str() as name) if name in classes:
                return Atom(classes[name])
            case Choice(condition, then, other):
                asked = translate(condition, lambda part: self.part(part, place))
                if flat(asked) in ("True", "False"):
                    return self._class_in(then if flat(asked) == "True" else other, classes, place)
                return choice(asked, self._class_in(then, classes, place), self._class_in(other, classes, place))
            case Name(name) if name in self.scopes[0].let:
                if name not in self.class_lets:
                    found = self._class_in(parse(self.scopes[0].let[name]), classes, place)
                    if isinstance(found, (Atom, Local)):
                        return found
                    self.class_lets[name] = self.names.take(name)
                    self.locals[self.class_lets[name]] = found
                return Local(self.class_lets[name])
        raise Untranslatable

    def keep_arguments(self) -> None:
        """Makes all arguments of the block parameters, in the order of their declaration, whether they are read or not."""
        for name in self.arguments:
            if name not in self.found:
                values = tuple(scope.values[name] for scope in self.scopes)
                rank = 100 + list(self.arguments).index(name)
                self._new(name, values, self.defaults.get(name, HOLE), rank, self._origins_of(name))

    def shape_name(self, values: Values) -> str | None:
        """The name that a size has, for comments; nothing is made for it."""
        known = self.known(values)
        if known is None and self.cases is not None:
            found = scaled(self.named, values, None)
            known = times(*found) if found is not None else None
        text = flat(known) if known is not None else ""
        return text if 0 < len(text) <= MAX_NAME else None

    def letter(self, letter: str, values: Values) -> str:
        """A letter for sizes that nothing in the class has a name for; the same for the same sizes."""
        name = letter
        while name in self.letters and not fit(self.letters[name], values):
            name += "'"
        known = self.letters.get(name, values)
        self.letters[name] = tuple(b if a is HOLE else a for a, b in zip(known, values, strict=True))
        return name

    # Where a value comes from ------------------------------------------------------------------------------------

    def known(self, values: Values, origins: Series | None = None) -> Code | None:
        """Something that already has these values, and comes from the same where it is known from what."""
        return next((known.code for known in self.named
                     if agree(known.values, values) and is_proven(known.origins, origins)), None)  # fmt: skip

    def _candidates(self) -> list[str]:
        """The block's arguments, and the other names in its scope."""
        return [name for name in self.scopes[0].values if all(name in scope.values for scope in self.scopes)]

    def _values_of(self, name: str, like: Values) -> Values:
        found = tuple(scope.values[name] for scope in self.scopes)
        if any(isinstance(value, ClassName) for value in like):  # an argument that names a type
            return tuple(ClassName(f"nn.{value}") if isinstance(value, str) else HOLE for value in found)
        return found

    def _written(self, text: str, values: Values, place: Place) -> Code | None:
        """The spec's own expression, where it has these values and Python has names for what it reads."""
        try:
            tree = parse(text)
        except Fault:
            return None
        origins = place.of(tree)
        if not agree(evaluated(tree, place.environments), values) or not is_proven(origins, place.origins):
            return None
        try:
            found = translate(tree, lambda part: self.part(part, place))
        except Untranslatable:
            return None
        if self.known(values, origins) is None and HOLE not in values:
            self.named.append(Known(values, found, origins))
        return found

    def part(self, part: Expression, place: Place) -> Code | None:
        """What stands for a part of an expression: a constant, or a name."""
        values = evaluated(part, place.environments)
        present = [value for value in values if value is not HOLE]
        settled = bool(present) and len(present) == sum(e is not None for e in place.environments)
        is_list = any(isinstance(value, tuple) for value in present) and not isinstance(part, Name)
        if settled and not is_list and all(same(value, present[0]) for value in present) and HOLE not in values:
            return constant_of(present[0])
        if isinstance(part, Name):
            return self.name(part.name, values, place)
        if isinstance(part, Item) and isinstance(part.target, ShapeOf):
            axis = evaluate(part.at, _no_names, Work())
            return self._size(part.target.name, axis if isinstance(axis, int) else 0, values, place.of(part))
        return None

    def name(self, name: str, values: Values, place: Place) -> Code:
        """What stands for a name of the spec that has these values."""
        origins = place.of(Name(name, 0))
        if (
            name in self.found
            and agree(self.found[name].values, values)
            and is_proven(self.found[name].origins, origins)
        ):
            return Local(name)
        is_own = name in self._candidates() and agree(tuple(scope.values[name] for scope in self.scopes), values)
        if is_own and is_proven(self._origins_of(name), origins):
            let = self.scopes[0].let.get(name)
            if let is not None:
                return self._let(name, let, values)
            return self._argument(name, values)
        known = self.known(values, origins)
        if known is not None:
            return known
        present = [value for value in values if value is not HOLE]
        if present and all(same(value, present[0]) for value in present):
            return constant_of(present[0])
        return self._behind(name, values, place) or self._new(name, values, origins=origins)

    def _behind(self, name: str, values: Values, place: Place) -> Code | None:
        """A local variable for a name that a group or a layer has of its own; None where it is not computed."""
        text = place.behind(name)
        found = self._written(text, values, place._replace(origins=None)) if text is not None else None
        if found is None or isinstance(found, Local):
            return found
        own = self.names.take(name)
        self.locals[own] = found
        self.named.insert(0, Known(values, Local(own), place.of(Name(name, 0))))
        return Local(own)

    def _let(self, name: str, text: str, values: Values) -> Code:
        """A `let` as a local variable; as what it is where it cannot be written."""
        if name not in self.lets:
            axis = _axis_of(text)
            if axis is not None:
                whole, origins = tuple(scope.values[name] for scope in self.scopes), self._origins_of(name)
                known = self.known(whole, origins)
                return known if known is not None else self._new(name, whole, rank=axis, origins=origins)
            place = Place(
                (), tuple(scope_environment(scope, self.facts) for scope in self.scopes), name, here=self.here
            )
            found = self._written(text, tuple(scope.values[name] for scope in self.scopes), place)
            if found is None:
                return self._argument(name, values)
            if isinstance(found, Local):
                return found
            own = self.names.take(name)
            self.lets[name], self.locals[own] = own, found
            whole = tuple(scope.values[name] for scope in self.scopes)
            self.named.insert(0, Known(whole, Local(own), self._origins_of(name)))
        return Local(self.lets[name])

    def _argument(self, name: str, values: Values) -> Code:
        """The parameter that a block's argument becomes."""
        whole, origins = self._values_of(name, values), self._origins_of(name)
        for other in self._candidates():  # of arguments that are always the same, the first is enough
            is_other = other != name and other in self.arguments and same(self._values_of(other, values), whole)
            if is_other and is_proven(self._origins_of(other), origins):
                name = other
                break
            if other == name:
                break
        default: object = HOLE
        rank = 100
        if name in self.arguments:
            rank += list(self.arguments).index(name)
            default = self.defaults.get(name, HOLE)
        classes = [value for value in values if isinstance(value, ClassName)]
        if classes:  # where no layer bears the name, it need not be one of torch's ("none")
            whole = tuple(
                value if isinstance(value, ClassName) else _class_of(scope.values[name])
                for value, scope in zip(values, self.scopes, strict=True)
            )
            default = ClassName(f"nn.{default}") if f"nn.{default}" in classes else HOLE
        return self._new(name, whole, default, rank, origins)

    def _size(self, input: str, axis: int, values: Values, origins: Series | None) -> Code:
        """A size of the input, by the name that PyTorch's modules have for it."""
        known = self.known(values, origins)
        return known if known is not None else self._new(self._axis_name(input, axis), values, rank=0, origins=origins)

    def _axis_name(self, input: str, axis: int) -> str:
        ref = self.scopes[0].inputs.get(input)
        tensor = self.facts.tensor(ref)
        rank = tensor.rank if tensor else 0
        prefix = "in" if input == "input" else input
        at = axis % rank if rank else axis
        if rank >= 4:
            return {1: f"{prefix}_channels", rank - 2: "height", rank - 1: "width"}.get(at, f"{prefix}_size{at}")
        return f"{prefix}_features" if at == rank - 1 else f"{prefix}_length"

    def input_axis(self, values: Values, origins: Series | None = None) -> tuple[str, Values, Series | None] | None:
        """The name of the input's axis that has these sizes, if there is one, and its size in every use."""
        for name in self.scopes[0].inputs:
            tensors = [self.facts.tensor(scope.inputs.get(name)) for scope in self.scopes]
            ranks = {tensor.rank if tensor else 0 for tensor in tensors}
            if len(ranks) != 1:
                continue
            for axis in range(1, ranks.pop()):
                sizes = tuple(t.shape[axis] for t in tensors if t is not None)
                own = self.here.axis(name, axis) if self.here is not None and agree(sizes, values) else None
                if agree(sizes, values) and is_proven(own, origins):
                    return self._axis_name(name, axis), sizes, own
        return None

    def _items(self, values: Values, place: Place) -> Code:
        """A tuple, item by item."""
        length = next(len(value) for value in values if isinstance(value, tuple))
        columns = [tuple(value[i] if isinstance(value, tuple) else HOLE for value in values) for i in range(length)]
        place = place._replace(own=None, here=None, origins=None)
        inside = [self.source(column, place._replace(hint=f"{place.hint}{i}")) for i, column in enumerate(columns)]
        return group(inside)

    def _new(
        self, hint: str, values: Values, default: object = HOLE, rank: int = 50, origins: Series | None = None
    ) -> Code:
        """A new parameter."""
        if self.cases is not None and default is HOLE:
            present = [value for value in values if value is not HOLE]
            if all(same(value, present[0]) for value in present):  # an argument that is held, where a layer need not be
                return constant_of(present[0])
            made = self.here.spelt(origins, self._from) if self.here is not None else None
            if made is not None:
                self.named.append(Known(values, made, origins))
                return made
            raise self.cases.bound(
                values, f"the spec has no expression for the {_COUNTED.sub('', hint)} that follows from other values"
            )
        axis = self.input_axis(values, origins) if rank == 50 else None
        base = axis[0] if axis is not None and _INFERRED.search(hint) else hint  # other names somebody chose
        if axis is not None:
            _, values, origins = axis
        some = next(value for value in values if value is not HOLE)
        values = tuple(some if value is HOLE else value for value in values)  # where it is not used, it may be anything
        name = next((known for known in self.hints.get(base, ()) if self.found[known].values == values
                     and is_proven(self.found[known].origins, origins)), None)  # fmt: skip
        if name is None:
            name = self.names.take(base)
            if self.cases is not None and name != base:  # what users of the class write has the spec's name
                raise self.cases.bound(values, "its name is that of something else in the class")
            self.hints.setdefault(base, []).append(name)
            self.found[name] = Parameter(name, values, default, 0 if axis else rank, origins)
            self.named.append(Known(values, Local(name), origins))
        return Local(name)

    def _from(self, origin: Origin) -> Code | None:
        """What comes from this in all uses and has a name; an argument of the document is made one."""
        for known in self.named:
            if known.origins and all(one == origin for one in known.origins.values()):
                return known.code
        own = next((name for name in self.arguments if origin == self._first_origin(name)), None)
        return self._argument(own, tuple(scope.values[own] for scope in self.scopes)) if own is not None else None

    def _first_origin(self, name: str) -> Origin:
        return next(iter((self._origins_of(name) or {}).values()), None)


def _no_names(name: Name | ShapeOf) -> Value:
    raise Fault("E0502", "no names here", name.position)


def _class_of(value: object) -> ClassName | None:
    """The class of torch that an argument names; None where it names none."""
    return ClassName(f"nn.{value}") if isinstance(value, str) and registry.find(value) is not None else None


def _axis_of(text: str) -> int | None:
    """The axis that an expression is, if it is nothing but a size of an input."""
    try:
        tree = parse(text)
    except Fault:
        return None
    if isinstance(tree, Item) and isinstance(tree.target, ShapeOf) and isinstance(tree.at, Constant):
        return tree.at.value if isinstance(tree.at.value, int) else None
    return None
