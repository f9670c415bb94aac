"""What Python users are told of their mistakes: errors that travel between processes, and one line for a wrong argument."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from support import ROOT
from torch import nn

import archspec
from archspec.checking import check

OPEN = "archspec: 1\nname: Small\ninput: [3, H, W]\nlayers:\n  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"
WRONG = OPEN.replace("out_channels: 8", "out_channels: 0")


def _error() -> archspec.SpecError:
    with pytest.raises(archspec.SpecError) as caught:
        archspec.parse(WRONG)
    return caught.value


def test_a_spec_error_travels_between_processes() -> None:
    error = _error()
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is archspec.SpecError
    assert str(again) == str(error)
    assert [(d.code, d.message, d.span[1:]) for d in again.diagnostics] == [
        (d.code, d.message, d.span[1:]) for d in error.diagnostics
    ]


@pytest.mark.parametrize(
    "error",
    [
        archspec.UnknownSymbol("no such size"),
        archspec.SettingsError("wrong"),
        archspec.OutputError("not written"),
        archspec.ImportProblem("no spec says this", "model.py:3", "leave it out"),
    ],
)
def test_the_other_errors_travel_between_processes(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.args, vars(again)) == (type(error), error.args, vars(error))


def test_the_message_begins_with_its_first_line() -> None:
    error = _error()
    assert str(error).startswith(f"error[{error.diagnostics[0].code}]: {error.diagnostics[0].message}\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (OPEN, "check takes the bytes of a spec, not a str: check('mine', text.encode())"),
        ({"archspec": 1}, "check takes the bytes of a spec, not a dict: archspec.parse takes texts and dicts"),
    ],
)
def test_check_takes_bytes(data: Any, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        check("mine", data)
    assert str(caught.value) == said
    assert check("mine", OPEN.encode()).ok


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (None, "not a NoneType: archspec.parse(text)"),
        ([1], "not a list: archspec.parse(text)"),
        (OPEN.encode(), "not a bytes: archspec.parse(data.decode())"),
        (Path("net.yaml"), "Path: archspec.load reads a path"),
    ],
)
def test_parse_takes_a_text_or_a_dict(spec: Any, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        archspec.parse(spec)
    assert str(caught.value).startswith("parse takes the text of a spec, or a dict, not a ")
    assert str(caught.value).endswith(said)


def test_values_are_no_settings(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(OPEN)
    wrong: Any = {"H": 3}
    with pytest.raises(TypeError, match=r"not a dict; values have names: archspec\.load\(path, depth=3\)"):
        archspec.load(path, wrong)
    assert archspec.load(path, **wrong).symbols == {"H": 3, "W": None}


@pytest.mark.parametrize("examples", [(3, 64, 64), ("3,64,64",), ([3, 64.5, 64],), ([3, "H", "W"],), (None,)])
def test_an_input_is_a_tensor_or_a_shape(examples: Any) -> None:
    with pytest.raises(
        TypeError, match=r"^from_torch takes an input as a tensor.*: archspec\.from_torch\(model, \[3, "
    ):
        archspec.from_torch(nn.Conv2d(3, 4, 1), *examples)


@pytest.mark.parametrize("model", ["models.py:Two", None, {}])
def test_a_model_is_a_module(model: Any) -> None:
    with pytest.raises(TypeError, match=r"^from_torch takes an nn\.Module, not a (str|NoneType|dict): archspec\.from_"):
        archspec.from_torch(model, [3, 64, 64])


@pytest.mark.parametrize(("depth", "error"), [("1", TypeError), (1.0, TypeError), (True, TypeError), (0, ValueError)])
def test_a_depth_is_a_whole_number(depth: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        archspec.render(archspec.parse(OPEN), depth=depth)
    assert str(caught.value) == f"depth is a whole number from 1 up, not {depth!r}: archspec.render(spec, depth=1)"


def test_symbolic_sizes_are_named_in_words_of_python() -> None:
    with pytest.raises(ValueError, match=r"give H a number: spec\.with_\(H=…\)"):
        archspec.verify(archspec.parse(OPEN), nn.Conv2d(3, 8, 3))


def test_a_diagram_says_what_it_is() -> None:
    assert repr(archspec.render(archspec.parse(OPEN))) == "<Diagram of Small: save(path) writes it>"


@pytest.mark.parametrize("name", ["vgg", "unet", "resnet", "transformer"])
def test_a_spec_saved_as_json_is_json(name: str, tmp_path: Path) -> None:
    spec = archspec.load(ROOT / f"specs/zoo/{name}.yaml")
    spec.save(tmp_path / "net.json")
    assert json.loads((tmp_path / "net.json").read_text())["name"] == spec.name
    again = archspec.load(tmp_path / "net.json")
    assert repr(again) == repr(spec)
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == again.text


def test_values_in_json_are_json(tmp_path: Path) -> None:
    data = {
        "archspec": 1,
        "name": "Small",
        "args": {"act": {"default": "ReLU", "one_of": ["ReLU", "GELU"]}},
        "input": [3, "H", 8],
        "layers": {"act": {"type": "${act}"}},
    }
    spec = archspec.parse(json.dumps(data)).with_(act="GELU", H=16)
    spec.save(tmp_path / "net.json")
    saved = json.loads((tmp_path / "net.json").read_text())
    assert (saved["args"]["act"]["default"], saved["input"]) == ("GELU", [3, 16, 8])


def test_a_file_in_the_roots_of_the_project_says_how_they_are_read(tmp_path: Path) -> None:
    blocks = "archspec: 1\nblocks:\n  Unit: {layers: {act: ReLU}}\n"
    text = "archspec: 1\nname: Small\nimport: [shared.yaml]\ninput: [3, 8, 8]\nlayers:\n  unit: Unit\n"
    for path, content in {"specs/a/net.yaml": text, "blocks/shared.yaml": blocks}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    (tmp_path / ".git").mkdir()
    path = tmp_path / "specs/a/net.yaml"
    with pytest.raises(archspec.SpecError, match="= help: it is looked for beside the spec; other folders"):
        archspec.load(path)
    (tmp_path / "archspec.toml").write_text('roots = ["blocks"]\n')
    with pytest.raises(archspec.SpecError, match=r"= help: archspec\.load\(path, archspec\.find_settings\(path\)\)"):
        archspec.load(path)
    assert archspec.load(path, archspec.find_settings(path)).name == "Small"
