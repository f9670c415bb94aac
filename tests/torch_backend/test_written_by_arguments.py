"""What is the same number in all uses, but written by an argument that is not, stands in the class as it is written."""

from __future__ import annotations

from torch_samples import facts_of, generated

from archspec.running.verify import verify

BLOCK = """archspec: 1
name: Net
input: [4, 6, 16]
blocks:
  Heads:
    args: {heads: int, shift: int}
    let: {channels: "${input.shape[3]}", head: "${channels // heads}"}
    layers:
      rolled: {type: Roll, shifts: ["${-shift}", 1], dims: [1, 2], when: "${shift > 0}"}
      split: {type: Unflatten, dim: 3, unflattened_size: ["${heads}", "${head}"]}
      scaled: {type: Mul, value: "${head ** -0.5}"}
      joined: {type: Flatten, start_dim: 3}
      back: {type: Roll, shifts: ["${shift}", 1], dims: [1, 2], when: "${shift > 0}"}
layers:
  - {type: Heads, heads: 2, shift: 0}
  - {type: Heads, heads: 2, shift: 2}
  - {type: Linear, out_features: 24}
  - {type: Heads, heads: 3, shift: 0}
"""


def _of(text: str) -> str:
    code = generated(text)
    assert verify(facts_of(text), code) == []
    return code.text


def test_a_list_is_written_by_the_argument() -> None:
    assert "shifts=(-self.shift, 1), dims=(1, 2)" in _of(BLOCK)


def test_a_number_that_is_written_as_such_stays_one() -> None:
    assert "shifts=(2, 1), dims=(1, 2)" in _of(BLOCK)  # which 2 is the argument's, nobody can tell


def test_a_let_that_has_one_value_by_chance_is_computed() -> None:
    text = _of(BLOCK)
    assert "        head = channels // heads\n" in text
    assert "nn.Unflatten(3, (heads, head))" in text
    assert "self.head**-0.5" in text


def test_what_no_use_differs_in_is_a_number() -> None:
    same = BLOCK.replace("heads: 3", "heads: 2").replace("out_features: 24", "out_features: 16")
    text = _of(same)
    assert "nn.Unflatten(3, (2, 8))" in text
    assert "8**-0.5" in text
