"""Documents as text: what is written is read back as the same document, and lines are short."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import SPECS

from archspec.document.reader import read
from archspec.document.tree import plain
from archspec.document.writer import flow, to_yaml
from archspec.source import Source

AWKWARD = ["", " ", "null", "Null", "NULL", "~", "true", "True", "no", "yes", "on", "off", "n", "y", "1", "1e5", "0x1f", "0o7", "1_000",
           "12:30", "2024-01-01", ".5", ".inf", "-.inf", ".nan", "nan", "inf", "-", "- a", "?", "? a", ":", "a: b", "a:", ":a", "#", "a #b",
           "${x}", "${a[0]} * N", "{a}", "[a]", "a, b", "'", "''", '"', '\\"', "\\", "\n", "a\nb", "\t", "\x00", "\x1b[2J", "\x7f", "\x85",
           "\u2028", "\ufeff", "é", "日本", "🙂", " a", "a ", "a  b", "&a", "*a", "!a", "!!str a", "|", ">", "%a", "@a", "`a", "=", "<<",
           "a" * 200, "a b " * 60, "---", "...", "null ", "e5", "1.e5", "1e", "+1", "_", "_1", "N", "2 * N", "a*b", "a/b", "a(b)"]  # fmt: skip
"""Texts that a careless writer would give back as something else."""

TEXTS = st.one_of(st.sampled_from(AWKWARD), st.text(max_size=12))
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
KEYS = st.one_of(st.sampled_from(["layers", "blocks", "type", "from", "expect", "args", "doc"]), TEXTS)
LAYERS = st.recursive(
    st.fixed_dictionaries({"type": TEXTS}, optional={"from": VALUES, "doc": TEXTS, "shape": VALUES}) | TEXTS,
    lambda inner: st.fixed_dictionaries(
        {"layers": st.dictionaries(TEXTS, inner, min_size=1, max_size=4) | st.lists(inner, min_size=1, max_size=4)},
        optional={"inputs": st.lists(TEXTS, max_size=3), "when": TEXTS},
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES | LAYERS, min_size=1, max_size=6)


def read_back(text: str) -> Any:
    """What the reader of specs reads; it may not find anything wrong."""
    tree, problems = read(Source("spec.yaml", text))
    assert not problems, (text, problems)
    return _listed(plain(tree))


def _listed(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_listed(item) for item in value]
    return {key: _listed(item) for key, item in value.items()} if isinstance(value, dict) else value


def same(a: Any, b: Any) -> bool:
    """Equal, and of the same types: 1 is not true, and 1.0 is not 1."""
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@given(DOCUMENTS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_is_read_back(document: dict[str, Any]) -> None:
    text = to_yaml(document)
    assert text.endswith("\n")
    assert text.isascii()
    assert same(read_back(text), document), text


@pytest.mark.parametrize("text", AWKWARD, ids=map(ascii, range(len(AWKWARD))))
def test_awkward_texts(text: str) -> None:
    assert yaml.safe_load(flow(text)) == text
    assert yaml.safe_load(f"{{{flow(text)}: [{flow(text)}]}}") == {text: [text]}
    assert read_back(to_yaml({"key": text, "more": [text, {"a": text}]})) == {"key": text, "more": [text, {"a": text}]}
    assert flow(text).isascii()
    assert flow(text).isprintable()


@pytest.mark.parametrize("number", [0, -1, 1e-5, 1e5, 1e16, 1e22, 1.5e300, 5e-324, -0.0, 0.1, 3.0, True, False, None])
def test_numbers(number: Any) -> None:
    assert same(read_back(to_yaml({"a": number, "b": [number], "c": {"d": number}}))["b"], [number])


WORDS = st.text("abcdefgh_", min_size=1, max_size=20)


@given(
    st.dictionaries(
        WORDS,
        st.fixed_dictionaries({"type": WORDS, "from": st.lists(WORDS, max_size=12)}, optional={"x": st.lists(st.integers(0, 99))}),
        min_size=1,
        max_size=5,
    )
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_lines_are_short(layers: dict[str, Any]) -> None:
    """But for lists of plain items, which stand in one line."""
    text = to_yaml({"layers": layers})
    assert yaml.safe_load(text) == {"layers": layers}
    for line in text.splitlines():
        assert len(line) <= 130 or line.strip().startswith(("from: [", "x: ["))


def test_the_zoo_can_be_written() -> None:
    for path in sorted((SPECS / "zoo").glob("*.yaml")):
        document = read_back(path.read_text())
        assert same(read_back(to_yaml(document)), document), path.name
