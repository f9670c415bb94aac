"""What of the first network's weights the second can use. Enters: both networks' facts, and which layers are the same; leaves: a
`Loading`. No file is read: the keys of a `state_dict` follow from a spec.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from archspec.comparison.model import Loading, Tensor
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.weights.expected import Expected, expected
from archspec.weights.match import COUNTER, kind


def find_loading(before: Facts, after: Facts, backward: Mapping[Node, Node]) -> Loading:
    """Each key of the second network's `state_dict` held against the first's. `backward` gives the first network's layers."""
    ours = expected(before)
    by_layer = {(item.node, item.key[len(item.node.path) :]): item for item in ours}
    by_key = {item.key: item for item in ours}
    used: set[str] = set()
    counted = {node.path for node in before.graph.layers if hasattr(node.op, "track_running_stats")}
    loads, renamed, reshaped, misled = [], [], [], []
    missing: list[str] = []
    begun: list[str] = []
    for item in expected(after):
        old = backward.get(item.node)
        own = by_layer.get((old, item.key[len(item.node.path) :])) if old is not None else None
        named = by_key.get(item.key)
        if named is not None and named is not own and _fits(named, item):
            misled.append(item.key)
        if own is None:
            (begun if named is None and _begins(item.key, counted) else missing).append(item.key)
            continue
        used.add(own.key)
        if not _fits(own, item):
            reshaped.append(Tensor(own.key, item.key, own.shape, item.shape))
        elif own.key == item.key:
            loads.append(item.key)
        else:
            renamed.append(Tensor(own.key, item.key, own.shape, item.shape))
    unexpected = [item.key for item in ours if item.key not in used]
    known = {*loads, *(tensor.after for tensor in renamed)}
    absorbed = _absorbed(
        after, {x: y for y, x in backward.items()}, [item for item in ours if item.key not in used], known
    )
    return Loading(loads, renamed, reshaped, missing, unexpected, misled, begun, absorbed)


def _absorbed(
    after: Facts, forward: Mapping[Node, Node], left: Sequence[Expected], known: Collection[str]
) -> dict[str, list[str]]:
    """The biases among what is left over, each with the running means that are loaded in which normalizations count its channels:
    one for each use of its layer."""
    readers, uses = (after.graph.readers(), after.graph.uses()) if left else ([], {})
    found: dict[str, list[str]] = {}
    for item in left:
        layer = forward.get(item.node)
        if layer is None or item.key != f"{item.node.path}.bias":
            continue
        for index in dict.fromkeys(index for use in uses[layer.index] for index in readers[use.index]):
            reader = after.graph.nodes[index]
            mean = f"{reader.path}.running_mean"
            if reader.op is not None and reader.op.takes_means_away and mean in known:
                found.setdefault(item.key, []).append(mean)
    return found


def _begins(key: str, counted: Collection[str]) -> bool:
    """Whether it is a count of batches, and no module of the first network has the version since which there is one."""
    path, _, name = key.rpartition(".")
    return name == COUNTER and path not in counted


def _fits(one: Expected, other: Expected) -> bool:
    return one.shape == other.shape and kind(one.dtype) == kind(other.dtype)
