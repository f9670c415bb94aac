"""What the readers of pages have already: files of their own that a page speaks of, made in the folder where it is followed."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import torch
from support import ROOT, torchvision_models

import archspec

KERAS = {
    "class_name": "Sequential",
    "config": {
        "name": "digits",
        "layers": [
            {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 28, 28, 1]}},
            {
                "class_name": "Conv2D",
                "config": {"name": "conv", "filters": 8, "kernel_size": [3, 3], "activation": "relu"},
            },
            {"class_name": "Flatten", "config": {"name": "flatten"}},
            {"class_name": "Dense", "config": {"name": "scores", "units": 10}},
        ],
    },
}


def _keras(folder: Path) -> None:
    (folder / "model.json").write_text(json.dumps(KERAS))


def _module(folder: Path) -> None:
    """`my_models:Net`, and a checkpoint of it."""
    (folder / "my_models.py").write_text(
        "from torch import nn\n\n\nclass Net(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Conv2d(3, 8, 3), nn.ReLU())\n"
    )
    torch.save(torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3)).state_dict(), folder / "checkpoint.pt")


def _net(folder: Path) -> None:
    archspec.load(ROOT / "specs" / "alexnet.yaml").save(folder / "net.yaml")


def _resnet50(folder: Path) -> None:
    """Its checkpoint, of which nothing but the header is read, and one of another number of colours with another name for `fc`."""
    torchvision_models()
    shapes = {
        key: (tuple(t.shape), t.dtype)
        for key, t in archspec.build(archspec.load(ROOT / "specs" / "zoo" / "resnet.yaml"), device="meta")
        .state_dict()
        .items()
    }
    header, end = {}, 0
    for key, (shape, dtype) in shapes.items():
        begin, end = end, end + torch.Size(shape).numel() * dtype.itemsize
        header[key] = {
            "dtype": "F32" if dtype == torch.float32 else "I64",
            "shape": shape,
            "data_offsets": [begin, end],
        }
    text = json.dumps(header).encode()
    with open(folder / "resnet50.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)
    shapes["conv1.weight"] = (64, 1, 7, 7), torch.float32
    shapes["fc2.weight"] = shapes.pop("fc.weight")
    del shapes["layer1.0.bn3.bias"]
    torch.save(
        {key: torch.zeros(shape, dtype=dtype) for key, (shape, dtype) in shapes.items()}, folder / "resnet50.pth"
    )


def _onnx(folder: Path) -> None:
    from onnx import TensorProto, helper, save

    weight = helper.make_tensor("conv.weight", TensorProto.FLOAT, [8, 3, 3, 3], [0.5] * 216)
    image, scores = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                     for name, shape in (("image", ["N", 3, 8, 8]), ("scores", ["N", 8, 6, 6])))  # fmt: skip
    nodes = [helper.make_node("Conv", ["image", "conv.weight"], ["scores"], "conv")]
    save(helper.make_model(helper.make_graph(nodes, "Net", [image], [scores], [weight])), folder / "model.onnx")


def _readme(folder: Path) -> None:
    text = (ROOT / "specs" / "alexnet.yaml").read_text("utf-8")
    (folder / "alexnet_224_wrong.yaml").write_text(text.replace("227, 227", "224, 224"), "utf-8")
    _module(folder)
    torchvision_models()


def _import(folder: Path) -> None:
    _keras(folder)
    _onnx(folder)
    torchvision_models()


def _scores(folder: Path) -> None:
    (folder / "scores.yaml").write_text("archspec: 1\nname: Scores\ninput: [8]\nlayers:\n  scores: Sigmoid\n")


def _nothing_more(folder: Path) -> None:
    """The repository's specs are enough."""


HAVE: dict[str, Callable[[Path], None]] = {
    "README": _readme, "ci": _net, "coming_from": _keras, "diff": _nothing_more, "explain": _nothing_more,
    "import": _import, "lint": _scores, "sizes": _nothing_more, "tables": _net, "weights": _resnet50,
}  # fmt: skip
