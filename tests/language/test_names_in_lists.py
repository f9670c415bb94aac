"""`- relu1: ReLU`: layers of a list with names, whatever their types are written like."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

CONV = "{type: Conv2d, out_channels: 8, kernel_size: 3}"


def fixed(text: str, is_unsafe: bool = False) -> str:
    return fix("net.yaml", text.encode(), None, is_unsafe).after.decode()


@pytest.mark.parametrize("kind", ["ReLU", "ReLu", "nn.ReLU", "ReLU()", "relu"])
def test_one_error_and_names_that_stay(kind: str) -> None:
    text = spec(f"  - conv1: {CONV}  # first\n  - relu1: {kind}\n")
    (found,) = checked(text).diagnostics
    assert (found.code, found.message) == ("E0102", "0 has no type, but a name, conv1")
    assert fixed(text) == spec(f"  conv1: {CONV}  # first\n  relu1: ReLU\n")


def test_a_call_and_keys_below() -> None:
    text = spec(
        "  - conv1:\n      type: Conv2d\n      out_channels: 8\n      kernel_size: 3\n  - relu1: ReLU(inplace=True)\n"
    )
    after = "  conv1:\n      type: Conv2d\n      out_channels: 8\n      kernel_size: 3\n"
    assert fixed(text) == spec(f"{after}  relu1: {{type: ReLU, inplace: true}}\n")


@pytest.mark.parametrize("kind", ["ReLu", "ReLU(inplace=True)"])
def test_where_some_have_names_these_may_go(kind: str) -> None:
    text = spec(f"  - {CONV}\n  - relu2: {kind}\n")
    (found,) = checked(text).diagnostics
    assert (found.code, found.message) == ("E0102", "1 has no type, but a name, relu2")
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True).startswith(spec(f"  - {CONV}\n  - ")[:-2])
    assert "relu2" not in fixed(text, is_unsafe=True)


def test_the_same_name_twice_is_no_mapping() -> None:
    text = spec(f"  - a: {CONV}\n  - a: Tanh\n")
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == spec(f"  - {CONV}\n  - Tanh\n")


def test_what_is_no_type_is_no_name() -> None:
    (found,) = checked(spec("  - out_features: 8\n  - foo: bar\n")).diagnostics[:1]
    assert found.message == "0 has no type"
