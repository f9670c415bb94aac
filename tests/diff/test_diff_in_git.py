"""`REV:PATH`, and git's external diff: with a real git, on a repository of the test's own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support import BLOCKS, NET, ROOT, spec

from archspec.cli import main

GOOD = spec("  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  relu: ReLU\n")
CHANGED = GOOD.replace("kernel_size: 3", "kernel_size: 5")


def git(*arguments: str, **environment: str) -> str:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PYTHONPATH": str(ROOT), **environment}
    names = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *names, *arguments], capture_output=True, check=True, env={**os.environ, **own})
    return done.stdout.decode()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One commit with a network, a network that imports blocks, and a file that is no spec."""
    folder = tmp_path / "repository"
    (folder / "specs").mkdir(parents=True)
    monkeypatch.chdir(folder)
    (folder / "specs" / "a.yaml").write_text(GOOD)
    (folder / "specs" / "net.yaml").write_text(NET)
    (folder / "specs" / "conv.yaml").write_text(BLOCKS)
    (folder / "other.yaml").write_text("hello: 1\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    return folder


def test_a_file_as_it_was(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "specs" / "a.yaml").write_text(CHANGED)
    assert main(["diff", "HEAD:specs/a.yaml", "specs/a.yaml"]) == 1
    found = capsys.readouterr().out
    assert found.startswith("HEAD:specs/a.yaml: Example\nspecs/a.yaml: Example\n\nchanged   conv: kernel_size 3 → 5,")
    assert main(["diff", ":specs/a.yaml", "HEAD:specs/a.yaml"]) == 0  # what is staged


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_file_that_came_or_went_is_new_or_gone_as_a_whole(
    repository: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    (repository / "specs" / "b.yaml").write_text(GOOD)
    assert main(["diff", "HEAD:specs/b.yaml", "specs/b.yaml", "--format", form]) == 1
    new = capsys.readouterr().out
    assert main(["diff", "specs/b.yaml", "HEAD:specs/b.yaml", "--format", form]) == 1
    gone = capsys.readouterr().out
    if form == "json":
        new, gone = json.loads(new), json.loads(gone)
        assert (new["before"], gone["after"]) == (None, None)
        assert new["after"]["path"] == gone["before"]["path"] == "specs/b.yaml"
        assert new["totals"]["params"] == {"before": None, "after": 224}
        return
    assert "Example is new, all of it: there is no HEAD:specs/b.yaml" in new
    assert "Example is gone, all of it: there is no HEAD:specs/b.yaml" in gone
    assert "2 layers, 224 parameters" in new


@pytest.mark.parametrize("name", ["specs/net.yaml", "specs/new.yaml"])
def test_the_workflow_of_the_page(repository: Path, name: str) -> None:
    page = (ROOT / "docs" / "howto" / "diff.md").read_text("utf-8")
    (written,) = re.findall(r"```yaml\n(on: pull_request.*?)```", page, re.DOTALL)
    steps = yaml.safe_load(written)["jobs"]["changes"]["steps"]
    assert steps[0]["with"] == {"fetch-depth": 0}
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    (repository / "specs" / "new.yaml").write_text(GOOD)
    (repository / "specs" / "conv.yaml").write_text(BLOCKS.replace("kernel_size: 3", "kernel_size: 5"))
    command = steps[-1]["run"].replace("specs/net.yaml", name).replace("${{ github.event.number }}", "1")
    mine = f'archspec() {{ "{sys.executable}" -m archspec "$@"; }}; gh() {{ cat "$5"; }}\n'
    done = subprocess.run(["bash", "-e", "-c", mine + command], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert ("is new, all of it" if "new" in name else "**changed**") in done.stdout


def test_a_file_that_was_removed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "specs" / "a.yaml").unlink()
    assert main(["diff", "HEAD:specs/a.yaml", "specs/a.yaml"]) == 1
    assert "Example is gone, all of it: there is no specs/a.yaml" in capsys.readouterr().out


@pytest.mark.parametrize("names", [
    ("HEAD:specs/c.yaml", "specs/a.yaml"), ("HEAD:specs/c.yaml", "specs/c.yaml"), ("HEAD~7:specs/b.yaml", "specs/b.yaml"),
    ("--x:specs/b.yaml", "specs/b.yaml"),
])  # fmt: skip
def test_a_name_that_is_misspelt_is_not_new(repository: Path, names: tuple[str, str]) -> None:
    (repository / "specs" / "b.yaml").write_text(GOOD)
    assert main(["diff", "--", *names]) == 2


def test_paths_begin_at_the_repository_or_here(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "specs")
    assert main(["diff", "HEAD:./net.yaml", "HEAD:specs/net.yaml"]) == 0
    capsys.readouterr()
    assert main(["diff", "HEAD:net.yaml", "net.yaml"]) == 2
    assert "git's paths begin where the repository does, and REV:./PATH begins here" in capsys.readouterr().err


def test_blocks_are_those_of_the_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "specs" / "conv.yaml").write_text(BLOCKS.replace("kernel_size: 3", "kernel_size: 5"))
    assert main(["diff", "HEAD:specs/net.yaml", "specs/net.yaml"]) == 1
    assert "changed   a.conv: kernel_size 3 → 5," in capsys.readouterr().out


def test_blocks_that_a_revision_does_not_have(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("rm", "-q", "--cached", "specs/conv.yaml")
    git("commit", "-q", "-m", "second")
    assert main(["diff", "HEAD:specs/net.yaml", "HEAD~1:specs/net.yaml"]) == 2
    found = capsys.readouterr().err
    assert "error[E0506]: HEAD:specs/conv.yaml cannot be read" in found, found


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("--output=stolen:specs/a.yaml", "is no revision: none begins with a hyphen"),
        ("HEAD~7:specs/a.yaml", "cannot be read from git: invalid object name"),
        ("HEAD:specs", "cannot be read from git:"),
        ("HEAD:$(touch stolen)", "cannot be read from git:"),
        ("HEAD; touch stolen:specs/a.yaml", "cannot be read from git:"),
        ("HEAD:specs/a\x1b[31m.yaml", "\\x1b[31m"),
    ],
)
def test_a_revision_is_never_an_option_or_a_command(
    argument: str, said: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", "--", argument, "specs/a.yaml"]) == 2
    found = capsys.readouterr().err
    assert said in found
    assert found.count("\n") == 1
    assert not (repository / "stolen").exists()


def test_a_file_of_that_very_name_is_meant(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "HEAD:specs").mkdir()
    (repository / "HEAD:specs" / "a.yaml").write_text(CHANGED)
    assert main(["diff", "HEAD:specs/a.yaml", "specs/a.yaml"]) == 1
    assert "kernel_size 5 → 3" in capsys.readouterr().out


def test_outside_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "a.yaml").write_text(GOOD)
    assert main(["diff", "HEAD:a.yaml", "a.yaml"]) == 2
    assert "cannot be read from git: not a git repository" in capsys.readouterr().err


DRIVER = f"'{sys.executable}' -m archspec diff --git"


def test_as_the_external_diff_of_git(repository: Path) -> None:
    (repository / ".gitattributes").write_text("*.yaml diff=archspec\n")
    (repository / "specs" / "a.yaml").write_text(CHANGED)
    (repository / "specs" / "new one.yaml").write_text(GOOD)
    (repository / "other.yaml").write_text("hello: 2\n")
    git("add", "specs/new one.yaml")
    git("rm", "-q", "-f", "specs/net.yaml")
    found = git("-c", f"diff.archspec.command={DRIVER}", "--no-pager", "diff", "HEAD", "--", "*.yaml")
    assert "archspec diff: specs/a.yaml\n" in found
    assert "changed   conv: kernel_size 3 → 5," in found
    assert "archspec diff: added: specs/new one.yaml\nExample: 2 layers, 224 parameters" in found
    assert "archspec diff: removed: specs/net.yaml\nNet: 2 layers" in found
    assert "-hello: 1\n+hello: 2\n" in found


def test_by_the_environment_and_for_a_renamed_file(repository: Path) -> None:
    git("mv", "specs/a.yaml", "specs/b.yaml")
    (repository / "specs" / "b.yaml").write_text(
        CHANGED.replace("relu: ReLU", "relu: ReLU\n  # more, so that it is alike")
    )
    found = git("--no-pager", "diff", "-M30", "HEAD", GIT_EXTERNAL_DIFF=DRIVER)
    assert "archspec diff: specs/a.yaml → specs/b.yaml\n" in found
    assert "changed   conv: kernel_size 3 → 5," in found


def test_a_path_that_looks_like_an_option(repository: Path) -> None:
    (repository / "--format").write_text(GOOD)
    git("add", ".")
    git("commit", "-q", "-m", "second")
    (repository / "--format").write_text(CHANGED)
    found = git("--no-pager", "diff", GIT_EXTERNAL_DIFF=DRIVER)
    assert "archspec diff: --format\n" in found
    assert "changed   conv: kernel_size 3 → 5," in found


def test_imported_blocks_are_the_working_trees_and_that_is_said(repository: Path) -> None:
    (repository / "specs" / "net.yaml").write_text(NET.replace("channels: 8", "channels: 16"))
    found = git("--no-pager", "diff", GIT_EXTERNAL_DIFF=DRIVER)
    said = "note: blocks are imported from the working tree on both sides, so that changes of theirs are not compared\n"
    assert said in found
    assert "a.conv: out_channels 8 → 16" in found
    (repository / "specs" / "net.yaml").write_text(f"# Another comment\n{NET}")
    (repository / "specs" / "conv.yaml").write_text(BLOCKS.replace("kernel_size: 3", "kernel_size: 5"))
    found = git("--no-pager", "diff", GIT_EXTERNAL_DIFF=DRIVER)
    assert f"{said}\nno other difference\n" in found
    assert "the same" not in found
    assert (
        "a file of blocks, which is no network by itself: its text is compared, and not the networks that use it"
        in found
    )
    assert "kernel_size: 5" in found
    markdown = git("--no-pager", "diff", GIT_EXTERNAL_DIFF=DRIVER.replace("--git", "--format markdown --git"))
    assert "not compared.\n\nNo other difference.\n" in markdown
    arguments = ("--", "specs/net.yaml")
    report = git("--no-pager", "diff", *arguments, GIT_EXTERNAL_DIFF=DRIVER.replace("--git", "--format json --git"))
    assert [json.loads(report)[key] for key in ("same", "complete", "changes")] == [False, False, []]
    assert json.loads(report)["note"] in said


def test_what_is_no_network_is_told_with_its_side_and_its_first_error(repository: Path) -> None:
    file = repository / "specs" / "a.yaml"
    file.write_text(GOOD.replace("kernel_size: 3", "kernel_size: 3, in_channels: 5"))
    found = git("--no-pager", "diff", GIT_EXTERNAL_DIFF=DRIVER)
    assert "\nthe new file is no network: E0301 at specs/a.yaml:" in found
    assert ", conv claims 5 input channels, but input gives 3; so their texts are compared\n" in found
    git("add", ".")
    git("commit", "-q", "-m", "second")
    file.write_text(GOOD.replace("Conv2d", "Conv2e"))
    found = git("--no-pager", "diff", GIT_EXTERNAL_DIFF=DRIVER)
    assert "\nthe old file is no network: E0301 at specs/a.yaml:" in found
    assert "gives 3; the new file is no network: E0104 at specs/a.yaml:" in found


# Shared blocks in roots ------------------------------------------------------------------------------------------------


@pytest.fixture
def shared(repository: Path) -> Path:
    """A network whose block lies in a root of the settings, and was changed since."""
    (repository / "archspec.toml").write_text('roots = ["shared"]\n')
    (repository / "shared").mkdir()
    (repository / "shared" / "common.yaml").write_text(BLOCKS)
    (repository / "specs" / "net.yaml").write_text(NET.replace("conv.yaml", "common.yaml"))
    git("add", ".")
    git("commit", "-q", "-m", "second")
    (repository / "shared" / "common.yaml").write_text(BLOCKS.replace("kernel_size: 3", "kernel_size: 5"))
    git("commit", "-q", "-am", "third")
    (repository / "shared" / "common.yaml").write_text(BLOCKS.replace("kernel_size: 3", "kernel_size: 7"))
    return repository


@pytest.mark.usefixtures("shared")
def test_blocks_of_roots_are_those_of_the_revision(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "HEAD~1:specs/net.yaml", "HEAD:specs/net.yaml"]) == 1
    assert "changed   a.conv: kernel_size 3 → 5," in capsys.readouterr().out
    assert main(["diff", "HEAD~1:./specs/net.yaml", "specs/net.yaml"]) == 1
    assert "changed   a.conv: kernel_size 3 → 7," in capsys.readouterr().out
    assert main(["diff", "HEAD:specs/net.yaml", ":specs/net.yaml"]) == 0


def test_settings_are_those_of_the_revision(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shared / "archspec.toml").write_text("roots = 3\n")
    assert main(["diff", "HEAD~1:specs/net.yaml", "HEAD:specs/net.yaml"]) == 1
    capsys.readouterr()
    git("commit", "-q", "-am", "wrong")
    (shared / "archspec.toml").write_text('roots = ["shared"]\n')
    assert main(["diff", "HEAD:specs/net.yaml", "specs/net.yaml"]) == 2
    assert capsys.readouterr().err == (
        'archspec: HEAD:archspec.toml: roots takes a list of folders, such as ["blocks"]\n'
    )


def test_blocks_that_are_no_longer_there_are_not_the_working_trees(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("rm", "-q", "--cached", "shared/common.yaml")
    git("commit", "-q", "-m", "without")
    assert main(["diff", "HEAD:specs/net.yaml", "specs/net.yaml"]) == 2
    found = capsys.readouterr().err
    assert "common.yaml is not there; looked for HEAD:specs/common.yaml, HEAD:shared/common.yaml" in found
    assert "archspec-" not in found


@pytest.mark.parametrize("name", ["../outside.yaml", "../../outside.yaml", "/etc/hostname", "specs/../../outside.yaml"])
def test_a_revision_imports_nothing_from_outside(name: str, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shared.parent / "outside.yaml").write_text(BLOCKS)
    (shared / "specs" / "net.yaml").write_text(NET.replace("conv.yaml", name))
    (shared / "archspec.toml").write_text(
        'roots = ["shared", "../.."]\n' if "specs" in name else 'roots = ["shared"]\n'
    )
    git("commit", "-q", "-am", "fourth")
    assert main(["diff", "HEAD:specs/net.yaml", "HEAD~1:specs/net.yaml"]) == 2
    assert "changed" not in capsys.readouterr().out


def test_compare_takes_a_file_as_it_was(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "specs" / "a.yaml").write_text(CHANGED)
    assert main(["compare", "HEAD:specs/a.yaml", "specs/a.yaml", "HEAD:specs/net.yaml", "--format", "csv"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.partition(",")[0] for row in rows[1:]] == ["HEAD:specs/a.yaml", "specs/a.yaml", "HEAD:specs/net.yaml"]
    assert ",224," in rows[1]
    assert ",608," in rows[2]
    assert main(["compare", "HEAD:specs/none.yaml", "specs/a.yaml"]) == 2
    assert "cannot be read from git" in capsys.readouterr().err
