"""`python -m archspec`: the same as the command."""

from archspec.cli import entry

entry()
