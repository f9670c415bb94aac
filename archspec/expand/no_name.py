"""What stands where `from` or `use` has the name of a layer, and is none. Enters: that value; leaves: E0105.

Imported only for such values.
"""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import between_items
from archspec.document.tree import Node, Scalar, Sequence, clip, describe
from archspec.expand.references import name_in, takes_names
from archspec.source import written


def no_name(key: str, item: Node, path: str, most: int | None = None) -> Diagnostic:
    """E0105, with the names of a list where one stands alone, or in a list. An output, which has no key, is one name. `most` is
    how many names are taken, where they are too many."""
    ways = _ways(key, item) if most is None else ()
    takes = "the name of a layer" + (", or a list of names" if key == "from" else "")
    help = f"write the name of a layer{f' above it, {key}: …' if key else ''}" if most is None else takes_names(most)
    help = ways[0].said if ways else help
    message = f"{path}{f': {key}' if key else ''} takes {takes}, not {describe(item)}"
    return Diagnostic("E0105", message, item.span, help=help, layer=path, ways=ways)


def _ways(key: str, item: Node) -> tuple[Fix, ...]:
    """The names of a list where one stands alone, or in a list: `use: [a]`, `from: [[a, b]]`."""
    items = item.items if isinstance(item, Sequence) else []
    names = [inner.text for inner in items if isinstance(inner, Scalar) and name_in(inner) is not None]
    if not names or len(names) != len(items) or (key != "from" and len(names) > 1):
        return ()
    first, last = item.span, items[-1].span
    span = first.to(last)
    if span.text().startswith("["):
        span = first
    is_plain = span.line == span.end_line and "${" not in span.text() and (len(names) == 1 or span.text()[:1] == "[")
    said = f"write the {'name' if len(names) == 1 else 'names'} alone: {clip(', '.join(names))}"
    return (
        Fix(
            said,
            (Edit(span, between_items(span).join(written(i.span) for i in items)),) if is_plain else (),
            is_safe=True,
        ),
    )
