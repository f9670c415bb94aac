"""ONNX's own tests of its operators, imported and compared: `python tests/scoreboard/onnx_nodes.py [PART OF A NAME] [--every N] [--seed S]`.

The onnx package brings about 1,900 models of one or a few nodes, with inputs and what comes out. Each is tried twice: as it is, and
with all inputs but the first as weights of the file (shapes, axes and weights come so from exporters). An import is *equal*, or it
is *refused* with a sentence; all else is a *fault*: another result, another exception, or more than `SECONDS`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

SECONDS = 5
OPEN = {"test_top_k_same_values_2d", "test_top_k_same_values_2d (weights)"}
"""Tests of what PyTorch leaves open: the order of equal numbers in TopK."""
HALF = ("float16", "bfloat16")


class Outcome(NamedTuple):
    """What became of one test: `equal`, `refused` or `fault`, and why."""

    name: str
    kind: str
    why: str = ""
    seconds: float = 0.0


def cases() -> list[Any]:
    """The tests of all operators."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        return sorted(collect_testcases(), key=lambda case: case.name)


def outcomes(chosen: list[Any], folder: Path) -> Iterator[Outcome]:
    """Each test in both forms, where the second differs."""
    for case in chosen:
        if case.name in OPEN:
            continue
        for inputs, outputs in case.data_sets[:1]:
            yield outcome(case.name, case.model, list(inputs), list(outputs), folder)
            known = with_weights(case.model, list(inputs))
            if known is not None:
                yield outcome(f"{case.name} (weights)", known, list(inputs)[:1], list(outputs), folder)


def with_weights(model: Any, inputs: list[Any]) -> Any | None:
    """The model with all inputs but the first as weights; None where there are none, or one is no tensor."""
    import onnx
    from onnx import numpy_helper

    if len(inputs) < 2 or not all(isinstance(x, np.ndarray) and x.dtype != object for x in map(_array, inputs)):
        return None
    found = onnx.ModelProto()
    found.CopyFrom(model)
    for value, x in zip(list(found.graph.input)[1:], inputs[1:], strict=True):
        if not value.type.HasField("tensor_type"):
            return None
        tensor = x if isinstance(x, onnx.TensorProto) else numpy_helper.from_array(np.asarray(x), value.name)
        found.graph.initializer.append(tensor)
        found.graph.initializer[-1].name = value.name
    del found.graph.input[1:]
    return found


def outcome(name: str, model: Any, inputs: list[Any], outputs: list[Any], folder: Path) -> Outcome:
    """One model imported, built and run."""
    from archspec.importers.sketch import ImportProblem

    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    begun = time.process_time()

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        difference = compared(path, model, inputs, outputs)
        kind, why = ("equal", "") if difference is None else ("fault", difference)
    except ImportProblem as problem:
        kind, why = "refused", f"{problem.place} {problem.message}"
    except TimeoutError:
        kind, why = "fault", f"more than {SECONDS} s"
    except Exception as error:  # whatever comes out is what is counted
        kind, why = "fault", f"{type(error).__name__}: {str(error)[:300]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return Outcome(name, kind, why, time.process_time() - begun)


def compared(path: Path, model: Any, inputs: list[Any], outputs: list[Any]) -> str | None:
    """What differs between the built module's outputs and the expected ones; None where nothing does. Raises ImportProblem."""
    import torch

    import archspec
    from archspec.importers import write
    from archspec.importers.onnx import import_onnx

    sketch, state = import_onnx(str(path))
    module = archspec.build(write(sketch).spec)
    tensors = {key: torch.from_numpy(np.array(value)) for key, value in state.items()}
    module.load_state_dict(tensors, strict=True)
    given = [torch.from_numpy(x) for x in as_given(model, inputs)]
    with torch.no_grad():
        answer = module.eval()(*given)
    ours = (
        list(answer.values())
        if isinstance(answer, dict)
        else list(answer)
        if isinstance(answer, (tuple, list))
        else [answer]
    )
    if len(ours) != len(outputs):
        return f"{len(ours)} outputs, not {len(outputs)}"
    return next((found for pair in zip(ours, outputs, strict=True) if (found := difference(*pair)) is not None), None)


def as_given(model: Any, inputs: list[Any]) -> list[np.ndarray]:
    """What the spec's network reads: those inputs that an output needs, in a type that a spec has, the batch first."""
    from archspec.importers.onnx.inputs import Inputs
    from archspec.importers.onnx.walk import inputs_of, needed

    nodes = needed(model.graph)
    used = {name for node in nodes for name in inputs_of(node)} | {output.name for output in model.graph.output}
    pairs = [(x, value) for x, value in zip(inputs, model.graph.input, strict=False) if value.name in used]
    found = Inputs([value for _, value in pairs], nodes, {})
    return [np.ascontiguousarray(np.moveaxis(as_read(_array(x)), found.read(value).axis, 0)) for x, value in pairs]


def _array(x: Any) -> Any:
    from onnx import TensorProto, numpy_helper

    return numpy_helper.to_array(x) if isinstance(x, TensorProto) else x


def as_read(x: np.ndarray) -> np.ndarray:
    """An input in a type that a spec has."""
    if x.dtype == np.bool_:
        return np.array(x)
    if x.dtype.kind in "iu":
        return np.array(x, np.int64 if x.dtype == np.int64 else np.int32)
    return np.array(x, np.float32)


def difference(ours: Any, expected: Any) -> str | None:
    """How an output differs from the expected one; None where it does not."""
    theirs = _array(expected)
    theirs = np.asarray(theirs) if isinstance(theirs, np.generic) else theirs
    if not isinstance(theirs, np.ndarray):
        return f"a tensor, not {type(theirs).__name__}"
    if tuple(ours.shape) != theirs.shape:
        return f"shape {tuple(ours.shape)}, not {theirs.shape}"
    kinds = "float" if ours.is_floating_point() else "bool" if str(ours.dtype) == "torch.bool" else "int"
    wanted = "bool" if theirs.dtype == np.bool_ else "int" if theirs.dtype.kind in "iu" else "float"
    if kinds != wanted:
        return f"{kinds}, not {wanted}"
    a, b = ours.double().numpy(), np.asarray(theirs, np.float64)
    finite = np.abs(b[np.isfinite(b)])
    scale = float(finite.max()) if finite.size else 1.0
    tolerance = 1e-2 if theirs.dtype.name in HALF else 1e-3
    if not np.allclose(a, b, rtol=tolerance, atol=1e-5 + tolerance * 1e-2 * min(scale, 1.0), equal_nan=True):
        worst = np.nanargmax(np.where(np.isclose(a, b, equal_nan=True), 0, np.abs(a - b)).reshape(-1)) if a.size else 0
        return f"{a.reshape(-1)[worst]:.6g}, not {b.reshape(-1)[worst]:.6g}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", default="")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--refused", action="store_true", help="print what is refused as well")
    options = parser.parse_args()
    chosen = [case for case in cases() if options.part in case.name][options.seed % options.every :: options.every]
    found = Counter[str]()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in outcomes(chosen, Path(folder)):
            found[one.kind] += 1
            if one.kind == "fault" or (options.refused and one.kind == "refused"):
                print(f"{one.kind} {one.name}: {one.why}", flush=True)
    print(", ".join(f"{count:,} {kind}" for kind, count in sorted(found.items())), f"of {found.total():,}")
    return 1 if found["fault"] else 0


if __name__ == "__main__":
    sys.exit(main())
