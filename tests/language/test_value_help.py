"""What help proposes in place of a wrong value: an edit that fits, or nothing."""

from __future__ import annotations

import pytest
from support import helps, spec, told

LET = 'let: {ch: 8, size: [3, 3], half: "${ch / 2}"}\n'


def wrong(keys: str, type: str = "Conv2d") -> list[str]:
    required = {"Conv2d": {"out_channels": "8", "kernel_size": "3"}}.get(type, {})
    given = "".join(f", {key}: {value}" for key, value in required.items() if f"{key}:" not in keys)
    return helps(LET + spec(f"  a: {{type: {type}{given}, {keys}}}\n"))


@pytest.mark.parametrize(
    ("keys", "help"),
    [
        ("out_channels: ch", 'write out_channels: "${ch}"'),
        ('out_channels: "$ch"', 'write out_channels: "${ch}"'),
        ("out_channels: {ch}", 'write out_channels: "${ch}"'),
        ("out_channels: ch * 2", 'write out_channels: "${ch * 2}"'),
        ("out_channels: wide", 'write out_channels: "${wide}", with args: {wide: …} above'),
        ("out_channels: {wide}", ""),
        ("out_channels: ch * wide", 'write out_channels: "${ch * wide}", with args: {wide: …} above'),
        ('out_channels: "${ch / 2}"', "/ gives a fraction; write //, which gives a whole number"),
        ('out_channels: "${ch / 3}"', "/ gives a fraction; write //, which gives a whole number"),
        ('out_channels: "${half}"', "int(…) makes it whole"),
        ("out_channels: 8.0", "write out_channels: 8"),
        ("out_channels: 8.5", ""),
        ("out_channels: -8.0", ""),
        ('out_channels: "8"', "write out_channels: 8"),
        ("kernel_size: 3x3", "write kernel_size: [3, 3]"),
        ("kernel_size: (3, 5), padding: 1", "write kernel_size: [3, 5]"),
        ('kernel_size: "(3, 5)"', "write kernel_size: [3, 5]"),
        ("kernel_size: (3, 0)", "a list stands in brackets"),
        ("padding: SAME", "write padding: same"),
        ("padding: None", "leave padding out"),
        ("out_channels: None", ""),
        ("in_channels: None", "write in_channels: null"),
        ("bias: no", "write bias: false"),
        ("bias: yes", "write bias: true"),
        ("bias: 1", "write bias: true"),
        ("groups: no", ""),
        ("kernel_size: 11px", "write kernel_size: 11"),
        ("out_channels: 1_000", "write out_channels: 1000"),
        ("out_channels: 1 k", "write out_channels: 1000"),
        ("out_channels: 96 filters", "write out_channels: 96"),
        ("out_channels: '1,000'", "write out_channels: 1000"),
        ("out_channels: 11 apples", ""),
        ("out_channels: 0 px", ""),
        ("out_channels: 1.5", ""),
    ],
)
def test_help(keys: str, help: str) -> None:
    assert wrong(keys) == [help]


def test_a_share() -> None:
    for written, meant in (
        ("50", "0.5"),
        ("5", "0.05"),
        ("12.5", "0.125"),
        ("100", "1"),
        ("'0,5'", "0.5"),
        ("50%", "0.5"),
        ("50 percent", "0.5"),
        ("1/2", "0.5"),
        ("1 / 3", '"${1 / 3}"'),
    ):
        assert wrong(f"p: {written}", "Dropout") == [f"write p: {meant}"]
    for written in ("1.5", "101", "-3"):
        assert not wrong(f"p: {written}", "Dropout")[0].startswith("write")


def test_powers_of_ten_as_they_are_written_by_hand() -> None:
    for written, meant in (
        ("10^-4", "0.0001"),
        ("10**-4", "0.0001"),
        ("5 x 10^-4", "0.0005"),
        ("10^(-5)", "1e-05"),
        ("3/4", "0.75"),
    ):
        assert wrong(f"size: 5, alpha: {written}", "LocalResponseNorm") == [f"write alpha: {meant}"]
    assert wrong("out_features: 10^3", "Linear") == ["write out_features: 1000"]
    assert wrong("out_features: 10^-3", "Linear") == [""]
    assert wrong("out_features: 3/4", "Linear") == [""]


def test_words_that_are_misspelt() -> None:
    conv = "out_channels: 8, kernel_size: 3, padding: "
    assert wrong(f"{conv}1, padding_mode: zero", "Conv2d") == ["write padding_mode: zeros"]
    assert wrong(f"{conv}1, padding_mode: reflction", "Conv2d") == ["write padding_mode: reflect"]
    assert wrong(f"{conv}1, padding_mode: black", "Conv2d") == [""]
    assert wrong(f"{conv}sme", "Conv2d") == ["write padding: same"]
    assert wrong("scale_factor: 2, mode: biliner", "Upsample") == ["write mode: bilinear"]
    block = 'blocks: {B: {args: {kind: {one_of: [ReLU, Tanh]}}, layers: {a: {type: "${kind}"}}}}\n'
    assert helps(block + spec("  a: {type: B, kind: Tahn}\n")) == ["write kind: Tanh"]


def test_the_n_of_the_paper_on_alexnet() -> None:
    assert wrong("n: 5", "LocalResponseNorm") == ["write size"]


def test_a_tuple_in_braces_is_one_mistake() -> None:
    message = "a comma ends the value of kernel_size, so that 3) is a key"
    layer = "  a: {type: Conv2d, out_channels: 8, kernel_size: (3, 3)}\n"
    assert told(spec(layer)) == [("E0105", message, "write kernel_size: [3, 3]")]


def test_a_key_that_only_looks_like_the_rest_of_a_tuple_is_reported() -> None:
    assert [code for code, _, _ in told(spec("  a: {type: ReLU, 3): 1}\n"))] == ["E0103"]


def test_the_batch_in_a_shape() -> None:
    assert wrong("shape: [N, 3072]", "Reshape") == ["leave the batch out: shape: [3072]"]
    assert wrong("shape: [N, 8]", "Reshape") == [""]
    assert wrong("shape: [H, 8]", "Reshape") == [""]


def test_arguments_of_blocks() -> None:
    block = "blocks: {B: {args: {channels: int}, layers: {a: ReLU}}}\n"
    assert helps(LET + block + spec("  a: {type: B, channels: ch}\n")) == ['write channels: "${ch}"']
    assert helps(LET + block + spec("  a: {type: B, channels: wide}\n")) == [""]
    assert helps(LET + block + spec('  a: {type: B, channels: "${ch / 2}"}\n')) == [
        "/ gives a fraction; write //, which gives a whole number"
    ]


@pytest.mark.parametrize(
    ("written", "help"), [("${one}", "give one a value that fits, such as 3"), ("${one + one[:0]}", "")]
)
def test_a_name_whose_value_does_not_fit_stays(written: str, help: str) -> None:
    """Its value may be one that was given from outside."""
    layer = f'  a: {{type: Conv2d, out_channels: "{written}", kernel_size: 3}}\n'
    assert helps("let: {one: [3]}\n" + spec(layer)) == [help]


def test_repeat_and_when() -> None:
    assert helps(LET + spec("  a: {type: ReLU, repeat: ch}\n")) == ['write repeat: "${ch}"']
    assert helps(LET + spec("  a: {type: ReLU, repeat: many}\n")) == [""]
    assert helps(LET + spec("  a: {type: ReLU, when: yes}\n")) == ["write when: true"]
    assert helps(LET + spec("  a: {type: ReLU, when: 3}\n")) == ['write a condition: when: "${stride != 1}"']


def test_an_expression_in_braces_wants_quotes() -> None:
    assert helps(LET + spec("  a: {type: Linear, out_features: ${ch}}\n")) == ['write "${ch}"']


@pytest.mark.parametrize(
    ("keys", "help"),
    [
        ("bias: None, groups: 3", "write bias: false"),
        ("bias: None, in_channels: 7", "write bias: false"),
        ("bias: None, kernel_size: 40", "write bias: false"),
        ("stride: 0, groups: 3", "leave stride out"),
        ("stride: 0, in_channels: 7", "leave stride out"),
    ],
)
def test_help_is_not_lost_to_what_is_seen_only_behind_the_value(keys: str, help: str) -> None:
    """Each change that there is for the value lets the same other mistake of the layer be seen."""
    assert wrong(keys) == [help]
