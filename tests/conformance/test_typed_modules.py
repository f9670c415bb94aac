"""The module of every op, on generated arguments, as mypy in strict mode and ruff read it. There is no op without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from harness import build
from round_trips import single
from strategies import STRATEGIES

from archspec.backends.torch import generate
from archspec.checking import check
from archspec.ops import registry
from archspec.ops.base import Tensor

EXAMPLES, ROUNDS = 6, 20


def modules(name: str) -> dict[str, str]:
    """Some modules of one op, by the names of their files."""
    found: dict[str, str] = {}

    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(STRATEGIES.get(name, st.nothing()))
    def run(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        arguments, inputs = case
        op, document = build(name, arguments, inputs), single(name, arguments, inputs)
        if op is None or document is None:
            return
        outputs = op.outputs(inputs)
        document["outputs"] = {
            f"o{n}": f"layer.{port}" if len(outputs) > 1 else "layer" for n, port in enumerate(outputs)
        }
        result = check("single.json", json.dumps(document).encode())
        if result.ok and result.facts is not None:
            found[f"op_{name.lower()}_{len(found)}.py"] = generate(result.facts).text

    for round in range(ROUNDS):
        seed(round)(run)()
        if found:
            break
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("ops")
    for name in registry.names():
        texts = modules(name)
        assert texts, f"no case of {name} became a module"
        for file, text in texts.items():
            (made / file).write_text(text, "utf-8")
    return made


@pytest.mark.parametrize(
    "command",
    ["mypy --strict --allow-untyped-calls --config-file= --cache-dir=/dev/null", "ruff check --isolated --no-cache",
     "ruff format --isolated --no-cache --diff"],
)  # fmt: skip
def test_nothing_is_said_of_any(command: str, folder: Path) -> None:
    words = [sys.executable, "-m", *command.split(), "."]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
