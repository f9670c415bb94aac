"""`explain --with input=224`: other sizes of an input, however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.cli import main

LAYERS = "layers:\n  c: {type: Conv2d, out_channels: 4, kernel_size: 3}\n"
WAYS = {
    "short": ("input", "input: [3, 32, 32]\n"),
    "mapping": ("input", "input: {shape: [3, 32, 32]}\n"),
    "named": ("image", "inputs: {image: {shape: [3, 32, 32], dtype: float32}}\n"),
    "short and named": ("image", "inputs: {image: [3, 32, 32]}\n"),
    "lines": ("image", "inputs:\n  image:\n    - 3\n    - 32\n    - 32\n"),
    "an argument": ("input", 'args: {side: 32}\ninput: [3, "${side}", "${side}"]\n'),
    "symbols": ("input", "input: [3, H, H]\n"),
}


def explained(folder: Path, capsys: pytest.CaptureFixture[str], inputs: str, *changes: str) -> str:
    path = folder / "a.yaml"
    path.write_text(f"archspec: 1\nname: A\n{inputs}{LAYERS}", "utf-8")
    main(["explain", str(path), *[word for change in changes for word in ("--with", change)]])
    found = capsys.readouterr()
    return found.out + found.err


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("change", "after"),
    [
        ("{}=224", "4 × 222 × 222"),
        ("{}.shape=[3,224,224]", "4 × 222 × 222"),
        ("{}=[64,48]", "4 × 62 × 46"),
        ("{}=[1,64,48]", "4 × 62 × 46"),
    ],
)
def test_another_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str, change: str, after: str) -> None:
    name, inputs = WAYS[way]
    assert f"→ {after}" in explained(tmp_path, capsys, inputs, change.format(name))


@pytest.mark.parametrize("axis", ["H", "h", "height"])
def test_one_axis(tmp_path: Path, capsys: pytest.CaptureFixture[str], axis: str) -> None:
    out = explained(tmp_path, capsys, "input: [3, 32, 32]\n", f"input.{axis}=64")
    assert f"with input.{axis} 32 → 64" in out
    assert "4 × 30 × 30 → 4 × 62 × 30" in out


def test_with_a_change_of_a_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "→ 4 × 111 × 111" in explained(tmp_path, capsys, "input: [3, 32, 32]\n", "input=224", "c.stride=2")


def test_a_symbolic_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = explained(tmp_path, capsys, "input: [3, H, W]\n", "H=64")
    assert "with H any size → 64" in out
    assert "4 × 62 × (W - 2)" in out or "4 × 62 × W - 2" in out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("input.X=3", "input has no X; it has C, H, W and shape"),
        ("input=[1]", "input takes 3 sizes (C, H, W), or a number for its sides"),
        ("input.H=[1, 2]", "input.H takes a whole number"),
        ("input=big", "input takes 3 sizes"),
    ],
)
def test_what_is_no_size(tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, said: str) -> None:
    assert said in explained(tmp_path, capsys, "input: [3, 32, 32]\n", change)


def test_a_vector_and_an_argument_of_the_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "b.yaml"
    path.write_text("archspec: 1\nname: A\ninput: [8]\nlayers: {a: {type: Linear, out_features: 2}}\n", "utf-8")
    assert main(["explain", str(path), "--with", "input=16"]) == 0
    assert "18 → 34" in capsys.readouterr().out
