"""Why a figure is what it is: `dense1.in_features`, `conv1.output`, `params`. Enters: a result, a name; leaves: a page."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.checking import Result
from archspec.dims import Size, TooComplex
from archspec.document.tree import show
from archspec.explain import arithmetic
from archspec.explain.changes import shown
from archspec.explain.depth import depth_page
from archspec.explain.field import field
from archspec.explain.layer import place
from archspec.explain.network import share_page
from archspec.explain.page import Line, Page, Section
from archspec.explain.way import MAX_SIDES, nodes_to, way
from archspec.facts.model import Facts
from archspec.facts.standing import read
from archspec.graph import Node
from archspec.ops.base import Inputs, Op, Problem

TOTALS = {
    "params": "params",
    "parameters": "params",
    "macs": "macs",
    "memory": "activation_bytes",
    "activations": "activation_bytes",
}
"""What can be asked of the network as a whole."""
DEPTH = "depth"
FIGURES = ("output", "params", "macs", "memory", "field")
"""What can be asked of a layer beside its arguments."""
CALLED = {"parameters": "params", "activations": "memory", "receptive_field": "field", "shape": "output"}
"""What tables and claims call them."""


class NoFigure(ValueError):
    """There is nothing of that name; the message says what there is."""


def why_page(result: Result, asked: str, is_whole: bool = False) -> Page:
    """The reasons. `is_whole`: nothing is left out for its length. Raises NoFigure."""
    facts = result.facts
    assert facts is not None
    if asked.lower() == DEPTH:
        return depth_page(result, is_whole)
    if asked.lower() in TOTALS:
        return share_page(result, TOTALS[asked.lower()], is_whole)
    node, name = split(facts, asked)
    if name in FIGURES:
        return _figure(facts, node, name, is_whole)
    if name in CALLED and (node.op is None or name not in type(node.op).model_fields):
        return _figure(facts, node, CALLED[name], is_whole)
    if node.op is not None and name in type(node.op).model_fields:
        return _argument(facts, node, name, is_whole)
    arguments = type(node.op).model_fields if node.op is not None else ()
    raise NoFigure(f"{node.path} ({node.type}) has no {name}; ask for {', '.join((*FIGURES, *arguments))}")


def split(facts: Facts, asked: str) -> tuple[Node, str]:
    """The layer and the name after it. Raises NoFigure."""
    path, dot, name = asked.rpartition(".")
    if not dot and asked in FIGURES:
        raise NoFigure(f"say whose {asked}: LAYER.{asked}, such as {facts.graph.nodes[-1].path}.{asked}")
    if not dot:
        raise NoFigure(
            f"write LAYER.ARGUMENT or LAYER.{FIGURES[0]}, {', '.join(FIGURES[1:-1])} or {FIGURES[-1]}, not {asked[:60]}"
        )
    return find(facts, path), name


def find(facts: Facts, path: str) -> Node:
    """The layer, or the input, of this path; of a group, the layer that gives its output. Raises NoFigure."""
    from archspec.diagnostics.nearest import find_path

    by_path = {node.path: node for node in facts.graph.nodes}
    if path in by_path:
        return by_path[path]
    scope = facts.graph.scopes.get(path)
    if scope is not None:
        last = next((name for name in reversed(by_path) if name.startswith(f"{path}.")), "?")
        raise NoFigure(f"{path[:60]} is a group of {scope.layer_count:,} layers: ask for one of them, as {last}")
    near = find_path(path, by_path)
    raise NoFigure(f"there is no layer called {path[:60]}" + (f"; did you mean {near.name}?" if near else ""))


def _figure(facts: Facts, node: Node, name: str, is_whole: bool) -> Page:
    parts = {"output": arithmetic.output, "params": arithmetic.parameters, "macs": arithmetic.work, "memory": arithmetic.memory,
             "field": field}  # fmt: skip
    section = parts[name](facts, node)
    page = Page(f"{node.path}.{name}: {node.type}, {place(node)}")
    page.parts.append(section if section.lines else Section(name, [Line(name, "none", 0)]))
    if name in ("output", "field"):
        page.parts.append(way(facts, node, is_whole))
    return page


# An argument ------------------------------------------------------------------------------------------------------------


def _argument(facts: Facts, node: Node, name: str, is_whole: bool) -> Page:
    record = facts.of(node)
    assert node.op is not None
    true = _resolved(node.op, record.inputs).get(name)
    value = getattr(node.op, name)
    page = Page(f"{node.path}.{name} is {true if true is not None else shown(value)}")
    page.about += _written(node, name, value, is_inferred=true is not None)
    page.about += _uses(facts, node, name)
    ref = node.inputs[0] if true is not None and node.inputs else None
    if ref is None:
        return page
    if value is not None and value != true:
        page.about.append(f"so {value} is wrong: what it reads decides")
    producer = facts.graph.nodes[ref.node]
    tensor = facts.tensor(ref)
    if tensor is not None:
        page.about.append(f"it reads {read(facts.graph, producer, node.path)}")
    walk = sizes(facts, producer)
    if walk:
        page.about.append(walk)
    page.parts.append(way(facts, producer, is_whole))
    return page


def _resolved(op: Op, inputs: Inputs | None) -> Mapping[str, Size]:
    """The arguments that follow from what is read."""
    try:
        return op.resolve(inputs) if inputs is not None else {}
    except (Problem, TooComplex):
        return {}


def sizes(facts: Facts, node: Node) -> str:
    """`the sides: 227 → 55 → 27 → 13 → 6`: each that is another than before, where all layers on the way are known."""
    found: list[str] = []
    for one in nodes_to(facts, node):
        outputs = facts.of(one).outputs
        shape = next(iter(outputs.values())).shape if outputs else ()
        sides = shape[2:]
        text = str(sides[0]) if len(set(sides)) == 1 else " × ".join(map(str, sides))
        if len(shape) > 2 and (not found or found[-1] != text):
            found.append(text)
    if len(found) > MAX_SIDES:
        half = MAX_SIDES // 2
        found = [*found[:half], "…", *found[-half:]]
    return f"the side on the way: {' → '.join(found)}" if len(found) > 1 else ""


def _written(node: Node, name: str, value: object, is_inferred: bool) -> list[str]:
    """Where an argument is written, and as what."""
    span = node.place.argument(name)
    if span is None:
        if is_inferred:
            return ["it is not written: it follows from what the layer reads"]
        return ["it is not written: this is its default, which is PyTorch's"]
    template = node.place.template(name)
    as_what = f" as {template.text}" if template is not None and template.trees else ""
    return [
        f"written{as_what} at {span.source.path}:{span.line}:{span.column}"
        + ("" if value is None else f": {shown(value)}")
    ]


def _uses(facts: Facts, node: Node, name: str) -> list[str]:
    """The arguments of the blocks around it, where an expression gives it."""
    template = node.place.template(name)
    if template is None or not template.trees:
        return []
    said = []
    path = node.path
    while "." in path:
        path = path.rpartition(".")[0]
        scope = facts.graph.scopes.get(path)
        if scope is None or scope.use is None:
            continue
        given = [f"{key}: {shown_value(value)}" for key, value in scope.use.arguments.items()][:8]
        where = f"{scope.use.span.source.path}:{scope.use.span.line}"
        said.append(
            f"in {path}, which is the block {scope.use.block} with {', '.join(given) or 'no arguments'} ({where})"
        )
    return said


def shown_value(value: object) -> str:
    """A value of an expression, cut where it is long."""
    text = show(value)
    return text if len(text) <= 40 else text[:39] + "…"
