"""Where a spec's module is for one size of the input alone, all imports say so: `from_torch`, ONNX and Keras, and their commands."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.cli import main

SAID = (
    "the module is for an input of 3 × 32 × 32 alone, since {} holds a number that ${{{}}} gives there; "
    "for another size, write that in the spec and compile it"
)
HALF = "input.shape[2] // 2"


class Shuffled(nn.Module):
    """Halves of channels that take turns; sizes are numbers, as they are in the files."""

    def __init__(self, inside: int, channels: int) -> None:
        super().__init__()
        self.conv, self.relu, self.channels = nn.Conv2d(inside, channels, 3, 2, 1), nn.ReLU(), channels

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.relu(self.conv(x))
        h, w = map(int, y.shape[2:])
        return y.reshape(-1, 2, self.channels // 2, h, w).transpose(1, 2).reshape(-1, self.channels, h, w)


def network() -> nn.Module:
    return nn.Sequential(Shuffled(3, 8), Shuffled(8, 16), Shuffled(16, 24)).eval()


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": config}


def stage(number: int, channels: int, size: int) -> dict[str, Any]:
    layers = [
        layer("Conv2D", name="conv", filters=channels, kernel_size=[3, 3], strides=[2, 2], padding="same"),
        layer("Reshape", name="halves", target_shape=[size, size, 2, channels // 2]),
        layer("Permute", name="turns", dims=[1, 2, 4, 3]),
        layer("Reshape", name="whole", target_shape=[size, size, channels]),
        layer("Conv2D", name="mix", filters=channels, kernel_size=[1, 1]),
    ]
    return layer("Sequential", name=f"stage{number}", layers=layers)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """An ONNX file and the JSON of a Keras model."""
    onnx, keras = tmp_path / "shuffled.onnx", tmp_path / "shuffled.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network(), (torch.zeros(2, 3, 32, 32),), str(onnx), dynamo=False)
    first = layer("InputLayer", name="x", batch_input_shape=[None, 32, 32, 3], dtype="float32")
    stages = [stage(1, 8, 16), stage(2, 16, 8), stage(3, 24, 4)]
    keras.write_text(json.dumps(layer("Sequential", name="net", layers=[first, *stages])))
    return str(onnx), str(keras)


def warned(call: Callable[[], archspec.Spec]) -> list[str]:
    """What is said of sizes; the spec itself does not say it, since it takes others."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spec = call()
    found = [str(one.message) for one in caught if "the module is for" in str(one.message)]
    assert all(one.filename == __file__ for one in caught)
    assert "the module is for" not in spec.text
    return found


def test_from_files(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    onnx, keras = files
    assert warned(lambda: archspec.Spec.from_onnx(onnx)) == [SAID.format("0.reshape", HALF)]
    assert warned(lambda: archspec.Spec.from_keras(keras)) == [SAID.format("stage1.halves", HALF)]
    for kind, path, held in (("onnx", onnx, "0.reshape"), ("keras", keras, "stage1.halves")):
        assert main(["import", kind, path]) == 0
        assert SAID.format(held, HALF) in capsys.readouterr().err.splitlines()


def test_from_torch(capsys: pytest.CaptureFixture[str]) -> None:
    found = warned(lambda: archspec.from_torch(network(), [3, 32, 32]))
    assert found == [SAID.format("0.reshape", "(input.shape[2] + 1) // 2")]  # as odd sizes show
    assert main(["import", "torch", "test_import_one_size:network", "--input", "3,32,32"]) == 0
    assert found[0] in capsys.readouterr().err.splitlines()


def test_where_squares_alone_fit() -> None:
    """The spec takes larger squares, and the module does not."""
    spec = archspec.from_torch(network(), [3, 32, 32])
    assert archspec.parse(spec.text.replace("[3, 32, 32]", "[3, 64, 64]")).ok
    with pytest.raises(RuntimeError):
        archspec.build(spec)(torch.zeros(2, 3, 64, 64))
