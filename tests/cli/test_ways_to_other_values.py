"""Where a value is given in a way that a command, or the library, does not take: the way that works is said, and works."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import answer

from archspec.api import parse

CHAIN = """\
archspec: 1
name: Chain
args: {kv: 2}
input: [4, 8]
blocks:
  Attn: {args: {kv: int}, layers: {l: {type: Linear, out_features: "${kv * 8}"}}}
  Layer: {args: {kv: int}, layers: {attn: {type: Attn, kv: "${kv}"}, o: {type: Linear, out_features: 8}}}
layers:
  layers: {type: Layer, kv: "${kv}", repeat: 2}
  last: {type: Layer, kv: 3}
"""


def write(folder: Path, text: str = CHAIN) -> str:
    file = folder / "net.yaml"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize(("target", "last"), [
    ("layers.0.attn.kv", "kv"), ("layers.1.attn.l.out_features", "kv"), ("layers.0.kv", "kv"), ("last.attn.kv", "last.kv"),
    ("last.attn.l.out_features", "last.kv"),
])  # fmt: skip
def test_the_last_of_arguments_that_blocks_pass_on_is_named(target: str, last: str, tmp_path: Path) -> None:
    file = write(tmp_path)
    code, said = answer(["explain", file, "--with", f"{target}=4"])
    assert (code, f": --with {last}=… gives it another value" in said) == (2, True)
    assert answer(["explain", file, "--with", f"{last}=4"])[0] == 0


@pytest.mark.parametrize("command", [["check"], ["explain"], ["solve"], ["compile"]])
def test_a_value_beside_the_file_is_one_of_set(command: list[str], tmp_path: Path) -> None:
    file = write(tmp_path)
    code, said = answer([*command, f"{file}@kv=3"])
    assert code == 2
    assert said.rstrip().endswith(f"; of {file} with a value: {file} --set kv=3")
    assert answer([*command, *said.rstrip().partition("value: ")[2].split()])[0] == 0
    assert "--set" not in answer([*command, f"{file}.none@kv=3"])[1]


def test_a_size_is_a_symbol_again() -> None:
    text = "archspec: 1\nname: Net\nargs: {depths: [1, 2], none: null}\ninput: [T, 4]\nlayers: {l: {type: Linear, out_features: 4}}\n"
    spec = parse(text)
    assert spec.with_(T=8).with_(T=None).symbols == spec.symbols == {"T": None}
    assert spec.with_(T=8, none=None).symbols == {"T": 8}
    assert spec.with_(none=3).with_(none=None).arguments["none"] is None
    assert spec.with_(depths=range(1, 4)).arguments["depths"] == [1, 2, 3]


def test_the_largest_is_first_with_symbols_too(tmp_path: Path) -> None:
    text = "archspec: 1\nname: Net\ninput: [T, 4]\nlayers:\n  a: {type: Linear, out_features: 4}\n  b: {type: Linear, out_features: 64}\n"
    for what in ("macs", "memory"):
        _, page = answer(["explain", write(tmp_path, text), "--why", what])
        rows = [line.split()[0] for line in page.partition("layer ")[2].splitlines()[1:] if line.strip()]
        assert rows[:2] == ["b", "a"]


def test_all_figures_are_listed(tmp_path: Path) -> None:
    assert (
        "LAYER.output, params, macs, memory or field, not ssm"
        in answer(["explain", write(tmp_path), "--why", "ssm"])[1]
    )
