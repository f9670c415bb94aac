"""Lints: one file each. A lint looks at a graph and its facts, and warns of what is allowed but hardly meant.

A lint's file begins with its code and its title, a sentence that says why, and what else there is to be read of it. It has
`CODE`, `BAD` and `GOOD` (specs that its tests and its reference page use) and `check(facts) -> Iterator[Diagnostic]`, or
`check_document(document)` where it looks at the text alone. `IS_DEFAULT = False` says that it is told only where it is selected,
`ALARMS` what its warnings of networks that are fine were, read one by one. The folder is the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType

from archspec.diagnostics.model import Diagnostic
from archspec.document.model import Document
from archspec.facts.model import Facts
from archspec.folder import modules_in


@cache
def all_lints() -> tuple[ModuleType, ...]:
    """Every lint's module, found in this folder, in the order of their codes."""
    found = [import_module(f"archspec.lints.{name}") for name in modules_in(__path__[0])]
    return tuple(sorted((module for module in found if hasattr(module, "CODE")), key=lambda module: str(module.CODE)))


def lint(facts: Facts, document: Document) -> Iterator[Diagnostic]:
    """The warnings of all lints."""
    for module in all_lints():
        yield from warnings_of(module, facts, document)


def warnings_of(module: ModuleType, facts: Facts, document: Document) -> Iterator[Diagnostic]:
    """The warnings of one lint."""
    found: Iterator[Diagnostic] = module.check(facts) if hasattr(module, "check") else module.check_document(document)
    return found
