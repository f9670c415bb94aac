"""What ops say of how their figures come about, worked out and held against the figures, over generated arguments and inputs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).parent))

from harness import build
from strategies import STRATEGIES
from written_arithmetic import worked_out

from archspec.dims import Size, product, substitute
from archspec.ops import registry
from archspec.ops.base import Op, Tensor
from archspec.ops.formula import Formula

BATCH = {"N": 3}
WITH_SIZES = {
    "Conv2d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d", "Linear", "Flatten", "Cat", "Embedding", "LSTM", "ZeroPad2d", "Upsample",
}  # fmt: skip
WITH_MACS = {"Conv1d", "ConvTranspose3d", "Linear", "Bilinear", "Matmul", "GRU", "LSTMCell", "MultiheadAttention",
             "ScaledDotProductAttention", "FunctionalConv2d", "FunctionalLinear"}  # fmt: skip


def is_true(formula: Formula, figure: Size) -> None:
    """Asserts that both the words and the numbers come to the figure."""
    wanted = substitute(figure, BATCH)
    assert worked_out(formula.filled, BATCH) == wanted, formula
    by_words = {name: int(worked_out(str(value), BATCH)) for name, value in formula.values.items() if value != ""}
    assert worked_out(formula.text, {**BATCH, **by_words}) == wanted, formula


def all_are_true(op: Op, inputs: tuple[Tensor, ...]) -> tuple[int, int]:
    """Asserts it of all that an op says; answers how many sizes and MACs have a formula."""
    output = next(iter(op.outputs(inputs).values())).shape
    sizes = op.size_formulas(inputs)
    for axis, formula in sizes.items():
        is_true(formula, output[axis])
    parameters, formulas = op.parameters(inputs), op.parameter_formulas(inputs)
    assert list(formulas) == list(parameters)
    for name, formula in formulas.items():
        is_true(formula, product(parameters[name]))
    macs, formula = op.macs(inputs), op.macs_formula(inputs)
    if formula is not None:
        assert macs is not None
        is_true(formula, substitute(macs, {"N": 1}))
    return len(sizes), formula is not None


@pytest.mark.parametrize("name", registry.names())
def test_every_formula_is_true(name: str) -> None:
    sizes = macs = 0

    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def compare(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        nonlocal sizes, macs
        op = build(name, *case)
        if op is not None:
            more_sizes, more_macs = all_are_true(op, case[1])
            sizes, macs = sizes + more_sizes, macs + more_macs

    compare()
    assert sizes or name not in WITH_SIZES
    assert macs or name not in WITH_MACS
