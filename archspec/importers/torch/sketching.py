"""The tape as a `Sketch`: each call becomes layers, at paths that are the keys of the module's state.

Enters: a module and its tape. Leaves: a sketch with the same keys, in which what each module did lies in its scope.
"""

from __future__ import annotations

import copy
import inspect
from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from archspec.document.names import why_no_layer_name
from archspec.importers.sketch import ImportProblem, InputSpec, Layer, Literal, Ref, Sketch
from archspec.importers.torch.binding import Binding
from archspec.importers.torch.builder import Builder, join, snake
from archspec.importers.torch.functions import handler
from archspec.importers.torch.modules import keys, layer_type
from archspec.importers.torch.neural import OWN, own_state
from archspec.importers.torch.recording import Call, ModuleCall, Value, record
from archspec.importers.torch.tape import BATCHES, Multiple, Tape, merge, values
from archspec.verification.calling import named


def trace(module: nn.Module, binding: Binding) -> Tape:
    """What the module computes in evaluation, for a batch of any size."""
    # Each on a copy: models keep what they computed once (a cache of position biases), and the second run would read it.
    first, second = (record(copy.deepcopy(module).eval(), example(binding.inputs, batch), binding) for batch in BATCHES)
    return merge(first, second)


def example(inputs: Mapping[str, InputSpec], batch: int) -> dict[str, torch.Tensor]:
    """Random inputs; whole numbers are small enough for any vocabulary."""
    made = {}
    generator = torch.Generator().manual_seed(0)
    for name, spec in inputs.items():
        dtype = getattr(torch, spec.dtype)
        shape = (batch, *(int(size) for size in spec.shape))
        made[name] = (
            torch.randn(shape, dtype=dtype, generator=generator)
            if dtype.is_floating_point
            else torch.zeros(shape, dtype=dtype)
        )
    return made


def to_sketch(module: nn.Module, binding: Binding, name: str) -> Sketch:
    """The module as a sketch. Raises `ImportProblem`."""
    tape = trace(module, binding)
    sketch = Sketch(name, dict(binding.inputs))
    _Sketching(module, tape, sketch).run()
    return sketch


class _Sketching(Builder):
    """Turns calls into layers, one after the other."""

    def __init__(self, module: nn.Module, tape: Tape, sketch: Sketch) -> None:
        super().__init__(sketch, tape)
        self.root = module
        persistent = module.state_dict(keep_vars=True)
        self.parameters = {**dict(module.named_parameters()), **persistent}  # their keys differ where a name is empty
        self.buffers = dict(module.named_buffers())
        self.persistent = list(persistent)
        self.modules: dict[str, nn.Module] = dict(module.named_modules())
        self.of_state: dict[str, Layer] = {}  # the first layer at each path that has state
        self.owned = self._owned()
        self.owners = set(self.owned.values())
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
        self.sketch.groups = {path: type(child).__name__ for path, child in self.modules.items()}
        self._outputs()
        self._idle_state()
        self._freeze()

    # Calls -------------------------------------------------------------------------------------------------------------

    def _function(self, call: Call) -> Any:
        found = handler(call.name)
        if found is None:
            raise self.problem(f"the model calls {call.name}, which is no op of the language yet")
        try:
            keywords = {name: given for name, given in call.keywords.items() if name != "out" or given is not None}
            inspect.signature(found).bind(self, *call.arguments, **keywords)
        except TypeError:
            raise self.problem(f"the model calls {call.name} with arguments that are not known here") from None
        return found(self, *call.arguments, **keywords)

    def _module(self, call: Call) -> Any:
        assert call.module is not None
        path = call.scopes[-1].path
        kind = layer_type(call.module)
        given = keys(call.module)
        reads = values((call.arguments, self._ordered(call)))
        if kind == "MultiheadAttention":
            reads = self._attention(call, given)
        if kind == "Identity":
            return reads[0]
        answer = self.stateful(path, kind, given, reads) if self._state_below(path) else self.layer(kind, given, *reads)
        return self._ports(kind, answer, call)

    def _ordered(self, call: Call) -> list[Any]:
        """Keyword tensors in the order that `forward` names them."""
        assert call.module is not None
        names = list(inspect.signature(call.module.forward).parameters)
        return [call.keywords[name] for name in names if name in call.keywords]

    def _attention(self, call: Call, given: dict[str, Any]) -> list[Value]:
        assert call.module is not None
        bound = inspect.signature(call.module.forward).bind(*call.arguments, **call.keywords)
        bound.apply_defaults()
        asked = bound.arguments
        if any(asked.get(name) is not None for name in ("key_padding_mask", "attn_mask")) or asked.get("is_causal"):
            raise self.problem("nn.MultiheadAttention is called with a mask, which the op does not take")
        if not asked["need_weights"]:
            given["need_weights"] = False
        if not asked["average_attn_weights"]:
            given["average_attn_weights"] = False
        reads = [asked["query"], asked["key"], asked["value"]]
        return reads[:1] if len(set(reads)) == 1 else reads

    def _ports(self, kind: str, answer: Ref, call: Call) -> Any:
        """The results of a module, as it nests them."""
        if len(call.results) == 1:
            return answer
        names = {"LSTM": ["output", "h", "c"], "GRU": ["output", "h"], "RNN": ["output", "h"],
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
        if first is not None:
            outer, _, name = path.rpartition(".")
            again = join(outer, f"{snake(kind)}_{name}") if name.isdigit() else path  # 0_1 is no name
            return self.add(Layer(self.unique(again), kind, {}, inputs, use=first))
        for name, parameter in self.modules[path].named_parameters(path):
            self.need_float32(name, parameter.dtype)
        made = Layer(path, kind, {key: self.plain(value) for key, value in given.items()}, inputs)
        self.of_state[path] = made
        return self.add(made)

    def _state_below(self, path: str) -> bool:
        return any(key.startswith(path + ".") for key in self.persistent) if path else True

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
        for name, value in named(self.tape.output, Value).items():
            shape = self.tape.shape(value)
            if not shape or not isinstance(shape[0], Multiple):
                raise ImportProblem("the model gives a result that does not have the batch first")
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
        for key, tensor in self.root.state_dict(keep_vars=True).items():
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
            if layer.type == "Parameter" and not self.parameters[layer.path].requires_grad:
                layer.keys["freeze"] = True
            elif layer.path in self.of_state and layer.use is None:
                own = dict(self.modules[layer.path].named_parameters())
                frozen: list[Literal] = [
                    name for name, one in own.items() if not one.requires_grad and name not in layer.tie
                ]
                if frozen:
                    layer.keys["freeze"] = True if len(frozen) == len(own) else frozen

    def _tie(self, key: str, first: str) -> None:
        """A second name of a parameter."""
        path, name = key.rsplit(".", 1) if "." in key else ("", key)
        layer = self.of_state.get(path)
        if layer is None:
            raise ImportProblem(f"{key} is another name of {first}, and no layer is there")
        layer.tie[name] = first
