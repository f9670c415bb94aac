"""Small helpers that several tests use."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from archspec import cli, settings
from archspec.checking import Result, check
from archspec.document.choice import NO_CHOICE, Choice
from archspec.fixing import fix
from archspec.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SPECS = ROOT / "specs"

BLOCKS = """archspec: 1
blocks:
  ConvNorm:
    args: {channels: int}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 3}
      norm: BatchNorm2d
"""
"""A file of blocks that networks share, `conv.yaml`."""
NET = "archspec: 1\nname: Net\ninput: [3, 32, 32]\nimport: [conv.yaml]\nlayers:\n  a: {type: ConvNorm, channels: 8}\n"
"""A network that uses it."""


def checked(text: str, path: str = "spec.yaml", *, select: str | None = None) -> Result:
    """The result for a spec's text; `select` is what the command line selects."""
    command = NO_CHOICE if select is None else Choice(settings.codes(select, "--select"))
    return check(path, text.encode(), settings=Settings(command=command))


def codes(text: str) -> list[str]:
    """The codes of all diagnostics of a spec's text, in order."""
    return [diagnostic.code for diagnostic in checked(text).diagnostics]


def told(text: str) -> list[tuple[str, str, str]]:
    """Code, message and help of all diagnostics of a spec's text, in order."""
    return [(found.code, found.message, found.help) for found in checked(text).diagnostics]


def helps(text: str) -> list[str]:
    """The help of all errors of a spec's text, in order."""
    return [found.help for found in checked(text).diagnostics if found.severity == "error"]


def fixed(text: str, is_unsafe: bool = False) -> str:
    """A spec's text after its safe fixes, or after all of them."""
    return fix("spec.yaml", text.encode(), is_unsafe=is_unsafe).after.decode()


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """This process as a new one in that folder: files and modules are the folder's, and its modules are forgotten afterwards."""
    place, paths, writes = Path.cwd(), [*sys.path], sys.dont_write_bytecode
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        os.chdir(place)
        sys.path[:], sys.dont_write_bytecode = paths, writes
        for name, module in [*sys.modules.items()]:
            if str(getattr(module, "__file__", None)).startswith(f"{folder}{os.sep}"):
                del sys.modules[name]


def answer(words: list[str], error: io.StringIO | None = None) -> tuple[int, str]:
    """The exit code of a command and what it prints; what goes to standard error too, unless `error` takes it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out if error is None else error):
        try:
            code = cli.main(words)
        except SystemExit as end:  # --help, --version
            code = end.code if isinstance(end.code, int) else 0
    return code, out.getvalue()


def spec(layers: str, input: str = "[3, 32, 32]", more: str = "") -> str:
    """A whole document around a few lines of `layers:` (indented by two)."""
    return f"archspec: 1\nname: Example\ninput: {input}\nlayers:\n{layers}{more}"


def torchvision_models() -> Any:
    """torchvision's models. Beside a CPU build of torch, two operators that its import asks for have to be named first."""
    if "torchvision" not in sys.modules:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _libraries.append(library)
    return importlib.import_module("torchvision.models")


_libraries: list[Any] = []
"""Kept, since their operators live as long as they do."""
