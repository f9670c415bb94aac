"""Parameters and buffers: shapes, counts, and which layer they are counted in. A shared parameter counts once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from archspec.diagnostics.model import Diagnostic, Edit, Fix, Label
from archspec.diagnostics.nearest import Near, find_near
from archspec.dims import Shape, Size, product, sum_of
from archspec.expand.initial import SCHEMES, Scheme
from archspec.facts.model import Facts, LayerFacts
from archspec.graph import Constraint, Frozen, Init, Node, Tie, shown_parameter
from archspec.limits import MAX_AXES, MAX_PARAMETERS
from archspec.ops.base import show_shape
from archspec.source import Span, word_in
from archspec.words import counted

MAX_SHOWN = 12

_Wrong = dict[tuple[int, tuple[str, ...]], list[str]]


def count_parameters(facts: Facts, report: list[Diagnostic]) -> None:
    """Fills in parameters, own parameters, counts and buffers of every layer whose shapes are known.

    Where the network has too many parameter tensors, that is said once, and the layers from there on are unknown.
    """
    wrong: _Wrong = {}
    tensors = 0
    for node in facts.graph.nodes:
        record = facts.of(node)
        if record.outputs is None:
            continue
        if tensors > MAX_PARAMETERS:
            record.outputs = None
            continue
        if not _fill(facts, node, record, wrong, report):
            record.outputs = None
        tensors += len(record.parameters or ())
        if tensors > MAX_PARAMETERS:
            record.outputs = None
            report.append(Diagnostic("E0007", f"the network would have more than {MAX_PARAMETERS:,} parameter tensors",
                                     node.place.type, label=f"this is where it goes beyond them: {node.path}"))  # fmt: skip
    for node in facts.graph.nodes:
        for tie in node.ties:
            _check_tie(facts, node, tie, report)


def _fill(facts: Facts, node: Node, record: LayerFacts, wrong: _Wrong, report: list[Diagnostic]) -> bool:
    instance = record.instance
    assert instance is not None
    parameters = record.parameters = instance.parameters
    name = instance.oversized
    if name is not None:
        report.append(Diagnostic("E0309", f"{node.path}: {name or 'its tensor'} would be {show_shape(parameters[name])}, more "
                                 "than 2^63 bytes", node.place.type, layer=node.path))  # fmt: skip
        return False
    _check_names(node, parameters, wrong, report)
    _check_initial(node, parameters, wrong, report)
    shared = node.shares is not None
    if shared:
        _check_shared(facts, node, record, report)
    tied = {tie.parameter for tie in node.ties}
    record.own_parameters = {} if shared else parameters
    if shared:
        record.params = 0
    elif tied:
        record.own_parameters = {n: s for n, s in parameters.items() if n not in tied}
        record.params = sum_of([product(shape) for shape in record.own_parameters.values()])
    else:
        record.params = instance.parameter_count
    record.trainable, record.trainable_params = _trained(
        facts.graph.nodes[node.shares or 0] if shared else node, record
    )
    record.buffer_tensors = {} if shared else instance.buffers
    record.buffers = 0 if shared else instance.buffer_count
    return True


def _trained(first: Node, record: LayerFacts) -> tuple[bool, Size | None]:
    """Whether anything in the layer trains, and how many of the numbers that are its own. `first` holds its parameters."""
    if not first.frozen and not first.frozen_parameters:
        return True, record.params
    frozen = [name for name in record.parameters or {} if first.freezes(name)]
    if first.frozen or (frozen and len(frozen) == len(record.parameters or {})):
        return False, 0
    own = record.own_parameters or {}
    counted = [product(own[name]) for name in frozen if name in own]
    return True, record.params if not counted else sum_of(
        [product(shape) for name, shape in own.items() if name not in frozen]
    )


def _check_names(node: Node, parameters: dict[str, Shape], wrong: _Wrong, report: list[Diagnostic]) -> None:
    """`init`, `constraint`, `tie` and `freeze` name parameters that the layer has. One error for what is written in one place.

    `wrong` holds the names that were found before: the instances of a repeat have one and the same list.
    """
    said_of: dict[str, tuple[Init | Constraint | Tie | Frozen, ...]] = {
        "init": node.inits,
        "constraint": node.constraints,
        "tie": node.ties,
        "freeze": node.frozen_parameters,
    }
    for key, records in said_of.items():
        span = node.place.key(key) if records else None
        if span is None:  # all of it are defaults by type
            continue
        has = tuple(parameters)
        names = wrong.get((id(records), has))
        if names is None:
            names = wrong[id(records), has] = [
                one.parameter
                for one in records
                if one.parameter not in parameters and not (isinstance(one, Init) and one.is_default)
            ]
        if not names:
            continue
        said = ", ".join(name[:60] for name in names[:MAX_SHOWN]) + (", …" if len(names) > MAX_SHOWN else "")
        ways = _ways(node.place.argument(key), names, has, {one.parameter for one in records})
        report.append(Diagnostic("E0201", f"{node.path} has no parameter{'s' if len(names) > 1 else ''} {said}", span,
                                 label=_its_parameters(node, has), layer=node.path, ways=ways))  # fmt: skip


def _ways(written: Span | None, names: Sequence[str], has: Sequence[str], taken: Collection[str]) -> tuple[Fix, ...]:
    """The parameters that are meant by names that none has, where each has a near one that is not `taken`, and stands once in
    what is written."""
    edits: list[Edit] = []
    meant: list[Near] = []
    for name in names[:MAX_SHOWN]:
        near = find_near(name, list(map(shown_parameter, has)))
        place = word_in(written, name) if near is not None and written is not None else None
        if near is None or place is None or near.name in taken:
            return ()
        meant.append(near)
        edits.append(Edit(place, near.name))
    if len(names) > MAX_SHOWN:
        return ()
    said = f"write {', '.join(dict.fromkeys(near.name for near in meant))}"
    return (Fix(said, tuple(edits), is_safe=all(near.is_only for near in meant)),)


def _its_parameters(node: Node, names: Sequence[str]) -> str:
    if node.op is not None and node.op.kind == "external":
        return "what parameters it has is not known here"
    listed = ", ".join(map(shown_parameter, names[:MAX_SHOWN])) + (", …" if len(names) > MAX_SHOWN else "")
    return f"its parameter{'s are' if len(names) != 1 else ' is'} {listed or 'none'}"


def _check_initial(node: Node, parameters: dict[str, Shape], wrong: _Wrong, report: list[Diagnostic]) -> None:
    """An initializer is defined for the axes that its parameter has. One error for what is written in one place."""
    for init in node.inits:
        shape = parameters.get(init.parameter)
        scheme = SCHEMES[init.scheme]
        if shape is None or scheme.least_axes <= len(shape) <= scheme.most_axes or (id(init), ()) in wrong:
            continue
        wrong[id(init), ()] = []
        many = counted(len(shape), "axis")
        report.append(Diagnostic("E0302", f"{node.path}: {init.scheme} starts a parameter of {_axes_of(scheme)} axes, and "
                                 f"{shown_parameter(init.parameter)} has {many}", init.span, label=f"it is {show_shape(shape)}",
                                 help="write normal, uniform, or a number", layer=node.path))  # fmt: skip


def _axes_of(scheme: Scheme) -> str:
    """How many axes an initializer takes, in words."""
    if scheme.most_axes == MAX_AXES:
        return f"at least {scheme.least_axes}"
    return (
        f"{scheme.least_axes}"
        if scheme.least_axes == scheme.most_axes
        else f"{scheme.least_axes} to {scheme.most_axes}"
    )


def _check_shared(facts: Facts, node: Node, record: LayerFacts, report: list[Diagnostic]) -> None:
    """A layer used again needs its parameters in the shapes that the first use gave them."""
    first = facts.graph.nodes[node.shares or 0]
    have = facts.of(first).parameters
    if have is None or have == record.parameters:
        return
    name = next(n for n, shape in (record.parameters or {}).items() if have.get(n) != shape)
    report.append(Diagnostic(
        "E0205", f"{node.path} uses {first.path} again, whose {name} is {show_shape(have.get(name, ()))}, on an input that "
        f"needs {show_shape((record.parameters or {})[name])}", node.place.argument("use") or node.place.name,
        labels=(Label(first.place.name, f"{first.name} got its parameters here"),),
        help=f"give it an input like {first.name}'s, or a layer of its own", layer=node.path))  # fmt: skip


def _check_tie(facts: Facts, node: Node, tie: Tie, report: list[Diagnostic]) -> None:
    mine, theirs = facts.of(node).parameters, facts.layers[tie.node].parameters
    other = facts.graph.nodes[tie.node]
    if mine is None or theirs is None or tie.parameter not in mine:
        return
    if tie.of not in theirs:
        has = list(theirs)
        report.append(Diagnostic("E0201", f"{other.path} has no parameter {tie.of[:60]}", tie.span, layer=node.path,
                                 label=_its_parameters(other, has), ways=_ways(tie.span, [tie.of], has, ())))  # fmt: skip
    elif mine[tie.parameter] != theirs[tie.of]:
        report.append(Diagnostic(
            "E0205", f"{_key(node, tie.parameter)} is {show_shape(mine[tie.parameter])}, but {_key(other, tie.of)} is "
            f"{show_shape(theirs[tie.of])}", tie.span, label="one tensor cannot be both", layer=node.path))  # fmt: skip
    else:
        _check_said_of_tied(facts, node, tie, report)


def _check_said_of_tied(facts: Facts, node: Node, tie: Tie, report: list[Diagnostic]) -> None:
    """E0106 where the layer says of a tied parameter what that one says by itself: how it starts, whether it trains.

    E0202 where ties lead back to where they began.
    """
    first, name = facts.graph.tied_to(tie)
    if any(more.parameter == name for more in first.ties):  # the end of a chain is tied to nothing
        report.append(Diagnostic("E0202", f"{_key(node, tie.parameter)} is tied in a circle, and no layer has it", tie.span,
                                 help="tie it to a parameter that is not tied itself", layer=node.path))  # fmt: skip
        return
    shown, theirs = shown_parameter(tie.parameter), _key(first, name)
    labels = (Label(tie.span, "they are one tensor"),)
    if any(init.parameter == tie.parameter and not init.is_default for init in node.inits):
        span, help = node.place.key("init") or tie.span, f"write it in {first.path}, or leave tie out"
        report.append(Diagnostic("E0106", f"{node.path} says how its {shown} starts, which is {theirs}", span,
                                 labels=labels, help=help, layer=node.path))  # fmt: skip
    if not node.freezes(tie.parameter) or first.freezes(name):
        return
    own = node.place.key("freeze")
    listed = [frozen.parameter for frozen in node.frozen_parameters]
    if own is not None and (not listed or tie.parameter in listed):
        said, help = f"freezes its {shown}", "or name other parameters here"
    else:
        said, help = (
            f"is frozen with the layers around it, also its {shown}",
            f"or say it in {node.path} itself: freeze: false",
        )
    report.append(Diagnostic("E0106", f"{node.path} {said}, which is {theirs}, and that trains", own or node.place.name,
                             labels=labels, help=f"freeze it in {first.path}, {help}", layer=node.path))  # fmt: skip


def _key(node: Node, parameter: str) -> str:
    return f"{node.path}.{parameter}" if parameter else node.path
