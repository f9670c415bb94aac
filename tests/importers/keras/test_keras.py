"""Keras models from their JSON: what Keras computed for them, files of Keras 2, and files that are refused.

`cases.json` and `cases.npz` hold small models of Keras 3, their weights in PyTorch's order, and what they gave on PyTorch;
`python tests/scoreboard/keras_models.py --write tests/importers/keras` writes them anew.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import archspec
from archspec.checking import Result, check
from archspec.importers import spec_text
from archspec.importers.keras import import_keras
from archspec.importers.sketch import ImportProblem, Sketch

HERE = Path(__file__).parent
CASES: dict[str, dict[str, Any]] = json.loads((HERE / "cases.json").read_text())
OTHERWISE = (
    "lstm", "conv 1d and lstm", "rnn", "embedding", "both ways", "both ways summed", "frozen in part", "states",  # PyTorch's have two biases
    "normalization learned", "normalization of all",  # Keras counts how often it looked at data
)  # fmt: skip


def imported(model: object, folder: Path, **options: Any) -> tuple[Sketch, Result]:
    """The sketch and the checked spec of a model."""
    path = folder / "model.json"
    path.write_text(model if isinstance(model, str) else json.dumps(model))
    sketch = import_keras(str(path), **options)
    text = spec_text(sketch)
    result = check("model.yaml", text.encode())
    assert result.ok, (text, [diagnostic.message for diagnostic in result.diagnostics])
    return sketch, result


@pytest.mark.parametrize("name", CASES)
def test_values(name: str, tmp_path: Path) -> None:
    """The same weights give the same outputs as in Keras, and there are as many of them."""
    case = CASES[name]
    _, result = imported(case["model"], tmp_path)
    with np.load(HERE / "cases.npz") as arrays:
        state = {
            key.split("/", 2)[2]: torch.from_numpy(arrays[key])
            for key in arrays.files
            if key.startswith(f"{name}/state/")
        }
        inputs = [torch.from_numpy(arrays[f"{name}/input/{i}"]) for i in range(case["inputs"])]
        outputs = [arrays[f"{name}/output/{i}"] for i in range(case["outputs"])]
    module = archspec.build(result)
    module.load_state_dict(state, strict=True)
    with torch.no_grad():
        found = module.eval()(*inputs)
    several = found.values() if isinstance(found, dict) else found if isinstance(found, (tuple, list)) else [found]
    for ours, theirs in zip(several, outputs, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-4, atol=1e-5)
    if name not in OTHERWISE:
        assert sum(value.numel() for key, value in state.items() if "num_batches" not in key) == case["params"]
        assert sum(value.numel() for value in module.parameters() if value.requires_grad) == case["trainable"]


# Files of Keras 2 ------------------------------------------------------------------------------------------------------


def layer(kind: str, name: str, *reads: Any, **config: Any) -> dict[str, Any]:
    """A layer as Keras 2 writes it."""
    made: dict[str, Any] = {"class_name": kind, "config": {"name": name, **config}, "name": name}
    nodes = [[[read, 0, 0, {}] if isinstance(read, str) else read for read in reads]] if reads else []
    return {**made, "inbound_nodes": nodes}


def functional(*layers: dict[str, Any], inputs: Any = None, outputs: Any = None) -> dict[str, Any]:
    """A model as Keras 2 writes it."""
    first, last = layers[0]["name"], layers[-1]["name"]
    config = {
        "name": "model",
        "layers": layers,
        "input_layers": inputs or [[first, 0, 0]],
        "output_layers": outputs or [[last, 0, 0]],
    }
    return {"class_name": "Functional", "config": config, "keras_version": "2.15.0", "backend": "tensorflow"}


INPUT = layer("InputLayer", "input_1", batch_input_shape=[None, 8, 8, 3], dtype="float32")
CONV: dict[str, Any] = {"filters": 4, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same"}


def test_functional_of_keras_2(tmp_path: Path) -> None:
    model = functional(
        INPUT,
        layer("Conv2D", "conv", "input_1", **CONV, activation="relu"),
        layer("BatchNormalization", "bn", "conv", axis=[3], momentum=0.9, epsilon=0.001),
        layer("Activation", "act", "bn", activation="hard_sigmoid"),
        layer("Add", "add", "conv", "act"),
        layer("Flatten", "flat", "add"),
        layer("Dense", "dense", "flat", units=10, activation="softmax"),
    )
    sketch, result = imported(model, tmp_path)
    assert [layer.type for layer in sketch.layers] == [
        "Conv2d", "ReLU", "BatchNorm2d", "Mul", "Add", "Clamp", "Add", "Permute", "Flatten", "Linear", "Softmax",
    ]  # fmt: skip
    assert sketch.inputs["input"].shape == [3, 8, 8]
    assert sketch.layers[2].keys == {"eps": 0.001}  # 0.9 of the old mean is 0.1 of the new
    assert result.facts is not None
    assert result.facts.totals.params == 112 + 8 + 2570


def test_sequential_of_keras_2(tmp_path: Path) -> None:
    first = {"class_name": "Conv2D", "config": {"name": "conv", "batch_input_shape": [None, 8, 8, 3], **CONV}}
    pool = {
        "class_name": "MaxPooling2D",
        "config": {"name": "pool", "pool_size": [2, 2], "strides": [2, 2], "padding": "valid"},
    }
    for config in ({"name": "net", "layers": [first, pool]}, [first, pool]):  # the oldest files have a list alone
        sketch, _ = imported({"class_name": "Sequential", "config": config, "keras_version": "2.2.4"}, tmp_path)
        assert [layer.type for layer in sketch.layers] == ["Conv2d", "MaxPool2d"]


def test_channels_first(tmp_path: Path) -> None:
    image = layer("InputLayer", "input_1", batch_input_shape=[None, 3, 8, 8])
    first = {"data_format": "channels_first"}
    model = functional(image, layer("Conv2D", "conv", "input_1", **CONV, **first), layer("BatchNormalization", "bn", "conv", axis=1),
                       layer("MaxPooling2D", "pool", "bn", pool_size=2, **first))  # fmt: skip
    sketch, _ = imported(model, tmp_path)
    assert [layer.type for layer in sketch.layers] == ["Conv2d", "BatchNorm2d", "MaxPool2d"]
    assert sketch.inputs["input"].shape == [3, 8, 8]


def test_average_with_uneven_padding(tmp_path: Path) -> None:
    """TensorFlow leaves its padding out of the mean."""
    model = functional(
        INPUT, layer("AveragePooling2D", "pool", "input_1", pool_size=[3, 3], strides=[2, 2], padding="same")
    )
    _, result = imported(model, tmp_path)
    x = np.random.default_rng(0).standard_normal((1, 3, 8, 8)).astype(np.float32)
    found = archspec.build(result)(torch.from_numpy(x)).numpy()
    wanted = [[x[0, :, i : i + 3, j : j + 3].mean((1, 2)) for j in range(0, 8, 2)] for i in range(0, 8, 2)]
    np.testing.assert_allclose(found[0], np.array(wanted).transpose(2, 0, 1), rtol=1e-5)


def test_open_sizes(tmp_path: Path) -> None:
    """Sizes that the file leaves open are named; a layer that needs them as numbers can be given them."""
    image = layer("InputLayer", "image", batch_input_shape=[None, None, None, 3])
    sketch, _ = imported(functional(image, layer("Conv2D", "conv", "image", **CONV)), tmp_path)
    assert sketch.inputs["input"].shape == [3, "image_1", "image_2"]
    sketch, _ = imported(
        functional(image, layer("Conv2D", "conv", "image", **CONV)), tmp_path, sizes={"image_1": 32, "image_2": 16}
    )
    assert sketch.inputs["input"].shape == [3, 32, 16]


# What is refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("made", "says"), [
    (layer("Lambda", "mine", "input_1", function=["4wAAAA==", None, None]), "no op of a spec"),
    (layer("Bidirectional", "both", "input_1", layer={}), "null as its class_name"),
    (layer("Bidirectional", "both", "input_1", layer=layer("Dense", "dense", units=3)), "holds a Dense"),
    (layer("TimeDistributed", "each", "input_1", layer={}), "no op of a spec"),
    ({**layer("MyLayer", "own", "input_1"), "registered_name": "my_package>MyLayer"}, "class of its own"),
    ({**layer("MyLayer", "own", "input_1"), "module": "my_package.layers"}, "class of its own"),
    (layer("Activation", "act", "input_1", activation={"class_name": "function", "config": "f", "registered_name": "p>f"}), "activation of its own"),
    (layer("Activation", "act", "input_1", activation="magic"), "magic"),
    (layer("GRU", "gru", "input_1", units=3, reset_after=True), "does not fit as GRU"),
    (layer("Conv2D", "conv", "input_1", **{**CONV, "filters": 0}), "does not take"),
    (layer("Conv2D", "conv", "input_1", **{**CONV, "filters": "4"}), "whole number"),
    (layer("Conv2D", "conv", "input_1", **{**CONV, "kernel_size": [3, 3, 3]}), "2 whole numbers"),
    (layer("Conv2D", "conv", "input_1", **{**CONV, "padding": "odd"}), "odd"),
    (layer("Conv2D", "conv", "nothing", **CONV), "does not have"),
    (layer("Dense", "dense", "input_1", units=1e300), "whole number"),
    (layer("Reshape", "shape", "input_1", target_shape=[-1, -1]), "makes"),
    (layer("Dropout", "drop", "input_1", rate=2.0), "does not take"),
    (layer("LayerNormalization", "norm", "input_1", axis=1), "last ones"),
])  # fmt: skip
def test_layers_that_are_refused(made: dict[str, Any], says: str, tmp_path: Path) -> None:
    problem = refused(functional(INPUT, made), tmp_path)
    assert says in problem.message


def refused(model: object, folder: Path) -> ImportProblem:
    path = folder / "model.json"
    path.write_text(model if isinstance(model, str) else json.dumps(model))
    with pytest.raises(ImportProblem) as caught:
        import_keras(str(path))
    assert "\n" not in caught.value.message
    return caught.value


def test_recurrent_layers_that_differ(tmp_path: Path) -> None:
    steps = layer("InputLayer", "input_1", batch_input_shape=[None, 8, 3])
    for kind, key, value in (("GRU", "reset_after", False), ("LSTM", "recurrent_activation", "hard_sigmoid"), ("LSTM", "dropout", 0.5),
                             ("LSTM", "go_backwards", True), ("GRU", "activation", "relu")):  # fmt: skip
        problem = refused(functional(steps, layer(kind, "rnn", "input_1", units=3, **{key: value})), tmp_path)
        assert problem.place == f"layer rnn ({kind})"


def _wide(count: int) -> dict[str, Any]:
    config: dict[str, Any] = {"name": "m", "layers": [{"class_name": "ReLU", "config": {"name": "r"}}] * count}
    return {"class_name": "Sequential", "config": config}


def _deep(depth: int) -> dict[str, Any]:
    model: dict[str, Any] = {"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [None, 4]}}
    for _ in range(depth):
        model = {"class_name": "Sequential", "config": {"name": "m", "layers": [model]}}
    return model


@pytest.mark.parametrize("model", [
    "", "{}", "[]", "{", '{"class_name": 3}', '{"class_name": "Sequential"}', '{"class_name": "Sequential", "config": {"layers": []}}',
    '{"class_name": "Sequential", "config": {"layers": [3]}}', '{"class_name": "Sequential", "class_name": "Model"}',
    '{"class_name": "MyModel", "config": {}}', '{"class_name": "Functional", "config": {"layers": []}}', "a" * 5_000_000,
    functional(layer("Add", "a", "b"), layer("Add", "b", "a")), functional(INPUT, outputs=[["input_1", 1, 0]]),
    functional(INPUT, outputs=[["nothing", 0, 0]]), functional(INPUT, outputs="x"), _deep(40), _wide(3),
    functional(layer("InputLayer", "i", batch_input_shape=[None, -3])), functional(layer("InputLayer", "i", batch_input_shape=[])),
    functional(layer("InputLayer", "i", batch_input_shape=[None, 2**40])), functional(layer("InputLayer", "i", batch_input_shape="x")),
    functional(layer("InputLayer", "i", batch_input_shape=[None, 4], dtype="string")),
])  # fmt: skip
def test_files_that_are_refused(model: object, tmp_path: Path) -> None:
    refused(model, tmp_path)


@pytest.mark.parametrize("name", ["conv same", "lstm", "rescaling", "layer norm"])
def test_values_changed(name: str, tmp_path: Path) -> None:
    """Whatever a value of a file becomes, the answer is a network or a problem."""
    path, random = tmp_path / "model.json", np.random.default_rng(0)
    text = json.dumps(CASES[name]["model"])
    values: list[Any] = [None, -1, 0, "x", [], {}, True, 1.5, 10**30, [[None]]]
    for place in _places(json.loads(text), []):
        model = json.loads(text)
        owner: Any = model
        for key in place[:-1]:
            owner = owner[key]
        owner[place[-1]] = values[random.integers(len(values))]
        path.write_text(json.dumps(model))
        with suppress(ImportProblem):
            import_keras(str(path))


def _places(value: Any, above: list[Any]) -> list[list[Any]]:
    """The paths of all values."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in [[*above, key], *_places(inner, [*above, key])]]


def test_no_regular_file(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match="regular file"):
        import_keras(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImportProblem, match="regular file"):
        import_keras(str(tmp_path / "pipe"))


@pytest.mark.parametrize("name", ["import os", "a" * 5000, "x/y", "forward", "ünï", "0", "a.b", "type", "", "class"])
def test_names(name: str, tmp_path: Path) -> None:
    """Any text can be a name in a file; in the spec there are valid ones."""
    model = functional(INPUT, layer("Conv2D", name, "input_1", **CONV), layer("ReLU", f"{name}2", name))
    imported(model, tmp_path)


# What is frozen, and what is one layer ---------------------------------------------------------------------------------


DENSE: dict[str, Any] = {"units": 4}
VECTOR = layer("InputLayer", "x", batch_input_shape=[None, 4])


def frozen(sketch: Sketch) -> list[bool]:
    return [found.keys.get("freeze", False) is True for found in sketch.layers]


def test_each_layer_says_whether_it_trains(tmp_path: Path) -> None:
    """Of a model that is frozen as a whole Keras goes by its layers, and by the whole only where Keras 3 wrote it."""
    first, second = (
        layer("Dense", "a", "y", **DENSE, trainable=False),
        layer("Dense", "b", "a", **DENSE, trainable=True),
    )
    inner = functional(layer("InputLayer", "y", batch_input_shape=[None, 4]), first, second)
    nested = {**inner, "name": "inner", "inbound_nodes": [[["x", 0, 0, {}]]]}
    nested["config"] = {**nested["config"], "trainable": False}
    model = functional(VECTOR, nested, outputs=[["inner", 1, 0]])
    assert frozen(imported(model, tmp_path)[0]) == [True, False]
    model["config"]["trainable"] = False
    assert frozen(imported(model, tmp_path)[0]) == [True, False]
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    nested["inbound_nodes"] = [{"args": [tensor], "kwargs": {}}]
    assert frozen(imported(model, tmp_path)[0]) == [True, True]


def test_what_has_no_weights_is_not_frozen(tmp_path: Path) -> None:
    model = functional(VECTOR, layer("ReLU", "a", "x", trainable=False), layer("Dense", "b", "a", **DENSE, activation="relu", trainable=False),
                       layer("BatchNormalization", "c", "b", center=False, scale=False, trainable=False))  # fmt: skip
    sketch, result = imported(model, tmp_path)
    assert frozen(sketch) == [False, True, False, False]
    assert (
        sketch.doc
        == "In Keras, these normalize with their running statistics in training too, in PyTorch only after eval(): c."
    )
    assert result.facts is not None
    assert result.facts.totals.trainable_params == 0


def test_a_layer_that_is_used_twice_is_frozen_once(tmp_path: Path) -> None:
    shared = layer("Dense", "d", **DENSE, trainable=False)
    shared["inbound_nodes"] = [[["x", 0, 0, {}]], [["d", 0, 0, {}]]]
    sketch, result = imported(functional(VECTOR, shared, outputs=[["d", 1, 0]]), tmp_path)
    assert frozen(sketch) == [True, False]
    assert result.facts is not None
    assert (result.facts.totals.params, result.facts.totals.trainable_params) == (20, 0)


def test_names_that_become_one_are_two_layers(tmp_path: Path) -> None:
    """Names that a spec cannot have, and parts of layers that are called as other layers are."""
    model = functional(VECTOR, layer("Dense", "a b", "x", **DENSE), layer("Dense", "a/b", "a b", **DENSE))
    _, result = imported(model, tmp_path)
    assert result.facts is not None
    assert result.facts.totals.params == 40
    steps = layer("InputLayer", "x", batch_input_shape=[None, 8, 4])
    separable = layer("SeparableConv1D", "s", "x", filters=4, kernel_size=1, use_bias=False)
    model = functional(steps, separable, layer("Conv1D", "s_pointwise", "s", filters=4, kernel_size=1, use_bias=False))
    _, result = imported(model, tmp_path)
    assert result.facts is not None
    assert result.facts.totals.params == 4 + 16 + 16
    inner = {"class_name": "Sequential", "config": {"name": "a/b", "layers": [layer("Dense", "d", **DENSE)]}}
    model = functional(
        VECTOR, layer("Dense", "a b", "x", **DENSE), {**inner, "name": "a/b", "inbound_nodes": [[["a b", 0, 0, {}]]]}
    )
    _, result = imported(model, tmp_path)
    assert result.facts is not None
    assert result.facts.totals.params == 40


def test_names_of_parts_are_no_longer_than_names_may_be(tmp_path: Path) -> None:
    names = ["a" * 63, "b" * 63]
    model = functional(
        VECTOR,
        layer("Dense", names[0], "x", **DENSE, activation="sigmoid"),
        layer("Dense", names[1], names[0], **DENSE),
    )
    model["config"]["layers"][2]["inbound_nodes"] += [[[names[1], 0, 0, {}]]]
    model["config"]["output_layers"] = [[names[1], 1, 0]]
    sketch, _ = imported(model, tmp_path)
    assert [len(found.path) for found in sketch.layers] == [63] * 4
    assert len({found.path for found in sketch.layers}) == 4


# Inputs, and models within models --------------------------------------------------------------------------------------


def test_inputs_stand_in_the_order_of_the_model(tmp_path: Path) -> None:
    """Not in that of the file, and one that nothing reads is one too."""
    inputs = [layer("InputLayer", name, batch_input_shape=[None, 4]) for name in "abc"]
    model = functional(*inputs, layer("Subtract", "out", "c", "a"), inputs=[["c", 0, 0], ["b", 0, 0], ["a", 0, 0]])
    sketch, _ = imported(model, tmp_path)
    assert list(sketch.inputs) == ["c", "b", "a"]
    model["config"]["input_layers"] = [["c", 0, 0]]
    assert refused(model, tmp_path).message == "is read, and is none of the model's inputs"
    model["config"]["input_layers"] = [["out", 0, 0]]
    assert "has out among its inputs, which is none" in refused(model, tmp_path).message


def test_floats_that_are_looked_up_through_a_model(tmp_path: Path) -> None:
    inner = functional(
        layer("InputLayer", "y", batch_input_shape=[None, 4]), layer("Embedding", "e", "y", input_dim=9, output_dim=2)
    )
    nested = {**inner, "name": "inner", "inbound_nodes": [[["x", 0, 0, {}]]]}
    model = functional(VECTOR, nested, outputs=[["inner", 1, 0]])
    assert imported(model, tmp_path)[0].inputs["input"].dtype == "int64"
    model["config"]["layers"] = [*model["config"]["layers"], layer("Dense", "d", "x", **DENSE)]
    model["config"]["output_layers"] += [["d", 0, 0]]
    assert "whole numbers" in refused(model, tmp_path).message  # a number is not both


@pytest.mark.parametrize("number", [0, 1])
def test_a_model_that_was_built_late(number: int, tmp_path: Path) -> None:
    """It need not say the shape of its input, and may have no call of its own before those of the file."""
    inner = {"class_name": "Sequential", "name": "s", "config": {"name": "s", "layers": [layer("Dense", "d", **DENSE)]}}
    model = functional(
        VECTOR, {**inner, "inbound_nodes": [[["x", 0, 0, {}]]]}, layer("ReLU", "r", ["s", number, 0, {}])
    )
    sketch, _ = imported(model, tmp_path)
    assert [found.type for found in sketch.layers] == ["Linear", "ReLU"]


def chain(name: str, *layers: dict[str, Any]) -> dict[str, Any]:
    """A Sequential within a model, as Keras 2 writes it."""
    return {"class_name": "Sequential", "name": name, "config": {"name": name, "layers": list(layers)}}


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("calls", [2, 3])
@pytest.mark.parametrize("goes_on", [True, False])
def test_models_within_models_that_are_called_again(depth: int, calls: int, goes_on: bool, tmp_path: Path) -> None:
    """inner(inner(x)), where inner has layers and a model of its own."""
    inner = layer("BatchNormalization", "b")
    for number in range(depth):
        inner = chain(f"m{number}", inner, layer("ReLU", f"r{number}"))
    whole = chain("inner", layer("Dense", "d", **DENSE), inner, *([layer("Dense", "e", **DENSE)] if goes_on else []))
    nodes = [[["x", 0, 0, {}]], *([["inner", number, 0, {}]] for number in range(calls - 1))]
    model = functional(VECTOR, {**whole, "inbound_nodes": nodes}, outputs=[["inner", calls - 1, 0]])
    sketch, result = imported(model, tmp_path)
    types = ["Linear", "BatchNorm1d", *["ReLU"] * depth, *(["Linear"] if goes_on else [])]
    assert [found.type for found in sketch.layers] == types * calls
    assert result.facts is not None
    linear = 2 if goes_on else 1
    assert (result.facts.totals.params, result.facts.totals.macs) == (8 + 20 * linear, 16 * linear * calls)
    module = archspec.build(result).eval()
    named = dict(module.named_parameters())
    with torch.no_grad():
        for number, value in enumerate(named.values()):
            value.copy_(torch.linspace(-1, 1, value.numel()).reshape(value.shape) + number / 9)
    x = right = torch.linspace(-1, 2, 8).reshape(2, 4)
    maps = [next(name for name in named if name.endswith(f"{end}.weight")) for end in "de"[:linear]]
    scale = next(name for name in named if name.endswith("b.weight"))
    for _ in range(calls):
        right = right @ named[maps[0]].T + named[maps[0].replace("weight", "bias")]
        right = right / (1 + 1e-3) ** 0.5 * named[scale] + named[scale.replace("weight", "bias")]
        right = right.relu()
        right = right @ named[maps[1]].T + named[maps[1].replace("weight", "bias")] if goes_on else right
    torch.testing.assert_close(module(x), right)


def test_models_are_called_with_training(tmp_path: Path) -> None:
    """base(x, training=False) drops nothing in training; with True it would drop in evaluation."""
    inner = {
        "class_name": "Sequential",
        "name": "s",
        "config": {"name": "s", "layers": [layer("Dropout", "d", rate=0.5), layer("BatchNormalization", "b")]},
    }
    for training, types in ((None, ["Dropout", "BatchNorm1d"]), (False, ["BatchNorm1d"])):
        model = functional(VECTOR, {**inner, "inbound_nodes": [[["x", 0, 0, {"training": training}]]]})
        sketch, _ = imported(model, tmp_path)
        assert [found.type for found in sketch.layers] == types
        assert ("running statistics" in sketch.doc) == (training is False)
    model = functional(VECTOR, {**inner, "inbound_nodes": [[["x", 0, 0, {"training": True}]]]})
    assert refused(model, tmp_path).place == "layer d (Dropout)"


@pytest.mark.parametrize(("model", "says"), [
    (functional(VECTOR, layer("Dense", "a", "x", **DENSE), layer("Dense", "a", "x", **DENSE)), "two layers called a"),
    ({"class_name": "Sequential", "config": [VECTOR, layer("ReLU", "a"), layer("ReLU", "a")]}, "two layers called a"),
    ({"class_name": "Sequential", "config": [VECTOR, layer("ReLU", "a"), {**VECTOR, "name": "y"}]}, "is an input, and not the first layer"),
    ({**functional(VECTOR), "registered_name": "mine>Model"}, "is a mine>Model, whose code is not in the file"),
    (functional(VECTOR, layer("Concatenate", "a", "x", ["x", 0, 0, {"mask": ["x", 0, 0]}])), "is called with a tensor as its mask"),
    (functional(VECTOR, layer("Dense", "a", ["x", 0, 0, {"y": [["x", 0, 0]]}], **DENSE)), "is called with [a tensor] as its y"),
    (functional(VECTOR, layer("Subtract", "a", "x", "x", "x")), "reads 3 tensors"),
    (functional(layer("InputLayer", "x", batch_input_shape=[None] + [2] * 12), layer("ReLU", "a", "x")), "has 13 axes"),
])  # fmt: skip
def test_models_that_are_refused(model: object, says: str, tmp_path: Path) -> None:
    assert says in refused(model, tmp_path).message


@pytest.mark.parametrize(("made", "says"), [
    (layer("Softmax", "a", "input_1", axis=[1, 2]), "has [1, 2] as its axis, where one axis is expected"),
    (layer("Softmax", "a", "input_1", axis=0), "the batch or an axis twice"),
    (layer("LayerNormalization", "a", "input_1", axis=[3, -1]), "the batch or an axis twice"),
    (layer("Conv2D", "a", "input_1", **{**CONV, "padding": "causal"}), "has causal as its padding"),
    (layer("Dropout", "a", "input_1", rate=0.1, noise_shape=[None, {}, 1, 1]), "has [null, {}, 1, 1] as its noise_shape"),
    (layer("Dropout", "a", "input_1", rate=0.1, noise_shape=[None, 1]), "has [null, 1] as its noise_shape for 4 axes"),
    (layer("Reshape", "a", "input_1", target_shape=[2] * 13), "at most 12 whole numbers"),
    (layer("ELU", "a", "input_1", alpha=float("inf")), "as its alpha"),
    (layer("ELU", "a", "input_1", alpha=float("nan")), "as its alpha"),
    (layer("ELU", "a", "input_1", alpha={"class_name": "__numpy__", "config": {"value": "x"}}), "as its alpha"),
    (layer("Normalization", "a", "input_1", axis=1), "other axes than the last"),
    (layer("Normalization", "a", "input_1", mean=[1, 2], variance=[1, 1]), "2 numbers as its mean for 3 channels"),
    (layer("Normalization", "a", "input_1", mean=[1, 2, 3], variance=[1, -1, 1]), "a variance below 0"),
    (layer("Normalization", "a", "input_1", mean=1.0), "null as its variance"),
    (layer("Rescaling", "a", "input_1", scale=["x"]), "has [x] as its scale"),
    (layer("UpSampling2D", "a", "input_1", interpolation="bicubic"), "has bicubic as its interpolation"),
    (layer("Conv2DTranspose", "a", "input_1", filters=2, kernel_size=3, output_padding=1), "output_padding of 1"),
])  # fmt: skip
def test_values_that_are_refused(made: dict[str, Any], says: str, tmp_path: Path) -> None:
    problem = refused(functional(INPUT, made), tmp_path)
    assert says in problem.message
    assert problem.place == f"layer a ({made['class_name']})"


@pytest.mark.parametrize(("more", "says"), [
    ({"merge_mode": "max"}, "has max as its merge_mode"),
    ({"backward_layer": layer("GRU", "back", units=3, go_backwards=True)}, "of another kind, a GRU"),
    ({"backward_layer": layer("LSTM", "back", units=3)}, "goes forward"),
    ({"backward_layer": layer("LSTM", "back", units=4, go_backwards=True)}, "has 4 as the units of its backward_layer, and 3 forward"),
    ({"layer": layer("LSTM", "cells", units=3, go_backwards=True)}, "has true as its go_backwards"),
    ({"layer": layer("LSTM", "cells", units=3, made_up=1)}, "has 1 as its made_up"),
    ({"layer": {**layer("LSTM", "cells", units=3), "registered_name": "mine>LSTM"}}, "a class of its own"),
])  # fmt: skip
def test_both_ways_that_are_refused(more: dict[str, Any], says: str, tmp_path: Path) -> None:
    steps = layer("InputLayer", "x", batch_input_shape=[None, 8, 3])
    both = layer("Bidirectional", "both", "x", **{"layer": layer("LSTM", "cells", units=3), **more})
    assert says in refused(functional(steps, both), tmp_path).message


def test_mutated_models_are_networks_or_problems(tmp_path: Path) -> None:
    """A small part of what `tests/fuzz/mutate_keras.py` does."""
    sys.path.insert(0, str(HERE.parents[1] / "fuzz"))
    import importing
    import mutate_keras

    assert list(importing.faults(mutate_keras.MODELS, mutate_keras.models([]), 400, 0, tmp_path)) == []
