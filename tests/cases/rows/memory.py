"""Rows of memory: what is alive at once, and what in-place layers overwrite."""

from __future__ import annotations

from run import Row

_TOTALS = "totals.activation_bytes", "totals.peak_activation_bytes"

ROWS: list[Row] = [
    Row(
        "specs/ip3.yaml",
        "an in-place layer makes no memory of its own",
        "check {} --format json",
        values=dict.fromkeys(_TOTALS, 16_056_320),
    ),
    Row(
        "specs/weights_as_activations.yaml",
        "weights are no activations",
        "check {} --format json",
        values=dict(zip(_TOTALS, (32_768, 65_536), strict=True)),
    ),
    Row(
        "specs/ip2.yaml",
        "something reads a tensor that an in-place layer has overwritten",
        "check {}",
        exit=1,
        says=("E0207", "add reads c, which r has overwritten", "write inplace: false in r"),
    ),
    Row(
        "student/inplace.yaml",
        "something reads a tensor that an in-place layer has overwritten",
        "check {}",
        exit=1,
        says=("E0207", "add reads a, which r has overwritten"),
    ),
]
