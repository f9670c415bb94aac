"""Which layer reads which: the calls of a Keras model, in an order in which each can be computed.

Enters: the configuration of a Sequential or Functional model, of Keras 2 or 3. Leaves: a `Model`. A layer that is called
several times has several calls; a model may be a layer of another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from archspec.importers.keras.config import Config, Plain

MAX_CALLS = 50_000
MAX_DEPTH = 16


class Tensor(NamedTuple):
    """An output of a call: the layer's name, the number of the call, the number of the output."""

    layer: str
    call: int
    output: int


Argument = Tensor | Plain


class Call(NamedTuple):
    """One use of a layer. `reads` are tensors, or numbers that stand for one (`x * 2`)."""

    layer: Config
    number: int
    reads: list[Argument]
    options: Mapping[str, Plain]


class Model(NamedTuple):
    """The calls of a model in order, what it reads and what it gives."""

    name: str
    calls: list[Call]
    inputs: list[Tensor]
    outputs: list[Tensor]


def is_model(layer: Config) -> bool:
    """Whether a layer is a model itself."""
    return layer.text("class_name") in ("Sequential", "Functional", "Model")


def model(layer: Config, depth: int = 0) -> Model:
    """The calls of a model. Raises ImportProblem."""
    layer.need(depth <= MAX_DEPTH, f"holds models within models more than {MAX_DEPTH} deep")
    kind = layer.text("class_name")
    if not is_model(layer):
        raise layer.problem(f"is a {kind[:60]}, whose code is not in the file",
                            help="build it as a Sequential or a Functional model")  # fmt: skip
    if kind == "Sequential":
        return _sequential(layer)
    return _functional(layer.mapping("config"))


def name_of(layer: Config) -> str:
    """The layer's name, which its configuration holds."""
    return layer.mapping("config").text("name", layer.text("name", "layer"))


def _placed(layer: Config) -> Config:
    """The same, named in messages."""
    kind = layer.text("class_name")
    return Config(layer.values, f"layer {name_of(layer)[:60]} ({kind[:60]})")


def _sequential(layer: Config) -> Model:
    held = layer.values.get("config")
    config = Config({"layers": held}, layer.place) if isinstance(held, (list, tuple)) else layer.mapping("config")
    layers = [_placed(inner) for inner in config.mappings("layers")]
    layer.need(bool(layers), "has no layers")
    calls: list[Call] = []
    first = Tensor("", 0, 0)
    if layers[0].text("class_name") != "InputLayer":
        layers.insert(0, _input_before(layers[0], config))
    last = first
    for inner in layers:
        reads: list[Argument] = [] if inner.text("class_name") == "InputLayer" else [last]
        calls.append(Call(inner, 0, reads, {}))
        last = Tensor(name_of(inner), 0, 0)
    return Model(config.text("name", "sequential"), calls, [Tensor(name_of(layers[0]), 0, 0)], [last])


def _input_before(layer: Config, config: Config) -> Config:
    """The input that older files note with the first layer, or with the whole."""
    own = layer.mapping("config").values
    shape = own.get("batch_input_shape", config.values.get("build_input_shape"))
    if is_model(layer) and shape is None:
        inner = model(layer).calls[0].layer.mapping("config").values
        shape, own = inner.get("batch_shape", inner.get("batch_input_shape")), inner
    if shape is None:
        raise layer.problem(
            "is first, and nothing says the shape of its input", help="build the model before it is written"
        )
    values = {"name": "input", "batch_shape": shape, "dtype": own.get("dtype", "float32")}
    return _placed(Config({"class_name": "InputLayer", "config": values}, "layer input"))


def _functional(config: Config) -> Model:
    layers = {name_of(layer): _placed(layer) for layer in config.mappings("layers")}
    made: dict[tuple[str, int], Call] = {}
    for name, layer in layers.items():
        nodes = layer.items("inbound_nodes") if layer.has("inbound_nodes") else ()
        if layer.text("class_name") == "InputLayer":
            nodes = [()]
        for number, node in enumerate(nodes):
            made[name, number] = Call(layer, number, *_arguments(layer, node))
    config.need(len(made) <= MAX_CALLS, f"has more than {MAX_CALLS:,} calls of layers")
    inputs, outputs = (_tensors(config, config.values.get(key), key) for key in ("input_layers", "output_layers"))
    return Model(config.text("name", "model"), _ordered(made, outputs, config), inputs, outputs)


def _ordered(made: dict[tuple[str, int], Call], outputs: list[Tensor], config: Config) -> list[Call]:
    """The calls that the outputs need, each after what it reads."""
    needed: dict[tuple[str, int], Call] = {}
    todo = [(tensor.layer, tensor.call) for tensor in outputs]
    while todo:
        key = todo.pop()
        if key in needed:
            continue
        if key not in made:
            raise config.problem(f"reads call {key[1]} of {key[0][:60]}, which it does not have")
        needed[key] = made[key]
        todo += [(read.layer, read.call) for read in made[key].reads if isinstance(read, Tensor)]
    readers: dict[tuple[str, int], list[tuple[str, int]]] = {key: [] for key in needed}
    waiting: dict[tuple[str, int], int] = {}
    for key, call in needed.items():
        sources = {(read.layer, read.call) for read in call.reads if isinstance(read, Tensor)}
        waiting[key] = len(sources)
        for source in sources:
            readers[source].append(key)
    ready = deque(key for key in made if key in needed and not waiting[key])  # in the file's order
    order: list[Call] = []
    while ready:
        key = ready.popleft()
        order.append(needed[key])
        for reader in readers[key]:
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    config.need(len(order) == len(needed), "has layers that wait for each other")
    return order


def _tensors(config: Config, value: Plain, key: str) -> list[Tensor]:
    """Tensors as `input_layers` lists them: one, a list of them, or by name."""
    if isinstance(value, Mapping):
        value = list(value.values())
    one = _tensor(value)
    found = [one] if one is not None else [_tensor(item) for item in value] if isinstance(value, (list, tuple)) else []
    if not found or None in found:
        raise config.problem(
            f"has {key} of a form that is not known", help="write it with a newer Keras: model.to_json()"
        )
    return cast("list[Tensor]", found)


def _tensor(value: Plain) -> Tensor | None:
    """["dense", 0, 0]."""
    if isinstance(value, (list, tuple)) and len(value) >= 3 and isinstance(value[0], str):
        call, output = value[1], value[2]
        if type(call) is int and type(output) is int:
            return Tensor(value[0], call, output)
    return None


def _arguments(layer: Config, node: Plain) -> tuple[list[Argument], Mapping[str, Plain]]:
    """What a call reads, and its other arguments. Keras 3 writes {args, kwargs}; Keras 2 a list of [name, call, output, {}]."""
    if isinstance(node, Mapping):
        arguments, options = node.get("args", ()), node.get("kwargs", {})
        if not isinstance(arguments, (list, tuple)) or not isinstance(options, Mapping):
            raise layer.problem("is called with arguments of a form that is not known")
        reads = list(_flat(arguments))
        named = {key: value for key, value in options.items() if not _is_tensor(value)}
        reads += [_history(value, layer) for value in options.values() if _is_tensor(value)]
        return [_history(item, layer) if _is_tensor(item) else item for item in reads], cast(
            "Mapping[str, Plain]", named
        )
    if not isinstance(node, (list, tuple)):
        raise layer.problem("is called with arguments of a form that is not known")
    one = _tensor(node)
    items: Sequence[Plain] = [node] if one is not None else node
    found = [_tensor(item) for item in items]
    if None in found:
        raise layer.problem("is called with arguments of a form that is not known")
    last = items[-1] if items else ()
    options = last[3] if isinstance(last, (list, tuple)) and len(last) > 3 and isinstance(last[3], Mapping) else {}
    return list(found), cast("Mapping[str, Plain]", options)


def _flat(arguments: Sequence[Plain]) -> Iterator[Plain]:
    """The arguments, those in lists too."""
    for argument in arguments:
        if isinstance(argument, (list, tuple)) and any(_is_tensor(item) for item in argument):
            yield from argument
        else:
            yield argument


def _is_tensor(value: Plain) -> bool:
    return isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__"


def _history(value: Plain, layer: Config) -> Tensor:
    config = value.get("config") if isinstance(value, Mapping) else None
    found = _tensor(config.get("keras_history")) if isinstance(config, Mapping) else None
    if found is None:
        raise layer.problem("reads a tensor whose origin is not said")
    return found
