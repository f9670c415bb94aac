"""`verify` finds nothing where all is well, and finds each kind of difference where the text was changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import SPECS
from torch_samples import RESIDUAL, SAMPLES, TENSORS, facts_of, generated

from archspec.running.verify import verify

REPOSITORY_SPECS = sorted(SPECS.rglob("*.yaml"))


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_differs_in_samples(name: str) -> None:
    assert verify(facts_of(SAMPLES[name]), generated(SAMPLES[name])) == []


@pytest.mark.parametrize("path", REPOSITORY_SPECS, ids=lambda path: path.stem)
def test_nothing_differs_in_the_specs_of_the_repository(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text("utf-8")
    assert verify(facts_of(text), generated(text)) == []


def test_a_norm_that_counts_its_batches_beside_what_is_trained_only() -> None:
    """In training, `momentum: null` divides by the count of batches, a number that the meta device does not have."""
    text = (
        "archspec: 1\nname: Net\ninput: [3, 8, 8]\nlayers:\n  norm: {type: BatchNorm2d, momentum: null}\n"
        "  aux: {type: Conv2d, out_channels: 2, kernel_size: 1, mode: train}\n"
        "  head: {type: Conv2d, from: norm, out_channels: 2, kernel_size: 1}\noutputs: {head: head, aux: aux}\n"
    )
    assert verify(facts_of(text), generated(text)) == []


CHAIN = """\
archspec: 1
name: Chain
input: [3, 32, 32]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}
  norm: BatchNorm2d
  inner: {layers: {act: ReLU, pool: {type: MaxPool2d, kernel_size: 2}}}
  mean: {type: Mean, dim: [2, 3]}
  dense: {type: Linear, out_features: 4}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "nn.MaxPool2d(2)",
            "nn.MaxPool2d(3)",
            "inner.pool gives 2 × 8 × 10 × 10 float32 in the module, 2 × 8 × 15 × 15",
        ),
        ("dim=(2, 3)", "dim=2", "the module does not compute: RuntimeError"),
        ("torch.mean(x, dim=(2, 3))", "torch.amax(x, (2, 3)).double().float()[:1]", "mean gives 1 × 8 float32"),
        ("x = self.dense(x)", "x = self.dense(x).half()", "dense gives 2 × 4 float16"),
        (
            "nn.Conv2d(3, 8, 3, **",
            "nn.Conv2d(3, 8, 3, bias=False, **",
            "conv.bias is not among",
        ),
        ("nn.BatchNorm2d(8, **", "nn.BatchNorm2d(8, track_running_stats=False, **", "norm.running_mean is not among"),
        ("nn.Linear(8, 4, **kwargs)", "nn.Linear(8, 5, **kwargs)", "dense.weight is 5 × 8 in the module, 4 × 8"),
        ("x = self.inner(x)", "x = self.inner.pool(x)", "inner.act was not computed"),
        (
            "super().__init__()",
            "super().__init__(); self.more = nn.Linear(1, 1)",
            "more.weight is a parameter of the module",
        ),
        ("super().__init__()", "super().__init__(1)", "the module cannot be built: TypeError"),
    ],
)
def test_a_difference_is_told(old: str, new: str, told: str) -> None:
    code = generated(CHAIN)
    assert old in code.text
    code = replace(code, text=code.text.replace(old, new, 1))
    differences = verify(facts_of(CHAIN), code)
    assert any(line.startswith(told) or told in line for line in differences), differences


def test_a_layer_that_trains_is_told() -> None:
    code = generated(RESIDUAL)
    code = replace(code, text=code.text.replace("self.frozen.requires_grad_(False)", "pass"))
    assert "frozen.weight trains in the module" in verify(facts_of(RESIDUAL), code)


def test_a_parameter_that_is_not_shared_is_told() -> None:
    code = generated(RESIDUAL)
    code = replace(code, text=code.text.replace("self.tied.weight = self.head.weight", "pass"))
    assert "tied.weight is not the module's head.weight" in verify(facts_of(RESIDUAL), code)


def test_a_buffer_of_another_kind_is_told() -> None:
    code = generated(TENSORS)
    code = replace(code, text=code.text.replace("torch.int64", "torch.int32"))
    assert "mask is 17 int32 in the module, 17 int64 in the spec" in verify(facts_of(TENSORS), code)


def test_each_use_of_a_group_is_followed() -> None:
    code = generated(RESIDUAL)
    code = replace(code, text=code.text.replace("again = self.block2(x)", "again = self.block2(x[:, :, 1:])"))
    differences = verify(facts_of(RESIDUAL), code)
    assert any("again.add" in line or line.startswith("the module does not compute") for line in differences), (
        differences
    )
