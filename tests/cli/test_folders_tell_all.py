"""A folder's check leaves out no spec for a mistake at its top: such a file is checked, and the mistake told."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.commands.folders import is_spec

NET = "name: Net\ninput: [3]\nlayers: {a: ReLU}\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfarchspec: 1\n" + NET.encode(),
        b"  archspec: 1\n" + NET.encode(),
        b"# mine\n\n---\narchspec 1\n" + NET.encode(),
        b"Archspec: 1\n" + NET.encode(),
        NET.encode(),
        f"archspec: 1\n{NET}".encode("utf-16"),
        b"\xef\xbb\xbf{archspec: 1, name: Net}",
        b'{"name": "Net", "archspec": 1}',
        b"name: Net\narchspec: 1\n",
    ],
)
def test_specs(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_bytes(data)
    assert is_spec(str(tmp_path / "net.yaml"))


@pytest.mark.parametrize(
    "data",
    [
        b"tools:\n  archspec: 1\n",
        b"layers: [a, b]\n",
        b"input: data.csv\n",
        b"# archspec: 1\nname: x\n",
        b"archspec is a word\n",
        b'{"config": {"archspec": 1}}',
        b"",
    ],
)
def test_other_files(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_bytes(data)
    assert not is_spec(str(tmp_path / "other.yaml"))
