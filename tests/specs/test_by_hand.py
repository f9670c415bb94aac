"""Every spec's compiled module beside one written by hand from the same layers: the same weights, bit-identical outputs."""

from __future__ import annotations

import pytest
import torch
from support import ROOT, SPECS
from torch import nn

import archspec


def features(*groups: int) -> list[nn.Module]:
    return [
        nn.Conv2d(96, 256, 5, padding=2, groups=groups[0]), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(), nn.Conv2d(384, 384, 3, padding=1, groups=groups[1]), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1, groups=groups[2]), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(),
    ]  # fmt: skip


def dense() -> list[nn.Module]:
    return [
        nn.Linear(9216, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 1000),
    ]


def by_hand(name: str) -> nn.Sequential:
    first = nn.Conv2d(3, 96, 11, 4)
    if name == "alexnet":
        return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(3, 2), *features(1, 1, 1), *dense(), nn.Sigmoid())
    if name == "alexnet_as_published":
        linear = [nn.Linear(9216, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 1000)]
        return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(3, 2), *features(1, 1, 1), *linear, nn.Sigmoid())
    if name == "alexnet_224":
        padded = nn.Conv2d(3, 96, 11, 4, padding=2)
        return nn.Sequential(padded, nn.ReLU(), nn.MaxPool2d(3, 2), *features(1, 1, 1), *dense(), nn.Softmax(1))
    if name == "alexnet_2012":
        parts = features(2, 2, 2)
        norm = nn.LocalResponseNorm(5, 5e-4, 0.75, 2)  # the paper's 1e-4 is not divided by the window
        layers = [first, nn.ReLU(), norm, nn.MaxPool2d(3, 2), parts[0], parts[1], norm, *parts[2:]]
        return nn.Sequential(*layers, nn.Dropout(), *dense()[:2], nn.Dropout(), *dense()[3:5], nn.Linear(4096, 1000))
    if name == "torchvision/alexnet":
        convolutions = [
            nn.Conv2d(3, 64, 11, 4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(),
            nn.MaxPool2d(3, 2), nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(), nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
        ]  # fmt: skip
        return nn.Sequential(*convolutions, nn.AdaptiveAvgPool2d(6), nn.Flatten(), *dense())
    if name == "mnist_cnn":
        return nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, padding=1, bias=False), nn.ReLU(),
            nn.Conv2d(32, 64, 4, 2, padding=1, bias=False), nn.ReLU(), nn.Conv2d(64, 64, 7, bias=False), nn.Flatten(), nn.Linear(64, 10),
        )  # fmt: skip
    if name == "cifar10_cnn":
        return nn.Sequential(
            nn.Conv2d(3, 32, 3, padding="same"), nn.ReLU(), nn.Dropout(0.3), nn.Conv2d(32, 32, 3, padding="same"), nn.ReLU(),
            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8192, 512), nn.ReLU(), nn.Dropout(), nn.Linear(512, 10), nn.Sigmoid(),
        )  # fmt: skip
    if name == "course_cnn":
        return nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(2048, 10), nn.Softmax(1),
        )  # fmt: skip
    assert name == "receptive_field"
    return nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 4), nn.MaxPool2d(2, 2))


@pytest.mark.parametrize(
    "name",
    sorted(str(path.relative_to(SPECS).with_suffix("")) for path in SPECS.rglob("*.yaml") if "zoo" not in path.parts),
)
def test_outputs_are_bit_identical(name: str) -> None:
    spec = archspec.load(SPECS / f"{name}.yaml", **({"H": 20, "W": 17} if name == "receptive_field" else {}))
    shape = archspec.analyze(spec)["inputs"][0]["shape"][1:]
    torch.manual_seed(0)
    hand, made = by_hand(name).eval(), archspec.build(spec).eval()
    weights = list(hand.state_dict().values())
    assert [tuple(w.shape) for w in weights] == [tuple(w.shape) for w in made.state_dict().values()]
    made.load_state_dict(dict(zip(made.state_dict(), weights, strict=True)), strict=True)
    x = torch.randn(2, *shape)
    with torch.no_grad():
        want, have = hand(x), made(x)
    assert want.std() > 0
    assert torch.equal(want, have)


def test_alexnet_is_at_most_80_lines() -> None:
    assert len(archspec.compile(archspec.load(ROOT / "specs" / "alexnet.yaml")).splitlines()) <= 80
