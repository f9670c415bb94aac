"""For programs: the report `archspec.report/1` as JSON, a line each where there are several specs."""

from __future__ import annotations

import argparse

from archspec.commands.printing import Outcomes, record

IS_RAW = True
TELLS_FIXES = True


def show(outcomes: Outcomes, options: argparse.Namespace) -> None:
    """A record a spec."""
    import json

    is_one = len(outcomes.each) == 1 and outcomes.others is None
    for outcome in outcomes.each:
        print(json.dumps(record(outcome, options.batch), indent=2 if is_one else None, ensure_ascii=True))
