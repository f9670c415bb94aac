"""What each function of torch is in archspec's ops, by its short name. Enters: a call's arguments. Leaves: its layers.

A handler has the signature of the function it stands for, after the `Builder`, and answers a `Ref`, a `Value` (what it
answers is what it was given), or a list of them. A function without a handler is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from archspec.importers.torch.builder import Builder
from archspec.importers.torch.recording import Value

Answer = Any  # Ref | Value | list[Answer]
Handler = Callable[..., Answer]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    def note(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return note


def handler(name: str) -> Handler | None:
    """The handler of a function; in-place forms are as the others."""
    for family in ("arithmetic", "neural", "shaping"):  # they register themselves
        import_module(f"archspec.importers.torch.{family}")
    if name in HANDLERS:
        return HANDLERS[name]
    return HANDLERS.get(name.removesuffix("_")) if not name.endswith("__") else None


# Nothing at all --------------------------------------------------------------------------------------------------------


@handles("contiguous", "clone", "detach", "alias", "cpu", "cuda", "data", "requires_grad_", "lift_fresh", "real")
def same(b: Builder, x: Value, *args: Any, **kwargs: Any) -> Answer:
    return x


@handles("contiguous_copy")
def contiguous(b: Builder, x: Value, *args: Any, **kwargs: Any) -> Answer:
    return b.layer("Contiguous", {}, x)


@handles("to", "float", "half", "bfloat16", "double", "long", "int", "bool", "type", "type_as", "_to_copy")
def cast(b: Builder, x: Value, *args: Any, **kwargs: Any) -> Answer:
    if b.result().dtype == x.dtype:
        return x
    return b.layer("To", {"dtype": b.dtype(b.result().dtype)}, x)
