"""What a folded repeat comes to, from its first steps: how far its output sees, and whether each further step is like the last.

Enters: facts of a graph in which the last step that is written out stands for more. A step maps what its input sees to what its
output sees, and does so alike wherever it stands. So what no longer changes from one step to the next never changes; and one
window without gaps, in a repeat that reads one tensor, grows by the same on each side in every step: each way through the step
moves it by a constant, and of windows without gaps the outermost ways give the ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archspec.facts.law import Law
from archspec.facts.trace import NoLaw, Trace
from archspec.graph import Fold, Node, Ref, Scope

if TYPE_CHECKING:
    from archspec.facts.storage import Place, Storage

NOT_FOLLOWED = "it was not followed through so many steps"


def after_all(traces: Sequence[Trace], more: int, is_alone: bool) -> Trace | None:
    """The trace behind `more` further steps, from those behind the last three; None where that is not known.

    `is_alone`: whether the repeat reads nothing else that depends on the network's inputs.
    """
    last = traces[-1]
    if last == traces[-2]:
        return last
    if not is_alone or len(traces) < 3 or len({trace._replace(extent=_ANY) for trace in traces}) > 1:
        return None
    extents = [trace.extent for trace in traces]
    if all(isinstance(extent, NoLaw) for extent in extents):
        extent = _grown(extents, more)
        is_known = (
            extent is not None and len({e.bounds and e.bounds.at_least for e in extents if isinstance(e, NoLaw)}) == 1
        )
    else:
        is_known = all(isinstance(extent, Law) and _is_window(extent) for extent in extents)
        extent = _grown(extents, more) if is_known else None
    return last._replace(extent=extent) if is_known and extent is not None else None


_ANY = Law(1, ())


def _is_window(law: Law) -> bool:
    """Whether each unit sees one window without gaps."""
    return law.is_exact and len(law.sets) == 1 and len(law.sets[0]) == 1


def _grown(values: Sequence[Any], more: int) -> Any:
    """Values that grow by the same from each of three to the next, `more` steps on; parts by parts. None where they do not."""
    first, second, third = values[-3:]
    if second == third and first == second:
        return third
    if isinstance(third, tuple):
        if not all(isinstance(value, type(third)) and len(value) == len(third) for value in values):
            return None
        parts = [_grown(each, more) for each in zip(first, second, third, strict=True)]
        if any(part is None and whole is not None for part, whole in zip(parts, third, strict=True)):
            return None
        return type(third)(*parts) if hasattr(third, "_fields") else tuple(parts)
    if not all(isinstance(value, (int, Fraction)) for value in values) or second - first != third - second:
        return None
    return third + more * (third - second)


def reads_alone(fold: Fold, depends: Sequence[object]) -> bool:
    """Whether of what the steps read only the first depends on the network's inputs."""
    step = fold.steps[-1]
    refs = list(step.inputs if isinstance(step, Node) else step.inputs.values())
    return not any(ref is not None and depends[ref.node] for ref in refs[1:])


def is_steady(folds: Sequence[Fold], storage: Storage) -> bool:
    """Whether what the last steps give lies alike in memory, each in one of its own or each in that of what it reads."""
    return all(_is_laid_alike(fold, storage) for fold in folds)


def _is_laid_alike(fold: Fold, storage: Storage) -> bool:
    before, last = ([storage.of(ref) for ref in refs] for refs in fold.outputs()[-2:])
    if [place and place.laid for place in before] != [place and place.laid for place in last]:
        return False
    return all(
        _is_own(a, fold.steps[-2], storage) == _is_own(b, fold.steps[-1], storage)
        for a, b in zip(before, last, strict=True)
    )


def _is_own(place: Place | None, step: Node | Scope, storage: Storage) -> bool:
    """Whether a memory was made in a step."""
    if place is None:
        return False
    made = storage.memories[place.memory].node
    return made == step.index if isinstance(step, Node) else any(node.index == made for node in step.nodes())


def hides_alike(fold: Fold, hidden: Mapping[int, str]) -> bool:
    """Whether masks hide the same in the last steps."""
    return (
        len({tuple(at for at, node in enumerate(_nodes(step)) if node.index in hidden) for step in fold.steps[-2:]})
        == 1
    )


def _nodes(step: Node | Scope) -> list[Node]:
    return [step] if isinstance(step, Node) else list(step.nodes())


def folds_by_end(folds: Sequence[Fold]) -> dict[int, list[Fold]]:
    """By the last layer of the steps that are written out, which ends there: of one in another, the inner one first."""
    found: dict[int, list[Fold]] = {}
    for fold in reversed(folds):  # they are in the order in which scopes stand in each other
        nodes = _nodes(fold.steps[-1])
        if nodes:
            found.setdefault(nodes[-1].index, []).append(fold)
    return found


def outputs(fold: Fold) -> list[list[Ref | None]]:
    """By output, the references to it behind each step."""
    return [list(refs) for refs in zip(*fold.outputs(), strict=True)]
