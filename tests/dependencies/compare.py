"""Lowest and newest versions of the run-time dependencies give the same bytes: `python tests/dependencies/compare.py`.

Makes an environment of the lowest versions that `pyproject.toml` allows and one of the newest, and asks all that needs no torch of every spec
in both: report, table, module, diagram. What differs is named, and the exit code is 1. Needs a package index; CI runs it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "check {} --format json",
    "check {}",
    "compile {}",
    "render {} -o {out}.dot",
    "render {} --depth 1 -o {out}.svg",
)


def lowest() -> list[str]:
    """The run-time dependencies, each at the version that its lower bound names."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    return [re.sub(r">=([0-9.]+)(,<[0-9.]+)?", r"==\1", requirement) for requirement in declared]


def newest() -> list[str]:
    return list(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"])


def answer() -> dict[str, str]:
    """A digest of what each command answers for each spec, in this environment."""
    from archspec.cli import main

    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for folder_name in ("specs", "tests/cases/files/specs", "tests/cases/files/student"):
            for path in sorted((ROOT / folder_name).rglob("*.yaml")):
                for number, command in enumerate(COMMANDS):
                    out = Path(folder) / f"{len(found)}"
                    words = [word.replace("{}", str(path)).replace("{out}", str(out)) for word in command.split()]
                    said = io.StringIO()
                    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                        code = main(words)
                    drawn = b"".join(file.read_bytes() for file in sorted(Path(folder).glob(f"{len(found)}.*")))
                    drawn = (
                        drawn if number < len(COMMANDS) - 1 else str(bool(drawn)).encode()
                    )  # engines place boxes differently
                    text = said.getvalue().replace(folder, "") + str(code)
                    found[f"{path.relative_to(ROOT)}: {command}"] = hashlib.sha256(text.encode() + drawn).hexdigest()
    return found


def answers_with(requirements: list[str], folder: Path) -> dict[str, str]:
    """What an environment of its own with these requirements answers."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
    listed = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
    print("  ".join(sorted(listed.split())), flush=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([python, __file__, "--answer"], check=True, capture_output=True, text=True, env=environment)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def main() -> int:
    if sys.argv[1:] == ["--answer"]:
        print(json.dumps(answer()))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        old = answers_with(lowest(), Path(folder) / "lowest")
        new = answers_with(newest(), Path(folder) / "newest")
    different = [name for name in old if old[name] != new[name]]
    print(
        "\n".join(
            [f"differs: {name}" for name in different]
            + [f"{len(old) - len(different)} of {len(old)} answers are the same"]
        )
    )
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
