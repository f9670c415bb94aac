"""An existing model in, its spec as it was checked out: what `archspec.Spec.from_torch`, `from_onnx` and `from_keras` do."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.checking import Result
from archspec.document.names import suggest
from archspec.document.tree import clip
from archspec.importers import Imported, documented, write
from archspec.importers.sizes import AGAIN, said_of_sizes
from archspec.importers.sketch import ImportProblem, InputSpec, ModelFails, Sketch
from archspec.names import why_no_class_name
from archspec.plain import as_python

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.importers.torch.binding import Binding
    from archspec.verification.compare import Verification


class FromTorch(NamedTuple):
    """The spec of a module, the module as it knows the shapes of its parameters, and how it is called."""

    found: Imported
    module: nn.Module
    binding: Binding


class Said(NamedTuple):
    """What is to be said of an import: what its spec's `doc` keeps, and what concerns the spec's module and not the spec."""

    kept: list[str]
    aside: list[str]


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
    given = [_input(example) for example in examples]
    called = chosen_name(name) or network_name(type(module).__name__)
    binding = bind(module, [(None, one) for one in given])
    try:
        module = settled(module, binding)
        sketch = to_sketch(module, binding, called)
    except ModelFails as problem:
        raise ImportProblem(
            problem.message, problem.place, _way_out(module, examples, given, problem)
        ) from problem.__cause__
    return FromTorch(write(sketch), module, binding)


def _way_out(module: nn.Module, examples: Sequence[object], given: Sequence[InputSpec], problem: ModelFails) -> str:
    """What to give instead of inputs on which the module fails, in words of Python; it was tried."""
    from archspec.importers.torch.sketching import runs

    if problem.wants_mapping:
        return problem.help
    whole = [
        InputSpec(one.shape, "int64") if name in problem.wants_whole else one
        for name, one in zip(problem.inputs, given, strict=True)
    ]
    if problem.wants_whole and runs(module, whole):
        number = problem.inputs.index(problem.wants_whole[0])
        shape = ", ".join(map(str, (1, *given[number].shape)))
        return f"input {number + 1} is whole numbers: a tensor such as torch.zeros({shape}, dtype=torch.int64) says so"
    said = "inputs are tensors with the batch first, or shapes of one sample without it"
    is_shape = [not hasattr(example, "shape") for example in examples]
    fewer = [
        InputSpec(one.shape[1:], one.dtype) if of_shape and one.shape else one
        for one, of_shape in zip(given, is_shape, strict=True)
    ]
    if any(is_shape) and runs(module, fewer):
        number = is_shape.index(True)
        return f"{said}: {fewer[number].shape}, not {given[number].shape}"
    more = [
        InputSpec([*getattr(example, "shape", one.shape)], one.dtype)
        for example, one in zip(examples, given, strict=True)
    ]
    if not all(is_shape) and runs(module, more):
        return f"{said}: tensor[None] puts a batch of one before it"
    return said


def said_of_module(given: FromTorch, compared: Verification | None) -> Said:
    """What the spec has otherwise than the module, beside what its `doc` says: sizes that are numbers, what stops gradients, what
    is never called, and what training does."""
    from archspec.importers.torch.gradients import said_of_gradients
    from archspec.importers.torch.training import run_both, said_of_training
    from archspec.importers.torch.uncalled import said_of_uncalled

    found = _said(given.found)
    own = said_of_gradients(given.module, given.binding, compared.gradients) if compared is not None else []
    runs = run_both(given.module, given.binding)
    called = [run.called if run is not None else None for run in runs]
    uncalled = said_of_uncalled(given.module, given.found.sketch, *called)
    kept = [*found.kept, *own, *uncalled, *said_of_training(*runs)]
    return Said(kept, [*found.aside, *_said_of_order(compared.order if compared is not None else None)])


def _said(found: Imported) -> Said:
    """What is to be said of every import."""
    from archspec.one_size import said_of_one_size

    sizes = said_of_sizes(found.sketch, found.spec)
    is_told = any(line.endswith(AGAIN) for line in sizes)  # and not that another size is written in the spec
    return Said(sizes, [] if is_told else said_of_one_size(found.spec))


def _said_of_order(order: tuple[str, str] | None) -> list[str]:
    """That the spec's module has its parameters in another order, which concerns optimizers, and nothing that a spec says."""
    if order is None:
        return []
    ours, theirs = order
    return [
        f"parameters() has another order than the model's, {ours} where that has {theirs}: weights load by their keys, but the "
        "state of an optimizer goes by the order, and does not fit"
    ]


def from_onnx(path: str, sizes: Mapping[str, int], name: str | None) -> tuple[Said, Result]:
    """What is to be said of an ONNX file, and its spec, as it was checked. `sizes` are numbers for axes that it only names."""
    from archspec.importers.onnx import import_onnx

    sketch, _ = import_onnx(path, "drop", sizes)
    return said_and_named(sketch, name)


def from_keras(path: str, sizes: Mapping[str, int], name: str | None) -> tuple[Said, Result]:
    """What is to be said of a Keras model's JSON, and its spec; `sizes` are numbers for axes that it leaves open."""
    from archspec.importers.keras import import_keras

    return said_and_named(import_keras(path, sizes), name)


def said_and_named(sketch: Sketch, name: str | None) -> tuple[Said, Result]:
    """What is to be said of a sketch, and the spec, under another name where one is given.

    Raises ImportProblem where none says the same.
    """
    sketch.name = chosen_name(name) or sketch.name
    found = write(sketch)
    said = _said(found)
    return said, documented(found, said.kept).spec


def _input(example: Tensor | Sequence[int]) -> InputSpec:
    """What an example says of an input. Raises TypeError."""
    from torch import Tensor

    shape = getattr(example, "shape", None)
    if shape is None:
        return InputSpec(_sample(example))
    kind, dtype = type(example).__name__, str(getattr(example, "dtype", "float32"))
    if not len(shape):
        raise TypeError(
            f"from_torch takes inputs with the batch first, not a {kind} without an axis: "
            "archspec.from_torch(model, [3, 224, 224])"
        )
    if not isinstance(example, Tensor) and len(shape) == 1 and "int" in dtype:
        raise TypeError(
            f"a {kind} of whole numbers may be a shape or an input: archspec.from_torch(model, shape.tolist()), or "
            "archspec.from_torch(model, torch.as_tensor(input))"
        )
    return InputSpec(
        [int(size) for size in shape[1:]], str(getattr(example, "dtype", "float32")).removeprefix("torch.")
    )


def _sample(example: object) -> list[int | str]:
    """The sizes of a sample's shape. Raises TypeError for what is none."""
    sizes = [as_python(size) for size in example] if isinstance(example, (list, tuple)) else None
    if sizes is None or not all(type(size) is int and size > 0 for size in sizes):
        raise TypeError(
            "from_torch takes an input as a tensor, or as the shape of one sample in whole numbers from 1 up, "
            f"not {clip(repr(example))}: archspec.from_torch(model, [3, 224, 224])"
        )
    return [*sizes]


def chosen_name(name: str | None) -> str | None:
    """The name that was asked for, if one was. Raises ImportProblem where no network can have it, TypeError for no text."""
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name is a text, not a {type(name).__name__}")
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


def _written(text: str) -> str:
    """How an input is written whose sizes are said in another way; else examples."""
    from archspec.document.sizes import sizes_in

    match = re.fullmatch(r"([A-Za-z_]\w*=)?([^=:]*)(:\w+)?", text[:200], re.ASCII)
    sizes = sizes_in(match[2]) if match is not None else ()
    if match is None or not sizes or not all(isinstance(size, int) and size > 0 for size in sizes):
        return "one is written 3,224,224 or tokens=128:int64"
    return f"write {match[1] or ''}{','.join(map(str, sizes))}{match[3] or ''}"


def read_input(text: str) -> tuple[str | None, InputSpec]:
    """`3,224,224`, `tokens=128:int64`: a name where there is one, the shape of a sample, and a dtype; `t=` is a number."""
    match = re.fullmatch(r"(?:([A-Za-z_]\w*)=)?(\d+(?:,\d+)*)?(?::(\w+))?", text, re.ASCII)
    if match is None or not any(match.groups()):
        raise ImportProblem(f"{text[:60]} is no input; {_written(text)}")
    sizes: list[Any] = [int(size) for size in (match[2] or "").split(",") if size]
    dtype = match[3] or "float32"
    if dtype not in ("float32", "float64", "int64", "int32", "bool"):
        raise ImportProblem(f"{dtype[:20]} is no dtype of an input; there are float32, float64, int64, int32 and bool")
    return match[1], InputSpec(sizes, dtype)
