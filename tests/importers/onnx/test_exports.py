"""What PyTorch's own two exporters write, imported: the values for any batch, and the keys of the module."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from running import built, computed, imported
from torch import nn

from archspec.importers.sketch import Layer


class Small(nn.Module):
    """A convolution, two blocks with a shortcut, a transformer layer and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6()
        )
        self.blocks = nn.ModuleList(nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.SiLU()) for _ in range(2))
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.features(x)
        for block in self.blocks:
            x = x + block(x)
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)
        return self.head(self.norm(self.encoder(x))[:, 0])


def exported(path: Path, is_new: bool) -> nn.Module:
    """The module, written to a file for a batch of one."""
    torch.manual_seed(0)
    module = Small().eval()
    for name, buffer in module.named_buffers():
        if "running" in name:
            buffer.copy_(torch.rand_like(buffer) + 0.5)
    x = torch.randn(1, 3, 8, 8)
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.backends.mha.set_fastpath_enabled(False)
            if is_new:
                torch.onnx.export(
                    module.eval(), (x,), path, dynamo=True, external_data=False, verbose=False, optimize=False
                )
            else:
                torch.onnx.export(module, (x,), path, dynamo=False, opset_version=17, do_constant_folding=False,
                                  training=torch.onnx.TrainingMode.PRESERVE)  # fmt: skip
    finally:
        logging.disable(logging.NOTSET)
        torch.backends.mha.set_fastpath_enabled(True)
    return module


@pytest.mark.parametrize("is_new", [True, False])
def test_exported_modules(is_new: bool, tmp_path: Path) -> None:
    path = tmp_path / "small.onnx"
    module = exported(path, is_new)
    sketch, state, result = imported(onnx.load(path), tmp_path)
    x = torch.randn(3, 3, 8, 8)  # the file was written for a batch of one
    with torch.no_grad():
        wanted = module(x).numpy()
    (found,) = computed(built(result, state), {"x": x.numpy()})
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    shared = set(state) & set(module.state_dict())
    assert {
        "features.0.weight",
        "features.1.running_var",
        "blocks.1.0.bias",
        "token",
        "norm.weight",
        "head.bias",
    } <= shared
    assert not any("." in name for layer in sketch.layers for name in layer.path.split("."))


class Pyramid(nn.Module):
    """Maps that meet at the size of the finer one, and an output as large as the input."""

    def __init__(self, **options: object) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 3, 2, 1)
        self.options = options

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        fine = self.fine(x)
        coarse = nn.functional.interpolate(self.coarse(fine), size=fine.shape[-2:], **self.options)
        return nn.functional.interpolate(fine + coarse, size=(x.size(2), x.size(3)), **self.options)


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize(
    "options", [{}, {"mode": "bilinear", "align_corners": False}, {"mode": "bicubic", "align_corners": True}]
)
def test_sizes_of_another_tensor(options: dict[str, object], is_new: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, path = Pyramid(**options).eval(), tmp_path / "pyramid.onnx"
    x = torch.randn(2, 3, 21, 30)
    free = {2: torch.export.Dim("H", min=4), 3: torch.export.Dim("W", min=4)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if is_new:
            torch.onnx.export(
                module, (x,), path, dynamo=True, external_data=False, verbose=False, dynamic_shapes=(free,)
            )
        else:
            torch.onnx.export(module, (x,), path, dynamo=False, input_names=["x"], dynamic_axes={"x": {2: "H", 3: "W"}})
    sketch, state, result = imported(onnx.load(path), tmp_path)
    found = [layer for layer in sketch.layers if layer.type == "UpsampleLike"]
    assert [[name_of(ref.source) for ref in layer.reads] for layer in found] == [["coarse", "fine"], ["add", "input"]]
    compiled = built(result, state)
    for height, width in ((21, 30), (16, 9), (37, 50)):
        x = torch.randn(3, 3, height, width)
        with torch.no_grad():
            np.testing.assert_allclose(compiled(x), module(x), rtol=1e-4, atol=1e-5)
    if not is_new:  # which keeps each Shape: numbers for the names change nothing of it
        sketch, *_ = imported(onnx.load(path), tmp_path, sizes={"H": 21, "W": 30})
        assert [layer.type for layer in sketch.layers].count("UpsampleLike") == 2


def name_of(source: Layer | str) -> str:
    return source if isinstance(source, str) else source.path
