"""Lints that are told by default have few false alarms on networks that are fine, as the lints' page says."""

from __future__ import annotations

import json

from support import ROOT, SPECS, checked, spec

from archspec.checking import check
from archspec.diagnostics.codes import CODES
from archspec.lints import all_lints, warnings_of

CONTENT = json.loads((ROOT / "docs" / "reference" / "lint_alarms.json").read_text("utf-8"))
MOST = 0.05


def test_what_is_told_by_default_has_few_false_alarms() -> None:
    for lint in all_lints():
        total = sum(found["networks"] for found in CONTENT["measured"].values() if lint.CODE in found["lints"])
        warned = [name for found in CONTENT["measured"].values() for name in found["warned"].get(lint.CODE, [])]
        false = len(warned) if CONTENT["read"].get(lint.CODE, "").startswith("false") else 0
        assert (false / total <= MOST) == CODES[lint.CODE].is_default, (lint.CODE, warned)
        assert bool(warned) == (lint.CODE in CONTENT["read"]), f"{lint.CODE}: what was found, was read"


def test_the_figures_of_the_zoo_are_true() -> None:
    found: dict[str, list[str]] = {}
    paths = sorted((SPECS / "zoo").glob("*.yaml"))
    for path in paths:
        result = check(path.name, path.read_bytes())
        assert result.facts is not None
        assert result.document is not None
        for lint in all_lints():
            if any(True for _ in warnings_of(lint, result.facts, result.document)):
                found.setdefault(lint.CODE, []).append(path.stem)
    zoo = CONTENT["measured"]["the zoo"]
    assert zoo["lints"] == [lint.CODE for lint in all_lints()]
    assert (zoo["networks"], zoo["warned"]) == (len(paths), found)


def test_every_lint_was_counted_on_networks_that_were_imported() -> None:
    """What was not counted is not known to give no false alarms."""
    counted = {code for name, found in CONTENT["measured"].items() if "imported" in name for code in found["lints"]}
    assert counted == {lint.CODE for lint in all_lints()}


def test_a_repeat_of_none_in_a_list() -> None:
    text = spec(
        "  g:\n    layers:\n      - {type: ReLU, repeat: 0}\n      - Tanh\n  h: {layers: [{layers: [ReLU], repeat: 0}, ReLU]}\n"
    )
    found = [(d.code, d.layer) for d in checked(text).diagnostics]
    assert found == [("W1019", "g"), ("W1019", "h")]
