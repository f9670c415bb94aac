"""Sizes that a model takes from its input: an imported spec has them follow, which a run at another size shows, or the import says so."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
import yaml
from torch import Tensor, nn

import archspec
from archspec.cli import main
from archspec.importers.torch.constants import window_mask


class PooledByItsWidth(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=4, padding=1)
        self.fc = nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        y = F.avg_pool2d(y, y.size()[3])
        return self.fc(y.mean((2, 3)))  # type: ignore[no-any-return]


class Positions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Embedding(50, 16)
        self.position = nn.Embedding(64, 16)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.token(tokens) + self.position(torch.arange(tokens.shape[1]))  # type: ignore[no-any-return]


class Windows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 1)
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).permute(0, 2, 3, 1)
        n, h, w, c = x.shape
        y = x.view(n, h // 4, 4, w // 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, c)
        y = self.fc(y).view(n, h // 4, w // 4, 4, 4, c)
        return y.permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, c)


class Resized(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, 2, 1)
        self.b = nn.Conv2d(8, 8, 3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        y = a + F.interpolate(self.b(a), size=a.shape[-2:])
        return F.interpolate(y, size=x.shape[-2:], mode="bilinear")


class ResizedToAPart(nn.Module):
    """To half of the input's sizes, which are no tensor's."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(self.conv(x), size=[size // 2 for size in x.shape[2:]])


class ResizedTable(nn.Module):
    """A table of positions, resized to a map that is smaller or larger."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 4, 4)
        self.table = nn.Parameter(torch.zeros(1, 8, 7, 7))

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return y + F.interpolate(self.table, (y.size(2), y.size(-1)), mode="bicubic", antialias=True)


class ResizedAcross(nn.Module):
    """Sizes of another tensor in another order, or of one with other axes: no tensor's own."""

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[2:]
        grid = x.permute(0, 2, 3, 1)
        y = F.interpolate(x, size=(w, h))
        return F.interpolate(y, size=grid.shape[1:3])


class ClassToken(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.cls = nn.Parameter(torch.zeros(1, 1, 8))
        self.pos = nn.Parameter(torch.zeros(1, 80, 8))

    def forward(self, x: Tensor) -> Tensor:
        y = self.patch(x).flatten(2).transpose(1, 2)
        y = torch.cat([self.cls.expand(len(y), -1, -1), y], 1)
        return y + self.pos[:, : y.shape[1]]  # type: ignore[no-any-return]


class Causal(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        mask = torch.tril(torch.ones(x.shape[1], x.shape[1]))
        return (x @ x.transpose(1, 2)).masked_fill(mask == 0, float("-inf")).softmax(-1) @ x


class ZeroState(nn.Module):
    """Zeros beside each position."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, torch.zeros(x.shape[0], x.shape[1], 3)], 2)


class _Part(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = nn.LayerNorm(channels)
        self.fc = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        y = self.fc(self.norm(self.conv(x).flatten(2).transpose(1, 2)))
        return x + y.transpose(1, 2).reshape(n, c, h, w)


class Parts(nn.Module):
    """A block at several sizes of a square image."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = _Part(8), _Part(8), _Part(8)
        self.down = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        return self.third(self.down(self.second(self.down(self.first(x)))))  # type: ignore[no-any-return]


FOLLOWING = {
    "pooled": (PooledByItsWidth, "3,32,32", [3, 48, 40], 'kernel_size: "${(input.shape[3] + 3) // 4}"'),
    "positions": (Positions, "12:int64", [9], 'value: "${range(input.shape[1])}"'),
    "windows": (Windows, "3,16,16", [3, 8, 24], '"${input.shape[2] * input.shape[3] // 16} * N"'),
    "resized": (Resized, "3,32,32", [3, 17, 47], "upsample_like: {type: UpsampleLike, from: [b, a]}"),
    "resized_to_a_part": (
        ResizedToAPart,
        "3,32,32",
        [3, 16, 48],
        'size: ["${input.shape[2] // 2}", "${input.shape[3] // 2}"]',
    ),
    "resized_table": (
        ResizedTable,
        "3,32,32",
        [3, 16, 48],
        "{type: UpsampleLike, from: [table, conv], mode: bicubic, antialias: true}",
    ),
    "resized_across": (ResizedAcross, "3,32,16", [3, 16, 48], 'size: ["${input.shape[3]}", "${input.shape[2]}"]'),
    "class_token": (ClassToken, "3,32,32", [3, 16, 24], 'stop: "${(input.shape[2] // 4) * (input.shape[3] // 4) + 1}"'),
    "causal": (Causal, "9,8", [5, 8], "for j in range(input.shape[1])]"),
    "square": (Parts, "8,16,16", [8, 16, 32], 'shape: [8, "${input.shape[2]}", "${input.shape[3]}"]'),
}


@pytest.mark.parametrize("name", FOLLOWING)
def test_sizes_follow_the_input(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    made, given, other, says = FOLLOWING[name]
    assert main(["import", "torch", f"test_import_sizes:{made.__name__}", "--input", given]) == 0
    shown = capsys.readouterr()
    assert says in shown.out, shown.out
    _, *lines = shown.err.splitlines()  # that it was verified first; nothing is held in the spec
    assert all(line.startswith("the module is for an input of ") for line in lines)
    assert not (lines and "UpsampleLike" in says)
    document = yaml.safe_load(shown.out)
    if "input" in document:
        document["input"] = other
    else:
        next(iter(document["inputs"].values()))["shape"] = other
    found = archspec.verify(archspec.parse(yaml.safe_dump(document, sort_keys=False)), made().eval())
    assert found.ok, found


PYRAMID = """\
archspec: 1
name: Pyramid
input: [3, 32, 32]
layers:
  a: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}
  b: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}
  top: {from: [b, a], inputs: [x, like], layers: {up: UP, add: {type: Add, from: [up, like]}}}
"""


@pytest.mark.parametrize(
    ("up", "is_said"),
    [
        ('{type: Upsample, from: x, size: ["${like.shape[2]}", "${like.shape[3]}"]}', True),
        ("{type: UpsampleLike, from: [x, like]}", False),
        (
            '{type: Conv2d, from: like, out_channels: "${x.shape[1]}", kernel_size: 1}',
            False,
        ),  # channels are the weights'
    ],
)
def test_a_module_for_one_size_is_said_to_be(
    up: str, is_said: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pyramid.yaml"
    path.write_text(PYRAMID.replace("UP", up))
    assert main(["compile", str(path)]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "the module is for an input of 3 × 32 × 32 alone, since top.up holds a number that ${like.shape[2]} gives there; "
        "UpsampleLike resizes to another tensor's size, whatever it is; for another size, write that in the spec and compile it"
    ] * is_said  # fmt: skip


class Scaled(nn.Module):
    """Sizes of which no law is known: in a fraction, and in what lies within modules that read tokens alone."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList([_Back() for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[2:]
        y = x.flatten(2).transpose(1, 2)
        for part in self.parts:
            y = part(y, h, w)
        return y / (h * w) ** 0.5  # type: ignore[no-any-return]


class _Back(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, y: Tensor, h: int, w: int) -> Tensor:
        n, _, c = y.shape
        return self.conv(y.transpose(1, 2).reshape(n, c, h, w)).flatten(2).transpose(1, 2)  # type: ignore[no-any-return]


def test_what_follows_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "torch", "test_import_sizes:Scaled", "--input", "8,8,8"]) == 0
    assert capsys.readouterr().err.splitlines()[1:] == [
        "parts.0.reshape and 2 more layers like it hold shape 8 × 8 × 8, which the model takes from the size of its input "
        "(8 × 32 × 16 for 8 × 32 × 16); for another size, import the model with inputs of that size",
        "div holds value 8.0, which the model takes from the size of its input "
        "(22.627416997969522 for 8 × 32 × 16); for another size, import the model with inputs of that size",
    ]


class Unrolled(nn.Module):
    """As many layers as there are steps."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(5, 7)

    def forward(self, x: Tensor) -> Tensor:
        h = x.new_zeros(len(x), 7)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return h


def test_layers_that_follow_the_size_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "torch", "test_import_sizes:Unrolled", "--input", "6,5"]) == 0
    assert capsys.readouterr().err.splitlines()[1:] == [
        "for an input of 12 × 5 the model computes other layers: the spec is for 6 × 5 alone"
    ]


class OneSize(nn.Module):
    """Takes no other size, so that nothing is known of its sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3 * 8 * 6, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.interpolate(x, size=[*map(int, x.shape[-2:])], mode="bicubic").flatten(1))  # type: ignore[no-any-return]


def test_of_a_model_for_one_size_nothing_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "torch", "test_import_sizes:OneSize", "--input", "3,8,6"]) == 0
    shown = capsys.readouterr()
    assert "size: [8, 6]" in shown.out
    (line,) = [line for line in shown.err.splitlines() if "resizes" in line]
    assert line.startswith("upsample resizes to 8 × 6 whatever the input's size; ")


@pytest.mark.parametrize(("down", "across"), [(2, 2), (3, 3), (2, 3), (4, 2), (5, 2)])
def test_masks_of_shifted_windows(down: int, across: int) -> None:
    """Of images that are no square too: computed as Swin's code does, by numbering the regions of the image."""
    window, shift = 4, 2
    regions = torch.zeros(down * window, across * window)
    ends = ((0, -window), (-window, -shift), (-shift, None))
    for number, (rows, columns) in enumerate((a, b) for a in ends for b in ends):
        regions[rows[0] : rows[1], columns[0] : columns[1]] = number
    tokens = regions.view(down, window, across, window).permute(0, 2, 1, 3).reshape(down * across, window**2)
    mask = torch.where(tokens.unsqueeze(1) != tokens.unsqueeze(2), -100.0, 0.0)
    found = window_mask(mask)
    assert found is not None
    text = "\n".join(
        [
            "archspec: 1", "name: M", f"input: [{down * across}, {window**2}, {window**2}]", "layers:",
            f'  rows: {{type: Constant, value: "{found.rows["value"]}"}}',
            f'  columns: {{type: Constant, value: "{found.columns["value"]}"}}',
            "  apart: {type: Ne, from: [rows, columns]}",
            f"  mask: {{type: Where, input: {found.apart}, other: {found.together}, from: apart}}",
            "  add: {type: Add, from: [input, mask]}",
        ]
    )  # fmt: skip
    module = archspec.build(archspec.parse(text))
    assert torch.equal(module(torch.zeros(1, *mask.shape))[0], mask)


class Pooled(nn.Module):
    """Pools to the sizes of another tensor, which are half of those of the input, rounded up."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        b = self.b(a)
        y: Tensor = F.adaptive_avg_pool2d(a, b.shape[2:]) + b
        return y


HALVES = 'output_size: ["${(input.shape[2] + 1) // 2}", "${(input.shape[3] + 1) // 2}"]'


@pytest.mark.parametrize("size", [(33, 37), (32, 36), (32, 32)])
def test_sizes_to_pool_to(size: tuple[int, int]) -> None:
    """Further sizes show how halves are rounded, so that the height is not taken for the width less 20; and what is one number for
    a square has a law for each axis."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = archspec.from_torch(Pooled(), [3, *size])
    assert HALVES in found.text
    said = f"the module is for an input of 3 × {size[0]} × {size[1]} alone"
    assert [said in str(one.message) for one in caught] == [True]
