"""Reading what a file of weights holds. Enters: a path; leaves: a `Checkpoint`, or a `CheckpointError`.

A safetensors file is read up to the end of its header, by ourselves. A file of `torch.save` is left to PyTorch, which is
imported only then: with `weights_only`, so that no code in it runs, and on the meta device, so that no numbers are read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from archspec.diagnostics.text import escape
from archspec.input import InputError, open_regular
from archspec.weights.header import Entry, NotSafetensors, read_header
from archspec.weights.model import Checkpoint, CheckpointError, Stored

SAFETENSORS = (".safetensors",)
PICKLES = (".pt", ".pth", ".bin", ".ckpt")
Value = TypeVar("Value")


def read_checkpoint(path: str, strip: str = "", key: str = "") -> Checkpoint:
    """The tensors of the file at this path, of the model at `key` where it has several, without the beginning `strip` of their
    keys. Raises CheckpointError."""
    ending = os.path.splitext(path)[1].lower()
    if key and ending in SAFETENSORS:
        raise CheckpointError(
            f"{escape(path[:200])} holds one model, as safetensors do; --strip takes a beginning off its keys, and --key is for "
            "files of torch.save"
        )
    if ending in SAFETENSORS:
        found = Checkpoint(path, {key: Stored(*entry[:2]) for key, entry in entries(path).items()})
    elif is_pickle(path):
        from archspec.weights.pickled import read_pickled

        found = read_pickled(path, key)
    else:
        known = ", ".join([*SAFETENSORS, *PICKLES])
        raise CheckpointError(f"{escape(path[:200])} has none of the endings of files of weights ({known})")
    versions = {module.removeprefix(strip): version for module, version in found.versions.items()}
    return replace(found, tensors=stripped(found.tensors, strip, path), stripped=strip, versions=versions)


def is_pickle(path: str) -> bool:
    """Whether the file is left to PyTorch, as far as its ending says."""
    return os.path.splitext(path)[1].lower() in PICKLES


def entries(path: str) -> dict[str, Entry]:
    """The header of a safetensors file. Raises CheckpointError."""
    try:
        with open_regular(path) as file:
            return read_header(file, os.fstat(file.fileno()).st_size)
    except InputError as error:
        raise CheckpointError(str(error)) from None
    except NotSafetensors as error:
        raise CheckpointError(escape(f"{path[:200]} is no safetensors file: {error}")) from None
    except OSError as error:
        raise CheckpointError(escape(f"{path[:200]} cannot be read: {(error.strerror or '').lower()}")) from None


def stripped(tensors: Mapping[str, Value], prefix: str, path: str) -> dict[str, Value]:
    """The same tensors, without this beginning of their keys where they have it. Raises CheckpointError."""
    found = {key.removeprefix(prefix): value for key, value in tensors.items()}
    if len(found) < len(tensors):
        twice = next(key for key in tensors if prefix + key in tensors)
        raise CheckpointError(escape(f"{path[:200]} has {twice[:80]} both with and without {prefix[:80]}"))
    return found
