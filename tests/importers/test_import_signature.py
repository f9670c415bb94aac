"""Inputs and answers of `forward` beside those of the spec: their order, their names, and what is said where they differ."""

from __future__ import annotations

import runpy
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.cli import main

MODELS = """
import torch
from torch import nn


class Order(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, u, v):
        return self.a(u) - self.b(v).relu()


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.image, self.table = nn.Linear(8, 4), nn.Linear(8, 4)

    def forward(self, image, table):
        return self.image(image) - self.table(table).relu()


class Keyword(Named):
    def forward(self, *, image, table):
        return Named.forward(self, image, table)


class Optional(Named):
    def forward(self, image, scale=None, mask=None):
        return self.image(image) - self.table(image if mask is None else mask).relu()


class Mapped(Named):
    def forward(self, x):
        return {"class": self.image(x), "box": self.table(x)}


class Single(Named):
    def forward(self, x):
        return {"score": self.image(x) - self.table(x)}


class Beside(Named):
    def forward(self, x):
        return {"out": self.image(x), "hidden": [self.table(x), x.relu()], "loss": None, "n": 3}


class Ends(Named):
    def forward(self, x):
        return self.image(x), self.table(x), None


class Alone(Named):
    def forward(self, x):
        return (self.image(x) - self.table(x),)


class Nested(Named):
    def forward(self, x):
        return self.image(x), [self.table(x), x.relu()]


class Pair(Named):
    def forward(self, x):
        return [self.image(x), self.table(x)]


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 8)

    def forward(self, tokens):
        return self.embed(tokens)


class Weighted(Tokens):
    def forward(self, embed, weights):
        return self.embed(embed) * weights[..., None]
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "signatures.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)


def test_inputs_come_in_the_order_of_the_signature(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "torch", "signatures.py:Order", "--input", "v=8", "--input", "u=8", "-o", "order.yaml"]) == 0
    capsys.readouterr()
    assert [node.path for node in archspec.load("order.yaml").facts.graph.inputs] == ["u", "v"]
    assert main(["verify", "order.yaml", "--against", "signatures.py:Order"]) == 0
    assert capsys.readouterr().out.endswith("the same network\n")


def test_the_module_is_called_as_the_original() -> None:
    class Order(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)

        def forward(self, u: Tensor, v: Tensor) -> Tensor:
            return self.a(u) - self.b(v).relu()

    old, u, v = Order().eval(), torch.randn(2, 8), torch.randn(2, 8)
    new = archspec.build(archspec.from_torch(old, [8], [8])).eval()
    new.load_state_dict(old.state_dict())
    assert torch.equal(old(u, v), new(u, v))
    assert not torch.equal(old(u, v), new(v, u))


@pytest.mark.parametrize("model", ["Named", "Keyword"])
def test_an_input_called_like_a_layer(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = f"signatures.py:{model}"
    assert main(["import", "torch", source, "--input", "table=8", "--input", "image=8", "-o", "named.yaml"]) == 0
    said = [
        "input image is called image_input here, since a layer has the name",
        "input table is called table_input here, since a layer has the name",
    ]
    assert capsys.readouterr().err.splitlines()[1:3] == said
    graph = archspec.load("named.yaml").facts.graph
    assert [node.path for node in graph.inputs] == ["image_input", "table_input"]
    assert all(line in Path("named.yaml").read_text() for line in said)
    assert main(["verify", "named.yaml", "--against", source]) == 0
    assert capsys.readouterr().out.endswith("the same network\n")


def test_inputs_whose_parameters_are_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    source = "signatures.py:Optional"
    assert main(["import", "torch", source, "--input", "image=8", "--input", "mask=8", "-o", "optional.yaml"]) == 0
    assert main(["verify", "optional.yaml", "--against", source]) == 0
    path = Path("optional.yaml")
    path.write_text(path.read_text().replace("mask", "other"))
    capsys.readouterr()
    assert main(["verify", "optional.yaml", "--against", source]) == 2
    assert capsys.readouterr().err.strip() == (
        "archspec: which parameters of the reference's forward the spec's inputs other are cannot be known: it has image, scale, "
        "mask; give the inputs these names"
    )


@pytest.mark.parametrize(("model", "said", "kind"), [
    ("Mapped", "returns a mapping; the compiled module returns a tuple in this order: class, box", tuple),
    ("Single", "returns a mapping; the compiled module returns its only tensor, score", Tensor),
])  # fmt: skip
def test_an_answer_with_names(model: str, said: str, kind: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "torch", f"signatures.py:{model}", "--input", "8", "-o", "mapped.yaml"]) == 0
    assert said in capsys.readouterr().err.splitlines()
    assert said in Path("mapped.yaml").read_text()
    module = archspec.build(archspec.load("mapped.yaml"))
    assert isinstance(module(torch.zeros(2, 8)), kind)


_LEFT_OUT = "the compiled module returns tensors alone, and leaves this out"


@pytest.mark.parametrize(("model", "said"), [
    ("Beside", ["returns a mapping; the compiled module returns a tuple in this order: out, hidden_0, hidden_1",
                f"returns loss (None) and n (int) too; {_LEFT_OUT}"]),
    ("Ends", [f"returns output_2 (None) too; {_LEFT_OUT}"]),
    ("Alone", ["returns a tuple; the compiled module returns its only tensor, output_0"]),
    ("Nested", ["returns a tuple with others in it; the compiled module returns a tuple in this order: output_0, output_1_0, "
                "output_1_1"]),
    ("Pair", []),
])  # fmt: skip
def test_what_the_compiled_module_answers_otherwise(
    model: str, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "torch", f"signatures.py:{model}", "--input", "8", "-o", "other.yaml"]) == 0
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("returns ")] == said
    text = " ".join(Path("other.yaml").read_text().split())
    assert all(line in text for line in said)
    module = runpy.run_path("signatures.py")[model]()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        archspec.from_torch(module, [8])
    assert [str(one.message) for one in told if str(one.message).startswith("returns ")] == said


@pytest.mark.parametrize(("model", "wrong", "right"), [
    ("Tokens", ["12"], ["12:int64"]),
    ("Weighted", ["embed=12", "weights=12:int64"], ["embed=12:int64", "weights=12"]),
])  # fmt: skip
def test_whole_numbers_are_advised(
    model: str, wrong: list[str], right: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["import", "torch", f"signatures.py:{model}"]
    assert main([*command, *(word for given in wrong for word in ("--input", given))]) == 2
    assert capsys.readouterr().err.strip().endswith(f"; --input {right[0]} gives whole numbers")
    assert main([*command, *(word for given in right for word in ("--input", given))]) == 0


@pytest.mark.parametrize("start", [".", "pkg"])
def test_a_file_of_a_package(
    start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pkg" / "net"
    folder.mkdir(parents=True)
    for name, text in {
        "../__init__.py": "", "../sizes.py": "SIZE = 4\n", "__init__.py": "",
        "packaged_net.py": "from torch import nn\nfrom ..sizes import SIZE\n\ndef Net():\n    return nn.Linear(SIZE, SIZE)\n",
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    monkeypatch.chdir(tmp_path / start)
    file = (folder / "packaged_net.py").relative_to(Path.cwd())
    assert main(["import", "torch", f"{file}:Net", "--input", "4"]) == 2
    command = capsys.readouterr().err.strip().partition("it works as a module of its package: ")[2]
    assert command.endswith("archspec import torch pkg.net.packaged_net:Net")
    here = f"PYTHONPATH={Path(archspec.__file__).parents[1]} {sys.executable} -m archspec"
    command = f"{command} --input 4".replace("archspec import", f"{here} import", 1)
    assert subprocess.run(command, shell=True, capture_output=True, check=False).returncode == 0
