"""Files that `torch.save` wrote. Enters: a path; leaves: a `Checkpoint`, or the tensors themselves; else a `CheckpointError`.

Always with `weights_only`: whatever would run code is refused. Imports torch.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.diagnostics.text import escape
from archspec.input import InputError, open_regular
from archspec.weights.model import Checkpoint, CheckpointError, Stored

if TYPE_CHECKING:
    from torch import Tensor

NESTS = ("state_dict", "model_state_dict", "model", "module", "network", "net", "weights", "params")
"""Keys under which training scripts put the `state_dict`."""
_MOST_MODELS, _DEEPEST = 20, 3
_ZIP, _PICKLE = b"PK", b"\x80"


class Loaded(NamedTuple):
    """What `torch.load` gave: the tensors by key, where they were found, what else stands there, and versions of modules."""

    tensors: dict[str, Tensor]
    within: tuple[str, ...]
    others: tuple[str, ...]
    versions: dict[str, int]
    models: tuple[str, ...]


def read_pickled(path: str, key: str = "") -> Checkpoint:
    """Names, shapes and dtypes alone: the numbers are not read. Raises CheckpointError."""
    loaded = load_pickled(path, key, has_data=False)
    tensors = {
        key: Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), _place(tensor))
        for key, tensor in loaded.tensors.items()
    }
    return Checkpoint(
        path, tensors, loaded.within, loaded.others, key=key, models=loaded.models, versions=loaded.versions
    )


def _place(tensor: Tensor) -> tuple[int, ...] | None:
    """Which piece of memory it is, as long as the tensors are there."""
    import torch

    if tensor.layout != torch.strided or tensor.is_meta or not tensor.numel():
        return None
    return tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()), *tensor.stride()


def load_pickled(path: str, key: str = "", has_data: bool = True) -> Loaded:
    """The tensors on the CPU, which of an archive are mapped and not read, or without their numbers on the meta device; of
    the model at a key, where one is given. Raises CheckpointError, or MemoryError."""
    shown = escape(path[:200])
    is_zip = _is_zip(path, shown)
    try:
        import torch
    except ImportError:
        raise CheckpointError(f"{shown} takes PyTorch to read: pip install 'archspec-nn[torch]'") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(
                path, map_location="cpu" if has_data or is_zip else "meta", weights_only=True, mmap=is_zip
            )
    except MemoryError:
        raise
    except Exception as error:  # hostile files make torch raise whatever it happens to meet
        raise CheckpointError(f"{shown} {escape(_why(error))}") from None
    return _unwrap(found, shown, key)


def _is_zip(path: str, shown: str) -> bool:
    """Whether it is the zip archive that `torch.save` writes since 1.6; raises where it is neither that nor a pickle."""
    try:
        with open_regular(path) as file:
            first = file.read(2)
    except InputError as error:
        raise CheckpointError(str(error)) from None
    if not first:
        raise CheckpointError(f"{shown} is empty")
    if first != _ZIP and not first.startswith(_PICKLE):
        raise CheckpointError(f"{shown} is no file that torch.save wrote")
    if first != _ZIP:
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            is_stored = all(item.compress_type == zipfile.ZIP_STORED for item in archive.infolist())
    except Exception:  # zipfile too raises many things
        raise CheckpointError(f"{shown} is a damaged archive; it may be cut short") from None
    if not is_stored:  # a few bytes could become gigabytes
        raise CheckpointError(f"{shown} is compressed, which torch.save never does")
    return True


def _why(error: Exception) -> str:
    said = " ".join(str(error).split())
    code = re.search(r"(?:GLOBAL|[Uu]nsupported (?:global|class):?(?: GLOBAL)?) ([\w.]+)", said)
    if code:
        return (
            f"holds more than tensors ({code[1][:80]}), and no code in a file is run; save model.state_dict() instead"
        )
    if "Weights only load failed" in said:
        return "is no file of tensors alone; save model.state_dict() with torch.save, or as safetensors"
    return f"cannot be read by PyTorch ({type(error).__name__}: {said[:120]})"


def _unwrap(found: Any, shown: str, key: str) -> Loaded:
    from torch import Tensor

    whole, models = found, tuple(islice(_models(found, set()), _MOST_MODELS))
    within = _path(found, key)
    if within is None:
        there = f"; there are {', '.join(models)}" if models else ""
        raise CheckpointError(escape(f"{shown} has no model under {key[:80]}{there[:200]}"))
    for name in within:
        found = found[name]
    while isinstance(found, Mapping) and len(within) < len(NESTS):
        nest = next((key for key in NESTS if isinstance(found.get(key), Mapping)), None)
        if nest is None:
            break
        within.append(nest)
        found = found[nest]
    if not key and models and not _has_tensors(found):
        if len(models) > 1:
            raise CheckpointError(escape(f"{shown} holds several models, {', '.join(models)[:200]}: --key says which"))
        within = _path(whole, models[0]) or []
        found = reduce(lambda nested, name: nested[name], within, whole)
    if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
        raise CheckpointError(f"{shown} holds no tensors by name: a {type(found).__name__[:40]}")
    tensors = {key: value for key, value in found.items() if isinstance(value, Tensor)}
    if not tensors:
        listed = ", ".join(list(found)[:5])
        raise CheckpointError(escape(f"{shown} holds no tensors by name{f', only {listed[:120]}' if listed else ''}"))
    others = tuple(key for key in found if key not in tensors)
    return Loaded(tensors, tuple(within), others, _versions(found), models)


def _has_tensors(found: Any) -> bool:
    from torch import Tensor

    return isinstance(found, Mapping) and any(isinstance(value, Tensor) for value in found.values())


def _models(found: Any, seen: set[int], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Where in the file tensors stand by name; what is there twice is looked at once, since a small file may have much of it."""
    from torch import Tensor

    if not isinstance(found, Mapping) or id(found) in seen:
        return
    seen.add(id(found))
    if path and any(isinstance(key, str) and isinstance(value, Tensor) for key, value in found.items()):
        yield ".".join(path)
    elif len(path) < _DEEPEST:
        for key, value in found.items():
            if isinstance(key, str):
                yield from _models(value, seen, (*path, key))


def _path(found: Any, key: str) -> list[str] | None:
    """The keys that lead to what is asked for, one below the other or in one; None where nothing is there."""
    if not key:
        return []
    if not isinstance(found, Mapping):
        return None
    if isinstance(found.get(key), Mapping):
        return [key]
    first, _, rest = key.partition(".")
    inner = _path(found.get(first), rest) if rest else None
    return None if inner is None else [first, *inner]


def _versions(found: object) -> dict[str, int]:
    """Those of a `state_dict` as modules give it, which keep them beside the tensors."""
    kept = getattr(found, "_metadata", None)
    if not isinstance(kept, Mapping):
        return {}
    versions = {path: one.get("version") for path, one in kept.items() if isinstance(one, Mapping)}
    return {path: one for path, one in versions.items() if isinstance(path, str) and isinstance(one, int)}
