"""Numbers with grouped digits: a fix that is safe where they can be read in one way only, and all readings said where not."""

from __future__ import annotations

import pytest
from support import checked

from archspec.document.grouped import grouped, is_sure
from archspec.fixing import fix

HEAD = "archspec: 1\nname: A\ninput: [3, 8, 8]\n"
LINEAR = HEAD + "layers:\n  a: Flatten\n  b: {type: Linear, out_features: WRITTEN}\n"
CONV = HEAD + "layers:\n  a: {type: Conv2d, out_channels: WRITTEN, kernel_size: 3}\n"
COUNT = HEAD + "expect: {params: WRITTEN}\nlayers: [ReLU]\n"


def fixed(text: str, is_unsafe: bool = False) -> str:
    return fix("a.yaml", text.encode(), is_unsafe=is_unsafe).after.decode()


@pytest.mark.parametrize(
    ("spec", "written", "number"),
    [
        (LINEAR, "1.786.000", "1786000"),
        (LINEAR, "1'000", "1000"),
        (LINEAR, "1 000", "1000"),
        (LINEAR, "16.0", "16"),
        (CONV, "1,024", "1024"),
        (COUNT, "785 000", "785_000"),
        (COUNT, "1.786.000", "1_786_000"),
        (COUNT, "1'000", "1_000"),
        (COUNT, "61,706", "61706"),
    ],
)
def test_what_can_be_read_in_one_way_is_safe(spec: str, written: str, number: str) -> None:
    assert fixed(spec.replace("WRITTEN", written)) == spec.replace("WRITTEN", number)


@pytest.mark.parametrize(
    ("spec", "written", "help", "likely"),
    [
        (LINEAR, "1.000", "write out_features: 1000, or 1", "1000"),
        (LINEAR, "16.000", "write out_features: 16000, or 16", "16000"),
        (LINEAR, "4.096", "write out_features: 4096", "4096"),
        (CONV, "64,128", "write out_channels: 64128, or 64 or 128 alone", "64128"),
        (CONV, "128,256", "write out_channels: 128256, or 128 or 256 alone", "128256"),
        (CONV, '"64,128"', "write out_channels: 64128, or 64 or 128 alone", "64128"),
        (CONV, "64 128", "write out_channels: 64128, or 64 or 128 alone", "64128"),
    ],
)
def test_where_there_are_several_all_are_said_and_none_is_safe(spec: str, written: str, help: str, likely: str) -> None:
    text = spec.replace("WRITTEN", written)
    (found,) = checked(text).diagnostics
    assert found.help == help
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == spec.replace("WRITTEN", likely)


@pytest.mark.parametrize("keys", ["expect: {conv1: {params: 34,944}}\n", "budget: {x: {params: {max: 34,944}}}\n"])
def test_a_count_is_no_list_wherever_it_stands(keys: str) -> None:
    """Also where the key above it is unknown, so that nothing is known of what it takes."""
    text = HEAD + "layers: [ReLU]\n" + keys
    assert ": 34944}" in fixed(text)
    assert not any("[34, 944]" in found.help for found in checked(text).diagnostics)


@pytest.mark.parametrize(
    ("written", "help"), [("7.000", "write params: 7_000, or 7"), ("7.850", "write params: 7_850")]
)
def test_a_count_with_a_point_is_asked_about(written: str, help: str) -> None:
    text = COUNT.replace("WRITTEN", written)
    assert [found.help for found in checked(text).diagnostics] == [help]
    assert fixed(text) == text


def test_a_list_that_fits_is_before_the_number() -> None:
    text = HEAD + "layers: [{type: LayerNorm, normalized_shape: 64,128}]\n"
    assert checked(text).diagnostics[0].help == "write normalized_shape: [64, 128], or 64128"
    assert fixed(text) == text


def test_sizes_of_an_input() -> None:
    text = "archspec: 1\nname: A\ninput: [3, 1.000]\nlayers: [ReLU]\n"
    assert checked(text).diagnostics[0].help == "write input: [3, 1000], or [3, 1]"
    assert fixed(text) == text


@pytest.mark.parametrize("text", ["007", "0.001", "1.0000", "1000.000", "1,000.000", "-1.000", "1.000e3", "v1.000", ""])
def test_what_has_no_groups(text: str) -> None:
    assert grouped(text) is None
    assert not is_sure(text)
