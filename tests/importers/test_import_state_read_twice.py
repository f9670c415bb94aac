"""A module's weights that are read in several ways, and modules whose arguments change: each way is a layer, or is refused."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archspec
from archspec import ImportProblem
from archspec.weights.checkpoint import read_checkpoint
from archspec.weights.expected import expected
from archspec.weights.load import load
from archspec.weights.match import match

IMAGE = (3, 6, 6)
TOKENS = torch.zeros(2, 4, dtype=torch.int64)


class _One(nn.Module):
    def __init__(self, layer: nn.Module, forward: Any) -> None:
        super().__init__()
        self.c = layer
        self.do = forward

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.do(self.c, x)
        return answer


def _dilated(c: Any, x: Tensor) -> Tensor:
    y: Tensor = c(x)
    return y + F.conv2d(x, c.weight, c.bias, padding=2, dilation=2)


def _dilated_first(c: Any, x: Tensor) -> Tensor:
    y = F.conv2d(x, c.weight, c.bias, padding=2, dilation=2)
    z: Tensor = y + c(x)
    return z


def _changed(c: Any, x: Tensor) -> Tensor:
    c.dilation, c.padding = (1, 1), (1, 1)
    y = c(x)
    c.dilation, c.padding = (2, 2), (2, 2)
    z: Tensor = y + c(x)
    return z


_WAYS: dict[str, tuple[nn.Module, Any, Any]] = {
    "convolution": (nn.Conv2d(3, 4, 3, padding=1), _dilated, IMAGE),
    "convolution, called afterwards": (nn.Conv2d(3, 4, 3, padding=1), _dilated_first, IMAGE),
    "attributes": (nn.Conv2d(3, 3, 3, padding=1), _changed, IMAGE),
    "groups": (nn.GroupNorm(1, 3), lambda c, x: c(x) + F.group_norm(x, 3, c.weight, c.bias), IMAGE),
    "epsilon": (nn.LayerNorm(5), lambda c, x: c(x) + F.layer_norm(x, (5,), c.weight, c.bias, 0.5), (4, 5)),
    "no bias": (nn.Linear(5, 5), lambda c, x: c(x) + F.linear(x, c.weight), (4, 5)),
    "tied by linear": (nn.Embedding(7, 5), lambda c, x: F.linear(c(x).tanh(), c.weight), TOKENS),
    "tied by matmul": (nn.Embedding(7, 5), lambda c, x: c(x).tanh() @ c.weight.t(), TOKENS),
}


@pytest.mark.parametrize("way", _WAYS)
def test_each_way_is_a_layer(way: str) -> None:
    layer, forward, example = _WAYS[way]
    module = _One(layer, forward)
    spec = archspec.from_torch(module, example)
    found = archspec.verify(spec, module)
    assert found.ok, found
    assert "use:" not in spec.text


def test_the_same_way_is_another_use() -> None:
    module = _One(nn.Conv2d(3, 4, 3, padding=1), lambda c, x: c(x) + F.conv2d(x, c.weight, c.bias, padding=1))
    assert "c_1: {use: c, from: input}" in archspec.from_torch(module, IMAGE).text


def test_statistics_with_another_epsilon() -> None:
    def forward(c: Any, x: Tensor) -> Tensor:
        y: Tensor = c(x)
        return y + F.batch_norm(x, c.running_mean, c.running_var, c.weight, c.bias, eps=0.5)

    with pytest.raises(ImportProblem, match="with other arguments than elsewhere") as caught:
        archspec.from_torch(_One(nn.BatchNorm2d(3), forward), IMAGE)
    assert f"{__file__}:" in caught.value.place
    assert "in forward" in caught.value.place


def test_weights_of_a_layer_without_a_functional_form() -> None:
    module = _One(nn.LSTM(5, 5), lambda c, x: c(x)[0] @ c.weight_ih_l0[:5])
    with pytest.raises(ImportProblem, match=r"nn\.LSTM has weights that are read elsewhere too, and lstm"):
        archspec.from_torch(module, (4, 5))


# Arguments that change ---------------------------------------------------------------------------------------------------


def _sloped(c: Any, x: Tensor) -> Tensor:
    c.negative_slope = 0.1
    y = c(x)
    c.negative_slope = 0.9
    z: Tensor = c(y)
    return z


def _dropping(c: Any, x: Tensor) -> Tensor:
    y = c(x)
    c.p = 0.6  # here
    z: Tensor = c(y)
    return z


def test_each_call_has_the_arguments_that_it_had() -> None:
    module = _One(nn.LeakyReLU(0.1), _sloped)
    spec = archspec.from_torch(module, IMAGE)
    assert [layer["type"] for layer in archspec.analyze(spec).layers] == ["LeakyReLU", "LeakyReLU"]
    assert "c: {type: LeakyReLU, negative_slope: 0.1}\n  c_1: {type: LeakyReLU, negative_slope: 0.9}" in spec.text
    assert archspec.verify(spec, module).ok


def test_arguments_that_the_next_call_finds_changed() -> None:
    with pytest.raises(ImportProblem, match="forward changes the arguments of c, so that each call computes") as caught:
        archspec.from_torch(_One(nn.Dropout(0.1), _dropping), IMAGE)
    lines, first = inspect.getsourcelines(_dropping)
    line = first + next(number for number, text in enumerate(lines) if "# here" in text)
    assert caught.value.place == f"{__file__}:{line} in _dropping"


# Contexts ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.filterwarnings("ignore:(User provided device_type|CUDA is not available)")
def test_autocast_is_refused(device: str) -> None:
    def forward(c: Any, x: Tensor) -> Tensor:
        with torch.autocast(device, dtype=torch.bfloat16):
            y: Tensor = c(x)
        return y.float()

    before = torch.autocast.__enter__
    with pytest.raises(ImportProblem, match=r"computes under torch\.autocast") as caught:
        archspec.from_torch(_One(nn.Conv2d(3, 3, 1), forward), IMAGE)
    assert "in forward" in caught.value.place
    assert torch.autocast.__enter__ is before


def test_autocast_that_is_off_changes_nothing() -> None:
    def forward(c: Any, x: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            y: Tensor = c(x)
        return y

    assert "Conv2d" in archspec.from_torch(_One(nn.Conv2d(3, 3, 1), forward), IMAGE).text


# Known by what they do, not by their names ------------------------------------------------------------------------------------


class DropPath(nn.Module):
    """`rows` is how many are drawn, None for one a sample; `kept` how often one is kept."""

    def __init__(
        self, p: float, attribute: str, is_scaled: bool = True, rows: int | None = None, kept: float | None = None
    ) -> None:
        super().__init__()
        setattr(self, attribute, p)
        self.factor, self.kept, self.rows = (1 - p if is_scaled else 1), 1 - p if kept is None else kept, rows

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        mask = torch.bernoulli(torch.full((self.rows or x.shape[0], *(1,) * (x.dim() - 1)), self.kept))
        return x * mask / self.factor


class StochasticDepth(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.prob = 0.1

    def forward(self, x: Tensor) -> Tensor:
        return x * 2


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (DropPath(0.25, "drop_prob"), "StochasticDepth, p: 0.25"),
        (DropPath(0.25, "p"), "StochasticDepth, p: 0.25"),
        (DropPath(0.25, "rate"), ""),
        (DropPath(0.25, "drop_prob", is_scaled=False), ""),
        (DropPath(0.25, "drop_prob", rows=1), "StochasticDepth, p: 0.25, mode: batch"),
        (DropPath(0.004, "drop_prob", rows=1), "StochasticDepth, p: 0.004, mode: batch"),
        (DropPath(0.75, "drop_prob", rows=1), "StochasticDepth, p: 0.75, mode: batch"),
        (DropPath(0.25, "drop_prob", kept=0.5), ""),
        (DropPath(0.25, "drop_prob", rows=1, kept=0.5), ""),
        (StochasticDepth(), "Mul, value: 2"),
    ],
)
@pytest.mark.filterwarnings("ignore:not in the spec")
def test_a_path_that_is_dropped(part: nn.Module, says: str) -> None:
    text = archspec.from_torch(nn.Sequential(nn.Conv2d(3, 3, 1), part), IMAGE).text
    assert says in text
    assert ("StochasticDepth" in text) == ("StochasticDepth" in says)
    assert ("mode: batch" in text) == ("mode: batch" in says)


# Compiled ----------------------------------------------------------------------------------------------------------------------


def test_what_is_compiled_is_imported_before() -> None:
    compiled = torch.compile(nn.Linear(3, 3))
    with pytest.raises(ImportProblem, match=r"the model is compiled by torch\.compile, whose steps") as caught:
        archspec.from_torch(compiled, [3])
    assert caught.value.help == "pass what torch.compile was given (its _orig_mod)"
    inside = nn.Sequential(nn.Linear(3, 3), compiled)
    with pytest.raises(ImportProblem, match=r"the module 1 is compiled by torch\.compile"):
        archspec.from_torch(inside, [3])
    in_place = nn.Sequential(nn.Linear(3, 3))
    in_place.compile()
    assert "{type: Linear" in archspec.from_torch(in_place, [3]).text  # a copy of it is not compiled


class _Around(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Any:
        return self.inner(x)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("of", [torch.jit.script, lambda module: torch.jit.trace(module, torch.zeros(1, 3))])
def test_what_is_scripted_or_traced_is_imported_before(of: Any) -> None:
    for model, named in ((of(nn.Linear(3, 3)), "the model"), (_Around(of(nn.Linear(3, 3))), "the module inner")):
        with pytest.raises(ImportProblem, match=f"{named} is compiled by TorchScript, whose steps") as caught:
            archspec.from_torch(model, [3])
        assert caught.value.help == "import it before torch.jit.script or torch.jit.trace"


def test_slopes_begin_as_they_did() -> None:
    assert "init: 0.1" in archspec.from_torch(nn.Sequential(nn.PReLU(init=0.1)), [3, 4]).text
    assert "init" not in archspec.from_torch(nn.Sequential(nn.PReLU()), [3, 4]).text


# Other names -------------------------------------------------------------------------------------------------------------------


class _Named(nn.Module):
    """The layer has another name, or its weight has."""

    def __init__(self, layer: nn.Module, forward: Any, weight: str = "") -> None:
        super().__init__()
        self.a = layer
        if weight:
            self.register_parameter(weight, layer.get_parameter("weight"))
        else:
            self.b = layer
        self.do = forward

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.do(self, x)
        return answer


@pytest.mark.parametrize("layer", [nn.Linear(5, 5), nn.Sequential(nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 5))])
def test_a_layer_of_two_names_is_two_that_are_tied(layer: nn.Module) -> None:
    module = _Named(layer, lambda m, x: m.b(m.a(x).relu()))
    spec = archspec.from_torch(module, (4, 5))
    assert "tie: {weight: a." in spec.text
    assert archspec.verify(spec, module).ok


@pytest.mark.parametrize(
    ("module", "example"),
    [
        (_Named(nn.Linear(5, 5), lambda m, x: m.b(x)), (4, 5)),
        (_Named(nn.BatchNorm1d(5), lambda m, x: m.b(m.a(x))), (5,)),
    ],
)
def test_a_layer_that_computes_under_one_of_its_names_has_that_alone(
    module: nn.Module, example: Any, tmp_path: Path
) -> None:
    """A checkpoint of the module has both, and loads."""
    spec = archspec.from_torch(module.eval(), example)
    assert archspec.verify(spec, module).ok
    assert "b and a are one module, which has the name a here; weights of both names load as they are" in spec.text
    path = str(tmp_path / "both.pt")
    torch.save(module.state_dict(), path)
    assert spec.facts is not None
    found = match(expected(spec.facts), read_checkpoint(path))
    assert found.ok
    assert {row.key.partition(".")[0]: row.status for row in found.rows} == {"a": "loads", "b": "twin"}
    archspec.build(spec).load_state_dict(load(found), strict=True)
    torch.save({key: tensor.clone() for key, tensor in module.state_dict().items()}, path)  # which may differ then
    assert not match(expected(spec.facts), read_checkpoint(path)).ok


def test_a_key_of_another_module_is_not_taken_for_a_name() -> None:
    """That two modules share a parameter is for a tie to say."""

    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(5, 5, bias=False), nn.Linear(5, 5, bias=False)
            self.b.weight = self.a.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.a(x)  # type: ignore[no-any-return]

    spec = archspec.parse(
        "archspec: 1\nname: A\ninput: [5]\nlayers:\n  a: {type: Linear, out_features: 5, bias: false}\n"
    )
    assert archspec.verify(spec, Tied().eval()).unexpected == ("b.weight",)


@pytest.mark.parametrize(
    ("module", "example", "says"),
    [
        (_Named(nn.Embedding(7, 5), lambda m, x: m.a(x) @ m.w.t(), "w"), TOKENS,
         "a.weight is another name of w, and that is no layer's weight"),
    ],
)  # fmt: skip
def test_other_names_that_no_spec_has(module: nn.Module, example: Any, says: str) -> None:
    with pytest.raises(ImportProblem, match=says) as caught:
        archspec.from_torch(module, example)
    assert caught.value.place.startswith(f"{__file__}:")
    assert "o = nn.Linear(…, bias=False); o.weight = embed.weight" in caught.value.help


def test_the_way_out_is_one() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.o = nn.Embedding(7, 5), nn.Linear(5, 7, bias=False)
            self.o.weight = self.embed.weight

        def forward(self, x: Tensor) -> Tensor:
            answer: Tensor = self.o(self.embed(x))
            return answer

    assert "tie: {weight: embed.weight}" in archspec.from_torch(Tied(), TOKENS).text
