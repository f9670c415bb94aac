"""One small function an ONNX operator: from a `Step` to layers. Enters: a node. Leaves: the values of its outputs.

A handler stands in the file of its family under `@handles("Conv")`; the registry finds it there, and no list is edited.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Value

Handler = Callable[[Step], Value | Sequence[Value | None]]
_handlers: dict[str, Handler] = {}


def handles(*operators: str) -> Callable[[Handler], Handler]:
    """Says which operators a function imports."""

    def note(handler: Handler) -> Handler:
        _handlers.update(dict.fromkeys(operators, handler))
        return handler

    return note


def handle(step: Step) -> Sequence[Value | None]:
    """The values of a node's outputs, in order. Raises ImportProblem, also for what the handler did not look at."""
    handler = _registry().get(step.op)
    if handler is None:
        raise step.problem("is an operator that no layer of a spec stands for", help=_why(step.op))
    result = handler(step)
    values = [result] if isinstance(result, Value) else result
    step.need_attributes_read()
    step.need_inputs_read()
    step.need_outputs(values)
    return values


@cache
def _registry() -> dict[str, Handler]:
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _handlers


def _why(op: str) -> str:
    if "Quant" in op or op.startswith("QLinear") or op.endswith("Integer"):
        return "quantized models compute with whole numbers; import the model before its quantization"
    if op in ("If", "Loop", "Scan"):
        return "a spec has no control flow; export the model with fixed sizes, or in eval mode"
    return ""
