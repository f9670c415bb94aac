"""Whether `check --fix` makes the fixes that `check` tells of. Enters: a text; leaves: what is not kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archspec.checking import check
from archspec.fixing import Fixed


def unkept(data: bytes, fixed: Fixed, is_unsafe: bool = False) -> Iterator[str]:
    """What `check` tells and `--fix` does not: as many fixes, or more that the first let be seen, of all problems that have one;
    or why not."""
    told = check("spec.yaml", data, has_all_fixes=True)
    if fixed.why_not_all or not told.has_all_fixes:
        return
    wanted = [problem for problem in told.diagnostics if problem.fix is not None and (problem.fix.is_safe or is_unsafe)]
    if len({problem.fix.edits for problem in wanted if problem.fix is not None}) > len(fixed.made):
        yield f"{len(wanted)} fixes are told of, and {len(fixed.made)} made"
    before = Counter((problem.code, problem.message) for problem in told.diagnostics)
    gone = Counter((problem.code, problem.message) for problem in wanted)
    left = Counter((problem.code, problem.message) for problem in fixed.result.diagnostics)
    yield from (f"{code} has a fix that is not made" for code, message in gone
                if left[code, message] > before[code, message] - gone[code, message])  # fmt: skip
