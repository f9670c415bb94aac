"""`.shape` of a layer that is no input: the help's way, as it says it, gives no error."""

from __future__ import annotations

from support import codes, told

HEAD = """archspec: 1
name: Net
input: [8, 8, 8]
layers:
  x: {type: Conv2d, out_channels: 8, kernel_size: 1}
  a: {type: MaxPool2d, kernel_size: 2}
"""


def test_a_group_reads_it() -> None:
    (_, message, help), *_ = told(
        HEAD + '  up: {type: Interpolate, from: x, size: ["${a.shape[2]}", "${a.shape[3]}"]}\n'
    )
    assert message == "up: a is no input of this scope"
    assert help.endswith("in a group with inputs: [x, like], whose from ends with a, write like.shape")
    resized = 'r: {type: Interpolate, from: x, size: ["${like.shape[2]}", "${like.shape[3]}"]}'
    # a is read for its shape alone, and feeds nothing
    assert codes(f"{HEAD}  up: {{from: [x, a], inputs: [x, like], layers: {{{resized}}}}}\n") == ["W1001"]
