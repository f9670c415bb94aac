"""Folders as arguments: the specs below them. Enters: what was given on the command line; leaves: files, in order.

A spec is a .yaml, .yml or .json file whose outermost mapping has the key `archspec`. Hidden files and folders are passed over,
and so are links, so that nothing outside is read and nothing twice. What cannot be read may be a spec, or hold some: it is one of
the files, so that who reads it says why it cannot.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archspec.commands.common import STDIN, Unusable, need_one_stdin, read, shown

ENDINGS = (".yaml", ".yml", ".json")
MAX_ENTRIES, MAX_SPECS = 20_000, 1_000
"""Of one folder: files and folders that are looked at, and specs in it."""
MAX_NAMED = 8
"""Files that are no specs, by their names."""
_KEY = rb"(?m)^(?:archspec|\"archspec\"|'archspec')[ \t]*:"
_FIRST = rb"(?i)(?:\s*#[^\r\n]*(?=[\r\n])|\s*---[ \t]*(?=[\r\n]))*\s*[\"']?archspec[\"']?[ \t]*(?::|[ \t]1[ \t]*(?:#|[\r\n]))"
"""What stands first in a document, even indented, in other capitals or without its colon: mistakes that are to be told."""
_OTHERS = (rb"(?m)^layers[ \t]*:", rb"(?m)^inputs?[ \t]*:")
"""Keys that nothing but a spec has both of, should it lack the first."""


class Found(NamedTuple):
    """The files that the arguments mean, what cannot be read among them, and those of the folders that are no specs; None where
    there was no folder."""

    paths: list[str]
    others: list[str] | None = None


def find(arguments: Sequence[str]) -> Found:
    """Every file that is named, and the specs below every folder. Raises Unusable where a folder has none, or too many, and
    for standard input twice."""
    need_one_stdin(arguments)
    found: list[str] = []
    others: list[str] | None = None
    for argument in arguments:
        if argument == STDIN or not os.path.isdir(argument):
            found.append(argument)
            continue
        unread: list[str] = []
        files = [path for path in _below(argument, unread) if path.endswith(ENDINGS)]
        specs = [*(path for path in files if is_spec(path)), *unread]
        _need_some(argument, specs)
        found += specs
        known = set(specs)
        others = [*(others or ()), *(path for path in files if path not in known)]
    return Found(found, others)


def left_out(others: Sequence[str]) -> str:
    """`3 other files left out, without the key archspec: a.yaml, b.yaml, c.yaml`, the first of them by their names."""
    from archspec.words import counted

    named = ", ".join(map(shown, others[:MAX_NAMED]))
    more = ", …" if len(others) > MAX_NAMED else ""
    return f"{counted(len(others), 'other file')} left out, without the key archspec: {named}{more}"


def _below(folder: str, unread: list[str]) -> Iterator[str]:
    """The files below a folder, sorted, without hidden ones and links; `unread` gets the folders that cannot be read.

    Raises Unusable where there are too many.
    """
    seen = 0
    for root, folders, files in os.walk(folder, onerror=lambda error: unread.append(str(error.filename))):
        seen += len(folders) + len(files)
        if seen > MAX_ENTRIES:
            raise Unusable(f"{folder[:200]!a} holds more than {MAX_ENTRIES:,} files; name a smaller folder, or files")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(root, name)
            if not name.startswith(".") and not os.path.islink(path):
                yield path


def _need_some(folder: str, specs: list[str]) -> None:
    """Raises Unusable where a folder has no spec, or too many."""
    shown = f"{folder[:200]!a}"
    if not specs:
        raise Unusable(
            f"{shown} holds no spec: no {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]} file with the key archspec"
        )
    if len(specs) > MAX_SPECS:
        raise Unusable(
            f"{shown} holds {len(specs):,} specs, and at most {MAX_SPECS:,} are read at once; name a smaller folder"
        )


def is_spec(path: str) -> bool:
    """Whether the file's outermost mapping has the key `archspec`, or may have it, since it cannot be read."""
    try:
        data = read(path)
    except Unusable:
        return True
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # UTF-16, which the check refuses with the reason
        return b"archspec" in data.replace(b"\0", b"")
    if data.lstrip().startswith(b"{"):
        return b"archspec" in data and _is_key_in_braces(path, data)
    is_named = re.search(_KEY, data) is not None or re.match(_FIRST, data) is not None
    return is_named or all(re.search(key, data) is not None for key in _OTHERS)


def _is_key_in_braces(path: str, data: bytes) -> bool:
    """The same of a file that is written as JSON, where a line does not tell how deep a key stands."""
    from archspec.commands.bounds import bounded
    from archspec.document.reader import Unreadable, decode
    from archspec.document.reader import read as read_tree
    from archspec.document.tree import Mapping

    try:
        with bounded(f"reading {path[:200]!a}"):
            root, _ = read_tree(decode(path, data))
    except (Unreadable, Unusable):
        return re.match(rb"\s*\{\s*[\"']?archspec[\"']?\s*:", data) is not None
    return isinstance(root, Mapping) and "archspec" in root.entries
