"""`check` tells of as many safe fixes as `--fix` makes: what is safe does not hang on what else is wrong in a layer."""

from __future__ import annotations

import pytest
from support import spec

from archspec.checking import check
from archspec.fixing import fix


@pytest.mark.parametrize(
    "keys",
    ["out_channels: 8, kernel_size: 3", "out_channels: 8, kernal_size: 3", "out_channel: 8, kernel_size: 3, strid: 2"],
)
@pytest.mark.parametrize("above", ["", "  first: {type: Conv2d, channels: 8, kernel_size: 3}\n"])
def test_as_many_fixes_are_made_as_are_told(keys: str, above: str) -> None:
    text = spec(f"{above}  conv: {{type: Conv2d, {keys}, padding: SAME}}\n").encode()
    told = [d for d in check("spec.yaml", text, has_all_fixes=True).diagnostics if d.fix is not None and d.fix.is_safe]
    assert len(told) == len(fix("spec.yaml", text).made)
