"""Files of weights that tests make: whole ones, and what a stranger might send."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any


def raw(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file from its parts; the header's length may be a lie."""
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def safetensors(entries: dict[str, Any], data: bytes = b"") -> bytes:
    """A safetensors file with this header."""
    return raw(json.dumps(entries).encode(), data)


def entry(dtype: str = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    """One tensor's entry, of two numbers unless said otherwise."""
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def put(folder: Path, data: bytes, name: str = "weights.safetensors") -> str:
    """The path of a file with these bytes."""
    path = folder / name
    path.write_bytes(data)
    return str(path)
