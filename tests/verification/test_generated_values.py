"""Numbers of generated modules beside those of the layers computed one by one; the oracle is PyTorch, an op at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from support import ROOT, SPECS, checked, spec

from archspec.backends.torch import Generated, generate
from archspec.facts.model import Facts
from archspec.running.build import build
from archspec.verification import generated as module
from archspec.verification.generated import compare_values
from archspec.verification.interpreter import Interpreter

ALL = ("start values", "two calls in evaluation", "two calls in training")
SMALL = [
    "dcgan_discriminator",
    "lenet5",
    "lstm_classifier",
    "mnasnet",
    "mobilenet_v3",
    "shufflenet_v2",
    "siamese",
    "squeezenet",
    "transformer",
]
CASES = [
    "paren3",
    "mathn2",
    "mathn4",
    "names2",
    "conditional_dot",
    "conditional_hyphen",
    "lstm_h",
    "tied2",
    "ip3",
]


def made(text: str) -> tuple[Facts, Generated]:
    facts = checked(text).facts
    assert facts is not None
    return facts, generate(facts)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("path", [
    *(SPECS / "zoo" / f"{name}.yaml" for name in SMALL),
    *(SPECS / f"{name}.yaml" for name in ("alexnet", "cifar10_cnn", "course_cnn", "mnist_cnn", "receptive_field")),
    *(ROOT / "tests" / "cases" / "files" / "specs" / f"{name}.yaml" for name in CASES),
], ids=lambda path: path.stem)  # fmt: skip
def test_modules_compute_what_their_layers_do(path) -> None:  # type: ignore[no-untyped-def]
    result = checked(path.read_text("utf-8"), str(path))
    assert result.facts is not None
    assert result.ok
    found = compare_values(result.facts, generate(result.facts))
    assert (found.differences, found.compared, found.why_not) == ((), ALL, "")


WIDE = """\
archspec: 1
name: Wide
inputs: {a: {shape: [3, 8, 8]}, b: {shape: [3, 8, 8]}}
blocks:
  Unit:
    args: {k: int}
    layers:
      scale: {type: Mul, value: "${k + 1}"}
      conv: {type: Conv2d, out_channels: 3, kernel_size: 3, padding: 1}
      norm: {type: BatchNorm2d, momentum: 0.3}
      act: {type: LeakyReLU, negative_slope: 0.2}
      drop: {type: Dropout, p: 0.25}
layers:
  sub: {type: Sub, from: [a, b]}
  one: {type: Unit, k: 2}
  two: {type: Unit, k: 4}
  table: {type: Buffer, value: [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.5], persistent: false}
  shift: {type: Parameter, shape: [3, 1, 1], init: {value: {constant: {val: 0.5}}}}
  sum: {type: Add, from: [two, table, shift]}
  flat: {type: Flatten}
  fc: {type: Linear, out_features: 4, init: {weight: {normal: {std: 0.02}}, bias: zeros}}
  free: {type: Linear, out_features: 4, from: flat, tie: {weight: fc.weight}}
  out: {type: Add, from: [fc, free]}
"""


def test_nothing_differs() -> None:
    found = compare_values(*made(WIDE))
    assert (found.differences, found.compared) == ((), ALL)


@pytest.mark.parametrize("fill", [0, 1, 2.5, -1])
@pytest.mark.parametrize("kind", ["Buffer", "Parameter"])
def test_tensors_start_with_the_numbers_of_the_spec(kind: str, fill: float) -> None:
    facts, generated = made(
        spec(
            f"  t: {{type: {kind}, shape: [3], fill: {fill}, from: []}}\n  a: {{type: Mul, from: [input, t]}}\n", "[3]"
        )
    )
    found = compare_values(facts, generated)
    assert (found.differences, found.compared, found.why_not) == ((), ALL, "")
    expected = torch.full((3,), fill, dtype=torch.float32)
    assert torch.equal(next(iter(build(generated.text, generated.name).state_dict().values())), expected)


@pytest.mark.parametrize(("old", "new", "told"), [
    ("x * (self.k + 1)", "x * self.k + 1", "in evaluation, call 1: one.scale gives other numbers"),
    ("x = a - b", "x = b - a", "in evaluation, call 1: sub gives other numbers"),
    ("nn.LeakyReLU(negative_slope=0.2)", "nn.LeakyReLU()", "in evaluation, call 1: one.act gives other numbers"),
    ("nn.Dropout(p=0.25)", "nn.Dropout(p=0.2)", "in training, call 1: one.drop gives other numbers"),
    ("momentum=0.3", "momentum=0.2", "one.norm.running_mean ends as other numbers"),
    ("8.5", "8.0", "table starts as other numbers in the module, by 0.5"),
    ("std=0.02", "std=0.03", "fc.weight starts as other numbers"),

    ('self.free.weight = self.fc.weight', "pass", "other parameters are one and the same"),
    ("padding=1", "padding=1, bias=False", "one.conv.bias is not in the module"),
    ("return x", "return x.nonexistent", "in evaluation, call 1: the module does not compute: AttributeError"),
    ("return x", "return x * 2", "in evaluation, call 1: output 0 differs"),
    ("super().__init__()", "super().__init__(1)", "the module cannot be built: TypeError"),
])  # fmt: skip
def test_a_difference_is_told(old: str, new: str, told: str) -> None:
    facts, code = made(WIDE)
    found = compare_values(facts, replace(code, text=code.text.replace(old, new)))
    assert any(said.startswith(told) for said in found.differences) or not told, (found, code.text)


def test_what_is_too_large_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, code = made(WIDE)
    monkeypatch.setattr(module, "MAX_VERIFIED_WORK", 120_000)
    assert (compare_values(facts, code).compared, compare_values(facts, code).why_not[:12]) == (
        ("start values", "one call in evaluation"),
        "a call takes",
    )
    monkeypatch.setattr(module, "MAX_VERIFIED_WORK", 1_000)
    assert compare_values(facts, code).compared == ("start values",)
    monkeypatch.setattr(module, "MAX_VERIFIED_BYTES", 1_000)
    assert compare_values(facts, code) == module.Values(why_not="its weights take 3.84e-06 GB, and are needed twice")


def test_layers_that_do_not_compute_on_random_numbers_are_said() -> None:
    facts, code = made("""\
archspec: 1
name: Cut
inputs: {x: {shape: [4], dtype: int64}}
layers:
  wide: {type: OneHot, num_classes: 3}
""")
    found = compare_values(facts, code)
    assert found.differences == ()
    assert found.compared == ("start values",)
    assert "do not compute on random numbers: RuntimeError" in found.why_not


def test_the_interpreter_is_pytorch_an_op_at_a_time() -> None:
    facts, _ = made(WIDE)
    torch.manual_seed(3)
    layers = Interpreter(facts, {})
    state = layers.state.eval()
    a, b = torch.randn(2, 3, 8, 8), torch.randn(2, 3, 8, 8)
    x = a - b
    for name, k in (("one", 2), ("two", 4)):
        unit = state.get_submodule(name)
        x = unit.act(unit.norm(unit.conv(x * (k + 1))))  # type: ignore[operator]
    x = x + state.get_buffer("table") + state.get_parameter("shift")
    fc, free = state.get_submodule("fc"), state.get_submodule("free")
    assert free.weight is fc.weight
    assert torch.equal(layers(a, b), fc(x.flatten(1)) + free(x.flatten(1)))
