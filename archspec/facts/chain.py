"""Why a claimed size is not the true one: the chain of layers that led to it, and what would make the claim right.

Enters: facts so far, a layer and its wrong claim. Leaves: the words and places of one diagnostic. What would make the
claim right is found by calculation: the chain is run again with other input sizes, and with other arguments of one layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Label
from archspec.dims import Shape, Size, TooComplex, product
from archspec.facts.input_order import input_order
from archspec.facts.model import Facts, Trials
from archspec.graph import Node
from archspec.ops.base import Op, Problem, Tensor, show_shape

MAX_TRIALS = 64
MAX_CHAIN = 2_000  # layers; the way through more than that is not told
MAX_SHOWN = 12


class Explained(NamedTuple):
    """The parts of a diagnostic about a claim."""

    message: str
    labels: tuple[Label, ...]
    notes: tuple[str, ...]
    help: str
    is_certain: bool = True
    """Whether the true size in place of the claim is certain to be what was meant."""


def explain_claim(
    facts: Facts, node: Node, field: str, written: int, true: Size, trials: Trials, *, briefly: bool = False
) -> Explained:
    """The words for `field: written` where the input makes it `true`; briefly, without the way there."""
    assert node.inputs
    ref = node.inputs[0]
    assert ref is not None
    producer = facts.graph.nodes[ref.node]
    what = field.removeprefix("in_").removeprefix("num_").removesuffix("_size").replace("_", " ")
    message = f"{node.path} claims {written} {_noun(field, what)}, but {producer.name} gives {true}"
    chain = [] if briefly else _chain(facts, node)
    labels = [Label(producer.place.name, _gives(facts, producer, true))]
    elsewhere = _flatten(facts, node, field, written) or input_order(facts, node, written)
    if elsewhere:
        return Explained(message, tuple(labels), (), elsewhere, is_certain=False)
    walk = _walk_note(facts, chain)
    notes = [walk] if walk else []
    ways = _ways(facts, chain, node, field, written, trials) if isinstance(true, int) else []
    if ways:
        notes.append(f"{written} would be right with {_either(ways)}")
    help = f"write {field}: {true}, or leave {field} out"
    return Explained(message, tuple(labels), tuple(notes), help)


def _flatten(facts: Facts, node: Node, field: str, written: int) -> str:
    """That a Flatten is missing, where the claim counts all that one would leave."""
    tensor = facts.tensor(node.inputs[0])
    if tensor is None or tensor.rank < 3 or len(node.inputs) != 1 or product(tensor.shape[1:]) != written:
        return ""
    assert node.op is not None
    flat = Tensor((tensor.shape[0], written), tensor.dtype)
    try:
        is_right = node.op.resolve((flat,)).get(field) == written
    except Problem:
        return ""
    return f"put a Flatten before it: {show_shape(tensor.shape[1:])} = {written}" if is_right else ""


def _noun(field: str, what: str) -> str:
    if field in ("in_features", "in1_features", "in2_features"):
        return "input features"
    return {"in_channels": "input channels", "num_features": "channels", "num_channels": "channels"}.get(field, what)


def _gives(facts: Facts, producer: Node, true: Size) -> str:
    record = facts.of(producer)
    tensor = record.inputs[0] if record.inputs else None
    if producer.op is not None and producer.op.kind == "shape" and tensor is not None and tensor.rank > 2:
        return f"{show_shape(tensor.shape[1:])} = {true} leave here"
    output = record.output
    return f"{producer.name} gives {show_shape(output.shape)}" if output else f"{producer.name} stands here"


def _chain(facts: Facts, node: Node) -> list[Node]:
    """The layers before this one back to an input, as long as each reads a single tensor; nearest last; none if too many."""
    chain: list[Node] = []
    while len(node.inputs) == 1 and node.inputs[0] is not None:
        node = facts.graph.nodes[node.inputs[0].node]
        chain.append(node)
        if len(chain) > MAX_CHAIN:
            return []
    return chain[::-1]


def _walk_note(facts: Facts, chain: list[Node]) -> str:
    """`the side: 224 → 54 (conv1) → 26 (pool1) → …`: each layer with a window, and the sizes it left."""
    steps: list[str] = []
    start: Shape | None = None
    for node in chain:
        record = facts.of(node)
        if not record.inputs or record.output is None or node.op is None or node.op.rank == 0:
            continue
        before, after = record.inputs[0].shape[2:], record.output.shape[2:]
        if start is None:
            start = before
        steps.append(f"{_side(after)} ({node.name})")
    if start is None:
        return ""
    if len(steps) > MAX_SHOWN:
        steps = [*steps[:5], f"… {len(steps) - 10} more …", *steps[-5:]]
    square = len(start) == 2 and start[0] == start[1]
    return f"the {'side' if square else 'size'} on the way: {' → '.join([_side(start), *steps])}"


def _side(sizes: Shape) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else show_shape(sizes)


# What would make the claim right ---------------------------------------------------------------------------------


def _ways(facts: Facts, chain: list[Node], node: Node, field: str, written: int, trials: Trials) -> list[str]:
    """Changes elsewhere that give the claimed size: another input, or another padding of one layer. At most three."""
    if not chain or not chain[0].is_input or any(n.op is None or n.ties for n in chain):
        return []
    source = facts.of(chain[0]).output
    if source is None or not all(isinstance(size, int) for size in source.shape[1:]):
        return []
    ways: list[str] = []
    side = _input_way(chain, source, node, field, written, trials)
    if side is not None:
        ways.append(side)
    for way in _argument_ways(chain, source, node, field, written, trials):
        ways.append(way)
        if len(ways) == 3:
            break
    return ways


def _input_way(chain: list[Node], source: Tensor, node: Node, field: str, written: int, trials: Trials) -> str | None:
    """The nearest input size that gives the claim."""
    sizes = source.shape[2:]
    if not sizes:
        return None
    for distance in range(1, MAX_TRIALS + 1):
        for step in (distance, -distance):
            moved = tuple(size + step for size in sizes)
            if any(isinstance(size, int) and size < 1 for size in moved):
                continue
            tensor = Tensor((*source.shape[:2], *moved), source.dtype)
            if _run(chain[1:], tensor, node, field, trials) == written:
                return f"an input of {show_shape(moved)}"
    return None


def _argument_ways(
    chain: list[Node], source: Tensor, node: Node, field: str, written: int, trials: Trials
) -> Iterator[str]:
    """Layers near the input whose padding, or stride, changed by a little, gives the claim."""
    for i, layer in enumerate(chain[1:33], start=1):
        assert layer.op is not None
        padding = getattr(layer.op, "padding", None)
        if layer.op.kind not in ("convolution", "pooling") or type(padding) is not int:
            continue
        for other in (padding + 1, padding + 2, padding + 3, padding - 1, padding - 2):
            if other < 0:
                continue
            changed = layer.op.model_copy(update={"padding": other})
            if _run(chain[1:], source, node, field, trials, {i - 1: changed}) == written:
                yield f"padding {other} in {layer.name}"
                break


def _run(chain: list[Node], tensor: Tensor, node: Node, field: str, trials: Trials,
         changed: dict[int, Op] | None = None) -> Size | None:  # fmt: skip
    """The size that the layer would see if the chain were computed on another tensor.

    None where it does not fit, or where too many have been tried before.
    """
    if trials.left <= len(chain):
        return None
    trials.left -= len(chain) + 1
    try:
        for i, layer in enumerate(chain):
            op = (changed or {}).get(i, layer.op)
            assert op is not None
            outputs = op.outputs((tensor,))
            op.resolve((tensor,))
            ref_port = next(iter(outputs))
            tensor = outputs.get("output", outputs[ref_port])
        assert node.op is not None
        return node.op.resolve((tensor,)).get(field)
    except (Problem, TooComplex):
        return None


def _either(ways: list[str]) -> str:
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}"
