"""Specs of the zoo with a few lines changed at random, through everything: check, table, diagram and compile. By hand:

    python tests/fuzz/mutate.py SEED SECONDS

Any exception is a crash, and anything over 5 s is too slow; both are printed with the spec's text kept in a file. The fuzzer in
`fuzz.py` is guided by coverage and finds what is odd in texts; this one stays near specs that mean something.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path

from archspec.api import check
from archspec.backends.diagram import to_dot
from archspec.backends.table.terminal import Options, table
from archspec.backends.torch import CannotGenerate, generate
from archspec.diagnostics.text import render

ZOO = Path(__file__).resolve().parent.parent.parent / "specs" / "zoo"
KEYS = ["repeat: 2", "repeat: 0", "when: false", 'when: "${i == 0}"', "mode: train", "from: input", "from: [input, input]",
        'as: "a${i}"', "for: {a: [1, 2]}", "let: {z: 3}", "outputs: {a: b}", "inputs: [a, b]"]  # fmt: skip
VALUES = ['"${i}"', '"${input.shape[1]}"', '"${input.shape[0]}"', '"${[x for x in range(3)]}"', '"${1 / 0}"', '"${q}"', "[1, 2]", "null",
          "-1", "0", "true", "1.5", "Cat", "Parameter", "{}", "[]", "{type: ReLU, repeat: 2}", "use: conv1"]  # fmt: skip
WORD = re.compile(r"\b[A-Za-z_]\w*\b")
OPERATORS = ["+", "-", "*", "//", "/", "%", "==", "!=", "<", "and", "or", "**"]


def changed(text: str, rng: random.Random) -> str:
    """The text with one to three lines changed."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, 3)):
        i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        words, others = WORD.findall(lines[i]), WORD.findall(lines[j])
        match rng.randrange(8):
            case 0:
                del lines[i]
            case 1:
                lines.insert(i, lines[j])
            case 2:
                lines[i], lines[j] = lines[j], lines[i]
            case 3 if words:
                lines[i] = lines[i].replace(rng.choice(words), rng.choice(VALUES), 1)
            case 4:
                lines[i] = re.sub(r"\d+", lambda m: str(rng.choice([0, 1, 2, 3, 7, 64, 10**9])), lines[i], count=1)
            case 5:
                lines[i] = lines[i].replace("}", f", {rng.choice(KEYS)}}}", 1)
            case 6:
                lines[i] = re.sub(r" (\+|-|\*|//|==|!=|and|or) ", f" {rng.choice(OPERATORS)} ", lines[i], count=1)
            case _ if words and others:
                lines[i] = re.sub(rf"\b{rng.choice(words)}\b", rng.choice(others), lines[i], count=1)
    return "\n".join(lines) or text


def run(text: str) -> bool:
    """Everything that can be done with a spec; whether it was one without errors."""
    result = check("spec.yaml", text.encode())
    render(result.diagnostics, most=20)
    if result.facts is not None:
        table(result.facts, Options())
    if result.facts is None or not result.ok:
        return False
    to_dot(result.facts)
    with suppress(CannotGenerate):
        generate(result.facts)
    return True


def main(seed: str, seconds: str) -> None:
    rng = random.Random(int(seed))
    texts = [path.read_text("utf-8") for path in sorted(ZOO.glob("*.yaml"))]
    folder = Path(tempfile.mkdtemp())
    end = time.monotonic() + float(seconds)
    runs = valid = 0
    seen: set[tuple[str, int]] = set()
    while time.monotonic() < end:
        text = changed(rng.choice(texts), rng)
        start = time.monotonic()
        what = ""
        try:
            valid += run(text)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            if (last.filename, last.lineno or 0) not in seen:
                seen.add((last.filename, last.lineno or 0))
                what = f"{type(error).__name__} in {last.filename}:{last.lineno}: {str(error)[:200]}"
        runs += 1
        if time.monotonic() - start > 5:
            what = what or f"{time.monotonic() - start:.1f} s"
        if what:
            path = folder / f"{runs}.yaml"
            path.write_text(text, "utf-8")
            print(f"{path}: {what}", flush=True)
    print(f"{runs} specs, {valid} of them without errors")


if __name__ == "__main__":
    main(*sys.argv[1:])
