"""A diagram that is saved from Python is written as the command writes it: whole, and over nobody's work."""

import os
import threading
from pathlib import Path

import pytest
from support import SPECS

from archspec.api import Diagram, load, render
from archspec.output import OutputError


@pytest.fixture
def diagram() -> Diagram:
    return render(load(SPECS / "mnist_cnn.yaml"))


def test_it_is_written_and_written_again(diagram: Diagram, tmp_path: Path) -> None:
    path = tmp_path / "net.dot"
    diagram.save(path)
    first = path.read_bytes()
    diagram.save(os.fspath(path))
    assert path.read_bytes() == first
    assert first.startswith((b"//", b"digraph", b"#"))


def test_somebody_elses_file_stays(diagram: Diagram, tmp_path: Path) -> None:
    path = tmp_path / "net.dot"
    path.write_text("mine")
    with pytest.raises(OutputError, match="does not say that archspec generated it"):
        diagram.save(path)
    assert path.read_text() == "mine"
    diagram.save(path, force=True)
    assert b"digraph" in path.read_bytes()


def test_what_is_no_file_stays(diagram: Diagram, tmp_path: Path) -> None:
    (tmp_path / "folder.dot").mkdir()
    os.mkfifo(tmp_path / "pipe.dot")
    (tmp_path / "link.dot").symlink_to(tmp_path / "nothing.dot")
    (tmp_path / "null.dot").symlink_to("/dev/null")
    for name in ("folder.dot", "pipe.dot", "link.dot", "null.dot"):
        with pytest.raises(OutputError):
            diagram.save(tmp_path / name, force=True)
    assert sorted(os.listdir(tmp_path)) == ["folder.dot", "link.dot", "null.dot", "pipe.dot"]


def test_it_is_written_from_any_thread(diagram: Diagram, tmp_path: Path) -> None:
    thread = threading.Thread(target=diagram.save, args=(tmp_path / "net.dot",))
    thread.start()
    thread.join()
    assert (tmp_path / "net.dot").exists()
