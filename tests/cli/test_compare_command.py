"""Networks beside each other, variants of one spec, and folders of specs."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
from support import SPECS, spec

import archspec
from archspec.checking import check
from archspec.cli import main
from archspec.commands import folders

RESNET, ALEXNET = str(SPECS / "zoo" / "resnet.yaml"), str(SPECS / "alexnet.yaml")
GOOD = spec("  flatten: Flatten\n  dense: {type: Linear, out_features: 10}\n")
WRONG = GOOD.replace("type: Linear", "type: Linear, in_features: 7")


def table(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    assert main(["compare", *arguments, "--format", "csv"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))


def test_variants_of_a_spec(capsys: pytest.CaptureFixture[str]) -> None:
    found = table(capsys, f"{RESNET}@depth=18", f"{RESNET}@depth=50", RESNET, ALEXNET)
    assert [row["spec"] for row in found] == [f"{RESNET} with depth = 18", f"{RESNET} with depth = 50", RESNET, ALEXNET]
    assert [row["parameters"] for row in found] == ["11689512", "25557032", "25557032", "62378344"]
    assert [row["parameters_ratio"] for row in found] == ["100.0", "218.6322", "218.6322", "533.6266"]


def test_what_is_set_goes_to_those_that_have_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = table(capsys, ALEXNET, RESNET, f"{RESNET}@depth=34", "--set", "depth=18", "--sort", "parameters",
                  "--columns", "network,arguments,parameters")  # fmt: skip
    assert [tuple(row.values()) for row in found] == [
        ("AlexNet", "", "62378344"), ("ResNet", "depth = 34", "21797672"), ("ResNet", "depth = 18", "11689512"),
    ]  # fmt: skip


def test_the_first_rows(capsys: pytest.CaptureFixture[str]) -> None:
    given = (
        RESNET,
        f"{RESNET}@depth=18",
        ALEXNET,
        "--sort",
        "parameters",
        "--columns",
        "network,parameters,parameters_ratio",
    )
    found = table(capsys, *given, "--top", "1")
    assert [tuple(row.values()) for row in found] == [("AlexNet", "62378344", "244.0751")]
    assert len(table(capsys, *given, "--top", "3")) == 3
    assert main(["compare", *given, "--top", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "… 1 more network"
    assert main(["compare", *given, "--top", "9", "--format", "markdown"]) == 0
    assert "more" not in capsys.readouterr().out


def test_a_file_of_that_very_name_is_no_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "runs@lr=1"
    folder.mkdir()
    (folder / "a.yaml@depth=3").write_text(GOOD)
    (folder / "b.yaml").write_text(GOOD.replace("[3, 32, 32]", "[3, H, 32]"))
    found = table(capsys, str(folder / "a.yaml@depth=3"), f"{folder / 'b.yaml'}@H=4", "--columns", "spec,input")
    assert found == [
        {"spec": str(folder / "a.yaml@depth=3"), "input": "[3, 32, 32]"},
        {"spec": f"{folder / 'b.yaml'} with H = 4", "input": "[3, 4, 32]"},
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([ALEXNET, "--set", "depht=3"], "--set depht: none of the specs has an argument or symbolic size of that name"),
        ([f"{ALEXNET}@depth=3"], "has no argument or symbolic size called depth"),
        ([f"{ALEXNET}@depth="], "@ takes NAME=VALUE with a number, a text or a list, not depth="),
        ([ALEXNET, "--format", "json", "--columns", "spec"], "--columns shapes tables"),
        ([ALEXNET, "--top", "0"], "argument --top: 0 is not a number from 1 up (see archspec compare --help)"),
        ([ALEXNET, "--format", "json", "--top", "1"], "--top shapes tables"),
        ([ALEXNET, "--columns", "param"], "there is no column param; there are spec, "),
        (["nowhere.yaml@a=3"], "nowhere.yaml cannot be read"),
    ],
)
def test_what_cannot_be_compared(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


def test_a_spec_with_errors_has_a_row_and_its_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.yaml").write_text(WRONG.replace("Flatten", "Flattn"))
    assert main(["compare", str(tmp_path / "wrong.yaml"), ALEXNET]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[2].split()[-3:] == ["?", "?", "?"]
    assert "error[" in err


def test_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", f"{RESNET}@depth=18", ALEXNET, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["ok"]) == ("archspec.comparison/1", True)
    first, second = found["networks"]
    assert first["arguments"]["depth"] == 18
    assert "width_per_group" in first["arguments"]
    assert second["arguments"] == {}
    assert [network["totals"]["params"] for network in found["networks"]] == [11689512, 62378344]


# Folders -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "b" / ".hidden").mkdir(parents=True)
    for name, text in {
        "z.yaml": GOOD, "b/a.yml": GOOD, "b/c.json": json.dumps({"name": "A", "archspec": 1, "input": [3], "layers": {"a": "ReLU"}}),
        "b/d.json": json.dumps({"dependencies": {"archspec": "1"}}), "e.yaml": "a:\n  archspec: 1\n", "f.yaml": "- 1\n",
        "g.txt": GOOD, "b/.hidden/h.yaml": GOOD, ".i.yaml": GOOD, "j.yaml": "archspec: 1\nname: [\n",
    }.items():  # fmt: skip
        (root / name).write_text(text)
    (tmp_path / "outside.yaml").write_text(GOOD)
    os.symlink(tmp_path / "outside.yaml", root / "k.yaml")
    os.symlink(tmp_path, root / "up")
    return root


def test_the_specs_below_a_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = folders.find([str(tree)])
    assert [os.path.relpath(path, tree) for path in found.paths] == ["j.yaml", "z.yaml", "b/a.yml", "b/c.json"]
    others = [str(tree / name) for name in ("e.yaml", "f.yaml", "b/d.json")]
    assert found.others == others
    assert main(["check", str(tree), "--quiet"]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    named = f"3 other files left out, without the key archspec: {', '.join(others)}"
    assert last == f"4 specs checked: 1 error; {named}"
    assert main(["compare", str(tree)]) == 1
    assert capsys.readouterr().err.splitlines()[0] == f"archspec: {tree}: {named}"
    (tree / "j.yaml").unlink()
    assert main(["fmt", "--check", str(tree)]) in (0, 1)
    assert capsys.readouterr().err.splitlines()[-1].endswith(named)
    (tree / "j.yaml").write_text("archspec: 1\nname: [\n")
    assert main(["check", str(tree), str(tree / "f.yaml"), "--format", "json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["ok"] for line in lines] == [False, True, True, True, False]


def test_the_first_of_many_files_that_are_no_specs_are_named() -> None:
    names = [f"{number}.yaml" for number in range(9)]
    assert folders.left_out(names) == f"9 other files left out, without the key archspec: {', '.join(names[:8])}, …"
    assert folders.left_out(["./a.yaml"]) == "1 other file left out, without the key archspec: a.yaml"


def test_folders_without_specs_or_with_too_many(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["check", str(tree / "b" / ".hidden")]) == 0
    assert main(["check", str(tree / "up" / "nothing")]) == 2
    (tree / "none").mkdir()
    capsys.readouterr()
    assert main(["check", str(tree / "none")]) == 2
    assert capsys.readouterr().err.endswith("holds no spec: no .yaml, .yml or .json file with the key archspec\n")
    monkeypatch.setattr(folders, "MAX_SPECS", 3)
    assert main(["compare", str(tree)]) == 2
    assert "holds 4 specs, and at most 3 are read" in capsys.readouterr().err


def test_the_repositorys_own_specs(capsys: pytest.CaptureFixture[str]) -> None:
    many = len(list(SPECS.rglob("*.yaml")))
    assert main(["check", str(SPECS), "--quiet"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{many} specs checked: ")


def test_which_is_the_base_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "missing.yaml")
    assert main(["compare", missing, ALEXNET, RESNET, "--sort", "macs"]) == 2
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == [f"100 % is {ALEXNET}", ""]
    (row,) = [line for line in out[2:] if line.startswith(ALEXNET)]
    assert row.split().count("100.0") == 2
    for alone in ([ALEXNET], [ALEXNET, RESNET, "--columns", "spec,macs"]):
        assert main(["compare", *alone]) == 0
        assert "100 % is" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("", "behind the @ stands NAME=VALUE, and there is nothing; {}@NAME=VALUE gives that argument or size a value"),
        ("depth", "behind the @ stands NAME=VALUE, not 'depth'; {}@depth=VALUE gives that argument or size a value"),
        ("5=6", "behind the @ stands NAME=VALUE, not '5=6'; {}@NAME=VALUE gives that argument or size a value"),
    ],
)
@pytest.mark.parametrize("command", ["compare", "diff"])
def test_an_at_without_a_value(command: str, rest: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, f"{RESNET}@{rest}", ALEXNET]) == 2
    assert capsys.readouterr().err.splitlines()[0] == f"archspec: {RESNET}@: {said.format(RESNET)}"


def test_the_field_is_the_largest_whatever_its_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Windows behind upsampling count, and those that are not known make it a bound."""
    head = "archspec: 1\nname: Net\ninput: [3, 96, 96]\nlayers:\n  a: {type: Conv2d, out_channels: 4, kernel_size: 4, stride: 4}\n"
    convs = "  b: {type: Conv2d, out_channels: 4, kernel_size: 3}\n  up: {type: Upsample, scale_factor: 2}\n  c: {type: Conv2d, out_channels: 4, kernel_size: 3}\n"
    rest = [
        "  d: {type: Conv2d, out_channels: 4, kernel_size: 3}\n",
        "  d: {type: Pad, padding: [1, 1, 1, 1], mode: reflect}\n",
    ]
    paths = [tmp_path / f"{i}.yaml" for i in range(2)]
    for path, last in zip(paths, rest, strict=True):
        path.write_text(head + convs + last)
    assert main(["compare", *map(str, paths), "--columns", "field", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines() == ["field", "20", "≥ 16"]


def test_all_totals_are_columns(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = table(capsys, ALEXNET, "--columns", "macs,flops,elementwise,activations,peak")
    facts = check(ALEXNET, Path(ALEXNET).read_bytes()).facts
    assert facts is not None
    total = facts.totals
    values = [total.macs, total.flops, total.elementwise, total.activation_bytes, total.peak_activation_bytes]
    assert [*row.values()] == [str(value) for value in values]


def test_figures_of_a_batch(capsys: pytest.CaptureFixture[str]) -> None:
    """They are those that `check --batch` says, and per cents are of them."""
    specs = [ALEXNET, RESNET]
    assert main(["compare", *specs, "--batch", "3", "--format", "json"]) == 0
    totals = [network["batch_totals"] for network in json.loads(capsys.readouterr().out)["networks"]]
    columns = "batch,macs,macs_ratio,flops,elementwise,activations,peak,peak_ratio,parameters_ratio"
    assert main(["compare", *specs, "--batch", "3", "--format", "csv", "--columns", columns]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    for row, total in zip(rows, totals, strict=True):
        said = [int(row[key]) for key in ("batch", "macs", "flops", "elementwise", "activations", "peak")]
        names = ("macs", "flops", "elementwise", "activation_bytes", "peak_activation_bytes")
        assert said == [3, *(total[name] for name in names)]
        ratio = 100 * total["peak_activation_bytes"] / totals[0]["peak_activation_bytes"]
        assert float(row["peak_ratio"]) == pytest.approx(ratio, rel=1e-5)
    assert float(rows[1]["parameters_ratio"]) == pytest.approx(100 * 25_557_032 / 62_378_344, rel=1e-5)
    assert main(["compare", *specs, "--batch", "3"]) == 0
    assert capsys.readouterr().out.startswith("MACs and activations are of 3 samples at once; 100 % is ")


def test_a_batch_in_python() -> None:
    spec = archspec.load(ALEXNET)
    (one,) = archspec.compare(spec).to_dicts()
    (many,) = archspec.compare(spec, batch=64).to_dicts()
    assert (one["batch"], many["batch"]) == (1, 64)
    assert many["macs"] == 64 * one["macs"] == archspec.analyze(spec, batch=64).batch_totals["macs"]
    with pytest.raises(ValueError, match="batch takes a number of samples from 1 up, not 0"):
        archspec.compare(spec, batch=0)


UNKNOWN = spec('  c: {type: "python:a.B", output: [8, 2, 2]}\n', "[3, 8, 8]")  # its parameters and MACs are not said


def test_per_cents_of_what_is_not_known_are_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown, known = tmp_path / "unknown.yaml", tmp_path / "known.yaml"
    unknown.write_text(UNKNOWN)
    known.write_text(GOOD)
    main(["compare", str(unknown), str(known)])
    out = capsys.readouterr().out
    assert "%" not in out
    main(["compare", str(unknown), str(known), "--columns", "spec,macs,macs_ratio"])  # asked for
    assert "MACs %" in capsys.readouterr().out
    main(["compare", str(known), str(unknown)])
    out = capsys.readouterr().out
    assert "100 % is" in out
    assert "MACs %" in out
    main(["compare", str(unknown), str(known), "--format", "csv"])  # a program finds the columns that it knows
    assert "macs_ratio" in capsys.readouterr().out.splitlines()[0]


def test_symbolic_bytes_have_their_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 1}\n", "[3, H, W]"))
    main(["compare", str(path), str(path), "--columns", "spec,memory,activations,peak"])
    row = capsys.readouterr().out.splitlines()[-2]
    assert row.count(" bytes") == 3  # 32 parameters, 8·H·W numbers of 4 bytes, and with the 3·H·W that are read
    assert "128 bytes" in row
    assert "32*H*W bytes" in row
    assert "44*H*W bytes" in row


@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_layers_of_one_sample_say_so_beside_a_batch(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(GOOD)
    assert main(["check", str(path), "--format", name]) == 0
    alone = capsys.readouterr()
    assert main(["check", str(path), "--format", name, "--batch", "32"]) == 0
    found = capsys.readouterr()
    assert (found.out, alone.err) == (alone.out, "")
    macs = int(alone.out.splitlines()[-1].split("," if name == "csv" else "\t")[-3])
    assert f"the layers are of one sample; of 32 samples at once: MACs {32 * macs:,}" in found.err
    assert main(["check", str(path), "--format", name, "--batch", "32", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", ["compare", "diff"])
def test_each_value_follows_an_at_of_its_own(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(SPECS / "zoo" / "resnet.yaml")
    assert main([command, path, f"{path}@depth=50,groups=32"]) == 2
    assert f"each value follows an @ of its own: {path}@depth=50@groups=32" in capsys.readouterr().err
