"""`explain SPEC LAYER --unit`: what is printed of windows that repeat, of parts, of tokens, of masks, and of what is not followed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import SPECS, spec

from archspec.cli import main


@pytest.fixture
def lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """The lines of a unit's page, of a spec's layers or of a file, without blanks."""

    def printed(text: str | Path, layer: str, unit: str, input: str = "[2, 20]") -> list[str]:
        path = text if isinstance(text, Path) else tmp_path / "net.yaml"
        if isinstance(text, str):
            path.write_text(text if text.startswith("archspec") else spec(text, input))
        assert main(["explain", str(path), layer, "--unit", unit]) == 0
        return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    return printed


def test_centre_and_share_of_a_window(lines) -> None:  # type: ignore[no-untyped-def]
    found = lines(SPECS / "alexnet.yaml", "pool3", "3,5")
    assert "rows centre offset + position·stride = 33 + 3·32 = 129" in found
    assert "in the image 67.2 %; of 195 × 195 positions; the rest is padding" in found, "195 · 131 / 195²"
    found = lines("  a: {type: Conv1d, out_channels: 2, kernel_size: 4, padding: 1}\n", "a", "0")
    assert "positions centre offset + position·stride = 0.5 + 0·1 = 0.5" in found
    assert "in the image 75.0 %; of 4 positions; the rest is padding" in found


@pytest.mark.parametrize(("layer", "unit", "said"), [
    ("{type: Upsample, scale_factor: 2}", "7", ["positions from 3; place 1 of 2, after which the windows repeat", "positions 3 to 3; 1 of 20"]),
    ("{type: Upsample, scale_factor: 3, mode: linear}", "7", ["positions from 2; place 1 of 3, after which the windows repeat", "positions 2 to 2; 1 of 20"]),
    ("{type: Upsample, scale_factor: 3, mode: linear}", "8", ["positions to 3", "positions 2 to 3; 2 of 20"]),
    ("{type: ConvTranspose1d, out_channels: 2, kernel_size: 1, stride: 2}", "5", ["positions none; place 1 of 2, after which the windows repeat",
                                                                                "it sees nothing of the network's inputs"]),
    ("{type: Conv1d, out_channels: 2, kernel_size: 3, dilation: 2}", "4", ["positions from position·stride − padding = 4·1 − 0 = 4", "positions 4, 6, 8; 3 of 20"]),
    ("{type: Conv1d, out_channels: 2, kernel_size: 5, dilation: 2}", "4", ["positions 4 to 12 in steps of 2; 5 of 20"]),
    ("{type: Roll, shifts: 3, dims: 2}", "1", ["positions 18 to 18; 1 of 20"]),
    ("{type: Flip, dims: 2}", "1", ["positions 18 to 18; 1 of 20"]),
    ("{type: Cumsum, dim: 2}", "3", ["positions 0 to 3; 4 of 20"]),
    ("{type: Conv1d, out_channels: 2, kernel_size: 3, padding: 1, padding_mode: circular}", "0", ["positions 0 to 1, 19; 3 of 20"]),
    ("{type: Conv1d, out_channels: 2, kernel_size: 3, groups: 2}", "1,4", ["channels 1 to 1; 1 of 2", "positions 4 to 6; 3 of 20"]),
    ("{type: Conv1d, out_channels: 2, kernel_size: 3}", ":,4", ["positions 4 to 6; 3 of 20"]),
])  # fmt: skip
def test_one_layer(lines, layer: str, unit: str, said: list[str]) -> None:  # type: ignore[no-untyped-def]
    """By hand."""
    found = lines(f"  a: {layer}\n", "a", unit)
    assert [line for line in said if line not in found] == [], found


def test_tokens_of_a_grid(lines) -> None:  # type: ignore[no-untyped-def]
    """By hand: token 17 of 4 × 8 windows of 2 × 2 pixels stands in row 2, column 1."""
    grid = ("  p: {type: Conv2d, out_channels: 4, kernel_size: 2, stride: 2}\n  f: {type: Flatten, start_dim: 2}\n"
            "  t: {type: Transpose, dim0: 1, dim1: 2}\n")  # fmt: skip
    found = lines(grid, "t", "17,:", "[3, 8, 16]")
    assert found[-2:] == ["rows 4 to 5; 2 of 8", "columns 2 to 3; 2 of 16"]
    causal = grid + "  a: {type: ScaledDotProductAttention, is_causal: true, from: [t, t, t]}\n"
    found = lines(causal, "a", "9,:", "[3, 8, 16]")
    assert found[-4:-2] == ["rows 0 to 3; 4 of 8", "columns 0 to 15; 16 of 16"]
    assert found[-1] == "of input not all combinations of these are seen, but those of 2 parts together"


def test_windows_of_swin(lines) -> None:  # type: ignore[no-untyped-def]
    """By hand: patches of 4 × 4, windows of 7 × 7 of them; the first block does not shift."""
    found = lines(SPECS / "zoo" / "swin.yaml", "features.1.0.attn.image", "8,13,:")
    assert found[-2:] == ["rows 28 to 55; 28 of 224", "columns 28 to 55; 28 of 224"]


@pytest.mark.parametrize(("mask", "said"), [
    ("[[true, false, false], [true, true, false], [false, true, true]]", "positions 1 to 2; 2 of 3"),
    ("[[[0, -inf, -inf], [0, 0, -inf], [-1e9, 0, 2.5]]]", "positions 1 to 2; 2 of 3"),
])  # fmt: skip
def test_a_mask_whose_values_are_known(lines, mask: str, said: str) -> None:  # type: ignore[no-untyped-def]
    text = ("  t: {type: Transpose, dim0: 1, dim1: 2}\n" f"  m: {{type: Constant, value: {mask}}}\n"
            "  a: {type: ScaledDotProductAttention, from: [t, t, t, m]}\n  b: {type: Transpose, dim0: 1, dim1: 2}\n")  # fmt: skip
    assert lines(text, "b", "2", "[2, 3]")[-1] == said


def test_what_a_mask_from_outside_may_hide(lines) -> None:  # type: ignore[no-untyped-def]
    text = ("archspec: 1\nname: A\ninputs: {x: [3, 2], m: {shape: [3, 3], dtype: bool}}\nlayers:\n"
            "  a: {type: ScaledDotProductAttention, from: [x, x, x, m]}\n  b: {type: Transpose, dim0: 1, dim1: 2}\n")  # fmt: skip
    found = lines(text, "b", "2")
    assert "it may see less: at b a mask says which positions count" in found


def test_rows_that_have_become_columns(lines) -> None:  # type: ignore[no-untyped-def]
    text = "  a: {type: Conv2d, out_channels: 2, kernel_size: [3, 1]}\n  b: {type: Transpose, dim0: 2, dim1: 3}\n"
    found = lines(text, "b", "5,1", "[2, 9, 9]")
    assert "rows from position·stride − padding = 1·1 − 0 = 1" in found
    assert found[-2:] == ["rows 1 to 3; 3 of 9", "columns 5 to 5; 1 of 9"]


def test_what_is_not_followed_says_so(lines) -> None:  # type: ignore[no-untyped-def]
    text = "  u: {type: Unfold, kernel_size: 60}\n  f: {type: Fold, output_size: [200, 200], kernel_size: 60}\n"
    found = lines(text, "f", "100,100", "[3, 200, 200]")
    assert found[-1] == "what it sees is not followed: at f it falls into more parts than are followed"


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(spec("  a: {type: Conv1d, out_channels: 2, kernel_size: 3, dilation: 2, padding: 2}\n", "[2, 20]"))
    assert main(["explain", str(path), "a", "--unit", "0", "--format", "json"]) == 0
    window, seen = json.loads(capsys.readouterr().out)["parts"]
    assert {line["name"]: line["value"] for line in window["lines"]} == {
        "positions from": -2, "positions to": 2, "positions centre": 0, "in the image": 0.6,
    }  # fmt: skip
    assert seen["lines"][0]["value"] == [[0, 0], [2, 2]]
    assert main(["explain", str(path), "a", "--format", "json"]) == 0
    lines = next(part for part in json.loads(capsys.readouterr().out)["parts"] if part["title"] == "receptive field")[
        "lines"
    ]
    assert {line["name"]: line["value"] for line in lines} == {
        "field": 5,
        "stride": 1,
        "padding": 2,
        "offset": 0,
        "centre": None,
    }
    assert lines[0]["note"] == "some positions in it are not seen"
