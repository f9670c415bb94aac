"""Names in generated code: whatever layers, inputs, arguments, values and blocks are called, the module computes the same.

Names are drawn from those that Python, PyTorch and generated modules have themselves. The oracle is the network under plain
names, with the same weights, and the layers computed one by one.
"""

from __future__ import annotations

import builtins
import json
import keyword
import os
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from archspec.backends.torch import generate
from archspec.backends.torch.names import CALLED, IMPORTED, OF_CONSTRUCTORS, free
from archspec.checking import check
from archspec.document.names import why_no_class_name, why_no_input_name, why_no_layer_name
from archspec.facts.model import Facts
from archspec.running.build import build
from archspec.running.verify import verify
from archspec.verification.generated import compare_values

EXAMPLES = int(os.environ.get("ARCHSPEC_GROWN", "30"))
OWN = """math functional nn torch F Tensor Any OrderedDict self cls device dtype kwargs x y z i n N T x_out y_out layer layer_out name weight
bias memory range_ range_2 keep keep_2 with_part with_norm with_with_part in_features in_channels size size_2 value shape batch training_ k k_
append extend insert pop math_out Net Half Unit half StochasticDepth index items floor ceil sum_ output input_ block forward_ loop""".split()
HYPHENATED = ["a-b", "a-b_c", "x-0", "with-part", "math-out", "n-a"]
DOTTED = ["n.a", "heads.0", "x.y", "part.math"]
NAMES = st.sampled_from([*OWN, *keyword.softkwlist, *keyword.kwlist, *dir(builtins), *dir(nn.Module())])


def spec(names: dict[str, str], net: str) -> dict[str, Any]:
    """A network that needs every kind of name: `names` says what each is called."""
    n = names
    unit = {
        "args": {n["keep"]: "int", n["flag"]: "bool"},
        "let": {n["half"]: f"${{floor({n['keep']} / 2)}}"},
        "layers": {
            n["fc"]: {"type": "Linear", "out_features": 8},
            n["cut"]: {"type": "Slice", "dim": 1, "stop": f"${{{n['half']}}}", "from": n["fc"]},
            n["rest"]: {
                "type": "Slice",
                "dim": 1,
                "start": f"${{{n['half']} + 1 if {n['flag']} else {n['half']} * 2}}",
                "from": n["fc"],
            },
            n["join"]: {"type": "Cat", "from": [n["fc"], n["cut"], n["rest"], "input"], "dim": 1},
            n["scale"]: {"type": "Mul", "value": f"${{{n['keep']} + 1}}"},
            n["table"]: {"type": "Linear", "out_features": 6},
            n["bent"]: {
                "type": "Mul",
                "value": f"${{[{n['loop']} * {n['keep']} for {n['loop']} in range(3)][1]}}",
                "when": f"${{{n['flag']}}}",
            },
        },
    }
    return {
        "archspec": 1,
        "name": net,
        "inputs": {n["left"]: {"shape": [6]}, n["right"]: {"shape": [6]}},
        "blocks": {n["Unit"]: unit},
        "layers": {
            n["sub"]: {"type": "Sub", "from": [n["left"], n["right"]]},
            n["one"]: {"type": n["Unit"], n["keep"]: 4, n["flag"]: True, "from": n["sub"]},
            n["two"]: {"type": n["Unit"], n["keep"]: 3, n["flag"]: False},
            n["group"]: {"layers": {n["fc"]: {"type": "Linear", "out_features": 6}, n["act"]: "ReLU"}},
            n["many"]: {"type": "Linear", "out_features": 6, "repeat": 3},
            n["sum"]: {"type": "Add", "from": [n["many"], n["left"], n["one"]]},
            n["last"]: {"type": "Sub", "from": [n["sum"], n["two"]]},
        },
    }


KINDS = {
    "layer": ["fc", "cut", "rest", "join", "scale", "table", "bent"],
    "outer": ["sub", "one", "two", "group", "many", "sum", "last"],
    "input": ["left", "right"],
    "value": ["keep", "flag", "half", "loop"],
    "block": ["Unit"],
    "inner": ["act"],
}
PLAIN = {name: name for names in KINDS.values() for name in names}


def allowed(role: str) -> Callable[[str], str | None]:
    """What says why a name cannot stand in a role."""
    is_layer = any(role in KINDS[kind] for kind in ("layer", "outer", "inner"))
    return why_no_layer_name if is_layer else why_no_input_name


@st.composite
def called(draw: st.DrawFn) -> tuple[dict[str, str], str]:
    """What everything is called; names that the language does not take are drawn anew."""
    found: dict[str, str] = {}
    for kind, members in KINDS.items():
        taken = (
            {found[name] for name in (*KINDS["input"], *KINDS["outer"]) if name in found}
            if kind in ("outer", "input")
            else set()
        )
        for member in members:
            pool = st.one_of(NAMES, st.sampled_from(HYPHENATED), st.sampled_from(DOTTED)) if kind == "layer" else NAMES
            name = draw(pool.filter(lambda name: allowed(member)(name) is None and name not in taken))  # noqa: B023
            found[member] = name
            taken.add(name)
    return found, draw(NAMES.filter(lambda name: why_no_class_name(name) is None))


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(called())
def test_names_change_nothing(case: tuple[dict[str, str], str]) -> None:
    names, net = case
    result = check("names.json", json.dumps(spec(names, net)).encode())
    if not result.ok:
        first = next(found for found in result.diagnostics if found.severity == "error")
        assert first.code in ("E0107", "E0202", "E0501"), first.message
        return
    assert result.facts is not None
    compare_with_plain_names(result.facts)


def compare_with_plain_names(facts: Facts) -> None:
    code = generate(facts)
    assert verify(facts, code) == [], code.text
    values = compare_values(facts, code)
    assert (values.differences, values.compared[1:]) == ((), ("two calls in evaluation", "two calls in training")), (
        code.text
    )
    plain = check("names.json", json.dumps(spec(PLAIN, "Net")).encode()).facts
    assert plain is not None
    mine, other = build(code.text, code.name), build(generate(plain).text, "Net")
    for ours, theirs in zip(mine.state_dict().values(), other.state_dict().values(), strict=True):
        theirs.copy_(ours)
    left, right = torch.randn(2, 6), torch.randn(2, 6)
    assert torch.equal(mine(left, right), other(left, right)), code.text


OF_MODULES = {name for name in dir(nn.Module()) if not name.startswith("_")}
NEEDED = sorted({*CALLED, *IMPORTED, *OF_MODULES, *OF_CONSTRUCTORS, "x", "self", "reset_parameters"})
ROLES = [
    ("fc", "many", "keep", "Unit"),
    ("join", "left", "flag", "act"),
    ("table", "one", "half"),
    ("cut", "right", "loop", "group"),
]


@pytest.mark.parametrize("roles", ROLES)
def test_each_name_that_generated_code_needs(roles: tuple[str, ...]) -> None:
    """One by one, at a place of each kind at once, where the language takes it there."""
    tried: set[str] = set()
    for name in NEEDED:
        names = {**PLAIN, **{role: name for role in roles if allowed(role)(name) is None}}
        result = check("names.json", json.dumps(spec(names, "Net")).encode())
        if names != PLAIN and result.ok and result.facts is not None:
            tried.add(name)
            code = generate(result.facts)
            values = compare_values(result.facts, code)
            assert values.differences == (), (names, values.differences, code.text)
    assert {"torch", "F", "max", "self"} & tried, tried


def test_plain_names_are_a_network() -> None:
    result = check("names.json", json.dumps(spec(PLAIN, "Net")).encode())
    assert result.ok, [found.message for found in result.diagnostics]


def test_no_network_is_called_what_its_code_calls() -> None:
    assert [name for name in sorted(CALLED) if why_no_class_name(name) is None] == []


def test_a_name_is_free() -> None:
    assert free("a", ()) == "a"
    assert free("a", ("a", "a_2")) == "a_3"
