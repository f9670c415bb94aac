"""The faults that `faults.py` puts back, by hand and one at a time, still have their place in the code, and their gate."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from faults import FAULTS, ROOT, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_fits(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text("utf-8").count(fault.right) == 1
    assert all((ROOT / gate).exists() for gate in fault.gate.split() if not gate.startswith("-"))
