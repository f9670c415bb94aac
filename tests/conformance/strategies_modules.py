"""Arguments and inputs for the modules of torch.nn: mostly such that fit, some that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from archspec.ops.base import DType, N, Tensor

Case = tuple[dict[str, Any], tuple[Tensor, ...]]
Fields = dict[str, SearchStrategy[Any]]
FLOATS: tuple[DType, ...] = ("float32", "float32", "float32", "float64")


def pairs(rank: int, values: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """One value, or one for each axis (now and then one too many)."""
    many = st.lists(values, min_size=rank, max_size=rank).map(tuple)
    return st.one_of(
        values, values, values, many, many, many, st.lists(values, min_size=rank + 1, max_size=rank + 1).map(tuple)
    )


def spatial(
    rank: int, least: int = 1, most: int = 9, channels: SearchStrategy[int] | None = None
) -> SearchStrategy[Tensor]:
    """(N, C, …), once in a while with an axis too few or of whole numbers."""

    @st.composite
    def make(draw: DrawFn) -> Tensor:
        count = rank - 1 if draw(st.integers(0, 19)) == 0 and rank > 1 else rank
        sizes = [draw(st.integers(least, most)) for _ in range(count)]
        dtype: DType = "int64" if draw(st.integers(0, 29)) == 0 else "float32"
        return Tensor((N, draw(st.integers(1, 6) if channels is None else channels), *sizes), dtype)

    return make()


def anything(least: int = 1, most: int = 5) -> SearchStrategy[Tensor]:
    """Any tensor with a batch, mostly of floats."""

    @st.composite
    def make(draw: DrawFn) -> Tensor:
        sizes = draw(st.lists(st.integers(1, 6), min_size=least - 1, max_size=most - 1))
        return Tensor((N, *sizes), draw(st.sampled_from((*FLOATS, "int64", "bool"))))

    return make()


def case(fields: Fields, inputs: SearchStrategy[Tensor], required: tuple[str, ...] = ()) -> SearchStrategy[Case]:
    """Each optional field is there half of the time."""

    @st.composite
    def make(draw: DrawFn) -> Case:
        arguments = {key: draw(values) for key, values in fields.items() if key in required or draw(st.booleans())}
        return arguments, (draw(inputs),)

    return make()


small, flag, positive = st.integers(1, 4), st.booleans(), st.floats(0.1, 3, allow_nan=False)
real = st.floats(-3, 3, allow_nan=False)
STRATEGIES: dict[str, SearchStrategy[Case]] = {}


@st.composite
def _convolution(draw: DrawFn, rank: int, transposed: bool) -> Case:
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    wild = draw(st.integers(0, 9)) == 0
    multiple = 1 if wild else groups
    x = draw(spatial(rank, 1, {1: 12, 2: 9, 3: 6}[rank], small.map(lambda c: c * multiple)))
    fields: Fields = {
        "stride": pairs(rank, st.integers(1, 3)),
        "dilation": pairs(rank, st.integers(1, 2)),
        "bias": flag,
    }
    if transposed:
        fields |= {"padding": pairs(rank, st.integers(0, 1)), "output_padding": st.integers(0, 1)}
    else:
        words = st.one_of(pairs(rank, st.integers(0, 3)), st.sampled_from(["same", "valid"]))
        fields |= {"padding": words, "padding_mode": st.sampled_from(["zeros", "reflect", "replicate", "circular"])}
    arguments = {key: draw(values) for key, values in fields.items() if draw(flag)}
    arguments |= {"out_channels": draw(small) * multiple, "kernel_size": draw(pairs(rank, st.integers(1, 3)))}
    if groups > 1:
        arguments["groups"] = groups
    if draw(st.integers(0, 3)) == 0:
        arguments["in_channels"] = x.shape[1] if draw(flag) else draw(small)
    return arguments, (x,)


def _convolutions() -> None:
    for rank in (1, 2, 3):
        STRATEGIES[f"Conv{rank}d"] = _convolution(rank, False)
        STRATEGIES[f"ConvTranspose{rank}d"] = _convolution(rank, True)


def _pooling() -> None:
    for rank in (1, 2, 3):
        most = {1: 12, 2: 9, 3: 6}[rank]
        window: Fields = {"kernel_size": pairs(rank, small), "stride": pairs(rank, small), "ceil_mode": flag}
        padded = {**window, "padding": pairs(rank, st.integers(0, 2))}
        x = spatial(rank, 1, most)
        peaks = {**padded, "dilation": pairs(rank, st.integers(1, 2)), "return_indices": flag}
        STRATEGIES[f"MaxPool{rank}d"] = case(peaks, x, ("kernel_size",))
        means = {**padded, "count_include_pad": flag}
        if rank > 1:
            means["divisor_override"] = st.integers(-1, 3)
        STRATEGIES[f"AvgPool{rank}d"] = case(means, x, ("kernel_size",))
        STRATEGIES[f"LPPool{rank}d"] = case(
            {**window, "norm_type": st.sampled_from([1, 2, 3.5])}, x, ("kernel_size", "norm_type")
        )
        target = pairs(rank, st.one_of(small, st.none()))
        STRATEGIES[f"AdaptiveAvgPool{rank}d"] = case({"output_size": target}, x, ("output_size",))
        STRATEGIES[f"AdaptiveMaxPool{rank}d"] = case(
            {"output_size": target, "return_indices": flag}, x, ("output_size",)
        )


def _normalizations() -> None:
    batch: Fields = {"eps": st.sampled_from([1e-5, 0.1]), "momentum": st.sampled_from([0.1, None]), "affine": flag,
                     "track_running_stats": flag}  # fmt: skip
    for rank in (1, 2, 3):
        STRATEGIES[f"BatchNorm{rank}d"] = case(batch, spatial(rank, 1, 5))
        STRATEGIES[f"InstanceNorm{rank}d"] = case(batch, spatial(rank, 1, 5).filter(lambda t: t.rank != 2))
    STRATEGIES["SyncBatchNorm"] = case(batch, anything(2))
    groups: Fields = {"num_groups": st.integers(1, 3), "affine": flag}
    STRATEGIES["GroupNorm"] = case(groups, anything(2), ("num_groups",))
    lrn: Fields = {"size": st.integers(1, 5), "alpha": real, "beta": positive, "k": positive}
    STRATEGIES["LocalResponseNorm"] = case(lrn, anything(3, 5), ("size",))

    @st.composite
    def last_axes(draw: DrawFn, bias: bool = False) -> Case:
        x = draw(anything(2))
        count = draw(st.integers(1, x.rank - 1))
        shape = tuple(x.shape[x.rank - count :]) if draw(st.integers(0, 5)) else (draw(small),)
        arguments: dict[str, Any] = {"normalized_shape": shape[0] if len(shape) == 1 and draw(flag) else shape}
        if draw(st.integers(0, 3)) == 0:
            arguments = {}
        if draw(flag):
            arguments["elementwise_affine"] = draw(flag)
        if bias and draw(flag):
            arguments["bias"] = draw(flag)
        return arguments, (x,)

    STRATEGIES["LayerNorm"] = last_axes(bias=True)
    STRATEGIES["RMSNorm"] = last_axes()


def _activations() -> None:
    inplace: Fields = {"inplace": flag}
    for name in ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid"):
        STRATEGIES[name] = case(inplace, anything())
    for name in ("Sigmoid", "Tanh", "Softsign", "Tanhshrink", "LogSigmoid", "Identity"):
        STRATEGIES[name] = case({}, anything())
    STRATEGIES.update(
        {
            "ELU": case({"alpha": real, **inplace}, anything()),
            "CELU": case({"alpha": positive, **inplace}, anything()),
            "GELU": case({"approximate": st.sampled_from(["none", "tanh"])}, anything()),
            "Hardtanh": case({"min_val": real, "max_val": real, **inplace}, anything()),
            "Hardshrink": case({"lambd": real}, anything()),
            "Softshrink": case({"lambd": real}, anything()),
            "LeakyReLU": case({"negative_slope": real, **inplace}, anything()),
            "RReLU": case({"lower": real, "upper": real, **inplace}, anything()),
            "PReLU": case({"num_parameters": st.integers(1, 4), "init": real}, anything(2)),
            "Softplus": case({"beta": positive, "threshold": positive}, anything()),
            "Threshold": case({"threshold": real, "value": real, **inplace}, anything(), ("threshold", "value")),
            "GLU": case({"dim": st.sampled_from([1, 2, -1])}, anything(2).filter(lambda t: t.rank != 1)),
            "Softmax": case({"dim": st.integers(-3, 3)}, anything(2)),
            "Softmin": case({"dim": st.integers(-3, 3)}, anything(2)),
            "LogSoftmax": case({"dim": st.integers(-3, 3)}, anything(2)),
            "Softmax2d": case({}, spatial(2).filter(lambda t: t.rank == 4)),
        }
    )


def _vectors() -> None:
    @st.composite
    def normalize(draw: DrawFn) -> Case:
        x = draw(anything(2))
        dims = st.lists(st.integers(0, x.rank - 1), min_size=1, unique=True).map(tuple)
        fields: Fields = {"dim": st.one_of(st.integers(-x.rank, x.rank - 1), dims), "p": st.sampled_from([1, 2.0, 3]),
                          "eps": st.sampled_from([1e-12, 0.5])}  # fmt: skip
        return {key: draw(values) for key, values in fields.items() if draw(flag)}, (x,)

    @st.composite
    def similarity(draw: DrawFn) -> Case:
        x = draw(anything(2))
        other = tuple(1 if draw(st.integers(0, 4)) == 0 else size for size in x.shape)[draw(st.integers(0, 1)) :]
        arguments = {
            key: draw(values) for key, values in {"dim": st.integers(-3, 3), "eps": positive}.items() if draw(flag)
        }
        return arguments, (x, Tensor(other, draw(st.sampled_from((*FLOATS, "int64")))))

    STRATEGIES["Normalize"] = normalize()
    STRATEGIES["CosineSimilarity"] = similarity()


def _dropouts() -> None:
    fields: Fields = {"p": st.floats(0, 1), "inplace": flag}
    depth: Fields = {"p": st.floats(0, 1), "mode": st.sampled_from(["row", "batch"])}
    STRATEGIES["StochasticDepth"] = case(depth, anything(), ("p",))
    for name in ("Dropout", "AlphaDropout", "FeatureAlphaDropout"):
        STRATEGIES[name] = case(fields, anything())
    for rank in (1, 2, 3):
        x = spatial(rank, 1, 4)
        STRATEGIES[f"Dropout{rank}d"] = case(fields, x.filter(lambda t, rank=rank: t.rank == rank + 2))


def _paddings() -> None:
    for rank in (1, 2, 3):
        amounts = st.one_of(
            st.integers(-2, 4), st.lists(st.integers(-2, 4), min_size=2 * rank, max_size=2 * rank).map(tuple)
        )
        x = spatial(rank, 1, 6).filter(lambda t, rank=rank: t.rank == rank + 2)
        for name in ("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"):
            STRATEGIES[f"{name}{rank}d"] = case({"padding": amounts}, x, ("padding",))
        STRATEGIES[f"ConstantPad{rank}d"] = case({"padding": amounts, "value": real}, x, ("padding", "value"))


def _resampling() -> None:
    scale = st.one_of(small, st.sampled_from([0.5, 1.5, 2.5]))

    @st.composite
    def upsample(draw: DrawFn, more: bool = False) -> Case:
        modes = ["nearest", "nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact"]
        mode = draw(st.sampled_from([*modes, "area"] if more else modes))
        rank = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(mode, draw(st.integers(1, 3)))
        arguments: dict[str, Any] = {"mode": mode} if mode != "nearest" or draw(flag) else {}
        if draw(st.integers(0, 9)):
            arguments |= (
                {"scale_factor": draw(pairs(rank, scale))} if draw(flag) else {"size": draw(pairs(rank, small))}
            )
        if draw(st.integers(0, 3)) == 0:
            arguments["align_corners"] = draw(flag)
        if more and mode[:2] == "bi" and draw(flag):
            arguments["antialias"] = draw(flag)
        return arguments, (draw(spatial(rank, 1, 6)),)

    @st.composite
    def upsample_like(draw: DrawFn) -> Case:
        """As Interpolate, its sizes those of another tensor, of which the rank may be another one once in a while."""
        arguments, (x,) = draw(upsample(True))
        kept = {name: value for name, value in arguments.items() if name not in ("size", "scale_factor")}
        places = [draw(small) for _ in range(x.rank - 2 + (draw(st.integers(0, 19)) == 0))]
        return kept, (
            x,
            Tensor((draw(st.sampled_from((N, 1, 2))), draw(small), *places), draw(st.sampled_from((*FLOATS, "int64")))),
        )

    STRATEGIES["UpsampleLike"] = upsample_like()
    STRATEGIES["Upsample"] = upsample()
    STRATEGIES["Interpolate"] = upsample(True)

    @st.composite
    def grids(draw: DrawFn) -> Case:
        rank = draw(st.integers(2, 3))
        fields: Fields = {"mode": st.sampled_from(["bilinear", "nearest", *(["bicubic"] if rank == 2 else [])]),
                          "padding_mode": st.sampled_from(["zeros", "border", "reflection"]), "align_corners": flag}  # fmt: skip
        arguments = {key: draw(values) for key, values in fields.items() if draw(flag)}
        places = [draw(small) for _ in range(rank)]
        x = Tensor((N, draw(small), *(draw(small) for _ in range(rank))), draw(st.sampled_from(FLOATS)))
        return arguments, (x, Tensor((N, *places, rank), x.dtype))

    @st.composite
    def affine(draw: DrawFn) -> Case:
        rank = draw(st.integers(2, 3))
        size = tuple(draw(small) for _ in range(rank + 1))
        return {"size": size, **({"align_corners": draw(flag)} if draw(flag) else {})}, (Tensor((N, rank, rank + 1)),)

    STRATEGIES["GridSample"] = grids()
    STRATEGIES["AffineGrid"] = affine()
    flat = spatial(2, 1, 6)
    for name in ("UpsamplingNearest2d", "UpsamplingBilinear2d"):
        by_scale = case({"scale_factor": pairs(2, scale)}, flat, ("scale_factor",))
        STRATEGIES[name] = st.one_of(by_scale, case({"size": pairs(2, small)}, flat, ("size",)))
    channels = st.sampled_from([1, 4, 8, 9, 36])
    exact = spatial(2, 1, 6, channels).filter(lambda t: t.rank == 4)
    STRATEGIES["PixelShuffle"] = case({"upscale_factor": st.integers(1, 3)}, exact, ("upscale_factor",))
    STRATEGIES["PixelUnshuffle"] = case({"downscale_factor": st.integers(1, 3)}, exact, ("downscale_factor",))
    STRATEGIES["ChannelShuffle"] = case({"groups": st.integers(1, 2)}, anything(3), ("groups",))


def _patches() -> None:
    window: Fields = {"kernel_size": pairs(2, st.integers(1, 3)), "dilation": pairs(2, st.integers(1, 2)),
                      "padding": pairs(2, st.integers(0, 2)), "stride": pairs(2, st.integers(1, 3))}  # fmt: skip
    STRATEGIES["Unfold"] = case(window, spatial(2, 1, 7), ("kernel_size",))

    @st.composite
    def fold(draw: DrawFn) -> Case:
        """As many columns as windows, now and then one too many."""
        arguments = {key: draw(values) for key, values in window.items() if key == "kernel_size" or draw(flag)}
        sides = (draw(st.integers(1, 7)), draw(st.integers(1, 7)))
        both = {key: value if isinstance(value, tuple) else (value, value) for key, value in arguments.items()}
        places = 1
        for i, size in enumerate(sides):
            kernel, step = both["kernel_size"][i], both.get("stride", (1, 1))[i]
            reach = both.get("dilation", (1, 1))[i] * (kernel - 1) + 1
            places *= max((size + 2 * both.get("padding", (0, 0))[i] - reach) // step + 1, 1)
        taps = both["kernel_size"][0] * both["kernel_size"][1] + (draw(st.integers(0, 9)) == 0)
        x = Tensor((N, draw(small) * taps, places + (draw(st.integers(0, 9)) == 0)))
        return {"output_size": sides if draw(flag) or sides[0] != sides[1] else sides[0], **arguments}, (x,)

    STRATEGIES["Fold"] = fold()


def _others() -> None:
    STRATEGIES["Linear"] = case({"out_features": small, "bias": flag}, anything(2), ("out_features",))
    tokens = anything().map(lambda t: Tensor(t.shape, "int64")) | anything()
    lookup: Fields = {"num_embeddings": st.just(10), "embedding_dim": small, "padding_idx": st.integers(-12, 12),
                      "scale_grad_by_freq": flag, "sparse": flag}  # fmt: skip
    STRATEGIES["Embedding"] = case(lookup, tokens, ("num_embeddings", "embedding_dim"))

    @st.composite
    def bilinear(draw: DrawFn) -> Case:
        x = draw(anything(2))
        y = Tensor((*x.shape[:-1], draw(small)), x.dtype) if draw(st.integers(0, 4)) else draw(anything(2))
        return {"out_features": draw(small), **({"bias": draw(flag)} if draw(flag) else {})}, (x, y)

    STRATEGIES["Bilinear"] = bilinear()


def _recurrence() -> None:
    def layer(states: int, extra: Fields) -> SearchStrategy[Case]:
        @st.composite
        def make(draw: DrawFn) -> Case:
            fields: Fields = {
                "num_layers": st.integers(1, 3),
                "bias": flag,
                "batch_first": flag,
                "bidirectional": flag,
                **extra,
            }
            arguments = {"hidden_size": draw(small), **{k: draw(v) for k, v in fields.items() if draw(flag)}}
            first = bool(arguments.get("batch_first"))
            steps, width = draw(small), draw(small)
            x = Tensor((N, steps, width) if first else (steps, N, width))
            inputs = [x]
            if draw(flag):
                stacked = arguments.get("num_layers", 1) * (2 if arguments.get("bidirectional") else 1)
                projected = arguments.get("proj_size") or arguments["hidden_size"]
                inputs += [Tensor((stacked, N, projected)), Tensor((stacked, N, arguments["hidden_size"]))][:states]
            return arguments, tuple(inputs)

        return make()

    STRATEGIES["RNN"] = layer(1, {"nonlinearity": st.sampled_from(["tanh", "relu"])})
    STRATEGIES["GRU"] = layer(1, {})
    STRATEGIES["LSTM"] = layer(2, {"proj_size": st.integers(0, 3)})

    def cell(states: int, extra: Fields) -> SearchStrategy[Case]:
        @st.composite
        def make(draw: DrawFn) -> Case:
            fields: Fields = {"bias": flag, **extra}
            arguments = {"hidden_size": draw(small), **{k: draw(v) for k, v in fields.items() if draw(flag)}}
            state = Tensor((N, arguments["hidden_size"] + (draw(st.integers(0, 9)) == 0)))
            return arguments, (Tensor((N, draw(small))), *(state,) * (states if draw(flag) else 0))

        return make()

    STRATEGIES["RNNCell"] = cell(1, {"nonlinearity": st.sampled_from(["tanh", "relu"])})
    STRATEGIES["GRUCell"] = cell(1, {})
    STRATEGIES["LSTMCell"] = cell(2, {})


def _attention() -> None:
    @st.composite
    def heads(draw: DrawFn) -> Case:
        fields: Fields = {"bias": flag, "add_bias_kv": flag, "add_zero_attn": flag, "batch_first": flag}
        arguments: dict[str, Any] = {
            "num_heads": draw(st.integers(1, 3)),
            **{k: draw(v) for k, v in fields.items() if draw(flag)},
        }
        width, target, source = draw(st.sampled_from([1, 2, 3, 4, 6])), draw(small), draw(small)

        def tensor(steps: int, features: int) -> Tensor:
            return Tensor((N, steps, features) if arguments.get("batch_first") else (steps, N, features))

        if draw(flag):
            return arguments, (tensor(target, width),)
        key, value = draw(st.sampled_from([width, 5])), draw(st.sampled_from([width, 5]))
        if key != width:
            arguments["kdim"] = key
        if value != width:
            arguments["vdim"] = value
        return arguments, (tensor(target, width), tensor(source, key), tensor(source, value))

    STRATEGIES["MultiheadAttention"] = heads()

    @st.composite
    def products(draw: DrawFn) -> Case:
        outer = draw(st.lists(small, max_size=2))
        width, target, source = draw(small), draw(small), draw(small)
        arguments = {k: draw(v) for k, v in {"is_causal": flag, "scale": positive}.items() if draw(flag)}
        shapes = [(N, *outer, target, width), (N, *outer, source, width), (N, *outer, source, draw(small))]
        inputs = [Tensor(shape) for shape in shapes]
        if draw(flag):
            arguments.pop("is_causal", None)
            scores = (N, *outer, target, source)[draw(st.integers(0, 1 + len(outer))) :]
            mask = tuple(1 if draw(st.integers(0, 3)) == 0 else size for size in scores)
            inputs.append(Tensor(mask, draw(st.sampled_from(("bool", "float32")))))
        return arguments, tuple(inputs)

    STRATEGIES["ScaledDotProductAttention"] = products()


def _functions() -> None:
    for name in (
        "Exp", "Log", "Sqrt", "Rsqrt", "Sin", "Cos", "Neg", "Abs", "Log2", "Log1p", "Expm1", "Tan", "Atan", "Erf", "Reciprocal",
        "Floor", "Ceil", "Round", "Sign", "Square", "LogicalNot", "BitwiseNot",
    ):  # fmt: skip
        STRATEGIES[name] = case({}, anything())
    bounds = st.one_of(real, st.integers(-3, 3))
    STRATEGIES["Clamp"] = case({"min": bounds, "max": bounds}, anything(), ("min",))


FAMILIES: tuple[Callable[[], None], ...] = (
    _convolutions, _pooling, _normalizations, _activations, _dropouts, _paddings, _resampling, _others, _recurrence, _attention,
    _functions, _patches, _vectors,
)  # fmt: skip
for family in FAMILIES:
    family()

NO_FUNCTION = "DispatchError: No ONNX function found for"
REFUSED = {
    # PyTorch's exporter has no translation.
    "AdaptiveAvgPool3d": (f"{NO_FUNCTION} <OpOverload(op='aten._adaptive_avg_pool3d'",) * 3,
    "AdaptiveMaxPool1d": (f"{NO_FUNCTION} <OpOverload(op='aten.adaptive_max_pool2d'",),
    "AdaptiveMaxPool2d": (f"{NO_FUNCTION} <OpOverload(op='aten.adaptive_max_pool2d'",) * 3,
    "RReLU": (f"{NO_FUNCTION} <OpOverload(op='aten.rrelu_with_noise_functional'",) * 3,
    "ScaledDotProductAttention": ("AssertionError: only 4D query, key, and value are supported",) * 3,
    "AffineGrid": ("AssertionError: aot_autograd expected to have an entirely functional graph",),
    # What it writes does not run.
    "GroupNorm": ("the file does not run: ValueError: Expected more than 1 value per channel",),
    # PyTorch's way of averaging first is none of ONNX's.
    "UpsampleLike": ("(Resize) resizes with antialiasing",),
    # Positions within a plane, where ONNX has those of all axes, the batch's among them.
    "MaxPool2d": ("(MaxPool) gives its Indices, which other nodes read and no layer of a spec gives",) * 2,
}
