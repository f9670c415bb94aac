"""What each `torch.nn` module is: the op of its name, its arguments read off the module.

Enters: a module. Leaves: the keys of its layer. The op's own fields say what to read, so a new op needs no entry here;
only arguments that the module keeps in another form do.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from archspec.importers.sketch import ImportProblem, Literal
from archspec.importers.torch.foreign import TYPE as STOCHASTIC_DEPTH
from archspec.importers.torch.foreign import stochastic_depth
from archspec.ops import registry


def torch_class(module: nn.Module) -> str | None:
    """The name of the torch.nn class whose `forward` the module runs unchanged and that is an op; None otherwise."""
    for kind in type(module).__mro__:
        if kind.__module__.startswith("torch.nn.modules"):
            own = getattr(type(module), "forward", None) is getattr(kind, "forward", None)
            extended = getattr(type(module), "_conv_forward", None) is getattr(kind, "_conv_forward", None)
            is_op = registry.find(kind.__name__) is not None
            return kind.__name__ if own and extended and is_op else None
    return None


def is_layer(module: nn.Module) -> bool:
    """Whether the module is one layer, and nothing inside it is looked at."""
    is_known = torch_class(module) is not None or stochastic_depth(module) is not None
    return is_known and why_opened(module) is None


def why_opened(module: nn.Module) -> str | None:
    """Why a module whose class is an op is not that layer; None where it is. The reason completes "it …"."""
    if hasattr(module, "parametrizations") or any(isinstance(value, Tensor) for value in vars(module).values()):
        return "computes its weights from others"
    if "forward" in vars(module):
        return "has a forward of its own"
    is_norm = isinstance(module, (nn.GroupNorm, nn.modules.batchnorm._NormBase))
    if is_norm and (module.weight is None) != (module.bias is None):
        return "has just one of weight and bias"
    return None


def layer_type(module: nn.Module) -> str:
    name = torch_class(module)
    return name if name is not None else STOCHASTIC_DEPTH


def keys(module: nn.Module) -> dict[str, Literal]:
    """The arguments that differ from the op's defaults, but for those that are inferred."""
    name = torch_class(module)
    if name is None:
        return without_defaults(STOCHASTIC_DEPTH, stochastic_depth(module) or {})
    found = registry.find(name)
    assert found is not None
    given = {}
    for key in found.model_fields:
        if key in _SPECIAL:
            given[key] = _SPECIAL[key](module)
        elif hasattr(module, key):
            given[key] = getattr(module, key)
    return without_defaults(name, given)


def _has_bias(module: nn.Module) -> bool:
    bias = getattr(module, "bias", None)
    if isinstance(module, nn.MultiheadAttention):
        bias = module.in_proj_bias
    return bias if isinstance(bias, bool) else bias is not None


def _affine(module: nn.Module) -> bool:
    written = getattr(module, "affine", None)
    return bool(written) if written is not None else getattr(module, "weight", None) is not None


def _start(module: nn.Module) -> float:
    """What the slopes of a PReLU begin with, as its class keeps it; before PyTorch did, that of all classes."""
    found = getattr(module, "init", None)
    return float(found) if isinstance(found, (int, float)) else 0.25


_SPECIAL: dict[str, Any] = {
    "bias": _has_bias,
    "affine": _affine,
    "add_bias_kv": lambda module: getattr(module, "bias_k", None) is not None,
    "need_weights": lambda module: True,
    "average_attn_weights": lambda module: True,
    "init": _start,
    "shape": lambda module: None,
}

_INFERRED = {"in_channels", "in_features", "in1_features", "in2_features", "num_features", "num_channels", "input_size",
             "embed_dim"}  # fmt: skip


def without_defaults(kind: str, given: dict[str, Any]) -> dict[str, Literal]:
    found = registry.find(kind)
    assert found is not None
    unknown = next((key for key in given if key not in found.model_fields), None)
    if unknown is not None:
        raise ImportProblem(f"an argument {unknown} is given, which {kind} does not take")
    kept: dict[str, Literal] = {}
    for key, info in found.model_fields.items():
        if key not in given or key in _INFERRED:
            continue
        value = plain(given[key])
        if not info.is_required() and _same(value, info.default):
            continue
        if isinstance(value, list) and key in _PER_AXIS and len(set(map(str, value))) == 1 and value[0] is not None:
            value = value[0]
            if not info.is_required() and _same(value, info.default):
                continue
        kept[key] = value
    return kept


_PER_AXIS = {"kernel_size", "stride", "padding", "dilation", "output_padding", "output_size", "normalized_shape"}


def _same(value: Literal, default: object) -> bool:
    if isinstance(value, bool) != isinstance(default, bool):
        return False
    return value == (list(default) if isinstance(default, tuple) else default)


def plain(value: object) -> Literal:
    """A number, text, or list of them; raises where it is none."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    raise ImportProblem(f"an argument is {type(value).__name__}, which no spec can hold")
