"""Every op of the language comes back: from the module by `import torch`, from the ONNX file by `import onnx`.

`ARCHSPEC_EXAMPLES=20 pytest -n0 tests/conformance/test_round_trips.py` tries more modules, the files of all ops and all refusals;
without it, the files of every second op are tried, and of every fourth refusal. `python tests/scoreboard/op_round_trips.py` tries each op's file by itself, and goes on after what fails.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zlib import crc32

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from round_trips import Network, cases, joined, onnx_difference, torch_difference
from strategies import REFUSED

from archspec.backends.onnx import CannotExport
from archspec.importers.sketch import ImportProblem
from archspec.ops import registry

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "1"))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")

TRIED = 3
GROUPS = 9
ONNX = [name for name in registry.names() if len(REFUSED.get(name, ())) < TRIED]
SAMPLED = list(REFUSED) if EXAMPLES > 1 else list(REFUSED)[::4]


@pytest.mark.parametrize("name", registry.names())
def test_from_the_module(name: str) -> None:
    found = cases(name, EXAMPLES)
    assert len(found) == EXAMPLES, "too few cases say something"
    for network in found:
        difference = torch_difference(network)
        assert difference is None, (network.document, difference)


@pytest.mark.parametrize("group", range(0, GROUPS, 1 if EXAMPLES > 1 else 2))
def test_from_the_file(group: int, tmp_path: Path) -> None:
    """Many ops in one file, since each export takes its time. The name alone says which, so that a new op leaves the others."""
    names = [name for name in ONNX if crc32(name.encode()) % GROUPS == group]
    networks = {name: _case(name, len(REFUSED.get(name, ()))) for name in names}
    assert onnx_difference(joined(networks), tmp_path) is None


@pytest.mark.parametrize("name", SAMPLED)
def test_what_has_no_way_back(name: str, tmp_path: Path) -> None:
    for number, reason in enumerate(REFUSED[name]):
        with pytest.raises((CannotExport, ImportProblem)) as found:
            onnx_difference(_case(name, number), tmp_path)
        problem = found.value
        said = f"{problem.place} {problem.message}" if isinstance(problem, ImportProblem) else str(problem)
        assert reason in said


def _case(name: str, number: int) -> Network:
    return cases(name, TRIED if name in REFUSED else 1)[number]
