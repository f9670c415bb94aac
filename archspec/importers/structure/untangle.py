"""Groups that no spec can have, put right. Enters: layers with dotted paths. Leaves: the same, some at other paths.

Names of nodes say where a layer was written, not when it is computed: two scopes may take turns, or a layer between the
layers of a scope may stand outside of it. Such a group would have to wait for itself. A layer without weights then moves into
the group; groups that wait for each other are taken apart, their names joined with those of what is in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from archspec.document.names import suggest
from archspec.importers.sketch import Layer
from archspec.importers.structure.cycles import find_cycles

Edges = dict[str, set[str]]


def untangle(layers: list[Layer], weighted: Collection[Layer]) -> None:
    """Gives paths to the layers in which no group waits for itself. `weighted` are those whose paths are keys."""
    while tangled := _tangled(layers):
        taken = {path for layer in layers for path in (layer.path, *_groups(layer.path))}
        groups = {path for layer in layers for path in _groups(layer.path)}
        at = {layer.path: layer for layer in layers}
        dissolved: set[str] = set()
        for members in tangled:
            inner = [path for path in members if path in groups]
            outer = [at[path] for path in members if path not in groups]
            stays = any(layer in weighted or layer.use is not None for layer in outer)  # beside the layer that it uses
            if len(inner) == 1 and not stays:
                for layer in outer:
                    layer.path = _free(f"{inner[0]}.{layer.path.rpartition('.')[2]}", taken)
            else:
                dissolved.update(inner)
        _dissolve(layers, dissolved, taken)


def _tangled(layers: list[Layer]) -> list[list[str]]:
    """The paths of the groups and layers that wait for each other, in the outermost scopes where any do."""
    found: list[list[str]] = []
    done: list[str] = []
    for scope, edges in sorted(_waits(layers).items()):
        if not any(scope == outer or scope.startswith(f"{outer}.") for outer in done):
            cycles = [[_join(scope, child) for child in cycle] for cycle in find_cycles(edges)]
            found += cycles
            done += [path for cycle in cycles for path in cycle]
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


def _dissolve(layers: list[Layer], groups: set[str], taken: set[str]) -> None:
    """Joins the name of each group with the names in it."""
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
