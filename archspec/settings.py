"""What a project wants of all its specs. Enters: the path of a spec; leaves: `Settings`, from the nearest file upward.

That is `archspec.toml`, or `pyproject.toml` with `[tool.archspec]`; no further than a folder with `.git`. The file came with the
specs, so a stranger may have written it: it is read within a limit, names folders inside its own, and runs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from archspec.diagnostics.nearest import suggestion
from archspec.diagnostics.text import escape
from archspec.document.choice import NO_CHOICE, Choice, Rule, why_no_warning
from archspec.document.claims import Budget, SharedBudget
from archspec.document.imports import Root
from archspec.document.tree import clip, show
from archspec.input import InputError, open_regular

NAMES = ("archspec.toml", "pyproject.toml")
MAX_BYTES = 256 * 1024
MAX_ROOTS = 32
MAX_CODES = 1_000


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
            data = opened.read(MAX_BYTES + 1)
    except (InputError, OSError) as error:
        raise SettingsError(escape(str(error))) from None
    is_shared = os.path.basename(file) == "pyproject.toml"
    if is_shared and b"archspec" not in data:
        return None
    if len(data) > MAX_BYTES:
        raise SettingsError(escape(f"{shown} is larger than {MAX_BYTES // 1024} KiB"))
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
        self._need(isinstance(content, dict), self.prefix, "takes a table")
        readers: dict[str, Callable[[Any, str], Any]] = {
            "roots": self._roots, "select": self._select, "ignore": self._ignore, "budget": self._budget,
        }  # fmt: skip
        for key in content:
            near = suggestion(key, readers)
            self._need(key in readers, key, f"is no key of archspec's{f'; {near}' if near else ''}")
        found = {key: readers[key](value, self._where(key)) for key, value in content.items()}
        choice = Choice(found.get("select"), found.get("ignore", ()))
        return Settings(found.get("roots", ()), choice, budget=found.get("budget"))

    def _where(self, key: str) -> str:
        return f"{self.shown}: {clip('.'.join(part for part in (self.prefix, key) if part))}"

    def _need(self, is_right: bool, key: str, what: str) -> None:
        if not is_right:
            where = self._where(key if key != self.prefix else "")
            raise SettingsError(escape(f"{where} {what}"))

    def _roots(self, value: Any, where: str) -> tuple[Root, ...]:
        takes = 'takes a list of folders, such as ["blocks"]'
        is_list = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        self._need(is_list and len(value) <= MAX_ROOTS, "roots", takes)
        return tuple(self._root(item) for item in value)

    def _root(self, name: str) -> Root:
        is_path = not os.path.isabs(name) and "\\" not in name and "\0" not in name and len(name) <= 400
        self._need(is_path, "roots", f"{clip(name)} is not a relative path with forward slashes")
        home, path = os.path.realpath(self.folder), os.path.realpath(os.path.join(self.folder, name))
        self._need(
            os.path.commonpath([home, path]) == home, "roots", f"{clip(name)} lies outside the file's own folder"
        )
        self._need(os.path.isdir(path), "roots", f"{clip(name)} is no folder")
        return Root(os.path.normpath(os.path.join(os.path.dirname(self.shown), name)), path)

    def _select(self, value: Any, where: str) -> tuple[Rule, ...]:
        return _rules(value, where)

    def _ignore(self, value: Any, where: str) -> tuple[Rule, ...]:
        if not isinstance(value, dict):
            return _rules(value, where)
        is_said = all(isinstance(reason, str) and reason.strip() for reason in value.values())
        self._need(is_said, "ignore", 'takes a reason for each code, such as {W1003 = "as published"}')
        return tuple(rule._replace(reason=value[rule.code]) for rule in _rules(list(value), where))

    def _budget(self, value: Any, where: str) -> SharedBudget:
        from archspec.document.validate import construct

        self._need(isinstance(value, dict), "budget", 'takes a table, such as {params = {max = "65 M"}}')
        for key, limit in value.items():
            known = [*Budget.model_fields]
            near = suggestion(key, known)
            said = f"is no figure{f'; {near}' if near else ''} (there are {', '.join(known)})"
            self._need(key in known, f"budget.{key}", said)
            is_right = isinstance(limit, dict) and construct(Budget, {key: limit}) is not None
            self._need(is_right, f"budget.{key}", 'takes min or max with a count, such as {max = "65 M"}')
        budget = construct(Budget, value)
        assert budget is not None
        return SharedBudget(budget, self._where("budget"))


def _rules(value: Any, where: str) -> tuple[Rule, ...]:
    is_list = isinstance(value, list) and all(isinstance(code, str) and code for code in value)
    if not is_list or len(value) > MAX_CODES:
        raise SettingsError(escape(f'{where} takes a list of codes, such as ["W1003", "W12"]'))
    for code in value:
        why = why_no_warning(code)
        if why:
            raise SettingsError(escape(f"{where}: {clip(show(why), 200)}"))
    return tuple(Rule(code) for code in value)
