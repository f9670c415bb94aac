"""The figures of a tensor's numbers: mean, deviation, and whether they are uniform. Enters: tensors; leaves: figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

_MOST = 1_000_000
"""Numbers of a tensor that are measured; of more, every second, third … one is."""
SURE = 3
"""Standard errors within which two figures are taken for one."""
_ALIKE = 2.0
"""By which factor standard deviations of one shape differ within what is drawn as one: trained tensors are never quite alike."""
_LEAST_UNIFORM = 64
_UNIFORM_KURTOSIS = (1.5, 2.1)
"""The fourth moment of a uniform distribution is 1.8 of the squared variance, that of a normal one 3."""
_UNIFORM_RANGE = 3.6
"""Standard deviations from end to end: √12 in a uniform distribution, and more in others."""


@dataclass(frozen=True)
class Measured:
    """The figures of some tensors of a shape: how many numbers, their sums of powers, the least and the greatest."""

    shape: torch.Size
    count: int
    sums: tuple[float, float, float, float]
    low: float
    high: float

    @property
    def mean(self) -> float:
        return self.sums[0] / self.count

    @property
    def std(self) -> float:
        least = (self.high - self.low) ** 2 / (2 * self.count)  # of the variance, in which great numbers cancel
        return math.sqrt(max(least, self.sums[1] / self.count - self.mean**2))

    @property
    def kurtosis(self) -> float:
        """The fourth central moment, of the squared variance."""
        mean, (_, second, third, fourth) = self.mean, (part / self.count for part in self.sums)
        central = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
        return central / self.std**4 if self.std > 0 else 0.0

    def with_(self, other: Measured) -> Measured:
        """Both as one."""
        first, second, third, fourth = (a + b for a, b in zip(self.sums, other.sums, strict=True))
        return Measured(
            self.shape,
            self.count + other.count,
            (first, second, third, fourth),
            min(self.low, other.low),
            max(self.high, other.high),
        )

    def is_like(self, other: Measured) -> bool:
        """Whether both may be drawn as one: their figures differ by chance, or of one shape, by little."""
        is_one_shape = self.shape == other.shape
        if self.count == 1 or other.count == 1:
            return is_one_shape and self.low * other.low > 0 and _ratio(self.low, other.low) <= _ALIKE
        least, most = sorted((self.std, other.std))
        error = SURE / math.sqrt(min(self.count, other.count))
        factor, distance = (_ALIKE, 1.0) if is_one_shape else (1.0, 0.0)
        return most <= max(factor, 1 + error) * least and abs(self.mean - other.mean) <= max(distance, error) * least


def _ratio(a: float, b: float) -> float:
    return max(abs(a), abs(b)) / min(abs(a), abs(b))


def measure(tensor: torch.Tensor) -> Measured:
    flat = tensor.reshape(-1)
    flat = flat[:: max(1, len(flat) // _MOST)].double()
    first, second, third, fourth = (float(flat.pow(power).sum()) for power in (1, 2, 3, 4))
    return Measured(tensor.shape, len(flat), (first, second, third, fourth), float(flat.min()), float(flat.max()))


def is_uniform(figures: Measured) -> bool:
    least, most = _UNIFORM_KURTOSIS
    return (
        figures.count >= _LEAST_UNIFORM
        and least <= figures.kurtosis <= most
        and figures.high - figures.low <= _UNIFORM_RANGE * figures.std
    )
