"""How far one value walks, from a spec's text to its code: `python tests/benchmarks/walk.py`. Run by hand.

A kernel of 7,919, a number that nothing else has, is written at a layer, or given as a block's argument. Counted is each function of
archspec that has it among its arguments and local variables when it returns: as the number, in a text, or in a few items around it.
A comprehension belongs to the function that it stands in. `-v` lists them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

import archspec

NUMBER = 7919
MOST = 64
"""Items that are looked at, of one value around another."""
DEEP = 2
"""Values around values that are looked into."""
AT_MOST = 50, 15
"""Functions and files that are wished for."""
HOME = Path(archspec.__file__).parent
PLAIN = """\
archspec: 1
name: Net
inputs: {x: [8, 9000]}
layers:
  conv: {type: Conv1d, out_channels: 4, kernel_size: 7919}
"""
ARGUMENT = """\
archspec: 1
name: Net
inputs: {x: [8, 9000]}
blocks:
  Unit:
    args: {kernel: int}
    layers:
      conv: {type: Conv1d, out_channels: 8, kernel_size: "${kernel}"}
      norm: BatchNorm1d
layers:
  first: {type: Unit, kernel: 3}
  second: {type: Unit, kernel: 7919}
"""


class Function(NamedTuple):
    """One that sees the number."""

    file: str
    name: str


class Walk:
    """The functions that see the number, in the order in which they return."""

    def __init__(self) -> None:
        self.seen: dict[Function, None] = {}
        self.known: dict[CodeType, Function | None] = {}

    def of(self, work: Callable[[], object]) -> Walk:
        """Does the work and watches it."""
        sys.setprofile(self._watch)
        try:
            work()
        finally:
            sys.setprofile(None)
        return self

    def _watch(self, frame: FrameType, event: str, _: object) -> None:
        if event != "return":
            return
        if frame.f_code not in self.known:
            self.known[frame.f_code] = _function(frame.f_code)
        function = self.known[frame.f_code]
        if function is not None and function not in self.seen and _is_in(list(frame.f_locals.values())):
            self.seen[function] = None

    def by_file(self) -> dict[str, list[str]]:
        """Those of each file."""
        found: dict[str, list[str]] = {}
        for function in self.seen:
            found.setdefault(function.file, []).append(function.name)
        return found


def _function(code: CodeType) -> Function | None:
    """The function of archspec that this is the code of; None for another's."""
    path = Path(code.co_filename)
    if not path.is_relative_to(HOME):
        return None
    return Function(path.relative_to(HOME).as_posix(), re.sub(r"(\.<locals>)?\.<\w+>$", "", code.co_qualname))


def _is_in(value: object, deep: int = DEEP + 1) -> bool:
    """Whether a value is the number, or has it in it."""
    if isinstance(value, str):
        return len(value) < 4000 and str(NUMBER) in value
    if isinstance(value, int):
        return value == NUMBER
    if deep == 0 or not isinstance(value, (tuple, list, dict)) or len(value) > MOST:
        return False
    return any(_is_in(item, deep - 1) for item in (value.values() if isinstance(value, Mapping) else value))


def walk(text: str) -> Walk:
    """From the text to the generated code."""
    archspec.compile(archspec.parse(text))  # what is made once for all specs is no part of it
    return Walk().of(lambda: archspec.compile(archspec.parse(text)))


def main() -> None:
    for what, text in (("a layer's key", PLAIN), ("a block's argument", ARGUMENT)):
        found = walk(text)
        files = found.by_file()
        print(f"kernel_size as {what:18} {len(found.seen):4} functions in {len(files):3} files   "
              f"at most {AT_MOST[0]} in {AT_MOST[1]} are wished for")  # fmt: skip
        if "-v" in sys.argv:
            for file, names in files.items():
                print(f"  {file}: {', '.join(names)}")


if __name__ == "__main__":
    main()
