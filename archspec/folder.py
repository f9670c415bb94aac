"""Folders that are lists: of lints, of formats. Enters: such a folder; leaves: the names of its modules."""

from __future__ import annotations

import os


def modules_in(folder: str) -> tuple[str, ...]:
    """The names of the modules of a folder, sorted, without those that begin with an underscore. Nothing is imported."""
    names = (entry.removesuffix(".py") for entry in os.listdir(folder) if entry.endswith(".py"))
    return tuple(sorted(name for name in names if not name.startswith("_")))
