"""An Embedding that reads floats: what else it may read where it stands, or its rows as they are."""

from __future__ import annotations

import pytest
from support import checked

from archspec.diagnostics.model import Diagnostic
from archspec.fixing import fix

HEAD = "archspec: 1\nname: T\ninputs:\n  tokens: {shape: [128], dtype: int64}\nlayers:\n"
TOKENS = "  embed: {type: Embedding, num_embeddings: 1000, embedding_dim: 64}\n"
POS = "  pos: {type: Embedding, num_embeddings: 128, embedding_dim: 64}\n"
SUM = "  sum: {type: Add, from: [embed, pos]}\n"


def one(text: str) -> Diagnostic:
    (found,) = [problem for problem in checked(text).diagnostics if problem.code == "E0307"]
    return found


def test_it_is_told_the_names_of_whole_numbers_and_a_table_of_positions() -> None:
    text = HEAD + TOKENS + POS + SUM
    found = one(text)
    table = "pos: {type: Parameter, shape: [128, 64]}"
    assert found.help == f"write from: tokens, which is of whole numbers; or, for a table of positions, write {table}"
    assert found.fix is not None
    assert not found.fix.is_safe
    assert fix("spec.yaml", text.encode(), None, True).result.ok
    assert checked(HEAD + TOKENS + f"  {table}\n" + SUM).ok


@pytest.mark.parametrize("rows", [100, 1000])
def test_a_table_of_other_rows_is_none_of_positions(rows: int) -> None:
    assert one(HEAD + TOKENS + POS.replace("128", str(rows)) + SUM).help == (
        "write from: tokens, which is of whole numbers"
    )


def test_an_input_of_floats_is_declared_as_int64() -> None:
    found = one(HEAD.replace(", dtype: int64", "") + TOKENS)
    assert found.help == "declare the input as int64: tokens: {shape: […], dtype: int64}"
    text = "archspec: 1\nname: T\ninput: [T]\nlayers:\n" + TOKENS
    assert one(text).help == "declare the input as int64: input: {shape: [T], dtype: int64}"


def test_where_nothing_is_of_whole_numbers_help_is_no_edit() -> None:
    text = "archspec: 1\nname: T\ninput: [8]\nlayers:\n  a: {type: Linear, out_features: 8}\n" + TOKENS
    assert (one(text).fix, one(text).help) == (
        None,
        "let it read whole numbers, such as input: {shape: [T], dtype: int64}",
    )
