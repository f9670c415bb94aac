"""A generated module in memory. Enters: source text and the class's name; leaves: an instance.

The text is compiled in a namespace of its own and known to `linecache`, so that tracebacks show its lines. Imports torch.
"""

from __future__ import annotations

import hashlib
import linecache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn


def load(text: str, name: str) -> ModuleType:
    """The module that the text defines. Nothing is written to disk."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    filename = f"<archspec {name} {digest}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    module = ModuleType(f"archspec_generated_{name}_{digest}")
    module.__file__ = filename
    exec(compile(text, filename, "exec"), module.__dict__)
    return module


def build(
    text: str, name: str, device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> nn.Module:
    """An instance of the class `name` that the text defines."""
    from torch import nn

    built = vars(load(text, name))[name](device=device, dtype=dtype)
    assert isinstance(built, nn.Module)
    return built
