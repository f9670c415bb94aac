"""Every row of `rows/` on the files of this folder, within this process: PyTorch is not imported for each anew."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from support import answer, inside

sys.path.insert(0, str(Path(__file__).parent))
import run


def within(words: list[str], folder: Path) -> run.Answer:
    error = io.StringIO()
    with inside(folder):
        code, out = answer(words, error)
    return code, out, error.getvalue()


@pytest.mark.filterwarnings("default::FutureWarning")  # what a model calls may be deprecated
@pytest.mark.parametrize("row", run.rows(), ids=lambda row: row.name)
def test_case(row: run.Row) -> None:
    assert run.fault(row, run.FILES, within) is None
