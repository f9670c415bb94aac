"""What the fuzzer found on its way: each input ends in an answer, with places that exist."""

from pathlib import Path

import pytest

from archspec.checking import check

CASES = sorted((Path(__file__).parent / "cases").iterdir())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_it_ends_in_an_answer(path: Path) -> None:
    result = check(path.name, path.read_bytes())
    for diagnostic in result.diagnostics:
        assert 1 <= diagnostic.span.line <= len(diagnostic.span.source.lines)
        assert diagnostic.span.column >= 1
