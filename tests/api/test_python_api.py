"""What Python users call: specs from text, data and models; other values, saved; graphs, tables, and modules that can be pickled."""

from __future__ import annotations

import copy
import importlib.metadata
import importlib.util
import inspect
import io
import json
import math
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT
from torch import Tensor, nn

import archspec
from archspec.document.writer import to_yaml
from archspec.plain import plain

SMALL: dict[str, Any] = {
    "archspec": 1,
    "name": "Small",
    "args": {"width": 8, "act": {"default": "ReLU", "one_of": ["ReLU", "GELU"]}},
    "input": [3, "H", "W"],
    "layers": {
        "conv": {"type": "Conv2d", "out_channels": "${width}", "kernel_size": 3, "padding": 1},
        "act": {"type": "${act}"},
        "add": {"type": "Add", "from": ["conv", "act"]},
    },
}


def test_data_and_its_text_are_the_same_spec() -> None:
    spec = archspec.parse(SMALL)
    again = archspec.parse(spec.text)
    written = archspec.parse(json.dumps(SMALL))
    assert spec.text.startswith("archspec: 1\nname: Small\nargs: {width: 8,")
    assert repr(spec) == repr(again) == repr(written)
    assert repr(spec) == "<Spec Small width=8 act='ReLU': 3 layers, 224 parameters, 216*H*W MACs>"


def test_mistakes_in_data_have_a_place_in_its_yaml() -> None:
    data = copy.deepcopy(SMALL)
    data["layers"]["conv"]["kernel_sise"] = data["layers"]["conv"].pop("kernel_size")
    with pytest.raises(archspec.SpecError) as caught:
        archspec.parse(data)
    assert [d.code for d in caught.value.diagnostics] == ["E0103"]
    assert caught.value.diagnostics[0].span.text() == "kernel_sise"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({1, 2}, "the spec['x'] is a set; a spec holds dicts, lists, texts, numbers, truth values and None"),
        ([1.0, float("nan")], "the spec['x'][1] is nan, which no spec can hold"),
        ({1: 2}, "the spec['x'] has the key 1; keys are texts"),
    ],
)
def test_data_that_no_spec_holds_is_a_type_error(value: object, said: str) -> None:
    with pytest.raises(TypeError) as caught:
        archspec.parse({"x": value})
    assert str(caught.value) == said


def test_data_that_contains_itself_ends() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(TypeError, match="contains itself"):
        archspec.parse({"layers": loop})


_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
_TREES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@given(st.dictionaries(st.text(min_size=1), _TREES, max_size=3))
def test_whatever_data_is_parsed_is_answered_with_a_spec_error(data: dict[str, Any]) -> None:
    with pytest.raises(archspec.SpecError):
        archspec.parse(data)
    assert plain(data) == data
    assert to_yaml(data).endswith("\n")


def test_arguments_and_sizes_and_other_values_of_them() -> None:
    spec = archspec.parse(SMALL, width=4)
    assert spec.arguments == {"width": 4, "act": "ReLU"}
    assert spec.symbols == {"H": None, "W": None}
    other = spec.with_(act="GELU", H=5).with_(W=7)
    assert other.arguments == {"width": 4, "act": "GELU"}
    assert other.symbols == {"H": 5, "W": 7}
    assert archspec.analyze(other).totals["params"] == 4 * 28
    with pytest.raises(archspec.UnknownSymbol, match="no argument or symbolic size called depth"):
        spec.with_(depth=3)
    with pytest.raises(archspec.UnknownSymbol, match=r"write one, such as input: \[3, S, S\], and give S"):
        spec.with_(input=[3, 8, 8])


def test_a_thousand_variants_give_a_thousand_reports() -> None:
    spec = archspec.parse(SMALL)
    reports = [archspec.analyze(spec.with_(width=width)) for width in range(1, 1001)]
    assert len({json.dumps(report) for report in reports}) == 1000
    assert [report["arguments"]["width"] for report in reports] == list(range(1, 1001))


def test_what_is_saved_is_the_same_network(tmp_path: Path) -> None:
    spec = archspec.parse(SMALL, width=4).with_(act="GELU", H=5, W=6)
    spec.save(tmp_path / "saved.yaml")
    again = archspec.load(tmp_path / "saved.yaml")
    assert archspec.analyze(again).totals == archspec.analyze(spec).totals
    assert again.text.splitlines()[2:4] == [
        "args: {width: 4, act: {default: GELU, one_of: [ReLU, GELU]}}",
        "input: [3, 5, 6]",
    ]
    with pytest.raises(archspec.OutputError, match="does not say that archspec generated it"):
        spec.with_(H=6).save(tmp_path / "saved.yaml")
    spec.with_(H=6).save(tmp_path / "saved.yaml", force=True)


def test_values_that_the_text_cannot_hold_are_not_saved(tmp_path: Path) -> None:
    spec = archspec.parse("archspec: 1\nname: Rest\ninput: [3, H, H]\nlayers: {a: ReLU}\nexpect: {output: [3, H, H]}\n")
    with pytest.raises(ValueError, match="the spec would not check there"):
        spec.with_(H=8).save(tmp_path / "rest.yaml")
    assert list(tmp_path.iterdir()) == []


def test_what_it_imports_has_to_be_found_from_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "blocks.yaml").write_text("archspec: 1\nname: Blocks\nblocks: {Act: {layers: {act: ReLU}}}\n")
    (tmp_path / "a" / "net.yaml").write_text(
        "archspec: 1\nname: Net\nimport: [blocks.yaml]\ninput: [3]\nlayers: {one: Act}\n"
    )
    spec = archspec.load(tmp_path / "a" / "net.yaml")
    with pytest.raises(ValueError, match="the spec would not check there"):
        spec.save(tmp_path / "b" / "net.yaml")
    spec.save(tmp_path / "a" / "copy.yaml")


def test_the_graph_has_every_tensor_that_is_read() -> None:
    spec = archspec.parse(SMALL, H=5, W=5)
    graph = spec.to_networkx()
    assert list(graph.nodes) == ["input", "conv", "act", "add"]
    assert graph.nodes["conv"] == {
        "type": "Conv2d", "shape": "N × 8 × 5 × 5", "params": 224, "macs": 5400, "outputs": "",
    }  # fmt: skip
    assert graph.nodes["add"]["outputs"] == "output"
    assert [(a, b, data["input"]) for a, b, data in graph.edges(data=True)] == [
        ("input", "conv", 0), ("conv", "act", 0), ("conv", "add", 0), ("act", "add", 1),
    ]  # fmt: skip
    twice = {**SMALL, "layers": {"a": "ReLU", "b": {"type": "Add", "from": ["a", "a"]}}, "args": {}}
    assert archspec.parse(twice).to_networkx().number_of_edges("a", "b") == 2


def test_rows_for_tables_are_flat() -> None:
    report = archspec.analyze(archspec.load("specs/zoo/resnet.yaml", depth=18))
    rows = report.to_dicts()
    assert len(rows) == report.totals["layers"]
    assert {type(value) for row in rows for value in row.values()} <= {str, int, bool, float, type(None)}
    assert len({tuple(row) for row in rows}) == 1
    assert rows[0] | {"network": "ResNet", "arg.depth": 18, "path": "conv1", "params": 9408} == rows[0]
    assert rows[0]["output"] == "N × 64 × 112 × 112"
    frame = report.to_pandas()
    assert int(frame["params"].sum()) == report.totals["params"]
    field = frame.set_index("path")["receptive_field.size.0"]
    assert field[["conv1", "maxpool", "fc"]].tolist() == [7, 11, math.inf]


MANY = """archspec: 1
name: Many
args: {kernel: [3, 5]}
input: [3, H, 32]
layers:
  conv: {type: Conv2d, out_channels: 2, kernel_size: "${kernel}", stride: [2, 1]}
  both: {type: Add, from: [conv, conv]}
  up: {type: Upsample, scale_factor: 2}
  pool: {type: AdaptiveAvgPool2d, output_size: 1, from: both}
  flatten: {type: Flatten, start_dim: 2}
  rnn: {type: LSTM, hidden_size: 3, batch_first: true}
outputs: {rnn: rnn.output, up: up}
"""


def test_rows_have_a_number_where_there_is_one_and_none_with_its_reason_else() -> None:
    def field(row: dict[str, Any]) -> list[Any]:
        return [row[f"receptive_field.{key}.{axis}"] for key in ("size", "stride", "padding") for axis in (0, 1)]

    rows = {row["path"]: row for row in archspec.analyze(archspec.parse(MANY)).to_dicts()}
    assert rows["conv"]["arg.kernel"] == "[3, 5]"
    assert rows["conv"]["output"] == "N × 2 × (H - 1)//2 × 28"
    assert rows["conv"]["param_shapes"] == "weight: 2 × 3 × 3 × 5, bias: 2"
    assert rows["both"]["from"] == "conv, conv"
    assert rows["rnn"]["output"] == "output: N × 2 × 3, h: 1 × N × 3, c: 1 × N × 3"
    assert field(rows["conv"]) == [3, 5, 2, 1, 0, 0]
    assert field(rows["up"]) == [3, 5, None, None, None, None]
    assert [rows["conv"][f"receptive_field.offset.{axis}"] for axis in (0, 1)] == [1, 2], "the first unit's centre"
    assert rows["up"]["receptive_field_unknown"] == "outputs see different windows after upsampling"
    assert field(rows["pool"])[1] == math.inf


def test_networks_beside_each_other() -> None:
    spec = archspec.parse(SMALL, H=8, W=8)
    found = archspec.compare(spec, spec.with_(width=4), archspec.parse(MANY))
    assert [line.split()[:4] for line in repr(found).splitlines()[2:4]] == [
        ["<text>", "with", "H", "="], ["<text>", "with", "H", "="],
    ]  # fmt: skip
    one, two, three = found.to_dicts()
    assert one | {"network": "Small", "arg.width": 8, "parameters": 224, "macs": 224 * 64 - 8 * 64} == one
    assert (two["parameters"], two["parameters_ratio"], two["arg.width"], two["memory"]) == (112, 50.0, 4, 448)
    assert (three["macs_ratio"], three["macs"]) == (None, str(archspec.analyze(archspec.parse(MANY)).totals["macs"]))
    assert found.to_pandas()["parameters"].tolist() == [224, 112, three["parameters"]]
    assert "<table" in found._repr_html_()
    assert "&lt;text&gt; with" in found._repr_html_()
    with pytest.raises(TypeError, match="compare takes one spec or several"):
        archspec.compare()
    with pytest.raises(TypeError, match="not a list"):
        archspec.compare([spec])  # type: ignore[arg-type]


def test_the_version_is_that_of_the_distribution() -> None:
    script = "import sys, archspec; seen = 'importlib.metadata' in sys.modules; print(archspec.__version__, seen)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert done.stdout.split()[0] == importlib.metadata.version(project["name"])
    assert done.stdout.split()[1] == "False"
    assert "__version__" in dir(archspec)


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lin = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.lin(x)
        return y + torch.randn_like(y) if self.training else y


def test_a_model_is_saved_as_a_spec_and_what_is_not_in_it_is_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="not in the spec, since it runs in training only: .*randn_like"):
        spec = archspec.Spec.from_torch(Tiny(), [4])
    spec.save(tmp_path / "tiny.yaml")
    assert repr(archspec.load(tmp_path / "tiny.yaml")) == "<Spec Tiny: 1 layer, 10 parameters, 8 MACs>"


def test_modules_are_pickled_copied_and_saved_with_their_arguments() -> None:
    spec = archspec.load("specs/zoo/resnet.yaml", depth=18, num_classes=3)
    model = archspec.build(spec).eval()
    x = torch.randn(1, 3, 32, 32)
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), torch.load(file, weights_only=False)):
        assert type(other) is type(model)
        assert other.__archspec__ == {"name": "ResNet", "arguments": spec.arguments, "symbols": {}}
        assert torch.equal(other(x), model(x))
    assert spec.arguments["num_classes"] == 3


def test_a_pickled_module_is_read_in_another_process(tmp_path: Path) -> None:
    model = archspec.build(archspec.parse(SMALL)).eval()
    (tmp_path / "model.pkl").write_bytes(pickle.dumps((model, model(torch.ones(1, 3, 4, 4)))))
    script = (
        "import pickle, sys, torch; model, y = pickle.load(open(sys.argv[1], 'rb')); "
        "print(torch.equal(model(torch.ones(1, 3, 4, 4)), y), model.__archspec__['arguments'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "model.pkl")], check=False, capture_output=True, text=True
    )
    assert done.stdout == "True {'width': 8, 'act': 'ReLU'}\n", done.stderr


@pytest.mark.parametrize("call", ["build", "verify", "Spec.from_torch"])
def test_without_torch_there_is_one_clear_error(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "torch" else found(name, *more)
    )
    spec = archspec.parse(SMALL)
    with pytest.raises(ModuleNotFoundError) as caught:
        archspec.build(spec) if call == "build" else (
            archspec.verify(spec, Tiny()) if call == "verify" else archspec.Spec.from_torch(Tiny(), [4])
        )
    name = call if "." in call else f"archspec.{call}"
    assert str(caught.value) == f"{name} needs PyTorch: pip install 'archspec-nn[torch]'"


def test_nothing_public_is_without_a_word() -> None:
    for name in archspec.__all__:
        item = getattr(archspec, name)
        assert inspect.getdoc(item), name
        if inspect.isclass(item) and item.__module__ in ("archspec.answers", "archspec.spec"):
            for member, value in vars(item).items():
                if not member.startswith("_"):
                    assert inspect.getdoc(value), f"{name}.{member}"


def test_numbers_of_numpy_are_numbers() -> None:
    spec = archspec.parse({**SMALL, "args": {"width": np.int64(8), "act": SMALL["args"]["act"]}})
    assert repr(spec) == repr(archspec.parse(SMALL))
    assert [spec.with_(width=width).arguments["width"] for width in np.arange(2, 4)] == [2, 3]
    assert type(spec.with_(width=np.int64(3)).arguments["width"]) is int


def test_what_is_saved_again_is_left_as_it_is(tmp_path: Path) -> None:
    spec = archspec.parse(SMALL)
    spec.save(tmp_path / "net.yaml")
    spec.save(tmp_path / "net.yaml")
    with pytest.raises(archspec.OutputError, match=r"net\.yaml exists, .*; force=True replaces it"):
        spec.with_(width=2).save(tmp_path / "net.yaml")


def test_a_path_is_no_spec() -> None:
    with pytest.raises(TypeError, match=r"a spec is wanted, as archspec\.load .* answers it, not a str"):
        archspec.analyze("specs/alexnet.yaml")  # type: ignore[arg-type]


def test_what_is_given_by_mistake_is_named() -> None:
    with pytest.raises(TypeError, match=r"'specs/alexnet\.yaml' is a path; archspec\.load reads it"):
        archspec.parse("specs/alexnet.yaml")
    with pytest.raises(TypeError, match=r"a module is wanted, not its class: Tiny\(…\)"):
        archspec.Spec.from_torch(Tiny, [4])  # type: ignore[arg-type]
