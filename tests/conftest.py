"""Options and paths that all tests share."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

# Small tensors are no faster on several threads, and those that wait burn the time of the other workers. Before torch is imported:
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples on every machine, however slow it is; ARCHSPEC_RANDOM=1 draws others.
settings.register_profile(
    "archspec",
    derandomize="ARCHSPEC_RANDOM" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("archspec")


def pytest_collection_finish() -> None:
    """What is there by now stays, and networks of 100,000 layers are no garbage: looking through them was a tenth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew; read the difference before you commit"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))
