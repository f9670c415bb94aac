"""Sizes and shapes as plain data. Leaves: numbers, texts where symbols are left, None where nothing is known."""

from __future__ import annotations

from archspec.dims import Shape, Size


def plain_size(size: Size | None) -> int | str | None:
    """A size, or a count."""
    return size if isinstance(size, int) or size is None else str(size)


def plain_shape(shape: Shape) -> list[int | str]:
    """A shape, the batch first."""
    return [size if isinstance(size, int) else str(size) for size in shape]
