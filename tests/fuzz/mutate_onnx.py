"""Mutated ONNX files, imported: `python tests/fuzz/mutate_onnx.py [--count N] [--seed S] [--keep FOLDER] [MODEL.onnx...]`.

Each mutation changes a small model as a protobuf (an attribute, a list, a shape, a tensor's numbers, a node's inputs, its operator)
or as bytes. `importing.py` says what the answer to each has to be; what it is not is kept in FOLDER.

Without models, ONNX's own tests of its operators are mutated, with their inputs as weights where they have several.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "scoreboard")]
import importing  # noqa: E402

if TYPE_CHECKING:
    from archspec.importers.sketch import Sketch

WHOLE = (0, 1, -1, 2, 3, 7, -5, 70, 255, 10_000, 2**27, 2**31 - 1, 2**31, -(2**31), 2**40, 2**62, 2**63 - 1, -(2**63))
FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-30, 1e30, 3.4e38, float("inf"), float("-inf"), float("nan"))


def models(paths: list[Path]) -> list[bytes]:
    """What is mutated."""
    import onnx_nodes

    if paths:
        return [path.read_bytes() for path in paths]
    found: list[bytes] = []
    for case in onnx_nodes.cases():
        inputs = list(case.data_sets[0][0])
        known = onnx_nodes.with_weights(case.model, inputs)
        found += [model.SerializeToString() for model in (case.model, known) if model is not None]
    return [data for data in found if len(data) < 20_000]


def mutated(data: bytes, random: Random) -> bytes:
    """The model with one change, or a few."""
    import onnx

    if random.random() < 0.25:
        return _bytes(data, random)
    model = onnx.ModelProto()
    model.ParseFromString(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        try:
            random.choice((_attribute, _attribute, _tensor, _tensor, _dim, _inputs, _operator, _opset))(model, random)
        except (IndexError, ValueError, TypeError):
            continue  # there is nothing of the kind
    try:
        return bytes(model.SerializeToString())
    except ValueError:
        return data


def _bytes(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        place = random.randrange(len(changed))
        what = random.random()
        if what < 0.6:
            changed[place] = random.choice((0, 1, 127, 128, 255, changed[place] ^ 1 << random.randrange(8)))
        elif what < 0.8:
            del changed[place : place + random.choice((1, 2, 8))]
        else:
            changed[place:place] = random.randbytes(random.choice((1, 2, 8)))
        if not changed:
            return data
    return bytes(changed)


def _attribute(model: Any, random: Random) -> None:
    node = random.choice(model.graph.node)
    attribute = random.choice(node.attribute)
    if random.random() < 0.15:
        node.attribute.remove(attribute)
    elif attribute.ints or attribute.type == 7:
        _list(attribute.ints, WHOLE, random)
    elif attribute.floats:
        _list(attribute.floats, FLOATS, random)
    elif attribute.s:
        attribute.s = random.choice((b"", b"NOTSET", b"SAME_UPPER", b"linear", b"\xff", attribute.s * 2))
    elif attribute.type == 1:
        attribute.f = random.choice(FLOATS)
    elif attribute.type == 2:
        attribute.i = random.choice(WHOLE)
    elif attribute.HasField("t"):
        _numbers(attribute.t, random)


def _list(items: Any, values: tuple[Any, ...], random: Random) -> None:
    what = random.random()
    if what < 0.5 and items:
        items[random.randrange(len(items))] = random.choice(values)
    elif what < 0.7 and items:
        del items[random.randrange(len(items))]
    elif what < 0.9:
        items.append(random.choice(values))
    else:
        items.extend([random.choice(values)] * random.choice((8, 64)))


def _tensor(model: Any, random: Random) -> None:
    _numbers(random.choice(model.graph.initializer), random)


def _numbers(tensor: Any, random: Random) -> None:
    """Another shape, another type, or other numbers in the same bytes."""
    what = random.random()
    if what < 0.2:
        _list(tensor.dims, WHOLE, random)
    elif what < 0.3:
        del tensor.dims[:]
        tensor.raw_data = tensor.raw_data[: {1: 4, 7: 8, 6: 4}.get(tensor.data_type, 1)]
    elif what < 0.4:
        tensor.data_type = random.randrange(0, 24)
    elif tensor.data_type in (1, 7, 6, 11) and tensor.raw_data:
        form, size = {1: ("<f", 4), 7: ("<q", 8), 6: ("<i", 4), 11: ("<d", 8)}[tensor.data_type]
        values = FLOATS if form in ("<f", "<d") else tuple(v for v in WHOLE if abs(v) < 2 ** (8 * size - 1))
        place = random.randrange(len(tensor.raw_data) // size) * size
        packed = struct.pack(form, random.choice(values))
        tensor.raw_data = tensor.raw_data[:place] + packed + tensor.raw_data[place + size :]


def _dim(model: Any, random: Random) -> None:
    value = random.choice(model.graph.input)
    dims = value.type.tensor_type.shape.dim
    what = random.random()
    if what < 0.4:
        random.choice(dims).dim_value = random.choice(WHOLE)
    elif what < 0.6:
        random.choice(dims).dim_param = random.choice(("N", "H", "批", "", "batch", "a" * 99))
    elif what < 0.8:
        del dims[random.randrange(len(dims))]
    else:
        dims.add().dim_value = random.choice(WHOLE)


def _inputs(model: Any, random: Random) -> None:
    node = random.choice(model.graph.node)
    names = [value.name for value in model.graph.input] + [tensor.name for tensor in model.graph.initializer]
    what = random.random()
    if what < 0.3:
        del node.input[random.randrange(len(node.input))]
    elif what < 0.6:
        node.input[random.randrange(len(node.input))] = random.choice([*names, "", "missing"])
    elif what < 0.8:
        node.input.append(random.choice([*names, ""]))
    else:
        node.output.append(random.choice(["", "more"]))


def _operator(model: Any, random: Random) -> None:
    from onnx import defs

    known = sorted({schema.name for schema in defs.get_all_schemas()})
    random.choice(model.graph.node).op_type = random.choice(known)


def _opset(model: Any, random: Random) -> None:
    model.opset_import[0].version = random.choice((1, 7, 9, 10, 11, 12, 13, 15, 17, 18, 20, 21, 23))


# What comes of it ----------------------------------------------------------------------------------------------------


def _imported(path: str) -> Sketch:
    from archspec.importers.onnx import import_onnx

    return import_onnx(path)[0]


ONNX = importing.Kind("onnx", mutated, _imported)


if __name__ == "__main__":
    sys.exit(importing.main(ONNX, __doc__, models))
