"""What modules with loops hold at their peak, by PyTorch's allocator, is what is said; and it is no more than their calls hold."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "facts"))

from storages import module_peak, reference_peak
from support import checked

from archspec import api
from tests.generated.loops import FEATURES, LENGTH, network

SEEDS = 8
EACH = int(os.environ.get("ARCHSPEC_EXAMPLES", "12"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_module_holds_what_is_said(seed: int) -> None:
    random = Random(seed)
    known = 0
    for _ in range(EACH):
        text = network(random)
        result = checked(text)
        if not result.ok:  # a parameter alone has no axis for samples
            continue
        assert result.facts is not None
        totals = result.facts.totals
        assert totals.peak_activation_bytes == reference_peak(result.facts)[0], text
        assert totals.module_peak_activation_bytes is not None, (totals.unknown, text)
        inputs = [torch.zeros(1, LENGTH, FEATURES) for _ in result.facts.graph.inputs]
        assert totals.module_peak_activation_bytes == module_peak(api.build(result), inputs)[0], text
        known += 1
    assert known >= EACH // 2
