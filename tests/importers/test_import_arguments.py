"""Every argument of a call is read or refused: those of functions, by their handlers, and those of modules."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.importers.torch.functions import BY_RESULT, HANDLERS, handler
from archspec.ops import registry

handler("relu")  # all have registered themselves
REFUSES = {"meshgrid", "multi_head_attention_forward"}


def unread(function: Callable[..., Any]) -> set[str]:
    """The arguments of a handler that its body does not name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    body = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)).body
    read = {node.id for node in ast.walk(ast.Module(body, [])) if isinstance(node, ast.Name)}
    return set(list(inspect.signature(function).parameters)[1:]) - read


@pytest.mark.parametrize("name", sorted(HANDLERS.keys() - REFUSES))
def test_a_handler_reads_its_arguments(name: str) -> None:
    assert HANDLERS[name] in BY_RESULT or not unread(HANDLERS[name])


def test_what_the_gate_finds() -> None:
    def drops(b: Any, x: Any, kept: int, *rest: Any, **others: Any) -> Any:
        return x, kept

    assert unread(drops) == {"rest", "others"}


MODULES = [
    kind
    for name in registry.names()
    if inspect.isclass(kind := getattr(nn, name, None)) and issubclass(kind, nn.Module)
]
MEANT = {"device", "dtype", "_weight", "_freeze", "num_chunks", "mode", "proj_size", "transposed", "output_padding"}
"""Where it lies and what it starts with; and what follows from the class."""
OLD = {"min_value", "max_value", "min_val", "max_val", "align_corners", "recompute_scale_factor", "value"}
"""Names from before, and arguments of base classes that a class fixes."""


@pytest.mark.parametrize("kind", MODULES)
def test_constructors(kind: type[nn.Module]) -> None:
    """What a module of torch is made with is a key of its op, or `why_opened` sees it."""
    op = registry.find(kind.__name__)
    assert op is not None
    names = set(inspect.signature(kind.__init__).parameters) - {"self", "args", "kwargs"}
    left = names - op.model_fields.keys() - set(op.no_keys) - MEANT - OLD
    assert left <= ({"bias"} if "Norm" in kind.__name__ else set())


def spellings(op: str) -> set[str]:
    """How a function is called whose op this is."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z][A-Z])(?=[A-Z][a-z])", "_", op).lower()
    return {snake, op.lower(), snake.replace("_", "")}


@pytest.mark.parametrize("op", registry.names())
def test_every_function_whose_op_exists_is_known(op: str) -> None:
    """All ops, and all of torch, torch.nn.functional, torch.linalg, torch.special and of tensors."""
    places = (torch, nn.functional, torch.Tensor, torch.linalg, torch.special)
    found = {name for name in spellings(op) for place in places if callable(getattr(place, name, None))}
    assert all(handler(name) for name in found - NOT_CALLED), f"torch has {found}, and {op} is an op"


NOT_CALLED = {"lstm", "gru", "rnn", "lstm_cell", "gru_cell", "rnn_cell", "buffer", "parameter", "index", "full_like"}
"""What runs with a module's weights, which is the module's to call; classes; and what is no function of tensors."""


class Calls(nn.Module):
    def __init__(self, module: nn.Module, **keywords: Any) -> None:
        super().__init__()
        self.module, self.keywords = module, keywords

    def forward(self, *args: Tensor) -> Any:
        return self.module(*args, **self.keywords)


def refusal(module: nn.Module, *shapes: Any, **keywords: Any) -> str:
    with pytest.raises(archspec.ImportProblem) as caught:
        archspec.from_torch(Calls(module, **keywords), *shapes)
    return caught.value.message


def test_calls_with_what_no_op_takes() -> None:
    mask = torch.zeros(5, 5, dtype=torch.bool)
    assert "mask" in refusal(nn.MultiheadAttention(4, 2, batch_first=True), [5, 4], [5, 4], [5, 4], attn_mask=mask)


@pytest.mark.parametrize(("kind", "shape", "size"), [
    (nn.ConvTranspose1d, [3, 5], (10,)), (nn.ConvTranspose2d, [3, 5, 6], (10, 11)), (nn.ConvTranspose2d, [3, 5, 6], (2, 4, 9, 12)),
    (nn.ConvTranspose3d, [3, 2, 3, 4], (4, 5, 8)),
])  # fmt: skip
def test_the_size_that_a_transposed_convolution_is_asked_for(
    kind: Any, shape: list[int], size: tuple[int, ...]
) -> None:
    module = Calls(kind(3, 4, 3, stride=2, padding=1), output_size=size).eval()
    spec = archspec.from_torch(module, shape)
    assert archspec.verify(spec, module).ok, spec.source.text
    rank = len(shape) - 1
    facts = spec.facts
    assert facts is not None
    (given,) = (facts.of(node).output for node in facts.graph.layers)
    assert given is not None
    assert given.shape[2:] == size[-rank:]


def test_a_state_that_is_given_by_name() -> None:
    class Stateful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(4, 5)

        def forward(self, x: Tensor, state: Tensor) -> Any:
            return self.cell(hx=state, input=x)

    module = Stateful().eval()
    spec = archspec.from_torch(module, [4], [5])
    assert archspec.verify(spec, module).ok


@pytest.mark.parametrize("kind", [nn.BatchNorm2d, nn.InstanceNorm2d])
def test_norms_without_a_bias(kind: Any) -> None:
    assert "the model normalizes" in refusal(kind(4, affine=True, bias=False), [4, 6, 6])
