"""Emission records as text: evaluated, they are worth what the records say, whatever is nested in what."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.backends.python.layout import flat, layout
from archspec.backends.torch.expressions import Names, TooDeep, express
from archspec.limits import MAX_PYTHON_DEPTH, MAX_PYTHON_OPERANDS
from archspec.ops import emission as emit

VALUES = (7.0, 3.0, 2.0)
TREES = st.recursive(
    st.integers(0, 2).map(emit.Input),
    lambda inner: st.builds(emit.Infix, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
    max_leaves=9,
)


def worth(tree: emit.Expression) -> float:
    if isinstance(tree, emit.Input):
        return VALUES[tree.position]
    assert isinstance(tree, emit.Infix)
    left, right = worth(tree.left), worth(tree.right)
    return {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else float("nan")}[
        tree.operator
    ]


NAMES = Names(("a", "b", "c"), "self.own", lambda: "a.shape[0]")


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_operators_bind_as_the_records_say(tree: emit.Expression) -> None:
    code = express(tree, NAMES)
    try:
        wanted = worth(tree)
    except ZeroDivisionError:
        return
    if isnan(wanted):
        return
    env = dict(zip("abc", VALUES, strict=True))
    try:
        assert eval(flat(code), env) == wanted
        assert eval("\n".join(["(", *layout(code, 4), ")"]), env) == wanted
    except ZeroDivisionError:
        return


@pytest.mark.parametrize(("record", "text"), [
    (emit.Method(emit.Infix("+", emit.Input(0), emit.Input(1)), "reshape", (emit.Data(2), emit.Data(3))), "(a + b).reshape(2, 3)"),
    (emit.Infix("-", emit.Input(0), emit.Infix("-", emit.Input(1), emit.Input(2))), "a - (b - c)"),
    (emit.Infix("-", emit.Infix("-", emit.Input(0), emit.Input(1)), emit.Input(2)), "a - b - c"),
    (emit.Infix("*", emit.Infix("+", emit.Input(0), emit.Input(1)), emit.Input(2)), "(a + b) * c"),
    (emit.Infix("@", emit.Input(0), emit.Infix("*", emit.Input(1), emit.Input(2))), "a @ (b * c)"),
    (emit.Index(emit.Input(0), (emit.Slice(), 3, emit.Slice(1), emit.Slice(None, 4), emit.Slice(-2, None, 3))), "a[:, 3, 1:, :4, -2::3]"),
    (emit.Index(emit.Infix("+", emit.Input(0), emit.Input(1)), (0,)), "(a + b)[0]"),
    (emit.SizeOf(emit.Input(1), 2), "b.shape[2]"), (emit.BatchSize(), "a.shape[0]"), (emit.State(), "self.own"), (emit.Data((1,)), "(1,)"),
    (emit.Apply((emit.Input(0), emit.Input(1)), (("mask", emit.Data(None)),)), "self.own(a, b, mask=None)"),
    (emit.Call("torch.cat", (emit.Several((emit.Input(0), emit.Input(1))),), (("dim", emit.Data(1)),)), "torch.cat((a, b), dim=1)"),
])  # fmt: skip
def test_text(record: emit.Expression, text: str) -> None:
    assert flat(express(record, NAMES)) == text


def test_bounds() -> None:
    chain: emit.Expression = emit.Input(0)
    for _ in range(MAX_PYTHON_OPERANDS):
        chain = emit.Infix("+", chain, emit.Input(1))
    express(chain, NAMES)
    with pytest.raises(TooDeep):
        express(emit.Infix("+", chain, emit.Input(1)), NAMES)
    deep: emit.Expression = emit.Input(0)
    for _ in range(MAX_PYTHON_DEPTH):
        deep = emit.Method(deep, "neg")
    express(deep, NAMES)
    with pytest.raises(TooDeep):
        express(emit.Method(deep, "neg"), NAMES)
