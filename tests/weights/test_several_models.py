"""A checkpoint with several models: which one is read, and that the others are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import archspec
from archspec.cli import main

NET = """\
archspec: 1
name: Net
input: [4]
layers:
  fc: {type: Linear, out_features: 2}
"""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    return "net.yaml"


def state(value: float) -> dict[str, torch.Tensor]:
    return {"fc.weight": torch.full((2, 4), float(value)), "fc.bias": torch.full((2,), float(value))}


FILES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "beside": ({"model": state(1), "ema": state(2), "epoch": 3}, "ema", ["ema"]),
    "in a nest": ({"state_dict": {"model": state(1), "ema": state(2)}}, "state_dict.ema", ["state_dict.ema"]),
    "with a nest below": ({"model": state(1), "ema": {"state_dict": state(2)}}, "ema", ["ema.state_dict"]),
    "under a name with a dot": ({"model": state(1), "ema.0": state(2)}, "ema.0", ["ema.0"]),
    "under no known name": ({"teacher": state(2), "student": state(1)}, "teacher", ["teacher", "student"]),
}


@pytest.mark.parametrize("name", FILES)
def test_the_model_that_is_asked_for(name: str, net: str, capsys: pytest.CaptureFixture[str]) -> None:
    saved, key, named = FILES[name]
    torch.save(saved, "w.pt")
    main(["weights", net, "w.pt"])
    printed = capsys.readouterr()
    assert all(one in printed.out + printed.err for one in named)
    assert main(["weights", net, "w.pt", "--key", key]) == 0
    assert "all 2 tensors load" in capsys.readouterr().out
    assert main(["verify", net, "--weights", "w.pt", "--key", key]) == 0


def test_its_numbers_are_loaded(net: str) -> None:
    from archspec.commands.weights import load_state

    torch.save({"model": state(1), "ema": state(2)}, "w.pt")
    facts = archspec.load(net).facts
    first, second = (load_state(facts, "w.pt", "", key) for key in ("", "ema"))
    assert first is not None
    assert second is not None
    assert (float(first["fc.bias"][0]), float(second["fc.bias"][0])) == (1, 2)


def test_the_others_are_named(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"model": state(1), "ema": state(2)}, "w.pt")
    assert main(["weights", net, "w.pt"]) == 0
    assert "the file has 1 other model (ema): --key ema" in capsys.readouterr().out
    assert main(["weights", net, "w.pt", "--key", "ema"]) == 0
    assert "the file has 1 other model (model): --key model" in capsys.readouterr().out
    torch.save({"state_dict": state(1)}, "w.pt")
    assert main(["weights", net, "w.pt"]) == 0
    assert "--key" not in capsys.readouterr().out


def test_a_key_that_is_not_there(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"model": state(1), "ema": state(2)}, "w.pt")
    assert main(["weights", net, "w.pt", "--key", "emma"]) == 2
    assert "w.pt has no model under emma; there are model, ema" in capsys.readouterr().err


def test_safetensors_have_no_keys_to_choose(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    from safetensors.torch import save_file

    save_file(state(1), "w.safetensors")
    assert main(["weights", net, "w.safetensors", "--key", "ema"]) == 2
    assert "w.safetensors holds one model, as safetensors do" in capsys.readouterr().err


def test_what_a_file_has_a_thousand_times_is_looked_at_once(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    inner: dict[str, Any] = {"step": 1}
    for _ in range(3):
        inner = {f"k{number}": inner for number in range(3_000)}
    torch.save({"model": state(1), "rest": inner}, "w.pt")
    assert main(["weights", net, "w.pt"]) == 0
    assert "all 2 tensors load" in capsys.readouterr().out


@pytest.mark.parametrize("key", ["ema", "net_g", "a.b"])
def test_the_only_model_of_a_file_is_read_wherever_it_stands(
    key: str, net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"args": {"lr": 0.1}, key: state(1)}, "w.pt")
    assert main(["weights", net, "w.pt"]) == 0
    assert "all 2 tensors load" in capsys.readouterr().out


def test_of_several_without_a_usual_name_one_is_to_be_said(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"net_g": state(1), "net_d": state(2)}, "w.pt")
    assert main(["weights", net, "w.pt"]) == 2
    assert "w.pt holds several models, net_g, net_d: --key says which" in capsys.readouterr().err
    assert main(["weights", net, "w.pt", "--key", "net_d"]) == 0
