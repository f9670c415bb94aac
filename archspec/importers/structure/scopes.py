"""The groups of a sketch, found again from its layers' paths. Enters: a `Sketch`. Leaves: a tree of `Entry`s.

A group is what has a common prefix; it becomes a scope with its own inputs and outputs. Where groups wait for each other
(two lists of modules that take turns), they cannot be scopes: their layers stand in the scope around them, under dotted names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archspec.importers.sized import sized_keys
from archspec.importers.sketch import ImportProblem, Layer, Literal, Origin, Ref, Sketch, free_name
from archspec.importers.structure.cycles import find_cycles
from archspec.sorting import by_need

Shape = list[int | str]


@dataclass(eq=False)
class Entry:
    """One entry of `layers`: a layer, or a group with entries of its own.

    `reads` are references as written in the scope it stands in. `occurrences` has the shapes of what a group reads, once for
    each time that it stands for; where other sizes are known, each has a place more for each of them, behind its own.
    """

    name: str
    type: str = ""
    keys: dict[str, Any] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    use: str | None = None
    tie: dict[str, str] = field(default_factory=dict)
    is_training_only: bool = False
    doc: str = ""
    layers: list[Entry] | None = None
    inputs: list[str] = field(default_factory=lambda: ["input"])
    outputs: dict[str, str] = field(default_factory=dict)  # empty: the last entry
    hint: str = ""  # what the module that the group was is called
    occurrences: list[list[Shape]] = field(default_factory=list)
    is_absent: bool = False  # not there in this group, but in others that become the same block
    source: Layer | None = None  # the layer of the sketch that it is
    chosen: Any = None  # an expression instead of the type, where an argument chooses it
    is_within: bool = False  # absent with the group around it
    is_frozen: bool = False  # with the group around it, which says so
    defaults: dict[str, Literal] = field(
        default_factory=dict
    )  # of a block's use: what its keys are where they are left out

    @property
    def is_group(self) -> bool:
        return self.layers is not None

    def walk(self) -> Iterator[Entry]:
        """The entry itself and all that is in it."""
        yield self
        for inner in self.layers or []:
            yield from inner.walk()


class _Scope:
    """A group while it is put together."""

    def __init__(self, path: str, name: str, parent: _Scope | None) -> None:
        self.path = path
        self.name = name
        self.parent = parent
        self.children: dict[str, Layer | _Scope] = {}
        self.reads: dict[Ref, str] = {}  # what lies outside, and its name inside
        self.gives: dict[Ref, str] = {}  # what others read, and its port ("output" for a single one)

    def above(self) -> Iterator[_Scope]:
        """The scope itself and those around it."""
        scope: _Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def name_of(self, layer: Layer) -> str:
        """What a layer of the scope is called in it: the end of its path, of one that has been taken out of a group more."""
        tail = layer.path.split(".")
        return next(
            name for start in range(1, len(tail) + 1)
            if self.children.get(name := ".".join(tail[-start:])) is layer
        )  # fmt: skip


def entries(sketch: Sketch) -> tuple[Entry, list[Origin]]:
    """The network as a group (whose outputs are empty where it gives its last layer alone), and what differs in its layers' keys
    between the sizes at which it ran."""
    tree = _Tree(sketch)
    return tree.run(), tree.origins


class _Tree:
    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.root = _Scope("", "", None)
        self.home: dict[Layer, _Scope] = {}  # the scope that each layer stands in
        self.order = {layer: number for number, layer in enumerate(sketch.layers)}
        self.origins: list[Origin] = []

    def run(self) -> Entry:
        for layer in self.sketch.layers:
            self._place(layer)
        self._sort(self.root)
        for layer in self.sketch.layers:
            for ref in layer.reads:
                self._connect(ref, self.home[layer])
        for ref in self.sketch.outputs.values():
            self._connect(ref, self.root)
        self._name_ports(self.root)
        found = self._entries(self.root)
        outputs = {name: self._said(ref, self.root) for name, ref in self.sketch.outputs.items()}
        if found and list(outputs.items()) == [("output", found[-1].name)]:
            outputs = {}
        made = Entry("", layers=found, inputs=list(self.sketch.inputs), outputs=outputs)
        made.occurrences = self._occurrences([Ref(name) for name in self.sketch.inputs])
        return made

    # The tree ----------------------------------------------------------------------------------------------------------

    def _place(self, layer: Layer) -> None:
        scope = self.root
        *groups, name = layer.path.split(".")
        for group in groups:
            inner = scope.children.get(group)
            if isinstance(inner, Layer):
                raise ImportProblem(f"{inner.path} is a layer, and {layer.path} lies in it")
            if inner is None:
                inner = _Scope(f"{scope.path}.{group}" if scope.path else group, group, scope)
                scope.children[group] = inner
            scope = inner
        scope.children[name] = layer
        self.home[layer] = scope

    def _sort(self, scope: _Scope) -> None:
        """Puts the children in an order in which each comes after what it reads; dissolves groups that wait for each other."""
        while True:
            waits = self._waits(scope)
            names = sorted(scope.children, key=lambda name: self._first(scope.children[name]))
            places = {name: place for place, name in enumerate(names)}
            order = by_need([[places[other] for other in waits[name]] for name in names])
            if len(order) == len(names):
                scope.children = {names[place]: scope.children[names[place]] for place in order}
                break
            waiting = sorted({name for cycle in find_cycles(waits) for name in cycle}, key=places.__getitem__)
            if not self._absorb(scope, waiting):
                self._dissolve(scope, waiting)
        for child in scope.children.values():
            if isinstance(child, _Scope):
                self._sort(child)

    def _absorb(self, scope: _Scope, names: list[str]) -> bool:
        """Where one group and layers without state wait for each other, the layers go into the group. Whether it was so."""
        groups = [child for name in names if isinstance(child := scope.children[name], _Scope)]
        layers = [child for name in names if isinstance(child := scope.children[name], Layer)]
        if len(groups) != 1 or not all(layer.stem for layer in layers):
            return False
        (group,) = groups
        for layer in layers:
            name = layer.path.rsplit(".", 1)[-1]
            del scope.children[scope.name_of(layer)]
            free = free_name(name, set(group.children))
            layer.path = f"{group.path}.{free}"
            group.children[free] = layer
            self.home[layer] = group
        return True

    def _dissolve(self, scope: _Scope, names: list[str]) -> None:
        groups = [name for name in names if isinstance(scope.children[name], _Scope)]
        if not groups:
            raise ImportProblem(f"the layers {', '.join(names[:3])} wait for each other")
        for name in groups:
            group = scope.children.pop(name)
            assert isinstance(group, _Scope)
            for inner, child in group.children.items():
                dotted = f"{name}.{inner}"
                scope.children[dotted] = child
                if isinstance(child, _Scope):
                    child.parent, child.name = scope, dotted
                else:
                    self.home[child] = scope

    def _waits(self, scope: _Scope) -> dict[str, set[str]]:
        """For each child, the children that it reads from."""
        name_of = {id(child): name for name, child in scope.children.items()}
        waits: dict[str, set[str]] = {name: set() for name in scope.children}
        for layer in self._inside(scope):
            own = name_of[id(self._child(layer, scope))]
            sources = [ref.source for ref in layer.reads if isinstance(ref.source, Layer)]
            for source in [*sources, *([layer.use] if layer.use is not None else [])]:
                if scope in list(self.home[source].above()):
                    other = name_of[id(self._child(source, scope))]
                    if other != own:
                        waits[own].add(other)
        return waits

    def _child(self, layer: Layer, scope: _Scope) -> Layer | _Scope:
        """The child of the scope that the layer is, or lies in."""
        home = self.home[layer]
        if home is scope:
            return layer
        while home.parent is not scope:
            assert home.parent is not None
            home = home.parent
        return home

    def _inside(self, scope: _Scope) -> Iterator[Layer]:
        for child in scope.children.values():
            if isinstance(child, _Scope):
                yield from self._inside(child)
            else:
                yield child

    def _first(self, child: Layer | _Scope) -> int:
        return (
            self.order[child] if isinstance(child, Layer) else min(self.order[layer] for layer in self._inside(child))
        )

    # What goes in and out ------------------------------------------------------------------------------------------------

    def _connect(self, ref: Ref, reader: _Scope) -> None:
        """Notes which scopes a read goes into, and which it comes out of."""
        around = set(reader.above())
        source = self.home[ref.source] if isinstance(ref.source, Layer) else self.root
        for scope in source.above():
            if scope in around:
                break
            scope.gives.setdefault(ref, "")
        inner = set(source.above())
        for scope in reader.above():
            if scope in inner:
                break
            scope.reads.setdefault(ref, "")

    def _name_ports(self, scope: _Scope) -> None:
        for child in scope.children.values():
            if isinstance(child, _Scope):
                self._name_ports(child)
        if scope.parent is None:
            return
        taken = set(scope.children)
        for ref in scope.reads:
            base = "input" if len(scope.reads) == 1 else _last(ref)
            scope.reads[ref] = free_name(base, taken)
        ports: set[str] = set()
        for ref in scope.gives:
            scope.gives[ref] = "output" if len(scope.gives) == 1 else free_name(_last(ref), ports)

    def _said(self, ref: Ref, scope: _Scope) -> str:
        """The reference as written in a scope."""
        if ref in scope.reads:
            return scope.reads[ref]
        if isinstance(ref.source, str):
            return ref.source
        child = self._child(ref.source, scope)
        if isinstance(child, _Scope):
            return child.name if len(child.gives) == 1 else f"{child.name}.{child.gives[ref]}"
        name = scope.name_of(child)
        return name if ref.port is None else f"{name}.{ref.port}"

    # Entries -------------------------------------------------------------------------------------------------------------

    def _entries(self, scope: _Scope) -> list[Entry]:
        return [
            self._group(name, child) if isinstance(child, _Scope) else self._layer(name, child, scope)
            for name, child in scope.children.items()
        ]

    def _layer(self, name: str, layer: Layer, scope: _Scope) -> Entry:
        use = None
        if layer.use is not None:
            if self.home[layer.use] is not scope:
                raise ImportProblem(f"{layer.use.path} is used again in another group ({scope.path or 'the network'})")
            use = scope.name_of(layer.use)
        keys, reads = (
            sized_keys(layer, self.sketch.moduli, self.origins),
            [self._said(ref, scope) for ref in layer.reads],
        )
        return Entry(name, layer.type, keys, reads, use, layer.tie, layer.is_training_only, layer.doc, source=layer)

    def _group(self, name: str, scope: _Scope) -> Entry:
        assert scope.parent is not None
        made = Entry(name, layers=self._entries(scope), hint=self.sketch.groups.get(scope.path, ""))
        made.reads = [self._said(ref, scope.parent) for ref in scope.reads]
        made.inputs = list(scope.reads.values())
        made.occurrences = self._occurrences(list(scope.reads))
        outputs = {port: self._said(ref, scope) for ref, port in scope.gives.items()}
        assert made.layers is not None
        if list(outputs.items()) != [("output", made.layers[-1].name)]:
            made.outputs = outputs
        return made

    def _occurrences(self, reads: list[Ref]) -> list[list[Shape]]:
        """The shapes of what is read, at the input's size and at the others."""
        others = range(len(self.sketch.others))
        return [[self._shape(ref) for ref in reads], *([self._resized(ref, at) for ref in reads] for at in others)]

    def _shape(self, ref: Ref) -> Shape:
        if isinstance(ref.source, str):
            return ["N", *self.sketch.inputs[ref.source].shape]
        return ref.source.shapes.get(ref.port, [])

    def _resized(self, ref: Ref, at: int) -> Shape:
        if isinstance(ref.source, str):
            return ["N", *self.sketch.others[at][ref.source].shape]
        return ref.source.resized[at].shapes.get(ref.port, []) if ref.source.resized else self._shape(ref)


def _last(ref: Ref) -> str:
    """A name for a reference: that of its layer."""
    name = ref.source if isinstance(ref.source, str) else ref.source.path.rsplit(".", 1)[-1]
    if name.isdigit() and isinstance(ref.source, Layer):
        name = "_".join(ref.source.path.rsplit(".", 2)[-2:])
        name = name if not name[0].isdigit() else f"x{name}"
    return name if ref.port is None else f"{name}_{ref.port}"
