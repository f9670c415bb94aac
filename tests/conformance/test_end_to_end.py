"""Every op as a spec: read, checked, compiled, and the module's numbers beside the op's own, carried out by PyTorch.

The cases are those of the strategies; there is no op without. What `check` says of a layer is what the op alone says.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from harness import build
from round_trips import single
from strategies import STRATEGIES

from archspec.backends.torch import generate
from archspec.checking import check
from archspec.ops import registry
from archspec.ops.base import Tensor
from archspec.running.verify import verify
from archspec.verification.generated import compare_values

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "8"))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("name", registry.names())
def test_it_goes_from_text_to_numbers(name: str) -> None:
    compiled = 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES.get(name, st.nothing()))
    def run(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        nonlocal compiled
        arguments, inputs = case
        op = build(name, arguments, inputs)
        document = single(name, arguments, inputs)
        if op is None or document is None:
            return
        outputs = op.outputs(inputs)
        document["outputs"] = {
            f"o{n}": f"layer.{port}" if len(outputs) > 1 else "layer" for n, port in enumerate(outputs)
        }
        result = check("single.json", json.dumps(document).encode())
        errors = [found for found in result.diagnostics if found.severity == "error"]
        assert not errors, (document, errors[0].message)
        assert result.facts is not None
        code = generate(result.facts)
        assert verify(result.facts, code) == [], (document, code.text)
        found = compare_values(result.facts, code)
        assert found.differences == (), (document, code.text)
        assert found.compared, (document, found.why_not)
        compiled += 1

    for round in range(20):
        seed(round)(run)()
        if compiled >= min(3, EXAMPLES):
            return
    raise AssertionError(f"only {compiled} cases of {name} became modules")
