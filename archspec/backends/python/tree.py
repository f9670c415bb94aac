"""Python text as a tree. Enters: a text that is Python; leaves: what `ast.parse` makes of it."""

from __future__ import annotations

import ast
from threading import Lock

_ONE_AT_A_TIME = Lock()


def parse(text: str) -> ast.Module:
    """The tree of a text. One is made at a time: CPython before 3.12 counts the depth of all threads' trees together, and fails
    with "AST constructor recursion depth mismatch" where two are made at once (https://github.com/python/cpython/issues/106905)."""
    with _ONE_AT_A_TIME:
        return ast.parse(text)
