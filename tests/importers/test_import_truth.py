"""What a recording keeps: where inputs go, what results are called, the numbers of buffers and constants."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.importers.front import network_name, read_input
from archspec.importers.sketch import ImportProblem
from archspec.importers.torch.binding import bind
from archspec.verification.calling import named

# Inputs and results ----------------------------------------------------------------------------------------------------


def _many(a: Any, b: Any = None, *rest: Any, c: Any = None, **more: Any) -> None: ...


def _few(a: Any, b: Any = None, *, c: Any = None) -> None: ...


class _Forward(nn.Module):
    def __init__(self, forward: Any) -> None:
        super().__init__()
        self.forward = forward


@pytest.mark.parametrize(
    ("forward", "given", "positional", "keywords"),
    [
        (_few, ["3", "3"], ("a", "b"), {}),
        (_few, ["b=3", "a=3"], ("a", "b"), {}),
        (_few, ["c=3", "3"], ("a",), {"c": "c"}),
        (_few, ["c=3", "b=3", "a=3"], ("a", "b"), {"c": "c"}),
        (_few, ["a=3", "c=3"], ("a",), {"c": "c"}),
        (_many, ["a=3", "other=3"], ("a",), {"other": "other"}),
        (_many, ["3", "3", "c=3"], ("a", "b"), {"c": "c"}),
    ],
)
def test_names_bind(forward: Any, given: list[str], positional: tuple[str, ...], keywords: dict[str, str]) -> None:
    found = bind(_Forward(forward), [read_input(text) for text in given])
    assert (found.positional, dict(found.keywords)) == (positional, keywords)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(ImportProblem, match="forward has no parameter d; it has a, b, c"):
        bind(_Forward(_few), [read_input("a=3"), read_input("d=3")])


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (1, ["output"]),
        ((1, 2), ["output_0", "output_1"]),
        ({"a": 1, "b": {"c": 2}}, ["a", "c"]),
        ({"a": {"x": 1}, "b": {"x": 2}, "y": 3}, ["a_x", "b_x", "y"]),
        ({"a": {"p": {"x": 1}}, "b": {"p": {"x": 2}}}, ["a_p_x", "b_p_x"]),
        ([{"x": 1}, {"x": 2}], ["output_0_x", "output_1_x"]),
        ({"x": [1, 2], "y": {"x": [3]}}, ["output_x_0", "x_1", "y_x_0"]),
        ({"a b": 1, "a.b": 2, 7: 3}, ["output_a_b", "output_a_b_2", "output_7"]),
    ],
)
def test_every_result_has_a_name(answer: Any, names: list[str]) -> None:
    found = named(answer, int)
    assert list(found.values()) == list(range(1, len(found) + 1))
    assert list(found) == names


# Numbers ---------------------------------------------------------------------------------------------------------------


class _Adds(nn.Module):
    """A buffer or a constant that is added to the scores of a sample, whose softmax is taken."""

    def __init__(self, numbers: Tensor, kind: str) -> None:
        super().__init__()
        if kind == "constant":
            self.numbers = numbers
        else:
            self.register_buffer("numbers", numbers, persistent=kind == "persistent")

    def forward(self, x: Tensor) -> Tensor:
        return (x + self.numbers).softmax(-1)


_GRID = torch.arange(36.0).reshape(6, 6)
NUMBERS = {
    "causal": torch.full((6, 6), -math.inf).triu(1),
    "banded": torch.full((6, 6), -1e9).triu(3),
    "wide": torch.ones(6, 6).tril(-2) * torch.finfo(torch.float32).min,
    "sines": (_GRID / 7).sin(),
    "window": torch.hann_window(6),
    "padded": torch.tensor([0.0, 0.0, -math.inf, 0.0, math.inf, 2.5]).clamp(max=3.0),
    "leading": torch.full((1, 1, 6), -math.inf).masked_fill(torch.arange(6) < 4, 0.0),
    "least": torch.full((6,), torch.finfo(torch.float32).min).masked_fill(torch.arange(6) < 2, 0.0),
    "long": torch.rand(6, 6, generator=torch.Generator().manual_seed(1)),
}


@pytest.mark.parametrize("kind", ["constant", "persistent", "passing"])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_kept(name: str, kind: str) -> None:
    """A module built anew from the spec, with nothing loaded, computes the same (PyTorch)."""
    module = _Adds(NUMBERS[name], kind).eval()
    spec = archspec.from_torch(module, [6, 6])
    x = torch.randn(2, 6, 6)
    assert torch.equal(archspec.build(spec).eval()(x), module(x)), spec.source.text
    assert archspec.verify(spec, module).ok


def test_too_many_numbers_are_refused_or_come_with_the_weights() -> None:
    table = torch.rand(400, 400, generator=torch.Generator().manual_seed(1))
    with pytest.raises(ImportProblem, match="a constant has 160,000 numbers and no law") as refused:
        archspec.from_torch(_Adds(table, "transient"), [400, 400])
    assert "as a buffer that is kept with the weights" in refused.value.help
    module = _Adds(table, "persistent")  # which is what the help proposes
    spec = archspec.from_torch(module, [400, 400])
    assert "numbers: {type: Buffer, shape: [400, 400], fill: null}" in spec.source.text
    assert "the numbers of the buffer numbers are not in the spec; load the model's weights" in spec.source.text
    assert archspec.verify(spec, module).ok
    loaded = archspec.build(spec)
    loaded.load_state_dict(module.state_dict())
    x = torch.rand(2, 400, 400)
    assert torch.equal(loaded(x), module(x))
    table[0, 0] = math.nan
    with pytest.raises(ImportProblem, match="the buffer numbers has numbers that are NaN"):
        archspec.from_torch(_Adds(table[:6, :6].clone(), "persistent"), [6, 6])


def test_a_long_mask_is_a_law() -> None:
    spec = archspec.from_torch(_Adds(torch.full((1, 300, 300), -math.inf).triu(1), "persistent"), [300, 300])
    assert "${[[['-inf' if" not in spec.source.text
    assert "[[[0 if j <= i else '-inf' for j in range(300)] for i in range(300)]]" in spec.source.text


def test_verify_says_which_buffer_differs() -> None:
    """The reference's numbers are not copied before they are compared."""
    spec = archspec.from_torch(_Adds(NUMBERS["window"], "persistent"), [6, 6])
    found = archspec.verify(spec, _Adds(NUMBERS["window"] + 0.5, "persistent"))
    assert found.is_state_equal
    assert dict(found.buffers) == {"numbers": pytest.approx(0.5)}
    assert not found.ok
    assert "buffers     numbers differs by 0.5 at most" in str(found)


def test_verify_binds_by_name() -> None:
    class Turned(nn.Module):
        def forward(self, b: Tensor, a: Tensor) -> dict[str, Tensor]:
            return {"right": b * 2, "left": a - b}

    class Straight(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> dict[str, Tensor]:
            return {"left": a - b, "right": b * 2}

    spec = archspec.from_torch(Straight(), [3], [3], name=network_name("straight"))
    assert archspec.verify(spec, Turned()).ok


# What trains -----------------------------------------------------------------------------------------------------------


class _Parts(nn.Module):
    """Layers whose parameters train, some of them, as the names say."""

    def __init__(self, *frozen: str) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.norm = nn.LayerNorm(6)
        self.scale = nn.Parameter(torch.full((6,), 2.0))
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.again = nn.Linear(6, 6, bias=False)
        self.again.weight = self.first.weight
        for name in frozen:
            self.get_parameter(name).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.first(x)) * self.scale
        return self.again(self.attention(y, y, y)[0])


@pytest.mark.parametrize(
    ("frozen", "says"),
    [
        (("first.bias",), "freeze: [bias]"),
        (("first.weight", "first.bias"), "first: {type: Linear, out_features: 6, freeze: true}"),
        (("scale",), "freeze: true"),
        (("attention.out_proj.bias", "attention.in_proj_weight"), "freeze: [in_proj_weight, out_proj.bias]"),
        (("norm.weight", "scale", "first.weight"), "norm: {type: LayerNorm, normalized_shape: 6, freeze: [weight]}"),
    ],
)
def test_what_does_not_train(frozen: tuple[str, ...], says: str) -> None:
    """The oracle is `requires_grad` of PyTorch."""
    module = _Parts(*frozen).eval()
    spec = archspec.from_torch(module, [4, 6])
    assert says in spec.source.text
    trains = sum(one.numel() for one in module.parameters() if one.requires_grad)
    assert spec.facts is not None
    assert spec.facts.totals.trainable_params == trains
    assert {key for key, one in archspec.build(spec).named_parameters() if not one.requires_grad} == set(frozen)
    assert archspec.verify(spec, module).ok


def test_verify_says_what_trains_in_only_one() -> None:
    spec = archspec.from_torch(_Parts("norm.bias"), [4, 6])
    found = archspec.verify(spec, _Parts("scale"))
    assert dict(found.trainable) == {"norm.bias": (False, True), "scale": (True, False)}
    assert not found.ok
    assert "norm.bias does not in the spec, trains in the reference" in str(found)


def test_blocks_that_freeze_alike() -> None:
    module = nn.Sequential(*(nn.Sequential(nn.Linear(6, 6), nn.ReLU()) for _ in range(4)))
    module[2].requires_grad_(False)
    spec = archspec.from_torch(module.eval(), [6])
    assert spec.facts is not None
    assert spec.facts.totals.trainable_params == 3 * 42
    assert archspec.verify(spec, module).ok
