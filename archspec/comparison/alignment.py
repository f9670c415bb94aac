"""Two sequences beside each other in one order. Enters: both, and how like two of their entries are; leaves: pairs of places.

The pairs have the largest sum of scores that any pairs in order have (S. Needleman, C. Wunsch, 1970). That costs the product of
both lengths, which is spent within a budget: beyond it, only what each has once is paired first (patience diff), and the
stretches between are aligned.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from archspec.limits import MAX_ALIGNED_LEVELS, MAX_ALIGNED_PAIRS


class Budget:
    """How many pairs may still be weighed, and whether that was too few."""

    __slots__ = ("is_met", "left")

    def __init__(self) -> None:
        self.left = MAX_ALIGNED_PAIRS
        self.is_met = False


Score = Callable[[int, int], float]
Keys = Sequence[Hashable]


def align(before: Keys, after: Keys, score: Score, budget: Budget) -> list[tuple[int, int]]:
    """Pairs of places, rising in both. Entries with equal keys are the same in all; `score` weighs two places, 0: no pair."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    found = [(place, place) for place in range(start)]
    found += _between((start, len(before) - end), (start, len(after) - end), (before, after), score, budget, 0)
    found += [(len(before) - place, len(after) - place) for place in range(end, 0, -1)]
    return found


Stretch = tuple[int, int]


def _between(
    ours: Stretch, others: Stretch, keys: tuple[Keys, Keys], score: Score, budget: Budget, level: int
) -> list[tuple[int, int]]:
    cells = (ours[1] - ours[0]) * (others[1] - others[0])
    if cells == 0:
        return []
    if cells <= budget.left:
        budget.left -= cells
        return _best(ours, others, score)
    anchors = _anchors(ours, others, keys) if level < MAX_ALIGNED_LEVELS else []
    if not anchors:
        budget.is_met = True
        return _in_step(ours, others, keys)
    found: list[tuple[int, int]] = []
    last = (ours[0], others[0])
    for place in [*anchors, (ours[1], others[1])]:
        found += _between((last[0], place[0]), (last[1], place[1]), keys, score, budget, level + 1)
        if place != (ours[1], others[1]):
            found.append(place)
        last = (place[0] + 1, place[1] + 1)
    return found


def _best(ours: Stretch, others: Stretch, score: Score) -> list[tuple[int, int]]:
    """The pairs with the largest sum."""
    wide = others[1] - others[0]
    rows = [[0.0] * (wide + 1)]
    for i in range(ours[0], ours[1]):
        above, row = rows[-1], [0.0]
        left = 0.0
        for j in range(wide):
            both = score(i, others[0] + j)
            left = max(left, above[j + 1], above[j] + both if both else 0.0)
            row.append(left)
        rows.append(row)
    found: list[tuple[int, int]] = []
    i, j = ours[1] - ours[0], wide
    while i and j:
        if rows[i][j] == rows[i][j - 1]:
            j -= 1
        elif rows[i][j] == rows[i - 1][j]:
            i -= 1
        else:
            i, j = i - 1, j - 1
            found.append((ours[0] + i, others[0] + j))
    return found[::-1]


def _anchors(ours: Stretch, others: Stretch, keys: tuple[Keys, Keys]) -> list[tuple[int, int]]:
    """Places of what both have just once, as many as rise in both."""
    before, after = keys[0][slice(*ours)], keys[1][slice(*others)]
    once = {key for key, count in Counter(before).items() if count == 1}
    once &= {key for key, count in Counter(after).items() if count == 1}
    places = {key: place for place, key in enumerate(after, others[0]) if key in once}
    return rising([(place, places[key]) for place, key in enumerate(before, ours[0]) if key in once])


def _in_step(ours: Stretch, others: Stretch, keys: tuple[Keys, Keys]) -> list[tuple[int, int]]:
    """What is the same at the same distance from the beginning."""
    pairs = zip(range(*ours), range(*others), strict=False)
    return [(i, j) for i, j in pairs if keys[0][i] == keys[1][j]]


def rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of these pairs, whose first places rise, whose second places rise too (the longest increasing subsequence)."""
    tails: list[int] = []
    last: list[int] = []
    back: list[int] = []
    for number, (_, place) in enumerate(pairs):
        at = bisect_left(tails, place)
        back.append(last[at - 1] if at else -1)
        tails[at : at + 1] = [place]
        last[at : at + 1] = [number]
    found: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = back[number]
    return found[::-1]
