"""Where the batch goes in targets that are written for a batch of one number."""

from __future__ import annotations

import pytest

from archspec.dims import Size
from archspec.importers.onnx.batch import N, reshaped


@pytest.mark.parametrize(("before", "target", "batch", "after"), [
    ((N, 256, 6, 6), [1, 9216], 1, [N, 9216]),
    ((N, 256, 6, 6), [1, -1], 1, [N, 9216]),
    ((N, 256, 6, 6), [-1, 9216], 1, [N, 9216]),
    ((N, 256, 6, 6), [9216], 1, [N * 9216]),
    ((N, 1, 28, 28), [1, 784], 1, [N, 784]),
    ((N, 784), [1, 1, 28, 28], 1, [N, 1, 28, 28]),
    ((N, 64, 8, 8), [64, 64], 1, [64 * N, 64]),
    ((N, 64, 8), [2, 512], 2, [N, 512]),
    ((N, 64, 8), [128, 8], 2, [64 * N, 8]),
    ((64 * N, 8), [2, 64, 8], 2, [N, 64, 8]),
    ((17, N, 32), [17, 32], 1, [17 * N, 32]),
    ((17 * N, 32), [17, 1, 32], 1, [17, N, 32]),
    ((17, N, 2, 16), [17, 32], 1, [17 * N, 32]),
    ((17, N, 32), [17, 2, 16], 1, [17, 2 * N, 16]),
    ((2 * N, 17, 16), [1, 2, 17, 16], 1, [N, 2, 17, 16]),
    ((N, 2, 17, 16), [2, 17, 16], 1, [2 * N, 17, 16]),
    ((17, N, 2, 16), [17, 1, 32], 1, [17, N, 32]),
    ((N, 17, 96), [1, 17, 3, 32], 1, [N, 17, 3, 32]),
    ((17, N, 96), [17, 1, 3, 32], 1, [17, N, 3, 32]),
    ((1, 17, N, 32), [17, 1, 32], 1, [17, N, 32]),
    ((N, 7), [N, 7, 1], 1, [N, 7, 1]),
    ((N, 7, 4), [N * 7, 4], None, [N * 7, 4]),
    ((N, 7, 4), [-1, 4], None, [N * 7, 4]),
    ((N, 7), [8], 1, None),
    ((N, 7), [1, 8], None, None),
])  # fmt: skip
def test_targets(before: tuple[Size, ...], target: list[Size], batch: int | None, after: list[Size] | None) -> None:
    assert reshaped(before, target, batch) == after
