"""`archspec import torch MODULE:CALLABLE`, `import onnx FILE`, `import keras FILE.json`: an existing model as a spec.

`import torch` runs the code that the person at the keyboard named, and nothing else; the other two run nothing of the file.
What was imported is compared with the original before it is written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.commands import common
from archspec.commands.bounds import bounded
from archspec.commands.common import ERRORS, OK, STDIN, Commands, Unusable
from archspec.commands.streams import write_bytes
from archspec.limits import MAX_FILLED_WEIGHTS
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.checking import Result
    from archspec.importers.sketch import Sketch
    from archspec.importers.torch.binding import Binding
    from archspec.verification.compare import Verification

SECONDS = 60
"""Of processor time: the largest of known models take a third of it."""
_MAX_PLACES = 5
"""How many lines are said of what the spec has otherwise."""


def add(commands: Commands) -> None:
    """The arguments of `import`, a kind of model each."""
    importer = commands.add_parser("import", help="an existing PyTorch, ONNX or Keras model as a spec")
    kinds = importer.add_subparsers(metavar="KIND", required=True)
    torch = kinds.add_parser("torch", help="an nn.Module, traced by running it")
    torch.add_argument("source", metavar="MODULE:CALLABLE", help="CALLABLE of MODULE answers an nn.Module; both run")
    torch.add_argument("--input", action="append", required=True, metavar="[NAME=]SIZES[:DTYPE]",
                       help="one sample's shape, as 3,224,224 or tokens=128:int64; once for each input")  # fmt: skip
    torch.add_argument("--arguments", nargs="+", action="extend", default=[], metavar="NAME=VALUE",
                       help="what CALLABLE is called with")  # fmt: skip
    torch.add_argument("--no-verify", action="store_true", help="do not compare outputs with the original's")
    _add_output(torch)
    torch.set_defaults(run=_torch)
    onnx = kinds.add_parser("onnx", help="an ONNX file; nothing in it is run")
    onnx.add_argument("source", metavar="FILE.onnx")
    onnx.add_argument("--weights", metavar="FILE.safetensors", help="where the file's weights go, under the spec's keys; left "
                      "out, they are dropped")  # fmt: skip
    _add_output(onnx)
    common.add_set(onnx)
    onnx.set_defaults(run=_onnx)
    keras = kinds.add_parser("keras", help="the JSON of a Keras model; Keras is not needed")
    keras.add_argument("source", metavar="FILE.json")
    _add_output(keras)
    common.add_set(keras)
    keras.set_defaults(run=_keras)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help="FILE.yaml or FILE.json; left out, standard output")
    parser.add_argument("--name", help="the network's name; left out, that of the model")
    common.add_force(parser)


def run(options: argparse.Namespace) -> int:
    """Never called: each kind has its own."""
    raise NotImplementedError


def _torch(options: argparse.Namespace) -> int:
    """Writes the spec. 1: it computes something else than the module."""
    common.need_torch("import torch")
    _need_output(options)
    from archspec.verification.reference import findable

    with findable(options.source):
        return _from_module(options)


def _from_module(options: argparse.Namespace) -> int:
    from archspec.diagnostics.text import escape
    from archspec.importers import documented, write
    from archspec.importers.front import FromTorch, chosen_name, network_name, read_input, said_of_module
    from archspec.importers.sketch import ImportProblem
    from archspec.importers.torch.binding import bind
    from archspec.importers.torch.sketching import settled, to_sketch
    from archspec.verification.reference import COMMAND, IsCall, NoReference, reference

    try:
        read = [read_input(text) for text in options.input]
        module = reference(options.source, common.values(options.arguments, "--arguments")).eval()
        binding = bind(module, read)
        module = settled(module, binding)
        name = chosen_name(options.name) or network_name(options.source.rpartition(":")[2].rpartition(".")[2])
        sketch = to_sketch(module, binding, name)  # this runs the module, which takes what it takes
        with bounded(f"importing {options.source}", SECONDS):
            written = write(sketch)
    except IsCall as call:
        raise Unusable(escape(f"{call}: {common.line_for(options, options.source, call)}")) from None
    except NoReference as error:
        line = str(error).replace(COMMAND, "archspec import torch").replace("--against takes", "import torch takes")
        raise Unusable(escape(line)) from None
    except ImportProblem as problem:
        raise Unusable(escape(str(problem))) from None
    compared = None if options.no_verify else _verified(written.spec, module, binding)
    if compared is None and not options.no_verify:
        return ERRORS
    said = said_of_module(FromTorch(written, module, binding), compared)
    lines = _shortened(said.kept)
    for line in [*filter(None, sketch.doc.splitlines()), *lines, *said.aside]:
        print(escape(line), file=sys.stderr)
    return _write(documented(written, lines).text, options)


def _shortened(lines: list[str]) -> list[str]:
    """The lines, of many the first few."""
    left = len(lines) - _MAX_PLACES
    return [*lines[:_MAX_PLACES], f"and {counted(left, 'more line')}"] if left > 0 else lines


def _onnx(options: argparse.Namespace) -> int:
    """Writes the spec, and the weights where a file is named for them."""
    from archspec.importers.onnx import import_onnx

    _need_output(options)
    sizes = _sizes(options)
    with _bounded(options):
        sketch, state = _told(lambda: import_onnx(options.source, "file" if options.weights else "drop", sizes))
        text = _text(sketch, options)
    if options.weights:
        if find_spec("safetensors") is None:
            raise Unusable("--weights needs the safetensors package: pip install safetensors")
        import numpy as np
        from safetensors.numpy import save

        filled = sum(array.size for array in state.values() if array.size > 1 and 0 in array.strides)
        if filled > MAX_FILLED_WEIGHTS:
            raise Unusable(
                f"the file fills {filled:,} weights with single numbers, more than are written out; leave --weights out"
            )
        # Whole arrays: safetensors reads an array's memory as if it had one number after the other.
        whole = {key: np.ascontiguousarray(array).reshape(array.shape) for key, array in state.items()}
        common.write(Path(options.weights), save(whole), options.force)
    else:
        print("the file's weights are dropped; --weights FILE.safetensors keeps them", file=sys.stderr)
    return _write(text, options)


def _keras(options: argparse.Namespace) -> int:
    """Writes the spec."""
    from archspec.importers.keras import import_keras

    _need_output(options)
    sizes = _sizes(options)
    with _bounded(options):
        text = _text(_told(lambda: import_keras(options.source, sizes)), options)
    return _write(text, options)


def _bounded(options: argparse.Namespace) -> AbstractContextManager[None]:
    """Bounds for a stranger's file. Its numbers may be in memory some times over: as bytes, as arrays, and arranged anew."""
    with suppress(OSError):
        folder = Path(options.source).parent
        size = Path(options.source).stat().st_size
        if getattr(options, "weights", None):  # they may stand in files beside it
            size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        return bounded(f"importing {options.source[:200]!a}", SECONDS, 4 * size)
    return bounded(f"importing {options.source[:200]!a}", SECONDS)


def _sizes(options: argparse.Namespace) -> dict[str, int]:
    """Numbers for axes that a file leaves open."""
    values = common.values(options.set)
    wrong = next((name for name, value in values.items() if type(value) is not int or value < 1), None)
    if wrong is not None:
        raise Unusable(f"the size {wrong} takes a whole number from 1 up")
    return {name: value for name, value in values.items() if isinstance(value, int)}


def _text(sketch: Sketch, options: argparse.Namespace) -> str:
    """The spec, checked."""
    from archspec.diagnostics.text import escape
    from archspec.importers.front import said_and_named

    said, found = _told(lambda: said_and_named(sketch, options.name))
    for line in [*_shortened(said.kept), *said.aside]:
        print(escape(line), file=sys.stderr)
    return str(found.source.text)


def _told(act: Callable[[], Any]) -> Any:
    """What the act answers; a model that no spec can say, or a file that cannot be read, becomes a line."""
    from archspec.diagnostics.text import escape
    from archspec.importers.sketch import ImportProblem

    try:
        return act()
    except ImportProblem as problem:
        raise Unusable(escape(str(problem))) from None
    except OSError as error:
        raise Unusable(escape(f"{error.filename} cannot be read: {(error.strerror or '').lower()}")) from None


def _verified(found: Result, module: Any, binding: Binding) -> Verification | None:
    """The comparison, where the spec's module computes what the original does; None where not. Says so."""
    from archspec import api
    from archspec.verification.compare import silent

    result = api.verify(found, module, arrange=binding.arguments)
    if not result.is_close:
        why = (
            "nothing of this shows that the spec is the same network"
            if result.is_silent
            else "the spec is not the same network"
        )
        print(f"{result}\n{why}, so nothing is written; --no-verify writes it anyway", file=sys.stderr)
        return None
    more = silent(result)
    counts = f"{counted(result.keys, 'key')}, {counted(result.params[0], 'parameter', ',')}"
    outputs = (
        "bit-identical"
        if result.ok
        else f"differ by {result.max_abs_difference:.2g} at most (standard deviation {result.output_std:.3g})"
    )
    print(f"verified: {counts}, outputs {outputs}{f'; {more}' if more else ''}", file=sys.stderr)
    return result


def _need_output(options: argparse.Namespace) -> None:
    """Raises Unusable for files that could not be written afterwards, or would bear a name of something else."""
    from shlex import quote

    from archspec.diagnostics.text import escape
    from archspec.settling import ending
    from archspec.weights.checkpoint import SAFETENSORS

    if options.output not in (None, STDIN):
        path = Path(options.output)
        if ending(options.output) is None and (path.is_file() or not path.exists()):  # no device, which has any name
            raise Unusable(escape(f"a spec is a .yaml or a .json file: -o {quote(str(path.with_suffix('.yaml')))}"))
        common.need_output(path, options.force)
    if getattr(options, "weights", None):
        path = Path(options.weights)
        if path.suffix.lower() not in SAFETENSORS and (path.is_file() or not path.exists()):
            name = path.with_suffix(SAFETENSORS[0])
            raise Unusable(escape(f"weights are written as a {SAFETENSORS[0]} file: --weights {quote(str(name))}"))
        common.need_output(path, options.force)


def _write(text: str, options: argparse.Namespace) -> int:
    from archspec.output import sealed
    from archspec.settling import as_json, ending

    if options.output in (None, STDIN):
        write_bytes(text.encode())
        return OK
    is_json = ending(options.output) == "json"
    data = as_json(text).encode() if is_json else sealed(text.encode())
    common.write(Path(options.output), data, options.force)
    return OK
