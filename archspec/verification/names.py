"""Keys of the state. Enters: modules, facts, or keys. Leaves: which are second names of others, which stand at other places,
which have no numbers in the spec, and which are of a spectral norm. Never imports torch."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from archspec.ops.value import Buffer

if TYPE_CHECKING:
    from torch import nn

    from archspec.facts.model import Facts


def second_names(model: nn.Module) -> dict[str, str]:
    """The keys under later names of modules that the model has twice (`net = Sequential(self.conv, …)`): the first of each."""
    first = {id(module): path for path, module in model.named_modules()}
    found: dict[str, str] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        if first[id(module)] != path:
            own = (*module.named_parameters("", recurse=False), *module.named_buffers("", recurse=False))
            found |= {_join(path, name): _join(first[id(module)], name) for name, _ in own}
    return found


def known_otherwise(keys: Collection[str], model: nn.Module, ours: Collection[str]) -> set[str]:
    """Those of the model's keys that ours lacks, though it has the module's tensor by another of its names."""
    first = second_names(model)
    twice = {*first, *first.values()}
    have = {first.get(key, key) for key in keys if key in ours}
    return {key for key in keys if key in twice and key not in ours and first.get(key, key) in have}


def other_order(ours: nn.Module, theirs: nn.Module) -> tuple[str, str] | None:
    """The first place at which `parameters()` of two modules with the same keys differ: ours and theirs; None where they do not.
    An optimizer's state is by that place, not by the key."""
    first = second_names(theirs)
    mine = [key for key, _ in ours.named_parameters()]
    other = [key for key, _ in theirs.named_parameters()]
    return next(((a, b) for a, b in zip(mine, other, strict=False) if first.get(a, a) != b), None)


def drawn_buffers(facts: Facts) -> frozenset[str]:
    """The keys of buffers for which a spec has no numbers: they start at a standard normal, and come with the weights."""
    return frozenset(
        node.path
        for node in facts.graph.layers
        if isinstance(node.op, Buffer) and node.op.persistent and node.op.value is None and node.op.fill is None
    )


class SpectralNorm(NamedTuple):
    """The keys of a weight that is divided by its greatest singular value, and of the two vectors that this is found with."""

    weight: str
    left: str
    right: str


def spectral_norms(keys: Collection[str]) -> list[SpectralNorm]:
    """Those of torch.nn.utils, under the names that both of its forms have. The vectors start at random, and each call in
    training brings them nearer to the weight's."""
    found = []
    for left in keys:
        owner, _, name = left.rpartition(".")
        right = f"{left[:-1]}v"
        weight = f"{owner.rpartition('.')[0]}.original" if name == "_u" else f"{left[:-1]}orig"
        if name.endswith("_u") and right in keys and weight in keys:
            found.append(SpectralNorm(weight, left, right))
    return found


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
