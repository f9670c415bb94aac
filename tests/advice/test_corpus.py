"""Help that is an order, followed to the letter: every example of a code, every lint's bad spec, every case.

The orders are read from the text of the help, and the edits made here, by line and column, so that nothing of what found them
is trusted. Afterwards the problem is gone, and nothing else is wrong that could be seen before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from support import ROOT

from archspec.checking import Result, check
from archspec.diagnostics.codes import CODES
from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Diagnostic
from archspec.lints import all_lints

CASES = sorted(
    path for folder in ("specs", "student", "engineer") for path in (ROOT / "tests/cases/files" / folder).glob("*.yaml")
)
ALEXNET = (ROOT / "specs" / "alexnet.yaml").read_text("utf-8").partition("expect:")[0]


def mutated(text: str) -> Iterator[tuple[str, str]]:
    """A working spec with one thing wrong: an argument that is missing, another number, a key or a type misspelt."""
    edits = [
        (r", padding: \d+", lambda m: ""),
        (r", stride: \d+", lambda m: ""),
        (r"(in_features|in_channels): (\d+)", lambda m: f"{m[1]}: {int(m[2]) * 2}"),
        (r"(out_features|out_channels): (\d+)", lambda m: f"{m[1]}: {int(m[2]) // 2}"),
        (r"kernel_size: (\d+)", lambda m: f"kernel_size: {int(m[1]) + 2}"),
        (r"(kernel_size|out_channels|out_features): (\d+)", lambda m: f'{m[1]}: "{m[2]}"'),
        (r"stride: (\d+)", lambda m: "stride: 0"),
        (r"out_channels:", lambda m: "filters:"),
        (r"kernel_size:", lambda m: "kernelSize:"),
        (r"MaxPool2d", lambda m: "MaxPooling2D"),
        (r"type: Conv2d", lambda m: "type: conv2d"),
    ]
    for number, (pattern, change) in enumerate(edits):
        for found in re.finditer(pattern, text):
            yield f"alexnet {number} {found.start()}", text[: found.start()] + change(found) + text[found.end() :]


CORPUS = {
    **dict(mutated(ALEXNET)),
    **{code: entry.example for code, entry in CODES.items() if entry.example},
    **{lint.CODE: lint.BAD for lint in all_lints()},
    **{str(path.relative_to(path.parents[1])): path.read_text("utf-8") for path in CASES},
}
VALUE = re.compile(
    r"write (?P<key>\w+): (?P<value>\S.*?)(?:, or (?:leave (?P=key) out|change the layer|(?P=key): .*))?(?: where .*)?(?: in (?P<layer>\S+))?"
)
NAME = re.compile(r"write (?P<name>[A-Za-z_]\w*)(?:; .*)?")
OUT = re.compile(r"leave (?P<key>\w+) out")
BATCH = re.compile(r"leave the batch out: (?P<key>\w+): (?P<value>\[.*\])")
BELOW = re.compile(r"add a line below: (?P<layer>\w+: .*)")
FLATTEN = re.compile(
    r"put a Flatten before it: [^;]*(?:; and write (?P<key>\w+): (?P<value>\d+), .*|; write .* only if .*)?"
)
INPUT = re.compile(r"use (?:an input of )?(?P<sides>\d+ × \d+)(?: or .*)?|use an input of (?P<other>\d+ × \d+).*")


def replaced(text: str, line: int, start: int, end: int, new: str) -> str:
    """The text with columns `start` to `end` (from 1, exclusive) of a line replaced."""
    lines = text.split("\n")
    lines[line - 1] = lines[line - 1][: start - 1] + new + lines[line - 1][end - 1 :]
    return "\n".join(lines)


def followed(text: str, found: Diagnostic) -> str | None:
    """The text after doing what the help says; None where it is no order, or not one that is written with these words."""
    span, help = found.span, found.help
    line = text.split("\n")[span.line - 1]
    batch, value, name, out = (pattern.fullmatch(help) for pattern in (BATCH, VALUE, NAME, OUT))
    if batch:
        return re.sub(rf"\b{batch['key']}: \[[^\]]*\]", f"{batch['key']}: {batch['value']}", text, count=1)
    if (below := BELOW.fullmatch(help)) is not None:
        without = re.sub(r",? *activation: *\w+", "", line)
        indent = line[: len(line) - len(line.lstrip())]
        return text.replace(line, f"{without}\n{indent}{below['layer']}")
    if (flat := FLATTEN.fullmatch(help)) is not None and line.lstrip()[:1] not in "-{":
        changed = re.sub(rf"\b{flat['key']}: *\d+", f"{flat['key']}: {flat['value']}", line) if flat["key"] else line
        return flattened(text.replace(line, changed), span.line)
    if value and value["layer"]:
        return in_layer(text, value["layer"].split(".")[-1], value["key"], value["value"])
    if value and "…" not in value["value"]:
        return with_value(text, found, value["key"], value["value"])
    if name:
        return (
            replaced(text, span.line, span.column, span.end_column, name["name"])
            if span.line == span.end_line
            else None
        )
    if out:
        return re.sub(rf",? *\b{out['key']}: *(\"[^\"]*\"|\[[^\]]*\]|[^,}}]*)", "", line, count=1).join(
            text.split(line, 1)
        )
    return None


def flattened(text: str, number: int) -> str:
    """The text with a Flatten above the layer in a line."""
    lines = text.split("\n")
    line = lines[number - 1]
    return "\n".join(
        [*lines[: number - 1], line[: len(line) - len(line.lstrip())] + "flat_: Flatten", *lines[number - 1 :]]
    )


def in_layer(text: str, name: str, key: str, value: str) -> str | None:
    """The text with a value that stands in a layer replaced."""
    change = rf"(?m)^( *{re.escape(name)}: .*\b{key}: *)(\"[^\"]*\"|[^,}}\n]*)"
    return re.sub(change, rf"\g<1>{value}", text, count=1) if re.search(change, text) else None


def with_value(text: str, found: Diagnostic, key: str, value: str) -> str | None:
    span = found.span
    line = text.split("\n")[span.line - 1]
    if "where" in found.help and (at := re.search(r"\(line (\d+)\)", found.help)) is not None:
        other = text.split("\n")[int(at[1]) - 1]
        return text.replace(other, re.sub(rf"\b{key}: *(\"[^\"]*\"|[^,}}]*)", f"{key}: {value}", other, count=1))
    if re.search(rf"\b{key}: *", line[: span.column - 1]) is not None:
        return replaced(text, span.line, span.column, span.end_column, value)
    if re.match(rf"{key}\b", line[span.column - 1 :]):  # a key written otherwise
        return replaced(text, span.line, span.column, span.end_column, f"{key}: {value}")
    if "{type:" in line:
        return text.replace(line, re.sub(r"\{type: *\w+", lambda m: f"{m[0]}, {key}: {value}", line, count=1))
    return None


def errors(result: Result) -> list[Diagnostic]:
    return [found for found in result.diagnostics if found.severity == "error"]


def is_known(result: Result, found: Diagnostic) -> bool:
    """Whether something could be said before where an error is now."""
    facts = result.facts
    if facts is None:
        return False
    known = {node.path for node in facts.graph.nodes if facts.of(node).inputs is not None and node.op is not None}
    return found.layer in known if found.layer is not None else found.code[1:3] != "04"


def new_errors(before: Result, after: Result) -> list[Diagnostic]:
    old = [(found.code, found.layer) for found in errors(before)]
    return [found for found in errors(after) if (found.code, found.layer) not in old and is_known(before, found)]


def orders() -> Iterator[tuple[str, str, int]]:
    for name, text in CORPUS.items():
        path = ROOT / "tests/cases/files" / name
        for index, found in enumerate(check(str(path), text.encode()).diagnostics):
            if followed(text, found) is not None:
                yield name, text, index


ORDERS = list(orders())


@pytest.mark.parametrize(("name", "text", "index"), ORDERS, ids=[f"{name}-{index}" for name, _, index in ORDERS])
def test_help_that_is_followed_helps(name: str, text: str, index: int) -> None:
    path = str(ROOT / "tests/cases/files" / name)
    before = check(path, text.encode())
    found = before.diagnostics[index]
    changed = followed(text, found)
    assert changed is not None
    assert changed != text, found.help
    after = check(path, changed.encode())
    assert (found.code, found.message) not in [(d.code, d.message) for d in after.diagnostics], found.help
    new = new_errors(before, after)
    assert not new, (found.help, [d.message for d in new])


@pytest.mark.parametrize("name", CORPUS)
def test_fixes_fix(name: str) -> None:
    text = CORPUS[name]
    path = str(ROOT / "tests/cases/files" / name)
    before = check(path, text.encode())
    for found in before.diagnostics:
        if found.fix is not None:
            changed = apply(found.span.source, found.fix.edits)
            after = check(path, changed.encode())
            assert (found.code, found.message) not in [(d.code, d.message) for d in after.diagnostics]
            assert not new_errors(before, after)


def test_what_is_said_to_be_right_is_right() -> None:
    """Each change of a note, made by hand in the text, leaves no error of that layer."""
    tried = 0
    for name, text in CORPUS.items():
        path = str(ROOT / "tests/cases/files" / name)
        for found in check(path, text.encode()).diagnostics:
            for note in found.notes:
                there = flattened(text, found.span.line) if note.startswith("after a Flatten, ") else text
                for changed in changes(there, note):
                    tried += 1
                    after = errors(check(path, changed.encode()))
                    assert found.layer not in [d.layer for d in after], (name, note, [d.message for d in after])
    assert tried > 12


def changes(text: str, note: str) -> Iterator[str]:
    """The texts with the changes made that a note says would be right."""
    _, is_right, ways = note.partition(" would be right with ")
    if not is_right:
        return
    for way in re.split(r", | or ", ways):
        if (of := re.fullmatch(r"an input of (\d+) × (\d+)", way)) is not None:
            yield re.sub(r"(input: \[\d+), \d+, \d+\]", rf"\1, {of[1]}, {of[2]}]", text, count=1)
        elif (argument := re.fullmatch(r"(\w+) (\d+) in (\w+)", way)) is not None:
            key, value, layer = argument.groups()
            line = next(line for line in text.split("\n") if line.strip().startswith(f"{layer}:"))
            other, count = re.subn(rf"\b{key}: *\d+", f"{key}: {value}", line)
            yield text.replace(line, other if count else line.replace("}", f", {key}: {value}}}"))


def test_the_corpus_has_orders_of_many_codes() -> None:
    assert len(ORDERS) > 80
    assert len({check(name, text.encode()).diagnostics[index].code for name, text, index in ORDERS}) > 10
