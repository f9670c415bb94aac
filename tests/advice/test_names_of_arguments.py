"""A name in place of a number, as code has it: the argument that it would have to be."""

from __future__ import annotations

import pytest
from support import checked, helps, spec


@pytest.mark.parametrize(("written", "names"), [
    ("num_classes", ["num_classes"]), ("k", ["k"]), ("2 * n_filters", ["n_filters"]), ("a_1 + m", ["a_1", "m"]),
])  # fmt: skip
@pytest.mark.parametrize("key", ["out_channels", "kernel_size"])
def test_help_writes_the_argument_and_its_use(key: str, written: str, names: list[str]) -> None:
    rest = {"out_channels": 4, "kernel_size": 1}
    del rest[key]
    other = "".join(f", {name}: {value}" for name, value in rest.items())
    text = spec(f"  a: {{type: Conv2d, {key}: {written}{other}}}\n")
    (help,) = helps(text)
    assert help == f'write {key}: "${{{written}}}", with args: {{{", ".join(f"{name}: …" for name in names)}}} above'
    args = f"args: {{{', '.join(f'{name}: 1' for name in names)}}}\ninput:"
    followed = text.replace(f"{key}: {written}", f'{key}: "${{{written}}}"').replace("input:", args, 1)
    assert checked(followed).ok


@pytest.mark.parametrize("value", ["same", "auto", "64x", "x-large", "self.n", "64 channels"])
def test_what_is_no_name_of_a_number_is_no_argument(value: str) -> None:
    assert not any("args" in help for help in helps(spec(f"  a: {{type: Linear, out_features: {value}}}\n", "[4]")))


def test_what_takes_no_number_is_no_argument() -> None:
    text = spec("  a: {type: Linear, out_features: 4, bias: maybe}\n", "[4]")
    assert not any("args" in help for help in helps(text))
