"""Mistakes of YAML that stand more than once, or beside a right line, are put right one after the other."""

from __future__ import annotations

import pytest

from archspec.checking import check
from archspec.fixing import fix

HEAD = "archspec: 1\nname: A\ninput: [3, 32, 32]\n"
RIGHT = HEAD + "layers:\n  conv1: {type: Conv2d, out_channels: 96, kernel_size: 3}\n  relu1: ReLU\n"


@pytest.mark.parametrize(
    "text",
    [
        RIGHT.replace("  conv1", "\tconv1").replace("  relu1", "\trelu1"),
        RIGHT.replace(", out", " out").replace(", kernel", " kernel"),
        RIGHT.replace("name: A", "name A").replace("layers:", "layers"),
        RIGHT.replace("relu1: ", "relu1:"),
    ],
)
def test_each_is_put_right(text: str) -> None:
    assert fix("a.yaml", text.encode()).after.decode() == RIGHT


@pytest.mark.parametrize(
    ("layers", "message", "text", "help"),
    [
        (
            "layers:\n  relu1:ReLU\n  conv1: {type: Conv2d, out_channels: 4, kernel_size: 3}\n",
            "no space after the colon", "relu1:", "write relu1: ReLU",
        ),
        (
            "layers:\n  conv1\n    type: Conv2d\n    out_channels: 4\n    kernel_size: 3\n",
            "a key without a colon", "conv1", "write conv1:",
        ),
        ("layers\n  relu1: ReLU\n", "a key without a colon", "layers", "write layers:"),
    ],
)  # fmt: skip
def test_the_line_that_is_wrong_is_named(layers: str, message: str, text: str, help: str) -> None:
    (found,) = check("a.yaml", (HEAD + layers).encode()).diagnostics
    assert (found.code, found.message, found.span.text(), found.help) == ("E0001", message, text, help)
    assert not fix("a.yaml", (HEAD + layers).encode()).result.diagnostics


@pytest.mark.parametrize(
    "layers",
    [
        "relu1: ReLU\n  relu2: ReLU\n",
        "relu1: ReLU\n# a comment\nrelu2: ReLU\n  relu3: ReLU\n",
    ],
)
def test_a_line_further_left_than_its_siblings(layers: str) -> None:
    text = HEAD + "layers:\n  relu0: ReLU\n" + layers
    (found,) = check("a.yaml", text.encode()).diagnostics
    assert (found.code, found.span.line, found.span.text()) == ("E0001", 6, "relu1")
    assert found.help == f"indent it by 2, like line {len(text.splitlines())}"
    assert found.fix is not None
    assert not found.fix.is_safe
    assert not fix("a.yaml", text.encode(), is_unsafe=True).result.diagnostics


@pytest.mark.parametrize(
    "layer",
    [
        "relu1: ReLU\n",
        "conv2: {type: Conv2d, out_channels: 8, kernel_size: 3}\n",
        "conv2:\n  type: Conv2d\n\n  out_channels: 8\n  kernel_size: 3\n",
    ],
)
@pytest.mark.parametrize("after", ["", "relu2: ReLU\n", "expect: {output: [3, 30, 30]}\n"])
def test_a_layer_beside_layers(layer: str, after: str) -> None:
    text = HEAD + "layers:\n  relu0: ReLU\n" + layer + after
    found = check("a.yaml", text.encode()).diagnostics[0]
    key = layer.partition(":")[0]
    assert (found.code, found.message) == ("E0103", f"{key} stands beside layers, and is a layer")
    assert found.help == "indent it by 2, like relu0"
    fixed = fix("a.yaml", text.encode(), is_unsafe=True).after.decode()
    assert not [d for d in check("a.yaml", fixed.encode()).diagnostics if d.code == "E0103"]
    assert all(f"\n  {line}\n" in fixed for line in layer.splitlines() if line)


@pytest.mark.parametrize(
    "slip", [("name: A", "name: A: b"), ("name: A", "name A"), ("[3, 32, 32]", "[3, 32, 32"), (", kernel", " kernel")]
)
def test_a_slip_of_yaml_does_not_hide_a_name_that_is_there_twice(slip: tuple[str, str]) -> None:
    """Reading stops at the first; the second is said, and put right, once that is."""
    text = RIGHT + "  relu1: ReLU\n"
    wrong = text.replace(*slip)
    (found,) = check("a.yaml", wrong.encode()).diagnostics
    assert found.fix is not None
    fixed = fix("a.yaml", wrong.encode(), is_unsafe=True)
    made = [problem.code for problem in fixed.made if problem.code != "E0107"]  # the name that the slip made
    assert made[:2] == ["E0001", "E0004"]
