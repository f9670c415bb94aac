"""Every spec of the corpus, fixed: what is fixed is gone, nothing else is wrong that could be seen, comments stay, twice is once."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from comments import commented, lost
from support import ROOT, checked, spec
from test_corpus import CORPUS, new_errors

from archspec.diagnostics.model import Diagnostic
from archspec.fixing import Fixed, fix

MUTATED = [name for name in CORPUS if name.startswith("alexnet ")]
NAMES = [name for name in CORPUS if name not in MUTATED] + MUTATED[::6]
COMMENTED = "# above\n{}# between\n{}# below\n"


def with_comments(text: str) -> str:
    """A text with comments, everywhere where it is YAML."""
    lines = text.split("\n")
    half = len(lines) // 2
    return commented(COMMENTED.format("\n".join([*lines[:half], ""]), "\n".join(lines[half:])), Random(0))


def fixed(name: str, text: str, is_unsafe: bool) -> Fixed:
    return fix(str(ROOT / "tests/cases/files" / name), text.encode(), None, is_unsafe)


@pytest.mark.parametrize("is_unsafe", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_fixed_is_gone_for_good(name: str, is_unsafe: bool) -> None:
    text = with_comments(CORPUS[name])
    before = checked(text, str(ROOT / "tests/cases/files" / name))
    found = fixed(name, text, is_unsafe)
    left = [(problem.code, problem.message) for problem in found.result.diagnostics]
    assert not [problem for problem in found.made if (problem.code, problem.message) in left]
    assert not new_errors(before, found.result)
    again = fixed(name, found.after.decode(), is_unsafe)
    is_kept = "run it again" in found.why_not_all  # what was left as it is since a fix may be what is wrong
    assert is_kept or (again.after, again.made) == (found.after, [])
    assert not lost(text, found.after.decode())
    assert bool(found.made) is (found.after != text.encode())


def test_no_line_changes_that_has_nothing_wrong() -> None:
    text = CORPUS["student/07c_filters.yaml"]
    found = fixed("student/07c_filters.yaml", text, is_unsafe=False)
    assert found.made
    wrong = {problem.span.line for problem in found.made}
    pairs = zip(text.split("\n"), found.after.decode().split("\n"), strict=True)
    assert {number for number, (old, new) in enumerate(pairs, 1) if old != new} == wrong


def one(text: str) -> Diagnostic:
    (found,) = checked(text).diagnostics
    return found


@pytest.mark.parametrize(
    ("layers", "replaced", "is_safe"),
    [
        ("  a: {type: nn.Conv2d, out_channels: 8, kernel_size: 3}\n", "Conv2d", True),
        ("  f: Flatten\n  a: {type: Dense, out_features: 8}\n", "Linear", True),
        ("  a: Tanh\n  b: {type: Residual, from: [a, input]}\n", "Add", False),
        ("  a: {type: keras.layers.Conv2D, out_channels: 8, kernel_size: 3}\n", "Conv2d", True),
        ("  a: {type: GlobalAveragePooling2D}\n", "AdaptiveAvgPool2d, output_size: 1", False),
        ("  a: GlobalAveragePooling2D\n", "{type: AdaptiveAvgPool2d, output_size: 1}", False),
        ("  a: BatchNorm\n", "BatchNorm2d", False),
        ("  a: {type: Conv2d, out_chanels: 8, kernel_size: 3}\n", "out_channels", True),
        ("  a: {type: Conv2d, filters: 8, kernel_size: 3}\n", "out_channels", True),
        ("  a: {type: Softmax, axis: 1}\n", "dim", False),
        ("  a: {type: Conv2d, out_channels: [8], kernel_size: 3}\n", "8", True),
        ("  a: {type: Conv2d, out_channels: 8, kernel_size: [3, 3, 3]}\n", "3", True),
        ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3x3}\n", "[3, 3]", True),
        ("  a: {type: Dropout, p: 50%}\n", "0.5", True),
        ("  a: {type: MaxPool2d, kernel_size: 3, padding: same}\n", "1", False),
        ("  a: {type: MaxPool2d, kernel_size: 2, padding: same}\n", "ceil_mode: true", False),
        ("  a: {type: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}\n", "3", True),
        ("  a: Tanh\n  b: {type: ReLU, inplace: true}\n  c: {type: Add, from: [a, b]}\n", "false", True),
        ("  tanh: Tanh\n  b: {type: ReLU, from: tahn}\n", "tanh", True),
        ("  tanh1: Tanh\n  tanh2: Tanh\n  b: {type: ReLU, from: tanh3}\n", "tanh2", False),
    ],
)
def test_which_is_safe(layers: str, replaced: str, is_safe: bool) -> None:
    found = next(d for d in checked(spec(layers)).diagnostics if d.severity == "error")
    assert found.fix is not None
    assert "".join(edit.replacement for edit in found.fix.edits).strip().removeprefix(", ") == replaced or (
        found.fix.edits[0].replacement + found.fix.edits[-1].replacement == replaced
    )
    assert (found.fix.is_safe, found.fix.applicability) == (is_safe, "safe" if is_safe else "unsafe")


def test_a_claim_is_safe_unless_its_number_says_what_was_meant() -> None:
    """A width can be changed for any number; that another side of the input gives just this one hardly comes by chance."""
    width = "  a: {type: Linear, out_features: 8}\n  b: {type: Linear, in_features: 16, out_features: 4}\n"
    found = next(d for d in checked(spec(width, "[5]")).diagnostics if d.code == "E0301")
    assert found.fix is not None
    assert found.fix.is_safe
    side = "  f: Flatten\n  b: {type: Linear, in_features: 3267, out_features: 4}\n"
    found = one(spec(side))
    assert "an input of 33 × 33" in found.notes[0]
    assert found.fix is not None
    assert not found.fix.is_safe


def test_an_expectation_is_never_safe() -> None:
    found = one(spec("  a: ReLU\n", "[5]", "expect: {params: 12 k}\n"))
    assert found.fix is not None
    assert not found.fix.is_safe
    text = spec("  a: {type: Linear, out_features: 8}\n", "[5]", "expect:\n  output: [9] # nine\n  params: 47\n")
    after = fix("spec.yaml", text.encode(), None, is_unsafe=True)
    assert after.after.decode() == text.replace("[9]", "[8]").replace("47", "48")


def test_a_layer_is_taken_out_only_where_the_others_read_what_they_did() -> None:
    out = "  a: Tanh\n  d: {type: ReLU, from: input} # dead\n  e: {type: ReLU, from: a}\n"
    found = fix("spec.yaml", spec(out).encode(), None, is_unsafe=True)
    assert found.after.decode() == spec("  a: Tanh\n  # dead\n  e: {type: ReLU, from: a}\n")
    listed = "  - Tanh\n  - {type: ReLU, from: input}\n  - {type: ReLU, from: 0}\n"
    kept = fix("spec.yaml", spec(listed).encode(), None, is_unsafe=True)
    assert (kept.after, kept.made) == (kept.before, [])
    assert [d.code for d in kept.result.diagnostics] == ["W1001"]


@pytest.mark.parametrize(
    ("layers", "right"),
    [
        ("  a: ReLU\n   b: ReLU\n   # of c\n   c: ReLU\n   d: ReLU\n  e: Tanh\n",
         "  a: ReLU\n  b: ReLU\n  # of c\n  c: ReLU\n  d: ReLU\n  e: Tanh\n"),
        ("  a: ReLU\n   b:\n     type: ReLU\n   c: ReLU\n", "  a: ReLU\n  b:\n     type: ReLU\n  c: ReLU\n"),
        ("  a:\n      type: Conv2d\n      out_channels: 3\n     kernel_size: 3\n     stride: 2\n  b: Tanh\n",
         "  a:\n      type: Conv2d\n      out_channels: 3\n      kernel_size: 3\n      stride: 2\n  b: Tanh\n"),
    ],
)  # fmt: skip
def test_lines_that_are_indented_wrongly_alike_move_together(layers: str, right: str) -> None:
    fixed = fix("spec.yaml", spec(layers).encode())
    assert fixed.after.decode() == spec(right)
    assert (len(fixed.made), fixed.result.ok) == (1, True)


def test_what_goes_around_a_dead_end_reads_it_where_taking_it_out_would_be_wrong() -> None:
    """Without the activation two linear layers would follow each other."""
    found = fix("spec.yaml", CORPUS["W1001"].encode(), None, is_unsafe=True)
    assert found.after.decode() == CORPUS["W1001"].replace("from: dense1", "from: relu1")


def test_lines_end_as_they_did() -> None:
    text = spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  l: {type: Linear, out_features: 4}\n")
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    found = fix("spec.yaml", data, None, is_unsafe=True)
    assert [problem.code for problem in found.made] == ["W1010"]
    assert found.after.startswith(b"\xef\xbb\xbfarchspec")
    assert found.after.count(b"\n") == found.after.count(b"\r\n") == data.count(b"\n") + 1


def test_one_fix_lets_another_be_seen() -> None:
    layers = '  a: {type: nn.Conv2D, filters: "8", kernelSize: [3, 3, 3], in_channels: 1}\n'
    found = fix("spec.yaml", spec(layers).encode())
    assert found.result.ok
    assert Counter(p.code for p in found.made) == {"E0104": 1, "E0105": 2, "E0301": 1}
    assert b"{type: Conv2d, out_channels: 8, kernel_size: 3, in_channels: 3}" in found.after


def test_what_holds_for_given_values_only_is_not_written() -> None:
    """The claim is true of the default, which `--set` replaces; the spelling is wrong for all values."""
    layers = '  a: {type: Linear, out_feature: "${w}"}\n  b: {type: Linear, in_features: 8, out_features: 2}\n'
    text = spec(layers, "[5]", "args: {w: 8}\n")
    found = fix("spec.yaml", text.encode(), {"w": 16}, is_unsafe=True)
    assert found.after.decode() == text.replace("out_feature:", "out_features:")
    assert [problem.code for problem in found.result.diagnostics if problem.severity == "error"] == ["E0301"]


def test_an_activation_goes_between_two_linear_layers() -> None:
    text = spec("  a: {type: Linear, out_features: 8}\n  b: {type: Linear, out_features: 8}\n", "[3]")
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert [problem.code for problem in fixed.made] == ["W1011"]
    assert fixed.after.decode() == text.replace("  b:", "  relu: ReLU\n  b:")
    assert not fix("a.yaml", text.encode()).made
