"""`num_batches_tracked` that a file does not have: missing where, and only where, `load_state_dict` says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from support import checked, spec

import archspec
from archspec.cli import main
from archspec.weights.checkpoint import read_checkpoint
from archspec.weights.expected import expected
from archspec.weights.match import match

NORMS = {
    "batch": "BatchNorm2d",
    "group": "{type: GroupNorm, num_groups: 2}",
    "instance": "{type: InstanceNorm2d, affine: true}",
    "tracked": "{type: InstanceNorm2d, affine: true, track_running_stats: true}",
    "untracked": "{type: BatchNorm2d, track_running_stats: false}",
    "none": "ReLU",
}


def net(norm: str) -> str:
    return spec(
        f"  conv: {{type: Conv2d, out_channels: 4, kernel_size: 3}}\n  norm: {NORMS[norm]}\n  end: BatchNorm2d\n"
    )


def missing_in_torch(text: str, tensors: dict[str, Any]) -> set[str]:
    return set(archspec.build(checked(text)).load_state_dict(tensors, strict=False).missing_keys)


def missing(text: str, path: Path) -> set[str]:
    facts = checked(text).facts
    assert facts is not None
    found = match(expected(facts), read_checkpoint(str(path)))
    return {row.key for row in found.rows if row.status == "missing"}


@pytest.mark.parametrize("after", NORMS)
@pytest.mark.parametrize("before", NORMS)
def test_a_norm_in_place_of_another(before: str, after: str, tmp_path: Path) -> None:
    state = archspec.build(checked(net(before))).state_dict()
    torch.save(state, tmp_path / "w.pt")
    torch.save({"state_dict": state}, tmp_path / "w.ckpt")
    save_file(dict(state), str(tmp_path / "w.safetensors"))
    wanted = missing_in_torch(net(after), state)
    assert missing(net(after), tmp_path / "w.pt") == missing(net(after), tmp_path / "w.ckpt") == wanted
    if after != "instance" or before not in ("batch", "tracked"):  # which torch refuses where a file says no version
        assert missing(net(after), tmp_path / "w.safetensors") == missing_in_torch(net(after), dict(state))
    assert set(archspec.diff(checked(net(before)), checked(net(after))).comparison.loading.missing) == wanted


@pytest.mark.parametrize("has_versions", [False, True])
def test_a_file_without_the_counts(has_versions: bool, tmp_path: Path) -> None:
    state = archspec.build(checked(net("batch"))).state_dict()
    left = type(state)((key, value) for key, value in state.items() if "num_batches" not in key)
    if has_versions:
        left._metadata = state._metadata
    torch.save(left, tmp_path / "w.pt")
    assert missing(net("batch"), tmp_path / "w.pt") == missing_in_torch(net("batch"), left)
    assert len(missing(net("batch"), tmp_path / "w.pt")) == 2 * has_versions


def test_what_begins_at_0_is_not_counted_as_loading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.yaml").write_text(net("batch"))
    state = archspec.build(checked(net("batch"))).state_dict()
    for name, tensors, said in (
        ("w", {k: v for k, v in state.items() if "num_batches" not in k}, "10 of 12 tensors load; 2 begin at 0"),
        (
            "x",
            {f"a.{k}": v for k, v in state.items()},
            "0 of 12 tensors load; 2 begin at 0, 10 missing in the file, 12 unexpected",
        ),
    ):
        torch.save(dict(tensors), tmp_path / f"{name}.pt")
        command = ["weights", str(tmp_path / "net.yaml"), str(tmp_path / f"{name}.pt")]
        assert main(command) == int(name == "x")
        assert capsys.readouterr().out.splitlines()[-1].endswith(said)
        main([*command, "--format", "json"])
        report = json.loads(capsys.readouterr().out)
        assert report["counts"]["loads"] == len(state.keys() & tensors.keys())
        assert report["counts"]["begins"] == 2


@pytest.mark.parametrize("versions", [3, {"norm": 3, 4: {}}, {"norm": {"version": "two"}, 4: {"version": 2}}])
def test_versions_that_are_none(versions: object, tmp_path: Path) -> None:
    state = archspec.build(checked(net("group"))).state_dict()
    state._metadata = versions
    torch.save(state, tmp_path / "w.pt")
    assert missing(net("batch"), tmp_path / "w.pt") == {"norm.running_mean", "norm.running_var"}
