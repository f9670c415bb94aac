"""What help says where a shape is wrong: the usual mistakes, and that nothing is said of them where they are not made."""

from __future__ import annotations

import pytest
from support import checked, helps, spec, told

from archspec.checking import check
from archspec.diagnostics.edits import apply

CONV = "  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"


def test_a_missing_flatten() -> None:
    text = spec(CONV + "  fc: {type: Linear, in_features: 7200, out_features: 10}\n")
    assert told(text) == [
        ("E0301", "fc claims 7200 input features, but c gives 30", "put a Flatten before it: 8 × 30 × 30 = 7200")
    ]
    (found,) = checked(text).diagnostics
    assert found.fix is not None
    assert not found.fix.is_safe
    assert not found.notes


@pytest.mark.parametrize(
    "layers",
    [
        CONV + "  f: Flatten\n  fc: {type: Linear, in_features: 30, out_features: 10}\n",
        CONV + "  d: {type: Conv2d, in_channels: 7200, out_channels: 16, kernel_size: 3}\n",
    ],
)
def test_no_flatten_where_it_would_not_help(layers: str) -> None:
    (found,) = checked(spec(layers)).diagnostics
    assert found.code == "E0301"
    assert found.help.startswith("write ")
    assert found.fix is not None


@pytest.mark.parametrize(
    ("layers", "input", "help"),
    [
        ("  a: BatchNorm1d\n", "[3, 32, 32]", "write BatchNorm2d"),
        ("  a: BatchNorm2d\n", "[32]", "write BatchNorm1d"),
        ("  a: {type: MaxPool2d, kernel_size: 2}\n", "[3, 100]", "write MaxPool1d"),
        ("  a: {type: Conv1d, out_channels: 8, kernel_size: 3}\n", "[3, 32, 32]", "write Conv2d"),
        ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", "[32]", ""),
        ("  a: {type: MaxPool3d, kernel_size: 2}\n", "[32]", ""),
        ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", "[16, 3, 32, 32]", "if 16 is the batch, leave it out: [3, 32, 32]"),
        ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", "[28, 28]", "write the channels first: [1, 28, 28] for one"),
        ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", "[3, H, W, D]", "write Conv3d"),
        ("  r: ReLU\n  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", "[16, 3, 32, 32]", "write Conv3d"),
    ],
)  # fmt: skip
def test_a_wrong_number_of_axes(layers: str, input: str, help: str) -> None:
    assert helps(spec(layers, input)) == [help]


@pytest.mark.parametrize(
    ("conv", "input", "is_hinted"),
    [
        ("in_channels: 3, kernel_size: 3", "[224, 224, 3]", True),
        ("kernel_size: 5", "[28, 28, 1]", True),
        ("in_channels: 64, kernel_size: 3", "[224, 224, 3]", False),
        ("in_channels: 3, kernel_size: 1", "[224, 224, 224]", False),
        ("kernel_size: 5", "[1, 28, 3]", False),
    ],
)
def test_channels_come_first(conv: str, input: str, is_hinted: bool) -> None:
    (help,) = helps(spec(f"  a: {{type: Conv2d, out_channels: 8, {conv}}}\n", input))
    assert help.startswith("channels come first") == is_hinted


CLASSES = """\
archspec: 1
name: Example
args: {classes: 10, act: ReLU, width: 4}
input: [8]
layers:
  a: {type: Linear, out_features: "${classes}"}
  b: {type: "${act}"}
expect: {params: 90, output: [10], layers: {a: {params: 90}}}
"""


def help_with(text: str, **values: int | str) -> list[str]:
    found = check("spec.yaml", text.encode(), values).diagnostics
    return [diagnostic.help for diagnostic in found if diagnostic.severity == "error"]


def test_facts_of_other_arguments_want_a_condition() -> None:
    held = CLASSES.replace("[10]", '["${5 + 5}"]').replace("{a: {params: 90}}", '{a: {params: "${45 * 2}"}}')
    assert help_with(held, classes=20) == ['say when this holds: when: "${classes == 10}"'] * 2
    told = held.replace("{params: 90, output", '{when: "${classes == 10}", params: 90, output')
    assert not help_with(told, classes=20)
    both = "say when this holds: when: \"${classes == 10 and act == 'ReLU'}\""
    assert help_with(held, classes=20, act="Tanh") == [both] * 2


def test_facts_of_a_value_that_must_be_given_want_a_condition() -> None:
    given = CLASSES.replace("classes: 10", "classes: int")
    assert help_with(given, classes=20) == ['say when this holds: when: "${classes == …}"'] * 3


def test_facts_of_the_defaults_are_what_they_are() -> None:
    wrong = CLASSES.replace("expect: {params: 90", "expect: {params: 91")
    assert help_with(wrong) == ["change the network, or write params: 90"]
    assert help_with(wrong, classes=10) == ["change the network, or write params: 90"]


@pytest.mark.parametrize(
    ("claims", "help"),
    [
        ("{params: 91}", "change the network, or write params: 90"),
        ("{output: [11]}", "change the network, or write output: [10]"),
        ("{layers: {fc: {params: 91}}}", "change the layer, or write params: 90"),
        ("{layers: {fc: {output: [11]}}}", "change the layer, or write output: [10]"),
    ],
)
def test_what_is_claimed_of_is_changed_before_the_claim(claims: str, help: str) -> None:
    (found,) = checked(spec("  fc: {type: Linear, out_features: 10}\n", "[8]", f"expect: {claims}\n")).diagnostics
    assert (found.code, found.help) == ("E0401", help)
    assert found.fix is not None
    assert not found.fix.is_safe


@pytest.mark.parametrize(
    ("shape", "help"),
    [
        ("[4, 30]", "write -1 in place of 30: the others leave 32"),
        ("[4, 8, 3, 4]", "write -1 in place of 3: the others leave 1"),
        ("[4, 16]", "write -1 for the size that should follow from the others: 4 or 16"),
        ("[7, 10]", "7 does not divide 128: change it, or what comes before"),
        ("[64, 32, 5]", "5 does not divide 128: change it, or what comes before"),
        ("[64, 64, 64]", "4096 does not divide 128: change it, or what comes before"),
    ],
)
def test_what_a_reshape_could_be(shape: str, help: str) -> None:
    layer = f"  a: {{type: Reshape, shape: {shape}}}\n"
    assert helps(spec(layer, "[128]")) == [help]
    sizes = shape.strip("[]").split(", ")
    fits = [
        size
        for place, size in enumerate(sizes)
        if checked(
            spec(
                f"  a: {{type: Reshape, shape: [{', '.join([*sizes[:place], '-1', *sizes[place + 1 :]])}]}}\n", "[128]"
            )
        ).ok
    ]
    assert [size for size in dict.fromkeys(fits) if "-1" in help and size in help] == list(dict.fromkeys(fits))


@pytest.mark.parametrize(
    ("shape", "is_decided"),
    [
        ('["${input.shape[1]}", 3, 2]', True),
        ('["${input.shape[1] * 2}", 3]', True),
        ('["${input.shape[1]}", 3, 5]', False),  # no size is
        ('["${input.shape[1]}", "${input.shape[1]}", 6]', False),
        ('["${input.shape[1]}", -1, 2]', False),
    ],
)
def test_a_size_without_a_number_that_the_others_decide(shape: str, is_decided: bool) -> None:
    text = spec(f"  a: {{type: Reshape, shape: {shape}}}\n", "[T, 6]")
    found = checked(text).diagnostics[0]
    assert found.code == "E0308"
    assert found.help.endswith("give it in the spec, or with --set T=…")
    assert found.help.startswith("write -1 in place of ${input") == is_decided
    assert (found.fix is not None) == is_decided


@pytest.mark.parametrize(
    ("layer", "written"),
    [
        ('{type: Upsample, size: ["${like.shape[2]}", "${like.shape[3]}"], mode: bilinear}',
         "{type: UpsampleLike, from: [down, like], mode: bilinear}"),
        ('{type: Interpolate, from: x, size: ["${like.shape[-2]}", "${like.shape[-1]}"]}', "{type: UpsampleLike, from: [x, like]}"),
        ('{type: Upsample, size: ["${like.shape[3]}", "${like.shape[2]}"]}', ""),  # the other way round
        ('{type: Upsample, size: ["${like.shape[2]}", "${x.shape[3]}"]}', ""),  # of two tensors
        ('{type: Upsample, size: ["${like.shape[2] // 2}", "${like.shape[3] // 2}"]}', ""),
    ],
)  # fmt: skip
def test_sizes_without_a_number_that_are_another_tensor_s(layer: str, written: str) -> None:
    text = "\n".join(
        ["archspec: 1", "name: A", "input: [4, H, W]", "blocks:", "  Part:", "    inputs: [x, like]", "    layers:",
         "      down: {type: Conv2d, from: x, out_channels: 4, kernel_size: 1}", f"      up: {layer}",
         "layers:", "  a: {type: MaxPool2d, kernel_size: 2}", "  b: {type: Part, from: [a, input]}", ""]
    )  # fmt: skip
    found = checked(text).diagnostics[0]
    assert found.code == "E0308"
    assert found.help.endswith("give it in the spec, or with --set H=…") or found.help.endswith("with --set W=…")
    assert (found.fix is not None) == bool(written)
    if found.fix is not None:
        fixed = apply(found.span.source, found.fix.edits)
        assert written in fixed
        assert checked(fixed).ok
