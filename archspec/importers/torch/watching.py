"""What a run leaves changed: a spec's network computes the same each time that it is called.

Enters: a module before it runs, and what it writes to. Leaves: an `ImportProblem` where the next call would compute with
what this one left.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from archspec.importers.sketch import ImportProblem

AGAIN = 2
"""How often the module is called again on the same inputs."""
_HELP = "take out what is kept from call to call, or write to it in training only"


class Watch:
    """The state of a module before it ran, and where it was written to."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.paths = {id(child): path for path, child in module.named_modules()}
        self.kept = {key: (tensor, tensor.detach().clone()) for key, tensor in _state(module).items()}
        self.keys = {_memory(tensor): key for key, (tensor, _) in self.kept.items() if tensor.numel()}
        self.parts = {path: _parts(child) for path, child in module.named_modules()}
        self.written: dict[str, str] = {}  # keys and attributes: the place that wrote last

    def note_write(self, tensor: torch.Tensor, place: Callable[[], str]) -> None:
        """A tensor was written to in place; it may be a part of the state."""
        key = self.keys.get(_memory(tensor)) if tensor.numel() else None
        if key is not None:
            self.written[key] = place()

    def note_attribute(self, module: nn.Module, name: str, place: Callable[[], str]) -> None:
        """An attribute of a module was set."""
        if id(module) in self.paths:
            path = self.paths[id(module)]
            self.written[f"{path}.{name}" if path else name] = place()

    def need_unchanged(self) -> None:
        """Raises where a parameter or a buffer is not what it was."""
        now = _state(self.module)
        for key, (_, before) in self.kept.items():
            after = now.get(key)
            if after is None or not _same(before, after):
                raise ImportProblem(
                    f"forward writes to {key}, so that each call computes with what the one before it left",
                    self.written.get(key, "") or forward_place(self.module, key), _HELP,
                )  # fmt: skip

    def need_same(self, before: list[torch.Tensor], call: Callable[[], list[torch.Tensor]]) -> None:
        """Raises where the module gives something else when it is called again."""
        before = [tensor.clone() for tensor in before]
        for _ in range(AGAIN):
            try:
                after = call()
            except ImportProblem:
                raise
            except Exception:  # whatever a stranger's module raises: it did not, the first time
                raise self._differs() from None
            if len(after) != len(before) or not all(map(_same, before, after)):
                raise self._differs()

    def _differs(self) -> ImportProblem:
        changed = [
            (f"{path}.{name}" if path else name)
            for path, child in self.module.named_modules()
            for name, part in _parts(child).items()
            if self.parts.get(path, {}).get(name) != part
        ]
        key = next((key for key in changed if key in self.written), changed[0] if changed else None)
        message = "the model gives other results when it is called again on the same inputs"
        if key is None:
            return ImportProblem(message, forward_place(self.module, ""), _HELP)
        place = self.written.get(key) or forward_place(self.module, key)
        return ImportProblem(f"{message}: it keeps {key} from call to call", place, _HELP)


def _state(module: nn.Module) -> dict[str, torch.Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _memory(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and bool(((a == b) | (a.isnan() & b.isnan())).all())


def _parts(module: nn.Module) -> dict[str, object]:
    """What tells whether a plain attribute has changed."""
    return {
        name: _mark(value) for name, value in vars(module).items() if not name.startswith("_") and name != "training"
    }


def _mark(value: Any) -> object:
    if isinstance(value, torch.Tensor):
        return (id(value), value._version)
    if isinstance(value, (list, tuple, set, dict)):
        items = list(value.values()) if isinstance(value, dict) else list(value)
        return (len(items), *map(_mark, items[:100]))
    return value if isinstance(value, (bool, int, float, str)) else id(value)


def forward_place(module: nn.Module, key: str) -> str:
    """Where the forward of the module that has the key begins."""
    owner = dict(module.named_modules()).get(key.rpartition(".")[0], module)
    try:
        code = inspect.unwrap(type(owner).forward).__code__
    except AttributeError:
        return ""
    return f"{code.co_filename}:{code.co_firstlineno} in {code.co_name}"
