"""Small inputs that once came out wrong, each with what is right: `python tests/cases/run.py [FOLDER]`.

A row is one command on one file, and what must be true of its exit code, its JSON or its text. The rows stand in `rows/`, a file an
area; the inputs in `files/`, or in another FOLDER of the same layout, which need not have all of them. `pytest tests/cases` runs them too.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = HERE / "files"


@dataclass(frozen=True)
class Row:
    """One case. `arguments` is what follows `archspec`; {} stands for the file, {out} for a path that does not exist yet.

    The command runs in the file's folder, so that a case in Python is named by its module.
    """

    file: str  # below the folder of cases
    kind: str  # the rule that was broken
    arguments: str
    exit: int = 0
    says: tuple[str, ...] = ()  # parts of standard output and error together
    lacks: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(
        default_factory=dict
    )  # of the JSON on standard output, by path: "layers.0.params"
    probe: Callable[[Path, Path], str | None] | None = None  # (file, out): what is wrong afterwards, or None

    @property
    def name(self) -> str:
        return f"{self.file}: {self.arguments}"


def rows() -> list[Row]:
    """The rows of all areas."""
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    areas = sorted(module.name for module in pkgutil.iter_modules([str(HERE / "rows")]))
    return [row for area in areas for row in importlib.import_module(f"rows.{area}").ROWS]


Answer = tuple[int, str, str]  # the exit code, standard output and standard error


def process(words: list[str], folder: Path, seconds: float = 600) -> Answer:
    """What the command answers in a process of its own."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(HERE.parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "archspec", *words],
        cwd=folder, capture_output=True, text=True, timeout=seconds, env=environment, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def fault(row: Row, folder: Path, run: Callable[[list[str], Path], Answer] = process) -> str | None:
    """What is wrong with the answer, or None."""
    file = next(
        (each / row.file for each in (folder, FILES) if (each / row.file).exists()), folder / row.file
    ).resolve()
    if not file.exists():
        return "the file is missing"
    with tempfile.TemporaryDirectory() as out_folder:
        out = Path(out_folder) / ("out.py" if row.arguments.startswith("compile") else "out")
        words = [word.replace("{}", str(file)).replace("{out}", str(out)) for word in row.arguments.split()]
        try:
            code, printed, told = run(words, file.parent)
        except subprocess.TimeoutExpired as error:
            return f"no end within {error.timeout:g} s"
        said = printed + told
        if code != row.exit:
            return f"exit {code}, not {row.exit}: {said[-400:]}"
        for part in row.says:
            if part not in said:
                return f"does not say {part!r}: {said[-800:]}"
        for part in row.lacks:
            if part in said:
                return f"says {part!r}"
        if row.values:
            report = json.loads(printed)
            for path, right in row.values.items():
                value = _at(report, path)
                if value != right:
                    return f"{path} is {value!r}, not {right!r}"
        return row.probe(file, out) if row.probe else None


def _at(report: Any, path: str) -> Any:
    for key in path.split("."):
        report = report[int(key)] if isinstance(report, list) else report[key]
    return report


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FILES
    wrong = 0
    every = rows()
    for row in every:
        found = fault(row, folder)
        wrong += found is not None
        print(f"{'ok   ' if found is None else 'WRONG'} {row.name}" + (f"\n      {found}" if found else ""), flush=True)
    print(f"{len(every) - wrong} right, {wrong} wrong, of {len(every)} rows")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
