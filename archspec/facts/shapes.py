"""Shapes: every layer's input and output tensors, and the claims that layers make about them.

Enters: the nodes of a graph, as they are made. Leaves: `outputs` and `inputs` of each layer's facts, assumptions, diagnostics.
A layer whose input is unknown is unknown itself and nothing is said about it: only the root cause is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Label
from archspec.dims import BATCH, Size, TooComplex, symbols
from archspec.expand.layer import problem_ways
from archspec.expand.ports import Reader, port_error
from archspec.facts.instance import Instance
from archspec.facts.model import Facts, LayerFacts, Need, port_of
from archspec.facts.needs import settle
from archspec.graph import Node, Ref
from archspec.limits import MAX_SIZE_WORK, MAX_TENSORS, MAX_TERMS
from archspec.ops.assumptions import Assumption, assume_equal, assumptions
from archspec.ops.base import Inputs, Outputs, Problem, Tensor, show_shape
from archspec.source import Span


class Inferred(NamedTuple):
    """What is known of a node: the same of all that are alike and read the same tensors."""

    outputs: Outputs
    inputs: Inputs
    instance: Instance


class ShapeInference:
    """Infers shapes while a graph grows, so that conditions in the spec can ask for them."""

    def __init__(
        self, facts: Facts, report: list[Diagnostic], inferred: Mapping[str, Mapping[str, Size]] | None = None
    ) -> None:
        """`inferred` are arguments, by the layer's path, that count as written where a layer leaves them out."""
        self.facts = facts
        self.inferred = inferred or {}
        self.report = report
        self.made = 0
        self.noted: dict[str, Assumption] = {}
        """What layers need of symbolic sizes, each once."""
        self.claimed: dict[tuple[int, int, int, int], Tensor] = {}
        """Tensors with a number that a layer claims in place of a symbolic size, so that equal ones are one."""

    def add(self, node: Node) -> None:
        """Fills in a node's inputs and outputs; nodes come in the order of computation."""
        record = LayerFacts()
        self.facts.layers.append(record)
        inputs = _inputs(self.facts, node, self.report)
        if inputs is None or node.op is None or self.made > MAX_TENSORS:
            return
        token = assumptions.set(self.noted)
        try:
            record.inputs = inputs = self._as_claimed(node, inputs)
            instance = record.instance = self.facts.instances.of(node.op, inputs)
            if not instance.are_claims_true:
                _check_claims(self.facts, node, inputs, self.report)
            record.outputs = instance.outputs
            self._need_few(node, len(record.outputs))
        except Problem as problem:
            record.outputs = None
            self.report.append(_diagnose(self.facts, node, problem))
        except TooComplex:
            record.outputs = None
            self.report.append(_too_complex(node))
        finally:
            assumptions.reset(token)
            self._note_needs(node)

    def add_as(self, node: Node, known: object) -> None:
        """The same for a node on tensors of which it is known what becomes of them, as `known_of` answered it."""
        if not isinstance(known, Inferred) or self.made > MAX_TENSORS:
            self.add(node)
            return
        self.facts.layers.append(LayerFacts(known.outputs, known.inputs, known.instance))
        self._need_few(node, len(known.outputs))

    def known_of(self, node: Node) -> Inferred | None:
        """What is known of a node that was added; None where not all is."""
        record = self.facts.of(node)
        if record.outputs is None or record.inputs is None or record.instance is None:
            return None
        return Inferred(record.outputs, record.inputs, record.instance)

    def _as_claimed(self, node: Node, inputs: Inputs) -> Inputs:
        """The inputs with the numbers that the layer claims for symbolic sizes, which then have to be equal.

        A Linear of 9,216 input features behind a symbolic image is no error: it says for which images the network is.
        """
        if (
            node.op is None
            or not node.op.inferred_axes
            or not any(symbols(s) for tensor in inputs for s in tensor.shape[1:])
        ):
            return inputs
        tensors = list(inputs)
        for name, (number, axis) in node.op.inferred_axes.items():
            written = getattr(node.op, name)
            if written is None:
                written = self.inferred.get(node.path, {}).get(name)
            if (
                not isinstance(written, int)
                or number >= len(tensors)
                or not -tensors[number].rank <= axis < tensors[number].rank
            ):
                continue
            before = tensors[number]
            size = before.shape[axis]
            if isinstance(size, int) or BATCH in symbols(size):
                continue
            if not assume_equal(size, written):
                raise Problem("E0301", f"claims {written} along an axis of {size}, which it never is", field=name,
                              label=f"{size} is true", help="leave it out, or change what comes before")  # fmt: skip
            key = (id(before), axis, written, number)
            if key not in self.claimed:
                sizes = list(before.shape)
                sizes[axis] = written
                self.claimed[key] = Tensor(tuple(sizes), before.dtype)
            tensors[number] = self.claimed[key]
        return tuple(tensors)

    def _note_needs(self, node: Node) -> None:
        """Says of what the layer needs of symbols that it is this layer which does."""
        needs = self.facts.needs
        if len(self.noted) == len(needs):
            return
        needs += [Need(one, node, node.place.name) for one in list(self.noted.values())[len(needs) :]]

    def _need_few(self, node: Node, outputs: int) -> None:
        """E0007, once, where a network makes too many tensors; `add` leaves what comes after unknown."""
        self.made += outputs
        if self.made > MAX_TENSORS:
            self.facts.of(node).outputs = None
            self.report.append(Diagnostic("E0007", f"the layers would give more than {MAX_TENSORS:,} tensors", node.place.type,
                                          label=f"this is where it goes beyond them: {node.path}"))  # fmt: skip

    def tensor(self, ref: Ref | None) -> Tensor | None:
        """The tensor behind a reference; None where it is not known."""
        return self.facts.tensor(ref)

    def forget(self, ref: Ref | None) -> None:
        """Makes the tensor behind a reference, and so what follows from it, one that is not known."""
        if ref is not None:
            self.facts.layers[ref.node].outputs = None

    @property
    def is_by_path(self) -> bool:
        """Whether layers may be something else by where they stand."""
        return bool(self.inferred)

    def ports_without(self, ref: Ref) -> Collection[str] | None:
        """The outputs of a reference's node where none of them is the one meant; None where it is, or they are not known."""
        outputs = self.facts.layers[ref.node].outputs
        return None if outputs is None or port_of(ref, outputs) in outputs else outputs

    def finish(self) -> None:
        """What is to be said once the graph is whole."""
        settle(self.facts, self.report)


def _too_complex(node: Node) -> Diagnostic:
    return Diagnostic("E0311", f"{node.path} gives a symbolic size that is too long to follow", node.place.name,
                      label=f"one size has at most {MAX_TERMS} terms, all sizes of a document at most {MAX_SIZE_WORK:,} parts",
                      help="give some symbolic sizes numbers", layer=node.path)  # fmt: skip


def _inputs(facts: Facts, node: Node, report: list[Diagnostic]) -> Inputs | None:
    tensors: list[Tensor] = []
    unknown = False
    for ref in node.inputs:
        tensor = facts.tensor(ref)
        if tensor is None:
            unknown = True
            if ref is not None:
                _check_port(facts, node, ref, report)
        else:
            tensors.append(tensor)
    return None if unknown else tuple(tensors)


def _check_port(facts: Facts, node: Node, ref: Ref, report: list[Diagnostic]) -> None:
    """E0204 where the producer is known but has no output of this name: a copy, on inputs that give it other ones."""
    outputs = facts.layers[ref.node].outputs
    if outputs is None or port_of(ref, outputs) in outputs:
        return
    reader, producer = Reader(node.path, node.place.name, node.path), facts.graph.nodes[ref.node]
    report.append(port_error(reader, producer.name, outputs, ref.port, ref.span, producer.place.name))


def _check_claims(facts: Facts, node: Node, inputs: Inputs, report: list[Diagnostic]) -> None:
    """Compares written arguments that could be inferred with what they must be. The layer goes on with the true ones."""
    assert node.op is not None
    for field, true in node.op.resolve(inputs).items():
        written = getattr(node.op, field)
        if written is None or written == true:
            continue
        if node.shares is not None:
            raise _sharing_problem(facts, node, field, written, true)
        report.append(_claim(facts, node, field, written, true))


def _sharing_problem(facts: Facts, node: Node, field: str, written: int, true: Size) -> Problem:
    first = facts.graph.nodes[node.shares or 0]
    return Problem("E0205", f"uses {first.name} again, which has {field} {written}, on an input that needs {true}",
                   help=f"give it an input like {first.name}'s, or a layer of its own")  # fmt: skip


def _claim(facts: Facts, node: Node, field: str, written: int, true: Size) -> Diagnostic:
    """E0301; what could be done about it is found once the network is whole (`archspec.advice`)."""
    from archspec.facts.chain import explain_claim

    span = node.place.argument(field) or node.place.name
    explained = explain_claim(facts, node, field, written, true)
    return Diagnostic(
        "E0301", explained.message, span, label=f"{written} is claimed here", labels=explained.labels, layer=node.path,
    )  # fmt: skip


def _diagnose(facts: Facts, node: Node, problem: Problem) -> Diagnostic:
    """An op's problem with the places it belongs to."""
    span: Span | None = None
    if problem.field is not None:
        span = node.place.argument(problem.field)
    if span is None and problem.input is not None and problem.input < len(node.inputs):
        ref = node.inputs[problem.input]
        span = ref.span if ref is not None else None
    labels = tuple(_input_label(facts, ref, node) for ref in _distinct(node.inputs))[:4]
    ways = problem_ways(problem, node.place)
    return Diagnostic(problem.code, f"{node.path} {problem.message}", span or node.place.type, label=problem.label,
                      labels=labels, notes=problem.notes, layer=node.path, help=problem.help, ways=ways)  # fmt: skip


def _input_label(facts: Facts, ref: Ref, reader: Node) -> Label:
    producer = facts.graph.nodes[ref.node]
    is_near = producer.path.rpartition(".")[0] == reader.path.rpartition(".")[0]
    tensor = facts.tensor(ref)
    shape = show_shape(tensor.shape) if tensor else "?"
    return Label(producer.place.name, f"{producer.name if is_near else producer.path} gives {shape}")


def _distinct(refs: tuple[Ref | None, ...]) -> list[Ref]:
    seen: dict[tuple[int, str | None], Ref] = {}
    for ref in refs:
        if ref is not None:
            seen.setdefault((ref.node, ref.port), ref)
    return list(seen.values())
