"""The batch among the sizes of an input, where it has no place, since it is always there.

Enters: a size and the whole shape; leaves: whether it seems to be the batch, and the shape without it.
"""

from __future__ import annotations

from archspec.diagnostics.model import Edit, Fix
from archspec.dims import BATCH
from archspec.document.tree import Node, Scalar, Sequence, show


def is_batch(item: Node, whole: Sequence) -> bool:
    """Whether a size is first and called as others call the batch: in full, or as the first of an image's four sizes."""
    if (
        item is not whole.items[0]
        or len(whole.items) < 2
        or not isinstance(item, Scalar)
        or not isinstance(item.value, str)
    ):
        return False
    channels = whole.items[1]
    is_image = len(whole.items) == 4 and isinstance(channels, Scalar) and channels.value in (1, 3, 4)
    return item.value.lower() in ("batch", "batch_size", "batchsize") or (
        item.value in ("B", "b", "bs", "BS") and is_image
    )


def without_batch(name: str, item: Node, whole: Sequence) -> tuple[Fix, ...]:
    """The shape without its first size, where that seems to stand for the batch: its name, nothing, or -1."""
    stands = isinstance(item, Scalar) and (item.value in (None, BATCH, -1, "None", "?", "N") or is_batch(item, whole))
    if not stands or item is not whole.items[0] or len(whole.items) < 2:
        return ()
    rest = whole.items[1:]
    first, second = item.span, rest[0].span
    edit = Edit(first.until(second), "")
    sizes = ", ".join(show(size.value) if isinstance(size, Scalar) else "…" for size in rest)
    return (Fix(f"leave the batch out: {name}: [{sizes}]", (edit,), is_safe=True),)
