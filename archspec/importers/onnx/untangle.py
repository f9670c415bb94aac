"""Groups that no spec can have, taken apart. Enters: layers with dotted paths. Leaves: the same, some of their dots underscores.

Names of nodes say where a layer was written, not when it is computed: two scopes may take turns, or a layer between the
layers of a scope may stand outside of it. Such a group would have to wait for itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from archspec.document.names import suggest
from archspec.importers.sketch import Layer

Edges = dict[str, set[str]]


def untangle(layers: list[Layer]) -> None:
    """Gives the layers of every group that would wait for itself paths without that group."""
    while tangled := _tangled(layers):
        _dissolve(layers, tangled)


def _tangled(layers: list[Layer]) -> set[str]:
    """The outermost groups that lie on a cycle of groups and layers of one scope."""
    found: set[str] = set()
    groups = {path for layer in layers for path in _groups(layer.path)}
    for scope, edges in sorted(_waits(layers).items()):
        if not any(scope.startswith(f"{outer}.") or scope == outer for outer in found):
            found.update(path for child in _in_cycles(edges) if (path := _join(scope, child)) in groups)
    return found


def _waits(layers: list[Layer]) -> dict[str, Edges]:
    """For each scope, which of its children read from which others."""
    waits: dict[str, Edges] = defaultdict(lambda: defaultdict(set))
    for layer in layers:
        sources = [ref.source for ref in layer.reads if isinstance(ref.source, Layer)]
        for source in [*sources, *([layer.use] if layer.use is not None else [])]:
            own, other = layer.path.split("."), source.path.split(".")
            depth = next((i for i, (a, b) in enumerate(zip(own, other, strict=False)) if a != b), None)
            if depth is not None:
                waits[".".join(own[:depth])][own[depth]].add(other[depth])
    return waits


def _in_cycles(edges: Edges) -> list[str]:
    """The children that are left when those that nobody waits for, and those that wait for nobody, have gone."""
    forward = {child: set(others) for child, others in edges.items()}
    for others in edges.values():
        for other in others:
            forward.setdefault(other, set())
    for _ in range(2):
        waiting = Counter(other for others in forward.values() for other in others)
        free = [child for child in forward if not waiting[child]]
        while free:
            for other in forward.pop(free.pop()):
                waiting[other] -= 1
                if not waiting[other]:
                    free.append(other)
        backward: Edges = {child: set() for child in forward}
        for child, others in forward.items():
            for other in others:
                backward[other].add(child)
        forward = backward
    return sorted(forward)


def _dissolve(layers: list[Layer], groups: set[str]) -> None:
    """Joins the name of each group with the names in it."""
    taken = {path for layer in layers for path in (layer.path, *_groups(layer.path))}
    renamed: dict[str, str] = {}
    for layer in layers:
        group = next((path for path in _groups(layer.path) if path in groups), None)
        if group is None:
            continue
        scope, _, name = group.rpartition(".")
        inner, _, rest = layer.path[len(group) + 1 :].partition(".")
        child = f"{group}.{inner}"
        if child not in renamed:
            renamed[child] = _free(_join(scope, suggest(f"{name}_{inner}") or "layer"), taken)
        layer.path = _join(renamed[child], rest) if rest else renamed[child]


def _free(path: str, taken: set[str]) -> str:
    number, free = 1, path
    while free in taken:
        number += 1
        free = f"{path[:-4]}_{number}" if len(path.rpartition(".")[2]) > 58 else f"{path}_{number}"
    taken.add(free)
    return free


def _groups(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts))]


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name
