"""Specs as git has them: `REV:PATH`. Enters: a revision and a path; leaves: bytes, and a folder with the blocks and settings
that it needs, as they were.

git is asked for one object by its name, never through a shell. What stands in the repository's settings runs nothing: no filter,
no pager, no monitor, and nothing is fetched.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.commands.common import Unusable
from archspec.limits import MAX_SPEC_BYTES

if TYPE_CHECKING:
    from archspec.settings import Settings

MAX_ASKED = 256
"""Files of blocks that git is asked for: more than one spec may import, in each of the places where they may be."""
MAX_LEVELS = 32
"""Folders above a spec in which settings are looked for."""
SECONDS = 20
_REVISION = re.compile(r"(?P<revision>[^:\0\r\n]{0,200}):(?P<path>[^\0\r\n]{1,1000})")
_QUIET = ("-c", "core.fsmonitor=false", "-c", "protocol.allow=never", "--no-pager", "--literal-pathspecs")


def parted(argument: str) -> tuple[str, str] | None:
    """The revision and the path of `HEAD~1:specs/net.yaml`; None where it is the name of a file, or no revision is in it.

    An empty revision is what is staged, as in git.
    """
    found = _REVISION.fullmatch(argument)
    if found is None or os.path.exists(argument) or re.match(r"[A-Za-z]:[\\/]", argument):
        return None
    return found["revision"], found["path"]


def read(revision: str, path: str) -> bytes:
    """A file as it was, never more than the limit of a spec and one. Raises Unusable."""
    shown = f"{revision}:{path}"
    if revision.startswith("-"):
        raise Unusable(f"{shown[:200]!a} is no revision: none begins with a hyphen")
    data, said = _blob(shown)
    if data is None:
        hint = ""
        if "exists, but not" in said or "does not exist" in said or "exists on disk" in said:
            hint = "; git's paths begin where the repository does, and REV:./PATH begins here"
        raise Unusable(f"{shown[:200]!a} cannot be read from git: {_line(said)}{hint}")
    return data


def absent(before: str, after: str) -> int | None:
    """Which of two names, one of a revision at least, has no file there, where both are of one path and the other has one.

    So a file that came or went is told from a name that is misspelt. None where both have one, or it is another path's.
    """
    split = [parted(name) for name in (before, after)]
    places = [_place(name, one) for name, one in zip((before, after), split, strict=True)]
    if split == [None, None] or places[0] is None or places[0] != places[1]:
        return None
    there = [_is_there(name, one) for name, one in zip((before, after), split, strict=True)]
    return there.index(False) if sorted(there, key=str) == [False, True] else None


def _place(name: str, split: tuple[str, str] | None) -> str | None:
    """Where in the repository a file is; None where it is not known to be in it."""
    path = name if split is None else split[1]
    if posixpath.isabs(path):
        return None
    begins_here = split is None or path.startswith(".")
    return _within(posixpath.join(_prefix() if begins_here else "", path.replace(os.sep, "/")))


def _is_there(name: str, split: tuple[str, str] | None) -> bool | None:
    """Whether there is such a file; None where there is no such revision."""
    if split is None:
        return os.path.lexists(name)
    revision = split[0]
    if revision.startswith("-"):
        return None
    if revision and _asked("rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}")[0] is None:
        return None
    return _asked("cat-file", "-e", name)[0] is not None


class Mirror(NamedTuple):
    """What a spec of a revision needs, as it was, in a folder: the folder that stands for the spec's own, and the settings."""

    folder: str
    settings: Settings


def mirrored(revision: str, path: str, data: bytes, folder: Path) -> Mirror:
    """Writes the settings of a spec and the files of blocks that it imports into a folder, at their places in the repository.

    Nothing else of the repository is read, and nothing of the working tree. Raises Unusable for settings that are wrong.
    """
    root = folder / "repository"
    (root / ".git").mkdir(parents=True)  # which ends the search for settings
    home = _within(posixpath.join(_prefix() if path.startswith((".", "/")) else "", posixpath.dirname(path)))
    if home is None:
        raise Unusable(f"{path[:200]!a} lies outside the repository")
    (root / home).mkdir(parents=True, exist_ok=True)
    _mirror_settings(revision, home, root)
    settings = _settings(revision, root / home / "spec", root)
    places = [os.path.relpath(one.path, os.path.realpath(root)).replace(os.sep, "/") for one in settings.roots]
    waiting = [(name, beside) for name in _imports(path, data) for beside in (home, *places)]
    asked: set[str] = set()
    while waiting and len(asked) < MAX_ASKED:
        name, beside = waiting.pop(0)
        inside = _within(posixpath.join(beside, name))
        if posixpath.isabs(name) or inside is None or inside in asked:
            continue  # which importing says better
        asked.add(inside)
        found, _ = _blob(f"{revision}:{inside}")
        if found is not None:
            _put(root / inside, found)
            here = posixpath.dirname(inside)
            waiting += [(other, place) for other in _imports(inside, found) for place in (here, *places)]
    return Mirror(str(root / home), settings)


def _mirror_settings(revision: str, home: str, root: Path) -> None:
    """Writes the files that may have settings for a folder, and makes the folders that they name as roots."""
    import tomllib

    from archspec.limits import MAX_ROOTS, MAX_SETTINGS_BYTES
    from archspec.settings import NAMES

    parts = home.split("/") if home else []
    for depth in range(len(parts), max(-1, len(parts) - MAX_LEVELS), -1):
        above = "/".join(parts[:depth])
        for name in NAMES:
            found, _ = _blob(f"{revision}:{posixpath.join(above, name)}")
            if found is None:
                continue
            _put(root / above / name, found)
            try:
                content: Any = tomllib.loads(found[:MAX_SETTINGS_BYTES].decode())
            except (ValueError, RecursionError):  # which reading them says
                continue
            content = content.get("tool", {}).get("archspec", {}) if name == "pyproject.toml" else content
            named = content.get("roots") if isinstance(content, dict) else None
            for one in named[:MAX_ROOTS] if isinstance(named, list) else []:
                inside = _within(posixpath.join(above, one)) if isinstance(one, str) and _is_path(one) else None
                if inside is not None and not posixpath.isabs(one):
                    (root / inside).mkdir(parents=True, exist_ok=True)


def _settings(revision: str, spec: Path, root: Path) -> Settings:
    """Those of the mirror, whose folders are called as git calls them. Raises Unusable."""
    from dataclasses import replace

    from archspec.settings import SettingsError, find

    real = os.path.realpath(root)
    try:
        found = find(str(spec))
    except SettingsError as error:
        raise Unusable(str(error).replace(f"{root}{os.sep}", f"{revision}:")) from None
    roots = tuple(one._replace(shown=f"{revision}:{os.path.relpath(one.path, real)}") for one in found.roots)
    budget = found.budget
    if budget is not None:
        budget = budget._replace(origin=budget.origin.replace(f"{root}{os.sep}", f"{revision}:"))
    return replace(found, roots=roots, budget=budget)


def _put(path: Path, data: bytes) -> None:
    """Writes a file, unless a folder has its name, which importing says."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _within(path: str) -> str | None:
    """The path from the repository's root; None where it leads out of it."""
    inside = posixpath.normpath(path or ".")
    if posixpath.isabs(inside) or inside.split("/")[0] == "..":
        return None
    return "" if inside == "." else inside


def _prefix() -> str:
    """Where in the repository the current folder is."""
    found, _ = _asked("rev-parse", "--show-prefix")
    return (found or b"").decode("utf-8", "replace").strip("\r\n")


def imports_something(path: str, data: bytes) -> bool:
    """Whether a spec imports files of blocks."""
    return bool(_imports(path, data))


def _imports(path: str, data: bytes) -> list[str]:
    """The files that a spec names under `import`; none where it cannot be read, which is said where it is checked."""
    from archspec.document.reader import Unreadable, decode
    from archspec.document.reader import read as read_tree
    from archspec.document.tree import Mapping, Scalar, Sequence

    if b"import" not in data:
        return []
    try:
        tree, _ = read_tree(decode(path, data))
    except Unreadable:
        return []
    listed = tree.get("import") if isinstance(tree, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else []
    return [
        item.value
        for item in items
        if isinstance(item, Scalar) and isinstance(item.value, str) and _is_path(item.value)
    ]


def _is_path(name: str) -> bool:
    return bool(name) and len(name) <= 400 and not set(name) & set("\\\0\r\n")


def _blob(name: str) -> tuple[bytes | None, str]:
    """An object's bytes by its name; or None, and what git says."""
    return _asked("cat-file", "blob", name)


def _asked(*arguments: str) -> tuple[bytes | None, str]:
    """What git answers; or None, and what it says."""
    environment = {**os.environ, "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        process = subprocess.Popen(
            ["git", *_QUIET, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        )  # fmt: skip
    except OSError as error:
        return None, f"git cannot be run ({(error.strerror or '').lower()})"
    assert process.stdout is not None, "it was asked for"
    assert process.stderr is not None, "it was asked for"
    with process:
        data = process.stdout.read(MAX_SPEC_BYTES + 1)
        if len(data) == MAX_SPEC_BYTES + 1:  # more than is ever read: the reader says so
            process.kill()
            return data, ""
        said = process.stderr.read(4_000).decode("utf-8", "replace")
    return (data, "") if process.returncode == 0 else (None, said)


def _line(said: str) -> str:
    """What git says, as the end of a sentence."""
    from archspec.diagnostics.text import escape

    lines = [line for line in said.splitlines() if line.strip()]
    return escape(lines[0].removeprefix("fatal: ")[:300]) if lines else "it says nothing"
