"""What is written in another way and is the same is no change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from support import spec

from archspec.api import build, load
from archspec.cli import main

IMAGE, TOKENS = "[4, 16, 16]", "[16, 48]"
ALIKE = [
    ("MaxPool2d", "kernel_size: 2", "kernel_size: [2, 2], stride: 2", IMAGE),
    ("MaxPool2d", "kernel_size: [2, 4]", "kernel_size: [2, 4], stride: [2, 4]", IMAGE),
    ("MaxPool2d", "kernel_size: 2, stride: null", "kernel_size: 2, stride: [2, 2], padding: [0, 0], ceil_mode: false", IMAGE),
    ("AvgPool1d", "kernel_size: 4", "kernel_size: [4], stride: [4]", TOKENS),
    ("LPPool2d", "norm_type: 2, kernel_size: 2", "norm_type: 2, kernel_size: 2, stride: 2", IMAGE),
    ("Conv2d", "out_channels: 2, kernel_size: 3, padding: same", "out_channels: 2, kernel_size: 3, padding: 1", IMAGE),
    ("Conv2d", "out_channels: 2, kernel_size: [1, 5], padding: same", "out_channels: 2, kernel_size: [1, 5], padding: [0, 2]", IMAGE),
    ("Conv2d", "out_channels: 2, kernel_size: 3, padding: valid", "out_channels: 2, kernel_size: 3, stride: 1", IMAGE),
    ("Conv2d", "out_channels: 2, kernel_size: 3, dilation: 2, padding: same",
     "out_channels: 2, kernel_size: 3, dilation: 2, padding: 2", IMAGE),
    ("LayerNorm", "normalized_shape: [48]", "normalized_shape: 48", TOKENS),
    ("LayerNorm", "normalized_shape: [48]", "eps: 1.0e-5", TOKENS),
    ("Softmax", "dim: -1", "dim: 3", IMAGE),
    ("Softmax", "dim: -3", "{}", IMAGE),
    ("Flatten", "{}", "start_dim: 1, end_dim: 3", IMAGE),
    ("Mean", "dim: -1", "dim: [3]", IMAGE),
    ("Unsqueeze", "dim: -1", "dim: 3", TOKENS),
    ("Slice", "dim: -1, stop: 8", "dim: 2, start: 0, stop: 8", TOKENS),
    ("Slice", "dim: 2, start: 40", "dim: 2, start: -8, stop: 48", TOKENS),
    ("Roll", "shifts: 3, dims: -1", "shifts: [3], dims: [2]", TOKENS),
    ("Upsample", "scale_factor: 2, mode: bilinear", "scale_factor: [2, 2], mode: bilinear, align_corners: false", IMAGE),
]  # fmt: skip
DIFFERENT = [
    ("MaxPool2d", "kernel_size: 2", "kernel_size: 2, stride: 1", "changed   x: stride null → 1", IMAGE),
    ("MaxPool2d", "kernel_size: 2", "kernel_size: 4", "changed   x: kernel_size 2 → 4", IMAGE),
    ("Conv2d", "out_channels: 2, kernel_size: 4, padding: same", "out_channels: 2, kernel_size: 4, padding: 2",
     "changed   x: padding same → 2", IMAGE),
    ("Conv2d", "out_channels: 2, kernel_size: 3, padding: same", "out_channels: 2, kernel_size: 5, padding: same",
     "changed   x: kernel_size 3 → 5", IMAGE),
    ("LayerNorm", "normalized_shape: [16, 16]", "normalized_shape: 16", "changed   x: normalized_shape 16 → 16", IMAGE),
    ("Unsqueeze", "dim: -1", "dim: 2", "changed   x: dim -1 → 2", TOKENS),
    ("Split", "dim: 1, split_size: 4", "dim: 1, split_size: 8", "changed   x: split_size 4 → 8", TOKENS),
]  # fmt: skip


def files(folder: Path, kind: str, arguments: tuple[str, str], reads: str) -> list[str]:
    port = "  r: {type: ReLU, from: x.0}\n" if kind == "Split" else "  r: ReLU\n"
    for name, written in zip("ab", arguments, strict=True):
        inner = "" if written == "{}" else f", {written}"
        (folder / f"{name}.yaml").write_text(spec(f"  x: {{type: {kind}{inner}}}\n{port}", reads))
    return [str(folder / "a.yaml"), str(folder / "b.yaml")]


@pytest.mark.parametrize(("kind", "one", "other", "reads"), ALIKE)
def test_it_is_the_same_network(
    kind: str, one: str, other: str, reads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = files(tmp_path, kind, (one, other), reads)
    assert main(["diff", *paths]) == 0, capsys.readouterr().out
    assert main(["diff", *reversed(paths)]) == 0
    assert _gives(paths[0], reads).equal(_gives(paths[1], reads))


def _gives(path: str, reads: str) -> torch.Tensor:
    """What the compiled network gives, with weights that are drawn from one seed."""
    torch.manual_seed(0)
    module = build(load(path)).eval()
    x = torch.rand(2, *json.loads(reads), generator=torch.Generator().manual_seed(1))
    result: torch.Tensor = module(x)
    return result


@pytest.mark.parametrize(("kind", "one", "other", "said", "reads"), DIFFERENT)
def test_what_is_another_is_told(
    kind: str, one: str, other: str, said: str, reads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *files(tmp_path, kind, (one, other), reads)]) == 1
    assert said in capsys.readouterr().out


BIASED = spec(
    "  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  norm: BatchNorm2d\n  relu: ReLU\n", "[3, 8, 8]"
)


def test_a_bias_that_went_is_in_the_running_mean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is said is what PyTorch does: strictly it raises; without the bias it is other numbers, and subtracted the same ones."""
    (tmp_path / "a.yaml").write_text(BIASED)
    (tmp_path / "b.yaml").write_text(BIASED.replace("kernel_size: 3", "kernel_size: 3, bias: false"))
    paths = [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]
    assert main(["diff", *paths]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "6 of 6 tensors load with strict=False; 1 left over: conv.bias; a trained norm.running_mean has conv.bias in it: "
        in said
    )
    assert main(["diff", *paths, "--format", "json"]) == 1
    weights = json.loads(capsys.readouterr().out)["weights"]
    assert (weights["strict"], weights["absorbed"]) == (False, {"conv.bias": ["norm.running_mean"]})

    old, new = (build(load(path)) for path in paths)
    x = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    old.train()(x)
    old.eval(), new.eval()
    state = old.state_dict()
    with pytest.raises(RuntimeError, match=r"Unexpected key.*conv.bias"):
        new.load_state_dict(state)
    new.load_state_dict(state, strict=False)
    assert not torch.allclose(new(x), old(x), atol=1e-5)
    new.load_state_dict({**state, "norm.running_mean": state["norm.running_mean"] - state["conv.bias"]}, strict=False)
    assert torch.allclose(new(x), old(x), atol=1e-5)


def test_without_running_statistics_nothing_is_to_be_subtracted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = BIASED.replace("norm: BatchNorm2d", "norm: {type: BatchNorm2d, track_running_stats: false}")
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "b.yaml").write_text(text.replace("kernel_size: 3", "kernel_size: 3, bias: false"))
    assert main(["diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]) == 1
    assert "running_mean" not in capsys.readouterr().out
