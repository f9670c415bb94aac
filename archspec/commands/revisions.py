"""Specs as git has them: `REV:PATH`. Enters: a revision and a path; leaves: bytes, and a folder with the blocks that it imports.

git is asked for one object by its name, never through a shell. What stands in the repository's settings runs nothing: no filter,
no pager, no monitor, and nothing is fetched.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from pathlib import Path

from archspec.commands.common import MAX_READ, Unusable

MAX_FILES = 64
"""Files of blocks that one spec imports, as everywhere."""
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


def blocks_beside(revision: str, path: str, data: bytes, folder: Path) -> tuple[Path, list[str]]:
    """Writes the files of blocks that a spec of a revision imports into a folder, as they were.

    Answers the folder that stands for the spec's own, and the names that the revision does not have there.
    """
    home = posixpath.dirname(path)
    waiting = [(name, home) for name in _imports(path, data)]
    own = folder / "blocks"
    own.mkdir()
    missing: list[str] = []
    seen: set[str] = set()
    while waiting and len(seen) < MAX_FILES:
        name, beside = waiting.pop(0)
        inside = posixpath.relpath(posixpath.join("/", beside, name), posixpath.join("/", home))
        if posixpath.isabs(name) or inside in seen or inside.split("/")[0] == "..":
            continue  # which importing says better
        seen.add(inside)
        full = posixpath.join(home, inside)
        found, _ = _blob(f"{revision}:{full}")
        if found is None:
            missing.append(name)
            continue
        target = own / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(found)
        waiting += [(other, posixpath.dirname(full)) for other in _imports(full, found)]
    return own, missing


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
    environment = {**os.environ, "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        process = subprocess.Popen(
            ["git", *_QUIET, "cat-file", "blob", name],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        )  # fmt: skip
    except OSError as error:
        return None, f"git cannot be run ({(error.strerror or '').lower()})"
    assert process.stdout is not None, "it was asked for"
    assert process.stderr is not None, "it was asked for"
    with process:
        data = process.stdout.read(MAX_READ)
        if len(data) == MAX_READ:  # more than is ever read: the reader says so
            process.kill()
            return data, ""
        said = process.stderr.read(4_000).decode("utf-8", "replace")
    return (data, "") if process.returncode == 0 else (None, said)


def _line(said: str) -> str:
    """What git says, as the end of a sentence."""
    from archspec.diagnostics.text import escape

    lines = [line for line in said.splitlines() if line.strip()]
    return escape(lines[0].removeprefix("fatal: ")[:300]) if lines else "it says nothing"
