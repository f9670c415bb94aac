"""The spec's expressions in generated code: whatever is nested in what, and wherever it lands, they are worth what the spec says.

The oracle is the language's own evaluation, and for modules the same arithmetic in PyTorch.
"""

from __future__ import annotations

import ast
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support import checked

from archspec.backends.python import code as tree
from archspec.backends.python.layout import layout, statement
from archspec.backends.torch import generate
from archspec.backends.torch.translate import translate
from archspec.expressions.evaluation import evaluate
from archspec.expressions.grammar import Expression, Fault, Name, ShapeOf, parse
from archspec.expressions.value import Value
from archspec.expressions.work import Work
from archspec.running.build import build

VALUES: dict[str, Value] = {"a": 7, "k": 2, "b": -3, "half": 0.5, "on": True, "off": False, "s": (1, 4, 2), "t": (4,)}

_NUMBERS = st.recursive(
    st.sampled_from(["a", "k", "b", "half", "3", "0", "0.25", "s[1]", "len(s)", "t[0]"]),
    lambda inner: st.one_of(
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner),
        st.builds("{}({})".format, st.sampled_from(["-", "+"]), inner),
        st.builds("({}) if ({}) < ({}) or off else ({})".format, inner, inner, inner, inner),
        st.builds("min({}, max({}, {}))".format, inner, inner, inner),
        st.builds("floor({})".format, inner),
        st.builds("sum([({}) + k for k in range(3)])".format, inner),
        st.builds("(s + [({})])[{}]".format, inner, st.sampled_from(["3", "-1", "k"])),
        st.builds("([x * ({}) for x in s] + t)[1:][0]".format, inner),
        st.builds("len([x for x in s + [({})]])".format, inner),
    ),
    max_leaves=6,
)
_TRUTHS = st.recursive(
    st.one_of(
        st.sampled_from(["on", "off"]),
        st.builds("({}) {} ({})".format, _NUMBERS, st.sampled_from(["<", "<=", "==", "!=", ">"]), _NUMBERS),
        st.builds("s[:k] == [1, ({})]".format, _NUMBERS),
    ),
    lambda inner: st.one_of(
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("not ({})".format, inner),
        st.builds("({}) if ({}) else ({})".format, inner, inner, inner),
    ),
    max_leaves=5,
)


def worth(text: str) -> Value:
    def lookup(name: Name | ShapeOf) -> Value:
        return VALUES[name.name]

    return evaluate(parse(text), lookup, Work())


def known(part: Expression) -> tree.Code | None:
    return tree.Name(part.name) if isinstance(part, Name) else None


@settings(max_examples=400, deadline=None)
@given(st.one_of(_NUMBERS, _TRUTHS, _NUMBERS.map("[s, ({})]".format)))
def test_code_is_worth_what_the_expression_is(text: str) -> None:
    try:
        want = worth(text)
    except Fault:
        return
    code = translate(parse(text), known)
    spaces = {**VALUES, "math": math}
    receiver = tree.call(tree.member(code, "__eq__"), tree.Name("want"))
    for source in (
        tree.flat(code),
        "\n".join(["(", *layout(code, 60), ")"]),
        "\n".join(statement(code, 0, "found = ")).removeprefix("found = "),
        f"{tree.flat(tree.subscript(tree.group([code, code]), tree.literal(1)))}",
    ):
        assert eval(source, spaces) == want
    assert eval(tree.flat(receiver), {**spaces, "want": want}) is True
    for operator in ("+", "-", "*", "/", "//", "%"):
        for pair in ((code, tree.literal(-5)), (tree.literal(2.5), code)):
            found = ast.parse(tree.flat(tree.operation(operator, *pair)), mode="eval").body
            assert isinstance(found, ast.BinOp)
            assert [ast.dump(side) for side in (found.left, found.right)] == [
                ast.dump(ast.parse(tree.flat(side), mode="eval").body) for side in pair
            ]


@pytest.mark.parametrize(("code", "text"), [
    (tree.member(tree.literal(5), "shape"), "(5).shape"),
    (tree.member(tree.literal(-5), "shape"), "(-5).shape"),
    (tree.operation("**", tree.literal(-2), tree.Atom("k")), "(-2) ** k"),
    (tree.operation("**", tree.Atom("k"), tree.literal(-2)), "k**-2"),
    (tree.operation("**", tree.operation("**", tree.Atom("a"), tree.Atom("b")), tree.Atom("c")), "(a**b) ** c"),
    (tree.signed("-", tree.operation("**", tree.Atom("a"), tree.literal(2))), "-a**2"),
    (tree.signed("not", tree.compared(tree.Atom("a"), [("<", tree.Atom("b"))])), "not a < b"),
    (tree.compared(tree.compared(tree.Atom("a"), [("<", tree.Atom("b"))]), [("==", tree.Atom("c"))]), "(a < b) == c"),
    (tree.choice(tree.choice(tree.Atom("p"), tree.Atom("a"), tree.Atom("b")), tree.Atom("c"), tree.Atom("d")), "c if (a if p else b) else d"),
    (tree.subscript(tree.Atom("x"), tree.Slice((tree.operation("+", tree.Atom("a"), tree.literal(1)), None, None))), "x[a + 1 :]"),
    (tree.keyword("p", tree.choice(tree.Atom("c"), tree.Atom("a"), tree.Atom("b"))), "p=a if c else b"),
])  # fmt: skip
def test_text(code: tree.Code, text: str) -> None:
    assert tree.flat(code) == text
    ast.parse(f"f({text})")


PLACES = {
    "Mul, value": ("{type: Mul, value: VALUE}", lambda x, v: x * v),
    "Add, value": ("{type: Add, value: VALUE}", lambda x, v: x + v),
    "Pow": ("{type: Pow, exponent: VALUE}", lambda x, v: x**v),
    "Slice": ("{type: Slice, dim: 1, start: VALUE}", lambda x, v: x[:, v:]),
    "Select": ("{type: Select, dim: 1, index: VALUE}", lambda x, v: x[:, v]),
    "Roll": ("{type: Roll, shifts: VALUE, dims: 1}", lambda x, v: torch.roll(x, v, 1)),
    "LeakyReLU": ("{type: LeakyReLU, negative_slope: VALUE}", lambda x, v: torch.where(x >= 0, x, x * v)),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "expression", ["k + 1", "-k", "k if k > 1 else k + 2", "k - (1 - k)", "(k + 1) % 3", "k // 2 + (k + 1) * 2", "2**k"]
)
def test_an_expression_keeps_its_worth_where_it_lands(place: str, expression: str) -> None:
    layer, right = PLACES[place]
    text = f"""\
archspec: 1
name: Net
inputs: {{input: {{shape: [24]}}}}
blocks:
  B:
    args: {{k: int}}
    layers:
      s: {layer.replace("VALUE", '"${' + expression + '}"')}
layers:
  a: {{type: B, k: 1, from: input}}
  b: {{type: B, k: 2, from: input}}
outputs: {{a: a, b: b}}
"""
    found = checked(text)
    assert found.facts is not None
    assert found.ok, found.diagnostics[0].message
    x = torch.linspace(-1.5, 2.0, 48).reshape(2, 24)
    a, b = build(generate(found.facts).text, "Net")(x)
    for got, k in ((a, 1), (b, 2)):
        want = right(x, eval(expression, {"k": k}))
        assert torch.equal(got.nan_to_num(), want.nan_to_num())
