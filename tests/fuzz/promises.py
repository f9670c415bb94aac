"""What archspec promises of any document, tried on one: each promise that it breaks is a fault.

Enters: a text. Leaves: faults, one line each, without what differs between documents that break the same promise.
"""

from __future__ import annotations

import gc
import io
import json
import re
import resource
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any

from archspec import cli
from archspec.backends.diagram import RenderError, to_dot, to_mermaid
from archspec.backends.table.report import report
from archspec.backends.table.terminal import Options, table
from archspec.backends.torch import CannotGenerate, Generated, generate
from archspec.checking import Result, check
from archspec.diagnostics.edits import merged
from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.records import github, sarif
from archspec.diagnostics.text import MAX_WIDTH, render
from archspec.facts.model import Facts
from archspec.source import Span

SECONDS = 5
GIBIBYTES = 1
TOTALS = (
    "params",
    "trainable_params",
    "buffers",
    "macs",
    "flops",
    "elementwise",
    "param_bytes",
    "activation_bytes",
    "peak_activation_bytes",
)
MAX_MESSAGES = 100_000
FOREIGN = frozenset({"torch.nn", "collections"})
"""Modules that `python:` layers of mutated specs may name."""
_PYTHON = re.compile(r"object at 0x|<class |Traceback|pydantic|NoneType|\bdict\b.*not|Scalar\(|\(\d+,\)|Error: ")
"""Words that a message has from Python, and no reader asked for."""


class Fault(Exception):
    """A promise that is broken."""


def faults(text: str, random: Random, commands: float = 0.05, verify: float = 0.05) -> list[str]:
    """The promises that a document breaks. Shares of the documents go through the commands, and are computed with PyTorch."""
    found: list[str] = []
    try:
        for said in _faults(text, random.random() < commands, random.random() < verify, random):
            found.append(said)
    except Fault as fault:
        found.append(str(fault))
    return found


def _faults(text: str, has_commands: bool, has_values: bool, random: Random) -> Iterator[str]:
    result = _tried("check", lambda: check("spec.yaml", text.encode("utf-8", "surrogatepass")))
    yield from _places(result)
    yield from _tried("printing", lambda: list(_messages(result)))
    yield from _figures(result)
    if result.facts is not None:
        facts = result.facts
        for options in (
            Options(),
            Options("NHWC", True, random.choice((20, 60, 80)), True, random.choice((None, 1, 2))),
        ):
            _tried("table", lambda options=options: table(facts, options))  # type: ignore[misc]
    generated = None
    if result.ok and result.facts is not None:
        generated = yield from _back_ends(result.facts, random)
    if has_commands:
        yield from _commands(text, result, generated is not None)
    has_values = has_values and "python:" not in text  # what these give is what the spec says, true or not
    if has_values and generated is not None and result.facts is not None:
        yield from _values(result.facts, generated)


def _tried(what: str, act: Callable[[], Any]) -> Any:
    """What the act answers. Raises Fault where it raises, or takes too long."""
    begun = time.process_time()
    try:
        with _bounded_memory():
            answer = act()
    except (CannotGenerate, RenderError):
        raise
    except Exception as error:
        raise Fault(f"{what}: {_raised(error)}") from error
    if time.process_time() - begun > SECONDS:
        raise Fault(f"{what}: more than {SECONDS} s")
    return answer


def _raised(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.name}"


# Messages ----------------------------------------------------------------------------------------------------------------


def _places(result: Result) -> Iterator[str]:
    """Places lie in the text, on something."""
    for diagnostic in result.diagnostics:
        spans = [diagnostic.span, *(label.span for label in diagnostic.labels)]
        for span in spans:
            wrong = _misplaced(span)
            if wrong:
                yield f"{diagnostic.code} stands {wrong}: {_plain(diagnostic.message)}"
        if diagnostic.fix is not None:
            span = merged(diagnostic.fix.edits).span
            if not 1 <= span.line <= span.end_line <= len(span.source.lines):
                yield f"{diagnostic.code} has an edit outside the text"


def _misplaced(span: Span) -> str:
    lines = span.source.lines
    if not span.source.text.strip():
        return ""
    if not 1 <= span.line <= len(lines) or not 1 <= span.column <= len(lines[span.line - 1]) + 1:
        return "outside the text"
    if (span.end_line, span.end_column) < (span.line, span.column) or span.end_line > len(lines):
        return "backwards"
    if (span.line, span.column, span.end_line, span.end_column) == (1, 1, 1, 1):
        return ""
    if not lines[span.line - 1][span.column - 1 : span.column].strip():
        return "on nothing"
    return ""


def _messages(result: Result) -> Iterator[str]:
    whole = render(result.diagnostics)
    if len(whole.encode("utf-8", "replace")) > MAX_MESSAGES:
        yield "messages of more than 100 KB"
    name = result.document.name if result.document else None
    found = json.dumps(report("spec.yaml", name, result.facts, result.diagnostics), allow_nan=False)
    if json.loads(found)["ok"] is not result.ok:
        yield "the report's ok is another"
    json.dumps(sarif(result.diagnostics, "0"))
    for diagnostic in result.diagnostics:
        github(diagnostic)
        yield from _excerpt(diagnostic)
        said = [
            diagnostic.message,
            diagnostic.label,
            diagnostic.help,
            *diagnostic.notes,
            *(label.message for label in diagnostic.labels),
        ]
        for each in said:
            if len(each) > 1_500:
                yield f"{diagnostic.code} says too much: {_plain(each)[:80]}"
            if _PYTHON.search(each):
                yield f"{diagnostic.code} speaks Python: {_plain(each)[:80]}"
        if not diagnostic.message:
            yield f"{diagnostic.code} says nothing"


def _excerpt(diagnostic: Diagnostic) -> Iterator[str]:
    """The line that is shown is the place's, and the caret stands under it."""
    span = diagnostic.span
    line = span.source.lines[span.line - 1] if span.line <= len(span.source.lines) else ""
    if not (line.isascii() and line.isprintable()) or len(line) > MAX_WIDTH or not span.source.text:
        return
    shown = render([diagnostic]).splitlines()
    gutter = next((i for i, row in enumerate(shown) if row.lstrip().startswith(f"{span.line} |")), None)
    if gutter is None:
        yield f"{diagnostic.code} shows another line"
        return
    indent = shown[gutter].index("|") + 2
    carets = [row.index("^") - indent for row in shown[gutter + 1 :] if row[indent:].lstrip().startswith("^")]
    if shown[gutter][indent:] != line.rstrip() or span.column - 1 not in carets:
        yield f"{diagnostic.code} shows the place wrongly"


def _plain(text: str) -> str:
    """A message without the names and numbers of one document."""
    return re.sub(r"[\w.-]*\d[\w.,-]*", "#", re.sub(r'"[^"]*"', '"…"', text))[:120]


# Figures -----------------------------------------------------------------------------------------------------------------


def _figures(result: Result) -> Iterator[str]:
    """Nothing is unknown without an error."""
    facts = result.facts
    if facts is None or not result.ok:
        return
    for node in facts.graph.layers:
        if facts.of(node).outputs is None:
            yield f"the output of {node.type} unknown, and no error"
        for name in ("params", "buffers", "macs", "elementwise", "activation_bytes"):
            if (
                getattr(facts.of(node), name) is None
                and getattr(facts.totals, name) is not None
                and not node.train_only
            ):
                yield f"{name} of {node.type} unknown, and yet added up"
    for name in TOTALS:
        if getattr(facts.totals, name) is None and name not in facts.totals.unknown:
            yield f"the total of {name} unknown, and no reason"
    for ref in facts.graph.outputs.values():
        if facts.tensor(ref) is None:
            yield "an output unknown, and no error"


# What is made of it --------------------------------------------------------------------------------------------------------


def _back_ends(facts: Facts, random: Random) -> Any:
    """The pictures and the module; answers the module, if there is one."""
    for depth in (None, random.choice((1, 2, 9))):
        try:
            _tried("render", lambda depth=depth: (to_dot(facts, depth), to_mermaid(facts, depth)))  # type: ignore[misc]
        except RenderError as error:
            if "helps nobody" not in str(error):
                yield f"render: {_plain(str(error))}"
    try:
        generated = _tried("compile", lambda: generate(facts, FOREIGN))
    except CannotGenerate as error:
        for diagnostic in error.diagnostics:
            if diagnostic.code != "E0602":
                yield f"compile: {diagnostic.code} {_plain(diagnostic.message)}"
        return None
    _tried("compile", lambda: compile(generated.text, "<module>", "exec"))
    return generated


def _values(facts: Facts, generated: Generated) -> Iterator[str]:
    """The module beside the analysis, and beside its layers one by one."""
    from archspec.running.verify import verify
    from archspec.verification.generated import compare_values

    try:
        differences = verify(facts, generated)
        values = None if differences else compare_values(facts, generated)
    except Exception as error:
        raise Fault(f"verify: {_raised(error)}") from error
    if values is not None:
        differences += values.differences
        if "do not compute" in values.why_not:
            yield f"verify: {_plain(values.why_not)}"
    for said in differences[:1]:
        yield f"verify: {_plain(said)}"


# Commands ------------------------------------------------------------------------------------------------------------------


def _commands(text: str, result: Result, has_module: bool) -> Iterator[str]:
    """The commands answer as the analysis does, and write nothing where they refuse."""
    is_network = result.facts is not None and result.ok
    checked = 0 if result.ok else 1
    refused = 2 if result.ok else 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = folder / "spec.yaml"
        spec.write_bytes(text.encode("utf-8", "surrogatepass"))
        for format in ("text", "json", "github", "sarif"):
            yield from _command(["check", str(spec), "--format", format], (checked,))
        made = (0, 2) if is_network else (refused,)
        allowed = [word for module in sorted(FOREIGN) for word in ("--allow-python", module)]
        for command, out, codes in (
            (["render", str(spec)], folder / "out.dot", made),
            (
                ["compile", str(spec), *allowed],
                folder / "out.py",
                ((0,) if has_module else (1,)) if is_network else (refused,),
            ),
        ):
            code = yield from _command([*command, "-o", str(out)], codes)
            if out.exists() is not (code == 0):
                yield f"{command[0]} answers {code}, and the file {'is there' if out.exists() else 'is not'}"
        left = {path.name for path in folder.iterdir()} - {"spec.yaml", "out.dot", "out.py"}
        if left:
            yield "files are left behind"


def _command(words: list[str], codes: tuple[int, ...]) -> Any:
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.main(words)
    finally:
        gc.enable()
    if code not in codes:
        yield f"{words[0]} {' '.join(words[2:4]) if words[0] == 'check' else ''} exits {code}, not {codes}: {_plain(err.getvalue()[-200:])}"
    return code


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Lets this process have `GIBIBYTES` more of address space than it has."""
    with open("/proc/self/statm", encoding="ascii") as file:
        already = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (already + (GIBIBYTES << 30), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
