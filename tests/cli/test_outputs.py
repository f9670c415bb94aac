"""What commands that write refuse to replace, whatever forces them: all that is no regular file."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from archspec.cli import main
from archspec.output import OutputError, write


def refused(path: Path) -> str:
    said = set()
    for force in (False, True):
        with pytest.raises(OutputError) as raised:
            write(path, b"x", force)
        said.add(str(raised.value).removeprefix(f"{path} "))
    (one,) = said
    assert "--force" not in one
    return one


def test_a_pipe_and_links_to_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    assert refused(tmp_path / "pipe") == refused(tmp_path / "link") == "is not a regular file"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert (tmp_path / "link").is_symlink()


def test_a_device(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to("/dev/null")
    assert refused(tmp_path / "null") == refused(Path("/dev/null")) == "is not a regular file"
    try:
        os.mknod(tmp_path / "device", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices cannot be made here")
    assert refused(tmp_path / "device") == "is not a regular file"
    assert stat.S_ISCHR((tmp_path / "device").stat().st_mode)


def test_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert refused(Path("socket")) == "is not a regular file"


def test_directories_and_links_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "lost").symlink_to("nowhere")
    (tmp_path / "self").symlink_to("self")
    assert refused(tmp_path / "folder") == refused(tmp_path / "link") == "is a directory"
    assert refused(tmp_path / "lost") == "is a link to nothing"
    assert refused(tmp_path / "self").startswith("cannot be written")


def test_a_link_to_a_file_stays_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to("file")
    with pytest.raises(OutputError, match="exists, and does not say that archspec generated it"):
        write(tmp_path / "link", b"x", force=False)
    write(tmp_path / "link", b"x", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


@pytest.mark.parametrize("name", ["w.st", "w.pt", "w"])
def test_weights_are_not_written_to_a_name_that_nothing_reads(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["import", "onnx", str(tmp_path / "none.onnx"), "-o", str(tmp_path / "n.yaml"), "--weights"]
    assert main([*arguments, str(tmp_path / name)]) == 2
    assert (
        f"weights are written as a .safetensors file: --weights {tmp_path / 'w.safetensors'}" in capsys.readouterr().err
    )
    assert not any(tmp_path.iterdir())
    assert main([*arguments, str(tmp_path / "W.SAFETENSORS")]) == 2
    assert "cannot be read" in capsys.readouterr().err
