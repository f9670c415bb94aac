"""Every op of the language comes back: from the module by `import torch`, from the ONNX file by `import onnx`.

`ARCHSPEC_EXAMPLES=20 pytest -n0 tests/conformance/test_round_trips.py` tries more cases of each; the first ones are always the same.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from round_trips import cases, torch_difference

from archspec.ops import registry

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "1"))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("name", registry.names())
def test_from_the_module(name: str) -> None:
    found = cases(name, EXAMPLES)
    assert len(found) == EXAMPLES, "too few cases say something"
    for network in found:
        difference = torch_difference(network)
        assert difference is None, (network.document, difference)
