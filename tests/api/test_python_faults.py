"""What Python users are told of their mistakes: errors that travel between processes, and one line for a wrong argument."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import torch
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


# Values ------------------------------------------------------------------------------------------------------------------

ARGUMENTS = {
    "archspec": 1,
    "name": "Small",
    "args": {"kernel": [3, 3], "width": 8, "act": {"default": "ReLU", "one_of": ["ReLU", "GELU"]}},
    "input": [3, "H", "W"],
    "layers": {
        "conv": {"type": "Conv2d", "out_channels": "${width}", "kernel_size": "${kernel}"},
        "act": {"type": "${act}"},
    },
}
CONTAINS_ITSELF: list[Any] = []
CONTAINS_ITSELF.append(CONTAINS_ITSELF)


@pytest.mark.parametrize(
    "kernel", [np.array([3, 5]), torch.tensor([3, 5]), pandas.Series([3, 5]), torch.Size([3, 5]), np.int64([3, 5])]
)
def test_arrays_are_lists(kernel: Any) -> None:
    spec = archspec.parse(ARGUMENTS)
    assert spec.with_(kernel=kernel) == spec.with_(kernel=[3, 5])
    assert type(spec.with_(kernel=kernel).arguments["kernel"][0]) is int
    assert archspec.parse({**ARGUMENTS, "args": {**ARGUMENTS["args"], "kernel": kernel}}) == archspec.parse(  # type: ignore[dict-item]
        {**ARGUMENTS, "args": {**ARGUMENTS["args"], "kernel": [3, 5]}}  # type: ignore[dict-item]
    )


def test_scalars_of_other_libraries_are_scalars() -> None:
    spec = archspec.parse(ARGUMENTS)
    assert spec.with_(width=torch.tensor(4), H=np.array(9)) == spec.with_(width=4, H=9)
    assert spec.with_(act=np.str_("GELU")) == spec.with_(act="GELU")


@pytest.mark.parametrize("name", ["kernel", "width", "act", "H"])
@pytest.mark.parametrize(
    "value", [{"a": 1}, {3}, b"3", 3j, object, pandas.DataFrame({"a": [3]}), [{3}], range(10**12)], ids=lambda value: type(value).__name__
)  # fmt: skip
def test_what_is_no_value_is_told(name: str, value: Any) -> None:
    with pytest.raises(archspec.UnknownSymbol) as caught:
        archspec.parse(ARGUMENTS, **{name: value})
    assert str(caught.value).startswith(
        f"{name} takes a number, a text, a truth value, None, or a list of these, not a "
    )


@pytest.mark.parametrize(
    "value", [np.array(["ReLU"]), np.array([3, 3]), np.zeros((2, 2))], ids=["texts", "numbers", "matrix"]
)
def test_an_array_is_no_choice(value: Any) -> None:
    with pytest.raises(archspec.UnknownSymbol, match='the argument act takes one of "ReLU", "GELU", not '):
        archspec.parse(ARGUMENTS).with_(act=value)


def test_a_value_does_not_contain_itself() -> None:
    with pytest.raises(archspec.UnknownSymbol, match=r"kernel takes no list that .* contains itself"):
        archspec.parse(ARGUMENTS).with_(kernel=CONTAINS_ITSELF)


# What functions take -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (OPEN, "load takes the path of a file; archspec.parse takes the text of a spec"),
        ({"archspec": 1}, "load takes the path of a file; archspec.parse takes the dict of a spec"),
        (None, "load takes the path of a file, not a NoneType"),
        (["net.yaml"], "load takes the path of a file, not a list"),
    ],
)
def test_load_takes_a_path(path: Any, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        archspec.load(path)
    assert str(caught.value) == said


def test_compare_takes_specs_one_by_one() -> None:
    specs: Any = [archspec.parse(OPEN)]
    with pytest.raises(TypeError, match=r"specs one by one, not a list: archspec\.compare\(\*specs\)"):
        archspec.compare(specs)
    assert len(archspec.compare(*specs).to_dicts()) == 1


@pytest.mark.parametrize("names", [True, 3])
def test_names_of_modules_are_texts(names: Any) -> None:
    with pytest.raises(TypeError, match="allow_python takes names of modules, as"):
        archspec.compile(archspec.parse(OPEN), names)


def test_a_depth_may_be_a_number_of_numpy() -> None:
    spec, depth = archspec.parse(OPEN), np.int64(1)
    assert archspec.render(spec, depth).dot == archspec.render(spec, 1).dot  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": "a"}, "seed is a whole number, not 'a': archspec.verify(spec, model, 0)"),
        ({"seed": 1.5}, "seed is a whole number, not 1.5: archspec.verify(spec, model, 0)"),
        ({"state": nn.ReLU()}, "state is a mapping of tensors by their keys, not a ReLU: state=model.state_dict()"),
        ({"arrange": 3}, "arrange is a function from tensors by their names to a call's arguments, not a int"),
    ],
)
def test_what_verify_takes(options: dict[str, Any], said: str) -> None:
    spec = archspec.parse(OPEN, H=8, W=8)
    with pytest.raises(TypeError) as caught:
        archspec.verify(spec, archspec.build(spec), **options)
    assert str(caught.value) == said


# Inputs of a model -------------------------------------------------------------------------------------------------------


def refused(model: nn.Module, *examples: Any) -> archspec.ImportProblem:
    with pytest.raises(archspec.ImportProblem) as caught:
        archspec.from_torch(model, *examples)
    assert str(caught.value).endswith(f"{caught.value.message}; {caught.value.help}")
    assert "--" not in str(caught.value)
    return caught.value


CONV = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU())
BATCH_FIRST = "inputs are tensors with the batch first, or shapes of one sample without it"


@pytest.mark.parametrize(
    ("example", "way"),
    [
        ([1, 3, 8, 8], f"{BATCH_FIRST}: [3, 8, 8], not [1, 3, 8, 8]"),
        (torch.zeros(3, 8, 8), f"{BATCH_FIRST}: tensor[None] puts a batch of one before it"),
        ([8, 8, 3], BATCH_FIRST),
        ([1, 8, 8, 3], BATCH_FIRST),
        (torch.zeros(3), BATCH_FIRST),
    ],
)
def test_inputs_that_a_model_does_not_take(example: Any, way: str) -> None:
    assert refused(CONV, example).help == way


def test_inputs_that_are_whole_numbers() -> None:
    model = nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2))
    way = refused(model, [7]).help
    assert way == "input 1 is whole numbers: a tensor such as torch.zeros(1, 7, dtype=torch.int64) says so"
    assert archspec.from_torch(model, torch.zeros(1, 7, dtype=torch.int64)).name == "Sequential"


def test_no_input_is_larger_than_memory() -> None:
    with pytest.raises(archspec.ImportProblem, match=r"no input of \(2, 3, 1000000000, 1000000000\) can be made: "):
        archspec.from_torch(CONV, [3, 10**9, 10**9])


@pytest.mark.parametrize(
    ("example", "said"),
    [
        (np.array([3, 8, 8]), "a ndarray of whole numbers may be a shape or an input: archspec.from_torch(model, shape.tolist())"),
        (np.int64(3), "from_torch takes inputs with the batch first, not a int64 without an axis"),
        (torch.tensor(3.0), "from_torch takes inputs with the batch first, not a Tensor without an axis"),
        ([3, 0, 8], "from_torch takes an input as a tensor, or as the shape of one sample in whole numbers from 1 up, not [3, 0, 8]"),
        ([3, -8, 8], "from_torch takes an input as a tensor, or as the shape of one sample in whole numbers from 1 up, not [3, -8, 8]"),
    ],
)  # fmt: skip
def test_what_is_no_input(example: Any, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        archspec.from_torch(CONV, example)
    assert str(caught.value).startswith(said)


def test_a_name_is_a_text() -> None:
    name: Any = 3
    with pytest.raises(TypeError, match="name is a text, not a int"):
        archspec.from_torch(CONV, [3, 8, 8], name=name)
