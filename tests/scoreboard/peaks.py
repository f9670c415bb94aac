"""The peak of activations as archspec says it, beside a run of the graph and of the generated module: `python
tests/scoreboard/peaks.py [NAMES...] > peaks.jsonl`. Run by hand.

Names are specs (`zoo/unet`) and models of timm (`timm/hiera_base_224`), which are imported; `specs` and `timm` stand for all that
docs/reference/scoreboard.md has. One process a model, one sample each. A run's peak comes with the operation of PyTorch at which
it stands.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE), str(HERE.parent / "facts"), str(HERE.parent / "conformance")]

SPECS = ROOT / "specs"
SYMBOLS = {"T": 50, "S": 24, "H": 64, "W": 64}
"""Numbers for the sizes that specs leave open."""
SECONDS = 2_400


def measure(name: str) -> dict[str, Any]:
    """The peaks of one network in bytes: as said, and as run. What is said may be None, with a reason."""
    import torch
    from harness import concrete
    from storages import module_peak, reference_peak

    from archspec import api

    torch.set_num_threads(1)
    text = imported(name.removeprefix("timm/")) if name.startswith("timm/") else with_numbers(SPECS / f"{name}.yaml")
    result = api.check(f"{name}.yaml", text.encode())
    assert result.facts is not None
    assert result.ok, result.diagnostics
    totals, graph = result.facts.totals, result.facts.graph
    run, run_at = reference_peak(result.facts)
    tensors = [(result.facts.of(node).outputs or {})["output"] for node in graph.inputs]
    inputs = [torch.zeros(concrete(tensor, 1), dtype=getattr(torch, tensor.dtype)) for tensor in tensors]
    module, module_at = module_peak(api.build(result), inputs)
    return {
        "name": name, "said": totals.peak_activation_bytes, "said_module": totals.module_peak_activation_bytes,
        "unknown": totals.unknown.get("peak_activation_bytes", ""),
        "run": run, "run_at": run_at, "module": module, "module_at": module_at,
    }  # fmt: skip


def with_numbers(path: Path) -> str:
    """The spec with a number for each open size of its inputs."""

    def fixed(shape: re.Match[str]) -> str:
        return re.sub(r"\b[A-Z]\b", lambda size: str(SYMBOLS.get(size[0], size[0])), shape[0])

    return re.sub(r"\b(?:input|shape): \[[^]]*\]", fixed, path.read_text())


def imported(name: str) -> str:
    """A model of timm as a spec."""
    from torch_models import load

    from archspec.importers import write
    from archspec.importers.sketch import InputSpec
    from archspec.importers.torch.binding import bind
    from archspec.importers.torch.sketching import to_sketch

    module, size = load("timm", name)
    return write(to_sketch(module, bind(module, [(None, InputSpec(list(size)))]), "Network")).text


def names_of(group: str) -> list[str]:
    """All of a group, or the one that it names."""
    if group == "specs":
        return [str(path.relative_to(SPECS).with_suffix("")) for path in sorted(SPECS.rglob("*.yaml"))]
    if group == "timm":
        return [f"timm/{name}" for name in (HERE / "timm_peaks.txt").read_text().split()]
    return [group]


def run(name: str) -> dict[str, Any]:
    """One network in a process of its own."""
    command = [sys.executable, __file__, "--one", name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"name": name, "cause": f"more than {SECONDS} s"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return {"name": name, "cause": (done.stderr.strip().splitlines() or ["nothing said"])[-1][:200]}
    return json.loads(lines[-1])  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["specs", "timm"])
    parser.add_argument("--one")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    for name in [name for group in options.names for name in names_of(group)]:
        print(json.dumps(run(name)), flush=True)


if __name__ == "__main__":
    main()
