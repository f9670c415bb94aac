"""What Python users call: specs in, reports, code, modules and pictures out.

Enters: a path, a text, plain data, or an existing model. Leaves: a `Spec`, and what the functions here make of one. Imports
back ends and importers where they are used, so that checking pays for nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.checking import Result, UnknownSymbol, check, check_source, for_code, vary
from archspec.diagnostics.model import Diagnostic
from archspec.document.tree import clip
from archspec.expand.folding import LONG
from archspec.expressions.value import Value
from archspec.facts.model import Facts
from archspec.limits import MAX_PLAIN_DEPTH, MAX_SPEC_BYTES
from archspec.plain import as_python
from archspec.settings import Settings
from archspec.words import counted

if TYPE_CHECKING:
    from networkx import MultiDiGraph
    from pandas import DataFrame
    from torch import Tensor, nn

    from archspec.backends.table.difference.text import Named
    from archspec.backends.torch import Generated
    from archspec.comparison import Comparison as Compared
    from archspec.importers.front import FromTorch
    from archspec.verification.calling import Arguments
    from archspec.verification.compare import Verification

__all__ = [
    "Comparison", "Diagram", "Difference", "Report", "Spec", "SpecError", "UnknownSymbol", "analyze", "build", "compare",
    "compile", "diff", "from_torch", "load", "parse", "render", "verify",
]  # fmt: skip


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

        _need_torch("Spec.from_torch")
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
        given = {**self.given, **_given(values)}
        given = {name: value for name, value in given.items() if value is not None or name not in self.symbols}
        return Spec.of(vary(self, given))

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes the spec, whole or not at all: its text, with the values of `with_` and `load` written into it.

        A path that ends in .json gets JSON, which has no comments; the others end in .yaml or .yml.
        What archspec did not write is replaced only by `force`. Raises ValueError for another ending, where the values cannot be
        written into the text, or where what it imports is not to be found from there: beside the file, or (of a spec that was
        loaded with settings) in the roots of the settings there. Raises OutputError where the file is not written.
        """
        from archspec.settling import settled

        _write(path, settled(self, os.fspath(path)).encode(), force)

    def to_networkx(self) -> MultiDiGraph[str]:
        """The graph of its layers: a node an input or a layer, by path, an edge a tensor that is read.

        Nodes have `type`, `shape` (`N × 64 × 112 × 112`, of several outputs each by its port), `params` and `macs` of one sample,
        and `outputs`, the names that the network gives them; edges have `input` (which of the reader's, from 0), `port` and
        `shape`. All are texts or numbers, `?` what is not known, so that formats of files such as GraphML hold them. A reader
        that takes a tensor twice has two edges to it. https://networkx.org/documentation/stable/reference/classes/multidigraph.html
        """
        from archspec.backends.networkx import to_networkx

        return to_networkx(_facts(self))

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

        return analyze(self)._repr_html_() if self.facts is not None else f"<code>{escape(repr(self))}</code>"


class Report(dict[str, Any]):
    """Everything known of a spec as plain data, as `archspec check --format json` prints it; figures are of one sample.

    Unknown is None, never 0; sizes that depend on symbols are texts. Prints as the table, also in a notebook.
    """

    def __init__(self, content: dict[str, Any], facts: Facts, batch: int | None = None) -> None:
        from archspec.backends.table.layers import Options

        super().__init__(content)
        self._facts = facts
        self._options = Options(batch=batch)

    @property
    def layers(self) -> list[dict[str, Any]]:
        """A record a layer: `path`, `type`, `output`, `params`, `macs`, `receptive_field` and others.

        Of a network with more than 100,000 layers there are none (`report["left_out"]["layers"]` says how many).
        """
        found: list[dict[str, Any]] = self["layers"]
        return found

    @property
    def totals(self) -> dict[str, Any]:
        """Sums over all layers: `params`, `macs`, `flops`, `param_bytes`, `peak_activation_bytes` and others."""
        found: dict[str, Any] = self["totals"]
        return found

    @property
    def batch_totals(self) -> dict[str, Any] | None:
        """What `analyze(spec, batch=64)` adds, of so many samples at once: `macs`, `flops`, `elementwise`, `param_bytes`,
        `activation_bytes`, `peak_activation_bytes`, `module_peak_activation_bytes`, and `unknown`, why memory is not known.
        None where no batch was given.
        """
        found: dict[str, Any] | None = self.get("batch_totals")
        return found

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        """What is to be said of the spec, a record each."""
        found: list[dict[str, Any]] = self["diagnostics"]
        return found

    def to_dicts(self) -> list[dict[str, Any]]:
        """A flat record a layer, for tables; the rows of many variants can be put together. All have these keys:

        - `network`, the spec's name, `arg.NAME`, each of its arguments, and `size.NAME`, each of its symbolic sizes;
        - `path`, `type`, `from` (what it reads), `line` in the spec: texts, and a number;
        - `output`: the shape as `N × 64 × 112 × 112`, of several outputs each by its name;
        - `params`, `buffers`: how many it has of its own; `param_shapes`: as `weight: 64 × 3 × 7 × 7, bias: 64`;
        - `shares`: the layer whose parameters it uses; `trainable`: whether any of its own trains (None without any);
        - `mode`: `always`, or `train` where it is computed in training only;
        - `macs`, `elementwise` (operations), `activation_bytes` of what it gives: numbers of one sample; `allocated_bytes`: those
          of them that are memory of its own, 0 for a view and in place, so that their sum is the total of `activation_bytes`;
        - `receptive_field.size.0`, `.stride.0`, `.padding.0` and so on: input positions along the first axis that the input has
          after its channels, `.1` along the second; the size is infinite where all of the input is seen;
        - `receptive_field.offset.0`: the centre of the first window; `.at_least.0` and `.at_most.0`: bounds of the size;
        - `receptive_field_unknown`: why one of these is None.

        What is not known is None; a figure that depends on a symbolic size is a text.
        """
        from archspec.backends.table.records import layer_records

        return layer_records(self)

    def to_pandas(self) -> DataFrame:
        """`to_dicts` as a DataFrame, a row a layer. Raises ModuleNotFoundError without pandas."""
        return _frame(self.to_dicts())

    def to_markdown(self) -> str:
        """The table as `archspec check --format markdown` prints it."""
        return self._written("markdown")

    def to_latex(self) -> str:
        """The table as `archspec check --format latex` prints it."""
        return self._written("latex")

    def _written(self, format: str) -> str:
        from archspec.backends.table.formats import write
        from archspec.backends.table.layers import grid

        return write(format, [grid(self._facts, self._options)])

    def __str__(self) -> str:
        from archspec.backends.table.terminal import table

        return table(self._facts, self._options)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self._written("html")


class Comparison:
    """Networks beside each other, a row each, as `archspec compare` prints them; also in a notebook. Ratios are to the first."""

    def __init__(self, specs: Sequence[Result], batch: int | None = None) -> None:
        from archspec.backends.table.networks import beside

        self._specs = specs
        found = [(spec, _facts(spec, lists_layers=False)) for spec in specs]
        self._networks = beside(
            ((spec.source.path, spec.given, facts.graph.name, facts) for spec, facts in found), batch
        )

    def to_dicts(self) -> list[dict[str, Any]]:
        """A flat record a network: every column of `archspec compare --columns`, `arg.NAME`, each of its arguments, `size.NAME`,
        each of its symbolic sizes, and `ok`, whether it holds what it claims of itself.

        Counts are numbers, memory is in bytes, ratios in per cent; what is not known is None, and what depends on a symbolic
        size a text.
        """
        from archspec.backends.table.networks import network_record
        from archspec.backends.table.records import setting_cells

        return [
            {**network_record(network), **setting_cells(spec.arguments, spec.symbols), "ok": spec.ok}
            for spec, network in zip(self._specs, self._networks, strict=True)
        ]

    def to_pandas(self) -> DataFrame:
        """`to_dicts` as a DataFrame, a row a network. Raises ModuleNotFoundError without pandas."""
        return _frame(self.to_dicts())

    def to_markdown(self) -> str:
        """The table as `archspec compare --format markdown` prints it."""
        return self._written("markdown")

    def to_latex(self) -> str:
        """The table as `archspec compare --format latex` prints it."""
        return self._written("latex")

    def _written(self, format: str) -> str:
        from archspec.backends.table.formats import write
        from archspec.backends.table.networks import grid

        return write(format, [grid(self._networks)])

    def __repr__(self) -> str:
        from archspec.backends.table.networks import grid
        from archspec.backends.table.text import lines

        return "\n".join(lines(grid(self._networks).columns, None, False))

    def _repr_html_(self) -> str:
        return self._written("html")


class Difference:
    """What changed from one network to another; prints as `archspec diff` does. True where anything did."""

    def __init__(self, comparison: Compared, before: Result, after: Result) -> None:
        self.comparison = comparison
        self._specs = (before, after)

    @property
    def is_same(self) -> bool:
        """Whether both are the same network, whatever it is called."""
        return self.comparison.is_same

    def to_dict(self) -> dict[str, Any]:
        """The report `archspec.diff/1`, as `archspec diff --format json` prints it."""
        from archspec.backends.table.difference.report import about, report

        both = [
            about(facts, spec.source.path, spec.arguments, spec.symbols, spec.missed)
            for spec, facts in zip(self._specs, (self.comparison.before, self.comparison.after), strict=True)
        ]
        return report(self.comparison, *both)

    def to_markdown(self) -> str:
        """A text for a pull request."""
        from archspec.backends.table.difference.markdown import write

        return write(self.comparison, *self._named())

    def _named(self) -> list[Named]:
        from archspec.backends.table.difference.text import Named
        from archspec.backends.table.networks import described

        return [
            Named(
                described(spec.source.path, spec.given),
                facts.graph.name,
                {**spec.symbols, **spec.arguments},
                spec.missed,
            )
            for spec, facts in zip(self._specs, (self.comparison.before, self.comparison.after), strict=True)
        ]

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"

    def __bool__(self) -> bool:
        return not self.is_same

    def __repr__(self) -> str:
        from archspec.backends.table.difference.text import text

        return text(self.comparison, *self._named()).rstrip("\n")


class Diagram:
    """A picture of a network. Shows itself in a notebook; `save` writes it; `dot` is its text for Graphviz."""

    def __init__(self, dot: str, name: str = "") -> None:
        self.dot = dot
        self.name = name

    def __repr__(self) -> str:
        return f"<Diagram of {self.name or 'a network'}: save(path) writes it>"

    def _repr_svg_(self) -> str:
        from archspec.backends.diagram import draw

        return draw(self.dot, "svg").decode()

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes FILE.svg, .png, .pdf or .dot, whole or not at all. What archspec did not write is replaced only by `force`.

        Raises ValueError for another ending, RenderError where it cannot be drawn, OutputError where it is not written.
        """
        from archspec.backends.diagram import draw

        ending = os.path.splitext(path)[1].lower().lstrip(".")
        if ending not in ("svg", "png", "pdf", "dot"):
            raise ValueError(f"{os.fspath(path)!r} has none of the endings .svg, .png, .pdf and .dot")
        data = self.dot.encode() if ending == "dot" else draw(self.dot, ending)
        _write(path, data, force)


# Functions ---------------------------------------------------------------------------------------------------------


def load(path: str | os.PathLike[str], settings: Settings | None = None, /, **values: Any) -> Spec:
    """Reads and checks the spec in a file; `values` are its arguments, and numbers for its symbolic sizes.

    Files of settings are the command's: none is looked for, but `archspec.find_settings(path)` may be given.
    Raises SpecError where it has errors, OSError, UnknownSymbol for a name or a value that it does not take.
    """
    if settings is not None and not isinstance(settings, Settings):
        raise TypeError(
            f"load takes settings (archspec.find_settings(path)) after the path, not a {type(settings).__name__}; "
            "values have names: archspec.load(path, depth=3), or archspec.load(path, **values)"
        )
    path = _path(path)
    with open(path, "rb") as file:
        result = check(path, file.read(MAX_SPEC_BYTES + 1), _given(values), settings, fold_from=LONG, lists_few=True)
    if settings is None and not result.ok:
        result.diagnostics = [_with_roots(diagnostic, path) for diagnostic in result.diagnostics]
    return Spec.of(result)


def parse(spec: str | Mapping[str, Any], /, **values: Any) -> Spec:
    """Checks a spec that is a text (YAML or JSON), or plain data of dicts, lists or arrays, texts, numbers and truth values.

    Places in what is said of data are those of the YAML that `spec.text` shows. Blocks are imported from the current folder.
    Raises as `load`, and TypeError for data that no spec can hold.
    """
    if not isinstance(spec, (str, Mapping)):
        raise TypeError(f"parse takes the text of a spec, or a dict, not a {type(spec).__name__}{_meant(spec)}")
    if not isinstance(spec, str):
        from archspec.document.writer import to_yaml
        from archspec.plain import plain

        spec = to_yaml(plain(spec))
    elif "\n" not in spec and spec.endswith((".yaml", ".yml", ".json")):
        raise TypeError(f"{spec!r} is a path; archspec.load reads it")
    data = spec.encode("utf-8", "surrogatepass")
    return Spec.of(check("<text>", data, _given(values), fold_from=LONG, lists_few=True))


def from_torch(
    module: nn.Module, *examples: Tensor | Sequence[int], name: str | None = None, verify: bool = True
) -> Spec:
    """An existing module as a spec; `Spec.from_torch` says how."""
    return Spec.from_torch(module, *examples, name=name, verify=verify)


def analyze(spec: Result, *, batch: int | None = None) -> Report:
    """All figures of a spec: `report.layers`, `report.totals`; prints as a table.

    Figures are of one sample; with a `batch`, `report.batch_totals` has the MACs and the memory of so many at once beside them.
    Raises SpecError where the spec has errors other than claims that it misses, and ValueError for a batch that is no number
    from 1 up.
    """
    from archspec.backends.table.report import report

    batch = None if batch is None else _batch(batch)
    facts = _facts(spec, lists_layers=False)
    found = report(spec.source.path, facts.graph.name, facts, spec.diagnostics, arguments=spec.arguments,
                   symbols=spec.symbols, batch=batch)  # fmt: skip
    return Report(found, facts, batch)


def _batch(batch: object) -> int:
    """A number of samples. Raises ValueError."""
    number = as_python(batch)
    if type(number) is not int or number < 1:
        raise ValueError(f"batch takes a number of samples from 1 up, not {clip(repr(batch))}")
    return number


def compare(*specs: Result, batch: int | None = None) -> Comparison:
    """Specs, or variants of one, beside each other: `compare(spec, spec.with_(depth=101)).to_pandas()`.

    MACs and activations are of one sample, or of a `batch` of so many at once. Raises TypeError without any spec, SpecError
    where one has errors other than claims that it misses, and ValueError for a batch that is no number from 1 up.
    """
    if not specs:
        raise TypeError("compare takes one spec or several")
    if len(specs) == 1 and not isinstance(specs[0], (Result, str)) and isinstance(specs[0], Iterable):
        raise TypeError(f"compare takes specs one by one, not a {type(specs[0]).__name__}: archspec.compare(*specs)")
    return Comparison(specs, None if batch is None else _batch(batch))


def diff(before: Result, after: Result) -> Difference:
    """What changed from one network to another: layers, shapes, figures, and the weights that still load.

    Raises SpecError where one has errors other than claims that it misses.
    """
    from archspec.comparison import compare

    return Difference(compare(_facts(before), _facts(after)), before, after)


def compile(spec: Result, allow_python: str | Iterable[str] = (), *, arguments: bool = False) -> str:
    """The source text of a standalone PyTorch module.

    With `arguments`, the constructor of its class takes the document's, as `ResNet(depth=101)`, with the values that they have
    here as defaults. The code is held against the network with other values of each; one with which it would be other code keeps
    its value, which the class's docstring says. Without, the values of all are written into the module.
    `allow_python` names modules that it may import for `python:` layers, or is the name of one. Raises SpecError where the spec
    misses its own claims, too, and where a layer cannot be written in PyTorch.
    """
    return _generate(spec, allow_python, arguments).text


def build(spec: Result, allow_python: str | Iterable[str] = (), *, device: Any = None, dtype: Any = None) -> nn.Module:
    """The `nn.Module` itself, in memory: an instance of the class that `compile` writes.

    It can be pickled and copied; `module.__archspec__` holds the `name`, the `arguments` and the `symbols` that it was built
    with. Needs PyTorch (ModuleNotFoundError); raises SpecError where a layer cannot be written in it.
    """
    from archspec.running.build import build as build_module

    _facts(spec)  # a module of more layers than can be listed is written, but not made
    generated = _generate(spec, allow_python)
    _need_torch("archspec.build")
    module = build_module(generated.text, generated.name, device=device, dtype=dtype)
    made_of = {"name": generated.name, "arguments": spec.arguments, "symbols": spec.symbols}
    object.__setattr__(module, "__archspec__", made_of)
    return module


def verify(
    spec: Result,
    reference: nn.Module,
    seed: int = 0,
    *,
    state: Mapping[str, Tensor] | None = None,
    allow_python: str | Iterable[str] = (),
    arrange: Callable[[Mapping[str, Tensor]], Arguments] | None = None,
) -> Verification:
    """Whether a spec is the network that the reference is: the same keys, shapes and dtypes, the same buffers, and the same
    outputs in two calls, one after the other.

    Both compute with the same random weights on the same random inputs, or with `state`, as `load_state_dict` takes it.
    Inputs reach the reference by the names that the spec gives them, where its `forward` has these, and else in their order;
    or as `arrange` says. The reference is left as it was. Needs PyTorch; raises SpecError as `build`, SymbolicSize where an
    input's size is no number, NoCall where names and order leave open which of its parameters the inputs are, and
    CheckpointError where the state does not load.
    """
    _need_torch("archspec.verify")
    _need_module(reference, "verify")
    seed = as_python(seed)
    _need_options(seed, state, arrange)
    from archspec.verification.calling import arranged
    from archspec.verification.compare import compare, compare_state, statistics
    from archspec.verification.copies import initialized
    from archspec.verification.inputs import example_inputs
    from archspec.verification.names import drawn_buffers
    from archspec.verification.randomize import borrowed, randomize
    from archspec.verification.seeding import own_numbers
    from archspec.weights.load import load_into

    with own_numbers():
        ours = build(spec, allow_python)
    facts = _facts(spec)
    calls = [example_inputs(facts, seed + number, batch) for number, batch in enumerate((2, 3))]
    names = [node.path for node in facts.graph.inputs]
    arrange = arrange or arranged(reference, names)
    reference = initialized(reference, arrange(dict(zip(names, example_inputs(facts, seed, 2), strict=True))))
    with own_numbers(), borrowed(reference):
        if state is None:
            randomize(reference, seed, statistics(ours))
        elif compare_state(ours, reference).is_state_equal:
            load_into(reference, state)
        return compare(
            ours, reference, calls,
            arrange=lambda tensors: arrange(dict(zip(names, tensors, strict=True))),
            outputs=list(facts.graph.outputs), is_all_given=state is not None, drawn=drawn_buffers(facts),
        )  # fmt: skip


def render(spec: Result, depth: int | None = None) -> Diagram:
    """A diagram; groups nested as deep as `depth` are one box each, from 1 up.

    Raises SpecError where the spec has errors other than claims that it misses, TypeError and ValueError for another depth.
    """
    from archspec.backends.diagram import to_dot

    depth = as_python(depth)
    if depth is not None and (type(depth) is not int or depth < 1):
        wrong = ValueError if type(depth) is int else TypeError
        raise wrong(f"depth is a whole number from 1 up, not {clip(repr(depth))}: archspec.render(spec, depth=1)")
    facts = _facts(spec, lists_layers=False)
    return Diagram(to_dot(facts, depth), facts.graph.name)


# What they share ---------------------------------------------------------------------------------------------------


def _compared(found: FromTorch) -> Verification:
    """The module beside that of its spec. Raises ImportProblem where they are not the same."""
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


def _generate(spec: Result, allow_python: str | Iterable[str], arguments: bool = False) -> Generated:
    from archspec.alternatives import alternatives
    from archspec.backends.torch import CannotGenerate, NeedsAllSteps, generate

    is_one = isinstance(allow_python, str) or not isinstance(allow_python, Iterable)
    allowed: list[Any] = [allow_python] if is_one else list(allow_python)
    wrong = next((name for name in allowed if not isinstance(name, str)), None)
    if wrong is not None:
        raise TypeError(
            f'allow_python takes names of modules, as allow_python=["my_pkg.layers"], not {clip(repr(wrong))}'
        )
    facts = for_code(spec, _facts(_sound(spec), lists_layers=arguments))
    try:
        return generate(facts, frozenset(allowed), *([alternatives(spec)] if arguments else []))
    except CannotGenerate as error:
        raise SpecError(error.diagnostics) from None
    except NeedsAllSteps:
        raise _too_many(spec) from None


def _in_python(diagnostic: Diagnostic) -> Diagnostic:
    """With the keyword where the help names the command's option."""
    import re

    help = re.sub(r"give --allow-python (\S+)", r'allow_python=["\1"] lets it be imported', diagnostic.help)
    return replace(diagnostic, help=help)


def _sound(spec: Result) -> Result:
    """The spec, for what is made to be used. Raises SpecError where it misses its own claims."""
    return Spec.of(spec) if isinstance(spec, Result) else spec


def _facts(spec: Result, lists_layers: bool = True) -> Facts:
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
        raise _too_many(spec)
    return spec.facts


def _too_many(spec: Result) -> SpecError:
    """For a network whose layers are too many to be listed one by one."""
    return SpecError(check_source(spec.source, spec.given, spec.settings).diagnostics)


def _with_roots(diagnostic: Diagnostic, path: str) -> Diagnostic:
    """For a file of blocks that was not found, where settings above the spec have roots that were not read: how to read them."""
    from archspec.document.imports import BESIDE_THE_SPEC
    from archspec.settings import SettingsError, find

    if diagnostic.help != BESIDE_THE_SPEC:
        return diagnostic
    try:
        has_roots = bool(find(path).roots)
    except SettingsError:
        return diagnostic
    help = "archspec.load(path, archspec.find_settings(path)) looks in the roots of the project's settings too"
    return replace(diagnostic, help=help) if has_roots else diagnostic


def _path(path: str | os.PathLike[str]) -> str:
    """The path of a spec's file. Raises TypeError for a spec itself."""
    if isinstance(path, Mapping) or (isinstance(path, str) and "\n" in path):
        what = "text" if isinstance(path, str) else type(path).__name__
        raise TypeError(f"load takes the path of a file; archspec.parse takes the {what} of a spec")
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"load takes the path of a file, not a {type(path).__name__}")
    return os.fsdecode(path)


def _meant(spec: object) -> str:
    """The call that was meant by what `parse` does not take; nothing where there is none."""
    if isinstance(spec, os.PathLike):
        return ": archspec.load reads a path"
    if isinstance(spec, (bytes, bytearray)):
        return ": archspec.parse(data.decode())"
    return ": archspec.parse(spec.text)" if isinstance(spec, Result) else ": archspec.parse(text)"


def _write(path: str | os.PathLike[str], data: bytes, force: bool) -> None:
    from archspec.output import NotOurs, OutputError, write

    try:
        write(Path(path), data, force)
    except NotOurs as error:
        raise OutputError(f"{error}; force=True replaces it") from None


def _given(values: Mapping[str, Any]) -> dict[str, Value]:
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


def _frame(rows: list[dict[str, Any]]) -> DataFrame:
    try:
        from pandas import DataFrame
    except ModuleNotFoundError:
        raise ModuleNotFoundError("to_pandas needs pandas: pip install pandas", name="pandas") from None
    return DataFrame(rows)


def _need_module(module: object, what: str) -> None:
    """Raises TypeError for what is no module of PyTorch."""
    from torch import nn

    if isinstance(module, type) and issubclass(module, nn.Module):
        raise TypeError(f"{what} takes a module, not its class: {module.__name__}(…)")
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"{what} takes an nn.Module beside the spec, not a {type(module).__name__}: archspec.{what}(spec, model)"
        )


def _need_options(seed: object, state: object, arrange: object) -> None:
    """Raises TypeError for what `verify` cannot take."""
    if type(seed) is not int:
        raise TypeError(f"seed is a whole number, not {clip(repr(seed))}: archspec.verify(spec, model, 0)")
    if state is not None and not isinstance(state, Mapping):
        raise TypeError(
            f"state is a mapping of tensors by their keys, not a {type(state).__name__}: state=model.state_dict()"
        )
    if arrange is not None and not callable(arrange):
        raise TypeError(
            f"arrange is a function from tensors by their names to a call's arguments, not a {type(arrange).__name__}"
        )


def _need_torch(what: str) -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise ModuleNotFoundError(f"{what} needs PyTorch: pip install 'archspec-nn[torch]'", name="torch")
