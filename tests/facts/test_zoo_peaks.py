"""The peaks of the zoo's networks, with the sizes of their inputs left open: each is an answer, and right for all sizes tried."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from support import SPECS

from archspec.checking import check
from archspec.conditions.solve import holds
from archspec.dims import evaluate, parts_of_largest
from archspec.facts.model import Facts

KEYS = ("peak_activation_bytes", "module_peak_activation_bytes")
MOST_TERMS = {"unet": 5}
"""Moments of which the largest is told; of other networks at most three."""
COUNT = 4
"""Sizes of each network that are tried; `python tests/facts/test_zoo_peaks.py 30` tries more."""

UNKNOWN = {
    "bert": "it depends on T: --set T=… gives a number",  # whether its table of positions is spread, for a spec that takes 512 alone
    "lstm_classifier": "rnn is computed in one call or step by step, as PyTorch was built, and takes memory accordingly",
    "swin": "which layers copy depends on H, W: --set gives them numbers",  # a single window is one in order
    "transformer": "decoder.layers.0.multihead_attn takes memory in between that has no exact law",
}
"""Networks without an answer, and what is said of them."""
OF_ONE_SIZE = {"lenet5", "siamese", "zfnet"}
"""Networks whose first linear layer reads as many features as there are, which has to be a number."""

NETWORKS = sorted(path for path in (SPECS / "zoo").glob("*.yaml") if path.stem not in OF_ONE_SIZE)


def freed(path: Path) -> bytes:
    """A spec with symbols in place of its images' sizes, or of its sequences' lengths."""
    text = re.sub(r"^input: \[(\d+), [^\]]*\]", r"input: [\1, H, W]", path.read_text("utf-8"), flags=re.M)
    return re.sub(r'shape: \["\$\{(length|context)\}"\], dtype', "shape: [T], dtype", text).encode()


def sizes_of(facts: Facts, count: int) -> list[dict[str, int]]:
    """Random sizes that a network takes, small ones too."""
    pick = random.Random(count)
    found: list[dict[str, int]] = []
    for _ in range(2_000):
        numbers = {name: pick.randint(1, pick.choice([8, 40, 130, 400, 1100])) for name in facts.symbols}
        for group in facts.solution.groups if facts.solution is not None else ():
            numbers |= {name: sizes.near(numbers[name]) for name, sizes in pick.choice(group).items()}
        needs = (need.statement for need in facts.needs if not need.claim)
        if numbers not in found and all(holds(statement, numbers) for statement in needs):
            found.append(numbers)
        if len(found) == count:
            break
    return found


def compared(path: Path, count: int) -> int:
    """How many peaks of so many sizes were compared, all of which are those of the network of this size."""
    text = freed(path)
    symbolic = check(path.name, text).facts
    assert symbolic is not None
    times = 0
    for numbers in sizes_of(symbolic, count):
        concrete = check(path.name, text, numbers).facts
        assert concrete is not None
        for key in KEYS:
            size, number = getattr(symbolic.totals, key), getattr(concrete.totals, key)
            if size is not None and number is not None:
                assert evaluate(size, numbers) == number, (path.stem, key, numbers)
                times += 1
    return times


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_the_peaks_of_open_sizes(path: Path) -> None:
    facts = check(path.name, freed(path)).facts
    assert facts is not None
    assert facts.symbols
    for key in KEYS:
        size = getattr(facts.totals, key)
        assert (size is None) == (path.stem in UNKNOWN)
        assert facts.totals.unknown.get(key) == UNKNOWN.get(path.stem)
        assert len(parts_of_largest(size or 0)) <= MOST_TERMS.get(path.stem, 3)
    assert path.stem in UNKNOWN or compared(path, COUNT) >= 2


if __name__ == "__main__":
    import sys

    for network in NETWORKS:
        print(f"{network.stem}: {compared(network, int(sys.argv[1]))} peaks compared, none wrong")
