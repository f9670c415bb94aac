"""`archspec weights` as it is run: exit codes, what is printed, what is never imported, and files that strangers send."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import entry, put, raw, safetensors
from safetensors.torch import save_file
from support import SPECS, checked, spec

import archspec
from archspec.cli import main

NET = spec("  flatten: Flatten\n  fc: {type: Linear, out_features: 10}\n")


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    return str(path)


def tensors() -> dict[str, Any]:
    return dict(archspec.build(checked(NET)).state_dict())


def test_it_loads(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "w.safetensors")
    save_file(tensors(), path)
    assert main(["weights", net, path]) == 0
    assert capsys.readouterr().out == f"{path} into Example: all 2 tensors load\n"
    assert main(["weights", net, path, "--all"]) == 0
    assert "fc.weight  loads   10 × 3072    10 × 3072    " in capsys.readouterr().out


@pytest.mark.usefixtures("net")
def test_it_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    save_file({"fc1.weight": torch.zeros(10, 3072), "fc.bias": torch.zeros(11)}, "w.safetensors")
    assert main(["weights", "net.yaml", "w.safetensors"]) == 1
    assert (
        capsys.readouterr().out
        == """\
key         status      in the spec  in the file  layer
────────────────────────────────────────────────────────────
fc.weight   missing     10 × 3072                 net.yaml:6
fc.bias     shape       10           11           net.yaml:6
fc1.weight  unexpected               10 × 3072
────────────────────────────────────────────────────────────
help: fc1.weight: did you mean fc.weight?
w.safetensors into Example: 0 of 2 tensors load; 1 missing in the file, 1 unexpected, 1 of another shape
"""
    )


def test_the_report(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "w.pth")
    torch.save({"state_dict": {"fc.weight": torch.zeros(10, 3072)}, "epoch": 1}, path)
    assert main(["weights", net, path, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "archspec.weights/1"
    assert report["file"] == {"path": path, "within": ["state_dict"], "others": [], "stripped": ""}
    assert (report["ok"], report["counts"]["loads"], report["counts"]["missing"]) == (False, 1, 1)
    assert report["tensors"][1] == {
        "key": "fc.bias", "status": "missing", "spec": {"shape": [10], "dtype": "float32"}, "file": None, "layer": "fc",
        "path": net, "line": 6, "note": None, "meant": None, "axes": None,
    }  # fmt: skip


def test_the_report_has_the_axes_of_transposed_tensors(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "w.pth")
    torch.save({"fc.kernel": torch.zeros(3072, 10), "fc.bias": torch.zeros(10)}, path)
    assert main(["weights", net, path, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["tensors"][-1]
    assert (found["key"], found["meant"], found["axes"]) == ("fc.kernel", "fc.weight", [1, 0])
    assert torch.zeros(found["file"]["shape"]).permute(found["axes"]).shape == (10, 3072)


def test_at_most_twenty_rows_unless_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path, safetensors({f"other{i}": entry(shape=[0], offsets=[0, 0]) for i in range(30)}))
    command = ["weights", str(SPECS / "alexnet.yaml"), path]
    assert main(command) == 1
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 20 + 3 + 2
    assert "… and 26 more; --all shows them" in printed
    assert main([*command, "--all"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 16 + 30 + 4


def test_safetensors_need_no_torch(net: str, tmp_path: Path) -> None:
    path = str(tmp_path / "w.safetensors")
    save_file(tensors(), path)
    code = (
        "import sys; from archspec.cli import main; main(['weights', *sys.argv[1:]]); "
        "print(sorted({'torch', 'networkx', 'numpy', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, net, path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# Hostile files -----------------------------------------------------------------------------------------------------


class Code:
    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/archspec_was_here",)


def _saved(value: object, **options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def _zip(compression: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    return file.getvalue()


HOSTILE = {
    "empty.safetensors": (b"", "is no safetensors file: it has 0 bytes"),
    "claims.safetensors": (raw(b"{}", length=2**63), "is no safetensors file: its header claims"),
    "bomb.safetensors": (raw(b'{"a":' + b"[" * 5_000_000), "is no safetensors file: its header is nested too deeply"),
    "control.safetensors": (raw(b'{"\\u001b[2J": 1}'), "its entry \\x1b[2J is no object"),
    "empty.pt": (b"", "is empty"),
    "text.pt": (b"hello\n" * 20, "is no file that torch.save wrote"),
    "cut.pt": (_saved({"a": torch.ones(100)})[:300], "is a damaged archive"),
    "code.pt": (_saved({"a": Code()}), "holds more than tensors (posix.system), and no code in a file is run"),
    "old_code.pt": (_saved({"a": Code()}, _use_new_zipfile_serialization=False), "no code in a file is run"),
    "pickle.pt": (pickle.dumps({"a": Code()}), "archspec"),
    "module.bin": (_saved(torch.nn.Linear(2, 2)), "holds more than tensors (torch.nn.modules.linear.Linear)"),
    "compressed.pt": (_zip(zipfile.ZIP_DEFLATED), "is compressed, which torch.save never does"),
    "zip.pt": (_zip(zipfile.ZIP_STORED), "cannot be read by PyTorch"),
    "list.pt": (_saved([torch.ones(1)]), "holds no tensors by name: a list"),
    "tensor.pt": (_saved(torch.ones(1)), "holds no tensors by name: a Tensor"),
    "numbers.pt": (_saved({1: torch.ones(1)}), "holds no tensors by name: a dict"),
    "nothing.pt": (_saved({"epoch": 3}), "holds no tensors by name, only epoch"),
    "weights.h5": (b"x", "has none of the endings of files of weights (.safetensors, .pt, .pth, .bin, .ckpt)"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_one_line(name: str, net: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data, said = HOSTILE[name]
    assert main(["weights", net, put(tmp_path, data, name)]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1), err
    assert said in err
    assert "\x1b" not in err
    assert not os.path.exists("/tmp/archspec_was_here")


@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_what_is_no_file(ending: str, net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / f"pipe{ending}")
    (tmp_path / f"folder{ending}").mkdir()
    for name, said in (("pipe", "not a regular file"), ("folder", "a directory"), ("nowhere", "no such file")):
        assert main(["weights", net, str(tmp_path / f"{name}{ending}")]) == 2
        assert said in capsys.readouterr().err


def test_a_list_that_doubles_is_not_followed(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value: Any = [torch.ones(1)]
    for _ in range(60):
        value = [value, value]
    assert main(["weights", net, put(tmp_path, _saved({"a": value}), "w.pt")]) == 2
    assert "only a" in capsys.readouterr().err


def test_a_hundred_thousand_keys_end_in_time(tmp_path: Path) -> None:
    """As many as a header holds, none of which the network has, beside a network of many layers."""
    path = tmp_path / "deep.yaml"
    path.write_text(spec("  dense: {type: Linear, out_features: 8, repeat: 3000}\n", input="[8]"))
    keys = {f"layer{i}.{'long' * 8}.weight": entry(shape=[8, 0], offsets=[0, 0]) for i in range(100_000)}
    keys |= {f"dense{i}.w": entry(shape=[8], offsets=[32 * i, 32 * i + 32]) for i in range(5_000)}
    file = put(tmp_path, safetensors(keys, bytes(32 * 5_000)))
    command = f"ulimit -t 20 -v 1048576; {sys.executable} -m archspec weights {path} {file}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "0 of 6000 tensors load" in done.stdout


def test_shapes_alone_take_no_memory(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of 2 GiB (sparse on the disk) within 1 GB: its numbers are never read."""
    path = tmp_path / "big.safetensors"
    start = safetensors({"fc.weight": entry(shape=[2**29], offsets=[0, 2**31])})
    with open(path, "wb") as file:
        file.write(start)
        file.truncate(len(start) + 2**31)
    command = f"ulimit -v 1000000; {sys.executable} -m archspec weights {net} {path}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "1 of another shape" in done.stdout


def test_what_tells_most_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = "".join(f"      c{number}: {{type: Linear, out_features: 3072}}\n" for number in range(15))
    net = spec(f"  flatten: Flatten\n  NAME:\n    layers:\n{layers}  fc: {{type: Linear, out_features: 10}}\n")
    stored = {key: torch.zeros(1).expand(one.shape) for key, one in _meta(net.replace("NAME", "trunk")).items()}
    stored |= {"fc.weight": torch.zeros(11, 3072), "other": torch.zeros(7)}
    torch.save(stored, tmp_path / "w.pt")
    (tmp_path / "net.yaml").write_text(net.replace("NAME", "encoder"))
    assert main(["weights", str(tmp_path / "net.yaml"), str(tmp_path / "w.pt")]) == 1
    rows = capsys.readouterr().out.splitlines()[2:22]
    assert [row.split()[:2] for row in rows[:3]] == [
        ["fc.weight", "shape"],
        ["encoder.c0.weight", "missing"],
        ["trunk.c0.weight", "unexpected"],
    ]
    assert all(row.split()[1] == ("unexpected" if number % 2 else "missing") for number, row in enumerate(rows[1:]))


def _meta(text: str) -> dict[str, Any]:
    return dict(archspec.build(checked(text), device="meta").state_dict())
