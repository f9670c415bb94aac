"""What a model computes and nothing reads, which its spec leaves out. Enters: the calls that were left out; leaves: lines.

A mistake of the model can be that: it is not to be lost without a word.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from archspec.importers.torch.recording import Call
from archspec.words import listed

MAX_NAMED = 6
"""Calls that are named."""
_PLAIN = frozenset(
    """getitem view view_as reshape expand expand_as permute transpose chunk split unbind unsqueeze squeeze flatten size to type
    float half double bfloat16 int long bool detach clone contiguous cpu cuda numel dim data T mT zeros_like ones_like empty_like
    full_like new_zeros new_ones new_full new_empty""".split()
)
"""Functions that take a tensor apart, or make one like it: what they give and nothing reads is no layer that was meant."""


def said_of_dead(calls: Sequence[Call]) -> list[str]:
    """Which layers are not in the spec, since what they give goes nowhere."""
    names = list(dict.fromkeys(_name(call) for call in calls if call.name.strip("_") not in _PLAIN))
    if not names:
        return []
    more = len(names) - MAX_NAMED
    shown = [*names[:MAX_NAMED], f"{more} more"] if more > 0 else names
    return [f"left out, since nothing reads what {'they give' if len(names) > 1 else 'it gives'}: {listed(shown)}"]


def _name(call: Call) -> str:
    """The path of a module, or a function, and the line that calls it, in a file without its folder."""
    path = call.scopes[-1].path if call.scopes else ""
    name = path if call.module is not None and path else call.name
    place = os.path.basename(call.place.partition(" in ")[0])
    return f"{name} ({place})" if place else name
