"""`archspec.from_torch`, `from_onnx`, `from_keras`: an existing model in, a checked spec out. For Python and the command."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archspec.api import Spec
from archspec.document.names import why_no_class_name
from archspec.importers import write
from archspec.importers.sketch import ImportProblem, InputSpec

if TYPE_CHECKING:
    from torch import Tensor, nn


def from_torch(module: nn.Module, *examples: Tensor | Sequence[int], name: str | None = None) -> Spec:
    """The spec of a module: the same layers, keys and groups, in evaluation. What its own code computes in training only is not
    in it; `archspec import torch` says where that is.

    `examples` are its inputs: a tensor (N, …), or the shape of one sample, for float32. The module runs twice on small
    random batches, on copies of it; neither it nor its mode changes. Raises `archspec.ImportProblem` with a sentence and a
    place where the model has something that no spec can say, or fails.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
    """
    from archspec.importers.torch.binding import bind
    from archspec.importers.torch.sketching import to_sketch

    given = [(None, _input(example)) for example in examples]
    sketch = to_sketch(module, bind(module, given), network_name(name or type(module).__name__))
    return write(sketch).spec


def _input(example: Tensor | Sequence[int]) -> InputSpec:
    shape = getattr(example, "shape", None)
    if shape is None:
        assert not hasattr(example, "dtype")
        return InputSpec([int(size) for size in example])
    return InputSpec(
        [int(size) for size in shape[1:]], str(getattr(example, "dtype", "float32")).removeprefix("torch.")
    )


def network_name(text: str) -> str:
    """A name that a network can have, as near to the text as may be."""
    words = re.split(r"[^A-Za-z0-9]+", os.path.splitext(text)[0])
    name = "".join(word[:1].upper() + word[1:] for word in words)[:60]
    if not name or name[0].isdigit():
        name = f"Net{name}"
    return name if why_no_class_name(name) is None else f"{name}Net"


def read_input(text: str) -> tuple[str | None, InputSpec]:
    """`3,224,224`, `tokens=128:int64`: a name where there is one, the shape of a sample, and a dtype."""
    match = re.fullmatch(r"(?:([A-Za-z_]\w*)=)?(\d+(?:,\d+)*)?(?::(\w+))?", text, re.ASCII)
    if match is None or (match[2] is None and match[3] is None):
        raise ImportProblem(f"{text[:60]} is no input; one is written 3,224,224 or tokens=128:int64")
    sizes: list[Any] = [int(size) for size in (match[2] or "").split(",") if size]
    dtype = match[3] or "float32"
    if dtype not in ("float32", "float64", "int64", "int32", "bool"):
        raise ImportProblem(f"{dtype[:20]} is no dtype of an input; there are float32, float64, int64, int32 and bool")
    return match[1], InputSpec(sizes, dtype)
