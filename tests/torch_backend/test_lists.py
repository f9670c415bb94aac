"""Names with a dot: items of lists of modules that take turns, which no group could be."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archspec

SPEC = """
archspec: 1
name: Turns
input: [3, 8, 8]
blocks:
  Two:
    args: {wide: bool}
    layers:
      convs.a: {type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
      norms.a: BatchNorm2d
      convs.b: {type: Conv2d, out_channels: 4, kernel_size: 1, when: "${wide}"}
      norms.b: {type: BatchNorm2d, when: "${wide}"}
      add: {type: Add, from: [norms.a, norms.b]}
layers:
  convs.0: {type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  norms.0: BatchNorm2d
  convs.1: {type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  norms.1: {layers: [{type: Conv2d, out_channels: 4, kernel_size: 1}, BatchNorm2d]}
  again: {use: norms.0}
  first: {type: Two, wide: true}
  second: {type: Two, wide: false}
  sum: {type: Add, from: [second, norms.0]}
  parts: {type: Chunk, chunks: 2, dim: 1}
  last: {type: Cat, from: [parts.1, parts.0], dim: 1}
"""


def load(tmp_path: Path, text: str) -> archspec.Spec:
    path = tmp_path / "turns.yaml"
    path.write_text(text)
    return archspec.load(path)


def test_they_are_module_dicts_with_the_keys_that_the_paths_say(tmp_path: Path) -> None:
    spec = load(tmp_path, SPEC)
    text = archspec.compile(spec)
    assert 'self.norms["0"] = nn.BatchNorm2d(4, **kwargs)' in text
    assert '= self.convs["1"](' in text
    module = archspec.build(spec)
    keys = set(module.state_dict())
    assert {"convs.0.weight", "norms.1.1.running_mean", "first.convs.b.bias", "second.norms.a.weight"} <= keys
    assert not any(key.startswith("second.norms.b") for key in keys)


def test_they_compute_what_their_order_says(tmp_path: Path) -> None:
    module = archspec.build(load(tmp_path, SPEC)).eval()
    x = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        first = module.norms["0"](module.convs["0"](x))
        y = module.norms["0"](module.norms["1"](module.convs["1"](first)))
        y = module.second(module.first(y)) + first
        assert torch.equal(module(x), torch.cat(y.chunk(2, dim=1)[::-1], dim=1))


@pytest.mark.parametrize(
    ("layers", "code", "said"),
    [
        ("  norms: ReLU\n  norms.0: ReLU\n", "E0107", "is an item of norms, which is something else"),
        ("  input.0: ReLU\n", "E0107", "is an item of input"),
        ("  norms.0.1: ReLU\n  norms.0: ReLU\n", "E0107", "is an item of norms.0, which is something else"),
        ("  norms..1: ReLU\n", "E0107", "is empty"),
        ("  norms.0.keys: ReLU\n", "E0107", "is something that every list of modules already has"),
        (f"  {'.'.join(['norms'] * 30)}: ReLU\n", "E0107", "is longer than 127 characters"),
        ("  norms.pop: ReLU\n", "E0107", "is something that every list of modules already has"),
        ("  norms.0: ReLU\n  a: {type: ReLU, from: norms.1}\n", "E0201", "refers to norms.1"),
    ],
)
def test_what_is_refused(tmp_path: Path, layers: str, code: str, said: str) -> None:
    with pytest.raises(archspec.SpecError) as caught:
        load(tmp_path, f"archspec: 1\nname: Net\ninput: [3, 8, 8]\nlayers:\n{layers}")
    assert [d.code for d in caught.value.diagnostics] == [code]
    assert said in str(caught.value)


NESTED = """
archspec: 1
name: Nested
input: [3, 8, 8]
layers:
  downs.0.0: {type: Conv2d, out_channels: 4, kernel_size: 1}
  taps.x.1.y: {type: Conv2d, out_channels: 4, kernel_size: 1}
  downs.0.1: {layers: [{type: Conv2d, out_channels: 4, kernel_size: 1}, {type: Chunk, chunks: 2, dim: 1}], outputs: {a: "1.0", b: "1.1"}}
  downs.1: {type: Add, from: [downs.0.1.a, downs.0.1.b]}
  again: {use: downs.0.0, from: input}
  sums: {type: Add, from: "downs.0.0, again"}
"""


def test_lists_in_lists_have_the_keys_that_the_paths_say(tmp_path: Path) -> None:
    with pytest.raises(archspec.SpecError, match=r"write from: \[downs\.0\.0, again\]"):
        load(tmp_path, NESTED)
    spec = load(tmp_path, NESTED.replace('"downs.0.0, again"', "[downs.0.0, again]"))
    module = archspec.build(spec).eval()
    layers = ("downs.0.0", "taps.x.1.y", "downs.0.1.0")
    assert set(module.state_dict()) == {f"{layer}.{name}" for layer in layers for name in ("weight", "bias")}
    x = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(module(x), module.get_submodule("downs.0.0")(x) * 2)
