"""`archspec compile SPEC [-o FILE.py]`: a standalone PyTorch module; `--verify` holds it against the analysis and the layers."""

from __future__ import annotations

import argparse
import keyword
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from archspec.commands import common
from archspec.commands.bounds import bounded
from archspec.commands.common import ERRORS, OK, STDIN, Commands, Unusable
from archspec.commands.streams import write_bytes
from archspec.diagnostics.text import escape
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.backends.torch import Generated
    from archspec.checking import Result
    from archspec.facts.model import Facts
    from archspec.verification.generated import Values


def add(commands: Commands) -> None:
    """The arguments of `compile`."""
    compile_ = commands.add_parser("compile", help="write a standalone PyTorch module")
    common.add_spec(compile_)
    compile_.add_argument("-o", "--output", metavar="FILE", help="FILE.py; left out, standard output")
    compile_.add_argument(
        "--verify", action="store_true", help="build it, and compare shapes and numbers with the layers'"
    )
    compile_.add_argument(
        "--arguments", action="store_true", help="let the constructor take the spec's arguments: ResNet(depth=101)"
    )
    common.add_allow_python(compile_)
    common.add_force(compile_)
    common.add_set(compile_)
    compile_.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the module. 1: the spec has errors, or the module differs from the analysis."""
    from archspec.backends.torch import CannotGenerate
    from archspec.expand.folding import LONG
    from archspec.one_size import said_of_one_size

    path = Path(options.output) if options.output and options.output != STDIN else None
    if path is not None:
        _need_python(path)
        common.need_output(path, options.force)
    try:
        found = _generated(options, None if options.verify or options.arguments else LONG)
    except CannotGenerate as error:
        common.say_errors(error.diagnostics)
        return ERRORS
    if found is None:
        return ERRORS
    spec, facts, generated = found
    _say_held(generated)
    for line in said_of_one_size(spec):
        print(escape(line), file=sys.stderr)
    if options.verify:
        with common.allowed_here(options):
            if not _verified(facts, generated):
                return ERRORS
    if path is not None:
        common.write(path, generated.text.encode(), options.force)
        _warn_of_name(path)
    else:
        write_bytes(generated.text.encode())
    return OK


def _generated(options: argparse.Namespace, fold_from: int | None) -> tuple[Result, Facts, Generated] | None:
    """The module, its spec and the facts that it was written from; None where the spec has errors, which are told then.

    Raises CannotGenerate. Repeats of more than `fold_from` steps are written out only where their steps have lines of their own.
    """
    from archspec.alternatives import alternatives
    from archspec.backends.torch import NeedsAllSteps, generate
    from archspec.checking import for_code

    spec = common.load(options.spec, common.values(options.set), fold_from=fold_from)
    facts = common.usable(spec)
    if facts is None:
        return None
    facts = for_code(spec, facts)
    try:
        with bounded("writing the module"):
            arguments = [alternatives(spec)] if options.arguments else []
            return spec, facts, generate(facts, frozenset(options.allow_python), *arguments)
    except NeedsAllSteps:
        return _generated(options, None)


def _need_python(path: Path) -> None:
    """Raises Unusable for a file that Python would not import. What is no file, such as a device, has any name."""
    if path.suffix != ".py" and (path.is_file() or not path.exists()):
        name = path.with_suffix(".py") if path.suffix else path.with_name(f"{path.name}.py")
        raise Unusable(escape(f"a module is a .py file: -o {quote(str(name))}"))


def _warn_of_name(path: Path) -> None:
    """Says that a module's name is none that an import statement takes; the file can be run and loaded still."""
    from archspec.document.names import suggest

    if not path.stem.isidentifier() or keyword.iskeyword(path.stem):
        better = suggest(path.stem.replace("-", "_")) or "net"
        print(
            escape(f"warning: `import {path.stem}` is no Python; a name such as {better}.py can be imported"),
            file=sys.stderr,
        )


def _say_held(generated: Generated) -> None:
    """Says which arguments the constructor does not take after all, and why; those of one reason in one line."""
    by_reason: dict[str, list[str]] = {}
    for name, held in generated.held.items():
        by_reason.setdefault(held.why, []).append(f"{name} = {held.value!r}")
    for why, arguments in by_reason.items():
        print(escape(f"fixed: {', '.join(arguments)}: {why}"), file=sys.stderr)


def _verified(facts: Facts, generated: Generated) -> bool:
    common.need_torch("--verify")
    import torch

    from archspec.running.verify import verify
    from archspec.verification.generated import Values, compare_values

    differences = verify(facts, generated)
    values = Values() if differences else compare_values(facts, generated)
    differences += values.differences
    for difference in differences:
        print(f"differs: {escape(difference)}", file=sys.stderr)
    if not differences:
        totals = facts.totals
        print(f"verified with PyTorch {torch.__version__}: {counted(totals.layers, 'layer')}, "
              f"{totals.params if totals.params is not None else '?'} parameters", file=sys.stderr)  # fmt: skip
        print(
            escape(f"compared: keys, shapes and dtypes on the meta device{_others(generated)}{_said(values)}"),
            file=sys.stderr,
        )
    return not differences


def _others(generated: Generated) -> str:
    """With which other values of its arguments the module was compared."""
    names = generated.arguments
    others = [other for other in generated.others if other.values.keys() & set(names)]
    return f", with {counted(len(others), 'other value')} of {', '.join(names)} too" if others else ""


def _said(values: Values) -> str:
    """Which numbers were compared, and which were not and why."""
    said = ""
    if values.compared:
        said = f"; with each layer computed by itself, bit for bit: {', '.join(values.compared)}"
    missing = "no numbers" if not values.compared else "no outputs" if len(values.compared) == 1 else "no further calls"
    return f"{said}; {missing}, since {values.why_not}" if values.why_not else said
