"""Every lint warns of its own bad spec, and is silent on its good one."""

import subprocess
import sys
from types import ModuleType

import pytest
from support import checked, spec

from archspec.diagnostics.codes import CODES
from archspec.graph import Node
from archspec.lints import all_lints


@pytest.mark.parametrize("lint", all_lints(), ids=lambda lint: lint.CODE)
def test_bad_and_good(lint: ModuleType) -> None:
    bad, good = checked(lint.BAD, select="ALL"), checked(lint.GOOD, select="ALL")
    assert bad.ok, bad.diagnostics
    assert lint.CODE in [d.code for d in bad.diagnostics]
    assert good.ok, good.diagnostics
    assert lint.CODE not in [d.code for d in good.diagnostics]


def test_all_lint_codes_have_a_lint() -> None:
    assert [lint.CODE for lint in all_lints()] == [code for code in CODES if code.startswith("W10")]


@pytest.mark.parametrize("lint", all_lints(), ids=lambda lint: lint.CODE)
def test_what_is_read_of_a_file_is_what_python_reads(lint: ModuleType) -> None:
    code, (title, why, *_) = CODES[lint.CODE], (lint.__doc__ or "").split("\n\n")
    assert title == f"{lint.CODE}: {code.title}"
    assert " ".join(why.split()) == code.why
    assert getattr(lint, "IS_DEFAULT", True) == code.is_default


def test_codes_are_read_without_importing_the_lints() -> None:
    program = "import sys; from archspec.diagnostics.codes import CODES; CODES['W1003']; print('archspec.lints' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )


def warnings(text: str, code: str) -> list[str]:
    result = checked(text)
    assert result.ok, result.diagnostics
    return [d.message for d in result.diagnostics if d.code == code]


def test_one_warning_a_dead_end_names_what_leads_to_it() -> None:
    text = spec("  a: ReLU\n  b: {type: Tanh, from: input}\n  c: ReLU\n  d: {type: ReLU, from: a}\n")
    assert warnings(text, "W1001") == ["c feeds nothing, and b feeds only that"]


def test_an_unused_input() -> None:
    text = "archspec: 1\nname: A\ninputs: {a: {shape: [3]}, b: {shape: [3]}}\nlayers: {x: {type: ReLU, from: a}}\n"
    assert warnings(text, "W1001") == ["no output depends on the input b"]


@pytest.mark.parametrize(("size", "dropped"), [(224, 1), (225, 2), (226, 3), (227, 0), (228, 1)])
def test_dropped_pixels_are_counted(size: int, dropped: int) -> None:
    text = spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 11, stride: 4}\n", f"[3, {size}, 227]")
    rows = f"{dropped} row{'s' if dropped > 1 else ''}"
    assert warnings(text, "W1004") == ([f"a never reads the last {rows} of its input"] if dropped else [])


def test_padding_alone_that_is_not_reached_is_not_dropped_pixels() -> None:
    assert not warnings(
        spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 7, stride: 2, padding: 3}\n", "[3, 224, 224]"), "W1004"
    )


@pytest.mark.parametrize("norm", ["BatchNorm2d", "SyncBatchNorm", "InstanceNorm2d", "{type: GroupNorm, num_groups: 8}"])
def test_a_bias_before_what_takes_the_mean_of_each_channel_away(norm: str) -> None:
    text = spec(f"  a: {{type: Conv2d, out_channels: 8, kernel_size: 1}}\n  b: {norm}\n")
    assert bool(warnings(text, "W1003")) == ("Group" not in norm)


def test_a_bias_that_others_read_too_matters() -> None:
    text = spec(
        "  a: {type: Conv2d, out_channels: 8, kernel_size: 1}\n  b: BatchNorm2d\n  c: {type: Add, from: [a, b]}\n"
    )
    assert not warnings(text, "W1003")


@pytest.mark.parametrize(("layers", "help"), [
    ("  s: {type: Softmax, dim: 0}\n", "write dim: 1"),
    ("  t: {type: Transpose, dim0: 0, dim1: 1}\n  m: {type: Matmul, from: [input, t]}\n  s: {type: Softmax, dim: -1}\n",
     "give it a tensor that has the batch in its first axis alone"),
])  # fmt: skip
def test_help_names_an_axis_that_is_not_the_batch(layers: str, help: str) -> None:
    assert [d.help for d in checked(spec(layers, "[8]")).diagnostics if d.code == "W1014"] == [help]


def test_one_sigmoid_for_a_yes_or_no_answer_is_fine() -> None:
    assert not warnings(spec("  a: {type: Linear, out_features: 1}\n  b: Sigmoid\n", "[8]"), "W1002")


def help_of_w1001(text: str) -> list[str]:
    result = checked(text)
    assert result.ok, result.diagnostics
    return [d.help for d in result.diagnostics if d.code == "W1001"]


M = "blocks: {M: {layers: {a: ReLU, b: Tanh, c: {type: Tanh, from: a}}}}\n"
LAST = "blocks: {M: {outputs: {output: d}, layers: {d: ReLU, c: {type: Tanh, from: input}}}}\n"


@pytest.mark.parametrize(
    ("text", "help"),
    [
        (spec("  a: ReLU\n  b: Tanh\n  c: {type: ReLU, from: a}\n"), "let c read it (from: b), or take it out"),
        (M + spec("  m: M\n"), "let m.c read it (from: b), or take it out"),
        (M + spec("  r: ReLU\n  m: M\n  e: {type: ReLU, from: r}\n").replace("b: Tanh, ", ""),
         "let e read it (from: m), or take it out"),
        (spec("  a: ReLU\n  b: {type: Tanh, repeat: 2}\n  e: {type: ReLU, from: a}\n"), "let e read it (from: b), or take it out"),
        (LAST + spec("  m: M\n  e: ReLU\n"), "take it out, let a layer of the block M read it (from: c), or return it: outputs: {…: c}"),
        (spec("  g: {layers: {c: {type: Tanh, from: input}, d: {type: ReLU, from: input}}}\n"),
         "let g.d read it (from: c), or take it out"),
        (M.replace("b: Tanh", "b: {type: Tanh, doc: x}") + spec("  m: M\n  e: {type: ReLU, from: input}\n"),
         "let e read it (from: m), or take it out"),
    ],
)  # fmt: skip
def test_help_names_the_dead_end_as_the_scope_does(text: str, help: str) -> None:
    assert help in help_of_w1001(text)


def test_every_edit_that_help_proposes_is_valid() -> None:
    text = spec("  a: ReLU\n  b: {type: Tanh, repeat: 2}\n  e: {type: ReLU, from: a}\n")
    assert not help_of_w1001(text.replace("from: a}", "from: b}"))


def test_what_leads_to_two_dead_ends_is_named_with_neither() -> None:
    layers = (
        "  a: {type: ReLU, from: input}\n  b: {type: ReLU, from: a}\n  c: {type: ReLU, from: b}\n  d: {type: ReLU, from: b}\n"
        "  e: {type: ReLU, from: d}\n  f: {type: Add, from: [d, e]}\n  out: {type: ReLU, from: input}\n"
    )
    assert warnings(spec(layers), "W1001") == ["c feeds nothing", "f feeds nothing, and d, e feed only that"]


def test_very_many_dead_ends_are_found_in_one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 1_000
    layers = (
        "".join(f"  d{i}: {{type: ReLU, from: {f'd{i - 1}' if i else 'input'}}}\n" for i in range(count))
        + "".join(f"  l{i}: {{type: ReLU, from: d{i}}}\n" for i in range(count))
        + "  out: {type: ReLU, from: input}\n"
    )
    asked: list[int] = []
    is_input = Node.is_input.fget
    assert is_input is not None
    monkeypatch.setattr(Node, "is_input", property(lambda node: (asked.append(node.index), is_input(node))[1]))
    found = warnings(spec(layers), "W1001")
    assert len(found) == count
    assert found[-1] == f"l{count - 1} feeds nothing, and d{count - 1} feeds only that"
    assert set(found[:-1]) == {f"l{i} feeds nothing" for i in range(count - 1)}
    assert len(asked) < 30 * 2 * count


IMAGE, VECTOR = "[3, 32, 32]", "[16]"
WORDS = "{shape: [8], dtype: int64}"
AT = '  at: {type: Constant, value: "${range(8)}"}\n'
TABLE = "  {}: {{type: Embedding, num_embeddings: {}, embedding_dim: 2, from: {}}}\n"
BRANCHES = """  p: {{type: MaxPool2d, kernel_size: 3, stride: 1, padding: 1, from: input}}
  a: {{type: Conv2d, out_channels: 8, kernel_size: 1, from: input}}
  b: {{type: Conv2d, out_channels: 8, kernel_size: 1, from: a}}
  c: {{type: Conv2d, out_channels: 3, from: input, kernel_size: 3, padding: 1, {}}}
  cat: {{type: Cat, from: [a, b, c], dim: 1}}
"""
TO_16 = "  m: {type: Linear, out_features: 16}\n"


@pytest.mark.parametrize(
    ("layers", "input", "code", "count"),
    [
        ("  p: {type: AvgPool2d, kernel_size: 2}\n  d: Dropout\n  l: {type: Linear, out_features: 5}\n", IMAGE, "W1010", 1),
        ("  l: {type: Linear, out_features: 5}\n", "[1, 28, 28]", "W1010", 1),
        ("  c: {type: Conv3d, out_channels: 2, kernel_size: 3}\n  l: {type: Linear, out_features: 5}\n", "[1, 8, 8, 8]", "W1010", 1),
        ("  l: {type: Linear, out_features: 5}\n", "[8, 10, 64]", "W1010", 0),  # heads, positions, features
        ("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  p: {type: Permute, dims: [0, 2, 3, 1]}\n  l: {type: Linear, out_features: 5}\n",
         IMAGE, "W1010", 0),
        (TO_16 + "  d: Dropout\n  n: {type: Linear, out_features: 4}\n", VECTOR, "W1011", 1),
        (TO_16 + "  n: {type: Linear, out_features: 16}\n  o: {type: Add, from: [m, n]}\n", VECTOR, "W1011", 0),
        ("  a: {type: Linear, out_features: 4}\n  b: {type: Linear, out_features: 16}\n", VECTOR, "W1011", 0),  # a factorization
        (TO_16 + "  g: GELU\n  n: {type: Linear, out_features: 4}\n", VECTOR, "W1011", 0),
        ("  a: {type: Linear, out_features: 16, repeat: 9}\n", VECTOR, "W1011", 1),
        (TO_16 + "  r: ReLU6\n", VECTOR, "W1012", 1),
        ("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  r: ReLU\n", IMAGE, "W1012", 0),
        (TO_16 + "  r: ReLU\n  n: {type: Linear, out_features: 4}\n", VECTOR, "W1012", 0),
        ("  d: {type: Dropout2d, p: 1}\n", IMAGE, "W1013", 1),
        ("  g: {type: GRU, hidden_size: 4, num_layers: 2, dropout: 1.0, batch_first: true}\n", "[5, 8]", "W1013", 1),
        ("  d: {type: Dropout, p: 0.99}\n", VECTOR, "W1013", 0),
        ("  s: {type: LogSoftmax, dim: -2}\n", VECTOR, "W1014", 1),
        ("  s: {type: Softmin, dim: 0}\n", "[8, 8]", "W1014", 1),
        ("  s: {type: Softmax, dim: -1}\n", VECTOR, "W1014", 0),
        (TO_16 + "  g: SiLU\n", VECTOR, "W1012", 1),
        (TO_16 + "  g: Tanh\n", VECTOR, "W1012", 0),
        ("  c: {type: Conv1d, out_channels: 8, kernel_size: 2, padding: same}\n", "[3, 32]", "W1015", 1),
        ("  c: {type: Conv2d, out_channels: 8, kernel_size: [3, 2], padding: same}\n", IMAGE, "W1015", 1),
        ("  c: {type: Conv1d, out_channels: 8, kernel_size: 2, dilation: 2, padding: same}\n", "[3, 32]", "W1015", 0),
        ("  c: {type: Conv1d, out_channels: 8, kernel_size: 2, padding: same_upper}\n", "[3, 32]", "W1015", 0),
        ("  c: {type: Conv1d, out_channels: 8, kernel_size: 2, padding: 1}\n", "[3, 32]", "W1015", 0),
        (TO_16 + "  d: Dropout\n", VECTOR, "W1016", 1),
        ("  c: {type: Conv1d, out_channels: 8, kernel_size: 2, stride: 3}\n", "[3, 32]", "W1022", 1),
        ("  p: {type: MaxPool2d, kernel_size: [2, 3], stride: [3, 3]}\n", IMAGE, "W1022", 1),
        ("  p: {type: AvgPool2d, kernel_size: 2, stride: 3}\n", "[3, 4, 4]", "W1022", 0),  # one window in all
        ("  c: {type: Conv2d, out_channels: 8, kernel_size: 1, stride: 2}\n", IMAGE, "W1022", 0),  # a ResNet's shortcut
        ("  c: {type: Conv2d, out_channels: 8, kernel_size: 2, stride: 3, dilation: 2}\n", IMAGE, "W1022", 0),
        ("  c: {type: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 3}\n", IMAGE, "W1022", 0),
        (TABLE.format("e", 9, "input") + TABLE.format("f", 8, "input"), WORDS, "W1023", 1),
        (TABLE.format("e", 9, "input") + TABLE.format("f", 9, "input"), WORDS, "W1023", 0),
        (TABLE.format("e", 9, "input") + AT + TABLE.format("f", 8, "at"), WORDS, "W1023", 0),
        (TABLE.format("e", 9, "input") + AT + TABLE.format("f", 7, "at"), WORDS, "W1023", 1),
        (AT + TABLE.format("e", 9, "at") + TABLE.format("f", 8, "at"), WORDS, "W1023", 0),  # enough for these
        (AT + TABLE.format("e", 9, "at") + TABLE.format("f", 7, "at"), WORDS, "W1023", 1),
        (BRANCHES.format("when: false"), IMAGE, "W1024", 1),
        (BRANCHES.format("when: true"), IMAGE, "W1024", 0),
        (BRANCHES.format("when: false").replace("from: input, kernel_size: 3", "from: p, kernel_size: 3"), IMAGE, "W1024", 0),
        (BRANCHES.format("when: false").replace("[a, b, c]", "[input, c]"), IMAGE, "W1024", 1),
        ("  m: {type: Linear, out_features: 16}\n  d: Dropout\n", "[9, 16]", "W1016", 0),  # of each position
        (TO_16 + "  d: Dropout\n  n: ReLU\n", VECTOR, "W1016", 0),
        ("  g: {layers: {w: {type: Parameter, shape: [3]}, b: {type: Buffer, shape: [3]}}}\n  r: {type: ReLU, from: input}\n",
         VECTOR, "W1001", 0),  # the weights of a head that is not computed here
        ("  g: {layers: {w: {type: Parameter, shape: [3]}, r: {type: ReLU, from: input}}}\n", VECTOR, "W1001", 1),
        ("  w: {type: Parameter, shape: [3]}\n  r: {type: ReLU, from: input}\n", VECTOR, "W1001", 1),
    ],
)  # fmt: skip
def test_what_a_lint_says_and_what_it_does_not(layers: str, input: str, code: str, count: int) -> None:
    assert len(warnings(spec(layers, input), code)) == count


def test_what_training_alone_computes_is_returned() -> None:
    layers = (
        TO_16
        + "  aux: {type: Linear, out_features: 4, mode: train}\n  head: {type: Linear, out_features: 4, from: m}\n"
    )
    found = checked(spec(layers, VECTOR)).diagnostics
    assert [(d.code, d.help) for d in found] == [
        ("W1001", "return it, as what training alone reads: outputs: {output: head, aux: aux}; or take it out")
    ]
    returned = spec(layers, VECTOR).replace("layers:", "outputs: {output: head, aux: aux}\nlayers:")
    assert [d.code for d in checked(returned).diagnostics] == []
