"""Files of settings: `archspec.toml`, and `[tool.archspec]` of `pyproject.toml`, the nearest upward from the spec."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import BLOCKS, NET

import archspec
from archspec.cli import main
from archspec.limits import MAX_SETTINGS_BYTES
from archspec.settings import Settings, SettingsError, find


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with blocks in one folder and a network in another; the current folder is its root."""
    for folder in (".git", "blocks", "specs/deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "blocks" / "conv.yaml").write_text(BLOCKS)
    (tmp_path / "specs" / "deep" / "net.yaml").write_text(NET)
    (tmp_path / "archspec.toml").write_text('roots = ["blocks"]\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_spec_from_standard_input_imports_from_roots(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def given(text: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return ran(capsys, "check", "-", "--quiet", "--ignore", "W1003")

    assert given(NET)[:2] == (0, "<stdin>: no problems\n")
    assert "lies outside the roots" in given(NET.replace("conv.yaml", "../specs/other.yaml"))[1]
    (repository / "archspec.toml").unlink()
    assert "has no folder to import from" in given(NET)[1]


def test_a_wrong_file_is_told_once(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "archspec.toml").write_text("roots = 3\n")
    (repository / "specs" / "other.yaml").write_text(NET)
    assert ran(capsys, "check", "specs") == (
        2, "\nnothing checked; 2 could not be checked\n",
        'archspec: archspec.toml: roots takes a list of folders, such as ["blocks"]\n',
    )  # fmt: skip


def test_blocks_of_a_root_are_found_by_every_command(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, "check", "specs/deep/net.yaml", "--quiet", "--ignore", "W1003")[:2] == (
        0, "specs/deep/net.yaml: no problems\n")  # fmt: skip
    assert "class ConvNorm" in ran(capsys, "compile", "specs/deep/net.yaml")[1]
    assert ran(capsys, "render", "specs/deep/net.yaml", "-o", "net.dot")[0] == 0


@pytest.mark.parametrize("folder", [".", "specs", "specs/deep", "blocks"])
def test_paths_are_as_seen_from_the_current_folder_in_every_format(
    repository: Path, folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / folder)
    spec = os.path.relpath(repository / "specs" / "deep" / "net.yaml")
    blocks = os.path.relpath(repository / "blocks" / "conv.yaml")
    assert f" --> {blocks}:6:7\n" in ran(capsys, "check", "--quiet", spec)[1]
    assert ran(capsys, "check", "--format", "github", spec)[1].startswith(f"::warning file={blocks},line=6,col=7,")
    (found,) = json.loads(ran(capsys, "check", "--format", "json", spec)[1])["diagnostics"]
    assert (found["path"], [label["path"] for label in found["labels"]]) == (blocks, [blocks, spec])
    (found,) = json.loads(ran(capsys, "check", "--format", "sarif", spec)[1])["runs"][0]["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == blocks
    shown = ran(capsys, "check", "--quiet", str(repository / "specs" / "deep" / "net.yaml"))[1]
    assert f" --> {repository / 'blocks' / 'conv.yaml'}:6:7\n" in shown


def test_beside_the_file_comes_first(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "specs" / "deep" / "conv.yaml").write_text(
        BLOCKS.replace("kernel_size: 3", "kernel_size: 5, bias: false")
    )
    assert ran(capsys, "check", "specs/deep/net.yaml", "--quiet")[:2] == (0, "specs/deep/net.yaml: no problems\n")
    assert "Conv2d 5×5" in ran(capsys, "check", "specs/deep/net.yaml")[1]


def test_files_of_a_root_import_from_it(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "blocks" / "more").mkdir()
    (repository / "blocks" / "more" / "two.yaml").write_text(
        "archspec: 1\nimport: [conv.yaml]\nblocks: {Two: {layers: {a: {type: ConvNorm, channels: 4}}}}\n"
    )
    (repository / "specs" / "deep" / "net.yaml").write_text(NET.replace("conv.yaml", "more/two.yaml"))
    code, out, _ = ran(capsys, "check", "specs/deep/net.yaml", "--quiet", "--ignore", "W1003")
    assert (code, out) == (0, "specs/deep/net.yaml: no problems\n")


@pytest.mark.parametrize("within", [".", "specs/deep"])
def test_a_file_that_hides_the_roots_one_says_how_that_is_reached(
    repository: Path, within: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repository / "specs" / "deep" / "conv.yaml"  # blocks/conv.yaml is the root's
    path.write_text(NET)
    monkeypatch.chdir(repository / within)
    shown = os.path.relpath(path, repository / within)
    code, out, _ = ran(capsys, "check", shown, "--quiet", "--ignore", "W1003")
    assert code == 1
    found = re.search(r"help: (\S+) is found first, beside the import; write (\S+) for that of the root (\S+)", out)
    assert found is not None, out
    assert found[1] == shown
    assert os.path.normpath(found[3]) == os.path.relpath(repository / "blocks", repository / within)
    path.write_text(NET.replace("conv.yaml", found[2]))
    assert ran(capsys, "check", shown, "--quiet", "--ignore", "W1003")[0] == 0


def test_files_that_import_each_other_have_help(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for one, other in (("one", "two"), ("two", "one")):
        (repository / "specs" / f"{one}.yaml").write_text(f"archspec: 1\nimport: [{other}.yaml]\nblocks: {{}}\n")
    code, out, _ = ran(capsys, "check", "specs/one.yaml", "--quiet")
    assert code == 1
    assert "help: take one of these imports out; what both use goes into a third file\n" in out


@pytest.mark.parametrize(("wanted", "said"), [
    ("none.yaml", "none.yaml is not there; looked for specs/deep/none.yaml, blocks/none.yaml"),
    ("../none.yaml", "../none.yaml lies outside the spec's own folder and the roots blocks"),
    ("../../other.yaml", "../../other.yaml lies outside the spec's own folder and the roots blocks"),
    ("link.yaml", "link.yaml lies outside the spec's own folder and the roots blocks"),
])  # fmt: skip
def test_what_is_not_found_says_where_it_was_looked_for(
    repository: Path, wanted: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "other.yaml").write_text(BLOCKS)
    for folder in ("blocks", "specs/deep"):
        (repository / folder / "link.yaml").symlink_to(repository / "other.yaml")
    (repository / "specs" / "deep" / "net.yaml").write_text(NET.replace("conv.yaml", wanted))
    code, out, _ = ran(capsys, "check", "specs/deep/net.yaml", "--quiet")
    assert code == 1
    assert f"error[E0506]: {said}\n" in out


def test_a_path_into_a_root_is_one(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "specs" / "deep" / "net.yaml").write_text(NET.replace("conv.yaml", "../../blocks/conv.yaml"))
    assert ran(capsys, "check", "specs/deep/net.yaml", "--quiet")[0] == 0
    (repository / "archspec.toml").unlink()
    code, out, _ = ran(capsys, "check", "specs/deep/net.yaml", "--quiet")
    assert code == 1
    assert "copy the file beside the spec, or declare its folder a root in archspec.toml" in out


def test_the_nearest_file_counts_and_none_above_the_repository(repository: Path) -> None:
    spec = repository / "specs" / "deep" / "net.yaml"
    assert [root.shown for root in find("specs/deep/net.yaml").roots] == ["blocks"]
    (repository / "specs" / "pyproject.toml").write_text("[tool.ruff]\n")
    assert len(find(spec).roots) == 1
    (repository / "specs" / "pyproject.toml").write_text("[tool.archspec]\n")
    assert find(spec) == Settings()
    (repository / "specs" / "archspec.toml").write_text('roots = ["deep"]\n')
    assert [root.path for root in find(spec).roots] == [str(spec.parent)]
    (spec.parent / ".git").write_text("gitdir: elsewhere\n")
    assert find(spec) == Settings()


def test_choices_of_the_project(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "archspec.toml").write_text('roots = ["blocks"]\nignore = {W1003 = "as published"}\n')
    assert ran(capsys, "check", "specs/deep/net.yaml", "--strict", "--quiet")[:2] == (
        0,
        "specs/deep/net.yaml: no problems\n",
    )
    assert "W1003" in ran(capsys, "check", "specs/deep/net.yaml", "--quiet", "--select", "ALL")[1]
    (repository / "archspec.toml").write_text('roots = ["blocks"]\nselect = ["W1005"]\n')
    assert "warning[W1005]" in ran(capsys, "check", "specs/deep/net.yaml", "--quiet")[1]


def test_a_comment_in_an_imported_file_counts(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = repository / "blocks" / "conv.yaml"
    blocks.write_text(BLOCKS.replace("3}", "3}  # archspec: ignore[W1003, W1004] as published"))
    code, out, _ = ran(capsys, "check", "specs/deep/net.yaml", "blocks/conv.yaml", "--strict", "--quiet")
    assert code == 0  # the second code may be needed by others
    assert out.startswith("specs/deep/net.yaml: no problems (1 ignored)\n")


def test_a_budget_for_all(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "archspec.toml").write_text(
        'roots = ["blocks"]\nbudget = {params = {max = "200"}, macs = {min = 1}}\n'
    )
    code, out, _ = ran(capsys, "check", "specs/deep/net.yaml", "--quiet")
    assert code == 1
    assert (
        "error[E0402]: the network has 240 parameters, 40 over the budget of 200\n --> specs/deep/net.yaml:2:7\n" in out
    )
    assert "  = note: archspec.toml: budget.params sets the budget\n" in out
    (repository / "specs" / "deep" / "net.yaml").write_text(NET + "budget: {params: {max: 240}}\n")
    assert ran(capsys, "check", "specs/deep/net.yaml", "--quiet")[0] == 0  # the document lies above the project


OF_ANY_LENGTH = """archspec: 1
name: L
input: [T, 8]
layers:
  a: {type: LSTM, hidden_size: 8, batch_first: true}
  b: {type: Linear, out_features: 4}
"""


@pytest.fixture
def limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec whose peak is not known, in a project that limits it."""
    (tmp_path / "archspec.toml").write_text(
        'budget = {peak_activation_bytes = {max = "64 MiB"}, params = {max = "1 k"}}\n'
    )
    (tmp_path / "net.yaml").write_text(OF_ANY_LENGTH)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "net.yaml"


@pytest.mark.parametrize("values", [[], ["--set", "T=5"]])  # an LSTM's is not known for numbers either
def test_a_budget_for_all_on_what_is_not_known_is_said_to_be_unchecked(
    values: list[str], limited: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "net.yaml", *values]) == 0
    out = capsys.readouterr().out
    assert "\nnot checked       peak_activation_bytes, which archspec.toml limits\n" in out
    assert out.endswith("net.yaml: no problems (1 budget not checked)\n")
    assert main(["check", ".", "--quiet", *values]) == 0
    assert "1 spec checked: no problems (1 budget not checked)\n" in capsys.readouterr().out


def test_programs_are_told_too(limited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    why = "a is computed in one call or step by step, as PyTorch was built, and takes memory accordingly"
    assert main(["check", "net.yaml", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["unchecked_budget"] == {"peak_activation_bytes": why}
    assert main(["check", "net.yaml", "--format", "github"]) == 0
    said = "peak_activation_bytes is limited by the project, and not checked here"
    assert capsys.readouterr().out == f"::notice file=net.yaml::{said}: {why}\n"


def test_a_budget_of_the_spec_itself_has_to_be_checked(limited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limited.write_text(OF_ANY_LENGTH + "budget: {peak_activation_bytes: {max: 3 MiB}}\n")
    assert main(["check", "net.yaml", "--quiet"]) == 1
    out = capsys.readouterr().out
    assert out.startswith(
        "error[E0403]: the number of peak activation bytes cannot be checked: a is computed in one call"
    )
    assert "not checked" not in out


def test_what_is_known_is_checked_beside_it(limited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limited.write_text(OF_ANY_LENGTH.replace("out_features: 4", "out_features: 400"))
    assert main(["check", "net.yaml", "--quiet"]) == 1
    assert capsys.readouterr().out.endswith("net.yaml: 1 error (1 budget not checked)\n")


WRONG = [
    ("x = [", "archspec.toml is not TOML: Invalid value (at end of document)"),
    ("x = " + "[" * 20_000, "archspec.toml is not TOML: it is nested too deep"),
    ("rots = []", "archspec.toml: rots is no key of archspec's; did you mean roots?"),
    ("\"\\u001b[31m\" = 1", "archspec.toml: \\x1b[31m is no key of archspec's; there are roots, select, ignore, budget"),
    ('roots = "blocks"', 'archspec.toml: roots takes a list of folders, such as ["blocks"]'),
    ('roots = ["../x"]', "archspec.toml: roots names ../x, which lies outside the file's own folder"),
    ('roots = ["/etc"]', "archspec.toml: roots names /etc, which is no relative path with forward slashes"),
    ('roots = ["etc"]', "archspec.toml: roots names etc, which lies outside the file's own folder"),
    ('roots = ["none"]', "archspec.toml: roots names none, which is no folder"),
    ('roots = ["blocks/conv.yaml"]', "archspec.toml: roots names blocks/conv.yaml, which is no folder"),
    ('select = "W10"', 'archspec.toml: select takes a list of codes, such as ["W1003", "W12"]'),
    ('select = ["W77"]', "archspec.toml: select: no warning has the code W77"),
    ('ignore = ["E0301"]', "archspec.toml: ignore: E0301 is an error, and errors are always told"),
    ('ignore = {W1003 = ""}', 'archspec.toml: ignore takes a reason for each code, such as {W1003 = "as published"}'),
    ("budget = 3", 'archspec.toml: budget takes a table, such as {params = {max = "65 M"}}'),
    ("budget = {parms = {max = 3}}", "archspec.toml: budget.parms is no figure; did you mean params?"),
    ("budget = {layers = {fc = {params = {max = 3}}}}", "archspec.toml: budget.layers limits layers of one network; write it in the budget of that spec"),
    ("budget = {output = {max = [3]}}", "archspec.toml: budget.output limits the output of one network; write it in the budget of that spec"),
    ('budget = {params = {max = "3 Q"}}', 'archspec.toml: budget.params takes min or max with a count, such as {max = "65 M"}'),
    ("budget = {params = {most = 3}}", 'archspec.toml: budget.params takes min or max with a count, such as {max = "65 M"}'),
    ("budget = {params = 1e400}", 'archspec.toml: budget.params takes min or max with a count, such as {max = "65 M"}'),
    ("#" * MAX_SETTINGS_BYTES, "archspec.toml is larger than 256 KiB"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), WRONG, ids=[content[:30] for content, _ in WRONG])
def test_a_wrong_file_is_one_line(
    repository: Path, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "etc").symlink_to("/etc")
    (repository / "archspec.toml").write_text(content + "\n")
    assert ran(capsys, "check", "specs/deep/net.yaml") == (2, "", f"archspec: {said}\n")
    assert ran(capsys, "compile", "specs/deep/net.yaml") == (2, "", f"archspec: {said}\n")


def test_keys_of_pyproject_are_named_in_full(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "archspec.toml").unlink()
    (repository / "pyproject.toml").write_text("[tool.archspec]\nroots = 3\n")
    said = 'archspec: pyproject.toml: tool.archspec.roots takes a list of folders, such as ["blocks"]\n'
    assert ran(capsys, "check", "specs/deep/net.yaml")[::2] == (2, said)
    (repository / "pyproject.toml").write_text("[tool]\narchspec = 3\n")
    said = "archspec: pyproject.toml: tool.archspec takes a table with roots, select, ignore, budget\n"
    assert ran(capsys, "check", "specs/deep/net.yaml")[::2] == (2, said)


WAYS = [
    "[tool.archspec]\nroots = 3", '[ "tool" . archspec ]\nroots = 3', "['tool'\t.\t'archspec']\nroots = 3", "tool.archspec.roots = 3",
    "[tool]\narchspec.roots = 3", "[ 'tool' ]\narchspec = {roots = 3}", "tool = {archspec = {roots = 3}}", "a = 1\n\"tool\" . archspec.roots = 3",
]  # fmt: skip


@pytest.mark.parametrize("content", WAYS)
def test_all_ways_to_write_the_table_are_read(
    repository: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "archspec.toml").unlink()
    (repository / "pyproject.toml").write_text(content + "\n")
    said = 'archspec: pyproject.toml: tool.archspec.roots takes a list of folders, such as ["blocks"]\n'
    assert ran(capsys, "check", "specs/deep/net.yaml")[::2] == (2, said)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in the file system")
def test_a_pipe_is_not_read(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "archspec.toml").unlink()
    os.mkfifo(repository / "archspec.toml")
    code, _, err = ran(capsys, "check", "specs/deep/net.yaml")
    assert (code, err.endswith("archspec.toml is not a regular file\n")) == (2, True)


@given(st.text(max_size=60) | st.sampled_from(["roots", "select", "ignore", "budget"]).flatmap(
    lambda key: st.text('[]{}"=,.W103Emaxparms\n\\ ', max_size=30).map(lambda text: f"{key} = {text}")))  # fmt: skip
def test_whatever_stands_in_the_file_is_settings_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any_settings"
    folder.mkdir(exist_ok=True)
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "archspec.toml").write_bytes(text.encode("utf-8", "replace"))
    said = "archspec.toml"
    try:
        find(folder / "spec.yaml")
    except SettingsError as error:
        said = str(error)
    assert "archspec.toml" in said
    assert said.isprintable()


def test_python_takes_settings_where_they_are_asked_for(repository: Path) -> None:
    with pytest.raises(archspec.SpecError):
        archspec.load("specs/deep/net.yaml")
    spec = archspec.load("specs/deep/net.yaml", archspec.find_settings("specs/deep/net.yaml"))
    assert archspec.analyze(spec).totals["params"] == 240
