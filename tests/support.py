"""Small helpers that several tests use."""

from __future__ import annotations

from pathlib import Path

from archspec.api import Result, check

ROOT = Path(__file__).resolve().parent.parent
SPECS = ROOT / "specs"


def checked(text: str, path: str = "spec.yaml") -> Result:
    """The result for a spec's text."""
    return check(path, text.encode())


def codes(text: str) -> list[str]:
    """The codes of all diagnostics of a spec's text, in order."""
    return [diagnostic.code for diagnostic in checked(text).diagnostics]


def spec(layers: str, input: str = "[3, 32, 32]", more: str = "") -> str:
    """A whole document around a few lines of `layers:` (indented by two)."""
    return f"archspec: 1\nname: Example\ninput: {input}\nlayers:\n{layers}{more}"
