"""Every code: its example shows it, and nothing else; codes are of the documented families."""

import pytest
from support import codes

from archspec.diagnostics.codes import CODES, severity_of

WITH_EXAMPLE = [code for code, entry in CODES.items() if entry.example]


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_the_example_shows_the_code(code: str) -> None:
    assert codes(CODES[code].example)[0] == code
    assert set(codes(CODES[code].example)) == {code}


def test_every_error_has_an_example_or_a_reason_for_none() -> None:
    without = {code for code, entry in CODES.items() if not entry.example and code.startswith("E")}
    assert without == {"E0002", "E0007", "E0311", "E0507", "E0601", "E0602"}, (
        "not text, too large, or said by compile alone"
    )


def test_families_and_severities() -> None:
    assert all(code[1:3] in {"00", "01", "02", "03", "04", "05", "06", "10", "11"} for code in CODES)
    assert all(severity_of(code) == {"E": "error", "W": "warning"}[code[0]] for code in CODES)
