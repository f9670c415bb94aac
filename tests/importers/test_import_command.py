"""`archspec import torch` as it is run: exit codes, what is printed, what is written, and what is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import small_modules
import torch
import yaml
from torch import Tensor, nn

import archspec
from archspec.cli import main

HERE = Path(__file__).parent
FEW = ["import", "torch", "small_modules:SharedWeights", "--input", "3,8,8"]


def test_it_prints_the_spec(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(FEW) == 0
    shown = capsys.readouterr()
    assert yaml.safe_load(shown.out)["name"] == "SharedWeights"
    assert shown.out == archspec.from_torch(small_modules.SharedWeights(), [3, 8, 8]).source.text
    assert shown.err == "verified: 7 keys, 90 parameters, outputs bit-identical\n"


def test_it_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    assert main([*FEW, "-o", str(path)]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[1] == f"wrote {path}"
    assert main(["check", str(path)]) == 0
    assert archspec.verify(archspec.load(path), small_modules.SharedWeights()).ok


def test_it_replaces_nobodys_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("mine\n")
    assert main([*FEW, "-o", str(path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert path.read_text() == "mine\n"
    assert main([*FEW, "-o", str(path), "--force"]) == 0
    assert path.read_text().startswith("archspec: 1\n")


@pytest.mark.parametrize(
    ("given", "name"), [("my net-2", "MyNet2"), ("2d", "Net2d"), ("nn", "Nn"), ("Tensor", "Tensor1"), ("…", "Net"), ("größe", "Grosse")]
)  # fmt: skip
def test_a_name_that_is_none_is_refused_with_one_that_does(
    given: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*FEW, "--name", given, "--no-verify"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("archspec: the name ")
    assert shown.err.endswith(f"; {name} would do\n")
    assert main([*FEW, "--name", name, "--no-verify"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"name: {name}"


def test_several_inputs_have_names(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["import", "torch", "small_modules:SeveralInputs"]
    assert main([*command, "--input", "3,8,8", "--input", "5"]) == 0
    assert list(yaml.safe_load(capsys.readouterr().out)["inputs"]) == ["image", "metadata"]
    assert main([*command, "--input", "metadata=5", "--input", "3,8,8:float32"]) == 0
    assert list(yaml.safe_load(capsys.readouterr().out)["inputs"]) == ["image", "metadata"]  # as forward has them


def test_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "torch", "small_modules:TiedWeights", "--input", "tokens=6:int64"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["inputs"] == {"tokens": {"shape": [6], "dtype": "int64"}}


def test_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["import", "torch", "torch.nn:Linear", "--input", "3", "--arguments", "in_features=3", "out_features=2"])
        == 0
    )
    assert "shape: [2, 3]" in capsys.readouterr().out


class Restless(nn.Module):
    """A number of its weights stands in it as a number: what is imported is not what is compared."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) * float(self.fc.bias[0])


def test_another_network_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    command = ["import", "torch", "test_import_command:Restless", "--input", "3", "-o", str(path)]
    assert main(command) == 1
    shown = capsys.readouterr()
    assert "the spec is not the same network, so nothing is written; --no-verify writes it anyway" in shown.err
    assert not path.exists()
    assert main([*command, "--no-verify"]) == 0
    assert path.exists()


made = nn.Sequential(nn.Linear(3, 4), nn.ReLU())


def test_a_module_that_stands_in_a_file_is_taken_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "made.yaml"
    command = ["import", "torch", "test_import_command:made", "--input", "3", "-o", str(path)]
    assert main(command) == 0
    assert archspec.analyze(archspec.load(path)).totals["params"] == 16
    assert main([*command, "--arguments", "width=3"]) == 2
    assert "made is a module already, and takes no arguments" in capsys.readouterr().err


class Asks(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["small_modules", "--input", "3"], "import torch takes MODULE:CALLABLE (torchvision.models:resnet50), not small_modules"),
        (["nowhere_at_all:Net", "--input", "3"], "there is no module nowhere_at_all here; start where its file is"),
        (["small_modules:Nothing", "--input", "3"], "small_modules has no Nothing; "),
        (["small_modules:MODULES", "--input", "3"], "small_modules:MODULES cannot be called"),
        (["builtins:dict", "--input", "3"], "builtins:dict gives no nn.Module, but a dict"),
        (["torch.nn:Linear", "--input", "3"], "torch.nn:Linear() does not build: TypeError"),
        (["small_modules:Loop", "--input", "a"], "a is no input; one is written 3,224,224 or tokens=128:int64"),
        (["small_modules:Loop", "--input", "3,"], "3, is no input"),
        (["small_modules:Loop", "--input", "-3"], "-3 is no input"),
        (["small_modules:Loop", "--input", "6:float8"], "float8 is no dtype of an input; there are float32, float64, int64, int32 and bool"),
        (["small_modules:Loop", "--input", "a b=3"], "a b=3 is no input"),
        (["small_modules:SeveralInputs", "--input", "photo=3,8,8", "--input", "5"], "forward has no parameter photo; it has image, metadata"),
        (["small_modules:SeveralInputs", "--input", "image=3,8,8", "--input", "image=5"], "the input image is given twice"),
        (["small_modules:Loop", "--input", "5"], "the model fails on inputs of (2, 5): RuntimeError: "),
        (["small_modules:Loop", "--input", "5"], "; --input gives other shapes, without the batch"),
        (["torch.nn:Embedding", "--input", "7", "--arguments", "num_embeddings=9", "embedding_dim=4"], "; --input 7:int64 gives whole numbers"),
        (["small_modules:Loop", "--input", "6", "--input", "6"], "the model fails on inputs of (2, 6), (2, 6): TypeError: "),
        (["small_modules:Loop", "--input", "6", "--arguments", "wide"], "--arguments takes NAME=VALUE"),
        (["test_import_command:Asks", "--input", "6"], "test_import_command.py:"),
        (["test_import_command:Asks", "--input", "6"], " in forward: the model decides by numbers that depend on its input (bool)"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "torch", *_joined(arguments)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.count("\n") == 1


def _joined(arguments: list[str]) -> list[str]:
    """`--input=-3`, which argparse would take for an option otherwise."""
    return [
        f"--input={item}" if before == "--input" else item
        for before, item in zip(["", *arguments], arguments, strict=False)
        if item != "--input"
    ]


@pytest.mark.parametrize(
    "arguments", [["import", "torch", "a:b"], ["import", "torch", "--name", "A"], ["import", "words", "a"]]
)
def test_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["import"], ["import", "torch"]])
def test_help_where_nothing_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "examples:" in capsys.readouterr().err


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    """A module in the current folder is found; nothing but the spec is printed to standard output."""
    (tmp_path / "mine.py").write_text(
        "import torch\nprint('hello')\ndef net(width=4):\n    return torch.nn.Sequential(torch.nn.Linear(3, width), torch.nn.ReLU())\n"
    )
    done = subprocess.run(
        [shutil.which("archspec", path=str(Path(sys.executable).parent)) or "archspec", "import", "torch", "mine:net", "--input", "3",
         "--arguments", "width=5", "-o", "net.yaml"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert archspec.analyze(archspec.load(tmp_path / "net.yaml")).totals["params"] == 20


def test_checking_needs_no_torch() -> None:
    """Neither the command line nor `import archspec` loads torch or the importers."""
    code = (
        "import sys, archspec\nfrom archspec.cli import main\n"
        "assert main(['check', sys.argv[1]]) == 0\n"
        "bad = [m for m in sys.modules if m == 'torch' or m.startswith('archspec.importers')]\nassert not bad, bad\n"
        "import archspec.importers.front\nassert 'torch' not in sys.modules\n"
    )
    spec = HERE.parent.parent / "specs" / "zoo" / "lenet5.yaml"
    done = subprocess.run([sys.executable, "-c", code, str(spec)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_tensor_is_an_example() -> None:
    """Of a tensor its shape and dtype count, not its numbers or its batch."""
    module = small_modules.Loop()
    texts = {
        archspec.from_torch(module, example).source.text for example in (torch.ones(1, 6), torch.zeros(7, 6), [6], (6,))
    }
    assert len(texts) == 1


CONSTANTS = """\
import torch
from torch import nn

class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        return self.fc(x), torch.ones(x.shape[0], 4)

class Silent(Masked):
    def forward(self, x):
        return self.fc(x) * 0
"""


def test_outputs_that_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "with_constants.py").write_text(CONSTANTS)
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["import", "torch", "with_constants:Masked", "--input", "8"]) == 0
    found = capsys.readouterr()
    assert "outputs bit-identical; output 2 holds one value throughout" in found.err
    assert found.out.startswith("archspec: 1\n")
    assert main(["import", "torch", "with_constants:Silent", "--input", "8"]) == 1
    found = capsys.readouterr()
    assert "nothing of this shows that the spec is the same network, so nothing is written" in found.err
    assert found.out == ""


def test_what_is_said_is_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for what the comparison found, which is of modules; places are called by the file's name, wherever it lies."""
    (tmp_path / "said_models.py").write_text(
        "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.last = nn.Linear(8, 8)\n        self.first = nn.Linear(8, 8)\n        self.free = nn.Parameter(torch.randn(8))\n\n"
        "    def forward(self, x):\n        if self.training:\n            x = x + torch.randn_like(x)\n"
        "        return self.last(self.first(x) + self.free)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "net.yaml"
    assert main(["import", "torch", "said_models:Net", "--input", "8", "-o", str(path)]) == 0
    printed, doc = capsys.readouterr().err, archspec.load(path).document.doc
    assert f"{tmp_path}/said_models.py:14" in printed
    assert "said_models.py:14" in doc
    assert str(tmp_path) not in doc
    for line in ("start values of free are drawn", "not in the spec, since it runs in training only"):
        assert line in printed
        assert line in doc
    assert "parameters() has another order than the model's, first.weight where that has last.weight" in printed
    assert "parameters()" not in doc
    assert len(doc.split("\n\n")) == 2  # a docstring joins lines, not paragraphs
