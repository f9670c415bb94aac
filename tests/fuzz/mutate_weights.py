"""Mutated files of weights beside a spec: `python tests/fuzz/mutate_weights.py [--count N] [--seed S] [--keep FOLDER]`.

Each mutation changes a safetensors file (its header as JSON, or as bytes) or one of `torch.save` (the numbers and the globals of its
pickle, the members of its archive, or bytes). `archspec weights` has to end with 0, 1 or 2, and with one line where it is 2, within
`SECONDS` of processor time and `GIBIBYTES` of memory in all, and to write no file. What is otherwise is printed, kept in FOLDER, and
counted in the exit code.
"""

from __future__ import annotations

import gc
import io
import json
import os
import pickle
import pickletools
import resource
import struct
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any

from finds import Find, parser, tell

SECONDS = 5
GIBIBYTES = 1
WHOLE = (
    0,
    1,
    -1,
    2,
    3,
    7,
    64,
    65,
    255,
    2**31 - 1,
    2**31,
    -(2**31),
    2**40,
    2**61,
    2**62,
    2**63 - 1,
    2**63,
    2**64,
    10**30,
)
ODD: tuple[Any, ...] = (
    *WHOLE,
    None,
    True,
    1.5,
    "",
    "x",
    "\ud800",
    [],
    {},
    [[]],
    [1, 2],
    {"dtype": "F32"},
    "F32",
    "F4",
    "I64",
)
SPEC = """archspec: 1
name: Net
input: [3, 8, 8]
layers:
  conv: {type: Conv2d, out_channels: 4, kernel_size: 3}
  bn: BatchNorm2d
  flat: Flatten
  fc: {type: Linear, out_features: 5}
"""
SHAPES = {
    "conv.weight": (4, 3, 3, 3), "conv.bias": (4,), "bn.weight": (4,), "bn.bias": (4,), "bn.running_mean": (4,),
    "bn.running_var": (4,), "bn.num_batches_tracked": (), "fc.weight": (5, 144), "fc.bias": (5,),
}  # fmt: skip
GLOBALS = (
    b"cbuiltins\nbytearray\n", b"c__builtin__\nset\n", b"ccollections\nOrderedDict\n", b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch._utils\n_rebuild_parameter\n", b"ctorch\nSize\n", b"ctorch\nTensor\n", b"ctorch\nFloatStorage\n", b"ctorch\nfloat32\n",
    b"ctorch._utils\n_rebuild_sparse_tensor\n", b"ctorch._utils\n_rebuild_qtensor\n", b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n",
    b"ctorch._tensor\n_rebuild_from_type_v2\n", b"cos\nsystem\n", b"ccollections\nCounter\n", b"c_codecs\nencode\n",
    b"ctorch._utils\n_rebuild_nested_tensor\n", b"ctorch._utils\n_rebuild_device_tensor_from_numpy\n", b"ctorch\ndevice\n",
    b"ctorch.serialization\n_get_layout\n", b"ctorch._utils\n_rebuild_wrapper_subclass\n",
)  # fmt: skip

Mutation = Callable[[bytes, Random], bytes]


def originals() -> list[tuple[str, bytes, tuple[Mutation, ...]]]:
    """What is mutated: the ending, the file, and the ways to change it."""
    import torch

    state = {
        name: torch.zeros(shape, dtype=torch.int64 if name.endswith("tracked") else torch.float32)
        for name, shape in SHAPES.items()
    }
    entries: dict[str, Any] = {}
    data = b""
    for name, tensor in state.items():
        raw = tensor.numpy().tobytes()
        dtype = "I64" if tensor.dtype == torch.int64 else "F32"
        entries[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    header = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
    found: list[tuple[str, bytes, tuple[Mutation, ...]]] = [
        ("safetensors", struct.pack("<Q", len(header)) + header + data, (_header, _header, _header, _bytes))
    ]
    nested = {"state_dict": state, "epoch": 3, "lr": 0.1}
    for value in (state, nested):
        for is_zip in (True, False):
            buffer = io.BytesIO()
            torch.save(value, buffer, _use_new_zipfile_serialization=is_zip)
            ways = (_archive, _archive, _archive, _bytes) if is_zip else (_pickled, _bytes)
            found.append(("pt", buffer.getvalue(), ways))
    return found


def _bytes(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        place = random.randrange(len(changed)) if random.random() < 0.5 else random.randrange(min(400, len(changed)))
        what = random.random()
        if what < 0.6:
            changed[place] = random.choice((0, 1, 127, 128, 255, changed[place] ^ 1 << random.randrange(8)))
        elif what < 0.8:
            del changed[place : place + random.choice((1, 2, 8, 1_000))]
        else:
            changed[place:place] = random.randbytes(random.choice((1, 2, 8)))
        if not changed:
            return data
    return bytes(changed)


# safetensors ---------------------------------------------------------------------------------------------------------


def _header(data: bytes, random: Random) -> bytes:
    """Other values in the header, with its length made right, or nearly."""
    length = int.from_bytes(data[:8], "little")
    header, rest = json.loads(data[8 : 8 + length]), data[8 + length :]
    for _ in range(random.choice((1, 1, 2, 3))):
        _change(header, random)
    text = json.dumps(header)
    if random.random() < 0.1:
        text = text.replace(
            random.choice(('"F32"', '"shape"', ": [", "}")), random.choice(("NaN", "1e999", "[" * 2_000, "", '"a"')), 1
        )
    if random.random() < 0.1:
        rest = random.choice((b"", rest[:-1], rest + b"\0", rest * 2))
    raw = text.encode()
    claimed = len(raw) if random.random() < 0.9 else random.choice([size for size in WHOLE if 0 <= size < 2**64])
    return struct.pack("<Q", claimed) + raw + rest


def _change(header: dict[str, Any], random: Random) -> None:
    if not header:
        return
    key = random.choice(list(header))
    entry = header[key]
    what = random.random()
    if what < 0.15:
        del header[key]
    elif what < 0.3:
        header[random.choice(("", "a" * 5_000, "\x1b[2J", "conv", "a.b.c", "module." + key, "__metadata__"))] = entry
    elif what < 0.45 or not isinstance(entry, dict):
        header[key] = random.choice(ODD)
    elif what < 0.75 and isinstance(entry.get("shape"), list) and isinstance(entry.get("data_offsets"), list):
        numbers = entry[random.choice(("shape", "data_offsets"))]
        if numbers and random.random() < 0.7:
            numbers[random.randrange(len(numbers))] = random.choice(ODD)
        else:
            numbers += [random.choice(WHOLE)] * random.choice((1, 2, 64, 70))
    else:
        entry[random.choice(("dtype", "shape", "data_offsets", "more"))] = random.choice(ODD)


# torch.save ----------------------------------------------------------------------------------------------------------


def _archive(data: bytes, random: Random) -> bytes:
    """Another pickle, or other members, in the archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(item.filename, archive.read(item)) for item in archive.infolist()]
    what = random.random()
    at = next((i for i, (name, _) in enumerate(members) if name.endswith("data.pkl")), None)
    if what < 0.75 and at is not None:
        members[at] = members[at][0], _pickled(members[at][1], random)
    else:
        if not members:
            return _bytes(data, random)
        place = random.randrange(len(members))
        name, content = members[place]
        change = random.randrange(5)
        if change == 0:
            del members[place]
        elif change == 1:
            members[place] = name, random.choice((b"", content[:-1], content * 2, b"\xff" * 100))
        elif change == 2:
            members[place] = random.choice((name + "x", "../" + name, name.rpartition("/")[2], "archive/")), content
        elif change == 3:
            members.append((name, content))
        else:
            members.append((name.replace("data.pkl", ".format_version"), b"9" * 50))
    out = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if random.random() < 0.03 else zipfile.ZIP_STORED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "w", kind) as archive:
            for name, content in members:
                archive.writestr(name, content)
    return out.getvalue()


def _pickled(data: bytes, random: Random) -> bytes:
    """Other numbers, globals, operators or texts in a pickle, at the boundaries of its operators."""
    try:
        places = [(op.name, argument, at or 0) for op, argument, at in pickletools.genops(data)]
    except Exception:
        return _bytes(data, random)
    places.append(("END", None, len(data)))
    pieces = [data[places[i][2] : places[i + 1][2]] for i in range(len(places) - 1)]
    rest = data[places[-2][2] + 1 :]  # what stands behind the first pickle of an old file
    for _ in range(random.choice((1, 1, 2, 3))):
        place = random.randrange(len(pieces))
        name = places[place][0] if place < len(places) else ""
        if name in ("BININT", "BININT1", "BININT2", "LONG1") or random.random() < 0.2:
            pieces[place] = _number(random.choice(WHOLE))
        elif name == "GLOBAL" or random.random() < 0.1:
            pieces[place] = random.choice(GLOBALS)
        elif random.random() < 0.2:
            pieces[place] = random.choice(GLOBALS) + _number(random.choice(WHOLE)) + b"\x85R"
        elif random.random() < 0.3:
            del pieces[place]
        elif random.random() < 0.3:
            pieces.insert(
                place,
                random.choice(
                    (
                        b"0",
                        b"2",
                        b"(",
                        b"]",
                        b"}",
                        b")",
                        b"t",
                        b"\x85",
                        b"R",
                        b"N",
                        b"\x88",
                        b"Q",
                        b"b",
                        b"s",
                        b"u",
                        b"a",
                        b".",
                    )
                ),
            )
        elif random.random() < 0.5:
            pieces.insert(place, pieces[random.randrange(len(pieces))])
        else:
            pieces[place] = pickle.dumps(random.choice(("", "a" * 5_000, "\x1b[2J", (), [1], {1: 2})), 2)[2:-1]
    return b"".join(pieces) + (rest if places and places[-2][0] == "STOP" and b"".join(pieces)[-1:] == b"." else b"")


def _number(value: int) -> bytes:
    return pickle.dumps(value, 2)[2:-1]


# What comes of it ----------------------------------------------------------------------------------------------------


def fault(spec: Path, path: Path) -> str | None:
    """What is wrong with the answer to a file; None where all is right."""
    from archspec.cli import main as archspec

    before = set(os.listdir(path.parent))
    out, err = io.StringIO(), io.StringIO()
    gc.enable()  # which a command turns off for itself
    begun = time.process_time()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = archspec(["weights", str(spec), str(path)])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else -1
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:150]}"
    took = time.process_time() - begun
    if code not in (0, 1, 2):
        return f"exit {code}: {err.getvalue()[:200]}"
    if took > SECONDS:
        return f"{took:.1f} s"
    if code == 2 and (out.getvalue() or err.getvalue().count("\n") != 1 or len(err.getvalue()) > 1_000):
        return f"not one short line: {out.getvalue()[:100]!r} {err.getvalue()[:200]!r}"
    if not (out.getvalue() + err.getvalue()).replace("\n", "").isprintable():
        return "control characters"
    if set(os.listdir(path.parent)) != before:
        return "a file was written"
    return None


def faults(count: int, seed: int, folder: Path) -> Iterator[Find]:
    """The mutations whose answer is wrong."""
    files = originals()
    spec = folder / "spec.yaml"
    spec.write_text(SPEC)
    highest = peak()
    for number in range(count):
        random = Random(seed * 1_000_003 + number)
        ending, data, ways = random.choice(files) if random.random() < 0.6 else files[0]
        for _ in range(random.choice((1, 1, 1, 2))):
            data = _safely(random.choice(ways), data, random)
        path = folder / f"weights.{ending}"
        path.write_bytes(data)
        found = fault(spec, path)
        grown, highest = peak() - highest, max(highest, peak())
        if found is None and highest > GIBIBYTES << 30 and grown > 0:
            found = f"a peak of {highest >> 20} MiB"
        if found is not None:
            yield Find(number, ending, data, found)
        path.unlink()


def _safely(way: Mutation, data: bytes, random: Random) -> bytes:
    """A mutation, or one of bytes where the file is none of its kind any more."""
    try:
        return way(data, random)
    except (
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        OSError,
        zipfile.BadZipFile,
        NotImplementedError,
        RecursionError,
    ):
        return _bytes(data, random)


def peak() -> int:
    """The most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if sys.platform != "darwin" else 1)


def main() -> int:
    options = parser(__doc__).parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        code = tell(faults(options.count, options.seed, Path(folder)), options)
    print(f"the most memory was {peak() >> 20} MiB")
    return code


if __name__ == "__main__":
    sys.exit(main())
