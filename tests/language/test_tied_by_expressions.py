"""`tie` with expressions: what is tied follows from arguments, in figures, in code and in comparisons."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import answer, checked, told

from archspec import build
from archspec.api import Spec, parse

TEXT = """\
archspec: 1
name: Tied
args: {tied: true, of: e.weight}
inputs: {t: {shape: [T], dtype: int64}}
blocks:
  Head:
    args: {tied: true}
    layers:
      own: {type: Linear, out_features: 16, bias: false}
      out: {type: Linear, out_features: 16, bias: false, tie: {weight: "${'own.weight' if tied else null}"}}
layers:
  e: {type: Embedding, num_embeddings: 100, embedding_dim: 16}
  mid: {type: Head, tied: "${tied}"}
  other: {type: Head, tied: "${not tied}"}
  l: {type: Linear, out_features: 100, bias: false, tie: {weight: "${of if tied else ''}"}}
"""


@pytest.mark.parametrize(("tied", "pairs"), [
    (True, {("l.weight", "e.weight"), ("mid.out.weight", "mid.own.weight")}), (False, {("other.out.weight", "other.own.weight")}),
])  # fmt: skip
def test_what_is_tied_follows_from_an_argument(tied: bool, pairs: set[tuple[str, str]]) -> None:
    spec = parse(TEXT, tied=tied)
    module = build(spec)
    state = module.state_dict(keep_vars=True)
    found = {(one, two) for one in state for two in state if one > two and state[one] is state[two]}
    assert found == {tuple(sorted(pair, reverse=True)) for pair in pairs}
    assert spec.facts is not None
    assert spec.facts.totals.params == sum(parameter.numel() for parameter in module.parameters())


def test_a_class_does_not_take_what_ties(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(TEXT)
    code, out = answer(["compile", str(file), "--arguments", "--verify", "-o", str(tmp_path / "net.py")])
    assert code == 0, out
    assert 'Fixed: of = "e.weight", tied = True' in (tmp_path / "net.py").read_text()
    _, out = answer(["diff", str(file), f"{file}@tied=false"])
    assert "l: tie.weight e.weight → none, parameters 0 → 1,600" in out


def test_a_name_that_an_expression_gives_has_to_be_there() -> None:
    assert told(TEXT.replace("of: e.weight", "of: embed.weight"))[0][:2] == (
        "E0201",
        "l refers to embed.weight, but nothing here has that name",
    )
    wrong = TEXT.replace("of if tied else ''", "off")
    assert [code for code, *_ in told(wrong)] == ["E0502"]


@pytest.mark.parametrize("written", ["''", "null", "~"])
def test_a_name_that_is_not_written_is_a_mistake(written: str) -> None:
    """Only an expression can say that nothing is tied."""
    text = TEXT.replace("\"${of if tied else ''}\"", written)
    assert [found.code for found in checked(text).diagnostics] == ["E0201"]


def test_a_tie_in_another_use_of_the_block_is_its_own() -> None:
    text = TEXT.replace('"${not tied}"', '"${tied}"')
    module = build(Spec.of(checked(text)))
    state = module.state_dict(keep_vars=True)
    assert state["other.out.weight"] is state["other.own.weight"]
    assert state["other.out.weight"] is not state["mid.out.weight"]
