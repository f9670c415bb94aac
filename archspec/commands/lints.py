"""`archspec lints [CODE]`: every diagnostic there is, with its reason; or one of them with an example and a way out."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from archspec.commands.common import OK, Commands, Unusable

WIDTH = 80


class About(NamedTuple):
    """What there is to know of a code. Texts are empty where there is none."""

    title: str
    doc: str
    """What it means, in paragraphs."""
    example: str
    """The shortest spec that shows it."""
    said: str
    """What is said of the example, with the way out."""
    better: str
    """The example of which it is not said."""
    is_default: bool
    """Whether it is told where nothing selects it."""


def add(commands: Commands) -> None:
    """The arguments of `lints`."""
    lints = commands.add_parser("lints", help="the diagnostics there are, or one of them with an example")
    lints.add_argument("code", nargs="?", help="the code of an error or a warning, as E0301 or W1003; "
                       "or its beginning, as W10")  # fmt: skip
    lints.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints a line a diagnostic, or all about the one that is asked for."""
    return show(options.code or "")


def show(wanted: str) -> int:
    """Prints all about a code, or a line for each that begins so, which a terminal gets wrapped. Raises Unusable."""
    from archspec.commands.printing import width
    from archspec.diagnostics.codes import CODES
    from archspec.diagnostics.text import wrapped

    codes = find(wanted)
    if len(codes) == 1:
        print(explained(codes[0]), end="")
        return OK
    columns = width()
    for code in codes:
        entry = CODES[code]
        chosen = "" if entry.is_default else " Told where it is selected."
        print(f"{code}  " + f"\n{' ' * 7}".join(wrapped(f"{entry.title}: {entry.why}{chosen}", columns, 7, 7)))
    return OK


def find(wanted: str) -> list[str]:
    """The codes that begin so. Raises Unusable where none does."""
    from archspec.diagnostics.codes import CODES
    from archspec.diagnostics.nearest import suggestion
    from archspec.diagnostics.text import escape

    begun = wanted.upper()
    found = [code for code in CODES if code.startswith(begun)]
    if not found and len(begun) == 4:  # E301 without its 0
        found = [code for code in CODES if code == f"{begun[0]}0{begun[1:]}"]
    if not found:
        hint = suggestion(wanted, CODES) or "archspec lints lists all"
        raise Unusable(escape(f"there is no code {wanted[:20]}; {hint}"))
    return found


def about(code: str) -> About:
    """All about a code; what is said of its example is what checking it says, whatever else is told."""
    from archspec.checking import check
    from archspec.diagnostics.codes import CODES, severity_of
    from archspec.diagnostics.text import render
    from archspec.document.choice import Choice, Rule
    from archspec.lints import all_lints
    from archspec.settings import Settings

    entry = CODES[code]
    doc, example, better = entry.why, entry.example, ""
    for lint in all_lints() if severity_of(code) == "warning" else ():
        if code == lint.CODE:
            doc = (lint.__doc__ or "").partition("\n")[2].strip()
            example, better = lint.BAD, lint.GOOD
    settings = Settings(command=Choice((Rule("ALL"),)))
    checked = check("example.yaml", example.encode(), settings=settings, has_all_fixes=True)
    found = [d for d in checked.diagnostics if d.code == code]
    said = render(found[:1]) if example else ""
    return About(entry.title, doc, example.rstrip(), said.rstrip(), better.rstrip(), entry.is_default)


def explained(code: str) -> str:
    """All about a code, for a terminal."""
    from textwrap import fill, indent

    found = about(code)
    parts = [f"{code}: {found.title}"]
    parts += [fill(p, WIDTH, break_long_words=False, break_on_hyphens=False) for p in found.doc.split("\n\n")]
    if not found.is_default:
        parts.append(f"Told where it is selected: --select {code}, or select under the key lint.")
    if found.example:
        parts += ["bad:", indent(found.example, "    "), indent(found.said, "  ")]
    good = found.better or _put_right(found.example, code)
    if good:
        parts += ["good:", indent(good, "    ")]
    if found.better:
        parts.append(f"Where it is meant, a comment on its line ignores it: # archspec: ignore[{code}] and why")
    return "\n\n".join(parts) + "\n"


def _put_right(text: str, code: str) -> str:
    """The spec with the fix that was tried for its error; nothing where there is none that leaves no error."""
    from archspec.checking import check
    from archspec.diagnostics.edits import apply

    for found in check("example.yaml", text.encode()).diagnostics:
        if found.code == code and found.fix is not None and found.fix.edits:
            better = apply(found.span.source, found.fix.edits)
            return better.rstrip() if check("example.yaml", better.encode()).ok else ""
    return ""
