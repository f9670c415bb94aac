"""`archspec export onnx SPEC [-o FILE.onnx]`: the network in another format, compared with PyTorch before it is written."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.commands import common
from archspec.commands.common import ERRORS, OK, Commands, Unusable
from archspec.commands.weights import add_keys, load_state
from archspec.dims import BATCH

if TYPE_CHECKING:
    from archspec.checking import Result

_PACKAGES = ("torch", "onnx", "onnxruntime", "onnxscript")
_MAX_SHOWN = 3
_TOLERANCE = 1e-4  # onnxruntime sums in another order; relative to the greatest output
_BATCHES = (1, 3)


def add(commands: Commands) -> None:
    """The arguments of `export`."""
    export = commands.add_parser("export", help="write the network as ONNX")
    export.add_argument("kind", choices=("onnx",), metavar="onnx", help="the format; there is one")
    common.add_spec(export)
    export.add_argument("-o", "--output", metavar="FILE", help="left out, the network's name with .onnx")
    export.add_argument("--opset", type=common.number_from_one, metavar="N", help="of ONNX; left out, PyTorch's choice")
    export.add_argument("--weights", metavar="FILE", help="the weights; left out, fresh ones")
    add_keys(export)
    common.add_allow_python(export)
    common.add_force(export)
    common.add_set(export)
    export.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the file. 1: the spec has errors, weights do not load, or the file computes something else."""
    result = common.load(options.spec, common.values(options.set))
    facts = common.usable(result)
    if facts is None:
        return ERRORS
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise Unusable(f"export onnx needs {', '.join(missing)}: pip install 'archspec-nn[torch,onnx]'")
    path = Path(options.output or f"{facts.graph.name}.onnx")
    common.need_output(path, options.force)
    state = load_state(facts, options.weights, options.strip, options.key) if options.weights else {}
    if state is None:
        return ERRORS
    data, difference, sizes = _export(result, options, state)
    if not difference <= _TOLERANCE:
        print(f"differs: outputs of onnxruntime are off by {difference:.2g} of the greatest; nothing is written",
              file=sys.stderr)  # fmt: skip
        return ERRORS
    print(f"verified with onnxruntime in batches of {' and '.join(map(str, _BATCHES))}{_shown(sizes)}: outputs differ by "
          f"{difference:.2g} of the greatest at most", file=sys.stderr)  # fmt: skip
    common.write(path, data, options.force)
    return OK


def _shown(sizes: Sequence[Mapping[str, int]]) -> str:
    """The numbers that were tried for sizes that are free."""
    tried = {name: " and ".join(str(one[name]) for one in sizes) for name in sizes[0]}
    return "".join(f", {name} of {numbers}" for name, numbers in tried.items())


def _export(
    result: Result, options: argparse.Namespace, state: dict[str, Any]
) -> tuple[bytes, float, list[dict[str, int]]]:
    """The file's bytes, how far its outputs are from the module's, and the free sizes at which they were compared. Raises
    Unusable."""
    from archspec import api
    from archspec.backends.onnx import CannotExport, Names, check_size, difference, export, free_axes, merged
    from archspec.diagnostics.text import escape
    from archspec.verification.inputs import example_inputs, fitting_sizes
    from archspec.verification.seeding import own_numbers, seed
    from archspec.weights.load import load_into
    from archspec.weights.model import CheckpointError

    assert result.facts is not None, "the spec was found usable"
    names = Names.of(result.facts)
    try:
        check_size(result.facts)
        free = free_axes(result.facts)
        with _collecting(), own_numbers(), common.allowed_here(options):
            seed(0)  # fresh weights are the same each time
            model = api.build(result, options.allow_python)
            if state:
                load_into(model, state)
            sizes = fitting_sizes(result.facts, model.eval())
            if not sizes:
                raise CannotExport(f"no sizes were found that fit{_way(free)}")
            inputs = example_inputs(result.facts, sizes=sizes[0])
            try:
                data = export(model, inputs, names, f"archspec {common.version()}", options.opset, free)
            except CannotExport as error:
                raise CannotExport(f"{error}{_way(free)}") from None
            _say_merged(merged(data, model), bool(state))
            batches = [example_inputs(result.facts, batch=batch, sizes=one) for one in sizes for batch in _BATCHES]
            return data, difference(data, model, batches, names), sizes
    except api.SpecError as error:
        common.say_errors(error.diagnostics)
        raise Unusable("the spec has no PyTorch module to export") from None
    except (CannotExport, CheckpointError) as error:
        raise Unusable(escape(f"{result.facts.graph.name} has no ONNX file: {error}")) from None


def _way(free: Sequence[Mapping[int, str]]) -> str:
    """What to do where sizes that are free may be what is in the way."""
    names = sorted({name for axes in free for name in axes.values()} - {BATCH})
    sets = " ".join(f"--set {name}=…" for name in names)
    return f"; {' and '.join(names)} may be numbers: {sets}" if names else ""


@contextmanager
def _collecting() -> Iterator[None]:
    """Tracing leaves much behind that refers to itself, which commands do not collect otherwise."""
    was_on = gc.isenabled()
    gc.enable()
    try:
        yield
    finally:
        if not was_on:
            gc.disable()


def _say_merged(found: Mapping[str, str], has_weights: bool) -> None:
    """Says which parameters are one in the file, so that nobody trains them as such."""
    from archspec.diagnostics.text import escape

    if not found:
        return
    shown = ", ".join(f"{name} as {other}" for name, other in list(found.items())[:_MAX_SHOWN])
    more = f" and {len(found) - _MAX_SHOWN} more" if len(found) > _MAX_SHOWN else ""
    way = "" if has_weights else "; --weights FILE gives them numbers of their own"
    print(escape(f"equal parameters are written once ({shown}{more}){way}"), file=sys.stderr)
