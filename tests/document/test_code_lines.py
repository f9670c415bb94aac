"""Lines of Python code below `layers:`, as they are pasted from a `Sequential`, a constructor or Keras: written as layers."""

from __future__ import annotations

import pytest

from archspec.checking import check
from archspec.fixing import fix

HEAD = "archspec: 1\nname: Net\ninput: [3, 64, 64]\n"
CONV = "{type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3}"


def _fixed(body: str, is_unsafe: bool = False) -> str:
    text = fix("a.yaml", f"{HEAD}{body}".encode(), is_unsafe=is_unsafe).after.decode()
    return text.removeprefix(HEAD)


SAFE = {
    "inside of a Sequential": (
        "layers:\n  nn.Conv2d(3, 8, 3),\n  nn.ReLU(inplace=True),\n",
        f"layers:\n  - {CONV}\n  - {{type: ReLU, inplace: true}}\n",
    ),
    "without commas": ("layers:\n  nn.Conv2d(3, 8, 3)\n  nn.ReLU()\n", f"layers:\n  - {CONV}\n  - ReLU\n"),
    "two in a line": ("layers:\n  nn.Conv2d(3, 8, 3), nn.ReLU(),\n  nn.Flatten()\n", f"layers:\n  - {CONV}\n  - ReLU\n  - Flatten\n"),
    "comments": (
        "layers:\n  nn.Conv2d(3, 8, 3),  # one, 'two'\n\n  # three\n  nn.ReLU(),  # four\n",
        f"layers:\n  - {CONV}  # one, 'two'\n\n  # three\n  - ReLU  # four\n",
    ),
    "over several lines": ("layers:\n  nn.Conv2d(3, 8,\n            3),\n  nn.ReLU()\n", f"layers:\n  - {CONV}\n  - ReLU\n"),
    "the Sequential": (
        "layers:\n  nn.Sequential(  # a\n    nn.Conv2d(3, 8, 3),  # b\n    nn.ReLU(),\n    # c\n  )\n",
        f"layers:\n  # a\n  - {CONV}  # b\n  - ReLU\n  # c\n",
    ),
    "beside the key": ("layers: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())\n", f"layers:\n  - {CONV}\n  - ReLU\n"),
    "closed in its column": ("layers: nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    nn.ReLU(),\n)\n", f"layers:\n  - {CONV}\n  - ReLU\n"),
    "in the column of the key": (
        "layers:\nnn.Conv2d(3, 8, 3),\nnn.ReLU(),\ndoc: a\n",
        f"layers:\n- {CONV}\n- ReLU\ndoc: a\n",
    ),
    "names and layers": (
        "layers:\n  ('conv', nn.Conv2d(3, 8, 3)),\n  ('relu', nn.ReLU()),\n",
        f"layers:\n  conv: {CONV}\n  relu: ReLU\n",
    ),
    "an OrderedDict": (
        "layers:\n  nn.Sequential(OrderedDict([\n    ('conv', nn.Conv2d(3, 8, 3)),\n    ('relu', nn.ReLU()),\n  ]))\n",
        f"layers:\n  conv: {CONV}\n  relu: ReLU\n",
    ),
    "types alone": ("layers:\n  Flatten\n  ReLU\n", "layers:\n  - Flatten\n  - ReLU\n"),
    "a group": (
        "layers:\n  all:\n    layers:\n      nn.Conv2d(3, 8, 3),\n      nn.ReLU(),\n",
        f"layers:\n  all:\n    layers:\n      - {CONV}\n      - ReLU\n",
    ),
    "a block": (
        "blocks:\n  Body:\n    layers:\n      nn.Conv2d(3, 8, 3),\n      nn.ReLU(),\nlayers: [Body]\n",
        f"blocks:\n  Body:\n    layers:\n      - {CONV}\n      - ReLU\nlayers: [Body]\n",
    ),
    "a name that is not known": (
        "layers:\n  nn.Flatten(),\n  nn.Linear(12288, classes),\n", "layers:\n  - Flatten\n  - nn.Linear(12288, classes)\n"
    ),
    "an OrderedDict under a name": (
        "layers:\n  all: nn.Sequential(OrderedDict([('conv', nn.Conv2d(3, 8, 3)), ('relu', nn.ReLU())]))\n",
        f"layers:\n  all:\n    layers:\n      conv: {CONV}\n      relu: ReLU\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", SAFE)
def test_code_that_is_sure_is_put_right(code: str) -> None:
    pasted, meant = SAFE[code]
    assert _fixed(pasted) == meant


UNSAFE = {
    "attributes": (
        "layers:\n  self.conv = nn.Conv2d(3, 8, 3)  # a\n  self.relu = nn.ReLU()\n", f"layers:\n  conv: {CONV}  # a\n  relu: ReLU\n"
    ),
    "a class of its own among them": (
        "layers:\n  self.conv = nn.Conv2d(3, 8, 3)\n  self.own = Xyz(3)\n", f"layers:\n  conv: {CONV}\n  own: Xyz(3)\n"
    ),
    "layers that are added": (
        "layers:\n  model = Sequential()\n  model.add(Conv2D(8, (3, 3), activation='relu'))  # a\n  model.add(Flatten())\n",
        "layers:\n  - {type: Conv2d, out_channels: 8, kernel_size: [3, 3]}\n  - ReLU  # a\n  - Flatten\n",
    ),
    "a list of Keras' layers": (
        "layers:\n  model = keras.Sequential([\n    layers.Conv2D(8, 3),\n    layers.Flatten(),\n  ])\n",
        "layers:\n  - {type: Conv2d, out_channels: 8, kernel_size: 3}\n  - Flatten\n",
    ),
    "Keras' functions of tensors": (
        "layers:\n  a = layers.Conv2D(8, 3)(inputs)\n  b = layers.ReLU()(a)\n  c = layers.Add()([a, b])\n",
        "layers:\n  a: {type: Conv2d, out_channels: 8, kernel_size: 3, from: input}\n  b: {type: ReLU, from: a}\n"
        "  c: {type: Add, from: [a, b]}\n",
    ),
    "x, of which there is a layer": (
        "layers:\n  x = layers.Conv2D(8, 3)(inputs)\n  y = layers.ReLU()(x)\n  z = layers.Conv2D(8, 1)(x)\n  w = layers.Add()([y, z])\n",
        "layers:\n  x: {type: Conv2d, out_channels: 8, kernel_size: 3, from: input}\n  y: {type: ReLU, from: x}\n"
        "  z: {type: Conv2d, out_channels: 8, kernel_size: 1, from: x}\n  w: {type: Add, from: [y, z]}\n",
    ),
    "x, which is computed again and again": (
        "layers:\n  x = layers.Conv2D(8, 3)(inputs)\n  x = layers.MaxPooling2D()(x)  # half\n  x = F.relu(x)\n",
        "layers:\n  - {type: Conv2d, out_channels: 8, kernel_size: 3, from: input}\n  - {type: MaxPool2d, kernel_size: 2}  # half\n"
        "  - ReLU\n",
    ),
    "calls within calls": (
        "layers:\n  self.conv1 = nn.Conv2d(3, 8, 3)\n  x = F.max_pool2d(F.relu(self.conv1(x)), 2)\n",
        f"layers:\n  conv1: {CONV}\n  x: {{from: conv1, layers: [ReLU, {{type: MaxPool2d, kernel_size: 2}}]}}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", UNSAFE)
def test_code_that_may_be_meant_otherwise_is_put_right_when_asked(code: str) -> None:
    pasted, meant = UNSAFE[code]
    assert _fixed(pasted) == f"{pasted}"
    assert _fixed(pasted, is_unsafe=True) == meant


@pytest.mark.parametrize(
    ("inner", "help"),
    [
        ("nn.ReLU(), nn.Linear(10, classes)", "with args: {classes: …} above"),
        ("nn.ReLU(), nn.BatchNorm(3)", "nn.BatchNorm(3) in it is no layer here: write BatchNorm2d for images"),
        ("*made", "*made in it is no layer here: write its layers in its place"),
        ("nn.Sequential(nn.ReLU(), Xyz(1))", "Xyz(1) in it is no layer here"),
    ],
)
def test_a_row_of_layers_tells_which_of_them_is_not_read(inner: str, help: str) -> None:
    found = check("a.yaml", f"{HEAD}layers:\n  - nn.Sequential(nn.Conv2d(3, 8, 3), {inner})\n".encode()).diagnostics
    assert [problem.code for problem in found] == ["E0104"]
    assert help in found[0].help
    assert "tensors" not in found[0].help


@pytest.mark.parametrize("line", [
    "return self.fc1(x)", "x += 1", "assert x", "del x", "pass", "import torch.nn as nn", "raise ValueError(x)", "global x",
    "self.a = self.b = nn.ReLU()", "if x: pass", "for i in x: pass", "def forward(self, x): return x", "x: int = 3", "x = yield",
])  # fmt: skip
def test_statements_that_are_no_layers_are_told(line: str) -> None:
    """Also beside a layer that is one; each of them ended `check` with a traceback."""
    found = check("a.yaml", f"{HEAD}layers:\n  self.fc1 = nn.Linear(64, 10)\n  {line}\n".encode())
    assert found.diagnostics
    assert all(problem.span.text() for problem in found.diagnostics)
    _fixed(f"layers:\n  self.fc1 = nn.Linear(64, 10)\n  {line}\n", is_unsafe=True)
