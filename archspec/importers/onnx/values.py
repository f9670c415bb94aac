"""What a name of an ONNX graph stands for while it is walked: numbers that are known, or an output of a layer.

Enters: nothing. Leaves: `Known`, `Filled` and `Computed`. Known numbers are arrays of float32, int64 or bool, read when they are
needed; sizes that are only named (the batch, H) are arrays of objects, `int` and `Dim` mixed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from archspec.dims import Dim, Shape
from archspec.importers.sketch import Layer, Ref
from archspec.ops.base import DType, Tensor

_numbers = count()


class Known:
    """Numbers that are known before the network runs.

    `name` is the initializer's that they come from, or empty. `key` is equal for equal ways of coming from it, so that
    two layers with one weight are seen to share it. `is_trained` says whether they may be a parameter, and `is_stated` whether
    the file itself says that they are one or not.
    """

    def __init__(self, shape: tuple[int, ...], dtype: DType, load: Callable[[], np.ndarray], name: str = "",
                 key: tuple[object, ...] = (), is_trained: bool = False, is_stated: bool = False) -> None:  # fmt: skip
        self.shape = shape
        self.dtype = dtype
        self.name = name
        self.key = key or (next(_numbers),)
        self.is_trained = is_trained
        self.is_stated = is_stated
        self._load = load

    @classmethod
    def of(cls, array: np.ndarray) -> Known:
        """Numbers at hand."""
        kept = normal(array)
        return cls(kept.shape, dtype_of(kept), lambda: kept)

    @property
    def array(self) -> np.ndarray:
        return self._load()

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=object))

    @property
    def has_symbols(self) -> bool:
        """Whether sizes are among the numbers that are only named."""
        return self.size <= 1_000_000 and self.array.dtype == object

    def then(
        self, label: tuple[object, ...], shape: tuple[int, ...], change: Callable[[np.ndarray], np.ndarray]
    ) -> Known:
        """The same numbers arranged anew; the change is made when they are read. `label` says which change."""
        undone = self.key[-1] == label == ("transpose", (1, 0))
        key = self.key[:-1] if undone else (*self.key, label)
        return Known(shape, self.dtype, lambda: change(self.array), self.name, key, self.is_trained, self.is_stated)

    def called(self, name: str, key: tuple[object, ...], parameters: frozenset[str] | None = None) -> Known:
        """The same numbers, as weights of this name; a parameter where it is one of these."""
        is_trained = parameters is None or name in parameters
        return Known(self.shape, self.dtype, self._load, name, key, is_trained, parameters is not None)

    @property
    def is_parameter(self) -> bool:
        """Whether the file says that they are a parameter."""
        return self.is_stated and self.is_trained

    @property
    def is_buffer(self) -> bool:
        """Whether the file says that they are none."""
        return self.is_stated and not self.is_trained

    def transposed(self) -> Known:
        """A matrix with rows for columns."""
        return self.then(("transpose", (1, 0)), self.shape[::-1], lambda array: array.T)

    def reshaped(self, *shape: int) -> Known:
        """The same numbers in another shape."""
        return self if shape == self.shape else self.then(("reshape", shape), shape, lambda array: array.reshape(shape))

    def scaled(self, factor: float) -> Known:
        """Every number times a factor."""
        label = ("scale", factor)
        return self if factor == 1 else self.then(label, self.shape, lambda array: array * np.float32(factor))


@dataclass(eq=False)
class Computed:
    """A tensor that the network computes: an output of a layer, or an input."""

    ref: Ref
    tensor: Tensor

    @property
    def shape(self) -> Shape:
        return self.tensor.shape

    @property
    def rank(self) -> int:
        return len(self.tensor.shape)

    @property
    def dtype(self) -> DType:
        return self.tensor.dtype

    @property
    def layer(self) -> Layer | None:
        """The layer that computes it; None for an input."""
        return self.ref.source if isinstance(self.ref.source, Layer) else None


@dataclass(eq=False)
class Filled:
    """One number in all places of a tensor whose sizes are in part only named. Becomes layers where it is read by one."""

    number: np.ndarray  # a single one
    shape: Shape

    @property
    def dtype(self) -> DType:
        return dtype_of(self.number)


Value = Known | Computed | Filled


def normal(array: np.ndarray) -> np.ndarray:
    """Floats as float32, whole numbers as int64, truth values as they are; objects as int64 where no size is named."""
    if array.dtype == object:
        flat = array.reshape(-1)
        if any(isinstance(item, Dim) for item in flat):
            return array
        whole = all(isinstance(item, int) for item in flat)
        return array.astype(np.int64 if whole else np.float32)
    if array.dtype == np.bool_:
        return array
    wanted = np.float32 if array.dtype.kind == "f" else np.int64
    return array if array.dtype == wanted else array.astype(wanted)


def dtype_of(array: np.ndarray) -> DType:
    """Named sizes are whole numbers too."""
    return "bool" if array.dtype == np.bool_ else "float32" if array.dtype.kind == "f" else "int64"


def short(value: float) -> float:
    """A float32 as the shortest decimal that stands for it: 0.1, not 0.10000000149. Of the largest, whose shortest is larger than
    it, the number itself."""
    single = np.float32(value)
    found = float(str(single))
    return found if abs(found) <= float(np.finfo(np.float32).max) or np.isinf(single) else float(single)
