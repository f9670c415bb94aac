"""Keys of other libraries' layers that are called as keys here, and mean something else. Enters: such a layer's type, and its
keys; leaves: the keys, and values, that they are here.

Each is said by `check`, where the type is put right, and by `ops`, of the type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import NamedTuple

from archspec.ops.other_names import plain_type


class Otherwise(NamedTuple):
    """What a key is here: its name, its value, which is None where it cannot be told, and what is said of it."""

    key: str
    value: Callable[[object], str | None]
    said: str
    is_sure: bool = True
    """Whether it can be nothing else."""


def _as_it_is(value: object) -> str | None:
    """The value as it is written, which is not looked at."""
    return ""


def _rest_of_one(value: object) -> str | None:
    """A share of the old, as one of the new: 0.99 is 0.01."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        return None
    return str(float(1 - Decimal(str(value))))


def _sides(value: object) -> str | None:
    """Borders by axis, first that of rows, as borders from the last axis on: [1, 2] is [2, 2, 1, 1]."""
    if type(value) is int:
        return ""
    pairs = [(item, item) if type(item) is int else item for item in value] if isinstance(value, (list, tuple)) else []
    sizes = [size for pair in reversed(pairs) if isinstance(pair, (list, tuple)) for size in pair]
    is_whole = bool(pairs) and len(sizes) == 2 * len(pairs) and all(type(size) is int for size in sizes)
    return f"[{', '.join(map(str, sizes))}]" if is_whole else None


def _channels(value: object) -> str | None:
    """The axis of the channels, which come last there."""
    return "1" if value in (-1, 3) and type(value) is int else ""


def _twice_and_one(value: object) -> str | None:
    """A window by what it reaches to either side, as its size: 2 is 5."""
    return str(2 * value + 1) if type(value) is int and value >= 0 else None


def _times(value: object) -> str | None:
    """`2x2` as [2, 2]."""
    sizes = re.fullmatch(r"([0-9]+)\s*[x×]\s*([0-9]+)", value) if isinstance(value, str) else None
    return f"[{sizes[1]}, {sizes[2]}]" if sizes is not None else ""


_FACTOR = Otherwise("scale_factor", _times, "its size is scale_factor here")
_MOMENTUM = Otherwise("momentum", _rest_of_one, "its momentum is that of the old mean, 1 − momentum here")
_BORDERS = Otherwise("padding", _sides, "its padding has the rows first, and the last axis is first here")
_JOINED = Otherwise("dim", _channels, "the last axis there is that of the channels, 1 here", is_sure=False)
_RADIUS = Otherwise(
    "size",
    _twice_and_one,
    "its size is 2 · depth_radius + 1; alpha is divided by size here, and not there",
    is_sure=False,
)
_OFFSET = Otherwise("k", _as_it_is, "its bias is k here")
_RESPONSE = {"depth_radius": _RADIUS, "bias": _OFFSET}
_KEYS: dict[str, dict[str, Otherwise]] = {
    **{f"upsampling{rank}d": {"size": _FACTOR} for rank in (1, 2, 3)},
    "concatenate": {"axis": _JOINED},
    "batchnormalization": {"momentum": _MOMENTUM},
    **dict.fromkeys(
        ("lrn", "localresponsenorm", "localresponsenormalization", "localresponsenormalisation"), _RESPONSE
    ),
    **{f"zeropadding{rank}d": {"padding": _BORDERS} for rank in (2, 3)},
}
"""By the type without capitals and underscores. https://keras.io/api/layers/, https://www.tensorflow.org/api_docs/python/tf/nn/local_response_normalization"""


_UNSAID: dict[str, dict[str, str]] = {
    **{
        f"{name}{rank}d": {"kernel_size": "2"}
        for name in ("maxpooling", "maxpool", "averagepooling", "averagepool")
        for rank in (1, 2, 3)
    },
    **{f"upsampling{rank}d": {"scale_factor": "2"} for rank in (1, 2, 3)},
    **{f"zeropadding{rank}d": {"padding": "1"} for rank in (1, 2, 3)},
    "concatenate": {"dim": "1"},
}
"""What Keras' layers have where nothing is said, and the ops here ask for, or have otherwise."""


def left_unsaid(type_name: str, keys: Collection[str]) -> dict[str, str]:
    """The keys with their values that another library's layer has without being given them."""
    return {key: value for key, value in _UNSAID.get(plain_type(type_name), {}).items() if key not in keys}


def other_meaning(type_name: str) -> str:
    """What the keys of another library's layer mean; nothing where they mean what they are called."""
    return "; ".join(key.said for key in _KEYS.get(plain_type(type_name), {}).values())


def is_sure(type_name: str, keys: Collection[str]) -> bool:
    """Whether each of the keys of another library's layer can be nothing else than is said."""
    known = _KEYS.get(plain_type(type_name), {})
    return all(known[key].is_sure for key in keys)


def meant_key(type_name: str, key: str) -> str | None:
    """What a key of another library's layer is here, where one of another meaning is called so; nothing where it is the value
    that is another."""
    found = _KEYS.get(plain_type(type_name), {}).get(key)
    return found.key if found is not None and found.key != key else None


def first_meant(type_name: str) -> str | None:
    """The key of another meaning that another library's constructor takes first, without its name."""
    return next((key for key in _KEYS.get(plain_type(type_name), {}) if key in ("padding", "size")), None)


def meant(type_name: str, values: Mapping[str, object]) -> dict[str, tuple[str, str]] | None:
    """Of keys that are called as keys here the key that is meant, and its value, empty where that is as it is written; None
    where one cannot be told."""
    found: dict[str, tuple[str, str]] = {}
    for name, key in _KEYS.get(plain_type(type_name), {}).items():
        value = key.value(values[name]) if name in values else ""
        if value is None or (name in values and key.key != name and key.key in values):
            return None
        if name in values and (key.key != name or value):
            found[name] = key.key, value
    return found


def note_on_key(type_name: str, key: str, values: Mapping[str, object]) -> tuple[str, ...]:
    """What is said beside another name of a key of an op, where a value beside it means something else then."""
    count, alpha = values.get(key), values.get("alpha")
    is_number = type(count) is int and isinstance(alpha, (int, float)) and not isinstance(alpha, bool)
    if type_name != "LocalResponseNorm" or key != "n" or not is_number:
        return ()
    # https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html: k + alpha/n · the sum of squares
    here = float(Decimal(str(alpha)) * Decimal(str(count)))
    return (f"alpha is divided by size here, and not in papers that call it n: their {alpha} is {here} then",)
