"""Rows of the PyTorch back end and of `compile --verify`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from run import Row

FLAG = "one class: a flag at its default in one use is an argument"
VERIFIED = ("compile {} --verify -o {out}", 0, ("verified with PyTorch", "two calls in training"))


def _computes_six(file: Path, out: Path) -> str | None:
    """On ones the first layer gives 2, the second 2 * (2 + 1)."""
    import torch

    sys.path.insert(0, str(Path(__file__).parents[3]))
    from archspec.running.build import build

    found = build(out.read_text("utf-8"), "Paren")(torch.ones(1, 4))
    return None if bool((found == 6).all()) else f"gives {found.tolist()} on ones"


def _one_class_a_block(file: Path, out: Path) -> str | None:
    classes = re.findall(r"(?m)^class (\w+)", out.read_text("utf-8"))
    again = [name for name in classes if re.search(r"_\d$", name)]
    return f"{again} are second classes of a block" if again else None


ROWS: list[Row] = [
    Row("engineer/two.yaml", FLAG, *VERIFIED, probe=_one_class_a_block),
    Row("engineer/clip.yaml", FLAG, "compile {} -o {out}", probe=_one_class_a_block),
    Row("specs/paren3.yaml", "an expression keeps its parentheses", *VERIFIED, probe=_computes_six),
    *(
        Row(f"specs/{name}.yaml", "names in generated code", *VERIFIED)
        for name in ("mathn2", "mathn4", "names2", "conditional_dot", "conditional_hyphen")
    ),
]
