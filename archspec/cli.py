"""The command line: arguments in, text and exit codes out. What a command does is in `archspec/commands/`, a file each.

0: no errors. 1: the spec has errors. 2: the command could not run. 70: an internal error. 130, 143: signals.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from archspec import commands
from archspec.commands.common import INTERNAL, OK, UNUSABLE, Commands, Unusable, say, version

# Plugins of pydantic are other packages' code; they cost start-up time, and nothing here needs them.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def main(arguments: list[str] | None = None) -> int:
    """The command `archspec`. Answers the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    try:
        return _run([argument for argument in given if argument != "--debug"])
    except Unusable as error:
        return say(f"archspec: {error}", UNUSABLE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more is printed, not at exit either
        return OK
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if debug:
            raise
        from archspec.diagnostics.text import escape

        said = escape(f"{type(error).__name__}: {error}"[:300])
        return say(f"archspec: internal error ({said}). Please report it with the spec; --debug shows where.", INTERNAL)


def entry() -> NoReturn:
    """The command as a process: ends it at once, without taking apart what the system frees anyway (a sixth of the time)."""
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run(arguments: list[str]) -> int:
    import gc

    gc.disable()  # a process this short never earns back what collecting costs
    options = _parser(arguments).parse_args(arguments)
    code: int = options.run(options)
    sys.stdout.flush()
    return code


class _Parser(argparse.ArgumentParser):
    """argparse, with the nearest name to what is not known."""

    def error(self, message: str) -> NoReturn:
        from archspec.diagnostics.nearest import suggestion
        from archspec.diagnostics.text import escape

        words = [word for word in message.replace("'", " ").replace(",", " ").split() if word]
        hint = ""
        if "invalid choice" in message or "unrecognized" in message:
            known = [*commands.NAMES, *_options(self)]
            options = [word for word in words if word.startswith("-")]
            wrong = words[words.index("choice:") + 1] if "choice:" in words else (options or words)[0]
            hint = suggestion(wrong, known)
        raise Unusable(escape(f"{message[:300]}{'; ' + hint if hint else ''} (see {self.prog} --help)"))


def _options(parser: argparse.ArgumentParser) -> list[str]:
    """The options of a parser and of its commands."""
    found: list[str] = []
    for action in parser._actions:
        found += action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            found += [option for inner in action.choices.values() for option in _options(inner)]
    return found


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    """The parser for these arguments: with the one command that they begin with, or with all of them."""
    parser = _Parser(
        prog="archspec",
        description="Check, draw and compile neural-network architectures written as data.",
        epilog="--debug shows a traceback for an internal error. NO_COLOR is respected.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="the version, and that of the language")
    added: Commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser, prog="archspec")
    for name in [name for name in commands.NAMES if name in arguments[:1]] or commands.NAMES:
        commands.find(name).add(added)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *rest: object) -> NoReturn:
        print(f"archspec {version()} (language version 1)")
        parser.exit()
<<<<<<< HEAD
=======


def _version() -> str:
    from importlib.metadata import version

    return version("archspec-nn")


Commands = argparse._SubParsersAction  # the type of what add_subparsers answers; argparse has no public name for it


def _add_check(commands: Commands[_Parser]) -> None:
    check = commands.add_parser("check", help="validate, infer, lint; print the layer table", allow_abbrev=False)
    check.add_argument("specs", nargs="+", metavar="SPEC", help="a file, or - for standard input")
    _add_set(check)
    check.add_argument("--format", choices=FORMATS, default="text", help="how the result is printed")
    check.add_argument("--layout", choices=("NCHW", "NHWC"), default="NCHW", help="the order of sizes in the table")
    check.add_argument("--depth", type=_depth, metavar="N", help="show groups nested deeper than N as one row each")
    check.add_argument("--running", action="store_true", help="add the running total of parameters")
    check.add_argument("--strict", action="store_true", help="let warnings fail the check")
    check.add_argument("--quiet", action="store_true", help="print diagnostics only, not the table")
    check.add_argument("--all", action="store_true", help="print all diagnostics, not the first 20")
    check.set_defaults(run=_check)


def _add_render(commands: Commands[_Parser]) -> None:
    render = commands.add_parser("render", help="draw a diagram", allow_abbrev=False)
    render.add_argument("spec", metavar="SPEC", help="a file, or - for standard input")
    render.add_argument("-o", "--output", metavar="FILE", help="FILE.svg, .png, .pdf, .dot or .md (Mermaid); "
                        "left out, the network's name with .svg")  # fmt: skip
    render.add_argument("--depth", type=_depth, metavar="N", help="fold groups nested deeper than N; left out, uses of "
                        "blocks are folded")  # fmt: skip
    render.add_argument("--force", action="store_true", help="replace a file that archspec did not write")
    _add_set(render)
    render.set_defaults(run=_render)


def _add_compile(commands: Commands[_Parser]) -> None:
    compile_ = commands.add_parser("compile", help="write a standalone PyTorch module", allow_abbrev=False)
    compile_.add_argument("spec", metavar="SPEC", help="a file, or - for standard input")
    compile_.add_argument("-o", "--output", metavar="FILE", help="FILE.py; left out, standard output")
    compile_.add_argument("--verify", action="store_true", help="build it on the meta device and compare every figure")
    compile_.add_argument("--allow-python", action="append", default=[], metavar="MODULE",
                          help="let the module import this one for python: layers")  # fmt: skip
    compile_.add_argument("--force", action="store_true", help="replace a file that archspec did not write")
    _add_set(compile_)
    compile_.set_defaults(run=_compile)


def _depth(text: str) -> int:
    if not text.isdecimal() or int(text[:9]) < 1:
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a number from 1 up")
    return int(text[:9])


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of an argument, or a number for a symbolic size",
    )


# Commands ----------------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    values = _values(options.set)
    results: list[Result] = []
    unusable = False
    for path in options.specs:
        try:
            results.append(_load(path, values))
        except Unusable as error:
            _say(f"archspec: {error}", UNUSABLE)
            unusable = True
    _PRINTERS[options.format](results, options)
    if unusable:
        return UNUSABLE
    failed = any(not result.ok or (options.strict and result.diagnostics) for result in results)
    return ERRORS if failed else OK


def _print_text(results: list[Result], options: argparse.Namespace) -> None:
    from archspec.backends.table.terminal import Options, table
    from archspec.diagnostics.text import MAX_SHOWN, escape, render

    color = _is_colorful()
    width = os.get_terminal_size().columns if sys.stdout.isatty() else None
    for i, result in enumerate(results):
        if len(results) > 1 and not options.quiet:
            print(f"{'' if i == 0 else chr(10)}{escape(result.source.path)}\n")
        if result.facts is not None and not options.quiet:
            print(table(result.facts, Options(options.layout, options.running, width, color, options.depth)))
        if result.diagnostics:
            print(render(result.diagnostics, color=color, most=None if options.all else MAX_SHOWN))
        print(_summary(result))


def _summary(result: Result) -> str:
    from archspec.diagnostics.text import escape

    errors = sum(d.severity == "error" for d in result.diagnostics)
    warnings = len(result.diagnostics) - errors
    counted = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return f"{escape(result.source.path)}: {', '.join(counted) or 'no problems'}"


def _print_json(results: list[Result], options: argparse.Namespace) -> None:
    import json

    from archspec.backends.table.report import report

    for result in results:
        name = result.document.name or None if result.document else None
        found = report(result.source.path, name, result.facts, result.diagnostics)
        print(json.dumps(found, indent=2 if len(results) == 1 else None, ensure_ascii=True))


def _print_github(results: list[Result], options: argparse.Namespace) -> None:
    from archspec.diagnostics.records import github

    for result in results:
        for diagnostic in result.diagnostics:
            print(github(diagnostic))


def _print_sarif(results: list[Result], options: argparse.Namespace) -> None:
    import json

    from archspec.diagnostics.records import sarif

    print(json.dumps(sarif([d for result in results for d in result.diagnostics], _version()), indent=2))


_PRINTERS: dict[str, Callable[[list[Result], argparse.Namespace], None]] = {
    "text": _print_text, "json": _print_json, "github": _print_github, "sarif": _print_sarif,
}  # fmt: skip


def _render(options: argparse.Namespace) -> int:
    from archspec.backends.diagram import RenderError, draw, to_dot, to_mermaid

    facts = _usable(_load(options.spec, _values(options.set)))
    if facts is None:
        return ERRORS
    path = Path(options.output or f"{facts.graph.name}.svg")
    ending = path.suffix.lower()
    try:
        if ending == ".md":
            data = to_mermaid(facts, options.depth).encode()
        elif ending == ".dot":
            data = to_dot(facts, options.depth).encode()
        elif ending in (".svg", ".png", ".pdf"):
            data = draw(to_dot(facts, options.depth), ending[1:])
        else:
            raise Unusable(f"{path} has none of the endings .svg, .png, .pdf, .dot and .md")
    except RenderError as error:
        raise Unusable(str(error)) from None
    _write(path, data, options.force)
    return OK


def _compile(options: argparse.Namespace) -> int:
    from archspec.backends.torch import CannotGenerate, generate
    from archspec.diagnostics.text import render

    facts = _usable(_load(options.spec, _values(options.set)))
    if facts is None:
        return ERRORS
    try:
        generated = generate(facts, frozenset(options.allow_python))
    except CannotGenerate as error:
        print(render(error.diagnostics, color=_is_colorful(sys.stderr)), file=sys.stderr)
        return ERRORS
    if options.verify and not _verified(facts, generated):
        return ERRORS
    if options.output and options.output != STDIN:
        _write(Path(options.output), generated.text.encode(), options.force)
    else:
        sys.stdout.write(generated.text)
    return OK


def _verified(facts: Facts, generated: Generated) -> bool:
    try:
        import torch
    except ImportError:
        raise Unusable("--verify needs PyTorch: pip install 'archspec-nn[torch]'") from None
    from archspec.backends.torch.verify import verify

    differences = verify(facts, generated)
    for difference in differences:
        print(f"differs: {difference}", file=sys.stderr)
    if not differences:
        totals = facts.totals
        print(f"verified with PyTorch {torch.__version__} on the meta device: {totals.layers} layers, "
              f"{totals.params if totals.params is not None else '?'} parameters", file=sys.stderr)  # fmt: skip
    return not differences


def _ops(options: argparse.Namespace) -> int:
    from archspec.ops import registry

    if options.name is None:
        families: dict[str, list[str]] = {}
        for name in registry.names():
            families.setdefault(registry.family(name), []).append(name)
        for family, names in sorted(families.items()):
            print(f"{family}\n  {' '.join(names)}")
        return OK
    op = registry.find(options.name)
    if op is None:
        from archspec.diagnostics.nearest import suggestion
        from archspec.diagnostics.text import escape

        hint = suggestion(options.name, registry.names())
        raise Unusable(escape(f"there is no op called {options.name[:60]}{'; ' + hint if hint else ''}"))
    from inspect import cleandoc

    print(f"{options.name}\n\n{cleandoc(op.__doc__ or '')}\n")
    for field, info in op.model_fields.items():
        takes = next((item.takes for item in info.metadata if hasattr(item, "takes")), "")
        default = "required" if info.is_required() else f"default {_plain(info.default)}"
        print(f"  {field}: {takes} ({default})")
    return OK


def _plain(value: object) -> str:
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def _lints(options: argparse.Namespace) -> int:
    from archspec.diagnostics.codes import CODES

    for code, entry in CODES.items():
        print(f"{code}  {entry.title}: {entry.why}")
    return OK


# Reading and writing ---------------------------------------------------------------------------------------------


def _load(path: str, values: dict[str, Value]) -> Result:
    from archspec.api import UnknownSymbol, check

    try:
        return check("<stdin>" if path == STDIN else path, _read(path), values)
    except UnknownSymbol as error:
        raise Unusable(str(error)) from None


def _read(path: str) -> bytes:
    """The bytes of a spec, never more than the limit and one. Regular files only: a device or a pipe might not end."""
    from archspec.diagnostics.text import escape

    if path == STDIN:
        return sys.stdin.buffer.read(MAX_READ)
    shown = escape(path[:200])
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        why = (error.strerror or "") if isinstance(error, OSError) else str(error)
        raise Unusable(f"{shown} cannot be read: {why.lower()}") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            kind = "a directory" if stat.S_ISDIR(os.fstat(handle).st_mode) else "not a regular file"
            raise Unusable(f"{shown} is {kind}")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MAX_READ)
    except OSError as error:
        raise Unusable(f"{shown} cannot be read: {(error.strerror or '').lower()}") from None
    finally:
        os.close(handle)


def _values(given: Iterable[str]) -> dict[str, Value]:
    """`NAME=VALUE`, the value as it would be written in a spec."""
    from archspec.diagnostics.text import escape
    from archspec.document.reader import Unreadable, read
    from archspec.document.value import Unknown
    from archspec.document.values import to_value
    from archspec.source import Source

    found: dict[str, Value] = {}
    for item in given:
        name, equals, text = item.partition("=")
        try:
            tree, problems = read(Source("--set", text[:2_000]))
        except Unreadable:
            problems, value = [], None
        else:
            value = to_value(tree)
        if not equals or problems or value is None or isinstance(value, Unknown):
            raise Unusable(escape(f"--set takes NAME=VALUE with a number, a text or a list, not {item[:60]}"))
        found[name] = value
    return found


def _usable(result: Result) -> Facts | None:
    """The facts that a back end can go on with; prints the errors where there are any."""
    from archspec.diagnostics.text import MAX_SHOWN, render

    errors = [d for d in result.diagnostics if d.severity == "error"]
    if errors:
        print(render(errors, color=_is_colorful(sys.stderr), most=MAX_SHOWN), file=sys.stderr)
    return result.facts if result.ok else None


def _write(path: Path, data: bytes, force: bool) -> None:
    from archspec.diagnostics.text import escape
    from archspec.output import OutputError, write

    try:
        write(path, data, force)
    except OutputError as error:
        raise Unusable(escape(str(error))) from None
    print(f"wrote {escape(str(path))}", file=sys.stderr)


def _is_colorful(stream: TextIO | None = None) -> bool:
    stream = stream or sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
>>>>>>> mend
