"""A question mark where a value is not known, which YAML takes for the sign of a key."""

from __future__ import annotations

import pytest

from archspec.fixing import fix

HEAD = "archspec: 1\nname: Net\ninput: [3, 8, 8]\nlayers:\n  - Flatten\n"


@pytest.mark.parametrize(("written", "meant"), [
    ("  - {type: Linear, in_features: ?, out_features: 10}\n", "  - {type: Linear, out_features: 10}\n"),
    ("  - {in_features: ??, type: Linear, out_features: 10}\n", "  - {type: Linear, out_features: 10}\n"),
    ("  - {type: Linear, out_features: 10, in_features: ?}\n", "  - {type: Linear, out_features: 10}\n"),
    ("  - type: Linear\n    in_features: ?  # how many\n    out_features: 10\n", "  - type: Linear\n    # how many\n    out_features: 10\n"),
])  # fmt: skip
def test_it_is_left_out_when_asked(written: str, meant: str) -> None:
    found = fix("a.yaml", f"{HEAD}{written}".encode(), is_unsafe=True)
    assert found.after.decode() == f"{HEAD}{meant}"
    assert found.result.ok
    (before,) = fix("a.yaml", f"{HEAD}{written}".encode()).result.diagnostics
    assert before.help == "leave in_features out where it is not known"
