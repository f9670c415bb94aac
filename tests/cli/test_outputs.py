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


NET = """archspec: 1
name: N
input: [3, 8, 8]
layers:
  conv: {type: Conv2d, out_channels: 4, kernel_size: 3}
"""
WORKS = {
    "compile": (["compile", "SPEC", "-o"], ".py", "archspec.backends.torch.generate"),
    "export": (["export", "onnx", "SPEC", "-o"], ".onnx", "archspec.commands.export._export"),
    "export by name": (["export", "onnx", "SPEC"], "N.onnx", "archspec.commands.export._export"),
    "render": (["render", "SPEC", "-o"], ".svg", "archspec.backends.diagram.to_dot"),
    "render by name": (["render", "SPEC"], "N.svg", "archspec.backends.diagram.to_dot"),
    "import onnx": (["import", "onnx", "SPEC", "-o"], ".yaml", "archspec.importers.onnx.import_onnx"),
    "weights of onnx": (["import", "onnx", "SPEC", "--weights"], ".safetensors", "archspec.importers.onnx.import_onnx"),
    "import keras": (["import", "keras", "SPEC", "-o"], ".yaml", "archspec.importers.keras.import_keras"),
    "import torch": (["import", "torch", "m:Net", "--input", "3", "-o"], ".yaml", "archspec.verification.reference.reference"),
}  # fmt: skip
"""Commands that write a file, by what takes long in them."""


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (what, why)
        for what in WORKS
        for why in ("no folder", "folder", "theirs", "locked")
        if (why, what[-7:]) != ("no folder", "by name")  # the current folder is there
    ],
)
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    what: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, name, work = WORKS[what]
    is_named = not name.startswith(".")
    spec = tmp_path / "n.yaml"
    spec.write_text(NET)
    monkeypatch.chdir(tmp_path)
    place = Path(name) if is_named else Path("none" if why == "no folder" else ".", f"out{name}")
    if why == "folder":
        place.mkdir()
    elif why == "theirs":
        place.write_text("mine")
    elif why == "locked":  # root, who runs these tests here and there, may write anywhere
        monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    monkeypatch.setattr(work, lambda *_, **__: pytest.fail("the work was begun"))
    given = [argument.replace("SPEC", str(spec)) for argument in arguments]
    assert main([*given, *([] if is_named else [str(place)])]) == 2
    said = {
        "no folder": f"{place} cannot be written: there is no folder none",
        "folder": f"{place} is a directory",
        "theirs": f"{place} exists, and does not say that archspec generated it; --force replaces it",
        "locked": f"{place} cannot be written: nothing can be written to the folder .",
    }
    assert capsys.readouterr().err == f"archspec: {said[why]}\n"


def test_a_first_spec_and_its_schema_are_both_written_or_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["new", "--like", "mlp", "--schema", "-o", str(tmp_path / "n.yaml")]
    (tmp_path / "archspec.schema.json").write_text("mine")
    assert main(given) == 2
    assert "archspec.schema.json exists" in capsys.readouterr().err
    assert not (tmp_path / "n.yaml").exists()
    (tmp_path / "archspec.schema.json").unlink()
    assert main(given) == main(given) == 0  # what is there already is no other's work
