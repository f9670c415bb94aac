"""`archspec verify` as it is run: exit codes, what is printed, what runs, and what does not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import references
import torch
from support import spec

from archspec.cli import main

HERE = Path(__file__).parent
LAYERS = "  first: {type: Linear, out_features: 8}\n  norm: BatchNorm1d\n  second: {type: Linear, out_features: 3}\n"


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "net.yaml"
    path.write_text(spec(LAYERS, input="[4]"))
    return str(path)


def test_the_same_network(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", net, "--against", "references:Net"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Example beside references:Net, with random weights (seed 0)"
    assert "bit-identical" in lines[5]
    assert lines[-1] == "the same network"


def test_another_network(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", net, "--against", "references:Different"]) == 1
    assert capsys.readouterr().out.endswith("not the same network, as far as this shows\n")
    assert main(["verify", net, "--against", "references:Net", "--arguments", "width=7", "bias=false"]) == 1
    assert capsys.readouterr().out.endswith("not the same network\n")


def test_a_tolerance(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", net, "--against", "references:Almost"]) == 1
    assert main(["verify", net, "--against", "references:Almost", "--tolerance", "1e-5"]) == 0
    assert capsys.readouterr().out.endswith("the same network, up to 1e-05\n")


def test_the_report(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", net, "--against", "references:Net", "--format", "json", "--seed", "3"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "archspec.verification/1"
    assert report["is_bit_identical"] is True
    assert (report["ok"], report["seed"], report["params"], report["problem"]) == (True, 3, [83, 83], None)
    assert main(["verify", net, "--against", "references:Unbounded", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["output_std"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "verify takes --against MODULE:CALLABLE, --weights FILE, or both"),
        (["--against", "references"], "--against takes MODULE:CALLABLE (torchvision.models:resnet50), not references"),
        (["--against", ":Net"], "--against takes MODULE:CALLABLE"),
        (["--against", "nowhere_at_all:Net"], "there is no module nowhere_at_all here; start where its file is"),
        (["--against", "references:Nett"], "references has no Nett; did you mean Net?"),
        (["--against", "references:number"], "references:number cannot be called"),
        (["--against", "references:no_module"], "references:no_module gives no nn.Module, but a int"),
        (["--against", "references:leaves"], "references:leaves() does not build: SystemExit: good\\x1b[2Jbye"),
        (["--against", "references:Net", "--arguments", "wide=3"], "references:Net(wide) does not build: TypeError"),
        (["--against", "references:Net", "--arguments", "wide"], "--arguments takes NAME=VALUE"),
        (["--against", "references:Net", "--seed", "-1"], "-1 is not a number from 0 up"),
        (["--against", "references:Net", "--tolerance", "nan"], "nan is not a number from 0 up"),
        (["--weights", "nowhere.safetensors"], "nowhere.safetensors cannot be read: no such file or directory"),
    ],
)
def test_what_cannot_run_is_one_line(
    arguments: list[str], said: str, net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", net, *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1), err
    assert said in err


def test_what_does_not_compute(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", net, "--against", "references:Broken"]) == 2
    assert "outputs     the reference does not compute: RuntimeError: no\n" in capsys.readouterr().out


def test_symbolic_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(spec("  relu: ReLU\n", input="[T]"))
    assert main(["verify", str(path), "--against", "torch.nn:ReLU"]) == 2
    assert "--set T=…" in capsys.readouterr().err
    assert main(["verify", str(path), "--against", "torch.nn:ReLU", "--set", "T=7"]) == 0
    capsys.readouterr()


def test_weights_from_a_file(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = str(tmp_path / "good.pt"), str(tmp_path / "bad.pt")
    state = references.Net().state_dict()
    torch.save(state, good)
    torch.save({"first.weight": state["first.weight"]}, bad)
    assert main(["verify", net, "--weights", good]) == 0
    assert capsys.readouterr().out == f"{good} into Example: all 9 tensors load, and are loaded\n"
    assert main(["verify", net, "--weights", good, "--against", "references:Net"]) == 0
    assert capsys.readouterr().out.startswith(f"Example beside references:Net, with the weights of {good}\n")
    assert main(["verify", net, "--weights", bad, "--against", "references:Net"]) == 1
    assert "1 of 9 tensors load; 1 begin at 0, 7 missing in the file" in capsys.readouterr().err


def test_modules_of_the_current_folder(net: str, tmp_path: Path) -> None:
    shutil.copy(HERE / "references.py", tmp_path / "mine.py")
    code = "import sys; del sys.path[0]; from archspec.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "verify", net, "--against", "mine:Net"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_python_layer_runs_only_where_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "python.yaml"
    path.write_text(spec('  a: {type: "python:references.Net", output: [3], params: 83}\n', input="[4]"))
    assert main(["verify", str(path), "--against", "references:Net"]) == 2
    assert "--allow-python" in capsys.readouterr().err
    assert main(["verify", str(path), "--against", "references:Net", "--allow-python", "references"]) == 1
    capsys.readouterr()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_traced_reference(net: str, tmp_path: Path) -> None:
    """Its forward has no signature; what its inputs are called is in its schema."""
    assert main(["verify", net, "--against", "references:traced"]) == 0
    swapped = tmp_path / "swapped.yaml"
    layers = "  first: {type: Linear, from: x, out_features: 4}\n  by_it: {type: Mul, from: [first, by]}\n"
    swapped.write_text(
        f"archspec: 1\nname: Scaled\ninputs: {{by: {{shape: [4]}}, x: {{shape: [4]}}}}\nlayers:\n{layers}"
    )
    assert main(["verify", str(swapped), "--against", "references:traced_of_two"]) == 0
