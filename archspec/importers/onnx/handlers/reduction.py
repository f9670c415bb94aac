"""Reductions over axes. https://onnx.ai/onnx/operators/onnx__ReduceMean.html"""

from __future__ import annotations

from archspec.importers.onnx.batch import has_batch
from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.patterns import layer_norm
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Value
from archspec.importers.sketch import Literal

_SAME = {"ReduceMean": "Mean", "ReduceSum": "Sum", "ReduceMax": "Max", "ReduceMin": "Min", "ReduceL1": "Norm",
         "ReduceL2": "Norm", "ReduceSumSquare": "Sum", "ReduceLogSum": "Sum", "ReduceLogSumExp": "LogSumExp"}  # fmt: skip


@handles(*_SAME)
def reduce(step: Step) -> Value | list[Value | None]:
    """Mean, Sum, Max, Min or Norm, with what stands before and after the sum in the rarer ones."""
    found = _axes(step)
    if found is None:
        return step.tensor_of()
    if step.op == "ReduceMean" and layer_norm(step, found) is not None:
        return [None]
    keys: dict[str, Literal] = {
        "dim": found[0] if len(found) == 1 else list(found),
        "keepdim": bool(step.integer("keepdims", 1)),
    }
    x = step.tensor_of()
    if step.op == "ReduceSumSquare":
        x = step.layer("Square", [x], suffix="square")
    if step.op in ("ReduceL1", "ReduceL2"):
        keys["p"] = 1 if step.op == "ReduceL1" else 2
    x = step.layer(_SAME[step.op], [x], more=keys)
    return step.layer("Log", [x], suffix="log") if step.op == "ReduceLogSum" else x


@handles("ReduceProd")
def product(step: Step) -> Computed:
    """Prod, one axis after the other."""
    x, axes = step.tensor_of(), _axes(step) or []
    for axis in sorted(axes, reverse=True):
        x = step.layer("Prod", [x], dim=axis, keepdim=bool(step.integer("keepdims", 1)))
    return x


def _axes(step: Step) -> list[int] | None:
    """The axes to reduce; None for none at all."""
    shape = step.shape()
    given, keeps_without = step.list_of("axes", 1), bool(step.integer("noop_with_empty_axes", 0))
    if not given and keeps_without:
        return None
    axes = sorted(step.checked_axes(given or None, len(shape), range(len(shape))))
    if any(has_batch(shape[axis]) for axis in axes):
        raise step.problem("reduces over the batch", help="name the axes to reduce in the model, without the first")
    return axes


@handles("ArgMax", "ArgMin")
def argmax(step: Step) -> Computed:
    """Argmax or Argmin."""
    step.need(step.integer("select_last_index", 0) == 0, "takes the last of equal extrema, and PyTorch the first")
    return step.layer(
        "Argmax" if step.op == "ArgMax" else "Argmin",
        dim=step.axis(len(step.shape()), 0),
        keepdim=bool(step.integer("keepdims", 1)),
    )


@handles("TopK")
def top_k(step: Step) -> list[Value | None]:
    """TopK; k is known."""
    k = step.whole_number(1) if step.version >= 10 else step.integer("k", 1)
    largest, ordered = bool(step.integer("largest", 1)), bool(step.integer("sorted", 1))
    parts = step.layers("TopK", k=k, dim=step.axis(len(step.shape()), -1), largest=largest, sorted=ordered)
    return [parts["values"], parts["indices"]]


@handles("CumSum")
def cumsum(step: Step) -> Computed:
    """Cumsum."""
    step.need(not step.integer("exclusive", 0) and not step.integer("reverse", 0), "sums exclusively or backwards")
    axis = step.checked_axes([step.whole_number(1)], len(step.shape()), ())
    return step.layer("Cumsum", dim=axis[0])
