"""The peak of activations as archspec says it, beside a run of the graph and of the generated module: `python tests/scoreboard/peaks.py`.

One sample each, in MB (10^6 bytes). Printed as a table in Markdown; a row whose run differs from what is said names the operation of
PyTorch at which the peak stands.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "facts"), str(HERE.parent / "conformance")]

import torch  # noqa: E402
from harness import concrete  # noqa: E402
from storages import module_peak, reference_peak  # noqa: E402

from archspec import api  # noqa: E402
from archspec.facts.model import Facts  # noqa: E402
from archspec.ops.base import per_sample  # noqa: E402

SPECS = HERE.parents[1] / "specs"


def row(path: Path) -> str | None:
    """One line of the table; None where sizes are symbolic or the spec is no network of its own."""
    result = api.check(str(path), path.read_bytes())
    if result.facts is None or not result.ok or not _has_numbers(result.facts):
        return None
    said = result.facts.totals.peak_activation_bytes
    run, at = reference_peak(result.facts)
    tensors = [(result.facts.of(node).outputs or {})["output"] for node in result.facts.graph.inputs]
    inputs = [torch.zeros(concrete(tensor, 1), dtype=getattr(torch, tensor.dtype)) for tensor in tensors]
    module, module_at = module_peak(api.build(result), inputs)
    notes = (
        [f"the run: {at}"]
        if run != said and said is not None
        else [result.facts.totals.unknown.get("peak_activation_bytes", "")]
        if said is None
        else []
    )
    notes += [f"the module: {module_at}"] if module != run else []
    name = path.relative_to(SPECS).with_suffix("")
    return f"| {name} | {_mb(said)} | {_mb(run)} | {_mb(module)} | {'; '.join(notes)} |"


def _has_numbers(facts: Facts) -> bool:
    tensors = [tensor for record in facts.layers for tensor in (record.outputs or {}).values()]
    return all(isinstance(per_sample(size), int) for tensor in tensors for size in tensor.shape)


def _mb(size: object) -> str:
    return f"{size / 1e6:.3f}" if isinstance(size, int) else "?"


def main() -> None:
    warnings.simplefilter("ignore")
    wanted = sys.argv[1:]
    print("| network | said | graph | generated module | where they differ |\n|---|---:|---:|---:|---|")
    for path in sorted(SPECS.rglob("*.yaml")):
        if wanted and path.stem not in wanted:
            continue
        try:
            line = row(path)
        except Exception as error:
            line = f"| {path.stem} | {type(error).__name__}: {str(error)[:80]} |"
        if line is not None:
            print(line, flush=True)


if __name__ == "__main__":
    main()
