"""A checked spec, as Python users have it, and the error of one that is none.

Enters: what a check found, or an existing model. Leaves: a `Spec`, or a `SpecError`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from archspec.checking import Result, UnknownSymbol, check_source, vary
from archspec.diagnostics.model import Diagnostic
from archspec.expressions.value import Value
from archspec.facts.model import Facts
from archspec.limits import MAX_PLAIN_DEPTH
from archspec.plain import as_python
from archspec.words import counted

if TYPE_CHECKING:
    from networkx import MultiDiGraph
    from torch import Tensor, nn

    from archspec.importers.front import FromTorch
    from archspec.verification.compare import Verification


class SpecError(ValueError):
    """A spec has errors; `diagnostics` holds all of them, and the message shows them as the command does, but that its
    options are keywords here.

    `spec` is the network all the same, where nothing else is wrong than that it misses what it claims (`expect`, a budget): its
    figures can be analyzed, compared and drawn. It is None where other errors leave no network.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], spec: Spec | None = None) -> None:
        from archspec.diagnostics.text import render as render_text

        self.diagnostics = list(diagnostics)
        self.spec = spec
        said = render_text([_in_python(diagnostic) for diagnostic in self.diagnostics])
        way = "\nthe network and its figures are the error's .spec: archspec.analyze(error.spec)" if spec else ""
        super().__init__(f"{said}{way}")

    def __reduce__(self) -> tuple[type[SpecError], tuple[list[Diagnostic], Spec | None]]:
        """Lets it through a pool of processes: by default, the message would be taken for the diagnostics."""
        return type(self), (self.diagnostics, self.spec)


class Spec(Result):
    """A checked spec without errors: what `load`, `parse` and the importers answer; or one that only misses its own claims, which
    is the `spec` of a SpecError.

    `diagnostics` are its warnings, `missed` the claims that do not hold, `facts` and `graph` what was found. Shows itself in a
    notebook as its table.
    """

    __slots__ = ()

    @classmethod
    def of(cls, result: Result) -> Spec:
        """The spec that a check found. Raises SpecError where it has errors."""
        spec = cls(*(getattr(result, field.name) for field in fields(Result)))
        if not spec.ok:
            errors = [diagnostic for diagnostic in result.diagnostics if diagnostic.severity == "error"]
            raise SpecError(errors, spec if spec.is_network else None)
        return spec

    @classmethod
    def from_torch(
        cls, module: nn.Module, *examples: Tensor | Sequence[int], name: str | None = None, verify: bool = True
    ) -> Spec:
        """The spec of an existing module: the same layers, keys and groups, in evaluation.

        `examples` are its inputs: a tensor (N, …), or a list with the shape of one sample, for float32. The module runs on small
        random batches, on copies of it; neither it nor its mode changes. Then its outputs, with random weights, are compared with
        those of the spec's own module, as `archspec.verify` does; `verify=False` leaves this out.
        Whatever the spec has otherwise than the module is a `UserWarning`, in the words of `archspec import torch`, and stands in
        the spec's `doc`: sizes that stay numbers though the module takes them from its input, start values that are drawn
        otherwise, numbers of buffers that come with the weights, other names and answers, what its own code computes in training
        only, what stops gradients or changes them. What concerns the spec's module alone is a warning alone: that it is for one
        size of the input, and that its parameters have another order, which an optimizer's state goes by.
        Raises `archspec.ImportProblem` with a sentence and a place where the model has something that no spec can say, or
        fails, and where the spec's outputs are not the module's.
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
        """
        from archspec.importers.front import from_torch as spec_of_module

        need_torch("Spec.from_torch")
        from archspec.verification.seeding import own_numbers

        with own_numbers():
            found = spec_of_module(module, *examples, name=name)
            compared = _compared(found) if verify else None
        return cls.of(_say_of_module(found, compared))

    @classmethod
    def from_onnx(cls, path: str | os.PathLike[str], *, name: str | None = None, **sizes: int) -> Spec:
        """The spec of an ONNX file, without its weights (`archspec import onnx --weights FILE` keeps them).

        `sizes` are numbers for axes that the file only names. Sizes that stay numbers though the model takes them from its input
        are said in warnings, and in the spec's `doc`; that the spec's module is for one size of the input, in a warning alone.
        Raises `archspec.ImportProblem`, OSError.
        """
        from archspec.importers.front import from_onnx

        said, found = from_onnx(os.fspath(path), sizes, name)
        _warn([*said.kept, *said.aside], 3)
        return cls.of(found)

    @classmethod
    def from_keras(cls, path: str | os.PathLike[str], *, name: str | None = None, **sizes: int) -> Spec:
        """The spec of a Keras model, from the JSON that `model.to_json()` gives, in a file. Keras is not needed.

        `sizes` are numbers for axes that it leaves open. Warns as `from_onnx` does. Raises `archspec.ImportProblem`, OSError.
        """
        from archspec.importers.front import from_keras

        said, found = from_keras(os.fspath(path), sizes, name)
        _warn([*said.kept, *said.aside], 3)
        return cls.of(found)

    @property
    def name(self) -> str:
        """The network's name, which is that of the generated class."""
        return self.document.name if self.document is not None else ""

    @property
    def path(self) -> str:
        """The file that it was read from, as it was given; `<text>` where there was none."""
        return self.source.path

    @property
    def text(self) -> str:
        """The text of the spec, as it was read."""
        return self.source.text

    def with_(self, **values: Any) -> Spec:
        """The same text with other values of its arguments, and numbers for its symbolic sizes; those given before stay.

        Of many variants, each takes what is the same in it from those before. None makes a size symbolic again. Lists may be
        ranges, or arrays of NumPy. Raises SpecError where it has errors with these (its `spec` is the variant, where that only
        misses a claim), UnknownSymbol for a name or a value that it does not take.
        """
        given = {**self.given, **as_values(values)}
        given = {name: value for name, value in given.items() if value is not None or name not in self.symbols}
        return Spec.of(vary(self, given))

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes the spec, whole or not at all: its text, with the values of `with_` and `load` written into it.

        A path that ends in .json gets JSON, which has no comments; one that ends in .yaml or .yml, or has no ending (`net`), gets
        YAML, and no ending is put behind it.
        What archspec did not write is replaced only by `force`. Raises ValueError for another ending, where the values cannot be
        written into the text, or where what it imports is not to be found from there: beside the file, or (of a spec that was
        loaded with settings) in the roots of the settings there. Raises OutputError where the file is not written.
        """
        from archspec.output import save
        from archspec.settling import settled

        save(path, settled(self, os.fspath(path)).encode(), force)

    def to_networkx(self) -> MultiDiGraph[str]:
        """The graph of its layers: a node an input or a layer, by path, an edge a tensor that is read.

        Nodes have `type`, `shape` (`N × 64 × 112 × 112`, of several outputs each by its port), `params` and `macs` of one sample,
        and `outputs`, the names that the network gives them; edges have `input` (which of the reader's, from 0), `port` and
        `shape`. All are texts or numbers, `?` what is not known, so that formats of files such as GraphML hold them. A reader
        that takes a tensor twice has two edges to it. https://networkx.org/documentation/stable/reference/classes/multidigraph.html
        """
        from archspec.backends.networkx import to_networkx

        return to_networkx(facts_of(self))

    def __eq__(self, other: object) -> bool:
        """Whether both are the same text, with the same blocks of other files and the same values."""
        return self._said() == other._said() if isinstance(other, Spec) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def _said(self) -> tuple[object, ...]:
        blocks = self.document.blocks.values() if self.document is not None else ()
        imported = {block.span.source.text for block in blocks}
        return self.text, imported, self.arguments, self.symbols

    def __repr__(self) -> str:
        sizes = {name: size for name, size in self.symbols.items() if size is not None}
        given = "".join(f" {name}={value!r}" for name, value in {**self.arguments, **sizes}.items())
        if self.facts is None:
            blocks = len(self.document.blocks) if self.document is not None else 0
            return f"<Spec of {counted(blocks, 'block')}{given}>"
        totals, kinds = self.facts.totals, (("layers", "layer"), ("params", "parameter"), ("macs", "MAC"))
        counts = ", ".join(counted(getattr(totals, key), noun, ",") for key, noun in kinds)
        missed = f"; {counted(len(self.missed), 'claim')} missed" if self.missed else ""
        return f"<Spec {self.name}{given}: {counts}{missed}>"

    def _repr_html_(self) -> str:
        from html import escape

        from archspec.api import analyze

        return analyze(self)._repr_html_() if self.facts is not None else f"<code>{escape(repr(self))}</code>"


# What the functions of Python need of one, too ----------------------------------------------------------------------


def as_values(values: Mapping[str, Any]) -> dict[str, Value]:
    """Values as the language has them: its lists are tuples. Raises UnknownSymbol for what it has no values of."""
    return {name: _frozen(value, name) for name, value in values.items()}


def _frozen(value: Any, name: str, depth: int = 0) -> Value:
    value = _listed(value) if isinstance(value, range) else as_python(value)
    if isinstance(value, (list, tuple)):
        if depth == MAX_PLAIN_DEPTH:
            raise UnknownSymbol(
                f"{name} takes no list that is nested deeper than {MAX_PLAIN_DEPTH} levels, or contains itself"
            )
        return tuple(_frozen(item, name, depth + 1) for item in value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise UnknownSymbol(
        f"{name} takes a number, a text, a truth value, None, or a list of these, not a {type(value).__name__}"
    )


def _listed(value: range) -> Any:
    """The numbers of a range, where the language has a list of so many; else the range itself."""
    from archspec.limits import MAX_ITEMS

    return value if value[MAX_ITEMS:] else [*value]


def facts_of(spec: Result, lists_layers: bool = True) -> Facts:
    """What is known of a network. Raises TypeError for what is no spec, SpecError where errors leave no network, or where it has
    too many layers for what has to list each (`lists_layers`).
    """
    if not isinstance(spec, Result):
        raise TypeError(
            f"a spec is wanted, as archspec.load or archspec.Spec.from_torch answers it, not a {type(spec).__name__}"
        )
    if spec.ok and spec.facts is None:  # a file of blocks
        raise SpecError([Diagnostic("E0102", "the spec has no layers", spec.source.whole(), label="layers is missing")])
    if spec.facts is None or not spec.is_network:
        raise SpecError(spec.diagnostics)
    if lists_layers and spec.facts.graph.folds:
        raise too_many(spec)
    return spec.facts


def too_many(spec: Result) -> SpecError:
    """For a network whose layers are too many to be listed one by one."""
    return SpecError(check_source(spec.source, spec.given, spec.settings).diagnostics)


def _in_python(diagnostic: Diagnostic) -> Diagnostic:
    """With the keyword where the help names the command's option."""
    import re

    help = re.sub(r"give --allow-python (\S+)", r'allow_python=["\1"] lets it be imported', diagnostic.help)
    return replace(diagnostic, help=help)


# Existing models ----------------------------------------------------------------------------------------------------


def _compared(found: FromTorch) -> Verification:
    """The module beside that of its spec. Raises ImportProblem where they are not the same."""
    from archspec.api import verify
    from archspec.importers.sketch import ImportProblem
    from archspec.verification.copies import duplicate

    result = verify(found.found.spec, duplicate(found.module), arrange=found.binding.arguments)
    if result.is_close or result.is_silent:
        return result
    said = "; ".join(" ".join(line.split()) for line in str(result).splitlines() if not line.endswith("equal"))
    raise ImportProblem(
        f"the spec is not the same network as the model: {said}", "", "verify=False leaves the comparison out"
    )


def _say_of_module(given: FromTorch, compared: Verification | None) -> Result:
    """Warns of what the spec has otherwise than the module, and answers the spec with that in its `doc`."""
    from archspec.api import from_torch
    from archspec.importers import documented
    from archspec.importers.front import said_of_module
    from archspec.verification.compare import silent

    said = said_of_module(given, compared)
    spec = documented(given.found, said.kept).spec
    lines = [*filter(None, given.found.sketch.doc.splitlines()), *said.kept, *said.aside]
    if compared is not None and not compared.is_close:
        lines.append(
            "outputs on random inputs say nothing of whether spec and model are the same: they were not compared"
        )
    elif compared is not None and silent(compared):
        lines.append(silent(compared))
    _warn(lines, 5 if sys._getframe(2).f_code is from_torch.__code__ else 4)
    return spec


def _warn(lines: Sequence[str], level: int) -> None:
    """A warning each, which names the line of the caller that is so many frames up from here."""
    import warnings

    for line in lines:
        warnings.warn(line, stacklevel=level)


def need_torch(what: str) -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise ModuleNotFoundError(f"{what} needs PyTorch: pip install 'archspec-nn[torch]'", name="torch")
