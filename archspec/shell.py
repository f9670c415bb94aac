"""What is said as a command line. Enters: a path or other words; leaves: text that a shell takes for just these."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

_STDIN = "<stdin>"


def spec_argument(path: str) -> str:
    """The argument that means a spec of this path: standard input is `-`, and what begins with a hyphen is no option."""
    if path == _STDIN:
        return "-"
    return quote(f"./{path}" if path.startswith("-") else path)


def set_arguments(given: Iterable[str]) -> str:
    """`--set depth=50 --set 'name=a b'`, of `depth=50` and `name=a b`."""
    return " ".join(f"--set {quote(one)}" for one in given)
