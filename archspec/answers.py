"""What is known of specs, as Python users have it: reports, networks beside each other, differences, diagrams.

Enters: facts. Leaves: objects that print as the commands do, show themselves in a notebook, and give plain data.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archspec.checking import Result
from archspec.facts.model import Facts
from archspec.spec import facts_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from archspec.backends.table.difference.text import Named
    from archspec.comparison import Comparison as Compared


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
        found = [(spec, facts_of(spec, lists_layers=False)) for spec in specs]
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
        from archspec.output import save

        ending = os.path.splitext(path)[1].lower().lstrip(".")
        if ending not in ("svg", "png", "pdf", "dot"):
            raise ValueError(f"{os.fspath(path)!r} has none of the endings .svg, .png, .pdf and .dot")
        data = self.dot.encode() if ending == "dot" else draw(self.dot, ending)
        save(path, data, force)


def _frame(rows: list[dict[str, Any]]) -> DataFrame:
    try:
        from pandas import DataFrame
    except ModuleNotFoundError:
        raise ModuleNotFoundError("to_pandas needs pandas: pip install pandas", name="pandas") from None
    return DataFrame(rows)
