"""Specs in JSON, fixed: what was JSON is JSON, however it is laid out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import ROOT
from test_corpus import CORPUS

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.document.json_text import as_json
from archspec.document.reader import Unreadable, read
from archspec.document.tree import HasInvalid, plain
from archspec.fixing import fix
from archspec.source import Source, Span

LAYER = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "activation": "relu"}


def as_data(text: str) -> Any:
    """What a text says, as data; None where it cannot be read."""
    try:
        return plain(read(Source("spec.yaml", text))[0])
    except (Unreadable, HasInvalid):
        return None


OTHERS = [name for number, name in enumerate(CORPUS) if not name.startswith("alexnet ") or number % 9 == 0]
NAMES = [name for name in OTHERS if as_data(CORPUS[name]) is not None]


def network(layers: Any, **more: Any) -> dict[str, Any]:
    return {"archspec": 1, "name": "Net", "input": [3, 32, 32], **more, "layers": layers}


LAYOUTS: dict[str, dict[str, Any]] = {"one line": {}, "indented": {"indent": 2}, "compact": {"separators": (",", ":")}}


@pytest.mark.parametrize("name", NAMES)
def test_what_was_json_is_json_in_every_layout(name: str) -> None:
    told = {}
    for layout, options in LAYOUTS.items():
        text = json.dumps(as_data(CORPUS[name]), **options)
        found = fix(str(ROOT / "tests/cases/files" / name) + ".json", text.encode(), None, is_unsafe=True)
        told[layout] = json.loads(found.after), [problem.code for problem in found.made]
    assert told["compact"] == told["one line"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_layer_below_one_of_several_lines(indent: int | None) -> None:
    text = json.dumps(network({"conv1": LAYER, "b": {"type": "Tanh", "from": "conv1"}}), indent=indent)
    found = fix("net.json", text.encode(), None, is_unsafe=True)
    layers = json.loads(found.after)["layers"]
    assert list(layers.items())[1:] == [("relu1", "ReLU"), ("b", {"type": "Tanh", "from": "relu1"})]
    assert "activation" not in layers["conv1"]
    assert found.result.ok


@pytest.mark.parametrize("indent", [None, 2])
def test_a_layer_below_one_of_a_list(indent: int | None) -> None:
    text = json.dumps(network([LAYER, "Tanh"]), indent=indent)
    found = fix("net.json", text.encode(), None, is_unsafe=True)
    assert json.loads(found.after)["layers"][1:] == ["ReLU", "Tanh"]


@pytest.mark.parametrize(
    ("text", "place", "put", "after"),
    [
        ('{"a": 1, "b": 2}', (1, 8, 1, 16), "", '{"a": 1}'),
        ('{"a": 1,\n  "b": 2\n}', (2, 3, 3, 1), "", '{"a": 1}'),
        ('{"a": 1}', (1, 8, 1, 8), "\n  relu: ReLU", '{"a": 1, "relu": "ReLU"}'),
        ('{"a": 1}', (1, 2, 1, 2), "relu: ReLU\n", '{"relu": "ReLU", "a": 1}'),
        ('{"a": 1}', (1, 7, 1, 8), "{type: 'it''s', of: [a b, 3, -1.5, true, \"${x}\"]}",
         '{"a": {"type": "it\'s", "of": ["a b", 3, -1.5, true, "${x}"]}}'),
        ('{"a": "x, y: z}"}', (1, 17, 1, 17), ", b: 1", '{"a": "x, y: z}", "b": 1}'),
    ],
)  # fmt: skip
def test_edits_as_json_has_them(text: str, place: tuple[int, int, int, int], put: str, after: str) -> None:
    source = Source("net.json", text)
    found = as_json(source, (Edit(Span(source, *place), put),))
    assert found is not None
    assert json.loads(apply(source, found)) == json.loads(after)


def test_what_cannot_be_json_is_no_fix() -> None:
    source = Source("net.json", '{"a": 1}')
    assert as_json(source, (Edit(Span(source, 1, 7, 1, 8), "[1"),)) is None


def test_a_text_in_braces_that_is_no_json_stays_as_it_is() -> None:
    source = Source("net.yaml", "{a: 1}")
    edits = (Edit(Span(source, 1, 6, 1, 6), ", b: c"),)
    assert as_json(source, edits) == edits
