"""What a change comes to, in a sentence. Enters: a network before it and after; leaves: that it fits, or what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.checking import Result
from archspec.diagnostics.model import UNKNOWN, Diagnostic, is_claim
from archspec.explain.accepted import sizes_left
from archspec.words import listed


def first_error(result: Result) -> Diagnostic | None:
    """What is wrong first, in the order of the text; claims of `expect` last, since they only say that figures are others."""
    errors = [found for found in result.diagnostics if found.severity == "error"]
    return next((found for found in errors if not is_claim(found)), errors[0] if errors else None)


def then(before: Result, after: Result) -> str:
    """The first error, or that all fits, and for which symbolic sizes, where those are others than before."""
    error = first_error(after)
    if error is not None and not is_claim(error):
        return f"{error.code}: {error.message}"
    left = sizes_left(before.facts, after.facts)
    fits = f"fits{'' if not left else ' ' if left.startswith('for ') else '; '}{left}"
    return fits if error is None else f"{fits}, {_missed(after.missed)}"


def _missed(claims: Sequence[Diagnostic]) -> str:
    """Whose claims do not hold: `with other figures than expect has`, `but not what archspec.toml: budget.params allows`."""
    known = dict.fromkeys(found.claimant for found in claims if found.code != UNKNOWN)
    unknown = dict.fromkeys(found.claimant for found in claims if found.code == UNKNOWN)
    said = ["with other figures than expect has"] if known.pop("expect", 0) is None else []
    said += [f"but not what {listed(list(known))} allow{'' if len(known) > 1 else 's'}"] if known else []
    said += [f"but what {listed(list(unknown))} say{'' if len(unknown) > 1 else 's'} is not known"] if unknown else []
    return ", ".join(said)
