"""What each function of torch is in archspec's ops, by its short name. Enters: a call's arguments. Leaves: its layers.

A handler has the signature of the function it stands for, after the `Builder`, and answers a `Ref`, a `Value` (what it
answers is what it was given), or a list of them. It reads each of its arguments, and what it does not name is refused where
it is not left at its default; only what is `NEUTRAL` may be anything. A function without a handler is refused by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import torch

from archspec.importers.torch.builder import Builder
from archspec.importers.torch.recording import Call, Value

Answer = Any  # Ref | Value | list[Answer]
Handler = Callable[..., Answer]
HANDLERS: dict[str, Handler] = {}
BY_RESULT: set[Handler] = set()
"""Handlers of functions whose arguments all show in the shape and dtype of what they answer."""
NEUTRAL = {
    "inplace", "non_blocking", "memory_format", "copy", "requires_grad", "device", "pin_memory", "sparse", "sparse_grad",
    "scale_grad_by_freq", "_stacklevel", "cudnn_enabled",
}  # fmt: skip
"""Arguments that say where and how, and nothing of the numbers; what is written in place is known from elsewhere."""


def handles(*names: str, by_result: bool = False) -> Callable[[Handler], Handler]:
    def note(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        if by_result:
            BY_RESULT.add(handler)
        return handler

    return note


def answer(b: Builder, found: Handler, call: Call) -> Answer:
    """What the handler makes of a call. Raises `ImportProblem` for arguments that it does not have."""
    signature = inspect.signature(found)
    defaults = _defaults(call.name)
    keywords = {
        name: given
        for name, given in _renamed(call.keywords, signature).items()
        if found in BY_RESULT or name in signature.parameters or not _says_nothing(name, given, defaults)
    }
    try:
        signature.bind(b, *call.arguments, **keywords)
    except TypeError:
        unknown = [f"{name}={shown(given)}" for name, given in keywords.items() if name not in signature.parameters]
        raise b.problem(
            f"the model calls {call.name} with {', '.join(unknown) or 'arguments'}, for which there is no op"
        ) from None
    return found(b, *call.arguments, **keywords)


def _renamed(keywords: Mapping[str, Any], signature: inspect.Signature) -> dict[str, Any]:
    """Keywords by the names that the handler has: NumPy's for axes, and `input` and `other` for the first and the second operand.

    https://docs.pytorch.org/docs/stable/torch.html
    """
    own = list(signature.parameters)[1:]
    others = {"axis": "dim", "axis0": "dim0", "axis1": "dim1", "keepdims": "keepdim"}
    others |= {name: own[at] for name, at in (("input", 0), ("other", 1), ("mat2", 1)) if at < len(own)}
    return {
        name if name in own or others.get(name) not in own else others[name]: given for name, given in keywords.items()
    }


def _says_nothing(name: str, given: Any, defaults: dict[str, Any]) -> bool:
    """Whether an argument is as if it had been left out."""
    if name in NEUTRAL or given is None:
        return True
    return name in defaults and not isinstance(given, Value) and bool(given == defaults[name])


def _defaults(name: str) -> dict[str, Any]:
    """Those of a function of torch.nn.functional that is written in Python: it hands on all its arguments."""
    function = getattr(torch.nn.functional, name, None)
    try:
        parameters = inspect.signature(function).parameters if callable(function) else {}
    except ValueError:  # a built-in
        return {}
    return {key: parameter.default for key, parameter in parameters.items()}


def shown(given: Any) -> str:
    """An argument, for a message."""
    return "a tensor" if isinstance(given, Value) else str(given)[:60]


def handler(name: str) -> Handler | None:
    """The handler of a function; in-place forms are as the others."""
    for family in ("arithmetic", "neural", "sampling", "shaping"):  # they register themselves
        import_module(f"archspec.importers.torch.{family}")
    if name in HANDLERS:
        return HANDLERS[name]
    return HANDLERS.get(name.removesuffix("_")) if not name.endswith("__") else None


# Nothing at all --------------------------------------------------------------------------------------------------------


@handles("contiguous", "clone", "detach", "alias", "cpu", "cuda", "data", "requires_grad_", "lift_fresh", "real",
         by_result=True)  # fmt: skip
def same(b: Builder, x: Value, *args: Any, **kwargs: Any) -> Answer:
    return x


@handles("contiguous_copy", by_result=True)
def contiguous(b: Builder, x: Value, *args: Any, **kwargs: Any) -> Answer:
    return b.layer("Contiguous", {}, x)


@handles(
    "to", "float", "half", "bfloat16", "double", "long", "int", "bool", "type", "type_as", "_to_copy", by_result=True
)
def cast(b: Builder, x: Value, *args: Any, **kwargs: Any) -> Answer:
    return b.cast(x, b.result().dtype)
