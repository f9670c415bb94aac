"""What merging, reshaping, reducing and storing refuse, what they assume of symbolic sizes, and what `python:` layers claim.

Shapes, dtypes and counts of valid arguments are compared with PyTorch in `test_ops.py`.
"""

from __future__ import annotations

import re
from math import floor
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from strategies_elementwise import STRATEGIES as ELEMENTWISE
from strategies_merge import STRATEGIES as MERGING
from strategies_reduction import STRATEGIES as REDUCING
from strategies_shape import STRATEGIES as SHAPING

from archspec.dims import BATCH, Shape, substitute, symbol
from archspec.ops import emission as emit
from archspec.ops import registry
from archspec.ops.assumptions import Assumption, assumptions
from archspec.ops.base import (
    DType,
    Everything,
    N,
    Op,
    Outputs,
    Picked,
    Problem,
    Reach,
    Same,
    Tensor,
    Untraced,
    Window,
    pointwise,
)
from archspec.ops.external import External

H, W = symbol("H"), symbol("W")
IMAGE = (N, 3, 8, 6)


def op(name: str, **arguments: Any) -> Op:
    found = registry.find(name)
    assert found is not None
    return found.model_validate(arguments)


def outputs(layer: Op, *shapes: Shape, dtypes: tuple[DType, ...] = ()) -> Outputs:
    """As the engine does: the arguments alone first, then the inputs."""
    kinds = dtypes or ("float32",) * len(shapes)
    layer.check_axes()
    layer.check()
    return layer.outputs(tuple(Tensor(shape, dtype) for shape, dtype in zip(shapes, kinds, strict=True)))


def assumed(layer: Op, *shapes: Shape) -> tuple[Outputs, list[str]]:
    noted: dict[str, Assumption] = {}
    token = assumptions.set(noted)
    try:
        return outputs(layer, *shapes), list(dict.fromkeys(noted))
    finally:
        assumptions.reset(token)


REFUSED: list[tuple[str, str, dict[str, Any], tuple[Shape, ...], str]] = [
    ("E0203", "Add", {}, (IMAGE,), "reads one alone"),
    ("E0203", "Add", {"value": 1}, (IMAGE, IMAGE), "reads 2"),
    ("E0305", "Add", {}, (IMAGE, (N, 4, 8, 6)), "N × 4 × 8 × 6"),
    ("E0305", "Mul", {}, ((N, 3, H, W), (N, 3)), "axis 2"),
    ("E0305", "Add", {}, ((N, 3, 8, 6), (N, 3, 8, 6), (N, 3, 8, 5)), "N × 3 × 8 × 5"),
    ("E0305", "Add", {}, ((N, 3, H + 1), (N, 3, H)), "axis 2"),
    ("E0305", "Add", {}, ((N, 4), (5, 4)), "axis 0"),
    ("E0105", "Div", {"value": 0.0}, (IMAGE,), "zero"),
    ("E0105", "FloorDiv", {"value": 0}, (IMAGE,), "zero"),
    ("E0106", "Sub", {"reverse": True}, (IMAGE, IMAGE), "no value"),
    ("E0203", "Pow", {}, (IMAGE,), "reads 1"),
    ("E0203", "Pow", {"exponent": 2}, (IMAGE, IMAGE), "reads 2 and a number"),
    ("E0106", "Pow", {"exponent": 2, "base": 2}, (IMAGE,), "both exponent and base"),
    ("E0203", "Lerp", {}, (IMAGE, IMAGE), "has none"),
    ("E0203", "Lerp", {"weight": 0.5}, (IMAGE,) * 3, "has two"),
    ("E0203", "Eq", {}, (IMAGE,), "one alone"),
    ("E0203", "Lt", {"value": 1}, (IMAGE, IMAGE), "a value and two"),
    ("E0305", "Ge", {}, (IMAGE, (N, 4, 8, 6)), "N × 4 × 8 × 6"),
    ("E0203", "Where", {"input": 1}, (IMAGE,), "reads 0 and has 1"),
    ("E0307", "Where", {"input": 1, "other": 2}, (IMAGE,), "float32"),
    ("E0307", "MaskedFill", {"value": 0}, (IMAGE, IMAGE), "float32"),
    ("E0106", "Cat", {}, (IMAGE, IMAGE), "batch"),
    ("E0305", "Cat", {"dim": 1}, (IMAGE, (N, 3, 8, 5)), "axis 3"),
    ("E0302", "Cat", {"dim": 1}, (IMAGE, (N, 3)), "number of axes"),
    ("E0302", "Cat", {"dim": 0}, ((),), "single number"),
    ("E0306", "Cat", {"dim": 4}, (IMAGE, IMAGE), "no axis 4"),
    ("E0305", "Stack", {"dim": 1}, (IMAGE, (N, 3, 8, 5)), "axis 3"),
    ("E0306", "Stack", {"dim": 5}, (IMAGE, IMAGE), "no axis 5"),
    ("E0305", "Matmul", {}, ((N, 3, 4), (N, 5, 6)), "rows of 4"),
    ("E0305", "Matmul", {}, ((N, 2, 3, 4), (N, 5, 4, 6)), "N × 5"),
    ("E0302", "Matmul", {}, ((N, 3), ()), "single number"),
    ("E0106", "Einsum", {"equation": "ij,jk->iz"}, ((N, 3), (3, 4)), "z"),
    ("E0106", "Einsum", {"equation": "ij->ii"}, ((N, 3),), "twice"),
    ("E0106", "Einsum", {"equation": "ij->...i"}, ((N, 3),), "..."),
    ("E0203", "Einsum", {"equation": "ij,jk->ik"}, ((N, 3),), "2 tensors"),
    ("E0302", "Einsum", {"equation": "ij,jk->ik"}, ((N, 3), (3,)), "jk"),
    ("E0302", "Einsum", {"equation": "...ijk->ik"}, ((N, 3),), "...ijk"),
    ("E0305", "Einsum", {"equation": "ij,jk->ik"}, ((N, 3), (4, 5)), "3 and 4"),
    ("E0305", "Einsum", {"equation": "ii->i"}, ((3, 4),), "3 and 4"),
    ("E0306", "Flatten", {}, ((N,),), "no axis 1"),
    ("E0106", "Flatten", {"start_dim": 3, "end_dim": 2}, (IMAGE,), "axis 3"),
    ("E0106", "Unflatten", {"dim": 1, "unflattened_size": (-1, -1)}, (IMAGE,), "2 times"),
    ("E0305", "Unflatten", {"dim": 1, "unflattened_size": (2, 2)}, (IMAGE,), "2 × 2"),
    ("E0304", "Unflatten", {"dim": 1, "unflattened_size": (2, -1)}, (IMAGE,), "does not divide 3"),
    ("E0304", "Unflatten", {"dim": 0, "unflattened_size": (2, -1)}, (IMAGE,), "does not divide N"),
    ("E0305", "Reshape", {"shape": (145,)}, (IMAGE,), "3 × 8 × 6"),
    ("E0304", "Reshape", {"shape": (7, -1)}, (IMAGE,), "7 does not divide 144"),
    ("E0105", "Permute", {"dims": (0, 2, 1)}, (IMAGE,), "3 axes"),
    ("E0105", "Permute", {"dims": (0, 2, -2, 1)}, (IMAGE,), "axis 2 twice"),
    ("E0306", "Transpose", {"dim0": 1, "dim1": 4}, (IMAGE,), "no axis 4"),
    ("E0308", "Squeeze", {"dim": 0}, (IMAGE,), "N"),
    ("E0308", "Squeeze", {"dim": 2}, ((N, 3, H),), "H"),
    ("E0302", "Expand", {"shape": (3, 8)}, (IMAGE,), "2 more axes"),
    ("E0305", "Expand", {"shape": (3, 9, 6)}, (IMAGE,), "8 to 9"),
    ("E0305", "Expand", {"shape": (4,)}, ((7, 4),), "7"),
    ("E0105", "Expand", {"shape": (-1, 4)}, ((4,),), "axis 1"),
    ("E0302", "CropLike", {}, (IMAGE, (N, 3)), "other axes"),
    ("E0305", "CropLike", {}, (IMAGE, (N, 3, 9, 6)), "8 to 9, which is larger"),
    ("E0306", "CropLike", {"dims": 0}, (IMAGE, (4, 3, 8, 6)), "the batch"),
    ("E0306", "CropLike", {"dims": 4}, (IMAGE, IMAGE), "no axis 4"),
    ("E0305", "ReshapeAs", {}, (IMAGE, (N, 3, 7)), "N × 3 × 7"),
    ("E0305", "ReshapeAs", {}, (IMAGE, (4, 36)), "4 × 36"),
    ("E0306", "Slice", {"dim": 2, "start": 8}, (IMAGE,), "takes nothing"),
    ("E0306", "Slice", {"dim": 2, "start": 4, "stop": -4}, (IMAGE,), "takes nothing"),
    ("E0306", "Slice", {"dim": 0, "start": 1}, (IMAGE,), "takes nothing"),
    ("E0308", "Slice", {"dim": 0, "stop": 4}, (IMAGE,), "axis of N"),
    ("E0306", "Select", {"dim": 1, "index": 3}, (IMAGE,), "position 3"),
    ("E0306", "Select", {"dim": 1, "index": -4}, (IMAGE,), "position -4"),
    ("E0306", "Select", {"dim": 0, "index": 1}, (IMAGE,), "axis of N"),
    ("E0308", "Chunk", {"chunks": 2}, (IMAGE,), "axis of N"),
    ("E0310", "Chunk", {"chunks": 20_000, "dim": 1}, ((N, 30_000),), "20000 outputs"),
    ("E0305", "Split", {"split_size": (3, 4), "dim": 2}, (IMAGE,), "7 positions"),
    ("E0308", "Split", {"split_size": 2, "dim": 2}, ((N, 3, H),), "H"),
    ("E0308", "Unbind", {}, (IMAGE,), "N"),
    ("E0310", "Unbind", {"dim": 1}, ((N, 10_001),), "10001 outputs"),
    ("E0105", "Pad", {"padding": (1, 1, 1)}, (IMAGE,), "3 numbers"),
    ("E0106", "Pad", {"padding": (1, 1), "mode": "reflect", "value": 1}, ((N, 3, 8),), "reflect"),
    ("E0302", "Pad", {"padding": (1, 1), "mode": "reflect"}, (IMAGE,), "last 1 axis"),
    ("E0302", "Pad", {"padding": (1,) * 10}, (IMAGE,), "last 5 axes"),
    ("E0310", "Pad", {"padding": (6, 0), "mode": "reflect"}, ((N, 3, 6),), "pads by 6"),
    ("E0310", "Pad", {"padding": (7, 0), "mode": "circular"}, ((N, 3, 6),), "pads by 7"),
    ("E0310", "Pad", {"padding": (-3, -3)}, (IMAGE,), "cuts 6"),
    ("E0310", "Pad", {"padding": (5, -7)}, (IMAGE,), "cuts 7"),
    ("E0106", "Roll", {"shifts": (1, 2), "dims": 1}, (IMAGE,), "2 shifts"),
    ("E0306", "Roll", {"shifts": 1, "dims": 4}, (IMAGE,), "no axis 4"),
    ("E0105", "Repeat", {"repeats": (1, 2)}, (IMAGE,), "2 axes"),
    ("E0105", "Repeat", {"repeats": (2, 1, 1, 1)}, (IMAGE,), "the batch 2 times"),
    ("E0105", "Repeat", {"repeats": (2, 1, 1, 1, 1)}, (IMAGE,), "5 axes"),
    ("E0105", "Flip", {"dims": (1, -3)}, (IMAGE,), "axis 1 twice"),
    ("E0306", "UnfoldDim", {"dimension": 2, "size": 9, "step": 1}, (IMAGE,), "windows of 9"),
    ("E0306", "UnfoldDim", {"dimension": 0, "size": 2, "step": 1}, (IMAGE,), "from N positions"),
    ("E0302", "Tril", {}, ((N,),), "matrices"),
    ("E0105", "Diagonal", {"dim1": 2, "dim2": -2}, (IMAGE,), "axis 2 twice"),
    ("E0306", "Diagonal", {"dim1": 2, "dim2": 3, "offset": 6}, (IMAGE,), "8 × 6"),
    ("E0308", "Diagonal", {}, (IMAGE,), "N"),
    ("E0305", "Fold", {"output_size": 4, "kernel_size": 2}, ((N, 8, 8),), "9 places of 4 × 4"),
    ("E0304", "Fold", {"output_size": 4, "kernel_size": 2}, ((N, 9, 9),), "9 rows"),
    ("E0303", "Unfold", {"kernel_size": 9}, (IMAGE,), "kernel of 9"),
    ("E0306", "Mean", {"dim": (2, 4)}, (IMAGE,), "no axis 4"),
    ("E0105", "Sum", {"dim": (2, -2)}, (IMAGE,), "twice"),
    ("E0306", "TopK", {"k": 9, "dim": 2}, (IMAGE,), "the first 9 of 8"),
    ("E0306", "TopK", {"k": 2, "dim": 0}, (IMAGE,), "of N positions"),
    ("E0306", "Cumsum", {"dim": 4}, (IMAGE,), "no axis 4"),
    ("E0106", "Buffer", {}, (), "neither"),
    ("E0106", "Buffer", {"shape": (2,), "value": 1}, (), "both"),
    ("E0106", "Buffer", {"value": 1, "fill": 0.0}, (), "fill"),
    ("E0106", "Buffer", {"shape": (2,), "fill": None, "dtype": "int64"}, (), "int64"),
    ("E0105", "Buffer", {"shape": (2,), "fill": 0.5, "dtype": "int64"}, (), "0.5"),
    ("E0105", "Parameter", {"shape": (2,), "fill": 1e39}, (), "float32"),
    ("E0105", "Constant", {"value": (1, 2**31), "dtype": "int32"}, (), "2147483648"),
    ("E0105", "Constant", {"value": -1, "dtype": "bool"}, (), "-1"),
    ("E0105", "Constant", {"value": 70000, "dtype": "float16"}, (), "70000"),
]


@pytest.mark.parametrize(("code", "name", "arguments", "shapes", "says"), REFUSED)
def test_refused(code: str, name: str, arguments: dict[str, Any], shapes: tuple[Shape, ...], says: str) -> None:
    layer = op(name, **arguments)
    with pytest.raises(Problem) as caught:
        outputs(layer, *shapes)
    assert (caught.value.code, says in caught.value.message) == (code, True), caught.value.message


@pytest.mark.parametrize(
    ("name", "arguments", "dtypes"),
    [
        ("Sub", {}, ("bool", "float32")),
        ("Sub", {"value": 1}, ("bool",)),
        ("Matmul", {}, ("float32", "float64")),
        ("FloorDiv", {}, ("bool", "bool")),
        ("Pow", {}, ("bool", "bool")),
        ("Addcmul", {}, ("bool", "bool", "bool")),
        ("Lerp", {"weight": 1}, ("float32", "float64")),
        ("Lerp", {"weight": 1}, ("int64", "int64")),
        ("BitwiseNot", {}, ("float32",)),
        ("Index", {"dim": 1}, ("float32", "float32")),
        ("Gather", {"dim": 1}, ("float32", "bool")),
        ("OneHot", {"num_classes": 3}, ("int32",)),
        ("Floor", {}, ("bool",)),
        ("Matmul", {}, ("bool", "bool")),
        ("Einsum", {"equation": "ij,ij->i"}, ("float32", "float16")),
        ("Einsum", {"equation": "ij->i"}, ("int64",)),
        ("Mean", {"dim": 1}, ("int64",)),
        ("Norm", {"dim": 1}, ("bool",)),
        ("Var", {"dim": 1}, ("int64",)),
        ("TopK", {"k": 1}, ("bool",)),
        ("Argmin", {"dim": 1}, ("bool",)),
        ("Argmax", {"dim": 1}, ("bool",)),
    ],
)
def test_dtypes_refused(name: str, arguments: dict[str, Any], dtypes: tuple[DType, ...]) -> None:
    with pytest.raises(Problem) as caught:
        outputs(op(name, **arguments), *(((4, 4),) * len(dtypes)), dtypes=dtypes)
    assert caught.value.code == "E0307"


@pytest.mark.parametrize(
    ("name", "shapes", "code", "says"),
    [
        ("Index", ((N, 3), (N, 2)), "E0306", "both have the batch"),
        ("Index", ((3, N), (2,)), "E0306", "along the batch"),
        ("IndexSelect", ((5, 4 * N), (2,)), "E0306", "along the batch"),
        ("Gather", ((N, 3), (N,)), "E0302", "as many axes"),
        ("Gather", ((N, 3), (2 * N, 3)), "E0305", "more along axis 0"),
        ("Gather", ((4, 3), (N, 3)), "E0305", "more along axis 0"),
    ],
)
def test_picking_refused(name: str, shapes: tuple[Shape, Shape], code: str, says: str) -> None:
    with pytest.raises(Problem) as caught:
        outputs(op(name, dim=1), *shapes, dtypes=("float32", "int64"))
    assert (caught.value.code, says in caught.value.message) == (code, True), caught.value.message


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Add", {"value": True}),
        ("MaskedFill", {"value": "infinity"}),
        ("To", {"dtype": "int8"}),
        ("Add", {"value": float("inf")}),
        ("Add", {"value": "1"}),
        ("Squeeze", {}),
        ("Mean", {}),
        ("Reshape", {"shape": (0, 2)}),
        ("Reshape", {"shape": (2, 3.0)}),
        ("Split", {"split_size": (2, 0)}),
        ("Slice", {"dim": 1, "step": 0}),
        ("Chunk", {"chunks": 0}),
        ("Repeat", {"repeats": (1, 0)}),
        ("Constant", {"value": ()}),
        ("Constant", {"value": ((1, 2), (3,))}),
        ("Constant", {"value": (1, (2,))}),
        ("Constant", {"value": ("1",)}),
        ("Constant", {"value": (0,) * 100_001}),
        ("Parameter", {"shape": (0,)}),
        ("Parameter", {"shape": (True,)}),
        ("Einsum", {"equation": "ij;jk"}),
        ("Einsum", {"equation": "ij->jk->i"}),
        ("Einsum", {"equation": "i..j->i"}),
        ("Einsum", {"equation": "...i...->i"}),
        ("Einsum", {"equation": "ij\n"}),
        ("Einsum", {"equation": "ıj->j"}),
        ("Einsum", {"equation": "i" * 301}),
    ],
)
def test_values_refused(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        op(name, **arguments)


def test_largest_values_that_are_taken() -> None:
    assert outputs(op("Constant", value=(0,) * 100_000))["output"] == Tensor((100_000,), "int64")
    assert len(outputs(op("Unbind", dim=1), (N, 10_000))) == 10_000
    assert outputs(op("Einsum", equation=" " * 297 + "i->"), (N,))["output"].shape == ()
    assert outputs(op("Parameter", shape=()))["output"].shape == ()


ASSUMED: list[tuple[str, dict[str, Any], tuple[Shape, ...], Shape, list[str]]] = [
    ("Add", {}, ((N, 3, H), (N, 3, H)), (N, 3, H), []),
    ("Add", {}, ((N, 3, H), (N, 3, W)), (N, 3, H), ["H = W"]),
    ("Add", {}, ((N, 3, H), (N, 3, 8)), (N, 3, 8), ["H = 8"]),
    ("Add", {}, ((N, 3, H), (H // 2 * 2,)), (N, 3, H), ["H = 2*(H//2)"]),
    ("Add", {}, ((N, 3, H), (3, 1)), (N, 3, H), []),
    ("Mul", {}, ((N * H, 3), (4 * N, 3)), (N * H, 3), ["H = 4"]),
    ("Cat", {"dim": 0}, ((N, 3), (N, 3)), (2 * N, 3), []),
    ("Cat", {}, ((2, 3), (4, 3)), (6, 3), []),
    ("Cat", {"dim": 2}, ((N, 3, H), (N, 3, W)), (N, 3, H + W), []),
    ("Matmul", {}, ((N, 3, H), (N, 7, 2)), (N, 3, 2), ["H = 7"]),
    ("Reshape", {"shape": (3, -1)}, ((N, 3, H, W),), (N, 3, H * W), []),
    ("Reshape", {"shape": (2, -1)}, ((N, H),), (N, 2, H // 2), ["H = 2*(H//2)"]),
    ("Reshape", {"shape": (4, 2)}, ((N, H),), (N, 4, 2), ["H = 8"]),
    ("Slice", {"dim": 1, "start": 1}, ((N, H),), (N, H - 1), ["H >= 2"]),
    ("Slice", {"dim": 1, "step": 2}, ((N, H),), (N, (H + 1) // 2), []),
    ("Slice", {"dim": 1, "stop": 5}, ((N, H),), (N, 5), ["H >= 5"]),
    ("Slice", {"dim": 1, "start": -2}, ((N, H),), (N, 2), ["H >= 2"]),
    ("Select", {"dim": 1, "index": -1}, ((N, H),), (N,), []),
    ("Select", {"dim": 1, "index": 3}, ((N, H),), (N,), ["H >= 4"]),
    ("Select", {"dim": 0, "index": -1}, ((N, H),), (H,), []),
    ("Pad", {"padding": (1, 2)}, ((N, H),), (N, H + 3), []),
    ("Pad", {"padding": (2, 2), "mode": "reflect"}, ((N, 3, H),), (N, 3, H + 4), ["H >= 3"]),
    ("Squeeze", {"dim": 1}, ((N, H + 1),), (N, H + 1), []),
    ("Expand", {"shape": (1, 768)}, ((1, 1, 768),), (N, 1, 768), []),
    ("Expand", {"shape": (4, -1)}, ((N, 1, H),), (N, 4, H), []),
    ("Mean", {"dim": (2, 3)}, ((N, 3, H, W),), (N, 3), []),
]


@pytest.mark.parametrize(("name", "arguments", "shapes", "shape", "statements"), ASSUMED)
def test_symbolic(
    name: str, arguments: dict[str, Any], shapes: tuple[Shape, ...], shape: Shape, statements: list[str]
) -> None:
    found, noted = assumed(op(name, **arguments), *shapes)
    assert (found["output"].shape, noted) == (shape, statements)


def test_symbolic_chunks() -> None:
    found, noted = assumed(op("Chunk", chunks=2, dim=1), (N, H))
    assert [tensor.shape for tensor in found.values()] == [(N, H // 2)] * 2
    assert noted == ["H = 2*(H//2)"]
    assert assumed(op("Chunk", chunks=2, dim=1), (N, 4 * H))[1] == []


def holds(statement: str, values: dict[str, int]) -> bool:
    """Whether an assumption is true of these numbers. The texts are ours."""
    python = re.sub(r"(?<![<>])=", "==", statement).replace("^", "**")
    return bool(eval(python, {"__builtins__": {}}, {**values, "floor": floor}))


EVERY = {**MERGING, **ELEMENTWISE, **SHAPING, **REDUCING}


@pytest.mark.parametrize("name", sorted(EVERY))
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_symbol_stands_for_any_number(name: str, data: st.DataObject) -> None:
    """A size replaced by a symbol gives, with the number put back, what the number gave; or is refused."""
    arguments, inputs = data.draw(EVERY[name])
    places = [(i, axis) for i, tensor in enumerate(inputs) for axis in range(tensor.rank)]
    if not places:
        return
    layer, (index, axis) = op(name, **arguments), data.draw(st.sampled_from(places))
    size = inputs[index].shape[axis]
    values = {"H": size if isinstance(size, int) else 2, BATCH: 2}
    shapes = [list(tensor.shape) for tensor in inputs]
    shapes[index][axis] = H
    symbolic = tuple(Tensor(tuple(shape), t.dtype) for shape, t in zip(shapes, inputs, strict=True))
    noted: dict[str, Assumption] = {}
    token = assumptions.set(noted)
    try:
        found = layer.outputs(symbolic)
        counts = [layer.macs(symbolic), layer.elementwise(symbolic)]
    except Problem:
        return
    finally:
        assumptions.reset(token)
    if not all(holds(statement, values) for statement in noted):
        return
    numbers = layer.outputs(inputs)
    assert {port: (_put(t.shape, values), t.dtype) for port, t in found.items()} == {
        port: (_put(t.shape, values), t.dtype) for port, t in numbers.items()
    }
    if name != "Einsum" and BATCH not in [str(size)]:  # an axis of 1 is summed otherwise than a symbol that may be 1
        known = [layer.macs(inputs), layer.elementwise(inputs)]
        assert [_value(c, {**values, BATCH: 1}) for c in counts] == [_value(c, {BATCH: 1}) for c in known]


def _put(shape: Shape, values: dict[str, int]) -> Shape:
    return tuple(substitute(size, values) for size in shape)


def _value(count: Any, values: dict[str, int]) -> Any:
    return None if count is None else substitute(count, values)


REACHES: list[tuple[str, dict[str, Any], tuple[Shape, ...], tuple[tuple[Reach, ...], ...]]] = [
    ("Flatten", {}, ((N, 1, 5, 1),), ((Same(0), Everything(), Same(1), Everything()),)),
    ("Flatten", {}, (IMAGE,), ((Same(0), *(Picked("flattened", 1, True),) * 3),)),
    ("Flatten", {"start_dim": 2}, ((N, 3, H, W),), ((Same(0), Same(1), *(Picked("flattened", 2, True),) * 2),)),
    ("Reshape", {"shape": (3, 48)}, (IMAGE,), ((Same(0), Same(1), *(Picked("reshaped", 2, True),) * 2),)),
    ("Unflatten", {"dim": 1, "unflattened_size": (1, 3)}, (IMAGE,), ((Same(0), Same(2), Same(3), Same(4)),)),
    ("Permute", {"dims": (0, 2, 3, 1)}, (IMAGE,), ((Same(0), Same(3), Same(1), Same(2)),)),
    ("Slice", {"dim": 2, "start": 2, "step": 3}, (IMAGE,), ((Same(0), Same(1), Window(2, 1, 3, -2), Same(3)),)),
    ("CropLike", {}, (IMAGE, (N, 5, 5, 6)), ((Same(0), Same(1), Window(2, 1, 1, -1), Window(3, 1, 1, 0)),)),
    ("CropLike", {"dims": 2}, ((N, 3, H), (N, 5, 5)),
     ((Same(0), Same(1), Picked("it is cut at a place that depends on its size", 2)),)),
    ("ReshapeAs", {}, ((N, 3, 6), (N, 3, 2, 3)), ((Same(0), Same(1), Untraced("reshaped", None)),)),
    ("FullLike", {"fill_value": 0}, (IMAGE,), ()),
    ("Pad", {"padding": (1, 2)}, (IMAGE,), ((Same(0), Same(1), Same(2), Window(3, 1, 1, 1)),)),
    ("Select", {"dim": 1, "index": 0}, ((N, 3, 4),), ((Same(0), Picked("one position of it is selected"), Same(1)),)),
    ("Cat", {"dim": 1}, ((N, 3), (N, 4)), ((Same(0), Same(1)), (Same(0), Window(1, 1, 1, 3)))),
    ("Matmul", {}, ((N, 3, 4), (4, 5)), ((Same(0), Same(1), Everything()), (Everything(), Same(2)))),
    ("Einsum", {"equation": "bij,bkj->bki"}, ((N, 3, 4), (N, 5, 4)),
     ((Same(0), Same(2), Everything()), (Same(0), Same(1), Everything()))),
    ("Index", {"dim": 1}, ((N, 3, 4), (5, 6)), ((Same(0), Picked("numbers say which position is read"), Same(3)), (Same(1), Same(2)))),
    ("UnfoldDim", {"dimension": 2, "size": 3, "step": 2}, (IMAGE,), ((Same(0), Same(1), Window(2, 3, 2, 0), Same(3)),)),
    ("Mean", {"dim": 2}, (IMAGE,), ((Same(0), Same(1), Everything(), Same(2)),)),
    ("Mean", {"dim": 2, "keepdim": True}, (IMAGE,), ((Same(0), Same(1), Everything(), Same(3)),)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "shapes", "reach"), REACHES)
def test_reach(
    name: str, arguments: dict[str, Any], shapes: tuple[Shape, ...], reach: tuple[tuple[Reach, ...], ...]
) -> None:
    assert op(name, **arguments).reach(tuple(Tensor(shape) for shape in shapes)) == reach


def test_reach_of_broadcast_inputs() -> None:
    assert pointwise(Tensor((N, 3, 8)), Tensor((3, 1))) == ((Same(0), Same(1), Same(2)), (Same(1), Everything()))


@pytest.mark.parametrize(
    ("left", "right", "macs"),
    [((4,), (4,), 4), ((3, 4), (4,), 12), ((4,), (4, 5), 20), ((2, 3, 4), (4,), 24), ((4,), (6, 2, 4, 5), 240),
     ((7, 1, 3, 4), (2, 4, 5), 840)],
)  # fmt: skip
def test_matmul_with_vectors(left: tuple[int, ...], right: tuple[int, ...], macs: int) -> None:
    """Each number of the result is a sum of four products."""
    layer, inputs = op("Matmul"), (Tensor(left), Tensor(right))
    product = torch.matmul(torch.ones(left), torch.ones(right))
    assert layer.outputs(inputs)["output"].shape == tuple(product.shape)
    assert layer.macs(inputs) == macs == product.sum().item()


def external(**arguments: Any) -> External:
    return External.model_validate({"target": "my_pkg.layers.Block", "output": (4,), "params": 7, **arguments})


def test_external_is_what_the_spec_says() -> None:
    layer, x = external(args={"width": 4, "name": "a"}, dtype="float64"), (Tensor((N, 3)), Tensor((N, 5)))
    assert layer.outputs(x) == {"output": Tensor((N, 4), "float64")}
    assert (layer.parameter_count(x), layer.macs(x), layer.elementwise(x), layer.reach(x)) == (7, None, None, None)
    assert layer.emission(x) == emit.Emission(
        emit.Apply((emit.Input(0), emit.Input(1))),
        emit.External("my_pkg.layers", "Block", (("width", 4), ("name", "a"))),
    )
    assert registry.find("External") is None


@pytest.mark.parametrize(
    "arguments",
    [
        {"target": "Block"},
        {"target": "my_pkg..Block"},
        {"target": "my_pkg.import.Block"},
        {"target": "my_pkg._secret.Block"},
        {"target": "my_pkg.Block()"},
        {"target": "my_pkg.Bloсk"},  # a Cyrillic letter
        {"target": "my_pkg.Block\n"},
        {"target": "a." + "b" * 200},
        {"params": -1},
        {"params": 1.0},
        {"output": ()},
        {"output": (0,)},
        {"args": {"a b": 1}},
        {"args": {"class": 1}},
        {"args": {"a": {"b": 1}}},
        {"args": {"a": float("nan")}},
        {"args": {f"a{i}": 1 for i in range(101)}},
    ],
)
def test_external_refuses(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        external(**arguments)
