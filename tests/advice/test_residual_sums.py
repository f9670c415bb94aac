"""The two tensors of a residual sum differ: what help says is the slip that was made, which each case makes by itself."""

from __future__ import annotations

import pytest
from support import checked, helps, spec

from archspec.fixing import fix

FLAT = """\
  stem: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  conv1: {type: Conv2d, out_channels: 32, kernel_size: 3, stride: 2, padding: 1}
  bn1: BatchNorm2d
  conv2: {type: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}
  short: {type: Conv2d, from: stem, out_channels: 32, kernel_size: 1, stride: 2}
  add: {type: Add, from: [conv2, short]}
"""
BLOCK = """\
blocks:
  Residual:
    args: {width: int, stride: 1, has_short: false}
    layers:
      conv1: {type: Conv2d, out_channels: "${width}", kernel_size: 3, stride: "${stride}", padding: 1}
      conv2: {type: Conv2d, out_channels: "${width}", kernel_size: 3, padding: 1}
      short: {type: Conv2d, when: "${has_short}", from: input, out_channels: "${width}", kernel_size: 1, stride: "${stride}"}
      add: {type: Add, from: [conv2, short]}
"""
USES = """\
  b1: {type: Residual, width: 16}
  b2: {type: Residual, width: 32, stride: 2, has_short: true}
"""
TOKENS = """\
  proj: {type: Linear, out_features: 64}
  wide: {type: Linear, out_features: 256}
  back: {type: Linear, out_features: 64}
  skip: {type: Linear, out_features: 64, from: proj}
  add: {type: Add, from: [back, skip]}
"""


def in_blocks(block: str = BLOCK, uses: str = USES) -> str:
    return block + spec(uses, "[16, 32, 32]")


def replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def image(old: str, new: str) -> str:
    return spec(replaced(FLAT, old, new), "[3, 32, 32]")


SLIPS = {
    "the shortcut's width": (
        image("stem, out_channels: 32", "stem, out_channels: 16"),
        "write out_channels: 32 in short",
    ),
    "the shortcut's padding": (
        image("32, kernel_size: 1, stride", "32, kernel_size: 3, stride"),
        "write padding: 1 in short",
    ),
    "the shortcut's stride": (image("kernel_size: 1, stride: 2", "kernel_size: 1"), "write stride: 2 in short"),
    "the branch's stride": (image("kernel_size: 3, stride: 2", "kernel_size: 3"), "write stride: 2 in conv1"),
    "what the shortcut reads": (
        image("from: stem, out", "out"),
        "write from: stem in short, which reads the layer above it",
    ),
    "the width of tokens": (
        spec(replaced(TOKENS, "64, from: proj", "32, from: proj"), "[10, 48]"),
        "write out_features: 64 in skip",
    ),
    "a flag that the use lacks": (
        in_blocks(uses=replaced(USES, ", has_short: true", "")),
        "write has_short: true in b2, so that it has short",
    ),
    "a flag that is wrong": (
        in_blocks(uses=replaced(USES, "has_short: true", "has_short: false")),
        "write has_short: true in b2, so that it has short",
    ),
    "a flag of a stride alone": (
        in_blocks(uses=replaced(USES, "width: 32, stride: 2, has_short: true", "width: 16, stride: 2")),
        "write has_short: true in b2, so that it has short",
    ),
    "a condition that forgets the width": (
        in_blocks(
            replaced(BLOCK, "${has_short}", "${stride != 1}"),
            replaced(USES, "stride: 2, has_short: true", "stride: 1"),
        ),
        'write when: "${stride != 1 or input.shape[1] != width}" in short, in all 2 uses of Residual',
    ),
    "a condition that forgets the stride": (
        in_blocks(
            replaced(BLOCK, "${has_short}", "${input.shape[1] != width}"),
            replaced(USES, "width: 32, stride: 2, has_short: true", "width: 16, stride: 2"),
        ),
        'write when: "${input.shape[1] != width or stride != 1}" in short, in all 2 uses of Residual',
    ),
    "the block's shortcut has no stride": (
        in_blocks(replaced(BLOCK, 'kernel_size: 1, stride: "${stride}"', "kernel_size: 1")),
        'write stride: "${stride}" in b2.short',
    ),
    "the block's shortcut has a number for its width": (
        in_blocks(replaced(BLOCK, 'from: input, out_channels: "${width}"', "from: input, out_channels: 16")),
        'write out_channels: "${width}" in b2.short',
    ),
    "the block's shortcut reads the layer above": (
        in_blocks(replaced(BLOCK, "from: input, ", "")),
        "write from: input in b2.short, which reads the layer above it",
    ),
}


def test_without_a_slip_they_fit() -> None:
    for text in (spec(FLAT, "[3, 32, 32]"), in_blocks(), spec(TOKENS, "[10, 48]")):
        assert not [found for found in checked(text).diagnostics if found.severity == "error"]


@pytest.mark.parametrize("slip", SLIPS)
def test_the_slip_is_what_help_says(slip: str) -> None:
    text, help = SLIPS[slip]
    (said,) = helps(text)
    assert said.removesuffix(", in all 2 uses of Residual") == help.removesuffix(", in all 2 uses of Residual")
    assert text.encode() == fix("a.yaml", text.encode()).after  # nobody can know that it was meant
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert not [found for found in fixed.result.diagnostics if found.severity == "error"]


SKIPS = """\
  e1: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  p1: {type: MaxPool2d, kernel_size: 2}
  e2: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  p2: {type: MaxPool2d, kernel_size: 2}
  b: {type: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}
  up2: {type: ConvTranspose2d, out_channels: 16, kernel_size: 2, stride: 2}
  cat2: {type: Cat, from: [e2, up2], dim: 1}
  d2: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  up1: {type: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2}
  cat1: {type: Cat, from: [up1, e1], dim: 1}
"""


@pytest.mark.parametrize(
    ("layers", "old", "new", "why"),
    [
        (FLAT, "[conv2, short]", "[conv2, stem]", "let add read short, which nothing reads, in place of stem"),
        (SKIPS, "[e2, up2]", "[e1, up2]", "let cat2 read e2, which has the sides of the other, in place of e1"),
        (SKIPS, "[up1, e1]", "[up1, e2]", "let cat1 read e1, which has the sides of the other, in place of e2"),
    ],
)
def test_another_layer_is_read(layers: str, old: str, new: str, why: str) -> None:
    text = spec(replaced(layers, old, new), "[3, 32, 32]")
    (said,) = helps(text)
    assert said == why
    assert f"from: {old}" in fix("a.yaml", text.encode(), is_unsafe=True).after.decode()


SHORT = """\
blocks:
  B:
    args: {c: int, stride: 1}
    layers:
      conv1: {type: Conv2d, out_channels: "${c}", kernel_size: 3, stride: "${stride}", padding: 1}
      conv2: {type: Conv2d, out_channels: "${c}", kernel_size: 3, padding: 1}
      short:
        from: input
        layers:
          - {type: Conv2d, out_channels: "${c}", kernel_size: 1, stride: "${stride}", bias: false}
          - BatchNorm2d
      add: {type: Add, from: [conv2, short]}
"""


@pytest.mark.parametrize(
    ("old", "new", "help"),
    [
        ("        from: input\n", "", "write from: input in short, which reads the layer above it"),
        (', stride: "${stride}", bias', ", bias", 'write stride: "${stride}" in b.short.0'),
        ('"${c}", kernel_size: 1', "16, kernel_size: 1", 'write out_channels: "${c}" in b.short.0'),
    ],
)
def test_a_shortcut_of_several_layers(old: str, new: str, help: str) -> None:
    uses = "  b: {type: B, c: 32, stride: 2}\n"
    assert checked(in_blocks(SHORT, uses)).ok
    text = in_blocks(replaced(SHORT, old, new), uses)
    assert helps(text) == [help]
    assert checked(fix("a.yaml", text.encode(), is_unsafe=True).after.decode()).ok


def test_a_use_without_keys_has_no_place_for_a_flag() -> None:
    block = replaced(BLOCK, "width: int, stride: 1", "width: 32, stride: 2")
    (said,) = helps(in_blocks(block, "  b: Residual\n"))
    assert said == 'write when: "${has_short or input.shape[1] != width or stride != 1}" in short'


def test_a_shortcut_that_claims_what_it_should_read() -> None:
    claimed = replaced(FLAT, "from: stem, out_channels", "from: stem, in_channels: 16, out_channels")
    assert checked(spec(claimed, "[3, 32, 32]")).ok
    text = spec(replaced(claimed, "from: stem, ", ""), "[3, 32, 32]")
    assert helps(text)[0] == "write from: stem in short, which reads the layer above it"
    after = fix("a.yaml", text.encode(), is_unsafe=True)
    assert "short: {type: Conv2d, from: stem, in_channels: 16, " in after.after.decode()
    assert after.result.ok
