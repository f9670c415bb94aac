"""Modules whose state is not simply that of their layers: computed weights, hooks, shapes that are not known yet, what is
shared, and names that clash. The oracle is the module itself: the same keys, and the same outputs from the same weights."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

import archspec


def imported(module: nn.Module, *shapes: Any, tolerance: float = 0.0) -> archspec.Spec:
    """The module's spec; it computes what the module does."""
    module.eval()
    spec = archspec.from_torch(module, *shapes)
    found = archspec.verify(spec, module)
    assert found.ok or found.is_within(tolerance * (found.output_std or 0)), f"{found}\n{spec.source.text}"
    return spec


class Doubled(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return 2 * weight


class Symmetric(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return weight.triu() + weight.triu(1).transpose(-1, -2)


def parametrized(layer: nn.Module, name: str, how: nn.Module) -> nn.Module:
    parametrize.register_parametrization(layer, name, how)
    return layer


pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # the older weight_norm says that it is old

COMPUTED = {
    "weight_norm of a transposed convolution": (lambda: nn.utils.weight_norm(nn.ConvTranspose1d(3, 4, 3), dim=1), [3, 8]),
    "weight_norm of a whole matrix": (lambda: nn.utils.weight_norm(nn.Linear(3, 4), dim=None), [3]),
    "new weight_norm of a convolution": (lambda: parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), [3, 8, 8]),
    "spectral_norm of a matrix": (lambda: parametrizations.spectral_norm(nn.Linear(3, 4)), [3]),
    "old spectral_norm of a matrix": (lambda: nn.utils.spectral_norm(nn.Linear(3, 4, bias=False)), [3]),
    "doubled": (lambda: parametrized(nn.Linear(4, 4), "weight", Doubled()), [4]),
    "twice": (lambda: parametrized(parametrized(nn.Linear(4, 4), "weight", Symmetric()), "weight", Doubled()), [4]),
    "doubled bias": (lambda: parametrized(nn.Conv1d(3, 4, 3), "bias", Doubled()), [3, 8]),
    "pruned": (lambda: prune.l1_unstructured(nn.Linear(4, 4), "weight", 0.5), [4]),
    "pruned channels": (lambda: prune.ln_structured(nn.Conv2d(3, 4, 3), "weight", 0.5, 2, 0), [3, 8, 8]),
    "pruned bias": (lambda: prune.random_unstructured(nn.Conv2d(3, 4, 3), "bias", 0.5), [3, 8, 8]),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPUTED)
def test_computed_weights(name: str) -> None:
    make, shape = COMPUTED[name]
    torch.manual_seed(0)
    module = nn.Sequential(make(), nn.ReLU()).eval()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    # The largest singular value is a sum in which much cancels, divided by: single precision leaves five digits of it.
    spec = imported(module, shape, tolerance=1e-5)
    params = sum(parameter.numel() for parameter in module.parameters())
    assert archspec.analyze(spec).totals["params"] == params
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_pruning_that_was_made_permanent_leaves_a_plain_layer() -> None:
    layer = prune.l1_unstructured(nn.Linear(4, 4), "weight", 0.5)
    assert "Linear, out" in imported(nn.Sequential(prune.remove(layer, "weight")), [4]).source.text


def test_a_computed_weight_of_a_recurrent_layer_is_refused() -> None:
    with pytest.raises(archspec.ImportProblem, match=r"nn\.LSTM computes its weights"):
        archspec.from_torch(nn.Sequential(nn.utils.weight_norm(nn.LSTM(3, 4), "weight_hh_l0")), [5, 3])


# Hooks -----------------------------------------------------------------------------------------------------------------


class Hooked(nn.Module):
    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


def test_hooks_are_seen() -> None:
    module = Hooked(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    module.layers[0].register_forward_pre_hook(lambda layer, given: (given[0] * 3,))
    module.layers[1].register_forward_hook(lambda layer, given, result: result + 1)
    module.layers[2].register_forward_hook(lambda layer, given, result: None)
    text = imported(module, [4]).source.text
    assert text.count("type: Linear") == 2
    assert "type: Mul" in text
    assert "type: Add" in text


def test_a_hook_of_a_recurrent_layer_is_seen() -> None:
    layer = nn.GRU(4, 5, batch_first=True)
    layer.register_forward_hook(lambda module, given, result: result[0] * 2)
    assert "type: GRU" in imported(Hooked(layer), [3, 4]).source.text


def test_a_forward_of_its_own_is_no_layer() -> None:
    layer = nn.Linear(4, 4)
    layer.forward = lambda x: x * 2  # type: ignore[method-assign]
    assert "type: Mul" in imported(Hooked(layer), [4]).source.text


# Shapes from the first input -------------------------------------------------------------------------------------------

LAZY = {
    "linear": (lambda: nn.Sequential(nn.LazyLinear(4)), [3]),
    "norm": (lambda: nn.Sequential(nn.LazyConv1d(4, 3), nn.LazyBatchNorm1d()), [3, 8]),
    "transposed": (lambda: nn.Sequential(nn.LazyConvTranspose2d(4, 3), nn.LazyInstanceNorm2d(affine=True)), [3, 8, 8]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAZY)
def test_lazy_modules(name: str) -> None:
    make, shape = LAZY[name]
    module = make()
    imported(module, shape)
    assert any(nn.parameter.is_lazy(parameter) for parameter in module.parameters()), "the module itself is as it was"


def test_a_lazy_module_that_fails() -> None:
    with pytest.raises(archspec.ImportProblem, match="the model fails on inputs of"):
        archspec.from_torch(nn.Sequential(nn.LazyConv2d(4, 3)), [8])


# What cannot be copied ---------------------------------------------------------------------------------------------------


class Kept(nn.Module):
    """Keeps a lock, and what it computed last."""

    def __init__(self) -> None:
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.lock = threading.Lock()
        self.last = {"weight": [self.lin.weight * 2]}

    def forward(self, x: Tensor) -> Tensor:
        with self.lock:
            return self.lin(x)


def test_what_python_cannot_copy() -> None:
    imported(Kept(), [4])


# What is shared, and names ---------------------------------------------------------------------------------------------


class Part(nn.Module):
    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table)
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.table * self.scale


@pytest.mark.parametrize("table", [torch.arange(4.0), torch.tensor([0.5, 0.25, 3.0, 1.5])])
def test_a_buffer_in_several_modules(table: Tensor) -> None:
    text = imported(nn.Sequential(Part(table), Part(table), nn.Linear(4, 4), Part(table)), [4]).source.text
    assert "table2" not in text, "each part reads a buffer of its own"


class Chain(nn.Module):
    """A module that holds one of its own kind, beside another of it."""

    def __init__(self, depth: int, width: int = 4) -> None:
        super().__init__()
        self.first, self.second, self.norm = nn.Linear(4, width), nn.Linear(width, 4), nn.LayerNorm(4)
        self.rest = Chain(depth - 1, width + 1) if depth else None

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x + self.second(self.first(x).relu()))
        return x if self.rest is None else self.rest(x)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_modules_nested_in_their_own_class(depth: int) -> None:
    imported(Chain(depth), [4])
    imported(nn.Sequential(Chain(depth), Chain(depth), Chain(0)), [4])


class Named(nn.Module):
    """A group, a layer, a parameter and a buffer, each named like the op that reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.relu = nn.Linear(4, 4)
        self.mul = nn.Parameter(torch.randn(4))
        self.register_buffer("add", torch.randn(4))
        self.sum = nn.ModuleDict({"sum": nn.Linear(4, 4)})
        self.mean = nn.ModuleDict({"relu": nn.ReLU()})

    def forward(self, x: Tensor) -> Tensor:
        x = torch.stack([layer(x) for layer in self.stack], 1).sum(1)
        x = self.relu(torch.relu(x)) * self.mul + self.add
        return x + self.sum["sum"](x) + self.mean["relu"](x).mean(-1, keepdim=True)


def test_names_like_those_of_ops() -> None:
    imported(Named(), [4])


class Underscored(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self._a, self._b = nn.Linear(4, 4), nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self._scale = nn.Parameter(torch.randn(4))
        self.register_buffer("_shift", torch.randn(4))

    def forward(self, x: Tensor) -> Tensor:
        return self._b[1](self._b[0](self._a(x))) * self._scale + self._shift


def test_names_that_begin_with_an_underscore() -> None:
    imported(Underscored(), [4])
    imported(nn.Sequential(Underscored(), Underscored()), [4])
