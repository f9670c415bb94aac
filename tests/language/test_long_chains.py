"""Repeats too long to be written out whose steps are not alike: what is wrong is said, at the step where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.checking import Result, check
from archspec.cli import main
from archspec.expand.folding import LONG
from archspec.growing import FOLLOWED
from archspec.limits import MAX_FOLLOWED_LAYERS

MANY, FEW = 200_000, 1_500
HEAD = "archspec: 1\nname: Long\n"


def folded(text: str) -> Result:
    return check("long.yaml", text.encode(), fold_from=LONG)


def told(result: Result) -> list[tuple[str, str, int, str]]:
    return [(d.code, d.message, d.span.line, d.help) for d in result.diagnostics]


CHAINS = {
    "a kernel": "input: [3, 224, 224]\nlayers:\n  body: {type: Conv2d, out_channels: 3, kernel_size: 3, repeat: COUNT}\n",
    "a pooling": "input: [3, 224, 224]\nlayers:\n  body: {type: MaxPool2d, kernel_size: 2, repeat: COUNT}\n  end: Flatten\n",
    "at the first step": "input: [3, 2, 2]\nlayers:\n  body: {type: Conv2d, out_channels: 3, kernel_size: 3, repeat: COUNT}\n",
    "at the second": "input: [3, 3, 3]\nlayers:\n  body: {type: Conv2d, out_channels: 3, kernel_size: 3, repeat: COUNT}\n",
    "in a list": "input: [3, 150, 150]\nlayers:\n- ReLU\n- {type: MaxPool2d, kernel_size: 3, stride: 1, repeat: COUNT}\n- Flatten\n",
    "late": "input: [1, 700]\nlayers:\n  body: {type: AvgPool1d, kernel_size: 2, stride: 1, repeat: COUNT}\n",
    "by an expression": 'input: [3]\nlayers:\n  body: {type: Linear, out_features: "${900 - i}", repeat: COUNT}\n',
    "a division": 'input: [3]\nlayers:\n  body: {type: Linear, out_features: "${9000 // (80 - i)}", repeat: COUNT}\n',
    "growth": 'input: [1, 8, 8]\nlayers:\n  body: {type: PixelShuffle, upscale_factor: "${1 + i // 70}", repeat: COUNT}\n',
    "in a block": """input: [3, 99, 99]
blocks:
  Step: {layers: {conv: {type: Conv2d, out_channels: 3, kernel_size: 3}, add: {type: Add, from: [conv, conv]}}}
layers: {stem: ReLU, body: {type: Step, repeat: COUNT}, end: {type: Linear, out_features: 3}}
""",
    "in a repeat in a repeat": """input: [3, 999, 999]
blocks:
  Step: {layers: {conv: {type: Conv2d, out_channels: 3, kernel_size: 3, padding: 1}, norm: BatchNorm2d}}
  Less: {layers: {same: {type: Step, repeat: 90}, less: {type: Conv2d, out_channels: 3, kernel_size: 4, repeat: 70}}}
layers: {body: {type: Less, repeat: COUNT}}
""",
}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_the_step_that_fails_is_told(chain: str) -> None:
    """As it is of the same chain with fewer steps, each of which is written out."""
    few = 30 if "Less" in chain else FEW
    long, short = folded(HEAD + chain.replace("COUNT", str(MANY))), check("long.yaml", (HEAD + chain.replace("COUNT", str(few))).encode())  # fmt: skip
    own = [(code, message, line, help) for code, message, line, help in told(short) if code != "W1003"]
    assert own
    assert told(long)[0] in own
    assert long.graph is not None
    assert len(long.graph.nodes) < MAX_FOLLOWED_LAYERS


def test_what_else_is_wrong_is_told_too() -> None:
    text = CHAINS["a kernel"].replace("COUNT", str(MANY)) + "  end: {type: Linear, out_features: 3, units: 3}\n"
    assert [code for code, *_ in told(folded(HEAD + text))] == ["E0303", "E0103"]
    valid = text.replace("kernel_size: 3", "kernel_size: 3, padding: 1")
    assert [code for code, *_ in told(folded(HEAD + valid))] == ["E0103"]
    assert [code for code, *_ in told(check("long.yaml", (HEAD + valid).encode()))] == ["E0103"], (
        "and where nothing is folded"
    )


def test_what_is_said_of_other_steps_is_held_against_them_as_far_as_they_are_known() -> None:
    text = HEAD + CHAINS["a kernel"].replace("COUNT", str(MANY))
    claims = {
        "body.5": {"output": [3, 212, 212]},
        "body.6": {"params": 7},
        "body.5000": {"params": 7},
        "body.200000": {"params": 7},
    }
    found = folded(f"{text}expect: {{layers: {json.dumps(claims)}}}\n")
    assert [(code, message.partition(" ")[0]) for code, message, *_ in told(found)] == [
        ("E0303", "body.111"), ("E0401", "body.6"), ("E0201", "expect"),
    ]  # fmt: skip


def test_steps_that_are_read_behind_the_one_that_fails_are_not_called_missing() -> None:
    text = HEAD + CHAINS["in a list"].replace("COUNT", str(MANY))
    read = (
        "- {type: Add, from: ['190000', '195000']}\n- {type: Linear, out_features: 3, tie: {weight: 180000.weight}}\n"
    )
    assert [code for code, *_ in told(folded(text + read))] == ["E0303"]
    assert [code for code, *_ in told(folded(f"{text}- {{type: Add, from: ['5', '200003']}}\n"))] == ["E0303", "E0201"]


@pytest.mark.parametrize(
    "step",
    [
        "{type: AvgPool1d, kernel_size: 2, stride: 1, repeat: 1000000}",
        '{type: Conv1d, out_channels: "${1 + i % 7}", kernel_size: 1, repeat: 1000000}',
    ],
)
def test_what_fits_as_far_as_it_is_followed_is_too_large(step: str) -> None:
    (found,) = folded(
        f"{HEAD}input: [1, 2000000]\nlayers:\n  body: {step}\n  end: {{type: Linear, in_features: 3, out_features: 3}}\n"
    ).diagnostics
    assert found.code == "E0007"
    assert any(f"the first {steps:,} fit" in found.notes[0] for steps in FOLLOWED)


def test_what_is_followed_says_so_at_no_use_of_a_group_again() -> None:
    """A copy of a chain that was not followed to its end is not known either."""
    group = (
        "  g: {layers: [{type: AvgPool1d, kernel_size: 2, stride: 1, repeat: 1000000}]}\n  h: {use: g, from: input}\n"
    )
    end = "  end: {type: Linear, from: h, in_features: 3, out_features: 3}\n"
    (found,) = folded(f"{HEAD}input: [1, 2000000]\nlayers:\n{group}{end}").diagnostics
    assert found.code == "E0007"


def test_a_file_of_blocks_may_have_long_repeats() -> None:
    blocks = "archspec: 1\nblocks:\n  A: {layers: {body: {type: Conv2d, out_channels: 3, kernel_size: 3, repeat: 1000000}}}\n"
    assert told(check("blocks.yaml", blocks.encode())) == []
    (found,) = check("blocks.yaml", blocks.replace("out_channels", "channels").encode()).diagnostics
    assert found.code == "E0103"


def test_a_block_by_itself_may_read_single_steps_of_a_long_repeat() -> None:
    blocks = "archspec: 1\nblocks:\n  A: {layers: [{type: ReLU, repeat: 1000}, {type: Add, from: ['500', '999']}]}\n"
    assert told(check("blocks.yaml", blocks.encode())) == []
    (found,) = check("blocks.yaml", blocks.replace("500", "5000").encode()).diagnostics
    assert found.code == "E0201"


def test_commands_tell_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(HEAD + CHAINS["a pooling"].replace("COUNT", str(MANY)))
    for command in (
        ["check"],
        ["check", "--format", "json"],
        ["compile"],
        ["render", "-o", str(tmp_path / "x.svg")],
    ):
        assert main([command[0], str(path), *command[1:]]) == 1, command
        said = "".join(capsys.readouterr())
        assert "body.7 has a kernel of 2 for a height of 1" in said, command
        assert "E0007" not in said, command
    with pytest.raises(archspec.SpecError, match=r"body\.7 has a kernel"):
        archspec.load(path)
    assert main(["check", str(path), "--columns", "layer,type,output"]) == 1
    rows: list[Any] = [line.split() for line in capsys.readouterr().out.splitlines()[2:12]]
    assert rows[-2:] == [["7…199,999", "MaxPool2d", "2×2", "/2", "×", "199,993", "?"], ["end", "Flatten", "?"]]
