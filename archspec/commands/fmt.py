"""`archspec fmt SPEC...`: specs in canonical form, with their comments."""

from __future__ import annotations

import argparse
import sys

from archspec.commands import common, folders
from archspec.commands.common import ERRORS, OK, STDIN, UNUSABLE, Commands, Unusable


def add(commands: Commands) -> None:
    """The arguments of `fmt`."""
    fmt = commands.add_parser("fmt", help="canonical form, comments kept")
    fmt.add_argument("specs", nargs="+", metavar="SPEC", help="a file, a folder, or - for standard input")
    fmt.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file would change")
    fmt.add_argument("--diff", action="store_true", help="print what would change, and write nothing")
    fmt.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes, or prints, what changes. 0: done, or nothing to be done under `--check` and `--diff`."""
    changed = unchanged = 0
    code = OK
    found = folders.find(options.specs)
    for path in found.paths:
        try:
            if _format(path, options):
                changed += 1
            else:
                unchanged += 1
        except Unusable as error:
            code = common.say(f"archspec: {error}", UNUSABLE)
    would = "would be " if options.check or options.diff else ""
    told = [f"{n:,} {'file' if n == 1 else 'files'} {what}" for n, what in
            ((changed, f"{would}reformatted"), (unchanged, "left unchanged")) if n]  # fmt: skip
    if found.others:
        from archspec.diagnostics.text import escape

        told.append(escape(folders.left_out(found.others)))
    if told and STDIN not in options.specs:
        print(", ".join(told), file=sys.stderr)
    return code or (ERRORS if changed and (options.check or options.diff) else OK)


def _format(path: str, options: argparse.Namespace) -> bool:
    """Whether the form of a spec changes. Raises Unusable where it cannot be found."""
    from archspec.commands.rewriting import print_diff, rewrite
    from archspec.diagnostics.text import escape

    before = common.read(path)
    after = _formatted(path, before, path in options.specs)
    if options.diff:
        print_diff(path, before, after)
    elif options.check and after != before:
        print(f"would reformat {escape(common.shown(path))}", file=sys.stderr)
    elif not options.check:
        rewrite(path, before, after)
    return after != before


def _formatted(path: str, data: bytes, is_named: bool) -> bytes:
    """The text in canonical form. JSON keeps its own, which is an error only where the file was named. Raises Unusable."""
    from archspec.commands.bounds import bounded
    from archspec.diagnostics.text import escape
    from archspec.document.reader import Unreadable, decode, encode
    from archspec.formatting import InBraces, NotFormatted, formatted

    try:
        with bounded(f"formatting {path[:200]!a}"):
            text = formatted(decode(path, data))
    except Unreadable as error:
        raise Unusable(escape(f"{path}: {error.diagnostic.message}")) from None
    except InBraces as error:
        if is_named:
            raise Unusable(escape(f"{path} is left as it is: {error}")) from None
        common.say(escape(f"archspec: {path} is left as it is: {error}"), OK)
        return data
    except NotFormatted as error:
        raise Unusable(escape(f"{path} is left as it is: {error}")) from None
    return encode(text, data)
