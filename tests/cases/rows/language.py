"""Rows of the language's own stages: values, ports, blocks in blocks, standard streams."""

from __future__ import annotations

from run import Row

NO_VALUE = "what an expression cannot hold is reported where it stands"

ROWS: list[Row] = [
    Row("language/let_mapping.yaml", NO_VALUE, "check {}", exit=1,
        says=("E0105", "w takes a value, not a mapping", "language/let_mapping.yaml:4:10", ": 1 error")),
    Row("language/row_mapping.yaml", NO_VALUE, "check {}", exit=1,
        says=("E0105", "a: w takes values, and a mapping in a list is none", "language/row_mapping.yaml:5:31", ": 1 error")),
    Row("language/full_width.yaml", "digits are 0 to 9", "check {}", exit=1, says=("E0501", "language/full_width.yaml:5:38")),
]  # fmt: skip
