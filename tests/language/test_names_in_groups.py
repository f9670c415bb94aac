"""Names that stand in a group or a block's use: what of them can be read, and lists in place of a group's `outputs`."""

from __future__ import annotations

import json

import pytest
from support import answer, checked, codes, fixed, helps, spec

CONV = "{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}"
PYRAMID = f"""  net:
    layers:
      c2: {CONV}
      c3: {CONV}
      c4: {CONV}
    outputs: """
OUTPUTS = "{c2: c2, c3: c3, c4: c4}\n"
HEAD = "  head:\n    layers: {flat: Flatten, fc7: {type: Linear, out_features: 8}}\n"
BLOCK = f"blocks:\n  Block:\n    layers: {{conv: {CONV}, relu: ReLU}}\n"
TWICE = "  c2: {type: Block}\n  c3: {type: Block}\n"


def reading(name: str, layers: str, more: str = "") -> str:
    return spec(f"{layers}  r: {{type: Softsign, from: {name}}}\n", more=more)


def errors(text: str) -> list[str]:
    return [found.code for found in checked(text).diagnostics if found.severity == "error"]


@pytest.mark.parametrize(("layers", "written", "right"), [
    (PYRAMID + OUTPUTS, "c4", "net.c4"),
    (PYRAMID + "{low: c2, high: c4}\n", "c4", "net.high"),
    (PYRAMID + "{low: c2, high: c4}\n", "high", "net.high"),
    (PYRAMID + "{low: c2, high: c4}\n", "net.c4", "net.high"),
    (HEAD, "fc7", "head"),
    (HEAD, "head.fc7", "head"),
    (PYRAMID + OUTPUTS + f"  c5: {CONV[:-1]}, from: net.c2}}\n", "c3", "net.c3"),
])  # fmt: skip
def test_what_gives_the_layer_of_that_name_is_written_in_its_place(layers: str, written: str, right: str) -> None:
    is_unsafe = written == "head.fc7"  # as any name after the dot, where there is one output
    assert fixed(reading(written, layers), is_unsafe) == reading(right, layers)
    assert errors(reading(right, layers)) == []


@pytest.mark.parametrize("port", ["4", "stage4", "layer_4"])
def test_the_output_that_alone_has_the_number(port: str) -> None:
    text = reading(f"net.{port}", PYRAMID + OUTPUTS)
    assert helps(text) == ["write net.c4"]
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == reading("net.c4", PYRAMID + OUTPUTS)


def test_an_output_that_is_like_none_is_not_replaced_by_the_first() -> None:
    text = reading("net.middle", PYRAMID + OUTPUTS)
    assert helps(text) == ["say which: from: net.c2"]
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize(("layers", "name", "said", "right"), [
    (PYRAMID + "{low: c2, high: c4}\n", "c3", "net, outputs: {low: c2, high: c4, c3: c3}, and read net.c3",
     reading("net.c3", PYRAMID + "{low: c2, high: c4, c3: c3}\n")),
    (HEAD, "flat", "head, outputs: {output: fc7, flat: flat}, and read head.flat",
     reading("head.flat", HEAD + "    outputs: {output: fc7, flat: flat}\n")),
])  # fmt: skip
def test_a_layer_that_is_no_output_can_become_one(layers: str, name: str, said: str, right: str) -> None:
    assert helps(reading(name, layers)) == [f"name it among the outputs of {said}"]
    group = said.partition(",")[0]
    assert helps(reading(f"{group}.{name}", layers)) == [
        f"{name} is a layer in it: name it among the outputs of {said}"
    ]
    assert errors(right) == []


def test_a_block_has_the_outputs_that_its_uses_give() -> None:
    said = "name it among the outputs of the block Block, outputs: {output: relu, conv: conv}, and read one.conv"
    assert helps(reading("conv", "  one: {type: Block}\n", BLOCK)) == [said]
    right = BLOCK + "    outputs: {output: relu, conv: conv}\n"
    assert errors(reading("one.conv", "  one: {type: Block}\n", right)) == []


def test_what_stands_in_a_block_is_less_than_a_name_that_is_near() -> None:
    layers = f"  conv1: {CONV}\n  one: {{type: Block}}\n"
    assert helps(reading("conv", layers, BLOCK)) == ["write conv1"]


def test_of_several_groups_with_the_name_none_is_surely_meant() -> None:
    text = reading("relu", TWICE, BLOCK)
    assert helps(text) == ["write c3"]
    assert fixed(text) == text


def test_a_group_that_waits_for_the_reader_is_not_meant() -> None:
    below = "  r: {type: ReLU, from: inner}\n  late:\n    layers: {inner: Tanh}\n"
    assert helps(spec("  a: ReLU\n" + below)) == ["the names above it are input, a"]


def test_outputs_of_the_network_in_groups() -> None:
    text = spec(PYRAMID + OUTPUTS, more="outputs: {top: c4}\n")
    assert fixed(text) == text.replace("top: c4", "top: net.c4")


# Lists of outputs -------------------------------------------------------------------------------------------------------


READERS = "  a: {type: ReLU, from: net.c4}\n  b: {type: Add, from: [net.c2, net.c3]}\n"


@pytest.mark.parametrize(("written", "right"), [
    ("[c2, c3, c4]\n", "{c2: c2, c3: c3, c4: c4}\n"),
    ("[c2, 'c3', c4]  # three\n", "{c2: c2, c3: c3, c4: c4}  # three\n"),
    ("\n      - c2  # low\n      - c3\n      - c4\n", "\n      c2: c2  # low\n      c3: c3\n      c4: c4\n"),
])  # fmt: skip
def test_a_list_of_a_groups_outputs_is_the_mapping_that_is_meant(written: str, right: str) -> None:
    text = spec(PYRAMID + written + READERS, more="outputs: {a: a, b: b}\n")
    assert codes(text) == ["E0105"]
    assert helps(text) == ["write outputs: {c2: c2, c3: c3, c4: c4}"]
    assert fixed(text, is_unsafe=True) == text.replace(written, right)
    assert codes(fixed(text, is_unsafe=True)) == []


def test_a_list_of_a_blocks_outputs() -> None:
    text = spec(
        "  one: {type: Block}\n  two: {type: Add, from: [one.conv, one.relu]}\n",
        more=BLOCK + "    outputs: [conv, relu]\n",
    )
    assert codes(text) == ["E0105"]
    assert codes(fixed(text, is_unsafe=True)) == []


def test_outputs_of_one_layer_have_names_of_their_own() -> None:
    text = spec(f"{PYRAMID}{OUTPUTS}", more="outputs: [net.c2, net.c4]\n")
    assert fixed(text, is_unsafe=True) == text.replace("[net.c2, net.c4]", "{net_c2: net.c2, net_c4: net.c4}")
    assert codes(fixed(text, is_unsafe=True)) == []


@pytest.mark.parametrize("outputs", ["[[c2], c3]", "3", "[c2, c2]", "[{c2: c2}]"])
def test_what_reads_outputs_that_are_not_known_is_no_error(outputs: str) -> None:
    found = checked(spec(f"{PYRAMID}{outputs}\n{READERS}", more="outputs: {a: a, b: b}\n")).diagnostics
    assert [(error.code, error.help) for error in found] == [
        ("E0105", "write the layer of each output under its name: outputs: {output: …}")
    ]


def test_a_list_of_outputs_in_json() -> None:
    conv = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3}
    group = {"layers": {"c2": conv, "c3": conv}, "outputs": ["c2", "c3"]}
    layers = {"net": group, "a": {"type": "ReLU", "from": "net.c3"}, "b": {"type": "ReLU", "from": "net.c2"}}
    text = json.dumps(
        {"archspec": 1, "name": "N", "input": [3, 32, 32], "layers": layers, "outputs": {"a": "a", "b": "b"}}
    )
    assert codes(text) == ["E0105"]
    assert json.loads(fixed(text, is_unsafe=True))["layers"]["net"]["outputs"] == {"c2": "c2", "c3": "c3"}


# Paths ------------------------------------------------------------------------------------------------------------------


def test_commands_and_claims_know_a_layer_by_the_end_of_its_path(tmp_path: object) -> None:
    file = f"{tmp_path}/net.yaml"
    with open(file, "w") as stream:
        stream.write(spec(HEAD))
    code, said = answer(["explain", file, "fc7"])
    assert (code, "there is no layer called fc7; did you mean head.fc7?" in said) == (2, True)
    text = spec(HEAD, more="expect: {layers: {fc7: {output: [8]}}}\n")
    assert fixed(text) == text.replace("{fc7:", "{head.fc7:")
    twice = spec(HEAD + HEAD.replace("head", "other"), more="expect: {layers: {fc7: {output: [8]}}}\n")
    assert fixed(twice) == twice


def test_a_tie_knows_a_layer_by_the_end_of_its_path() -> None:
    head = "  head:\n    layers: {fc7: {type: Linear, out_features: 8}}\n"
    text = spec(f"{head}  b: {{type: Linear, out_features: 8, tie: {{weight: fc7.weight}}}}\n", "[8]")
    assert fixed(text) == text.replace("weight: fc7", "weight: head.fc7")
