"""A line of PyTorch's code as a layer, or as a group of them: it computes what the code computes, of what the code reads."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from support import checked, fixed, helps, spec
from torch import nn
from torch.nn import functional as F

import archspec

TWO = "  c: {type: Mul, value: 2.0, from: input}\n  h: {type: Add, value: 1.0, from: input}\n  d: {type: Add, from: [c, h]}\n"
"""Three layers, so that what is read can be told from the layer above."""
CODE = [
    "c.relu()", "F.relu(c)", "F.relu(x)", "x.relu()", "F.relu(h)", "h.relu()", "self.c(x).relu()", "c.flatten(1)",
    "c.softmax(dim=1)", "torch.sigmoid(c)", "c.tanh()", "F.elu(c, 0.5)", "F.gelu(c, approximate='tanh')", "F.glu(c, 1)",
    "F.hardtanh(c, -0.5, 0.5)", "F.softplus(c, 2)", "F.threshold(c, 0.1, 20)", "F.logsigmoid(c)", "F.celu(c, 2.0)",
    "x.mean([2, 3])", "x.mean(dim=(2, 3))", "torch.mean(x, dim=[2, 3])", "c.mean((-2, -1), keepdim=True)", "torch.mean(c, 1, True)",
    "c.sum(1)", "c.prod(2)", "c.logsumexp(1)", "torch.argmax(c, dim=1)", "c.cumsum(1)", "c.cumprod(1)",
    "c.permute(0, 2, 3, 1)", "c.permute((0, 3, 1, 2))", "torch.permute(c, (0, 2, 1, 3))", "c.transpose(1, 2)", "c.flip(1)",
    "c.flip(1, 2)", "c.unsqueeze(1)", "c.unflatten(1, (2, 2))", "c.view(c.size(0), -1)", "c.reshape(-1, 2, 72)", "c.contiguous()",
    "c.clamp(-0.5, 0.5)", "c.clamp(min=0)", "c.pow(2)", "torch.exp(c)", "c.abs()", "torch.sin(c)", "torch.square(c)", "c.neg()",
    "c.tril()", "torch.triu(c, 1)", "F.normalize(c, dim=1)", "F.pixel_shuffle(c, 2)", "F.pixel_unshuffle(c, 2)",
    "F.local_response_norm(c, 3, 0.1)", "F.pad(c, (1, 2, 0, 1))", "F.pad(c, (1, 1, 1, 1), 'reflect')", "F.pad(c, (1, 1), value=3.0)",
    "F.interpolate(c, scale_factor=2)", "F.interpolate(c, (9, 9), mode='bilinear', align_corners=True)", "F.upsample(c, scale_factor=2)",
    "F.max_pool2d(c, 2)", "F.avg_pool2d(c, 3, 1, 1, False, False)", "F.lp_pool2d(c, 2, 3)", "F.adaptive_avg_pool2d(c, 1)",
    "nn.MaxPool2d(2)(c)", "nn.MaxPool2d(2)(x)", "nn.Sequential(nn.MaxPool2d(2), nn.ReLU())(c)", "nn.ReLU()(nn.MaxPool2d(2)(c))",
    "c.add(h)", "c + h", "c.sub(h)", "torch.sub(c, h)", "c.mul(h)", "c.div(3)", "c.add(2)", "torch.mul(c, -2)", "1 - c", "2 * c",
    "3.0 / h", "c - 1", "c.maximum(h)", "torch.minimum(c, h)", "c.matmul(h)", "c @ h", "c + c",
    "F.max_pool2d(F.relu(x), 2)", "F.max_pool2d(F.relu(c), 2).flatten(1)", "c.relu().mean(3).mean(2)", "torch.relu(c).flatten(1)",
    "F.relu(c + h)", "F.relu(self.c(x) + self.h(x))", "F.relu(c + c)", "torch.cat([c, h], 1).relu()", "c.add(h).relu().flatten(1)",
    "F.relu(c * 2)", "F.avg_pool2d(c.sub(h), 2)",
]  # fmt: skip


def _computed(code: str, given: torch.Tensor) -> torch.Tensor:
    c, h = given * 2, given + 1
    kept = SimpleNamespace(c=lambda _: c, h=lambda _: h)
    names = {"torch": torch, "nn": nn, "F": F, "self": kept, "c": c, "h": h, "x": c + h}
    if "h" not in code.replace("torch", ""):
        names.pop("h")
    return eval(code, names)  # type: ignore[no-any-return]


@pytest.mark.filterwarnings("ignore:.*upsample")
@pytest.mark.parametrize("code", CODE)
def test_the_layer_computes_what_the_code_computes(code: str) -> None:
    given = torch.linspace(-2, 2, 2 * 4 * 6 * 6).reshape(2, 4, 6, 6)
    after = fixed(spec(f'{TWO}  r: "{code}"\n', "[4, 6, 6]", "outputs: {r: r}\n"), is_unsafe=True)
    found = archspec.parse(after)
    assert found.ok, after
    torch.testing.assert_close(archspec.build(found).eval()(given), _computed(code, given))


@pytest.mark.parametrize("code", [code for code in CODE if not any(sign in code for sign in "+@*") and ".relu" in code])
def test_a_function_is_never_surely_meant(code: str) -> None:
    text = spec(f'{TWO}  r: "{code}"\n', "[4, 6, 6]", "outputs: {r: r}\n")
    assert fixed(text) == text


@pytest.mark.parametrize("code", [
    "c.relu().mystery()", "c.max(1)", "c.to(torch.float16)", "self.relu()", "self.h(self.c(x))", "F.relu(self.h(self.c(x)))",
    "F.relu(c.mystery() + h)", "F.relu(F.relu(c) + h)", "c.view(3, -1)", "c.add(h, alpha=2)", "nn.ReLU()(c, h)",
    "c.mean()",
])  # fmt: skip
def test_where_a_part_is_not_read_nothing_is_written(code: str) -> None:
    text = spec(f"{TWO}  r: {code}\n", "[4, 6, 6]", "outputs: {r: r}\n")
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize(("code", "help"), [
    ("g.relu()", "where g is a layer here, write {type: ReLU, from: g}"),
    ("g.relu().flatten(1)", "where g is a layer here, write a group: {from: g, layers: [ReLU, Flatten]}"),
    ("g.add(c)", "where g is a layer here, write {type: Add, from: [g, c]}"),
    ("nn.MaxPool2d(2)(g)", "where g is a layer here, write {type: MaxPool2d, kernel_size: 2, from: g}"),
    ("nn.Conv2d(4, width, 3)(g)",
     'where g is a layer here, write {type: Conv2d, in_channels: 4, out_channels: "${width}", kernel_size: 3, from: g}, with '
     "args: {width: …} above"),
])  # fmt: skip
def test_what_is_read_and_is_not_there_is_said(code: str, help: str) -> None:
    text = spec(f"{TWO}  r: {code}\n", "[4, 6, 6]", "outputs: {r: r}\n")
    assert helps(text) == [help]
    assert fixed(text, is_unsafe=True) == text


def test_a_type_that_is_such_a_call() -> None:
    for written, right in (
        ("{type: c.relu()}", "{type: ReLU, from: c}"),
        ("{type: c.relu().flatten(1)}", "{from: c, layers: [ReLU, Flatten]}"),
        ("{type: c.relu(), from: h}", "{type: c.relu(), from: h}"),
        ("{type: c.relu().flatten(1), from: h}", "{type: c.relu().flatten(1), from: h}"),
    ):
        rest = "[4, 6, 6]", "outputs: {r: r}\n"
        assert fixed(spec(f"{TWO}  r: {written}\n", *rest), is_unsafe=True) == spec(f"{TWO}  r: {right}\n", *rest)


def test_an_argument_is_a_value_and_a_layer_is_read() -> None:
    args = "args: {c: 5, k: 2}\noutputs: {r: r}\n"
    for written, right in (
        ("F.relu(c)", "{type: ReLU, from: c}"),
        ("c.mul(k)", '{type: Mul, from: c, value: "${k}"}'),
        ("k * h", '{type: Mul, from: h, value: "${k}"}'),
        ("F.max_pool2d(h, k)", '{type: MaxPool2d, kernel_size: "${k}", from: h}'),
        ("nn.MaxPool2d(k)(h)", '{type: MaxPool2d, kernel_size: "${k}", from: h}'),
        ("nn.MaxPool2d(k).relu()", '\n    layers:\n      - {type: MaxPool2d, kernel_size: "${k}"}\n      - ReLU'),
    ):
        after = fixed(spec(f"{TWO}  r: {written}\n", "[4, 6, 6]", args), is_unsafe=True)
        assert f"  r: {right}\n".replace("r: \n", "r:\n") in after
        assert not any(found.severity == "error" for found in checked(after).diagnostics)


def test_in_a_list_the_input_is_read_by_its_name() -> None:
    text = spec("  - torch.cat([input, input], dim=1)\n  - F.relu(inputs).flatten(1)\n", "[4, 6, 6]")
    right = (
        "  - {type: Cat, from: [input, input], dim: 1}\n  - from: input\n    layers:\n      - ReLU\n      - Flatten\n"
    )
    assert [found.fix.said for found in checked(text).diagnostics if found.fix is not None] == [
        "write {type: Cat, from: [input, input], dim: 1}", "write a group: {from: input, layers: [ReLU, Flatten]}"
    ]  # fmt: skip
    assert right.partition("  - from")[2] in fixed(text, is_unsafe=True)
