"""What parameters and buffers start at: numbers that can be said are kept, others are drawn as they were distributed."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import archspec
from archspec.importers.torch.constants import _spelled
from archspec.importers.torch.starting import default_number
from archspec.ops import registry
from archspec.ops.examples import spec as example


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))
        self.many = nn.Parameter(torch.full((8,), 0.3))
        self.zero = nn.Parameter(torch.zeros(8))
        self.thin = nn.Parameter(torch.full((8,), 1e-6))
        self.drawn = nn.Parameter(torch.tensor([0.48271635]))
        self.register_buffer("mean", torch.full((8,), 0.485))

    def forward(self, x: Tensor) -> Tensor:
        return (x * self.one * self.many + self.zero * self.thin) * self.drawn - self.mean


def test_a_fresh_module_starts_where_the_imported_one_did() -> None:
    module = Scaled()
    spec = archspec.from_torch(module, [8])
    for written in (
        "{type: Parameter, shape: [1], fill: 1.0}", "{type: Parameter, shape: [8], fill: 0.3}", "{type: Parameter, shape: [8]}",
        "{type: Parameter, shape: [8], fill: 1e-06}", "{type: Parameter, shape: [1], fill: 0.48271635}", "{type: Buffer, shape: [8], fill: 0.485}",
    ):  # fmt: skip
        assert written in spec.source.text, spec.source.text
    fresh = archspec.build(spec).state_dict()
    for key, value in module.state_dict().items():
        assert torch.equal(fresh[key], value)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@settings(max_examples=300, deadline=None)
def test_fewer_digits_are_the_same_bits(numbers: list[float]) -> None:
    tensor = torch.tensor(numbers)
    found = _spelled(tensor)
    assert torch.equal(torch.tensor(found).view(torch.int32), tensor.view(torch.int32))
    assert all(len(repr(short)) <= len(repr(number)) for short, number in zip(found, tensor.tolist(), strict=True))


# Drawn from what was measured ----------------------------------------------------------------------------------------


class Experts(nn.Module):
    def __init__(self, width: int = 16, experts: int = 4) -> None:
        super().__init__()
        self.gate = nn.Linear(width, experts)
        self.w1 = nn.Parameter(torch.randn(experts, width, 32) * width**-0.5)
        self.w2 = nn.Parameter(torch.empty(experts, 32, width).uniform_(-0.1, 0.1))
        self.bias = nn.Parameter(torch.randn(experts, width))

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.einsum("nd,edh->neh", x, self.w1).relu()
        given = torch.einsum("neh,ehd->ned", hidden, self.w2) + self.bias
        return (given * self.gate(x).softmax(-1).unsqueeze(-1)).sum(1)


class Residual(nn.Module):
    def __init__(self, count: int = 3) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Experts() for _ in range(count)])

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = x + block(x)
        return x


class Normed(nn.Module):
    """Weight norms: what they divide by may not start at 0."""

    def __init__(self) -> None:
        super().__init__()
        given = nn.utils.parametrizations
        self.conv1 = given.weight_norm(nn.Conv2d(3, 16, 3, padding=1))
        self.conv2 = given.spectral_norm(nn.Conv2d(16, 8, 3, padding=1))
        self.fc = given.weight_norm(nn.Linear(8, 5))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv2(self.conv1(x).relu()).relu().mean((2, 3)))


@pytest.mark.filterwarnings("ignore:not in the spec, since it runs in training only")
@pytest.mark.parametrize(("make", "shape"), [(Residual, [16]), (Normed, [3, 8, 8])], ids=["experts", "norms"])
def test_a_fresh_module_is_alive(make: type[nn.Module], shape: list[int]) -> None:
    torch.manual_seed(0)
    module = make()
    spec = archspec.from_torch(module, shape)
    fresh = archspec.build(spec).train()
    for key, parameter in module.named_parameters():
        own = dict(fresh.named_parameters())[key]
        few = math.sqrt(parameter.numel())
        if "." in key and not key.rpartition(".")[0].endswith(("gate", "fc")):
            assert 1 / (1.3 + 3 / few) < own.std() / parameter.std() < 1.3 + 3 / few, key
    optimizer = torch.optim.SGD(fresh.parameters(), lr=1e-3)
    answer = fresh(torch.randn(4, *shape))
    assert torch.isfinite(answer).all()
    answer.square().mean().backward()
    assert all(bool(p.grad.isfinite().all()) and bool(p.grad.any()) for p in fresh.parameters() if p.grad is not None)
    optimizer.step()
    assert torch.isfinite(fresh(torch.randn(4, *shape))).all()


def test_alike_parameters_start_alike_in_one_block() -> None:
    torch.manual_seed(0)
    spec = archspec.from_torch(Residual(), [16])
    for written in (
        "w1: {type: Parameter, shape: [4, 16, 32], init: {value: {normal: {std: 0.25}}}}",
        "w2: {type: Parameter, shape: [4, 32, 16], init: {value: {uniform: {a: -0.1, b: 0.1}}}}",
        "bias: {type: Parameter, shape: [4, 16], init: {value: normal}}",
        '"2": Experts',
        "start values of w1, w2 and bias of blocks.0, and 6 more parameters in 2 other places are drawn from the distributions",
    ):
        assert written in spec.source.text, spec.source.text


class Depths(nn.Module):
    """Blocks of which each starts lower, or at another number."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Experts() for _ in range(3)])
        for at, block in enumerate(self.blocks):
            assert isinstance(block, Experts)
            nn.init.normal_(block.w1, std=10.0**-at)
            nn.init.constant_(block.gate.bias, -float(at))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = x + block(x)
        return x


def test_what_differs_between_blocks_is_an_argument() -> None:
    torch.manual_seed(0)
    spec = archspec.from_torch(Depths(), [16])
    assert 'init: {value: {normal: {std: "${std}"}}}' in spec.source.text, spec.source.text
    fresh = archspec.build(spec)
    for at in range(3):
        assert 0.8 < fresh.get_parameter(f"blocks.{at}.w1").std() * 10**at < 1.2
        assert bool((fresh.get_parameter(f"blocks.{at}.gate.bias") == -at).all())


class Held(nn.Module):
    """Frozen: a shift of the mean, as super-resolution has it. Others: numbers that are no default."""

    def __init__(self) -> None:
        super().__init__()
        self.sub_mean = nn.Conv2d(3, 3, 1)
        with torch.no_grad():
            self.sub_mean.weight.copy_(torch.eye(3).reshape(3, 3, 1, 1))
            self.sub_mean.bias.copy_(torch.tensor([-0.4488, -0.4371, -0.404]))
        self.sub_mean.requires_grad_(False)
        self.mix = nn.Parameter(torch.eye(3), requires_grad=False)
        self.norm = nn.LayerNorm(3)
        nn.init.zeros_(self.norm.weight)
        self.head = nn.Linear(3, 5)
        nn.init.constant_(self.head.bias, -4.6)
        self.slope = nn.PReLU()
        nn.init.zeros_(self.slope.weight)

    def forward(self, x: Tensor) -> Tensor:
        h = self.sub_mean(x).mean((2, 3)) @ self.mix
        return self.slope(self.head(h + self.norm(h)))


def test_frozen_values_are_exact_or_said_to_be_lost() -> None:
    module = Held()
    spec = archspec.from_torch(module, [3, 8, 8])
    assert "the frozen values of sub_mean.bias are not in the spec; load the model's weights" in spec.source.text
    fresh = archspec.build(spec).state_dict()
    for key in ("sub_mean.weight", "mix", "norm.weight", "norm.bias", "head.bias", "slope.weight"):
        assert torch.equal(fresh[key], module.state_dict()[key]), key


@pytest.mark.parametrize(
    "name", [name for name in registry.names() if hasattr(nn, name) and name not in ("Parameter", "Buffer")]
)
def test_defaults_are_those_of_pytorch(name: str) -> None:
    """A number is a default where PyTorch starts there; where it draws, there is none."""
    op = registry.find(name)
    assert op is not None
    try:
        built = archspec.build(archspec.parse(example(op)))
    except archspec.SpecError:
        pytest.skip("its example is no layer by itself")
    for key, parameter in built.state_dict().items():
        if key not in dict(built.named_parameters()):
            continue
        number = default_number(name, key.removeprefix("layer."), {})
        is_one = bool((parameter == parameter.reshape(-1)[0]).all()) and parameter.numel() > 1
        assert number == (float(parameter.reshape(-1)[0]) if is_one or number is not None else None), key


class Table(nn.Module):
    def __init__(self, mean: float, std: float) -> None:
        super().__init__()
        numbers = torch.randn(40, generator=torch.Generator().manual_seed(3))
        self.table = nn.Parameter((numbers - numbers.mean()) / numbers.std() * std + mean)
        self.fc = nn.Linear(40, 40)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = torch.relu(self.fc(x) * self.table)
        return out


def test_trained_tensors_are_of_one_form() -> None:
    """Small means, which any training leaves, do not part blocks: what differs is an argument."""
    model = nn.Sequential(Table(0.2, 0.5), Table(-0.02, 0.1), Table(0.3, 1.1), Table(0.0, 0.3)).eval()
    text = archspec.from_torch(model, (40,)).text
    assert text.count("type: Parameter") == 1
    assert 'normal: {std: "${' in text


def test_a_mean_far_from_0_is_said() -> None:
    model = nn.Sequential(Table(1.0, 0.1), Table(1.2, 0.1)).eval()
    assert "mean: 1.0" in archspec.from_torch(model, (40,)).text


class Weighted(nn.Module):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self.register_buffer("scale", torch.randn(16, generator=torch.Generator().manual_seed(seed)))
        self.fc = nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.fc(x) * self.scale)


def test_many_numbers_that_differ_are_one_argument() -> None:
    text = archspec.from_torch(nn.Sequential(*map(Weighted, range(3))).eval(), (16,)).text
    assert "args: {value: list}" in text
    assert text.count("type: Buffer") == 1


# Half of an initialization ------------------------------------------------------------------------------------------------


def _started(weight: Any, zero_bias: bool = True) -> nn.Module:
    module = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 36, 10))
    for layer in module:
        if isinstance(layer, nn.Linear):
            weight(layer.weight)
            if zero_bias:
                nn.init.zeros_(layer.bias)
    return module


_LEFT = "start as PyTorch starts them, not as the model's do"


@pytest.mark.parametrize(
    "weight",
    [
        lambda w: nn.init.normal_(w, 0, 0.01),
        nn.init.xavier_uniform_,
        nn.init.kaiming_normal_,
        lambda w: nn.init.trunc_normal_(
            w, std=1 / math.sqrt(3 * w.shape[1])
        ),  # as large as PyTorch's own, but not uniform
        lambda w: nn.init.uniform_(w, 0, 2 / math.sqrt(w.shape[1])),
    ],
)
def test_weights_that_are_drawn_otherwise_are_named_beside_an_init(weight: Any) -> None:
    spec = archspec.from_torch(_started(weight), [3, 8, 8])
    assert "init: {bias: 0}" in spec.text
    assert f"weights of Linear {_LEFT}" in " ".join(spec.text.split())


@pytest.mark.parametrize("seed", range(5))
def test_weights_that_pytorch_drew_are_not(seed: int) -> None:
    torch.manual_seed(seed)
    assert "start as PyTorch" not in archspec.from_torch(_started(lambda w: None), [3, 8, 8]).text


def test_where_no_init_is_written_nothing_looks_whole() -> None:
    spec = archspec.from_torch(_started(lambda w: nn.init.normal_(w, 0, 0.01), zero_bias=False), [3, 8, 8])
    assert "init" not in spec.text.replace("initial", "")
    assert "start as PyTorch" not in spec.text
