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


def arranged(module: nn.Module, names: Sequence[str]) -> Arranged:
    """Inputs of these names reach the parameters of `forward` that have them; where one has none, all go by their order."""
    parameters = inspect.signature(module.forward).parameters
    bound = [name for name in names if name in parameters and parameters[name].kind in _NAMED]
    if len(bound) < len(names):
        return lambda tensors: Arguments(tuple(tensors[name] for name in names), {})
    return lambda tensors: Arguments((), {name: tensors[name] for name in names})


# Answers -----------------------------------------------------------------------------------------------------------


def named(answer: Any, kind: type[T]) -> dict[str, T]:
    """What is of a kind in nested tuples, lists, mappings and dataclasses, in its order.

    The key that is nearest names it, with as many of the outer ones as tell it apart (`left_logits`); `output` is the whole.
    """
    found = _paths(answer, ("output",), kind)
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


def _paths(tree: Any, path: tuple[str, ...], kind: type[T]) -> list[tuple[tuple[str, ...], T]]:
    if isinstance(tree, kind):
        return [(path, tree)]
    if is_dataclass(tree) and not isinstance(tree, (type, Mapping)):
        tree = {field.name: getattr(tree, field.name) for field in fields(tree)}
    elif isinstance(tree, tuple) and hasattr(tree, "_fields"):
        tree = dict(zip(tree._fields, tree, strict=True))
    if isinstance(tree, Mapping):
        return [pair for key, item in tree.items() for pair in _paths(item, (*path, str(key)), kind)]
    if isinstance(tree, (tuple, list)):
        parts = ((*path[:-1], f"{path[-1]}_{number}") for number in range(len(tree)))
        return [pair for part, item in zip(parts, tree, strict=True) for pair in _paths(item, part, kind)]
    return []


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
