"""Which layer reads which: the calls of a Keras model, in an order in which each can be computed.

Enters: the configuration of a Sequential or Functional model, of Keras 2 or 3. Leaves: a `Model`. A layer that is called
several times has several calls; a model may be a layer of another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple, TypeGuard, cast

from archspec.importers.keras.config import Config, Plain, shown, shown_name
from archspec.limits import MAX_KERAS_CALLS, MAX_KERAS_DEPTH

_INPUT = "input"
"""What the input is called that a file does not name."""


class Tensor(NamedTuple):
    """An output of a call: the layer's name, the number of the call, the number of the output."""

    layer: str
    call: int
    output: int


Argument = Tensor | Plain


class Call(NamedTuple):
    """One use of a layer. `reads` are tensors, or numbers that stand for one (`x * 2`); `options` are its arguments by name,
    tensors and lists of them among them."""

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
    is_frozen: bool = False


def is_model(layer: Config) -> bool:
    """Whether a layer is a model itself."""
    return layer.text("class_name") in ("Sequential", "Functional", "Model")


def model(layer: Config, depth: int = 0) -> Model:
    """The calls of a model. Raises ImportProblem."""
    layer.need(depth <= MAX_KERAS_DEPTH, f"holds models within models more than {MAX_KERAS_DEPTH} deep")
    kind, registered = layer.text("class_name"), layer.value("registered_name")
    is_own = isinstance(registered, str) and ">" in registered
    if is_own or not is_model(layer):
        raise layer.problem(f"is a {shown(registered if is_own else kind)}, whose code is not in the file",
                            help="build it as a Sequential or a Functional model")  # fmt: skip
    if kind == "Sequential":
        return _sequential(layer, depth > 0)
    return _functional(layer.mapping("config"))


def name_of(layer: Config) -> str:
    """What the layer is called where it is read."""
    return layer.text("name") if layer.has("name") else layer.mapping("config").text("name", "layer")


def _placed(layer: Config) -> Config:
    """The same, named in messages."""
    return layer.placed(f"layer {shown_name(name_of(layer))} ({shown_name(layer.text('class_name'))})")


def _layers(config: Config) -> dict[str, Config]:
    """The layers by name, in the file's order."""
    found: dict[str, Config] = {}
    for layer in config.mappings("layers"):
        name = name_of(layer)
        config.need(name not in found, f"has two layers called {shown_name(name)}")
        found[name] = _placed(layer)
    return found


def _sequential(layer: Config, is_inner: bool) -> Model:
    held = layer.value("config")
    config = Config({"layers": held}, layer.place) if isinstance(held, (list, tuple)) else layer.mapping("config")
    layers = list(_layers(config).values())
    layer.need(bool(layers), "has no layers")
    calls: list[Call] = []
    shape = config.value("build_input_shape")
    if layers[0].text("class_name") != "InputLayer":
        layers.insert(0, _input_before(layers[0], shape, is_inner))
    last = Tensor("", 0, 0)
    for number, inner in enumerate(layers):
        inner.need(number == 0 or inner.text("class_name") != "InputLayer", "is an input, and not the first layer")
        reads: list[Argument] = [] if inner.text("class_name") == "InputLayer" else [last]
        calls.append(Call(inner, 0, reads, {}))
        last = Tensor(name_of(inner), 0, 0)
    config.without_effect("trainable", "dtype")  # each layer has its own, and Keras looks at those
    name = config.text("name", "sequential")
    config.need_all_read()
    return Model(name, calls, [Tensor(name_of(layers[0]), 0, 0)], [last])


def _input_before(layer: Config, built: Plain, is_inner: bool) -> Config:
    """The input that older files note with the first layer, or with the whole; a model within a model need not say it."""
    own = layer.mapping("config")
    shape = own.value("batch_input_shape", built)
    if is_model(layer) and shape is None and not is_inner:
        own = model(layer).calls[0].layer.mapping("config")
        shape = own.value("batch_shape", own.value("batch_input_shape"))
    if shape is None and not is_inner:
        raise layer.problem(
            "is first, and nothing says the shape of its input", help="build the model before it is written"
        )
    values = {"name": _INPUT, "batch_shape": shape, "dtype": own.value("dtype", "float32")}
    return _placed(Config({"class_name": "InputLayer", "config": values}, "layer input"))


def _functional(config: Config) -> Model:
    layers = _layers(config)
    made: dict[tuple[str, int], Call] = {}
    is_new = False
    for name, layer in layers.items():
        nodes = layer.items("inbound_nodes") if layer.has("inbound_nodes") else ()
        if layer.text("class_name") == "InputLayer":
            nodes = [()]
        for number, node in enumerate(nodes):
            made[name, number] = Call(layer, number, *_arguments(layer, node))
            is_new = is_new or isinstance(node, Mapping)
    config.need(len(made) <= MAX_KERAS_CALLS, f"has more than {MAX_KERAS_CALLS:,} calls of layers")
    inputs, outputs = (_tensors(config, config.value(key), key) for key in ("input_layers", "output_layers"))
    for tensor in inputs:
        found = layers.get(tensor.layer)
        config.need(found is not None and found.text("class_name") == "InputLayer",
                    f"has {shown_name(tensor.layer)} among its inputs, which is none")  # fmt: skip
    outputs = _renumbered(layers, made, outputs, is_new)
    whole = Model(config.text("name", "model"), _ordered(made, inputs, outputs, config), inputs, outputs,
                  is_new and not config.flag("trainable", True))  # fmt: skip
    config.without_effect("trainable", "dtype")  # Keras 2 goes by each layer's own
    config.need_all_read()
    return whole


def _renumbered(
    layers: Mapping[str, Config], made: dict[tuple[str, int], Call], outputs: list[Tensor], is_new: bool
) -> list[Tensor]:
    """The outputs, and in `made` what is read, with the calls of each model within the model counted from 0.

    A model begins with a call of its own, from its input to its output. Keras 2 counts that wherever it reads the model, Keras 3
    among the outputs alone, and then of functional models alone; a model that was built late has no such call.
    """
    read = _calls_by_layer(tensor for call in made.values() for tensor in _read_by(call))
    given = _calls_by_layer(outputs)
    read_later: set[str] = set()
    given_later: set[str] = set()
    for name, layer in layers.items():
        if not is_model(layer):
            continue
        count = len(layer.items("inbound_nodes")) if layer.has("inbound_nodes") else 0
        reads, gives = read.get(name, set()), given.get(name, set())
        if is_new:
            is_read_later = 0 not in reads and count in reads
            is_given_later = 0 not in gives and (layer.text("class_name") != "Sequential" or count in gives)
        else:
            is_read_later = is_given_later = 0 not in reads | gives
        read_later.update([name] if is_read_later else [])
        given_later.update([name] if is_given_later else [])
    if read_later:
        made.update({key: _shifted_call(call, read_later) for key, call in made.items()})
    return [_shifted(tensor, given_later) for tensor in outputs]


def _calls_by_layer(tensors: Iterable[Tensor]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for tensor in tensors:
        found.setdefault(tensor.layer, set()).add(tensor.call)
    return found


def _read_by(call: Call) -> Iterator[Tensor]:
    """The tensors that a call reads, those among its options too."""
    for value in (*call.reads, *call.options.values()):
        yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, Tensor))


def _shifted_call(call: Call, names: Collection[str]) -> Call:
    options = {
        key: [_shifted(item, names) for item in value] if isinstance(value, list) else _shifted(value, names)
        for key, value in call.options.items()
    }
    return call._replace(reads=[_shifted(item, names) for item in call.reads], options=options)


def _shifted(value: Any, names: Collection[str]) -> Any:
    """A tensor of one of these layers with its call counted one lower; anything else as it is."""
    return value._replace(call=value.call - 1) if isinstance(value, Tensor) and value.layer in names else value


def _ordered(
    made: dict[tuple[str, int], Call], inputs: list[Tensor], outputs: list[Tensor], config: Config
) -> list[Call]:
    """The inputs, and the calls that the outputs need, each after what it reads."""
    needed: dict[tuple[str, int], Call] = {}
    first = list(dict.fromkeys((tensor.layer, tensor.call) for tensor in inputs))
    listed = set(first)
    todo = [*first, *((tensor.layer, tensor.call) for tensor in outputs)]
    while todo:
        key = todo.pop()
        if key in needed:
            continue
        if key not in made:
            raise config.problem(f"reads call {key[1]} of {shown_name(key[0])}, which it does not have")
        needed[key] = made[key]
        is_input = made[key].layer.text("class_name") == "InputLayer"
        made[key].layer.need(not is_input or key in listed, "is read, and is none of the model's inputs")
        todo += [(read.layer, read.call) for read in _read_by(made[key])]
    sorter: TopologicalSorter[tuple[str, int]] = TopologicalSorter()
    for key in (*first, *made):  # what waits for nothing comes in this order
        if key in needed:
            sorter.add(key)
    for key, call in needed.items():
        sorter.add(key, *{(read.layer, read.call) for read in _read_by(call)})
    try:
        return [needed[key] for key in sorter.static_order()]
    except CycleError:
        raise config.problem("has layers that wait for each other") from None


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
    unknown = layer.problem("is called with arguments of a form that is not known")
    if isinstance(node, Mapping):
        arguments, named = node.get("args", ()), node.get("kwargs", {})
        if not isinstance(arguments, (list, tuple)) or not isinstance(named, Mapping):
            raise unknown
        found = [_parsed(argument, layer) for argument in arguments]
        reads = [read for item in found for read in (item if _has_tensors(item) else [item])]
        return reads, {str(key): _parsed(value, layer) for key, value in named.items()}
    if not isinstance(node, (list, tuple)):
        raise unknown
    items: Sequence[Plain] = [node] if _tensor(node) is not None else node
    tensors = [_tensor(item) for item in items]
    if None in tensors:
        raise unknown
    options: dict[str, Plain] = {}
    for item in items:
        more = item[3] if isinstance(item, (list, tuple)) and len(item) > 3 else {}
        if not isinstance(more, Mapping):
            raise unknown
        options.update({str(key): _listed(value) for key, value in more.items()})
    return list(tensors), options


def _has_tensors(value: Plain) -> TypeGuard[list[Argument]]:
    return isinstance(value, list) and any(isinstance(item, Tensor) for item in value)


def _parsed(value: Plain, layer: Config) -> Argument:
    """An argument as Keras 3 writes it, with the tensors in it as such."""
    if isinstance(value, (list, tuple)):
        return [_history(item, layer) if _is_tensor(item) else item for item in value]
    return _history(value, layer) if _is_tensor(value) else value


def _listed(value: Plain) -> Argument:
    """An argument as Keras 2 writes it, with the tensors in it as such."""
    one = _tensor(value)
    if one is not None or not isinstance(value, (list, tuple)):
        return one or value
    return [_tensor(item) or item for item in value]


def _is_tensor(value: Plain) -> bool:
    return isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__"


def _history(value: Plain, layer: Config) -> Tensor:
    config = value.get("config") if isinstance(value, Mapping) else None
    found = _tensor(config.get("keras_history")) if isinstance(config, Mapping) else None
    if found is None:
        raise layer.problem("reads a tensor whose origin is not said")
    return found
