"""The header of a safetensors file: names, dtypes, shapes, and where the numbers stand. Never reads the numbers.

Enters: an open file and its size. Leaves: an entry a tensor, or a `NotSafetensors` that says what is wrong. As strict as the
format's own reader, and about duplicate keys stricter: two readers that choose differently would see two different networks.
The format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
from math import prod
from typing import Any, BinaryIO, NamedTuple

from archspec.limits import MAX_WEIGHTS_HEADER
from archspec.words import counted

_LENGTH = 8
_MAX_RANK, _MAX_SIZE = 64, 2**62
_SHOWN = 80

_BITS = {
    "F64": ("float64", 64), "F32": ("float32", 32), "F16": ("float16", 16), "BF16": ("bfloat16", 16),
    "F8_E5M2": ("float8_e5m2", 8), "F8_E4M3": ("float8_e4m3fn", 8), "F8_E8M0": ("float8_e8m0fnu", 8),
    "F6_E2M3": ("float6_e2m3", 6), "F6_E3M2": ("float6_e3m2", 6), "F4": ("float4_e2m1fn", 4),
    "I64": ("int64", 64), "I32": ("int32", 32), "I16": ("int16", 16), "I8": ("int8", 8),
    "U64": ("uint64", 64), "U32": ("uint32", 32), "U16": ("uint16", 16), "U8": ("uint8", 8),
    "BOOL": ("bool", 8), "C64": ("complex64", 64),
}  # fmt: skip


class NotSafetensors(Exception):
    """The file is none; the message completes "<file> is no safetensors file: …"."""


class Entry(NamedTuple):
    """One tensor: its dtype as PyTorch calls it, and the bytes of the file that it takes (the end is exclusive)."""

    shape: tuple[int, ...]
    dtype: str
    begin: int
    end: int


def read_header(file: BinaryIO, size: int) -> dict[str, Entry]:
    """The tensors of a file of `size` bytes, in the order of the header. Raises NotSafetensors."""
    length = int.from_bytes(file.read(_LENGTH), "little")
    if size < _LENGTH:
        raise NotSafetensors(f"it has {counted(size, 'byte')}, and the length of its header alone would take {_LENGTH}")
    if length > size - _LENGTH:
        raise NotSafetensors(
            f"its header claims {counted(length, 'byte', ',')}, but the file ends after {size - _LENGTH:,}"
        )
    if length > MAX_WEIGHTS_HEADER:
        raise NotSafetensors(
            f"its header has {counted(length, 'byte', ',')}, and at most {MAX_WEIGHTS_HEADER:,} are read"
        )
    start = _LENGTH + length
    entries = {name: _entry(name, item, start) for name, item in _parse(file.read(length)).items()}
    _check_layout(entries, start, size)
    return entries


def _parse(text: bytes) -> dict[str, Any]:
    """The header's object without its metadata, which has to be texts by name."""
    if not text.startswith(b"{"):
        raise NotSafetensors("its header is not a JSON object")
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_refuse)
    except RecursionError:
        raise NotSafetensors("its header is nested too deeply") from None
    except ValueError:
        raise NotSafetensors("its header is not JSON") from None
    metadata = found.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise NotSafetensors("its metadata are not texts by name")
    return dict(found)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    raise NotSafetensors(f"its header has {_shown(twice)} twice")


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _entry(name: str, item: Any, start: int) -> Entry:
    if not isinstance(item, dict):
        raise NotSafetensors(f"its entry {_shown(name)} is no object")
    dtype, shape, offsets = item.get("dtype"), _sizes(item.get("shape")), _sizes(item.get("data_offsets"))
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise NotSafetensors(f"{_shown(name)} has the unknown dtype {_shown(dtype)}")
    if shape is None:
        raise NotSafetensors(f"{_shown(name)} has the shape {_shown(item.get('shape'))}")
    if offsets is None or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise NotSafetensors(f"{_shown(name)} has the offsets {_shown(item.get('data_offsets'))}")
    called, bits = _BITS[dtype]
    begin, end = offsets
    if prod(shape) * bits != (end - begin) * 8:
        raise NotSafetensors(
            f"{_shown(name)} has {counted(end - begin, 'byte', ',')}, "
            f"which is not what {called} of the shape {_shown(shape)} takes"
        )
    return Entry(shape, called, start + begin, start + end)


def _sizes(value: Any) -> tuple[int, ...] | None:
    """A short list of whole numbers from 0 up; None where it is anything else."""
    if not isinstance(value, list) or len(value) > _MAX_RANK:
        return None
    return tuple(value) if all(type(size) is int and 0 <= size < _MAX_SIZE for size in value) else None


def _check_layout(entries: dict[str, Entry], start: int, size: int) -> None:
    """The tensors follow each other from the header's end to the file's: no two overlap, nothing lies between."""
    at, before = start, "the header"
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.begin < at:
            raise NotSafetensors(f"{_shown(name)} overlaps {before}")
        if entry.begin > at:
            raise NotSafetensors(f"no tensor has {counted(entry.begin - at, 'byte', ',')} before {_shown(name)}")
        at, before = entry.end, _shown(name)
    if at > size:
        raise NotSafetensors(
            f"its tensors take {counted(at - start, 'byte', ',')}, but the file ends after {size - start:,}"
        )
    if at < size:
        raise NotSafetensors(f"no tensor has {counted(size - at, 'byte', ',')} at its end")


def _shown(value: object) -> str:
    """What a stranger wrote, clipped."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
