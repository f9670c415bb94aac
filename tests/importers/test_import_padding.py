"""Numbers that the example's size does not show to be sizes: paddings of 0, parts that are the whole, and conditions. An imported
spec has them follow, as runs at odd sizes show, or the import says so."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
import torch.nn.functional as F
import yaml
from torch import Tensor, nn

import archspec


class _Convolved(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)


class Even(_Convolved):
    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(F.pad(x, (0, x.shape[-1] % 2, 0, x.shape[-2] % 2)))
        return y


class ToWindows(_Convolved):
    """Padded to a multiple of 7, as Swin does, in two ways to write it."""

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[-2:]
        y: Tensor = self.conv(F.pad(x, (0, (7 - w % 7) % 7, 0, -h % 7)))
        return y


class ThereAndBack(_Convolved):
    """Padded by amounts that fractions give, and cut to what it was."""

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[-2:]
        y: Tensor = self.conv(F.pad(x, (0, math.ceil(w / 8) * 8 - w, 0, math.ceil(h / 8) * 8 - h)))
        return y[..., :h, :w] * 2


class Sequence(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        length = x.shape[1]
        y: Tensor = self.fc(F.pad(x, (0, 0, 0, -length % 4)))
        return y[:, :length]


class Rolled(nn.Module):
    """By what is left over of threes, which is the same at most sizes that come first to mind."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(torch.roll(x, x.shape[1] % 3, 1))
        return y


class UpperHalf(_Convolved):
    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return y[..., : (x.shape[-1] + 1) // 2]


class ByArea(_Convolved):
    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return y.sum((2, 3)) / (y.shape[2] * y.shape[3])


class _Up(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(channels, channels // 2, 2, 2)
        self.conv = nn.Conv2d(channels, channels // 2, 3, padding=1)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        dy, dx = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
        x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        y: Tensor = self.conv(torch.cat([skip, x], 1))
        return y


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 8, 1), nn.Conv2d(8, 16, 1)
        self.up1, self.up2 = _Up(16), _Up(8)

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        b = self.b(F.max_pool2d(a, 2))
        c = self.c(F.max_pool2d(b, 2))
        y: Tensor = self.up2(self.up1(c, b), a)
        return y


class ByDifference(nn.Module):
    """Two inputs, the smaller padded to the greater around it."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        d = x.shape[1] - y.shape[1]
        return x + F.pad(y, (0, 0, d // 2, d - d // 2))


FOLLOWED = {
    "even": (Even, (3, 32, 32), [(3, 31, 32), (3, 32, 45), (3, 17, 19)], '"${input.shape[3] % 2}"'),
    "even, of an odd one": (Even, (3, 33, 20), [(3, 31, 32), (3, 32, 45)], '"${input.shape[3] % 2}"'),
    "windows": (ToWindows, (3, 56, 56), [(3, 55, 57), (3, 60, 20)], '"${-input.shape[3] % 7}"'),
    "windows, of an odd one": (ToWindows, (3, 31, 45), [(3, 55, 57), (3, 28, 35)], '"${-input.shape[3] % 7}"'),
    "there and back": (ThereAndBack, (3, 32, 32), [(3, 31, 41), (3, 9, 20)], 'stop: "${input.shape[3]}"'),
    "sequence": (Sequence, (12, 6), [(9, 6), (11, 6), (30, 6)], '"${-input.shape[1] % 4}"'),
    "rolled": (Rolled, (12, 4), [(10, 4), (11, 4), (13, 4)], 'shifts: "${input.shape[1] % 3}"'),
    "half": (UpperHalf, (3, 32, 32), [(3, 9, 9), (3, 32, 31)], '"${(input.shape[3] + 1) // 2}"'),
    "area": (ByArea, (3, 32, 32), [(3, 9, 9), (3, 32, 31)], '"${input.shape[2] * input.shape[3]}"'),
    "unet": (UNet, (3, 64, 64), [(3, 63, 61), (3, 62, 59), (3, 31, 33)], ".shape[3] % 2}"),
    "unet, of an odd one": (UNet, (3, 35, 47), [(3, 63, 61), (3, 64, 32)], ".shape[3] % 2}"),
}


def imported(module: nn.Module, *shapes: tuple[int, ...]) -> tuple[archspec.Spec, list[str]]:
    """The spec, and what is said of sizes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spec = archspec.from_torch(module, *map(list, shapes))
    said = [str(one.message) for one in caught if issubclass(one.category, UserWarning)]
    return spec, [line for line in said if not line.startswith("the module is for an input of ")]


@pytest.mark.parametrize("name", FOLLOWED)
def test_numbers_follow_the_size(name: str) -> None:
    made, given, others, written = FOLLOWED[name]
    module = made().eval()
    spec, said = imported(module, given)
    assert not said
    assert written in spec.text
    document = yaml.safe_load(spec.text)
    for other in others:
        document["input"] = list(other)
        found = archspec.verify(archspec.parse(yaml.safe_dump(document, sort_keys=False)), module)
        assert found.ok, found


class Conditional(_Convolved):
    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] % 2:
            x = F.pad(x, (0, 1))
        y: Tensor = self.conv(x)
        return y


class Rounded(_Convolved):
    """Of no law that is known."""

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(F.pad(x, (0, x.shape[-1] ** 2 % 3)))
        return y


class Root(_Convolved):
    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return y / math.isqrt(int(x.shape[2])) + (x.shape[3] % 32) ** 0.5


class Fixed(_Convolved):
    """One size alone; whether its padding follows that, fractions do not tell, and the size itself does."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4 * 64, 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(self.conv(F.pad(x, (0, x.shape[3] % 2))).flatten(1))
        return y


@pytest.mark.parametrize(
    ("made", "given", "said"),
    [
        (Conditional, (3, 32, 32), "the model computes other layers from conv on: the spec is for sizes at which it computes those of 3 × 32 × 32"),
        (Rounded, (3, 33, 33), "pad holds padding 0 × 0, which the model takes from the size of its input"),
        (Root, (3, 32, 32), "add holds value 0.0, which the model takes from the size of its input"),
        (Fixed, (3, 8, 8), "F.pad in the model itself adds nothing at the input's size"),
    ],
)  # fmt: skip
def test_what_does_not_follow_is_said(made: type[nn.Module], given: tuple[int, ...], said: str) -> None:
    _, lines = imported(made().eval(), given)
    assert any(said in line for line in lines), lines


class Nothing(_Convolved):
    """A padding of 0 that is 0 at every size."""

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(F.pad(x, (0, 0)))
        return y


def test_of_what_no_size_changes_nothing_is_said() -> None:
    spec, said = imported(Nothing().eval(), (3, 32, 32))
    assert not said
    assert "type: Pad" not in spec.text


class ConvNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3, 2, 1), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(self.conv(x).mean((2, 3)))
        return y


def test_a_model_without_sizes_runs_at_one_odd_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run costs; where no number follows the size, one odd size is enough."""
    ran: list[list[int]] = []

    class Noting(ConvNet):
        def forward(self, x: Tensor) -> Tensor:
            ran.append([*map(int, x.shape[2:])])
            return super().forward(x)

    imported(Noting().eval(), (3, 32, 32))
    odd = [shape for shape in ran if shape[0] % 2 or shape[1] % 2]
    assert {tuple(shape) for shape in odd} == {(31, 33)}


def test_sizes_of_two_tensors() -> None:
    spec, _ = imported(ByDifference().eval(), (12, 4), (8, 4))
    d = "x.shape[1] - y.shape[1]"
    assert f'["0", "0", "${{({d}) // 2}}", "${{{d} - ({d}) // 2}}"]'.replace('"0"', "0") in spec.text


class ImageAndVector(nn.Module):
    """Reads an image of any size and a vector of five numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.meta = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(5, 8)

    def forward(self, image: Tensor, meta: Tensor) -> Tensor:
        x: Tensor = self.conv(F.pad(image, (0, -image.shape[-1] % 8, 0, -image.shape[-2] % 8)))
        return x + self.meta(meta)[:, :, None, None]


class LargeOnes(ImageAndVector):
    def forward(self, image: Tensor, meta: Tensor) -> Tensor:
        x = super().forward(image, meta)
        return F.relu(x) if image.shape[-1] > 64 else x


def test_a_vector_beside_an_image_stays_as_it_is() -> None:
    spec, said = imported(ImageAndVector().eval(), (3, 32, 32), (5,))
    assert "-image.shape[3] % 8" in spec.text
    assert not any("computes other layers" in line for line in said)


def test_other_layers_beside_a_vector_are_said() -> None:
    _, said = imported(LargeOnes().eval(), (3, 64, 64), (5,))
    assert any("computes other layers" in line for line in said)
