"""The last line of defence: what takes too long, or too much, is given up with a line; and what could not be checked is told in
every format.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from archspec import cli
from archspec.commands import bounds
from archspec.commands.common import Unusable

ALEXNET = str(Path(__file__).resolve().parents[2] / "specs" / "alexnet.yaml")


def spin() -> None:
    """Never ends, and takes every Exception for its own."""
    while True:
        with suppress(Exception):
            sum(range(1000))


def bounded(work: Callable[[], object], seconds: float = bounds.SECONDS) -> object:
    with bounds.bounded("checking it", seconds):
        return work()


def test_time() -> None:
    with pytest.raises(Unusable, match=r"^checking it took more than 0.05 s of processor time, and was given up$"):
        bounded(spin, 0.05)
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound the address space")
def test_memory() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(Unusable, match="more than 2 GiB of memory"):
        bounded(lambda: bytearray(1 << 40))
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_what_is_within_passes() -> None:
    assert bounded(lambda: len(bytearray(1 << 20))) == 1 << 20


def test_json_has_an_object_for_what_could_not_be_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "nowhere.yaml", ALEXNET, "--format", "json"]) == 2
    said = capsys.readouterr()
    first, second = map(json.loads, said.out.splitlines())
    assert (first["ok"], first["spec"]["path"], first["totals"]["params"]) == (False, "nowhere.yaml", None)
    assert first["error"] == "nowhere.yaml cannot be read: no such file or directory"
    assert (second["ok"], second["error"]) == (True, None)
    assert said.err == "archspec: nowhere.yaml cannot be read: no such file or directory\n"


def test_an_unknown_value_is_an_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", ALEXNET, "--set", "clases=3", "--format", "json"]) == 2
    assert "clases" in json.loads(capsys.readouterr().out)["error"]


def test_sarif_and_github_tell_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "nowhere.yaml", "--format", "sarif"]) == 2
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert "no such file" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert cli.main(["check", "nowhere.yaml", "--format", "github"]) == 2
    assert (
        capsys.readouterr().out == "::error file=nowhere.yaml::nowhere.yaml cannot be read: no such file or directory\n"
    )
