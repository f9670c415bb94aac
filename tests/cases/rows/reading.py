"""Rows of the reader and of expressions."""

from __future__ import annotations

from run import Row

ROWS: list[Row] = [
    Row(
        "specs/lstm_h.yaml",
        "ports of a layer are results",
        "check {} --format json",
        values={"outputs.1.shape": [2, "N", 5]},
    ),
]
