"""The forward hooks of a layer. Enters: a module. Leaves: what changes its inputs, and what changes its results.

torch's own (spectral norm, weight norm) make the layer's weights, and belong to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

Before = Callable[[Any, Any], tuple[Any, Any]]
After = Callable[[Any, Any, Any], Any]


def hooks(module: nn.Module) -> tuple[list[Before], list[After]]:
    """Both in the order in which torch calls them; empty where one of them is torch's own."""
    before, after = module._forward_pre_hooks, module._forward_hooks
    if any(_is_torchs(hook) for hook in [*before.values(), *after.values()]):
        return [], []
    return [
        _before(module, hook, number in module._forward_pre_hooks_with_kwargs) for number, hook in before.items()
    ], [_after(module, hook, number in module._forward_hooks_with_kwargs) for number, hook in after.items()]


def _is_torchs(hook: Any) -> bool:
    name = getattr(hook, "__module__", None) or type(hook).__module__
    return str(name).partition(".")[0] == "torch"


def _before(module: nn.Module, hook: Any, takes_keywords: bool) -> Before:
    def change(args: Any, keywords: Any) -> tuple[Any, Any]:
        if takes_keywords:
            found = hook(module, args, keywords)
            return (args, keywords) if found is None else (found[0], found[1])
        found = hook(module, args)
        return (args if found is None else found if isinstance(found, tuple) else (found,)), keywords

    return change


def _after(module: nn.Module, hook: Any, takes_keywords: bool) -> After:
    def change(args: Any, keywords: Any, result: Any) -> Any:
        found = hook(module, args, keywords, result) if takes_keywords else hook(module, args, result)
        return result if found is None else found

    return change
