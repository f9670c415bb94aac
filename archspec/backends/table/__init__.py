"""Facts as a table for people and as a report for programs."""

from archspec.backends.table.report import report
from archspec.backends.table.terminal import Options, table

__all__ = ["Options", "report", "table"]
