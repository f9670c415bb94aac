"""Names of a list within `from`, each put right by itself, and as the list around it is laid out."""

from __future__ import annotations

import pytest
from support import fixed, helps, spec

LAYERS = "  a: ReLU\n  b: Tanh\n  c: Sigmoid\n  add: {type: Add, from: [a, b, c]}\n"
BLOCK = "  a: ReLU\n  b: Tanh\n  c: Sigmoid\n  add:\n    type: Add\n    from:\n"


@pytest.mark.parametrize(
    ("written", "after"),
    [
        (LAYERS.replace("[a, b, c]", "[a, [b, c]]"), LAYERS),
        (BLOCK + "    - a\n    - [b, c]  # two\n", BLOCK + "    - a\n    - b\n    - c  # two\n"),
        (BLOCK + "      -   [b, c]\n      -   a\n", BLOCK + "      -   b\n      -   c\n      -   a\n"),
    ],
    ids=["in braces", "in lines", "indented"],
)
def test_names_of_a_list_stand_in_the_list_around_it(written: str, after: str) -> None:
    assert fixed(spec(written)) == spec(after)


def test_one_that_cannot_be_put_right_does_not_keep_another_from_it() -> None:
    found = fixed(spec(BLOCK + "    - [a, []]\n    - [b, c]\n"))
    assert "    - [a, []]\n    - b\n    - c\n" in found


def test_what_a_change_writes_is_no_name_because_as_many_others_were_none() -> None:
    text = spec("  a: ReLU\n  b: {type: Add, from: [x, y, [a, 'a, a']]}\n")
    assert fixed(text) == text


@pytest.mark.parametrize("written", ["[[a, b], c]", "[a, [b, c]]", "['a, b', c]", "[[a], [b, c]]"])
def test_lists_stay_where_they_have_more_names_than_the_layer_takes(written: str) -> None:
    text = spec(f"  a: ReLU\n  b: Tanh\n  c: Sigmoid\n  up: {{type: UpsampleLike, from: {written}}}\n")
    assert fixed(text, is_unsafe=True) == text
    assert set(helps(text)) == {"from takes 2 names here, each an item of its own"}


def test_lists_that_have_as_many_names_as_the_layer_takes() -> None:
    text = spec("  a: {type: UpsampleLike, from: [[input], input]}\n")
    assert fixed(text) == text.replace("[input], input", "input, input")


def test_an_output_is_one_name() -> None:
    text = spec("  a: ReLU\n  b: ReLU\n", more="outputs: {c: [a, b], d: [b]}\n")
    assert fixed(text) == text.replace("[b]}", "b}")
