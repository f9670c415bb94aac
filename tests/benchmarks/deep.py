"""What deep networks cost, as ratios within one run: `python tests/benchmarks/deep.py`. Run by hand, never by the tests.

A spec of so many steps is held against the same with few, against the start of the process, and against the shape inference
of ONNX (C++) on the same network, which has to list all layers.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archspec.checking import check
from archspec.expand.folding import LONG

ROOT = Path(__file__).resolve().parent.parent.parent
RUNS = int(os.environ.get("RUNS", "7"))
STEPS = 100_000
RESIDUAL = """\
archspec: 1
name: Deep
args: {count: 1}
input: [8, 32, 32]
blocks:
  Step:
    layers:
      conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      relu: ReLU
      add: {type: Add, from: [input, relu]}
layers:
  body: {type: Step, repeat: "${count}"}
"""


def median(what: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds."""
    what()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        what()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def command(*arguments: str) -> Callable[[], object]:
    archspec = str(Path(sys.executable).with_name("archspec"))
    return lambda: subprocess.run([archspec, *arguments], check=True, stdout=subprocess.DEVNULL)


def onnx_model(steps: int) -> Any:
    """The same network as ONNX has it."""
    from onnx import TensorProto, helper

    nodes, weights, before = [], [], "x"
    weights.append(helper.make_tensor("w", TensorProto.FLOAT, [8, 8, 3, 3], [0.0] * 576))
    for i in range(steps):
        nodes += [
            helper.make_node("Conv", [before, "w"], [f"c{i}"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", [f"c{i}"], [f"r{i}"]),
            helper.make_node("Add", [before, f"r{i}"], [f"a{i}"]),
        ]
        before = f"a{i}"
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 8, 32, 32])
    out = helper.make_tensor_value_info(before, TensorProto.FLOAT, None)
    return helper.make_model(helper.make_graph(nodes, "deep", [given], [out], weights))


def main() -> None:
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deep.yaml"
        path.write_text(RESIDUAL)
        spec = str(path)
        start = median(command("check", spec))
        print(f"check 1,000,000 steps / 1 step      {median(command('check', spec, '--set', 'count=1000000')) / start:7.2f}"
              "   at most 1.5")  # fmt: skip
        took = median(command("compile", spec, "--set", "count=1000000"))
        print(f"compile 1,000,000 steps / check     {took / start:7.2f}   within a second: {took:.2f} s")
    ours = median(lambda: check("deep.yaml", RESIDUAL.encode(), {"count": STEPS}, fold_from=LONG))
    model = onnx_model(STEPS)
    theirs = median(lambda: onnx.shape_inference.infer_shapes(model), 1)
    print(f"ONNX's inference / check, {STEPS:,}   {theirs / ours:7.0f}   at least 100")
    text = (ROOT / "specs" / "zoo" / "gpt2.yaml").read_bytes()
    few, many, whole = (
        median(lambda depth=depth, fold=fold: check("gpt2.yaml", text, {"depth": depth}, fold_from=fold))
        for depth, fold in ((12, 3), (1200, 3), (12, LONG))
    )
    print(f"GPT-2, 1,200 layers / 12, totals    {many / few:7.2f}   within 10 %")
    print(f"GPT-2, 12 with each layer's row     {whole / few:7.2f}   of that with totals alone")


if __name__ == "__main__":
    main()
