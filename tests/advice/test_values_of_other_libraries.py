"""Values as PyTorch, Keras and papers have them, and the author's own names in what is to be written in their place."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

CONV = "  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"
IMAGE = "[3, 32, 32]"


def fixed(text: str, is_unsafe: bool = False) -> str:
    return fix("a.yaml", text.encode(), is_unsafe=is_unsafe).after.decode()


@pytest.mark.parametrize(("written", "right"), [
    ("[B, 3, H, W]", "[3, H, W]"), ("[batch, 3, 32, 32]", "[3, 32, 32]"), ("[batch_size, 3, 32, 32]", "[3, 32, 32]"), ("(3, h, w)", "[3, h, w]"),
    ("3xHxW", "[3, H, W]"), ("3 x H x W", "[3, H, W]"), ("(B, 3, H, W)", "[3, H, W]"),
])  # fmt: skip
def test_shapes(written: str, right: str) -> None:
    assert fixed(spec(CONV, written)) == spec(CONV, right)


@pytest.mark.parametrize("written", ["[B, 3]", "[3, B, H, W]"])
def test_a_size_may_be_called_so_elsewhere(written: str) -> None:
    assert not any("the batch" in found.message for found in checked(spec("  a: ReLU\n", written)).diagnostics)


@pytest.mark.parametrize(("written", "right"), [
    ("long", "int64"), ("torch.long", "int64"), ("float", "float32"), ("double", "float64"), ("half", "float16"), ("torch.bool", "bool"),
    ("torch.float32", "float32"),
])  # fmt: skip
def test_types_of_numbers(written: str, right: str) -> None:
    text = "archspec: 1\nname: Net\ninputs: {x: {shape: [3], dtype: DTYPE}}\nlayers: {a: Identity}\n"
    assert fixed(text.replace("DTYPE", written)) == text.replace("DTYPE", right)


@pytest.mark.parametrize(("written", "right"), [
    ("{normal: 0.01}", "{normal: {std: 0.01}}"), ("{constant: 1}", "{constant: {val: 1}}"), ("{xavier_uniform: 2}", "{xavier_uniform: {gain: 2}}"),
])  # fmt: skip
def test_initializers(written: str, right: str) -> None:
    text = spec(CONV, IMAGE, f"init: {{Conv2d: {{weight: {written}}}}}\n")
    assert fixed(text) == spec(CONV, IMAGE, f"init: {{Conv2d: {{weight: {right}}}}}\n")


@pytest.mark.parametrize("written", [
    "{max_norm: 3}", "max_norm(3)", "{weight: max_norm(3)}", "{kernel: max_norm(3)}", "{weight: 3}", "{max_norm: {weight: 3}}", "MaxNorm(max_value=3)",
    "keras.constraints.MaxNorm(3)",
])  # fmt: skip
def test_constraints(written: str) -> None:
    text = spec(CONV.replace("}", f", constraint: {written}}}"))
    (found,) = checked(text).diagnostics
    assert found.help == "write constraint: {weight: {max_norm: 3}}"
    assert fixed(text, is_unsafe=True) == spec(CONV.replace("}", ", constraint: {weight: {max_norm: 3}}}"))


@pytest.mark.parametrize(("written", "right"), [
    ("flat: 7200", "flat: {output: [7200]}"), ("a: 224", "a: {params: 224}"), ("a: [8, 30, 30]", "a: {output: [8, 30, 30]}"),
])  # fmt: skip
def test_what_is_claimed_of_a_layer(written: str, right: str) -> None:
    layers = CONV + "  flat: Flatten\n"
    assert fixed(spec(layers, IMAGE, f"expect: {{layers: {{{written}}}}}\n"), is_unsafe=True) == spec(
        layers, IMAGE, f"expect: {{layers: {{{right}}}}}\n"
    )


def test_a_list_of_arguments_keeps_its_names() -> None:
    block = "blocks: {B: {args: ARGS, layers: {c: {type: Conv2d, out_channels: '${out}', kernel_size: '${k}'}}}}\n"
    text = spec("  b: {type: B, out: 8, k: 3}\n", IMAGE, block)
    (found,) = checked(text.replace("ARGS", "[out, k]")).diagnostics
    assert found.help.startswith("write args: {out: int, k: int}")
    assert fixed(text.replace("ARGS", "[out, k]"), is_unsafe=True) == text.replace("ARGS", "{out: int, k: int}")


@pytest.mark.parametrize(("written", "right"), [
    ("Linear 64", "{type: Linear, out_features: 64}"), ("Conv2d 64 3", "{type: Conv2d, out_channels: 64, kernel_size: 3}"),
    ("Conv2d, 64, 3", "{type: Conv2d, out_channels: 64, kernel_size: 3}"), ('"MaxPool2d: 2"', "{type: MaxPool2d, kernel_size: 2}"),
    ("Dense 64", "{type: Linear, out_features: 64}"), ("Dropout 0.5", "{type: Dropout, p: 0.5}"),
])  # fmt: skip
def test_a_type_and_its_values_in_one_text(written: str, right: str) -> None:
    shape = "[8]" if "Linear" in right else IMAGE
    text = spec(f"  a: {written}\n", shape)
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0104", f"write {right}")
    assert fixed(text, is_unsafe=True) == spec(f"  a: {right}\n", shape)


@pytest.mark.parametrize("written", ["some text", "Linear of 64", "Linear 64 64 64 64 64 64"])
def test_other_texts_are_no_types(written: str) -> None:
    (found,) = checked(spec(f"  a: {written}\n")).diagnostics
    assert found.fix is None


@pytest.mark.parametrize(("lines", "right"), [
    ("  self.conv1 = nn.Conv2d(3, 8, 3)\n  self.relu = nn.ReLU()\n",
     "  conv1: {type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3}\n  relu: ReLU\n"),
    ("  super().__init__()\n  self.conv1 = nn.Conv2d(3, 8, 3)\n", "  conv1: {type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3}\n"),
    ("  model.add(Conv2D(8, (3, 3), activation='relu'))\n  model.add(MaxPooling2D((2, 2)))\n",
     "  - {type: Conv2d, out_channels: 8, kernel_size: [3, 3]}\n  - ReLU\n  - {type: MaxPool2d, kernel_size: [2, 2]}\n"),
])  # fmt: skip
def test_lines_of_code_are_layers(lines: str, right: str) -> None:
    text = spec(lines)
    (found,) = checked(text).diagnostics
    assert (found.code, found.help.startswith("write ")) == ("E0100", True)
    assert fixed(text) == text, "nothing says that layers are called as they are made"
    assert fixed(text, is_unsafe=True) == spec(right)


@pytest.mark.parametrize(
    "lines", ["  model.add(Foo(3))\n", "  self.a = nn.ReLU()\n  self.a = nn.Tanh()\n", "  x = f(y\n"]
)
def test_code_that_makes_no_layers_is_left(lines: str) -> None:
    assert fixed(spec(lines), is_unsafe=True) == spec(lines)


def test_an_assignment_below_layers_is_one_of_them() -> None:
    text = spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  self.b = nn.ReLU()\n")
    assert fixed(text) == spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: ReLU\n")
