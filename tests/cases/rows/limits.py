"""Small documents that took too much: each ends with the limit that it passes and its place, in few bytes, or with what it is.

What is bounded is counted, in steps, in parts and in bytes; times are in `tests/benchmarks/bench.py`.
"""

from __future__ import annotations

from pathlib import Path

from run import Row

STEPS = "what expressions and the layers that they make take is counted in steps"
PARTS = "what a module spells out is counted in parts"
SAID = "what is said of a document has a bound"
STEPS_SAID = ("E0508", "take more than 2,000,000 steps")
PARTS_SAID = ("E0007", "would spell out more than 300,000 parts")


def nothing_written(file: Path, out: Path) -> str | None:
    return f"{out} was written" if out.exists() else None


ROWS: list[Row] = [
    Row("hostile/for.yaml", STEPS, "check {}", exit=1, says=(*STEPS_SAID, "for.yaml:5:4", "1 error")),
    Row("hostile/linear_let.yaml", STEPS, "check {}", exit=1, says=(*STEPS_SAID, "linear_let.yaml:4:13", "1 error")),
    Row("hostile/conv_symbols.yaml", STEPS, "check {}", exit=1, says=(*STEPS_SAID, "conv_symbols.yaml:5:6", "1 error")),
    Row(
        "hostile/err_claim_list.yaml",
        SAID,
        "check {} --format json",
        exit=1,
        values={"diagnostics.0.code": "E0301", "diagnostics.999.code": "E0301"},
    ),
    Row("hostile/mha.yaml", PARTS, "compile {} -o {out}", exit=1, says=PARTS_SAID, probe=nothing_written),
    Row("hostile/constant_repeat.yaml", PARTS, "compile {} -o {out}", exit=1, says=PARTS_SAID, probe=nothing_written),
    Row("hostile/init_repeat.yaml", PARTS, "compile {} -o {out}", exit=1, says=PARTS_SAID, probe=nothing_written),
    Row(
        "hostile/external_repeat.yaml",
        SAID,
        "compile {} -o {out}",
        exit=1,
        says=("E0602", "c.3 and 99995 more"),
        probe=nothing_written,
    ),
    Row(
        "specs/huge_claims.yaml",
        "whole numbers have no bound",
        "check {} --quiet",
        exit=1,
        says=(
            "b has 69,247,347,870,448,746,496 MACs, not 69,247,347,870,448,746,497",
            "1 over the budget of 71,411,327,491,400,269,823",
            "1 below the 142,822,654,982,800,539,649 asked for",
            "3 errors",
        ),
    ),
    Row(
        "specs/huge_claims.yaml",
        "whole numbers have no bound",
        "check {}",
        exit=1,
        says=("(71.4 E; FLOPs", "15.5 TiB", "8.0 TiB"),
    ),
]
