"""Texts that are no YAML: the line that is wrong, and an edit after which the text is YAML. Each case by hand."""

from __future__ import annotations

import pytest
from support import checked

from archspec.advice.trial import Trier
from archspec.checking import check, check_source
from archspec.diagnostics.model import Diagnostic, Edit
from archspec.fixing import fix
from archspec.source import Source, Span

HEAD = "archspec: 1\nname: A\ninput: [3, 8, 8]\nlayers:\n"


def told(text: str) -> Diagnostic:
    (found,) = checked(text).diagnostics
    assert found.code == "E0001"
    return found


@pytest.mark.parametrize(
    ("layers", "line", "message", "help"),
    [
        ("  a: ReLU\n  b ReLU\n  c: ReLU\n", 6, "a key without a colon", "write b: ReLU"),
        ("  a: ReLU\n  b ReLU\n", 6, "a key without a colon", "write b: ReLU"),
        ("  a: ReLU\n  b:ReLU\n  c: ReLU\n", 6, "no space after the colon", "write b: ReLU"),
        ("  a = ReLU\n  b: ReLU\n", 5, "an equals sign in place of a colon", "write a: ReLU"),
        ("  a {type: ReLU, inplace: true}\n  b: ReLU\n", 5, "a key without a colon", "write a: {type: ReLU, inplace: true}"),
        ("  a: ReLU\n   b: ReLU\n  c: ReLU\n", 6, "b is indented by 3, and the line above it by 2", "indent it by 2, like line 5"),
        ("  a: {type: ReLU}\n   b: ReLU\n", 6, "b is indented by 3, and the line above it by 2", "indent it by 2, like line 5"),
        ("  a: ReLU\n b: ReLU\n  c: ReLU\n", 6, "b is indented by 1, and the line above it by 2", "indent it by 2, like line 5"),
        ("  a: {type: ReLU\n  b: ReLU\n", 5, "the bracket { that opens here is not closed", "close it: a } is missing"),
        ("  - {type: ReLU\n  - ReLU\n", 5, "the bracket { that opens here is not closed", "close it: a } is missing"),
        ("  a: {type: ReLU}}\n  b: ReLU\n", 5, "this } closes nothing", "take it out"),
        ("  a: {type: Linear out_features: 3}\n", 5, "a comma is missing before this", "write a comma before out_features"),
        ("  a: {type: Linear,\n    bias: false\n    out_features: 3}\n", 6, "a comma is missing after this", "write a comma at the end of the line"),
        ("  a: ReLU\ndoc: one: two\n", 6, "a colon in a text without quotes", 'put a text that contains a colon into quotes: "one: two"'),
        ("  a: ReLU\ndoc: %x\n", 6, "a value cannot start with this character", "put the value into quotes"),
        ("\ta: ReLU\n", 5, "a tab in the indentation", "indent with spaces; YAML does not take tabs"),
    ],
)  # fmt: skip
def test_the_line_that_is_wrong_and_what_to_write(layers: str, line: int, message: str, help: str) -> None:
    found = told(HEAD + layers)
    assert (found.span.line, found.message, found.help) == (line, message, help)


def test_json_without_a_comma() -> None:
    found = told('{"archspec": 1,\n "name": "A"\n "input": [3],\n "layers": {"a": "ReLU"}}')
    assert (found.span.line, found.help) == (2, "write a comma at the end of the line")


@pytest.mark.parametrize("before", [1, 990, 991, 992, 5_000])
@pytest.mark.parametrize(
    ("opened", "message"),
    [
        ('"', 'the quote " that'),
        ("'", "the quote ' that"),
        ("[a\nb", "the bracket [ that"),
        ("{a: 1\nb", "the bracket { that"),
    ],
)
def test_what_is_not_closed_may_stand_far_into_a_line(before: int, opened: str, message: str) -> None:
    found = told(f"doc: [{'x' * before}, {opened}")
    assert found.message.startswith(message)
    assert found.span.column == before + 9


def test_an_edit_that_does_not_make_it_yaml_is_no_edit() -> None:
    found = told(HEAD + "  a: {k: ${x}${y}}\n")
    assert (found.help, found.fix) == ('put an expression in brackets into quotes: "${…}"', None)


@pytest.mark.parametrize(("value", "quoted"), [
    ("doc: it's 3: wide", "it's 3: wide"), ("doc: first layer: wide", "first layer: wide"), ("doc: stem stride: 2", "stem stride: 2"),
    ("padding_mode: same as before: zeros", "same as before: zeros"),
])  # fmt: skip
def test_a_colon_behind_words_in_braces_is_no_missing_comma_for_sure(value: str, quoted: str) -> None:
    """The words may be a text, or a value and the next key; neither is put right unasked."""
    text = HEAD + f"  a: {{type: Conv2d, out_channels: 4, kernel_size: 3, {value}}}\n"
    (found,) = check("a.yaml", text.encode()).diagnostics
    assert (found.code, found.message) == ("E0001", "a colon in a text without quotes")
    assert found.help == f'put a text that contains a colon into quotes: "{quoted}"'
    assert fix("a.yaml", text.encode()).after.decode() == text


CONV = "  a: {type: Conv2d, out_channels: 8, kernel_size: "


@pytest.mark.parametrize(("layers", "message", "right"), [
    (CONV + "3]\n", "] closes {", CONV + "3}\n"),
    (CONV + "[3, 3}\n", "a ] is missing before this", CONV + "[3, 3]}\n"),
    (CONV + "[3, 3}}\n", "} closes [", CONV + "[3, 3]}\n"),
    (CONV + "[3, 3)}\n", ") closes [", CONV + "[3, 3]}\n"),
    (CONV + "(3, 3]}\n", "] closes (", CONV + "[3, 3]}\n"),
    (CONV + "{3, 3]}\n", "] closes {", CONV + "[3, 3]}\n"),
    (CONV + "3, 3]}\n", "] closes nothing", CONV + "[3, 3]}\n"),
    (CONV + "[3, 3]]}\n", "] closes nothing", CONV + "[3, 3]}\n"),
    (CONV + "[3, 3[}\n", "[ where [ should be closed", CONV + "[3, 3]}\n"),
    (CONV + "[3, 3])\n", ") where { should be closed", CONV + "[3, 3]}\n"),
    (CONV.replace("{", "[") + "3}\n", "} closes [", CONV + "3}\n"),
    ("  a: {\n    type: Linear,\n    out_features: 3\n  ]\n", "] closes {", "  a: {\n    type: Linear,\n    out_features: 3\n  }\n"),
    ('  a: {"type": "Linear", "out_features": 8 "bias": true}\n', "a comma is missing before this",
     '  a: {"type": "Linear", "out_features": 8, "bias": true}\n'),
    ('  a: {type: Linear, out_features: "${2 * 4}, bias: "${true}"}\n', 'the quote " that opens here is not closed',
     '  a: {type: Linear, out_features: "${2 * 4}", bias: "${true}"}\n'),
])  # fmt: skip
def test_a_bracket_that_does_not_fit_is_put_right(layers: str, message: str, right: str) -> None:
    assert told(HEAD + layers).message == message
    assert fix("a.yaml", (HEAD + layers).encode()).after.decode() == HEAD + right


@pytest.mark.parametrize(("layers", "help", "right"), [
    (CONV + "[3, 3\n  b: ReLU\n", "close it: ]} is missing", CONV + "[3, 3]}\n  b: ReLU\n"),
    (CONV + "3)\n  b: ReLU\n", "write } in place of )", CONV + "3}\n  b: ReLU\n"),
])  # fmt: skip
def test_what_is_left_open_is_closed_in_whole(layers: str, help: str, right: str) -> None:
    assert told(HEAD + layers).help == help
    assert fix("a.yaml", (HEAD + layers).encode(), is_unsafe=True).after.decode() == HEAD + right


@pytest.mark.parametrize("layers", [
    "  a:\n    layers:\n      - GELU\n        - {type: Linear, out_features: 4}\n", 'doc: a text\nwhich is longer than a line\n',
])  # fmt: skip
def test_no_colon_is_put_where_something_else_is_meant(layers: str) -> None:
    """Into an item above one further right, or into prose."""
    fixed = fix("a.yaml", (HEAD + layers).encode())
    assert fixed.after.decode().split() == (HEAD + layers).split()


def test_a_change_that_only_moves_the_problem_is_no_fix() -> None:
    """Reading then stops at the same character of the text, however far behind what was put in."""
    text = HEAD + CONV + "3]\n"
    result = check_source(Source("a.yaml", text))
    (found,) = result.diagnostics
    place = Span(result.source, 5, found.span.column, 5, found.span.column)
    trier = Trier(result, check_source)
    assert not trier.holds([Edit(place, ", ")], found, is_safe=True)
    assert trier.holds([Edit(found.span, "}")], found, is_safe=True)


IN_BRACES = "{type: Conv2d, out_channels: 8, kernel_size: 3}"


@pytest.mark.parametrize("first", ["", "  z: ReLU\n"])
@pytest.mark.parametrize("line", [
    "  a: Conv2d, out_channels: 8, kernel_size: 3", "  a: nn.Conv2d, out_channels: 8, kernel_size: 3", "  a: type: Conv2d, out_channels: 8, kernel_size: 3",
    "  a: (type: Conv2d, out_channels: 8, kernel_size: 3)", "  a: (type: Conv2d, out_channels: 8, kernel_size: 3}",
    "  a = Conv2d, out_channels: 8, kernel_size: 3", "  a = {type: Conv2d, out_channels: 8, kernel_size: 3}",
    "  a: Conv2d(out_channels: 8, kernel_size: 3)",
])  # fmt: skip
def test_forgotten_braces(first: str, line: str) -> None:
    found = told(HEAD + first + line + "\n  b: ReLU\n")
    assert found.help.startswith(("put it into braces: {type: Conv2d", "write a: {type: Conv2d"))
    fixed = fix("a.yaml", (HEAD + first + line + "\n  b: ReLU\n").encode())
    assert fixed.after.decode() == HEAD + first + f"  a: {IN_BRACES}\n  b: ReLU\n"


@pytest.mark.parametrize(("line", "right"), [
    ("  - Conv2d, out_channels: 8, kernel_size: 3", f"  - {IN_BRACES}"), ("  - type: Conv2d, out_channels: 8, kernel_size: 3", f"  - {IN_BRACES}"),
    ("  a:\n    type: Conv2d, out_channels: 8, kernel_size: 3", f"  a:\n    {IN_BRACES}"),
])  # fmt: skip
def test_forgotten_braces_of_what_has_no_name_on_its_line(line: str, right: str) -> None:
    assert fix("a.yaml", f"{HEAD}{line}\n".encode()).after.decode() == f"{HEAD}{right}\n"


def test_a_value_behind_a_type_and_a_colon_is_its_first_argument() -> None:
    text = HEAD + "  a: ReLU\n  b: MaxPool2d: 2\n"
    assert fix("a.yaml", text.encode()).after.decode() == text
    assert (
        fix("a.yaml", text.encode(), is_unsafe=True).after.decode()
        == HEAD + "  a: ReLU\n  b: {type: MaxPool2d, kernel_size: 2}\n"
    )


@pytest.mark.parametrize("line", ["doc: stride: 2, padding: 1", "doc: first, then: that"])
def test_prose_is_put_into_quotes(line: str) -> None:
    assert told(HEAD + f"  a: ReLU\n{line}\n").help.startswith("put a text that contains a colon into quotes")
