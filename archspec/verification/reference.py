"""The module that the user names. Enters: `MODULE:CALLABLE` and arguments; leaves: an `nn.Module`, or a `NoReference`.

The only code that runs is what the person at the keyboard named; nothing of a spec comes here.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.diagnostics.nearest import suggestion
from archspec.diagnostics.text import escape
from archspec.document.writer import flow
from archspec.limits import MAX_CALL, MAX_KEYS_COMPARED

if TYPE_CHECKING:
    from torch import nn


COMMAND = "archspec verify SPEC --against"
"""What the module is named to; another command puts itself here."""
_MAX_SHOWN = 8


class NoReference(Exception):
    """There is no module to compare with; the message is one line."""


class IsCall(NoReference):
    """A call stands where a name is wanted; the message says so, and `target` and `arguments` are what is to be given instead."""

    def __init__(self, target: str, call: str, arguments: Sequence[str]) -> None:
        super().__init__(f"{escape(call[:80])} is a call, and what is called and its arguments are given apart")
        self.target = target
        self.arguments = arguments
        """Each as `width=32`."""


@contextmanager
def findable(target: str) -> Iterator[None]:
    """Modules in the current folder, and those beside the file that is named, are found meanwhile, as where Python runs them.

    Not only `reference` stands inside, but whoever calls what it answers: some modules are imported by the first call.
    """
    name = target.rpartition(":")[0]
    folders = [] if "" in sys.path else [os.getcwd()]
    folders += [str(Path(name).resolve().parent)] if name.endswith(".py") else []
    added = [folder for folder in dict.fromkeys(folders) if folder not in sys.path]
    for folder in added:
        sys.path.insert(0, folder)
    try:
        yield
    finally:
        for folder in added:
            with suppress(ValueError):  # the module may have taken it out
                sys.path.remove(folder)


def reference(target: str, arguments: Mapping[str, Any]) -> nn.Module:
    """What `CALLABLE(**arguments)` of `MODULE` answers, or the module that stands there; `MODULE` is one that is `findable`."""
    from torch import nn

    _need_no_call(target)
    name, colon, attribute = target.rpartition(":")
    if not (name and colon and attribute):
        raise NoReference(f"--against takes MODULE:CALLABLE (torchvision.models:resnet50), not {escape(target[:80])}; "
                          "or a file of yours, FILE.py:CALLABLE")  # fmt: skip
    found = _told(f"{target} cannot be imported", lambda: _find(name, attribute), _of_package(name, attribute))
    if isinstance(found, nn.Module):  # one that the file has made
        if arguments:
            raise NoReference(f"{escape(target[:80])} is a module already, and takes no arguments")
        return found
    if not callable(found):
        raise NoReference(f"{escape(target[:80])} cannot be called")
    model = _told(f"{target}({', '.join(arguments)}) does not build", lambda: found(**arguments))
    if not isinstance(model, nn.Module):
        raise NoReference(f"{escape(target[:80])} gives no nn.Module, but a {type(model).__name__}")
    return model


def _need_no_call(target: str) -> None:
    """Raises IsCall for `m:Net(width=32)`; what is called is looked for only where values by their places ask for it."""
    call = re.fullmatch(r"(.*?):([A-Za-z_][\w.]*)(\(.*\))", target[:MAX_CALL], re.DOTALL)
    if call is None:
        return
    name, attribute, brackets = call.groups()
    try:
        arguments = _arguments(brackets, name, attribute)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        arguments = ["NAME=VALUE"]
    raise IsCall(f"{name}:{attribute}", f"{attribute}{brackets}", arguments)


def _arguments(brackets: str, name: str, attribute: str) -> list[str]:
    """The arguments of a call, each as `width=32`. Raises ValueError or SyntaxError where they are not only numbers, texts
    and lists."""
    read = ast.parse(f"_{brackets}", mode="eval").body
    if not isinstance(read, ast.Call) or any(keyword.arg is None for keyword in read.keywords):
        raise ValueError("it is no call by names and places")
    placed = [ast.literal_eval(value) for value in read.args]
    names = _parameters(name, attribute) if placed else []
    names += ["NAME"] * (len(placed) - len(names))
    given = dict(zip(names, placed, strict=False))
    given |= {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in read.keywords}
    if not all(map(_can_be_given, given.values())):
        raise ValueError("something in it cannot be written on the command line")
    return [f"{key}={flow(value)}" for key, value in given.items()]


def _can_be_given(value: object) -> bool:
    return all(map(_can_be_given, value)) if isinstance(value, (list, tuple)) else isinstance(value, (int, float, str))


def _parameters(name: str, attribute: str) -> list[str]:
    """The names of what is called with values by their places, as far as they are known."""
    with suppress(Exception, SystemExit):
        found = signature(_find(name, attribute)).parameters.values()
        return [one.name for one in found if one.kind is Parameter.POSITIONAL_OR_KEYWORD]
    return []


def _find(name: str, attribute: str) -> Any:
    found: Any = _from_file(name) if name.endswith(".py") else _module(name)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise NoReference(escape(f"{name[:80]} has no {part[:60]}; {_others(found, part)}"))
        found = getattr(found, part)
    return found


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name or "." in name:
            raise
        hint = suggestion(name, (path.stem for path in sorted(Path().glob("*.py"))[:MAX_KEYS_COMPARED]))
        way = hint or "start where its file is, or name the file, as folder/model.py:Net"
        raise NoReference(escape(f"there is no module {name[:80]} here; {way}")) from None


def _from_file(path: str) -> Any:
    """The module that a file is."""
    where = Path(path).resolve()
    if not where.is_file():
        raise NoReference(escape(f"there is no file {path[:200]}"))
    name = where.stem if where.stem not in sys.modules else f"{where.stem} of {where.parent}"
    spec = spec_from_file_location(name, where)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]  # as `import` does: half a module is none
        raise
    return module


def _of_package(path: str, attribute: str) -> str:
    """What to write instead of a file that lies in a package, whose relative imports work in the module only; else nothing."""
    where = Path(path).resolve()
    if not (path.endswith(".py") and (where.parent / "__init__.py").is_file()):
        return ""
    root = next(folder for folder in where.parents if not (folder / "__init__.py").is_file() or folder == folder.parent)
    parts = where.relative_to(root).with_suffix("").parts
    before = "" if root == Path.cwd() else f"cd {shlex.quote(str(root))} && "
    target = f"{'.'.join(parts)}:{attribute}"
    return f"{before}{COMMAND} {shlex.quote(target)}"


def _others(found: Any, name: str) -> str:
    """The name that was meant, or those that there are: of what the module makes itself, if it makes something."""
    called = (
        [key for key, value in vars(found).items() if key[0] != "_" and callable(value)]
        if hasattr(found, "__dict__")
        else []
    )
    own = [key for key in called if getattr(vars(found)[key], "__module__", None) == getattr(found, "__name__", "")]
    hint = suggestion(name, (own or called)[:MAX_KEYS_COMPARED])
    return hint or (f"it has {', '.join((own or called)[:_MAX_SHOWN])}" if called else "nothing in it can be called")


def _told(what: str, act: Any, of_package: str = "") -> Any:
    """What the act answers; whatever it raises becomes a line, which says where relative imports work."""
    try:
        return act()
    except NoReference:
        raise
    except (Exception, SystemExit) as error:
        lines = str(error).strip().splitlines()
        said = f"{what}: {type(error).__name__}: {lines[0][:200] if lines else ''}"
        if of_package and isinstance(error, ImportError) and "relative import" in said:
            said += f"; it works as a module of its package: {of_package}"
        raise NoReference(escape(said)) from error
