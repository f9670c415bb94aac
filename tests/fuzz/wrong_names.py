"""Wrong names in `from`, and what `check --fix` makes of them: `python tests/fuzz/wrong_names.py [--count N] [--seed S] [--keep FOLDER]`.

Random networks with branches, whose layers have names with numbers, as people give them, and in which one or two layers read by a
name that is wrong: a digit less, more or another, their own without its number, or one of a layer below. No fix makes a cycle, or
another error than was there; what a safe fix writes is a layer above; and neither does help, followed to the letter.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))

from finds import Find, parser, tell
from promised_fixes import unkept

from archspec.checking import Result, check
from archspec.diagnostics.edits import apply
from archspec.fixing import fix

HEAD = "archspec: 1\nname: Net\ninput: [8, 16, 16]\nlayers:\n"
KINDS = {
    "conv": "Conv2d, out_channels: 8, kernel_size: 3, padding: 1", "relu": "ReLU", "norm": "BatchNorm2d", "drop": "Dropout, p: 0.5",
    "block": "Sigmoid", "act": "GELU",
}  # fmt: skip
"""Types by the names of their layers, all of which leave the size as it is."""
_LAYER = re.compile(r"^  (\w+): \{type")
_READ = re.compile(r"from: \[?([\w, ]+)")


def network(random: Random) -> list[tuple[str, str, list[str]]]:
    """The layers of a right network: name, type and what each reads; nothing is read that stands below."""
    found: list[tuple[str, str, list[str]]] = []
    counts = dict.fromkeys([*KINDS, "add"], 0)
    has_first = random.random() < 0.7  # conv1, conv2 rather than conv, conv2
    for _ in range(random.randint(3, 12)):
        above = [name for name, _, _ in found]
        kind = random.choice([*KINDS, *(["add"] if len(above) > 1 else [])])
        counts[kind] += 1
        name = f"{kind}{counts[kind]}" if has_first or counts[kind] > 1 else kind
        reads = (
            random.sample(above, 2)
            if kind == "add"
            else [random.choice(above[-2:])]
            if above and random.random() < 0.4
            else []
        )
        found.append((name, KINDS.get(kind, "Add"), reads))
    return found


def wrong(name: str, own: str, below: list[str], random: Random) -> str:
    """Another name in place of one."""
    stem = name.rstrip("0123456789")
    own_stem = own.rstrip("0123456789")
    choices = [
        stem,
        name + random.choice("0123456789"),
        stem + random.choice("0123456789"),
        own_stem,
        own_stem + "0",
        own + "1",
    ]
    for other in below[:3]:
        choices += [other.rstrip("0123456789"), other + "0", other[:-1]]
    return random.choice(choices)


def spec(seed: int, number: int) -> str:
    """The text of a run."""
    random = Random(f"{seed}.{number}")
    layers = network(random)
    for at in random.sample(range(1, len(layers)), random.choice((1, 1, 2))):
        name, kind, reads = layers[at]
        place = random.randrange(len(reads)) if reads else 0
        reads = list(reads or [layers[at - 1][0]])
        reads[place] = wrong(reads[place], name, [other for other, _, _ in layers[at + 1 :]], random)
        layers[at] = name, kind, reads
    return HEAD + "".join(map(_line, layers))


def _line(layer: tuple[str, str, list[str]]) -> str:
    name, kind, reads = layer
    said = f", from: [{', '.join(reads)}]" if len(reads) > 1 else f", from: {reads[0]}" if reads else ""
    return f"  {name}: {{type: {kind}{said}}}\n"


def broken(text: str) -> Iterator[str]:
    """The promises that fixing a text breaks."""
    before = check("spec.yaml", text.encode(), has_all_fixes=True)
    for is_unsafe in (False, True):
        fixed = fix("spec.yaml", text.encode(), None, is_unsafe)
        yield from _worse(before, fixed.result, "a fix")
        yield from unkept(text.encode(), fixed, is_unsafe)
        if not is_unsafe:
            yield from _below(text, fixed.after.decode())
    edits = {
        edit: None
        for problem in before.diagnostics
        if problem.fix
        for edit in problem.fix.edits
        if problem.severity == "error"
    }
    if edits:
        yield from _worse(before, check("spec.yaml", apply(before.source, list(edits)).encode()), "help")


def _worse(before: Result, after: Result, what: str) -> Iterator[str]:
    """Errors that are there since."""
    were = {problem.code for problem in before.diagnostics}
    for problem in after.diagnostics:
        if problem.severity == "error" and problem.code not in were:
            yield f"{what} brings about {problem.code}"


def _below(before: str, after: str) -> Iterator[str]:
    """Layers that read themselves, or one below them, since."""
    above = {"input"}
    names = {found[1] for line in before.splitlines() if (found := _LAYER.match(line))}
    for was, line in zip(before.splitlines(), after.splitlines(), strict=True):
        if (_read(line) - _read(was)) & (names - above):
            yield "a safe fix reads what is not above"
        if layer := _LAYER.match(line):
            above.add(layer[1])


def _read(line: str) -> set[str]:
    found = _READ.search(line)
    return set(found[1].split(", ")) if found else set()


def main() -> int:
    options = parser(__doc__).parse_args()

    def finds() -> Iterator[Find]:
        for number in range(options.count):
            text = spec(options.seed, number)
            for what in broken(text):
                yield Find(number, "yaml", text.encode(), what)

    return tell(finds(), options)


if __name__ == "__main__":
    sys.exit(main())
