"""What a file of weights holds, as data: names, shapes and dtypes, never the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class CheckpointError(ValueError):
    """The file cannot be read, or its tensors do not load; the message is one line."""


class Stored(NamedTuple):
    """A tensor in a file. Two that are at one `place` are the same tensor; None where the file says nothing of that."""

    shape: tuple[int, ...]
    dtype: str
    place: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file's tensors by key.

    `within` are the keys that they were found under (`state_dict` of `{"state_dict": {...}}`); `others` what stands beside
    them and is no tensor; `stripped` the beginning that was taken off the keys; `key` the model that was asked for, and
    `models` all that the file has, as they are asked for.
    """

    path: str
    tensors: Mapping[str, Stored]
    within: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    stripped: str = ""
    key: str = ""
    models: tuple[str, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict)
    """The versions that the file has of modules, by their paths (`_metadata` of a `state_dict`)."""
