"""Functions of torch.nn.functional. https://docs.pytorch.org/docs/stable/nn.functional.html

One that reads a module's own parameters is that module's layer (`Conv2d`); one that reads others has them as inputs
(`FunctionalConv2d`).
"""

from __future__ import annotations

from typing import Any

from archspec.importers.sketch import Ref
from archspec.importers.torch.builder import Builder
from archspec.importers.torch.functions import Answer, Handler, handles
from archspec.importers.torch.modules import without_defaults
from archspec.importers.torch.recording import Call, Value
from archspec.importers.torch.tape import Multiple

OWN = {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "batch_norm",
       "layer_norm", "group_norm", "rms_norm", "embedding", "prelu", "bilinear"}  # fmt: skip
"""Functions whose parameters may be those of the module they run in."""

_STATE_ARGUMENTS = {  # where each function takes its parameters and buffers, by the name each has in the module
    "linear": {"weight": 1, "bias": 2}, "layer_norm": {"weight": 2, "bias": 3}, "group_norm": {"weight": 2, "bias": 3},
    "rms_norm": {"weight": 2}, "embedding": {"weight": 1}, "prelu": {"weight": 1},
    "bilinear": {"weight": 2, "bias": 3},
    "batch_norm": {"running_mean": 1, "running_var": 2, "weight": 3, "bias": 4},
    **{name: {"weight": 1, "bias": 2} for name in OWN if name.startswith("conv")},
}  # fmt: skip


def own_state(call: Call) -> dict[str, Value] | None:
    """The state that the call reads, by the name that its module gives it; None where something else stands there."""
    found: dict[str, Value] = {}
    for name, position in _STATE_ARGUMENTS[call.name].items():
        given = call.arguments[position] if len(call.arguments) > position else call.keywords.get(name)
        if given is None:
            continue
        if not isinstance(given, Value) or given.state is None or given.state.rsplit(".", 1)[-1] != name:
            return None
        found[name] = given
    if call.name in ("batch_norm", "group_norm") and ("weight" in found) != ("bias" in found):
        return None  # the modules have both or neither
    return found


def _kept(b: Builder, kind: str, keys: dict[str, Any], state: dict[str, Any], x: Value) -> Answer:
    """The module's own layer where the call reads just its module's state, else the functional form."""
    assert b.call is not None
    path = b.own_path(b.call)
    given = {name: value for name, value in state.items() if value is not None}
    if path is not None:
        keys = {**keys, **_presence(kind, given)}
        return b.stateful(path, kind, without_defaults(kind, keys), [x])
    return b.layer(f"Functional{kind}", without_defaults(f"Functional{kind}", keys), x, *given.values())


def _presence(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    if kind.startswith(("BatchNorm", "GroupNorm", "InstanceNorm")):
        return {"affine": "weight" in given}
    if kind == "LayerNorm":
        return {"elementwise_affine": "weight" in given, "bias": "bias" in given}
    if kind == "RMSNorm":
        return {"elementwise_affine": "weight" in given}
    return {"bias": "bias" in given}


@handles("linear")
def linear(b: Builder, x: Value, weight: Value, bias: Value | None = None) -> Answer:
    assert b.call is not None
    keys = {"out_features": b.shape(weight)[0]} if b.own_path(b.call) is not None else {}
    return _kept(b, "Linear", keys, {"weight": weight, "bias": bias}, x)


def _conv(kind: str) -> Handler:
    def handle(b: Builder, x: Value, weight: Value, bias: Value | None = None, stride: Any = 1, padding: Any = 0,
               dilation: Any = 1, groups: int = 1) -> Answer:  # fmt: skip
        assert b.call is not None
        keys = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        if b.own_path(b.call) is not None:
            keys = {"out_channels": weight.shape[0], "kernel_size": list(weight.shape[2:]), **keys}
        return _kept(b, kind, keys, {"weight": weight, "bias": bias}, x)

    return handle


def _conv_transpose(kind: str) -> Handler:
    def handle(b: Builder, x: Value, weight: Value, bias: Value | None = None, stride: Any = 1, padding: Any = 0,
               output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Answer:  # fmt: skip
        assert b.call is not None
        keys = {"stride": stride, "padding": padding, "output_padding": output_padding, "groups": groups,
                "dilation": dilation}  # fmt: skip
        if b.own_path(b.call) is not None:
            keys = {"out_channels": weight.shape[1] * groups, "kernel_size": list(weight.shape[2:]), **keys}
        return _kept(b, kind, keys, {"weight": weight, "bias": bias}, x)

    return handle


for _rank in (1, 2, 3):
    handles(f"conv{_rank}d")(_conv(f"Conv{_rank}d"))
    handles(f"conv_transpose{_rank}d")(_conv_transpose(f"ConvTranspose{_rank}d"))


@handles("batch_norm")
def batch_norm(b: Builder, x: Value, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
               training: bool = False, momentum: Any = 0.1, eps: float = 1e-5) -> Answer:  # fmt: skip
    if training and running_mean is not None:
        raise b.problem("the model normalizes with the statistics of the batch in evaluation too, and changes its own")
    state = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    assert b.call is not None
    if b.own_path(b.call) is not None:
        rank = max(1, len(x.shape) - 2)
        return _kept(b, f"BatchNorm{rank}d", {"eps": eps, "momentum": b.momentum(momentum)}, state, x)
    if running_mean is not None:
        raise b.problem(
            "the model normalizes with running statistics as no one layer does: with other arguments than elsewhere, or with "
            "just one of weight and bias",
            "give each of the ways a BatchNorm of its own",
        )
    return b.layer("FunctionalBatchNorm", without_defaults("FunctionalBatchNorm", {"eps": eps}), x,
                   *(value for value in (weight, bias) if value is not None))  # fmt: skip


@handles("layer_norm")
def layer_norm(b: Builder, x: Value, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
               ) -> Answer:  # fmt: skip
    shape = list(normalized_shape)
    keys = {"normalized_shape": shape[0] if len(shape) == 1 else shape, "eps": eps}
    if weight is None and bias is None:
        return b.layer("LayerNorm", without_defaults("LayerNorm", {**keys, "elementwise_affine": False}), x)
    return _kept(b, "LayerNorm", keys, {"weight": weight, "bias": bias}, x)


@handles("rms_norm")
def rms_norm(b: Builder, x: Value, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Answer:
    shape = list(normalized_shape)
    keys = {"normalized_shape": shape[0] if len(shape) == 1 else shape, "eps": eps}
    if weight is None:
        return b.layer("RMSNorm", without_defaults("RMSNorm", {**keys, "elementwise_affine": False}), x)
    return _kept(b, "RMSNorm", keys, {"weight": weight}, x)


@handles("group_norm")
def group_norm(b: Builder, x: Value, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
               ) -> Answer:  # fmt: skip
    keys = {"num_groups": num_groups, "eps": eps}
    if weight is None and bias is None:
        return b.layer("GroupNorm", without_defaults("GroupNorm", {**keys, "affine": False}), x)
    return _kept(b, "GroupNorm", keys, {"weight": weight, "bias": bias}, x)


@handles("instance_norm")
def instance_norm(b: Builder, x: Value, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
                  use_input_stats: bool = True, eps: float = 1e-5) -> Answer:  # fmt: skip
    if any(value is not None for value in (running_mean, running_var, weight, bias)) or not use_input_stats:
        raise b.problem("the model normalizes instances with parameters that are not a module's")
    return b.layer(
        f"InstanceNorm{len(x.shape) - 2}d", without_defaults(f"InstanceNorm{len(x.shape) - 2}d", {"eps": eps}), x
    )


@handles("embedding")
def embedding(b: Builder, tokens: Value, weight: Value, padding_idx: Any = None, max_norm: Any = None) -> Answer:
    if max_norm is not None:
        raise b.problem(f"the model calls embedding with max_norm={max_norm}, which changes the table where it is read")
    assert b.call is not None
    path = b.own_path(b.call)
    if path is None:
        return b.layer("FunctionalEmbedding", {}, tokens, weight)
    keys = {"num_embeddings": weight.shape[0], "embedding_dim": weight.shape[1],
            "padding_idx": padding_idx if padding_idx not in (None, -1) else None}  # fmt: skip
    return b.stateful(path, "Embedding", without_defaults("Embedding", keys), [tokens])


@handles("bilinear")
def bilinear(b: Builder, x: Value, y: Value, weight: Value, bias: Value | None = None) -> Answer:
    assert b.call is not None
    path = b.own_path(b.call)
    if path is None:  # as PyTorch computes it: x · W · y for each output
        product = b.layer("Einsum", {"equation": "...i,oij,...j->...o"}, x, weight, y)
        return product if bias is None else b.layer("Add", {}, product, bias)
    keys = {"out_features": weight.shape[0], "bias": bias is not None}
    return b.stateful(path, "Bilinear", without_defaults("Bilinear", keys), [x, y])


@handles("look_up")
def look_up(b: Builder, weight: Value, tokens: Value) -> Answer:
    """`torch.embedding`, whose rows come first."""
    return b.layer("FunctionalEmbedding", {}, tokens, weight)


@handles("prelu")
def prelu(b: Builder, x: Value, weight: Value) -> Answer:
    assert b.call is not None
    path = b.own_path(b.call)
    if path is None:
        raise b.problem("the model calls prelu with slopes that are not a module's own")
    return b.stateful(path, "PReLU", without_defaults("PReLU", {"num_parameters": weight.shape[0]}), [x])


# Attention -----------------------------------------------------------------------------------------------------------------


@handles("scaled_dot_product_attention")
def attention(b: Builder, query: Value, key: Value, value: Value, attn_mask: Value | None = None, dropout_p: float = 0.0,
              is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False) -> Answer:  # fmt: skip
    if dropout_p:
        raise b.problem(f"the model drops out in evaluation too (scaled_dot_product_attention, dropout_p={dropout_p})")
    if enable_gqa:  # as PyTorch does it: each head of keys and values stands for several of queries
        key, value = _shared(b, key, query), _shared(b, value, query)
    keys = {**({"is_causal": True} if is_causal else {}), **({"scale": scale} if scale is not None else {})}
    return b.layer(
        "ScaledDotProductAttention", keys, query, key, value, *([attn_mask] if attn_mask is not None else [])
    )


def _shared(b: Builder, x: Value, query: Value) -> Any:
    """The heads of keys or values, repeated until there are as many as of queries."""
    times = query.shape[-3] // x.shape[-3]
    return x if times == 1 else b.layer("RepeatInterleave", {"repeats": times, "dim": len(x.shape) - 3}, x)


@handles("softmax")
def softmax(b: Builder, x: Value, dim: int | None = None, dtype: Any = None) -> Answer:
    return b.layer("Softmax", {"dim": dim}, b.cast(x, dtype))


@handles("log_softmax")
def log_softmax(b: Builder, x: Value, dim: int | None = None, dtype: Any = None) -> Answer:
    return b.layer("LogSoftmax", {"dim": dim}, b.cast(x, dtype))


@handles("matmul", "__matmul__", "bmm", "mm", "spmm", "__rmatmul__")
def matmul(b: Builder, x: Value, y: Value) -> Answer:
    assert b.call is not None
    return b.layer("Matmul", {}, *((y, x) if b.call.name == "__rmatmul__" else (x, y)))


@handles("mv", "dot", "vdot")
def product_of_vectors(b: Builder, x: Value, y: Value) -> Answer:
    """What is computed from weights alone is no work that grows with the samples: a product and a sum."""
    if any(isinstance(size, Multiple) for size in (*b.shape(x), *b.shape(y))):
        return b.layer("Matmul", {}, x, y)
    return b.layer("Sum", {"dim": -1}, b.layer("Mul", {}, x, y))


@handles("_weight_norm")
def weight_norm(b: Builder, v: Value, g: Value, dim: int = 0) -> Answer:
    """g · v / ‖v‖, the norm over all axes but one."""
    return b.layer("Mul", {}, v, b.layer("Div", {}, g, norm_except_dim(b, v, 2, dim)))


@handles("norm_except_dim")
def norm_except_dim(b: Builder, v: Value, pow: int = 2, dim: int = 0) -> Answer:
    axes = list(range(len(v.shape)))
    if dim == -1:
        return b.layer("Norm", {"dim": axes, **({} if pow == 2 else {"p": pow})}, v)
    others = [axis for axis in axes if axis != dim % len(axes)]
    return b.layer("Norm", {"dim": others, "keepdim": True, **({} if pow == 2 else {"p": pow})}, v)


@handles("einsum")
def einsum(b: Builder, equation: str, *operands: Any) -> Answer:
    tensors = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    return b.layer("Einsum", {"equation": equation}, *tensors)


@handles("addmm", "baddbmm", "addmv")
def addmm(b: Builder, x: Value, y: Value, z: Value, beta: float = 1, alpha: float = 1) -> Answer:
    """beta · x + alpha · (y @ z)"""
    product: Answer = b.layer("Matmul", {}, y, z)
    if alpha != 1:
        product = b.layer("Mul", {"value": alpha}, product)
    if beta == 0:
        return product
    return b.layer("Add", {}, x if beta == 1 else b.layer("Mul", {"value": beta}, x), product)


@handles("normalize")
def normalize(b: Builder, x: Value, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Answer:
    return b.layer("Normalize", without_defaults("Normalize", {"p": p, "dim": dim, "eps": eps}), x)


@handles("glu")
def glu(b: Builder, x: Value, dim: int = -1) -> Answer:
    return b.layer("GLU", {"dim": dim} if dim != -1 else {}, x)


# Dropout and windows ---------------------------------------------------------------------------------------------------------


def _dropout(kind: str) -> Handler:
    def handle(b: Builder, x: Value, p: float = 0.5, training: bool = True) -> Answer:
        if training and p:
            raise b.problem(
                f"the model drops out in evaluation too (training={training})", "write training=self.training"
            )
        return b.layer(kind, without_defaults(kind, {"p": float(p)}), x)

    return handle


for _name, _kind in {"dropout": "Dropout", "dropout1d": "Dropout1d", "dropout2d": "Dropout2d", "dropout3d": "Dropout3d",
                     "feature_dropout": "Dropout2d", "alpha_dropout": "AlphaDropout",
                     "feature_alpha_dropout": "FeatureAlphaDropout"}.items():  # fmt: skip
    handles(_name)(_dropout(_kind))


def _pool(kind: str) -> Handler:
    def handle_max(b: Builder, x: Value, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                   ceil_mode: bool = False, return_indices: bool = False) -> Answer:  # fmt: skip
        keys = {"kernel_size": kernel_size, "stride": stride or None, "padding": padding, "dilation": dilation,
                "ceil_mode": ceil_mode, "return_indices": return_indices}  # fmt: skip
        return _with_indices(b.layer(kind, _window(kind, keys), x), return_indices)

    def handle_average(b: Builder, x: Value, kernel_size: Any, stride: Any = None, padding: Any = 0,
                       ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Any = None
                       ) -> Answer:  # fmt: skip
        keys = {"kernel_size": kernel_size, "stride": stride or None, "padding": padding, "ceil_mode": ceil_mode,
                "count_include_pad": count_include_pad}  # fmt: skip
        if divisor_override is not None:
            keys["divisor_override"] = divisor_override
        return b.layer(kind, _window(kind, keys), x)

    return handle_max if kind.startswith("Max") else handle_average


def _window(kind: str, keys: dict[str, Any]) -> dict[str, Any]:
    kept = without_defaults(kind, keys)
    if kept.get("stride") == kept["kernel_size"]:
        kept.pop("stride")
    return kept


def _with_indices(found: Ref, return_indices: bool) -> Answer:
    return [found, Ref(found.source, "indices")] if return_indices else found


def _adaptive(kind: str) -> Handler:
    def handle_max(b: Builder, x: Value, output_size: Any, return_indices: bool = False) -> Answer:
        keys = without_defaults(kind, {"output_size": output_size, "return_indices": return_indices})
        return _with_indices(b.layer(kind, keys, x), return_indices)

    def handle_average(b: Builder, x: Value, output_size: Any) -> Answer:
        return b.layer(kind, without_defaults(kind, {"output_size": output_size}), x)

    return handle_max if kind.startswith("AdaptiveMax") else handle_average


for _rank in (1, 2, 3):
    for _short, _long in (("max", "Max"), ("avg", "Avg")):
        _names = [f"{_short}_pool{_rank}d", *([f"max_pool{_rank}d_with_indices"] if _short == "max" else [])]
        handles(*_names)(_pool(f"{_long}Pool{_rank}d"))
        handles(*(f"adaptive_{_name}" for _name in _names))(_adaptive(f"Adaptive{_long}Pool{_rank}d"))


@handles("interpolate", "upsample")
def interpolate(b: Builder, x: Value, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                align_corners: Any = None, recompute_scale_factor: Any = None, antialias: bool = False) -> Answer:  # fmt: skip
    if isinstance(size, Value):
        like = {"mode": mode, "align_corners": align_corners, "antialias": antialias}
        return b.layer("UpsampleLike", without_defaults("UpsampleLike", like), x, size)
    keys = {"size": size, "scale_factor": scale_factor, "mode": mode, "align_corners": align_corners,
            "recompute_scale_factor": recompute_scale_factor}  # fmt: skip
    if antialias or mode == "area":  # which the module does not have
        return b.layer("Interpolate", without_defaults("Interpolate", {**keys, "antialias": antialias}), x)
    return b.layer("Upsample", without_defaults("Upsample", keys), x)


@handles("pixel_shuffle")
def pixel_shuffle(b: Builder, x: Value, upscale_factor: int) -> Answer:
    return b.layer("PixelShuffle", {"upscale_factor": upscale_factor}, x)


@handles("pixel_unshuffle")
def pixel_unshuffle(b: Builder, x: Value, downscale_factor: int) -> Answer:
    return b.layer("PixelUnshuffle", {"downscale_factor": downscale_factor}, x)


@handles("channel_shuffle")
def channel_shuffle(b: Builder, x: Value, groups: int) -> Answer:
    return b.layer("ChannelShuffle", {"groups": groups}, x)


@handles("multi_head_attention_forward")
def multi_head(b: Builder, *args: Any, **kwargs: Any) -> Answer:
    raise b.problem("the model calls multi_head_attention_forward by itself", "use nn.MultiheadAttention")
