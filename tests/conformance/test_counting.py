"""What docs/reference/counting.md states about torch.utils.flop_counter, against torch.utils.flop_counter."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archspec.ops import registry
from archspec.ops.base import Op, Tensor
from archspec.ops.matmul import Einsum


def counted(run: Any, *inputs: torch.Tensor) -> float:
    """Half of the FLOPs that PyTorch counts."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run(*inputs)
    return float(counter.get_total_flops() / 2)


def macs(type: str, shape: tuple[int, ...], **keys: Any) -> Any:
    kind = registry.find(type)
    assert kind is not None
    op: Op = kind(**keys)
    x = (Tensor(shape, "float32"),)
    op.resolve(x)
    return op.macs(x)


RECURRENT: dict[str, dict[str, Any]] = {
    "GRU": {"num_layers": 2, "bidirectional": True}, "RNN": {"nonlinearity": "relu"}, "LSTM": {"num_layers": 2},
}  # fmt: skip


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_layers_on_the_meta_device(name: str) -> None:
    keys = {"hidden_size": 5, "batch_first": True, **RECURRENT[name]}
    module = getattr(nn, name)(4, device="meta", **keys).eval()
    assert counted(module, torch.empty(1, 6, 4, device="meta")) == macs(name, (1, 6, 4), **keys) > 0


@pytest.mark.parametrize("name", ["GRUCell", "RNNCell", "LSTMCell"])
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_cells(name: str, device: str) -> None:
    module = getattr(nn, name)(4, 5, device=device).eval()
    assert counted(module, torch.zeros(1, 4, device=device)) == macs(name, (1, 4), hidden_size=5) > 0


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_recurrent_layers_on_a_cpu() -> None:
    """An LSTM without projections is one fused call there, which is not counted."""
    x = torch.zeros(1, 6, 4)
    for name in ("GRU", "RNN"):
        assert counted(getattr(nn, name)(4, 5).eval(), x) == macs(name, (1, 6, 4), hidden_size=5) > 0
    projected = {"hidden_size": 5, "proj_size": 2}
    assert counted(nn.LSTM(4, **projected).eval(), x) == macs("LSTM", (1, 6, 4), **projected) > 0
    if torch.backends.mkldnn.is_available():
        assert counted(nn.LSTM(4, 5).eval(), x) == 0 < macs("LSTM", (1, 6, 4), hidden_size=5)


def test_attention_on_a_cpu() -> None:
    """One fused call, which is not counted, but where the products are asked for."""
    q = torch.zeros(1, 2, 5, 4)
    attend = nn.functional.scaled_dot_product_attention
    assert counted(attend, q, q, q) == 0
    with sdpa_kernel(SDPBackend.MATH):
        assert counted(attend, q, q, q) == 2 * 2 * 5 * 5 * 4


@pytest.mark.parametrize("shape", [(3, 8, 8), (3, 5, 7)])
def test_transposed_convolutions_count_over_the_inputs_positions(shape: tuple[int, ...]) -> None:
    module = nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, device="meta")
    found = macs("ConvTranspose2d", (1, *shape), out_channels=4, kernel_size=3, stride=2, padding=1)
    assert found == shape[1] * shape[2] * 3 * 4 * 9 == counted(module, torch.empty(1, *shape, device="meta"))


def test_a_layer_that_is_used_twice_works_twice() -> None:
    layer = nn.Linear(4, 4, device="meta")
    assert counted(lambda x: layer(layer(x)), torch.empty(1, 4, device="meta")) == 2 * macs(
        "Linear", (1, 4), out_features=4
    )


def test_products_of_a_matrix_and_a_vector_are_counted_here_alone() -> None:
    x, y = torch.empty(1, 3, 4, device="meta"), torch.empty(4, device="meta")
    kind = registry.find("Matmul")
    assert kind is not None
    assert counted(torch.matmul, x, y) == 0
    assert kind().macs((Tensor((1, 3, 4), "float32"), Tensor((4,), "float32"))) == 12


# Einsum of several -------------------------------------------------------------------------------------------------------


def drawn(seed: int) -> tuple[str, list[tuple[int, ...]]]:
    """An equation for two to five operands, each of a batch of one, and their shapes."""
    chosen = random.Random(seed)
    letters = "abcdef"[: chosen.randint(2, 6)]
    size = {letter: chosen.choice([1, 2, 3, 5, 7]) for letter in letters}
    operands = [
        "".join(chosen.sample(letters, chosen.randint(1, min(3, len(letters))))) for _ in range(chosen.randint(2, 5))
    ]
    used = sorted(set("".join(operands)))
    result = "".join(chosen.sample(used, chosen.randint(0, len(used))))
    equation = ",".join(f"n{operand}" for operand in operands) + f"->n{result}"
    return equation, [(1, *(size[letter] for letter in operand)) for operand in operands]


@pytest.mark.skipif(torch.backends.opt_einsum.is_available(), reason="opt_einsum takes the operands in another order")
@pytest.mark.parametrize("seed", range(60))
def test_an_einsum_of_several_is_taken_from_the_left(seed: int) -> None:
    equation, shapes = drawn(seed)
    tensors = [torch.empty(shape, device="meta") for shape in shapes]
    inputs = tuple(Tensor(shape, "float32") for shape in shapes)
    assert Einsum(equation=equation).macs(inputs) == counted(lambda *given: torch.einsum(equation, *given), *tensors), (
        equation
    )


def test_a_chain_of_products() -> None:
    inputs = tuple(Tensor(shape, "float32") for shape in ((1, 2, 3), (3, 5), (5, 7), (7, 11)))
    assert Einsum(equation="nij,jk,kl,lm->nim").macs(inputs) == 2 * 3 * 5 + 2 * 5 * 7 + 2 * 7 * 11
