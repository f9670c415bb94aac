"""Keras models, imported from their JSON and compared: `python tests/scoreboard/keras_models.py NAMES...`. Run by hand.

Needs Keras 3 with its PyTorch back end. Each model is built with random weights, written with `to_json()`, imported by
`archspec.importers`, compiled, given the same weights in PyTorch's order, and compared on random inputs: the number of
parameters, those of them that train, and the outputs. NAMES are classes of keras.applications; without any, small models for single
layers run, or with `--random COUNT` chains of layers with random arguments; `--write FOLDER` keeps what the small ones are, read and gave
for the tests, and what Keras writes of each kind of layer.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from keras import layers

import archspec
from archspec.checking import check
from archspec.importers import spec_text
from archspec.importers.keras import import_keras
from archspec.importers.keras.layers import registered
from archspec.importers.sketch import ImportProblem

State = dict[str, np.ndarray]


# Weights in PyTorch's order --------------------------------------------------------------------------------------------


def converted(model: Any, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """The weights of all layers under the keys of the imported network."""
    for layer in model.layers:
        path = prefix + layer.name
        if isinstance(layer, keras.Model):
            yield from converted(layer, f"{path}.")
            continue
        if type(layer).__name__ == "Bidirectional":
            kind = type(layer.forward_layer).__name__
            yield from recurrent(kind, path, held(layer.forward_layer))
            yield from recurrent(kind, path, held(layer.backward_layer), "_reverse")
        elif weights := held(layer):
            yield from of_layer(layer, path, weights)


def held(layer: Any) -> State:
    """The weights of a layer by their names within it."""
    return {named(weight.path): array(weight) for weight in layer.weights}


def named(path: str) -> str:
    """A weight's name within its layer: `kernel`, `query/kernel`."""
    parts = path.split("/")
    return "/".join(parts[-2:]) if parts[-2] in ("query", "key", "value", "attention_output") else parts[-1]


def array(weight: Any) -> np.ndarray:
    return weight.detach().cpu().numpy() if hasattr(weight, "detach") else np.array(weight)


def of_layer(layer: Any, path: str, weights: State) -> Iterator[tuple[str, np.ndarray]]:
    kind = type(layer).__name__
    if kind.startswith("Separable"):
        yield f"{path}_depthwise.weight", depthwise(weights["depthwise_kernel"])
        yield f"{path}_pointwise.weight", channels_first(weights["pointwise_kernel"])
        if "bias" in weights:
            yield f"{path}_pointwise.bias", weights["bias"]
    elif kind.startswith("Depthwise"):
        yield f"{path}.weight", depthwise(weights["kernel"])
        yield from ((f"{path}.bias", weights[name]) for name in weights if name == "bias")
    elif kind.startswith("Conv"):
        kernel = weights["kernel"]
        yield f"{path}.weight", channels_first(kernel)
        yield from ((f"{path}.bias", weights[name]) for name in weights if name == "bias")
    elif kind == "Dense":
        yield f"{path}.weight", weights["kernel"].T
        yield from ((f"{path}.bias", weights[name]) for name in weights if name == "bias")
    elif kind in ("BatchNormalization", "LayerNormalization", "GroupNormalization"):
        yield from normalization(path, weights)
    elif kind in ("LSTM", "GRU", "SimpleRNN"):
        yield from recurrent(kind, path, weights)
    elif kind == "MultiHeadAttention":
        yield from attention(path, weights)
    elif kind == "Normalization":
        yield f"{path}_mean", weights["mean"]
        yield f"{path}_variance", weights["variance"]
    elif kind == "Embedding":
        yield f"{path}.weight", weights["embeddings"]
    elif kind == "PReLU":
        alpha = weights["alpha"]
        yield (f"{path}.weight", alpha.ravel()) if max(alpha.shape[:-1], default=1) == 1 else (f"{path}_alpha", alpha)
    else:
        raise ValueError(kind)


def channels_first(kernel: np.ndarray) -> np.ndarray:
    return kernel.transpose(kernel.ndim - 1, kernel.ndim - 2, *range(kernel.ndim - 2))


def depthwise(kernel: np.ndarray) -> np.ndarray:
    *sizes, channels, multiplier = kernel.shape
    rank = len(sizes)
    return kernel.transpose(rank, rank + 1, *range(rank)).reshape(channels * multiplier, 1, *sizes)


def normalization(path: str, weights: State) -> Iterator[tuple[str, np.ndarray]]:
    names = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    alone = "moving_mean" in weights and ("gamma" in weights) != ("beta" in weights)
    for name, value in weights.items():
        if alone and name in ("gamma", "beta"):
            yield f"{path}_{name}", value
        else:
            yield f"{path}.{names[name]}", value
    if "moving_mean" in weights:
        yield f"{path}.num_batches_tracked", np.array(0)


def recurrent(kind: str, path: str, weights: State, end: str = "") -> Iterator[tuple[str, np.ndarray]]:
    order = {"LSTM": [0, 1, 2, 3], "GRU": [1, 0, 2], "SimpleRNN": [0]}[kind]

    def gates(array: np.ndarray) -> np.ndarray:
        return array.reshape(len(order), -1, *array.shape[1:])[order].reshape(array.shape)

    yield f"{path}.weight_ih_l0{end}", gates(weights["kernel"].T)
    yield f"{path}.weight_hh_l0{end}", gates(weights["recurrent_kernel"].T)
    if "bias" in weights:
        bias = weights["bias"]
        two = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        yield f"{path}.bias_ih_l0{end}", gates(two[0])
        yield f"{path}.bias_hh_l0{end}", gates(two[1])


def attention(path: str, weights: State) -> Iterator[tuple[str, np.ndarray]]:
    parts = ("query", "key", "value")
    width = weights["query/kernel"].shape[0]
    yield f"{path}.in_proj_weight", np.concatenate([weights[f"{part}/kernel"].reshape(width, -1).T for part in parts])
    yield f"{path}.in_proj_bias", np.concatenate([weights[f"{part}/bias"].ravel() for part in parts])
    yield f"{path}.out_proj.weight", weights["attention_output/kernel"].reshape(-1, width).T
    yield f"{path}.out_proj.bias", weights["attention_output/bias"]


# Comparison ------------------------------------------------------------------------------------------------------------


def compare(name: str, model: Any, folder: Path, kept: dict[str, Any]) -> str:
    """One line about one model; what it read and gave goes into `kept`."""
    random = np.random.default_rng(0)
    randomize(model, random)
    path = folder / "model.json"
    path.write_text(model.to_json())
    try:
        sketch = import_keras(str(path))
    except ImportProblem as problem:
        return f"{name}: {problem.place} {problem.message}"
    result = check("model.yaml", spec_text(sketch).encode())
    if not result.ok:
        return f"{name}: the spec has errors: {result.diagnostics[0].message}"
    module = archspec.build(result)
    own = module.state_dict()
    state = {
        key: np.array(value).reshape(tuple(own[key].shape) if key in own else value.shape)
        for key, value in converted(model)
    }
    module.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()}, strict=True)
    module.eval()
    given = [example(tensor, random) for tensor in model.inputs]
    looked_up = [
        spec.dtype == "int64" and x.dtype == np.float32 for x, spec in zip(given, sketch.inputs.values(), strict=True)
    ]
    given = [np.floor(10 * x) if is_index else x for x, is_index in zip(given, looked_up, strict=True)]
    theirs = model.predict(given if len(given) > 1 else given[0], verbose=0)
    theirs = list(theirs) if isinstance(theirs, (list, tuple)) else [theirs]
    inputs = [first(x.astype(spec.dtype), spec.shape) for x, spec in zip(given, sketch.inputs.values(), strict=True)]
    with torch.no_grad():
        ours = module(*map(torch.from_numpy, inputs))
    ours = list(ours.values()) if isinstance(ours, dict) else list(ours) if isinstance(ours, (tuple, list)) else [ours]
    outputs = [aligned(np.asarray(b), a.numpy()) for a, b in zip(ours, theirs, strict=True)]
    different = max(distance(a.numpy(), b) for a, b in zip(ours, outputs, strict=True))
    counted = sum(value.size for key, value in state.items() if "num_batches" not in key)
    counts = "params equal" if counted == model.count_params() else f"params {counted:,} of {model.count_params():,}"
    trained = sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    counts += "" if trained - counted == trainable - model.count_params() else f", {trained:,} train of {trainable:,}"
    kept[name] = {
        "model": json.loads(model.to_json()),
        "params": model.count_params(),
        "trainable": trainable,
        "inputs": inputs,
        "outputs": outputs,
        "state": state,
    }
    return f"{name}: {len(sketch.layers)} layers, {counts}, difference {different:.1e}"


def randomize(model: Any, random: Any) -> None:
    """Random weights of a size that keeps values near 1; variances and scales above 0."""
    for weight in model.weights:
        if "seed" in weight.path:
            continue
        shape = tuple(weight.shape)
        value = random.standard_normal(shape) * (1 / np.sqrt(max(np.prod(shape[:-1]), 1)) if len(shape) > 1 else 0.1)
        weight.assign((abs(value) + 0.5 if weight.path.endswith(("variance", "gamma")) else value).astype(np.float32))


def write(kept: dict[str, Any], folder: Path) -> None:
    """What the small models are, read and gave, as the files that tests/importers/keras compares with."""
    arrays: dict[str, np.ndarray] = {}
    cases = {}
    for name, case in kept.items():
        cases[name] = {
            "params": case["params"],
            "trainable": case["trainable"],
            "inputs": len(case["inputs"]),
            "outputs": len(case["outputs"]),
            "model": case["model"],
        }
        arrays |= {f"{name}/input/{i}": x for i, x in enumerate(case["inputs"])}
        arrays |= {f"{name}/output/{i}": x for i, x in enumerate(case["outputs"])}
        arrays |= {f"{name}/state/{key}": x for key, x in case["state"].items()}
    lines = [f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items()]
    (folder / "cases.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    np.savez_compressed(folder / "cases.npz", **arrays)
    lines = [f"{json.dumps(kind)}: {json.dumps(config)}" for kind, config in configs().items()]
    (folder / "configs.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


NEEDED: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "relu"}, "Dense": {"units": 3}, "Embedding": {"input_dim": 9, "output_dim": 3},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3}, "Permute": {"dims": (2, 1)}, "Reshape": {"target_shape": (12, 5)},
    "RepeatVector": {"n": 3}, "Rescaling": {"scale": 2.0}, "GroupNormalization": {"groups": 3}, "GaussianNoise": {"stddev": 0.1},
    "Bidirectional": {"layer": layers.LSTM(3)},
}  # fmt: skip


def configs() -> dict[str, Any]:
    """What Keras writes of each kind of layer that is imported, with its defaults."""
    found = {}
    for kind in sorted(registered()):
        if hasattr(layers, kind):
            made = getattr(layers, kind)
            empty = [p.name for p in inspect.signature(made).parameters.values() if p.default is p.empty]
            given = {name: 0.5 if name == "rate" else 3 for name in empty if name != "kwargs"}
            found[kind] = keras.saving.serialize_keras_object(made(**NEEDED.get(kind, given)))["config"]
    return found


def example(tensor: Any, random: Any) -> np.ndarray:
    shape = [2, *(size or 16 for size in tensor.shape[1:])]
    return random.integers(0, 10, shape).astype(np.int32) if "int" in tensor.dtype else random.random(shape, np.float32)


def first(x: np.ndarray, shape: list[int | str]) -> np.ndarray:
    """An image as the spec reads it."""
    return x if list(x.shape[1:]) == shape else np.ascontiguousarray(np.moveaxis(x, -1, 1))


def aligned(theirs: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """Keras's output with its axes as the spec gives them; where both orders have that shape, the one that is nearer."""
    moved = np.ascontiguousarray(np.moveaxis(theirs, -1, 1)) if theirs.ndim > 1 else theirs
    return min((one for one in (theirs, moved) if one.shape == ours.shape), key=lambda one: distance(ours, one))


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    return float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-9))


def small() -> Iterator[tuple[str, Any]]:
    """A model for each kind of layer."""
    image, sequence, tokens = (9, 8, 3), (10, 6), (12,)
    chains: dict[str, tuple[tuple[int, ...], list[Any]]] = {
        "conv same": (image, [layers.Conv2D(4, 3, padding="same", strides=2, activation="relu"), layers.Flatten(), layers.Dense(5, "softmax")]),
        "conv even": (image, [layers.Conv2D(4, 4, padding="same"), layers.LeakyReLU()]),
        "conv 1d": (sequence, [layers.Conv1D(4, 3, padding="causal", dilation_rate=2), layers.GlobalMaxPooling1D(), layers.Dense(3)]),
        "conv 1d and lstm": (sequence, [layers.Conv1D(4, 3), layers.LSTM(5), layers.Dense(3)]),
        "conv 3d": ((5, 6, 7, 2), [layers.Conv3D(4, 3), layers.MaxPooling3D(), layers.Flatten(), layers.Dense(2)]),
        "depthwise": (image, [layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), layers.ReLU(6.0)]),
        "separable": (image, [layers.SeparableConv2D(5, 3, padding="same", activation="swish")]),
        "transposed": (image, [layers.Conv2DTranspose(4, 3, strides=2, padding="same")]),
        "transposed valid": (image, [layers.Conv2DTranspose(4, 2, strides=3)]),
        "transposed even": (image, [layers.Conv2DTranspose(4, 4, strides=2, padding="same")]),
        "max same": (image, [layers.MaxPooling2D(3, 2, padding="same")]),
        "average same 1": (image, [layers.AveragePooling2D(3, 1, padding="same")]),
        "global": (image, [layers.GlobalAveragePooling2D(keepdims=True), layers.Conv2D(4, 1)]),
        "batch norm": (image, [layers.BatchNormalization(), layers.Conv2D(4, 3), layers.BatchNormalization(scale=False), layers.BatchNormalization(center=False)]),
        "batch norm 1d": (sequence, [layers.BatchNormalization(), layers.Flatten(), layers.BatchNormalization()]),
        "layer norm": (image, [layers.LayerNormalization(), layers.Conv2D(4, 3), layers.GroupNormalization(2)]),
        "dense on image": (image, [layers.Dense(4, activation="gelu"), layers.Conv2D(4, 3), layers.Softmax()]),
        "activations": (sequence, [layers.Activation(name) for name in ("elu", "selu", "softplus", "softsign", "hard_sigmoid", "hard_silu", "mish", "leaky_relu", "exponential", "tanh")]),
        "prelu": (image, [layers.PReLU(shared_axes=[1, 2]), layers.PReLU(), layers.Conv2D(2, 1)]),
        "borders": (image, [layers.ZeroPadding2D(((1, 2), (3, 0))), layers.Cropping2D(((0, 1), (2, 1))), layers.UpSampling2D((2, 3))]),
        "bilinear": (image, [layers.UpSampling2D(2, interpolation="bilinear")]),
        "borders 1d": (sequence, [layers.ZeroPadding1D((1, 2)), layers.Cropping1D(1), layers.UpSampling1D(2), layers.SpatialDropout1D(0.2)]),
        "reshape": (image, [layers.Reshape((18, 12)), layers.Permute((2, 1)), layers.Reshape((4, 54)), layers.Dense(3)]),
        "reshape to image": (tokens, [layers.Dense(24), layers.Reshape((2, 3, 4)), layers.Conv2D(2, 2)]),
        "lstm": (sequence, [layers.LSTM(4, return_sequences=True), layers.LSTM(3), layers.Dense(2)]),
        "gru": (sequence, [layers.GRU(4, return_sequences=True), layers.GRU(3, use_bias=False)]),
        "rnn": (sequence, [layers.SimpleRNN(4), layers.RepeatVector(3)]),
        "rescaling": (image, [layers.Rescaling(1 / 127.5, -1.0), layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 4.0])]),
        "dropout": (image, [layers.Dropout(0.3), layers.SpatialDropout2D(0.1), layers.AlphaDropout(0.1), layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))]),
        "transposed padded": (image, [layers.Conv2DTranspose(4, 3, strides=2, output_padding=1), layers.Conv2DTranspose(3, 4, strides=3, padding="same", output_padding=(2, 0))]),
        "transposed dilated": (image, [layers.Conv2DTranspose(4, 3, dilation_rate=2), layers.Conv2DTranspose(3, (2, 3), dilation_rate=(3, 1), padding="same")]),
        "transposed wide": (image, [layers.Conv2DTranspose(4, 2, strides=3, padding="same"), layers.Conv2DTranspose(2, 5, strides=2, padding="same")]),
        "grouped": (image, [layers.Conv2D(4, 1), layers.Conv2D(6, 3, groups=2, dilation_rate=2, padding="same", use_bias=False), layers.AveragePooling2D(2), layers.GlobalMaxPooling2D()]),
        "one axis": (sequence, [layers.DepthwiseConv1D(3, depth_multiplier=2), layers.SeparableConv1D(5, 3, padding="same"), layers.AveragePooling1D(2), layers.Conv1DTranspose(3, 3, strides=2), layers.MaxPooling1D(2), layers.GlobalAveragePooling1D()]),
        "three axes": ((4, 5, 6, 2), [layers.ZeroPadding3D(1), layers.Conv3DTranspose(3, 2, strides=2), layers.AveragePooling3D(2), layers.UpSampling3D(2), layers.Cropping3D(1), layers.SpatialDropout3D(0.1), layers.GlobalAveragePooling3D()]),
        "three axes, most": ((4, 5, 6, 2), [layers.GlobalMaxPooling3D()]),
        "activations more": (sequence, [layers.Activation(name) for name in ("celu", "log_sigmoid", "relu6", "hard_tanh", "tanh_shrink", "gelu", "silu", "log_softmax", "sigmoid", "softmax")]),
        "activations shrinking": (sequence, [layers.Rescaling(3.0, -1.0), layers.Activation("soft_shrink")]),
        "activations cutting": (sequence, [layers.Rescaling(3.0, -1.0), layers.Activation("hard_shrink"), layers.ELU(0.5), layers.ReLU(2.0)]),
        "activation in a dense": (sequence, [layers.Dense(4, activation=layers.LeakyReLU(0.1)), layers.Dense(3, activation=layers.ReLU(negative_slope=0.3))]),
        "normalization learned": (image, [layers.Normalization(), layers.UnitNormalization(), layers.UnitNormalization(axis=(1, 3))]),
        "normalization of all": (sequence, [layers.Normalization(axis=None, mean=0.3, variance=0.0), layers.Normalization(axis=None)]),
        "norms of other axes": (image, [layers.LayerNormalization(axis=[2, 3]), layers.GroupNormalization(-1), layers.BatchNormalization(axis=1)]),
        "rescaling by channel": (image, [layers.Rescaling([1.0, 2.0, 3.0], [0.5, 0.0, -0.5]), layers.Conv2D(2, 1), layers.Rescaling([2.0, 3.0], 1.0)]),
        "training alone": (sequence, [layers.GaussianNoise(0.1), layers.GaussianDropout(0.1), layers.ActivityRegularization(l2=0.1), layers.Identity(), layers.Dense(3, kernel_regularizer="l2", bias_constraint="non_neg", activity_regularizer="l1")]),
        "both ways": (sequence, [layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.Bidirectional(layers.GRU(3)), layers.Dense(2)]),
        "both ways summed": (sequence, [layers.Bidirectional(layers.GRU(4, return_sequences=True), merge_mode="sum"), layers.Bidirectional(layers.SimpleRNN(3, activation="relu"), merge_mode="ave")]),
        "both ways multiplied": (sequence, [layers.Bidirectional(layers.LSTM(4, return_sequences=True, use_bias=False), merge_mode="mul")]),
        "causal": (sequence, [layers.Conv1D(4, 3, padding="causal", strides=2)]),
    }  # fmt: skip
    for name, (shape, chain) in chains.items():
        yield name, keras.Sequential([layers.Input(shape), *chain])
    words = layers.Input((7,), dtype="int32")
    yield "embedding", keras.Model(words, layers.LSTM(4)(layers.Embedding(10, 6)(words)))
    steps = layers.Input((5, 8))
    yield (
        "attention",
        keras.Model(steps, layers.LayerNormalization()(layers.MultiHeadAttention(2, 4)(steps, steps) + steps)),
    )
    yield "graph", graph()
    inner = keras.Sequential(
        [layers.Conv2D(3, 3, padding="same", activation="relu"), layers.BatchNormalization()], name="inner"
    )
    x = layers.Input(image)
    yield "nested and shared", keras.Model(x, layers.Dense(2)(layers.Flatten()(inner(inner(x)) * 0.5 + x)))

    yield from in_parts()


def in_parts() -> Iterator[tuple[str, Any]]:
    """Models of other forms than a chain: models within models, what is frozen, arguments by name."""
    base = keras.Sequential(
        [layers.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Dropout(0.2)]
    )
    base.trainable = False
    base.layers[0].trainable = True  # after the whole was frozen: Keras trains it
    x = layers.Input((8, 8, 3))
    yield "frozen", keras.Model(x, layers.Dense(2)(layers.Flatten()(base(x, training=False))))
    own = layers.Bidirectional(layers.LSTM(3))
    own.backward_layer.trainable = False
    norm = layers.BatchNormalization(scale=False, trainable=False)
    yield "frozen in part", keras.Sequential([layers.Input((5, 4)), norm, layers.PReLU(trainable=False), own])
    whole = keras.Sequential([layers.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
    x = layers.Input((4,))
    whole = keras.Model(x, whole(x))
    whole.trainable = False
    yield "frozen as a whole", whole
    tower = functional(6, layers.Dense(5, activation="relu"))
    x, z = layers.Input((6,)), layers.Input((6,))
    yield "towers", keras.Model([x, z], layers.Dense(1)(layers.Subtract()([tower(x), tower(z)])))
    tower = functional(6, layers.Dense(6))
    x = layers.Input((6,))
    yield "towers given", keras.Model(x, [layers.ReLU()(tower(layers.Dense(6)(x))), tower(x)])
    tower = functional(6, layers.Dense(6))
    x = layers.Input((6,))
    yield "towers given first", keras.Model(x, [tower(x), layers.ReLU()(tower(layers.Dense(6)(x)))])
    yield "towers in a row", keras.Model(x, tower(tower(tower(x))))
    x, z = layers.Input((5, 8)), layers.Input((6, 8))
    named = layers.MultiHeadAttention(2, 4, dropout=0.1)(x, key=layers.ReLU()(z), value=z)
    yield "arguments by name", keras.Model([x, z], layers.Dense(2)(inputs=named))
    x = layers.Input((5, 8))
    yield "states", keras.Model(x, layers.LSTM(3, return_sequences=True, return_state=True)(x))
    x = layers.Input((5, 8))
    yield "states both ways", keras.Model(x, layers.Bidirectional(layers.GRU(3, return_state=True), merge_mode=None)(x))
    x = layers.Input((7,))
    yield "numbers looked up", keras.Model(x, layers.Flatten()(layers.Embedding(10, 3)(x)))
    x = layers.Input((), dtype="int32")
    yield "one number", keras.Model(x, layers.Dense(2)(layers.Embedding(10, 3)(x)))
    x, z = layers.Input((4, 4, 3)), layers.Input((1, 1, 3))
    yield (
        "least",
        keras.Model([x, z], layers.Minimum()([x, z]) / 2 + layers.Add()([x, z]) * layers.Average()([x, x, z])),
    )


def functional(size: int, layer: Any) -> Any:
    x = layers.Input((size,))
    return keras.Model(x, layer(x))


def graph() -> Any:
    """Branches, shared layers, two inputs and two outputs."""
    x, z = layers.Input((8, 8, 4)), layers.Input((4,))
    conv = layers.Conv2D(4, 3, padding="same")
    a, b = conv(x), conv(layers.ReLU()(x))
    gate = layers.Reshape((1, 1, 4))(layers.Dense(4, activation="sigmoid")(z))
    y = layers.Concatenate()(
        [layers.Multiply()([a, gate]), layers.Average()([a, b]), layers.Maximum()([a, b]), layers.Subtract()([a, b])]
    )
    return keras.Model([x, z], [layers.GlobalAveragePooling2D()(y), 1 - z])


def drawn(number: int) -> tuple[str, Any]:
    """A chain of one to three layers whose arguments are drawn at random. Raises ValueError where Keras has no such layer."""
    random = Random(number)
    axes = random.choice((1, 1, 2, 2, 3))
    shape = (*random.sample((5, 7, 8, 9), axes), random.choice((2, 4, 6)))  # no two alike: which is which is seen
    chain: list[Any] = []
    for _ in range(random.choice((1, 1, 2, 3))):
        chain.append(random.choice(_DRAWS)(random, axes))
    names = ", ".join(f"{type(layer).__name__} {_drawn_config(layer)}" for layer in chain)
    return f"{number}: {shape} {names}", keras.Sequential([layers.Input(shape), *chain])


def _drawn_config(layer: Any) -> dict[str, Any]:
    dull = ("_initializer", "_regularizer", "_constraint", "name", "trainable", "dtype", "seed")
    return {key: value for key, value in layer.get_config().items() if not key.endswith(dull) and value is not None}


def _conv(random: Random, axes: int) -> Any:
    strided = random.random() < 0.5
    common: dict[str, Any] = {
        "kernel_size": [random.randint(1, 4) for _ in range(axes)],
        "strides": [random.randint(1, 3)] * axes if strided else 1,
        "dilation_rate": 1 if strided else random.choice((1, 1, 2)),
        "padding": random.choice(("same", "valid", "causal") if axes == 1 else ("same", "valid")),
        "use_bias": random.random() < 0.7,
        "activation": random.choice((None, "relu", "tanh", "softmax", "hard_sigmoid")),
    }
    kind = (
        random.choice(("Conv", "Conv", "Transpose", "Depthwise", "Separable"))
        if axes < 3
        else random.choice(("Conv", "Transpose"))
    )
    if kind == "Conv":
        return getattr(layers, f"Conv{axes}D")(4, groups=random.choice((1, 1, 2)), **common)
    common["padding"] = random.choice(("same", "valid"))
    if kind == "Transpose":
        extra = random.choice((None, None, 0, 1))
        most = common["strides"][0] if strided else 1
        return getattr(layers, f"Conv{axes}DTranspose")(
            4, output_padding=None if extra is None else min(extra, most - 1), **common
        )
    if kind == "Depthwise":
        return getattr(layers, f"DepthwiseConv{axes}D")(depth_multiplier=random.choice((1, 2)), **common)
    return getattr(layers, f"SeparableConv{axes}D")(4, depth_multiplier=random.choice((1, 2)), **common)


def _pool(random: Random, axes: int) -> Any:
    kind = random.choice(("Max", "Average"))
    if random.random() < 0.3:
        return getattr(layers, f"Global{kind}Pooling{axes}D")(keepdims=True)
    padding = (
        random.choice(("same", "valid")) if kind == "Max" else "valid"
    )  # Keras's back ends differ in what they average
    return getattr(layers, f"{kind}Pooling{axes}D")(random.randint(1, 3), random.choice((None, 1, 2, 3)), padding)


def _norm(random: Random, axes: int) -> Any:
    axis = random.choice((-1, 1, axes + 1))
    flags = {"center": random.random() < 0.7, "scale": random.random() < 0.7}
    return random.choice((
        lambda: layers.BatchNormalization(axis=axis, epsilon=random.choice((1e-3, 0.1)), **flags),
        lambda: layers.LayerNormalization(axis=random.choice((-1, axis, list(range(random.randint(1, axes + 1), axes + 2)))), **flags),
        lambda: layers.GroupNormalization(random.choice((1, 2, -1)), axis=axis, **flags),
        lambda: layers.UnitNormalization(axis=random.choice((axis, [1, axes + 1]))),
        lambda: layers.Normalization(axis=random.choice((-1, None, axis))),
        lambda: layers.Rescaling(random.choice((2.0, -0.5)), random.choice((0.0, 1.0))),
    ))()  # fmt: skip


def _shape(random: Random, axes: int) -> Any:
    pairs = [[random.randint(0, 2), random.randint(0, 2)] for _ in range(axes)]
    order = random.sample(range(1, axes + 2), axes + 1)
    pairs = pairs if axes > 1 else pairs[0]
    return random.choice((
        layers.Flatten, lambda: layers.Permute(order), lambda: getattr(layers, f"ZeroPadding{axes}D")(pairs),
        lambda: getattr(layers, f"Cropping{axes}D")(pairs), lambda: layers.Reshape((-1, 2)),
        lambda: getattr(layers, f"UpSampling{axes}D")(random.randint(1, 3)),
        lambda: layers.UpSampling2D(2, interpolation="bilinear"),
    ))()  # fmt: skip


def _pointwise(random: Random, axes: int) -> Any:
    return random.choice((
        lambda: layers.Dense(4, activation=random.choice((None, "gelu", "softmax", layers.ELU(0.5)))),
        lambda: layers.PReLU(shared_axes=random.choice((None, [1], list(range(1, axes + 1))))),
        lambda: layers.ReLU(random.choice((None, 6.0, 0.5)), random.choice((0.0, 0.1))), lambda: layers.Softmax(axis=random.choice((-1, 1))),
        lambda: layers.LeakyReLU(0.2), lambda: layers.Activation("silu"), lambda: layers.Dropout(0.5),
    ))()  # fmt: skip


def _recurrent(random: Random, axes: int) -> Any:
    kind = random.choice((layers.LSTM, layers.GRU, layers.SimpleRNN))
    cells = kind(3, return_sequences=random.random() < 0.5, use_bias=random.random() < 0.7)
    return (
        layers.Bidirectional(cells, merge_mode=random.choice(("concat", "sum", "mul", "ave")))
        if random.random() < 0.5
        else cells
    )


_DRAWS = (_conv, _conv, _conv, _pool, _norm, _norm, _shape, _pointwise, _recurrent)


def application(name: str) -> Any:
    """A model of keras.applications, with sizes where it would leave them open."""
    made = getattr(keras.applications, name)
    model = made(weights=None)
    return made(weights=None, input_shape=(224, 224, 3)) if None in model.inputs[0].shape[1:] else model


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--write", type=Path)
    parser.add_argument(
        "--random", type=int, default=0, metavar="COUNT", help="chains of layers with arguments drawn at random"
    )
    arguments = parser.parse_args()
    names, kept = arguments.names, {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.random):
            with suppress(ValueError, RuntimeError, NotImplementedError, IndexError):  # Keras itself refuses these
                name, model = drawn(number)
                print(compare(name, model, Path(folder), {}), flush=True)
        if arguments.random:
            return
        models = ((name, application(name)) for name in names) if names else small()
        for name, model in models:
            try:
                print(compare(name, model, Path(folder), kept), flush=True)
            except (RuntimeError, AssertionError, KeyError) as error:
                print(f"{name}: {type(error).__name__}: {str(error).strip()[:200]}", flush=True)
    if arguments.write:
        write(kept, arguments.write)


if __name__ == "__main__":
    main()
