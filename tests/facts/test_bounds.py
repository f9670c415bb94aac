"""Where windows, paddings and sizes end: at the bound and one beyond it, with what is said."""

from __future__ import annotations

from math import ceil

import pytest
import torch
from support import checked, spec
from torch.nn import functional as F

from archspec.backends.torch import generate
from archspec.ops.window import positions_ceil, same_upper
from archspec.running.build import build


def said(layers: str, input: str = "[3, 8, 8]") -> list[tuple[str, str, str, str]]:
    return [
        (d.code, d.message, d.label, d.help) for d in checked(spec(layers, input)).diagnostics if d.severity == "error"
    ]


def totals(layers: str, input: str = "[3, 8, 8]") -> tuple[object, object]:
    result = checked(spec(layers, input))
    assert result.facts is not None, result.diagnostics
    return result.facts.totals.params, result.facts.totals.macs


@pytest.mark.parametrize("size", range(1, 14))
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("window", [1, 2, 3, 5])
def test_same_upper(size: int, stride: int, window: int) -> None:
    count, total = same_upper(size, window, stride)
    assert count == ceil(size / stride)
    assert total == max((ceil(size / stride) - 1) * stride + window - size, 0)


@pytest.mark.parametrize(
    ("size", "window", "stride", "padding"),
    [(n, w, s, p) for n in (4, 5, 6, 7) for w in (2, 3) for s in (1, 2, 3) for p in (0, 1)],
)
def test_ceil_mode_is_pytorchs(size: int, window: int, stride: int, padding: int) -> None:
    theirs = F.max_pool1d(torch.zeros(1, 1, size), window, stride, padding, ceil_mode=True)
    assert positions_ceil(size, window, stride, padding) == theirs.shape[2]


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [2, 3, 4])
def test_same_upper_pads_the_end_more(kernel: int, stride: int) -> None:
    result = checked(
        spec(
            f"  a: {{type: Conv2d, out_channels: 2, kernel_size: {kernel}, stride: {stride}, padding: same_upper}}\n",
            "[1, 7, 9]",
        )
    )
    assert result.facts is not None
    model = build(generate(result.facts).text, "Example").double()
    x = torch.randn(2, 1, 7, 9, dtype=torch.float64)
    pads = [max((ceil(n / stride) - 1) * stride + kernel - n, 0) for n in (9, 7)]
    padded = F.pad(x, [p for total in pads for p in (total // 2, total - total // 2)])
    weight, bias = model.state_dict()["a.weight"], model.state_dict()["a.bias"]
    assert torch.equal(model(x), F.conv2d(padded, weight, bias, stride))


@pytest.mark.parametrize(("mode", "padding", "fits"), [
    ("reflect", 7, True), ("reflect", 8, False), ("circular", 8, True), ("circular", 9, False), ("replicate", 20, True), ("zeros", 20, True),
])  # fmt: skip
def test_padding_has_a_source(mode: str, padding: int, fits: bool) -> None:
    found = said(f"  a: {{type: Conv2d, out_channels: 2, kernel_size: 3, padding: {padding}, padding_mode: {mode}}}\n")
    if fits:
        assert found == []
        torch.nn.Conv2d(3, 2, 3, padding=padding, padding_mode=mode)(torch.zeros(1, 3, 8, 8))  # type: ignore[arg-type]
        return
    most = 7 if mode == "reflect" else 8
    assert found == [
        (
            "E0310",
            f"a pads by {padding} with {mode} values, but a height of 8 has only {most} to give",
            f"at most {most}",
            "",
        )
    ]
    with pytest.raises(RuntimeError):
        torch.nn.Conv2d(3, 2, 3, padding=padding, padding_mode=mode)(torch.zeros(1, 3, 8, 8))  # type: ignore[arg-type]


def test_kernels_at_the_bound() -> None:
    assert said("  a: {type: Conv2d, out_channels: 2, kernel_size: 8}\n") == []
    assert said("  a: {type: Conv2d, out_channels: 2, kernel_size: 9}\n") == [
        ("E0303", "a has a kernel of 9 for a height of 8", "at most 8 fits", "use a kernel of at most 8, more padding, or a larger input"),
    ]  # fmt: skip
    assert said("  a: {type: Conv2d, out_channels: 2, kernel_size: 5, dilation: 3, padding: 1}\n") == [
        ("E0303", "a has a kernel of 5 (spread over 13 by dilation) for a height of 8, 10 with its padding", "at most 4 fits",
         "use a kernel of at most 4, more padding, or a larger input"),
    ]  # fmt: skip
    assert (
        said("  a: {type: Conv2d, out_channels: 2, kernel_size: [3, 9]}\n")[0][1]
        == "a has a kernel of 9 for a width of 8"
    )


def test_output_padding_at_the_bound() -> None:
    layer = "  a: {{type: ConvTranspose2d, out_channels: 2, kernel_size: 3, stride: {}, dilation: {}, output_padding: {}}}\n"
    assert said(layer.format(2, 1, 1)) == said(layer.format(1, 3, 2)) == []
    assert said(layer.format(2, 1, 2)) == [
        ("E0106", "a has an output_padding of 2, which must be smaller than the stride (2) or the dilation (1)", "at most 1", ""),
    ]  # fmt: skip


def test_groups() -> None:
    assert said("  a: {type: Conv2d, out_channels: 12, kernel_size: 1, groups: 5}\n", "[5, 8, 8]") == [
        ("E0304", "a has 5 groups, which do not divide its 12 output channels", "12 / 5 is not whole; 4 and 6 divide it", "write groups: 1"),
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "fits"), [(2**61 - 1, True), (2**61, False)])
def test_a_tensor_of_too_many_bytes(size: int, fits: bool) -> None:
    found = said(f"  a: {{type: Expand, shape: [{size}]}}\n", "[1]")
    assert [code for code, *_ in found] == ([] if fits else ["E0309"])


@pytest.mark.parametrize(("features", "fits"), [(2**60, True), (2**61, False)])
def test_a_parameter_of_too_many_bytes(features: int, fits: bool) -> None:
    found = said(f"  a: {{type: Linear, out_features: {features}, bias: false}}\n  b: {{type: Sum, dim: 1}}\n", "[1]")
    assert ("E0309" in [code for code, *_ in found]) != fits


@pytest.mark.parametrize(("rows", "fits"), [(2**61 - 1, True), (2**61, False)])
def test_a_table_of_too_many_bytes(rows: int, fits: bool) -> None:
    text = ("archspec: 1\nname: E\ninputs: {t: {shape: [3], dtype: int64}}\nlayers:\n"
            f"  a: {{type: Embedding, num_embeddings: {rows}, embedding_dim: 1}}\n")  # fmt: skip
    assert [d.code for d in checked(text).diagnostics] == ([] if fits else ["E0309"])


def test_counts_by_hand() -> None:
    bilinear = ("archspec: 1\nname: B\ninputs: {a: {shape: [4]}, b: {shape: [5]}}\nlayers:\n"
                "  c: {type: Bilinear, from: [a, b], out_features: 6}\n")  # fmt: skip
    result = checked(bilinear)
    assert result.facts is not None
    assert (result.facts.totals.params, result.facts.totals.macs) == (6 * 4 * 5 + 6, 4 * 5 * 6 + 5 * 6)
    assert totals("  a: {type: Conv2d, out_channels: 6, kernel_size: [3, 5], stride: 2, groups: 3}\n") == (
        6 * 15 + 6,
        6 * 15 * 3 * 2,
    )
    assert totals("  a: {type: ConvTranspose2d, out_channels: 6, kernel_size: 3, stride: 2, groups: 3}\n") == (
        3 * 2 * 9 + 6,
        64 * 3 * 2 * 9,
    )
    assert totals("  f: Flatten\n  a: {type: Linear, out_features: 7}\n") == (192 * 7 + 7, 192 * 7)


def test_nothing_is_picked_along_the_batch() -> None:
    layers = "  c: {type: Constant, value: [0, 2]}\n  a: {type: IndexSelect, from: [input, c], dim: %s}\n"
    assert [code for code, *_ in said(layers % 1)] == []
    assert [code for code, *_ in said(layers % 0)] == ["E0306"]
    assert [code for code, *_ in said(layers.replace("[0, 2]", "[0.5]") % 1)] == ["E0307"]
