"""`expect:` and `budget:` against the facts. Enters: facts and the document's claims; leaves: diagnostics.

A claim that cannot be checked because an error above left the fact unknown is not reported: only root causes are. One
that is unknown for another reason (a symbolic size, an unknown op) is reported as such, never taken as met.
"""

from __future__ import annotations

from functools import cached_property

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import find_near, names_here
from archspec.dims import BATCH, Shape, Size, TooComplex, product, prove_equal
from archspec.document.claims import Budget, Expectation, FieldClaim, LayerClaim, Limit, SharedBudget, quantity
from archspec.document.edits import put
from archspec.document.model import Document
from archspec.document.tree import Mapping
from archspec.document.value import show
from archspec.facts.model import NO_STRIDE, AxisField, Facts, LayerFacts, Need, Whole
from archspec.facts.needs import is_implied, settle_claims
from archspec.facts.totals import Subtotal, Subtotals, running_params, subtotal
from archspec.graph import Node, Scope
from archspec.ops.assumptions import Assumption
from archspec.ops.base import show_shape, without_batch
from archspec.source import Span

_TOTALS = ("params", "trainable_params", "buffers", "macs", "flops")


def check_expectations(facts: Facts, document: Document, report: list[Diagnostic], shared: SharedBudget | None = None
                       ) -> None:  # fmt: skip
    """E0401 to E0403 for every claim and limit that does not hold. A shared limit holds where the document sets none."""
    complete = all(record.outputs is not None for record in facts.layers)
    known = _Known(facts)
    for expectation in document.expectations:
        when = _when(document) if "when" not in expectation.node.entries else ""
        _check_network(
            facts, expectation, _Checker(known, expectation.node, None, report, complete, when, document.sizes)
        )
        for path, (claim, mapping, span) in expectation.layers.items():
            _check_path(
                known, path, claim, span, _Checker(known, mapping, path, report, complete, when, document.sizes)
            )
    if complete:
        _check_budget(facts, document, shared, report)
    settle_claims(facts, report)


def _when(document: Document) -> str:
    """The condition under which facts hold that say none, where arguments are given that are not the default; else nothing."""
    args = document.args
    own = {
        name: args[name] for name, value in document.given.items() if args[name].required or args[name].default != value
    }
    conditions = [f"{name} == {'…' if a.required else show(a.default)}" for name, a in own.items()]
    return " and ".join(conditions).replace('"', "'")


def _check_network(facts: Facts, expectation: Expectation, checker: _Checker) -> None:
    claims = expectation.claims
    if claims is None:
        return
    for key in _TOTALS:
        checker.count(key, getattr(claims, key), getattr(facts.totals, key), "the network has")
    checker.count("layer_count", claims.layer_count, facts.totals.layers, "the network has")
    checker.shape("output", claims.output, _network_output(facts), "the network gives")


def _network_output(facts: Facts) -> Shape | None:
    refs = list(facts.graph.outputs.values())
    tensor = facts.tensor(refs[0]) if len(refs) == 1 else None
    return tensor.shape if tensor else None


class _Known:
    """What claims about layers are held against, each computed once and only where a claim asks for it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.sums: Subtotals = {}

    @cached_property
    def by_path(self) -> dict[str, Node]:
        return {node.path: node for node in self.facts.graph.layers}

    @cached_property
    def names(self) -> list[str]:
        return [*self.by_path, *self.facts.graph.scopes]

    @cached_property
    def running(self) -> dict[int, Size | None]:
        return running_params(self.facts)


def _check_path(known: _Known, path: str, claim: LayerClaim, span: Span, checker: _Checker) -> None:
    """The claims about one layer, group or use of a block."""
    node = known.by_path.get(path)
    scope = known.facts.graph.scopes.get(path)
    if node is None and scope is not None:
        _check_group(known.facts, scope, subtotal(known.facts, scope, known.sums), claim, checker)
    elif node is None:
        near = find_near(path, known.names)
        checker.report.append(Diagnostic("E0201", f"expect speaks of {path[:80]}, but there is no such layer", span,
                                         label=f"did you mean {near.name}?" if near else "no such layer",
                                         help=names_here(known.names),
                                         ways=(Fix(f"write {near.name}", (put(span, near.name),), near.is_only),)
                                         if near else ()))  # fmt: skip
    elif known.facts.of(node).outputs is not None:
        running = known.running.get(node.index) if claim.running_params is not None else None
        _check_layer(known.facts, node, known.facts.of(node), claim, checker, running)


def _check_layer(facts: Facts, node: Node, record: LayerFacts, claim: LayerClaim, checker: _Checker,
                 running: Size | None) -> None:  # fmt: skip
    has = f"{node.path} has"
    own = record.own_parameters or {}
    weights = [product(shape) for name, shape in own.items() if "bias" not in name]
    biases = [product(shape) for name, shape in own.items() if "bias" in name]
    checker.count("params", claim.params, record.params, has, _arithmetic(own))
    checker.count("weights", claim.weights, sum(weights, start=0), has, _arithmetic(own))
    checker.count("biases", claim.biases, sum(biases, start=0), has, _arithmetic(own))
    checker.count("running_params", claim.running_params, running, f"up to {node.path} there are")
    checker.count("macs", claim.macs, record.macs, has)
    checker.shape("output", claim.output, record.output.shape if record.output else None, f"{node.path} gives")
    if claim.receptive_field is not None:
        _check_field(record, claim.receptive_field, checker)


def _check_group(facts: Facts, scope: Scope, sums: Subtotal, claim: LayerClaim, checker: _Checker) -> None:
    """The claims about a group, a repeat or a block's use: sums over its layers, and its output."""
    checker.count("params", claim.params, sums.params, f"{scope.path} has")
    checker.count("macs", claim.macs, sums.macs, f"{scope.path} has")
    refs = list(scope.outputs.values())
    tensor = facts.tensor(refs[0]) if len(refs) == 1 else None
    checker.shape("output", claim.output, tensor.shape if tensor else None, f"{scope.path} gives")
    if claim.receptive_field is not None and sums.last is not None:
        _check_field(facts.of(sums.last), claim.receptive_field, checker)
    for key in ("weights", "biases", "running_params"):
        if getattr(claim, key) is not None:
            checker.unknown(key, f"{key} of {scope.path}", "they are counted for single layers")


def _arithmetic(parameters: dict[str, Shape]) -> tuple[str, ...]:
    """`weight 96 × 3 × 11 × 11 = 34848, bias 96`: where the count comes from."""
    parts = [
        f"{name} {show_shape(shape)}" + (f" = {product(shape)}" if len(shape) > 1 else "")
        for name, shape in list(parameters.items())[:8]
    ]
    return (", ".join(parts),) if parts else ()


def _check_field(record: LayerFacts, claim: FieldClaim, checker: _Checker) -> None:
    for key in ("size", "stride", "padding"):
        claimed = getattr(claim, key)
        if claimed is None:
            continue
        extents = record.field
        if extents is None or not all(isinstance(extent, AxisField) for extent in extents):
            whole = extents is not None and any(isinstance(extent, Whole) for extent in extents)
            checker.unknown(
                "receptive_field", "the receptive field", "it is the whole input" if whole else "it is not known"
            )
            return
        actual = tuple(getattr(extent, key) for extent in extents if isinstance(extent, AxisField))
        if None in actual:
            checker.unknown("receptive_field", "the stride", NO_STRIDE)
            continue
        wanted = claimed if isinstance(claimed, tuple) else (claimed,) * len(actual)
        if wanted != actual:
            checker.miss("receptive_field", f"a receptive field of {key} {_per_axis(wanted)}",
                         f"{_per_axis(actual)}", checker.layer or "the network")  # fmt: skip


def _per_axis(values: tuple[object, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else " × ".join(str(value) for value in values)


class _Checker:
    """Compares the claims of one mapping with facts, and reports at the claim's own place."""

    def __init__(
        self,
        known: _Known,
        mapping: Mapping,
        layer: str | None,
        report: list[Diagnostic],
        complete: bool,
        when: str,
        sizes: dict[str, int],
    ) -> None:
        self.known = known
        self.facts = known.facts
        self.sizes = sizes
        self.mapping = mapping
        self.when = f'say when this holds: when: "${{{when}}}"' if when else ""
        self.layer = layer
        self.report = report
        self.complete = complete

    def count(self, key: str, claimed: object, actual: Size | None, has: str, notes: tuple[str, ...] = ()) -> None:
        """One number."""
        wanted = quantity(claimed)
        if wanted is None or wanted == actual:
            return
        what = key.removeprefix("running_").replace("_", " ").replace("params", "parameters").replace("macs", "MACs")
        what = what.replace("flops", "FLOPs").replace("layer count", "layers")
        if actual is None:
            if self.complete:
                self.unknown(key, f"the number of {what}", "it is not known")
            return
        if (self.layer is None and not self.complete) or self._may_be(key, [(actual, wanted)], f"{wanted:,} {what}"):
            return
        is_number = isinstance(actual, int)
        self.report.append(Diagnostic(
            "E0401", f"{has} {f'{actual:,}' if is_number else actual} {what}, not {wanted:,}", self._span(key),
            label=f"{actual} is true", notes=notes,
            help=self._help(key, str(actual)) if is_number else self.when or "no input gives this: leave the claim out",
            layer=self.layer, ways=self._true(key, str(actual)) if is_number else ()))  # fmt: skip

    def shape(self, key: str, claimed: object, actual: Shape | None, gives: str) -> None:
        """One shape, without the batch."""
        if claimed is None:
            return
        if actual is None:
            if self.complete:
                self.unknown(key, "the output's shape", "there are several outputs")
            return
        assert isinstance(claimed, tuple)
        true = tuple(size if isinstance(size, int) else str(size) for size in without_batch(actual))
        said = [self._said(size) for size in claimed]
        shown = " × ".join(map(str, claimed)) or "a single number"
        pairs = [
            (true, size) for true, size in zip(without_batch(actual), said, strict=False) if not isinstance(size, str)
        ]
        if len(said) == len(pairs) == len(true) and self._may_be(key, pairs, f"an output of {shown}"):
            return
        written = f"[{', '.join(map(str, true))}]"
        self.report.append(Diagnostic(
            "E0401", f"{gives} {show_shape(without_batch(actual))}, not {shown}",
            self._span(key), label=f"{written} is true", help=self._help(key, written),
            layer=self.layer, ways=self._true(key, written)))  # fmt: skip

    def _may_be(self, key: str, pairs: list[tuple[Size, Size]], claim: str) -> bool:
        """Whether sizes are what is claimed of them, or may be: then what symbols have to fulfil for it is noted.

        A claim that is written in symbols is one for every size that the network takes.
        """
        needed: list[Assumption] = []
        for actual, claimed in pairs:
            try:
                proven = prove_equal(actual, claimed)
            except TooComplex:
                self.unknown(key, claim, "it is too long an expression of the symbolic sizes")
                return True
            statement = Assumption(actual, claimed, is_equal=True)
            if proven is False or (proven is None and BATCH in statement.symbols):
                return False
            if proven is None and not isinstance(claimed, int):
                if not is_implied(self.facts, statement):
                    return False
            elif proven is None:
                needed.append(statement)
        node = self.known.by_path.get(self.layer) if self.layer is not None else None
        span = self._span(key)
        self.facts.needs += [Need(statement, node, span, claim) for statement in needed]
        return True

    def _said(self, size: int | str) -> Size | str:
        """A claimed size as facts have it, so that a claim holds however it is written."""
        if not isinstance(size, str):
            return size
        from archspec.facts.claimed_size import claimed_size

        found = claimed_size(size, self.sizes)
        return size if found is None else found

    def miss(self, key: str, claimed: str, actual: str, who: str) -> None:
        """Anything else that is not as claimed."""
        self.report.append(Diagnostic("E0401", f"{who} does not have {claimed}; it is {actual}", self._span(key),
                                      label=f"{actual} is true", help=self.when, layer=self.layer))  # fmt: skip

    def _true(self, key: str, true: str) -> tuple[Fix, ...]:
        """What is true in place of the claim; not where other arguments are given, for which the claim was never made."""
        span = self._span(key)
        if self.when or "${" in span.text() or span.line != span.end_line:
            return ()
        return (Fix(self._help(key, true), (Edit(span, true),)),)

    def _help(self, key: str, true: str) -> str:
        """A claim was published, so what is claimed of is changed first."""
        return self.when or f"change the {'layer' if self.layer else 'network'}, or write {key}: {true}"

    def unknown(self, key: str, what: str, why: str) -> None:
        """A claim that can neither be confirmed nor refused."""
        self.report.append(Diagnostic("E0403", f"{what} cannot be checked: {why}", self._span(key), layer=self.layer))

    def _span(self, key: str) -> Span:
        return self.mapping.entries[key].value.span


def _check_budget(facts: Facts, document: Document, shared: SharedBudget | None, report: list[Diagnostic]) -> None:
    name = document.root.entries.get("name")
    for key in Budget.model_fields:
        own: Limit | None = getattr(document.budget, key, None)
        if own is not None and document.budget_node is not None:
            entry = document.budget_node.entries[key]
            _check_limit(facts, key, own, (entry.key_span, entry.value.span), (), report)
        limit: Limit | None = getattr(shared.limits, key) if shared is not None and own is None else None
        if limit is not None and shared is not None:
            span = name.value.span if name is not None else document.root.span.start()
            note = f"{shared.origin}.{key} sets the budget"
            _check_limit(facts, key, limit, (span, span), (note,), report)


_MOST = "the table of `archspec check` has what each layer adds to it"


def _check_limit(facts: Facts, key: str, limit: Limit, spans: tuple[Span, Span], notes: tuple[str, ...],
                 report: list[Diagnostic]) -> None:  # fmt: skip
    """One figure; the spans are those of the limit's key and of the limit."""
    actual = getattr(facts.totals, key)
    what = key.replace("_", " ").replace("params", "parameters").replace("macs", "MACs").replace("flops", "FLOPs")
    if not isinstance(actual, int):
        report.append(Diagnostic("E0403", f"the budget for {what} cannot be checked: the number is not known",
                                 spans[0], notes=notes))  # fmt: skip
        return
    low, high = quantity(limit.min), quantity(limit.max)
    if high is not None and actual > high:
        message = f"the network has {actual:,} {what}, {actual - high:,} over the budget of {high:,}"
        report.append(
            Diagnostic("E0402", message, spans[1], label=f"{actual - high:,} too many", notes=notes, help=_MOST)
        )
    if low is not None and actual < low:
        message = f"the network has {actual:,} {what}, {low - actual:,} below the {low:,} asked for"
        report.append(
            Diagnostic("E0402", message, spans[1], label=f"{low - actual:,} too few", notes=notes, help=_MOST)
        )
