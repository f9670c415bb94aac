"""Every row of `rows/` on the files of this folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import run


@pytest.mark.parametrize("row", run.rows(), ids=lambda row: row.name)
def test_case(row: run.Row) -> None:
    assert run.fault(row, run.FILES) is None
