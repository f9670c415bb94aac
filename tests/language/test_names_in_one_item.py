"""Several names in one item of `from`: they become as many items, in brackets, on lines and in JSON."""

from __future__ import annotations

import json

import pytest
from support import checked, spec
from yaml import safe_load

from archspec.fixing import fix

LAYERS = "  a: ReLU\n  b: ReLU\n  c: ReLU\n"
CASES = {
    "[a b]": ["a", "b"],
    '["a, b"]': ["a", "b"],
    "[a b, c]": ["a", "b", "c"],
    '["a", "b c"]': ["a", "b", "c"],
    "\n      - a + b   # two\n      - c": ["a", "b", "c"],
    "a b": ["a", "b"],
}


@pytest.mark.parametrize("written", CASES)
def test_names_in_one_item_become_items(written: str) -> None:
    text = spec(f"{LAYERS}  sum:\n    type: Add\n    from: {written}\n", "[3, 8, 8]")
    assert [problem.code for problem in checked(text).diagnostics] == ["E0201"]
    found = fix("spec.yaml", text.encode())
    assert found.result.ok
    assert safe_load(found.after)["layers"]["sum"]["from"] == CASES[written]
    assert ("# two" in text) is ("# two" in found.after.decode())


def test_they_do_in_json() -> None:
    layers = {"a": "ReLU", "b": "ReLU", "c": "ReLU", "sum": {"type": "Add", "from": ["a b", "c"]}}
    text = json.dumps({"archspec": 1, "name": "Net", "input": [3, 8, 8], "layers": layers})
    found = fix("spec.json", text.encode())
    assert json.loads(found.after)["layers"]["sum"]["from"] == ["a", "b", "c"]


def test_half_of_a_bracket_is_no_sure_name() -> None:
    text = spec(f"{LAYERS}  sum: {{type: Add, from: (a,   # one\n       b)}}\n", "[3, 8, 8]")
    assert fix("spec.yaml", text.encode()).after == text.encode()
