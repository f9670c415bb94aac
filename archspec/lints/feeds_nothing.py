"""W1001: feeds nothing

The layer's result reaches no output, so it does not matter what it computes.

Its parameters never learn, and usually a `from` names the wrong layer. One warning a dead end; layers that feed only the dead
end are named with it. Where a merge that `when` leaves out would have read it, that is said, since the merge stands for its
first input then. Groups of nothing but parameters are there for their weights, such as those of an auxiliary head that was
imported, and nothing is said of them.

A layer that is read for its sizes alone (the second input of UpsampleLike, CropLike and ReshapeAs; what FullLike reads) computes
its numbers in vain too, and is needed still: this is said of the layer, with another tensor that would do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Label
from archspec.facts.model import Facts
from archspec.graph import DEFAULT_PORT, Graph, Node, Scope
from archspec.lints.left_out import LeftOut, left_out, wire_name
from archspec.lints.sizes_alone import SizedAlone, groups_by_what_they_measure, sizes_alone

CODE = "W1001"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  dense1: {type: Linear, out_features: 8}
  relu1: ReLU
  dense2: {type: Linear, out_features: 4, from: dense1}
"""
GOOD = BAD.replace("from: dense1", "from: relu1")
ALARMS = "true of the imported spec: a slice of the bias that the model overwrites in place, and nobody reads"
_TENSORS = ("Parameter", "Buffer")


def check(facts: Facts) -> Iterator[Diagnostic]:
    graph = facts.graph
    readers = graph.readers()
    alive = find_alive(graph)
    leading, starts = _leading(graph, readers, alive), _starts(graph, alive)
    computing = {node.path.rpartition(".")[0] for node in graph.nodes if node.type not in _TENSORS}
    used = [[reader for reader in found if reader in alive] for found in readers]
    merges, held = _merges(graph), holders(graph, alive)
    measuring = groups_by_what_they_measure(graph) if len(alive) < len(graph.nodes) else {}
    for node in graph.nodes:
        if node.index in alive or any(reader not in alive for reader in readers[node.index]):
            continue
        scope = node.path.rpartition(".")[0]
        if node.type in _TENSORS and scope and scope not in computing:
            continue
        chain = leading.get(node.index, [])
        if node.index in merges:
            yield _left_out(facts, node, chain, *merges[node.index])
        else:
            yield _warn(
                graph, node, chain, starts[node.index], used, held.get(node.index, []), measuring.get(node.index, [])
            )
    for found in sizes_alone(facts, alive, readers):
        is_free = readers[found.node.index] == [found.reader.index] and not held.get(found.node.index)
        yield _sized(found, is_free)


def _sized(found: SizedAlone, is_free: bool) -> Diagnostic:
    """A layer of which the sizes alone are read, so that it cannot be taken out as it is; `is_free`: by one layer, and its
    parameters are its own."""
    node, reader, other = found.node, found.reader, found.other
    help = f"let a layer read what {node.name} computes, or let {reader.path} read another tensor of that shape"
    if other is not None:
        help = f"let {reader.path} read {other.name} in its place, which has the sizes that count"
        help += f", and take {node.name} out" if is_free else ""
    return Diagnostic(
        CODE, f"nothing reads the numbers of {node.path}{_only_that(found.leading)}", node.place.name,
        label="its sizes alone are used", help=help, layer=node.path,
        labels=(Label(reader.place.name, f"{reader.type} reads how large it is"),),
    )  # fmt: skip


def find_alive(graph: Graph) -> set[int]:
    """The nodes that some output depends on."""
    waiting = [ref.node for ref in graph.outputs.values() if ref is not None]
    alive: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index not in alive:
            alive.add(index)
            waiting.extend(ref.node for ref in graph.nodes[index].inputs if ref is not None)
    return alive


def holders(graph: Graph, alive: set[int]) -> dict[int, list[Node]]:
    """For each layer those that have its parameters, by `use` or by `tie`, and reach an output: it cannot just be taken out."""
    found: dict[int, list[Node]] = {}
    for node in graph.nodes:
        if node.index in alive:
            for index in {node.shares, *(tie.node for tie in node.ties)} - {None}:
                assert index is not None
                found.setdefault(index, []).append(node)
    return found


def _warn(
    graph: Graph,
    node: Node,
    chain: list[Node],
    first: Node,
    used: list[list[int]],
    held: list[Node],
    groups: list[Scope],
) -> Diagnostic:
    if node.is_input:
        return Diagnostic(CODE, f"no output depends on the input {node.path}", node.place.name,
                          label="not used", help="read it somewhere, or take it out")  # fmt: skip
    message = f"{node.path} feeds nothing{_only_that(chain)}"
    user = _local(graph, held[0])[0] if held else ""
    is_used = bool(held) and held[0].shares == node.index
    if held:
        message += f", and {user} {'uses it' if is_used else 'has its parameters'}"
    bypass = _bypass(graph, node, first, used)
    labels: tuple[Label, ...] = ()
    local, scope = _local(graph, node)
    help = f"take it out, or let a layer read it (from: {local})"
    if scope.is_repeat:
        help = f"let the next step of {scope.path} read it, or take it out"
    elif scope.path:
        whole = f"the block {scope.use.block}" if scope.use is not None else scope.path
        help = f"take it out, let a layer of {whole} read it (from: {local}), or return it: outputs: {{…: {local}}}"
    if node.train_only:
        results = {port: wire_name(scope, wire) for port, wire in scope.results.items() if wire is not None}
        returned = ", ".join(f"{port}: {name}" for port, name in {**results, local: local}.items())
        help = f"return it, as what training alone reads: outputs: {{{returned}}}; or take it out"
    elif bypass is not None and bypass[0].path.rpartition(".")[0] == scope.path:
        reader, source = bypass
        labels = (
            Label(reader.place.argument("from") or reader.place.name, f"{reader.path} reads {source.path} instead"),
        )
        help = f"let {reader.path} read it (from: {local}), or take it out"
    if groups:
        message += f"; expressions of {groups[0].path} read its shape"
        help = (
            f"let a layer read it (from: {local}), or give {groups[0].path} another tensor of that shape in its place"
        )
    if held:
        other = f"write it in place of {user}" if is_used else f"let {user} have its own, and take it out"
        help = help.replace("take it out", other)
    return Diagnostic(CODE, message, node.place.name, label="its result is not used", labels=labels, help=help,
                      layer=node.path)  # fmt: skip


def _only_that(chain: list[Node]) -> str:
    if not chain:
        return ""
    names = ", ".join(other.path for other in chain[:6]) + (", …" if len(chain) > 6 else "")
    return f", and {names} feed{'s' if len(chain) == 1 else ''} only that"


def _merges(graph: Graph) -> dict[int, tuple[LeftOut, int]]:
    """For each layer that one would read which `when` leaves out, not as its first: that one, and at which place."""
    found: dict[int, tuple[LeftOut, int]] = {}
    for merge in left_out(graph):
        for position, ref in enumerate(merge.reads[1:], 1):
            if ref is not None and ref != merge.reads[0]:
                found.setdefault(ref.node, (merge, position))
    return found


def _left_out(facts: Facts, node: Node, chain: list[Node], merge: LeftOut, position: int) -> Diagnostic:
    """A dead end that a merge would read if it were there."""
    first, branch, place = merge.name(0), merge.name(position), merge.slot.place
    turned = merge.turned(facts, position)
    gone = merge.branch([*chain, node])
    helps = [turned.said] if turned is not None else []
    helps += [f"give {' and '.join(gone)} the when of {merge.short} too"] if gone else []
    return Diagnostic(
        CODE, f"{node.path} feeds nothing{_only_that(chain)}: {merge.said} would read it, and when leaves that out here",
        node.place.name, label="its result is not used", layer=node.path,
        help="; or ".join(helps) or f"let {branch} be left out with {merge.short}",
        labels=(Label(place.argument("from") or place.name, f"left out, {merge.short} stands for {first}, which is first"),),
        ways=(turned,) if turned is not None and turned.edits else (),
    )  # fmt: skip


def _local(graph: Graph, node: Node) -> tuple[str, Scope]:
    """What layers beside it can call the dead end, and the scope that they stand in: of a block's result, the block's own."""
    path, name = node.path.removesuffix(node.name).removesuffix("."), node.name
    while path in graph.scopes:
        scope = graph.scopes[path]
        result = scope.outputs.get(DEFAULT_PORT)
        if len(scope.outputs) > 1 or result is None or result.node != node.index:
            return name, scope
        name = scope.name
        path = path.removesuffix(name).removesuffix(".")
    return name, graph.root


def _leading(graph: Graph, readers: list[list[int]], alive: set[int]) -> dict[int, list[Node]]:
    """For each dead end, the layers that lead to it and nowhere else, in order. One walk, from the last layer to the first."""
    ends: list[int | None] = [None] * len(graph.nodes)  # the one that a layer leads to; None where there are several
    found: dict[int, list[Node]] = {}
    for node in reversed(graph.nodes):
        if node.index in alive or node.is_input:
            continue
        if not readers[node.index]:
            ends[node.index] = node.index
            continue
        first, *others = {ends[reader] for reader in readers[node.index]}
        if first is not None and not others:
            ends[node.index] = first
            found.setdefault(first, []).append(node)
    return {end: nodes[::-1] for end, nodes in found.items()}


def _starts(graph: Graph, alive: set[int]) -> dict[int, Node]:
    """For each layer that leads to dead ends only, the layer at which its way leaves those that are alive."""
    found: dict[int, Node] = {}
    for node in graph.nodes:
        if node.index not in alive:
            before = [ref.node for ref in node.inputs if ref is not None]
            is_start = not before or any(index in alive or graph.nodes[index].is_input for index in before)
            found[node.index] = node if is_start else found[before[0]]
    return found


def _bypass(graph: Graph, node: Node, first: Node, used: list[list[int]]) -> tuple[Node, Node] | None:
    """The layer that reads what the way to this dead end starts from, where it was perhaps meant to read the dead end."""
    found: list[tuple[int, int]] = []
    for source in {ref.node for ref in first.inputs if ref is not None}:
        after = bisect_right(used[source], node.index)
        if after < len(used[source]):
            found.append((used[source][after], source))
    if not found:
        return None
    reader, source = min(found)
    return graph.nodes[reader], graph.nodes[source]
