"""A wrong name in `from` is a layer that can be computed before: never the layer itself, nor what waits for it."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

CONV = "{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}"
IMAGE = "[3, 32, 32]"


def fixed(layers: str, is_unsafe: bool = False, input: str = IMAGE) -> tuple[str, list[str]]:
    """The layers after fixing, and the codes of what is left."""
    found = fix("spec.yaml", spec(layers, input=input).encode(), None, is_unsafe)
    return found.after.decode().split("layers:\n")[1], [d.code for d in found.result.diagnostics]


def labels(layers: str) -> list[str]:
    return [d.label for d in checked(spec(layers, input=IMAGE)).diagnostics]


@pytest.mark.parametrize("is_unsafe", [False, True])
@pytest.mark.parametrize(
    "layers",
    [
        f"  conv1: {CONV}\n  dense2: {{type: Linear, out_features: 10, from: dense}}\n",
        f"  conv1: {CONV}\n  norm: {{type: BatchNorm2d, from: norm1}}\n  act: ReLU\n",
        "  dense1: {type: Linear, out_features: 64, from: flatten1}\n  flatten: Flatten\n",
        f"  conv1: {CONV}\n  relu: {{type: ReLU, from: pool}}\n  pool1: {{type: MaxPool2d, kernel_size: 2}}\n",
        f"  conv1: {CONV}\n  relu: {{type: ReLU, from: last1}}\n  group: {{layers: {{a: ReLU}}}}\n  last: {{use: relu, from: group}}\n",
        "  a1: {type: ReLU, from: long_nam}\n  b1: ReLU\n  long_name: {type: Add, from: [b1, input]}\n",
    ],
    ids=["itself", "its own stem", "below", "next below", "below a group", "one of two"],
)
def test_what_waits_for_a_layer_is_not_meant(layers: str, is_unsafe: bool) -> None:
    assert labels(layers) == ["no such layer"]
    assert fixed(layers, is_unsafe) == (layers, ["E0201"])


@pytest.mark.parametrize(
    ("layers", "name"),
    [
        (f"  conv1: {CONV}\n  relu1: ReLU\n  x: {{type: ReLU, from: relu}}\n  y: {CONV}\n  relu2: ReLU\n", "relu1"),
        (
            f"  conv1: {CONV}\n  relu1: ReLU\n  conv2: {CONV}\n  add: {{type: Add, from: [relu, conv2]}}\n  relu2: ReLU\n",
            "relu1",
        ),
    ],
    ids=["one", "in a list"],
)
def test_the_layer_above_is_meant_where_the_other_waits(layers: str, name: str) -> None:
    assert labels(layers) == [f"did you mean {name}?"]
    text, left = fixed(layers)
    assert name in text.split("from: ")[1]
    assert left == []


def test_of_equally_near_names_the_nearest_above_is_asked_for() -> None:
    layers = (
        "".join(f"  relu{i}: ReLU\n" for i in (1, 2, 3))
        + "  x: {type: ReLU, from: relu}\n  relu9: {type: ReLU, from: input}\n"
    )
    assert labels(layers + "  add: {type: Add, from: [x, relu9]}\n") == ["did you mean relu3?"]
    assert fixed(layers)[1] == ["E0201"]  # any of the three may be meant


def test_a_layer_below_that_does_not_wait_is_meant() -> None:
    layers = (
        "  x: {type: ReLU, from: second}\n  secnd: {type: ReLU, from: input}\n  add: {type: Add, from: [x, secnd]}\n"
    )
    assert fixed(layers) == (layers, ["E0201"])  # which is not sure
    assert fixed(layers, is_unsafe=True) == (layers.replace("second", "secnd"), [])


def test_the_layer_that_is_used_again_is_not_itself() -> None:
    layers = f"  conv1: {CONV}\n  norm: {{type: BatchNorm2d}}\n  conv: {{use: convv}}\n  conv3: {{use: conv}}\n"
    assert labels(layers) == ["did you mean conv1?"]


def test_the_nearest_above_is_tied_to() -> None:
    layers = "".join(f"  fc{i}: {{type: Linear, out_features: 16}}\n" for i in (1, 2))
    found = checked(
        spec(
            f"{layers}  x: {{type: Linear, out_features: 16, tie: {{weight: fc.weight}}}}\n  fc4: {{type: Linear, out_features: 16}}\n",
            input="[16]",
        )
    )
    assert [d.label for d in found.diagnostics] == ["did you mean fc2?"]


def test_a_change_that_closes_a_cycle_puts_nothing_right() -> None:
    layers = "  a: {type: ReLU, form: b}\n  b: ReLU\n"
    found = checked(spec(layers)).diagnostics
    assert [(d.code, d.label, d.fix) for d in found] == [("E0103", "did you mean from?", None)]
    assert fixed(layers, is_unsafe=True)[0] == layers


def test_letters_that_changed_places_are_nearer_than_one_too_many() -> None:
    layers = "  a: ReLU\n  b: ReLU\n  c: {type: Add, form: [a, b]}\n"
    assert fixed(layers) == (layers.replace("form", "from"), [])


def test_a_cycle_that_was_there_is_seen_once_the_text_can_be_read() -> None:
    text, left = fixed("  a: {type: ReLU from: b}\n  b: ReLU\n")
    assert text == "  a: {type: ReLU, from: b}\n  b: ReLU\n"
    assert left == ["E0202"]


def test_a_layer_that_a_fix_left_without_a_reader_stays() -> None:
    layers = f"  conv1: {CONV}\n  relu1: ReLU\n  act: F.relu(self.conv1(x))\n"
    found = fix("spec.yaml", spec(layers).encode(), None, True)
    assert "relu1: ReLU" in found.after.decode()
    assert [d.code for d in found.result.diagnostics] == ["W1001"]
    assert found.why_not_all == "since a fix nothing reads relu1; if that is meant, run it again"


def test_a_layer_that_nothing_read_before_is_taken_out_beside_other_fixes() -> None:
    layers = f"  conv1: {CONV}\n  relu1: Relu6x\n  act: {{type: Relu, from: conv1}}\n".replace("Relu6x", "Sigmoid")
    text, left = fixed(layers, is_unsafe=True)
    assert "Sigmoid" not in text
    assert left == []


def test_of_names_that_differ_in_underscores_only_either_may_be_meant() -> None:
    layers = "  relu_1: ReLU\n  relu1: ReLU\n  x: {type: ReLU, from: Relu1}\n"
    assert labels(layers) == ["did you mean relu1?"]
    assert fixed(layers) == (layers, ["E0201"])
