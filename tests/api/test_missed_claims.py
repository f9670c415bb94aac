"""A network that misses its own claims is a network all the same: it is shown, compared and saved, and no module is made of it."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch
from torch import nn

import archspec
from archspec.checking import check
from archspec.cli import main

TEXT = """\
archspec: 1
name: Net
args: {width: 8}
input: [3, 16, 16]
layers:
  conv: {type: Conv2d, out_channels: "${width}", kernel_size: 3}
budget: {params: {max: 500}}
"""
EXPECTING = TEXT.replace("budget: {params: {max: 500}}", 'expect: {params: "${width}"}')


def missed(spec: archspec.Spec, **values: int) -> archspec.Spec:
    with pytest.raises(archspec.SpecError) as caught:
        spec.with_(**values)
    assert caught.value.spec is not None
    assert [error.code for error in caught.value.diagnostics] == ["E0402"]
    return caught.value.spec


def test_the_variant_that_is_over_the_budget_comes_with_the_error() -> None:
    spec = archspec.parse(TEXT)
    over = missed(spec, width=32)
    assert (spec.ok, spec.is_network, spec.missed) == (True, True, [])
    assert (over.ok, over.is_network, over.arguments) == (False, True, {"width": 32})
    assert [claim.message for claim in over.missed] == ["the network has 896 parameters, 396 over the budget of 500"]
    assert repr(over).endswith(" 896 parameters, 169,344 MACs; 1 claim missed>")
    assert over.with_(width=8) == spec


def test_an_expectation_is_a_claim_too(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(EXPECTING)
    for read in (lambda: archspec.parse(EXPECTING), lambda: archspec.load(path)):
        with pytest.raises(archspec.SpecError, match=r"\.spec: archspec\.analyze\(error\.spec\)$") as caught:
            read()
        assert caught.value.spec is not None
        assert archspec.analyze(caught.value.spec).totals["params"] == 224


def test_it_is_shown_as_any_network() -> None:
    spec = archspec.parse(TEXT)
    over = missed(spec, width=32)
    report = archspec.analyze(over)
    assert (report["ok"], report.totals["params"], report.layers[0]["params"]) == (False, 896, 896)
    assert [record["code"] for record in report.diagnostics] == ["E0402"]
    rows = archspec.compare(spec, over).to_dicts()
    assert [(row["arg.width"], row["parameters"], row["ok"]) for row in rows] == [(8, 224, True), (32, 896, False)]
    assert "parameters 224 → 896" in repr(archspec.diff(spec, over))
    assert archspec.render(over).dot == archspec.render(archspec.parse(TEXT.replace("500", "1 k"), width=32)).dot
    assert over.to_networkx().nodes["conv"]["params"] == 896
    assert "<table" in over._repr_html_()


def test_no_module_is_made_of_it() -> None:
    over = missed(archspec.parse(TEXT), width=32)
    for make in (archspec.compile, archspec.build, lambda spec: archspec.verify(spec, nn.Conv2d(3, 32, 3))):
        with pytest.raises(archspec.SpecError, match="396 over the budget of 500") as caught:
            make(over)
        assert caught.value.spec == over


def test_other_errors_leave_no_network() -> None:
    wrong = TEXT.replace("kernel_size: 3", "kernel_size: 30")
    for text in (wrong, wrong.replace("500", "5")):
        with pytest.raises(archspec.SpecError) as caught:
            archspec.parse(text)
        assert caught.value.spec is None
        assert ".spec" not in str(caught.value)
        with pytest.raises(archspec.SpecError):
            archspec.analyze(check("net.yaml", text.encode()))


def test_the_error_travels_with_its_spec() -> None:
    with pytest.raises(archspec.SpecError) as caught:
        archspec.parse(TEXT, width=32)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.spec == caught.value.spec


def test_it_is_saved_with_what_it_misses(tmp_path: Path) -> None:
    over = missed(archspec.parse(TEXT), width=32)
    over.save(tmp_path / "over.yaml")
    with pytest.raises(archspec.SpecError) as caught:
        archspec.load(tmp_path / "over.yaml")
    assert caught.value.spec is not None
    assert caught.value.spec.arguments == {"width": 32}


def test_all_layers_of_a_large_one_are_listed() -> None:
    text = TEXT.replace("kernel_size: 3}", "kernel_size: 1, repeat: 1200}")
    with pytest.raises(archspec.SpecError) as caught:
        archspec.parse(text)
    assert caught.value.spec is not None
    assert len(archspec.analyze(caught.value.spec).layers) == 1200


# The commands that only show it ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net.yaml").write_text(TEXT)
    (tmp_path / "over.yaml").write_text(TEXT.replace("width: 8", "width: 32"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("against", [[], ["--against", "net.yaml"]])
@pytest.mark.parametrize("out", ["over.svg", "over.dot"])
def test_render_draws_it(folder: Path, against: list[str], out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "over.yaml", *against, "-o", out]) == 1
    assert "error[E0402]: the network has 896 parameters, 396 over" in capsys.readouterr().err
    assert "conv" in Path(out).read_text()


def test_render_against_one_that_misses_its_claims(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "net.yaml", "--against", "over.yaml", "-o", "net.svg"]) == 0
    assert "over.yaml misses 1 claim\n" in capsys.readouterr().err


def test_render_draws_nothing_of_other_errors(folder: Path) -> None:
    Path("over.yaml").write_text(TEXT.replace("500", "5").replace("kernel_size: 3", "kernel_size: 30"))
    assert main(["render", "over.yaml", "-o", "over.svg"]) == 1
    assert not os.path.exists("over.svg")


def test_weights_are_matched_with_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"conv.weight": torch.zeros(32, 3, 3, 3), "conv.bias": torch.zeros(32)}, "net.pt")
    assert main(["weights", "over.yaml", "net.pt"]) == 1
    said = capsys.readouterr()
    assert "error[E0402]" in said.err
    assert "all 2 tensors load" in said.out
    assert main(["compile", "over.yaml", "-o", "over.py"]) == 1
    assert not os.path.exists("over.py")
