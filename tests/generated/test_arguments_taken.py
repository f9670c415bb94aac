"""Random specs with arguments: the class that takes them is, with other values, the flat expansion with these.

Values are drawn that nobody has tried when the code was written. `ARCHSPEC_GROWN=1000` grows as many as one likes.
"""

from __future__ import annotations

import inspect
import json
import os
import random
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from nesting import Nested, nested
from torch import nn

from archspec.alternatives import alternatives
from archspec.backends.torch import generate
from archspec.checking import check
from archspec.running.build import build
from archspec.running.verify import verify

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

EXAMPLES = int(os.environ.get("ARCHSPEC_GROWN", "60"))
WIDTHS, TIMES = (2, 4, 6, 10, 14, 22), (1, 2, 3, 4, 5, 7)


def drawn(numbers: random.Random) -> dict[str, Any]:
    values = {"width": numbers.choice(WIDTHS), "kernel": numbers.choice((1, 3, 5)), "deep": numbers.random() < 0.5,
              "times": numbers.choice(TIMES)}  # fmt: skip
    return {name: value for name, value in values.items() if numbers.random() < 0.7}


def starts(module: nn.Module) -> list[float | None]:
    """What each parameter is filled with; None for numbers that are drawn."""
    found = [value.flatten() for value in module.parameters()]
    return [float(value[0]) if len(value) > 1 and bool((value == value[0]).all()) else None for value in found]


def shapes(module: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(value.shape) for value in module.state_dict().values()]


@given(nested())
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_arguments_are_those_of_the_class(case: Nested) -> None:
    shown = json.dumps(case.spec)
    found = check("nested.json", shown.encode())
    assert found.ok, shown
    assert found.facts is not None
    code = generate(found.facts, arguments=alternatives(found))
    assert verify(found.facts, code) == [], (shown, code.text)
    made = build(code.text, code.name, device="meta")
    takes = inspect.signature(type(made).__init__).parameters
    numbers = random.Random(shown)
    for _ in range(4):
        values = {name: value for name, value in drawn(numbers).items() if name in takes}
        flat = check("flat.json", json.dumps(case.with_(values)).encode())
        if not flat.ok:
            continue
        assert flat.facts is not None
        torch.manual_seed(0)
        mine = build(code.text, code.name, arguments=values).double().eval()
        other = build(generate(flat.facts).text, "Nested").double().eval()
        assert shapes(mine) == shapes(other), (values, shown, code.text)
        assert starts(mine) == starts(other), (values, shown, code.text)
        learned = [[parameter.requires_grad for parameter in module.parameters()] for module in (mine, other)]
        assert learned[0] == learned[1], (values, shown, code.text)
        other.load_state_dict(dict(zip(other.state_dict(), mine.state_dict().values(), strict=True)))
        x = torch.randn(2, 3, 6, 6, dtype=torch.float64)
        with torch.no_grad():
            assert torch.equal(mine(x), other(x)), (values, shown, code.text)
