"""The command line: arguments in, text and exit codes out. What a command does is in `archspec/commands/`, a file each.

0: no errors. 1: the spec has errors. 2: the command could not run. 70: an internal error. 130, 143: signals.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from typing import Any, NoReturn

from archspec import commands
from archspec.commands import streams
from archspec.commands.common import INTERNAL, OK, UNUSABLE, Commands, Unusable, say, version

_SPECS = ("yaml", "yml", "json")
"""How files of specs end."""


def main(arguments: list[str] | None = None) -> int:
    """The command `archspec`. Answers the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    try:
        code = _run([argument for argument in given if argument != "--debug"])
        sys.stdout.flush()
        return code
    except Unusable as error:
        return say(f"archspec: {error}", UNUSABLE)
    except BrokenPipeError:
        streams.lost()  # nothing more is printed to it
        return OK
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        said = streams.lost() if isinstance(error, OSError) else None
        if said:
            return say(f"archspec: {said}", UNUSABLE)
        if debug:
            raise
        from archspec.diagnostics.text import escape

        said = escape(f"{type(error).__name__}: {error}"[:300])
        return say(f"archspec: internal error ({said}). Please report it with the spec; --debug shows where.", INTERNAL)


def entry() -> NoReturn:
    """The command as a process: ends it at once, without taking apart what the system frees anyway (a sixth of the time).

    What holds for the whole process is set here and nowhere else: `main` may be called by a program that has its own ways.
    """
    # Plugins of pydantic are other packages' code; they cost start-up time, and nothing here needs them.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # a process this short never earns back what collecting costs
    streams.prepare()
    try:
        code = main()
    except SystemExit as end:  # --help, --version, a signal
        code = end.code if isinstance(end.code, int) else OK
    said = streams.lost()
    if said:
        code = say(f"archspec: {said}", UNUSABLE)
        streams.lost()
    os._exit(code)


def _run(arguments: list[str]) -> int:
    options = _parser(arguments).parse_args(arguments)
    options.line = arguments
    code: int = options.run(options)
    return code


def _help(prog: str) -> argparse.HelpFormatter:
    """argparse's help at the terminal's width.

    argparse makes a formatter for every argument that is added; left to ask for the width itself, it would import `shutil`, and
    with that three compressors.
    """
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdecimal() and int(columns[:9]):
        width = int(columns[:9])
    else:
        width = os.get_terminal_size(1).columns if os.isatty(1) else 80
    return argparse.HelpFormatter(prog, width=max(width, 40) - 2)


class _Parser(argparse.ArgumentParser):
    """argparse, with examples in its help and the nearest name to what is not known; options are written in full.

    Without any argument it prints its help: a command that needs one has been asked what it takes.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"formatter_class": _help, "allow_abbrev": False, **given})
        self.is_mixed = False

    def format_help(self) -> str:
        from archspec.commands.examples import examples

        return super().format_help() + examples(self.prog)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if not args and any(action.required for action in self._actions):
            is_command = " " in self.prog
            self.print_help(sys.stderr if is_command else sys.stdout)
            raise SystemExit(UNUSABLE if is_command else OK)
        found, rest = super().parse_known_args(args, namespace)
        if not rest or " " not in self.prog or self.is_mixed:
            return found, rest
        # An argument behind options, as in `explain net.yaml --format markdown conv1`: argparse wants them together.
        self.is_mixed = True
        found, rest = self.parse_known_intermixed_args(args, namespace)
        self.is_mixed = False
        if rest:  # argparse would let the program say it, which knows less of the command
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return found, rest

    def error(self, message: str) -> NoReturn:
        from archspec.diagnostics.nearest import suggestion
        from archspec.diagnostics.text import escape

        words = [word for word in message.replace("'", " ").replace(",", " ").split() if word]
        hint = ""
        if "invalid choice" in message or "unrecognized" in message:
            _, is_choice, choices = message.rpartition("(choose from ")
            options = [word for word in words if word.startswith("-")]
            known = [*_options(self), *commands.NAMES] if options else [*commands.NAMES, *_options(self)]
            known = choices.rstrip(")").replace("'", "").split(", ") if is_choice else known
            wrong = words[words.index("choice:") + 1] if "choice:" in words else (options or words)[0]
            meant = self._with_option(words[words.index("arguments:") + 1 :]) if "arguments:" in words else ""
            hint = f"did you mean {meant}?" if meant and not options else suggestion(wrong, known)
        raise Unusable(escape(f"{message[:300]}{'; ' + hint if hint else ''} (see {self.prog} --help)"))

    def _with_option(self, words: list[str]) -> str:
        """An argument that the command does not take, with the option that it was meant for; nothing where none is plain."""
        options = self._option_string_actions
        writes_specs = self.prog.split()[1:2] in (["new"], ["import"])
        for word in words:
            if "--against" in options and ":" in word.rstrip(":"):
                return f"--against {word}"
            _, dot, ending = word.rpartition(".")
            if "--output" in options and dot and ending.isalnum() and (ending in _SPECS) == writes_specs:
                return f"-o {word}"
            if "--like" in options:
                from archspec.diagnostics.nearest import nearest
                from archspec.templates import names

                name = nearest(word, names())
                if name is not None:
                    return f"--like {name}"
        return ""


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
