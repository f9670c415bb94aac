"""An existing model in, its spec as it was checked out: what `archspec.Spec.from_torch`, `from_onnx` and `from_keras` do."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.checking import Result
from archspec.document.names import suggest, why_no_class_name
from archspec.document.tree import clip
from archspec.importers import Imported, documented, write
from archspec.importers.sizes import said_of_sizes
from archspec.importers.sketch import ImportProblem, InputSpec, Sketch
from archspec.plain import as_number

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.importers.torch.binding import Binding
    from archspec.verification.compare import Verification


class FromTorch(NamedTuple):
    """The spec of a module, the module as it knows the shapes of its parameters, and how it is called."""

    found: Imported
    module: nn.Module
    binding: Binding


def from_torch(module: nn.Module, *examples: Tensor | Sequence[int], name: str | None = None) -> FromTorch:
    """The spec of a module, which computes what the module does if outputs are the same. Raises ImportProblem, TypeError."""
    from torch.nn import Module

    from archspec.importers.torch.binding import bind
    from archspec.importers.torch.sketching import settled, to_sketch

    if isinstance(module, type):
        raise TypeError(f"a module is wanted, not its class: {module.__name__}(…)")
    if not isinstance(module, Module):
        raise TypeError(
            f"from_torch takes an nn.Module, not a {type(module).__name__}: "
            "archspec.from_torch(model, [3, 224, 224]) with model = Net()"
        )
    if not examples:
        raise TypeError(
            "from_torch runs the module, and takes its inputs after it, as tensors or as shapes of one sample: "
            "archspec.from_torch(model, [3, 224, 224])"
        )
    given = [(None, _input(example)) for example in examples]
    binding = bind(module, given)
    module = settled(module, binding)
    found = write(to_sketch(module, binding, chosen_name(name) or network_name(type(module).__name__)))
    return FromTorch(found, module, binding)


def said_of_module(given: FromTorch, compared: Verification | None) -> list[str]:
    """What the spec has otherwise than the module, beside what its `doc` says: sizes that are numbers, what stops gradients, and
    what training does."""
    from archspec.importers.torch.gradients import said_of_gradients
    from archspec.importers.torch.training import said_of_training

    said = said_of_sizes(given.found.sketch, given.found.spec)
    if compared is not None:
        said += said_of_gradients(given.module, given.binding, compared.gradients)
    return [*said, *said_of_training(given.module, given.binding)]


def said_of_order(order: tuple[str, str] | None) -> list[str]:
    """That the spec's module has its parameters in another order, which concerns optimizers, and nothing that a spec says."""
    if order is None:
        return []
    ours, theirs = order
    return [
        f"parameters() has another order than the model's, {ours} where that has {theirs}: weights load by their keys, but the "
        "state of an optimizer goes by the order, and does not fit"
    ]


def from_onnx(path: str, sizes: Mapping[str, int], name: str | None) -> tuple[list[str], Result]:
    """What is to be said of an ONNX file, and its spec, as it was checked. `sizes` are numbers for axes that it only names."""
    from archspec.importers.onnx import import_onnx

    sketch, _ = import_onnx(path, "drop", sizes)
    return said_and_named(sketch, name)


def from_keras(path: str, sizes: Mapping[str, int], name: str | None) -> tuple[list[str], Result]:
    """What is to be said of a Keras model's JSON, and its spec; `sizes` are numbers for axes that it leaves open."""
    from archspec.importers.keras import import_keras

    return said_and_named(import_keras(path, sizes), name)


def said_and_named(sketch: Sketch, name: str | None) -> tuple[list[str], Result]:
    """What is to be said of a sketch, which is in the spec's `doc` too, and the spec, under another name where one is given.

    Raises ImportProblem where none says the same.
    """
    sketch.name = chosen_name(name) or sketch.name
    found = write(sketch)
    said = said_of_sizes(found.sketch, found.spec)
    return said, documented(found, said).spec


def _input(example: Tensor | Sequence[int]) -> InputSpec:
    shape = getattr(example, "shape", None)
    if shape is None:
        return InputSpec(_sample(example))
    return InputSpec(
        [int(size) for size in shape[1:]], str(getattr(example, "dtype", "float32")).removeprefix("torch.")
    )


def _sample(example: object) -> list[int | str]:
    """The sizes of a sample's shape. Raises TypeError for what is none."""
    sizes = [as_number(size) for size in example] if isinstance(example, (list, tuple)) else None
    if sizes is None or not all(type(size) is int for size in sizes):
        raise TypeError(
            "from_torch takes an input as a tensor, or as the shape of one sample in whole numbers, "
            f"not {clip(repr(example))}: archspec.from_torch(model, [3, 224, 224])"
        )
    return [*sizes]


def chosen_name(name: str | None) -> str | None:
    """The name that was asked for, if one was. Raises ImportProblem where no network can have it."""
    why = why_no_class_name(name) if name is not None else None
    if name is not None and why is not None:
        raise ImportProblem(
            f'the name "{clip(name)}" {why}', help=f"{suggest(name, capitalize=True) or network_name(name)} would do"
        )
    return name


def network_name(text: str) -> str:
    """A name that a network can have, as near to the text as may be."""
    words = re.split(r"[^A-Za-z0-9]+", os.path.splitext(text)[0])
    name = "".join(word[:1].upper() + word[1:] for word in words)[:60]
    if not name or name[0].isdigit():
        name = f"Net{name}"
    return name if why_no_class_name(name) is None else f"{name}Net"


def read_input(text: str) -> tuple[str | None, InputSpec]:
    """`3,224,224`, `tokens=128:int64`: a name where there is one, the shape of a sample, and a dtype; `t=` is a number."""
    match = re.fullmatch(r"(?:([A-Za-z_]\w*)=)?(\d+(?:,\d+)*)?(?::(\w+))?", text, re.ASCII)
    if match is None or not any(match.groups()):
        raise ImportProblem(f"{text[:60]} is no input; one is written 3,224,224 or tokens=128:int64")
    sizes: list[Any] = [int(size) for size in (match[2] or "").split(",") if size]
    dtype = match[3] or "float32"
    if dtype not in ("float32", "float64", "int64", "int32", "bool"):
        raise ImportProblem(f"{dtype[:20]} is no dtype of an input; there are float32, float64, int64, int32 and bool")
    return match[1], InputSpec(sizes, dtype)
