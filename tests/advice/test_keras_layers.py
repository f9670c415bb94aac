"""Whole layers of Keras: the type and all of its keys, by hand from https://keras.io/api/layers/."""

from __future__ import annotations

import json

import pytest
from support import checked, codes, fixed, helps, spec

from archspec.expand.other_styles import type_called
from archspec.ops import registry
from archspec.ops.no_keys import key_help
from archspec.ops.other_names import OTHER_NAMES, other_key, plain_type
from archspec.ops.other_values import meant_key

LAYERS = {
    "AlphaDropout Dropout": "rate noise_shape seed",
    "AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D": "pool_size strides padding data_format name",
    "BatchNormalization": """axis momentum epsilon center scale beta_initializer gamma_initializer moving_mean_initializer
        moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint renorm
        renorm_clipping renorm_momentum synchronized""",
    "Concatenate Softmax": "axis",
    "Conv1D Conv2D Conv3D": """filters kernel_size strides padding data_format dilation_rate groups activation use_bias
        kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer
        kernel_constraint bias_constraint""",
    "Conv1DTranspose Conv2DTranspose": """filters kernel_size strides padding output_padding data_format dilation_rate activation use_bias
        kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer
        kernel_constraint bias_constraint""",
    "Conv3DTranspose": """filters kernel_size strides padding data_format output_padding dilation_rate activation use_bias
        kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer
        kernel_constraint bias_constraint""",
    "Dense": """units activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer
        activity_regularizer kernel_constraint bias_constraint lora_rank lora_alpha quantization_config""",
    "DepthwiseConv1D DepthwiseConv2D": """kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias
        depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer activity_regularizer
        depthwise_constraint bias_constraint""",
    "ELU": "alpha",
    "Embedding": """input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero
        weights lora_rank lora_alpha quantization_config""",
    "Flatten": "data_format",
    "GRU": """units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer
        kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer kernel_constraint
        recurrent_constraint bias_constraint dropout recurrent_dropout seed return_sequences return_state
        go_backwards stateful unroll reset_after use_cudnn""",
    "GRUCell": """units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer
        kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint
        bias_constraint dropout recurrent_dropout reset_after seed""",
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D": "data_format keepdims",
    "GroupNormalization": """groups axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer
        beta_constraint gamma_constraint""",
    "LSTM": """units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer
        unit_forget_bias kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer
        kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout seed return_sequences
        return_state go_backwards stateful unroll use_cudnn""",
    "LSTMCell": """units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer
        unit_forget_bias kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint
        recurrent_constraint bias_constraint dropout recurrent_dropout seed""",
    "LayerNormalization": """axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer
        beta_constraint gamma_constraint""",
    "LeakyReLU": "negative_slope",
    "MultiHeadAttention": """num_heads key_dim value_dim dropout use_bias output_shape attention_axes sliding_window flash_attention
        kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer
        kernel_constraint bias_constraint use_gate seed""",
    "PReLU": "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    "Permute": "dims",
    "ReLU": "max_value negative_slope threshold",
    "Reshape": "target_shape",
    "SimpleRNN": """units activation use_bias kernel_initializer recurrent_initializer bias_initializer kernel_regularizer
        recurrent_regularizer bias_regularizer activity_regularizer kernel_constraint recurrent_constraint
        bias_constraint dropout recurrent_dropout return_sequences return_state go_backwards stateful unroll seed""",
    "SpatialDropout1D": "rate seed name dtype",
    "SpatialDropout2D SpatialDropout3D": "rate data_format seed name dtype",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "UpSampling3D": "size data_format",
    "ZeroPadding1D ZeroPadding2D ZeroPadding3D": "padding data_format",
}  # fmt: skip
"""The arguments of Keras' layers for which there is an op."""


@pytest.mark.parametrize(("names", "keys"), LAYERS.items())
def test_each_key_is_known(names: str, keys: str) -> None:
    for name in names.split():
        words = OTHER_NAMES.get(plain_type(name), "").replace("{type:", "").replace(",", "").split()
        kind = type_called(name) or next(word for word in words if registry.find(word) is not None)
        op = registry.find(kind)
        assert op is not None
        fields = op.model_fields
        unknown = [
            key
            for key in keys.split()
            if key not in (*fields, "activation")
            and not (meant_key(name, key) or other_key(key, fields) or key_help(key, fields))
        ]
        assert not unknown, name


@pytest.mark.parametrize(("written", "meant"), [
    ("{type: UpSampling2D, size: [2, 2], data_format: channels_last}", "{type: Upsample, scale_factor: [2, 2]}"),
    ("{type: GlobalAveragePooling2D, data_format: channels_last, keepdims: true}", "{type: AdaptiveAvgPool2d, output_size: 1}"),
    ("{type: BatchNormalization, axis: -1, momentum: 0.99, center: true, beta_initializer: zeros}",
     "{type: BatchNorm2d, momentum: 0.01}"),
    ("{type: Conv2D, filters: 8, kernel_size: [3, 3], strides: 2, padding: valid, data_format: channels_last, use_bias: false,"
     " kernel_regularizer: l2, input_shape: [32, 32, 3]}",
     "{type: Conv2d, out_channels: 8, kernel_size: [3, 3], stride: 2, padding: valid, bias: false}"),
    ("{type: MaxPooling2D, pool_size: [2, 2], data_format: channels_last}", "{type: MaxPool2d, kernel_size: [2, 2]}"),
    ("{type: GroupNormalization, groups: 3, axis: -1, epsilon: 0.001}", "{type: GroupNorm, num_groups: 3, eps: 0.001}"),
    ("{type: SpatialDropout2D, rate: 0.2, seed: 1}", "{type: Dropout2d, p: 0.2}"),
    ("{type: Reshape, target_shape: [-1]}", "{type: Reshape, shape: [-1]}"),
])  # fmt: skip
def test_a_layer_with_all_of_its_keys(written: str, meant: str) -> None:
    assert fixed(spec(f"  a: {written}\n"), is_unsafe=True) == spec(f"  a: {meant}\n")


def test_a_layer_on_lines() -> None:
    keys = "\n    filters: 8  # wide\n    kernel_size: 3\n    data_format: channels_last\n    name: a\n"
    text = spec(f"  a:\n    type: Conv2D{keys}")
    own = "\n    out_channels: 8  # wide\n    kernel_size: 3\n"
    assert fixed(text, is_unsafe=True) == spec(f"  a:\n    type: Conv2d{own}")


def test_what_says_nothing_here_is_left_out_for_sure() -> None:
    text = "  a: {{type: {}, {}: 8, kernel_size: 3{}}}\n"
    written = text.format("Conv2D", "filters", ", data_format: channels_first, bias_constraint: null")
    assert fixed(spec(written)) == spec(text.format("Conv2d", "out_channels", ""))
    own = text.format("Conv2d", "out_channels", ", kernel_regularizer: null")
    assert fixed(spec(own)) == spec(text.format("Conv2d", "out_channels", ""))


def test_help_names_what_has_another_place() -> None:
    layer = "{type: Dense, units: 10, activation: relu, kernel_initializer: he_normal}"
    assert helps(spec(f"  f: Flatten\n  a: {layer}\n")) == [
        "write Linear, with out_features: 10; then see to activation and kernel_initializer"
    ]


def test_a_type_as_a_key_says_what_is_lost() -> None:
    layer = "{Conv2D: {filters: 8, kernel_size: 3, data_format: channels_last}}"
    assert helps(spec(f"  a: {layer}\n")) == [
        "write {type: Conv2d, out_channels: 8, kernel_size: 3}, without data_format"
    ]


JOINED = "  a: ReLU\n  b: {{type: Tanh, from: a}}\n  c: {{type: {}}}\n"


@pytest.mark.parametrize(("written", "meant", "is_safe"), [
    ("Concatenate, inputs: [a, b]", "Cat, dim: 1, from: [a, b]", False),
    ("Concatenate, inputs: [a, b], axis: -1", "Cat, from: [a, b], dim: 1", False),
    ("Cat, inputs: [a, b], dim: 1", "Cat, from: [a, b], dim: 1", True),
    ("Add, inputs: [a, b]", "Add, from: [a, b]", True),
    ("Multiply, inputs: [a, b]", "Mul, from: [a, b]", True),
    ("ReLU, input: b", "ReLU, from: b", True),
])  # fmt: skip
def test_inputs_are_what_is_read(written: str, meant: str, is_safe: bool) -> None:
    text = spec(JOINED.format(written))
    assert fixed(text, is_unsafe=True) == spec(JOINED.format(meant))
    assert (fixed(text) == spec(JOINED.format(meant))) is is_safe


def test_what_is_joined_along_the_batch_has_a_change() -> None:
    text = spec(JOINED.format("Cat, from: [a, b]"))
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0106", "write dim: 1")
    assert fixed(text) == text


def test_in_json_too() -> None:
    pool = {"type": "GlobalAveragePooling2D", "data_format": "channels_last"}
    document = {"archspec": 1, "name": "Net", "input": [3, 8, 8], "layers": {"a": pool, "f": "Flatten"}}
    after = fixed(json.dumps(document, indent=2), is_unsafe=True)
    assert json.loads(after)["layers"]["a"] == {"type": "AdaptiveAvgPool2d", "output_size": 1}
    assert codes(after) == []
