"""`import`: blocks of other files. Enters: a document; leaves: the blocks of the files that it names, and diagnostics.

A file is named by a relative path and lies, on the real path, inside the folder of the spec that is being read. Nothing else
is opened: no device, no pipe, no link that leaves the folder.
"""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic
from archspec.document.blocks import Block, BlockReader
from archspec.document.model import LIBRARY_KEYS, Document
from archspec.document.reader import MAX_BYTES, MAX_NODES, Unreadable, decode, read
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, clip, count_values, describe
from archspec.document.validate import Subject, unknown_key
from archspec.source import Source, Span

MAX_FILES = 64
MAX_LEVELS = 16
VERSION = 1


class _File(NamedTuple):
    """A file that is wanted: its path as messages show it, on the disk, and the files that led to it."""

    shown: str
    path: str
    via: tuple[str, ...]
    span: Span


def import_blocks(document: Document, report: list[Diagnostic]) -> dict[str, Block]:
    """The blocks of all files that a document imports, and of those that they import."""
    return _Importer(document.source, report).run(document.root)


class _TooMuch(Exception):
    """The files that are imported go beyond the limits together, which has been said."""


class _Importer:
    def __init__(self, source: Source, report: list[Diagnostic]) -> None:
        self.report = report
        self.is_file = source.path != "<stdin>"
        self.given = os.path.dirname(source.path)  # as it is seen from where the command runs
        self.folder = os.path.dirname(os.path.abspath(source.path))
        self.root = os.path.realpath(self.folder)
        self.first = os.path.realpath(source.path)
        self.found: dict[str, Block] = {}
        self.read: set[str] = set()
        self.bytes = 0
        self.values = 0

    def run(self, root: Mapping) -> dict[str, Block]:
        waiting = self._wanted(root, self.folder, (self.first,))
        while waiting:
            file = waiting.pop(0)
            if file.path in self.read:
                continue
            self.read.add(file.path)
            if len(self.read) > MAX_FILES:
                self._error(f"more than {MAX_FILES} files are imported", file.span)
                break
            try:
                tree = self._load(file)
            except _TooMuch:
                break
            if tree is None:
                continue
            for key, entry in tree.entries.items():
                if key not in LIBRARY_KEYS:
                    self.report.append(
                        unknown_key(key, entry.key_span, Subject("a file of blocks", entry.key_span), LIBRARY_KEYS)
                    )
            for name, block in BlockReader(self.report).blocks(tree.get("blocks")).items():
                other = self.found.setdefault(name, block)
                if other is not block:
                    self._error(f"the block {name} is also in {other.span.source.path}", block.span, "E0106")
            waiting += self._wanted(tree, os.path.dirname(file.path), (*file.via, file.path))
        return self.found

    def _wanted(self, tree: Mapping, folder: str, via: tuple[str, ...]) -> list[_File]:
        """The files that a document's `import` names."""
        node = tree.get("import")
        if node is None or isinstance(node, Invalid):
            return []
        if not isinstance(node, Sequence):
            self._error(
                f"import takes a list of files, not {describe(node)}", node.span, "E0105", "write import: [blocks.yaml]"
            )
            return []
        found = [self._file(item, folder, via) for item in node.items]
        return [file for file in found if file is not None]

    def _file(self, item: Node, folder: str, via: tuple[str, ...]) -> _File | None:
        if not isinstance(item, Scalar) or not isinstance(item.value, str) or not item.value:
            if not isinstance(item, Invalid):
                self._error(f"import takes the name of a file, not {describe(item)}", item.span, "E0105")
            return None
        name = item.value
        if not self.is_file:
            self._error("a spec from standard input has no folder to import from", item.span, help="save it to a file")
            return None
        if os.path.isabs(name) or "\\" in name or "\0" in name or len(name) > 400:
            self._error(f"{clip(name)} is not a relative path with forward slashes", item.span)
            return None
        path = os.path.realpath(os.path.join(folder, name))
        if os.path.commonpath([self.root, path]) != self.root:
            self._error(
                f"{clip(name)} lies outside the spec's own folder", item.span, help="copy the file beside the spec"
            )
            return None
        if path in via:
            steps = [os.path.relpath(step, self.root) for step in [*via[via.index(path) :], path]]
            self._error(f"files import each other: {' → '.join(steps)}", item.span)
            return None
        if len(via) > MAX_LEVELS:
            self._error(f"imports are nested more than {MAX_LEVELS} deep", item.span)
            return None
        shown = os.path.join(self.given, os.path.relpath(os.path.dirname(path), self.root), os.path.basename(path))
        return _File(os.path.normpath(shown), path, via, item.span)

    def _load(self, file: _File) -> Mapping | None:
        data = self._bytes(file)
        if data is None:
            return None
        self.bytes += len(data)
        if self.bytes > MAX_BYTES:
            self._error(
                f"the files that are imported have more than {MAX_BYTES // 2**20} MiB together", file.span, "E0007"
            )
            raise _TooMuch
        try:
            source = decode(file.shown, data)
            tree, problems = read(source)
        except Unreadable as error:
            self.report.append(error.diagnostic)
            return None
        self.report.extend(problems)
        self.values += count_values(tree)
        if self.values > MAX_NODES:
            self._error(f"the files that are imported have more than {MAX_NODES:,} values together", file.span, "E0007")
            raise _TooMuch
        if not isinstance(tree, Mapping):
            self._error(f"a file of blocks is a mapping of keys, not {describe(tree)}", source.whole(), "E0100")
            return None
        version = tree.get("archspec")
        if not isinstance(version, Scalar) or version.value != VERSION or isinstance(version.value, bool):
            span = version.span if version is not None else source.whole()
            self._error("a file of blocks says which version of the language it is written in", span, "E0101",
                        "begin with the line archspec: 1")  # fmt: skip
            return None
        return tree

    def _bytes(self, file: _File) -> bytes | None:
        """The file's content; regular files only, never more than the limit and one byte."""
        try:
            handle = os.open(file.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            why = (error.strerror or "it is not a path").lower() if isinstance(error, OSError) else "it is not a path"
            self._error(f"{clip(file.shown)} cannot be read: {why}", file.span)
            return None
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                self._error(f"{clip(file.shown)} is not a regular file", file.span)
                return None
            with os.fdopen(handle, "rb", closefd=False) as opened:
                return opened.read(MAX_BYTES + 1)
        except OSError as error:
            self._error(f"{clip(file.shown)} cannot be read: {(error.strerror or '').lower()}", file.span)
            return None
        finally:
            os.close(handle)

    def _error(self, message: str, span: Span, code: str = "E0506", help: str = "") -> None:
        self.report.append(Diagnostic(code, message, span, help=help))
