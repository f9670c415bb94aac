"""Writes what comes from the code: the reference pages of ops, diagnostics, lints, the zoo and the
Python API, and the JSON Schema of specs. `--check` only says whether they are fresh.

python docs/generate.py
python docs/generate.py --check
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from inspect import getdoc
from pathlib import Path
from typing import Any

import json_schema
import python_page

from archspec.checking import Result, check
from archspec.commands import formats
from archspec.commands.lints import about
from archspec.diagnostics.codes import CODES
from archspec.lints import all_lints, warnings_of
from archspec.ops import registry
from archspec.ops.base import Op
from archspec.ops.examples import line
from archspec.ops.fields import INFERRED, REQUIRED, Check, default_of

ROOT = Path(__file__).parent.parent
REFERENCE = Path(__file__).parent / "reference"
MAX_EXAMPLES = 6
NOTE = "<!-- Written by docs/generate.py from the code; edit that. -->\n"
FAMILIES = {
    "00": "Reading", "01": "The document", "02": "References and the graph", "03": "Shapes", "04": "Claims and budgets",
    "05": "Expressions, blocks and repeats", "06": "Generated code", "10": "Lints",
    "11": "What is ignored",
}  # fmt: skip


def pages() -> dict[str, str]:
    """All generated files by their paths."""
    found = {"ops": ops_page(), "diagnostics": diagnostics_page(), "lints": lints_page(), "zoo": zoo_page()}
    found["formats"] = formats_page()
    found["python"] = f"{NOTE}\n{python_page.text()}"
    return {f"docs/reference/{name}.md": text for name, text in found.items()} | {
        "archspec/schema.json": json_schema.text()
    }


@cache
def zoo() -> dict[str, Result]:
    """What checking each spec of the zoo found, by the file's name."""
    paths = sorted((ROOT / "specs" / "zoo").glob("*.yaml"))
    return {path.name: check(f"specs/zoo/{path.name}", path.read_bytes()) for path in paths}


def zoo_alarms() -> dict[str, Any]:
    """The networks of the zoo that each lint warns of, as tests/scoreboard/lint_alarms.py counts others."""
    warned: dict[str, list[str]] = {lint.CODE: [] for lint in all_lints()}
    for name, found in zoo().items():
        assert found.facts is not None
        assert found.document is not None
        for lint in all_lints():
            if any(True for _ in warnings_of(lint, found.facts, found.document)):
                warned[lint.CODE].append(name.removesuffix(".yaml"))
    return {
        "networks": len(zoo()),
        "lints": list(warned),
        "warned": {code: names for code, names in warned.items() if names},
    }


def all_alarms() -> dict[str, dict[str, Any]]:
    """The zoo's, counted here, and those that were counted by hand, since importing the networks takes long."""
    counted: dict[str, dict[str, Any]] = json.loads((REFERENCE / "lint_alarms.json").read_text("utf-8"))
    return {"the zoo": zoo_alarms(), **counted}


def zoo_page() -> str:
    """Every spec of the zoo with its figures, for its default arguments."""
    from archspec.backends.torch import generate

    lines = [NOTE, "# The zoo\n", "Networks that everybody knows, a page each, under `specs/zoo/`. Those that torchvision has "
             "carry torchvision's names, so that its weights load. Figures are for the default arguments, as `archspec check` "
             "prints them; lines are those of the spec, and of the module that `archspec compile` writes.\n",
             "| spec | network | arguments | parameters | MACs | lines | module |", "|---|---|---|---|---|---|---|"]  # fmt: skip
    for name, result in zoo().items():
        assert result.facts is not None
        assert result.document is not None
        totals = result.facts.totals
        arguments = ", ".join(f"`{name}`" for name in result.document.args)
        module = len(generate(result.facts).text.splitlines())
        macs = f"{totals.macs:,}" if isinstance(totals.macs, int) else f"`{totals.macs}`"
        cells = [
            f"[`{name}`](../../specs/zoo/{name})", result.document.name, arguments, f"{totals.params:,}", macs,
            len(result.source.text.splitlines()), module,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def ops_page() -> str:
    by_family: dict[str, list[str]] = {}
    for name in registry.names():
        by_family.setdefault(registry.family(name), []).append(name)
    parts = [NOTE, "# Ops\n", f"All {len(registry.names())} of them, by the file they stand in. Keys without a default must be "
             "written; *inferred* ones follow from the input, and are checked where they are written.\n"]  # fmt: skip
    for family, names in sorted(by_family.items()):
        parts.append(f"## {family}\n")
        parts.extend(_op(name) for name in names)
    return "\n".join(parts)


def _op(name: str) -> str:
    op = registry.find(name)
    assert op is not None
    lines = [f"### {name}\n", _doc(op), "", *([f"`{line(op)}`\n"] if line(op) != name else [])]
    if op.model_fields:
        lines += ["| key | takes | default |", "|---|---|---|"]
        lines += [_field(op, field) for field in op.model_fields]
        lines.append("")
    least, most = op.arity
    if (least, most) != (1, 1):
        takes = str(least) if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        lines.append(f"Reads {takes} tensors.\n")
    return "\n".join(lines)


def _doc(op: type[Op]) -> str:
    text = " ".join((getdoc(op) or "").split())
    return re.sub(r"(https://\S+)", lambda match: f"<{match[1].rstrip('.')}>", text)


def _field(op: type[Op], field: str) -> str:
    info = op.model_fields[field]
    takes = next((item.takes for item in info.metadata if isinstance(item, Check)), "")
    default = default_of(field, info)
    shown = default if default in (REQUIRED, INFERRED) else f"`{default}`"
    return f"| `{field}` | {takes.replace('|', ' or ')} | {shown} |"


def formats_page() -> str:
    about = ("What `--format` takes. `check` takes all of them; `compare` takes `json`, and those whose columns can be chosen "
             "with `--columns`. The others always hold everything. A table [to be pasted](../howto/tables.md) stands alone on "
             "standard output: what is to be said of the specs goes to standard error.\n")  # fmt: skip
    lines = [NOTE, "# Formats of check and compare\n", about,
             "| format | also | | columns |", "|---|---|---|---|"]  # fmt: skip
    for name in formats.names():
        file = formats.find(name)
        said = " ".join((file.__doc__ or "").split()).partition(". ")[0].rstrip(".")
        ending = getattr(file, "ENDING", "")
        cells = [f"`{name}`", f"`{ending}`" if ending else "", said, "chosen" if name in formats.pasted() else "all"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def diagnostics_page() -> str:
    parts = [NOTE, "# Diagnostics\n", "A code, once published, keeps its meaning and is never used again. E is an error, W a "
             "warning. `archspec lints CODE` shows one of them.\n"]  # fmt: skip
    for family, title in FAMILIES.items():
        codes = [code for code in CODES if code[1:3] == family]
        if not codes:
            continue
        parts.append(f"## {title}\n")
        for code in codes:
            parts.append(f"### {code}: {CODES[code].title}\n\n{CODES[code].why}\n")
            if CODES[code].example:
                found = about(code)
                parts.append(f"```yaml\n{found.example}\n```\n\n```text\n{found.said}\n```\n")
    return "\n".join(parts)


def lints_page() -> str:
    parts = [NOTE, "# Lints\n", "What is allowed, but hardly meant. Lints run where a spec has no errors; `--strict` makes "
             "their warnings fail the check. [How to choose](../howto/lint.md) what is said.\n"]  # fmt: skip
    parts.append(_alarms())
    parts.extend(_lint(lint.CODE) for lint in all_lints())
    return "\n".join(parts)


def _alarms() -> str:
    """How often each lint warns of networks that are fine."""
    measured = all_alarms()
    sets = [f"{name} ({', '.join([str(found['networks']), *([found['date']] if 'date' in found else [])])})"
            for name, found in measured.items()]  # fmt: skip
    lines = [
        "## How often each warns of networks that are fine\n",
        "These networks were published, and train: whatever is warned of there is no mistake of whoever writes such a "
        "network. A lint with false alarms for more than one in twenty, or that was not counted on networks that were "
        "imported, is not told by default. Counted without what the specs "
        "themselves ignore, and read one by one; `–`: the lint came later than the count. One in six of timm's models by the "
        "following, and one in four of torchvision's by `torchvision --every 4`\n",
        "```sh\npython tests/scoreboard/torch_models.py timm --every 6 --import-only --keep FOLDER\n"
        "python tests/scoreboard/lint_alarms.py FOLDER\n```\n",
        f"| lint | by default | {' | '.join(sets)} | which | read as |", f"|---|---|{'---|' * len(sets)}---|---|",
    ]  # fmt: skip
    for lint in all_lints():
        code = lint.CODE
        warned = [found["warned"].get(code, []) for found in measured.values()]
        counts = [
            str(len(found["warned"].get(code, []))) if code in found["lints"] else "–" for found in measured.values()
        ]
        names = list(dict.fromkeys(name for found in warned for name in found))
        shown = ", ".join(names[:MAX_EXAMPLES]) + (", …" if len(names) > MAX_EXAMPLES else "")
        told = "told" if CODES[code].is_default else "not told"
        link = f"[{code}](#{_anchor(code)}) {CODES[code].title}"
        lines.append(f"| {' | '.join([link, told, *counts, shown, getattr(lint, 'ALARMS', '')])} |")
    return "\n".join(lines) + "\n"


def _anchor(code: str) -> str:
    """GitHub's name for the heading of a lint."""
    return re.sub(r"[^\w -]", "", f"{code}: {CODES[code].title}").lower().replace(" ", "-")


def _lint(code: str) -> str:
    found = about(code)
    chosen = "" if found.is_default else f"Not told by default: `--select {code}` or `lint:` selects it.\n\n"
    return (
        f"## {code}: {found.title}\n\n{chosen}{found.doc}\n\n```yaml\n{found.example}\n```\n\n"
        f"```text\n{found.said}\n```\n\nBetter:\n\n```yaml\n{found.better}\n```\n"
    )


def main() -> int:
    stale = []
    for name, text in pages().items():
        path = ROOT / name
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
    if stale and "--check" in sys.argv:
        print(f"not fresh: {', '.join(stale)}; run python docs/generate.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
