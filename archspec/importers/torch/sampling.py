"""Functions that sample, pick the largest, or compare vectors, and activations that are rarer.
https://docs.pytorch.org/docs/stable/nn.functional.html"""

from __future__ import annotations

from typing import Any

from archspec.importers.sketch import Ref
from archspec.importers.torch.builder import Builder
from archspec.importers.torch.functions import Answer, Handler, handles
from archspec.importers.torch.modules import without_defaults
from archspec.importers.torch.recording import Value
from archspec.importers.torch.tape import Multiple

# Sampling ------------------------------------------------------------------------------------------------------------------


@handles("affine_grid")
def affine_grid(b: Builder, theta: Value, size: Any, align_corners: bool | None = None) -> Answer:
    if not size or size[0] != Multiple(1):
        raise b.problem("the model makes a grid (affine_grid) for another number of images than there are samples")
    return b.layer("AffineGrid", {"size": list(size[1:]), **({"align_corners": True} if align_corners else {})}, theta)


@handles("grid_sample")
def grid_sample(b: Builder, x: Value, grid: Value, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Answer:  # fmt: skip
    given = {"mode": mode, "padding_mode": padding_mode, "align_corners": bool(align_corners)}
    return b.layer("GridSample", without_defaults("GridSample", given), x, grid)


# Order ---------------------------------------------------------------------------------------------------------------------


@handles("topk")
def topk(b: Builder, x: Value, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Answer:
    given = {"k": k, "dim": dim, "largest": largest, "sorted": sorted}
    found = b.layer("TopK", without_defaults("TopK", given), x)
    return [Ref(found.source, "values"), Ref(found.source, "indices")]


@handles("sort")
def sort(b: Builder, x: Value, dim: int = -1, descending: bool = False) -> Answer:
    """The largest of all, in order. Where numbers are equal, their positions may come in another order."""
    size = b.shape(x)[dim]
    if isinstance(size, Multiple):
        raise b.problem("the model sorts the samples of the batch")
    if b.is_read(1):
        raise b.problem("the model reads the positions that sort gives, for which there is no op")
    return [topk(b, x, size, dim, descending)[0], None]


# Vectors -------------------------------------------------------------------------------------------------------------------


@handles("cosine_similarity")
def cosine_similarity(b: Builder, x1: Value, x2: Value, dim: int = 1, eps: float = 1e-8) -> Answer:
    return b.layer("CosineSimilarity", without_defaults("CosineSimilarity", {"dim": dim, "eps": eps}), x1, x2)


@handles("local_response_norm")
def local_response_norm(
    b: Builder, x: Value, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Answer:
    given = {"size": size, "alpha": alpha, "beta": beta, "k": k}
    return b.layer("LocalResponseNorm", without_defaults("LocalResponseNorm", given), x)


def _lp_pool(kind: str) -> Handler:
    def handle(
        b: Builder, x: Value, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Answer:
        given = {"norm_type": norm_type, "kernel_size": kernel_size, "stride": stride, "ceil_mode": ceil_mode}
        return b.layer(kind, without_defaults(kind, given), x)

    return handle


for _rank in (1, 2, 3):
    handles(f"lp_pool{_rank}d")(_lp_pool(f"LPPool{_rank}d"))


# Activations ---------------------------------------------------------------------------------------------------------------


@handles("hardshrink")
def hardshrink(b: Builder, x: Value, lambd: float = 0.5) -> Answer:
    return b.layer("Hardshrink", without_defaults("Hardshrink", {"lambd": lambd}), x)


@handles("softshrink")
def softshrink(b: Builder, x: Value, lambd: float = 0.5) -> Answer:
    return b.layer("Softshrink", without_defaults("Softshrink", {"lambd": lambd}), x)


@handles("threshold")
def threshold(b: Builder, x: Value, threshold: float, value: float) -> Answer:
    return b.layer("Threshold", {"threshold": threshold, "value": value}, x)


@handles("softmin")
def softmin(b: Builder, x: Value, dim: int | None = None, dtype: Any = None) -> Answer:
    return b.layer("Softmin", {"dim": dim}, b.cast(x, dtype))


@handles("rrelu")
def rrelu(b: Builder, x: Value, lower: float = 0.125, upper: float = 1 / 3, training: bool = False) -> Answer:
    if training:
        raise b.problem("the model draws random slopes in evaluation too (rrelu, training=True)")
    return b.layer("RReLU", without_defaults("RReLU", {"lower": lower, "upper": upper}), x)
