"""Columns that are chosen, rows that are sorted and cut, and the sums that stay right."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from support import SPECS, checked, spec

from archspec import build, parse
from archspec.backends.table.formats import write
from archspec.backends.table.layers import FIGURES, Options, grid
from archspec.checking import check
from archspec.cli import main
from archspec.commands import formats
from archspec.expand.folding import LONG
from archspec.facts.model import Facts

RESNET = str(SPECS / "zoo" / "resnet.yaml")
ALL = ",".join(figure.key for figure in FIGURES)


def facts(path: str) -> Facts:
    found = checked(Path(path).read_text()).facts
    assert found is not None
    return found


def rows(found: Facts, options: Options) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(write("csv", [grid(found, options, is_flat=True)]), newline="")))


@pytest.mark.parametrize("depth", [None, 1, 2])
@pytest.mark.parametrize("top", [None, 3, 10_000])
@pytest.mark.parametrize("sort", [None, "macs", "activations"])
def test_sums_of_columns_are_the_totals(depth: int | None, top: int | None, sort: str | None) -> None:
    found = facts(RESNET)
    keys = ("parameters", "macs", "flops", "buffers", "elementwise", "parameters_share")
    table = rows(found, Options(depth=depth, top=top, sort=sort, columns=("layer", *keys, "activations")))
    totals = found.totals
    sums = [sum(float(row[key]) for row in table) for key in keys]
    assert sums[:-1] == [
        totals.params, totals.macs, totals.flops, totals.buffers, totals.elementwise
    ]  # fmt: skip
    assert sums[-1] == pytest.approx(100, abs=0.01)
    if top == 3:
        assert len(table) == 4
        assert table[-1]["layer"].startswith("… ")
    if sort:
        order = [int(row[sort]) for row in (table[:3] if top == 3 else table)]
        assert order == sorted(order, reverse=True)


def test_unknown_figures_come_last_and_are_empty() -> None:
    text = spec('  a: {type: "python:p.A", output: [4], params: 2}\n  b: {type: Linear, out_features: 3}\n', "[4]")
    found = checked(text).facts
    assert found is not None
    table = rows(found, Options(sort="macs", columns=("layer", "macs", "macs_share", "field")))
    assert [(row["layer"], row["macs"], row["macs_share"]) for row in table] == [("b", "12", ""), ("a", "", "")]


def test_every_column_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    for format in formats.pasted():
        assert main(["check", RESNET, "--columns", ALL, "--depth", "2", "--format", format]) == 0
        assert "layer1" in capsys.readouterr().out


def test_the_order_is_the_one_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", RESNET, "--columns", "macs, layer,macs", "--sort", "macs", "--top", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:4:2]] == [["MACs", "layer"], ["118,013,952", "conv1"]]
    assert lines[3].split() == ["3,971,170,304", "…", "174", "more"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--columns", "layer,mac"], "there is no column mac; did you mean macs? there are layer, type, "),
        (["--sort", "type"], "there is no column type to sort by; there are parameters, "),
        (["--columns", "layer", "--format", "json"], "--columns shapes tables, and --format json is none: "),
        (["--top", "3", "--format", "sarif"], "--top shapes tables, and --format sarif is none: "),
        (["--sort", "macs", "--format", "github"], "--sort shapes tables, and --format github is none: "),
    ],
)
def test_columns_that_there_are_not(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    for paths in ([RESNET], ["nowhere.yaml"]):
        assert main(["check", *paths, *arguments]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert said in err


def test_diagnostics_stay_beside_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["check", str(SPECS / "zoo" / "resnet.yaml"), "--format", "markdown", "--strict", "--select", "W1005"])
        == 1
    )
    out, err = capsys.readouterr()
    assert out.startswith("| layer | type |")
    assert "warning[" not in out
    assert "warning[" in err


@pytest.mark.parametrize("format", formats.pasted())
def test_variants_are_told_apart(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", RESNET, "--set", "depth=101", "--depth", "1", "--format", format]) == 0
    said = capsys.readouterr().out
    assert ("depth = 101" if format != "markdown" else "with depth = 101") in said


def test_several_specs_in_csv_are_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    vgg = str(SPECS / "zoo" / "vgg.yaml")
    assert main(["check", RESNET, vgg, "--format", "csv", "--depth", "1"]) == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [row["spec"] for row in table] == [RESNET] * 11 + [vgg] * 4
    assert sum(int(row["macs"]) for row in table if row["spec"] == vgg) == facts(vgg).totals.macs


def test_of_a_layer_in_training_only_nothing_is_counted() -> None:
    text = spec("  a: {type: Linear, out_features: 3}\n  b: {type: Linear, out_features: 3, mode: train}\n", "[4]",
                "outputs: {y: a, z: b}\n")  # fmt: skip
    found = checked(text).facts
    assert found is not None
    table = rows(found, Options(columns=("layer", "macs", "mode")))
    assert [row["mode"] for row in table] == ["always", "train"]
    assert sum(int(row["macs"]) for row in table) == found.totals.macs


def test_arguments_are_what_was_given_with_expressions_computed() -> None:
    block = 'blocks:\n  B:\n    args: {wide: 4}\n    layers:\n      c: {type: Conv2d, out_channels: "${2 * wide}", kernel_size: [3, 1], padding: same}\n'
    found = checked(
        spec("  b: B\n  pool: {type: MaxPool2d, kernel_size: 2, padding: 1}\n  a: ReLU\n", more=block)
    ).facts
    assert found is not None
    (names, given) = grid(found, Options(columns=("layer", "arguments")), is_flat=True).columns
    assert dict(zip((cell.raw for cell in names.cells), (cell.text for cell in given.cells), strict=True)) == {
        "b.c": "out_channels=8, kernel_size=[3, 1], padding=same",
        "pool": "kernel_size=2, padding=1",
        "a": "",
    }


def test_a_tensor_that_is_a_layer_has_a_shape_without_a_name() -> None:
    layers = "  t: {type: Parameter, shape: [2, 3]}\n  s: {type: Parameter, shape: []}\n  l: {type: Linear, out_features: 3, from: input}\n"
    found = checked(spec(layers + "  a: {type: Add, from: [l, s]}\n", "[2, 3]")).facts
    assert found is not None
    (_, shapes) = grid(found, Options(columns=("layer", "weights")), is_flat=True).columns
    assert [(cell.raw, cell.text) for cell in shapes.cells[:3]] == [
        ("[2, 3]", "2 × 3"), ("[]", "scalar"), ("weight: [3, 3]; bias: [3]", "weight 3 × 3, bias 3"),
    ]  # fmt: skip


LINEAR = "{type: Linear, out_features: 4"
FREEZING = f"""  a: {{freeze: true, layers: {{c: {LINEAR}}}, r: ReLU}}}}
  b: {{layers: {{c: {LINEAR}, freeze: true}}, d: {LINEAR}}}}}}}
  c: {{layers: {{c: {LINEAR}}}, d: {LINEAR}, freeze: [bias]}}}}}}
  d: {{layers: {{r: ReLU}}}}
  e: {{use: a}}
  f: {LINEAR}, freeze: true, repeat: 200}}
  g: {LINEAR}}}
"""


def trainable(text: str, depth: int | None) -> dict[str, str]:
    found = check("spec.yaml", text.encode(), fold_from=LONG).facts
    assert found is not None
    listed = write("csv", [grid(found, Options(depth=depth, columns=("layer", "trainable")))])
    return {row["layer"].strip("/ "): row["trainable"] for row in csv.DictReader(io.StringIO(listed, newline=""))}


def test_of_a_group_it_is_told_whether_its_layers_train() -> None:
    """By PyTorch's `requires_grad`: a layer trains where any tensor of it does."""
    text = spec(FREEZING, "[4]")
    layers: dict[str, bool] = {}
    for key, one in build(parse(text)).named_parameters():
        layer = key.rpartition(".")[0]
        layers[layer] = layers.get(layer, False) or one.requires_grad
    told = trainable(text, 1)
    assert (told["d"], told["e"]) == ("", "no")
    for group in "abcfg":
        found = {trains for layer, trains in layers.items() if layer.partition(".")[0] == group}
        assert told[group] == ("in part" if len(found) == 2 else "yes" if found == {True} else "no")


def test_of_the_last_steps_of_a_long_repeat_too() -> None:
    told = trainable(spec(f"  f: {LINEAR}, freeze: true, repeat: 200000}}\n", "[4]"), None)
    assert [text for name, text in told.items() if "…" in name] == ["no"]
