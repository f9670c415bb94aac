"""What a fuzzer's command does with its finds: each kind is printed once, kept where a folder is named, and counted.

Enters: finds, as they are made. Leaves: lines on standard output, files, and the exit code.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Find(NamedTuple):
    """A mutation whose answer is wrong: its number, its file's ending and bytes, and what is wrong."""

    number: int
    suffix: str
    data: bytes
    what: str


def parser(description: str | None) -> argparse.ArgumentParser:
    """`[--count N] [--seed S] [--keep FOLDER]`."""
    found = argparse.ArgumentParser(description=description)
    found.add_argument("--count", type=int, default=1_000)
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--keep", type=Path)
    return found


def tell(finds: Iterable[Find], options: argparse.Namespace) -> int:
    """Prints the finds and how many there were; answers the exit code."""
    seen: dict[str, int] = {}
    begun = time.process_time()
    for find in finds:
        seen[find.what] = seen.get(find.what, 0) + 1
        if seen[find.what] == 1:
            print(f"{find.number}: {find.what}", flush=True)
            if options.keep:
                options.keep.mkdir(exist_ok=True)
                (options.keep / f"mutated_{options.seed}_{find.number}.{find.suffix}").write_bytes(find.data)
    took = time.process_time() - begun
    print(f"{options.count:,} mutations in {took:.0f} s: {sum(seen.values())} wrong, of {len(seen)} kinds")
    return 1 if seen else 0
