"""A coverage-guided fuzzer on the reader and on `check`: `python tests/fuzz/fuzz.py -max_total_time=1200 CORPUS`.

Needs atheris (`pip install -e ".[dev]"`). Any exception is a crash; what is found becomes a case in `tests/fuzz/cases/`, which
`test_cases.py` runs with the tests.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["archspec"]):
    from archspec.api import check
    from archspec.backends.table import report_json  # noqa: F401  (loaded before fuzzing begins)


def one(data: bytes) -> None:
    result = check("fuzz.yaml", data)
    for diagnostic in result.diagnostics:
        assert diagnostic.span.line >= 1
        assert diagnostic.span.column >= 1
        assert diagnostic.span.line <= len(diagnostic.span.source.lines)
        assert diagnostic.message


def main() -> None:
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
