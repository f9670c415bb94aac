"""What a model has and evaluation does not need: modules that are made and never called, parameters without an effect. Enters: a
module, its sketch, and which modules ran. Leaves: lines.

A spec keeps what has weights, for the sake of their keys, and leaves out the rest. That a model never calls what it makes may be
a mistake of it, so neither is done without a word.
"""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

from torch import nn

from archspec.importers.sketch import Sketch
from archspec.importers.torch.dead import MAX_NAMED
from archspec.importers.torch.modules import is_layer
from archspec.words import listed

_HOLDERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
"""Modules that compute nothing by themselves."""


@contextmanager
def forwards_noted(module: nn.Module, note: Callable[[nn.Module], None]) -> Iterator[None]:
    """Notes each module whose `forward` runs, also where code runs that by itself. Of the classes that the module is made of."""
    owners: set[Any] = {_owner(type(inner)) for inner in module.modules()} - {nn.Module}
    originals = {owner: vars(owner)["forward"] for owner in owners if inspect.isfunction(vars(owner)["forward"])}

    def noting(forward: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(forward)
        def run(self: nn.Module, *args: Any, **keywords: Any) -> Any:
            note(self)
            return forward(self, *args, **keywords)

        return run

    try:
        for owner, forward in originals.items():
            owner.forward = noting(forward)
        yield
    finally:
        for owner, forward in originals.items():
            owner.forward = forward


def _owner(kind: type) -> type:
    """The class whose `forward` instances of a class run."""
    return next((one for one in kind.__mro__ if "forward" in vars(one)), nn.Module)


def said_of_uncalled(
    module: nn.Module, sketch: Sketch, called: Collection[str] | None, in_training: Collection[str] | None
) -> list[str]:
    """What the spec keeps for the sake of keys, and what it leaves out. `called` are the paths of the modules that ran in
    evaluation, `in_training` those in training; None where that is not known."""
    if called is None:
        return []
    looking = _Looking(module, sketch, called)
    looking.look("", module)
    trained = _with_those_around(in_training or ())
    never = "never called" if in_training is not None else "never called in evaluation"
    found = {
        f"kept for their weights alone, {never}": [path for path in looking.kept if path not in trained],
        "kept for their weights alone, called in training only": [path for path in looking.kept if path in trained],
        "kept without an effect on the output": looking.idle,
        f"left out, {never}": [path for path in looking.left_out if path not in trained],  # these are said of training
    }
    return [f"{what}: {_shown(names)}" for what, names in found.items() if names]


def _shown(names: list[str]) -> str:
    more = len(names) - MAX_NAMED
    return listed([*names[:MAX_NAMED], f"{more} more"] if more > 0 else names)


def _with_those_around(paths: Iterable[str]) -> set[str]:
    """The paths, and those of all that they stand in."""
    return {around for path in paths for around in _around(path)}


def _around(path: str) -> Iterator[str]:
    """`a`, `a.b` and `a.b.c` of the last."""
    return accumulate(path.split("."), lambda outer, name: f"{outer}.{name}")


class _Looking:
    """Goes through the modules from the outside in, and says each thing at the outermost that it is true of."""

    def __init__(self, module: nn.Module, sketch: Sketch, called: Collection[str]) -> None:
        self.kept: list[str] = []
        self.left_out: list[str] = []
        self.idle: list[str] = []
        self.called = called
        self.seen: set[nn.Module] = set()
        self.entered = _with_those_around(called)
        modules = dict(module.named_modules())
        self.of_classes = {_place(modules[outer], name) for outer, _, name in (path.rpartition(".") for path in called)}
        idle = _unread(sketch)
        self.has = Counter(around for key in _keys(module) for around in _around(key))
        self.has_idle = Counter(around for key in idle for around in _around(key))

    def look(self, path: str, module: nn.Module, place: object = None) -> None:
        if module in self.seen:  # under another name, which the spec does not have
            return
        self.seen.add(module)
        if path and path not in self.entered:
            if self.has[path] == self.has_idle[path] > 0:
                self.kept.append(path)
                return
            if not self.has[path]:
                self.left_out += [path] if _computes(module) and place not in self.of_classes else []
                return
        before = f"{path}." if path else ""
        self.idle += [key for name, _ in module.named_parameters(recurse=False) if self.has_idle[key := before + name]]
        if path in self.called and is_layer(module):
            return  # what is inside of it was not looked at
        for name, child in module.named_children():
            self.look(before + name, child, _place(module, name))


def _place(outer: nn.Module, name: str) -> object:
    """What a module is in the class that it stands in: where another of the class calls its own, that is by a condition."""
    return object() if isinstance(outer, _HOLDERS) else (type(outer), name)


def _keys(module: nn.Module) -> list[str]:
    """The keys of parameters and buffers that a spec has, each tensor's first."""
    persistent = module.state_dict(keep_vars=True)
    return [key for key, _ in (*module.named_parameters(), *module.named_buffers()) if key in persistent]


def _unread(sketch: Sketch) -> set[str]:
    """The keys of the parameters and buffers that nothing in a sketch reads."""
    read = {ref.source for refs in (*(layer.reads for layer in sketch.layers), sketch.outputs.values()) for ref in refs}
    return {layer.path for layer in sketch.layers if layer.type in ("Parameter", "Buffer") and layer not in read}


def _computes(module: nn.Module) -> bool:
    """Whether a module without weights would change what it reads: it is no loss, which is for training, and no place taken."""
    if isinstance(module, _HOLDERS):
        return any(map(_computes, module.children()))
    is_empty = isinstance(module, nn.Identity) or (isinstance(module, nn.modules.dropout._DropoutNd) and not module.p)
    return not is_empty and not isinstance(module, nn.modules.loss._Loss)
