"""Blocks in blocks: 99 uses of blocks in each other are a network; what is deeper is E0507, however deep it is."""

from __future__ import annotations

import pytest
from support import checked

from archspec.backends.diagram import to_dot
from archspec.backends.table.report import report
from archspec.backends.table.terminal import Options, table
from archspec.backends.torch import generate

USES = ["[{}]", "{{a: {}}}", "{{a: {{type: {}, repeat: 1}}}}", "{{g: {{layers: {{h: {{layers: {{a: {}}}}}}}}}}}",
        "{{a: {{type: {}, when: true}}}}"]  # fmt: skip


def chain(count: int, use: str) -> str:
    blocks = "".join(f"  b{i}: {{layers: {use.format(f'b{i - 1}')}}}\n" for i in range(1, count))
    return f"archspec: 1\nname: M\ninput: [4]\nblocks:\n  b0: {{layers: [ReLU]}}\n{blocks}layers: {use.format(f'b{count - 1}')}\n"


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("count", [100, 250, 1000, 3000])
def test_what_is_too_deep(use: str, count: int) -> None:
    result = checked(chain(count, use))
    assert [d.code for d in result.diagnostics] == ["E0507"]
    report("x", None, result.facts, result.diagnostics)


@pytest.mark.parametrize(("use", "count"), [(USES[0], 99), (USES[1], 99), (USES[2], 49), (USES[3], 33), (USES[4], 99)])
def test_what_is_just_not_too_deep(use: str, count: int) -> None:
    result = checked(chain(count, use))
    assert result.ok
    assert result.facts is not None
    table(result.facts, Options())
    report("x", None, result.facts, result.diagnostics)
    to_dot(result.facts, 500)
    assert "nn.ReLU" in generate(result.facts).text
