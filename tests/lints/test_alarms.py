"""Lints that are told by default have few false alarms on networks that are fine, as the lints' page says."""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType

import pytest
from support import ROOT, checked, spec

sys.path.insert(0, str(ROOT / "docs"))

from generate import all_alarms

from archspec.diagnostics.codes import CODES
from archspec.lints import all_lints

COUNTED = cache(all_alarms)
MOST = 0.05


@pytest.mark.parametrize("lint", all_lints(), ids=lambda lint: lint.CODE)
def test_what_is_told_by_default_has_few_false_alarms(lint: ModuleType) -> None:
    """What was not counted is not known to give none."""
    having = {name: found for name, found in COUNTED().items() if lint.CODE in found["lints"]}
    warned = [network for found in having.values() for network in found["warned"].get(lint.CODE, [])]
    read = getattr(lint, "ALARMS", "")
    assert bool(warned) == read.startswith(
        ("true: ", "true, and harmless: ", "true of the imported spec: ", "false: ")
    ), f"ALARMS says what these were: {warned}"
    false = len(warned) if read.startswith("false") else 0
    is_sure = any("imported" in name for name in having)
    is_rare = false <= MOST * sum(found["networks"] for found in having.values())
    assert (is_sure and is_rare) == CODES[lint.CODE].is_default, (is_sure, false, warned)


def test_a_repeat_of_none_in_a_list() -> None:
    text = spec(
        "  g:\n    layers:\n      - {type: ReLU, repeat: 0}\n      - Tanh\n  h: {layers: [{layers: [ReLU], repeat: 0}, ReLU]}\n"
    )
    found = [(d.code, d.layer) for d in checked(text).diagnostics]
    assert found == [("W1019", "g"), ("W1019", "h")]
