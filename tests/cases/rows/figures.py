"""Rows of figures: receptive fields, counts, conditions on symbols."""

from __future__ import annotations

from run import Row

LAW = "no number without a law"

ROWS: list[Row] = [
    Row(
        "specs/false_fields.yaml",
        LAW,
        "check {} --format json",
        values={
            "layers.1.receptive_field.size": [8],
            "layers.3.receptive_field.size": [1],
            "layers.3.receptive_field.stride": [None],
            "layers.5.receptive_field": None,
        },
    ),
    Row("specs/catspatial.yaml", LAW, "check {} --format json", values={"layers.1.receptive_field": None}),
    Row(
        "specs/deconv_down.yaml",
        LAW,
        "check {} --format json",
        values={"layers.1.receptive_field.size": [3], "layers.1.receptive_field.padding": [1]},
    ),
    Row(
        "specs/up_then_down.yaml",
        LAW,
        "check {} --format json",
        values={"layers.1.receptive_field.stride": [None], "layers.2.receptive_field.size": [3]},
    ),
    Row(
        "specs/huge.yaml",
        "whole numbers have no bound",
        "check {} --format json",
        values={"layers.1.macs": 69_247_347_870_448_746_496, "totals.macs": 71_411_327_491_400_269_824},
    ),
    Row(
        "specs/assumption.yaml",
        "every condition on a symbol is listed",
        "check {} --format json",
        values={"assumptions": ["L >= 10"]},
    ),
    Row(
        "specs/assumption.yaml", "every condition on a symbol is listed", "check {} --set L=9", exit=1, says=("E0303",)
    ),
    Row("specs/assumption.yaml", "every condition on a symbol is listed", "check {} --set L=10"),
]
