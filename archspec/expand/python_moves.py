"""What code says of where a module is computed, `nn.Conv2d(3, 8, 3).to(device)`: nothing about the network.

Enters: a parsed text; leaves: the same without it.
"""

from __future__ import annotations

import ast

MOVES = ("to", "cuda", "cpu")
"""Methods that put a module elsewhere."""
_WORDS = ("device", "non_blocking", "memory_format")


def without_moves(tree: ast.expr) -> ast.expr:
    """The tree with each module in place of the call that moves it. Raises RecursionError for a deep one."""
    return _Moved().visit(tree)  # type: ignore[no-any-return]


class _Moved(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        is_moved = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call)
        if not is_moved or not isinstance(node.func, ast.Attribute) or node.func.attr not in MOVES:
            return node
        is_place = all(map(_is_place, node.args)) and all(word.arg in _WORDS for word in node.keywords)
        return node.func.value if is_place else node


def _is_place(node: ast.expr) -> bool:
    """Whether an argument is a device; a type of numbers is not: `torch.float16`, `dtype`."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("torch.device", "device")
    written = ast.unparse(node)
    is_type = written.startswith("torch.") or "dtype" in written
    return isinstance(node, ast.Constant | ast.Name | ast.Attribute | ast.IfExp) and not is_type
