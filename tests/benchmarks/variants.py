"""How long a thousand variants of one spec take, as a ratio within one run: `python tests/benchmarks/variants.py`. Run by hand.

ResNet at its five depths and two hundred widths, each checked through `with_`, and its totals and diagnostics read. A run is a
fresh process, its start included, beside one that imports torch; runs are interleaved, and the medians are compared.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench import ROOT, seconds

RUNS = int(os.environ.get("RUNS", "5"))
SWEEP = """
import sys
import archspec
spec = archspec.load(sys.argv[1])
for number in range(int(sys.argv[2])):
    variant = spec.with_(depth=(18, 34, 50, 101, 152)[number % 5], width_per_group=8 + number // 5)
    assert variant.facts.totals.params and variant.facts.totals.peak_activation_bytes
    assert isinstance(variant.diagnostics, list)
"""
VARIANTS = 1_000


def main() -> None:
    sweep = [sys.executable, "-c", SWEEP, str(ROOT / "specs" / "zoo" / "resnet.yaml")]
    commands = {
        "import torch": [sys.executable, "-c", "import torch"],
        "1 variant": [*sweep, "1"],
        "1,000 variants": [*sweep, str(VARIANTS)],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(RUNS + 1):
        for name, command in commands.items():
            took = seconds(command)
            if run:
                times[name].append(took)
    median = {name: statistics.median(values) for name, values in times.items()}
    for name, value in median.items():
        print(f"{name:16} {value * 1000:8.0f} ms  ({min(times[name]) * 1000:.0f} to {max(times[name]) * 1000:.0f})")
    each = (median["1,000 variants"] - median["1 variant"]) / (VARIANTS - 1)
    print(f"a variant more   {each * 1000:8.2f} ms")
    print(f"1,000 variants / import torch {median['1,000 variants'] / median['import torch']:6.2f}   at most 3")


if __name__ == "__main__":
    main()
