"""Random networks: `check` and the compiled module against PyTorch, in shapes, parameters, refusals and values.

`ARCHSPEC_GROWN=1000 pytest tests/generated` grows as many as one likes; the test run takes a sample.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import torch
from growth import BATCH, Network, networks
from hypothesis import HealthCheck, given, settings

from archspec.checking import Result, check
from archspec.dims import substitute

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch warns of slow paths

EXAMPLES = int(os.environ.get("ARCHSPEC_GROWN", "150"))
SETTINGS = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
                    suppress_health_check=list(HealthCheck))  # fmt: skip


def checked(network: Network) -> Result:
    return check("grown.json", json.dumps(network.spec()).encode())


@given(networks())
@SETTINGS
def test_shapes_parameters_and_refusals_are_pytorchs(network: Network) -> None:
    result = checked(network)
    errors = [d for d in result.diagnostics if d.severity == "error"]
    if network.refused is not None:
        assert [d.layer for d in errors] == [network.refused], (network.error, errors, network.spec())
        return
    last = result.graph and [e for e in errors if e.code != "E0204"]
    assert not last, (errors, network.spec())
    assert result.facts is not None
    for node in result.facts.graph.layers:
        outputs = result.facts.of(node).outputs
        assert outputs is not None
        found = {port: tuple(substitute(s, {"N": BATCH}) for s in t.shape) for port, t in outputs.items()}
        assert found == network.shapes[node.path], (node.path, network.spec())
        have = {f"{node.path}.{name}": tuple(shape) for name, shape in (result.facts.of(node).parameters or {}).items()}
        module = getattr(network.oracle, node.path, None)
        want = {} if module is None else {f"{node.path}.{n}": tuple(p.shape) for n, p in module.named_parameters()}
        assert have == want, network.spec()


@given(networks(most=8))
@SETTINGS
def test_compiled_values_are_pytorchs(network: Network) -> None:
    if network.refused is not None:
        return
    result = checked(network)
    if not result.ok:
        return  # the last layer has several outputs and none is named: checked above
    from archspec.backends.torch import generate
    from archspec.running.build import build
    from archspec.verification.generated import compare_values

    assert result.facts is not None
    generated = generate(result.facts)
    values = compare_values(result.facts, generated)
    assert values.differences == (), (generated.text, network.spec())
    assert values.compared, (values.why_not, network.spec())
    module = build(generated.text, result.facts.graph.name).double().eval()
    oracle = network.oracle.double().eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for tensor in [*oracle.parameters(), *oracle.buffers()]:
            if tensor.is_floating_point():
                tensor.copy_(torch.rand_like(tensor) + 0.1)
            else:
                tensor.zero_()
    module.load_state_dict(oracle.state_dict(), strict=True)
    shape = (BATCH, *network.input_shape)
    x = torch.randint(0, 10, shape) if network.dtype == "int64" else torch.rand(shape, dtype=torch.float64)
    with torch.no_grad():
        want, have = oracle(x), module(x)
    for left, right in zip(_flat(want), _flat(have), strict=False):
        assert torch.equal(torch.nan_to_num(left), torch.nan_to_num(right)), network.spec()


def _flat(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for item in value for tensor in _flat(item)]
