"""Python code in the place of a spec. Enters: a text that is no spec; leaves: what it is, and what reads it.

Imported only for such texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archspec.limits import MAX_CODE_LINE, MAX_CODE_TEXT

if TYPE_CHECKING:
    from archspec.diagnostics.model import Diagnostic
    from archspec.document.tree import Node
    from archspec.source import Source

READS = "archspec import torch MODULE:CALLABLE --input SIZES writes"
WAY = f"{READS} one of the model in it"
KERAS_WAY = "archspec import keras MODEL.json writes one of what model.to_json() gives"
_KERAS = re.compile(r"\bkeras\b|\btensorflow\b|\b(?:Conv[123]D|Dense|(?:Max|Average)Pooling[123]D)\(|\bmodel\.add\(")
"""What tells Keras' code from PyTorch's."""
_CODE = re.compile(
    r"""import\ [A-Za-z_][\w.]*(?:\ as\ \w+|\ *,.*)?\s*(?:\#.*)? | from\ [\w.]+\ import\ \S.* | class\ \w+(?:\(.*\))?:.*
    | (?:async\ )?def\ \w+\(.* | @[\w.]+.* | [A-Za-z_][\w.]*\ *=\ *[A-Za-z_][\w.]*\(.*""",
    re.VERBOSE,
)
_CALLS = re.compile(
    r"""(?:super\(.*?\)\.__init__\(\)\s+)?
    (?: (?:self\.)?\w+\ *=\ *[\w.]+\( | [A-Za-z_][\w.]*\( | \(\s*(?:['"]\w+['"]|\w+),\s )""",
    re.VERBOSE,
)
"""A layer that is kept under a name, one that is made, or a name and one."""
_BEFORE = re.compile(r"\s*(?:#.*)?|\s*[rbu]?(\"\"\"|''')(?:.*\1)?.*")
"""What may stand before the first statement, on one line."""


CALLS = "a call of Python code in each line"
AS_LINES = "write a layer a line, with its type and its keys"
WHOLE = f"{READS} the spec of a whole class, with what its forward does"
"""What is said beside lines of code, which seldom are all of a model."""


def is_calls(node: Node) -> bool:
    """Whether a text is lines of code that make layers: `self.conv1 = nn.Conv2d(3, 8, 3)`, `model.add(Dense(10))`, `nn.ReLU(),`,
    `('conv1', nn.Conv2d(3, 8, 3)),`."""
    from archspec.document.tree import Scalar

    return isinstance(node, Scalar) and not node.quoted and _CALLS.match(node.text) is not None


def begins_a_call(line: str) -> bool:
    """The same for a line."""
    return _CALLS.match(line) is not None


def python_text(source: Source) -> Diagnostic | None:
    """E0001 for Python code, by its first statement; None where it begins otherwise."""
    from archspec.diagnostics.model import Diagnostic
    from archspec.source import Span

    number = next(
        (n for n, line in enumerate(source.lines, 1) if _BEFORE.fullmatch(line[:MAX_CODE_LINE]) is None), None
    )
    line = source.lines[number - 1][:MAX_CODE_LINE] if number is not None else ""
    if number is None or _CODE.fullmatch(line.rstrip()) is None:
        return None
    span = Span(source, number, 1, number, len(line.rstrip()) + 1)
    help = way(source.text)
    return Diagnostic("E0001", "this is Python code, and no spec", span, label="a statement of Python", help=help)


def way(text: str) -> str:
    """The command that reads the model which such code makes."""
    return KERAS_WAY if _KERAS.search(text[:MAX_CODE_TEXT]) else WAY
