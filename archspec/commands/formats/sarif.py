"""For code scanning: SARIF 2.1.0; what a file of blocks has is told once, with the specs it is of.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archspec.commands import common
from archspec.commands.printing import Outcomes, once_told

if TYPE_CHECKING:
    from archspec.diagnostics.model import Diagnostic

TELLS_FIXES = True


def show(outcomes: Outcomes, options: argparse.Namespace) -> None:
    """One log of one run."""
    import json

    from archspec.diagnostics.once import once
    from archspec.diagnostics.records import sarif
    from archspec.limits import MAX_TOLD

    reasons: dict[str, list[tuple[str, Diagnostic]]] = {}
    for result in outcomes.results:
        for diagnostic, reason in result.ignored[:MAX_TOLD]:
            reasons.setdefault(reason, []).append((result.source.path, diagnostic))
    ignored = [(diagnostic, reason) for reason, found in reasons.items() for diagnostic in once(found)]
    print(json.dumps(sarif(once_told(outcomes), common.version(), outcomes.failures, ignored), indent=2))
