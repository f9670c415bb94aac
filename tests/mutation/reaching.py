"""The tests that reach a changed line, shortest first, run until one fails: what a mutant of cosmic-ray has to survive.

In a clone, once without a mutant:

    pytest -n 2 --durations=0 --cov=archspec --cov-context=test --cov-report= > durations.txt

which leaves `.coverage`, the lines that each test reaches. Then `python tests/mutation/reaching.py` runs those of the lines that
`git diff` names; it ends with 0 where none fails, or none reaches them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import coverage

BATCH, MOST = 300, 2_400
"""Tests that one process runs, and all of them: of each file in turn the shortest, since everything reaches some lines."""
MINUTES = 6


def main() -> int:
    changed = lines_changed()
    seconds = durations(Path("durations.txt").read_text("utf-8", "replace"))
    data = coverage.CoverageData()
    data.read()
    found: set[str] = set()
    for path, lines in changed.items():
        contexts = data.contexts_by_lineno(str(Path(path).resolve()))
        found.update(context.partition("|")[0] for line in lines for context in contexts.get(line, ()) if context)
    tests = in_turn(sorted(found, key=lambda test: seconds.get(test, 0.0)))[:MOST]
    print(f"{len(found)} tests reach it")
    for start in range(0, len(tests), BATCH):
        run = subprocess.run([sys.executable, "-m", "pytest", "-x", "-q", "-n0", *tests[start : start + BATCH]],
                             timeout=60 * MINUTES, check=False)  # fmt: skip
        if run.returncode:
            return 1
    return 0


def in_turn(tests: list[str]) -> list[str]:
    """The tests, of each file the first, then of each the second, and so on."""
    by_file: dict[str, list[str]] = {}
    for test in tests:
        by_file.setdefault(test.partition("::")[0], []).append(test)
    return [test for row in zip_longest(*by_file.values()) for test in row if test is not None]


def lines_changed() -> dict[str, list[int]]:
    """The lines that differ from the last commit, by file, as that has them."""
    diff = subprocess.run(["git", "diff", "-U0", "--", "archspec"], capture_output=True, text=True, check=True).stdout
    found: dict[str, list[int]] = {}
    path = ""
    for line in diff.splitlines():
        if line.startswith("--- a/"):
            path = line.removeprefix("--- a/")
        elif (hunk := re.match(r"@@ -(\d+)(?:,(\d+))?", line)) is not None:
            first, count = int(hunk[1]), int(hunk[2] or 1)
            found.setdefault(path, []).extend(range(first, first + count))
    return found


def durations(text: str) -> dict[str, float]:
    """How long each test took, of what pytest printed."""
    return {test: float(took) for took, test in re.findall(r"^([\d.]+)s call +(\S.*)$", text, re.M)}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.TimeoutExpired:
        sys.exit(1)
