"""Layouts that are not YAML's: layers that are not indented, commas at the ends of lines, spaces that do not break."""

from __future__ import annotations

import pytest
from support import checked

from archspec.document.python_text import KERAS_WAY, WAY
from archspec.fixing import fix

HEAD = "archspec: 1\nname: A\ninput: [3, 8, 8]\nlayers:\n"


def assert_fixed(text: str, after: str, message: str, count: int = 1) -> None:
    found = checked(text).diagnostics
    assert len(found) == count
    assert message in [one.message for one in found]
    fixed = fix("a.yaml", text.encode())
    assert fixed.after.decode() == after
    assert not [one for one in fixed.result.diagnostics if one.severity == "error"]


def test_layers_in_the_column_of_layers() -> None:
    block = "conv:\n  type: Conv2d\n  out_channels: 8\n\n  kernel_size: 3\n# next\nrelu: ReLU\n"
    after = "  conv:\n    type: Conv2d\n    out_channels: 8\n\n    kernel_size: 3\n  # next\n  relu: ReLU\n"
    assert_fixed(HEAD + block, HEAD + after, "layers has nothing in it, and conv and 1 key below it stand beside it")
    rest = "expect: {params: 224}\n"
    assert_fixed(
        HEAD + block + rest,
        HEAD + after + rest,
        "layers has nothing in it, and conv and 1 key below it stand beside it",
    )
    assert_fixed(HEAD + "relu: ReLU\n", HEAD + "  relu: ReLU\n", "layers has nothing in it, and relu stands beside it")


def test_what_is_no_layer_is_not_moved_under_layers() -> None:
    text = HEAD + "lr: 0.1\nrelu: ReLU\n"
    assert fix("a.yaml", text.encode()).after.decode() == text


def test_keys_of_a_list_s_last_layer() -> None:
    item = "- type: Conv2d\n  out_channels: 8\n"
    keys = "kernel_size: 3\nbias: false\n"
    after = "  kernel_size: 3\n  bias: false\n"
    assert_fixed(HEAD + item + keys, HEAD + item + after, "kernel_size stands beside layers, and is a key of Conv2d", 2)


def test_a_key_in_the_column_of_the_dashes() -> None:
    item = "  - type: Conv2d\n    out_channels: 8\n"
    assert_fixed(
        HEAD + item + "  kernel_size: 3\n  - ReLU\n",
        HEAD + item + "    kernel_size: 3\n  - ReLU\n",
        "kernel_size stands in the column of the dashes, and is no item",
    )


COMMAS = (
    'archspec: 1,\nname: A,\ninput: [3, 8, 8],  # sizes,\ndoc: "a, b",\nlayers:\n  a: {type: Linear,\n    bias: true,\n'
    "    out_features: 3},\n  relu: ReLU,\n"
)


def test_commas_at_the_ends_of_lines() -> None:
    after = (
        'archspec: 1\nname: A\ninput: [3, 8, 8]  # sizes,\ndoc: "a, b"\nlayers:\n  a: {type: Linear,\n    bias: true,\n'
        "    out_features: 3}\n  relu: ReLU\n"
    )
    text = COMMAS.replace("out_features: 3},", "out_features: 3}")
    assert_fixed(text, after, "a comma at the end of a line, where no bracket is open")


@pytest.mark.parametrize("doc", ["doc: |\n  see: this,\n", 'doc: "one\n  see: this,\n  two"\n'])
def test_commas_of_texts_stay(doc: str) -> None:
    text = f"archspec: 1\nname: A\n{doc}input: [3, 8, 8],\nlayers: [ReLU]\n"
    assert fix("a.yaml", text.encode()).after.decode() == text.replace("8],", "8]")


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000"])
def test_spaces_that_do_not_break(space: str) -> None:
    text = HEAD + f"{space}{space}a: ReLU\n  b:\n{space} {space} type: ReLU\n"
    after = HEAD + "  a: ReLU\n  b:\n    type: ReLU\n"
    message = "spaces that do not break in the indentation, which YAML reads as letters"
    (found,) = checked(text).diagnostics
    assert (found.message, found.span.line) == (message, 5)
    fixed = fix("a.yaml", text.encode()).after.decode()
    assert fixed.replace(f"{space} {space} ", "    ") == after.replace("    type", "    type")


CLASS = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.conv = nn.Conv2d(3, 6, 5)\n"


@pytest.mark.parametrize("text", [
    f"import torch.nn as nn\n{CLASS}", f"# a net\n\nfrom torch import nn\n\n\n{CLASS}", CLASS, "import torch\n", "net = nn.Sequential(nn.Linear(3, 4))\n",
    "def net(x):\n    return x\n", '"""A net."""\nimport torch\n',
])  # fmt: skip
def test_python_code_is_told_to_be_none(text: str) -> None:
    """Whatever of it is YAML, and without a change of it."""
    (found,) = checked(text).diagnostics
    assert (found.message, found.help) == ("this is Python code, and no spec", WAY)
    assert fix("net.yaml", text.encode(), is_unsafe=True).after.decode() == text


@pytest.mark.parametrize("text", [
    "from tensorflow.keras import layers\nmodel = Sequential()\n", "model = Sequential()\nmodel.add(Dense(10))\n", "import keras\n",
])  # fmt: skip
def test_the_code_of_keras_has_another_way(text: str) -> None:
    (found,) = checked(text).diagnostics
    assert found.help == KERAS_WAY


@pytest.mark.parametrize("text", ["import: [a.yaml]\n", "a = ReLU\n", "class: 3\n"])
def test_what_only_looks_like_python(text: str) -> None:
    assert "Python" not in checked(text).diagnostics[0].message
