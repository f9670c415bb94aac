"""Attention with fewer heads of keys and values: what the error says works when it is followed."""

from __future__ import annotations

from support import checked

HEAD = "archspec: 1\nname: G\ninputs: {q: [8, 16, 32], k: [2, 16, 32], v: [2, 16, 32]}\nlayers:\n"
ATTENTION = "  a: {type: ScaledDotProductAttention, from: [q, k, v]}\n"


def test_heads_are_repeated_first() -> None:
    (found,) = checked(HEAD + ATTENTION).diagnostics
    assert found.help.endswith("put {type: RepeatInterleave, repeats: 4, dim: 1} before keys and values")
    repeated = "".join(f"  {name}4: {{type: RepeatInterleave, repeats: 4, dim: 1, from: {name}}}\n" for name in "kv")
    assert checked(HEAD + repeated + ATTENTION.replace("k, v", "k4, v4")).diagnostics == []


def test_heads_that_no_groups_make_are_no_grouped_queries() -> None:
    (found,) = checked(HEAD.replace("[2, 16, 32]", "[3, 16, 32]") + ATTENTION).diagnostics
    assert found.help == "make axis 1 of both 8, or 1"


def test_the_argument_of_torch_is_known() -> None:
    found = checked(HEAD + ATTENTION.replace("Attention,", "Attention, enable_gqa: true,")).diagnostics
    assert "RepeatInterleave" in found[0].help
