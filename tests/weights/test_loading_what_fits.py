"""Tensors of another shape: PyTorch raises, and the lines that are printed load the others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from support import checked, spec

import archspec
from archspec.cli import main

BEFORE = spec(
    "  conv: {type: Conv2d, out_channels: 4, kernel_size: 3}\n  norm: BatchNorm2d\n  flatten: Flatten\n"
    "  fc: {type: Linear, out_features: 10}\n"
)
AFTER = BEFORE.replace("10", "7")
FITS = 7


def run(said: str) -> tuple[torch.nn.Module, list[str]]:
    """The three lines, on a new module: it, and the keys that were loaded."""
    lines = [line.strip() for line in re.findall(r"^ *(?:own,|fits =|model\.).*$", said, re.MULTILINE)]
    assert len(lines) == 3
    names: dict[str, Any] = {"model": archspec.build(checked(AFTER)), "torch": torch, "load_file": load_file}
    exec("\n".join(lines), names)
    return names["model"], list(names["fits"])


@pytest.mark.parametrize(("name", "options"), [
    ("w.pt", []), ("w.ckpt", []), ("w.safetensors", []), ('a "b.pt', []), ("p.pt", ["--strip", "module."]),
    ("p.safetensors", ["--strip", "module."]),
])  # fmt: skip
def test_the_lines_of_weights(
    name: str, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(AFTER)
    state = dict(archspec.build(checked(BEFORE)).state_dict())
    saved = {f"module.{key}": value for key, value in state.items()} if options else state
    if name.endswith("safetensors"):
        save_file(saved, name)
    else:
        torch.save({"state_dict": saved, "epoch": 3} if name.endswith("ckpt") else saved, name)
    with pytest.raises(RuntimeError, match=r"size mismatch for fc\.weight"):
        archspec.build(checked(AFTER)).load_state_dict(state, strict=False)
    assert main(["weights", "net.yaml", name, *options]) == 1
    said = capsys.readouterr().out
    assert f"{FITS} of 9 tensors load; 2 of another shape" in said
    model, loaded = run(said)
    assert len(loaded) == FITS
    assert all(torch.equal(model.state_dict()[key], state[key]) for key in loaded)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_lines_of_diff(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(BEFORE)
    Path("b.yaml").write_text(AFTER)
    torch.save(archspec.build(checked(BEFORE)).state_dict(), "weights.pt")
    assert main(["diff", "a.yaml", "b.yaml", "--format", form]) == 1
    said = capsys.readouterr().out
    assert f"{FITS} of 9 tensors load; 2 of another shape" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 81 or form == "markdown"
    assert len(run(said)[1]) == FITS
