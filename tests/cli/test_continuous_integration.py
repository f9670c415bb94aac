"""docs/howto/ci.md works as it stands: its settings, its hook under the real pre-commit, and its workflow's command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support import BLOCKS, NET, ROOT

PAGE = (ROOT / "docs" / "howto" / "ci.md").read_text("utf-8")
WORKFLOW, SCANNING, HOOK, OFFERED = range(4)
"""The page's snippets in YAML, in their order."""
GIT = shutil.which("git")
PRE_COMMIT = shutil.which("pre-commit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with shared blocks, the page's settings, and an `archspec` in its path as an installation puts it there."""
    for folder in ("blocks", "specs", "bin"):
        (tmp_path / folder).mkdir()
    (tmp_path / "blocks" / "conv.yaml").write_text(BLOCKS)
    (tmp_path / "specs" / "net.yaml").write_text(NET)
    (tmp_path / "archspec.toml").write_text(snippets("toml")[0])
    command = tmp_path / "bin" / "archspec"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m archspec "$@"\n')
    command.chmod(0o755)
    return tmp_path


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    home = {"PATH": path, "HOME": str(folder), "PRE_COMMIT_HOME": str(folder / "cache"), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(command, cwd=folder, env=home, capture_output=True, text=True, check=False)


def test_the_workflow_annotates_the_right_file_and_line(repository: Path) -> None:
    workflow = yaml.safe_load(snippets("yaml")[WORKFLOW])
    (command,) = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "archspec check" in step.get("run", "")]
    done = ran(repository, "sh", "-c", command)
    assert done.returncode == 1
    assert done.stdout == (
        "::warning file=blocks/conv.yaml,line=6,col=7,endLine=6,endColumn=11,title=W1003 bias before a normalization::"
        "a.conv has a bias, which a.norm takes away again%0Aof specs/net.yaml%0A"
        "of trained weights, subtract it from a.norm.running_mean%0Ahelp: write bias: false in conv\n"
    )
    (repository / "blocks" / "conv.yaml").write_text(BLOCKS.replace("kernel_size: 3", "kernel_size: 3, bias: false"))
    done = ran(repository, "sh", "-c", command)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("before", "after", "levels"),
    [("", "", ["warning"]), ("Conv2d", "Conv2D", ["error"]), ("kernel_size: 3", "kernel_size: 3, bias: false", [])],
)
def test_code_scanning_uploads_what_is_found(repository: Path, before: str, after: str, levels: list[str]) -> None:
    """Its steps run as on GitHub, where one that fails ends the job before the upload."""
    (repository / "blocks" / "conv.yaml").write_text(BLOCKS.replace(before, after))
    job = yaml.safe_load(snippets("yaml")[SCANNING])
    assert job["permissions"]["security-events"] == "write"
    *steps, upload = job["jobs"]["scan"]["steps"]
    (command,) = [step["run"] for step in steps if "archspec check" in step.get("run", "")]
    done = ran(repository, "bash", "-e", "-c", command)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    (run,) = json.loads((repository / upload["with"]["sarif_file"]).read_text("utf-8"))["runs"]
    assert [result["level"] for result in run["results"]] == levels
    assert {place["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"] for place in result["locations"]} <= {
        "blocks/conv.yaml", "specs/net.yaml"}  # fmt: skip


def test_code_scanning_fails_where_check_cannot_do_its_work(repository: Path) -> None:
    job = yaml.safe_load(snippets("yaml")[SCANNING])
    command = next(step["run"] for step in job["jobs"]["scan"]["steps"] if "archspec check" in step.get("run", ""))
    (repository / "archspec.toml").write_text("budget = 3\n")
    assert ran(repository, "bash", "-e", "-c", command).returncode != 0


@pytest.mark.skipif(
    GIT is None or PRE_COMMIT is None, reason="git and pre-commit (of the test extra) are not installed"
)
def test_the_hook_under_pre_commit(repository: Path) -> None:
    assert PRE_COMMIT is not None
    (repository / ".pre-commit-config.yaml").write_text(snippets("yaml")[HOOK])
    assert ran(repository, "git", "init", "-q", ".").returncode == 0
    assert ran(repository, "git", "add", ".").returncode == 0
    done = ran(repository, PRE_COMMIT, "run", "--all-files")
    assert done.returncode == 1, done.stdout + done.stderr
    assert (
        "warning[W1003]: a.conv has a bias, which a.norm takes away again\n --> blocks/conv.yaml:6:7\n" in done.stdout
    )
    (repository / "blocks" / "conv.yaml").write_text(BLOCKS.replace("kernel_size: 3", "kernel_size: 3, bias: false"))
    assert ran(repository, "git", "add", ".").returncode == 0
    done = ran(repository, PRE_COMMIT, "run", "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    (repository / "blocks" / "conv.yaml").write_text(BLOCKS.replace("Conv2d", "Conv2D"))
    assert ran(repository, "git", "add", ".").returncode == 0
    done = ran(repository, PRE_COMMIT, "run", "--files", "blocks/conv.yaml")
    assert "error[E0104]: ConvNorm.conv: there is no op or block called Conv2D" in done.stdout


@pytest.mark.skipif(
    GIT is None or PRE_COMMIT is None, reason="git and pre-commit (of the test extra) are not installed"
)
def test_the_repositorys_own_hook_under_pre_commit(repository: Path) -> None:
    """As it is offered, with the page's lines, but for its language: that installs archspec, and needs a package index."""
    assert PRE_COMMIT is not None
    offering = repository / "offering"
    offering.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", offering)
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "-q", "."), ("add", "."), (*author, "commit", "-q", "-m", "a")):
        assert ran(offering, "git", *arguments).returncode == 0
    revision = ran(offering, "git", "rev-parse", "HEAD").stdout.strip()
    (wanted,) = yaml.safe_load(snippets("yaml")[OFFERED])["repos"]
    assert wanted["repo"].startswith("https://")
    wanted |= {"repo": str(offering), "rev": revision}
    wanted["hooks"][0]["language"] = "system"
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [wanted]}))
    for arguments in (("init", "-q", "."), ("add", "blocks", "specs")):
        assert ran(repository, "git", *arguments).returncode == 0
    done = ran(repository, PRE_COMMIT, "run", "--all-files")
    assert done.returncode == 1, done.stdout + done.stderr
    assert (
        "warning[W1003]: a.conv has a bias, which a.norm takes away again\n --> blocks/conv.yaml:6:7\n" in done.stdout
    )


def test_the_repositorys_own_hook_is_the_one_of_the_page() -> None:
    (offered,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    (local,) = yaml.safe_load(snippets("yaml")[HOOK])["repos"][0]["hooks"]
    (wanted,) = yaml.safe_load(snippets("yaml")[OFFERED])["repos"][0]["hooks"]
    assert offered["id"] == local["id"] == wanted["id"]
    assert offered["entry"] == local["entry"]
    for name in ("specs/net.yaml", "blocks/deep/conv.yaml"):
        assert re.search(offered["files"], name)
        assert re.search(local["files"], name)
