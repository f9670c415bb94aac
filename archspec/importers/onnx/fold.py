"""Nodes whose inputs are all known, computed here: the shape arithmetic that exporters leave in a graph.

Enters: a node and arrays. Leaves: arrays. A small interpreter of numpy functions, bounded in what it makes; sizes that are
only named (`Dim`) stand in arrays of objects, and go through all that moves numbers and through + − × ÷ and comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from archspec.dims import Dim, Size, TooComplex, exact_div, floor_div, prove_equal
from archspec.importers.onnx.values import Computed, Filled, Known, Value
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.importers.onnx.step import Step

Array = np.ndarray[Any, np.dtype[Any]]
WEIGHT_OF_NAMES = 2**10
"""As how many numbers one counts that may be a named size: those are objects, and their arithmetic is slow."""


def fold(step: Step) -> list[Known] | None:
    """The node's outputs where it can be computed from what is known, else None. Raises ImportProblem."""
    inputs = step.inputs()
    if any(isinstance(value, (Computed, Filled)) for value in inputs) or _is_part_of_parameter(step, inputs):
        return None
    result = _result(step, [value for value in inputs if isinstance(value, Known)], inputs)
    if result is not None:
        step.need_attributes_read()
        step.need_outputs(result)
    return result


_ELEMENTWISE = {"Add", "Sub", "Mul", "Div"}


def _is_part_of_parameter(step: Step, inputs: Sequence[Value | None]) -> bool:
    """Whether the node picks from a table that may be a parameter (of positions), and what it picks is computed with: the table
    is a layer then, whole. What is picked for the weights of a layer is computed here."""
    table = inputs[0] if step.op in ("Gather", "Slice") else None
    if not isinstance(table, Known) or not table.is_trained or table.dtype != "float32" or len(table.shape) < 2:
        return False
    readers = step.network.readers.get(step.node.output[0], [])
    return bool(readers) and all(node is not None and node.op_type in _ELEMENTWISE for node in readers)


def _result(step: Step, known: list[Known], inputs: Sequence[Value | None]) -> list[Known] | None:
    """The same before it is known whether all of the node was looked at."""
    arranged = _ARRANGEMENTS.get(step.op)
    if arranged is not None and known[0].dtype == "float32" and (step.op != "Cast" or step.dtype("to") == "float32"):
        return [arranged(step, known[0])]
    function = _FUNCTIONS.get(step.op)
    if function is None or (step.op == "Expand" and known[1].has_symbols):
        return None
    if step.op == "Expand" and _is_unchanged(known[0].shape, step.whole_numbers(known[1].array)):
        return known[:1]
    result = function(step, [value.array if isinstance(value, Known) else None for value in inputs])
    made = [Known.of(np.asarray(array)) for array in (result if isinstance(result, list) else [result])]
    if step.op == "DequantizeLinear" and known[0].is_trained:
        made[0] = made[0].called(known[0].name.removesuffix("_quantized"), known[0].key)
    return made


# Rearranged weights stay weights: what is done to them is done when they are read ------------------------------------


def _transposed(step: Step, x: Known) -> Known:
    perm = tuple(step.axes("perm", len(x.shape), range(len(x.shape))[::-1]))
    step.need(len(perm) == len(x.shape), "does not order all axes")
    shape = tuple(x.shape[axis] for axis in perm)
    return x.then(("transpose", perm), shape, lambda array: array.transpose(perm))


def _same(step: Step, x: Known) -> Known:
    """What Dropout and a Cast between floats leave as it is."""
    step.without_effect("ratio", "seed", "saturate", "round_mode")  # the last two are of Casts to eight bits
    return x


def _identity(step: Step, x: Known) -> Known:
    """Exporters write equal weights once; the node then bears the name of the other. A shared matrix stays shared."""
    name = step.node.output[0]
    is_key = "." in name and (x.is_trained or x.is_stated)
    return x.called(name, x.key if len(x.shape) > 1 else (name,), step.network.parameters) if is_key else x


def _reshaped(change: Callable[[Step, list[Any]], Any]) -> Callable[[Step, Known], Known]:
    """A rearrangement that numpy knows the shape of: computed on an array that takes no room."""

    def arranged(step: Step, x: Known) -> Known:
        others = [step.known(i) if step.has(i) else None for i in range(1, step.count)]
        shape = change(step, [np.broadcast_to(np.int8(0), x.shape), *others]).shape
        return x.reshaped(*shape)

    return arranged


def _is_unchanged(shape: tuple[int, ...], target: list[int]) -> bool:
    """Whether an Expand repeats nothing."""
    pairs = zip(shape[::-1], target[::-1], strict=False)
    return len(target) <= len(shape) and all(want in (1, size) for size, want in pairs)


# Functions of arrays -------------------------------------------------------------------------------------------------


def _bounded(step: Step, shape: tuple[int, ...], *arrays: Array) -> tuple[int, ...]:
    """The shape of a result, where there may be one so large; `arrays` are what it is made of."""
    step.need(all(size >= 0 for size in shape), f"makes a constant of the shape {step.shown(shape[:16])}")
    has_names = any(array.dtype == object for array in arrays)
    step.network.fold_budget(step, int(np.prod(shape, dtype=object)), has_names)
    return shape


def _broadcast(step: Step, arrays: Sequence[Array]) -> None:
    _bounded(step, step.computed(lambda: np.broadcast_shapes(*(array.shape for array in arrays))), *arrays)


def _reshape(step: Step, arrays: list[Any]) -> Array:
    x, target = arrays
    keeps_zero = bool(step.integer("allowzero", 0))
    shape = [x.shape[i] if size == 0 and i < x.ndim and not keeps_zero else size
             for i, size in enumerate(step.whole_numbers(target))]  # fmt: skip
    return step.computed(lambda: x.reshape(shape))


def _axes_of(step: Step, arrays: list[Any]) -> list[int] | None:
    """`axes` as an attribute, or as the second input since opset 13."""
    if len(arrays) > 1 and arrays[1] is not None:
        return step.whole_numbers(arrays[1])
    return step.integers("axes")


def _unsqueeze(step: Step, arrays: list[Any]) -> Array:
    axes = _axes_of(step, arrays) or []
    return step.computed(lambda: np.expand_dims(arrays[0], tuple(axes)))


def _squeeze(step: Step, arrays: list[Any]) -> Array:
    axes = _axes_of(step, arrays)
    return step.computed(lambda: np.squeeze(arrays[0], tuple(axes) if axes is not None else None))


def _flatten(step: Step, arrays: list[Any]) -> Array:
    x = arrays[0]
    axis = step.integer("axis", 1)
    step.need(-x.ndim <= axis <= x.ndim, f"has no axis {axis}: its input has {x.ndim}")
    rows = int(np.prod(x.shape[:axis], dtype=np.int64))
    return step.computed(lambda: x.reshape(rows, x.size // rows if rows else 0))


def _gather(step: Step, arrays: list[Any]) -> Array:
    x, indices = arrays
    axis = step.integer("axis", 0)
    whole = np.array(step.whole_numbers(indices.reshape(-1)), np.int64).reshape(indices.shape)
    step.need(-x.ndim <= axis < x.ndim, f"has no axis {axis}: its input has {x.ndim}")
    _bounded(step, (whole.size, *x.shape[: axis % x.ndim], *x.shape[axis % x.ndim + 1 :]), x)
    return step.computed(lambda: np.take(x, whole, axis))


def _slice(step: Step, arrays: list[Any]) -> Array:
    x = arrays[0]
    index = [slice(None)] * x.ndim
    for axis, start, stop, pace in step.slices(x.ndim):
        index[axis] = slice(start, None if stop is None or (stop < -x.shape[axis] and pace < 0) else stop, pace)
    return np.asarray(x[tuple(index)])


def _concat(step: Step, arrays: list[Any]) -> Array:
    _bounded(step, (sum(array.size for array in arrays),), *arrays)
    return step.computed(lambda: np.concatenate(arrays, step.integer("axis", 0)))


def _split(step: Step, arrays: list[Any]) -> list[Array]:
    x = arrays[0]
    sizes = step.split_sizes(x.shape)
    axis = step.axis(x.ndim, 0)
    return step.computed(lambda: np.split(x, np.cumsum(sizes)[:-1], axis))


def _expand(step: Step, arrays: list[Any]) -> Array:
    shape = tuple(step.whole_numbers(arrays[1]))
    step.need(all(size >= 0 for size in shape), f"expands to ({', '.join(map(str, shape[:16]))})")
    wanted = step.computed(lambda: np.broadcast_shapes(arrays[0].shape, shape))
    return np.broadcast_to(arrays[0], _bounded(step, wanted, arrays[0]))


def _tile(step: Step, arrays: list[Any]) -> Array:
    repeats = step.whole_numbers(arrays[1])
    need_repeats(step, repeats, arrays[0].ndim)
    _bounded(step, (arrays[0].size, *repeats), arrays[0])
    return step.computed(lambda: np.tile(arrays[0], repeats))


def need_repeats(step: Step, repeats: list[int], rank: int) -> None:
    """Raises where a Tile does not say for each axis how often, or says what cannot be."""
    step.need(len(repeats) == rank, f"repeats {counted(len(repeats), 'axis')} of {rank}")
    step.need(all(repeat >= 0 for repeat in repeats), f"repeats an axis {min(repeats, default=0)} times")


def _cast(step: Step, arrays: list[Any]) -> Array:
    dtype, x = step.dtype("to"), arrays[0]
    step.without_effect("saturate", "round_mode")  # of casts to floats of eight bits, which are refused
    if x.dtype == object:
        return _objects(x)
    if dtype == "bool":
        return np.asarray(x != 0)
    step.need(dtype == "float32" or x.dtype.kind != "f" or bool((np.abs(x) < 2**63).all()),
              "makes whole numbers of some that are none")  # fmt: skip
    return np.asarray(x.astype(np.float32 if dtype == "float32" else np.int64))


def _dequantize(step: Step, arrays: list[Any]) -> Array:
    """(x − zero point) · scale, of one scale, or one for each position of an axis."""
    x, scale = arrays[0].astype(np.float32), arrays[1]
    step.need(not step.integer("block_size", 0), "dequantizes blocks of an axis")
    axis = step.integer("axis", 1)
    zero = arrays[2] if len(arrays) > 2 and arrays[2] is not None else np.zeros_like(scale)
    if scale.size > 1:
        step.need(-x.ndim <= axis < x.ndim, f"has no axis {axis}: its input has {x.ndim}")
        shape = [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    return step.computed(lambda: np.asarray((x - zero) * scale, np.float32))


def _range(step: Step, arrays: list[Any]) -> Array:
    start, stop, pace = (step.number_of(array) for array in arrays)
    step.need(pace != 0, "counts in steps of 0")
    steps = (stop - start) / pace if all(map(math.isfinite, (start, stop, pace))) else math.inf
    step.need(steps <= 2**53, f"counts from {start} to {stop} in steps of {pace}")
    count = max(-int(-(stop - start) // pace), 0)
    return np.asarray(start + pace * np.arange(*_bounded(step, (count,))))


def _where(step: Step, arrays: list[Any]) -> Array:
    _broadcast(step, arrays)
    condition, left, right = arrays
    return step.computed(lambda: np.asarray(np.where(condition.astype(bool), left, right)))


def _trilu(step: Step, arrays: list[Any]) -> Array:
    k = step.whole_number(1) if step.has(1) else 0
    step.need(arrays[0].ndim >= 2, f"reads {step.shown(arrays[0].shape)}, and a triangle is of matrices")
    k = max(min(k, arrays[0].shape[-1]), -arrays[0].shape[-2])
    return np.triu(arrays[0], k) if step.integer("upper", 1) else np.tril(arrays[0], k)


def _eye_like(step: Step, arrays: list[Any]) -> Array:
    x = arrays[0]
    step.need(x.ndim == 2, f"makes a diagonal of {counted(x.ndim, 'axis')}, and one is of matrices")
    dtype = np.dtype(step.dtype("dtype")) if step.has_attribute("dtype") else x.dtype
    _bounded(step, x.shape)
    k = max(min(step.integer("k", 0), x.shape[1]), -x.shape[0])
    return np.eye(x.shape[0], x.shape[1], k).astype(dtype)


def _elementwise(function: Callable[..., Any], for_sizes: Callable[..., Any] | None = None,
                 is_unary: bool = False) -> Callable[..., Array]:  # fmt: skip
    """A function of numbers, and what it is for sizes that are only named (None: nothing)."""

    def applied(step: Step, arrays: list[Any]) -> Array:
        _broadcast(step, arrays)
        if len(arrays) == 1 and not is_unary:
            return np.asarray(arrays[0])  # the largest of one
        if not any(array.dtype == object for array in arrays):
            with np.errstate(all="ignore"):
                return np.asarray(
                    step.computed(lambda: reduce(function, arrays) if len(arrays) > 1 else function(*arrays))
                )
        if for_sizes is None:
            raise step.problem("computes with a size that is not known before the network runs", help=step.sizes_help)
        pairs = np.frompyfunc(for_sizes, len(arrays) if len(arrays) == 1 else 2, 1)
        try:
            return np.asarray(reduce(pairs, [_objects(array) for array in arrays]) if len(arrays) > 1 else pairs(*arrays),
                              dtype=object)  # fmt: skip
        except (_Unknown, TooComplex):
            raise step.problem("computes a number that depends on a size that is only named",
                               help=step.sizes_help) from None  # fmt: skip

    return applied


class _Unknown(Exception):
    """A result that depends on what a named size is."""


def _objects(array: Array) -> Array:
    """As Python's own numbers, with floats that are whole as whole numbers: sizes are whole."""
    flat = [int(item) if isinstance(item, float) and item.is_integer() else item for item in array.astype(object).flat]
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(array.shape)


def _size_of(value: object) -> Size:
    if isinstance(value, (int, Dim)):
        return value
    raise _Unknown


def _divide(left: Array, right: Array) -> Array:
    if left.dtype.kind == "f" or right.dtype.kind == "f":
        return np.asarray(left / right)
    safe = np.where(right == 0, 1, right)
    return np.asarray(np.sign(left) * np.sign(safe) * (np.abs(left) // np.abs(safe)))


def _modulo(step: Step, arrays: list[Any]) -> Array:
    """The remainder, with the sign of the divisor or of the dividend."""
    return _elementwise(np.fmod if step.integer("fmod", 0) else np.mod)(step, arrays)


def _divide_sizes(left: object, right: object) -> Size:
    a, b = _size_of(left), _size_of(right)
    if b == 0:
        raise _Unknown
    exact = exact_div(a, b)
    return floor_div(a, b) if exact is None else exact


def _equal(left: object, right: object) -> bool:
    answer = prove_equal(_size_of(left), _size_of(right))
    if answer is None:
        raise _Unknown
    return answer


def _is_less(left: object, right: object) -> bool:
    from archspec.dims import minimum

    difference = _size_of(right) - _size_of(left)
    if minimum(difference) > 0:
        return True
    if minimum(-difference) >= 0:
        return False
    raise _Unknown


def _larger(left: object, right: object) -> Size:
    return _size_of(right) if _is_less(left, right) else _size_of(left)


def _smaller(left: object, right: object) -> Size:
    return _size_of(left) if _is_less(left, right) else _size_of(right)


def _reduction(function: Callable[..., Any]) -> Callable[..., Array]:
    def applied(step: Step, arrays: list[Any]) -> Array:
        axes, keeps_without = _axes_of(step, arrays), bool(step.integer("noop_with_empty_axes", 0))
        if axes is None and keeps_without:
            return np.asarray(arrays[0])
        over = None if not axes else tuple(axes)
        return np.asarray(
            step.computed(lambda: function(arrays[0], axis=over, keepdims=bool(step.integer("keepdims", 1))))
        )

    return applied


_ARRANGEMENTS: dict[str, Callable[[Step, Known], Known]] = {
    "Identity": _identity,
    "Dropout": _same,
    "Cast": _same,
    "Transpose": _transposed,
    "Reshape": _reshaped(_reshape),
    "Squeeze": _reshaped(_squeeze),
    "Unsqueeze": _reshaped(_unsqueeze),
}

_FUNCTIONS: dict[str, Callable[[Step, list[Any]], Any]] = {
    "Identity": lambda step, arrays: arrays[0],
    "Transpose": lambda step, arrays: step.computed(lambda: np.transpose(arrays[0], step.integers("perm"))),
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Flatten": _flatten,
    "Gather": _gather,
    "Slice": _slice,
    "Concat": _concat,
    "Split": _split,
    "Expand": _expand,
    "Tile": _tile,
    "Cast": _cast,
    "Range": _range,
    "DequantizeLinear": _dequantize,
    "Where": _where,
    "Trilu": _trilu,
    "EyeLike": _eye_like,
    "Add": _elementwise(np.add, lambda a, b: _size_of(a) + _size_of(b)),
    "Sub": _elementwise(np.subtract, lambda a, b: _size_of(a) - _size_of(b)),
    "Mul": _elementwise(np.multiply, lambda a, b: _size_of(a) * _size_of(b)),
    "Div": _elementwise(_divide, _divide_sizes),
    "Max": _elementwise(np.maximum, _larger),
    "Min": _elementwise(np.minimum, _smaller),
    "Pow": _elementwise(lambda a, b: np.power(a.astype(np.float64), b).astype(a.dtype)),
    "Mod": _modulo,
    "Neg": _elementwise(np.negative, lambda a: -_size_of(a), is_unary=True),
    "Abs": _elementwise(np.absolute, is_unary=True),
    "Floor": _elementwise(np.floor, _size_of, is_unary=True),
    "Ceil": _elementwise(np.ceil, _size_of, is_unary=True),
    "Round": _elementwise(np.round, _size_of, is_unary=True),
    "Sqrt": _elementwise(np.sqrt, is_unary=True),
    "Exp": _elementwise(np.exp, is_unary=True),
    "Log": _elementwise(np.log, is_unary=True),
    "Reciprocal": _elementwise(np.reciprocal, is_unary=True),
    "Sin": _elementwise(np.sin, is_unary=True),
    "Cos": _elementwise(np.cos, is_unary=True),
    "Equal": _elementwise(np.equal, _equal),
    "Less": _elementwise(np.less, _is_less),
    "Greater": _elementwise(np.greater, lambda a, b: _is_less(b, a)),
    "LessOrEqual": _elementwise(np.less_equal, lambda a, b: not _is_less(b, a)),
    "GreaterOrEqual": _elementwise(np.greater_equal, lambda a, b: not _is_less(a, b)),
    "Not": _elementwise(np.logical_not, is_unary=True),
    "And": _elementwise(np.logical_and),
    "Or": _elementwise(np.logical_or),
    "ReduceProd": _reduction(np.prod),
    "ReduceSum": _reduction(np.sum),
    "ReduceMax": _reduction(np.max),
    "ReduceMin": _reduction(np.min),
    "ReduceMean": _reduction(np.mean),
}
