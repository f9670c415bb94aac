"""`archspec ops [NAME]`: the ops there are, or one of them with its keys."""

from __future__ import annotations

import argparse

from archspec.commands.common import OK, Commands, Unusable


def add(commands: Commands) -> None:
    """The arguments of `ops`."""
    ops = commands.add_parser("ops", help="the ops there are, or one of them with its keys")
    ops.add_argument("name", nargs="?", help="the op to describe")
    ops.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the names by family, or what one op takes."""
    if options.name is None:
        _print_all()
    else:
        _print_one(options.name)
    return OK


def _print_all() -> None:
    from archspec.ops import registry

    families: dict[str, list[str]] = {}
    for name in registry.names():
        families.setdefault(registry.family(name), []).append(name)
    for family, names in sorted(families.items()):
        print(f"{family}\n  {' '.join(names)}")


def _print_one(name: str) -> None:
    from inspect import cleandoc

    from archspec.diagnostics.nearest import suggestion
    from archspec.diagnostics.text import escape
    from archspec.ops import registry
    from archspec.ops.fields import INFERRED, REQUIRED, default_of

    op = registry.find(name)
    if op is None:
        hint = suggestion(name, registry.names())
        raise Unusable(escape(f"there is no op called {name[:60]}{'; ' + hint if hint else ''}"))
    print(f"{name}\n\n{cleandoc(op.__doc__ or '')}\n")
    for field, info in op.model_fields.items():
        takes = next((item.takes for item in info.metadata if hasattr(item, "takes")), "")
        default = default_of(field, info)
        print(f"  {field}: {takes} ({default if default in (REQUIRED, INFERRED) else f'default {default}'})")
