"""Rows of the language's own stages: values, ports, blocks in blocks, standard streams."""

from __future__ import annotations

from run import Row

NO_VALUE = "what an expression cannot hold is reported where it stands"

PORTS = "named outputs that are read without a name, and names that do not exist, are refused where they are read"

ROWS: list[Row] = [
    Row("language/let_mapping.yaml", NO_VALUE, "check {}", exit=1,
        says=("E0105", "w takes a value, not a mapping", "language/let_mapping.yaml:4:10", ": 1 error")),
    Row("language/row_mapping.yaml", NO_VALUE, "check {}", exit=1,
        says=("E0105", "a: w takes values, and a mapping in a list is none", "language/row_mapping.yaml:5:31", ": 1 error")),
    Row("language/full_width.yaml", "digits are 0 to 9", "check {}", exit=1, says=("E0501", "language/full_width.yaml:5:38")),
    Row("engineer/sr1.yaml", PORTS, "check {}", exit=1, says=("E0204", "sr1.yaml:13:34", "each step has several outputs", "x, y")),
    Row("engineer/sr4.yaml", PORTS, "compile {}", exit=1, says=("E0204", "sr4.yaml:12:3", "say which: from: mix.left")),
    Row("engineer/sr5.yaml", PORTS, "compile {}", exit=1, says=("E0204", "sr5.yaml:11:18", "each step has several outputs")),
    Row("engineer/sr7.yaml", PORTS, "compile {}", exit=1, says=("E0204", "sr7.yaml:5:3", "outputs: {output: mix.left}")),
    Row("engineer/sr8.yaml", PORTS, "check {}", exit=1, says=("E0204", "sr8.yaml:6:3", "say which: from: mix.0")),
    Row("specs/port_through_group.yaml", PORTS, "check {}", exit=1,
        says=("E0204", "port_through_group.yaml:6:14", "g reads b.p", ": 1 error")),
    Row("language/named_outputs.yaml", PORTS, "check {}", exit=1, says=("E0204", "named_outputs.yaml:6:3", ": 1 error")),
    Row("language/below_left_out.yaml", PORTS, "check {}", exit=1, says=("E0201", "below_left_out.yaml:6:3", ": 1 error")),
]  # fmt: skip
