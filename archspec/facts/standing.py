"""What layers are called that stand for many. Enters: a graph whose long repeats are folded; leaves: names.

`body.2…999999.conv` are the layers that one stands for; who reads behind them reads the last, `body.999999.conv`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod

from archspec.expand.folding import is_number
from archspec.graph import Fold, Graph, Node, Scope


def shown(graph: Graph, member: Node | Scope, ended: Sequence[Fold] = ()) -> str:
    """The path of a layer or group, with the numbers of all steps that it stands for; of repeats that `ended`, with the last."""

    def number(fold: Fold, first: int) -> str:
        last = first + fold.more
        return str(last) if any(fold is one for one in ended) else f"{first}…{last}"

    return _numbered(member.path, _around(graph, member.path), number)


def read(graph: Graph, producer: Node, reader: str = "") -> str:
    """The path of the layer whose output is read: of steps that are not written out the last, but in the reader's own step."""
    around = [fold for fold in _around(graph, producer.path) if not is_in(reader, fold.steps[-1].path)]
    return _numbered(producer.path, around, lambda fold, first: str(first + fold.more))


def by_path(graph: Graph) -> Callable[[str], Node | None]:
    """Finds the layer of a path, or the one that stands for it."""
    nodes = {node.path: node for node in graph.nodes}

    def find(path: str) -> Node | None:
        parts = path.split(".")
        for fold in graph.folds:  # of one in another the outer first
            step, at = fold.steps[-1].path.split("."), fold.steps[-1].path.count(".")
            is_alike = parts[:at] == step[:at] and len(parts) > at and is_number(parts[at])
            if is_alike and 0 < int(parts[at]) - int(step[at]) <= fold.more:
                parts[at] = step[at]
        return nodes.get(".".join(parts))

    return find


def is_in(path: str, scope: str) -> bool:
    """Whether a path is that of a step or leads into it."""
    return path == scope or path.startswith(f"{scope}.")


def number_of(graph: Graph, member: Node | Scope, ended: Sequence[Fold] = ()) -> int:
    """How many layers or groups it stands for; of repeats that `ended`, the last alone."""
    return prod(1 + fold.more for fold in _around(graph, member.path) if not any(fold is one for one in ended))


def _around(graph: Graph, path: str) -> Iterator[Fold]:
    return (fold for fold in graph.folds if is_in(path, fold.steps[-1].path))


def _numbered(path: str, folds: Iterable[Fold], number: Callable[[Fold, int], str]) -> str:
    parts = path.split(".")
    for fold in folds:
        at = fold.steps[-1].path.count(".")
        parts[at] = number(fold, int(parts[at]))
    return ".".join(parts)
