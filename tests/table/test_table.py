"""The table on narrow and wide terminals, and the report for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support import SPECS, checked, spec

from archspec.backends.table.report import report
from archspec.backends.table.terminal import Options, table
from archspec.diagnostics.records import sarif
from archspec.diagnostics.text import render, width
from archspec.facts.model import Facts

HERE = Path(__file__).parent


def facts(text: str) -> Facts:
    found = checked(text).facts
    assert found is not None
    return found


def golden(name: str, have: str, update: bool) -> None:
    path = HERE / name
    if update:
        path.write_text(have)
    assert have == path.read_text()


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_alexnet(columns: int, update_golden: bool) -> None:
    text = table(facts((SPECS / "alexnet.yaml").read_text()), Options(width=columns))
    assert all(width(line) <= columns for line in text.splitlines()[:24])
    golden(f"alexnet_{columns}.txt", text, update_golden)


def test_running_totals_are_the_articles(update_golden: bool) -> None:
    text = table(facts((SPECS / "alexnet_224.yaml").read_text()), Options(running=True))
    for total in ("34,944", "649,600", "1,534,720", "2,862,208", "3,747,200", "41,500,032", "58,281,344", "62,378,344"):
        assert total in text
    golden("alexnet_224_running.txt", text, update_golden)


def test_channels_last() -> None:
    text = table(facts((SPECS / "cifar10_cnn.yaml").read_text()), Options(layout="NHWC"))
    assert "pool      MaxPool2d 2×2 /2  16 × 16 × 32" in text
    assert "flatten   Flatten           8192" in text


def test_groups_symbols_and_unknowns(update_golden: bool) -> None:
    text = """archspec: 1
name: Example
inputs: {image: {shape: [3, H, W]}}
layers:
  body:
    layers:
      - {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2}
      - ReLU
  again: {use: body, from: image}
  merge: {type: Add, from: [body, again]}
  parts: {type: Chunk, chunks: 2, dim: 1}
  mystery: {type: "python:pkg.Mystery", output: [4], params: 12, from: parts.0}
"""
    golden("groups.txt", table(facts(text), Options()), update_golden)


SIZE = {"type": ["integer", "string", "null"]}
SHAPE = {"type": "array", "items": {"type": ["integer", "string"]}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["schema", "spec", "ok", "diagnostics", "inputs", "outputs", "layers", "totals", "unknown", "arguments", "symbols"],
    "properties": {
        "schema": {"const": "archspec.report/1"},
        "arguments": {"type": "object"},
        "symbols": {"type": "object", "additionalProperties": {"type": ["integer", "null"]}},
        "diagnostics": {"type": "array", "items": {"type": "object", "required": [
            "code", "severity", "title", "message", "path", "line", "column", "end_line", "end_column", "layer", "labels", "notes",
            "help", "fix"]}},
        "layers": {"type": "array", "items": {"type": "object", "required": [
            "path", "type", "from", "line", "output", "params", "param_shapes", "buffers", "trainable", "macs", "elementwise",
            "activation_bytes", "allocated_bytes", "receptive_field", "receptive_field_unknown"], "properties": {"receptive_field_unknown": {"type": ["string", "null"]}, "params": SIZE, "macs": SIZE, "output": {
                "anyOf": [SHAPE, {"type": "null"}, {"type": "object", "additionalProperties": SHAPE}]}}}},
        "totals": {"type": "object", "required": ["layers", "params", "trainable_params", "buffers", "macs", "flops", "param_bytes",
                                                  "activation_bytes", "peak_activation_bytes", "module_peak_activation_bytes"], "additionalProperties": SIZE},
    },
}  # fmt: skip


def reported(text: str) -> dict[str, Any]:
    result = checked(text)
    found = report("spec.yaml", None, result.facts, result.diagnostics)
    jsonschema.validate(found, SCHEMA)
    return found


def test_the_report_of_alexnet() -> None:
    found = reported((SPECS / "alexnet.yaml").read_text())
    assert found["totals"] == {
        "layers": 22, "params": 62378344, "trainable_params": 62378344, "buffers": 0, "macs": 1135256096, "flops": 2270512192,
        "elementwise": found["totals"]["elementwise"], "param_bytes": 249513376,
        "activation_bytes": found["totals"]["activation_bytes"], "peak_activation_bytes": 2323200,
        "module_peak_activation_bytes": 2941548,
    }  # fmt: skip
    first = found["layers"][0]
    assert first["output"] == ["N", 96, 55, 55]
    assert first["param_shapes"] == {"weight": [96, 3, 11, 11], "bias": [96]}
    assert (first["macs"], first["activation_bytes"], first["line"]) == (105415200, 1161600, 17)
    assert first["receptive_field"] == {"size": [11, 11], "stride": [4, 4], "padding": [0, 0]}
    pool = next(layer for layer in found["layers"] if layer["path"] == "pool3")
    assert pool["receptive_field"] == {"size": [195, 195], "stride": [32, 32], "padding": [64, 64]}


@pytest.mark.parametrize(
    "text",
    ["", "- 1", "archspec: 1\n", spec("  a: {type: Nothing}\n"), spec("  a: {type: Chunk, chunks: 3, dim: 1}\n")],
)
def test_the_report_of_anything(text: str) -> None:
    reported(text)


def test_unknown_is_null_and_never_zero() -> None:
    found = reported(
        spec('  a: {type: "python:pkg.Mystery", output: [4], params: 12}\n  b: {type: Linear, out_features: 2}\n')
    )
    assert found["layers"][0]["macs"] is None
    assert found["totals"]["macs"] is None
    assert found["totals"]["params"] == 12 + 10
    broken = reported(spec("  a: {type: Nothing}\n  b: ReLU\n"))
    assert [layer["params"] for layer in broken["layers"]] == [None, None]
    assert broken["totals"]["params"] is None


def test_sarif_has_what_its_readers_need() -> None:
    result = checked((SPECS / "alexnet_as_published.yaml").read_text(), select="W10")
    (found,) = sarif(result.diagnostics, "1.2.3")["runs"]
    assert [rule["id"] for rule in found["tool"]["driver"]["rules"]] == ["W1001", "W1002"]
    assert [item["ruleId"] for item in found["results"]] == ["W1001", "W1001", "W1002"]
    region = found["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (30, 3)


def test_errors_as_text(update_golden: bool) -> None:
    mistakes = [
        (SPECS / "alexnet.yaml").read_text().replace("227, 227", "224, 224").partition("expect:")[0],
        spec("  a: {type: Conv2D, out_channels: 8}\n"),
        spec("  a: {type: Conv2d, out_chanels: 8, kernel_size: 3}\n"),
        spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, groups: 2}\n"),
        spec(
            "  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: ReLU\n  c: Tanh\n  d: {type: Add, from: [a, input]}\n"
        ),
        spec("  a: ReLU\n  b: {type: ReLU, from: c}\n  c: ReLU\n"),
        spec("  a: {type: Conv2d, out_channels: 8, kernel_size: [3, 3, 3], doc: '日本語', stride: 0}\n"),
        "archspec: 1\nname: my net\ninput: [3, 32\n",
        spec("  forward: ReLU\n  a: ReLU\n  a: Tanh\n"),
    ]
    shown = "\n".join(render(checked(text).diagnostics) for text in mistakes)
    golden("errors.txt", shown, update_golden)


def test_names_are_whole_where_there_is_no_width() -> None:
    name = "n" * 63
    found = facts(spec(f"  {name}: {{layers: {{{name}: ReLU}}}}\n"))
    assert f"  {name} " in table(found, Options())
    narrow = table(found, Options(width=200))
    assert name not in narrow
    assert "n…" in narrow


@pytest.mark.parametrize(
    ("layers", "input", "reason"),
    [
        ("  rnn: {type: LSTM, hidden_size: 4, batch_first: true}\n", "[5, 3]", "rnn is computed in one call or step by step"),
        ("  cell: {type: GRUCell, hidden_size: 4}\n", "[3]", "cell is computed in one call or in steps"),
        ("  g: {layers: {e: {type: Einsum, equation: \"ni,ni,ni->n\", from: [input, input, input]}}}\n", "[3]", "g.e has more than two operands"),
        ("  a: {type: \"python:pkg.A\", output: [3], params: 0}\n", "[3]", "a is somebody else's code"),
        ("  p: {type: Permute, dims: [0, 2, 1]}\n  f: Flatten\n", "[3, H]", "which layers copy depends on H: --set H=… gives a number"),
    ],
)  # fmt: skip
def test_why_the_peak_is_not_known(layers: str, input: str, reason: str) -> None:
    found = reported(spec(layers, input))
    for key in ("peak_activation_bytes", "module_peak_activation_bytes"):
        assert found["totals"][key] is None
        assert found["unknown"][key].startswith(reason)


def test_where_an_error_says_why_there_is_no_reason() -> None:
    found = reported(spec("  a: {type: Linear, out_features: 2, from: nobody}\n  b: ReLU\n", "[3]"))
    assert (found["totals"]["peak_activation_bytes"], found["unknown"], found["ok"]) == (None, {}, False)


def test_where_the_peak_is_known_there_is_no_reason() -> None:
    found = reported(spec("  a: Tanh\n", "[3]"))
    assert (found["totals"]["peak_activation_bytes"], found["unknown"]) == (24, {})


def test_what_has_its_channels_last_is_not_turned_again() -> None:
    text = spec(
        "  conv: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}\n  last: {type: Permute, dims: [0, 2, 3, 1]}\n"
        "  fc: {type: Linear, out_features: 4}\n  back: {type: Permute, dims: [0, 3, 1, 2]}\n", "[3, 32, 20]"
    )  # fmt: skip
    lines = table(facts(text), Options(layout="NHWC", columns=("layer", "input", "output"))).splitlines()
    assert [" ".join(line.split()[1:]) for line in lines[2:6]] == [
        "32 × 20 × 3 32 × 20 × 16", "32 × 20 × 16 32 × 20 × 16", "32 × 20 × 16 32 × 20 × 4", "32 × 20 × 4 32 × 20 × 4"
    ]  # fmt: skip
