"""A page on standard output: text as wide as the terminal, Markdown or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.commands import common

if TYPE_CHECKING:
    from archspec.explain.page import Page

FORMATS = ("text", "markdown", "json")


def print_page(page: Page, path: str, format: str) -> None:
    """Prints the page about the spec of this path."""
    if format == "json":
        import json

        from archspec.explain import data

        print(json.dumps(data.write(page, path), indent=2, ensure_ascii=True))
        return
    from archspec.commands.streams import write_bytes

    if format == "markdown":
        from archspec.explain import markdown

        text = markdown.write(page)
    else:
        from archspec.commands.printing import width
        from archspec.explain import text as text_format

        text = text_format.write(page, width() or text_format.WIDTH, common.is_colorful())
    write_bytes(text.encode("utf-8", "backslashreplace"))
