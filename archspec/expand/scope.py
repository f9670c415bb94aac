"""A document to a graph: names, references and the order of computation, scope by scope.

Enters: a `Document`; leaves: a `Graph` and diagnostics. A layer in error becomes a node without an op, so that what can
still be said of the rest is said, and nothing is said twice.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import chain, islice, tee
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Label
from archspec.diagnostics.nearest import nearest
from archspec.document.model import Document
from archspec.document.names import suggest, why_no_layer_name
from archspec.document.tree import Invalid, Mapping, Scalar, Sequence, clip, describe
from archspec.document.tree import Node as Tree
from archspec.document.validate import Subject, unknown_key
from archspec.expand.layer import LATER_KEYS, LayerPlace, Settings, build_op, read_settings
from archspec.graph import DEFAULT_PORT, Graph, Node, Place, Ref, Reference, Scope, Tie
from archspec.ops.base import Op
from archspec.ops.input import NetworkInput
from archspec.source import Span

GROUP_KEYS = ("layers", "from", "inputs", "outputs", "doc")
USE_KEYS = ("use", "from", "doc")


MAX_LAYERS = 200_000


class TooLarge(Exception):
    """The network has more layers than the limit; carries the diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


def expand(document: Document, report: list[Diagnostic]) -> Graph | None:
    """The graph of a document; None where there is nothing to build one from."""
    if document.layers is None or document.inputs is None:
        return None
    try:
        return _Expander(document, report).run()
    except TooLarge as error:
        report.append(error.diagnostic)
        return None


class _Written(NamedTuple):
    """A reference as written: the member or input it names, and a port."""

    name: str
    port: str | None
    span: Span | None


class _Member:
    """An entry of `layers`, before and after it is built."""

    __slots__ = ("built", "name", "place", "reads", "span", "tree", "waits")

    def __init__(self, name: str, span: Span, tree: Tree) -> None:
        self.name = name
        self.span = span
        self.tree = tree
        self.place = LayerPlace(span, tree)
        self.reads: list[_Written | None] = []  # None: the reference was reported
        self.waits: set[int] = set()
        self.built: Node | Scope | None = None

    @property
    def is_group(self) -> bool:
        return isinstance(self.tree, Mapping) and "layers" in self.tree.entries and "type" not in self.tree.entries

    @property
    def use(self) -> Tree | None:
        return self.tree.get("use") if isinstance(self.tree, Mapping) else None


class _Expander:
    def __init__(self, document: Document, report: list[Diagnostic]) -> None:
        self.document = document
        self.report = report
        self.nodes: list[Node] = []
        self.ties: list[tuple[Node, Mapping]] = []

    def run(self) -> Graph:
        document = self.document
        assert document.inputs is not None
        assert document.layers is not None
        root = Scope(document.name or "Network", "")
        for declared in document.inputs:
            op = NetworkInput.model_construct(shape=declared.shape, dtype=declared.dtype)
            place = LayerPlace(declared.span, Invalid(declared.span))
            node = self._node(declared.name, "input", op, (), place, Settings())
            root.inputs[declared.name] = Ref(node.index, DEFAULT_PORT, declared.span)
        self._fill(root, document.layers, document.outputs)
        self._tie_all()
        references = tuple(Reference(s.title, s.year, s.authors, s.url) for s in document.sources)
        return Graph(root.name, document.source.path, document.doc, references, self.nodes, root, document.root.span)

    # One scope ---------------------------------------------------------------------------------------------------

    def _fill(self, scope: Scope, layers: Mapping | Sequence, outputs: Mapping | None) -> None:
        members = self._members(scope, layers)
        if not members:
            self._error("E0109", "there is no layer here", layers.span, help="add a layer, such as relu: ReLU")
        index = {member.name: i for i, member in enumerate(members)}
        for i, member in enumerate(members):
            self._read_references(scope, members, index, i, member)
        for i in self._order(members):
            built = self._build(scope, members, index, members[i])
            members[i].built = built
            scope.members.append(built)
        self._outputs(scope, members, index, outputs)

    def _members(self, scope: Scope, layers: Mapping | Sequence) -> list[_Member]:
        if isinstance(layers, Sequence):
            return [_Member(str(i), _start(item.span), item)
                    for i, item in enumerate(layers.items)]  # fmt: skip
        members = []
        for entry in layers.entries.values():
            reason = why_no_layer_name(entry.key)
            if reason is None and entry.key in scope.inputs:
                reason = "is the name of an input"
            if reason:
                better = suggest(entry.key)
                self._error("E0107", f'the name "{clip(entry.key)}" {reason}', entry.key_span,
                            label="it becomes an attribute of the module",
                            help=f"call it {better}" if better else "use letters, digits and underscores",
                            layer=_join(scope.path, clip(entry.key)))  # fmt: skip
            members.append(_Member(entry.key, entry.key_span, entry.value))
        return members

    def _read_references(
        self, scope: Scope, members: list[_Member], index: dict[str, int], i: int, member: _Member
    ) -> None:
        """Fills in what a member reads and which members must come before it."""
        tree = member.tree
        written = tree.get("from") if isinstance(tree, Mapping) else None
        if written is not None:
            items = written.items if isinstance(written, Sequence) else [written]
            member.reads = [
                self._reference(scope, members, index, item, _join(scope.path, member.name)) for item in items
            ]
        elif not _reads_nothing(tree):
            member.reads = [self._default(scope, members, i, member)]
        for read in member.reads:
            if read is not None and read.name in index:
                member.waits.add(index[read.name])
        use = member.use
        if isinstance(use, Scalar) and isinstance(use.value, str) and use.value in index:
            member.waits.add(index[use.value])

    def _default(self, scope: Scope, members: list[_Member], i: int, member: _Member) -> _Written | None:
        """The layer above, or the scope's only input."""
        if i > 0:
            return _Written(members[i - 1].name, None, None)
        names = list(scope.inputs)
        if len(names) == 1 or "input" in names:
            return _Written("input" if "input" in names else names[0], None, None)
        self._error("E0203", f"{_join(scope.path, member.name)} has no layer above it, and there are {len(names)} inputs",
                    member.span, help=f"say which: from: {names[0]}" if names else "",
                    layer=_join(scope.path, member.name))  # fmt: skip
        return None

    def _reference(self, scope: Scope, members: list[_Member], index: dict[str, int], item: Tree, path: str
                   ) -> _Written | None:  # fmt: skip
        """A written reference, `name` or `name.port`, resolved against the scope's names."""
        if isinstance(item, Invalid):
            return None
        if not isinstance(item, Scalar) or not isinstance(item.value, (str, int)) or isinstance(item.value, bool):
            self._error("E0105", f"{path}: from takes the name of a layer, or a list of names, not {describe(item)}",
                        item.span, layer=path)  # fmt: skip
            return None
        text = item.text
        name, _, port = text.partition(".")
        if name in index or name in scope.inputs:
            return _Written(name, port or None, item.span)
        self._nothing(text, name, chain(index, scope.inputs), item.span, path)
        return None

    def _nothing(self, text: str, name: str, known: Iterable[str], span: Span, path: str) -> None:
        known, listed = tee(known)
        near = nearest(name, known)
        first = list(islice(listed, 9))
        shown = ", ".join(first[:8]) + (", …" if len(first) > 8 else "")
        self._error("E0201", f"{path} refers to {clip(text)}, but nothing here has that name", span,
                    label=f"did you mean {near}?" if near else "no such layer",
                    help=f"write {near}" if near else f"the names here are {shown}", layer=path or None)  # fmt: skip

    def _order(self, members: list[_Member]) -> list[int]:
        """The order of computation: the order written, except where a layer reads one below it. Reports cycles."""
        if all(max(member.waits, default=-1) < i for i, member in enumerate(members)):
            return list(range(len(members)))
        waiting = [len(member.waits) for member in members]
        followers: list[list[int]] = [[] for _ in members]
        for i, member in enumerate(members):
            for j in member.waits:
                followers[j].append(i)
        ready = [i for i, count in enumerate(waiting) if count == 0]
        order: list[int] = []
        while ready:
            i = heapq.heappop(ready)
            order.append(i)
            for j in followers[i]:
                waiting[j] -= 1
                if waiting[j] == 0:
                    heapq.heappush(ready, j)
        left = sorted(set(range(len(members))) - set(order))
        for cycle in _find_cycles(members, set(left)):
            self._report_cycle(members, cycle)
        # What waited for a cycle is computed after it, from what is unknown then, and nothing more is said of it.
        names = {members[i].name for i in left}
        for i in left:
            members[i].reads = [None if read and read.name in names else read for read in members[i].reads]
        return [*order, *left]

    def _report_cycle(self, members: list[_Member], cycle: list[int]) -> None:
        names = [members[i].name for i in cycle]
        inside = set(names)
        shown = names if len(names) <= 8 else [*names[:4], "…", *names[-3:]]
        labels = tuple(Label(members[i].span, f"waits for {members[cycle[(k + 1) % len(cycle)]].name}")
                       for k, i in enumerate(cycle) if k > 0)[:8]  # fmt: skip
        first = members[cycle[0]]
        read = next((r.span for r in first.reads if r and r.span and r.name in inside), None)
        self.report.append(Diagnostic(
            "E0202", f"{' → '.join([*shown, names[0]])}: each waits for the next, so none can be computed", read or first.span,
            label=f"{first.name} waits for {names[1 % len(names)]}", labels=labels,
            help="let one of them read something that is computed before it"))  # fmt: skip

    # Members -----------------------------------------------------------------------------------------------------

    def _build(self, scope: Scope, members: list[_Member], index: dict[str, int], member: _Member) -> Node | Scope:
        path = _join(scope.path, member.name)
        refs = tuple(self._resolve(scope, members, index, read, path) for read in member.reads)
        if member.use is not None:
            return self._use(scope, members, index, member, path, refs)
        if member.is_group:
            return self._group(scope, member, path, refs)
        tree = member.tree
        if isinstance(tree, Mapping) and "type" not in tree.entries:
            if not _has_invalid(tree):
                self._error("E0102", f"{path} has no type", member.span, label="type is missing", layer=path,
                            help=f"write {member.name}: {{type: ReLU}}, or layers: for a group")  # fmt: skip
            return self._node(path, "?", None, refs, member.place, Settings())
        if not isinstance(tree, (Mapping, Scalar)) or (isinstance(tree, Scalar) and not isinstance(tree.value, str)):
            if not isinstance(tree, Invalid):
                self._error("E0100", f"{path} takes a type or a mapping, not {describe(tree)}", tree.span, layer=path,
                            help=f"write {member.name}: ReLU, or {member.name}: {{type: …}}")  # fmt: skip
            return self._node(path, "?", None, refs, member.place, Settings())
        type_name, op = build_op(path, member.place, tree, self.report)
        settings = read_settings(path, tree, op, self.document.init, type_name, self.report)
        op = self._check_count(path, op, member, refs)
        node = self._node(path, type_name, op, refs, member.place, settings)
        self._keep_tie(node, tree)
        return node

    def _resolve(self, scope: Scope, members: list[_Member], index: dict[str, int], read: _Written | None, path: str
                 ) -> Ref | None:  # fmt: skip
        """The node and port behind a reference; groups and inputs are seen through."""
        if read is None:
            return None
        if read.name in index:
            built = members[index[read.name]].built
            if isinstance(built, Node):
                return Ref(built.index, read.port, read.span)
            if built is None:
                return None
            return self._port_of(built.outputs, read, path)
        return self._port_of({DEFAULT_PORT: scope.inputs[read.name]}, read, path)

    def _port_of(self, outputs: dict[str, Ref | None], read: _Written, path: str) -> Ref | None:
        port = read.port or DEFAULT_PORT
        if port in outputs:
            found = outputs[port]
            return Ref(found.node, found.port, read.span) if found else None
        if read.span is not None:
            self._error("E0204", f"{path} reads {read.name}.{clip(port)}, but {read.name} has the outputs "
                        f"{', '.join(outputs) or 'none'}", read.span, layer=path)  # fmt: skip
        return None

    def _check_count(self, path: str, op: Op | None, member: _Member, refs: tuple[Ref | None, ...]) -> Op | None:
        if op is None:
            return None
        least, most = op.arity
        if len(refs) >= least and (most is None or len(refs) <= most):
            return op
        if isinstance(member.tree, Mapping) and isinstance(member.tree.get("from"), Invalid):
            return None
        takes = f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
        span = member.place.argument("from") or member.place.type
        self._error("E0203", f"{path} reads {len(refs)} tensor{'' if len(refs) == 1 else 's'}, but {type(op).__name__} takes "
                    f"{takes}", span, label=f"{takes} expected", layer=path,
                    help="name them: from: [a, b]" if least > 1 else "write one name: from: a" if most == 1 else "")  # fmt: skip
        return None

    def _group(self, scope: Scope, member: _Member, path: str, refs: tuple[Ref | None, ...]) -> Scope:
        assert isinstance(member.tree, Mapping)
        tree = member.tree
        subject = Subject(path, member.span, path, "a group")
        for key, entry in tree.entries.items():
            if key in LATER_KEYS:
                self._error("E0108", f"{path}: {key} belongs to the language, but this version does not do it yet",
                            entry.key_span, layer=path, help="write the layers out")  # fmt: skip
            elif key not in GROUP_KEYS:
                self.report.append(unknown_key(key, entry.key_span, subject, GROUP_KEYS))
        group = Scope(member.name, path, doc=_plain_text(tree.get("doc")))
        group.inputs = dict(zip(self._input_names(tree, refs, path, member), refs, strict=False))
        layers, outputs = tree.get("layers"), tree.get("outputs")
        if not isinstance(layers, (Mapping, Sequence)):
            if not isinstance(layers, Invalid):
                self._error("E0109", f"{path} has no layers in it", tree.entries["layers"].key_span, layer=path)
            group.outputs = {DEFAULT_PORT: None}
            return group
        self._fill(group, layers, outputs if isinstance(outputs, Mapping) else None)
        return group

    def _input_names(self, tree: Mapping, refs: tuple[Ref | None, ...], path: str, member: _Member) -> list[str]:
        declared = tree.get("inputs")
        if declared is None:
            if len(refs) == 1:
                return ["input"]
            self._error("E0203", f"{path} reads {len(refs)} tensors without names for them", member.span, layer=path,
                        help="name them: inputs: [a, b]")  # fmt: skip
            return [f"input{i}" for i in range(len(refs))]
        items = declared.items if isinstance(declared, Sequence) else []
        names = [item.text for item in items if isinstance(item, Scalar) and why_no_layer_name(item.text) is None]
        if len(names) != len(refs) or len(set(names)) != len(names):
            self._error("E0203", f"{path} reads {len(refs)} tensors, but inputs has {len(set(names))} usable names for them",
                        declared.span, layer=path)  # fmt: skip
            return [f"input{i}" for i in range(len(refs))]
        return names

    def _use(self, scope: Scope, members: list[_Member], index: dict[str, int], member: _Member, path: str,
             refs: tuple[Ref | None, ...]) -> Node | Scope:  # fmt: skip
        """An earlier layer or group again, with the same parameters."""
        assert isinstance(member.tree, Mapping)
        tree, use = member.tree, member.use
        subject = Subject(path, member.span, path, "a layer with use")
        for key, entry in tree.entries.items():
            if key not in USE_KEYS:
                self.report.append(unknown_key(key, entry.key_span, subject, USE_KEYS))
        target = None
        if isinstance(use, Scalar) and use.value is not None:
            if use.text in index:
                target = members[index[use.text]].built
            else:
                self._nothing(use.text, use.text, index, use.span, path)
        elif use is not None and not isinstance(use, Invalid):
            self._error("E0105", f"{path}: use takes the name of a layer, not {describe(use)}", use.span, layer=path)
        settings = Settings(doc=_plain_text(tree.get("doc")))
        if isinstance(target, Scope):
            self._need_room(sum(1 for _ in target.nodes()), member.span)
            return self._copy(target, member.name, path, refs, member)
        if target is None or target.op is None or not self._check_count(path, target.op, member, refs):
            return self._node(path, target.type if target else "?", None, refs, member.place, settings)
        node = self._node(path, target.type, target.op, refs, member.place, settings)
        node.shares = target.index if target.shares is None else target.shares
        return node

    def _copy(self, original: Scope, name: str, path: str, refs: tuple[Ref | None, ...], member: _Member) -> Scope:
        """A group again, on other inputs: its nodes once more, each sharing the original's parameters."""
        copy = Scope(name, path, doc=original.doc, shares=original.shares or original)
        if len(refs) != len(original.inputs):
            self._error("E0203", f"{path} reads {len(refs)} tensors, but {original.name} takes {len(original.inputs)}",
                        member.place.argument("from") or member.span, layer=path)  # fmt: skip
        outer = {ref.node: new for ref, new in zip(original.inputs.values(), refs, strict=False) if ref is not None}
        ports = {(ref.node, ref.port): new for ref, new in zip(original.inputs.values(), refs, strict=False) if ref}
        copy.inputs = dict(zip(original.inputs, refs, strict=False))
        moved: dict[int, int] = {}

        def translate(ref: Ref | None) -> Ref | None:
            if ref is None:
                return None
            if ref.node in moved:
                return Ref(moved[ref.node], ref.port, ref.span)
            return ports.get((ref.node, ref.port), outer.get(ref.node))

        def copy_into(source: Scope, target: Scope) -> None:
            for item in source.members:
                inner_path = _join(target.path, item.name)
                if isinstance(item, Node):
                    settings = Settings(item.doc)
                    inputs = tuple(translate(ref) for ref in item.inputs)
                    node = self._node(inner_path, item.type, item.op, inputs, item.place, settings)
                    node.shares = item.index if item.shares is None else item.shares
                    moved[item.index] = node.index
                    target.members.append(node)
                else:
                    inner = Scope(item.name, inner_path, doc=item.doc, shares=item.shares or item)
                    inner.inputs = {key: translate(ref) for key, ref in item.inputs.items()}
                    copy_into(item, inner)
                    target.members.append(inner)
            target.outputs = {port: translate(ref) for port, ref in source.outputs.items()}

        copy_into(original, copy)
        return copy

    def _outputs(self, scope: Scope, members: list[_Member], index: dict[str, int], outputs: Mapping | None) -> None:
        if outputs is None or not outputs.entries:
            last = members[-1] if members else None
            ref = self._resolve(scope, members, index, _Written(last.name, None, None), scope.path) if last else None
            scope.outputs = {DEFAULT_PORT: ref}
            return
        for entry in outputs.entries.values():
            where = f"the output {clip(entry.key)}"
            reason = why_no_layer_name(entry.key) if not entry.key.isidentifier() else None
            if reason:
                self._error("E0107", f'the output name "{clip(entry.key)}" {reason}', entry.key_span)
                continue
            read = self._reference(scope, members, index, entry.value, where)
            scope.outputs[entry.key] = self._resolve(scope, members, index, read, where)

    # Ties --------------------------------------------------------------------------------------------------------

    def _keep_tie(self, node: Node, tree: Tree) -> None:
        tie = tree.get("tie") if isinstance(tree, Mapping) else None
        if isinstance(tie, Mapping):
            self.ties.append((node, tie))
        elif tie is not None and not isinstance(tie, Invalid):
            self._error("E0105", f"{node.path}: tie takes a mapping, not {describe(tie)}", tie.span, layer=node.path,
                        help="write tie: {weight: other_layer.weight}")  # fmt: skip

    def _tie_all(self) -> None:
        by_path = {node.path: node for node in self.nodes if not node.is_input}
        for node, tie in self.ties:
            scope = node.path.rpartition(".")[0]
            for entry in tie.entries.values():
                text = entry.value.text if isinstance(entry.value, Scalar) else ""
                layer, _, parameter = text.rpartition(".")
                target = by_path.get(_join(scope, layer)) or by_path.get(layer)
                if target is None or target is node or not parameter:
                    if not isinstance(entry.value, Invalid):
                        self._nothing(text or "nothing", layer, [p for p in by_path if p != node.path], entry.value.span,
                                      node.path)  # fmt: skip
                    continue
                node.ties = (*node.ties, Tie(entry.key, target.index, parameter, entry.value.span))

    def _need_room(self, more: int, span: Span) -> None:
        """Raises before groups that use groups double beyond the limit."""
        if len(self.nodes) + more > MAX_LAYERS:
            message = f"the network would have more than {MAX_LAYERS:,} layers"
            raise TooLarge(Diagnostic("E0007", message, span, label="this use goes beyond it"))

    # Helpers -----------------------------------------------------------------------------------------------------

    def _node(self, path: str, type_name: str, op: Op | None, refs: tuple[Ref | None, ...], place: Place,
              settings: Settings) -> Node:  # fmt: skip
        node = Node(len(self.nodes), path, type_name, op, refs, place, settings.doc, settings.inits, settings.constraints,
                    frozen=settings.frozen)  # fmt: skip
        self.nodes.append(node)
        return node

    def _error(
        self, code: str, message: str, span: Span, label: str = "", help: str = "", layer: str | None = None
    ) -> None:
        self.report.append(Diagnostic(code, message, span, label=label, help=help, layer=layer))


def _find_cycles(members: list[_Member], left: set[int]) -> list[list[int]]:
    """Cycles that share no member, among members that all wait for another: each follows the first it waits for."""
    follows = {i: min(members[i].waits & left) for i in left}
    seen: dict[int, int] = {}  # the walk in which a member was met
    found: list[list[int]] = []
    for walk, start in enumerate(sorted(left)):
        i = start
        while i not in seen:
            seen[i] = walk
            i = follows[i]
        if seen[i] != walk:
            continue
        cycle = [i]
        while follows[cycle[-1]] != i:
            cycle.append(follows[cycle[-1]])
        first = cycle.index(min(cycle))
        found.append(cycle[first:] + cycle[:first])
    return found


def _reads_nothing(tree: Tree) -> bool:
    """Whether a layer is of a type that has no inputs (a Parameter, say)."""
    from archspec.ops import registry

    type_node = tree.get("type") if isinstance(tree, Mapping) else tree
    if not isinstance(type_node, Scalar) or not isinstance(type_node.value, str):
        return False
    found = registry.find(type_node.value)
    return found is not None and found.arity == (0, 0)


def _has_invalid(tree: Mapping) -> bool:
    return isinstance(tree.get("type"), Invalid)


def _plain_text(node: Tree | None) -> str:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _start(span: Span) -> Span:
    """A one-line span that begins where this one does."""
    return span if span.end_line == span.line else Span(span.source, span.line, span.column, span.line, span.column + 1)
