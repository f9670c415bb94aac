"""Slips of the hand in specs that were right, and what `check --fix` promises of each: `python tests/fuzz/slips.py [--count N] [--seed S]`.

One bracket, comma or quote is dropped, doubled or another one, or one line is indented otherwise, in YAML or JSON. Since nothing else is wrong,
a text that no longer can be read is readable after its safe fixes, and a line that has moved loses no word, and no comment is lost. Or two or three brackets are
wrong: then safe fixes let no less be read, and a text that they make a right one says what it said before the slips. Or a line is
written as people write it elsewhere, which safe fixes put right: it says what it said before.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import yaml
from comments import MARK, commented, lost
from finds import Find, parser, tell
from habits import habit
from mutations import FOLDER, ROOT, SLOW
from promised_fixes import unkept

from archspec.checking import check
from archspec.document.reader import stop
from archspec.fixing import fix
from archspec.source import Source

SIGNS = '[]{}(),"'
BRACKETS = "[]{}"


@cache
def texts() -> list[str]:
    """Right specs as they are written, small ones, and each in lines without braces, and as JSON."""
    paths = [
        *(FOLDER / "seeds").glob("*.yaml"),
        *(path for path in (ROOT / "specs").glob("*.yaml") if path.name not in SLOW),
    ]
    found = [path.read_text("utf-8") for path in sorted(paths) if path.stat().st_size < 4_000]
    right = [text for text in found if check("spec.yaml", text.encode()).ok]
    trees = [yaml.load(text, yaml.CSafeLoader) for text in right]
    in_lines = [yaml.dump(tree, sort_keys=False, default_flow_style=False, width=10**6) for tree in trees]
    return [*right, *in_lines, *(json.dumps(tree, indent=2) for tree in trees)]


class Slip(NamedTuple):
    """A text, what it was before the slips, whether a line of it was moved, how many slips there are, and whether it is said as
    elsewhere."""

    text: str
    right: str
    is_moved: bool
    slips: int
    is_habit: bool = False


def is_signed(line: str, signs: str = SIGNS) -> bool:
    """Whether a line has several of the signs; brackets of expressions are no mistake of YAML."""
    return (
        sum(line.count(sign) for sign in signs) > 1
        and "#" not in MARK.sub("", line)
        and (signs == SIGNS or "$" not in line)
    )


def bracket(text: str, random: Random, signs: str = SIGNS) -> str:
    """One bracket, comma or quote dropped, doubled, or another one, in a line that has several."""
    lines = text.split("\n")
    number = random.choice([i for i, line in enumerate(lines) if is_signed(line, signs)])
    line = lines[number]
    at = random.choice([i for i, sign in enumerate(MARK.sub("", line)) if sign in signs])
    changed = random.choice(["", line[at] * 2, *("[]{}()" if line[at] in "[]{}()" else "")])
    lines[number] = line[:at] + changed + line[at + 1 :]
    return "\n".join(lines)


def indentation(text: str, random: Random) -> str:
    """One line further right, or further left."""
    lines = text.split("\n")
    number = random.choice(
        [i for i, line in enumerate(lines) if line.startswith(" ") and not line.lstrip().startswith("#")]
    )
    indent = len(lines[number]) - len(lines[number].lstrip())
    other = random.choice(
        [depth for depth in (indent - 2, indent - 1, indent + 1, indent + 2, indent + 4) if depth >= 0]
    )
    lines[number] = " " * other + lines[number].lstrip()
    return "\n".join(lines)


def slip(seed: int, number: int) -> Slip:
    """The slips of a run: a line that is moved, a sign, and of every fourth run two or three brackets."""
    random = Random(f"{seed}.{number}")
    right = commented(random.choice(texts()), random)
    count = random.choice((2, 3)) if number % 4 == 3 else 1
    if count > 1 and sum(is_signed(line, BRACKETS) for line in right.split("\n")) > count:
        text = right
        for _ in range(count):
            text = bracket(text, random, BRACKETS)
        return Slip(text, right, False, count)
    said = habit(right, random) if number % 4 == 1 and not right.startswith("{") else None
    if said is not None:
        return Slip(said, right, False, 1, is_habit=True)
    is_moved = number % 2 == 0 or not any(map(is_signed, right.split("\n")))
    return Slip((indentation if is_moved else bracket)(right, random), right, is_moved, 1)


def broken(slip: Slip) -> Iterator[str]:
    """The promises that the safe fixes of a slip break."""
    fixed = fix("spec.yaml", slip.text.encode())
    yield from unkept(slip.text.encode(), fixed)
    after = fixed.after.decode()
    is_unread = "E0001" in [problem.code for problem in fixed.result.diagnostics]
    if slip.slips == 1 and fixed.made and is_unread:
        yield "a safe fix leaves a text that cannot be read"
    if slip.slips > 1 and fixed.made and is_unread and _line(after) < _line(slip.text):
        yield "safe fixes let less be read than before"
    if (
        slip.slips > 1
        and fixed.result.ok
        and yaml.load(after, yaml.CSafeLoader) != yaml.load(slip.right, yaml.CSafeLoader)
    ):
        yield "several slips are put right as something else"
    if slip.is_habit and (is_unread or yaml.load(after, yaml.CSafeLoader) != yaml.load(slip.right, yaml.CSafeLoader)):
        yield "what is written as elsewhere is not put right"
    if is_lost := lost(slip.text, after):
        yield is_lost
    if slip.is_moved and len(after.split()) != len(slip.text.split()):
        yield "a word is lost, or come in, where a line has moved"


def _line(text: str) -> int:
    """The line in which a text is no YAML any more."""
    place = stop(Source("", text))
    return len(text[:place].splitlines()) if place is not None else 10**9


def main() -> int:
    options = parser(__doc__).parse_args()

    def finds() -> Iterator[Find]:
        for number in range(options.count):
            made = slip(options.seed, number)
            for what in broken(made):
                yield Find(number, "yaml", made.text.encode(), what)

    return tell(finds(), options)


if __name__ == "__main__":
    sys.exit(main())
