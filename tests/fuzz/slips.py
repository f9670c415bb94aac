"""Slips of the hand in specs that were right, and what `check --fix` promises of each: `python tests/fuzz/slips.py [--count N] [--seed S]`.

One bracket, comma or quote is dropped, doubled or another one, or one line is indented otherwise, in YAML or JSON. Since nothing else is wrong,
a text that no longer can be read is readable after its safe fixes, a line that has moved loses no word, and no comment is lost.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import yaml
from comments import MARK, commented, lost
from finds import Find, parser, tell
from mutations import FOLDER, ROOT, SLOW

from archspec.checking import check
from archspec.fixing import fix

SIGNS = '[]{}(),"'


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


def is_signed(line: str) -> bool:
    return sum(line.count(sign) for sign in SIGNS) > 1 and "#" not in MARK.sub("", line)


def bracket(text: str, random: Random) -> str:
    """One bracket, comma or quote dropped, doubled, or another one, in a line that has several."""
    lines = text.split("\n")
    number = random.choice([i for i, line in enumerate(lines) if is_signed(line)])
    line = lines[number]
    at = random.choice([i for i, sign in enumerate(MARK.sub("", line)) if sign in SIGNS])
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


def slip(seed: int, number: int) -> tuple[str, bool]:
    """The text of a run, and whether a line of it was moved."""
    random = Random(f"{seed}.{number}")
    text = random.choice(texts())
    text = commented(text, random)
    is_moved = number % 2 == 0 or not any(map(is_signed, text.split("\n")))
    return (indentation if is_moved else bracket)(text, random), is_moved


def broken(text: str, is_moved: bool) -> Iterator[str]:
    """The promises that the safe fixes of a slip break."""
    fixed = fix("spec.yaml", text.encode())
    after = fixed.after.decode()
    if fixed.made and "E0001" in [problem.code for problem in fixed.result.diagnostics]:
        yield "a safe fix leaves a text that cannot be read"
    if is_lost := lost(text, after):
        yield is_lost
    if is_moved and len(after.split()) != len(text.split()):
        yield "a word is lost, or come in, where a line has moved"


def main() -> int:
    options = parser(__doc__).parse_args()

    def finds() -> Iterator[Find]:
        for number in range(options.count):
            text, is_moved = slip(options.seed, number)
            for what in broken(text, is_moved):
                yield Find(number, "yaml", text.encode(), what)

    return tell(finds(), options)


if __name__ == "__main__":
    sys.exit(main())
