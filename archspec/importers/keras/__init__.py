"""Keras models as specs, from the JSON of `model.to_json()`. Enters: a path. Leaves: a `Sketch`. Keras is not needed.

    JSON ──> reader of specs ──> calls of layers ──> handlers, one a layer class ──> layers of the Sketch

Keras keeps channels last, PyTorch first: images enter as (N, C, H, W), and where the order of numbers matters (before a Dense,
a Reshape, a Flatten) the axes are put back. The configuration holds no weights.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from archspec.importers.sketch import ImportProblem, Sketch
from archspec.limits import MAX_SPEC_BYTES


def import_keras(path: str, sizes: Mapping[str, int] | None = None) -> Sketch:
    """The network that a JSON file describes. `sizes` are numbers for axes that it leaves open, by the names they get.

    Raises ImportProblem for what no spec can say, OSError."""
    from archspec.importers.keras.config import read
    from archspec.importers.keras.walk import Walk

    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ImportProblem("the model is not a regular file")
    with open(path, "rb") as file:
        data = file.read(MAX_SPEC_BYTES + 1)
    return Walk(read(path, data), dict(sizes or {})).sketch()
