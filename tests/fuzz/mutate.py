"""Mutated specs, and what archspec promises of them: `python tests/fuzz/mutate.py [--runs N] [--seed S] [--keep FOLDER]`.

Each run changes a valid spec as a tree (`mutations.py`) and tries every promise on it (`promises.py`): an answer within 5 s and 1 GiB, places
that exist, figures that are known, a module and a picture for what has no errors. A find is printed once a kind, with its number and as small
a document as shows it; the exit code says whether there was one. The fuzzer in `fuzz.py` is guided by coverage and finds what is odd in texts.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from mutations import mutated, written
from promises import faults

TRIES, SECONDS = 300, 20
"""How many smaller documents are tried for each find, and how much processor time they may take."""


def document(seed: int, number: int) -> tuple[Any, str]:
    """The tree of a run, and its text."""
    random = Random(f"{seed}.{number}")
    tree = mutated(random)
    return tree, written(tree, random)


def smaller(tree: Any, is_same: Callable[[Any], bool]) -> Any:
    """The tree without what the find does not need: one value after the other is taken out, as long as it stays."""
    tries, end = 0, time.process_time() + SECONDS
    again = True
    while again:
        again = False
        for path in sorted(_paths(tree), key=len):
            tries += 1
            if tries > TRIES or time.process_time() > end:
                return tree
            less = _without(tree, path)
            if less is not None and is_same(less):
                tree, again = less, True
    return tree


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))[::-1] if isinstance(tree, list) else []
    return [found for key in keys for found in ((*path, key), *_paths(tree[key], (*path, key)))]


def _without(tree: Any, path: tuple[Any, ...]) -> Any:
    """A copy without what stands at a path; None where nothing does any more."""
    import copy

    found = copy.deepcopy(tree)
    holder = found
    try:
        for key in path[:-1]:
            holder = holder[key]
        del holder[path[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first run")
    parser.add_argument("--commands", type=float, default=0.05, help="the share that goes through the commands too")
    parser.add_argument("--verify", type=float, default=0.05, help="the share that is computed with PyTorch too")
    parser.add_argument("--keep", type=Path, help="a folder for the documents")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.verify:
        import torch

        torch.set_num_threads(1)
    begun = time.process_time()
    seen: Counter[str] = Counter()
    for number in range(options.first, options.first + options.runs):
        tree, text = document(options.seed, number)
        for said in dict.fromkeys(faults(text, Random(number), options.commands, options.verify)):
            seen[said] += 1
            if seen[said] == 1:
                _show(said, tree, text, options, number)
    print(f"{options.runs:,} runs with seed {options.seed} in {time.process_time() - begun:.0f} s: {len(seen)} kinds")
    for said, count in seen.most_common():
        print(f"{count:6} {said}")
    return 1 if seen else 0


def _show(said: str, tree: Any, text: str, options: argparse.Namespace, number: int) -> None:
    has_values = said.startswith("verify")
    has_commands = not has_values and said not in faults(text, Random(number), 0, 0)

    def is_same(less: Any) -> bool:
        return said in faults(written(less, Random(0)), Random(number), has_commands, has_values)

    least = written(smaller(tree, is_same), Random(0)) if is_same(tree) else text
    print(f"--- seed {options.seed}, run {number}: {said}\n{least}", flush=True)
    if options.keep:
        options.keep.mkdir(exist_ok=True)
        (options.keep / f"{options.seed}_{number}.yaml").write_text(least, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
