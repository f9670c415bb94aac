"""Modules as specs: the same keys, and the same outputs to the last bit from the same random weights."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from small_functions import FUNCTIONS, OWN, Applies
from small_layers import LAYERS
from small_modules import MODULES
from torch import nn

import archspec
from archspec.importers.sketch import InputSpec
from archspec.importers.torch.binding import bind
from archspec.importers.torch.functions import HANDLERS, handler
from archspec.importers.torch.sketching import trace


def imported(module: nn.Module, *examples: Any) -> Any:
    """The module's spec; it computes what the module does."""
    module.eval()
    spec = archspec.from_torch(module, *examples)
    found = archspec.verify(spec, module)
    assert found.ok, f"{found}\n{spec.source.text}"
    return spec


ROUNDED = {
    "sub_alpha",
    "var_mean",
    "addmm",
    "addmm_scaled",
    "attention_shared",
    "addmv",
    "baddbmm",
    "bilinear",
    "bilinear_computed",
    "matrix_norm",
}
"""Two steps in one, which round once; as two ops they round twice."""


ONE_SIZE = {"view_of_a_number", "filled", "windows", "flatten_the_batch"}
"""Written for a size, and other layers at another."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    function, shapes = FUNCTIONS[name]
    if name in ONE_SIZE:
        with pytest.warns(UserWarning, match=r"the spec is for ([\d ×]+ alone|sizes at which)"):
            imported(Applies(function), *shapes)
    elif name in ROUNDED:
        module = Applies(function)
        assert archspec.verify(archspec.from_torch(module, *shapes), module).is_within(1e-6)
    else:
        imported(Applies(function), *shapes)


@pytest.mark.parametrize("name", OWN)
def test_functions_of_parameters(name: str) -> None:
    module, shapes = OWN[name]()
    if name in ROUNDED:
        assert archspec.verify(archspec.from_torch(module, *shapes), module).is_within(1e-5)
        return
    imported(module, *shapes)
    imported(nn.Sequential(nn.Identity(), module), *shapes)


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str) -> None:
    module, shapes = LAYERS[name]
    spec = imported(nn.Sequential(module), *shapes)
    assert f"\n  - {type(module).__name__}" in spec.source.text.replace("{type: ", "")


@pytest.mark.parametrize("name", MODULES)
def test_modules(name: str) -> None:
    made = MODULES[name]
    with pytest.warns(UserWarning, match=made.warns) if made.warns else nullcontext():
        spec = imported(made(), *made.inputs)
    for text in getattr(made, "says", ()):
        assert text in spec.source.text, spec.source.text
    for text in getattr(made, "never_says", ()):
        assert text not in spec.source.text, spec.source.text


def test_every_handler_is_used_here() -> None:
    reached = set()
    for function, shapes in FUNCTIONS.values():
        reached |= _called(Applies(function), shapes)
    for made in OWN.values():
        reached |= _called(*made())
    handler("relu")  # all have registered themselves
    refuses = {"meshgrid", "multi_head_attention_forward"}
    others = {"__abs__", "__neg__", "absolute", "bitwise_not", "feature_dropout", "linalg_norm", "log_sigmoid", "swish",
              "dot", "mv", "vdot", "norm_except_dim", "_weight_norm", "bitwise_and", "bitwise_or",
              "bitwise_xor"}  # fmt: skip
    left = {name for name, found in HANDLERS.items() if found not in {handler(name) for name in reached}}
    assert left <= refuses | others


def _called(module: nn.Module, shapes: Any) -> set[str]:
    tape = trace(module.eval(), bind(module, [(None, InputSpec(list(shape))) for shape in shapes]))
    return {call.name for call in tape.calls}


class Widened(nn.Module):
    """A parameter that is repeated along its axes, without the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale.expand(2, 4, 3).sum(0)  # type: ignore[no-any-return]


def test_a_parameter_is_expanded_without_a_batch() -> None:
    spec = imported(Widened(), [4, 3])
    assert "repeats: [2, 1, 3]" in spec.source.text
