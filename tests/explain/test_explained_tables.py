"""Every figure of the tables that articles and course notes print (S1 to S7), found on the network's page and on its layers'."""

from __future__ import annotations

import pytest
from support import SPECS, checked, spec

from archspec.checking import check
from archspec.explain import text
from archspec.explain.layer import sections
from archspec.explain.network import network_page
from archspec.explain.page import Section
from archspec.explain.way import readers
from archspec.explain.why import find


def page_of(name: str) -> dict[str, dict[str, str]]:
    """The lines of a spec's page: by layer, by name, the figure."""
    path = SPECS / name
    page = network_page(check(str(path), path.read_bytes()))
    return {
        part.title.partition(":")[0]: {line.name: line.shown for line in part.lines}
        for part in page.parts
        if isinstance(part, Section)
    }


ALEXNET = {
    "conv1": ("34,848", "96", "34,944", "34,944"), "conv2": ("614,400", "256", "614,656", "649,600"),
    "conv3": ("884,736", "384", "885,120", "1,534,720"), "conv4": ("1,327,104", "384", "1,327,488", "2,862,208"),
    "conv5": ("884,736", "256", "884,992", "3,747,200"), "dense1": ("37,748,736", "4096", "37,752,832", "41,500,032"),
    "dense2": ("16,777,216", "4096", "16,781,312", "58,281,344"), "dense3": ("4,096,000", "1000", "4,097,000", "62,378,344"),
}  # fmt: skip
"""S1 and S2: weights, biases, parameters, and the running total."""
OUTPUTS = {
    "conv1": "96 × 55 × 55", "pool1": "96 × 27 × 27", "conv2": "256 × 27 × 27", "pool2": "256 × 13 × 13",
    "conv3": "384 × 13 × 13", "conv4": "384 × 13 × 13", "conv5": "256 × 13 × 13", "pool3": "256 × 6 × 6", "flatten": "9216",
}  # fmt: skip
FIELDS = {"conv1": 11, "pool1": 19, "conv2": 51, "conv3": 99, "conv4": 131, "conv5": 163, "pool3": 195}
"""Of TF-Slim's alexnet_v2."""
STRIDES = {"conv1": 4, "pool1": 8, "conv2": 8, "conv3": 16, "conv4": 16, "conv5": 16, "pool3": 32}
PADDINGS = {"conv1": 0, "pool1": 0, "conv2": 16, "conv3": 32, "conv4": 48, "conv5": 64, "pool3": 64}


@pytest.mark.parametrize("layer", ALEXNET)
def test_s1_alexnet(layer: str) -> None:
    lines = page_of("alexnet.yaml")[layer]
    weights, biases, parameters, so_far = ALEXNET[layer]
    found = [lines[name].replace(",", "") for name in ("weight", "bias", "parameters", "so far")]
    assert found == [figure.replace(",", "") for figure in (weights, biases, parameters, so_far)]


def test_s1_outputs_fields_and_totals() -> None:
    page = page_of("alexnet.yaml")
    assert {layer: page[layer]["output"] for layer in OUTPUTS} == OUTPUTS
    assert {layer: int(page[layer]["field"]) for layer in FIELDS} == FIELDS
    assert page["totals"]["parameters"] == "62,378,344"
    assert page["totals"]["MACs"] == "1,135,256,096"


def test_strides_and_paddings_of_fields() -> None:
    path = SPECS / "alexnet.yaml"
    facts = check(str(path), path.read_bytes()).facts
    assert facts is not None
    for layer, stride in STRIDES.items():
        lines = {line.name: line.shown for section in sections(facts, find(facts, layer)) for line in section.lines}
        assert (lines["stride"], lines["padding"]) == (str(stride), str(PADDINGS[layer]))


def test_s1_the_input_of_224_without_padding() -> None:
    path = SPECS / "alexnet.yaml"
    changed = path.read_text().replace("[3, 227, 227]", "[3, 224, 224]")
    page = text.write(network_page(check("net.yaml", changed.encode())))
    sides = [line.rpartition(" = ")[2] for line in page.splitlines() if line.strip().startswith("height")]
    assert sides == ["54", "26", "26", "12", "12", "12", "12", "5"]
    assert "256·5·5 = 6400" in page


def test_s2_alexnet_224() -> None:
    page = page_of("alexnet_224.yaml")
    names = ("c1", "c3", "c5", "c6", "c7", "f9", "f10", "f11")
    assert [(page[name]["parameters"], page[name]["so far"]) for name in names] == [
        (parameters, so_far) for _, _, parameters, so_far in ALEXNET.values()
    ]
    assert page["c1"]["output"] == "96 × 55 × 55"


@pytest.mark.parametrize(("name", "parameters"), [
    ("alexnet_2012.yaml", "60,965,224"), ("torchvision/alexnet.yaml", "61,100,840"), ("cifar10_cnn.yaml", "4,210,090"),
    ("course_cnn.yaml", "20,898"),
])  # fmt: skip
def test_s3_s5_s6_totals(name: str, parameters: str) -> None:
    assert page_of(name)["totals"]["parameters"] == parameters


def test_s4_the_sides_of_the_mnist_network() -> None:
    outputs = [lines.get("output", "") for lines in page_of("mnist_cnn.yaml").values()]
    assert [side for side in ("28 × 28", "14 × 14", "7 × 7", "1 × 1") if any(side in output for output in outputs)] == [
        "28 × 28", "14 × 14", "7 × 7", "1 × 1",
    ]  # fmt: skip


def test_s5_and_s6_layers() -> None:
    found = [lines["parameters"] for layer, lines in page_of("cifar10_cnn.yaml").items() if "so far" in lines]
    assert found == ["896", "9,248", "4,194,816", "5,130"]
    found = [lines["parameters"] for layer, lines in page_of("course_cnn.yaml").items() if "so far" in lines]
    assert found == ["112", "296", "20,490"]
    outputs = [next(iter(lines.values())) for lines in page_of("course_cnn.yaml").values()]
    assert {"4 × 64 × 64", "4 × 32 × 32", "8 × 32 × 32", "8 × 16 × 16", "2048", "10"} <= set(outputs)
    assert {"32 × 32 × 32", "32 × 16 × 16", "8192", "512"} <= {
        next(iter(lines.values())) for lines in page_of("cifar10_cnn.yaml").values()
    }


def test_s7_fields() -> None:
    assert [lines["field"] for lines in page_of("receptive_field.yaml").values() if "field" in lines] == ["3", "6", "7"]


@pytest.mark.parametrize(("outputs", "said"), [
    ("", "gives the network's output"), ("outputs: {b: relu}\n", "gives the network's output b"),
    ("outputs: {b: relu, c: relu}\n", "gives the network's outputs b, c"),
])  # fmt: skip
def test_one_output_is_one(outputs: str, said: str) -> None:
    facts = checked(spec("  relu: ReLU\n", more=outputs)).facts
    assert facts is not None
    assert readers(facts, facts.graph.nodes[-1]) == said
