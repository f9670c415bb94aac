"""`archspec new --like NAME [--input SIZES] [--classes N] [-o FILE]`: a first spec, which checks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands import common
from archspec.commands.bounds import bounded
from archspec.commands.common import OK, STDIN, Commands, Unusable
from archspec.commands.streams import write_bytes

if TYPE_CHECKING:
    from archspec.checking import Result
    from archspec.diagnostics.model import Diagnostic
    from archspec.expressions.value import Value
    from archspec.facts.model import Need
    from archspec.source import Span
    from archspec.templates import Template

SCHEMA_FILE = "archspec.schema.json"
MOST_TRIED = 48
"""Other sizes that are tried where the one asked for does not fit."""
MAX_AXES = 16
_UNTRUE = "E0301"
"""A size that a layer claims to read, as `in_features: 9216`, and does not."""
DEFAULT = "cnn"
"""What a first spec is like where nothing else is asked for."""


def add(commands: Commands) -> None:
    """The arguments of `new`."""
    new = commands.add_parser("new", help="a first spec that checks")
    new.add_argument("--like", metavar="NAME", help=f"the network to begin with; left out, {DEFAULT}")
    new.add_argument("--input", type=_sizes, metavar="SIZES", help="one sample's shape, as 3,32,32")
    new.add_argument("--classes", type=common.number_from_one, metavar="N", help="how many classes it tells apart")
    common.add_set(new)
    new.add_argument("-o", "--output", metavar="FILE", help="FILE.yaml; left out, standard output")
    new.add_argument("--schema", action="store_true", help=f"write {SCHEMA_FILE} beside it, for editors")
    common.add_force(new)
    new.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the spec, or prints what there is to begin with."""
    if options.like is None:
        if not (options.input or options.classes or options.output or options.set or options.schema):
            _print_all()
            return OK
        options.like = DEFAULT
        print(
            f"like {DEFAULT}; --like NAME begins with another network, and `archspec new` lists them", file=sys.stderr
        )
    template = _find(options.like)
    path = Path(options.output) if options.output and options.output != STDIN else None
    if options.schema and path is None:
        raise Unusable("--schema writes beside the spec, which needs a file: -o FILE")
    with bounded(f"making a spec like {template.name}"):
        asked = options.input, options.classes, common.values(options.set)
        text, result = _fitting(template, *asked)
        warnings = _warnings(template, result, *asked)
    data = (_head(template, options) + text.rstrip() + _foot(result)).encode()
    if path is None:
        write_bytes(data)
        for said in warnings:
            print(said, file=sys.stderr)
        return OK
    files = {path: data}
    if options.schema:
        from archspec.commands.schema import SCHEMA

        files[path.with_name(SCHEMA_FILE)] = SCHEMA.read_bytes()
    for file, content in files.items():  # both are written, or none
        common.need_output(file, options.force, content)
    for file, content in files.items():
        common.write(file, content, options.force)
    for said in warnings:
        print(said, file=sys.stderr)
    _print_next(path)
    return OK


def _print_all() -> None:
    from archspec.commands.examples import examples
    from archspec.templates import find, names

    found = [template for name in names() if (template := find(name)) is not None]
    width = max(len(template.name) for template in found)
    print("networks to begin with:")
    for template in found:
        sizes = ",".join(map(str, template.input))
        print(_clipped(f"  {template.name:{width}}  {f'[{sizes}]' if sizes else '':13} {template.doc}"))
    print(examples("archspec new"), end="")


def _clipped(line: str, width: int = 80) -> str:
    return line.rstrip() if len(line) <= width else line[: width - 1].rsplit(" ", 1)[0] + " …"


def _find(name: str) -> Template:
    from archspec.diagnostics.nearest import suggestion
    from archspec.diagnostics.text import escape
    from archspec.templates import find, names

    template = find(name)
    if template is None:
        hint = suggestion(name, names())
        raise Unusable(escape(f"there is no {name[:60]} to begin with; {hint or '`archspec new` lists what there is'}"))
    return template


def _fitting(template: Template, shape: tuple[int, ...] | None, classes: int | None,
             values: dict[str, Value]) -> tuple[str, Result]:  # fmt: skip
    """The text, and what checking it found: no error. Raises Unusable with why it does not fit, and a size that does."""
    from archspec.diagnostics.text import escape
    from archspec.facts.input_order import channels_first
    from archspec.templates import Mismatch

    try:
        text, result = _filled(template, shape, classes, values)
    except Mismatch as error:
        raise Unusable(escape(f"{template.name} {error}")) from None
    against, turned = _against(template, result), channels_first(shape or ())
    if not against or (result.ok and not turned):
        return text, result
    said = f"{template.name} does not fit: {_quoted(against[0])}"
    other, more = _other(template, shape, classes, values)
    if other:
        hint = "channels come first: " if turned else ""
        raise Unusable(escape(f"{said}; {hint}--input {','.join(map(str, other))} fits{more}"))
    own = f"; its input is {' × '.join(template.shown)}" if template.sizes and shape else ""
    raise Unusable(escape(f"{said}{own}"))


def _other(template: Template, shape: tuple[int, ...] | None, classes: int | None,
           values: dict[str, Value]) -> tuple[tuple[int, ...], str]:  # fmt: skip
    """A size that fits, if one is found: the likeliest of which nothing is warned, else one that would only be warned of, which
    is said."""
    from archspec.facts.input_order import channels_first
    from archspec.templates import Mismatch

    turned = channels_first(shape or ())
    others = [turned, *_others(turned, template.input)] if turned else _others(shape or (), template.input)
    warned: tuple[int, ...] = ()
    for other in _accepted(template, others)[:MOST_TRIED]:
        try:
            result = _filled(template, other, classes, values)[1]
        except Mismatch:
            continue
        if not _against(template, result):
            return other, ""
        if result.ok and not warned:
            warned = other
    return warned, ", with a warning" if warned else ""


def _warnings(template: Template, result: Result, shape: tuple[int, ...] | None, classes: int | None,
              values: dict[str, Value]) -> list[str]:  # fmt: skip
    """What is warned of: a line each, and behind what its template does not come with a size without it, where there is one."""
    from archspec.diagnostics.text import escape

    new = _against(template, result)
    other, more = _other(template, shape, classes, values) if new and shape else ((), "")
    way = f"; --input {','.join(map(str, other))} has no such warning" if other and not more else ""
    return [escape(f"warning: {_quoted(found)}{way if found in new[:1] else ''}") for found in result.diagnostics]


def _filled(template: Template, shape: tuple[int, ...] | None, classes: int | None,
            values: dict[str, Value]) -> tuple[str, Result]:  # fmt: skip
    """The text, without the sizes that its layers claim to read and that are not true for this input, and what checking it
    finds. Raises Mismatch."""
    from archspec.templates import fill, without

    text = fill(template, shape, classes, values)
    result = _checked(text)
    while untrue := _untrue(result):
        assert result.document is not None, "claims are checked of a document"
        left = without(result.source, result.document.root, untrue)
        if left == text:
            break
        text, result = left, _checked(left)
    return text, result


def _untrue(result: Result) -> list[Span]:
    """Where layers claim what they read, untruly, and would take it from what they read if they did not."""
    said = {found.span for found in result.diagnostics if found.code == _UNTRUE}
    nodes = result.graph.nodes if said and result.graph is not None else ()
    claims = [node.place.argument(name) for node in nodes if node.op is not None for name in node.op.inferred_axes]
    return [span for span in claims if span is not None and span in said]


def _accepted(template: Template, others: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The sizes that the template's network accepts, as far as it is followed with symbols for them; else all."""
    from archspec.conditions.solve import holds
    from archspec.solving.inputs import freed
    from archspec.templates import fill

    free = freed(_checked(fill(template, None, None, {})))
    needs = free.result.facts.needs if free.result.facts is not None and not free.kept else []
    statements = [need.statement for need in needs if need.owner is None and not _is_inferred(need)]
    return [other for other in others if all(holds(one, dict.fromkeys(one.symbols, other[-1])) for one in statements)]


def _is_inferred(need: Need) -> bool:
    """Whether a size is needed because a layer reads it at the template's own input, and another at another."""
    op = need.node.op if need.node is not None else None
    return need.statement.is_equal and op is not None and bool(op.inferred_axes)


def _against(template: Template, result: Result) -> list[Diagnostic]:
    """What speaks against a spec, errors first: all but warnings that its template comes with, too.

    That windows are larger than the image is no reason: it is so in most large networks.
    """
    from archspec.lints.receptive_field import CODE
    from archspec.templates import fill

    if not result.diagnostics:
        return []
    own = {found.code for found in _checked(fill(template, None, None, {})).diagnostics} | {CODE}
    found = [found for found in result.diagnostics if found.code not in own]
    return sorted(found, key=lambda found: found.severity != "error")


def _quoted(found: Diagnostic) -> str:
    """The message, with a layer whose name is a word told from the words around it."""
    layer = found.layer or ""
    is_word = layer.isalpha() and found.message.startswith(f"{layer} ")
    return f'the layer "{layer}"{found.message.removeprefix(layer)}' if is_word else found.message


def _checked(text: str) -> Result:
    from archspec.checking import check

    return check("spec.yaml", text.encode())


def _others(shape: tuple[int, ...], own: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Other sizes of the same channels, likeliest first: near ones, then powers of two, then the template's."""
    if len(shape) < 2 or len(shape) != len(own):
        return [own] if own else []
    largest = max(shape[1:])
    near = [largest + step for distance in range(9) for step in (distance, -distance) if largest + step > 0]
    powers = [2**k for k in range(2, 11) if 2**k > largest]
    found = [(shape[0], *[size] * (len(shape) - 1)) for size in dict.fromkeys([*near, *powers])]
    return [*[other for other in found if other != shape], (shape[0], *own[1:])]


def _head(template: Template, options: argparse.Namespace) -> str:
    """The comment that says how the spec was made."""
    from archspec.document.writer import flow
    from archspec.expressions.value import as_data
    from archspec.shell import set_arguments

    asked = [f"--like {template.name}"]
    asked += [f"--input {','.join(map(str, options.input))}"] if options.input else []
    asked += [f"--classes {options.classes}"] if options.classes else []
    values = common.values(options.set)
    asked += [set_arguments(f"{name}={flow(as_data(value))}" for name, value in values.items())] if values else []
    schema = f"# yaml-language-server: $schema=./{SCHEMA_FILE}\n" if options.schema else ""
    return f"{schema}# Begun by archspec new {' '.join(asked)}\n"


def _foot(result: Result) -> str:
    """The facts of the network, as a comment that need only be uncommented to hold."""
    assert result.facts is not None
    params = result.facts.totals.params
    if not isinstance(params, int):
        return "\n"
    return (
        "\n\n# Facts that a later change should not break: without the #, one that does is an error.\n"
        f"# expect: {{params: {params}}}\n"
    )


def _print_next(path: Path) -> None:
    from archspec.diagnostics.text import escape
    from archspec.shell import spec_argument

    spec = escape(spec_argument(str(path)))
    print("next:", file=sys.stderr)
    for command, what in (("check", "shapes, parameters, cost"), ("render", "a picture"), ("compile", "PyTorch code")):
        print(f"  archspec {command} {spec}  # {what}", file=sys.stderr)


def _written(text: str) -> str:
    """How a text that says some sizes in another way is written; else an example."""
    from archspec.document.sizes import sizes_in

    sizes = sizes_in(text)
    is_shape = bool(sizes) and all(isinstance(size, int) and size > 0 for size in sizes)
    return f"; write {','.join(map(str, sizes))}" if is_shape else " such as 3,32,32"


def _sizes(text: str) -> tuple[int, ...]:
    """`3,32,32` as numbers."""
    parts = text.split(",")
    if not all(part.strip().isascii() and part.strip().isdecimal() and 0 < int(part[:12]) < 10**9 for part in parts):
        raise argparse.ArgumentTypeError(f"{text[:40]} is no list of sizes{_written(text)}")
    if len(parts) > MAX_AXES:
        raise argparse.ArgumentTypeError(f"{len(parts)} sizes are more than the {MAX_AXES} that an input may have")
    return tuple(int(part) for part in parts)
