"""A generated module in memory. Enters: source text and the class's name; leaves: an instance.

The text is compiled in a namespace of its own and known to `linecache` while it is in use, so that tracebacks show its lines.
What is made of it can be pickled: the text goes along, and is compiled again where it is not yet. Imports torch.
"""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, SupportsIndex
from weakref import WeakValueDictionary, finalize

if TYPE_CHECKING:
    import torch
    from torch import nn


_loaded: WeakValueDictionary[str, ModuleType] = WeakValueDictionary()
"""The modules whose classes are in use, by the name of their file."""


def load(text: str, name: str) -> ModuleType:
    """The module that the text defines, the same for the same text while it is in use. Nothing is written to disk."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    filename = f"<archspec {name} {digest}>"
    if (loaded := _loaded.get(filename)) is not None:
        return loaded
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    module = ModuleType(f"archspec_generated_{name}_{digest}")
    module.__file__ = filename
    exec(compile(text, filename, "exec"), module.__dict__)
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            _let_pickle(value, module, text, name)
    _loaded[filename] = module
    finalize(module, linecache.cache.pop, filename, None).atexit = False
    return module


def _let_pickle(kind: type, module: ModuleType, text: str, name: str) -> None:
    """Lets instances of a class be pickled and copied, though nobody can import it."""

    def reduce(self: Any, protocol: SupportsIndex = 2) -> tuple[Any, ...]:
        assert vars(module)[kind.__name__] is kind  # and so the module lives as long as its classes
        return _restored, (text, name, kind.__name__), self.__dict__

    kind.__reduce_ex__ = reduce  # type: ignore[method-assign]


def _restored(text: str, name: str, kind: str) -> Any:
    """An instance without its state, as pickle asks for it."""
    found = vars(load(text, name))[kind]
    return found.__new__(found)


def build(
    text: str,
    name: str,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    arguments: Mapping[str, object] | None = None,
) -> nn.Module:
    """An instance of the class `name` that the text defines, with these values of its arguments."""
    from torch import nn

    built = vars(load(text, name))[name](**(arguments or {}), device=device, dtype=dtype)
    assert isinstance(built, nn.Module)
    return built
