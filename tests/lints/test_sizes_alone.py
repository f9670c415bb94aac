"""W1001 of layers that are read for their sizes alone: what is said of them, and that nothing takes them out."""

from __future__ import annotations

import pytest
import torch
from support import checked, spec

import archspec
from archspec.diagnostics.model import Diagnostic

SIZED = """\
  small: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}
  norm: {type: BatchNorm2d, from: input}
  like: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: PADDING}
  up: READER
"""
READERS = {
    "UpsampleLike": "{type: UpsampleLike, from: [small, like]}",
    "CropLike": "{type: CropLike, from: [input, like]}",
    "ReshapeAs": "{type: ReshapeAs, from: [skip, like]}",
    "FullLike": "{type: FullLike, from: like, fill_value: 1}",
}


def said(text: str) -> list[Diagnostic]:
    result = checked(text)
    assert result.ok, result.diagnostics
    return [found for found in result.diagnostics if found.code == "W1001"]


def sized(reader: str, padding: int = 1, more: str = "") -> str:
    layers = SIZED.replace("READER", READERS[reader]).replace("PADDING", str(padding))
    if reader in ("CropLike", "ReshapeAs", "FullLike"):
        layers = layers[layers.index("  norm:") :]
    if reader == "ReshapeAs":
        layers = "  skip: {type: Conv2d, out_channels: 8, kernel_size: 3}\n" + layers
    return spec(layers + more, "[3, 16, 16]")


@pytest.mark.parametrize("reader", READERS)
def test_sizes_alone_are_read(reader: str) -> None:
    (found,) = said(sized(reader, padding=0))
    assert found.message == "nothing reads the numbers of like, and norm feeds only that"
    assert found.labels[0].message == f"{reader} reads how large it is"
    assert found.fix is None
    assert found.ways == ()


@pytest.mark.parametrize("reader", READERS)
def test_numbers_that_are_read_too(reader: str) -> None:
    text = sized(reader, padding=0, more="  mean: {type: Mean, from: like, dim: [1, 2, 3]}\n")
    assert said(text.replace("layers:", "outputs: {a: up, b: mean}\nlayers:", 1)) == []


def test_another_tensor_of_these_sizes() -> None:
    (found,) = said(sized("UpsampleLike"))
    assert found.help == "let up read input in its place, which has the sizes that count, and take like out"
    text = sized("UpsampleLike").replace("[small, like]", "[small, input]")
    text = "".join(line for line in text.splitlines(True) if not line.startswith(("  like:", "  norm:")))
    assert said(text) == []
    (other,) = said(sized("UpsampleLike", padding=0))
    assert other.help == "let a layer read what like computes, or let up read another tensor of that shape"


def test_its_parameters_do_not_learn() -> None:
    """As PyTorch has it: no gradient comes to them."""
    model = archspec.build(checked(sized("UpsampleLike")))
    model(torch.zeros(1, 3, 16, 16)).sum().backward()
    assert {name.partition(".")[0] for name, one in model.named_parameters() if one.grad is None} == {"norm", "like"}


def test_views_cost_nothing() -> None:
    text = spec(
        "  part: {type: Slice, dim: 2, stop: 8}\n  up: {type: UpsampleLike, from: [input, part]}\n", "[3, 16, 16]"
    )
    assert said(text) == []


def test_the_sizes_of_an_input() -> None:
    layers = "  conv: {type: Conv2d, from: x, out_channels: 8, kernel_size: 1}\n  up: {type: UpsampleLike, from: [conv, like]}\n"
    assert said(spec(layers, "{x: [3, 8, 8], like: [3, 16, 16]}").replace("input:", "inputs:")) == []


def test_expressions_that_read_the_shape() -> None:
    """It is read by nothing, and its shape by an expression: to take it out would leave that without a tensor."""
    top = (
        "  top:\n    from: [small, like]\n    inputs: [x, like]\n"
        '    layers: {up: {type: Upsample, from: x, size: ["${like.shape[2]}", "${like.shape[3]}"]}}\n'
    )
    text = sized("UpsampleLike")
    (found,) = said(text[: text.index("  up:")] + top)
    assert found.message == "like feeds nothing, and norm feeds only that; expressions of top read its shape"
    assert found.help == "let a layer read it (from: like), or give top another tensor of that shape in its place"
    assert found.fix is None
