"""Models with a spectral norm: the vectors of a weight's greatest singular value start at random, in each instance anew."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils import spectral_norm as by_hook
from torch.nn.utils.parametrizations import spectral_norm

import archspec
from archspec.verification.names import spectral_norms
from archspec.verification.randomize import randomize


class Net(nn.Module):
    """Convolutions one after the other, each with a spectral norm: an error in one norm is multiplied by the next."""

    def __init__(self, norm: object) -> None:
        super().__init__()
        wide = [nn.Conv2d(3, 8, 3), nn.ConvTranspose2d(8, 4, 3), nn.Conv2d(4, 1, 1)]
        self.layers = nn.Sequential(*(norm(layer) for layer in wide))  # type: ignore[operator]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


NORMS = pytest.mark.parametrize("norm", [spectral_norm, by_hook], ids=["parametrization", "hook"])


@NORMS
@pytest.mark.parametrize("seed", range(3))
def test_random_weights_have_a_norm_of_one_by_their_vectors(norm: object, seed: int) -> None:
    model = Net(norm)
    randomize(model, seed)
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    found = spectral_norms(tensors)
    assert len(found) == 3
    for keys in found:
        weight, left, right = (tensors[key] for key in keys)
        axis = 1 if "layers.1." in keys.weight else 0
        size = left @ weight.movedim(axis, 0).flatten(1) @ right
        assert size.item() == pytest.approx(1.0, abs=1e-5)


@NORMS
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_an_import_is_the_network_of_another_instance_too(norm: object) -> None:
    torch.manual_seed(0)
    found = archspec.from_torch(Net(norm), [3, 8, 8])
    torch.manual_seed(1)
    compared = archspec.verify(found, Net(norm))
    assert compared.is_close, str(compared)
    assert "value: [" not in found.source.text
