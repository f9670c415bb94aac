"""Specs that are compared, taken elsewhere, saved and written as other formats."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import networkx
import pytest
from torch import nn

import archspec
from archspec import SpecError
from archspec.cli import main

BLOCKS = "archspec: 1\nblocks:\n  Twice:\n    layers:\n      - {type: Linear, out_features: 4}\n      - ReLU\n"
IMPORTING = "archspec: 1\nname: Net\nimport: [blocks.yaml]\nargs: {depth: 1}\ninput: [4]\nlayers:\n  a: {type: Twice}\n"
SYMBOLIC = "archspec: 1\nname: Net\ninput: [3, H, 8]\nlayers:\n  a: {type: Conv2d, out_channels: 2, kernel_size: 1}\n"
PYTHON = (
    "archspec: 1\nname: Net\ninput: [3]\nlayers:\n  a: {type: 'python:my_pkg.layers.Own', output: [3], params: 0}\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    (tmp_path / "here" / "blocks.yaml").write_text(BLOCKS)
    (tmp_path / "here" / "net.yaml").write_text(IMPORTING)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_specs_are_equal_by_what_they_say(folder: Path) -> None:
    spec = archspec.load("net.yaml")
    assert spec == archspec.load(folder / "here" / "net.yaml")
    assert len({spec, archspec.load("net.yaml")}) == 1
    assert spec == spec.with_(depth=1)
    assert spec != spec.with_(depth=2)
    assert spec != IMPORTING
    (folder / "there" / "net.yaml").write_text(IMPORTING)
    (folder / "there" / "blocks.yaml").write_text(BLOCKS.replace("4", "5"))
    assert spec != archspec.load(folder / "there" / "net.yaml")


def test_a_spec_knows_its_folder_wherever_one_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = archspec.load("net.yaml")
    monkeypatch.chdir(folder / "there")
    for one in (spec, pickle.loads(pickle.dumps(spec))):
        other = one.with_(depth=2)
        assert (other.path, other.arguments) == ("net.yaml", {"depth": 2})
        assert other.with_(depth=1) == spec


# Files ---------------------------------------------------------------------------------------------------------------------


def test_a_spec_is_saved_as_yaml_or_json(tmp_path: Path) -> None:
    spec = archspec.parse(SYMBOLIC)
    spec.save(tmp_path / "a.yml")
    spec.save(tmp_path / "a.json")
    assert (tmp_path / "a.yml").read_text() == SYMBOLIC
    assert archspec.analyze(archspec.load(tmp_path / "a.json")).layers[0]["type"] == "Conv2d"
    spec.save(tmp_path / "a")
    assert (tmp_path / "a").read_text() == SYMBOLIC
    for name in ("a.onnx", "a.txt"):
        with pytest.raises(ValueError, match=r"has none of the endings of a spec: \.yaml, \.yml and \.json"):
            spec.save(tmp_path / name)
        assert not (tmp_path / name).exists()


def test_the_graph_is_written_as_graphml() -> None:
    text = io.BytesIO()
    networkx.write_graphml(archspec.parse(SYMBOLIC).to_networkx(), text)
    read = networkx.parse_graphml(text.getvalue().decode())
    assert read.nodes["a"]["shape"] == "N × 2 × H × 8"
    assert read.nodes["a"]["outputs"] == "output"
    assert read.nodes["a"]["params"] == 8


def test_reports_are_written_as_the_command_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SYMBOLIC)
    report = archspec.analyze(archspec.load(path))
    for format, text in (("markdown", report.to_markdown()), ("latex", report.to_latex())):
        assert main(["check", str(path), "--format", format]) == 0
        assert capsys.readouterr().out == text
        assert "Conv2d" in text


def test_a_difference_shows_itself_in_a_notebook() -> None:
    spec = archspec.parse(SYMBOLIC)
    found = archspec.diff(spec, archspec.parse(SYMBOLIC.replace("out_channels: 2", "out_channels: 5")))
    assert found._repr_html_().startswith("<pre>")
    assert "out_channels" in found._repr_html_()
    named = archspec.parse(SYMBOLIC.replace("  a:", "  z:").replace("name: Net", "name: Nut"))
    assert "<" not in archspec.diff(spec, named)._repr_html_().removeprefix("<pre>").removesuffix("</pre>")


def test_the_first_of_compared_networks_is_a_hundred_per_cent() -> None:
    spec = archspec.parse(SYMBOLIC)
    rows = archspec.compare(spec, spec).to_dicts()
    for row in rows:
        assert [row[key] for key in ("parameters_ratio", "macs_ratio")] == [100.0, 100.0]


# What functions take ---------------------------------------------------------------------------------------------------------


def test_modules_that_may_be_imported() -> None:
    spec = archspec.parse(PYTHON)
    with pytest.raises(
        SpecError, match=r'if you trust it, allow_python=\["my_pkg\.layers"\] lets it be imported'
    ) as caught:
        archspec.compile(spec)
    assert "--allow-python" not in str(caught.value)
    assert archspec.compile(spec, "my_pkg.layers") == archspec.compile(spec, ["my_pkg.layers"])
    with pytest.raises(TypeError, match=r'allow_python takes names of modules, as allow_python=\["my_pkg\.layers"\]'):
        archspec.compile(spec, [nn])  # type: ignore[list-item]


def test_verify_takes_a_module() -> None:
    spec = archspec.parse(SYMBOLIC, H=8)
    with pytest.raises(TypeError, match=r"verify takes a module, not its class: Linear\(…\)"):
        archspec.verify(spec, nn.Linear)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"not a NoneType: archspec\.verify\(spec, model\)"):
        archspec.verify(spec, None)  # type: ignore[arg-type]


def test_comparisons_are_written_as_the_command_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SYMBOLIC)
    found = archspec.compare(archspec.load(path), archspec.load(path))
    for format, text in (("markdown", found.to_markdown()), ("latex", found.to_latex())):
        assert main(["compare", str(path), str(path), "--format", format]) == 0
        assert capsys.readouterr().out == text


def test_variants_of_symbolic_sizes_are_told_apart() -> None:
    spec = archspec.parse(SYMBOLIC)
    small = spec.with_(H=16)
    assert repr(spec).startswith("<Spec Net: ")
    assert repr(small).startswith("<Spec Net H=16: ")
    assert [row["size.H"] for row in archspec.compare(spec, small).to_dicts()] == [None, 16]
    assert {row["size.H"] for row in archspec.analyze(small).to_dicts()} == {16}
    assert archspec.analyze(spec).to_pandas()["size.H"].tolist() == [None]


# Blocks of a project -----------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("own/blocks", "own/specs", "own/other", "outside", "another/blocks"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("own", "another"):
        (tmp_path / name / "archspec.toml").write_text('roots = ["blocks"]\n')
        (tmp_path / name / ".git").mkdir()
    (tmp_path / "own/blocks/blocks.yaml").write_text(BLOCKS)
    (tmp_path / "another/blocks/blocks.yaml").write_text(BLOCKS.replace("4", "5"))
    (tmp_path / "own/specs/net.yaml").write_text(IMPORTING)
    return tmp_path


def test_a_spec_is_saved_where_its_blocks_are_found(project: Path) -> None:
    path = project / "own/specs/net.yaml"
    spec = archspec.load(path, archspec.find_settings(path))
    inside = project / "own/other/net.yaml"
    spec.save(inside)
    assert archspec.load(inside, archspec.find_settings(inside)) == spec
    way = "; save it where the settings of its own project hold, whose roots are "
    with pytest.raises(ValueError, match=f"the spec would not check there: .*cannot be read.*{way}"):
        spec.save(project / "outside/net.yaml")
    with pytest.raises(ValueError, match=f"what the spec imports is not the same there{way}"):
        spec.save(project / "another/net.yaml")
    (project / "another/archspec.toml").write_text("roots = 3\n")
    with pytest.raises(ValueError, match=r"the spec would not check there: .*roots takes a list of folders"):
        spec.save(project / "another/net.yaml")
    assert not (project / "another/net.yaml").exists()
    (project / "outside/blocks.yaml").write_text(BLOCKS)
    spec.save(project / "outside/net.yaml")  # beside the blocks
    assert archspec.load(project / "outside/net.yaml") == spec
