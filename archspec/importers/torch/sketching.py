"""The tape as a `Sketch`: each call becomes layers, at paths that are the keys of the module's state.

Enters: a module and its tape. Leaves: a sketch with the same keys, in which what each module did lies in its scope.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from archspec.importers.sketch import ImportProblem, InputSpec, Layer, Literal, Ref, Sketch
from archspec.importers.torch.binding import Binding, bind
from archspec.importers.torch.builder import Builder, join, snake
from archspec.importers.torch.dead import said_of_dead
from archspec.importers.torch.failing import failure
from archspec.importers.torch.functions import answer, handler, shown
from archspec.importers.torch.modules import torch_class, why_opened
from archspec.importers.torch.neural import OWN, own_state
from archspec.importers.torch.recording import Call, ModuleCall, Value, record
from archspec.importers.torch.resizing import note_others
from archspec.importers.torch.starting import note_starts
from archspec.importers.torch.tape import BATCHES, Multiple, Tape, merge, values
from archspec.importers.torch.watching import forward_place
from archspec.names import why_no_layer_name
from archspec.ops.base import show_shape
from archspec.ops.no_ops import way_without
from archspec.verification.calling import named
from archspec.verification.copies import duplicate, initialized
from archspec.verification.names import second_names, spectral_norms
from archspec.words import counted


def settled(module: nn.Module, binding: Binding) -> nn.Module:
    """The module, or where it is lazy, a copy that knows the shapes of its parameters."""
    inputs = example(binding.inputs, BATCHES[0])
    try:
        return initialized(module, binding.arguments(inputs))
    except Exception as error:  # whatever a stranger's module raises
        raise failure(error, inputs, binding) from error


def runs(module: nn.Module, given: Sequence[InputSpec]) -> bool:
    """Whether the module takes such inputs, in their order."""
    try:
        binding = bind(module, [(None, one) for one in given])
        record(duplicate(module).eval(), example(binding.inputs, BATCHES[0]), binding, is_known=True)
    except Exception:  # whatever a stranger's module raises
        return False
    return True


def trace(module: nn.Module, binding: Binding, opened: Collection[str] = (), *, is_known: bool = False) -> Tape:
    """What the module computes in evaluation, for a batch of any size; `opened` are layers whose inside is looked at.
    `is_known`: as in `record`."""
    # Each on a copy: models keep what they computed once (a cache of position biases), and the second run would read it.
    first, second = (
        record(duplicate(module).eval(), example(binding.inputs, batch), binding, opened, is_known=is_known)
        for batch in BATCHES
    )
    return merge(first, second)


def example(inputs: Mapping[str, InputSpec], batch: int) -> dict[str, torch.Tensor]:
    """Random inputs; whole numbers are small enough for any vocabulary."""
    made = {}
    generator = torch.Generator().manual_seed(0)
    for name, spec in inputs.items():
        dtype = getattr(torch, spec.dtype)
        shape = (batch, *(int(size) for size in spec.shape))
        try:
            made[name] = (
                torch.randn(shape, dtype=dtype, generator=generator)
                if dtype.is_floating_point
                else torch.zeros(shape, dtype=dtype)
            )
        except RuntimeError as error:  # more than there is memory for
            raise ImportProblem(f"no input of {shape} can be made: {str(error).splitlines()[0][:200]}") from error
    return made


def to_sketch(module: nn.Module, binding: Binding, name: str) -> Sketch:
    """The module as a sketch. Raises `ImportProblem`."""
    module = settled(module, binding)
    opened: dict[str, str] = {}
    while True:
        sketching = _Sketching(module, trace(module, binding, opened), Sketch(name, dict(binding.inputs)), opened)
        try:
            sketching.run()
        except ImportProblem:
            if not sketching.divided:
                raise
        if not sketching.divided:
            break
        opened |= sketching.divided
    sketch = sketching.sketch
    note_others(sketch, lambda inputs: _again(module, replace(binding, inputs=inputs), opened))
    sketch.doc = "\n\n".join(
        [
            *binding.said(),
            *_said_of_names(sketching.second_names),
            *sketching.said_of_starts,
            *said_of_dead(sketching.tape.dead),
            *_said_of_buffers(sketching.unsaid),
            *_said_of_pads(_vanished(sketching)),
            *sketching.tape.answer.said(list(sketch.outputs)),
        ]
    )
    return sketch


def _again(module: nn.Module, binding: Binding, opened: Mapping[str, str]) -> Sketch:
    """The module as a sketch for inputs of other sizes. Raises `ImportProblem` where it takes none."""
    tape = trace(module, binding, opened, is_known=True)
    sketching = _Sketching(module, tape, Sketch("", dict(binding.inputs)), opened)
    try:
        sketching.run()
    except ImportProblem as problem:
        sketching.sketch.unlike = problem.message
    return sketching.sketch


def _said_of_names(second: Mapping[str, str]) -> list[str]:
    """Which of a module's names the spec has."""
    if not second:
        return []
    name, kept = next(iter(second.items()))
    more = f", and so do {counted(len(second) - 1, 'more module')}" if len(second) > 1 else ""
    return [
        f"{name} and {kept} are one module, which has the name {kept} here{more}; weights of both names load as they are"
    ]


def _said_of_buffers(keys: list[str]) -> list[str]:
    """Which buffers have no numbers in the spec."""
    if not keys:
        return []
    more = f" and of {counted(len(keys) - 1, 'more buffer')}" if len(keys) > 1 else ""
    return [f"the numbers of the buffer {keys[0]}{more} are not in the spec; load the model's weights"]


def _vanished(sketching: _Sketching) -> list[str]:
    """The modules in which a padding is left out that other sizes may have: where no other was tried, numbers alone do not tell
    whether the code took them from a size."""
    stays = set(sketching.sketch.layers)
    empty = [call for layer, call in sketching.idle.items() if layer.type == "Pad" and layer not in stays]
    return [call.scopes[-1].path for call in empty if call.is_of_size or not sketching.sketch.others]


def _said_of_pads(scopes: list[str]) -> list[str]:
    """Where a padding is left out that other sizes may have."""
    if not scopes:
        return []
    places = list(dict.fromkeys(scopes))
    more = f" and in {counted(len(places) - 1, 'more place')}" if len(places) > 1 else ""
    where = f"in {places[0]}" if places[0] else "in the model itself"
    return [
        f"F.pad {where}{more} adds nothing at the input's size, and is not in the spec; where it takes its amounts from a size, "
        "inputs of other sizes are padded there"
    ]


class _Sketching(Builder):
    """Turns calls into layers, one after the other."""

    def __init__(self, module: nn.Module, tape: Tape, sketch: Sketch, opened: Mapping[str, str]) -> None:
        super().__init__(sketch, tape)
        self.root = module
        self.opened = opened
        self.divided: dict[str, str] = {}  # layers whose state is read by others too, and how; they are to be opened
        persistent = module.state_dict(keep_vars=True)
        self.parameters = {**dict(module.named_parameters()), **persistent}  # their keys differ where a name is empty
        self.buffers = dict(module.named_buffers(remove_duplicate=False))
        self.persistent = list(persistent)
        self.moving = frozenset(key for norm in spectral_norms(persistent) for key in (norm.left, norm.right))
        self.said_of_starts: list[str] = []
        self.second_names: dict[str, str] = {}  # of modules, which the spec does not have; the first ones
        self.modules: dict[str, nn.Module] = dict(module.named_modules())
        self.taken.update(path for path in self.modules if path and self._state_below(path))
        self.taken.update(sketch.inputs)
        self.of_state: dict[str, Layer] = {}  # the first layer at each path that has state
        self.owned = self._owned()
        layers = {call.scopes[-1].path for call in tape.calls if call.module is not None}
        self.whole = {*self.owned.values(), *layers}
        self.owners = {*self.owned.values(), *filter(self._state_below, layers)}
        self.in_call = Counter(self._inner(call) for call in tape.calls)
        self.read = Counter(value for call in tape.calls for value in values((call.arguments, call.keywords)))
        self.read.update(values(tape.output))
        for (input_name, _), value in zip(sketch.inputs.items(), tape.inputs, strict=True):
            self.refs[value] = Ref(input_name)

    def run(self) -> None:
        for call in self.tape.calls:
            self.call = call
            self.scope, self.name = self._place(call)
            self._keep(call, self._module(call) if call.module is not None else self._function(call))
        self.call = None
        self.sketch.moduli = self.tape.moduli
        self.sketch.groups = {path: type(child).__name__ for path, child in self.modules.items()}
        self._outputs()
        self._idle_state()
        self.said_of_starts = note_starts(self.sketch, self.parameters, self.modules, self.of_state)
        self._freeze()

    # Calls -------------------------------------------------------------------------------------------------------------

    def _function(self, call: Call) -> Any:
        found = handler(call.name)
        if found is None:
            raise self._unknown(call)
        return answer(self, found, call)

    def _unknown(self, call: Call) -> ImportProblem:
        """Says of a function without an op whose it is."""
        module = self.modules[call.scopes[-1].path] if call.scopes else self.root
        kind, reason = torch_class(module), why_opened(module)
        reason = reason or (self.opened.get(call.scopes[-1].path) if call.scopes else None)
        if kind is not None and reason is not None:
            return self.problem(f"nn.{kind} {reason}, and {call.name}, which it calls, is no op by itself")
        way = way_without(call.name)
        return self.problem(
            f"the model calls {call.name}, which is no op of the language yet", f"in a spec: {way}" if way else ""
        )

    def _module(self, call: Call) -> Any:
        assert call.layer is not None
        path = call.scopes[-1].path
        kind, given = call.layer.type, dict(call.layer.keys)
        asked = self._asked(call)
        reads = self._attention(asked, given) if kind == "MultiheadAttention" else self._reads(kind, asked, given, call)
        if kind == "Identity":
            return reads[0]
        answer = self.stateful(path, kind, given, reads) if self._state_below(path) else self.layer(kind, given, *reads)
        return self._ports(kind, answer, call)

    def _asked(self, call: Call) -> dict[str, Any]:
        """What the module is called with, by the names that its `forward` has for it; defaults are left out."""
        assert call.module is not None
        forward = inspect.signature(type(call.module).forward)
        asked = forward.bind(call.module, *call.arguments, **call.keywords).arguments
        parameters = list(forward.parameters.items())[1:]
        return {
            name: asked[name]
            for name, parameter in parameters
            if name in asked and asked[name] is not parameter.default
        }

    def _reads(self, kind: str, asked: dict[str, Any], given: dict[str, Any], call: Call) -> list[Value]:
        """The tensors, in the order of the op's inputs; an argument that is neither goes into the keys, or is refused."""
        assert call.module is not None
        names = list(inspect.signature(type(call.module).forward).parameters)[1:]
        reads: list[Value] = []
        for position, (name, argument) in enumerate(asked.items()):
            if name == "output_size" and kind.startswith("ConvTranspose"):
                given["output_padding"] = self._output_padding(call, argument)
            elif values(argument) and names.index(name) == position:
                reads += values(argument)
            else:
                raise self.problem(f"nn.{kind} is called with {name}={shown(argument)}, which the op does not take")
        return reads

    def _output_padding(self, call: Call, size: Any) -> Any:
        """What the module adds to its output so that it has the size asked for."""
        module = call.module
        assert isinstance(module, nn.modules.conv._ConvTransposeNd)
        rank = len(module.kernel_size)
        paddings: Any = module.padding
        x = call.arguments[0] if call.arguments else call.keywords["input"]
        least = [
            (of - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
            for of, stride, padding, dilation, kernel in zip(
                x.shape[-rank:], module.stride, paddings, module.dilation, module.kernel_size, strict=True
            )
        ]
        extra = [self.plain(got) - of for got, of in zip(list(size)[-rank:], least, strict=True)]
        return extra[0] if len(set(extra)) == 1 else extra

    def _attention(self, asked: dict[str, Any], given: dict[str, Any]) -> list[Value]:
        if any(asked.get(name) is not None for name in ("key_padding_mask", "attn_mask")) or asked.get("is_causal"):
            raise self.problem("nn.MultiheadAttention is called with a mask, which the op does not take; attention written with "
                               "F.scaled_dot_product_attention(q, k, v, attn_mask=mask) is imported with its mask")  # fmt: skip
        given.update({key: asked[key] for key in ("need_weights", "average_attn_weights") if key in asked})
        reads = [asked["query"], asked["key"], asked["value"]]
        return reads[:1] if len(set(reads)) == 1 else reads

    def _ports(self, kind: str, answer: Ref, call: Call) -> Any:
        """The results of a module, as it nests them."""
        if len(call.results) == 1:
            return answer
        names = {"LSTM": ["output", "h", "c"], "GRU": ["output", "h"], "RNN": ["output", "h"], "LSTMCell": ["h", "c"],
                 "MultiheadAttention": ["output", "weights"]}.get(kind, ["output", "indices"])  # fmt: skip
        return [Ref(answer.source, None if port == "output" else port) for port in names]

    def _keep(self, call: Call, answer: Any) -> None:
        """Notes what each result became."""
        answers = answer if isinstance(answer, list) else [answer]
        for value, found in zip(call.results, answers, strict=False):
            if found is None:
                if self.read[value]:
                    raise self.problem(f"the model reads a result of {call.name} that no op gives")
            else:
                ref = self.refs[value] = self.ref(found)
                if isinstance(ref.source, Layer):
                    ref.source.shapes[ref.port] = [
                        size if isinstance(size, int) else str(size) for size in self.shape(value)
                    ]
        if len(answers) < len(call.results) and any(self.read[value] for value in call.results[len(answers) :]):
            raise self.problem(f"the model reads a result of {call.name} that no op gives")

    def is_read(self, result: int) -> bool:
        assert self.call is not None
        return self.read[self.call.results[result]] > 0

    def near_key(self, key: str) -> str:
        if key not in self.buffers or self.call is None:
            return key
        home = self.call.scopes[-1].path
        others = [other for other, buffer in self.buffers.items() if buffer is self.buffers[key]]
        return next((other for other in others if other.rpartition(".")[0] == home), key)

    def comes_with_weights(self, key: str) -> bool:
        buffer = self.buffers[key]
        return key in self.persistent and buffer.dtype.is_floating_point and not bool(torch.isnan(buffer).any())

    def momentum(self, given: Any) -> Any:
        """The momentum that the module was built with: in evaluation, batch_norm may be called with another."""
        assert self.call is not None
        path = self.own_path(self.call)
        return getattr(self.modules[path], "momentum", given) if path is not None else given

    # State -------------------------------------------------------------------------------------------------------------

    def _owned(self) -> dict[Call, str]:
        """For calls of functions that read just the state of one module: its path. That module is their layer."""
        found: dict[Call, str] = {}
        for call in self.tape.calls:
            if call.name not in OWN or call.module is not None:
                continue
            state = own_state(call)
            if not state:
                continue
            paths = {value.state.rsplit(".", 1)[0] for value in state.values() if value.state and "." in value.state}
            if len(paths) != 1 or any("." not in (value.state or "") for value in state.values()):
                continue
            path = paths.pop()
            if path in self.opened:
                continue
            have = {f"{path}.{name}" for name in state}
            if call.name == "batch_norm":
                have.add(f"{path}.num_batches_tracked")
            if {key for key in self.persistent if key.startswith(path + ".")} == have:
                found[call] = path
        readers: dict[str, set[str | None]] = {}
        for call in self.tape.calls:
            for value in values((call.arguments, call.keywords)):
                if value.state is not None:
                    readers.setdefault(value.state, set()).add(found.get(call))
        return {
            call: path
            for call, path in found.items()
            if all(readers[key] == {path} for key in self.persistent if key.startswith(path + ".") and key in readers)
        }

    def own_path(self, call: Call) -> str | None:
        return self.owned.get(call)

    def stateful(self, path: str, kind: str, given: dict[str, Any], reads: list[Any]) -> Ref:
        """The layer at a path, or another use of it."""
        inputs = [self.ref(read) for read in reads]
        first = self.of_state.get(path)
        if first is not None and (first.type, first.keys) != (kind, {k: self.plain(v) for k, v in given.items()}):
            self.divided[path] = "is computed with other arguments in another place"
        alias = self._alias(path) if first is not None and path not in self.divided else None
        if first is not None and alias is not None:
            keys = {key: value for key, value in first.keys.items() if key != "freeze"}
            self.of_state[alias] = Layer(alias, kind, keys, inputs)
            self.modules[alias] = self.modules[path]
            return self.add(self.of_state[alias])
        if first is not None:
            outer, _, name = path.rpartition(".")
            again = join(outer, f"{snake(kind)}_{name}") if name.isdigit() else path  # 0_1 is no name
            return self.add(Layer(self.unique(again), kind, {}, inputs, use=first))
        for name, parameter in self.modules[path].named_parameters(path):
            self.need_float32(name, parameter.dtype)
        made = Layer(path, kind, {key: self.plain(value) for key, value in given.items()}, inputs)
        self.of_state[path] = made
        return self.add(made)

    def _alias(self, path: str) -> str | None:
        """Another name of the module, under which nothing is computed yet: whose keys are there, tied to the first's. Statistics
        cannot be tied."""
        module = self.modules[path]
        if any(True for _ in module.buffers()):
            return None
        names = (name for name, one in self.root.named_modules(remove_duplicate=False) if one is module)
        return next((name for name in names if name not in self.of_state and name not in self.taken), None)

    def _state_below(self, path: str) -> bool:
        return any(key.startswith(path + ".") for key in self.persistent) if path else True

    def add_state(self, value: Value) -> Ref:
        """A parameter or buffer as a layer of its own, which it can be where no layer has it."""
        path = (value.state or "").rpartition(".")[0]
        if path in self.whole:
            self.divided[path] = "has weights that are read elsewhere too"
        return super().add_state(value)

    # Scopes ------------------------------------------------------------------------------------------------------------

    def _inner(self, call: Call) -> ModuleCall | None:
        return call.scopes[-1] if call.scopes else None

    def _place(self, call: Call) -> tuple[str, str | None]:
        """The scope that the call's layers lie in, and what the layer is called where its module says it.

        A module is a scope where it has state of its own or below, and is no layer itself; what others compute lies in the
        scope around them.
        """
        scope, inner = "", ""
        for entered in call.scopes:
            if not entered.path:
                continue
            is_layer = call.module is not None and entered is call.scopes[-1]
            if is_layer or entered.path in self.owners or not self._state_below(entered.path):
                inner = call.scopes[-1].path
                break
            scope = entered.path
        if not inner:
            return scope, None
        home = inner.rpartition(".")[0]
        if isinstance(self.modules.get(scope), nn.Sequential) and (not home or scope.startswith(f"{home}.")):
            scope = home  # a chain of modules that have names beside it: they stand where these are
        base = (inner.removeprefix(scope + ".") if scope else inner).replace(".", "_")
        if inner in self.owners or (call.module is None and self.in_call[call.scopes[-1]] > 1):
            base = f"{base}_{call.name.strip('_')}"
        is_name = why_no_layer_name(base) is None and (
            not base[0].isdigit() or (call.module is not None and call.scopes[-1].turn == 0)
        )
        return scope, base if is_name else None

    # Ends --------------------------------------------------------------------------------------------------------------

    def _outputs(self) -> None:
        found: dict[str, Ref] = {}
        results = named(self.tape.output, Value)
        for number, (name, value) in enumerate(results.items(), 1):
            shape = self.tape.shape(value)
            if not any(isinstance(size, Multiple) for size in shape):
                which = f"result {number} of {len(results)} of the model" if len(results) > 1 else "the model's result"
                raise ImportProblem(
                    f"{which} has no axis of samples: a tensor of {show_shape(value.shape)}, whatever the batch", "",
                    "import a module around it whose forward returns the others; what is of the whole batch, such as a loss, is "
                    "computed where it is trained" if len(results) > 1 else "",
                )  # fmt: skip
            found[name] = self.ref(value)
        if not found:
            raise ImportProblem("the model gives no tensor")
        self.sketch.outputs = found

    def _idle_state(self) -> None:
        """Parameters and buffers that the output does not rest on: they count, and they are keys."""
        covered = set()
        for layer in self.sketch.layers:
            if layer.type in ("Parameter", "Buffer"):
                covered.add(layer.path)
            elif layer.path in self.of_state:
                covered.update(key for key in self.persistent if key.startswith(layer.path + "."))
        names = dict(self.root.named_parameters(remove_duplicate=False))
        first = {id(parameter): key for key, parameter in self.root.named_parameters()}
        again = second_names(self.root)
        for key, tensor in self.root.state_dict(keep_vars=True).items():
            if key in again and key not in covered:  # computed under the first name alone, which the spec has
                self.second_names[key.rpartition(".")[0]] = again[key].rpartition(".")[0]
                continue
            if key in names and first[id(tensor)] != key:
                self._tie(key, first[id(tensor)])
                continue
            if key in covered:
                continue
            value = Value(tuple(tensor.shape), tensor.dtype, key, isinstance(tensor, nn.Parameter))
            self.tape.shapes[value] = value.shape
            self.add_state(value)

    def _freeze(self) -> None:
        """What does not train."""
        for layer in self.sketch.layers:
            if layer.type == "Parameter":
                layer.trains = self.parameters[layer.path].requires_grad
                layer.keys |= {} if layer.trains else {"freeze": True}
            elif layer.path in self.of_state and layer.use is None:
                own = dict(self.modules[layer.path].named_parameters())
                layer.trains = any(one.requires_grad for one in own.values())
                frozen: list[Literal] = [
                    name for name, one in own.items() if not one.requires_grad and name not in layer.tie
                ]
                if frozen:
                    layer.keys["freeze"] = True if len(frozen) == len(own) else frozen

    def _tie(self, key: str, first: str) -> None:
        """A second name of a parameter."""
        path, name = key.rsplit(".", 1) if "." in key else ("", key)
        layer = self.of_state.get(path)
        by_itself = first in self.state  # a parameter that no layer has, which none can be tied to
        if layer is None or by_itself:
            raise ImportProblem(
                f"{key} is another name of {first}, and "
                + ("that is no layer's weight" if by_itself else "no layer of its own computes under it"),
                forward_place(self.root, ""),
                "keep one of the names; a layer that shares weights is made and then given them: "
                "o = nn.Linear(…, bias=False); o.weight = embed.weight",
            )
        layer.tie[name] = first
