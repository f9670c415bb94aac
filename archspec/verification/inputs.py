"""Random inputs for a spec. Enters: facts; leaves: a tensor an input, in the order declared. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from archspec.dims import BATCH, substitute, symbols
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.ops.base import Tensor

if TYPE_CHECKING:
    import torch
    from torch import nn

_NUMBERS = 1_000  # whole numbers are below it, and below the rows of the tables that they are looked up in


SIZES = (16, 32, 8, 64, 7, 48, 4, 96, 128, 224, 256, 512, 1)
"""What is tried for symbolic sizes, one after the other, until the layers compute."""
ROUGH_SIZES = (37,)
"""Sizes of which halves are no whole numbers."""


class SymbolicSize(ValueError):
    """An input has a size that is not a number; the message says how to set it."""


def example_inputs(
    facts: Facts, seed: int = 0, batch: int = 2, sizes: Mapping[str, int] | None = None
) -> list[torch.Tensor]:
    """Standard normal numbers, whole numbers that every embedding has a row for, or truth values; as the dtype asks.

    `sizes` are those of symbols. Raises SymbolicSize for sizes other than the batch that are no numbers.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    known = {**(sizes or {}), BATCH: batch}
    return [_example(facts, node, generator, known) for node in facts.graph.inputs]


def free_symbols(facts: Facts) -> list[str]:
    """The symbols in the sizes of inputs, but for the batch, by name."""
    tensors = [tensor for node in facts.graph.inputs for tensor in (facts.of(node).outputs or {}).values()]
    return sorted({name for tensor in tensors for size in tensor.shape for name in symbols(size)} - {BATCH})


def fitting_sizes(facts: Facts, model: nn.Module) -> list[dict[str, int]]:
    """Numbers for the symbols of the inputs with which the module computes, a different one for each symbol so that none is taken
    for another: the first that fit, and others at which roundings show, where these fit. None where nothing that is tried fits;
    without symbols, one of no numbers.
    """
    names = free_symbols(facts)
    if not names:
        return [{}]

    def from_(size: int) -> dict[str, int]:
        return {name: size * place for place, name in enumerate(names, 1)}

    fits = partial(_computes, facts, model)
    return [*islice(filter(fits, map(from_, SIZES)), 1), *filter(fits, map(from_, ROUGH_SIZES))]


def _computes(facts: Facts, model: nn.Module, sizes: Mapping[str, int]) -> bool:
    import torch

    with torch.no_grad(), suppress(Exception):  # torch raises many kinds for sizes that do not fit
        model(*example_inputs(facts, sizes=sizes))
        return True
    return False


def _example(facts: Facts, node: Node, generator: torch.Generator, sizes: Mapping[str, int]) -> torch.Tensor:
    import torch

    tensor = facts.of(node).output
    assert tensor is not None, "an input has one tensor"
    shape = _shape(node, tensor, sizes)
    dtype: torch.dtype = getattr(torch, tensor.dtype)
    if tensor.is_float:
        return torch.randn(shape, generator=generator).to(dtype)
    most = 2 if tensor.dtype == "bool" else _rows(facts, node)
    return torch.randint(0, most, shape, generator=generator).to(dtype)


def _shape(node: Node, tensor: Tensor, known: Mapping[str, int]) -> list[int]:
    sizes = [substitute(size, known) for size in tensor.shape]
    for size in sizes:
        if not isinstance(size, int):
            name = min(symbols(size))
            raise SymbolicSize(
                f"the input {node.path} has the symbolic size {size}; "
                f"give {name} a number: spec.with_({name}=…), or --set {name}=… of the command"
            )
    return [size for size in sizes if isinstance(size, int)]


def _rows(facts: Facts, node: Node) -> int:
    """The rows of the smallest table that this input looks up; where it does so nowhere directly, of the smallest of all."""
    tables = [other for other in facts.graph.layers if other.op is not None and other.op.kind == "embedding"]
    direct = [other for other in tables if any(ref is not None and ref.node == node.index for ref in other.inputs)]
    return min([_NUMBERS, *(_rows_of(facts, table) for table in direct or tables)])


def _rows_of(facts: Facts, table: Node) -> int:
    """How many rows it has: its own, or those of the tensor that it reads."""
    own = getattr(table.op, "num_embeddings", None)
    if own is None and len(table.inputs) > 1:
        tensor = facts.tensor(table.inputs[1])
        own = tensor.shape[0] if tensor is not None else None
    return own if isinstance(own, int) else _NUMBERS
