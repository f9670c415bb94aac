"""What people see in their editors. Runs where yaml-language-server is installed: `language_server.py` says how."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import SPECS

sys.path.insert(0, str(Path(__file__).parent))

from language_server import SERVER, LanguageServer
from test_schema import accepted, corpus

from archspec.document.load import KEYS
from archspec.ops import registry

pytestmark = pytest.mark.skipif(not SERVER, reason="ARCHSPEC_YAML_SERVER does not name yaml-language-server")
HEAD = "archspec: 1\nname: A\ninput: [3, 32, 32]\n"


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    running = LanguageServer()
    yield running
    running.close()


def test_keys_of_a_document(server: LanguageServer) -> None:
    found = server.completions("archspec: 1\nname: A\n|\n")
    assert found.keys() >= set(KEYS) - {"archspec", "name"}
    assert found["input"].startswith("The shape of one sample")


@pytest.mark.parametrize("layer", ["a: |", "a: Conv|", "a: {type: |}", "a:\n    type: Conv|"])
def test_types_with_what_they_do(server: LanguageServer, layer: str) -> None:
    found = server.completions(f"{HEAD}layers:\n  {layer}\n")
    assert set(registry.names()) <= found.keys()
    assert found["Conv2d"].startswith("Convolution over (N, C, H, W).")


@pytest.mark.parametrize("layer", ["a: {type: Conv2d, k|}", "a:\n    type: Conv2d\n    |"])
def test_keys_of_a_type_with_what_they_mean(server: LanguageServer, layer: str) -> None:
    found = server.completions(f"{HEAD}layers:\n  {layer}\n")
    assert found.keys() >= {"out_channels", "kernel_size", "stride", "padding", "bias", "from", "repeat"}
    assert "in_features" not in found
    assert found["stride"].startswith("How far the window moves")


@pytest.mark.parametrize(("key", "values"), [
    ("padding_mode", {"zeros", "reflect", "replicate", "circular"}), ("bias", {"true", "false"}),
    ("padding", {"same", "valid", "same_upper"}),
])  # fmt: skip
def test_values_of_a_key(server: LanguageServer, key: str, values: set[str]) -> None:
    assert server.completions(f"{HEAD}layers:\n  a: {{type: Conv2d, {key}: |}}\n").keys() >= values


@pytest.mark.parametrize(("text", "said"), [
    ("layers:\n  a: {type: Conv2d, kernel_s|ize: 3}", "The size of the window."),
    ("layers:\n  a: {type: Conv|2d, kernel_size: 3}", "Convolution over (N, C, H, W)."),
    ("layers:\n  a: Re|LU", "max(0, x)."), ("layers:\n  a: {type: ReLU, fr|om: input}", "What it reads:"),
    ("lay|ers: {a: ReLU}", "A mapping of names to layers"),
])  # fmt: skip
def test_what_is_shown_over_a_word(server: LanguageServer, text: str, said: str) -> None:
    found = server.hover(HEAD + text)
    assert said in found
    assert len(found) < 1_000  # of one op, and not of all


@pytest.mark.parametrize(("layer", "said"), [
    ("a: {type: Conv2d, kernel: 3, out_channels: 3, kernel_size: 3}", "Property kernel is not allowed."),
    ("a: {type: Conv2d, out_channels: 3}", 'Missing property "kernel_size".'),
    ("a: {type: Conv2d, out_channels: 3, kernel_size: -3}", "Value is below the minimum of 1."),
    ("a: {type: Conv2d, out_channels: 3, kernel_size: 3, bias: 1}", 'Incorrect type. Expected "boolean | string".'),
    ("a: {layers: {b: {type: ReLU, foo: 1}}}", "Property foo is not allowed."),
    ("a: {typ: ReLU}", 'Missing property "type".'), ("a:", 'Incorrect type. Expected "mapping | string".'),
])  # fmt: skip
def test_one_mistake_is_one_message(server: LanguageServer, layer: str, said: str) -> None:
    assert server.problems(f"{HEAD}layers:\n  {layer}\n") == [f"5: {said}"]


def test_no_message_about_what_archspec_accepts(server: LanguageServer) -> None:
    names = accepted()
    assert {name: server.problems(corpus()[name]) for name in names} == {name: [] for name in names}
    assert len(names) > len(list(SPECS.rglob("*.yaml")))
