"""The specs under `specs/`: their facts hold, and what their sources got wrong is refused when written as a claim."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import SPECS, checked

from archspec.checking import Result, check
from archspec.diagnostics.edits import merged
from archspec.facts.model import AxisField

ALL = sorted(SPECS.rglob("*.yaml"))


def load(name: str) -> str:
    return (SPECS / name).read_text("utf-8")


def claim(name: str, before: str, after: str) -> Result:
    text = load(name)
    assert before in text
    return checked(text.replace(before, after))


def messages(result: Result) -> list[str]:
    return [d.message for d in result.diagnostics if d.severity == "error"]


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(SPECS)))
def test_expectations_hold(path: Path) -> None:
    result = check(str(path), path.read_bytes())
    assert result.ok, messages(result)
    assert result.document is not None
    assert result.document.expectations, "a spec states published facts"


def test_all_seven_systems_are_there() -> None:
    names = {str(path.relative_to(SPECS)) for path in ALL}
    assert names >= {"alexnet.yaml", "alexnet_as_published.yaml", "alexnet_224.yaml", "alexnet_2012.yaml", "torchvision/alexnet.yaml",
                     "mnist_cnn.yaml", "cifar10_cnn.yaml", "course_cnn.yaml", "receptive_field.yaml"}  # fmt: skip


def test_the_published_alexnet_has_dead_layers_and_a_sigmoid() -> None:
    result = checked(load("alexnet_as_published.yaml"))
    assert [(ignored.diagnostic.message, ignored.reason) for ignored in result.ignored] == [
        ("dropout1 feeds nothing, and relu6 feeds only that", "the article's code reads past these layers"),
        ("dropout2 feeds nothing, and relu7 feeds only that", "the article's code reads past these layers"),
        ("sigmoid squashes the class scores that the network returns", "the article ends with a sigmoid"),
    ]


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(SPECS)))
def test_nothing_is_left_to_warn_of(path: Path) -> None:
    """As `check --strict` demands: what a source deserves a warning for is ignored with the reason."""
    result = check(str(path), path.read_bytes())
    assert result.diagnostics == []
    assert all(ignored.reason for ignored in result.ignored)


@pytest.mark.parametrize("conv", ["conv3", "conv4"])
def test_the_prose_of_386_maps_is_refused(conv: str) -> None:
    result = claim("alexnet.yaml", f"{conv}: {{output: [384, 13, 13]", f"{conv}: {{output: [386, 13, 13]")
    assert messages(result) == [f"{conv} gives 384 × 13 × 13, not 386 × 13 × 13"]


def test_5_by_5_filters_in_layers_3_to_5_are_refused_with_the_arithmetic() -> None:
    result = claim("alexnet.yaml", "weights: 1327104, biases: 384, params: 1327488", f"weights: {384 * 384 * 25}")
    assert messages(result) == ["conv4 has 1,327,104 weights, not 3,686,400"]
    assert result.diagnostics[0].notes == ("weight 384 × 384 × 3 × 3 = 1327104, bias 384",)


@pytest.mark.parametrize(
    ("layer", "true", "published"),
    [
        ("c1", "[96, 55, 55]", "[96, 56, 56]"),
        ("s2", "[96, 27, 27]", "[96, 28, 28]"),
        ("s4", "[256, 13, 13]", "[256, 14, 14]"),
    ],
)
def test_a_ceiling_or_padded_pooling_in_the_224_article_is_refused(layer: str, true: str, published: str) -> None:
    result = claim("alexnet_224.yaml", f"{layer}: {{output: {true}", f"{layer}: {{output: {published}")
    assert len(messages(result)) == 1
    assert messages(result)[0].startswith(f"{layer} gives {true[1:-1].replace(', ', ' × ')}, not")


def test_a_running_total_that_is_off_is_refused() -> None:
    result = claim("alexnet_224.yaml", "running_params: 58281344", "running_params: 58281345")
    assert messages(result) == ["up to f10 there are 58,281,344 parameters, not 58,281,345"]


def test_the_9216_mismatch_is_explained() -> None:
    text = load("alexnet.yaml").replace("[3, 227, 227]", "[3, 224, 224]").partition("expect:")[0]
    (error,) = [d for d in checked(text).diagnostics if d.severity == "error"]
    assert (error.code, error.layer) == ("E0301", "dense1")
    assert error.message == "dense1 claims 9216 input features, but flatten gives 6400"
    assert error.span.text() == "9216"
    assert [label.message for label in error.labels] == ["256 × 5 × 5 = 6400 leave here"]
    assert error.notes == (
        "the side on the way: 224 → 54 (conv1) → 26 (pool1) → 26 (conv2) → 12 (pool2) → 12 (conv3) → 12 (conv4) → 12 (conv5) "
        "→ 5 (pool3)",
        "9216 would be right with an input of 227 × 227, padding 2 in conv1 or padding 1 in pool1",
    )
    assert error.help == "write in_features: 6400, or leave in_features out"
    assert error.fix is not None
    assert merged(error.fix.edits).replacement == "6400"


@pytest.mark.parametrize(
    ("layer", "field"),
    [("conv1", (11, 4, 0)), ("pool1", (19, 8, 0)), ("conv2", (51, 8, 16)), ("conv3", (99, 16, 32)), ("conv4", (131, 16, 48)),
     ("conv5", (163, 16, 64)), ("pool3", (195, 32, 64))],
)  # fmt: skip
def test_alexnets_receptive_fields_are_the_published_ones(layer: str, field: tuple[int, int, int]) -> None:
    result = checked(load("alexnet.yaml"))
    assert result.facts is not None
    node = next(node for node in result.facts.graph.nodes if node.path == layer)
    assert result.facts.of(node).field == (AxisField(*field), AxisField(*field))
