"""What a project wants of all its specs. Enters: the path of a spec; leaves: `Settings`, from the nearest file upward.

That is `archspec.toml`, or `pyproject.toml` with `[tool.archspec]`; no further than a folder with `.git`. The file came with the
specs, so a stranger may have written it: it is read within a limit, names folders inside its own, and runs nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archspec.diagnostics.nearest import suggestion
from archspec.diagnostics.text import escape
from archspec.document.choice import NO_CHOICE, Choice, Rule, why_no_warning
from archspec.document.claims import Budget, SharedBudget
from archspec.document.tree import clip
from archspec.input import InputError, open_regular
from archspec.limits import MAX_CODES, MAX_ROOTS, MAX_SETTINGS_BYTES

if TYPE_CHECKING:
    from archspec.document.imports import Root

NAMES = ("archspec.toml", "pyproject.toml")
_MAY_HAVE_OURS = rb"\btool[\"']?[ \t]*(?:\.[ \t]*[\"']?archspec\b|[\]=])"
"""How TOML can write the key `tool.archspec`: `tool.archspec`, `[tool]`, `tool =`. A pyproject.toml without any has no settings
of ours, though it may name archspec among what it needs, and is not parsed: that takes a fortieth of a check."""
_OWN_LIMITS = {
    "layers": "layers of one network",
    "output": "the output of one network",
    "when": "variants of one network",
}
"""What a budget of a document may have beside figures of any network."""


class SettingsError(Exception):
    """A file of settings is wrong; the message is one line that names the file and the key."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where blocks are looked for, which warnings are told, and the limits of every network."""

    roots: tuple[Root, ...] = ()
    project: Choice = NO_CHOICE
    """What the project's file chooses: below what the document does."""
    command: Choice = NO_CHOICE
    """What the command line chooses: above what the document does."""
    budget: SharedBudget | None = None

    def chosen(self, command: Choice) -> Settings:
        """The same, with the command line's choice."""
        return replace(self, command=command)


def find(path: str | os.PathLike[str] | None) -> Settings:
    """The settings for a spec; those of the current folder for None. Raises SettingsError."""
    given = os.fspath(path) if path is not None else ""
    folder = os.path.dirname(os.path.abspath(given or "spec"))
    while True:
        for name in NAMES:
            file = os.path.join(folder, name)
            if os.path.lexists(file):
                shown = file if os.path.isabs(given) else os.path.relpath(file)
                found = _read(file, shown)
                if found is not None:
                    return found
        above = os.path.dirname(folder)
        if above == folder or os.path.lexists(os.path.join(folder, ".git")):
            return Settings()
        folder = above


def codes(text: str, what: str) -> tuple[Rule, ...]:
    """The codes of a list such as `W1003,W12`. Raises SettingsError, which begins with `what` takes them."""
    return _rules(text.replace(",", " ").split(), what)


def _read(file: str, shown: str) -> Settings | None:
    """The settings of a file; None where it is a pyproject.toml that has none."""
    try:
        with open_regular(file) as opened:
            data = opened.read(MAX_SETTINGS_BYTES + 1)
    except (InputError, OSError) as error:
        raise SettingsError(escape(str(error))) from None
    is_shared = os.path.basename(file) == "pyproject.toml"
    if is_shared and not (b"archspec" in data and re.search(_MAY_HAVE_OURS, data)):
        return None
    if len(data) > MAX_SETTINGS_BYTES:
        raise SettingsError(escape(f"{shown} is larger than {MAX_SETTINGS_BYTES // 1024} KiB"))
    import tomllib

    try:
        content: Any = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise SettingsError(escape(f"{shown} is not TOML: {clip(why, 200)}")) from None
    if is_shared:
        tool = content.get("tool")
        content = tool.get("archspec") if isinstance(tool, dict) else None
        if content is None:
            return None
    return _Reader(os.path.dirname(file), shown, "tool.archspec" if is_shared else "").settings(content)


class _Reader:
    """The values of one file."""

    def __init__(self, folder: str, shown: str, prefix: str) -> None:
        self.folder = folder
        self.shown = shown
        self.prefix = prefix

    def settings(self, content: Any) -> Settings:
        readers: dict[str, Callable[[Any], Any]] = {
            "roots": self._roots, "select": self._select, "ignore": self._ignore, "budget": self._budget,
        }  # fmt: skip
        if not isinstance(content, dict):
            raise self._wrong("", f"takes a table with {', '.join(readers)}")
        for key in content.keys() - readers.keys():
            near = suggestion(key, readers)
            raise self._wrong(key, f"is no key of archspec's; {near or 'there are ' + ', '.join(readers)}")
        found = {key: readers[key](value) for key, value in content.items()}
        choice = Choice(found.get("select"), found.get("ignore", ()))
        return Settings(found.get("roots", ()), choice, budget=found.get("budget"))

    def _where(self, key: str) -> str:
        return f"{self.shown}: {clip('.'.join(part for part in (self.prefix, key) if part))}"

    def _wrong(self, key: str, what: str) -> SettingsError:
        return SettingsError(escape(f"{self._where(key)} {what}"))

    def _roots(self, value: Any) -> tuple[Root, ...]:
        is_list = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        if not is_list or len(value) > MAX_ROOTS:
            raise self._wrong("roots", 'takes a list of folders, such as ["blocks"]')
        return tuple(self._root(item) for item in value)

    def _root(self, name: str) -> Root:
        from archspec.document.imports import Root

        if os.path.isabs(name) or "\\" in name or "\0" in name or len(name) > 400:
            raise self._wrong("roots", f"names {clip(name)}, which is no relative path with forward slashes")
        home, path = os.path.realpath(self.folder), os.path.realpath(os.path.join(self.folder, name))
        if os.path.commonpath([home, path]) != home:
            raise self._wrong("roots", f"names {clip(name)}, which lies outside the file's own folder")
        if not os.path.isdir(path):
            raise self._wrong("roots", f"names {clip(name)}, which is no folder")
        beside = os.path.normpath(os.path.join(self.folder, name))
        return Root(beside if os.path.isabs(self.shown) else os.path.relpath(beside), path)

    def _select(self, value: Any) -> tuple[Rule, ...]:
        return _rules(value, self._where("select"))

    def _ignore(self, value: Any) -> tuple[Rule, ...]:
        if not isinstance(value, dict):
            return _rules(value, self._where("ignore"))
        if not all(isinstance(reason, str) and reason.strip() for reason in value.values()):
            raise self._wrong("ignore", 'takes a reason for each code, such as {W1003 = "as published"}')
        rules = _rules(list(value), self._where("ignore"))
        return tuple(rule._replace(reason=value[rule.code]) for rule in rules)

    def _budget(self, value: Any) -> SharedBudget:
        from pydantic import ValidationError

        from archspec.ops.making import instance

        if not isinstance(value, dict):
            raise self._wrong("budget", 'takes a table, such as {params = {max = "65 M"}}')
        known = [key for key in Budget.model_fields if key != "output"]
        for key, limit in value.items():
            if key in _OWN_LIMITS:
                raise self._wrong(f"budget.{key}", f"limits {_OWN_LIMITS[key]}; write it in the budget of that spec")
            if key not in known:
                near = suggestion(key, known)
                raise self._wrong(f"budget.{key}", f"is no figure; {near or 'there are ' + ', '.join(known)}")
            try:
                right = instance(Budget, {key: limit}) if isinstance(limit, dict) and limit else None
            except ValidationError:
                right = None
            if right is None:
                raise self._wrong(f"budget.{key}", 'takes min or max with a count, such as {max = "65 M"}')
        return SharedBudget(instance(Budget, value), self._where("budget"))


def _rules(value: Any, where: str) -> tuple[Rule, ...]:
    is_list = isinstance(value, list) and all(isinstance(code, str) and code for code in value)
    if not is_list or len(value) > MAX_CODES:
        raise SettingsError(escape(f'{where} takes a list of codes, such as ["W1003", "W12"]'))
    for code in value:
        why = why_no_warning(code)
        if why:
            raise SettingsError(escape(f"{where}: {clip(why, 200)}"))
    return tuple(Rule(code) for code in value)
