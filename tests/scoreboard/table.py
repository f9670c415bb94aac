"""The page of the scoreboard: `python tests/scoreboard/table.py torchvision.jsonl timm.jsonl onnx.md peaks.jsonl > docs/reference/scoreboard.md`.

Enters: what `torch_models.py` and `peaks.py` printed, a line a model, and the table of `onnx_models.py`. Leaves: the page, with
the date and the versions it was made with. With `--peaks peaks.jsonl PAGE`, the page as it is with its last section anew.
"""

from __future__ import annotations

import datetime
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

COLUMNS = ("imported", "params", "shapes", "macs", "keys", "outputs")
HEAD = """# Scoreboard: models that nobody here wrote

Each model is imported (`archspec import torch`), and the module compiled from the spec is compared with the original, in evaluation, on
one thread, with every parameter and statistic random. Made on {date} with PyTorch {torch}, torchvision {torchvision} and timm {timm}, by

```sh
python tests/scoreboard/torch_models.py torchvision > torchvision.jsonl
python tests/scoreboard/torch_models.py timm > timm.jsonl
python tests/scoreboard/onnx_models.py models --light --download rapidocr silero-vad … > onnx.md
python tests/scoreboard/peaks.py > peaks.jsonl
python tests/scoreboard/table.py torchvision.jsonl timm.jsonl onnx.md peaks.jsonl > docs/reference/scoreboard.md
```

| column | what is equal |
|---|---|
| params | the number of learned parameters |
| shapes | the output of every layer, as it was recorded |
| MACs | half of what `torch.utils.flop_counter` counts, exactly; attention computed by its definition, for the counter does not know the fused kernels of CPUs, and recurrent layers, of which it counts nothing, left out |
| keys | the `state_dict`'s names and shapes |
| outputs | bit by bit, and not all the same number |

timm's models are up to three of each of its 98 families (`tests/scoreboard/timm_models.txt`), none over 300 M parameters.
"""


def main() -> None:
    if sys.argv[1] == "--peaks":
        print(Path(sys.argv[3]).read_text().partition(PEAKS)[0].rstrip() + "\n\n" + peaks(lines(sys.argv[2])))
        return
    figures = [path for path in sys.argv[1:] if path.endswith(".jsonl")]
    every = [row for path in figures for row in lines(path)]
    rows = [row for row in every if "run" not in row]
    parts = {
        "torchvision, classification": [
            r for r in rows if r["name"].startswith("torchvision/") and r["name"].count("/") == 1
        ],
        "torchvision, segmentation and video": [r for r in rows if r["name"].count("/") == 2],
        "timm": [r for r in rows if r["name"].startswith("timm/")],
    }
    versions = {name: version(name).partition("+")[0] for name in ("torch", "torchvision", "timm")}
    print(HEAD.format(date=datetime.date.today().isoformat(), **versions))
    print("| | models | pass every column | " + " | ".join(name.replace("macs", "MACs") for name in COLUMNS) + " |")
    print("|---|---|---|" + "---|" * len(COLUMNS))
    for title, part in parts.items():
        counts = [sum(bool(row.get(column)) for row in part) for column in COLUMNS]
        print(f"| {title} | {len(part)} | {sum(map(passes, part))} | " + " | ".join(map(str, counts)) + " |")
    for title, part in parts.items():
        print(f"\n## {title[:1].upper()}{title[1:]}\n")
        failed = [row for row in part if not passes(row)]
        if failed:
            print("| does not pass | why |\n|---|---|")
            for row in failed:
                print(f"| {short(row)} | {cause(row)} |")
            print()
        print(
            "Pass, with the lines of their specs: "
            + ", ".join(f"{short(r)} {r['lines']}" for r in part if passes(r))
            + "."
        )

    for path in sys.argv[1:]:
        if path not in figures:
            print(ONNX + Path(path).read_text())
    print(peaks([row for row in every if "run" in row]))


def lines(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


PEAKS = "## Peak activations"
PEAKS_HEAD = """
One sample, in MB (10⁶ bytes): the peak as `check` says it, and as PyTorch's allocator gives it out (the
specs here, with 50 time steps and images of 64 pixels where they leave sizes open, and models of timm, imported). The run of the
graph goes layer by layer; the generated module is called as it is written, and its calls hold their arguments: that is the whole
difference between the two. [What is counted](counting.md).

| | said | run of the graph | said of the module | the module | |
|---|---:|---:|---:|---:|---|"""


def peaks(rows: list[dict[str, Any]]) -> str:
    """The section on peaks."""
    both = [
        row["said"] is not None and (row["said"], row["said_module"]) == (row["run"], row["module"]) for row in rows
    ]
    found = [PEAKS, PEAKS_HEAD]
    for row, same in zip(rows, both, strict=True):
        at = f"the runs' peaks stand at {row['run_at']}, {row['module_at']}"
        why = "" if same else row["unknown"] if row["said"] is None else at
        sizes = (row[key] for key in ("said", "run", "said_module", "module"))
        cells = ("?" if size is None else f"{size / 1e6:.3f}" for size in sizes)
        found.append(f"| {row['name'].removeprefix('zoo/')} | {' | '.join(cells)} | {why} |")
    said = sum(row["said"] is not None for row in rows)
    found.append(f"\n{sum(both)} of {said} equal in both columns; {len(rows) - said} not said.")
    return "\n".join(found)


ONNX = """
## ONNX files of other projects

From packages on PyPI, and the light models of the onnx package's own tests (those with random weights). `params` are the learned numbers,
where the file's differ because constants were folded or spelled out; `shapes` the tensors whose shapes equal those of onnxruntime;
`difference` the greatest of the outputs, relative to the greatest output. Without a batch axis, with a loop, or quantized: refused.

"""


def passes(row: dict[str, Any]) -> bool:
    return all(row.get(column) for column in COLUMNS)


def short(row: dict[str, Any]) -> str:
    return str(row["name"]).rsplit("/", 1)[-1]


def cause(row: dict[str, Any]) -> str:
    """What is not equal, and why as far as it is known."""
    wrong = (
        [column.replace("macs", "MACs") for column in COLUMNS[1:] if not row.get(column)] if row.get("imported") else []
    )
    said = str(row.get("cause", "")).removesuffix(" ()").replace("|", "\\|")
    return f"{', '.join(wrong)}: {said}" if wrong else said


if __name__ == "__main__":
    main()
