"""The oracle for single ops: what an op says of arguments and inputs against what PyTorch does with them.

`agree` interprets the op's emission records with real PyTorch on the meta device and compares outputs, parameters, buffers and
MACs. `pytorch_accepts` asks PyTorch itself, on small CPU tensors, since the meta device leaves some checks out; it builds
the module from the spec's arguments and never goes through archspec.
"""

from __future__ import annotations

import operator
import re
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import ValidationError
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from archspec.backends.torch.helpers import HELPERS
from archspec.dims import Size, substitute
from archspec.ops import emission as emit
from archspec.ops import registry
from archspec.ops.base import Op, Problem, Tensor, in_batch
from archspec.ops.making import make

BATCH = 2
INFERRED = {
    "in_channels": lambda x: x[0].shape[1], "num_features": lambda x: x[0].shape[1], "num_channels": lambda x: x[0].shape[1],
    "in_features": lambda x: x[0].shape[-1], "in1_features": lambda x: x[0].shape[-1],
    "in2_features": lambda x: x[1].shape[-1], "input_size": lambda x: x[0].shape[-1], "embed_dim": lambda x: x[0].shape[2],
    "normalized_shape": lambda x: x[0].shape[-1],
}  # fmt: skip


def build(name: str, arguments: dict[str, Any], inputs: tuple[Tensor, ...]) -> Op | None:
    """The op as the engine makes it, or None where it refuses the arguments or the inputs."""
    found = registry.find(name)
    assert found is not None
    try:
        op = make(found, arguments)
        for field, size in op.resolve(inputs).items():
            if getattr(op, field) not in (None, size):
                return None
        op.outputs(inputs)
    except (ValidationError, Problem):
        return None
    return op


def concrete(tensor: Tensor, batch: int = BATCH) -> tuple[int, ...]:
    sizes = [substitute(size, {"N": batch}) for size in tensor.shape]
    assert all(isinstance(size, int) for size in sizes)
    return tuple(int(size) for size in sizes)  # type: ignore[arg-type]


def empty(tensor: Tensor, device: str, batch: int = BATCH) -> torch.Tensor:
    return torch.ones(concrete(tensor, batch), dtype=getattr(torch, tensor.dtype), device=device)


class Layer(nn.Module):
    """One op's emission, interpreted."""

    def __init__(self, made: emit.Emission, device: str) -> None:
        super().__init__()
        self.made = made
        own = made.own
        if isinstance(own, emit.Module):
            namespace = {"nn": nn}
            kind = getattr(namespace["nn"], own.name.removeprefix("nn."))
            place = {"device": device} if own.takes_device else {}
            self.layer = kind(*own.arguments, **dict(own.keywords), **place)
        elif isinstance(own, emit.Helper):
            namespace = {"nn": nn, "torch": torch, "F": F, "Tensor": torch.Tensor}
            exec(HELPERS[own.name], namespace)
            self.layer = namespace[own.name](**dict(own.keywords))
        elif isinstance(own, emit.Tensor):
            dtype = getattr(torch, own.dtype)
            value = torch.empty(own.shape, dtype=dtype, device=device)
            if own.kind == "parameter":
                self.layer = nn.Parameter(value)
            else:
                self.register_buffer("layer", value, persistent=own.persistent)

    def forward(self, *inputs: torch.Tensor) -> Any:
        return self.value(self.made.forward, inputs)

    def value(self, item: Any, inputs: tuple[torch.Tensor, ...]) -> Any:
        def at(inner: Any) -> Any:
            return self.value(inner, inputs)

        match item:
            case emit.Input(position):
                return inputs[position]
            case emit.BatchSize():
                return BATCH
            case emit.SizeOf(target, axis):
                return at(target).shape[axis]
            case emit.ShapeOf(target):
                return at(target).shape
            case emit.State():
                return self.layer
            case emit.Data(value):
                return value
            case emit.Several(items):
                return tuple(at(inner) for inner in items)
            case emit.Apply(arguments, keywords):
                return self.layer(*map(at, arguments), **{key: at(inner) for key, inner in keywords})
            case emit.Call(function, arguments, keywords):
                called = operator.attrgetter(function.partition(".")[2])(
                    {"torch": torch, "F": F}[function.partition(".")[0]]
                )
                return called(*map(at, arguments), **{key: at(inner) for key, inner in keywords})
            case emit.Method(target, name, arguments, keywords):
                return getattr(at(target), name)(*map(at, arguments), **{key: at(inner) for key, inner in keywords})
            case emit.Infix(sign, left, right):
                signs = {
                    "+": operator.add,
                    "-": operator.sub,
                    "*": operator.mul,
                    "/": operator.truediv,
                    "//": operator.floordiv,
                    "@": operator.matmul,
                }
                return signs[sign](at(left), at(right))
            case emit.Index(target, items):
                parts = tuple(
                    slice(*part) if isinstance(part, emit.Slice) else at(part) if isinstance(part, emit.Input) else part
                    for part in items
                )
                value = at(target)
                return value[parts[0]] if isinstance(value, (tuple, list)) else value[parts]
        raise AssertionError(f"no such record: {item}")


def flat(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for inner in value for tensor in flat(inner)]


def flat_ports(ports: Any) -> list[str]:
    return [ports] if isinstance(ports, str) else [name for inner in ports for name in flat_ports(inner)]


def agree(op: Op, inputs: tuple[Tensor, ...]) -> None:
    """Asserts that shapes, dtypes, parameters, buffers and MACs are PyTorch's."""
    made = op.emission(inputs)
    layer = Layer(made, "meta").eval()
    with torch.no_grad():
        results = flat(layer(*[empty(tensor, "meta") for tensor in inputs]))
    outputs = op.outputs(inputs)
    names = flat_ports(made.ports) if made.ports else ["output"]
    assert names == list(outputs)
    have = [(concrete(outputs[name]), outputs[name].dtype) for name in names]
    want = [(tuple(result.shape), str(result.dtype).removeprefix("torch.")) for result in results]
    assert have == want
    state = {key.removeprefix("layer").removeprefix("."): tensor for key, tensor in layer.state_dict().items()}
    parameters = {key.removeprefix("layer").removeprefix(".") for key, _ in layer.named_parameters()}
    stated = {name: tuple(shape) for name, shape in op.parameters(inputs).items()}
    assert list(stated.items()) == [(key, tuple(tensor.shape)) for key, tensor in state.items() if key in parameters]
    named = {op.parameter_key(name) for name in op.parameter_names}
    assert {re.sub(r"[0-9]+", "0", name) for name in stated} <= named
    buffers = {name: (tuple(t.shape), t.dtype) for name, t in op.buffers(inputs).items()}
    assert buffers == {
        key: (tuple(t.shape), str(t.dtype).removeprefix("torch.")) for key, t in state.items() if key not in parameters
    }
    compare_macs(op, inputs, layer)


def compare_macs(op: Op, inputs: tuple[Tensor, ...], layer: Layer) -> None:
    """MACs of one sample, and of a batch, are half of what PyTorch's own counter says; other operations are as many a sample."""
    elementwise = op.elementwise(inputs)
    if all("N" in map(str, tensor.shape) for tensor in inputs) and inputs and elementwise is not None:
        assert op.elementwise(tuple(in_batch(tensor, 3) for tensor in inputs)) == elementwise * 3
    macs = op.macs(inputs)
    if macs is None or type(op).__name__ in ("Bilinear", "External"):
        return
    layer.made = op.emission(inputs)
    for batch in (1, 3, 8):
        wanted = (
            substitute(macs, {"N": 1}) if batch == 1 else op.macs(tuple(in_batch(tensor, batch) for tensor in inputs))
        )
        compare_counted(op, [empty(tensor, "meta", batch) for tensor in inputs], wanted, layer)


def compare_counted(op: Op, tensors: list[torch.Tensor], macs: Size | None, layer: Layer) -> None:
    functional = type(op).__name__.startswith("Functional")  # a bias has one axis
    if any(tensor.dim() < 2 for tensor in tensors[: 2 if functional else None]) or op.kind == "normalization":
        return  # PyTorch takes no single numbers apart, and refuses to normalize a single one
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(*tensors)
    assert macs is not None
    assert macs * 2 == counter.get_total_flops()


def pytorch_accepts(
    name: str, arguments: dict[str, Any], inputs: tuple[Tensor, ...]
) -> tuple[bool, str, list[tuple[int, ...]]]:
    """Whether PyTorch takes a torch.nn module's arguments and inputs, and what it says if not."""
    tensors = [empty(tensor, "cpu") for tensor in inputs]
    kind = getattr(nn, name)
    try:
        needed = {
            key: get(tensors) for key, get in INFERRED.items() if key in _signature(kind) and arguments.get(key) is None
        }
        given = {key: value for key, value in arguments.items() if value is not None or key not in INFERRED}
        module = kind(**{**given, **needed}).eval()
        with torch.no_grad():
            if name == "MultiheadAttention" and len(tensors) == 1:
                tensors = tensors * 3
            elif name in ("LSTM", "LSTMCell") and len(tensors) == 3:
                tensors = [tensors[0], (tensors[1], tensors[2])]  # type: ignore[list-item]
            shapes = [tuple(tensor.shape) for tensor in flat(module(*tensors))]
    except (
        RuntimeError,
        ValueError,
        IndexError,
        TypeError,
        AssertionError,
        ZeroDivisionError,
        NotImplementedError,
    ) as error:
        return False, f"{type(error).__name__}: {error}", []
    return True, "", shapes


def _signature(kind: type[nn.Module]) -> set[str]:
    import inspect

    found: set[str] = set()
    for base in kind.__mro__:
        if base is nn.Module:
            break
        if "__init__" in base.__dict__:
            found |= set(inspect.signature(base.__init__).parameters)
            if name_is_explicit(base):
                break
    return found


def name_is_explicit(base: type) -> bool:
    import inspect

    return not any(p.kind is p.VAR_KEYWORD for p in inspect.signature(base.__init__).parameters.values())
