"""Mutated specs, and what `check --fix` promises of them: `python tests/fuzz/mutate_fixes.py [--count N] [--seed S] [--keep FOLDER]`.

Half of the specs are changed as trees (`mutations.py`), half in one or two words of a text that was right. What is fixed is gone,
nothing is wrong that was right, every comment is there, in its order, what `check` tells of is made, and the second time there is
nothing to fix.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from comments import commented, lost
from finds import Find, parser, tell
from mutate import document
from promised_fixes import unkept

from archspec.checking import Result, check
from archspec.fixing import Fixed, fix

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
WORDS = ("type", "from", "layers", "kernel_size", "out_channels", "out_features", "padding", "stride", "Conv2d", "Linear", "ReLU",
         "MaxPool2d", "Dropout", "input", "expect", "params", "conv1", "conv2", "dense1", "pool1")  # fmt: skip
OTHERS = {
    "out_channels": "filters", "out_features": "units", "Conv2d": "nn.Conv2d", "Linear": "Dense", "MaxPool2d": "MaxPooling2D",
    "kernel_size": "kernelSize", "ReLU": "relu", "stride": "strides",
}  # fmt: skip


def misspelt(text: str, random: Random) -> str:
    """The text with one word written otherwise: a letter less, two that changed places, or as another library has it; or with
    one number as a text."""
    word = random.choice([word for word in WORDS if word in text])
    starts = [at for at in range(len(text)) if text.startswith(word, at)]
    start = random.choice(starts)
    at = random.randrange(len(word) - 1)
    changed = random.choice([
        word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at] + word[at:],
        OTHERS.get(word, word.upper()),
    ])  # fmt: skip
    return text[:start] + changed + text[start + len(word) :]


def mutant(seed: int, number: int) -> str:
    """The text of a run."""
    random = Random(f"{seed}.{number}")
    if number % 2:
        return commented(document(seed, number)[1], random)
    text = commented(random.choice(SPECS).read_text("utf-8"), random)
    for _ in range(random.choice((1, 1, 2))):
        text = misspelt(text, random)
    return text


def broken(text: str, is_unsafe: bool) -> Iterator[str]:
    """The promises that fixing a text breaks."""
    data = text.encode("utf-8", "surrogatepass")
    before, fixed = check("spec.yaml", data), fix("spec.yaml", data, None, is_unsafe)
    yield from worse(text, before, fixed)
    yield from unkept(data, fixed, is_unsafe)
    if is_unsafe and fixed.why_not_all:
        return  # what another fix left without a reader is taken out the second time
    again = fix("spec.yaml", fixed.after, None, is_unsafe)
    if again.after != fixed.after or again.made:
        yield "the second time there is something to fix"


def worse(text: str, before: Result, fixed: Fixed) -> Iterator[str]:
    """What is worse after fixing a text, or was not fixed."""
    left = [(found.code, found.message) for found in fixed.result.diagnostics]
    yield from (
        f"{p.code} is there after its fix" for p in fixed.made if left.count((p.code, p.message)) >= _count(before, p)
    )
    if before.ok and not fixed.result.ok:
        yield "a spec that was right is wrong"
    if before.ok and len(fixed.result.diagnostics) > len(before.diagnostics):
        yield "there are more warnings"
    if is_lost := lost(text, fixed.after.decode("utf-8", "surrogatepass")):
        yield is_lost
    if not fixed.made and fixed.after != fixed.before:
        yield "the text changes without a fix"


def _count(before: Result, problem: object) -> int:
    """How often a problem was told at first: several layers, or copies of one, may have it."""
    told = [(found.code, found.message) for found in before.diagnostics]
    return max(1, told.count((getattr(problem, "code", ""), getattr(problem, "message", ""))))


def main() -> int:
    options = parser(__doc__).parse_args()
    counts: Counter[str] = Counter()

    def finds() -> Iterator[Find]:
        for number in range(options.count):
            text = mutant(options.seed, number)
            before = check("spec.yaml", text.encode("utf-8", "surrogatepass"))
            for is_unsafe in (False, True):
                for what in broken(text, is_unsafe):
                    yield Find(number, "yaml", text.encode("utf-8", "surrogatepass"), what)
                fixed = fix("spec.yaml", text.encode("utf-8", "surrogatepass"), None, is_unsafe)
                kind = "all fixes" if is_unsafe else "safe fixes"
                counts[f"{kind}"] += len(fixed.made)
                counts[f"specs put right by {kind}"] += fixed.result.ok and not before.ok
            counts["specs with errors"] += not before.ok

    code = tell(finds(), options)
    print(", ".join(f"{what}: {count:,}" for what, count in counts.items()))
    return code


if __name__ == "__main__":
    sys.exit(main())
