"""archspec: a compiler and analyzer for neural-network architectures written as data.

    spec = archspec.load("specs/alexnet.yaml")   # raises SpecError with .diagnostics
    spec = archspec.parse(text)                  # the same from a text, or from dicts and lists
    report = archspec.analyze(spec)              # report.layers, report.totals; prints as a table
    code = archspec.compile(spec)                # the source of a PyTorch module
    model = archspec.build(spec)                 # the module itself, in memory
    archspec.verify(spec, reference)             # whether an nn.Module is the same network, and computes the same
    archspec.diff(spec, other)                   # what changed; prints as the command does
    archspec.render(spec)                        # a diagram that shows itself in a notebook
    spec.with_(depth=101).save("deeper.yaml")    # the same with other arguments
    archspec.compare(spec, spec.with_(depth=101))              # beside each other, a row each
    archspec.load(path, archspec.find_settings(path))          # with the roots and choices of its project, as the command
    archspec.Spec.from_torch(model, [3, 224, 224]).save("mine.yaml")   # an existing module as a spec

Everything is imported when it is first used, so that `import archspec` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.api import (
        Comparison,
        Diagram,
        Difference,
        Report,
        Spec,
        SpecError,
        UnknownSymbol,
        analyze,
        build,
        compare,
        compile,
        diff,
        from_torch,
        load,
        parse,
        render,
        verify,
    )
    from archspec.importers.sketch import ImportProblem
    from archspec.output import OutputError
    from archspec.settings import SettingsError
    from archspec.settings import find as find_settings

    __version__: str

__all__ = [
    "Comparison", "Diagram", "Difference", "ImportProblem", "OutputError", "Report", "SettingsError", "Spec", "SpecError",
    "UnknownSymbol", "analyze", "build", "compare", "compile", "diff", "find_settings", "from_torch", "load", "parse", "render",
    "verify",
]  # fmt: skip
_ELSEWHERE = {
    "ImportProblem": "archspec.importers.sketch", "OutputError": "archspec.output", "SettingsError": "archspec.settings",
    "find_settings": "archspec.settings",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name == "__version__":
        return _version()
    if name not in __all__:
        raise AttributeError(f"module 'archspec' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ELSEWHERE.get(name, "archspec.api")), name.replace("find_settings", "find"))


def _version() -> str:
    """The version of the distribution; its name on PyPI is not that of the package."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("archspec-nn")
    except PackageNotFoundError:
        raise AttributeError(
            "archspec has no __version__, since it is not installed: pip install archspec-nn"
        ) from None


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
