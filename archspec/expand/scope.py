"""A document to a graph: scope by scope, each member a layer, a group, a repeat, a block's use or an earlier layer again.

Enters: a `Document` and what infers shapes; leaves: a `Graph` and diagnostics. A layer in error becomes a node without an op,
so that what can still be said of the rest is said, and nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Protocol

from archspec.diagnostics.model import Diagnostic, has_errors
from archspec.dims import Shape
from archspec.document.blocks import Block, let_values, text_of
from archspec.document.listed_outputs import read_outputs
from archspec.document.model import Document, InputDeclaration
from archspec.document.names import suggest
from archspec.document.tree import Entry, Invalid, Mapping, Scalar, Sequence, clip
from archspec.document.tree import Node as Tree
from archspec.document.validate import Subject, unknown_key
from archspec.document.values import Evaluator
from archspec.expand.arity import check_count
from archspec.expand.block_use import input_names, named_in_list, read_arguments, recursion
from archspec.expand.copies import repeat_scope, share_scope
from archspec.expand.folding import Folding, Unlike, count_layers, read_by
from archspec.expand.freezing import contradiction, read_whole
from archspec.expand.inside import Inside, inside
from archspec.expand.kept_layers import Alike, Expanded, KeptLayers
from archspec.expand.layer import CONTROL_KEYS, PYTHON, LayerPlace, Settings, is_train_only
from archspec.expand.layers import Layers
from archspec.expand.members import Member, Members, Written, join
from archspec.expand.ports import Ports, Reader
from archspec.expand.references import References, name_in
from archspec.expand.room import Room, TooDeep, too_large
from archspec.expand.sharing import differing, share, share_scopes
from archspec.expand.size import least_size
from archspec.expand.ties import need_module, tie_all
from archspec.expand.training import need_computed, need_result
from archspec.expressions.environment import Environment, Names
from archspec.expressions.value import Unknown, Value, key_of
from archspec.expressions.work import Exhausted
from archspec.graph import DEFAULT_PORT, FromInput, FromSlot, Graph, Node, Place, Ref, Reference, Scope, Slot, Use, Wire
from archspec.limits import MAX_COUNTED_LAYERS, MAX_LAYERS, MAX_SCOPE_DEPTH
from archspec.names import why_no_layer_name
from archspec.ops import registry
from archspec.ops.base import Op, Tensor
from archspec.ops.input import NetworkInput
from archspec.source import Span
from archspec.words import counted

GROUP_KEYS = ("layers", "from", "inputs", "outputs", "doc", "mode", "freeze", *CONTROL_KEYS)
USE_KEYS = ("use", "from", "doc", "when", "mode", "freeze")


class Shapes(Protocol):
    """What infers shapes, node by node as they are made: conditions may ask for the shapes of a scope's inputs."""

    def add(self, node: Node) -> None:
        """Infers a node's output shapes; its inputs have been added before."""

    def add_as(self, node: Node, known: object) -> None:
        """The same for a node on tensors of which it is known what becomes of them, as `known_of` answered it."""

    def known_of(self, node: Node) -> object:
        """What is known of a node that was added."""

    def tensor(self, ref: Ref | None) -> Tensor | None:
        """The tensor behind a reference; None where it is not known."""

    def forget(self, ref: Ref | None) -> None:
        """Makes the tensor behind a reference, and so what follows from it, one that is not known."""

    @property
    def is_by_path(self) -> bool:
        """Whether layers may be something else by where they stand."""

    def ports_without(self, ref: Ref) -> Collection[str] | None:
        """The outputs of a reference's node where none of them is the one meant; None where it is, or they are not known."""


def expand(
    document: Document,
    report: list[Diagnostic],
    follow: Callable[[Graph], Shapes],
    kept: KeptLayers | None = None,
    folding: Folding | None = None,
) -> Graph | None:
    """The graph of a document; None where there is nothing to build one from. `follow` is given the graph as it grows, and
    `kept` are layers of the same text with other values.

    Long repeats are written out, or folded as `folding` has it. Raises Unlike where steps turn out to differ, and Unwritten where
    one is meant that is not written out, and TooLarge where there is more than is allowed.
    """
    if document.layers is None or document.inputs is None:
        return None
    try:
        return _Expander(document, report, follow, kept if kept is not None else KeptLayers(), folding).run()
    except TooDeep as error:
        report.append(error.diagnostic)
    except Exhausted:  # it has been said
        pass
    return None


class _Expander:
    def __init__(
        self,
        document: Document,
        report: list[Diagnostic],
        follow: Callable[[Graph], Shapes],
        kept_layers: KeptLayers,
        folding: Folding | None,
    ) -> None:
        self.document = document
        self.kept_layers = kept_layers
        self.folding = folding
        self.report = report
        self.ties: dict[int, tuple[Node, Mapping]] = {}  # by the node's index
        self.uses: dict[Alike, Expanded] = {}  # the first use of a block, of those that are alike
        self.first: dict[
            str, Node
        ] = {}  # of a scope that is used again and expanded anew: whose parameters, by the new paths
        self.evaluator = Evaluator(report, document.work)
        self.layers = Layers(document, report, self.evaluator, kept_layers)
        kept_layers.need_blocks(document.blocks.values())
        self.cut = folding.cut if folding is not None else None
        self.room = Room() if self.cut is None else Room(self.cut.layers)
        self.members = Members(report, self.evaluator, self.room, folding)
        self.using: list[str] = []  # the blocks that are being expanded, outermost first
        self.depth = 0
        self.train_only = False
        self.frozen = False  # whether what says nothing itself does not train
        self.is_freeze_lost = False  # whether what a group says of that could not be read
        self.named_lists: set[str] = set()  # the scopes whose layers stand in a list and have names, which is said once
        self.looked_at: set[Span] = set()  # where layers stand that `when` left out, and whose types were looked at
        references = tuple(Reference(s.title, s.year, s.authors, s.url) for s in document.sources)
        root = Scope(document.name or "Network", "")
        self.graph = Graph(root.name, document.source.path, document.doc, references, [], root, document.root.span)
        self.graph.arguments = frozenset((*document.args, *document.symbols))
        self.nodes = self.graph.nodes
        self.shapes = follow(self.graph)
        self.ports = Ports(self.shapes, self.nodes, report, self._inside)

    def run(self) -> Graph:
        document = self.document
        assert document.inputs is not None
        assert document.layers is not None
        root = self.graph.root
        at_least = least_size(document, self.folding) if self.cut is None else 0
        if at_least > MAX_LAYERS:
            count = f"at least {at_least:,} layers" if at_least < 10**9 else "billions of layers"
            raise too_large(document.layers.span, count)
        for declared in document.inputs:
            op = NetworkInput.model_construct(shape=declared.shape, dtype=declared.dtype)
            place = LayerPlace(declared.span, _shape_of(declared, document))
            node = self._node(declared.name, "input", op, (), place, Settings())
            root.inputs[declared.name] = Ref(node.index, DEFAULT_PORT, declared.span)
        root.let = self.layers.expressions(document.root.get("let"))
        self._fill(root, document.layers, document.outputs, self._environment(root, document.values))
        tie_all(self.graph, list(self.ties.values()), self.report, is_cut=self.cut is not None)
        if self.folding is not None and (layers := count_layers(self.graph)) > MAX_COUNTED_LAYERS:
            raise too_large(document.layers.span, f"{layers:,} layers")
        self.graph.is_guessed = self.room.is_guessed
        return self.graph

    def _environment(self, scope: Scope, names: Names) -> Environment:
        """The names in a scope, and the shapes of its inputs."""

        def shape(name: str) -> Shape | None:
            tensor = self.shapes.tensor(scope.inputs[name])
            return tensor.shape if tensor else None

        return Environment(names, scope.inputs, shape, self.document.values)

    # One scope ---------------------------------------------------------------------------------------------------

    def _fill(
        self, scope: Scope, layers: Mapping | Sequence, outputs: Mapping | Invalid | None, environment: Environment
    ) -> None:
        scope.values = environment.names
        members = self.members.find(scope, layers, environment)
        if not members and not (layers.items if isinstance(layers, Sequence) else layers.entries):
            self._error("E0109", "there is no layer here", layers.span, help="add a layer, such as relu: ReLU",
                        layer=scope.path or None)  # fmt: skip
        references = References(scope, members, self.report, self.evaluator, self.room, self._declared_inputs,
                                self.nodes, self._inside)  # fmt: skip
        references.read()
        self._build_all(scope, members, references)
        self._outputs(scope, members, references, outputs)
        if not self.train_only:
            need_result(scope, members[-1].span if members else layers.span, self.nodes, self.report)

    def _build_all(self, scope: Scope, members: list[Member], references: References) -> None:
        self.depth += 1
        if self.depth > MAX_SCOPE_DEPTH:
            raise TooDeep(Diagnostic("E0507", f"{scope.path[:60]}… is nested more than {MAX_SCOPE_DEPTH} deep",
                                      members[0].span if members else self.graph.span.start(),
                                      help="use fewer blocks inside blocks"))  # fmt: skip
        scope.order = references.order()
        for member in members:
            reads = tuple(_wire(read) for read in member.reads)
            name = member.name if member.is_named else None
            scope.slots.append(Slot(member.key, name, reads, member.place, member.is_conditional, member.values,
                                    more=member.more))  # fmt: skip
        for i in scope.order:
            member = members[i]
            path = join(scope.path, member.name)
            refs = tuple(
                self.ports.resolve(scope, members, read, _reader(scope, member, path, position))
                for position, read in enumerate(member.reads)
            )
            if not member.is_kept:
                member.alias = refs[0] if refs else None
                self._look_at(member, path)
                continue
            outer = self.train_only
            scope.slots[i].train_only = is_train_only(path, member.tree, self.report)
            self.train_only = outer or scope.slots[i].train_only
            is_outer_frozen = self.frozen
            self.frozen = self._freezes(member, path)
            member.built = scope.slots[i].member = self._build(scope, members, references, member, path, refs)
            self.train_only, self.frozen = outer, is_outer_frozen
            if isinstance(member.built, Node) and "." in member.name:
                member.built.dotted = member.name
                need_module(member.built, self.report)
            scope.members.append(member.built)
            if member.is_followed:
                self._follow(scope, members, i)
            elif member.more:
                self._need_alike(members[i - 1], member)
        self.depth -= 1

    def _follow(self, scope: Scope, members: list[Member], i: int) -> None:
        """Ends a long chain at a step that is in error, whose output is not known: nothing is known behind it, and it stands for
        the others. It ends too where it is followed no further.
        """
        member = members[i]
        built = member.built
        refs = (
            [Ref(built.index, None, None)] if isinstance(built, Node) else list(built.outputs.values()) if built else []
        )
        if has_errors(self.report) and None in map(self.shapes.tensor, refs):
            self.looked_at.add(member.tree.span)
            for later in members[i + 1 :]:
                if later.key[0] != member.key[0]:
                    break
                later.is_kept = False  # as what `when` leaves out: it is read through
                member.more += 1 + later.more
            scope.slots[i].more = member.more
        elif member.more:
            for ref in refs:
                self.shapes.forget(ref)
            self.graph.cut = self.graph.cut or (scope.path if scope.is_repeat else join(scope.path, member.name))

    def _freezes(self, member: Member, path: str) -> bool:
        """Whether the layers in a group, or in a block's use, do not train unless they say so. A repeat's steps say it each."""
        tree = member.tree
        written = tree.get("freeze") if isinstance(tree, Mapping) and not member.instances else None
        if written is None or not isinstance(tree, Mapping) or member.use is not None:
            return self.frozen
        block = None if member.is_group else self.layers.block_of(tree, member.environment)
        if block is None and not member.is_group:
            return self.frozen
        node = self.evaluator.tree(written, member.environment, path)
        found = read_whole(path, node, "a group" if block is None else block.name, self.report)
        self.is_freeze_lost |= found is None
        return self.frozen if found is None else found

    def _need_alike(self, before: Member, last: Member) -> None:
        """Raises Unlike where the last step that is written out reads anything else than the one before it read."""
        read = [
            [self.shapes.tensor(ref) for ref in read_by(step.built)] if step.built is not None else [None]
            for step in (before, last)
        ]
        if None in (*read[0], *read[1]) and (self.report or self.cut is not None):
            return  # what is wrong is told of the steps that there are; behind the end of what is followed nothing is
        if read[0] != read[1] or None in read[0] or self.shapes.is_by_path:
            raise Unlike(last.tree.span)

    def _look_at(self, member: Member, path: str) -> None:
        """Types in what `when` leaves out, once for all times that it is written."""
        if member.tree.span in self.looked_at:
            return
        from archspec.expand.kept_out import look_at_types

        self.looked_at.add(member.tree.span)
        look_at_types(path, member.tree, self.document.blocks, self.report)

    # Members -----------------------------------------------------------------------------------------------------

    def _build(self, scope: Scope, members: list[Member], references: References, member: Member, path: str,
               refs: tuple[Ref | None, ...]) -> Node | Scope:  # fmt: skip
        if member.use is not None:
            return self._use(scope, members, references, member, path, refs)
        if member.instances:
            return self._repetition(member, path, refs)
        if self._is_layer_as_type(scope, references, member, path):
            return self._node(path, "?", None, refs, member.place, Settings())
        return self._one(scope, member, path, refs)

    def _is_layer_as_type(self, scope: Scope, references: References, member: Member, path: str) -> bool:
        """Whether a layer of this scope, or an input, stands where a type should, which is then reported."""
        tree = member.tree
        if member.is_group or not isinstance(tree, (Mapping, Scalar)):
            return False
        name = self.layers.type_name(tree, member.environment)
        if name is None or name == member.name or name in self.document.blocks or registry.find(name) is not None:
            return False
        if name not in references.index and name not in scope.inputs:
            return False
        from archspec.expand.spoken import layer_as_type

        found = layer_as_type(path, name, tree, name in references.index)
        self.report += [found] if found is not None else []
        return found is not None

    def _one(self, scope: Scope, member: Member, path: str, refs: tuple[Ref | None, ...]) -> Node | Scope:
        """A layer, a group or a block's use."""
        if member.is_group:
            return self._group(member, path, refs)
        tree = member.tree
        if isinstance(tree, Mapping) and "type" not in tree.entries:
            if not isinstance(tree.get("type"), Invalid):
                self._no_type(scope, member, tree, path)
            return self._node(path, "?", None, refs, member.place, Settings())
        if not isinstance(tree, (Mapping, Scalar)) or (isinstance(tree, Scalar) and not isinstance(tree.value, str)):
            if not isinstance(tree, Invalid):
                from archspec.expand.other_styles import no_layer

                self.report.append(no_layer(tree, member.name, path, member.span))
            return self._node(path, "?", None, refs, member.place, Settings())
        block = self.layers.block_of(tree, member.environment)
        if block is not None:
            return self._use_block(block, member, path, refs)
        if self.layers.may_be_lost(tree, member.environment):
            self.room.is_guessed = True
            return self._node(path, "?", None, refs, member.place, Settings())
        type_name, op, settings = self.layers.layer(scope, path, member)
        named = len(settings.inits) + len(settings.constraints) + len(settings.frozen_parameters)
        if named:  # analyses and lints look at each of them, in each layer
            self.evaluator.charge(named, tree, path)
        if (
            op is None
            and self.document.blocks
            and registry.find(type_name) is None
            and not type_name.startswith(PYTHON)
        ):
            self.room.is_guessed = True  # it may be a block's name, misspelt
        op = op and check_count(path, op, member.place, member.tree, refs, self.report)
        if settings.frozen is None and self.frozen:
            settings = settings._replace(frozen=True)
        node = self._node(path, type_name, op, refs, member.place, settings)
        if settings.tie is not None and path not in self.first:
            self.ties[node.index] = node, settings.tie
        return node

    def _no_type(self, around: Scope, member: Member, tree: Mapping, path: str) -> None:
        """E0102; once for a list whose layers have names."""
        from archspec.expand.other_styles import missing_type, misspelt_type, name_in_a_list, type_as_key
        from archspec.expand.python_layers import Known

        if not tree.is_whole:
            return
        scope = path.rpartition(".")[0]
        named = (
            named_in_list(tree, self.document.blocks)
            if self._is_item(member, tree) and misspelt_type(tree) is None
            else None
        )
        other = None if named is not None or len(tree.entries) != 1 else type_as_key(tree, path)
        if other is not None:
            self.report.append(other)
        elif named is None:
            known = Known(member.environment.names, self.document.blocks, self.layers.readable(around))
            self.report.append(missing_type(tree, member.name, path, member.span, known))
        elif scope not in self.named_lists:
            self.named_lists.add(scope)
            is_named = partial(named_in_list, blocks=self.document.blocks)
            self.report.append(name_in_a_list(path, tree, named, self.document.root, is_named))

    @staticmethod
    def _is_item(member: Member, tree: Mapping) -> bool:
        return member.span == tree.span.start()

    # Groups, repeats and blocks ----------------------------------------------------------------------------------

    def _scope(self, member: Member, path: str) -> Scope:
        scope = Scope(member.name, path, doc=self._doc(member, path))
        self.room.scopes(1, member.span)
        self.graph.scopes[path] = scope
        return scope

    def _group(self, member: Member, path: str, refs: tuple[Ref | None, ...]) -> Scope:
        assert isinstance(member.tree, Mapping)
        tree = member.tree
        subject = Subject(path, member.span, path, "a group")
        for key, entry in tree.entries.items():
            if key not in GROUP_KEYS:
                self.report.append(unknown_key(key, entry.key_span, subject, GROUP_KEYS, value=entry.value))
        group = self._scope(member, path)
        names = input_names(tree, len(refs), path, member, self.report)
        group.inputs = dict(zip(names, refs if len(refs) == len(names) else (None,) * len(names), strict=True))
        group.let = self.layers.expressions(tree.get("let"))
        layers, outputs = tree.get("layers"), read_outputs(tree.get("outputs"), f"outputs of {path}", self.report, path)
        if not isinstance(layers, (Mapping, Sequence)):
            if not isinstance(layers, Invalid):
                self._no_layers(tree.entries["layers"], path)
            group.outputs = {DEFAULT_PORT: None}
            return group
        environment = self._environment(group, member.environment.names)
        self._fill(group, layers, outputs, environment)
        return group

    def _no_layers(self, entry: Entry, path: str) -> None:
        """E0109 for nothing under a group's `layers:`, and E0100 for a text."""
        if not isinstance(entry.value, Scalar) or entry.value.value is None:
            self._error("E0109", f"{path} has no layers in it", entry.key_span, layer=path)
            return
        from archspec.document.no_layers import no_layers

        self.report.append(no_layers(entry, f"{path}: ", path))

    def _repetition(self, member: Member, path: str, refs: tuple[Ref | None, ...]) -> Scope:
        """A layer several times in a chain: the first input goes from one to the next, all read the others alike."""
        scope = self._scope(member, path)
        scope.is_repeat = True
        scope.values = member.environment.names
        names = self._repeat_inputs(member, refs, path)
        scope.inputs = dict(zip(names, refs, strict=True))
        members = self.members.repetition(scope, member)
        references = References(scope, members, self.report, self.evaluator, self.room, self._declared_inputs,
                                self.nodes, self._inside)  # fmt: skip
        self.room.connections(len(names) * len(members), member.span)
        for i, inner in enumerate(members):
            first = Written(members[i - 1].name, i - 1) if i else Written(names[0]) if names else None
            inner.reads = [first, *(Written(name) for name in names[1:])] if names else []
            inner.waits = {i - 1} if i else set()
        self._build_all(scope, members, references)
        last = len(members) - 1
        written = Written(members[last].name, last)
        reader = Reader(path, _chain_key(member), path, "repeat")
        scope.outputs = {DEFAULT_PORT: self.ports.resolve(scope, members, written, reader)}
        scope.results = {DEFAULT_PORT: FromSlot(last, None)}
        return scope

    def _repeat_inputs(self, member: Member, refs: tuple[Ref | None, ...], path: str) -> list[str]:
        """What a repeat calls the tensors that it reads: as the block does, if it is one."""
        block = (
            self.layers.block_of(member.tree, member.environment)
            if isinstance(member.tree, (Mapping, Scalar))
            else None
        )
        if block is not None and len(block.inputs) == len(refs):
            return list(block.inputs)
        return [f"input{i}" if i else "input" for i in range(len(refs))]

    def _declared_inputs(self, member: Member) -> tuple[str, ...]:
        """What a block, or a group that says so, calls the tensors that it reads."""
        tree = member.tree
        if not isinstance(tree, (Mapping, Scalar)):
            return ()
        if not member.is_group:
            block = self.layers.block_of(tree, member.environment)
            return block.inputs if block is not None else ()
        inputs = tree.get("inputs") if isinstance(tree, Mapping) else None
        if isinstance(inputs, Mapping):
            return tuple(inputs.entries)
        return (
            tuple(item.text for item in inputs.items if isinstance(item, Scalar))
            if isinstance(inputs, Sequence)
            else ()
        )

    def _inside(self, member: Member) -> Inside | None:
        """What stands in a group or a block's use; None of a layer, and of a repeat, of which only the last step can be read."""
        tree = member.tree
        if member.instances or not isinstance(tree, (Mapping, Scalar)):
            return None
        if member.is_group:
            assert isinstance(tree, Mapping)
            return inside(member.name, tree.get("layers"), read_outputs(tree.get("outputs"), "", []))
        block = self.layers.block_of(tree, member.environment)
        return inside(f"the block {block.name}", block.layers, block.outputs) if block is not None else None

    def _use_block(self, block: Block, member: Member, path: str, refs: tuple[Ref | None, ...]) -> Scope:
        tree = member.tree
        subject = Subject(path, member.place.name, path, block.name, member.environment.names)
        scope = self._scope(member, path)
        arguments = read_arguments(block, member, subject, self.evaluator)
        shown = {name: value for name, value in arguments.items() if not isinstance(value, Unknown)}
        defaults = {name: argument.default for name, argument in block.args.items() if not argument.required}
        scope.use = Use(block.name, member.place.type, shown, defaults, scope.doc)
        scope.doc = block.doc
        scope.outputs = dict.fromkeys(block.outputs.entries if isinstance(block.outputs, Mapping) else (DEFAULT_PORT,))
        if len(refs) != len(block.inputs):
            if not (isinstance(tree, Mapping) and isinstance(tree.get("from"), Invalid)):
                self._error("E0203", f"{path} reads {counted(len(refs), 'tensor')}, but {block.name} takes "
                            f"{len(block.inputs)}: {', '.join(block.inputs)}", member.place.argument("from") or member.place.type,
                            layer=path, help=f"name what stands for each: from: [{', '.join(block.inputs)}]")  # fmt: skip
            refs = (None,) * len(block.inputs)
        scope.inputs = dict(zip(block.inputs, refs, strict=True))
        if block.name in self.using:
            self.report.append(recursion(block, self.using, member, path))
            return scope
        if block.layers is None:
            return scope
        environment = self._environment(scope, arguments)
        environment = let_values(block.let, environment, self.evaluator, path)
        scope.let = self.layers.expressions(block.let)
        scope.outputs = {}
        is_asked = self.folding is not None and self.folding.is_asked_in(path)
        what = self._what(block, arguments, refs) if not is_asked else None
        same = self._expanded(what, tree, path) if what is not None else None
        if same is not None:
            self.room.again(same.room, member.span)
            repeat_scope(same.scope, scope, self.graph, partial(self._again, same))
            return scope
        before, left, first = self.room.taken, self.evaluator.work.left, len(self.nodes)
        said, is_guessed = len(self.report), self.room.is_guessed
        self.using.append(block.name)
        self._fill(scope, block.layers, block.outputs, environment)
        self.using.pop()
        is_whole = self.room.is_guessed == is_guessed and not self.graph.cut
        if what is not None and len(self.report) == said and is_whole:
            made = self.nodes[first:]
            inferred = tuple(map(self.shapes.known_of, made))
            taken, steps = self.room.taken - before, left - self.evaluator.work.left
            self.uses[what] = found = Expanded(scope, first, inferred, taken, steps)
            if not self.first and not self.cut and all(node.index not in self.ties for node in made):
                self.kept_layers.keep_use(what, found, [self.shapes.tensor(ref) for ref in refs])
        return scope

    def _expanded(self, what: Alike, tree: Tree, path: str) -> Expanded | None:
        """A use that is alike: an earlier one of this network, or one of a variant of it, which takes as many steps as it did."""
        if what not in self.uses and not self.first:
            kept = self.kept_layers.find_use(what)
            if kept is not None:
                self.evaluator.charge(kept.steps, tree, path)
                self.uses[what] = kept
        return self.uses.get(what)

    def _what(self, block: Block, arguments: dict[str, Value | Unknown], refs: tuple[Ref | None, ...]) -> Alike | None:
        """What all that a use of a block becomes follows from: two with the same are alike but for their names and parameters.

        None where something of it is not known, or where what layers are depends on their paths.
        """
        tensors = [self.shapes.tensor(ref) for ref in refs]
        values = key_of(arguments.values())
        waits = not self.train_only and any(ref is None or self.nodes[ref.node].train_only for ref in refs)  # an error
        if values is None or None in tensors or waits or self.shapes.is_by_path:
            return None
        read = [ref and (ref.node, ref.port) for ref in refs]
        first = map(read.index, read)  # which of them are one tensor
        how = self.folding.how if self.folding is not None else None
        return id(block.node), how, self.depth, self.train_only, self.frozen, values, *first, *map(id, tensors)

    def _use(self, scope: Scope, members: list[Member], references: References, member: Member, path: str,
             refs: tuple[Ref | None, ...]) -> Node | Scope:  # fmt: skip
        """An earlier layer or group again, with the same parameters."""
        assert isinstance(member.tree, Mapping)
        tree, use = member.tree, member.use
        subject = Subject(path, member.span, path, "a layer with use")
        name = name_in(use)
        is_block = name is not None and name in self.document.blocks and name not in references.index
        for key, entry in tree.entries.items():
            if key not in USE_KEYS and not is_block:
                self.report.append(unknown_key(key, entry.key_span, subject, USE_KEYS, value=entry.value))
        target = None
        if use is None or isinstance(use, Invalid):
            pass
        elif is_block:
            references.unknown.tell_block(tree, path)
        elif name is None:
            from archspec.expand.no_name import no_name

            self.report.append(no_name("use", use, path))
        elif name not in references.index:
            references.need_written(name)
            references.unknown.tell_use(name, use.span, path, references.index[member.name])
        else:
            used = members[references.index[name]]
            target = used.built
            if target is None and not used.is_kept:
                self._error("E0201", f"{path} uses {clip(name)}, which when leaves out here", use.span, layer=path)
        settings = Settings(doc=self._doc(member, path))
        self._need_freeze_as(target, tree, member, path)
        if isinstance(target, Scope):
            target = target.shares or target
            if self.folding is not None:
                self.folding.need_alike(target.path, path)
            if len(refs) != len(target.inputs):
                self._error("E0203", f"{path} reads {counted(len(refs), 'tensor')}, but {target.name} takes "
                            f"{len(target.inputs)}: {', '.join(target.inputs)}", member.place.argument("from") or member.span,
                            layer=path, help=f"name what stands for each: from: [{', '.join(target.inputs)}]")  # fmt: skip
            elif self._may_differ(target, refs):
                return self._expand_again(scope, members, references, member, path, refs, target)
            self.room.copy(target, member.span)
            shared = share_scope(target, member.name, path, refs, self.graph, self._copied)
            if self.graph.cut:  # it may have what was not followed to its end
                for ref in shared.outputs.values():
                    self.shapes.forget(ref)
            return shared
        op = target.op if target is not None else None
        op = op and check_count(path, op, member.place, member.tree, refs, self.report)
        if target is None or op is None:
            return self._node(path, target.type if target else "?", None, refs, member.place, settings)
        node = self._node(path, target.type, op, refs, member.place, settings)
        node.shares = target.index if target.shares is None else target.shares
        return node

    def _need_freeze_as(self, used: Node | Scope | None, tree: Mapping, member: Member, path: str) -> None:
        """E0106 where a layer or group again says otherwise than the first whether its parameters train."""
        written = tree.get("freeze")
        if written is None:
            return
        node = self.evaluator.tree(written, member.environment, path)
        is_frozen = read_whole(path, node, "a layer with use", self.report)
        if is_frozen is None or used is None or self.is_freeze_lost:
            return
        if isinstance(used, Scope):
            layers = list((used.shares or used).nodes())
        else:
            layers = [used if used.shares is None else self.nodes[used.shares]]
        found = contradiction(path, tree, is_frozen, name_in(member.use) or "", layers)
        self.report += [found] if found is not None else []

    def _may_differ(self, target: Scope, refs: tuple[Ref | None, ...]) -> bool:
        """Whether a scope without errors is used again on inputs of other shapes, which its expressions may read."""
        ours = [self.shapes.tensor(ref) for ref in refs]
        theirs = [self.shapes.tensor(ref) for ref in target.inputs.values()]
        return None not in ours and ours != theirs and all(node.op is not None for node in target.nodes())

    def _expand_again(self, scope: Scope, members: list[Member], references: References, member: Member, path: str,
                      refs: tuple[Ref | None, ...], target: Scope) -> Scope:  # fmt: skip
        """The text of a scope on other inputs, with the first one's parameters: E0205 where it becomes something else."""
        written = member
        while written.use is not None:
            written = members[references.index[name_in(written.use) or ""]]
        known, outer = len(self.uses), self.first
        self.first = outer | {path + node.path[len(target.path) :]: node for node in target.nodes()}
        again = self._build(scope, members, references, written, path, refs)
        self.first = outer
        assert isinstance(again, Scope)
        while len(self.uses) > known:  # none of them has parameters of its own
            self.uses.popitem()
        again.name = member.name
        share_scopes(target, again)
        found = differing(target, again, member.place.argument("use") or member.span, self.shapes.tensor)
        self.report += [found] if found is not None else []
        return again

    def _copied(self, item: Node, path: str, refs: tuple[Ref | None, ...]) -> Node:
        """A node once more, sharing the parameters of the first."""
        node = Node(len(self.nodes), path, item.type, item.op, refs, item.place, item.doc,
                    shares=item.index if item.shares is None else item.shares, train_only=self.train_only)  # fmt: skip
        self.nodes.append(node)
        need_computed(node, self.nodes, self.report)
        self.shapes.add(node)
        return node

    def _again(self, use: Expanded, item: Node, path: str, refs: tuple[Ref | None, ...],
               moved: Callable[[int], int]) -> Node:  # fmt: skip
        """A node once more, in another use of its block: with parameters of its own."""
        shares = None if item.shares is None else moved(item.shares)
        node = item.again(len(self.nodes), path, refs, shares)
        if path in self.first:
            share(node, self.first[path])
        self.nodes.append(node)
        self.shapes.add_as(node, use.inferred[item.index - use.first])
        tie = self.ties.get(item.index)
        if tie is not None and path not in self.first:
            self.ties[node.index] = node, tie[1]
        return node

    def _outputs(
        self, scope: Scope, members: list[Member], references: References, outputs: Mapping | Invalid | None
    ) -> None:
        owner = f"{scope.path}'s" if scope.path else "the network's"
        if isinstance(outputs, Invalid):
            scope.outputs = {DEFAULT_PORT: None}
            return
        if outputs is None or not outputs.entries:
            written = next(map(Written, scope.inputs), None)  # where nothing is left, the input goes through
            if members:
                written = Written(members[-1].name, len(members) - 1)
            place = members[-1].span if members else self.graph.span
            reader = Reader(f"{owner} {DEFAULT_PORT}", place, scope.path or None, "outputs")
            ref = self.ports.resolve(scope, members, written, reader)
            scope.outputs = {DEFAULT_PORT: ref}
            scope.results = {DEFAULT_PORT: _wire(written)}
            return
        for entry in outputs.entries.values():
            where = f"the output {clip(entry.key)}"
            reason = why_no_layer_name(entry.key) if not entry.key.isidentifier() else None
            if reason:
                better = suggest(entry.key)
                reason = "ends with a dot" if entry.key.endswith(".") else reason
                self._error("E0107", f'the output name "{clip(entry.key)}" {reason}', entry.key_span,
                            help=f"call it {better}" if better else "")  # fmt: skip
            read = references.reference(entry.value, where)
            reader = Reader(f"{owner} {clip(entry.key)}", entry.key_span, scope.path or None, "outputs")
            scope.outputs[entry.key] = self.ports.resolve(scope, members, read, reader)
            scope.results[entry.key] = _wire(read)

    # Helpers -----------------------------------------------------------------------------------------------------

    def _doc(self, member: Member, path: str) -> str:
        return text_of(path, "doc", member.tree, self.report, path) if isinstance(member.tree, Mapping) else ""

    def _node(self, path: str, type_name: str, op: Op | None, refs: tuple[Ref | None, ...], place: Place,
              settings: Settings) -> Node:  # fmt: skip
        node = Node(len(self.nodes), path, type_name, op, refs, place, settings.doc, settings.inits, settings.constraints,
                    frozen=bool(settings.frozen), frozen_parameters=settings.frozen_parameters,
                    train_only=self.train_only)  # fmt: skip
        if path in self.first:
            share(node, self.first[path])
        self.nodes.append(node)
        need_computed(node, self.nodes, self.report)
        self.shapes.add(node)
        return node

    def _error(
        self, code: str, message: str, span: Span, label: str = "", help: str = "", layer: str | None = None
    ) -> None:
        self.report.append(Diagnostic(code, message, span, label=label, help=help, layer=layer))


def _chain_key(member: Member) -> Span:
    """What makes a chain of a layer."""
    return member.place.key("repeat") or member.place.key("for") or member.span


def _reader(scope: Scope, member: Member, path: str, position: int) -> Reader:
    """Who reads by the reference at a position of a member's: the layer, or a step of a chain, which reads the one before."""
    if member.previous is None or position:
        return Reader(path, member.span, path)
    chain = scope.path if scope.is_repeat else path
    return Reader(chain, _chain_key(member), chain, "repeat")


def _wire(read: Written | None) -> Wire | None:
    if read is None:
        return None
    return FromInput(read.name) if read.member is None else FromSlot(read.member, read.port)


def _shape_of(declared: InputDeclaration, document: Document) -> Tree:
    """The sizes of an input as they are written, as a layer's arguments are."""
    inputs = document.root.get("inputs")
    written = inputs.get(declared.name) if isinstance(inputs, Mapping) else document.root.get("input")
    shape = written.get("shape") if isinstance(written, Mapping) else written
    if shape is None:
        return Invalid(declared.span)
    return Mapping({"shape": Entry("shape", declared.span, shape)}, declared.span)
