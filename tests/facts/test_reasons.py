"""A figure that is not known has a reason, in the table and in the report; or an error says why."""

import pytest
from support import checked, spec

from archspec.backends.table.report import report
from archspec.backends.table.terminal import Options, table

FOREIGN = '  odd: {type: "python:my.Odd", output: [4], params: 3}\n  relu: ReLU\n'


def reasons(text: str) -> dict[str, str]:
    """The reasons in the report, after seeing that they are all there, and those that are shown in the table."""
    result = checked(text)
    assert result.ok
    assert result.facts is not None
    found = report("spec.yaml", "Example", result.facts, result.diagnostics)
    assert {key for key, value in found["totals"].items() if value is None} == set(found["unknown"])
    shown = table(result.facts, Options())
    for key in {"macs", "peak_activation_bytes"} & set(found["unknown"]):
        assert f"? ({found['unknown'][key]})" in shown
    return found["unknown"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "layers", [FOREIGN, "  first: ReLU\n" + FOREIGN, FOREIGN + "  last: {type: Linear, out_features: 3}\n"]
)
def test_what_only_a_foreign_module_knows(layers: str) -> None:
    found = reasons(spec(layers, "[4]"))
    assert found["macs"] == found["flops"] == found["elementwise"] == "what odd takes is only known to its own module"
    assert "odd" in found["peak_activation_bytes"]


PEAKS = ("peak_activation_bytes", "module_peak_activation_bytes")


def test_the_peak_of_a_symbolic_size() -> None:
    why = "it depends on L: --set L=… gives a number"
    assert reasons(spec("  a: {type: Normalize, dim: 1}\n", "[4, L]")) == dict.fromkeys(PEAKS, why)


def test_the_peak_that_numbers_do_not_give_either() -> None:
    why = "a is computed in one call or step by step, as PyTorch was built, and takes memory accordingly"
    layers = "  a: {type: LSTM, hidden_size: 3}\n  b: {type: ReLU, from: a}\n"
    assert reasons(spec(layers, "[L, 4]")) == dict.fromkeys(PEAKS, why)


def test_the_peak_of_several_symbolic_sizes() -> None:
    assert (
        "H, W"
        in reasons(spec("  p: {type: Permute, dims: [0, 3, 2, 1]}\n  f: Flatten\n", "[3, H, W]"))[
            "peak_activation_bytes"
        ]
    )


@pytest.mark.parametrize("size", [1, 2, 7])
def test_what_has_no_law(size: int) -> None:
    found = reasons(spec(f"  pool: {{type: AdaptiveAvgPool2d, output_size: {size}}}\n", "[3, H, W]"))
    assert found.keys() == {"elementwise"}
    assert "pool" in found["elementwise"]


def test_what_an_error_leaves_unknown_has_no_further_reason() -> None:
    result = checked(spec("  a: {type: Conv2d, out_channels: 2, kernel_size: 9}\n  b: ReLU\n", "[3, 4, 4]"))
    assert result.facts is not None
    assert result.facts.totals.unknown == {}
    assert result.facts.totals.macs is None


def test_nothing_is_unknown_of_numbers() -> None:
    assert reasons(spec("  a: {type: Conv2d, out_channels: 3, kernel_size: 3}\n")) == {}


@pytest.mark.parametrize(
    ("layer", "assumed"),
    [
        ("{type: Split, split_size: [2], dim: 2}", ["L = 2"]),
        ("{type: Split, split_size: [2, 3], dim: 2}", ["L = 5"]),
        ("{type: Split, split_size: [1, 1, 4], dim: -1}", ["L = 6"]),
        ("{type: Unflatten, dim: 2, unflattened_size: [2, 3]}", ["L = 6"]),
        ("{type: Chunk, chunks: 3, dim: 2}", ["L = 3*(L//3)"]),
        ("{type: Expand, shape: [4, 5]}", ["L = 5"]),
    ],
)
def test_memory_is_measured_where_a_size_is_assumed(layer: str, assumed: list[str]) -> None:
    port = ".0" if "Split" in layer or "Chunk" in layer else ""
    result = checked(spec(f"  a: {layer}\n  b: {{type: Tanh, from: a{port}}}\n", "[4, L]"))
    assert result.ok
    assert result.facts is not None
    assert result.facts.assumptions == assumed
    assert result.facts.totals.activation_bytes is not None
