"""`import`: blocks of other files. Enters: a document; leaves: the blocks of the files that it names, and diagnostics.

A file is named by a relative path. It is looked for beside the file that names it, then in the roots that the project
declares, and lies, on the real path, inside the folder of the spec that is being read or one of these. Nothing else is
opened: no device, no pipe, no link that leads elsewhere.
"""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic
from archspec.document.blocks import Block, BlockReader
from archspec.document.comments import read_comments
from archspec.document.model import LIBRARY_KEYS, Document
from archspec.document.reader import Unreadable, decode, read
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, clip, count_values, describe
from archspec.document.validate import Subject, unknown_key
from archspec.limits import MAX_IMPORT_LEVELS, MAX_IMPORTED_FILES, MAX_SPEC_BYTES, MAX_VALUES
from archspec.source import Span

VERSION = 1
BESIDE_THE_SPEC = "it is looked for beside the spec; other folders are roots of archspec.toml"
"""The help for a file that is not there, where the spec was read without roots."""


class Root(NamedTuple):
    """A folder with files of blocks: as messages show it, and its real path."""

    shown: str
    path: str


class _File(NamedTuple):
    """A file that is wanted: its path as messages show it, on the disk, and the files that led to it."""

    shown: str
    path: str
    via: tuple[str, ...]
    span: Span


def import_blocks(document: Document, report: list[Diagnostic], roots: tuple[Root, ...] = ()) -> dict[str, Block]:
    """The blocks of all files that a document imports, and of those that they import."""
    return _Importer(document, report, roots).run(document.root)


class _TooMuch(Exception):
    """The files that are imported go beyond the limits together, which has been said."""


class _Importer:
    def __init__(self, document: Document, report: list[Diagnostic], roots: tuple[Root, ...]) -> None:
        path = document.source.path
        self.document = document
        self.report = report
        beside = document.source.folder or os.path.dirname(os.path.abspath(path))
        self.folder = beside if path != "<stdin>" else None
        self.declared = roots
        if self.folder is not None:  # its own is shown as seen from where the command runs
            roots = (Root(os.path.dirname(path), os.path.realpath(self.folder)), *roots)
        self.roots = roots
        self.first = os.path.realpath(os.path.join(beside, os.path.basename(path)))
        self.found: dict[str, Block] = {}
        self.read = document.imported
        self.bytes = 0
        self.values = 0

    def run(self, root: Mapping) -> dict[str, Block]:
        waiting = self._wanted(root, self.folder, (self.first,))
        while waiting:
            file = waiting.pop(0)
            if file.path in self.read:
                continue
            self.read.add(file.path)
            if len(self.read) > MAX_IMPORTED_FILES:
                self._error(f"more than {MAX_IMPORTED_FILES} files are imported", file.span)
                break
            try:
                tree = self._load(file)
            except _TooMuch:
                break
            if tree is None:
                continue
            self.document.comments += read_comments(tree.span.source, tree)
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

    def _wanted(self, tree: Mapping, folder: str | None, via: tuple[str, ...]) -> list[_File]:
        """The files that a document's `import` names."""
        node = tree.get("import")
        if node is None or isinstance(node, Invalid):
            return []
        if not isinstance(node, Sequence):
            self._error(
                f"import takes a list of files, not {describe(node)}",
                node.span,
                "E0105",
                f"write import: [{clip(node.text) if isinstance(node, Scalar) and node.text else 'blocks.yaml'}]",
            )
            return []
        found = [self._file(item, folder, via) for item in node.items]
        return [file for file in found if file is not None]

    def _file(self, item: Node, folder: str | None, via: tuple[str, ...]) -> _File | None:
        if not isinstance(item, Scalar) or not isinstance(item.value, str) or not item.value:
            if not isinstance(item, Invalid):
                self._error(f"import takes the name of a file, not {describe(item)}", item.span, "E0105")
            return None
        name = item.value
        if not self.roots:
            self._error("a spec from standard input has no folder to import from", item.span,
                        help="save it to a file, or declare the folder a root in archspec.toml")  # fmt: skip
            return None
        if os.path.isabs(name) or "\\" in name or "\0" in name or len(name) > 400:
            self._error(f"{clip(name)} is not a relative path with forward slashes", item.span)
            return None
        path = self._find(name, folder, item.span)
        if path is None:
            return None
        if path in via:
            steps = [os.path.relpath(step, self.roots[0].path) for step in [*via[via.index(path) :], path]]
            help = (
                self._hidden(name, folder, path)
                or "take one of these imports out; what both use goes into a third file"
            )
            self._error(f"files import each other: {' → '.join(steps)}", item.span, help=help)
            return None
        if len(via) > MAX_IMPORT_LEVELS:
            self._error(f"imports are nested more than {MAX_IMPORT_LEVELS} deep", item.span)
            return None
        return _File(self._shown(path), path, via, item.span)

    def _find(self, name: str, folder: str | None, span: Span) -> str | None:
        """The real path of the first file of that name, beside the file that names it or in a root; None after saying why not.

        Where there is none at all, but no root to look in either, the one beside it: opening it says what is wrong.
        """
        beside = [folder] if folder is not None else []
        folders = list(dict.fromkeys([*beside, *(root.path for root in self.declared)]))
        paths = [os.path.realpath(os.path.join(folder, name)) for folder in folders]
        inside = [path for path in paths if self._root_of(path) is not None]
        there = next((path for path in inside if os.path.exists(path)), None)
        if there is not None or (inside and len(folders) == 1):
            return there or inside[0]
        roots = [root.shown for root in self.declared]
        if not inside:
            places = [*["the spec's own folder"][: len(beside)], *([f"the roots {', '.join(roots)}"] if roots else [])]
            where = " and ".join(places)
            help = "copy the file beside the spec" + (
                "" if roots else ", or declare its folder a root in archspec.toml"
            )
            self._error(f"{clip(name)} lies outside {where}", span, help=help)
        else:
            looked = ", ".join(self._shown(path) for path in inside)
            self._error(f"{clip(name)} is not there; looked for {clip(looked, 400)}", span)
        return None

    def _hidden(self, name: str, folder: str | None, path: str) -> str:
        """How the file of that name in a root is reached, where the one beside the import hides it; nothing where none is."""
        for root in self.declared:
            other = os.path.realpath(os.path.join(root.path, name))
            if folder is not None and other != path and self._root_of(other) is not None and os.path.exists(other):
                way = os.path.relpath(other, os.path.realpath(folder)).replace(os.sep, "/")
                said = f"{self._shown(path)} is found first, beside the import"
                return f"{said}; write {clip(way, 200)} for that of the root {root.shown}"
        return ""

    def _root_of(self, path: str) -> Root | None:
        """The folder that a real path lies in."""
        return next((root for root in self.roots if os.path.commonpath([root.path, path]) == root.path), None)

    def _shown(self, path: str) -> str:
        """A path as seen from where the command runs."""
        root = self._root_of(path)
        assert root is not None
        folder = os.path.relpath(os.path.dirname(path), root.path)
        return os.path.normpath(os.path.join(root.shown, folder, os.path.basename(path)))

    def _load(self, file: _File) -> Mapping | None:
        data = self._bytes(file)
        if data is None:
            return None
        self.bytes += len(data)
        if self.bytes > MAX_SPEC_BYTES:
            self._error(
                f"the files that are imported have more than {MAX_SPEC_BYTES // 2**20} MiB together", file.span, "E0007"
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
        if self.values > MAX_VALUES:
            self._error(
                f"the files that are imported have more than {MAX_VALUES:,} values together", file.span, "E0007"
            )
            raise _TooMuch
        if not isinstance(tree, Mapping):
            self._error(f"a file of blocks is a mapping of keys, not {describe(tree)}", source.whole(), "E0100")
            return None
        version = tree.get("archspec")
        if not isinstance(version, Scalar) or version.value != VERSION or isinstance(version.value, bool):
            from archspec.document.other_version import misspelt

            near = misspelt(tree, LIBRARY_KEYS) if version is None else None
            span = version.span if version is not None else near.entry.key_span if near is not None else source.whole()
            way = f"write archspec: {VERSION}" if near is not None else f"begin with the line archspec: {VERSION}"
            self._error("a file of blocks says which version of the language it is written in", span, "E0101", way)
            return None
        return tree

    def _bytes(self, file: _File) -> bytes | None:
        """The file's content; regular files only, never more than the limit and one byte."""
        try:
            handle = os.open(file.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            why = (error.strerror or "it is not a path").lower() if isinstance(error, OSError) else "it is not a path"
            help = "" if self.declared else BESIDE_THE_SPEC
            self._error(f"{clip(file.shown)} cannot be read: {why}", file.span, help=help)
            return None
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                self._error(f"{clip(file.shown)} is not a regular file", file.span)
                return None
            with os.fdopen(handle, "rb", closefd=False) as opened:
                return opened.read(MAX_SPEC_BYTES + 1)
        except OSError as error:
            self._error(f"{clip(file.shown)} cannot be read: {(error.strerror or '').lower()}", file.span)
            return None
        finally:
            os.close(handle)

    def _error(self, message: str, span: Span, code: str = "E0506", help: str = "") -> None:
        self.report.append(Diagnostic(code, message, span, help=help))
