"""What stops gradients or changes them, and what is otherwise in training only: nothing of it is lost without a word."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archspec
from archspec import ImportProblem

Forward = Callable[[Any, Tensor], Tensor]


class _Two(nn.Module):
    """Two layers, of which the first is computed in a way of its own."""

    p = 0.3

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.c, self.d, self.norm = nn.Linear(5, 5), nn.Linear(5, 5), nn.BatchNorm1d(4)
        self.do = forward

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.norm(self.d(self.do(self, x)))
        return answer


class Reversed(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return -gradient


class Same(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return gradient


def _detached(m: Any, x: Tensor) -> Tensor:
    y: Tensor = m.c(x).detach()  # here
    return y


def _data(m: Any, x: Tensor) -> Tensor:
    y: Tensor = m.c(x).data  # here
    return y


def _without(m: Any, x: Tensor) -> Tensor:
    with torch.no_grad():
        y: Tensor = m.c(x)  # here
    return y


def _straight_through(m: Any, x: Tensor) -> Tensor:
    z: Tensor = m.c(x)
    return z + (torch.round(z) - z).detach()  # here


def _reversed(m: Any, x: Tensor) -> Tensor:
    y: Tensor = Reversed.apply(m.c(x))  # here
    return y


def _warned(module: nn.Module, *examples: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        archspec.from_torch(module, *examples)
    assert all(one.filename == __file__ for one in caught)
    other = ("start values ", "parameters() has another order")
    return [str(one.message) for one in caught if not str(one.message).startswith(other)]


def _place(function: Any) -> str:
    lines, first = inspect.getsourcelines(function)
    line = first + next(number for number, text in enumerate(lines) if "# here" in text)
    return f"{__file__}:{line} in {function.__name__}"


@pytest.mark.parametrize(
    ("forward", "what"),
    [
        (_detached, "detach"),
        (_data, "data"),
        (_without, "linear without gradients"),
        (_straight_through, "detach"),
        (_reversed, "Reversed, which has a backward of its own"),
    ],
)
def test_gradients_that_stop(forward: Forward, what: str) -> None:
    module = _Two(forward)
    said = f"not in the spec, so that c.weight, c.bias would train otherwise: {_place(forward)} ({what})"
    assert _warned(module, (4, 5)) == [said]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec = archspec.from_torch(module, (4, 5))
    found = archspec.verify(spec, module)
    assert found.ok
    assert found.gradients == ("c.weight", "c.bias")
    assert str(found).endswith("gradients   differ, of c.weight, c.bias")


def _shifted(m: Any, x: Tensor) -> Tensor:
    y: Tensor = m.c(x)
    return F.softmax(y - y.amax(-1, keepdim=True).detach(), -1)


def _noted(m: Any, x: Tensor) -> Tensor:
    y: Tensor = m.c(x)
    y.detach().mean()
    return y


def _same(m: Any, x: Tensor) -> Tensor:
    y: Tensor = Same.apply(m.c(x))
    return y


@pytest.mark.parametrize("forward", [_shifted, _noted, _same])
def test_gradients_that_are_the_same(forward: Forward) -> None:
    """What is computed for nobody is left out, which is said, and has no gradient."""
    said = [line for line in _warned(_Two(forward), (4, 5)) if not line.startswith("left out, since nothing reads")]
    assert said == []


def test_the_comparison_can_be_left_out() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        archspec.from_torch(_Two(_detached), (4, 5), verify=False)


# What is otherwise in training only ---------------------------------------------------------------------------------------


def _attending(m: Any, x: Tensor) -> Tensor:
    y = m.c(x)
    return F.scaled_dot_product_attention(y, y, y, dropout_p=m.p if m.training else 0.0)  # here


def _dropping(m: Any, x: Tensor) -> Tensor:
    return F.dropout(m.c(x), 0.3, m.training)


def _dropping_more(m: Any, x: Tensor) -> Tensor:
    return F.dropout(m.c(x), 0.3 if m.training else 0.1, m.training)  # here


def test_arguments_that_are_others_in_training() -> None:
    before = "not in the spec, since it runs in training only: "
    said = f"{before}{_place(_attending)} (scaled_dot_product_attention with dropout_p=0.3)"
    assert _warned(_Two(_attending), (4, 5)) == [said]
    assert _warned(_Two(_dropping), (4, 5)) == []
    assert _warned(_Two(_dropping_more), (4, 5)) == [f"{before}{_place(_dropping_more)} (dropout with p=0.3)"]


class _Kept(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.drop = nn.BatchNorm1d(4), nn.Dropout(0.1)

    def train(self, mode: bool = True) -> _Kept:
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.drop(self.norm(x))  # here
        return answer


class _Changing(_Kept):
    def train(self, mode: bool = True) -> _Kept:
        self.drop.p = 0.6 if mode else 0.1
        nn.Module.train(self, mode)
        return self


def test_layers_that_stay_in_evaluation_or_change_in_training() -> None:
    place = _place(_Kept.forward)
    before = f"not in the spec, since it runs in training only: {place}"
    assert _warned(_Kept(), (4, 5)) == [f"{before} (BatchNorm1d with training=False)"]
    assert _warned(_Changing(), (4, 5)) == [f"{before} (Dropout with p=0.6)"]


class _Modes(nn.Module):
    """What training does otherwise is the function that it is given."""

    def __init__(self, function: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        self.a, self.b, self.function = nn.Linear(5, 5), nn.Linear(5, 5), function

    def forward(self, x: Tensor) -> Any:
        return self.function(self, x)


def _either(m: Any, x: Tensor) -> Tensor:
    answer: Tensor = m.a(x) if m.training else m.b(x)  # here
    return answer


def _only_scored(m: Any, x: Tensor) -> Tensor:
    answer: Tensor = m.b(m.a(x))
    if not m.training:
        answer = answer.softmax(-1)  # here
    return answer


def _without_head(m: Any, x: Tensor) -> Tensor:
    x = m.a(x)
    if m.training:
        return x
    answer: Tensor = m.b(x)  # here
    return answer


def _skipping(m: Any, x: Tensor) -> Tensor:
    for index, layer in enumerate((m.a, m.b)):
        if m.training and index == 1:
            continue
        x = torch.tanh(layer(x))  # here
    return x


def _the_other_way_round(m: Any, x: Tensor) -> Tensor:
    answer: Tensor = m.a(m.b(x)) if m.training else m.b(m.a(x))  # here
    return answer


def _on_another_line(m: Any, x: Tensor) -> Any:
    y = m.a(x)
    if m.training:
        return m.b(y)
    return m.b(y)


def _with_features(m: Any, x: Tensor) -> Any:
    y = m.a(x)
    z = m.b(y)
    return (z, y) if m.training else z


def _failing(m: Any, x: Tensor) -> Any:
    if m.training:
        raise ValueError("training takes targets")
    return m.b(m.a(x))


def test_what_training_leaves_out_or_does_by_another_layer() -> None:
    more, less = (
        "not in the spec, since it runs in training only: ",
        "in the spec, though it does not run in training: ",
    )
    either = _place(_either)
    assert _warned(_Modes(_either), (5,)) == [
        "kept for their weights alone, called in training only: a",
        f"{more}{either} (Linear a)",
        f"{less}{either} (Linear b)",
    ]
    assert _warned(_Modes(_only_scored), (5,)) == [f"{less}{_place(_only_scored)} (softmax)"]
    assert _warned(_Modes(_without_head), (5,)) == [f"{less}{_place(_without_head)} (Linear)"]
    assert _warned(_Modes(_skipping), (5,)) == [f"{less}{_place(_skipping)} (Linear b, tanh)"]
    assert _warned(_Modes(_on_another_line), (5,)) == []


def test_training_in_another_order_with_another_answer_or_that_fails() -> None:
    (said,) = _warned(_Modes(_the_other_way_round), (5,))
    assert said.startswith(f"runs at another point in training: {_place(_the_other_way_round)} (Linear ")
    assert _warned(_Modes(_with_features), (5,)) == ["not in the spec: in training the module returns something else"]
    (said,) = _warned(_Modes(_failing), (5,))
    assert said == "not known: what training does otherwise, since the module fails there with inputs like these"


# Outputs are compared -----------------------------------------------------------------------------------------------------


class _Otherwise(nn.Module):
    """What a copy computes is not what the module does."""

    def __init__(self) -> None:
        super().__init__()
        self.c = nn.Linear(5, 5)
        self.calls: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.c(x)
        return answer * (1.0 if bool((self.c.weight == 1).all()) else 2.0)


def test_another_network_is_refused() -> None:
    module = _Otherwise()
    nn.init.ones_(module.c.weight)
    with pytest.raises(
        ImportProblem, match="the spec is not the same network as the model: outputs 1, differ by"
    ) as caught:
        archspec.from_torch(module, (4, 5))
    assert caught.value.help == "verify=False leaves the comparison out"
    assert "Linear" in archspec.from_torch(module, (4, 5), verify=False).text


def test_inputs_are_asked_for() -> None:
    with pytest.raises(TypeError, match=r"takes its inputs after it.*archspec\.from_torch\(model, \[3, 224, 224\]\)"):
        archspec.from_torch(nn.Linear(3, 3))
