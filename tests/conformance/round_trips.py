"""Every op there and back: a spec of one layer, its module, and the spec that an importer makes of that.

Enters: the cases of the strategies. Leaves: small networks whose outputs say something, and how what came back differs from what
went out: in numbers, parameters or MACs. Raises what the importers and the exporter raise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness import build
from hypothesis import HealthCheck, given, seed, settings
from strategies import STRATEGIES

import archspec
from archspec.backends.onnx import CannotExport, Names, difference, export
from archspec.checking import Result, check
from archspec.dims import BATCH
from archspec.facts.model import Facts
from archspec.importers import write
from archspec.importers.onnx import import_onnx
from archspec.ops.base import Tensor
from archspec.verification.calling import named
from archspec.verification.compare import compare
from archspec.verification.randomize import randomize

ENOUGH, ROUNDS = 10, 60
"""How often eight more cases are drawn, before there are enough that are less plain, and before there are too few."""
TOLERANCE = 1e-4
"""Of onnxruntime and of an ONNX file's import: kernels sum in another order."""


@dataclass(frozen=True)
class Network:
    """A spec, and its module with random weights."""

    document: Mapping[str, Any]
    spec: Result
    module: torch.nn.Module


# Networks ----------------------------------------------------------------------------------------------------------------


def written(value: Any) -> Any:
    """A value as JSON has it."""
    return [written(item) for item in value] if isinstance(value, (tuple, list)) else value


def single(name: str, arguments: dict[str, Any], inputs: tuple[Tensor, ...]) -> dict[str, Any] | None:
    """A network of one layer, and of a tensor for each input without a batch; None where an input can be neither."""
    declared, layers = {}, {}
    for number, tensor in enumerate(inputs):
        if tensor.shape and str(tensor.shape[0]) == BATCH and all(isinstance(size, int) for size in tensor.shape[1:]):
            declared[f"i{number}"] = {"shape": list(tensor.shape[1:]), "dtype": tensor.dtype}
        elif all(isinstance(size, int) for size in tensor.shape):
            fill = None if tensor.is_float else 0
            layers[f"i{number}"] = {"type": "Buffer", "shape": list(tensor.shape), "dtype": tensor.dtype, "fill": fill}
        else:
            return None
    layers["layer"] = {"type": name, **{key: written(value) for key, value in arguments.items()}}
    if inputs:
        layers["layer"]["from"] = [f"i{number}" for number in range(len(inputs))]
    return {"archspec": 1, "name": "Single", "inputs": declared or {"x": {"shape": [1]}}, "layers": layers}


def cases(name: str, count: int) -> list[Network]:
    """The first networks of an op that say something. Plain ones come first."""
    found: list[Network] = []
    seen: list[dict[str, Any]] = []

    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def draw(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        document = _closed(name, *case)
        if document is None or document in seen:
            return
        seen.append(document)
        network = made(document)
        if _says_something(network):
            found.append(network)

    for number in range(ROUNDS):
        seed(number)(draw)()
        if sum(map(_is_plain, found)) >= count or (number >= ENOUGH and len(found) >= count):
            break
    return sorted(found, key=lambda network: not _is_plain(network))[:count]


def _is_plain(network: Network) -> bool:
    """Whether the layer reads samples of float32 only, whose axes have more than one position."""
    reads = network.document["layers"]["layer"].get("from", [])
    declared = [network.document["inputs"].get(read, {}) for read in reads]
    return all(each.get("dtype") == "float32" and min(each["shape"], default=2) > 1 for each in declared)


def _closed(name: str, arguments: dict[str, Any], inputs: tuple[Tensor, ...]) -> dict[str, Any] | None:
    """The network of one layer whose outputs have the batch first; None where the case is none of these."""
    op = build(name, arguments, inputs)
    has_batch = any(len(tensor.shape) > 1 and str(tensor.shape[0]) == BATCH for tensor in inputs)
    if op is None or (inputs and not has_batch) or any(x.is_float and x.dtype != "float32" for x in inputs):
        return None
    if has_batch and any(BATCH not in map(str, tensor.shape) for tensor in op.outputs(inputs).values()):
        return None  # it computes over the samples
    document = single(name, arguments, inputs)
    if document is None:
        return None
    if not inputs:
        document["inputs"] = {}
    document["outputs"] = {}
    outputs = op.outputs(inputs)
    for number, (port, tensor) in enumerate(outputs.items()):
        read = f"layer.{port}" if len(outputs) > 1 else "layer"
        axes = [axis for axis, size in enumerate(tensor.shape) if str(size) == BATCH]
        if len(axes) == 1 and axes != [0]:
            document["layers"][f"front{number}"] = {"type": "Transpose", "dim0": 0, "dim1": axes[0], "from": read}
            read = f"front{number}"
        elif all(isinstance(size, int) for size in tensor.shape):
            document["inputs"][f"x{number}"] = {"shape": list(tensor.shape) or [1]}
            document["layers"][f"sum{number}"] = {"type": "Add", "from": [f"x{number}", read]}
            read = f"sum{number}"
        elif axes != [0]:
            return None
        document["outputs"][f"o{number}"] = read
    return document


def made(document: Mapping[str, Any]) -> Network:
    """The network of a document, which `check` takes."""
    spec = check("single.json", json.dumps(document).encode())
    errors = [found.message for found in spec.diagnostics if found.severity == "error"]
    assert not errors, (document, errors[0])
    torch.manual_seed(0)
    module = archspec.build(spec).eval()
    randomize(module)
    return Network(document, spec, module)


def joined(networks: Mapping[str, Network]) -> Network:
    """Networks side by side in one, whose names begin with what they are called: exported at once, they take less time."""
    inputs, layers, outputs = {}, {}, {}
    for name, network in networks.items():
        prefix = f"{name.lower()}_"
        inputs |= {prefix + key: value for key, value in network.document["inputs"].items()}
        for key, layer in network.document["layers"].items():
            read = layer.get("from")
            reads = [read] if isinstance(read, str) else read
            layers[prefix + key] = {**layer, **({"from": [prefix + each for each in reads]} if reads else {})}
        outputs |= {prefix + key: prefix + value for key, value in network.document["outputs"].items()}
    return made({"archspec": 1, "name": "Joined", "inputs": inputs, "layers": layers, "outputs": outputs})


def examples(facts: Facts, number: int, batch: int) -> list[torch.Tensor]:
    """Normal numbers; whole ones are 0 or 1, which is within every table of two rows."""
    generator = torch.Generator().manual_seed(number)
    found = []
    for node in facts.graph.inputs:
        tensor = facts.of(node).output
        assert tensor is not None
        shape = [batch if str(size) == BATCH else int(str(size)) for size in tensor.shape]
        drawn = (
            torch.randn if tensor.is_float else lambda shape, generator: torch.randint(0, 2, shape, generator=generator)
        )
        found.append(drawn(shape, generator=generator).to(getattr(torch, tensor.dtype)))
    return found


def _says_something(network: Network) -> bool:
    try:
        answer = _answer(network.module, examples(_facts(network.spec), 0, 2))
    except (IndexError, RuntimeError):  # an index beyond a table of one row
        return False
    finite = [tensor.double()[tensor.double().isfinite()] for tensor in answer.values()]
    if network.document["layers"]["layer"]["type"] == "FullLike":  # one number is all that it ever gives
        return all(numbers.numel() > 1 and float(numbers[0]) != 0 for numbers in finite)
    return all(numbers.numel() > 1 and float(numbers.std()) > 0 for numbers in finite)


def _answer(module: torch.nn.Module, inputs: list[torch.Tensor]) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        return named(module.eval()(*(tensor.clone() for tensor in inputs)), torch.Tensor)


def _facts(spec: Result) -> Facts:
    assert spec.facts is not None
    return spec.facts


# There and back ----------------------------------------------------------------------------------------------------------


def torch_difference(network: Network) -> str | None:
    """How the spec that `import torch` makes of the module differs; None where it does not. Raises ImportProblem."""
    facts = _facts(network.spec)
    again = archspec.from_torch(network.module, *examples(facts, 0, 2), verify=False)
    calls = [examples(facts, number, batch) for number, batch in ((1, 2), (2, 3))]
    found = compare(archspec.build(again), network.module, calls)
    if not found.is_state_equal or found.buffers or found.trainable or not found.is_bit_identical:
        return str(found)
    return _other_totals(facts, _facts(again))


def onnx_difference(network: Network, folder: Path) -> str | None:
    """How onnxruntime's numbers of the exported file, or the spec that `import onnx` makes of it, differ; None where neither does.

    Raises CannotExport, ImportProblem."""
    facts, file = _facts(network.spec), folder / "single.onnx"
    names = Names.of(facts)
    data = export(network.module, examples(facts, 0, 2), names, "archspec 0")
    deviation = difference(data, network.module, [examples(facts, batch, batch) for batch in (1, 3)], names)
    if not deviation <= TOLERANCE:
        raise CannotExport(f"the outputs of onnxruntime are off by {deviation:.2g}")
    file.write_bytes(data)
    sketch, state = import_onnx(str(file))
    again = write(sketch).spec
    module = archspec.build(again)
    module.load_state_dict({key: torch.from_numpy(np.array(value)) for key, value in state.items()}, strict=True)
    for batch in (2, 3):
        inputs = examples(facts, batch, batch)
        given = dict(zip(names.inputs, inputs, strict=True))
        order = [node.path for node in _facts(again).graph.inputs]
        read = [given[path] for path in order] if order != ["input"] else inputs[:1]
        pairs = zip(_answer(network.module, inputs).items(), _answer(module, read).values(), strict=True)
        for (name, wanted), got in pairs:
            if not _is_near(got, wanted):
                return f"{name} is {_shown(got)}, not {_shown(wanted)}"
    return _other_totals(facts, _facts(again))


def _is_near(got: torch.Tensor, wanted: torch.Tensor) -> bool:
    """Whether numbers are equal up to rounding. An import has one kind of whole numbers."""
    kinds = [(tensor.is_floating_point(), tensor.dtype == torch.bool, tensor.shape) for tensor in (got, wanted)]
    return kinds[0] == kinds[1] and torch.allclose(
        got.double(), wanted.double(), rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True
    )


def _shown(tensor: torch.Tensor) -> str:
    return f"{tuple(tensor.shape)} {tensor.dtype} {tensor.reshape(-1)[:4].tolist()}"


def _other_totals(mine: Facts, other: Facts) -> str | None:
    wanted, got = [(facts.totals.params, facts.totals.macs) for facts in (mine, other)]
    return None if wanted == got else f"{got[0]} parameters and {got[1]} MACs, not {wanted[0]} and {wanted[1]}"
