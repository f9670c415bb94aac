"""How the inputs that a person names reach `forward`. Enters: a module, names and shapes. Leaves: a `Binding`.

A name binds the parameter of `forward` that has it; inputs without one take what is left, in its order. Names that are none of
its parameters are the keys of the one mapping that it takes, or another name for the one tensor that it takes.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from torch import nn

from archspec.importers.sketch import ImportProblem, InputSpec
from archspec.importers.torch.failing import need_seen
from archspec.names import why_no_input_name
from archspec.verification.calling import RENAMED, Arguments

Given = Sequence[tuple[str | None, InputSpec]]
_MAX_SHOWN = 8


@dataclass(frozen=True)
class Binding:
    """The network's inputs, by the names that the spec gives them, and where in a call of `forward` each stands."""

    inputs: dict[str, InputSpec]
    positional: tuple[str, ...] = ()  # names of inputs
    keywords: Mapping[str, str] = field(default_factory=dict)  # parameters of `forward`: names of inputs
    mapping: Mapping[str, str] = field(default_factory=dict)  # keys of a mapping that is the only argument: the same
    renamed: Mapping[str, str] = field(default_factory=dict)  # names that a spec cannot have here: the same

    def arguments(self, tensors: Mapping[str, Any]) -> Arguments:
        """The call's arguments, from what each input is."""
        if self.mapping:
            return Arguments(({key: tensors[name] for key, name in self.mapping.items()},), {})
        positional = tuple(tensors[name] for name in self.positional)
        return Arguments(positional, {key: tensors[name] for key, name in self.keywords.items()})

    def said(self) -> list[str]:
        """Which inputs the spec calls otherwise than the module does, a line for each."""
        return [f"input {name} is called {now} here, since {_reason(name)}" for name, now in self.renamed.items()]


def _reason(name: str) -> str:
    why = why_no_input_name(name)
    return f"the name {why}" if why else "a layer has the name"


def bind(module: nn.Module, given: Given) -> Binding:
    """Each input where `forward` takes it. Raises ImportProblem for a name that it does not have, and what it lacks, and for a
    module whose steps cannot be recorded."""
    need_seen(module)
    parameters = inspect.signature(module.forward).parameters
    names = [name for name, _ in given if name is not None]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ImportProblem(f"the input {twice} is given twice")
    of_kind = _by_kind(parameters)
    takes_any = bool(of_kind[inspect.Parameter.VAR_KEYWORD])
    strange = [name for name in names if name not in _named(of_kind) and not takes_any]
    own = {*dict(module.named_children()), *(key.partition(".")[0] for key in module.state_dict(keep_vars=True))}
    if strange and len(strange) == len(given) and _required(parameters) and len(_required(parameters)) == 1:
        if len(given) > 1:
            return _named_as(given, own, mapping=strange)
        if len(_named(of_kind)) == 1:
            return _named_as(given, own)
    if strange:
        raise ImportProblem(f"forward has no parameter {strange[0][:60]}; it has {_listed(parameters)}")
    return _by_parameter(given, of_kind, own)


def _by_kind(parameters: Mapping[str, inspect.Parameter]) -> dict[Any, list[str]]:
    kinds: dict[Any, list[str]] = defaultdict(list)
    for parameter in parameters.values():
        kinds[parameter.kind].append(parameter.name)
    return kinds


def _named(of_kind: dict[Any, list[str]]) -> list[str]:
    """The parameters that a name can bind, in order."""
    kind = inspect.Parameter
    return [*of_kind[kind.POSITIONAL_ONLY], *of_kind[kind.POSITIONAL_OR_KEYWORD], *of_kind[kind.KEYWORD_ONLY]]


def _required(parameters: Mapping[str, inspect.Parameter]) -> list[str]:
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [name for name, one in parameters.items() if one.default is one.empty and one.kind not in starred]


def _by_parameter(given: Given, of_kind: dict[Any, list[str]], own: set[str]) -> Binding:
    """Names where they belong, the others in the order of what is left; as few keywords as the call can do with.

    The network takes its inputs in the order in which `forward` has them, whatever the order in which they are given.
    """
    named = {name for name, _ in given if name is not None}
    left = iter(name for name in _named(of_kind) if name not in named)
    taken = [(name or next(left, None), (name, spec)) for name, spec in given]  # None: one more than it has parameters
    taken.sort(key=lambda pair: _rank(pair[0], of_kind))
    places, given = [place for place, _ in taken], [one for _, one in taken]
    called = _names_of_inputs([name for name, _ in given], places, own)
    inputs = {name: spec for name, (_, spec) in zip(called, given, strict=True)}
    input_at = {place: name for place, name in zip(places, called, strict=True) if place is not None}
    positional: list[str] = []
    for parameter in _named(of_kind):
        if parameter not in input_at or parameter in of_kind[inspect.Parameter.KEYWORD_ONLY]:
            break
        positional.append(input_at.pop(parameter))
    surplus = [name for place, name in zip(places, called, strict=True) if place is None]
    return Binding(inputs, (*positional, *surplus), input_at, renamed=_renamed(places, called))


def _rank(place: str | None, of_kind: dict[Any, list[str]]) -> tuple[int, int]:
    """Where in the signature it stands: before `*`, in it, behind it, or in `**`."""
    keyword_only = of_kind[inspect.Parameter.KEYWORD_ONLY]
    if place is None:
        return 1, 0
    if place in keyword_only:
        return 2, keyword_only.index(place)
    names = _named(of_kind)
    return (0, names.index(place)) if place in names else (3, 0)


def _names_of_inputs(given: list[str | None], places: list[str | None], own: set[str]) -> list[str]:
    """What the spec calls the inputs: as given, else `input` where it is one, else as `forward` does; never as what the module
    itself has (`own`), whose names are keys: `image_input` stands for `image` then."""
    if len(given) == 1 and given[0] is None and "input" not in own:
        return ["input"]
    names = [name or place for name, place in zip(given, places, strict=True)]
    taken = own.union(name for name in names if name is not None)
    numbered = (free for free in map("input{}".format, count(1)) if free not in taken)
    called = []
    for name in names:
        tried = (name, f"{name}{RENAMED}") if name is not None else ()
        free = (one for one in tried if why_no_input_name(one) is None and one not in (own if one == name else taken))
        called.append(next(free, None) or next(numbered))
    return called


def _renamed(asked: Sequence[str | None], called: Sequence[str]) -> dict[str, str]:
    """Names that a spec cannot have here, and what it calls the inputs instead."""
    if list(called) == ["input"]:
        return {}
    return {name: now for name, now in zip(asked, called, strict=True) if name is not None and name != now}


def _named_as(given: Given, own: set[str], mapping: list[str] | None = None) -> Binding:
    asked = [name for name, _ in given]
    called = _names_of_inputs(asked, [None] * len(given), own)
    inputs = {name: spec for name, (_, spec) in zip(called, given, strict=True)}
    renamed = _renamed(asked, called)
    if mapping is None:
        return Binding(inputs, tuple(called), renamed=renamed)
    return Binding(inputs, mapping=dict(zip(mapping, called, strict=True)), renamed=renamed)


def _listed(parameters: Mapping[str, inspect.Parameter]) -> str:
    names = list(parameters)
    return ", ".join(names[:_MAX_SHOWN]) + (" and others" if len(names) > _MAX_SHOWN else "") if names else "none"
