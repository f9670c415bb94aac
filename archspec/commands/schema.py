"""`archspec schema [-o FILE]`: the JSON Schema of a spec, by which editors complete, explain and underline."""

from __future__ import annotations

import argparse
from pathlib import Path

from archspec.commands import common
from archspec.commands.common import OK, STDIN, Commands
from archspec.commands.streams import write_bytes

SCHEMA = Path(__file__).parent.parent / "schema.json"
"""Written by docs/generate.py from the classes that validate."""


def add(commands: Commands) -> None:
    """The arguments of `schema`."""
    schema = commands.add_parser("schema", help="the JSON Schema of a spec, for editors")
    schema.add_argument("-o", "--output", metavar="FILE", help="FILE.json; left out, standard output")
    common.add_force(schema)
    schema.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the schema that the package has."""
    if options.output and options.output != STDIN:
        common.write(Path(options.output), SCHEMA.read_bytes(), options.force)
    else:
        write_bytes(SCHEMA.read_bytes())
    return OK
