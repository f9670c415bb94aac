"""The numbers of a checkpoint, ready for `load_state_dict(strict=True)`. Enters: a match that is ok; leaves: tensors by key.

Imports torch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from archspec.input import open_regular
from archspec.weights.checkpoint import SAFETENSORS, entries, stripped
from archspec.weights.header import Entry
from archspec.weights.match import Match
from archspec.weights.model import CheckpointError

if TYPE_CHECKING:
    from torch import Tensor, nn


def load(match: Match) -> dict[str, Tensor]:
    """The file's tensors, with those that it may leave out. Raises CheckpointError."""
    import torch

    path, prefix = match.checkpoint.path, match.checkpoint.stripped
    found = stripped(_tensors(path, match.checkpoint.key), prefix, path)
    for row in match.rows:
        if row.status == "twin":
            del found[row.key]
        if row.expected is None or row.status not in ("loads", "begins"):
            continue
        if row.stored is None:
            found[row.key] = found[row.twin] if row.twin is not None else torch.zeros((), dtype=torch.int64)
        found[row.key] = found[row.key].reshape([int(str(size)) for size in row.expected.shape])
    return found


def load_into(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """`load_state_dict(strict=True)`. Raises CheckpointError, as it may be for `python:` layers, whose keys no spec names."""
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise CheckpointError(f"the weights do not load: {' '.join(str(error).split())[:200]}") from None


def _tensors(path: str, key: str) -> dict[str, Tensor]:
    if os.path.splitext(path)[1].lower() in SAFETENSORS:
        return _read(path, entries(path))
    from archspec.weights.pickled import load_pickled

    return load_pickled(path, key).tensors


def _read(path: str, header: dict[str, Entry]) -> dict[str, Tensor]:
    """The bytes that the header names, as tensors of their own."""
    import torch

    found: dict[str, Tensor] = {}
    with open_regular(path) as file:
        for key, entry in header.items():
            dtype = getattr(torch, entry.dtype, None)
            if dtype is None:
                raise CheckpointError(f"{path} has tensors of {entry.dtype}, which this PyTorch does not have")
            file.seek(entry.begin)
            data = bytearray(file.read(entry.end - entry.begin))
            flat = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
            found[key] = flat.reshape(entry.shape)
    return found
