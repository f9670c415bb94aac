"""A coverage-guided fuzzer on the reader, on `check` and on what is printed of it.

    python tests/fuzz/fuzz.py -max_total_time=1200 CORPUS

Needs atheris (`pip install -e ".[dev]"`). Any exception is a crash; what is found becomes a case in `tests/fuzz/cases/`, which
`test_cases.py` runs with the tests.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["archspec"]):
    from archspec.backends.table.report import report
    from archspec.backends.table.terminal import Options, table
    from archspec.checking import check
    from archspec.diagnostics.records import github
    from archspec.diagnostics.text import render


def one(data: bytes) -> None:
    result = check("fuzz.yaml", data)
    for diagnostic in result.diagnostics:
        assert 1 <= diagnostic.span.line <= len(diagnostic.span.source.lines)
        assert diagnostic.span.column >= 1
        assert diagnostic.message
        github(diagnostic)
    render(result.diagnostics)
    report("fuzz.yaml", None, result.facts, result.diagnostics)
    if result.facts is not None:
        table(result.facts, Options(width=80))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
