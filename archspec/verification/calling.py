"""What a module is called with and what it answers, by name. Imports torch where it uses it.

Enters: a module and the tensors of the network's inputs, or an answer however nested. Leaves: the call's arguments, or the
tensors of the answer, each with a name of its own.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from torch import nn

T = TypeVar("T")
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Arguments(NamedTuple):
    """What a module is called with."""

    positional: tuple[Any, ...]
    keywords: dict[str, Any]


Arranged = Callable[[Mapping[str, Any]], Arguments]
"""The arguments of a call, from what each input is."""


RENAMED = "_input"
"""What an import puts behind the name of an input that a layer has as well: `image_input` reaches the parameter `image`."""


class NoCall(Exception):
    """It cannot be known which parameters of `forward` the inputs are; the message is one line."""


def arranged(module: nn.Module, names: Sequence[str]) -> Arranged:
    """Inputs reach the parameters of `forward` that have their names, also as an import renames them (`image_input`); others
    take the positions that are left, in their order. Raises NoCall where that leaves a choice."""
    parameters = _parameters(module)
    by_name = {place: name for name in names if (place := _place(name, names, parameters)) is not None}
    others = [name for name in names if name not in by_name.values()]
    if not others:
        return lambda tensors: Arguments((), {place: tensors[name] for place, name in by_name.items()})
    if not by_name or _is_in_order(names, by_name, parameters):
        return lambda tensors: Arguments(tuple(tensors[name] for name in names), {})
    left = [name for name, one in parameters.items() if one.kind in _POSITIONAL and name not in by_name]
    needed = [name for name in left if parameters[name].default is inspect.Parameter.empty]
    places = next((some for some in (left, needed) if len(some) == len(others)), None)
    if places is None or any(parameters[place].kind not in _NAMED for place in places):
        raise NoCall(
            f"which parameters of the reference's forward the spec's inputs {', '.join(others)[:200]} are cannot be known: "
            f"it has {', '.join(parameters)[:200]}; give the inputs these names"
        )
    by_name.update(zip(places, others, strict=True))
    return lambda tensors: Arguments((), {place: tensors[name] for place, name in by_name.items()})


def _parameters(module: nn.Module) -> Mapping[str, inspect.Parameter]:
    """Those of `forward`; of what torch.jit.trace gives, which has no signature, those of its schema."""
    try:
        return inspect.signature(module.forward).parameters
    except ValueError:
        forward: Any = module.forward
        names = [argument.name for argument in forward.schema.arguments[1:]]
        return {name: inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names}


def _place(name: str, names: Sequence[str], parameters: Mapping[str, inspect.Parameter]) -> str | None:
    """The parameter that an input of this name is; None where none has the name."""
    before = name.removesuffix(RENAMED)
    for place in (name, before if before not in names else name):
        if place in parameters and parameters[place].kind in _NAMED:
            return place
    return None


def _is_in_order(names: Sequence[str], by_name: Mapping[str, str], parameters: Mapping[str, inspect.Parameter]) -> bool:
    """Whether the inputs are all that can be given by position, each of those with a name at its own."""
    positional = [name for name, one in parameters.items() if one.kind in _POSITIONAL]
    takes_more = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters.values())
    if len(names) != len(positional) and not (takes_more and len(names) > len(positional)):
        return False
    at = dict(zip(positional, names, strict=False))
    return all(at.get(place) == name for place, name in by_name.items())


# Answers -----------------------------------------------------------------------------------------------------------


def named(answer: Any, kind: type[T]) -> dict[str, T]:
    """What is of a kind in nested tuples, lists, mappings and dataclasses, in its order.

    The key that is nearest names it, with as many of the outer ones as tell it apart (`left_logits`); `output` is the whole.
    """
    return _by_name([(path, one) for path, one in _leaves(answer, ("output",), kind) if isinstance(one, kind)])


def others(answer: Any, kind: type[object]) -> dict[str, Any]:
    """What is of no such kind there, by names of the same form."""
    return _by_name([(path, one) for path, one in _leaves(answer, ("output",), kind) if not isinstance(one, kind)])


def _by_name(found: Sequence[tuple[tuple[str, ...], T]]) -> dict[str, T]:
    paths = [path for path, _ in found]
    lengths = [1] * len(paths)
    while True:
        names = [_joined(path[-length:]) for path, length in zip(paths, lengths, strict=True)]
        again = Counter(names)
        longer = [
            min(length + (again[name] > 1), len(path)) for path, name, length in zip(paths, names, lengths, strict=True)
        ]
        if longer == lengths:
            return {name: one for name, (_, one) in zip(_numbered(names), found, strict=True)}
        lengths = longer


def _leaves(tree: Any, path: tuple[str, ...], kind: type[object]) -> list[tuple[tuple[str, ...], Any]]:
    """What is of the kind, or holds nothing more."""
    if isinstance(tree, kind):
        return [(path, tree)]
    if is_dataclass(tree) and not isinstance(tree, (type, Mapping)):
        tree = {field.name: getattr(tree, field.name) for field in fields(tree)}
    elif isinstance(tree, tuple) and hasattr(tree, "_fields"):
        tree = dict(zip(tree._fields, tree, strict=True))
    if isinstance(tree, Mapping):
        return [pair for key, item in tree.items() for pair in _leaves(item, (*path, str(key)), kind)]
    if isinstance(tree, (tuple, list)):
        parts = ((*path[:-1], f"{path[-1]}_{number}") for number in range(len(tree)))
        return [pair for part, item in zip(parts, tree, strict=True) for pair in _leaves(item, part, kind)]
    return [(path, tree)]


def _joined(path: Sequence[str]) -> str:
    words = re.sub(r"\W+", "_", "_".join(path), flags=re.ASCII).strip("_") or "output"
    return f"output_{words}" if words[0].isdigit() else words


def _numbered(names: Sequence[str]) -> list[str]:
    """The names, those that come again with a number."""
    made: list[str] = []
    for name in names:
        number, free = 1, name
        while free in made:
            number += 1
            free = f"{name}_{number}"
        made.append(free)
    return made
