"""What reading a stranger's file of weights may cost: refused in one line, before it is allocated."""

from __future__ import annotations

import io
import pickle
import resource
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from checkpoints import put, safetensors

from archspec import cli
from archspec.commands import weights

SPEC = "archspec: 1\nname: Net\ninput: [3]\nlayers: {fc: {type: Linear, out_features: 3}}\n"
CALL = b"\x80\x02%sJ" + struct.pack("<i", 2**31 - 1) + b"\x85R."


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in (("data.pkl", data), ("version", b"3\n"), ("byteorder", b"little")):
            archive.writestr(f"archive/{name}", content)
    return out.getvalue()


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    return str(path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound the address space")
@pytest.mark.parametrize("data", [
    zipped(CALL % b"cbuiltins\nbytearray\n"),
    CALL % b"cbuiltins\nbytearray\n",
    zipped(CALL % b"c__builtin__\nbytearray\n"),
    zipped(b"\x80\x02}X\x01\x00\x00\x00w" + (CALL % b"cbuiltins\nbytearray\n")[2:-1] + b"s."),
], ids=["zip", "bare", "python 2", "under a name"])  # fmt: skip
def test_two_gigabytes_in_few_bytes_are_refused(
    data: bytes, spec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert cli.main(["weights", spec, put(tmp_path, data, "w.pt")]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.count("\n") == 1
    assert "took more than 0.5 GiB of memory" in said.err
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**19  # in KiB; PyTorch's own is in it


def test_a_header_that_takes_too_long_is_refused(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                 capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    from archspec.commands import bounds
    from archspec.weights import checkpoint

    def endless(path: str) -> None:
        while True:
            pass

    monkeypatch.setattr(bounds, "SECONDS", 0.05)
    monkeypatch.setattr(checkpoint, "entries", endless)
    path = put(tmp_path, safetensors({}))
    with pytest.raises(weights.Unusable, match=r"more than 0\.05 s of processor time"):
        weights.matched(_facts(spec), path, "")


def _facts(spec: str) -> Any:
    from archspec.api import load

    return load(spec).facts


def test_files_may_be_larger_than_the_bound(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch maps the file into memory, without reading the numbers."""
    torch = pytest.importorskip("torch")
    path = tmp_path / "w.pt"
    torch.save({"fc.weight": torch.zeros(3, 3), "fc.bias": torch.zeros(3), "more": torch.zeros(2**25)}, path)
    monkeypatch.setattr(weights, "GIBIBYTES", 0.1)
    found = weights.matched(_facts(spec), str(path), "")
    assert [row.status for row in found.rows] == ["loads", "loads", "unexpected"]


def test_pickles_whose_numbers_are_odd_end_in_a_line(
    spec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in (2**31, -1, 10**30, [[]], "\x1b[2J", {"a": {"b": 1}}):
        assert cli.main(["weights", spec, put(tmp_path, zipped(pickle.dumps(value, 2)), "w.pt")]) == 2
        assert capsys.readouterr().err.count("\n") == 1
