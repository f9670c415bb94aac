"""Random nested specs: the same facts and the same outputs as their flat expansion, and modules that agree with the analysis.

`ARCHSPEC_GROWN=1000 pytest tests/generated` grows as many as one likes; the test run takes a sample.
"""

from __future__ import annotations

import json
import os

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from nesting import Nested, nested

from archspec.backends.torch import generate
from archspec.checking import Result, check
from archspec.running.build import build
from archspec.running.verify import verify
from archspec.verification.generated import compare_values

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

EXAMPLES = int(os.environ.get("ARCHSPEC_GROWN", "150"))


def checked(spec: object) -> Result:
    result = check("nested.json", json.dumps(spec).encode())
    assert result.ok, ([d.message for d in result.diagnostics], json.dumps(spec))
    return result


@given(nested())
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_nested_is_flat(case: Nested) -> None:
    whole, flat = checked(case.spec), checked(case.flat)
    assert whole.facts is not None
    assert flat.facts is not None
    shown = json.dumps(case.spec)
    assert len(whole.facts.graph.layers) == len(flat.facts.graph.layers), shown
    for ours, theirs in zip(whole.facts.graph.layers, flat.facts.graph.layers, strict=True):
        assert (ours.type, whole.facts.of(ours).outputs) == (theirs.type, flat.facts.of(theirs).outputs), shown
        assert whole.facts.of(ours).parameters == flat.facts.of(theirs).parameters, shown
        assert whole.facts.of(ours).field == flat.facts.of(theirs).field, shown
    for key in ("params", "macs", "elementwise", "buffers", "activation_bytes", "peak_activation_bytes"):
        assert getattr(whole.facts.totals, key) == getattr(flat.facts.totals, key), shown

    code = generate(whole.facts)
    assert verify(whole.facts, code) == [], (shown, code.text)
    values = compare_values(whole.facts, code)
    assert values.differences == (), (shown, code.text)
    assert len(values.compared) == 3, (values.why_not, shown)
    torch.manual_seed(0)
    module = build(code.text, code.name).double().eval()
    other = build(generate(flat.facts).text, "Nested").double().eval()
    mine, others = module.state_dict(), other.state_dict()
    moved = {}
    for ours, theirs in zip(whole.facts.graph.layers, flat.facts.graph.layers, strict=True):
        keys = [key for key in mine if key.startswith(f"{ours.path}.")]
        moved.update({f"{theirs.path}{key.removeprefix(ours.path)}": mine[key] for key in keys})
    assert moved.keys() == others.keys(), shown
    other.load_state_dict(moved, strict=True)
    x = torch.randn(2, 3, 6, 6, dtype=torch.float64)
    with torch.no_grad():
        assert torch.equal(module(x), other(x)), (shown, code.text)
