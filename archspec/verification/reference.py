"""The module that the user names. Enters: `MODULE:CALLABLE` and arguments; leaves: an `nn.Module`, or a `NoReference`.

The only code that runs is what the person at the keyboard named; nothing of a spec comes here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from archspec.diagnostics.text import escape

if TYPE_CHECKING:
    from torch import nn


class NoReference(Exception):
    """There is no module to compare with; the message is one line."""


def reference(target: str, arguments: Mapping[str, Any]) -> nn.Module:
    """What `CALLABLE(**arguments)` of `MODULE` answers. Modules in the current folder are found, as under `python -m`."""
    from torch import nn

    name, colon, attribute = target.partition(":")
    if not (name and colon and attribute):
        raise NoReference(f"--against takes MODULE:CALLABLE (torchvision.models:resnet50), not {escape(target[:80])}")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    found = _told(f"{target} cannot be imported", lambda: _find(name, attribute))
    if not callable(found):
        raise NoReference(f"{escape(target[:80])} cannot be called")
    model = _told(f"{target}({', '.join(arguments)}) does not build", lambda: found(**arguments))
    if not isinstance(model, nn.Module):
        raise NoReference(f"{escape(target[:80])} gives no nn.Module, but a {type(model).__name__}")
    return model


def _find(name: str, attribute: str) -> Any:
    found: Any = import_module(name)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def _told(what: str, act: Any) -> Any:
    """What the act answers; whatever it raises becomes a line."""
    try:
        return act()
    except (Exception, SystemExit) as error:
        lines = str(error).strip().splitlines()
        said = f"{what}: {type(error).__name__}: {lines[0][:200] if lines else ''}"
        raise NoReference(escape(said)) from error
