"""Speed and memory, as ratios within one run: `python tests/benchmarks/bench.py`. Run by hand, never by the tests.

Each command is a fresh process; times are medians of interleaved runs, so that a noisy machine slows all alike. What a check is
made of is said by the least times, each less the one before.
Bytecode is compiled in a first, uncounted run, as it is after any installation.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RUNS = int(os.environ.get("RUNS", "9"))
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
# What every check begins with, each with what stands above it; without collecting garbage, and ended at once, as `archspec` is.
BEGINNINGS = {
    "python": "",
    "yaml": "import yaml",
    "pydantic": "os.environ['PYDANTIC_DISABLE_PLUGINS'] = '__all__'; from pydantic import BaseModel, fields",
}


def beginning(last: str) -> list[str]:
    """The command that imports what a check does, up to and with this one of BEGINNINGS."""
    names = list(BEGINNINGS)
    imports = [BEGINNINGS[name] for name in names[: names.index(last) + 1] if BEGINNINGS[name]]
    return [sys.executable, "-c", "; ".join(["import gc, os", "gc.disable()", *imports, "os._exit(0)"])]


def chain(length: int) -> str:
    """A spec of so many layers, convolutions and ReLUs in turn."""
    kinds = ("{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}", "ReLU")
    layers = "".join(f"  layer{i}: {kinds[i % 2]}\n" for i in range(length))
    return f"archspec: 1\nname: Chain\ninput: [8, 32, 32]\nlayers:\n{layers}"


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - start


def peak_megabytes(command: list[str]) -> float:
    """The peak resident memory of one run, measured in a child of its own."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, *command], check=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    return int(out.stdout) / (1024 if sys.platform != "darwin" else 1024**2)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for length in (1, 1_000, 2_000, 5_000, 10_000):
            paths[length] = Path(folder) / f"chain{length}.yaml"
            paths[length].write_text(chain(length))
        check = [str(Path(sys.executable).with_name("archspec")), "check"]
        commands = {
            "import torch": [sys.executable, "-c", "import torch"],
            **{name: beginning(name) for name in BEGINNINGS},
            "check alexnet": [*check, str(ROOT / "specs" / "alexnet.yaml")],
            "check resnet 152": [*check, str(ROOT / "specs" / "zoo" / "resnet.yaml"), "--set", "depth=152"],
            **{f"check {length} layers": [*check, str(path)] for length, path in paths.items()},
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for run in range(RUNS + 1):
            for name, command in commands.items():
                took = seconds(command)
                if run:
                    times[name].append(took)
        median = {name: statistics.median(values) for name, values in times.items()}
        for name, value in median.items():
            print(f"{name:22} {value * 1000:8.0f} ms  ({min(times[name]) * 1000:.0f} to {max(times[name]) * 1000:.0f})")
        start = median["check 1 layers"]
        print()
        print(
            f"check alexnet / import torch        {median['check alexnet'] / median['import torch']:6.3f}   at most 0.1"
        )
        least = {name: min(values) for name, values in times.items()}  # differences of medians drown in noise
        before = 0.0
        for name in (*BEGINNINGS, "check alexnet"):
            share = (least[name] - before) / least["import torch"]
            print(f"  of which {'archspec' if name == 'check alexnet' else name:26}{share:6.3f}")
            before = least[name]
        print(
            f"check resnet 152 / check alexnet    {median['check resnet 152'] / median['check alexnet']:6.2f}   at most 1.5"
        )
        print(f"check 1,000 layers / start-up       {median['check 1000 layers'] / start:6.2f}   at most 3")
        slope = (median["check 10000 layers"] - start) / (median["check 5000 layers"] - start)
        print(f"10,000 layers / 5,000, less start-up{slope:6.2f}   2 is linear")
        print(f"memory of check alexnet             {peak_megabytes(commands['check alexnet']):6.0f} MiB   below 60")
        print(f"memory of 10,000 layers             {peak_megabytes(commands['check 10000 layers']):6.0f} MiB")


if __name__ == "__main__":
    main()
