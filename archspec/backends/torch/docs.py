"""The docstring of a class: what the spec says, inputs and outputs, and for the network its totals and sources.

Enters: a plan and a scope. Leaves: plain lines, wrapped; `text.docstring` makes them harmless.
"""

from __future__ import annotations

from archspec.backends.torch.forward import parameter_names, shown
from archspec.backends.torch.layout import STEP
from archspec.backends.torch.plan import Key, Plan
from archspec.backends.torch.text import WIDTH, paragraphs, plain, wrapped
from archspec.dims import Size
from archspec.graph import Reference, Scope

_WIDTH = WIDTH - STEP


def class_doc(plan: Plan, scope: Scope) -> list[str]:
    """The lines of a class's docstring."""
    is_root = scope is plan.root
    text = paragraphs(plan.graph.doc if is_root else scope.doc, _WIDTH - 3)
    lines = [*(text or wrapped(_summary(plan, scope), _WIDTH - 3)), ""]
    keys = [plan.key(ref) for ref in scope.inputs.values()]
    lines += _tensors("Input", plan, list(zip(parameter_names(scope), keys, strict=True)))
    lines += _tensors("Output", plan, _outputs(plan, scope))
    if is_root:
        lines += [*_totals(plan), *_sources(plan.graph.references)]
    return lines


def _summary(plan: Plan, scope: Scope) -> str:
    """What a class is where the spec does not say. It does not name the group, since others of its form share the class."""
    if scope is plan.root:
        return f"The network {plan.graph.name}."
    names = [member.name for member in scope.members]
    return f"A group of {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}."


def _outputs(plan: Plan, scope: Scope) -> list[tuple[str, Key]]:
    """The outputs in the order in which they are returned; a group returns a tensor once."""
    named = [(port, plan.key(ref)) for port, ref in scope.outputs.items()]
    if scope is not plan.root:
        named = [(next(port for port, other in named if other == key), key) for key in plan.results(scope)]
    return [("", named[0][1])] if len(named) == 1 else named


def _tensors(title: str, plan: Plan, named: list[tuple[str, Key]]) -> list[str]:
    described = [_described(plan, name, key) for name, key in named]
    if len(described) == 1:
        return wrapped(f"{title}: {described[0]}", _WIDTH)
    return [f"{title}s:", *(line for text in described for line in wrapped(f"    {text}", _WIDTH, "        "))]


def _described(plan: Plan, name: str, key: Key) -> str:
    outputs = plan.facts.layers[key.node].outputs
    assert outputs is not None
    tensor = outputs[key.port]
    return f"{name} {shown(tensor)} {tensor.dtype}".lstrip()


def _totals(plan: Plan) -> list[str]:
    totals = plan.facts.totals
    parameters = f"Parameters: {_count(totals.params)}"
    if totals.trainable_params != totals.params:
        parameters += f" ({_count(totals.trainable_params)} trained)"
    if totals.buffers:
        parameters += f"; numbers in buffers: {_count(totals.buffers)}"
    lines = [f"{parameters}; multiply-accumulates: {_count(totals.macs)} a sample"]
    lines += [f"Assumes: {statement}" for statement in plan.facts.assumptions]
    return [line for text in lines for line in wrapped(text, _WIDTH, "    ")]


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
