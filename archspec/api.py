"""The wiring: text to document to graph to facts to diagnostics, and the functions that Python users call.

Enters: a path, bytes or a text. Leaves: a `Result` with everything that later stages print. Imports back ends where they
are used, so that checking pays for nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.diagnostics.model import Diagnostic, has_errors
from archspec.diagnostics.nearest import looked_for
from archspec.dims import substitute, work
from archspec.document.blocks import Block
from archspec.document.load import load as load_document
from archspec.document.model import Document, InputDeclaration
from archspec.document.reader import MAX_BYTES, Unreadable, decode, read
from archspec.document.value import Value, show
from archspec.expand.scope import expand
from archspec.expand.uses import say_once
from archspec.facts import analyze as analyze_facts
from archspec.facts.expectations import check_expectations
from archspec.facts.model import Facts
from archspec.facts.shapes import ShapeInference
from archspec.graph import Graph
from archspec.lints import lint
from archspec.lints.choosing import Ignored, choose
from archspec.settings import Settings
from archspec.source import Source

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.backends.torch import Generated
    from archspec.verification.calling import Arguments
    from archspec.verification.compare import Verification


@dataclass(slots=True, eq=False, repr=False)
class Result:
    """Everything that checking one spec found. `graph` and `facts` are None where the document did not get that far."""

    source: Source
    document: Document | None = None
    graph: Graph | None = None
    facts: Facts | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    """The warnings that the document itself ignores, with the reasons that it gives."""
    size_work: int = 0
    """What its symbolic sizes took, as `dims.work` counts it."""

    @property
    def ok(self) -> bool:
        """Whether there is no error (warnings are allowed)."""
        return not has_errors(self.diagnostics)


Spec = Result
"""What `load` answers: a checked spec without errors."""


class SpecError(ValueError):
    """A spec has errors; `diagnostics` holds all of them, and the message shows them as the command does."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        from archspec.diagnostics.text import render as render_text

        self.diagnostics = diagnostics
        super().__init__("\n" + render_text(diagnostics))


class UnknownSymbol(ValueError):
    """A value was set for a name that the spec does not have, or one of another kind than it takes."""


def check(
    path: str, data: bytes, values: Mapping[str, Value] | None = None, settings: Settings | None = None
) -> Result:
    """Everything that is to be said of a spec's bytes. `values` are those of its arguments and symbolic sizes (`--set`).

    No file of settings is looked for; `settings.find` does that, and `settings` is what it found.
    """
    try:
        source = decode(path, data)
    except Unreadable as error:
        return Result(error.diagnostic.span.source, diagnostics=[error.diagnostic])
    given, settings = dict(values or {}), settings or Settings()
    result = _check(source, given, settings)
    if not result.ok:
        from archspec.advice import advise

        def recheck(text: str) -> Result:
            return _check(Source(path, text), given, settings)

        result.diagnostics = advise(result, recheck)
    return result


def _check(source: Source, values: dict[str, Value], settings: Settings) -> Result:
    """What is to be said of a source, without what could be done about it."""
    result = Result(source)
    spent = [0]
    token, work_token = looked_for.set([0]), work.set(spent)
    try:
        _fill(result, values, settings)
    finally:
        result.size_work = spent[0]
        looked_for.reset(token)
        work.reset(work_token)
    result.diagnostics.sort(key=lambda d: (d.span.source is not source, d.span.line, d.span.column, d.code))
    return result


def _fill(result: Result, values: dict[str, Value], settings: Settings) -> None:
    report = result.diagnostics
    try:
        root, problems = read(result.source)
    except Unreadable as error:
        report.append(error.diagnostic)
        return
    report.extend(problems)

    def imported(document: Document, report: list[Diagnostic]) -> dict[str, Block]:
        from archspec.document.imports import import_blocks

        return import_blocks(document, report, settings.roots)

    result.document = load_document(root, result.source, report, values, imported)
    if result.document is None:
        return
    _set_values(result.document, values)
    if result.document.is_library:
        from archspec.expand.alone import check_blocks

        check_blocks(result.document, report)
        return
    inference: list[ShapeInference] = []

    def follow(graph: Graph) -> ShapeInference:
        inference.append(ShapeInference(Facts(graph), report))
        return inference[0]

    result.graph = expand(result.document, report, follow)
    if result.graph is None:
        return
    inference[0].finish()
    result.facts = inference[0].facts
    analyze_facts(result.facts, report)
    check_expectations(result.facts, result.document, report, settings.budget)
    if has_errors(report):
        report[:] = say_once(report, result.graph)
        return
    found = say_once([*report, *lint(result.facts)], result.graph)
    report[:], result.ignored = choose(
        found, result.graph, result.document, settings.project, settings.command, is_judged=not values
    )


def _set_values(document: Document, values: Mapping[str, Value]) -> None:
    """Numbers in place of symbolic sizes. Raises UnknownSymbol."""
    for name, value in values.items():
        if name in document.args:
            if not document.args[name].fits(value):
                raise UnknownSymbol(f"the argument {name} takes {document.args[name].takes}, not {show(value)}")
        elif name not in document.symbols:
            known = ", ".join([*document.args, *sorted(document.symbols)]) or "none"
            raise UnknownSymbol(f"the spec has no argument or symbolic size called {name} (it has {known})")
        elif type(value) is not int or value < 1:
            raise UnknownSymbol(f"the size {name} takes a whole number from 1 up, not {show(value)}")
    sizes = {name: value for name, value in values.items() if name in document.symbols and isinstance(value, int)}
    if sizes and document.inputs:
        document.inputs = [
            InputDeclaration(d.name, tuple(substitute(size, sizes) for size in d.shape), d.dtype, d.span)
            for d in document.inputs
        ]


# For Python users --------------------------------------------------------------------------------------------------


class Report(dict[str, Any]):
    """The report `archspec.report/1` as a dict, with `layers` and `totals` as attributes; prints as the table."""

    def __init__(self, content: dict[str, Any], text: str) -> None:
        super().__init__(content)
        self._text = text

    @property
    def layers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self["layers"]
        return found

    @property
    def totals(self) -> dict[str, Any]:
        found: dict[str, Any] = self["totals"]
        return found

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._text


class Diagram:
    """A picture of a network. Shows itself in a notebook; `save` writes it."""

    def __init__(self, dot: str) -> None:
        self.dot = dot

    def _repr_svg_(self) -> str:
        from archspec.backends.diagram import draw

        return draw(self.dot, "svg").decode()

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes FILE.svg, .png, .pdf or .dot, whole or not at all. What archspec did not write is replaced only by `force`.

        Raises ValueError for another ending, RenderError where it cannot be drawn, OutputError where it is not written.
        """
        from archspec.backends.diagram import draw
        from archspec.output import write

        ending = os.path.splitext(path)[1].lower().lstrip(".")
        if ending not in ("svg", "png", "pdf", "dot"):
            raise ValueError(f"{os.fspath(path)!r} has none of the endings .svg, .png, .pdf and .dot")
        data = self.dot.encode() if ending == "dot" else draw(self.dot, ending)
        write(Path(path), data, force)


def load(path: str | os.PathLike[str], settings: Settings | None = None, /, **values: Any) -> Spec:
    """Reads and checks a spec; `values` are its arguments, and numbers for its symbolic sizes.

    Files of settings are the command's: none is looked for, but `archspec.find_settings(path)` may be given.

    Raises SpecError, OSError, UnknownSymbol."""
    with open(path, "rb") as file:
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        result = check(os.fspath(path), file.read(MAX_BYTES + 1), given, settings)
    if not result.ok:
        raise SpecError([diagnostic for diagnostic in result.diagnostics if diagnostic.severity == "error"])
    return result


def analyze(spec: Spec) -> Report:
    """All figures of a spec: `report.layers`, `report.totals`; prints as a table."""
    from archspec.backends.table.report import report
    from archspec.backends.table.terminal import Options, table

    facts = _facts(spec)
    return Report(report(spec.source.path, facts.graph.name, facts, spec.diagnostics), table(facts, Options()))


def compile(spec: Spec, allow_python: Iterable[str] = ()) -> str:
    """The source text of a standalone PyTorch module. Raises SpecError where a layer cannot be written in PyTorch."""
    return _generate(spec, allow_python).text


def build(spec: Spec, allow_python: Iterable[str] = (), *, device: Any = None, dtype: Any = None) -> nn.Module:
    """The `nn.Module` itself, in memory. Needs PyTorch; raises SpecError where a layer cannot be written in it."""
    from archspec.backends.torch.build import build as build_module

    generated = _generate(spec, allow_python)
    return build_module(generated.text, generated.name, device=device, dtype=dtype)


def verify(
    spec: Spec,
    reference: nn.Module,
    seed: int = 0,
    *,
    state: Mapping[str, Tensor] | None = None,
    allow_python: Iterable[str] = (),
    arrange: Callable[[Mapping[str, Tensor]], Arguments] | None = None,
) -> Verification:
    """Whether a spec is the network that the reference is: the same keys, shapes and dtypes, the same buffers, and the same
    outputs in two calls, one after the other.

    Both compute with the same random weights on the same random inputs, or with `state`, as `load_state_dict` takes it.
    Inputs reach the reference by the names that the spec gives them, where its `forward` has these, and else in their order;
    or as `arrange` says. The reference is left as it was. Needs PyTorch; raises SpecError as `build`, SymbolicSize where an
    input's size is no number, and CheckpointError where the state does not load.
    """
    from archspec.verification.calling import arranged
    from archspec.verification.compare import compare, compare_state, statistics
    from archspec.verification.copies import initialized
    from archspec.verification.inputs import example_inputs
    from archspec.verification.randomize import borrowed, randomize
    from archspec.weights.load import load_into

    ours = build(spec, allow_python)
    facts = _facts(spec)
    calls = [example_inputs(facts, seed + number, batch) for number, batch in enumerate((2, 3))]
    names = [node.path for node in facts.graph.inputs]
    arrange = arrange or arranged(reference, names)
    reference = initialized(reference, arrange(dict(zip(names, example_inputs(facts, seed, 2), strict=True))))
    with borrowed(reference):
        if state is None:
            randomize(reference, seed, statistics(ours))
        elif compare_state(ours, reference).is_state_equal:
            load_into(reference, state)
        return compare(
            ours, reference, calls,
            arrange=lambda tensors: arrange(dict(zip(names, tensors, strict=True))),
            outputs=list(facts.graph.outputs), is_all_given=state is not None,
        )  # fmt: skip


def render(spec: Spec, depth: int | None = None) -> Diagram:
    """A diagram; groups nested as deep as `depth` are one box each."""
    from archspec.backends.diagram import to_dot

    return Diagram(to_dot(_facts(spec), depth))


def _generate(spec: Spec, allow_python: Iterable[str]) -> Generated:
    from archspec.backends.torch import CannotGenerate, generate

    try:
        return generate(_facts(spec), frozenset(allow_python))
    except CannotGenerate as error:
        raise SpecError(list(error.diagnostics)) from None


def _facts(spec: Spec) -> Facts:
    if spec.ok and spec.facts is None:  # a file of blocks
        raise SpecError([Diagnostic("E0102", "the spec has no layers", spec.source.whole(), label="layers is missing")])
    if spec.facts is None or not spec.ok:
        raise SpecError(spec.diagnostics)
    return spec.facts
