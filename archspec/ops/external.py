"""A module that archspec does not know: `type: "python:my_pkg.layers.DeformBlock"`. Enters: what the spec claims of it.
Leaves: that claim as facts, and an inert record for the generated module. Nothing here imports what is named.

The document maps such a type to `External`; the name itself is no `type`.
"""

import keyword
import re
from typing import Annotated, Any, ClassVar

from archspec.dims import Size
from archspec.limits import MAX_TARGET_ARGUMENTS, MAX_TARGET_LENGTH
from archspec.ops import emission as emit
from archspec.ops.base import ITEM_BYTES, DType, Inputs, N, Op, Outputs, Tensor
from archspec.ops.fields import Check, NotNegative, choice, number, whole_numbers
from archspec.ops.layout import Laid

_NUMBER = number()
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def is_name(value: object) -> bool:
    """Whether this is an ASCII identifier that is no keyword and does not begin with an underscore."""
    return type(value) is str and _NAME.fullmatch(value) is not None and not keyword.iskeyword(value)


def is_target(value: object) -> bool:
    """Whether this names something in a module: two or more names with dots between them."""
    if type(value) is not str or len(value) > MAX_TARGET_LENGTH:
        return False
    parts = value.split(".")
    return len(parts) > 1 and all(is_name(part) for part in parts)


def _is_plain(value: object) -> bool:
    """A scalar, or lists of them (their depth is bounded by the reader)."""
    if isinstance(value, tuple):
        return all(_is_plain(item) for item in value)
    return value is None or type(value) in (bool, str) or _NUMBER.fits(value)


def _are_arguments(value: object) -> bool:
    if type(value) is not dict or len(value) > MAX_TARGET_ARGUMENTS:
        return False
    return all(is_name(name) and _is_plain(item) for name, item in value.items())


class External(Op):
    """Somebody else's module, known by what the spec says of it: `output` is a sample's shape, `params` the number of
    its learned numbers, `args` its constructor's keyword arguments. Its MACs and its receptive field are unknown; what
    buffers it has does not appear."""

    kind: ClassVar = "external"
    arity: ClassVar = (1, None)

    target: Annotated[
        str,
        Check("the dotted name of a class, such as my_pkg.layers.DeformBlock", is_target,
              {"type": "string", "maxLength": MAX_TARGET_LENGTH}),
    ]  # fmt: skip
    output: Annotated[tuple[int, ...], whole_numbers(1)]
    params: NotNegative
    args: Annotated[
        dict[str, Any],
        Check(f"a mapping of at most {MAX_TARGET_ARGUMENTS} argument names to scalars or lists", _are_arguments,
              {"type": "object", "maxProperties": MAX_TARGET_ARGUMENTS}),
    ] = {}  # fmt: skip  # noqa: RUF012 (never changed: the model is frozen)
    dtype: Annotated[DType, choice(*ITEM_BYTES)] = "float32"

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": Tensor((N, *self.output), self.dtype)}

    def parameter_count(self, inputs: Inputs) -> Size:
        """What the spec says; the shapes are not known, so `parameters` names none."""
        return self.params

    def macs(self, inputs: Inputs) -> None:
        return None

    def elementwise(self, inputs: Inputs) -> None:
        return None

    def reach(self, inputs: Inputs) -> None:
        return None

    def emission(self, inputs: Inputs) -> emit.Emission:
        module, _, name = self.target.rpartition(".")
        own = emit.External(module, name, tuple(self.args.items()))
        return emit.Emission(emit.Apply(tuple(emit.Input(i) for i in range(len(inputs)))), own)

    no_law: ClassVar = "is somebody else's code, which takes in between what it needs"

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> None:
        return None
