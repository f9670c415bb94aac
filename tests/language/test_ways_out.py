"""Values that are wrong in a plain way: help says what to write, and the spec with it is right."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

from archspec.checking import check
from archspec.diagnostics.model import Diagnostic
from archspec.fixing import fix

TWO = "archspec: 1\nname: A\ninput: [8, 8, 8]\noutputs: WRITTEN\nlayers:\n  a: ReLU\n  b: {type: Tanh, from: a}\n"
CONV = "  c: {type: Conv2d, out_channels: 8, kernel_size: 3, WRITTEN}\n"


def tried(text: str) -> list[Diagnostic]:
    """What is said of a text, with all that is tried for warnings."""
    return check("a.yaml", text.encode(), has_all_fixes=True).diagnostics


def assert_way_out(text: str, written: str, right: str, help: str, is_safe: bool) -> None:
    (found,) = checked(text.replace("WRITTEN", written)).diagnostics
    assert found.help == help
    assert found.fix is not None
    assert found.fix.is_safe is is_safe
    after = fix("a.yaml", text.replace("WRITTEN", written).encode(), is_unsafe=True)
    assert after.after.decode() == text.replace("WRITTEN", right)
    assert after.result.ok


@pytest.mark.parametrize(("written", "right"), [("[a, b]", "{a: a, b: b}"), ("b", "{b: b}")])
def test_outputs_that_are_no_mapping(written: str, right: str) -> None:
    assert_way_out(TWO, written, right, f"write outputs: {right}", False)


@pytest.mark.parametrize(
    ("written", "right", "is_safe"),
    [
        ("freeze: yes", "freeze: true", True),
        ("freeze: no", "freeze: false", True),
        ("freeze: weight", "freeze: [weight]", False),
        ("init: normal", "init: {weight: normal}", False),
    ],
)
def test_settings_of_a_layer(written: str, right: str, is_safe: bool) -> None:
    assert_way_out(spec(CONV), written, right, f"write {right}", is_safe)


@pytest.mark.parametrize("written", ["1,8 M", "1,8M"])
@pytest.mark.parametrize("where", ["budget: {params: {max: WRITTEN}}", "budget:\n  params:\n    max: WRITTEN"])
def test_a_count_with_a_comma_for_its_point(written: str, where: str) -> None:
    text = f"archspec: 1\nname: A\ninput: [8]\n{where}\nlayers: [ReLU]\n"
    right = "1.8M" if "{" not in where and written == "1,8M" else "1.8 M"
    assert_way_out(text, written, right, f"write max: {right}", True)


def test_a_receptive_field_that_is_a_number() -> None:
    text = spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n").replace(
        "layers:\n", "expect: {layers: {c: {receptive_field: WRITTEN}}}\nlayers:\n", 1
    )
    assert_way_out(text, "3", "{size: 3}", "write receptive_field: {size: 3}", True)
    assert_way_out(text, "[3, 3]", "{size: [3, 3]}", "write receptive_field: {size: [3, 3]}", False)


@pytest.mark.parametrize("key", ["field", "rf", "field_size", "receptive_field_size"])
def test_a_receptive_field_that_is_called_as_in_tables(key: str) -> None:
    claim = "expect: {layers: {c: {KEY: WHAT}}}\n"
    text = spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", more=claim)
    assert fixed(text.replace("KEY: WHAT", f"{key}: 3")) == text.replace("KEY: WHAT", "receptive_field: {size: 3}")
    (found,) = checked(spec("  a: ReLU\n", more=f"expect: {{{key}: 3}}\n")).diagnostics
    assert found.help.startswith("a field is claimed of a layer: expect: {layers: {conv: ")


def test_a_receptive_field_of_the_network() -> None:
    text = spec("  a: ReLU\n").replace("layers:\n", "expect: {receptive_field: 3}\nlayers:\n", 1)
    (found,) = checked(text).diagnostics
    assert found.help.startswith("a field is claimed of a layer: expect: {layers: {conv: ")


@pytest.mark.parametrize("kind", ["TransformerEncoderLayer", "nn.Transformer", "nn.TransformerEncoderLayer(32, 4)"])
def test_a_layer_that_is_a_network_of_its_own(kind: str) -> None:
    (found,) = checked(spec(f"  - {kind}\n")).diagnostics
    assert found.help == "write its parts: `archspec new --like small_transformer` has a block of them"


def test_words_for_what_is_counted_and_claimed() -> None:
    text = spec("  a: ReLU\n").replace("layers:\n", "expect: {layer_count: 5}\nlayers:\n", 1)
    assert checked(text).diagnostics[0].message == "the network has 1 layers, not 5"
    (found, *_) = checked(spec("  l: {type: LSTM, input_size: 4, hidden_size: 8}\n", "[10, 1]")).diagnostics
    assert found.message == "l claims 4 input features, but input gives 1"


def test_an_output_s_name_that_ends_with_a_dot() -> None:
    (found,) = checked(TWO.replace("WRITTEN", '{"out.": b}')).diagnostics
    assert (found.message, found.help) == ('the output name "out." ends with a dot', "call it out")


def test_an_import_that_is_one_file() -> None:
    found = checked("archspec: 1\nname: A\ninput: [3]\nimport: parts.yaml\nlayers: [ReLU]\n").diagnostics
    assert [one.help for one in found] == ["write import: [parts.yaml]"]


def test_an_image_is_read_after_flatten() -> None:
    conv = "  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"
    text = spec("  f: Flatten\n" + conv)
    (found,) = checked(text).diagnostics
    assert found.help == "take the Flatten before it out, or put it below c"
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert (fixed.after.decode(), fixed.result.ok) == (spec(conv), True)


def test_which_input_is_meant_by_a_lint() -> None:
    pool = "  p: {type: MaxPool2d, kernel_size: 2}\n"
    (found,) = checked(spec("  r: ReLU\n" + pool, "[3, 31, 32]")).diagnostics
    assert found.help == "if those pixels matter: p reads all of 30 × 32 or 32 × 32"
    (found,) = tried(spec(pool, "[3, 31, 32]"))
    assert found.help == "use an input of 30 × 32, if those pixels matter"
    assert found.fix is None


@pytest.mark.parametrize(
    ("other", "help"),
    [
        ("kernel_size: 3", "use an input of 9 × 9, if those pixels matter"),
        ("kernel_size: 10", "use an input of 13 × 13, if those pixels matter"),  # 9 is too small for it
        ("kernel_size: 2, stride: 2", "if those pixels matter: c reads all of 9 × 9 or 13 × 13"),
    ],
)
def test_only_an_input_that_the_other_layers_take_is_said(other: str, help: str) -> None:
    layers = "  c: {type: Conv2d, out_channels: 8, kernel_size: 5, stride: 4}\n"
    layers += f"  d: {{type: Conv2d, out_channels: 8, {other}, from: input}}\n"
    outputs = "outputs: {c: c, d: d}\n"
    (found,) = tried(spec(layers, "[3, 12, 12]", outputs))
    assert found.help == help


def test_a_repeat_of_0_is_told_where_it_is_written() -> None:
    text = spec("  a: {type: ReLU, repeat: WRITTEN}\n  b: Tanh\n").replace(
        "layers:\n", "args: {depth: 0}\nlayers:\n", 1
    )
    (found,) = checked(text.replace("args: {depth: 0}\n", "").replace("WRITTEN", "0")).diagnostics
    assert (found.code, found.message) == ("W1019", "a is repeated 0 times, and so is not there")
    assert not checked(text.replace("WRITTEN", '"${depth}"')).diagnostics
