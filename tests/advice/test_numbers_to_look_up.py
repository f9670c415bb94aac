"""An Embedding that reads floats: what else it may read where it stands, or its rows as they are."""

from __future__ import annotations

import torch
from support import checked

import archspec
from archspec.checking import check
from archspec.diagnostics.model import Diagnostic
from archspec.fixing import fix

HEAD = "archspec: 1\nname: T\ninputs:\n  tokens: {shape: [128], dtype: int64}\nlayers:\n"
TOKENS = "  embed: {type: Embedding, num_embeddings: 1000, embedding_dim: 64}\n"
POS = "  pos: {type: Embedding, num_embeddings: 128, embedding_dim: 64}\n"
SUM = "  sum: {type: Add, from: [embed, pos]}\n"


def one(text: str) -> Diagnostic:
    (found,) = [problem for problem in checked(text).diagnostics if problem.code == "E0307"]
    return found


def test_a_table_of_positions_reads_the_positions() -> None:
    """Not the tokens, of which there are more than it has rows: PyTorch would raise an IndexError."""
    text = HEAD + TOKENS + POS + SUM
    found = one(text)
    layer = '{type: Constant, value: "${range(128)}"}'
    assert found.help == f"put {layer} before it, for a table of positions"
    assert found.notes == ("tokens names rows of embed, which has 1,000 of them: too many for the 128 of pos",)
    assert found.fix is not None
    assert not found.fix.is_safe
    after = fix("spec.yaml", text.encode(), None, True).after.decode()
    assert after == HEAD + TOKENS + f"  positions: {layer}\n" + POS + SUM
    assert checked(after).ok


def test_the_network_that_it_makes_takes_all_tokens() -> None:
    text = fix("spec.yaml", (HEAD + TOKENS + POS + SUM).encode(), None, True).after.decode()
    module = archspec.build(archspec.parse(text))
    assert module(torch.full((2, 128), 999)).shape == (2, 128, 64)
    assert sorted(module.state_dict()) == ["embed.weight", "pos.weight"]


def test_with_as_many_rows_it_may_be_either() -> None:
    found = one(HEAD + TOKENS + POS.replace("128", "1000") + SUM)
    table = 'put {type: Constant, value: "${range(128)}"} before it'
    assert found.help == f"write from: tokens, which is of whole numbers; or, for a table of positions, {table}"


def test_fewer_rows_than_tokens_and_positions_are_neither() -> None:
    found = one(HEAD + TOKENS + POS.replace("128", "100") + SUM)
    assert found.fix is None
    assert found.notes == ("tokens names rows of embed, which has 1,000 of them: too many for the 100 of pos",)


def test_positions_are_as_many_as_an_argument_says() -> None:
    rows = POS.replace("128", '"${context}"')
    text = HEAD.replace("[128]", '["${context}"]').replace("layers:", "args: {context: 128}\nlayers:") + TOKENS + rows
    assert one(text + SUM).help.startswith('put {type: Constant, value: "${range(context)}"} before it')
    after = fix("spec.yaml", (text + SUM).encode(), None, True).after
    assert check("spec.yaml", after, {"context": 64}).ok
    nested = text.replace(TOKENS + rows, "  e:\n    layers:\n    " + TOKENS + "    " + rows + "    " + SUM)
    assert "    positions: {type: Constant" in fix("spec.yaml", nested.encode(), None, True).after.decode()


def test_symbolic_lengths_have_no_positions() -> None:
    found = one(HEAD.replace("[128]", "[T]") + TOKENS + POS + SUM)
    assert found.fix is None


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
