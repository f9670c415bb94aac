"""What documents say that were put together from parts of others: one mistake is one error, at its place, and nothing is dropped."""

from pathlib import Path

import pytest
from support import checked, codes, spec, told

from archspec.checking import check

# Names that are numbers ------------------------------------------------------------------------------------------------

NUMBERED = "  - ReLU\n  - {type: Linear, out_features: 4}\n"


@pytest.mark.parametrize(
    "layers",
    [
        NUMBERED + "  - {use: 1}\n",
        NUMBERED + '  - {use: "1"}\n',
        '  "2": {type: Linear, out_features: 4}\n  again: {use: 2}\n',
        '  later: {use: 7, from: input}\n  "7": {type: Linear, from: input, out_features: 4}\n',
    ],
)
def test_a_number_names_a_layer(layers: str) -> None:
    result = checked(spec(layers, "[4]"))
    assert result.ok
    assert result.facts is not None
    assert result.facts.totals.params == 20


@pytest.mark.parametrize(
    "layers",
    [
        "  - ReLU\n  - {use: 2}\n  - {type: Linear, out_features: 4}\n",
        "  - ReLU\n  - {use: 1}\n",
        "  - {layers: [ReLU]}\n  - {use: 2}\n  - {layers: [Tanh]}\n",
        '  a: {use: 3}\n  "3": {type: ReLU, from: a}\n',
    ],
)
def test_a_number_may_close_a_cycle(layers: str) -> None:
    assert codes(spec(layers, "[4]")) == ["E0202"]


@pytest.mark.parametrize("name", ["true", "1.5", "[a]", "null", "{a: b}"])
def test_what_can_be_no_name_is_said_to_be_none(name: str) -> None:
    found = told(spec(f"  a: ReLU\n  b: {{use: {name}}}\n", "[4]"))
    assert [code for code, _, _ in found] == ["E0105"]
    assert "use takes the name of a layer, not" in found[0][1]


# Outputs of what is left out -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "left_out",
    [
        "{type: Chunk, chunks: 2, dim: 1, when: false}",
        "{type: Tanh, when: false}",
        "{type: LSTM, hidden_size: 2, when: false}",
        '{layers: {x: Tanh}, outputs: {output: x, "1": x}, when: false}',
        "{type: Tanh, repeat: 0}",
    ],
)
def test_what_is_left_out_has_no_further_outputs(left_out: str) -> None:
    result = checked(spec(f"  a: ReLU\n  b: {left_out}\n  c: {{type: ReLU, from: b.1}}\n", "[4]"))
    assert [found.code for found in result.diagnostics] == ["E0204"]
    assert result.diagnostics[0].span.text() == "b.1"
    assert "leaves b out here" in result.diagnostics[0].message


@pytest.mark.parametrize("read", ["b", "b.output"])
def test_what_is_left_out_is_seen_through(read: str) -> None:
    assert checked(spec(f"  a: ReLU\n  b: {{type: Tanh, when: false}}\n  c: {{type: Tanh, from: {read}}}\n", "[4]")).ok


# Texts that are none ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["3", "[x]", "{x: 1}", "true", "null"])
@pytest.mark.parametrize(
    "layers",
    ["  a: {type: ReLU, doc: %s}\n", "  a: {layers: [ReLU], doc: %s}\n", "  a: ReLU\n  b: {use: a, doc: %s}\n",
     "  a: {type: ReLU, repeat: 2, doc: %s}\n", "  a: {type: B, doc: %s}\n", "  a: {type: B, repeat: 2, doc: %s}\n"],
)  # fmt: skip
def test_a_doc_is_a_text(layers: str, value: str) -> None:
    text = spec(layers % value, "[4]", "blocks: {B: {layers: [ReLU]}}\n")
    found = [diagnostic for diagnostic in checked(text).diagnostics if diagnostic.severity == "error"]
    assert [(diagnostic.code, diagnostic.span.text()) for diagnostic in found] == [("E0105", value)]


@pytest.mark.parametrize(
    "more",
    ["blocks: {B: {layers: [ReLU], doc: 3}}\n", "args: {a: {default: 1, one_of: [1], doc: 3}}\n", "doc: 3\n"],
)
def test_the_doc_of_a_declaration_is_a_text(more: str) -> None:
    assert codes(spec("  a: Sigmoid\n  b: Flatten\n", "[4]", more)) == ["E0105"]


# Blocks that could not be read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("blocks: {b-1: {layers: [ReLU]}}\n", "E0107"),
        ("blocks: {B: 3}\n", "E0105"),
        ("import: [nothing.yaml]\n", "E0506"),
        ("import: [../B.yaml]\n", "E0506"),
        ("import: [3]\n", "E0105"),
    ],
)
@pytest.mark.parametrize(
    "use", ["%s", "{type: %s, width: 3}", "{type: %s, repeat: 2}", "{type: %s, from: [input, input]}"]
)
def test_a_block_that_was_not_read_is_not_missed_too(more: str, code: str, use: str) -> None:
    name = "b-1" if "b-1" in more else "B"
    assert codes(spec(f"  a: {use % name}\n  b: ReLU\n", "[4]", more)) == [code]


def test_a_file_that_is_wrong_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "common.yaml").write_text("archspec: 1\nblocks: {Part: 3}\n")
    text = spec("  a: Part\n  b: {type: Conv2d, out_channels: 0, kernel_size: 3}\n", more="import: [common.yaml]\n")
    result = check(str(tmp_path / "spec.yaml"), text.encode())
    assert sorted((found.code, Path(found.span.source.path).name) for found in result.diagnostics) == [
        ("E0105", "common.yaml"), ("E0105", "spec.yaml")]  # fmt: skip


def test_other_types_are_still_missed() -> None:
    assert sorted(codes(spec("  a: B\n  b: Nothing\n", "[4]", "blocks: {B: 3}\n"))) == ["E0104", "E0105"]


# Keys that nothing reads -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["layers: [ReLU]", "layers: []", "layers: null", "inputs: [x]", "outputs: {a: b}"])
@pytest.mark.parametrize("layer", ["type: ReLU", "type: Linear, out_features: 4", 'type: "python:a.B", output: [4], params: 0',
                                   "type: Parameter, shape: [4]", "type: B"])  # fmt: skip
def test_what_makes_a_group_does_not_stand_beside_a_type(layer: str, key: str) -> None:
    text = spec(f"  a: {{{layer}, {key}}}\n  b: ReLU\n", "[4]", "blocks: {B: {layers: [ReLU]}}\n")
    found = [diagnostic for diagnostic in checked(text).diagnostics if diagnostic.severity == "error"]
    assert [(diagnostic.code, diagnostic.span.text()) for diagnostic in found] == [("E0103", key.partition(":")[0])]


@pytest.mark.parametrize(
    "layer", ["type: ReLU", "layers: [ReLU]", "type: B", "type: ReLU, when: true", "type: ReLU, let: {z: 1}"]
)
@pytest.mark.parametrize("place", ["  a: {%s, as: q}\n", "  - {%s, as: q}\n"])
def test_as_names_what_is_repeated(layer: str, place: str) -> None:
    text = spec(place % layer, "[4]", "blocks: {B: {layers: [Tanh]}}\n")
    found = [diagnostic for diagnostic in checked(text).diagnostics if diagnostic.severity == "error"]
    assert [(diagnostic.code, diagnostic.span.text()) for diagnostic in found] == [("E0106", "as")]


@pytest.mark.parametrize(
    "claim",
    ["budget: {params: %s}\n", "budget: {macs: %s}\n", "budget: {params: {max: 9}, peak_activation_bytes: %s}\n",
     "expect: {layers: {a: {receptive_field: %s}}}\n", "expect: {layers: {a: %s}}\n", "expect: {params: %s}\n"],
)  # fmt: skip
@pytest.mark.parametrize("nothing", ["", "null", "~"])
def test_a_claim_of_nothing_is_none(claim: str, nothing: str) -> None:
    found = checked(spec("  a: Tanh\n", "[4]", claim % nothing)).diagnostics
    assert [diagnostic.code for diagnostic in found] == ["E0105"]
    assert "not nothing" in found[0].message
