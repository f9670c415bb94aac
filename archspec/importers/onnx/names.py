"""The paths of layers, from whatever names a file has. Enters: a graph. Leaves: valid, unique, dotted paths.

Best is what weights are called, where that looks like PyTorch (`features.0.weight` is of `features.0`); then what the
node is called (`/layer1/layer1.0/conv1/Conv`, `model/dense/MatMul`); then what its weight is called in other words
(`conv1_w_0`); else the layer's type and a number (`relu1`).
No path is the beginning of another's: a layer is no group.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import count

from onnx import GraphProto, NodeProto

from archspec.document.names import suggest
from archspec.names import why_no_layer_name

_KEY = re.compile(r"[A-Za-z_]\w*(\.\w+)+")
_PARAMETER = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
_NUMBERED = re.compile(r"(?:node_|p2o\.)?([A-Za-z]+[A-Za-z0-9]*?)[._]*\d*")
_SAYS_NOTHING = re.compile(r"[A-Za-z]{0,2}_?\d+")
_WEIGHT = re.compile(r"(.*?)[._/](?:w|weight|weights|kernel|scale|s|gamma)(?:_0)?(?::0)?")
_SCOPES = "pkg.torch.onnx.name_scopes"  # "['', 'layer1', 'layer1.0', 'relu']", as PyTorch's newer exporter notes them
_MAX_DEPTH = 12


class Names:
    """Gives out paths, each once."""

    def __init__(self, graph: GraphProto) -> None:
        self._taken: set[str] = set()
        self._groups: set[str] = set()
        self._numbers: Counter[str] = Counter()
        self._suffixes: Counter[str] = Counter()
        keys = [path for tensor in graph.initializer if (path := _of_key(tensor.name)) is not None]
        layers = {path.rpartition(".")[0] for path in keys}
        self._reserved_groups = {group for path in layers for group in _groups(path)}
        self._reserved = (layers - self._reserved_groups) | set(keys)
        self._scopes = _Scopes(graph.node, self._reserved_groups)

    def of_layer(self, node: NodeProto, type: str, weights: Mapping[str, str], suffix: str = "", near: str = "") -> str:
        """The path of a node's layer. `weights` are the file's names of its weights by their names in the layer; a layer
        without a name stands in the group of the layer `near` it."""
        path = _of_weights(weights) or self._scopes.path(node) or self._like_weights(weights)
        if path is None:
            return self._numbered(suffix or type, near.rpartition(".")[0])
        if suffix:
            parent, _, last = path.rpartition(".")
            path = f"{parent}.{last}_{suffix}" if parent and not last.isdigit() else f"{path}_{suffix}"
        return self._take(path, bool(weights) and not suffix)

    def _like_weights(self, weights: Mapping[str, str]) -> str | None:
        """The path in other frameworks' names of weights: `res2_0_branch2a` of `gpu_0/res2_0_branch2a_w_0`."""
        found = _WEIGHT.fullmatch(next(iter(weights.values()), ""))
        parts = [part for part in re.split(r"[/.:]+", found[1]) if part] if found is not None else []
        return "_".join(parts) or None

    def of_value(self, name: str, type: str, reader: NodeProto | None) -> str:
        """The path of a tensor that stands for itself: the file's name for it, which is its key; else a number, in the
        group of the node that reads it."""
        path = _of_key(name) if _PARAMETER.fullmatch(name) else None
        if path is not None:
            return self._take(path, True)
        scope = self._scopes.path(reader) if reader is not None else None
        return self._numbered(type, scope.rpartition(".")[0] if scope else "")

    def _numbered(self, type: str, group: str) -> str:
        word = re.sub(r"\dd$", "", type).lower()
        word = f"{group}.{word}" if group else word
        while True:
            self._numbers[word] += 1
            path = f"{word}{self._numbers[word]}"
            if self._is_free(path, False):
                self._add(path)
                return path

    def _take(self, path: str, is_own: bool) -> str:
        """The path, or the nearest to it that is free. `is_own`: it comes from a weight, for which it is reserved."""
        path = ".".join(
            part if why_no_layer_name(part) is None else suggest(part) or "layer" for part in path.split(".")
        )
        parent = path.rpartition(".")[0]
        if any(group in self._taken or (group in self._reserved and not is_own) for group in _groups(path)):
            path, parent = (suggest(path.replace(".", "_")) or "layer"), ""
        if not self._is_free(path, is_own):
            last = re.sub(r"_\d+$", "", path[len(parent) + 1 :] if parent else path)[:50]
            word = last if not last.isdigit() else f"layer{last}"
            join = f"{parent}.{word}" if parent else word
            for _ in count():
                self._suffixes[join] += 1
                path = f"{join}_{self._suffixes[join]}"
                if self._is_free(path, is_own):
                    break
        self._add(path)
        return path

    def _is_free(self, path: str, is_own: bool) -> bool:
        if path in self._taken or path in self._groups or any(group in self._taken for group in _groups(path)):
            return False
        return is_own or not (path in self._reserved or path in self._reserved_groups)

    def _add(self, path: str) -> None:
        self._taken.add(path)
        self._groups.update(_groups(path))


class _Scopes:
    """Where nodes stand by their own names: `/layer1/layer1.0/relu/Relu` in layer1.0.relu."""

    def __init__(self, nodes: Iterable[NodeProto], groups: set[str]) -> None:
        named = {node.name: parts for node in nodes if (parts := _parts(node)) is not None}
        scopes = [parts[:-1] for parts in named.values()]
        common = _common(scopes)
        if common and scopes[0][0] in groups:  # what all have in common, the keys of weights have too
            common = 0
        self._parts = {name: parts[common:] for name, parts in named.items()}
        self._uses: Counter[str] = Counter()
        self._within: set[str] = set()
        for own in self._parts.values():
            scope = ".".join(own[:-1])
            self._uses[scope] += 1
            self._within.update(_groups(scope))

    def path(self, node: NodeProto) -> str | None:
        """The scope where the node is all that is in it, else the node's own name within its scope."""
        parts = self._parts.get(node.name)
        if parts is None:
            return None
        scope = ".".join(parts[:-1])
        if scope and self._uses[scope] == 1 and scope not in self._within:
            return scope
        return ".".join([*parts[:-1], _snake(parts[-1])])


def _parts(node: NodeProto) -> list[str] | None:
    """The parts of a node's name that has scopes; None for one like Conv_12, which says nothing."""
    scopes = next((entry.value for entry in node.metadata_props if entry.key == _SCOPES), "")
    listed = re.findall(r"'([^']*)'", scopes)
    if len(listed) > 1:
        own = re.sub(r"_\d+$", "", listed[-1])  # its number counts through the whole network
        return [part for part in [*listed[-2].split("."), own] if part][:_MAX_DEPTH]
    numbered = _NUMBERED.fullmatch(node.name)
    if (
        not node.name
        or _SAYS_NOTHING.fullmatch(node.name)
        or (numbered is not None and numbered[1].lower() == node.op_type.lower())
    ):
        return None
    parts: list[str] = []
    name = re.sub(r":\d+$", "", node.name.removeprefix("node_").partition(";")[0]).strip("/")
    for piece in re.split(r"[/:]+", name):
        inner = [part for part in piece.split(".") if part]
        if len(inner) > 1 and parts[-(len(inner) - 1) :] == inner[:-1]:  # layer1/layer1.0
            inner = inner[-1:]
        parts += inner
    return parts if 0 < len(parts) <= _MAX_DEPTH else None


def _common(scopes: list[list[str]]) -> int:
    """How many parts all scopes begin with."""
    if not scopes:
        return 0
    length = min(map(len, scopes))
    return next((i for i in range(length) if len({scope[i] for scope in scopes}) > 1), length)


def _of_weights(weights: Mapping[str, str]) -> str | None:
    """The path that a layer's weights are called by: `conv1` of `conv1.weight`."""
    for parameter, name in weights.items():
        path = _of_key(name)
        if path is not None and path.rpartition(".")[2] == parameter and "." in path:
            return path.rpartition(".")[0]
    return None


def _of_key(name: str) -> str | None:
    """A key of a `state_dict`, or None for another kind of name."""
    if not (_KEY.fullmatch(name) or _PARAMETER.fullmatch(name)) or name.count(".") > _MAX_DEPTH:
        return None
    return name if all(why_no_layer_name(part) is None for part in name.split(".")) else None


def _groups(path: str) -> list[str]:
    """The groups a path stands in: a and a.b for a.b.c."""
    return [path[: match.start()] for match in re.finditer(r"\.", path)]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
