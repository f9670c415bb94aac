"""Faults that were found once, put back one at a time: each has to turn its gate red. `python tests/mutation/faults.py [WORD]`

A fault is one change of the text of one file, in a copy of the repository; its gate is a folder or a file of tests that is green
without it. WORD picks the faults whose description has it. Ends with 1 where a gate stays green, or a fault no longer fits the code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Fault(NamedTuple):
    """What was wrong; the file and the text that mended it; what stood there; and the tests that have to see it."""

    what: str
    file: str
    right: str
    wrong: str
    gate: str


END_TO_END, ALL_READ, VALUES, NAMES = (
    "tests/conformance/test_end_to_end.py", "tests/importers/onnx/test_all_read.py", "tests/verification/test_generated_values.py",
    "tests/torch_backend/test_names.py",
)  # fmt: skip
TRUTH, ADVICE, MEMORY = "tests/importers/test_import_truth.py", "tests/advice", "tests/facts/test_memory.py"

FAULTS = (
    # Every op, end to end.
    Fault("a layer's own `init` is taken for the start values of its parameters", "archspec/expand/layer.py",
          "    elif found is not None and _is_field(found, \"init\", node):\n        inits = ()\n", "", END_TO_END),
    Fault("importers deny a function whose op exists", "archspec/importers/torch/sampling.py",
          '@handles("topk")', '@handles("top_k")', "tests/importers"),
    # Every attribute and argument is read or refused.
    Fault("attributes of an ONNX node that nobody reads are dropped", "archspec/importers/onnx/reading.py",
          "self.need(name in self._read_attributes or is_default or is_empty,", "self.need(True,", ALL_READ),
    Fault("inputs of an ONNX node that nobody reads are dropped", "archspec/importers/onnx/reading.py",
          "self.need(not name or index in self._read_inputs,", "self.need(True,", ALL_READ),
    # Values, not shapes.
    Fault("an expression goes into code without its parentheses", "archspec/backends/python/code.py",
          "if is_number or binding(code) < least else code", "if is_number else code", VALUES),
    Fault("a tensor of ones starts at zero", "archspec/backends/torch/construct.py",
          '"torch.ones" if fill else "torch.zeros"', '"torch.zeros"', VALUES),
    # Names.
    Fault("local variables shadow what generated code calls", "archspec/backends/torch/names.py",
          "super().__init__(RESERVED | {*CHAIN})", "super().__init__({*CHAIN})", NAMES),
    Fault("a class bears the name of what constructors hand on", "archspec/backends/torch/module.py",
          "*RESERVED, *OF_CONSTRUCTORS, *(self._values()", "*RESERVED, *(self._values()", NAMES),
    # Advice is tried before it is given.
    Fault("advice is given untried", "archspec/advice/trial.py",
          "new = self.new(way.edits, error, way.is_safe)\n", "new = list[Diagnostic]()\n", ADVICE),
    Fault("advice may bring a new error", "archspec/advice/trial.py", "if left[after.code] < 0:", "if False:", ADVICE),
    # Invariants of whole specs.
    Fault("messages have no bound", "archspec/limits.py", "MAX_TOLD = 1_000\n", "MAX_TOLD = 1_000_000\n", "tests/table"),
    Fault("a mapping is a value, and unknown without a word", "archspec/document/values.py",
          "        found = mapping_in(node)\n", "        found = None\n", "tests/language"),
    # No number without a law.
    Fault("Cat along a spatial axis is joined as if positions lined up", "archspec/ops/merge.py",
          "    def joins(self, inputs: Inputs) -> int:\n        return self.dim % inputs[0].rank\n\n", "", "tests/facts/test_field_oracle.py"),
    Fault("what is hidden by a mask counts as seen", "archspec/facts/receptive_field.py",
          "if isinstance(traced, Traced) and node.index in hides:", "if False:", "tests/facts"),
    Fault("an op writes in place, and the peak counts it twice", "archspec/facts/storage.py",
          "        if is_view:\n", "        if False:\n", MEMORY),
    # Import compares what stands in the written spec.
    Fault("`requires_grad` is dropped on import", "archspec/importers/torch/sketching.py",
          "self.of_state)\n        self._freeze()\n", "self.of_state)\n", TRUTH),
    Fault("inputs are bound by position", "archspec/importers/torch/binding.py",
          "(name or next(left, None), (name, spec))", "(next(left, None), (name, spec))", TRUTH),
    Fault("buffers are copied before they are compared", "archspec/verification/compare.py",
          "    if is_all_given:\n", "    if True:\n", "tests/importers"),
)  # fmt: skip


def copy(folder: Path) -> None:
    """The repository without what is built."""
    leave = shutil.ignore_patterns(".git", "__pycache__", ".*_cache", "*.egg-info", "build", "dist")
    shutil.copytree(ROOT, folder, ignore=leave, dirs_exist_ok=True)


def turns_red(fault: Fault, folder: Path) -> str | None:
    """What is wrong, or None where the gate sees the fault."""
    path = folder / fault.file
    text = path.read_text("utf-8")
    if text.count(fault.right) != 1:
        return f"{fault.file} has {text.count(fault.right)} places for it"
    path.write_text(text.replace(fault.right, fault.wrong), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run([sys.executable, "-m", "pytest", "-n0", "-x", "-q", *fault.gate.split()], cwd=folder, env=environment,
                              capture_output=True, text=True, check=False)  # fmt: skip
    finally:
        path.write_text(text, "utf-8")
    if done.returncode == 1:
        failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
        print(f"red   {fault.what}\n      {failed[0][7:160] if failed else ''}", flush=True)
        return None
    return "the gate stays green" if done.returncode == 0 else f"the tests do not run: {done.stdout[-300:]}"


def main(word: str = "") -> int:
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "repository"
        copy(folder)
        chosen = [fault for fault in FAULTS if word in fault.what]
        for fault in chosen:
            problem = turns_red(fault, folder)
            if problem is not None:
                missed += 1
                print(f"MISS  {fault.what}: {problem}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} faults turn their gate red")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
