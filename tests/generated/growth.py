"""Random networks, grown forwards, each with an oracle that PyTorch itself built from the same arguments.

`networks()` is a hypothesis strategy. It keeps all tensors made so far, draws an op and arguments, and records the layer
twice: as lines of a spec, and as a step of a plain PyTorch module that never goes through archspec. Arguments are drawn so
that most fit; some do not, and then PyTorch refuses them and growing ends: `refused` names the layer. Tensors are small ones
on the CPU: the meta device leaves out some of PyTorch's own checks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

BATCH = 2


class Oracle(nn.Module):
    """The network as PyTorch has it: submodules and parameters by the layers' names, and the steps of its forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, list[str], Callable[..., Any]]] = []

    def forward(self, *inputs: Tensor) -> Any:
        values = self.run(dict(zip(self.input_names, inputs, strict=True)))
        return values[self.steps[-1][0]]

    def run(self, values: dict[str, Any]) -> dict[str, Any]:
        values = dict(values)
        for name, sources, step in self.steps:
            values[name] = step(*[_pick(values, source) for source in sources])
        return values

    input_names: tuple[str, ...] = ("input",)


def _pick(values: dict[str, Any], source: str) -> Any:
    name, _, port = source.partition(".")
    value = values[name]
    if isinstance(value, (tuple, list)):
        flat = _flatten(value)
        return flat[{"": 0, "output": 0, "h": 1, "c": 2}.get(port) if port in ("output", "h", "c", "") else int(port)]
    return value


def _flatten(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [tensor for item in value for tensor in _flatten(item)]


@dataclass
class Network:
    """A spec as plain data, and what PyTorch makes of it."""

    input_shape: list[int]
    dtype: str
    layers: dict[str, Any] = field(default_factory=dict)
    oracle: Oracle = field(default_factory=Oracle)
    shapes: dict[str, Any] = field(default_factory=dict)
    refused: str | None = None
    error: str = ""

    def spec(self) -> dict[str, Any]:
        return {
            "archspec": 1,
            "name": "Grown",
            "inputs": {"input": {"shape": self.input_shape, "dtype": self.dtype}},
            "layers": self.layers,
        }


@dataclass
class _Step:
    """One drawn layer: its spec, its sources, its module (registered under the layer's name) and what is computed."""

    spec: dict[str, Any]
    make: Callable[[], nn.Module | nn.Parameter | None]
    call: Callable[..., Any]  # (module, *tensors)
    sources: list[str]


Draw = Callable[[st.SearchStrategy[Any]], Any]
_STEPS: list[tuple[Callable[[Tensor], bool], Callable[[Draw, Tensor, str, dict[str, Tensor]], _Step | None]]] = []


def _step(when: Callable[[Tensor], bool], weight: int = 1) -> Callable[[Any], Any]:
    def register(function: Any) -> Any:
        _STEPS.extend([(when, function)] * weight)
        return function

    return register


def _module(type_name: str, source: str, arguments: dict[str, Any], inferred: dict[str, Any] | None = None) -> _Step:
    """A torch.nn module: the oracle gets the inferred arguments too, the spec does not."""
    torch_arguments = {key: tuple(v) if isinstance(v, list) else v for key, v in arguments.items()}
    return _Step(
        {"type": type_name, **arguments},
        lambda: getattr(nn, type_name)(**(inferred or {}), **torch_arguments),
        lambda module, x: module(x),
        [source],
    )


def _function(type_name: str, sources: list[str], arguments: dict[str, Any], call: Callable[..., Any]) -> _Step:
    return _Step({"type": type_name, **arguments}, lambda: None, lambda _, *tensors: call(*tensors), sources)


def _is_float(x: Tensor) -> bool:
    return x.is_floating_point()


def _image(x: Tensor) -> bool:
    return _is_float(x) and 3 <= x.dim() <= 5


def _maybe(draw: Draw, arguments: dict[str, Any], key: str, values: st.SearchStrategy[Any]) -> None:
    if draw(st.booleans()):
        arguments[key] = draw(values)


def _per_axis(rank: int, values: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=rank, max_size=rank))


@_step(_image, weight=4)
def _convolution(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    rank, channels = x.dim() - 2, x.shape[1]
    groups = draw(st.sampled_from([1, 1, 1, 2, channels]))
    arguments: dict[str, Any] = {
        "out_channels": groups * draw(st.integers(1, 3)),
        "kernel_size": draw(_per_axis(rank, st.integers(1, 4))),
    }
    if groups != 1:
        arguments["groups"] = groups
    _maybe(draw, arguments, "stride", _per_axis(rank, st.integers(1, 3)))
    _maybe(
        draw, arguments, "padding", st.one_of(_per_axis(rank, st.integers(0, 3)), st.sampled_from(["same", "valid"]))
    )
    _maybe(draw, arguments, "dilation", st.integers(1, 2))
    _maybe(draw, arguments, "bias", st.booleans())
    _maybe(draw, arguments, "padding_mode", st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
    return _module(f"Conv{rank}d", source, arguments, {"in_channels": channels})


@_step(_image)
def _transposed(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    rank = x.dim() - 2
    arguments: dict[str, Any] = {"out_channels": draw(st.integers(1, 4)), "kernel_size": draw(st.integers(1, 3))}
    _maybe(draw, arguments, "stride", st.integers(1, 2))
    _maybe(draw, arguments, "padding", st.integers(0, 2))
    _maybe(draw, arguments, "output_padding", st.integers(0, 1))
    _maybe(draw, arguments, "dilation", st.integers(1, 2))
    return _module(f"ConvTranspose{rank}d", source, arguments, {"in_channels": x.shape[1]})


@_step(_image, weight=2)
def _pool(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    rank = x.dim() - 2
    kind = draw(st.sampled_from(["MaxPool", "AvgPool"]))
    arguments: dict[str, Any] = {"kernel_size": draw(st.integers(1, 3))}
    _maybe(draw, arguments, "stride", st.integers(1, 3))
    _maybe(draw, arguments, "padding", st.integers(0, 2))
    _maybe(draw, arguments, "ceil_mode", st.booleans())
    if kind == "MaxPool":
        _maybe(draw, arguments, "dilation", st.integers(1, 2))
    else:
        _maybe(draw, arguments, "count_include_pad", st.booleans())
    return _module(f"{kind}{rank}d", source, arguments)


@_step(_image)
def _adaptive(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    kind = draw(st.sampled_from(["AdaptiveAvgPool", "AdaptiveMaxPool"]))
    return _module(f"{kind}{x.dim() - 2}d", source, {"output_size": draw(st.integers(1, 4))})


@_step(_image)
def _batch_norm(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    arguments: dict[str, Any] = {}
    _maybe(draw, arguments, "affine", st.booleans())
    _maybe(draw, arguments, "track_running_stats", st.booleans())
    return _module(f"BatchNorm{x.dim() - 2}d", source, arguments, {"num_features": x.shape[1]})


@_step(_image)
def _group_norm(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    return _module("GroupNorm", source, {"num_groups": draw(st.integers(1, 3))}, {"num_channels": x.shape[1]})


@_step(lambda x: _is_float(x) and x.dim() >= 2, weight=2)
def _activation(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    name = draw(
        st.sampled_from(
            ["ReLU", "ReLU6", "GELU", "SiLU", "Tanh", "Sigmoid", "LeakyReLU", "Hardswish", "Softplus", "ELU"]
        )
    )
    return _module(name, source, {})


@_step(lambda x: _is_float(x) and x.dim() >= 2)
def _along(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    name = draw(st.sampled_from(["Softmax", "LogSoftmax", "GLU"]))
    dims = [
        *range(1, x.dim() + 1),
        *range(1 - x.dim(), 0),
    ]  # not the batch, which is free in a spec; one is out of range
    return _module(name, source, {"dim": draw(st.sampled_from(dims))})


@_step(lambda x: _is_float(x) and x.dim() >= 2, weight=2)
def _linear(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    arguments: dict[str, Any] = {"out_features": draw(st.integers(1, 6))}
    _maybe(draw, arguments, "bias", st.booleans())
    return _module("Linear", source, arguments, {"in_features": x.shape[-1]})


@_step(lambda x: _is_float(x) and x.dim() >= 2)
def _layer_norm(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    last = draw(st.integers(1, x.dim() - 1))
    return _module("LayerNorm", source, {"normalized_shape": list(x.shape[-last:])})


@_step(lambda x: x.dim() >= 2)
def _flatten_layer(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    arguments: dict[str, Any] = {}
    _maybe(draw, arguments, "start_dim", st.integers(1, x.dim()))
    _maybe(draw, arguments, "end_dim", st.integers(-2, x.dim() - 1))
    return _module("Flatten", source, arguments)


@_step(lambda x: _is_float(x) and x.dim() == 4)
def _resample(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    which = draw(st.integers(0, 3))
    if which == 0:
        return _module("Upsample", source, {"scale_factor": draw(st.integers(1, 3))})
    if which == 1:
        return _module("PixelShuffle", source, {"upscale_factor": draw(st.integers(1, 2))})
    if which == 2:
        return _module("ZeroPad2d", source, {"padding": draw(st.integers(0, 2))})
    return _module("LocalResponseNorm", source, {"size": draw(st.integers(1, 3))})


@_step(_is_float)
def _dropout(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    return _module(draw(st.sampled_from(["Dropout", "Identity"])), source, {})


@_step(lambda x: _is_float(x) and x.dim() >= 1, weight=3)
def _merge(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    name, call = draw(
        st.sampled_from([("Add", torch.add), ("Mul", torch.mul), ("Sub", torch.sub), ("Maximum", torch.maximum)])
    )
    alike = [key for key, tensor in live.items() if tensor.shape == x.shape and tensor.dtype == x.dtype]
    # of the same rank: broadcasting would put the batch, which is free in a spec, beside channels
    ranked = [key for key, tensor in live.items() if tensor.dim() == x.dim()]
    other = draw(st.sampled_from(alike if draw(st.integers(0, 4)) else ranked))
    if not _is_float(live[other]):
        other = source
    return _function(name, [source, other], {"from": [source, other]}, call)


@_step(lambda x: _is_float(x) and x.dim() >= 2, weight=2)
def _cat(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    dim = draw(st.integers(1, x.dim() - 1))
    fitting = [key for key, t in live.items() if t.dim() == x.dim() and t.dtype == x.dtype
               and all(a == b for i, (a, b) in enumerate(zip(t.shape, x.shape, strict=True)) if i != dim)]  # fmt: skip
    others = draw(st.lists(st.sampled_from(fitting if draw(st.integers(0, 5)) else list(live)), min_size=1, max_size=2))
    others = [other if live[other].dtype == x.dtype else source for other in others]
    return _function("Cat", [source, *others], {"from": [source, *others], "dim": dim}, lambda *ts: torch.cat(ts, dim))


@_step(lambda x: x.dim() >= 3)
def _permute(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    order = [0, *draw(st.permutations(range(1, x.dim())))]
    return _function("Permute", [source], {"dims": order}, lambda t: t.permute(order))


@_step(lambda x: x.dim() >= 3)
def _transpose(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    a, b = draw(st.integers(1, x.dim() - 1)), draw(st.integers(1, x.dim()))
    return _function("Transpose", [source], {"dim0": a, "dim1": b}, lambda t: t.transpose(a, b))


@_step(lambda x: 2 <= x.dim() <= 5)
def _unsqueeze(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    dim = draw(st.integers(1, x.dim()))
    return _function("Unsqueeze", [source], {"dim": dim}, lambda t: t.unsqueeze(dim))


@_step(lambda x: x.dim() >= 2)
def _select(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    dim, index = draw(st.integers(1, x.dim() - 1)), draw(st.integers(-2, 2))
    return _function("Select", [source], {"dim": dim, "index": index}, lambda t: t.select(dim, index))


@_step(lambda x: x.dim() >= 2)
def _chunk(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    dim, chunks = draw(st.integers(1, x.dim() - 1)), draw(st.integers(1, 3))
    return _function("Chunk", [source], {"chunks": chunks, "dim": dim}, lambda t: t.chunk(chunks, dim))


@_step(lambda x: _is_float(x) and x.dim() >= 3)
def _mean(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    dim, keep = draw(st.integers(1, x.dim() - 1)), draw(st.booleans())
    return _function("Mean", [source], {"dim": dim, "keepdim": keep}, lambda t: t.mean(dim, keepdim=keep))


@_step(lambda x: _is_float(x) and x.dim() == 3, weight=3)
def _recurrent(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    name = draw(st.sampled_from(["LSTM", "GRU", "RNN"]))
    arguments: dict[str, Any] = {"hidden_size": draw(st.integers(1, 4)), "batch_first": True}
    _maybe(draw, arguments, "num_layers", st.integers(1, 2))
    _maybe(draw, arguments, "bidirectional", st.booleans())
    return _module(name, source, arguments, {"input_size": x.shape[2]})


@_step(lambda x: _is_float(x) and x.dim() == 3, weight=2)
def _attention(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    arguments = {"num_heads": draw(st.integers(1, 3)), "batch_first": True}
    step = _module("MultiheadAttention", source, arguments, {"embed_dim": x.shape[2]})
    step.call = lambda module, t: module(t, t, t)
    return step


@_step(lambda x: x.dtype == torch.int64, weight=30)
def _embedding(draw: Draw, x: Tensor, source: str, live: dict[str, Tensor]) -> _Step:
    return _module("Embedding", source, {"num_embeddings": 10, "embedding_dim": draw(st.integers(1, 4))})


@st.composite
def networks(draw: Draw, most: int = 12) -> Network:
    """A random network of up to `most` layers."""
    kind = draw(st.sampled_from(["image", "image", "image", "series", "volume", "sequence", "vector", "tokens"]))
    sizes = {
        "image": [st.integers(1, 4), st.integers(4, 12), st.integers(4, 12)],
        "series": [st.integers(1, 4), st.integers(4, 12)],
        "volume": [st.integers(1, 2), st.integers(3, 6), st.integers(3, 6), st.integers(3, 6)],
        "sequence": [st.integers(1, 5), st.integers(1, 6)],
        "vector": [st.integers(1, 8)],
        "tokens": [st.integers(1, 5)],
    }[kind]
    network = Network([draw(size) for size in sizes], "int64" if kind == "tokens" else "float32")
    dtype = torch.int64 if kind == "tokens" else torch.float32
    live = {"input": torch.ones(BATCH, *network.input_shape, dtype=dtype)}
    previous = "input"
    for i in range(draw(st.integers(1, most))):
        source = previous if draw(st.integers(0, 3)) else draw(st.sampled_from(list(live)))
        x = live[source]
        fitting = [make for when, make in _STEPS if when(x)]
        if not fitting:
            continue
        step = draw(st.sampled_from(fitting))(draw, x, source, live)
        name = f"layer{i}"
        entry = dict(step.spec)
        entry.setdefault("from", source)
        network.layers[name] = entry
        if not _extend(network, name, step, live):
            break
        previous = next(key for key in reversed(live) if key.partition(".")[0] == name)
    return network


def _extend(network: Network, name: str, step: _Step, live: dict[str, Tensor]) -> bool:
    """Adds the step to the oracle and its results to the live tensors; False where PyTorch refuses."""
    try:
        module = step.make()
        if module is not None:
            module.eval()
        with torch.no_grad():
            result = step.call(module, *[live[source] for source in step.sources])
        if any(tensor.numel() == 0 for tensor in _flatten(result)):
            raise ValueError("nothing is left")  # PyTorch goes on with empty tensors; archspec refuses to
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError, ZeroDivisionError) as error:
        network.refused, network.error = name, f"{type(error).__name__}: {error}"
        return False
    oracle = network.oracle
    if module is not None:
        oracle.add_module(name, module)

    def compute(
        *tensors: Tensor, name: str = name, call: Callable[..., Any] = step.call, owns: bool = module is not None
    ) -> Any:
        return call(getattr(oracle, name) if owns else None, *tensors)

    oracle.steps.append((name, step.sources, compute))
    if isinstance(result, Tensor):
        network.shapes[name] = {"output": tuple(result.shape)}
        live[name] = result
        return True
    flat = _flatten(result)
    named = isinstance(module, nn.RNNBase)
    attention = isinstance(module, nn.MultiheadAttention)
    ports = (
        ["output", "h", "c"] if named else ["output", "weights"] if attention else [str(i) for i in range(len(flat))]
    )
    network.shapes[name] = {port: tuple(t.shape) for port, t in zip(ports, flat, strict=False)}
    if named or attention:
        live[name] = flat[0]
    else:
        live.update({f"{name}.{i}": t for i, t in enumerate(flat)})
    return True
