"""Tensors that are joined and differ: what help says is what was forgotten, not an input so small that anything fits."""

from __future__ import annotations

import pytest
from support import checked, helps, spec

from archspec.diagnostics.model import Diagnostic
from archspec.fixing import fix

CONV = "{type: Conv2d, out_channels: 16, kernel_size: 3}"
KEPT = "{type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}"


def only(text: str) -> Diagnostic:
    (found,) = [found for found in checked(text).diagnostics if found.severity == "error"]
    assert found.code == "E0305"
    return found


def assert_right_with_the_fix(text: str) -> None:
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert [problem.code for problem in fixed.made] == ["E0305"]
    assert not [found for found in fixed.result.diagnostics if found.severity == "error"]
    assert "input: " + text.partition("input: ")[2].partition("\n")[0] in fixed.after.decode()


@pytest.mark.parametrize("join", ["Add", "Mul", "Cat, dim: 1"])
@pytest.mark.parametrize("input", ["[3, 32, 32]", "[3, H, W]"])
def test_a_padding_that_was_forgotten_in_one_branch(join: str, input: str) -> None:
    text = spec(f"  a: {KEPT}\n  b: {CONV}\n  c: {{type: {join}, from: [a, b]}}\n", input)
    assert only(text).help == "write padding: 1 in b"
    assert_right_with_the_fix(text)


@pytest.mark.parametrize("input", ["[16, 100]", "[16, L]"])
def test_along_one_axis(input: str) -> None:
    text = spec(f"  a: {CONV.replace('2d', '1d')}\n  b: {{type: Add, from: [a, input]}}\n", input)
    assert only(text).help == "write padding: 1 in a"
    assert_right_with_the_fix(text)


def test_all_windows_of_a_block_together() -> None:
    block = f"blocks: {{R: {{layers: {{a: {CONV}, b: {CONV}, c: {{type: Add, from: [b, input]}}}}}}}}\n"
    text = spec("  r: R\n  s: R\n", "[16, 32, 32]").replace("layers:\n", block + "layers:\n")
    assert only(text).help == "write padding: 1 in a and padding: 1 in b, in all 2 uses of R"
    assert_right_with_the_fix(text)


def test_the_stride_of_a_shortcut() -> None:
    short = "{type: Conv2d, out_channels: 16, kernel_size: 1, from: input}"
    text = spec(
        f"  a: {KEPT[:-1]}, stride: 2}}\n  b: {short}\n  c: {{type: Add, from: [a, b]}}\n",
        "[3, 32, 32]",
    )
    assert only(text).help == "write stride: 2 in b"
    assert_right_with_the_fix(text)


def test_a_gate_on_channels() -> None:
    text = spec(
        f"  a: {KEPT}\n  p: {{type: AdaptiveAvgPool2d, output_size: 1}}\n  f: Flatten\n  g: Sigmoid\n"
        "  m: {type: Mul, from: [a, g]}\n",
        "[3, 32, 32]",
    )
    assert only(text).help == "put {type: Reshape, shape: [16, 1, 1]} between g and m"
    assert_right_with_the_fix(text)


PATCHES = (
    "  patch: {type: Conv2d, out_channels: 64, kernel_size: 4, stride: 4}\n  flat: {type: Flatten, start_dim: 2}\n"
    "  tokens: {type: Transpose, dim0: 1, dim1: 2}\n  pos: {type: Parameter, shape: SHAPE}\n"
    "  add: {type: Add, from: [tokens, pos]}\n"
)


@pytest.mark.parametrize(
    ("shape", "help"),
    [
        ("[65, 64]", "write shape: [64, 64] in pos: 64 tokens, 65 positions; or put the class token before them"),
        ("[1, 60, 64]", "write shape: [1, 64, 64] in pos: 64 tokens, 60 positions"),
        ("[64, 32]", "write shape: [64, 64] in pos"),
    ],
)
def test_positions_that_are_not_as_many_as_the_tokens(shape: str, help: str) -> None:
    text = spec(PATCHES.replace("SHAPE", shape), "[3, 32, 32]")
    assert only(text).help == help
    assert_right_with_the_fix(text)


def test_an_axis_that_unsqueeze_would_not_help() -> None:
    layers = "  a: {type: Buffer, shape: [20, 64]}\n  b: {type: Add, from: [input, a]}\n"
    found = only(spec(layers, "[30, 64]"))
    assert (found.help, found.label) == ("make axis 1 of both 30, or 1", "20 here, 30 before")


def test_where_an_axis_helps_it_is_said_which() -> None:
    layers = "  a: {type: Buffer, shape: [30, 4]}\n  b: {type: Add, from: [input, a]}\n"
    found = only(spec(layers, "[30, 4, 8]"))
    assert found.help == "Unsqueeze with dim: 2 makes 30 × 4 × 1 of 30 × 4, which fits"


def test_an_input_is_not_advised_where_a_size_would_become_1() -> None:
    """Only an image of one position would fit, whatever the windows."""
    layers = "  a: {type: MaxPool2d, kernel_size: 2, stride: 1}\n  b: {type: Upsample, scale_factor: 2}\n"
    found = only(spec(layers + "  c: {type: Add, from: [b, input]}\n", "[3, 9, 9]"))
    assert "input of" not in found.help


def test_channels_last_before_layers_that_fit() -> None:
    text = spec(f"  a: {KEPT}\n  b: {{type: MaxPool2d, kernel_size: 2}}\n", "[28, 28, 1]")
    (found,) = checked(text).diagnostics
    assert found.help == "channels come first: if 1 is their number, write [1, 28, 28]"
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert fixed.after.decode() == text.replace("[28, 28, 1]", "[1, 28, 28]")


def test_a_side_grows_alone() -> None:
    pools = "".join(f"  p{size}: {{type: MaxPool2d, kernel_size: {size}}}\n" for size in (4, 2))
    text = spec(f"  a: {CONV}\n{pools}", "[3, 100, 8]")
    (found,) = checked(text).diagnostics
    assert found.help == "use an input of 100 × 10 or more"


def features_and_image(features: str) -> str:
    return spec(
        "  f: {type: ReLU, from: x}\n  g: {type: ReLU, from: y}\n  s: {type: Add, from: [f, g]}\n",
        more=f"inputs: {{x: {features}, y: [8, 30, 30]}}\n",
    ).replace("input: [3, 32, 32]\n", "")


@pytest.mark.parametrize(
    ("features", "axis", "label", "help"),
    [
        ("[7200]", 3, "30 here, 7200 before", "put a Flatten between g and s"),
        ("[8]", 3, "30 here, 8 before", "put {type: Reshape, shape: [8, 1, 1]} between f and s"),
        ("[30]", 2, "30 here, N before", "Reshape makes N × 1 × 1 × 30 of N × 30, which fits"),
        ("[5, 30]", 2, "30 here, 5 before", "make axis 2 of both 5, or 1"),
        ("[10]", 3, "30 here, 10 before", "AdaptiveAvgPool2d of output_size: 1 and a Flatten make N × 8 of N × 8 × 30 × 30, "
         "and a Linear with out_features: 10 makes N × 10 of that"),
    ],
)  # fmt: skip
def test_features_beside_an_image_are_compared_from_the_last_axis(
    features: str, axis: int, label: str, help: str
) -> None:
    found = only(features_and_image(features))
    assert found.message.endswith(f"which do not fit along axis {axis}")
    assert (found.label, found.help) == (label, help)


def test_what_is_said_of_features_beside_an_image_is_right() -> None:
    layers = "  p: {type: AdaptiveAvgPool2d, output_size: 1, from: y}\n  f: Flatten\n"
    text = features_and_image("[10]")
    right = layers + "  l: {type: Linear, out_features: 10}\n  s: {type: Add, from: [x, l]}\n"
    assert checked(text.replace(text[text.index("  f: {") : text.index("inputs:")], right)).diagnostics == []


SIDE = "  a: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}\n"
DOWN = "  b: {type: Conv2d, out_channels: 32, kernel_size: 3, padding: 1, stride: 2}\n"


@pytest.mark.parametrize(
    ("layers", "input", "keys"),
    [
        (SIDE + DOWN, "[3, 32, 32]", "type: Conv2d, out_channels: 32, kernel_size: 1, stride: 2"),
        (SIDE + DOWN, "[3, 33, 32]", "type: Conv2d, out_channels: 32, kernel_size: 1, stride: 2"),
        (SIDE + DOWN.replace(", stride: 2", ""), "[3, 8, 8]", "type: Conv2d, out_channels: 32, kernel_size: 1"),
        ("  a: {type: Linear, out_features: 8}\n  r: ReLU\n  b: {type: Linear, out_features: 6}\n", "[4]", "type: Linear, out_features: 6"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("names", ["a, b", "b, a"])
def test_the_projection_of_a_residual(layers: str, input: str, keys: str, names: str) -> None:
    text = spec(f"{layers}  c: {{type: Add, from: [{names}]}}\n", input)
    assert only(text).help == f"put {{{keys}}} between a and c"
    assert_right_with_the_fix(text)


def test_no_projection_before_a_cat() -> None:
    found = only(spec(SIDE + DOWN + "  c: {type: Cat, dim: 1, from: [a, b]}\n", "[3, 32, 32]"))
    assert "kernel_size: 1" not in found.help


def test_a_size_that_halves_unevenly_along_one_axis() -> None:
    layers = "  a: {type: MaxPool2d, kernel_size: 2}\n  b: {type: Upsample, scale_factor: 2}\n  c: {type: Cat, dim: 1, from: [b, input]}\n"
    found = only(spec(layers, "[3, 65, 64]"))
    assert found.help == "use an input of 64 × 64 or 66 × 64"
    assert only(spec(layers, "[3, 64, 33]")).help == "use an input of 64 × 32 or 64 × 34"


BRANCHES = f"  s: {KEPT}\n  a: {{type: Conv2d, out_channels: 8, kernel_size: 1, from: s}}\n  b: {{type: Conv2d, out_channels: 8, kernel_size: 3, from: s}}\n"


def test_one_of_two_mistakes_is_put_right_alone() -> None:
    text = spec(BRANCHES + "  c: {type: Cat, dim: 1, from: [a, b, b]}\n  d: {type: Add, from: [s, c]}\n", "[3, 32, 32]")
    assert only(text).help == "write padding: 1 in b"
    after = fix("a.yaml", text.encode(), is_unsafe=True)
    assert [problem.code for problem in after.made] == ["E0305", "E0305"]
    assert not [found for found in after.result.diagnostics if found.severity == "error"]


def test_a_mistake_that_only_moves_is_not_advised() -> None:
    """With padding 1 in a the first sum fits, and the second, along the same axes, does not any more."""
    wide = "{type: Conv2d, out_channels: 16, kernel_size: 5, from: s}"
    text = spec(
        f"  s: {KEPT}\n  a: {wide}\n  b: {{type: Conv2d, out_channels: 16, kernel_size: 3, from: s}}\n"
        "  c: {type: Add, from: [a, b]}\n  t: {type: MaxPool2d, kernel_size: 5, stride: 1, from: s}\n  d: {type: Add, from: [c, t]}\n",
        "[3, 32, 32]",
    )
    assert only(text).fix is None


BLOCK = """archspec: 1
name: Small
input: [3, 32, 32]
blocks:
  Residual:
    args: {{channels: int, stride: 1}}
    layers:
      conv1: {{type: Conv2d, out_channels: "${{channels}}", kernel_size: 3, stride: {stride}, padding: 1}}
      relu: ReLU
      conv2: {{type: Conv2d, out_channels: "${{channels}}", kernel_size: 3, padding: 1}}
      add: {{type: Add, from: [{read}]}}
layers:
{stem}  layer1: {{type: Residual, channels: 16}}
  layer2: {{type: Residual, channels: 32{last}}}
"""
STEM = "  stem: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}\n"


@pytest.mark.parametrize("read", ["conv2, input", "input, conv2"])
@pytest.mark.parametrize(
    ("stem", "stride", "last", "written"),
    [
        (STEM, '"${stride}"', ", stride: 2", ', stride: "${stride}"'),
        ("", '"${stride}"', ", stride: 2", ', stride: "${stride}"'),
        (STEM, "1", "", ""),
        ("", "1", "", ""),
        ("", "2", "", ", stride: 2"),
    ],
)
def test_the_shortcut_of_a_block_has_the_widths_of_its_arguments(
    read: str, stem: str, stride: str, last: str, written: str
) -> None:
    text = BLOCK.format(read=read, stride=stride, last=last, stem=stem)
    (found,) = checked(text).diagnostics
    keys = f'{{type: Conv2d, out_channels: "${{channels}}", kernel_size: 1{written}}}'
    assert found.help.startswith(f"put {keys} between input and layer")
    fixed = fix("spec.yaml", text.encode(), None, True)
    assert fixed.result.ok
    assert "from: input}" in fixed.after.decode()


def test_a_u_net_without_padding_crops_what_it_skips() -> None:
    """Beside the padding that would do: the crop is tried as well."""
    conv = "{type: Conv2d, out_channels: 4, kernel_size: 3, padding: 0}"
    layers = (
        f"  enc1: {conv}\n  pool: {{type: MaxPool2d, kernel_size: 2}}\n  enc2: {conv}\n"
        "  up: {type: ConvTranspose2d, out_channels: 4, kernel_size: 2, stride: 2}\n  cat: {type: Cat, dim: 1, from: [up, enc1]}\n"
    )
    crop = "crop enc1 like up: {type: CropLike, from: [enc1, up]}"
    assert helps(spec(layers, "[1, 30, 30]")) == [f"write padding: 1 in enc2, or {crop}"]
    assert helps(spec(layers.replace("padding: 0}\n  up", "dilation: 2}\n  up"), "[1, 30, 30]")) == [crop]


def test_a_change_of_a_block_that_another_use_does_not_bear_is_none() -> None:
    block = """blocks:
  Block:
    args: {channels: int, stride: 1, project: false}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1, stride: "${stride}"}
      short: {type: Conv2d, from: input, when: "${project}", out_channels: "${channels}", kernel_size: 1, stride: "${stride}"}
      add: {type: Add, from: [conv, short]}
"""
    layers = "  stem: {type: Conv2d, out_channels: 24, kernel_size: 3, padding: 1}\n  b1: {type: Block, channels: 16}\n"
    text = spec(layers + "  b2: {type: Block, channels: 32, stride: 2, project: true}\n", "[3, 32, 32]", block)
    found = fix("spec.yaml", text.encode(), None, True)
    assert not any(problem.layer == "b2.add" for problem in found.result.diagnostics)
    assert found.after.decode().count("type: Conv2d") == text.count("type: Conv2d")


@pytest.mark.parametrize("join", ["Add", "Cat, dim: 1"])
def test_a_stride_with_a_padding_that_is_none_of_it(join: str) -> None:
    text = spec(f"""\
  a: {{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}}
  b: {{type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 2, from: input}}
  j: {{type: {join}, from: [a, b]}}
""", "[3, 51, 51]")  # fmt: skip
    assert only(text).help == "write stride: 1 and padding: 1 in b"
    assert_right_with_the_fix(text)


@pytest.mark.parametrize(("join", "crop"), [
    ("type: Add", []), ("type: Cat, dim: 1", ["it would do to crop a like d: {type: CropLike, from: [a, d]}"]),
])  # fmt: skip
def test_where_a_stride_may_be_missing_it_is_said(join: str, crop: list[str]) -> None:
    text = spec(f"""\
  a: {{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, stride: 2}}
  p: {{type: MaxPool2d, kernel_size: 2}}
  c: {{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 2}}
  d: {{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}}
  j: {{{join}, from: [a, d]}}
""", "[3, 102, 102]")  # fmt: skip
    said = (
        "a has about twice the sides of d: a stride or a pooling may be missing before a, or be one too many before d"
    )
    assert list(only(text).notes[: 1 + len(crop)]) == [said, *crop]
