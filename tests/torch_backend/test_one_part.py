"""A tensor that is cut into one part is unpacked from a tuple of one."""

from __future__ import annotations

import torch
from support import checked

from archspec.backends.torch import generate
from archspec.running.build import build


def test_one_part_is_unpacked() -> None:
    text = "archspec: 1\nname: One\ninput: [4, 6]\nlayers:\n  parts: {type: Split, split_size: 6, dim: 2}\n  relu: {type: ReLU, from: parts.PORT}\n"
    ports = checked(text.replace(".PORT", "")).facts
    assert ports is not None
    name = next(iter(ports.layers[1].outputs or {}))
    facts = checked(text.replace("PORT", name)).facts
    assert facts is not None
    code = generate(facts).text
    assert "(x,) = " in code
    x = torch.randn(2, 4, 6)
    assert torch.equal(build(code, "One")(x), x.relu())


def test_long_shapes_are_wrapped() -> None:
    text = "archspec: 1\nname: Long\ninput: [3, H, W]\nlayers:\n  c: {type: Conv2d, out_channels: 6, kernel_size: 3, stride: 7}\n" \
           "  parts: {type: Chunk, chunks: 3, dim: 1}\n  sum: {type: Add, from: [parts.0, parts.1, parts.2]}\n"  # fmt: skip
    facts = checked(text).facts
    assert facts is not None
    code = generate(facts).text
    assert max(map(len, code.splitlines())) <= 88
    assert code.count("(H + 4)//7") >= 4
