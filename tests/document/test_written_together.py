"""Missing spaces, commas and brackets: what is meant is said, and `--fix` writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import checked, spec

from archspec.document.sizes import sizes_in
from archspec.fixing import fix

CONV = "  c: {type: Conv2d, out_channels: 8, kernel_size: [3, 3]}\n"


def mended(text: str) -> str:
    """The text after its safe fixes, with which nothing is wrong."""
    fixed = fix("a.yaml", text.encode())
    assert not fixed.result.diagnostics
    return fixed.after.decode()


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("{type:Conv2d, out_channels: 8, kernel_size: [3, 3]}", "type:Conv2d"),
        ("{type: Conv2d, out_channels:8, kernel_size: [3, 3]}", "out_channels:8"),
        ('{type:"Conv2d", out_channels: 8, kernel_size: [3, 3]}', 'type:"Conv2d"'),
    ],
)
def test_a_space_after_the_colon(written: str, word: str) -> None:
    text = spec(f"  c: {written}\n")
    (found,) = checked(text).diagnostics
    assert (found.code, found.span.text()) == ("E0103", word)
    assert found.message == f"no space after the colon, so that {word} is one word, and a key"
    assert found.help == f"write {word.replace(':', ': ')}"
    assert mended(text).replace('"', "") == spec(CONV)


def test_several_spaces() -> None:
    assert mended(spec("  - {type:ReLU}\n  - {type:Dropout, p:0.3}\n")) == spec(
        "  - {type: ReLU}\n  - {type: Dropout, p: 0.3}\n"
    )


def test_before_a_bracket() -> None:
    text = spec(CONV.replace("size: [", "size:["))
    (found,) = checked(text).diagnostics
    assert (found.code, found.message, found.span.text()) == ("E0001", "no space after the colon", "kernel_size:")
    assert mended(text) == spec(CONV)


def test_a_key_twice_is_still_said() -> None:
    assert "E0004" in {d.code for d in checked(spec("  c: {type: ReLU, type:Tanh}\n")).diagnostics}


def test_a_name_in_a_list() -> None:
    (found,) = checked(spec("  - relu:ReLU\n")).diagnostics
    assert (found.code, found.help) == ("E0104", "write ReLU")
    assert found.fix is not None
    assert not found.fix.is_safe


@pytest.mark.parametrize("value", ["3, 3", "(3, 3)", "(3 , 3)", "3 3", "[3 3]", "3x3", "[3;3]", "3 × 3", '["3", 3]'])
def test_sizes_in_braces(value: str) -> None:
    text = spec(CONV.replace("[3, 3]", value))
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0105", "write kernel_size: [3, 3]")
    assert mended(text) == spec(CONV)


def test_three_numbers_are_one_mistake() -> None:
    text = spec("  c: {type: LayerNorm, normalized_shape: 3, 32, 32}\n")
    (found,) = checked(text).diagnostics
    assert (found.span.text(), found.help) == ("3, 32, 32", "write normalized_shape: [3, 32, 32]")
    assert mended(text) == text.replace("3, 32, 32}", "[3, 32, 32]}")


def test_a_number_after_what_takes_one_is_no_list() -> None:
    text = spec("  c: {type: Conv2d, out_channels: 8, 3, kernel_size: 3}\n")
    (found,) = checked(text).diagnostics
    assert (found.code, found.fix, found.help) == ("E0105", None, "a list stands in brackets")


@pytest.mark.parametrize(
    "input",
    ["3, 32, 32", "(3, 32, 32)", "3x32x32", "3 x 32 x 32", "3 32 32", "3;32;32", "[3 32, 32]", "[3;32;32]", "[3x32x32]",
     "[(3, 32, 32)]", "[[3, 32, 32]]", "[3., 32, 32]", "N, 3, 32, 32", "[N 3 32 32]"],
)  # fmt: skip
def test_shapes_of_inputs(input: str) -> None:
    text = spec("  a: ReLU\n", input)
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0105", "write input: [3, 32, 32]")
    assert mended(text) == spec("  a: ReLU\n")


@pytest.mark.parametrize("input", ["big", "[3, 0, 32]", "[3, 32, -1 5]", "[3, [32, 32]]"])
def test_what_is_no_shape_has_no_fix(input: str) -> None:
    assert all(found.fix is None for found in checked(spec("  a: ReLU\n", input)).diagnostics)


@given(st.lists(st.integers(1, 10**9 - 1), min_size=1, max_size=6), st.sampled_from(["x", ", ", " ", ";", " × ", "*"]))
def test_sizes_are_read_as_written(sizes: list[int], between: str) -> None:
    assert sizes_in(f"({between.join(map(str, sizes))})") == tuple(sizes)


@given(st.text(max_size=300))
def test_any_text_is_read_or_not(text: str) -> None:
    assert all(isinstance(size, int) or size.isascii() for size in sizes_in(text))


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("  a: {type: Flatten}\n  b: {type: Linear, out_features: 1,000}\n", "write out_features: 1000"),
        ("  a: {type: Dropout, p: 0,5}\n", "write p: 0.5"),
        ("  a: ReLU\nexpect: {params: 62,378,344}\n", "write params: 62378344"),
        ("  a: {type: Conv2d, out_channels: 2, kernel_size: 1,2}\n", "write kernel_size: [1, 2]"),
        ("  a: {type: Linear, out_features: 1,000,}\n", "write out_features: 1000"),
        ("  a: {type: Conv2d, out_channels: 2, kernel_size: 0,5}\n", "a list stands in brackets, and a number has no commas"),
    ],
)  # fmt: skip
def test_a_comma_in_a_number(text: str, help: str) -> None:
    (found,) = checked(spec(text, "[3, 8, 8]")).diagnostics
    assert (found.code, found.help) == ("E0105", help)


@pytest.mark.parametrize(
    ("layer", "meant"),
    [
        ("{type: Dropout, p: 0,05}", "{type: Dropout, p: 0.05}"),
        ("{type: Dropout, rate: 0,5}", "{type: Dropout, p: 0.5}"),
        ("{type: LeakyReLU, negative_slope: -0,5}", "{type: LeakyReLU, negative_slope: -0.5}"),
        ("{type: BatchNorm2d, eps: 1,0e-5, momentum: 0,01}", "{type: BatchNorm2d, eps: 1e-05, momentum: 0.01}"),
    ],
)
def test_a_comma_for_a_point_where_no_list_is_taken(layer: str, meant: str) -> None:
    assert mended(spec(f"  a: {layer}\n", "[3, 8, 8]")) == spec(f"  a: {meant}\n", "[3, 8, 8]")


def test_a_comma_for_a_point_where_the_type_is_none() -> None:
    text = spec("  a: {type: Bidirectional, layer: LSTM, dropout: 0,2}\n")
    assert fix("a.yaml", text.encode()).after.decode() == text.replace("0,2", "0.2")


@pytest.mark.parametrize("kind", ["MaxPool2d", "MaxPooling2D", "Unknown"])
def test_a_comma_between_the_numbers_of_a_list(kind: str) -> None:
    found = checked(spec(f"  a: {{type: {kind}, kernel_size: 2, padding: 0,1}}\n", "[3, 8, 8]")).diagnostics
    assert [problem.help for problem in found if problem.code == "E0105"] == ["write padding: [0, 1]"]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("inputs: [3, 9, 9]", "input: [3, 9, 9]"),
        ("inputs: 3x9x9", "input: [3, 9, 9]"),
        ("inputs: [N, 3, 9, 9]", "input: [3, 9, 9]"),
        ("input: [None, 3, 9, 9]", "input: [3, 9, 9]"),
        ("input: {3, 9, 9}", "input: [3, 9, 9]"),
        ("input: {3, H, 9}", "input: [3, H, 9]"),
        ("inputs: {x: {3, 9, 9}}", "inputs: {x: [3, 9, 9]}"),
    ],
)
def test_the_input_as_others_write_it(line: str, meant: str) -> None:
    text = spec(CONV).replace(spec(CONV).splitlines()[2], line)
    assert mended(text) == text.replace(line, meant)
    assert len(checked(text).diagnostics) == 1


def test_a_size_that_varies_has_a_name() -> None:
    for found in checked(spec("  a: ReLU\n", "[3, None, None]")).diagnostics:
        assert (found.code, found.help) == ("E0105", "write a name, such as H, for a size that is not known")


def test_braces_for_one_number() -> None:
    layer = "  c: {type: Conv2d, out_channels: 8, kernel_size: {3, 3}, stride: {2}}\n"
    assert mended(spec(layer, "[3, 9, 9]")) == spec(layer.replace("{3, 3}", "[3, 3]").replace("{2}", "2"), "[3, 9, 9]")


TWO = "  a: Tanh\n  b: Tanh\n"


@pytest.mark.parametrize(
    ("written", "right", "code"),
    [
        ("{type: Add, from: a, b}", "{type: Add, from: [a, b]}", "E0105"),
        ("{type: Add, from: a, a}", "{type: Add, from: [a, a]}", "E0105"),
        ("{from: a, b, a, type: Add}", "{from: [a, b, a], type: Add}", "E0105"),
        ("{type: Add, from: 'a, b'}", "{type: Add, from: [a, b]}", "E0201"),
        ("\n    type: Add\n    from: a, a", "\n    type: Add\n    from: [a, a]", "E0201"),
        ("\n    type: Add\n    from: (a, input)", "\n    type: Add\n    from: [a, input]", "E0201"),
    ],
)
def test_names_that_are_no_list_yet(written: str, right: str, code: str) -> None:
    text = spec(f"{TWO}  c: {written}\n")
    told = [d for d in checked(text).diagnostics if d.severity == "error"]
    assert [(d.code, d.help) for d in told] == [
        (code, f"write {right[right.index('from') :].split(']', maxsplit=1)[0]}]")
    ]
    fixed = fix("a.yaml", text.encode())
    assert fixed.after.decode() == spec(f"{TWO}  c: {right}\n")
    assert fixed.result.ok


BEFORE = "archspec: 1\nname: A\ninput: [3, 8, 8]\nblocks: {Foo: {args: {c: int}, layers: {a: ReLU}}}\nlayers:\n"
LAYER = "{type: Conv2d, out_channels: 8, kernel_size: 3}"


@pytest.mark.parametrize(("line", "right"), [
    ("a: Conv2d {out_channels: 8, kernel_size: 3}  # x", f"a: {LAYER}  # x"), ("a: Conv2d{out_channels: 8, kernel_size: 3}", f"a: {LAYER}"),
    ("- Conv2d {out_channels: 8, kernel_size: 3}", f"- {LAYER}"), ("a: Conv2d (out_channels: 8, kernel_size: 3)", f"a: {LAYER}"),
    ("a: Conv2D {filters: 8, kernel_size: 3}", f"a: {LAYER}"), ("a: Foo {c: 3}", "a: {type: Foo, c: 3}"),
    ("a: {type: Conv2d; out_channels: 8; kernel_size: 3}", f"a: {LAYER}"),
    ("a: {type: Conv2d,\n      out_channels: 8; kernel_size: 3}", "a: {type: Conv2d,\n      out_channels: 8, kernel_size: 3}"),
])  # fmt: skip
def test_a_type_before_its_braces_and_semicolons(line: str, right: str) -> None:
    assert fix("a.yaml", f"{BEFORE}  {line}\n".encode()).after.decode() == f"{BEFORE}  {right}\n"


def test_a_comment_behind_a_text_with_a_colon_stays_one() -> None:
    text = BEFORE.replace("input", "doc: One: two  # three\ninput") + "  a: ReLU\n"
    assert fix("a.yaml", text.encode()).after.decode() == text.replace("One: two", '"One: two"')
