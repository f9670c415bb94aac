"""What a diagnostic code means, from what the reference pages are made of. Enters: a code; leaves: a text."""

from __future__ import annotations

WIDTH = 80


def explain_code(code: str) -> str:
    """What it means, the shortest spec that shows it, what is said of that, and a spec of which it is not said."""
    from textwrap import fill, indent

    from archspec.checking import check
    from archspec.diagnostics.codes import CODES
    from archspec.diagnostics.text import render
    from archspec.document.choice import Choice, Rule
    from archspec.lints import all_lints
    from archspec.settings import Settings

    entry = CODES[code]
    lint = next((lint for lint in all_lints() if code == lint.CODE), None)
    bad = lint.BAD if lint is not None else entry.example
    parts = [f"{code}: {entry.title}", fill(entry.why, WIDTH)]
    if bad:
        found = check("example.yaml", bad.encode(), settings=Settings(command=Choice((Rule("ALL"),)))).diagnostics
        said = render([one for one in found if one.code == code][:1])
        parts += ["bad:", indent(bad.rstrip(), "    "), indent(said.rstrip(), "  ")]
        good = lint.GOOD if lint is not None else put_right(bad, code)
        parts += ["good:", indent(good.rstrip(), "    ")] if good else []
    return "\n\n".join(parts) + "\n"


def put_right(text: str, code: str) -> str:
    """The spec with the fix that was tried for its error; nothing where there is none that leaves no error."""
    from archspec.checking import check
    from archspec.diagnostics.edits import apply

    for found in check("example.yaml", text.encode()).diagnostics:
        if found.code == code and found.fix is not None and found.fix.edits:
            better = apply(found.span.source, found.fix.edits)
            return better if check("example.yaml", better.encode()).ok else ""
    return ""
