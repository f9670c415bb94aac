"""Modules that cannot be run, or not be seen while they run. Enters: a module, or what it raised. Leaves: a problem with its
place and a way out.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from archspec.importers.sketch import ImportProblem, ModelFails
from archspec.importers.torch.places import raised_at

if TYPE_CHECKING:
    from archspec.importers.torch.binding import Binding


def need_seen(module: nn.Module) -> None:
    """Raises for what runs where no recording sees it."""
    for path, child in module.named_modules():
        what = f"the module {path}" if path else "the model"
        by = why = ""
        if isinstance(child, torch.jit.ScriptModule):  # what torch.jit.trace gives is one as well
            by, why = "TorchScript", "import it before torch.jit.script or torch.jit.trace"
        elif type(child).__module__.startswith("torch._dynamo."):
            by, why = "torch.compile", "pass what torch.compile was given (its _orig_mod)"
        if by:
            raise ImportProblem(f"{what} is compiled by {by}, whose steps cannot be recorded", "", why)


def failure(error: Exception, inputs: Mapping[str, torch.Tensor], binding: Binding) -> ModelFails:
    """What the module raised, as a problem with its place."""
    said = str(error).strip().splitlines()
    first = said[0][:200] if said else ""
    broken = [name for name, tensor in inputs.items() if tensor.is_floating_point()]
    wants_whole = broken if _WANTS_WHOLE.search(first) else []
    shapes = ", ".join(str(tuple(tensor.shape)) for tensor in inputs.values())
    return ModelFails(
        f"the model fails on inputs of {shapes}: {type(error).__name__}: {first}",
        raised_at(error),
        _way_out(_takes_key(error), wants_whole, inputs, binding),
        list(inputs),
        wants_whole,
        _takes_key(error),
    )


def _takes_key(error: Exception) -> bool:
    """Whether a tensor was asked for a key, as a mapping is; PyTorch takes the text for several indices."""
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, (IndexError, TypeError)) and any(_KEY.search(frame.line or "") for frame in frames)


def _way_out(takes_key: bool, wants_whole: Sequence[str], inputs: Mapping[str, torch.Tensor], binding: Binding) -> str:
    """The option that mends it: another dtype where torch wants whole numbers, or else another shape. A key of a mapping
    that is asked of a tensor has none."""
    if takes_key:
        return (
            "forward is given a tensor for each of its arguments, or one mapping of them where that is its only argument: import "
            "a module around it whose forward takes the tensors"
        )
    if not wants_whole:
        return "--input gives other shapes, without the batch"
    if len(wants_whole) > 1:
        return "--input NAME=SIZES:int64 gives whole numbers"
    (name,) = wants_whole
    sizes = ",".join(map(str, inputs[name].shape[1:]))
    before = {now: asked for asked, now in binding.renamed.items()}
    label = f"{before.get(name, name)}=" if len(inputs) > 1 else ""
    return f"--input {label}{sizes}:int64 gives whole numbers"


_KEY = re.compile(r"""\w\[["']""")
_WANTS_WHOLE = re.compile(r"\bLong\b.*but got|used as indices|index tensor of type|int64 for index")
"""What PyTorch says of numbers with a fraction where it takes indices."""
