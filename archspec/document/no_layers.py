"""What stands below `layers:` and is neither a mapping nor a list. Enters: that value; leaves: what is said of it.

Imported only where something else stands there.
"""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.document.python_text import AS_LINES, CALLS, WHOLE, is_calls
from archspec.document.tree import Entry, Node, Scalar, describe
from archspec.ops import registry
from archspec.source import written


def no_layers(entry: Entry, whose: str = "", layer: str | None = None) -> Diagnostic:
    """E0109 for nothing, and E0100 for anything else: lines of code are told as such, and `advice` has what to write in their
    place. `whose` is said before it."""
    node = entry.value
    takes = f"{whose}layers takes a mapping of names to layers, or a list, not"
    if is_calls(node):
        return Diagnostic("E0100", f"{takes} {CALLS}", node.span, help=AS_LINES, layer=layer, notes=(WHOLE,))
    if _are_types(node):
        return Diagnostic("E0100", f"{takes} {describe(node)}", node.span, help=AS_LINES, layer=layer)
    code = "E0109" if isinstance(node, Scalar) and node.value is None else "E0100"
    help = "write a layer a line below it"
    return Diagnostic(code, f"{takes} {describe(node)}", entry.key_span, help=help, layer=layer)


def _are_types(node: Node) -> bool:
    """Whether a text is a type a line, without dashes."""
    lines = written(node.span).split("\n") if isinstance(node, Scalar) and isinstance(node.value, str) else []
    words = [line.strip().rstrip(",") for line in lines]
    return bool(words) and all(registry.find(word) is not None for word in words if word)
