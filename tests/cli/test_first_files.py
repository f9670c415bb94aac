"""`new` without a name, published networks to begin with, and the names of files that `compile` writes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from support import ROOT

from archspec.cli import main
from archspec.templates import BESIDE_THE_ZOO, find

SPEC = "archspec: 1\nname: A\ninput: [3]\nlayers:\n  a: ReLU\n"


@pytest.mark.parametrize("name", BESIDE_THE_ZOO)
def test_published_networks(name: str, tmp_path: Path) -> None:
    path = str(tmp_path / "net.yaml")
    assert main(["new", "--like", name, "-o", path]) == 0
    assert main(["check", "--quiet", "--strict", path]) == 0


def test_a_wheel_has_them() -> None:
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "force-include"
    ]
    assert {f"specs/{name}.yaml" for name in BESIDE_THE_ZOO} | {"specs/zoo"} == set(included)
    assert all((ROOT / source).exists() for source in included)
    assert find("alexnet") is not None


def test_a_file_without_a_name_to_begin_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    assert main(["new", "-o", str(path)]) == 0
    assert "like cnn; --like NAME begins with another network" in capsys.readouterr().err
    assert path.read_text().startswith("# Begun by archspec new --like cnn\n")
    assert main(["check", "--quiet", str(path)]) == 0


@pytest.mark.parametrize(("name", "right"), [("a.txt", "a.py"), ("net", "net.py"), ("net.pyc", "net.py")])
def test_a_module_is_a_py_file(name: str, right: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                               capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(SPEC)
    assert main(["compile", "a.yaml", "-o", name]) == 2
    assert capsys.readouterr().err == f"archspec: a module is a .py file: -o {right}\n"
    assert not Path(name).exists()
    assert main(["compile", "a.yaml", "-o", right]) == 0


@pytest.mark.parametrize(("name", "better"), [("my-net", "my_net"), ("class", "class1"), ("1net", "layer1net")])
def test_a_name_that_is_not_imported(name: str, better: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                     capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(SPEC)
    assert main(["compile", "a.yaml", "-o", f"{name}.py"]) == 0
    assert (
        f"warning: `import {name}` is no Python; a name such as {better}.py can be imported" in capsys.readouterr().err
    )
    assert Path(f"{name}.py").exists()
