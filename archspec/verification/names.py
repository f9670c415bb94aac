"""Modules under two names. Enters: a module. Leaves: which keys of its state are second names of others. Never imports torch."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def second_names(model: nn.Module) -> dict[str, str]:
    """The keys under later names of modules that the model has twice (`net = Sequential(self.conv, …)`): the first of each."""
    first = {id(module): path for path, module in model.named_modules()}
    found: dict[str, str] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        if first[id(module)] != path:
            own = (*module.named_parameters("", recurse=False), *module.named_buffers("", recurse=False))
            found |= {_join(path, name): _join(first[id(module)], name) for name, _ in own}
    return found


def known_otherwise(keys: Collection[str], model: nn.Module, ours: Collection[str]) -> set[str]:
    """Those of the model's keys that ours lacks, though it has the module's tensor by another of its names."""
    first = second_names(model)
    twice = {*first, *first.values()}
    have = {first.get(key, key) for key in keys if key in ours}
    return {key for key in keys if key in twice and key not in ours and first.get(key, key) in have}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
