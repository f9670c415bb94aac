"""`archspec weights SPEC FILE`: what of a checkpoint loads into the network, and why the rest does not."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from archspec.commands import common
from archspec.commands.common import ERRORS, OK, Commands, Unusable

if TYPE_CHECKING:
    from torch import Tensor

    from archspec.facts.model import Facts
    from archspec.weights.match import Match

GIBIBYTES = 0.5
"""What the names and shapes of a file take at most: a header of 16 MiB takes nearly as much."""
SPEED = 50 * 2**20
"""The bytes that are surely loaded within a second."""


def add(commands: Commands) -> None:
    """The arguments of `weights`."""
    weights = commands.add_parser("weights", help="compare a checkpoint with a spec, key by key")
    common.add_spec(weights)
    weights.add_argument("file", metavar="FILE", help="FILE.safetensors, or one that torch.save wrote")
    add_keys(weights)
    weights.add_argument("--format", choices=("text", "json"), default="text", help="how the result is printed")
    weights.add_argument("--all", action="store_true", help="print every key, not only those that do not load")
    common.add_set(weights)
    weights.set_defaults(run=run)


def add_keys(parser: argparse.ArgumentParser) -> None:
    """`--strip PREFIX` and `--key KEY`, for commands that read a file of weights."""
    parser.add_argument(
        "--key", default="", metavar="KEY", help="the model under this key of the file, where it has several"
    )
    parser.add_argument("--strip", default="", metavar="PREFIX", help="take this off the beginning of the file's keys")


def run(options: argparse.Namespace) -> int:
    """Prints the comparison. 1: the spec has errors, or something does not load."""
    result = common.load(options.spec, common.values(options.set))
    facts = common.network(result)
    if facts is None:
        return ERRORS
    found = matched(facts, options.file, options.strip, options.key)
    if options.format == "json":
        _print_json(found, facts.graph.name, options.spec)
    else:
        print_text(found, facts.graph.name, has_all=options.all)
    return OK if found.ok and result.ok else ERRORS


def matched(facts: Facts, path: str, strip: str, key: str = "") -> Match:
    """The file beside the spec. Raises Unusable where it cannot be read, or takes too much to read."""
    from archspec.commands.bounds import bounded
    from archspec.weights.checkpoint import is_pickle, read_checkpoint
    from archspec.weights.expected import expected, externals
    from archspec.weights.match import match
    from archspec.weights.model import CheckpointError

    if is_pickle(path):
        with suppress(ImportError):  # which is said where it is needed
            import torch  # noqa: F401 (what it takes itself is no matter of the file)
    wanted = expected(facts)
    try:
        with bounded(f"reading {path[:200]!a}", beyond=_size(path), gibibytes=GIBIBYTES):
            return match(wanted, read_checkpoint(path, strip, key), externals(facts))
    except CheckpointError as error:
        raise Unusable(str(error)) from None


def _size(path: str) -> int:
    """The bytes of a file, which PyTorch maps into memory without reading them; 0 where there is none."""
    with suppress(OSError):
        return os.path.getsize(path)
    return 0


def load_state(facts: Facts, path: str, strip: str, key: str = "") -> dict[str, Tensor] | None:
    """The file's tensors, ready for `load_state_dict`; None where not all of them load, which is then printed."""
    from archspec.commands.bounds import SECONDS, bounded
    from archspec.weights.load import load
    from archspec.weights.model import CheckpointError

    found = matched(facts, path, strip, key)
    if not found.ok:
        print_text(found, facts.graph.name, stream=sys.stderr)
        return None
    size = _size(path)
    try:
        with bounded(f"loading {path[:200]!a}", SECONDS + size // SPEED, 2 * size):
            return load(found)
    except CheckpointError as error:
        raise Unusable(str(error)) from None


def print_text(found: Match, name: str, has_all: bool = False, stream: TextIO | None = None) -> None:
    """The table, as wide as the terminal; to standard output, unless another stream is given."""
    from archspec.backends.table.weights import table

    stream = stream or sys.stdout
    width = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else None
    color = common.is_colorful(stream)
    print(table(found, name=name, width=width, color=color, has_all=has_all), end="", file=stream)


def _print_json(found: Match, name: str, path: str) -> None:
    import json

    from archspec.backends.table.weights import report

    print(json.dumps(report(found, name=name, path=common.shown(path)), indent=2))
