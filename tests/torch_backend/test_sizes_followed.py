"""An inferred size is written as what it comes from, and never as what only happens to be the same number in all cases."""

from __future__ import annotations

import pytest
import torch
from support import checked

from archspec.alternatives import alternatives
from archspec.backends.torch import Generated, generate
from archspec.checking import check
from archspec.running.build import build
from archspec.running.verify import verify

HEAD = """archspec: 1
name: Net
args: {width: 64, other: 64}
let: {w: "${width}", limited: "${min(w, 512)}", rounded: "${round(0.8 * width)}"}
input: [3, 4, 4]
"""
CONV = "type: Conv2d, kernel_size: 1"
BLOCKS = f"""blocks:
  Same:
    args: {{inside: int}}
    layers:
      wide: {{{CONV}, out_channels: "${{inside}}"}}
      back: {{{CONV}, out_channels: "${{input.shape[1]}}"}}
      add: {{type: Add, from: [back, input]}}
  Two:
    args: {{a: int, b: int}}
    layers:
      - {{{CONV}, out_channels: "${{a}}"}}
      - BatchNorm2d
      - {{{CONV}, out_channels: "${{b}}"}}
      - BatchNorm2d
"""


def generated(text: str) -> Generated:
    spec = checked(text)
    assert spec.facts is not None
    code = generate(spec.facts, arguments=alternatives(spec))
    assert verify(spec.facts, code) == []
    return code


def shapes(module: torch.nn.Module) -> list[tuple[int, ...]]:
    return [tuple(value.shape) for value in module.state_dict().values()]


def need_right(text: str, code: Generated, *widths: int) -> None:
    """With these widths the class is what the spec is with them."""
    for width in widths:
        flat = check("net.yaml", text.encode(), {"width": width})
        assert flat.facts is not None
        mine = build(code.text, code.name, arguments={"width": width}, device="meta").eval()
        assert shapes(mine) == shapes(build(generate(flat.facts).text, code.name, device="meta")), width
        mine(torch.empty(2, 3, 4, 4, device="meta"))


@pytest.mark.parametrize(
    "layers",
    [
        [f'{CONV}, out_channels: "${{width}}"', f'{CONV}, out_channels: "${{limited}}"', "type: BatchNorm2d"],
        [f'{CONV}, out_channels: "${{limited}}"', 'type: Same, inside: "${width}"'],
        [f'{CONV}, out_channels: "${{rounded}}"', f'{CONV}, out_channels: "${{int(0.8 * width)}}"', "type: BatchNorm2d"],
        ['type: Two, a: "${width}", b: "${limited}"', 'type: Two, a: "${limited}", b: "${width}"', "type: BatchNorm2d"],
        ['type: Two, a: "${int(0.8 * width)}", b: "${rounded}", repeat: 3'],
        [f'{CONV}, out_channels: "${{width}}"', f'{CONV}, repeat: 3, out_channels: "${{limited}}"', "type: BatchNorm2d"],
        [f'{CONV}, out_channels: "${{width if w > 40 else 40}}"', "type: BatchNorm2d"],
        [f'{CONV}, out_channels: "${{width}}"', f'{CONV}, out_channels: "${{other}}"', "type: BatchNorm2d", "type: Flatten",
         "type: Linear, out_features: 2"],
    ],
)  # fmt: skip
def test_sizes_that_agree_for_a_while(layers: list[str]) -> None:
    text = HEAD + BLOCKS + "layers:\n" + "".join(f"  - {{{layer}}}\n" for layer in layers)
    code = generated(text)
    assert "width" in code.arguments, code.held
    need_right(text, code, 2, 30, 41, 65, 511, 513, 900)


def test_a_size_of_several_parts_is_written_as_these() -> None:
    """Nothing in the class has the sum that a Cat makes; it was a reason to keep the argument."""
    text = f"""{HEAD}layers:
  first: {{{CONV}, out_channels: "${{width}}"}}
  second: {{{CONV}, out_channels: "${{limited}}"}}
  both: {{type: Cat, from: [first, second], dim: 1}}
  norm: BatchNorm2d
"""
    code = generated(text)
    assert code.arguments == ("width",)
    assert "nn.BatchNorm2d(limited + width, **kwargs)" in code.text
    need_right(text, code, 2, 65, 511, 513, 900)


def test_a_size_of_which_nothing_is_known_keeps_its_argument() -> None:
    """Windows of which `width` says how long they are: the positions follow from it in no way that is known."""
    text = """archspec: 1
name: Net
args: {width: 8}
input: [3, 64]
layers:
  pool: {type: MaxPool1d, kernel_size: "${width}", stride: 3}
  fc: {type: Linear, out_features: 2}
"""
    code = generated(text)
    assert code.arguments == ()
    assert "in_features" in code.held["width"].why
