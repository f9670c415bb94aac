"""Every op with a symbol in place of some sizes, each its own or one for several: a report, and a module where there is no error.

What then has to be equal is assumed, and all later analyses rest on numbers that agree with it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from round_trips import single
from strategies import STRATEGIES

import archspec
from archspec.backends.torch import generate
from archspec.checking import check
from archspec.ops import registry
from archspec.ops.base import Tensor

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "8"))
SYMBOLS = ("H", "W", "T", "S", "2*K", "T + 1")


@pytest.mark.parametrize("name", registry.names())
def test_symbols_give_a_report(name: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES.get(name, st.nothing()), st.randoms(use_true_random=False))
    def run(case: tuple[dict[str, Any], tuple[Tensor, ...]], pick: Any) -> None:
        document = single(name, *case)
        if document is None:
            return
        inputs = document["inputs"]
        for declared in inputs.values():
            sizes = declared["shape"]
            declared["shape"] = [pick.choice(SYMBOLS) if pick.random() < 0.4 else size for size in sizes]
        document["layers"]["sum"] = pick.choice([{"type": "Add", "from": ["layer", *inputs, "layer"]}, "Identity"])
        result = check("single.json", json.dumps(document).encode())
        if result.ok and result.facts is not None:
            assert generate(result.facts).text, document

    run()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 3), st.integers(1, 2), st.integers(6, 14))
def test_padding_that_depends_on_the_size(kernel: int, stride: int, dilation: int, size: int) -> None:
    """One module for every size, beside the module of the one size."""
    layer = f"{{type: Conv1d, out_channels: 3, kernel_size: {kernel}, stride: {stride}, dilation: {dilation}, padding: same_upper}}"
    text = f"archspec: 1\nname: Net\ninput: [2, L]\nlayers: {{conv: {layer}}}\n"
    if (kernel - 1) * dilation + 1 in range(2, stride):  # whether it pads at all depends on the size
        with pytest.raises(archspec.SpecError, match="E0308"):
            archspec.parse(text)
        return
    any_size = archspec.build(archspec.parse(text))
    one_size = archspec.build(archspec.parse(text.replace("[2, L]", f"[2, {size}]")))
    one_size.load_state_dict(any_size.state_dict())
    x = torch.randn(2, 2, size)
    assert torch.equal(any_size(x), one_size(x))
