"""What two networks do not keep of what is claimed of them. Enters: those claims; leaves: sentences, and records for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.diagnostics.model import Diagnostic

MOST = 5
"""Claims of one network that are told before the rest is a number."""


def sentences(before: Sequence[Diagnostic], after: Sequence[Diagnostic], has_all: bool = False) -> list[str]:
    """`after: the network has 374,329 parameters, 74,329 over the budget of 300,000 (archspec.toml: budget.params)`."""
    return [
        f"{side}: {said}" for side, missed in (("before", before), ("after", after)) for said in of(missed, has_all)
    ]


def of(missed: Sequence[Diagnostic], has_all: bool = False) -> list[str]:
    """Those of one network."""
    most = len(missed) if has_all or len(missed) <= MOST + 1 else MOST
    more = [f"{len(missed) - most:,} claims more"] if most < len(missed) else []
    return [*(f"{found.message} ({_where(found)})" for found in missed[:most]), *more]


def _where(found: Diagnostic) -> str:
    """The line of a claim of the document; of a project's, the file and the key."""
    return found.claimant if _is_shared(found) else f"{found.claimant}, line {found.span.line}"


def _is_shared(found: Diagnostic) -> bool:
    return ":" in found.claimant


def records(missed: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """All of one network, for programs."""
    return [
        {"code": found.code, "message": found.message, "claimant": found.claimant, "layer": found.layer,
         "line": None if _is_shared(found) else found.span.line}
        for found in missed
    ]  # fmt: skip
