"""Sums and peaks of networks that go to channels last and back, against a run by PyTorch's own storages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support import checked, spec

sys.path.insert(0, str(Path(__file__).parent))

from storages import reference_activations, reference_peak

from archspec.facts.memory import measure_batch

CONVNEXT = """\
  stem: {type: Conv2d, out_channels: 8, kernel_size: 4, stride: 4}
  last: {type: Permute, dims: [0, 2, 3, 1]}
  norm: LayerNorm
  first: {type: Permute, dims: [0, 3, 1, 2]}
  depthwise: {type: Conv2d, out_channels: 8, kernel_size: 7, padding: 3, groups: 8}
  last1: {type: Permute, dims: [0, 2, 3, 1]}
  norm1: LayerNorm
  wide: {type: Linear, out_features: 32}
  gelu: GELU
  narrow: {type: Linear, out_features: 8}
  first1: {type: Permute, dims: [0, 3, 1, 2]}
  sum: {type: Add, from: [first, first1]}
  down: {type: Conv2d, out_channels: 16, kernel_size: 2, stride: 2}
  last2: {type: Permute, dims: [0, 2, 3, 1]}
  flat: {type: Reshape, shape: [-1]}
  head: {type: Linear, out_features: 10}
"""
BEHIND = """\
  image: {type: Permute, dims: [0, 3, 1, 2]}
  conv: {type: Conv2d, out_channels: 6, kernel_size: 3, padding: 1}
  between: LAYER
  last: {type: Permute, dims: [0, 2, 3, 1]}
  flat: {type: Reshape, shape: [-1]}
  end: Tanh
"""
VOLUME = """\
  image: {type: Permute, dims: [0, 4, 1, 2, 3]}
  conv: {type: Conv3d, out_channels: 4, kernel_size: KERNEL}
  last: {type: Permute, dims: [0, 2, 3, 4, 1]}
  flat: {type: Reshape, shape: [-1]}
  end: Tanh
"""
LAYERS = [
    "BatchNorm2d",
    "{type: ZeroPad2d, padding: 1}",
    "{type: ZeroPad2d, padding: -1}",
    "{type: ReflectionPad2d, padding: 1}",
    "{type: CircularPad2d, padding: 1}",
    "{type: MaxPool2d, kernel_size: 2}",
    "{type: AvgPool2d, kernel_size: 2}",
    "{type: AdaptiveAvgPool2d, output_size: 3}",
    "{type: Upsample, scale_factor: 2}",
    "{type: LocalResponseNorm, size: 3}",
    "{type: Pow, exponent: 2}",
    "{type: Pow, base: 2}",
    "{type: ConvTranspose2d, out_channels: 4, kernel_size: 2, stride: 2}",
    "{type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, padding_mode: circular}",
    "{type: PixelShuffle, upscale_factor: 1}",
    "Normalize",
    "{type: GLU, dim: 1}",
    "{type: Roll, shifts: 1, dims: 2}",
    "Softmax2d",
]


def assert_as_run(layers: str, input: str, batch: int) -> None:
    facts = checked(spec(layers, input)).facts
    assert facts is not None
    found = measure_batch(facts, batch)
    wanted = (reference_activations(facts, batch), reference_peak(facts, batch)[0])
    assert (found.activation_bytes, found.peak_activation_bytes) == wanted


@pytest.mark.parametrize("batch", [1, 3])
def test_a_network_to_channels_last_and_back(batch: int) -> None:
    assert_as_run(CONVNEXT, "[3, 16, 16]", batch)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("layer", LAYERS)
def test_what_is_behind_a_permuted_image(layer: str, batch: int) -> None:
    assert_as_run(BEHIND.replace("LAYER", layer), "[8, 8, 4]", batch)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_volume_keeps_its_order_where_one_kernel_computes_it(batch: int) -> None:
    assert_as_run(VOLUME.replace("KERNEL", "3"), "[6, 6, 6, 4]", batch)


def test_what_the_number_of_threads_decides_is_not_known() -> None:
    facts = checked(spec(VOLUME.replace("KERNEL", "1"), "[6, 6, 6, 4]")).facts
    assert facts is not None
    why = "conv gives its channels last or in rows, as the processor and the number of threads have it"
    found = measure_batch(facts, 3)
    assert (found.activation_bytes, found.peak_activation_bytes) == (None, None)
    assert found.sum_unknown == found.unknown == why
