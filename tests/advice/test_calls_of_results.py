"""A method of what another call makes: neither of the two is left out."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

CONV = "{type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3, bias: false}"


@pytest.mark.parametrize("move", [
    ".to(device)", ".cuda()", ".cpu()", ".to('cuda')", ".to(torch.device('cuda:0'))", ".to(device=device)", ".to(self.device)",
])  # fmt: skip
def test_where_a_module_is_computed_says_nothing_of_it(move: str) -> None:
    for before, call in (("a: ", "nn.Conv2d(3, 8, 3, bias=False)"), ("self.a = ", "nn.Conv2d(3, 8, 3, bias=False)")):
        text = spec(f"  {before}{call}{move}\n")
        assert fixed(text, is_unsafe=True) == spec(f"  a: {CONV}\n")
    text = spec(f"  a: nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.ReLU()){move}\n")
    assert fixed(text, is_unsafe=True) == spec(f"  a:\n    layers:\n      - {CONV}\n      - ReLU\n")
    assert helps(spec(f"  a: nn.Conv2d(3, n, 3){move}\n")) == [
        'write {type: Conv2d, in_channels: 3, out_channels: "${count}", kernel_size: 3}, with args: {count: …} above'
    ]


@pytest.mark.parametrize("call", [
    "nn.Conv2d(3, 8, 3).to(torch.float16)", "nn.Conv2d(3, 8, 3).to(dtype)", "nn.Conv2d(3, 8, 3).half()", "model.to(device)",
    "F.adaptive_avg_pool2d(x, 1).mystery(1)", "F.mystery(x).flatten(1)",
])  # fmt: skip
def test_where_one_of_the_two_is_not_read_nothing_is_written(call: str) -> None:
    text = spec(f"  a: {call}\n")
    assert fixed(text, is_unsafe=True) == text
    (found,) = checked(text).diagnostics
    assert not any(word in found.help for word in ("type: To", "Flatten", "type: Conv2d, in"))


def test_a_method_of_a_result_is_a_second_layer() -> None:
    pool = "{type: AdaptiveAvgPool2d, output_size: 1}"
    text = spec("  a: F.adaptive_avg_pool2d(x, 1).flatten(1)\n")
    assert fixed(text, is_unsafe=True) == spec(f"  a:\n    layers:\n      - {pool}\n      - Flatten\n")


@pytest.mark.parametrize(("call", "help"), [
    ('layers.Dense(n, activation="softmax")',
     'write {type: Linear, out_features: "${count}"}, and {type: Softmax, dim: 1} below it, with args: {count: …} above'),
    ('layers.Conv2D(n, 3, activation="relu", padding="same")',
     'write {type: Conv2d, out_channels: "${count}", kernel_size: 3, padding: same}, and ReLU below it, with args: {count: …} above'),
    ('layers.Dense(n, activation="relu", kernel_initializer="he_normal")',
     'write {type: Linear, out_features: "${count}"}, and ReLU below it, without kernel_initializer, with args: {count: …} above'),
])  # fmt: skip
def test_an_activation_is_said_where_a_name_is_not_known(call: str, help: str) -> None:
    assert helps(spec(f"  a: {call}\n", "[4]" if "Dense" in call else "[3, 32, 32]")) == [help]
