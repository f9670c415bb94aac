"""Expressions: what they are worth, against Python itself on the part that both share, and what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.expressions.evaluation import evaluate
from archspec.expressions.grammar import Fault, Name, ShapeOf, parse, parts
from archspec.expressions.value import Value
from archspec.expressions.work import Exhausted, Work
from archspec.limits import MAX_EXPRESSION_LENGTH, MAX_ITEMS, MAX_STEPS

NAMES: dict[str, Value] = {"a": 3, "b": -2, "f": 0.5, "xs": (1, 2, 3), "yes": True, "word": "ReLU", "none": None}
SHAPES = {"input": (0, 64, 56, 56)}


def lookup(name: Name | ShapeOf) -> Value:
    if isinstance(name, ShapeOf) and name.name in SHAPES:
        return SHAPES[name.name]
    if isinstance(name, Name) and name.name in NAMES:
        return NAMES[name.name]
    raise Fault("E0502", f"no {name.name}", name.position)


def worth(text: str) -> Value:
    return evaluate(parse(text), lookup, Work())


def fault(text: str) -> tuple[str, int]:
    with pytest.raises(Fault) as raised:
        worth(text)
    return raised.value.code, raised.value.position


@pytest.mark.parametrize(("text", "value"), [
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("-2 ** 2", -4), ("2 ** -1", 0.5), ("2 ** 3 ** 2", 512), ("7 // 2 * 2", 6), ("7 % -3", -2),
    ("10 - 4 - 3", 3), ("1 / 4", 0.25), ("- - 3", 3), ("2 * -3", -6), ("not yes or yes", True), ("yes and not yes", False),
    ("1 < 2 < 3", True), ("1 < 3 < 3", False), ("3 >= a == 3", True), ("a if a > 2 else b", 3), ("1 if b > 0 else 2 if a > 5 else 3", 3),
    ("xs[0] + xs[-1]", 4), ("xs[1:]", (2, 3)), ("xs[:2]", (1, 2)), ("xs[:]", (1, 2, 3)), ("[a, b, ]", (3, -2)), ("[]", ()), ("[1] + xs", (1, 1, 2, 3)),
    ("len(xs)", 3), ("min(xs)", 1), ("max(1, a, 2)", 3), ("sum(xs)", 6), ("sum([])", 0), ("abs(b)", 2), ("round(2.5)", 2), ("round(2.675, 2)", 2.67),
    ("floor(-0.5)", -1), ("ceil(0.1)", 1), ("int(7 / 2)", 3), ("int(yes)", 1), ("range(3)", (0, 1, 2)), ("range(1, 3)", (1, 2)),
    ("[x * x for x in xs]", (1, 4, 9)), ("[x * 10 + y for x in range(2) for y in range(x + 1)]", (0, 10, 11)),
    ("[[x for x in range(y)] for y in range(3)]", ((), (0,), (0, 1))), ("sum([x for x in xs]) + a", 9),
    ("input.shape[1]", 64), ("input.shape[2] // 2 == 28", True), ("word == 'ReLU'", True), ('word != "ReLU"', False), ("none == null", True),
    ("true == 1", False), ("1 == true", False), ("1 != true", True), ("1 == 1.0", True), ("false or null == null", True), ("1e-3", 0.001), (".5", 0.5),
    ("4611686018427387903", 2**62 - 1),
])  # fmt: skip
def test_values(text: str, value: Value) -> None:
    found = worth(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "code", "position"), [
    ("", "E0501", 0), ("   ", "E0501", 0), ("1 +", "E0501", 3), ("(1", "E0501", 2), ("1)", "E0501", 1), ("a b", "E0501", 2), ("a = 1", "E0501", 2),
    ("a := 1", "E0501", 3), ("$", "E0501", 0), ("a.b", "E0501", 1), ("a()", "E0501", 1), ("input.shape.x", "E0501", 11), ("lambda: 1", "E0501", 6),
    ("[x for x in]", "E0501", 11), ("[x for for in xs]", "E0501", 7), ("a if yes", "E0501", 8), ("1 << 2", "E0501", 3), ("~a", "E0501", 0),
    ("'a\\n'", "E0501", 0), ("if", "E0501", 0), ("xs[0", "E0501", 4), ("((((" * 30, "E0501", None), ("1_000", "E0501", 1),
    ("c", "E0502", 0), ("1 + c", "E0502", 4), ("other.shape", "E0502", 0), ("[x for x in xs] + [x]", "E0502", 19),
    ("1 / 0", "E0503", 2), ("1 // 0", "E0503", 2), ("1 % 0.0", "E0503", 2), ("0 ** -1", "E0503", 2), ("(0 - 8) ** 0.5", "E0503", 8),
    ("9 ** 9 ** 9", "E0503", 2), ("2 ** 62", "E0503", 2), ("2 ** 61 * 2", "E0503", 8), ("4611686018427387904", "E0503", 0), ("9" * 30, "E0503", 0),
    ("1e400", "E0503", 0), ("1e308 * 10", "E0503", 6), ("10.0 ** 400", "E0503", 5), ("xs[3]", "E0503", 2), ("xs[f]", "E0503", 2), ("a[0]", "E0503", 1),
    ("xs[yes]", "E0503", 2), ("a[1:]", "E0503", 1), ("xs[f:]", "E0503", 2), ("1 and 2", "E0503", 2), ("not a", "E0503", 0), ("1 if a else 2", "E0503", 0),
    ("yes + 1", "E0503", 4), ("word + word", "E0503", 5), ("word * 9", "E0503", 5), ("xs * 1000", "E0503", 3), ("word < word", "E0503", 0), ("xs < xs", "E0503", 0),
    ("len(a)", "E0503", 0), ("min()", "E0503", 0), ("max([])", "E0503", 0), ("abs(1, 2)", "E0503", 0), ("round(1.5, 99)", "E0503", 0), ("range(f)", "E0503", 0),
    ("range(10 ** 9)", "E0503", 0), ("sum(word)", "E0503", 0), ("int(word)", "E0503", 0), ("[x for x in a]", "E0503", 0),
    ("[x for x in range(9999) for y in range(9999)]", "E0503", 0),
    ("８ + 1", "E0501", 0), ("1 + ٣", "E0501", 4), ("1.５", "E0501", 2), ("1e２", "E0501", 2), ("xs[१]", "E0501", 3), ("2²", "E0501", 1),
])  # fmt: skip
def test_what_has_no_value(text: str, code: str, position: int | None) -> None:
    found = fault(text)
    assert found[0] == code
    assert position is None or found[1] == position


def test_length() -> None:
    assert worth("1" + " " * (MAX_EXPRESSION_LENGTH - 3) + "+1") == 2
    assert fault("1" + " " * (MAX_EXPRESSION_LENGTH - 2) + "+1") == ("E0501", 0)
    assert len(worth(f"[x for x in range({MAX_ITEMS})]")) == MAX_ITEMS  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [
    "len([[y for y in range(9999)] for x in range(9999)])", "[1 for x in range(999) for y in range(9)] == [sum(range(999)) for x in range(9999)]",
    "sum([max(range(9999)) for x in range(9999)])", "len([range(9999)[1:] for x in range(9999)])", "len([range(999) + [x] for x in range(9999)])",
])  # fmt: skip
def test_steps_are_counted_wherever_lists_are(text: str) -> None:
    with pytest.raises(Exhausted):
        worth(text)


def test_a_list_that_is_only_named_costs_nothing() -> None:
    work = Work()
    evaluate(parse("[xs[0] for x in range(100)]"), lookup, work)
    assert MAX_STEPS - work.left < 800


def test_parts_of_a_text() -> None:
    assert parts("layer${i + 1}_x") == ("layer", ("i + 1", 7), "_x")
    assert parts("${a}${b}") == (("a", 2), ("b", 6))
    assert parts("plain") == ("plain",)
    with pytest.raises(Fault) as raised:
        parts("a${b")
    assert (raised.value.code, raised.value.position) == ("E0501", 1)


NUMBERS = st.recursive(
    st.one_of(st.integers(0, 50).map(str), st.sampled_from(["a", "b", "f", "xs[1]", "2.5"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(" ".join),
        st.tuples(inner, st.sampled_from(["<", "<=", "==", "!=", ">"]), inner, inner, inner).map(
            lambda t: f"({t[3]} if {t[0]} {t[1]} {t[2]} else {t[4]})"
        ),
        inner.map(lambda t: f"-{t}"),
        st.tuples(st.sampled_from(["abs", "round", "floor", "ceil", "int"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(NUMBERS)
def test_arithmetic_is_pythons(text: str) -> None:
    names = {"a": 3, "b": -2, "f": 0.5, "xs": (1, 2, 3), "floor": math.floor, "ceil": math.ceil}
    try:
        found: object = worth(text)
    except Fault as raised:
        found = raised
    if isinstance(found, Fault) and found.code == "E0501":
        assert len(text) > MAX_EXPRESSION_LENGTH or "nested" in found.message, found.message
        return
    try:
        wanted = eval(text, names)
    except (ZeroDivisionError, OverflowError):
        assert isinstance(found, Fault)
        return
    assert found == wanted or (isinstance(found, Fault) and "2^62" in found.message)
