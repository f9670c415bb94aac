"""The docstring of a class: what the spec says, inputs and outputs, and for the network its totals and sources.

Enters: a plan and a family. Leaves: plain lines, wrapped; `text.docstring` makes them harmless.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.backends.python.layout import STEP
from archspec.backends.python.text import WIDTH, paragraphs, plain, wrapped
from archspec.backends.torch.family import Family
from archspec.backends.torch.parameters import Parameters
from archspec.backends.torch.plan import Plan
from archspec.backends.torch.shapes import shape_of
from archspec.backends.torch.uses import shown
from archspec.backends.torch.variables import parameter_names
from archspec.dims import Size
from archspec.facts.model import Facts
from archspec.graph import DEFAULT_PORT, Node, Reference, Wire
from archspec.words import listed

_WIDTH = WIDTH - STEP
_HELD = ("Parameter", "Buffer")
_SUM = "Add"
MAX_KINDS = 6
"""How many types of layers a docstring names."""


def class_doc(plan: Plan, family: Family, parameters: Parameters) -> list[str]:
    """The lines of a class's docstring."""
    is_root = family.scope is plan.graph.root
    text = paragraphs(plan.graph.doc if is_root else family.scope.doc, _WIDTH - 3)
    lines = [*(text or wrapped(_summary(plan, family), _WIDTH - 3)), ""]
    inputs = [Wire(name, -1, DEFAULT_PORT) for name in family.inputs]
    lines += _tensors("Input", plan, family, parameters, list(zip(parameter_names(family), inputs, strict=True)))
    lines += _tensors("Output", plan, family, parameters, _outputs(family))
    if is_root:
        lines += [*_totals(plan, bool(parameters.found)), *_sources(plan.graph.references)]
    return lines


def _summary(plan: Plan, family: Family) -> str:
    """What a class is where the spec does not say. It does not name the group, since others of its form share the class."""
    if family.scope is plan.graph.root:
        return f"The network {plan.graph.name}."
    kinds = [kind for kind in dict.fromkeys(_kinds(family)) if kind not in _HELD] or list(_HELD[:1])
    is_residual = _is_residual(family)
    kinds = [kind for kind in kinds if kind != _SUM] if is_residual and len(kinds) > 1 else kinds
    what = "block" if family.scope.use is not None else "group"
    shown = listed(
        kinds if len(kinds) <= MAX_KINDS else [*kinds[: MAX_KINDS - 1], f"{len(kinds) - MAX_KINDS + 1} more"]
    )
    return f"A {'residual ' if is_residual else ''}{what} of {shown}."


def _kinds(family: Family) -> Iterator[str]:
    """The types of its layers, and the blocks that it uses, in order."""
    for entry in family.entries:
        if isinstance(entry.member, Node):
            yield entry.member.type
        elif entry.member.use is not None:
            yield entry.member.use.block
        elif entry.inner is not None:
            yield from _kinds(entry.inner)


def _is_residual(family: Family) -> bool:
    """Whether what comes in is added to what is computed of it, as it is or through a shortcut."""
    for entry in family.entries:
        if isinstance(entry.member, Node) and entry.member.type == _SUM and len(entry.reads) > 1:
            for wire in entry.reads:
                before = family.entry(wire) if wire.input is None else None
                if before is None or (not before.is_always and all(read.input is not None for read in before.reads)):
                    return True
    return False


def _outputs(family: Family) -> list[tuple[str, Wire]]:
    """The outputs in the order in which they are returned."""
    named = list(family.results.items())
    return [("", named[0][1])] if len(named) == 1 else named


def _tensors(
    title: str, plan: Plan, family: Family, parameters: Parameters, named: list[tuple[str, Wire]]
) -> list[str]:
    described = [
        " ".join(filter(None, (name, shape_of(plan, wire, family, parameters), plan.tensor(wire, family.scope).dtype)))
        for name, wire in named
    ]
    if len(described) == 1:
        return wrapped(f"{title}: {described[0]}", _WIDTH)
    return [f"{title}s:", *(line for text in described for line in wrapped(f"    {text}", _WIDTH, "        "))]


def _totals(plan: Plan, has_arguments: bool) -> list[str]:
    totals = plan.facts.totals
    parameters = f"Parameters{' by default' if has_arguments else ''}: {_count(totals.params)}"
    if totals.trainable_params != totals.params:
        parameters += f" ({_count(totals.trainable_params)} trained)"
    if totals.buffers:
        parameters += f"; numbers in buffers: {_count(totals.buffers)}"
    lines = [f"{parameters}; multiply-accumulates: {_count(totals.macs)} a sample"]
    lines += _accepts(plan.facts)
    fixed = [f"{name} = {shown(held.value)}" for name, held in plan.cases.held.items()]
    lines += [f"Fixed: {', '.join(fixed)}"] if fixed else []
    return [line for text in lines for line in wrapped(text, _WIDTH, "    ")]


def _accepts(facts: Facts) -> list[str]:
    """Which symbolic sizes the module takes."""
    if facts.solution is None:
        return []
    from archspec.conditions.words import solution_in_words

    found = [f"Accepts: {solution_in_words(facts.solution, facts.symbols)}"]
    return [*found, *(f"Assumes: {statement}" for statement in facts.solution.open)]


def _count(size: Size | None) -> str:
    if size is None:
        return "unknown"
    return f"{size:,}" if isinstance(size, int) else str(size)


def _sources(references: tuple[Reference, ...]) -> list[str]:
    if not references:
        return []
    lines = ["", "Sources:"] if len(references) > 1 else [""]
    for reference in references:
        parts = [reference.authors, reference.title, str(reference.year or ""), reference.url]
        text = ", ".join(shown for shown in (plain(part) for part in parts) if shown)
        text = f"    {text}" if len(references) > 1 else f"Source: {text}"
        lines += wrapped(text, _WIDTH, "        " if len(references) > 1 else "    ")
    return lines
