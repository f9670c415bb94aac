"""A spec as YAML that a person would write: short layers on one line, groups below each other.

Enters: the document as plain mappings, lists and values. Leaves: text that the reader reads back as the same document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

WIDTH = 128
_OTHER = {
    form for word in ("null", "true", "false", "yes", "no", "on", "off") for form in (word, word.title(), word.upper())
}
"""Texts only in quotes; the last four are truth values to readers of YAML 1.1."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]*( [A-Za-z0-9_.+*=/()-]+)*")


def to_yaml(document: Mapping[str, object]) -> str:
    """The document as text. Entries stand in the order given; a blank line comes before `blocks` and `layers`."""
    lines: list[str] = []
    for key, value in document.items():
        if key in ("blocks", "layers", "expect"):
            lines.append("")
        lines += _entry(key, value, "")
    return "\n".join(lines) + "\n"


def _entry(key: str, value: object, indent: str) -> list[str]:
    """`key: value`, on one line where it fits."""
    head = f"{indent}{_scalar(key)}:"
    is_parts = bool(value) and key in ("layers", "blocks") and not (isinstance(value, Mapping) and "type" in value)
    if not (isinstance(value, Mapping) and _is_scope(value)) and not is_parts:
        short = f"{head} {flow(value)}"
        if len(short) <= WIDTH or not isinstance(value, (Mapping, list)) or not value:
            return [short]
    if isinstance(value, Mapping):
        return [head, *(line for k, v in value.items() for line in _entry(str(k), v, indent + "  "))]
    if isinstance(value, list) and (key == "layers" or any(isinstance(item, (Mapping, list)) for item in value)):
        return [head, *(line for item in value for line in _item(item, indent + "  "))]
    return [f"{head} {flow(value)}"]


def _item(value: object, indent: str) -> list[str]:
    """`- value`, on one line where it fits."""
    short = f"{indent}- {flow(value)}"
    if not isinstance(value, Mapping) or (len(short) <= WIDTH and not _is_scope(value)):
        return [short]
    inner = [line for k, v in value.items() for line in _entry(str(k), v, indent + "  ")]
    return [f"{indent}- {inner[0].lstrip()}", *inner[1:]]


def _is_scope(value: Mapping[str, object]) -> bool:
    return "layers" in value


def flow(value: object) -> str:
    """The value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    """A text is bare where YAML reads it back as that text, and quoted as JSON is otherwise."""
    if isinstance(value, str):
        is_bare = _PLAIN.fullmatch(value) is not None and value not in _OTHER
        return value if is_bare else _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def _quoted(text: str) -> str:
    """As JSON has it, but that YAML writes a character beyond the first 65,536 as one, and DEL not at all."""
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(
        r"[^ -~]", lambda found: f"\\U{ord(found[0]):08x}" if found[0] > "\uffff" else f"\\u{ord(found[0]):04x}", quoted
    )
