"""What commands share: reading a spec, the values of `--set`, writing a file, saying what is wrong, exit codes.

Imports nothing but the standard library, and numbers, until it is used.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias

from archspec.limits import MAX_SPEC_BYTES

if TYPE_CHECKING:
    from archspec.checking import Result, UnknownSymbol
    from archspec.diagnostics.model import Diagnostic
    from archspec.document.choice import Choice
    from archspec.expressions.value import Value
    from archspec.facts.model import Facts
    from archspec.settings import Settings
    from archspec.verification.reference import IsCall

OK, ERRORS, UNUSABLE, INTERNAL = 0, 1, 2, 70
STDIN = "-"

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What `add_subparsers` answers; argparse has no public name for it."""


class Unusable(Exception):
    """The command cannot run; the message is one line."""


def say(line: str, code: int) -> int:
    """Prints a line to standard error, and answers the exit code given."""
    with suppress(OSError):
        print(line, file=sys.stderr)
    return code


def is_colorful(stream: TextIO | None = None) -> bool:
    """Whether colours are wanted there (standard output, unless another is given)."""
    stream = stream or sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def version() -> str:
    """The version of the package as installed."""
    import archspec

    return archspec.__version__


class WrongValue(Unusable):
    """The spec has no place for a value that is given, or none for one of its kind; the message does not name the spec."""

    def __init__(self, error: UnknownSymbol) -> None:
        super().__init__(str(error))
        self.has = error.has


# Arguments ---------------------------------------------------------------------------------------------------------


def add_spec(parser: argparse.ArgumentParser) -> None:
    """The one spec that a command reads."""
    parser.add_argument("spec", metavar="SPEC", help="a file, or - for standard input")


def add_set(parser: argparse.ArgumentParser) -> None:
    """`--set NAME=VALUE`, any number of times."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of an argument, or a number for a symbolic size",
    )


def add_choice(parser: argparse.ArgumentParser) -> None:
    """`--select CODES` and `--ignore CODES`, any number of times."""
    for name, does in (("select", "tell these warnings and no others"), ("ignore", "do not tell these warnings")):
        parser.add_argument(f"--{name}", action="append", metavar="CODES", help=f"{does}: W1003,W12, or ALL")


def choice(options: argparse.Namespace) -> Choice:
    """What `--select` and `--ignore` choose. Raises Unusable, which names the option."""
    from archspec.document.choice import Choice
    from archspec.settings import SettingsError, codes

    try:
        select = codes(",".join(options.select), "--select") if options.select is not None else None
        return Choice(select, codes(",".join(options.ignore or ()), "--ignore"))
    except SettingsError as error:
        raise Unusable(str(error)) from None


def add_allow_python(parser: argparse.ArgumentParser) -> None:
    """`--allow-python MODULE`, any number of times, for commands that write or run the generated module."""
    parser.add_argument("--allow-python", action="append", default=[], metavar="MODULE",
                        help="let the module import this one for python: layers")  # fmt: skip


def allowed_here(options: argparse.Namespace) -> AbstractContextManager[None]:
    """Meanwhile, the modules that `--allow-python` names are found in the current folder, too."""
    if not options.allow_python:
        return nullcontext()
    from archspec.verification.reference import findable

    return findable("")


def add_force(parser: argparse.ArgumentParser) -> None:
    """`--force`, for commands that write a file."""
    parser.add_argument("--force", action="store_true", help="replace a file that archspec did not write")


def number_from_one(text: str) -> int:
    """The number that an option such as `--depth` takes."""
    if not (text.isascii() and text.isdecimal()) or int(text[:9]) < 1:
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a number from 1 up{instead(text, 1)}")
    if len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text[:40]} is more than {10**9 - 1:,}")
    return int(text)


def instead(text: str, least: int, most: int = 10**9 - 1) -> str:
    """How the number that a text says in another way is written: `1000` for `1_000` and `1e3`; nothing for others, nor for
    `1.000`, which may be a thousand."""
    from archspec.document.grouped import pointed
    from archspec.document.value_help import meant

    if pointed(text):
        return ""
    number = meant(_value(text), lambda other: type(other) is int and least <= other <= most)
    return f"; write {number}" if number is not None else ""


# Reading and writing -----------------------------------------------------------------------------------------------


def load(
    path: str,
    given: dict[str, Value],
    choice: Choice | None = None,
    has_all_fixes: bool = False,
    fold_from: int | None = None,
    lists_few: bool = False,
    asked: Collection[str] = (),
) -> Result:
    """What checking the spec found, with these values of its arguments and sizes, and with the settings of its project.

    `choice` is what the command line selects and ignores. Raises Unusable.
    """
    from archspec.checking import UnknownSymbol, check
    from archspec.commands.bounds import bounded

    try:
        data = read(path)
    except Unusable as error:
        raise Unusable(f"{error}{_set_instead(path)}") from None
    try:
        with bounded(f"checking {path[:200]!a}"):
            return check(
                shown(path),
                data,
                given,
                settings(path, choice),
                has_all_fixes=has_all_fixes,
                fold_from=fold_from,
                lists_few=lists_few,
                asked=asked,
            )
    except UnknownSymbol as error:
        raise WrongValue(error) from None


def long_repeats() -> int:
    """From how many steps a repeat need not be written out, for commands that list no layers."""
    from archspec.expand.folding import LONG

    return LONG


def shown(path: str) -> str:
    """A spec's path in reports: as it was given, without ./ before or in it, which GitHub takes for another file."""
    if path == STDIN:
        return "<stdin>"
    plain = os.path.normpath(path) if os.pardir not in path.split(os.sep) else path  # a/.. may lead through a link
    return path if plain in (STDIN, "<stdin>") else plain


def settings(path: str, choice: Choice | None = None) -> Settings:
    """Those of the spec's project, and what the command line selects and ignores. Raises Unusable."""
    from archspec.settings import SettingsError, find

    try:
        found = find(None if path == STDIN else path)
    except SettingsError as error:
        raise Unusable(str(error)) from None
    return found if choice is None else found.chosen(choice)


_WEIGHTS = "is a file of weights, and no spec: archspec weights SPEC FILE takes the spec first"
_OTHERS = {
    ".py": "is Python code, and no spec",
    ".onnx": "is a model, and no spec: archspec import onnx FILE.onnx writes one of it",
    ".pth": _WEIGHTS, ".pt": _WEIGHTS, ".safetensors": _WEIGHTS, ".ckpt": _WEIGHTS,
}  # fmt: skip
"""What is said of files that are no specs, by their endings; of Python code, what reads it too."""


def _set_instead(path: str) -> str:
    """What `resnet.yaml@depth=50` is for a command of one spec; nothing where no file stands before the @."""
    from archspec.diagnostics.text import escape
    from archspec.shell import set_arguments, spec_argument

    name, *given = path.split("@")
    if not given or not all("=" in value for value in given) or not os.path.exists(name):
        return ""
    return escape(f"; of {name} with a value: {spec_argument(name)} {set_arguments(given)}"[:300])


_INPUTS = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
"""What the system calls standard input."""


def _as_input(path: str, is_pipe: bool) -> str:
    """How a spec that is in no file is given; nothing for what has no end that is known, such as a device."""
    if path in _INPUTS:
        return f"; write {STDIN} for standard input"
    return f"; a pipe is read as standard input: COMMAND | archspec … {STDIN}" if is_pipe else ""


def read(path: str) -> bytes:
    """The bytes of a spec, never more than the limit and one. Raises Unusable."""
    from archspec.diagnostics.text import escape
    from archspec.input import InputError, NotRegular, open_regular

    if path == STDIN and sys.stdin is None:
        raise Unusable("standard input is closed")
    if path == STDIN:
        return sys.stdin.buffer.read(MAX_SPEC_BYTES + 1)
    other = next((said for ending, said in _OTHERS.items() if path.lower().endswith(ending)), "")
    try:
        with open_regular(path) as file:
            if path.lower().endswith(".py"):
                from archspec.document.python_text import way

                other = f"{other}: {way(file.read(MAX_SPEC_BYTES + 1).decode(errors='replace'))}"
            if other:
                raise Unusable(escape(f"{path[:200]!a} {other}"))
            return file.read(MAX_SPEC_BYTES + 1)
    except NotRegular as error:
        raise Unusable(f"{error}{_as_input(path, error.is_pipe)}") from None
    except InputError as error:
        raise Unusable(str(error)) from None
    except OSError as error:
        raise Unusable(escape(f"{path[:200]!a} cannot be read: {(error.strerror or '').lower()}")) from None


def need_one_stdin(paths: Sequence[str]) -> None:
    """Raises Unusable where standard input, which ends once it is read, is more than one of the specs."""
    if paths.count(STDIN) > 1:
        raise Unusable(f"standard input can be read once, and {STDIN} stands for {paths.count(STDIN)} of the specs")


def values(given: Iterable[str], option: str = "--set") -> dict[str, Value]:
    """`NAME=VALUE`, the value as it would be written in a spec. Raises Unusable, which names the option."""
    from archspec.diagnostics.text import escape

    found: dict[str, Value] = {}
    for item in given:
        name, equals, text = item.partition("=")
        value = _value(text)
        if not equals or value is None:
            raise Unusable(escape(f"{option} takes NAME=VALUE with a number, a text or a list, not {item[:60]}"))
        if name in found:
            raise Unusable(escape(f"{option.rstrip('@')} gives {name[:60]} twice, and it has one value"))
        found[name] = value
    return found


def _value(text: str) -> Value:
    """A value as it would be written in a spec; None where it is no number, text or list."""
    from archspec.document.reader import Unreadable
    from archspec.document.reader import read as read_tree
    from archspec.document.values import to_value
    from archspec.expressions.value import Unknown
    from archspec.source import Source

    try:
        tree, problems = read_tree(Source("--set", text[:2_000]))
    except Unreadable:
        return None
    value = to_value(tree)
    return None if problems or isinstance(value, Unknown) else value


def line_for(options: argparse.Namespace, given: str, call: IsCall) -> str:
    """The command line as it was given, but that what is called and its arguments stand apart."""
    from shlex import join

    words = [f"{word.removesuffix(given)}{call.target}" if word.endswith(given) else word for word in options.line]
    return join(["archspec", *words, *(["--arguments", *call.arguments] if call.arguments else [])])


def need_torch(what: str) -> None:
    """Raises Unusable where PyTorch is not installed. `what` needs it."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise Unusable(f"{what} needs PyTorch: pip install 'archspec-nn[torch]'")


def say_errors(diagnostics: Sequence[Diagnostic], most: int | None = None) -> None:
    """Prints a spec's errors to standard error, or the first `most`."""
    from archspec.diagnostics.text import render

    columns = os.get_terminal_size(2).columns if sys.stderr.isatty() else None
    print(render(diagnostics, color=is_colorful(sys.stderr), most=most, columns=columns), file=sys.stderr)


def usable(result: Result) -> Facts | None:
    """The facts of a spec without errors, for what is made to be used; prints the errors where there are any."""
    facts = network(result)
    return facts if result.ok else None


def network(result: Result) -> Facts | None:
    """The facts of a network, for what only shows it, also where it misses its own claims; prints the errors."""
    from archspec.diagnostics.text import MAX_SHOWN, escape

    errors = [d for d in result.diagnostics if d.severity == "error"]
    if errors:
        say_errors(errors, MAX_SHOWN)
    if result.ok and result.facts is None:
        raise Unusable(escape(f"{result.source.path} is a file of blocks, and no network"))
    return result.facts if result.is_network else None


def is_followed(result: Result) -> bool:
    """Whether something is known of every layer, so that it can be spoken of; prints the errors where it is not."""
    facts = result.facts
    if facts is None or not facts.layers or len(facts.layers) != len(facts.graph.nodes):
        usable(result)
        return False
    return True


def write(path: Path, data: bytes, force: bool) -> None:
    """Writes a file whole, and says so. Raises Unusable where it is somebody else's and nothing forces it."""
    from archspec.diagnostics.text import escape
    from archspec.output import write as write_whole

    with _output_told():
        write_whole(path, data, force)
    print(f"wrote {escape(str(path))}", file=sys.stderr)


def need_output(path: Path, force: bool, data: bytes | None = None) -> None:
    """The same question before the work that the file is the result of; `data` is the result where it is known. Raises
    Unusable."""
    from archspec.output import need_ours

    with _output_told():
        need_ours(path, force, data)


@contextmanager
def _output_told() -> Iterator[None]:
    """What cannot be written becomes Unusable."""
    from archspec.diagnostics.text import escape
    from archspec.output import NotOurs, OutputError

    try:
        yield
    except NotOurs as error:
        raise Unusable(escape(f"{error}; --force replaces it")) from None
    except OutputError as error:
        raise Unusable(escape(str(error))) from None
