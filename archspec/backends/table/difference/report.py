"""A comparison for programs: the report `archspec.diff/1`. Enters: a comparison; leaves: plain data, everything in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archspec.backends.table.difference import claims
from archspec.backends.table.difference.phrases import params_of
from archspec.backends.table.difference.sums import KEYS
from archspec.backends.table.report import field_record
from archspec.comparison.model import Change, Comparison, Figures, Member
from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts
from archspec.facts.plain import plain_shape, plain_size
from archspec.graph import Graph, Node

SCHEMA = "archspec.diff/1"


def report(found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any], *, note: str = "") -> dict[str, Any]:
    """The report. `before` and `after` say which networks they are, `note` what was not compared."""
    loading = found.loading
    return {
        "schema": SCHEMA,
        "before": dict(before),
        "after": dict(after),
        "same": found.is_same and not note,
        "complete": not found.is_bounded and not note,
        "note": note or None,
        "inputs_and_outputs": [
            {"name": one.name, "before": one.before or None, "after": one.after or None} for one in found.inputs
        ],
        "changes": [_change(change, found) for change in found.changes],
        "shifted": [{"before": x.path, "after": y.path} for x, y in found.shifted],
        "figures": [_figures(one) for one in found.figures],
        "weights": {
            "loads": list(loading.loads),
            "renamed": {one.before: one.after for one in loading.renamed},
            "reshaped": [
                {"before": one.before, "after": one.after, "shape_before": plain_shape(one.shape_before),
                 "shape_after": plain_shape(one.shape_after)} for one in loading.reshaped
            ],
            "missing": list(loading.missing),
            "begun": list(loading.begun),
            "unexpected": list(loading.unexpected),
            "misled": list(loading.misled),
            "strict": loading.is_strict,
            "absorbed": dict(loading.absorbed),
        },
        "totals": {
            key: {"before": plain_size(getattr(found.before.totals, key)), "after": plain_size(getattr(found.after.totals, key))}
            for key in KEYS
        },
    }  # fmt: skip


def about(facts: Facts, path: str, arguments: Mapping[str, Any], symbols: Mapping[str, Any], missed: Sequence[Diagnostic]
          ) -> dict[str, Any]:  # fmt: skip
    """Which network one of the two is, and the claims that it does not keep."""
    return {
        "name": facts.graph.name, "path": path, "arguments": dict(arguments), "symbols": dict(symbols),
        "missed": claims.records(missed),
    }  # fmt: skip


def _change(change: Change, found: Comparison) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "before": _member(change.before, found.before),
        "after": _member(change.after, found.after),
        "comes_after": change.beside or None,
        "details": {
            one.name: {"before": one.before, "after": one.after, "derived": one.is_derived} for one in change.details
        },
    }


def _member(member: Member | None, facts: Facts) -> dict[str, Any] | None:
    if member is None:
        return None
    return {
        "path": member.path,
        "type": (member.type if isinstance(member, Node) else member.what) or None,
        "layers": 1 if isinstance(member, Node) else sum(1 for _ in member.nodes()),
        "line": _line(member, facts.graph),
        "params": plain_size(params_of(member, facts)),
    }


def _line(member: Member, graph: Graph) -> int | None:
    """Where it is written; a group's is that of its entry in the scope that it stands in."""
    if isinstance(member, Node):
        return member.place.name.line
    parent = member.path.removesuffix(member.name).rstrip(".")
    slots = (graph.scopes[parent] if parent else graph.root).slots
    return next((slot.place.name.line for slot in slots if slot.member is member), None)


def _figures(one: Figures) -> dict[str, Any]:
    """The figures of a layer that differ; `null` for those that do not."""
    return {
        "before": one.before.path,
        "after": one.after.path,
        "follows": not one.is_caused,
        "output": _pair([list(map(plain_shape, shapes)) for shapes in one.shapes] if one.shapes else None),
        "params": _pair([plain_size(size) for size in one.params] if one.params else None),
        "macs": _pair([plain_size(size) for size in one.macs] if one.macs else None),
        "receptive_field": _pair([field_record(field) for field in one.fields] if one.fields else None),
    }


def _pair(both: list[Any] | None) -> dict[str, Any] | None:
    return None if both is None else {"before": both[0], "after": both[1]}
