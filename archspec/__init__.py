"""archspec: a compiler and analyzer for neural-network architectures written as data.

    spec = archspec.load("specs/alexnet.yaml")   # raises SpecError with .diagnostics
    report = archspec.analyze(spec)              # report.layers, report.totals; prints as a table
    code = archspec.compile(spec)                # the source of a PyTorch module
    model = archspec.build(spec)                 # the module itself, in memory
    archspec.verify(spec, reference)             # whether an nn.Module is the same network, and computes the same
    archspec.render(spec)                        # a diagram that shows itself in a notebook
    spec = archspec.from_torch(model, [3, 224, 224])   # an existing module as a spec
    archspec.load(path, archspec.find_settings(path))  # with the roots and choices of its project, as the command has them

Everything is imported when it is first used, so that `import archspec` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.api import Diagram, Report, Spec, SpecError, analyze, build, compile, load, render, verify
    from archspec.importers.front import from_torch
    from archspec.importers.sketch import ImportProblem
    from archspec.settings import find as find_settings

__all__ = [
    "Diagram", "ImportProblem", "Report", "Spec", "SpecError", "analyze", "build", "compile", "find_settings", "from_torch",
    "load", "render", "verify",
]  # fmt: skip
_IMPORTERS = {"from_torch": "archspec.importers.front", "ImportProblem": "archspec.importers.sketch"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'archspec' has no attribute {name!r}")
    from importlib import import_module

    if name == "find_settings":
        return import_module("archspec.settings").find
    return getattr(import_module(_IMPORTERS.get(name, "archspec.api")), name)


def __dir__() -> list[str]:
    return __all__
