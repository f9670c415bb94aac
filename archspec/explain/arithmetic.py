"""The arithmetic of one layer: output, parameters, MACs, memory. Enters: facts and a node; leaves: sections of lines.

A figure without a formula is said without one. Formulas are the op's; those of elementwise operations and of memory follow from
the shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from archspec.dims import Dim, Shape, Size, TooComplex, exact_div, product
from archspec.explain.page import Line, Section, count_line, shape_line, size_line
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.ops.base import ITEM_BYTES, Inputs, Op, Same, Tensor, count, per_sample, without_batch
from archspec.ops.formula import MAX_FACTORS, Formula, times

Found = TypeVar("Found")
UNKNOWN = "not known: an error before it, or in it"
ONLY_ITS_OWN = "only known to its own module"


def known(law: Callable[[Inputs], Found], inputs: Inputs, otherwise: Found) -> Found:
    """What an op says of its inputs, where symbolic sizes are not too long for it."""
    try:
        return law(inputs)
    except TooComplex:
        return otherwise


# Output ---------------------------------------------------------------------------------------------------------------


def output(facts: Facts, node: Node) -> Section:
    """The shape that a layer gives, and how each of its sizes comes about."""
    record = facts.of(node)
    if record.outputs is None or record.inputs is None or node.op is None:
        return Section("output", [Line("output", "?", note=UNKNOWN)])
    first, *others = record.outputs.items()
    lines = _axes(node.op, record.inputs, first[1], is_only=not others, name=first[0])
    return Section("output", [*lines, *(shape_line(port, tensor.shape) for port, tensor in others)])


def _axes(op: Op, inputs: Inputs, made: Tensor, is_only: bool, name: str) -> list[Line]:
    formulas: dict[int, Formula] = known(op.size_formulas, inputs, {})
    sources = _sources(op, inputs, made)
    axes = range(len(made.shape) - len(without_batch(made.shape)), len(made.shape))
    if not any(axis in formulas for axis in axes):
        like = len(made.shape) > 0 and all(sources.get(axis) == axis for axis in axes)
        same = next((i for i, tensor in enumerate(inputs) if like and tensor.shape == made.shape), None)
        if same is not None or not axes:
            what = (
                "its input" if len(inputs) == 1 else "its inputs" if _all_alike(inputs) else f"input {(same or 0) + 1}"
            )
            return [shape_line(name, made.shape, f"as {what}" if same is not None else "")]
    lines = [shape_line(name, made.shape)]
    for axis in axes:
        own = _axis(op, axis, made.shape[axis], formulas.get(axis), sources.get(axis))
        twin = next((line for line in lines[1:] if line.text and line[1:5] == own[1:5]), None)
        lines.append(own if twin is None else own._replace(same=twin.name))
    return lines


def _all_alike(inputs: Inputs) -> bool:
    return len({tensor.shape for tensor in inputs}) == 1


def _axis(op: Op, axis: int, size: Size, formula: Formula | None, source: int | None) -> Line:
    if formula is not None:
        return size_line(formula.name, size, formula)
    name = "channels" if op.rank and axis == 1 else f"axis {axis}"
    if source is None:
        return size_line(name, size)
    return size_line(name, size, note="as its input" if source == axis else f"axis {source} of its input")


def _sources(op: Op, inputs: Inputs, made: Tensor) -> dict[int, int]:
    """The axes that are one of an input's, position by position, and as long: from the op's reach."""
    reaches = known(op.reach, inputs, None) or ()
    found: dict[int, int] = {}
    for tensor, reach in zip(inputs, reaches, strict=False):
        for axis, step in enumerate(reach):
            if isinstance(step, Same) and step.axis < made.rank and tensor.shape[axis] == made.shape[step.axis]:
                found.setdefault(step.axis, axis)
    return found


# Parameters -----------------------------------------------------------------------------------------------------------


def parameters(facts: Facts, node: Node) -> Section:
    """How many numbers a layer learns: each parameter, and their sum."""
    record = facts.of(node)
    if record.inputs is None or node.op is None or record.parameters is None:
        return Section("parameters", [])
    if record.params is None:
        return Section("parameters", [Line("parameters", "?", note=ONLY_ITS_OWN)])
    if node.shares is not None and record.parameters:
        first = facts.graph.nodes[node.shares].path
        return Section("parameters", [count_line("parameters", 0, note=f"those of {first}, which are counted there")])
    formulas: dict[str, Formula] = known(node.op.parameter_formulas, record.inputs, {})
    own = record.own_parameters or {}
    ties = {tie.parameter: f"{facts.graph.nodes[tie.node].path}.{tie.of}".rstrip(".") for tie in node.ties}
    lines = []
    for name in list(record.parameters)[:MAX_FACTORS]:
        shown = name or "the tensor"
        if name not in own:
            lines.append(
                count_line(shown, 0, note=f"that of {ties.get(name, 'another layer')}, which is counted there")
            )
        elif name in formulas:
            note = "does not train" if node.freezes(name) else ""
            lines.append(count_line(shown, size_of(own[name]), formulas[name], note))
    if len(record.parameters) > MAX_FACTORS:
        lines.append(Line("…", "", note=f"{len(record.parameters) - MAX_FACTORS} more"))
    sum_of = _sum([formulas[name] for name in own if name in formulas]) if len(own) <= MAX_FACTORS else None
    if len(lines) == 1 and own:  # one parameter is their sum
        lines = [count_line("parameters", record.params, sum_of, lines[0].note)]
    elif record.parameters:
        lines.append(count_line("parameters", record.params, sum_of))
    if record.buffers:
        lines.append(count_line("buffers", record.buffers, note="not learned, but saved with the weights"))
    return Section("parameters", lines)


def size_of(shape: Shape) -> Size | None:
    """How many numbers a tensor has; None where that is too long an expression."""
    try:
        return product(shape)
    except TooComplex:
        return None


def _sum(formulas: list[Formula]) -> Formula | None:
    """Formulas of one layer, added: their words stand for the same."""
    if not formulas:
        return None
    values = {name: value for formula in formulas for name, value in formula.values.items()}
    return Formula("parameters", " + ".join(formula.text for formula in formulas), values)


# MACs, memory -----------------------------------------------------------------------------------------------------------


def work(facts: Facts, node: Node) -> Section:
    """MACs, and the operations on single elements that published counts leave out."""
    record = facts.of(node)
    if record.inputs is None or node.op is None or record.outputs is None:
        return Section("work", [])
    note = "in training only: not in the total" if node.train_only else ""
    lines = []
    if record.macs != 0:
        formula = known(node.op.macs_formula, record.inputs, None) if record.macs is not None else None
        why = note or (ONLY_ITS_OWN if record.macs is None else "")
        lines.append(count_line("MACs", record.macs, formula and _per_sample(formula), why))
    if record.elementwise is not None and record.elementwise != 0:
        made = next(iter(record.outputs.values()))
        lines.append(count_line("elementwise", record.elementwise, _of_each(record.elementwise, made), note))
    return Section("work", lines)


def _per_sample(formula: Formula) -> Formula:
    """With the sizes of one sample: an axis that is the batch is as long as 1, like in the figure."""
    values = {name: per_sample(value) if isinstance(value, Dim) else value for name, value in formula.values.items()}
    return formula._replace(values=values)


def _of_each(size: Size, made: Tensor) -> Formula | None:
    """So many operations for each number that a layer gives, where it comes out even."""
    each = exact_div(size, count(made)) if count(made) != 0 else None
    numbers = _numbers(made)
    if each is None:
        return None
    return Formula("elementwise", numbers if each == 1 else f"{times([each])}·({numbers})")


def _numbers(tensor: Tensor) -> str:
    """How many numbers a sample of a tensor has, as a product of its sizes."""
    return times([per_sample(size) for size in without_batch(tensor.shape)])


def memory(facts: Facts, node: Node) -> Section:
    """The bytes of what a layer gives."""
    record = facts.of(node)
    if record.outputs is None or node.op is None:
        return Section("memory", [])
    products = [f"{_numbers(tensor)}·{ITEM_BYTES[tensor.dtype]}" for tensor in record.outputs.values()]
    text = " + ".join(products)
    formula = Formula("activations", text) if len(products) <= MAX_FACTORS else None
    note = "written over its input" if node.op.is_in_place else ""
    return Section("memory", [count_line("activations", record.activation_bytes, formula, note, "bytes")])


def added(before: Size | None, own: Size | None, after: Size | None) -> Line:
    """A running total: `34,944 + 614,656 = 649,600`."""
    if not isinstance(before, int) or not isinstance(own, int):
        return count_line("so far", after)
    return count_line("so far", after, Formula("so far", f"{before:,} + {own:,}"))


def of_all(own: Size | None, number: int) -> Line:
    """What a layer stands for, with all that are like it: `998·584 = 582,832`. Its place among them has no running total."""
    whole = own * number if isinstance(own, int) else None
    return count_line("of all", whole, Formula("of all", f"{number:,}·{own:,}") if isinstance(own, int) else None)
