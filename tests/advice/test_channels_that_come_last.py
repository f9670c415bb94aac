"""A claim of channels that is the size of another axis may be right, and the axes in another order: no safe fix takes it away."""

from __future__ import annotations

from archspec.fixing import fix

TEXT = """archspec: 1
name: M
input: [28, 28, 1]
layers:
  conv1: {type: Conv2d, in_channels: 1, out_channels: 32, kernel_size: 3}
  flat: Flatten
  fc: {type: Linear, in_features: 1000, out_features: 10}
"""


def test_the_claim_stays_whatever_is_wrong_later() -> None:
    fixed = fix("m.yaml", TEXT.encode()).after.decode()
    assert "in_channels: 1," in fixed
    assert any("[1, 28, 28]" in found.help for found in fix("m.yaml", TEXT.encode()).result.diagnostics)


def test_a_name_that_is_half_another_is_not_taken_for_it() -> None:
    text = "archspec: 1\nname: M\ninput: [8]\nlayers: {a: Foo}\n"
    assert fix("m.yaml", text.encode()).after.decode() == text
