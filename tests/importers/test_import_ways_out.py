"""What `import torch` says of a model that no spec can be: where, why, and what can be imported in its place."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archspec


class Bag(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(10, 4)

    def forward(self, x: Tensor) -> Any:
        return self.bag(x)


class Apart(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cdist(x, x)


class Balanced(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.relu(), x.mean(0).sum()


class First(nn.Module):
    """What the message says to do."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Balanced()

    def forward(self, x: Tensor) -> Any:
        return self.inner(x)[0]


class Ranker(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.user, self.item = nn.Linear(4, 2), nn.Linear(3, 2)

    def forward(self, user: dict[str, Tensor], item: dict[str, Tensor]) -> Tensor:
        return F.relu(self.user(user["features"]) + self.item(item["features"]))


class Flat(nn.Module):
    """What the message says to do."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Ranker()

    def forward(self, user: Tensor, item: Tensor) -> Any:
        return self.inner({"features": user}, {"features": item})


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("model", "inputs", "said"),
    [
        (Bag(), [torch.zeros(2, 4, dtype=torch.int64)],
         r"calls embedding_bag, which is no op of the language yet; in a spec: write two layers: an Embedding, and a Mean"),
        (Apart(), [[4, 3]], r"calls cdist, which is no op of the language yet; in a spec: write an Unsqueeze"),
        (Balanced(), [[5]], r"result 2 of 2 of the model has no axis of samples: .*; import a module around it whose forward "
         r"returns the others"),
        (Ranker(), [[4], [3]], r"one mapping of them where that is its only argument: import a module around it"),
    ],
)  # fmt: skip
def test_a_way_out_is_said(model: nn.Module, inputs: list[Any], said: str) -> None:
    with pytest.raises(archspec.ImportProblem, match=said):
        archspec.from_torch(model, *inputs)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("model", "inputs"), [(First(), [[5]]), (Flat(), [[4], [3]])])
def test_and_it_is_one(model: nn.Module, inputs: list[Any]) -> None:
    assert archspec.from_torch(model, *inputs).ok
