"""One small function a Keras layer: from a `Step` to layers. Enters: a call. Leaves: the values of its outputs.

A handler stands in the file of its family under `@handles("Conv2D")`; the registry finds it there, and no list is edited.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from archspec.importers.keras.step import Step, Value

Handler = Callable[[Step], Value | Sequence[Value]]
_handlers: dict[str, Handler] = {}

_WRAPPERS = {
    "TimeDistributed": "apply the layer itself: most of them work on each step by themselves",
    "Lambda": "its code is not in the file; use a layer that says what it does",
    "TFOpLambda": "its function is not one of the file's layers; use a layer that says what it does",
    "Masking": "a spec has no masks that pass through layers",
}


def handles(*kinds: str) -> Callable[[Handler], Handler]:
    """Says which layers a function imports."""

    def note(handler: Handler) -> Handler:
        _handlers.update(dict.fromkeys(kinds, handler))
        return handler

    return note


def need_known(step: Step) -> None:
    """Raises where the layer is none of Keras itself."""
    registered, module = step.layer.value("registered_name"), step.layer.value("module")
    is_own = isinstance(registered, str) and ">" in registered
    is_foreign = isinstance(module, str) and module.split(".")[0] not in ("keras", "tensorflow", "tf_keras")
    if is_own or is_foreign:
        raise step.problem("is a class of its own, whose code is not in the file",
                           help="use layers of Keras itself, or write the spec by hand")  # fmt: skip


def handle(step: Step) -> Sequence[Value]:
    """The values of a layer's outputs, in order. Raises ImportProblem."""
    need_known(step)
    kind, module = step.kind, step.layer.value("module")
    if isinstance(module, str) and ".ops" in module:  # x + y, as Keras 3 notes it
        kind = f"ops.{kind}"
    handler = registered().get(kind)
    if handler is None:
        raise step.problem("is a layer that no op of a spec stands for", help=_WRAPPERS.get(step.kind, ""))
    result = handler(step)
    step.need_all_read()
    return [result] if isinstance(result, Value) else result


@cache
def registered() -> dict[str, Handler]:
    """The functions by the layers that they import; `ops.Add` is what Keras 3 notes of x + y."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _handlers
