"""`archspec ops`: the list, what finds an op, and examples that check."""

from __future__ import annotations

import json
import re

import pytest
from support import checked

from archspec.cli import main
from archspec.commands.common import Unusable
from archspec.commands.ops import KINDS, about, find
from archspec.ops import registry
from archspec.ops.examples import line, spec
from archspec.ops.other_names import OTHER_NAMES


@pytest.mark.parametrize("name", registry.names())
def test_every_example_checks_and_shows_its_figures(name: str) -> None:
    op = registry.find(name)
    assert op is not None
    result = checked(spec(op))
    assert result.ok, [found.message for found in result.diagnostics]
    assert line(op) in spec(op)
    found = about(name)
    assert found["doc"]
    assert found["url"].startswith("https://")
    assert found["example"]["gives"]
    assert [key["name"] for key in found["keys"]] == list(op.model_fields)


@pytest.mark.parametrize(("name", "reads", "gives"), [
    ("Conv2d", ["N × 16 × H × W"], ["N × 32 × H × W"]),
    ("MaxPool2d", ["N × C × H × W"], ["N × C × H//2 × W//2"]),
    ("ConvTranspose2d", ["N × 16 × H × W"], ["N × 8 × 2*H × 2*W"]),
    ("Cat", ["N × 16 × H × W", "N × 8 × H × W"], ["N × 24 × H × W"]), ("Add", ["N × C × H × W"] * 2, ["N × C × H × W"]),
    ("Flatten", ["N × C × H × W"], ["N × C*H*W"]), ("Linear", ["N × 400"], ["N × 10"]),
    ("LSTM", ["N × T × 32"], ["N × T × 64", "1 × N × 64", "1 × N × 64"]),
])  # fmt: skip
def test_shape_rules(name: str, reads: list[str], gives: list[str]) -> None:
    assert about(name)["example"]["rule"] == {"reads": reads, "gives": gives}


def test_the_list_has_each_once_by_kind_and_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops"]) == 0
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert sorted(re.findall(r"^  (\w+)", text, re.MULTILINE)) == registry.names()
    assert [item for item in lines if item and not item.startswith(" ")] == list(KINDS.values())
    assert max(map(len, lines)) <= 80
    assert "  Linear            out = in · weightᵀ + bias over the last axis, (…, …" in lines


def test_one_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", "Conv2d"]) == 0
    text = capsys.readouterr().out
    assert "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html" in text
    assert "example:  layer: {type: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}" in text
    assert "  rule    N × 16 × H × W → N × 32 × H × W\n" in text
    assert "  counts  4,640 parameters, 4,718,592 MACs\n" in text
    assert "  bias: whether a learned number is added to each output; true or false (default\n    true)" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("wanted", "said", "names"), [
    ("Conv2d", "", ["Conv2d"]), ("Dense", "Dense is Linear here", ["Linear"]), ("softmax", "softmax is Softmax here", ["Softmax"]),
    ("nn.Conv2d", "nn.Conv2d is Conv2d here", ["Conv2d"]), ("swish", "swish is SiLU here", ["SiLU"]),
    ("GlobalAveragePooling2D", "GlobalAveragePooling2D is {type: AdaptiveAvgPool2d, output_size: 1} here", ["AdaptiveAvgPool2d"]),
    ("BatchNorm", "BatchNorm is BatchNorm2d for images (N, C, H, W), or BatchNorm1d for (N, C) and (N, C, L) here", ["BatchNorm1d", "BatchNorm2d"]),
    ("shuffle", "3 ops with shuffle in the name or in what it does", ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle"]),
])  # fmt: skip
def test_what_finds_an_op(wanted: str, said: str, names: list[str]) -> None:
    assert find(wanted) == (said, names)


def test_every_other_name_finds_something() -> None:
    lost = [name for name in OTHER_NAMES if not _found(name)]
    assert lost == []


def _found(name: str) -> list[str]:
    try:
        return find(name)[1]
    except Unusable:
        return []


@pytest.mark.parametrize("wanted", ["zzzz", "", "\x1b[31m", "x" * 500])
def test_what_finds_none(wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", wanted]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith("archspec: there is no op called ")
    assert "\x1b" not in found.err


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", "Linear", "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found == about("Linear")
    assert found["example"]["params"] == 4010
    assert found["keys"][1] == {"name": "out_features", "takes": "a whole number from 1 up", "default": None, "required": True,
                                "inferred": False, "meaning": "how many numbers it makes of each vector"}  # fmt: skip


@pytest.mark.parametrize(("words", "op"), [
    ("pooling", "MaxPool2d"), ("average pooling", "AvgPool2d"), ("deconv", "ConvTranspose2d"), ("depthwise conv", "Conv2d"),
    ("Bidirectional", "LSTM"), ("TimeDistributed", "View"), ("GlobalMaxPool", "AdaptiveMaxPool2d"), ("unpool", "Upsample"),
    ("positional encoding", "Parameter"), ("MaxUnpool2d", "ConvTranspose2d"),
])  # fmt: skip
def test_words_of_the_field_lead_to_ops(capsys: pytest.CaptureFixture[str], words: str, op: str) -> None:
    assert main(["ops", words]) == 0
    assert op in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wanted", "names"), [("skip connection", ["Add", "Cat"]), ("SimpleRNN", ["RNN"]), ("Masking", ["Mul"])]
)
def test_words_from_elsewhere_find_just_these_ops(wanted: str, names: list[str]) -> None:
    assert find(wanted)[1] == names


def test_a_key_of_another_library_says_what_there_is() -> None:
    with pytest.raises(Unusable, match="all steps are given"):
        find("return_sequences")
