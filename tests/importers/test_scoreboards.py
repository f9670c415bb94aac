"""The scoreboards are run by hand, on models that take hours; here on one that takes a moment, so that they still run then."""

from __future__ import annotations

import sys
from pathlib import Path

from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1] / "scoreboard"))
import torch_models


def small() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 5)
    ).eval()


def test_the_scoreboard_of_models(tmp_path: Path) -> None:
    module = small()
    torch_models.randomize(module)
    row = torch_models.compare(module, (3, 8, 8), tmp_path / "kept.yaml")
    assert {key: row[key] for key in torch_models.COLUMNS} == dict.fromkeys(torch_models.COLUMNS, True)
    assert "Conv2d" in (tmp_path / "kept.yaml").read_text()
