"""Rows of `import torch`: modules as they are written, and functions that they call.

Each imports the case, and checks the parameters and MACs of what was written. MACs are those of PyTorch's FlopCounterMode,
halved; parameters those of the module.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from run import Row

import archspec


def counts(params: int, macs: int) -> Callable[[Path, Path], str | None]:
    """What is wrong with the spec that the command wrote."""

    def probe(file: Path, out: Path) -> str | None:
        totals = archspec.analyze(archspec.load(out)).totals
        found = (totals["params"], totals["macs"])
        return None if found == (params, macs) else f"{found} parameters and MACs, not {(params, macs)}"

    return probe


def imported(source: str, kind: str, inputs: str, params: int, macs: int) -> Row:
    """A case that imports; `source` is MODULE or MODULE:CALLABLE below torch/, `inputs` one sample's, separated by spaces."""
    module, _, name = source.partition(":")
    words = " ".join(f"--input {one}" for one in inputs.split())
    return Row(
        f"torch/{module}.py", kind, f"import torch {module}:{name or 'Net'} {words} -o {{out}}", says=("verified",),
        probe=counts(params, macs),
    )  # fmt: skip


ROWS: list[Row] = [
    imported("b10_chain", "modules nested in their own class", "4", 80, 64),
    imported("b11_batch_std", "a view of a tensor without axes", "4,6,6", 184, 2_880),
    imported("b12_lazy", "parameters that get their shape from the first input", "1,28,28", 11_926, 129_360),
    imported("b13_weight_norm_old", "weights computed from others", "3", 40, 24),
    imported("b14_spectral", "weights computed from others", "3,8,8", 224, 7_776),
    imported("b14b_spectral_old", "weights computed from others", "3,8,8", 224, 7_776),
    imported("b14c_weight_norm_new", "weights computed from others", "3,8", 88, 432),
    imported("d30_underscore", "names that begin with an underscore", "3,8,8", 132, 4_464),
    imported("d43_hook", "hooks that change what a layer gives", "4", 40, 32),
    imported("ordinary_code:SharedBuffer", "one buffer in two modules", "4", 40, 32),
    imported("ordinary_code:NamedLikeAnOp", "a group named like an op", "4", 30, 24),
]
ROWS += [
    imported("d32_output_size", "arguments of a module's call", "3,8,8", 223, 3_456),
    imported("d49_addmm", "functions whose ops exist", "4", 25, 20),
    imported("d39_affine_grid", "functions whose ops exist", "3,8,8", 1_158, 1_152),
    imported("d39b_topk", "functions whose ops exist", "4", 50, 40),
    imported("transformer_parts:Best", "functions whose ops exist", "8", 54, 48),
    imported("ordinary_code:ThreeOperands", "an Einsum of three operands", "6,8", 52, 312),
    imported("d48_gqa_flag", "heads of queries that share keys", "5,16", 408, 2_720),
    Row("specs/convt_os.yaml", "arguments of a module's call", "check {}", exit=1, says=("output_padding: 1 makes the output one larger",),
        lacks=("write outputs", "did you mean")),
]  # fmt: skip
