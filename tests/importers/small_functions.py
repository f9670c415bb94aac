"""Functions of torch that the importer knows, each as a module that does little else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

Shape = tuple[int, ...]
Case = tuple[Callable[..., Any], tuple[Shape, ...]]
X: tuple[Shape, ...] = ((3, 4),)
IMAGE: tuple[Shape, ...] = ((4, 6, 6),)
LINE: tuple[Shape, ...] = ((4, 8),)
VOLUME: tuple[Shape, ...] = ((2, 4, 4, 4),)
TWO: tuple[Shape, ...] = ((3, 4), (3, 4))


class Applies(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any) -> Any:
        return self.function(*args)


class Halves(nn.Module):
    """A module that runs two of its own parameters through a function."""

    def __init__(self, function: Callable[..., Any], **shapes: Shape) -> None:
        super().__init__()
        self.function = function
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.randn(shape)))

    def forward(self, x: Any) -> Any:
        return self.function(self, x)


def in_place(x: torch.Tensor) -> torch.Tensor:
    y = x * 2
    y += x
    y *= 3
    y -= 1
    y /= 2
    y.relu_()
    y.add_(x).mul_(0.5).clamp_(max=3)
    return F.relu(y, inplace=True)


def true_part(mask: torch.Tensor) -> torch.Tensor:
    mask = mask.clone()
    mask[:, 1:] = True
    return mask


def written(x: torch.Tensor) -> torch.Tensor:
    y = x.clone()
    y[:, :, :2] = x[:, :, 2:]
    y[..., 3:] = 0
    y[:, 1:2].mul_(3)
    return y


def filled(x: torch.Tensor) -> torch.Tensor:
    y = x * 1
    y[:, :1].fill_(2.0)
    y[:, 1:2].zero_()
    y[:, 2:].copy_(x[:, :1])
    return y + x


def _max_both(x: torch.Tensor) -> torch.Tensor:
    values, indices = x.max(dim=2)
    return values + indices


def _min_value(x: torch.Tensor) -> torch.Tensor:
    values, _ = x.min(2, keepdim=True)
    return values


def _topped(x: torch.Tensor) -> torch.Tensor:
    first, *rest = x.unbind(1)
    return first - rest[0] * rest[1]


def _iterated(x: torch.Tensor) -> torch.Tensor:
    a, b, c = x.permute(1, 0, 2)
    return a + b * c


UNARY: dict[str, Case] = {
    name: (function, X)
    for name, function in {
        "relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": F.silu, "hardswish": F.hardswish,
        "relu6": F.relu6, "hardsigmoid": F.hardsigmoid, "mish": F.mish, "softsign": F.softsign, "logsigmoid": F.logsigmoid,
        "selu": F.selu, "exp": torch.exp, "log": lambda x: (x.abs() + 1).log(), "sqrt": lambda x: x.abs().sqrt(),
        "rsqrt": lambda x: torch.rsqrt(x.square() + 1), "sin": torch.sin, "cos": torch.cos, "neg": lambda x: -x,
        "negative": torch.negative, "abs": abs, "square": torch.square, "reciprocal": lambda x: (x.abs() + 1).reciprocal(),
        "erf": torch.erf, "floor": torch.floor, "ceil": torch.ceil, "round": torch.round, "sign": torch.sign,
        "logical_not": lambda x: torch.logical_not(x > 0), "invert": lambda x: ~(x > 0), "expm1": torch.expm1,
        "log2": lambda x: torch.log2(x.abs() + 1), "tanhshrink": F.tanhshrink, "gelu": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
        "leaky_relu_default": F.leaky_relu, "elu": lambda x: F.elu(x, alpha=0.7), "celu": lambda x: F.celu(x, 1.3),
        "hardtanh": lambda x: F.hardtanh(x, -0.5, 0.25), "softplus": lambda x: F.softplus(x, beta=2),
        "clamp": lambda x: x.clamp(-0.5, 0.5), "clamp_min": lambda x: x.clamp_min(0.1),
        "clamp_max": lambda x: torch.clamp_max(x, 0.1), "clip": lambda x: x.clip(max=0.3),
        "clamp_tensors": lambda x: x.clamp(torch.zeros(4), max=torch.ones(3, 1)), "float": lambda x: (x > 0).float(), "to": lambda x: x.to(torch.float64).sum(2).to(x.dtype),
        "type_as": lambda x: (x > 0).type_as(x), "long": lambda x: (x * 10).long(), "contiguous": lambda x: x.mT.contiguous(),
        "clone": lambda x: x.clone().detach() + 1, "dropout": lambda x: F.dropout(x, 0.3, False) + 1,
        "dropout1d": lambda x: F.dropout1d(x, 0.3, False) + 1, "alpha_dropout": lambda x: F.alpha_dropout(x, 0.3, False) + 1,
    }.items()
}  # fmt: skip

BINARY: dict[str, Case] = {
    "add": (lambda x, y: x + y, TWO),
    "add_number": (lambda x: 2 + x, X),
    "add_alpha": (lambda x, y: torch.add(x, y, alpha=2), TWO),
    "sub": (lambda x, y: x - y, TWO),
    "sub_number": (lambda x: x - 0.5, X),
    "sub_alpha": (lambda x, y: torch.sub(x, y, alpha=3), TWO),
    "rsub": (lambda x: 1 - x, X),
    "mul": (lambda x, y: x * y, TWO),
    "div": (lambda x, y: x / (y.abs() + 1), TWO),
    "div_floor": (lambda x: torch.div(x, 0.3, rounding_mode="floor"), X),
    "rdiv": (lambda x: 1 / (x.abs() + 1), X),
    "floor_divide": (lambda x: x // 0.3, X),
    "remainder": (lambda x: x % 0.3, X),
    "pow": (lambda x: x**2, X),
    "pow_tensor": (lambda x, y: (x.abs() + 0.1) ** y, TWO),
    "rpow": (lambda x: 2**x, X),
    "eq": (lambda x: x.round() == 0, X),
    "ne": (lambda x: x.round().ne(0), X),
    "lt": (lambda x, y: x < y, TWO),
    "le": (lambda x: x <= 0.1, X),
    "gt": (torch.gt, TWO),
    "ge": (lambda x: x >= 0.1, X),
    "maximum": (torch.maximum, TWO),
    "minimum": (torch.minimum, TWO),
    "max_of_two": (torch.max, TWO),
    "min_of_two": (torch.min, TWO),
    "logical_and": (lambda x, y: (x > 0) & (y > 0), TWO),
    "logical_or": (lambda x, y: torch.logical_or(x > 0, y > 0), TWO),
    "addcmul": (lambda x, y: torch.addcmul(x, x, y, value=0.5), TWO),
    "lerp": (lambda x, y: torch.lerp(x, y, 0.3), TWO),
    "lerp_tensor": (lambda x, y: x.lerp(y, (x > 0).float()), TWO),
    "where": (lambda x, y: torch.where(x > 0, x, y), TWO),
    "where_of": (lambda x, y: x.where(x > 0, y), TWO),
    "where_number": (lambda x: torch.where(x > 0, x, -1.0), X),
    "where_both": (lambda x: torch.where(x > 0, 1.0, 0.5), X),
    "masked_fill": (lambda x: x.masked_fill(x > 5, float("-inf")).softmax(-1), X),
    "masked_fill_out_of_place": (lambda x: x.masked_fill(x > 0.5, 0.0), X),
    "matmul": (lambda x, y: x @ y.transpose(1, 2), TWO),
    "bmm": (lambda x, y: torch.bmm(x, y.mT), TWO),
    "rmatmul": (lambda x: torch.ones(2, 3) @ x, X),
    "einsum": (lambda x, y: torch.einsum("bij,bkj->bik", x, y), TWO),
    "einsum_list": (lambda x, y: torch.einsum("bij,bij->bi", [x, y]), TWO),
}

REDUCTIONS: dict[str, Case] = {
    "mean": (lambda x: x.mean((1, 2)), X),
    "mean_keepdim": (lambda x: x.mean(dim=-1, keepdim=True) + x, X),
    "sum": (lambda x: torch.sum(x, 1), X),
    "prod": (lambda x: x.prod(2), X),
    "amax": (lambda x: x.amax((1, 2), keepdim=True) - x, X),
    "amin": (lambda x: x.amin(1), X),
    "max": (lambda x: x.max(2)[0], X),
    "max_values": (lambda x: x.max(dim=2, keepdim=True).values - x, X),
    "max_both": (_max_both, X),
    "min": (_min_value, X),
    "argmax": (lambda x: x.argmax(-1), X),
    "var": (lambda x: x.var(2), X),
    "var_biased": (lambda x: x.var(2, unbiased=False), X),
    "var_correction": (lambda x: x.var(dim=2, correction=0, keepdim=True) + x, X),
    "std": (lambda x: torch.std(x, 2), X),
    "var_mean": (lambda x: torch.cat(torch.var_mean(x, dim=2, keepdim=True), 2), X),
    "norm": (lambda x: x.norm(dim=2), X),
    "norm_1": (lambda x: torch.norm(x, p=1, dim=2, keepdim=True) + x, X),
    "linalg_norm": (lambda x: torch.linalg.norm(x, dim=2), X),
    "vector_norm": (lambda x: torch.linalg.vector_norm(x, ord=2, dim=-1), X),
    "all": (lambda x: (x > -1).all(2), X),
    "any": (lambda x: (x > 0.5).any(dim=2), X),
    "cumsum": (lambda x: x.cumsum(1), X),
    "cumsum_of_a_mask": (lambda x: (x > 0).cumsum(1, dtype=torch.float32), X),
    "logsumexp": (lambda x: x.logsumexp(2), X),
    "softmax": (lambda x: F.softmax(x, dim=-1), X),
    "log_softmax": (lambda x: x.log_softmax(1), X),
    "normalize": (lambda x: F.normalize(x, dim=2), X),
    "normalize_1": (lambda x: F.normalize(x, p=1.0), X),
    "glu": (F.glu, X),
    "glu_dim": (lambda x: F.glu(x, dim=1), IMAGE),
}

SHAPES: dict[str, Case] = {
    "reshape": (lambda x: x.reshape(x.shape[0], -1), X),
    "view": (lambda x: x.view(x.size(0), 2, 6), X),
    "view_of_a_number": (lambda x: x.view(-1, 12), X),
    "flatten": (lambda x: x.flatten(1), IMAGE),
    "flatten_later": (lambda x: x.flatten(2), IMAGE),
    "flatten_between": (lambda x: torch.flatten(x, 1, 2), IMAGE),
    "unflatten": (lambda x: x.unflatten(1, (2, 2)), IMAGE),
    "flatten_the_batch": (lambda x: x.flatten(0, 1).softmax(1).view(-1, 3, 4), X),
    "reshape_as": (lambda x, y: x.reshape_as(y), ((12,), (3, 4))),
    "squeeze": (lambda x: x.mean(2, keepdim=True).squeeze(2), X),
    "squeeze_all": (lambda x: x.mean(2, keepdim=True).squeeze(), X),
    "unsqueeze": (lambda x: x.unsqueeze(1) * 2, X),
    "unsqueeze_end": (lambda x: torch.unsqueeze(x, -1), X),
    "permute": (lambda x: x.permute(0, 2, 3, 1), IMAGE),
    "permute_list": (lambda x: torch.permute(x, (0, 3, 1, 2)), IMAGE),
    "permute_negative": (lambda x: x.permute(0, -1, -2), X),
    "transpose": (lambda x: x.transpose(-2, -1), X),
    "swapaxes": (lambda x: x.swapaxes(1, 2), X),
    "mT": (lambda x: x.mT, X),
    "movedim": (lambda x: x.movedim(1, -1), IMAGE),
    "movedim_several": (lambda x: torch.movedim(x, (1, 2), (3, 1)), IMAGE),
    "batch_in_the_middle": (lambda x: x.transpose(0, 1).softmax(0).transpose(0, 1), X),
    "expand": (lambda x: x.mean(2, keepdim=True).expand(-1, -1, 5), X),
    "expand_as": (lambda x: x.mean(2, keepdim=True).expand_as(x), X),
    "broadcast_to": (lambda x: x.mean(1, keepdim=True).broadcast_to(x.shape), X),
    "repeat": (lambda x: x.repeat(1, 2, 1), X),
    "repeat_more": (lambda x: x.unsqueeze(1).repeat(1, 3, 1, 1), X),
    "tile": (lambda x: x.tile((1, 1, 2)), X),
    "repeat_interleave": (lambda x: x.repeat_interleave(2, dim=1), X),
    "index_number": (lambda x: x[:, 0], X),
    "index_last": (lambda x: x[..., -1], X),
    "index_slice": (lambda x: x[:, 1:, :-1], X),
    "index_step": (lambda x: x[:, ::2], X),
    "index_none": (lambda x: x[:, None] + x[:, :, None], X),
    "index_list": (lambda x: x[:, [2, 0]], X),
    "index_constant": (lambda x: x[:, torch.tensor([0, 2, 1])], X),
    "index_matrix": (lambda x: x[:, torch.tensor([[0, 2], [1, 1]])], X),
    "select": (lambda x: x.select(1, 2), X),
    "narrow": (lambda x: x.narrow(2, 1, 2), X),
    "index_select": (lambda x: x.index_select(2, torch.tensor([3, 0])), X),
    "gather": (lambda x: x.gather(2, (x > 0).long()), X),
    "chunk": (lambda x: torch.cat(x.chunk(2, dim=2)[::-1], 2), X),
    "chunk_uneven": (lambda x: x.chunk(2, dim=1)[1] * 2, X),
    "split": (lambda x: x.split(2, dim=2)[1] - x.split(2, dim=2)[0], X),
    "split_sizes": (lambda x: torch.split(x, [1, 3], -1)[1], X),
    "tensor_split": (lambda x: x.tensor_split(2, dim=2)[0] + 1, X),
    "unbind": (_topped, X),
    "iterated": (_iterated, X),
    "unfold": (lambda x: F.unfold(x, kernel_size=3, padding=1), IMAGE),
    "unfold_dim": (lambda x: x.unfold(2, 2, 1), X),
    "fold": (lambda x: F.fold(F.unfold(x, kernel_size=2, stride=2), (6, 6), 2, stride=2), IMAGE),
    "cat": (lambda x, y: torch.cat([x, y], dim=1), TWO),
    "cat_axis": (lambda x, y: torch.concat((x, y), -1), TWO),
    "stack": (lambda x, y: torch.stack((x, y), dim=2), TWO),
    "roll": (lambda x: torch.roll(x, shifts=(1, -2), dims=(1, 2)), IMAGE),
    "roll_one": (lambda x: x.roll(1, 2), X),
    "flip": (lambda x: x.flip(1), X),
    "flip_several": (lambda x: torch.flip(x, dims=(1, 2)), X),
    "pad": (lambda x: F.pad(x, (1, 0, 2, 1)), IMAGE),
    "pad_value": (lambda x: F.pad(x, (0, 1), value=2.5), X),
    "pad_reflect": (lambda x: F.pad(x, (1, 1, 1, 1), mode="reflect"), IMAGE),
    "pad_nothing": (lambda x: F.pad(x, (0, 0)) + 1, X),
    "tril": (lambda x: x.tril(), X),
    "triu": (lambda x: torch.triu(x, diagonal=1), X),
    "one_hot": (lambda x: F.one_hot((x > 0).long(), num_classes=2), X),
    "in_place": (in_place, X),
    "written_into": (written, X),
    "filled": (filled, X),
    "windows": (lambda x: x.view(-1, 4, 2, 3, 2, 3).permute(0, 2, 4, 3, 5, 1).reshape(-1, 9, 4).softmax(1).view(-1, 2, 2, 9, 4).mean(3), IMAGE),
    "several_windows": (lambda x: x.reshape(x.shape[0] * 4, 36).softmax(1).reshape(x.shape), IMAGE),
}  # fmt: skip

NEURAL: dict[str, Case] = {
    "max_pool1d": (lambda x: F.max_pool1d(x, 2), LINE),
    "max_pool2d": (lambda x: F.max_pool2d(x, 3, stride=2, padding=1, ceil_mode=True), IMAGE),
    "max_pool2d_positions": (lambda x: F.max_pool2d(x, (2, 2), 2), IMAGE),
    "max_pool3d": (lambda x: F.max_pool3d(x, 2), VOLUME),
    "avg_pool1d": (lambda x: F.avg_pool1d(x, 2, 1), LINE),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False), IMAGE),
    "avg_pool3d": (lambda x: F.avg_pool3d(x, 2, padding=1), VOLUME),
    "adaptive_avg_pool1d": (lambda x: F.adaptive_avg_pool1d(x, 1), LINE),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, (2, 3)), IMAGE),
    "adaptive_avg_pool3d": (lambda x: F.adaptive_avg_pool3d(x, 1), VOLUME),
    "adaptive_max_pool1d": (lambda x: F.adaptive_max_pool1d(x, 2), LINE),
    "adaptive_max_pool2d": (lambda x: F.adaptive_max_pool2d(x, (1, 1)), IMAGE),
    "adaptive_max_pool3d": (lambda x: F.adaptive_max_pool3d(x, 2), VOLUME),
    "interpolate": (lambda x: F.interpolate(x, scale_factor=2), IMAGE),
    "interpolate_size": (lambda x: F.interpolate(x, size=(9, 7), mode="bilinear", align_corners=False), IMAGE),
    "interpolate_corners": (lambda x: F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=True), IMAGE),
    "interpolate_antialias": (lambda x: F.interpolate(x, size=(3, 3), mode="bicubic", antialias=True), IMAGE),
    "interpolate_as": (lambda x: F.interpolate(x[:, :, ::2, ::2], x.shape[-2:]), IMAGE),
    "dropout2d": (lambda x: F.dropout2d(x, 0.3, False) + 1, IMAGE),
    "dropout3d": (lambda x: F.dropout3d(x, 0.3, False) + 1, VOLUME),
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), IMAGE),
    "pixel_unshuffle": (lambda x: F.pixel_unshuffle(x, 2), IMAGE),
    "channel_shuffle": (lambda x: F.channel_shuffle(x, 2), IMAGE),
    "instance_norm": (lambda x: F.instance_norm(x, eps=1e-3), IMAGE),
    "layer_norm": (lambda x: F.layer_norm(x, (4,)), X),
    "rms_norm": (lambda x: F.rms_norm(x, (4,), eps=1e-6), X),
    "group_norm": (lambda x: F.group_norm(x, 2), IMAGE),
    "attention": (lambda x: F.scaled_dot_product_attention(x, x, x), X),
    "attention_causal": (lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True, scale=0.3), X),
    "attention_masked": (lambda x, y: F.scaled_dot_product_attention(x, x, y, attn_mask=torch.ones(3, 3).tril().bool()), TWO),
    "attention_biased": (lambda x: F.scaled_dot_product_attention(x, x, x, attn_mask=torch.arange(9.0).reshape(3, 3)), X),
}  # fmt: skip

MORE: dict[str, Case] = {
    "tan": (torch.tan, X), "arctan": (torch.arctan, X), "atan": (torch.atan, X), "lp_pool3d": (lambda x: F.lp_pool3d(x.abs(), 2.0, 2), VOLUME), "log1p": (lambda x: x.abs().log1p(), X),
    "expit": (torch.special.expit, X), "atan2": (torch.atan2, TWO), "arctan2": (torch.arctan2, TWO),
    "logical_xor": (lambda x, y: torch.where((x > 0) ^ (y > 0), x, y), TWO),
    "logical_numbers": (lambda x, y: torch.logical_xor(x.round(), torch.logical_and(x.round(), y.round())), TWO),
    "either": (lambda x, y: (x > 0) | (y > 0), TWO),
    "true_where": (lambda x, y: torch.where(x > 0, y > 1, True), TWO), "true_filled": (lambda x: (x > 0).masked_fill(x > 1, False), X),
    "true_sum": (lambda x: True + x * 2, X), "true_tensor": (lambda x: x * torch.tensor(True), X),
    "true_compared": (lambda x: (x > 0) != torch.tensor(True), X), "true_written": (lambda x: true_part(x > 0), X),
    "filled_by_tensor": (lambda x: x.masked_fill(x > 1, torch.tensor(3)), X),
    "area": (lambda x: F.interpolate(x, size=(3, 2), mode="area"), IMAGE),
    "batch_second": (lambda x: x.transpose(0, 1) * 2, X), "batch_last": (lambda x: x.permute(2, 1, 0), X),
    "nothing": (lambda x: x, X), "contiguous_alone": (lambda x: x.contiguous(), X), "joined_alone": (lambda x: torch.cat([x], 1), X),
    "cumprod": (lambda x: x.cumprod(-1), X), "argmin": (lambda x: x.argmin(-1).float() + x.min(-1)[1], X),
    "affine_grid": (lambda x: F.grid_sample(x, F.affine_grid(x.flatten(1)[:, :6].reshape(-1, 2, 3), x.size(), align_corners=True), align_corners=True), IMAGE),
    "grid_sample": (lambda x: F.grid_sample(x, x[:, :2].permute(0, 2, 3, 1), "nearest", "border", align_corners=True), IMAGE),
    "topk": (lambda x: x.topk(3, 1)[0], IMAGE), "topk_least": (lambda x: torch.topk(x, 2, dim=-1, largest=False)[1].float(), X),
    "sort": (lambda x: x.sort(-1, descending=True)[0] + torch.sort(x)[0], X),
    "cosine_similarity": (lambda x, y: F.cosine_similarity(x, y, dim=-1), TWO),
    "local_response_norm": (lambda x: F.local_response_norm(x, 3, beta=0.5), IMAGE),
    "lp_pool2d": (lambda x: F.lp_pool2d(x.abs(), 2.0, 2), IMAGE), "lp_pool1d": (lambda x: F.lp_pool1d(x.abs(), 2.0, 3, 2), LINE),
    "hardshrink": (F.hardshrink, X), "softshrink": (lambda x: F.softshrink(x, 0.25), X),
    "threshold": (lambda x: F.threshold(x, 0.1, 2.0), X), "softmin": (lambda x: F.softmin(x, -1), X),
    "rrelu": (lambda x: F.rrelu(x, 0.1, 0.4), X), "diagonal": (lambda x: x.diagonal(1, -2, -1), IMAGE),
    "feature_alpha_dropout": (lambda x: F.feature_alpha_dropout(x * 2, 0.5), IMAGE),
    "take_along_dim": (lambda x: torch.take_along_dim(x, x.argmax(-1, keepdim=True), -1), X),
    "hsplit": (lambda x: torch.hsplit(x, 3)[1], X), "dsplit": (lambda x: torch.dsplit(x, 2)[1], X),
    "max_pool2d_indices": (lambda x: sum(F.max_pool2d(x, 2, return_indices=True)), IMAGE),
    "adaptive_max_pool2d_indices": (lambda x: sum(F.adaptive_max_pool2d(x, 2, return_indices=True)), IMAGE),
    "sum_dtype": (lambda x: x.sum(-1, dtype=torch.float64), X), "softmax_dtype": (lambda x: x.softmax(-1, torch.float64), X),
    "mean_dtype": (lambda x: (x > 0).mean(-1, dtype=torch.float32), X),
    "matrix_norm": (torch.linalg.matrix_norm, IMAGE), "linalg_norm_dim": (lambda x: torch.linalg.norm(x, 1, dim=-1), X),
    "attention_shared": (lambda x: F.scaled_dot_product_attention(x, x[:, ::2], x[:, :1], enable_gqa=True), IMAGE),
    "baddbmm": (lambda x: torch.baddbmm(x, x, x.transpose(1, 2) @ x), X), "dot": (lambda x: x.mv(torch.arange(4.0)), ((4,),)),
}  # fmt: skip

FUNCTIONS = {**UNARY, **BINARY, **REDUCTIONS, **SHAPES, **NEURAL, **MORE}

OWN: dict[str, Callable[[], tuple[nn.Module, tuple[Shape, ...]]]] = {
    "linear": lambda: (Halves(lambda m, x: F.linear(x, m.weight, m.bias), weight=(5, 4), bias=(5,)), X),
    "linear_computed": lambda: (Halves(lambda m, x: F.linear(x, m.weight - m.weight.mean(1, keepdim=True)), weight=(5, 4)), X),
    "addmm": lambda: (Halves(lambda m, x: torch.addmm(m.bias, x, m.weight), weight=(4, 5), bias=(5,)), ((4,),)),
    "addmm_scaled": lambda: (Halves(lambda m, x: torch.addmm(m.bias, x, m.weight, beta=0, alpha=2), weight=(4, 5), bias=(5,)), ((4,),)),
    "addmv": lambda: (Halves(lambda m, x: x * torch.addmv(m.bias, m.weight, m.bias), weight=(4, 4), bias=(4,)), ((4,),)),
    "bilinear": lambda: (Halves(lambda m, x: F.bilinear(x, x, m.weight, m.bias), weight=(5, 4, 4), bias=(5,)), X),
    "bilinear_computed": lambda: (Halves(lambda m, x: F.bilinear(x, x, m.weight * 2), weight=(5, 4, 4)), X),
    "look_up": lambda: (Halves(lambda m, x: torch.embedding(m.weight, x.argmax(-1)), weight=(5, 4)), X),
    "conv1d": lambda: (Halves(lambda m, x: F.conv1d(x, m.weight, padding=1), weight=(3, 4, 3)), LINE),
    "conv2d": lambda: (Halves(lambda m, x: F.conv2d(x, m.weight, m.bias, 2, groups=2), weight=(6, 2, 3, 3), bias=(6,)), IMAGE),
    "conv2d_computed": lambda: (Halves(lambda m, x: F.conv2d(x, torch.tanh(m.weight), m.bias, stride=2), weight=(6, 4, 3, 3), bias=(6,)), IMAGE),
    "conv3d": lambda: (Halves(lambda m, x: F.conv3d(x, m.weight), weight=(3, 2, 2, 2, 2)), VOLUME),
    "conv_transpose1d": lambda: (Halves(lambda m, x: F.conv_transpose1d(x, m.weight, stride=2), weight=(4, 3, 2)), LINE),
    "conv_transpose2d": lambda: (Halves(lambda m, x: F.conv_transpose2d(x, m.weight, m.bias, 2, 1, 1), weight=(4, 3, 3, 3), bias=(3,)), IMAGE),
    "conv_transpose2d_computed": lambda: (Halves(lambda m, x: F.conv_transpose2d(x, m.weight * 2), weight=(4, 3, 3, 3)), IMAGE),
    "conv_transpose3d": lambda: (Halves(lambda m, x: F.conv_transpose3d(x, m.weight), weight=(2, 3, 2, 2, 2)), VOLUME),
    "layer_norm": lambda: (Halves(lambda m, x: F.layer_norm(x, (4,), m.weight, m.bias), weight=(4,), bias=(4,)), X),
    "layer_norm_computed": lambda: (Halves(lambda m, x: F.layer_norm(x, (4,), m.weight * 2, m.bias), weight=(4,), bias=(4,)), X),
    "rms_norm": lambda: (Halves(lambda m, x: F.rms_norm(x, (4,), m.weight, 1e-6), weight=(4,)), X),
    "group_norm": lambda: (Halves(lambda m, x: F.group_norm(x, 2, m.weight, m.bias), weight=(4,), bias=(4,)), IMAGE),
    "embedding": lambda: (Halves(lambda m, x: F.embedding((x > 0).long(), m.weight), weight=(2, 5)), X),
    "embedding_computed": lambda: (Halves(lambda m, x: F.embedding((x > 0).long(), m.weight + 1), weight=(2, 5)), X),
    "prelu": lambda: (nn.Sequential(Halves(lambda m, x: F.prelu(x, m.weight), weight=(3,))), X),
    "batch_norm": lambda: (Halves(lambda m, x: F.batch_norm(x, None, None, m.scale, m.shift, training=True), scale=(4,), shift=(4,)), IMAGE),
    "other_names": lambda: (Halves(lambda m, x: F.linear(x, m.matrix, m.shift), matrix=(5, 4), shift=(5,)), X),
    "matrix_product": lambda: (Halves(lambda m, x: x @ m.projection.t() + m.projection.T[0, 0], projection=(5, 4)), X),
    "mm": lambda: (Halves(lambda m, x: x + torch.mm(m.left, m.right), left=(3, 2), right=(2, 4)), X),
}  # fmt: skip
