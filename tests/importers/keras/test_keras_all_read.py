"""Every key of every layer is read, refused, or known to change nothing: what Keras writes is gone through, key by key.

`configs.json` holds what Keras 3 writes of each layer with its defaults (`tests/scoreboard/keras_models.py --write`); what Keras 2
wrote besides stands here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archspec.importers.keras import import_keras
from archspec.importers.keras.layers import registered
from archspec.importers.sketch import ImportProblem

CONFIGS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "configs.json").read_text())
RECURRENT = {"implementation": 2, "time_major": False}
KERAS_2: dict[str, dict[str, Any]] = {
    "LSTM": RECURRENT, "GRU": RECURRENT, "SimpleRNN": {**RECURRENT, "seed": None},
    "Embedding": {"input_length": 7}, "Dense": {"activity_regularizer": None}, "Softmax": {"robust_masking": False},
    "BatchNormalization": {"fused": None, "virtual_batch_size": None, "adjustment": None},
    "MultiHeadAttention": {"query_shape": [None, 10, 6], "key_shape": None, "value_shape": None, "softmax_robust_masking": False},
    "Conv2DTranspose": {"groups": 1}, "GlobalAveragePooling1D": {"data_format": "channels_last"},
}  # fmt: skip
ALONE_IN_KERAS_2 = {"ThresholdedReLU": {"theta": 1.0}, "SyncBatchNormalization": {**CONFIGS["BatchNormalization"]}}

NOTHING = {
    "seed", "unroll", "implementation", "zero_output_for_mask", "unit_forget_bias", "synchronized", "fused", "adjustment",
    "renorm_clipping", "renorm_momentum", "robust_masking", "softmax_robust_masking", "input_length", "query_shape", "key_shape",
    "value_shape", "name",
}  # fmt: skip
"""Keys that change nothing, as long as the others say what they say. A layer's name stands beside its configuration too."""
OF = {
    "GRU": ("return_state",), "SimpleRNN": ("return_state",),  # the last output is the state
    "GaussianNoise": ("stddev",), "GaussianDropout": ("rate",),  # how much noise training adds
    "Bidirectional": ("trainable",),  # its two layers say it
}  # fmt: skip
ALIKE = [("MultiHeadAttention", "attention_axes", [1])]
LAYERS: dict[str, dict[str, Any]] = {
    kind: {**config, **KERAS_2.get(kind, {}), "name": "it"} for kind, config in {**CONFIGS, **ALONE_IN_KERAS_2}.items()
}


def shape(kind: str) -> list[int]:
    """What the layer reads, without the batch."""
    if kind in ("RepeatVector", "Embedding"):
        return [7]
    return {"2D": [8, 9, 4], "3D": [5, 6, 7, 4]}.get(kind.removesuffix("Transpose")[-2:], [10, 6])


def imported(kind: str, config: dict[str, Any], folder: Path, options: dict[str, Any] | None = None) -> str:
    """What the layer becomes, or why it is refused."""
    sizes = [None, *shape(kind)]
    two = kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "MultiHeadAttention")
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    model = {"class_name": "Functional", "config": {
        "name": "model",
        "layers": [
            {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": sizes, "dtype": "float32"}, "inbound_nodes": []},
            {"class_name": kind, "name": "it", "config": config, "inbound_nodes": [{"args": [tensor] * (2 if two else 1), "kwargs": options or {}}]},
        ],
        "input_layers": [["x", 0, 0]], "output_layers": [["it", 0, 0]],
    }}  # fmt: skip
    path = folder / "model.json"
    path.write_text(json.dumps(model))
    try:
        sketch = import_keras(str(path))
    except ImportProblem as problem:
        return f"refused: {problem.place}: {problem.message}"
    numbers = {layer: number for number, layer in enumerate(sketch.layers)}
    said = [
        (layer.path, layer.type, layer.keys, [(numbers.get(ref.source), ref.port) for ref in layer.reads])  # type: ignore[arg-type]
        for layer in sketch.layers
    ]
    return f"{said} {sketch.doc} {sketch.outputs['output'].port}"


def others(value: Any) -> Iterator[Any]:
    """Other values in place of one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from (value + 1, -2, value + 0.25)
    elif isinstance(value, str):
        yield from ("x", {"class_name": "function", "config": "mine", "registered_name": "mine>mine"})
    elif isinstance(value, list) and value:
        yield from (value[:-1], [*value[:-1], 4], [*value, 1])
    else:
        yield from (3, True, "x", [1], {"class_name": "Mine", "config": {"value": 3}})


WITH_KEYS = [kind for kind in registered() if not kind.startswith("ops.")]
"""What Keras notes of x + y has none."""


@pytest.mark.parametrize("kind", WITH_KEYS)
def test_every_key(kind: str, tmp_path: Path) -> None:
    """A key with another value is another network, or is refused, or is known to change nothing."""
    config = LAYERS[kind]
    plain = imported(kind, config, tmp_path)
    assert not plain.startswith("refused"), plain
    has_weights = any(key.endswith("_initializer") for key in config) or kind == "Bidirectional"
    for key, value in config.items():
        if (
            key.endswith("_initializer")
            or key in NOTHING
            or key in OF.get(kind, ())
            or (key == "trainable" and not has_weights)
        ):
            continue
        for other in others(value):
            if (kind, key, other) in ALIKE:
                continue
            changed = imported(kind, {**config, key: other}, tmp_path)
            assert changed != plain, f"{kind}: {key}: {other} changes nothing, and is not refused"
            assert "\n" not in changed
            if changed.startswith("refused"):
                assert changed.startswith(f"refused: layer it ({kind}): "), changed


@pytest.mark.parametrize("kind", WITH_KEYS)
def test_a_key_that_nobody_knows(kind: str, tmp_path: Path) -> None:
    said = imported(kind, {**LAYERS[kind], "made_up": {"a": [1, "b"]}}, tmp_path)
    assert said == f"refused: layer it ({kind}): has {{a: [1, b]}} as its made_up, which no layer of a spec has"


@pytest.mark.parametrize(("kind", "options", "says"), [
    ("Dense", {"made_up": 3}, "is called with 3 as its made_up"),
    ("LSTM", {"initial_state": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}]}, "is called with [a tensor] as its initial_state"),
    ("LSTM", {"mask": {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}}, "is called with a tensor as its mask"),
    ("Dropout", {"training": True}, "is called with training=True"),
    ("BatchNormalization", {"training": True}, "is called with training=True"),
    ("SpatialDropout1D", {"training": True}, "is called with training=True"),
    ("Dropout", {"training": 1}, "is called with 1 as its training"),
    ("MultiHeadAttention", {"use_causal_mask": True}, "is called with use_causal_mask"),
    ("MultiHeadAttention", {"attention_mask": [[1]]}, "is called with [[1]] as its attention_mask"),
])  # fmt: skip
def test_arguments_of_a_call(kind: str, options: dict[str, Any], says: str, tmp_path: Path) -> None:
    assert says in imported(kind, LAYERS[kind], tmp_path, options)


def test_what_never_trains_drops_nothing(tmp_path: Path) -> None:
    """Dropout(x, training=False) is x, and a normalization goes by its running statistics."""
    for kind in ("Dropout", "AlphaDropout", "GaussianNoise"):
        assert "Identity" in imported(kind, LAYERS[kind], tmp_path, {"training": False})
    assert "running statistics in training too" in imported(
        "BatchNormalization", LAYERS["BatchNormalization"], tmp_path, {"training": False}
    )
    for nothing in ({"training": None, "mask": None}, {}):
        assert "running" not in imported("BatchNormalization", LAYERS["BatchNormalization"], tmp_path, nothing)


@pytest.mark.parametrize(("dtype", "says"), [
    ("float32", ""), ({"class_name": "DTypePolicy", "config": {"name": "float32"}}, ""), (None, ""),
    ({"class_name": "Policy", "config": {"name": "mixed_float16"}}, "compute in mixed_float16, here in float32: it"),
    ("float64", "compute in float64, here in float32: it"), ("int8_from_float32", "refused: layer it (Dense): has int8_from_float32 as its dtype"),
    ({"class_name": "DTypePolicyMap", "config": {"policy_map": {}}}, "refused: layer it (Dense): has {class_name: DTypePolicyMap"), (3, "has 3 as its dtype"),
])  # fmt: skip
def test_what_a_layer_computes_in(dtype: Any, says: str, tmp_path: Path) -> None:
    said = imported("Dense", {**LAYERS["Dense"], "dtype": dtype}, tmp_path)
    assert says in said if says else not said.startswith("refused") and "In Keras" not in said


def test_what_training_adds_is_remarked(tmp_path: Path) -> None:
    penalty = {"class_name": "L2", "config": {"l2": 0.01}}
    said = imported("Dense", {**LAYERS["Dense"], "kernel_regularizer": penalty, "bias_constraint": penalty}, tmp_path)
    assert "training adds a penalty to the loss, here not: it." in said
    assert "training holds weights within bounds after each step, here not: it." in said


@pytest.mark.parametrize(("key", "value", "says"), [
    ("sparse", True, "has true as its sparse"), ("ragged", True, "has true as its ragged"), ("optional", True, "has true as its optional"),
    ("dtype", "string", "string"), ("dtype", 3, "3"), ("made_up", 1, "has 1 as its made_up"), ("batch_shape", [None, 0], "has 0 as a size"),
    ("batch_shape", [None, 1.5], "has 1.5 as a size"), ("batch_shape", ["x", 3], "has x as a size"), ("batch_shape", None, "no shape"),
])  # fmt: skip
def test_inputs(key: str, value: Any, says: str, tmp_path: Path) -> None:
    config = {"name": "x", "batch_shape": [32, 4], "dtype": "float32", "sparse": False, "ragged": False, key: value}
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "config": config}, {"class_name": "ReLU", "config": {"name": "r"}},
    ]}}  # fmt: skip
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model))
    with pytest.raises(ImportProblem) as caught:
        import_keras(str(path))
    assert says in caught.value.message
    assert caught.value.place == "layer x (InputLayer)"


@pytest.mark.parametrize("kind", ["Sequential", "Functional"])
def test_models(kind: str, tmp_path: Path) -> None:
    """A model of a class derived from these has keys of its own."""
    layers = [
        {
            "class_name": "InputLayer",
            "name": "x",
            "config": {"name": "x", "batch_shape": [None, 4]},
            "inbound_nodes": [],
        }
    ]
    config = {"name": "m", "layers": layers, "made_up": 3}
    more = {"input_layers": [["x", 0, 0]], "output_layers": [["x", 0, 0]]} if kind == "Functional" else {}
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"class_name": kind, "config": {**config, **more}}))
    with pytest.raises(ImportProblem, match="has 3 as its made_up"):
        import_keras(str(path))


def test_every_layer_of_this_keras() -> None:
    """Where Keras is installed: it writes no key that the kept configurations lack."""
    pytest.importorskip("keras.saving")
    sys.path.insert(0, str(Path(__file__).parents[2] / "scoreboard"))
    import keras_models

    for kind, config in keras_models.configs().items():
        assert set(config) <= set(LAYERS[kind]), kind
