"""Existing PyTorch models, imported and compared: `python tests/scoreboard/torch_models.py NAMES... > table`. Run by hand.

Each model is imported by `archspec.importers`, compiled, given the original's weights (every parameter and statistic random)
and compared on a random batch, in one thread. Names are `torchvision/resnet50`, `timm/vit_tiny_patch16_224`; `torchvision` and
`timm` alone stand for the models of docs/reference/scoreboard.md, and `--every N` takes one in N of them. One process a model; `--jobs N`
of them at a time. `--keep FOLDER` keeps the specs, and `--import-only` makes nothing else, which is what lint_alarms.py needs.
"""

from __future__ import annotations

import argparse
import copy
import json
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

COLUMNS = ("imported", "params", "shapes", "macs", "keys", "outputs")
SECONDS = 900
MOST_PARAMETERS = 300_000_000


# One model, in a process of its own ----------------------------------------------------------------------------------


def measure(name: str, keep: Path | None, is_compared: bool = True) -> dict[str, Any]:
    """All columns of one model; the first alone where nothing is compared."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    library, model_name = name.split("/", 1)
    module, size = load(library, model_name)
    randomize(module)
    row: dict[str, Any] = {"name": name, "parameters": sum(p.numel() for p in module.parameters())}
    if row["parameters"] > MOST_PARAMETERS and library == "timm":
        return {**row, "cause": "more than 300 M parameters"}
    return {**row, **compare(module, size, keep, is_compared)}


def load(library: str, name: str) -> tuple[Any, tuple[int, ...]]:
    """The model in evaluation mode, and the shape of one input."""
    import_torchvision()
    if library == "timm":
        import timm

        module = timm.create_model(name, pretrained=False).eval()
        return module, tuple(module.default_cfg["input_size"])
    import torchvision

    group, _, short = name.rpartition("/")
    options: dict[str, Any] = {"init_weights": False} if short in ("googlenet", "inception_v3") else {}
    if group == "segmentation":
        options["weights_backbone"] = None
    module = torchvision.models.get_model(short, weights=None, **options).eval()
    video = (3, 16, 224, 224) if short.startswith(("mvit", "s3d", "swin3d")) else (3, 16, 112, 112)
    sizes = {"inception_v3": (3, 299, 299), "video": video}
    return module, sizes.get(group or short, (3, 224, 224))


def import_torchvision() -> None:
    """torchvision beside a CPU build of torch, whose wheel lacks the operators that its import names."""
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for module in [m for m in sys.modules if m.startswith("torchvision")]:
            del sys.modules[module]
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        globals()["_library"] = library  # kept, or the definitions go


def randomize(module: Any) -> None:
    """Every parameter and every statistic random, so that nothing is zero and passes by itself."""
    import torch

    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for key, tensor in module.state_dict().items():
            if not tensor.dtype.is_floating_point:
                continue
            drawn = torch.randn(tensor.shape, generator=generator)
            if key.endswith("running_var"):
                tensor.copy_(drawn.abs() * 0.5 + 0.5)
            elif tensor.dim() >= 2:
                tensor.copy_(drawn / max(1, tensor[0].numel()) ** 0.5)
            else:
                tensor.copy_(drawn * 0.2 + (1 if key.endswith("weight") else 0))


def compare(module: Any, size: tuple[int, ...], keep: Path | None, is_compared: bool = True) -> dict[str, Any]:
    """The model imported, and its columns."""
    from archspec import api
    from archspec.importers import write
    from archspec.importers.sketch import ImportProblem, InputSpec
    from archspec.importers.torch.binding import bind
    from archspec.importers.torch.sketching import to_sketch

    start = time.perf_counter()
    try:
        imported = write(to_sketch(module, bind(module, [(None, InputSpec(list(size)))]), "Network"))
    except ImportProblem as problem:
        place = problem.place.rsplit("site-packages/", 1)[-1]
        return {"imported": False, "cause": f"{problem.message} ({place})"}
    if keep is not None:
        keep.write_text(imported.text)
    if not is_compared:
        return {"imported": True, "seconds": round(time.perf_counter() - start, 2), "lines": imported.text.count("\n")}
    spec = api.check("imported.yaml", imported.text.encode())
    report, built = api.analyze(spec), api.build(spec).eval()
    ours, theirs = built.state_dict(), module.state_dict()
    return {
        "imported": True,
        "seconds": round(time.perf_counter() - start, 2),
        "lines": imported.text.count("\n"),
        "params": report.totals["params"] == sum(p.numel() for p in module.parameters()),
        "shapes": _shapes_equal(imported.sketch, report),
        "keys": {k: v.shape for k, v in ours.items()} == {k: v.shape for k, v in theirs.items()},
        **_macs(module, size, report),
        **_outputs(module, built, size),
    }


def _macs(module: Any, size: tuple[int, ...], report: Any) -> dict[str, Any]:
    """Whether the MACs are half of what PyTorch's counter finds."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    # Attention by its definition: the counter does not know the fused kernels that CPUs have for it. On a copy: it fails
    # where parameters want gradients, and kernels depend on whether they do.
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            copy.deepcopy(module).requires_grad_(False)(torch.zeros(1, *size))
    except Exception as error:
        return {"macs": None, "cause": f"flop_counter fails: {error}"[:120]}
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    # The counter counts nothing in recurrent layers; ours are compared without them.
    uncounted = sum(layer["macs"] or 0 for layer in report.layers if layer["type"] in ("LSTM", "GRU", "RNN"))
    macs, counted = report.totals["macs"], counter.get_total_flops()
    if macs is not None and (macs - uncounted) * 2 == counted:
        return {"macs": True, "uncounted": uncounted}
    return {"macs": False, "cause": f"MACs {macs}, the counter's half {counted / 2:.0f}"}


def _outputs(module: Any, built: Any, size: tuple[int, ...]) -> dict[str, Any]:
    """Whether both give the same bits for the same weights, and more than one number."""
    import torch

    built.load_state_dict(module.state_dict(), strict=False)
    batch = torch.randn(2, *size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        left, right = _flat(module(batch)), _flat(built(batch))
    same = len(left) == len(right) and all(
        torch.equal(a, b) and bool(a.float().std() > 0) for a, b in zip(left, right, strict=True)
    )
    if same:
        return {"outputs": True}
    difference = max((float((a - b).abs().max()) for a, b in zip(left, right, strict=False)), default=-1.0)
    return {
        "outputs": False,
        "cause": f"largest difference {difference:.3g}, deviation {float(left[0].float().std()):.3g}",
    }


def _shapes_equal(sketch: Any, report: Any) -> bool:
    """Whether every layer has the shapes that the model's own run had."""
    found = {layer["path"]: layer for layer in report.layers}
    for layer in sketch.layers:
        if not layer.shapes:
            continue
        if layer.path not in found:
            return False
        output = found[layer.path]["output"]
        ports = output if isinstance(output, dict) else {"output": output}
        for port, shape in layer.shapes.items():
            said = [str(size).replace(" ", "").replace("*N", "N") for size in ports[port or "output"]]
            if said != [str(size).replace(" ", "").replace("*N", "N") for size in shape]:
                return False
    return True


def _flat(tree: Any) -> list[Any]:
    import torch

    if isinstance(tree, torch.Tensor):
        return [tree]
    items = tree.values() if isinstance(tree, dict) else tree
    return [tensor for item in items for tensor in _flat(item)]


# All of them -----------------------------------------------------------------------------------------------------------


def names_of(library: str) -> list[str]:
    """The models that the table is made of."""
    if library == "torchvision":
        import_torchvision()
        import torchvision

        found = [f"torchvision/{name}" for name in torchvision.models.list_models(module=torchvision.models)]
        for group in ("segmentation", "video"):
            models = torchvision.models.list_models(module=getattr(torchvision.models, group))
            found += [f"torchvision/{group}/{name}" for name in models]
        return found
    return [f"timm/{name}" for name in Path(__file__).with_name("timm_models.txt").read_text().split()]


def run(name: str, keep: Path | None, is_compared: bool = True) -> dict[str, Any]:
    file = ["--keep", str(keep / f"{name.replace('/', '_')}.yaml")] if keep else []
    command = [sys.executable, __file__, "--one", name, *file, *([] if is_compared else ["--import-only"])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"name": name, "imported": False, "cause": f"more than {SECONDS} s"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        said = done.stderr.strip().splitlines() or ["nothing said"]
        places = [line.strip().rsplit("/", 1)[-1] for line in said if line.strip().startswith("File")]
        errors = [line for line in said if line.startswith("error[")]  # a spec that check takes and compile does not
        error = errors[0] if errors else f"{said[-1]} ({places[-1] if places else ''})"
        return {"name": name, "imported": False, "cause": f"fails: {error}"[:200]}
    return json.loads(lines[-1])  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--one")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="one in so many of the models of a library")
    parser.add_argument("--import-only", action="store_true", help="compare nothing")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    if options.one:
        print(json.dumps(measure(options.one, options.keep, not options.import_only)))
        return
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    names = [one for name in options.names for one in (names_of(name)[:: options.every] if "/" not in name else [name])]
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda name: run(name, options.keep, not options.import_only), names):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
