"""What Python users call: specs in, reports, code, modules and pictures out.

Enters: a path, a text, plain data, or an existing model. Leaves: a `Spec`, and what the functions here make of one. Imports
back ends and importers where they are used, so that checking pays for nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archspec.answers import Comparison, Diagram, Difference, Report
from archspec.checking import Result, UnknownSymbol, check, for_code
from archspec.diagnostics.model import Diagnostic
from archspec.document.tree import clip
from archspec.expand.folding import LONG
from archspec.limits import MAX_SPEC_BYTES
from archspec.plain import as_python
from archspec.settings import Settings
from archspec.spec import Spec, SpecError, as_values, facts_of, need_torch, too_many

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.backends.torch import Generated
    from archspec.verification.calling import Arguments
    from archspec.verification.compare import Verification

__all__ = [
    "Comparison", "Diagram", "Difference", "Report", "Spec", "SpecError", "UnknownSymbol", "analyze", "build", "compare",
    "compile", "diff", "from_torch", "load", "parse", "render", "verify",
]  # fmt: skip


def load(path: str | os.PathLike[str], settings: Settings | None = None, /, **values: Any) -> Spec:
    """Reads and checks the spec in a file; `values` are its arguments, and numbers for its symbolic sizes.

    Files of settings are the command's: none is looked for, but `archspec.find_settings(path)` may be given.
    Raises SpecError where it has errors, OSError, UnknownSymbol for a name or a value that it does not take.
    """
    if settings is not None and not isinstance(settings, Settings):
        raise TypeError(
            f"load takes settings (archspec.find_settings(path)) after the path, not a {type(settings).__name__}; "
            "values have names: archspec.load(path, depth=3), or archspec.load(path, **values)"
        )
    path = _path(path)
    with open(path, "rb") as file:
        result = check(path, file.read(MAX_SPEC_BYTES + 1), as_values(values), settings, fold_from=LONG, lists_few=True)
    if settings is None and not result.ok:
        result.diagnostics = [_with_roots(diagnostic, path) for diagnostic in result.diagnostics]
    return Spec.of(result)


def parse(spec: str | Mapping[str, Any], /, **values: Any) -> Spec:
    """Checks a spec that is a text (YAML or JSON), or plain data of dicts, lists or arrays, texts, numbers and truth values.

    Places in what is said of data are those of the YAML that `spec.text` shows. Blocks are imported from the current folder.
    Raises as `load`, and TypeError for data that no spec can hold.
    """
    if not isinstance(spec, (str, Mapping)):
        raise TypeError(f"parse takes the text of a spec, or a dict, not a {type(spec).__name__}{_meant(spec)}")
    if not isinstance(spec, str):
        from archspec.document.writer import to_yaml
        from archspec.plain import plain

        spec = to_yaml(plain(spec))
    elif "\n" not in spec and spec.endswith((".yaml", ".yml", ".json")):
        raise TypeError(f"{spec!r} is a path; archspec.load reads it")
    data = spec.encode("utf-8", "surrogatepass")
    return Spec.of(check("<text>", data, as_values(values), fold_from=LONG, lists_few=True))


def from_torch(
    module: nn.Module, *examples: Tensor | Sequence[int], name: str | None = None, verify: bool = True
) -> Spec:
    """An existing module as a spec; `Spec.from_torch` says how."""
    return Spec.from_torch(module, *examples, name=name, verify=verify)


def analyze(spec: Result, *, batch: int | None = None) -> Report:
    """All figures of a spec: `report.layers`, `report.totals`; prints as a table.

    Figures are of one sample; with a `batch`, `report.batch_totals` has the MACs and the memory of so many at once beside them.
    Raises SpecError where the spec has errors other than claims that it misses, and ValueError for a batch that is no number
    from 1 up.
    """
    from archspec.backends.table.report import report

    batch = None if batch is None else _batch(batch)
    facts = facts_of(spec, lists_layers=False)
    found = report(spec.source.path, facts.graph.name, facts, spec.diagnostics, arguments=spec.arguments,
                   symbols=spec.symbols, batch=batch)  # fmt: skip
    return Report(found, facts, batch)


def _batch(batch: object) -> int:
    """A number of samples. Raises ValueError."""
    number = as_python(batch)
    if type(number) is not int or number < 1:
        raise ValueError(f"batch takes a number of samples from 1 up, not {clip(repr(batch))}")
    return number


def compare(*specs: Result, batch: int | None = None) -> Comparison:
    """Specs, or variants of one, beside each other: `compare(spec, spec.with_(depth=101)).to_pandas()`.

    MACs and activations are of one sample, or of a `batch` of so many at once. Raises TypeError without any spec, SpecError
    where one has errors other than claims that it misses, and ValueError for a batch that is no number from 1 up.
    """
    if not specs:
        raise TypeError("compare takes one spec or several")
    if len(specs) == 1 and not isinstance(specs[0], (Result, str)) and isinstance(specs[0], Iterable):
        raise TypeError(f"compare takes specs one by one, not a {type(specs[0]).__name__}: archspec.compare(*specs)")
    return Comparison(specs, None if batch is None else _batch(batch))


def diff(before: Result, after: Result) -> Difference:
    """What changed from one network to another: layers, shapes, figures, and the weights that still load.

    Raises SpecError where one has errors other than claims that it misses.
    """
    from archspec.comparison import compare

    return Difference(compare(facts_of(before), facts_of(after)), before, after)


def compile(spec: Result, allow_python: str | Iterable[str] = (), *, arguments: bool = False) -> str:
    """The source text of a standalone PyTorch module.

    With `arguments`, the constructor of its class takes the document's, as `ResNet(depth=101)`, with the values that they have
    here as defaults. The code is held against the network with other values of each; one with which it would be other code keeps
    its value, which the class's docstring says. Without, the values of all are written into the module.
    `allow_python` names modules that it may import for `python:` layers, or is the name of one. Raises SpecError where the spec
    misses its own claims, too, and where a layer cannot be written in PyTorch.
    """
    return _generate(spec, allow_python, arguments).text


def build(spec: Result, allow_python: str | Iterable[str] = (), *, device: Any = None, dtype: Any = None) -> nn.Module:
    """The `nn.Module` itself, in memory: an instance of the class that `compile` writes.

    It can be pickled and copied; `module.__archspec__` holds the `name`, the `arguments` and the `symbols` that it was built
    with. Needs PyTorch (ModuleNotFoundError); raises SpecError where a layer cannot be written in it.
    """
    from archspec.running.build import build as build_module

    facts_of(spec)  # a module of more layers than can be listed is written, but not made
    generated = _generate(spec, allow_python)
    need_torch("archspec.build")
    module = build_module(generated.text, generated.name, device=device, dtype=dtype)
    made_of = {"name": generated.name, "arguments": spec.arguments, "symbols": spec.symbols}
    object.__setattr__(module, "__archspec__", made_of)
    return module


def verify(
    spec: Result,
    reference: nn.Module,
    seed: int = 0,
    *,
    state: Mapping[str, Tensor] | None = None,
    allow_python: str | Iterable[str] = (),
    arrange: Callable[[Mapping[str, Tensor]], Arguments] | None = None,
) -> Verification:
    """Whether a spec is the network that the reference is: the same keys, shapes and dtypes, the same buffers, and the same
    outputs in two calls, one after the other.

    Both compute with the same random weights on the same random inputs, or with `state`, as `load_state_dict` takes it.
    Inputs reach the reference by the names that the spec gives them, where its `forward` has these, and else in their order;
    or as `arrange` says. The reference is left as it was. Needs PyTorch; raises SpecError as `build`, SymbolicSize where an
    input's size is no number, NoCall where names and order leave open which of its parameters the inputs are, and
    CheckpointError where the state does not load.
    """
    need_torch("archspec.verify")
    _need_module(reference, "verify")
    seed = as_python(seed)
    _need_options(seed, state, arrange)
    from archspec.verification.calling import arranged
    from archspec.verification.compare import compare, compare_state, statistics
    from archspec.verification.copies import initialized
    from archspec.verification.inputs import example_inputs
    from archspec.verification.names import drawn_buffers
    from archspec.verification.randomize import borrowed, randomize
    from archspec.verification.seeding import own_numbers
    from archspec.weights.load import load_into

    with own_numbers():
        ours = build(spec, allow_python)
    facts = facts_of(spec)
    calls = [example_inputs(facts, seed + number, batch) for number, batch in enumerate((2, 3))]
    names = [node.path for node in facts.graph.inputs]
    arrange = arrange or arranged(reference, names)
    reference = initialized(reference, arrange(dict(zip(names, example_inputs(facts, seed, 2), strict=True))))
    with own_numbers(), borrowed(reference):
        if state is None:
            randomize(reference, seed, statistics(ours))
        elif compare_state(ours, reference).is_state_equal:
            load_into(reference, state)
        return compare(
            ours, reference, calls,
            arrange=lambda tensors: arrange(dict(zip(names, tensors, strict=True))),
            outputs=list(facts.graph.outputs), is_all_given=state is not None, drawn=drawn_buffers(facts),
        )  # fmt: skip


def render(spec: Result, depth: int | None = None) -> Diagram:
    """A diagram; groups nested as deep as `depth` are one box each, from 1 up.

    Raises SpecError where the spec has errors other than claims that it misses, TypeError and ValueError for another depth.
    """
    from archspec.backends.diagram import to_dot

    depth = as_python(depth)
    if depth is not None and (type(depth) is not int or depth < 1):
        wrong = ValueError if type(depth) is int else TypeError
        raise wrong(f"depth is a whole number from 1 up, not {clip(repr(depth))}: archspec.render(spec, depth=1)")
    facts = facts_of(spec, lists_layers=False)
    return Diagram(to_dot(facts, depth), facts.graph.name)


# What they share ---------------------------------------------------------------------------------------------------


def _generate(spec: Result, allow_python: str | Iterable[str], arguments: bool = False) -> Generated:
    from archspec.alternatives import alternatives
    from archspec.backends.torch import CannotGenerate, NeedsAllSteps, generate

    is_one = isinstance(allow_python, str) or not isinstance(allow_python, Iterable)
    allowed: list[Any] = [allow_python] if is_one else list(allow_python)
    wrong = next((name for name in allowed if not isinstance(name, str)), None)
    if wrong is not None:
        raise TypeError(
            f'allow_python takes names of modules, as allow_python=["my_pkg.layers"], not {clip(repr(wrong))}'
        )
    facts = for_code(spec, facts_of(_sound(spec), lists_layers=arguments))
    try:
        return generate(facts, frozenset(allowed), *([alternatives(spec)] if arguments else []))
    except CannotGenerate as error:
        raise SpecError(error.diagnostics) from None
    except NeedsAllSteps:
        raise too_many(spec) from None


def _sound(spec: Result) -> Result:
    """The spec, for what is made to be used. Raises SpecError where it misses its own claims."""
    return Spec.of(spec) if isinstance(spec, Result) else spec


def _with_roots(diagnostic: Diagnostic, path: str) -> Diagnostic:
    """For a file of blocks that was not found, where settings above the spec have roots that were not read: how to read them."""
    from archspec.document.imports import BESIDE_THE_SPEC
    from archspec.settings import SettingsError, find

    if diagnostic.help != BESIDE_THE_SPEC:
        return diagnostic
    try:
        has_roots = bool(find(path).roots)
    except SettingsError:
        return diagnostic
    help = "archspec.load(path, archspec.find_settings(path)) looks in the roots of the project's settings too"
    return replace(diagnostic, help=help) if has_roots else diagnostic


def _path(path: str | os.PathLike[str]) -> str:
    """The path of a spec's file. Raises TypeError for a spec itself."""
    if isinstance(path, Mapping) or (isinstance(path, str) and "\n" in path):
        what = "text" if isinstance(path, str) else type(path).__name__
        raise TypeError(f"load takes the path of a file; archspec.parse takes the {what} of a spec")
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"load takes the path of a file, not a {type(path).__name__}")
    return os.fsdecode(path)


def _meant(spec: object) -> str:
    """The call that was meant by what `parse` does not take; nothing where there is none."""
    if isinstance(spec, os.PathLike):
        return ": archspec.load reads a path"
    if isinstance(spec, (bytes, bytearray)):
        return ": archspec.parse(data.decode())"
    return ": archspec.parse(spec.text)" if isinstance(spec, Result) else ": archspec.parse(text)"


def _need_module(module: object, what: str) -> None:
    """Raises TypeError for what is no module of PyTorch."""
    from torch import nn

    if isinstance(module, type) and issubclass(module, nn.Module):
        raise TypeError(f"{what} takes a module, not its class: {module.__name__}(…)")
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"{what} takes an nn.Module beside the spec, not a {type(module).__name__}: archspec.{what}(spec, model)"
        )


def _need_options(seed: object, state: object, arrange: object) -> None:
    """Raises TypeError for what `verify` cannot take."""
    if type(seed) is not int:
        raise TypeError(f"seed is a whole number, not {clip(repr(seed))}: archspec.verify(spec, model, 0)")
    if state is not None and not isinstance(state, Mapping):
        raise TypeError(
            f"state is a mapping of tensors by their keys, not a {type(state).__name__}: state=model.state_dict()"
        )
    if arrange is not None and not callable(arrange):
        raise TypeError(
            f"arrange is a function from tensors by their names to a call's arguments, not a {type(arrange).__name__}"
        )
