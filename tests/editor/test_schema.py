"""The JSON Schema: it refuses nothing that archspec accepts, and what has a key that nothing takes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft7Validator, ValidationError
from support import ROOT, SPECS, checked

sys.path.insert(0, str(ROOT / "tests" / "conformance"))

from harness import build
from strategies import STRATEGIES

from archspec.cli import main
from archspec.diagnostics.codes import CODES
from archspec.document.blocks import LAYER_KEYS
from archspec.document.load import KEYS
from archspec.document.reader import read
from archspec.document.tree import plain
from archspec.lints import all_lints
from archspec.ops import registry
from archspec.ops.base import Tensor
from archspec.ops.meanings import SHARED, meaning
from archspec.source import Source

SCHEMA = json.loads((ROOT / "archspec" / "schema.json").read_text("utf-8"))
EXAMPLES = 30
OPS = {name: op for name in registry.names() if (op := registry.find(name)) is not None}


@cache
def corpus() -> dict[str, str]:
    """Every whole spec that there is, by where it stands."""
    paths = [*SPECS.rglob("*.yaml"), *(ROOT / "archspec" / "templates").glob("*.yaml")]
    found = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sorted(paths)}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        blocks = re.findall(r"```yaml\n(archspec: 1\b.*?)```", page.read_text("utf-8"), re.DOTALL)
        found |= {f"{page.relative_to(ROOT)}#{number}": block for number, block in enumerate(blocks)}
    for lint in all_lints():
        found |= {f"{lint.CODE} bad": lint.BAD, f"{lint.CODE} good": lint.GOOD}
    found |= {code: entry.example for code, entry in CODES.items() if entry.example}
    for path in sorted((ROOT / "tests" / "cases" / "files").rglob("*.yaml")):
        if path.parent.name != "hostile":  # which take their time
            found[str(path.relative_to(ROOT))] = path.read_bytes().decode("utf-8", "replace")
    return found


def value_of(text: str) -> Any:
    """A spec's text as JSON, read as archspec reads it."""
    node, _ = read(Source("spec.yaml", text))
    return json.loads(json.dumps(plain(node)))


@cache
def validator(definition: str) -> Draft7Validator:
    """Of a part of a document by its definition; of a whole one for an empty text."""
    part = {"$ref": f"#/definitions/{definition}", "definitions": SCHEMA["definitions"]}
    return Draft7Validator(part if definition else SCHEMA)


def messages(value: Any, definition: str = "") -> list[str]:
    """What the schema says; of alternatives, what each says."""
    return [error.message for outer in validator(definition).iter_errors(value) for error in leaves(outer)]


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    if not error.context:
        yield error
    for inner in error.context or ():
        yield from leaves(inner)


def accepted() -> list[str]:
    """Those of the corpus that archspec takes without an error."""
    return [name for name, text in corpus().items() if checked(text, str(ROOT / name.partition("#")[0])).ok]


def test_the_schema_is_a_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert "oneOf" not in json.dumps(SCHEMA)  # of which editors report every branch


def test_what_archspec_accepts_it_accepts() -> None:
    names = accepted()
    assert len(names) > 100
    assert {name: messages(value_of(corpus()[name])) for name in names} == {name: [] for name in names}


@pytest.mark.parametrize("name", registry.names())
def test_arguments_that_an_op_accepts_it_accepts(name: str) -> None:
    tried = 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def run(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        nonlocal tried
        if build(name, *case) is not None:
            layer = {"type": name, **json.loads(json.dumps(case[0]))}
            assert messages(layer, f"op {name}") == []
            tried += 1

    run()
    assert tried


def layers(value: Any) -> Iterator[dict[str, Any]]:
    """The layers of a document with an op's name as their type."""
    if isinstance(value, dict):
        kind = value.get("type")
        if isinstance(kind, str) and registry.find(kind) is not None:
            yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from layers(inner)


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_wrong_key_is_said_once(path: Path) -> None:
    value = value_of(path.read_text("utf-8"))
    said = "Additional properties are not allowed ('kernel' was unexpected)"
    assert messages({**value, "kernel": 1}) == [said]
    found = list(layers(value))
    for layer in found[:20]:
        assert messages({**layer, "kernel": 1}, "mapping") == [said], layer
    assert len(found) > 2


@pytest.mark.parametrize(("layer", "message"), [
    ("{type: Conv2d, out_channels: 8}", "'kernel_size' is a required property"),
    ("{type: Conv2d, out_channels: 0, kernel_size: 3}", "0 is less than the minimum of 1"),
    ("{type: Conv2d, out_channels: x, kernel_size: 3}", "'x' is not of type 'integer'"),
    ("{type: Conv2d, out_channels: 8, kernel_size: 3, padding_mode: zero}", "'zero' is not one of"),
    ("{use: a, type: ReLU}", "'type' was unexpected"),
    ("{layers: {b: ReLU}, out_channels: 3}", "'out_channels' was unexpected"),
    ("{typ: ReLU}", "'type' is a required property"),
    ("{type: ReLU, init: {weight: {normale: 1}}}", "'normale' was unexpected"),
    ("{type: 'python:a.B', output: [1], params: 0, arguments: {}}", "'arguments' was unexpected"),
    ("3", "3 is not of type 'object'"),
])  # fmt: skip
def test_mistakes_in_a_layer(layer: str, message: str) -> None:
    text = f"archspec: 1\nname: A\ninput: [3, 8, 8]\nlayers:\n  a: {layer}\n"
    found = messages(value_of(text)["layers"]["a"], "layer")
    assert [said for said in found if message in said], found
    assert not checked(text).ok


@pytest.mark.parametrize("layer", [
    '{type: Conv2d, out_channels: "${2 * 4}", kernel_size: ["${1 + 2}", 3], bias: "${1 == 2}"}',
    '{type: "${\'Re\' + \'LU\'}"}', "{type: MyBlock, anything: [1]}", "{from: 0, type: ReLU}", "{use: 0}",
    "{type: PReLU, init: 0.1}", "{type: PReLU, init: {weight: 0.2}}", "{type: Upsample, scale_factor: 2, mode: nearest}",
    "{layers: [ReLU], inputs: [a], outputs: {x: 0}, repeat: 2, when: true, let: {a: 1}}",
    '{type: "python:a.b.C", output: [3], params: 0, args: {a: [1, [2]]}}', "ReLU", "MyBlock",
])  # fmt: skip
def test_ways_of_writing_a_layer(layer: str) -> None:
    assert messages(value_of(f"a: {layer}")["a"], "layer") == []


def test_what_is_no_mapping_at_all_is_refused() -> None:
    for text in ("[1]", "archspec: 2\nname: A\ninput: [3]\nlayers: [ReLU]", "archspec: 1", "a: 1"):
        assert messages(value_of(text))


def test_every_key_of_the_language_is_there_and_explained() -> None:
    assert tuple(SCHEMA["properties"]) == KEYS
    assert [key for key, value in SCHEMA["properties"].items() if not value.get("description")] == []
    keys = {
        name.removeprefix("key "): value for name, value in SCHEMA["definitions"].items() if name.startswith("key ")
    }
    assert keys.keys() == LAYER_KEYS
    assert [key for key, value in keys.items() if not value.get("description")] == []


def test_every_op_is_there_with_its_keys() -> None:
    for name in registry.names():
        op = registry.find(name)
        assert op is not None
        found = SCHEMA["definitions"][f"op {name}"]
        assert set(op.model_fields) <= found["properties"].keys()
        assert all(found["properties"][field]["description"] for field in op.model_fields)


def test_shared_words_are_those_of_several_ops() -> None:
    """What one op alone has stands in its class."""
    found: dict[str, set[str]] = {field: set() for field in SHARED}
    for op in OPS.values():
        for field in op.model_fields:
            if meaning(op, field) == SHARED.get(field):
                found[field].add(
                    next(kind.__name__ for kind in op.__mro__ if field in vars(kind).get("__annotations__", ()))
                )
    assert [field for field, kinds in found.items() if len(kinds) < 2] == []


@pytest.mark.parametrize("name", OPS)
def test_every_argument_has_a_meaning(name: str) -> None:
    without = [field for field in OPS[name].model_fields if not meaning(OPS[name], field)]
    assert without == [], "say it in a text below the argument"


@pytest.mark.parametrize(
    ("name", "field", "said"),
    [("Norm", "p", "order of the norm"), ("Normalize", "p", "order of the norm"), ("LPPool2d", "norm_type", "order of the norm"),
     ("Dropout", "p", "probability"), ("LocalResponseNorm", "size", "channels"), ("UnfoldDim", "step", "window"),
     ("ChannelShuffle", "groups", "interleaved"), ("Normalize", "eps", "least"), ("GridSample", "padding_mode", "outside")],
)  # fmt: skip
def test_one_name_may_mean_two_things(name: str, field: str, said: str) -> None:
    assert said in meaning(OPS[name], field)


def test_the_command_prints_it(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsysbinary.readouterr().out) == SCHEMA


def test_the_command_writes_it_and_writes_it_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "archspec.schema.json"
    assert main(["schema", "-o", str(path)]) == 0
    assert main(["schema", "-o", str(path)]) == 0
    assert json.loads(path.read_text("utf-8")) == SCHEMA
    path.write_text("mine")
    assert main(["schema", "-o", str(path)]) == 2
    assert path.read_text() == "mine"
    assert "--force replaces it" in capsys.readouterr().err
