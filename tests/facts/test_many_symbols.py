"""Sizes of symbols that a spec makes longer and longer: an answer, and what is known stays known."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import checked, spec

from archspec import dims, limits
from archspec.dims import Dim, Size, TooComplex, floor_div, minimum, product, substitute, sum_of, symbol
from archspec.dims import size as size_module
from archspec.limits import MAX_COUNT, MAX_NUMBER, MAX_POWER, MAX_SIZE_DEPTH

H, S = symbol("H"), symbol("S")


def errors(text: str) -> list[tuple[str, str | None]]:
    return [(d.code, d.layer) for d in checked(text).diagnostics if d.severity == "error"]


def deep(levels: int) -> Size:
    """A floor division in a floor division, and so on, with nothing that joins them."""
    size: Size = H
    for _ in range(levels):
        size = floor_div(size * size + 1, 3)
    return size


def test_depth() -> None:
    size = deep(4)
    assert isinstance(size, Dim)
    assert size.depth == 4
    with pytest.raises(TooComplex):
        deep(MAX_SIZE_DEPTH + 1)


def test_parts_are_counted_through() -> None:
    """Each level holds the one before it twice; what is written once in memory would be written 2^n times as text."""

    def doubled(levels: int) -> Size:
        size: Size = H
        for _ in range(levels):
            size = size + floor_div(size * H + 1, 7)
        return size

    size = doubled(6)
    assert isinstance(size, Dim)
    assert limits.MAX_SIZE_PARTS / 100 < size.parts <= limits.MAX_SIZE_PARTS
    assert len(str(size)) < 10 * size.parts
    with pytest.raises(TooComplex):
        doubled(MAX_SIZE_DEPTH)


def test_numbers_and_powers() -> None:
    assert str(H * MAX_NUMBER) == f"{MAX_NUMBER}*H"
    assert isinstance(floor_div(H + 1, MAX_NUMBER), Dim)
    assert str(H * MAX_NUMBER * 4) == f"{4 * MAX_NUMBER}*H", "counts are larger than sizes"
    for beyond in (lambda: H * (MAX_COUNT + 1), lambda: floor_div(H, MAX_COUNT + 1), lambda: H - MAX_COUNT - 1):
        with pytest.raises(TooComplex):
            beyond()
    most = product([H] * MAX_POWER)
    assert str(most) == f"H**{MAX_POWER}"
    assert substitute(most, {"H": 2}) == 2**MAX_POWER
    assert minimum(most) == 1
    wide = floor_div(2 * sum_of([symbol(f"a{i}") for i in range(100)]), 3)
    assert minimum(wide) == 66
    assert 66 <= minimum(product([wide] * MAX_POWER)) < float("inf")
    with pytest.raises(TooComplex):
        most * H


def test_sums_and_products_of_many() -> None:
    sizes: list[Size] = [3, H, S, H * S, 2 * H, floor_div(H, 2), 5, H]
    added: Size = 0
    for size in sizes:
        added = added + size
    multiplied: Size = 1
    for size in [*sizes, H + S]:
        multiplied = size * multiplied
    assert sum_of(sizes) == added
    assert product([*sizes, H + S]) == multiplied
    assert (sum_of([]), product([]), product([H, 0]), sum_of([H, -H])) == (0, 1, 0, 0)


def test_work_is_bounded_and_short_sizes_are_free() -> None:
    token = dims.work.set([0])
    try:
        for _ in range(limits.MAX_SIZE_WORK // 4):
            H * 3
        long = sum_of([symbol(f"a{i}") for i in range(200)])
        with pytest.raises(TooComplex):
            sum_of([long + i for i in range(limits.MAX_SIZE_WORK // 200)])
        assert (H + 1) * 2 == 2 * H + 2
    finally:
        dims.work.reset(token)


SQUARES = (
    "  u: {type: Unsqueeze, dim: 1}\n  p0: {type: AvgPool1d, kernel_size: 3}\n"
    + "".join(
        f"  s{i}: {{type: Squeeze, dim: 1, from: p{i - 1}}}\n"
        f"  e{i}: {{type: Einsum, equation: 'bi,bj->bij', from: [s{i}, s{i}]}}\n"
        f"  f{i}: Flatten\n  q{i}: {{type: Unsqueeze, dim: 1}}\n  p{i}: {{type: AvgPool1d, kernel_size: 3}}\n"
        for i in range(1, 40)
    )
)  # fmt: skip
POOLS = "  k1: {type: Cat, dim: 2, from: [input, input]}\n" + "".join(
    f"  p{i}: {{type: AvgPool1d, kernel_size: 3, stride: 3, from: k{i - 1}}}\n"
    f"  k{i}: {{type: Cat, dim: 2, from: [p{i}, k{i - 1}]}}\n" for i in range(2, 200)
)  # fmt: skip
STRIDES = "  c: {type: Conv2d, out_channels: 3, kernel_size: 3, stride: 2, padding: 1, repeat: %d}\n"
UPS = "".join(
    f"  p{i}: {{type: MaxPool2d, kernel_size: 2, stride: {i % 5 + 2}}}\n"
    f"  u{i}: {{type: UpsamplingNearest2d, scale_factor: {i % 5 + 3}}}\n  z{i}: {{type: ZeroPad2d, padding: 1}}\n"
    for i in range(3000)
)


@pytest.mark.parametrize(("layers", "input"), [(SQUARES, "[S]"), (POOLS, "[3, S]"), (STRIDES % 500, "[3, H, W]"), (UPS, "[3, H, W]")])  # fmt: skip
def test_one_error_where_a_size_grows_too_long(layers: str, input: str) -> None:
    assert [code for code, _ in errors(spec(layers, input))] == ["E0311"]


def test_deep_strides_are_followed() -> None:
    assert errors(spec(STRIDES % 60, "[3, H, W]")) == []
    assert errors(spec("".join(UPS.splitlines(True)[:60]), "[3, H, W]")) == []


def sums(count: int, layers: str) -> str:
    inputs = "".join(f"  x{i}: [a{i}]\n  y{i}: [b{i}]\n" for i in range(count))
    cats = "".join(
        f"  {c}: {{type: Cat, dim: 1, from: [{', '.join(f'{c}{i}' for i in range(count))}]}}\n" for c in "xy"
    )
    return f"archspec: 1\nname: E\ninputs:\n{inputs}layers:\n{cats}{layers}"


def test_an_assumption_is_noted_once() -> None:
    result = checked(sums(20, "".join(f"  f{i}: {{type: Add, from: [x, y]}}\n" for i in range(50))))
    assert result.ok
    assert result.facts is not None
    assert len(result.facts.assumptions) == 1
    assert result.facts.assumptions[0].count("a") == result.facts.assumptions[0].count("b") == 20


def test_a_long_sum_through_many_layers_is_still_counted() -> None:
    result = checked(sums(100, "  r: {type: ReLU, from: x, repeat: 1000}\n"))
    assert result.ok
    assert result.facts is not None
    total = result.facts.totals.activation_bytes
    assert isinstance(total, Dim)
    assert substitute(total, dict.fromkeys(total.symbols(), 1)) == 4 * (100 * 1001 + 100)


@pytest.mark.parametrize("text", [
    sums(4, "  f: {type: Add, from: [x, y]}\n  g: {type: Linear, out_features: 3, from: x0}\nexpect: {macs: 3}\nbudget: {macs: {max: 3}}\n"),
    spec("  p: {type: MaxPool2d, kernel_size: 2, stride: 3}\n  u: {type: UpsamplingNearest2d, scale_factor: 4}\n"
         "  z: {type: ZeroPad2d, padding: 1}\n  c: {type: Conv2d, out_channels: 4, kernel_size: 3, stride: 2}\n  f: Flatten\n"
         "  s: {type: Softmax, dim: 1}\nexpect: {params: 3, macs: 5, layers: {c: {macs: 3, output: [4, H, W]}}}\n", "[3, H, W]"),
    *(path.read_text() for path in sorted((Path(__file__).parents[2] / "specs").rglob("*.yaml")) if ", H, W]" in path.read_text()),
])  # fmt: skip
def test_work_may_run_out_anywhere(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_module, "SHORT", 2)
    found: set[str] = set()
    for most in [*range(0, 200, 7), *range(200, 2000, 211)]:
        monkeypatch.setattr(size_module, "MAX_SIZE_WORK", most)
        found |= {diagnostic.code for diagnostic in checked(text).diagnostics}
    assert "E0311" in found
