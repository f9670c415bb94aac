"""`expect:` and `budget:` against the facts. Enters: facts and the document's claims; leaves: diagnostics.

A claim that cannot be checked because an error above left the fact unknown is not reported: only root causes are. One
that is unknown for another reason (a symbolic size, an unknown op) is reported as such, never taken as met: as an error where the
spec claims it, as not checked where the project limits it for all its specs.
"""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic, Fix
from archspec.diagnostics.nearest import find_path, names_here
from archspec.document.claims import Budget, Expectation, SharedBudget, Statement
from archspec.document.edits import put
from archspec.document.model import Document
from archspec.document.tree import Entry, Mapping, Scalar
from archspec.expand.folding import leads_into_others
from archspec.expressions.value import show
from archspec.facts.claim_checker import ClaimChecker, Setting
from archspec.facts.figures import Figures
from archspec.facts.model import Facts
from archspec.facts.needs import settle_claims
from archspec.facts.totals import subtotal


def check_expectations(facts: Facts, document: Document, report: list[Diagnostic], shared: SharedBudget | None = None
                       ) -> None:  # fmt: skip
    """E0401 to E0403 for every claim and limit that does not hold. A shared limit holds where the document sets none."""
    complete = all(record.outputs is not None for record in facts.layers)
    setting, figures = Setting(facts, report, complete, document.sizes), Figures(facts)
    for expectation in [*document.expectations, *document.budgets]:
        is_open = expectation.owner == "expect" and "when" not in expectation.network.node.entries
        when = _when(document) if is_open else ""
        _check_network(figures, ClaimChecker(setting, expectation.owner, expectation.network, when=when))
        for path, statement in expectation.layers.items():
            _check_path(figures, path, setting, expectation, statement, when)
    if shared is not None:
        statement = _shared(shared, document)
        _check_network(figures, ClaimChecker(setting, "budget", statement, origin=shared.origin))
    facts.unchecked = [name for expectation in document.expectations for name in expectation.unchecked]
    facts.unchecked_of = ", ".join(f"{name} = {show(value)}" for name, value in document.defaults.items())
    settle_claims(facts, report)


def _when(document: Document) -> str:
    """The condition under which facts hold that say none, where arguments are given that are not the default; else nothing."""
    args = document.args
    own = {
        name: args[name] for name, value in document.given.items() if args[name].required or args[name].default != value
    }
    conditions = [f"{name} == {'…' if a.required else show(a.default)}" for name, a in own.items()]
    return " and ".join(conditions).replace('"', "'")


def _shared(shared: SharedBudget, document: Document) -> Statement:
    """The limits of a project as if they stood at the document's name, without those for which it has its own."""
    name = document.root.entries.get("name")
    span = name.value.span if name is not None else document.root.span.start()
    own = [budget.network.node.entries for budget in document.budgets]
    limits = {
        key: limit
        for key in Budget.model_fields
        if (limit := getattr(shared.limits, key)) is not None and not any(key in entries for entries in own)
    }
    node = Mapping({key: Entry(key, span, Scalar(None, "", False, span)) for key in limits}, span)
    return Statement(node, span, limits=Budget.model_construct(set(limits), **limits))


def _check_network(figures: Figures, checker: ClaimChecker) -> None:
    checker.figures(figures.of_network())
    checker.shape(figures.output(None), "the network gives")


def _check_path(
    figures: Figures, path: str, setting: Setting, expectation: Expectation, statement: Statement, when: str
) -> None:
    """What is said of one layer, group or use of a block."""
    facts = figures.facts
    node, scope = figures.by_path.get(path), facts.graph.scopes.get(path)
    checker = ClaimChecker(setting, expectation.owner, statement, path, node, when)
    if node is not None:
        if facts.of(node).outputs is not None:
            checker.figures(figures.of_layer(node, checker.keys))
            checker.shape(figures.output(node), f"{path} gives")
            checker.field(node)
    elif scope is not None:
        checker.figures(figures.of_group(scope))
        checker.shape(figures.output(scope), f"{path} gives")
        last = subtotal(facts, scope, figures.sums).last
        if last is not None:
            checker.field(last)
    elif not leads_into_others(facts.graph, path):  # those are steps behind one that is in error
        _no_such_layer(figures, path, expectation, statement, setting.report)


def _no_such_layer(
    figures: Figures, path: str, expectation: Expectation, statement: Statement, report: list[Diagnostic]
) -> None:
    near = find_path(path, figures.names)
    span = statement.span
    ways = (Fix(f"write {near.name}", (put(span, near.name),), near.is_only),) if near else ()
    message = f"{expectation.owner} speaks of {path[:80]}, but there is no such layer"
    label = f"did you mean {near.name}?" if near else "no such layer"
    report.append(Diagnostic("E0201", message, span, label=label, help=names_here(figures.names), ways=ways))
