"""What help says of claims and shapes that do not fit; that it is right, each case by hand."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

from archspec.diagnostics.edits import merged
from archspec.diagnostics.model import Diagnostic
from archspec.fixing import fix

BLOCK = "blocks: {B: {args: {c: int, d: 4}, layers: [{type: Conv2d, in_channels: '${c}', out_channels: 8, kernel_size: 1}]}}\n"


def only(text: str) -> Diagnostic:
    (found,) = [d for d in checked(text).diagnostics if d.severity == "error"]
    return found


@pytest.mark.parametrize(
    ("layers", "input", "help"),
    [
        ("  a: {type: Linear, in_features: 9, out_features: 2}\n", "[3, 4, 4]", "put a Flatten before it: 3 × 4 × 4 = 48; and write in_features: 48, or leave in_features out"),
        ("  a: {type: Linear, in_features: 8, out_features: 2}\n", "[8, 5, 5]", "put an AdaptiveAvgPool2d with output_size: 1 and a Flatten before it"),
        ("  r: ReLU\n  a: {type: LSTM, input_size: 8, hidden_size: 2, batch_first: true}\n", "[8, 5]",
         "put a Transpose before it, {type: Transpose, dim0: 1, dim1: 2}: N × 5 × 8"),
        ("  a: {type: Conv1d, in_channels: 5, out_channels: 2, kernel_size: 1}\n", "[8, 5]",
         "if 5 is the number of channels, write input: [5, 8]; a Transpose with dim0: 1 and dim1: 2 turns an input that is not so"),
        ("  a: {type: Linear, in_features: 80, out_features: 2}\n", "[5, 16]", "put a Flatten before it: 5 × 16 = 80"),
    ],
)  # fmt: skip
def test_what_a_claim_was_meant_for(layers: str, input: str, help: str) -> None:
    assert only(spec(layers, input)).help == help


@pytest.mark.parametrize("style", ["flow", "block", "list", "list of flow", "json"])
def test_a_layer_is_put_before_another_in_each_style(style: str) -> None:
    linear = "{type: Linear, in_features: 48, out_features: 2}"
    texts = {
        "flow": spec(f"  {{r: ReLU, a: {linear}}}\n", "[3, 4, 4]"),
        "block": spec("  r: ReLU\n  a:\n    type: Linear\n    in_features: 48\n    out_features: 2\n", "[3, 4, 4]"),
        "list": spec(f"  - ReLU\n  - {linear}\n", "[3, 4, 4]"),
        "list of flow": spec(f"  [ReLU, {linear}]\n", "[3, 4, 4]"),
        "json": '{"archspec": 1, "name": "A", "input": [3, 4, 4], "layers": {"a": {"type": "Linear", "in_features": 48, "out_features": 2}}}',
    }  # fmt: skip
    assert only(texts[style]).help == "put a Flatten before it: 3 × 4 × 4 = 48"


def test_another_value_at_the_use_of_a_block() -> None:
    once = only(BLOCK + spec("  a: {type: B, c: 4}\n", "[3, 4, 4]"))
    assert once.help == "write c: 3 where a is made (line 6), or leave in_channels out"
    twice = only(BLOCK + spec("  a: {type: B, c: 4}\n  b: {type: B, c: 4, from: input}\n", "[3, 4, 4]"))
    assert twice.help == "leave in_channels out"
    outer = "  O: {args: {width: int, other: 7}, layers: {i: {type: B, c: '${other}'}}}\n"
    blocks = BLOCK.replace("blocks: {B:", "blocks:\n  B:").rstrip("\n")[:-1] + "\n" + outer
    nested = only(blocks + spec("  o: {type: O, width: 3}\n", "[3, 4, 4]"))
    assert nested.help == 'write c: "${width}" where o.i is made (line 3), or leave in_channels out'


def test_never_a_number_for_an_expression() -> None:
    text = spec("  a: {type: Linear, in_features: '${2 * w}', out_features: 2}\n", "[5]", "let: {w: 3}\n")
    found = only(text)
    assert found.help == "leave in_features out"
    assert found.fix is not None
    assert merged(found.fix.edits).replacement == ""


@pytest.mark.parametrize(
    ("layers", "input", "label"),
    [
        ("  g: {type: GRU, hidden_size: 8, bidirectional: true, batch_first: true}\n", "[5, 4]", "g gives N × 5 × 16: 2 directions × 8 = 16"),
        ("  c: {type: Cat, from: [input, input], dim: 1}\n", "[5]", "c gives N × 10: 5 + 5 = 10"),
        ("  f: Flatten\n", "[3, 2, 2]", "3 × 2 × 2 = 12 leave here"),
        ("  u: {type: ReLU}\n", "[6]", "u gives N × 6"),
    ],
)  # fmt: skip
def test_how_a_size_comes_about(layers: str, input: str, label: str) -> None:
    found = only(spec(layers + "  a: {type: Linear, in_features: 7, out_features: 2}\n", input))
    assert found.labels[0].message == label


def test_no_way_where_a_linear_layer_stands_between() -> None:
    conv = "  c: {type: Conv2d, out_channels: 4, kernel_size: 3}\n  f: Flatten\n"
    last = only(
        spec(conv + "  a: {type: Linear, out_features: 6}\n  b: {type: Linear, in_features: 5, out_features: 2}\n")
    )
    assert not any("on the way" in note for note in last.notes)
    first = only(spec(conv + "  a: {type: Linear, in_features: 5, out_features: 6}\n"))
    assert first.notes[0] == "the side on the way: 32 → 30 (c)"


def test_what_is_said_to_be_right_is_valid() -> None:
    """A pool of kernel 2 pads by 1 at most; a padding that gives the size, and that PyTorch refuses, is not said."""
    pool = "  p: {type: MaxPool2d, kernel_size: 2}\n  f: Flatten\n"
    found = only(
        spec(pool + "  a: {type: Linear, in_features: 972, out_features: 2}\n")
    )  # 3 × 18 × 18: padding 2 would give it
    assert found.notes[1:] == ("972 would be right with an input of 36 × 36",)


def test_a_shared_block_changes_in_all_its_uses() -> None:
    blocks = "blocks: {D: {layers: {c: {type: Conv2d, out_channels: 3, kernel_size: 3}}}}\n"
    found = only(
        blocks + spec("  a: D\n  b: D\n  f: Flatten\n  l: {type: Linear, in_features: 3072, out_features: 2}\n")
    )
    assert found.notes[1].startswith("3072 would be right with padding 1 in c of the block D")


@pytest.mark.parametrize(
    ("layers", "input", "help"),
    [
        ("  p: {type: MaxPool2d, kernel_size: 4}\n  q: {type: MaxPool2d, kernel_size: 4}\n", "[3, 9, 9]", "use an input of 16 × 16 or more"),
        ("  p: {type: MaxPool1d, kernel_size: 2}\n  u: {type: Upsample, scale_factor: 2}\n  c: {type: Add, from: [u, input]}\n", "[3, 9]",
         "use an input of 8 or 10"),
        ("  p: {type: Conv2d, out_channels: 3, kernel_size: 3}\n  c: {type: Conv2d, out_channels: 3, kernel_size: 9}\n", "[3, 8, 8]",
         "use an input of 11 × 11 or more"),
    ],
)  # fmt: skip
def test_inputs_that_fit(layers: str, input: str, help: str) -> None:
    found = only(spec(layers, input))
    assert found.help == help
    assert found.notes[0].startswith("the s")


def test_a_kernel_spread_by_dilation() -> None:
    """A kernel of 4 with a dilation of 3 spans 10."""
    found = only(spec("  a: {type: MaxPool2d, kernel_size: 6, dilation: 3}\n", "[3, 10, 10]"))
    assert found.label == "at most 4 fits"
    assert not checked(spec("  a: {type: MaxPool2d, kernel_size: 4, dilation: 3}\n", "[3, 10, 10]")).diagnostics


def test_advice_that_follows_from_an_earlier_error_is_not_given() -> None:
    """Without the Flatten, all that comes after reads images; with it, only the claim of the last layer is wrong."""
    layers = """\
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}
  fc1: {type: Linear, in_features: 7000, out_features: 64}
  fc2: {type: Linear, in_features: 66, out_features: 10}
"""
    first, second = checked(spec(layers, "[3, 32, 32]")).diagnostics
    assert first.help == (
        "put a Flatten before it: 8 × 30 × 30 = 7200; and write in_features: 7200, or leave in_features out"
    )
    assert second.help == "write in_features: 64, or leave in_features out"


CLASSIFIER = """\
  features: {layers: [{type: Conv2d, out_channels: 8, kernel_size: 3}]}
  classifier:
    layers:
      - {type: Linear, in_features: 7200, out_features: 64}
      - ReLU
"""


def test_a_flatten_goes_before_a_group_whose_keys_it_would_shift() -> None:
    (problem,) = checked(spec(CLASSIFIER, "[3, 32, 32]")).diagnostics
    assert problem.help == "put a Flatten before classifier, so that its keys stay: 8 × 30 × 30 = 7200"
    fixed = fix("a.yaml", spec(CLASSIFIER, "[3, 32, 32]").encode(), is_unsafe=True)
    assert b"  flatten: Flatten\n  classifier:\n" in fixed.after
    assert [node.path for node in fixed.result.graph.layers if node.type == "Linear"] == ["classifier.0"]


BLOCKS = "blocks: {Head: {layers: [Dropout, {type: Linear, in_features: 7200, out_features: 64}, ReLU]}}\n"


@pytest.mark.parametrize(
    ("blocks", "first", "inside"),
    [
        ("", "{layers: [Dropout, {type: Linear, in_features: 7200, out_features: 64}, ReLU]}", False),
        ("", "{layers: [Dropout, ELU, {type: Linear, in_features: 7200, out_features: 64}]}", False),
        ("", "{layers: [Dropout2d, {type: Linear, in_features: 7200, out_features: 64}]}", True),
        ("", "{layers: [{type: Softmax, dim: -1}, {type: Linear, in_features: 7200, out_features: 64}]}", True),
        ("", "{layers: [BatchNorm2d, {type: Linear, in_features: 7200, out_features: 64}]}", True),
        (BLOCKS, "Head", False),
    ],
)
def test_what_treats_each_number_by_itself_may_begin_the_group(blocks: str, first: str, inside: bool) -> None:
    """A Dropout may stand on either side of a Flatten: the keys of the weights stay as the class in PyTorch has them."""
    features = "  features: {layers: [{type: Conv2d, out_channels: 8, kernel_size: 3}]}\n"
    text = spec(f"{features}  classifier: {first}\n", "[3, 32, 32]", blocks)
    before = [node.path for node in checked(text).graph.layers if node.type == "Linear"]
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert fixed.result.ok
    assert (b"  flatten: Flatten\n  classifier: " in fixed.after) is not inside
    assert ([node.path for node in fixed.result.graph.layers if node.type == "Linear"] == before) is not inside


def test_it_stays_in_a_block_that_is_used_twice() -> None:
    head = BLOCKS.replace("64}, ReLU", "7200}, {type: Reshape, shape: [8, 30, 30]}")
    text = spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  a: Head\n  b: Head\n", "[3, 32, 32]", head)
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert fixed.result.ok
    assert b"[Dropout, Flatten, " in fixed.after


def test_it_stays_in_the_group_where_another_layer_reads_the_same() -> None:
    text = spec(
        CLASSIFIER.replace("- ReLU", "- {type: Flatten, from: input}\n      - {type: Linear, out_features: 4}"),
        "[3, 32, 32]",
    )
    (problem,) = checked(text).diagnostics
    assert problem.help.startswith(
        "write in_features: 30"
    )  # whose numbers are spoken of: no layer is put into the list
    assert problem.fix is not None
    assert not problem.fix.is_safe


@pytest.mark.parametrize(
    ("layer", "swapped"),
    [
        ("{type: Linear, in_features: 10, out_features: 48}", "{type: Linear, in_features: 48, out_features: 10}"),
        ("{type: Linear, out_features: 48, in_features: 10, bias: false}", "{type: Linear, out_features: 10, in_features: 48, bias: false}"),
    ],
)  # fmt: skip
def test_what_comes_in_and_goes_out_the_other_way_round(layer: str, swapped: str) -> None:
    text = spec(f"  f: Flatten\n  a: {layer}\n", "[3, 4, 4]")
    found = only(text)
    assert found.help.startswith(
        "in_features and out_features may be swapped: write in_features: 48 and out_features: 10"
    )
    assert fix("a.yaml", text.encode()).after.decode() == text
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text.replace(layer, swapped)


def test_a_claim_behind_a_guess_is_not_safe_to_change() -> None:
    first = "{type: Conv2d, in_channels: 16, out_channels: 3, kernel_size: 1}"
    last = "  b: {type: Conv2d, in_channels: 16, out_channels: 8, kernel_size: 1}\n"
    text = spec(f"  a: {first}\n{last}", "[3, 8, 8]")
    assert fix("a.yaml", text.encode()).after.decode() == text
    right = "{type: Conv2d, in_channels: 3, out_channels: 16, kernel_size: 1}"
    (problem, _) = checked(text).diagnostics
    assert problem.fix is not None
    assert problem.help.startswith("in_channels and out_channels may be swapped")
    assert checked(text.replace(first, right)).ok


def test_as_much_goes_out_as_comes_in_and_swapping_does_not_fit() -> None:
    layers = (
        "  a: {type: Conv2d, out_channels: 8, kernel_size: 1}\n"
        "  b: {type: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 1}\n  c: {type: Add, from: [a, b]}\n"
    )
    found = only(spec(layers, "[3, 8, 8]"))
    groups = "write in_channels: 8 and groups: 2, if each group is to read 4 of them"
    assert found.help == f"write in_channels: 8, or leave in_channels out; or {groups}"
    assert found.fix is not None
    assert not found.fix.is_safe


@pytest.mark.parametrize(
    ("claim", "true"), [("params: 61.7 k", "params: 61704"), ("param_bytes: 241.0 KiB", "param_bytes: 246816")]
)
def test_a_rounded_figure_is_told_from_a_wrong_one(claim: str, true: str) -> None:
    layers = "  a: {type: Linear, out_features: 78}\n  r: ReLU\n  b: {type: Linear, out_features: 6}\n"
    found = next(d for d in checked(spec(layers, "[784]", f"expect: {{{claim}}}\n")).diagnostics if d.code == "E0401")
    assert (found.help, "that figure rounded" in found.notes[0]) == (f"write {true}", True)
    wrong = claim.replace("61.7", "61.5").replace("241.0", "242.0")
    found = next(d for d in checked(spec(layers, "[784]", f"expect: {{{wrong}}}\n")).diagnostics if d.code == "E0401")
    assert (found.help, found.notes == () or "rounded" not in found.notes[0]) == (
        f"change the network, or write {true}",
        True,
    )


@pytest.mark.parametrize("dim", [0, 2, 3, -1])
@pytest.mark.parametrize("between", ["", "  r: ReLU\n"])
def test_channels_that_were_to_be_joined(dim: int, between: str) -> None:
    """A Cat along another axis leaves as many channels as there were, and who claims all of them is right."""
    convs = "".join(f"  {name}: {{type: Conv2d, from: input, out_channels: 8, kernel_size: 3}}\n" for name in "ab")
    reader = "  c: {type: Conv2d, in_channels: 16, out_channels: 4, kernel_size: 3}\n"
    text = spec(f"{convs}  j: {{type: Cat, from: [a, b], dim: {dim}}}\n{between}{reader}", "[3, 32, 32]")
    assert helps(text) == ["write dim: 1 in j, which joins channels: 16"]
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == text.replace(f"dim: {dim}", "dim: 1")


def test_one_direction_of_a_recurrent_layer() -> None:
    """Who claims both has half of the features by mistake."""
    layers = """  emb: {type: Embedding, num_embeddings: 100, embedding_dim: 8}
  lstm: {type: LSTM, hidden_size: 16, num_layers: 2, bidirectional: true, batch_first: true}
  last: {type: Select, dim: 0, index: -1, from: lstm.h}
  fc: {type: Linear, in_features: 32, out_features: 1}
"""
    text = spec(layers, "{shape: [9], dtype: int64}")
    (error,) = checked(text).diagnostics
    assert error.notes[-1] == (
        "last is one direction of lstm: a Select with index: 2 has the other, and a Cat of both with dim: 1 has 32"
    )
    assert fixed(text) == text


def test_a_claim_that_a_use_makes_is_not_left_out_unasked() -> None:
    text = """archspec: 1
name: Net
input: [4, 8, 8]
blocks:
  Double:
    args: {in_channels: int, out_channels: int}
    layers:
      - {type: Conv2d, in_channels: "${in_channels}", out_channels: "${out_channels}", kernel_size: 3}
      - ReLU
layers:
  a: {type: Double, in_channels: 4, out_channels: 8}
  b: {type: Double, in_channels: 4, out_channels: 8}
"""
    assert helps(text)[0].startswith("write in_channels: 8 where b is made (line 12), or leave in_channels out")
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == text.replace(
        "b: {type: Double, in_channels: 4", "b: {type: Double, in_channels: 8"
    )
