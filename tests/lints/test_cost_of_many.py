"""What lints cost where there is much to be said: they look at each layer a few times, however many warnings there are."""

from __future__ import annotations

from cProfile import Profile
from itertools import pairwise

import pytest
from support import checked, spec

from archspec.lints import lint

SQUASHED = "  a{0}: Softmax\n  b{0}: Sigmoid\n"
SIZES_ALONE = "  c{0}: {{type: Conv2d, out_channels: 4, kernel_size: 1, from: {1}}}\n  {2}: {{type: UpsampleLike, from: [{1}, c{0}]}}\n"
DEAD_BESIDE_GROUPS = "  d{0}: {{type: ReLU, from: {1}}}\n  {2}: {{layers: {{a: ReLU}}, from: {1}}}\n"


@pytest.mark.parametrize(
    ("layers", "code"),
    [(SQUASHED, "W1002"), (SIZES_ALONE, "W1001"), (DEAD_BESIDE_GROUPS, "W1001")],
    ids=["squashed", "sizes alone", "dead beside groups"],
)
def test_warnings_are_found_in_a_few_walks(layers: str, code: str) -> None:
    few, many = _calls(layers, 100, code), _calls(layers, 400, code)
    assert many < 5 * few


def _calls(layers: str, count: int, code: str) -> int:
    """How many calls all lints take for so many layers, with a warning for about each."""
    names = ["input", *(f"n{i}" for i in range(count))]
    found = checked(spec("".join(layers.format(i, *pair) for i, pair in enumerate(pairwise(names))), "[4, 8, 8]"))
    assert found.facts is not None
    assert found.document is not None
    profile = Profile()
    said = profile.runcall(lambda: list(lint(found.facts, found.document)))
    assert sum(warning.code == code for warning in said) >= count
    return sum(entry.callcount for entry in profile.getstats())
