"""What is written as one layer: its type, the block that it uses, and its op with its settings, once for all that are alike.

Enters: a layer's tree and the values around it; leaves: those, after evaluation.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from archspec.diagnostics.model import Diagnostic
from archspec.document.blocks import Block
from archspec.document.model import Document
from archspec.document.tree import Mapping, Scalar
from archspec.document.tree import Node as Tree
from archspec.document.values import Contents, Evaluator, contents_of
from archspec.expand.kept_layers import KeptLayers, Layer
from archspec.expand.layer import KEPT, PYTHON, build_op, expression_of, read_settings
from archspec.expand.members import Member
from archspec.expressions.environment import Environment
from archspec.expressions.work import COMPUTED, MADE
from archspec.graph import Scope
from archspec.ops import registry

if TYPE_CHECKING:
    from archspec.expressions.tree import Expression


class Layers:
    """The layers of one document."""

    def __init__(
        self, document: Document, report: list[Diagnostic], evaluator: Evaluator, kept_layers: KeptLayers
    ) -> None:
        self.document = document
        self.report = report
        self.evaluator = evaluator
        self.kept_layers = kept_layers
        self.defaults = kept_layers.defaults(document.init, report)
        self.known: dict[Contents, Layer] = {}  # layers, by what they are after evaluation
        self.kept: list[Tree] = []  # what these are, so that no id in them is given to another
        self.names: dict[str, Collection[str]] = {}  # of scopes in which help asked what can be read
        self.lets: dict[int, dict[str, Expression]] = {}  # the expressions of each `let`, by its tree

    def layer(self, scope: Scope, path: str, member: Member) -> Layer:
        """The op of a layer and its settings: one for all that the same text with the same values makes."""
        written = member.tree
        known = self.known.get((id(written),))
        if known is not None:
            return known
        node = self.evaluator.tree(written, member.environment, path, KEPT)
        contents = contents_of(written, node)
        known = self.known.get(contents) if contents is not None else None
        if node is not written:
            self.evaluator.charge(COMPUTED if known is not None else COMPUTED + MADE, written, path)
        if known is not None:
            return known
        kept = self.kept_layers.find(contents) if contents is not None else None
        if kept is not None and contents is not None:
            self.known[contents] = kept
            self.kept.append(node)
            return kept
        said = len(self.report)
        names = member.environment.names
        readable = partial(self.readable, scope)
        type_name, op = build_op(path, member.place, node, self.document.blocks, self.report, names, readable)
        settings = read_settings(path, node, op, self.defaults, type_name, self.report)
        if contents is not None and (
            node is written or len(self.report) == said
        ):  # what depends on values is said of each
            self.known[contents] = type_name, op, settings
            self.kept.append(node)
            if len(self.report) == said:
                self.kept_layers.keep(contents, (type_name, op, settings), written, node)
        return type_name, op, settings

    def readable(self, scope: Scope) -> Collection[str]:
        """What the members of a scope can name in `from`, for help: a set that is made once, where help is needed."""
        if scope.path not in self.names:
            self.names[scope.path] = frozenset(scope.readable())
        return self.names[scope.path]

    def block_of(self, tree: Mapping | Scalar, environment: Environment) -> Block | None:
        name = self.type_name(tree, environment) if self.document.blocks else None
        return self.document.blocks.get(name) if name is not None else None

    def type_name(self, tree: Mapping | Scalar, environment: Environment) -> str | None:
        written = tree.get("type") if isinstance(tree, Mapping) else tree
        node = self.evaluator.peek(written, environment) if isinstance(written, Scalar) else None
        return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None

    def may_be_lost(self, tree: Mapping | Scalar, environment: Environment) -> bool:
        """Whether a type is no op, and may be a block that could not be read; why not has been said, and no more is known."""
        if not self.document.lost and not self.document.is_incomplete:
            return False
        name = self.type_name(tree, environment)
        if name is None or name.startswith(PYTHON) or registry.find(name) is not None:
            return False
        return self.document.is_incomplete or name in self.document.lost

    def expressions(self, let: Tree | None) -> dict[str, Expression]:
        """The names of a `let` whose values are one expression each; found once for all uses of a block."""
        if not isinstance(let, Mapping):
            return {}
        if id(let) not in self.lets:
            found = {key: expression_of(entry.value) for key, entry in let.entries.items()}
            self.lets[id(let)] = {key: tree for key, tree in found.items() if tree is not None}
        return self.lets[id(let)]
