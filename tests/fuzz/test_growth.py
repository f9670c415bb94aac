"""What a document costs grows with its length, and not with the square of it, also where every line of it is wrong.

Lines of archspec's code that run are counted, for n, 2n and 3n lines of a document. Their second difference is 0 where the cost
is linear, and 2n² for each that runs once for each pair. Names that are gone through for a near one have a limit that all of a
document share; here it is none, so that this does not count.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from support import checked

from archspec.diagnostics import nearest

N = 30
HEAD = "archspec: 1\nname: N\ninput: [16]\nlayers:\n"
Line = tuple[str, int]


def lines(text: str, head: str = HEAD, tail: str = "") -> Callable[[int], str]:
    """A document of so many of a line, in which `@` is its number, `<` the one before and `>` the one after."""

    def document(count: int) -> str:
        body = (
            text.replace("@", str(i)).replace("<", str(i - 1)).replace(">", str(i + 1)) for i in range(1, count + 1)
        )
        return head + "".join(f"  {line}\n" for line in body) + tail

    return document


def args(text: str) -> Callable[[int], str]:
    """A document of so many arguments and of as many of a line."""
    return lambda count: lines("a@: 4", "archspec: 1\nname: N\nargs:\n", lines(text, "input: [16]\nlayers:\n")(count))(
        count
    )


IMAGE = HEAD.replace("[16]", "[3, 16, 16]")
FIRST = HEAD + "  a: {type: Linear, out_features: 16}\n"
LAST = "  z: {type: Linear, out_features: 2, from: a}\n"
BLOCKS = HEAD.replace("layers", "blocks")
USES = "layers:\n"
DOCUMENTS = {
    "right": lines("l@: {type: Linear, out_features: 16}"),
    "squashed again": lines("s@: Sigmoid"),
    "dead ends": lines("d@: {type: Linear, out_features: 4, from: a}", FIRST, LAST),
    "dead ends that are measured": lines(
        "d@: {type: Linear, out_features: 4, from: a}\n  g@: {from: [d@, a], inputs: [x, y], layers: {f: {type: Linear, "
        'out_features: "${x.shape[1]}", from: y}}}', FIRST, LAST),
    "sizes alone": lines("d@: {type: Conv2d, out_channels: 4, kernel_size: 1, from: c0}\n"
                         "  c@: {type: CropLike, from: [c<, d@]}", f"{IMAGE}  c0: ReLU\n"),
    "types that are sums": lines("l@: a + b@"),
    "types that are calls": lines("l@: nn.Linear(n@, 16)"),
    "calls of kept modules": lines("l@: self.fc@(x@)"),
    "types that are none": lines("l@: Block@"),
    "no type": lines("l@: {out_features: 16}"),
    "no value": lines("l@:"),
    "no type in a list": lines("- {out_features: @}"),
    "names in a list": lines("- fc@: {type: Linear, out_features: 16}"),
    "reads of nothing": lines("l@: {type: ReLU, from: m@}"),
    "reads of nearly nothing": lines("l@: {type: ReLU, from: l>x}"),
    "again of nothing": lines("l@: {use: m@}"),
    "ties to nothing": lines("l@: {type: Linear, out_features: 16, tie: {weight: m@.weight}}"),
    "names of no value": lines('l@: {type: Linear, out_features: "${n@}"}'),
    "no whole numbers": lines('l@: {type: Linear, out_features: "${7 / (@ + 7)}"}'),
    "arguments and no value": args('l@: {type: Linear, out_features: "${b@}"}'),
    "arguments in code": args("l@: nn.Linear(a@, b@)"),
    "blocks of a wrong argument": lambda n: lines(
        'B@: {args: {c: int}, layers: {l: {type: Linear, out_features: "${c}"}}}', BLOCKS, lines("l@: {type: B@, c: x}", USES)(n)
    )(n),
    "blocks of an unread argument": lines(
        'B@: {args: {c: int}, layers: {l: {type: Linear, out_features: "${d}"}}}', BLOCKS, f"{USES}  a: ReLU\n"),
    "conditions that are none": lines("l@: {type: ReLU, when: x@}"),
    "warnings that are ignored": lines("l@: {type: Sigmoid}  # archspec: ignore[W1003]"),
}  # fmt: skip


def run(text: str) -> Counter[Line]:
    """How often each line of archspec's code runs in a check."""
    found: Counter[Line] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            found[frame.f_code.co_filename, frame.f_lineno] += 1
        return count

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        return count if "archspec" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        checked(text)
    finally:
        sys.settrace(before)
    return found


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_cost_is_linear(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "MAX_NAMES_COMPARED", 0)
    checked(DOCUMENTS[kind](N))
    few, more, most = (run(DOCUMENTS[kind](times * N)) for times in (1, 2, 3))
    for_pairs = {line: (most[line] - 2 * more[line] + few[line]) / (2 * N * N) for line in most}
    assert {line: often for line, often in for_pairs.items() if often > 0.2} == {}
