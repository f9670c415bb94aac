"""What a module computes, written down while it runs. Enters: a module and its inputs. Leaves: a `Recording`.

Every function of torch that runs on tensors is seen (`torch.overrides.TorchFunctionMode`), and every module that is
called; shapes, loops and conditions have happened by then, so nothing of them is left to interpret. What depends on the
numbers in the input cannot be recorded: it is refused with its place in the user's code.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils.weak import WeakIdKeyDictionary

from archspec.importers.sketch import ImportProblem
from archspec.importers.torch.answers import Answer
from archspec.importers.torch.binding import Binding
from archspec.importers.torch.contexts import refused_contexts
from archspec.importers.torch.failing import failure
from archspec.importers.torch.measured import RESIZES, is_of_size, measured, resized_like
from archspec.importers.torch.modules import is_layer, keys, layer_type
from archspec.importers.torch.places import running_above
from archspec.importers.torch.watching import Watch
from archspec.limits import MAX_TORCH_CALLS
from archspec.verification.calling import named


class ModuleCall(NamedTuple):
    """One time that a module ran: its path, and how often it had run before."""

    path: str
    turn: int


@dataclass(eq=False)
class Value:
    """A tensor of the recording.

    `state` is its key where it is a parameter or buffer. `constant` holds its numbers where neither the input nor the
    state has a part in them.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    state: str | None = None
    is_parameter: bool = False
    constant: torch.Tensor | None = None
    depends_on_input: bool = False

    @classmethod
    def of(cls, tensor: torch.Tensor, state: str | None = None, is_parameter: bool = False,
           constant: torch.Tensor | None = None, depends_on_input: bool = False) -> Value:  # fmt: skip
        """What stands for a tensor; its sizes are plain numbers, also while they are measured."""
        return cls(tuple(map(int, tensor.shape)), tensor.dtype, state, is_parameter, constant, depends_on_input)


@dataclass(eq=False)
class Call:
    """A function or a module that ran. Tensors among the arguments are `Value`s."""

    name: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    results: list[Value]
    scopes: tuple[ModuleCall, ...]
    place: str
    module: nn.Module | None = None
    layer: Asked | None = None
    is_of_size: bool = False  # a number among its arguments is known to be computed of sizes


class Asked(NamedTuple):
    """What layer a module was when it was called: its attributes may be others at the next call."""

    type: str
    keys: dict[str, Any]


@dataclass
class Recording:
    """All calls in order, and what the module answered (nested as it was, with `Value`s for tensors)."""

    inputs: list[Value]
    calls: list[Call] = field(default_factory=list)
    output: Any = None
    answer: Answer = field(default_factory=Answer)  # how it was handed out
    moduli: set[int] = field(default_factory=set)  # by which sizes were divided


_LEAVES_TORCH = {
    "item", "tolist", "numpy", "__bool__", "__int__", "__float__", "__index__", "__complex__", "nonzero",
    "unique", "masked_select", "argwhere", "bincount", "is_nonzero", "equal", "allclose", "__contains__", "__array__",
}  # fmt: skip
_RANDOM = {
    "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "bernoulli", "bernoulli_", "normal", "normal_",
    "uniform_", "exponential_", "geometric_", "cauchy_", "log_normal_", "poisson", "multinomial", "random_",
}  # fmt: skip
FACTORIES = {
    "new_zeros", "new_ones", "new_full", "new_tensor", "zeros_like", "ones_like", "full_like", "arange", "linspace",
}  # fmt: skip
"""Functions whose numbers are their own, whatever tensor they are told the kind by."""
_KEEPS_STATISTICS = {"batch_norm", "instance_norm"}
"""Functions that write to running statistics, which their tensors' versions do not tell."""
_CONSTANT_ELEMENTS = 20_000_000


class Recorder(TorchFunctionMode):
    """Records what happens between `with` and its end."""

    def __init__(self, module: nn.Module, opened: Collection[str] = ()) -> None:
        super().__init__()
        self.root = module
        self.opened = opened
        self.asked: list[tuple[str, Asked]] = []  # each layer that was called, in order
        self.paths: dict[int, str] = {}
        for path, child in module.named_modules(remove_duplicate=True):
            self.paths[id(child)] = path
        self.values = WeakIdKeyDictionary()
        self.parts = WeakIdKeyDictionary()  # a view by indexing: the tensor it is a part of, and the index
        self.turns: dict[str, int] = {}
        self.scopes: tuple[ModuleCall, ...] = ()
        self.is_paused = False
        self.watch = Watch(module)
        self.memory: dict[int, list[weakref.ref[torch.Tensor]]] = {}  # the tensors that lie in a piece of memory
        self.stale = WeakIdKeyDictionary()  # those that were written to through another tensor, and where
        self.recording = Recording([])
        self._add_state()

    def _add_state(self) -> None:
        persistent = set(self.root.state_dict(keep_vars=True))
        for key, parameter in self.root.named_parameters():
            self.values[parameter] = Value.of(parameter, key, True)
        for key, buffer in self.root.named_buffers():
            if key in persistent:
                self.values[buffer] = Value.of(buffer, key)
            else:
                self.values[buffer] = Value.of(buffer, constant=buffer.detach().clone())

    # What torch tells ------------------------------------------------------------------------------------------------

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        keywords = kwargs or {}
        if self.is_paused:
            return func(*args, **keywords)
        name = short_name(func)
        if name in _LEAVES_TORCH or (name == "where" and len(args) == 1 and not keywords):
            self._need_independent(name, args)
        if name == "__getitem__":
            self._need_independent(
                "masked_select", [index for index in tensors_in(args[1:]) if index.dtype == torch.bool]
            )
        self._renew_constants((args, keywords))
        is_write = _changes_input(name, None, keywords) and args and isinstance(args[0], torch.Tensor)
        versions = [(tensor, tensor._version) for tensor in tensors_in((args, keywords))]
        generator = torch.default_generator.get_state()
        result = func(*args, **keywords)
        if name in ("shape", "size"):
            return self._measured(result, args[0], args[1] if len(args) > 1 else keywords.get("dim"))
        for tensor, version in versions:
            if tensor._version != version or name in _KEEPS_STATISTICS:
                self.watch.note_write(tensor, user_place)
        self._need_unrandom(name, generator)
        if name == "__setitem__":
            self._record(name, args, keywords, args[0], None)
            self._write_through(args[0])
            self._make_stale(args[0])
            return result
        if not _has_tensor(result):
            return result
        if name == "contiguous" and result is not args[0]:
            name = "contiguous_copy"  # of a tensor that was not contiguous
        answer = self._record(name, args, keywords, result, None)
        if name == "__getitem__" and isinstance(answer, torch.Tensor):
            self.parts[answer] = (args[0], args[1])
        elif is_write and isinstance(answer, torch.Tensor):
            self._write_through(answer)
            self._make_stale(answer)
        return answer

    def _measured(self, sizes: Any, tensor: torch.Tensor, axis: int | None) -> Any:
        """The sizes of what is computed of the input remember it; those of all else are numbers."""
        value: Value | None = self.values.get(tensor)  # type: ignore[no-untyped-call]
        if value is None or not value.depends_on_input:
            return sizes
        return measured(sizes, value, axis, self.recording.moduli)

    def _need_unrandom(self, name: str, before: torch.Tensor) -> None:
        """Raises where random numbers were drawn since."""
        if name not in _RANDOM and not torch.equal(before, torch.default_generator.get_state()):
            raise ImportProblem(
                f"the model draws random numbers in evaluation too ({name}), so no two runs are alike", user_place(),
                "let it drop in training only: training=self.training" if "dropout" in name else "",
            )  # fmt: skip

    def _make_stale(self, written: torch.Tensor) -> None:
        """What else lies in the same memory is not what was recorded of it any more; reading it is refused."""
        chain, part = {id(written)}, written
        while part in self.parts:
            part = self.parts[part][0]
            chain.add(id(part))
        is_constant = self._value(written).constant is not None
        self.is_paused = True
        try:
            for other in [ref() for ref in self.memory.get(written.untyped_storage().data_ptr(), [])]:
                if other is None or id(other) in chain or other not in self.values:
                    continue
                if is_constant and self.values[other].constant is not None:
                    continue  # constants are read anew
                if _overlap(written, other):
                    self.stale[other] = user_place()
        finally:
            self.is_paused = False

    def _note(self, tensor: torch.Tensor, value: Value) -> None:
        """A tensor is now known as this value."""
        self.values[tensor] = value
        if tensor in self.stale:
            del self.stale[tensor]
        if tensor.numel() and tensor.layout == torch.strided:
            known = self.memory.setdefault(tensor.untyped_storage().data_ptr(), [])
            known[:] = [ref for ref in known if ref() is not None and ref() is not tensor] + [weakref.ref(tensor)]

    def _write_through(self, part: torch.Tensor) -> None:
        """What was written into `x[…]` is in x."""
        if part in self.parts:
            whole, index = self.parts[part]
            self._record("__setitem__", (whole, index, part), {}, whole, None)
            self._write_through(whole)

    def _need_independent(self, name: str, args: Any) -> None:
        """Raises where a tensor that the input has a part in becomes a number of Python's."""
        for tensor in tensors_in(args):
            if self._value(tensor).depends_on_input:
                what = {
                    "__bool__": "decides by",
                    "nonzero": "picks by",
                    "masked_select": "picks by",
                    "__contains__": "searches",
                }
                raise ImportProblem(
                    f"the model {what.get(name, 'reads off')} numbers that depend on its input "
                    f"({name.strip('_')}), which no fixed architecture does", user_place(),
                )  # fmt: skip

    def _record(self, name: str, args: Any, keywords: dict[str, Any], result: Any, module: nn.Module | None) -> Any:
        if len(self.recording.calls) >= MAX_TORCH_CALLS:
            raise ImportProblem(f"the model computes more than {MAX_TORCH_CALLS:,} steps", user_place())
        before = [self._value(tensor) for tensor in tensors_in((args, keywords))]
        depends = any(value.depends_on_input for value in before)
        is_factory = name in FACTORIES
        depends = depends and not is_factory
        is_constant = is_factory or (
            not depends and all(value.constant is not None for value in before) and module is None
        )
        if name in _RANDOM:
            raise ImportProblem(f"the model draws random numbers ({name}), so no two runs are alike", user_place())
        arguments, named = _map(args, self._value), _map(keywords, self._value)
        if name in RESIZES:
            arguments, named = resized_like(arguments, named)
        is_in_place = _changes_input(name, module, keywords)
        self.is_paused = True
        try:
            answer = result if is_in_place else _fresh(result, {id(t) for t in tensors_in((args, keywords))})
        finally:
            self.is_paused = False
        results = []
        for tensor in tensors_in(answer):
            kept = tensor.detach().clone() if is_constant and tensor.numel() <= _CONSTANT_ELEMENTS else None
            value = Value.of(tensor, constant=kept, depends_on_input=depends)
            results.append(value)
            self._note(tensor, value)
        call = Call(name, arguments, named, results, self.scopes, user_place(), module)
        call.is_of_size = is_of_size([*args, *keywords.values()])
        self.recording.calls.append(call)
        return answer

    def _renew_constants(self, tree: Any) -> None:
        """A constant may have been written to since it was made, also through a view: what counts is what it is now."""
        self.is_paused = True
        try:
            for tensor in tensors_in(tree):
                known = self._value(tensor).constant
                if known is not None and not torch.equal(known, tensor):
                    self.values[tensor] = Value.of(tensor, constant=tensor.detach().clone())
        finally:
            self.is_paused = False

    def _value(self, tensor: torch.Tensor) -> Value:
        if tensor in self.stale:
            raise ImportProblem(
                "the model writes to a tensor through a view of it, and reads the tensor afterwards", self.stale[tensor],
                "write to the tensor itself, or make a new one",
            )  # fmt: skip
        found: Value | None = self.values.get(tensor)  # type: ignore[no-untyped-call]
        if found is None:  # made before the recording, or by code that torch does not show: an attribute, a closure
            found = Value.of(tensor, constant=tensor.detach().clone())
            self.values[tensor] = found
        return found

    # Modules ---------------------------------------------------------------------------------------------------------

    def call_module(self, original: Callable[..., Any], module: nn.Module, args: Any, keywords: Any) -> Any:
        """What `nn.Module.__call__` is while recording."""
        path = self.paths.get(id(module))
        if self.is_paused or path is None:
            return original(module, *args, **keywords)
        turn = self.turns.get(path, 0)
        self.turns[path] = turn + 1
        with self._inside(ModuleCall(path, turn)):
            is_network = not path  # which has layers, and is none
            if is_network or path in self.opened or not is_layer(module) or not _has_tensor((args, keywords)):
                return original(module, *args, **keywords)
            asked = self._asked(path, module)
            with self._as_layer(module, asked):
                return original(module, *args, **keywords)

    def _asked(self, path: str, module: nn.Module) -> Asked:
        self.is_paused = True
        try:
            self.asked.append((path, Asked(layer_type(module), keys(module))))
        except ImportProblem as problem:
            raise ImportProblem(problem.message, user_place(), problem.help) from None
        finally:
            self.is_paused = False
        return self.asked[-1][1]

    def need_asked(self, again: list[tuple[str, Asked]]) -> None:
        """Raises where layers had other arguments when the module was called again."""
        other = next((path for (path, a), (_, b) in zip(self.asked, again, strict=False) if a != b), None)
        if other is None:
            return
        place = next((at for name, at in self.watch.written.items() if name.rpartition(".")[0] == other), "")
        raise ImportProblem(
            f"forward changes the arguments of {other}, so that each call computes with what the one before it left",
            place, "give each of the arguments a module of its own",
        )  # fmt: skip

    @contextmanager
    def _as_layer(self, module: nn.Module, asked: Asked) -> Iterator[None]:
        """Makes one call of the module's `forward`; its hooks run around it, and are seen."""
        forward = module.forward
        own = vars(module).get("forward")
        vars(module)["forward"] = lambda *args, **keywords: self._layer(forward, module, asked, args, keywords)
        try:
            yield
        finally:
            del vars(module)["forward"]
            if own is not None:
                vars(module)["forward"] = own

    def _layer(self, forward: Callable[..., Any], module: nn.Module, asked: Asked, args: Any, keywords: Any) -> Any:
        """Runs a module whose inside is not looked at, and records it."""
        self._renew_constants((args, keywords))
        is_write = bool(args) and _changes_input("", module, keywords) and isinstance(args[0], torch.Tensor)
        if is_write:
            self.watch.note_write(args[0], user_place)
        generator = torch.default_generator.get_state()
        self.is_paused = True
        try:
            result = forward(*args, **keywords)
        finally:
            self.is_paused = False
        self._need_unrandom(type(module).__name__.lower(), generator)
        answer = self._record("module", args, keywords, result, module)
        self.recording.calls[-1].layer = asked
        if is_write:
            self._write_through(answer)
            self._make_stale(answer)
        return answer

    @contextmanager
    def _inside(self, entered: ModuleCall) -> Iterator[None]:
        outer = self.scopes
        self.scopes = (*outer, entered)
        try:
            yield
        finally:
            self.scopes = outer


def record(
    module: nn.Module, inputs: Mapping[str, torch.Tensor], binding: Binding, opened: Collection[str] = (), *,
    is_known: bool = False,
) -> Recording:  # fmt: skip
    """Runs the module on the inputs of the binding; what the modules at the paths in `opened` do is looked at, layers or not.
    `is_known`: that it answers alike each time has been seen. Raises `ImportProblem`, also for what the module itself raises."""
    kept = {name: tensor.clone() for name, tensor in inputs.items()}
    recorder, arguments = Recorder(module, opened), binding.arguments(inputs)
    for tensor in inputs.values():
        value = Value.of(tensor, depends_on_input=True)
        recorder._note(tensor, value)
        recorder.recording.inputs.append(value)
    try:
        with torch.no_grad(), _patched(recorder), refused_contexts(user_place), recorder:
            output = module(*arguments.positional, **arguments.keywords)
    except ImportProblem:
        raise
    except Exception as error:
        raise failure(error, inputs, binding) from error
    recorder.recording.output = _map(output, recorder._value)
    recorder.recording.answer = Answer.of(output)
    recorder.watch.need_unchanged()
    if not is_known:
        recorder.watch.need_same(list(named(output, torch.Tensor).values()), lambda: _again(recorder, binding, kept))
    return recorder.recording


def _again(recorder: Recorder, binding: Binding, inputs: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
    arguments = binding.arguments({name: tensor.clone() for name, tensor in inputs.items()})
    noted: list[tuple[str, Asked]] = []
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # a recording does not take it, and it rounds differently
    try:
        with torch.no_grad(), _layers_noted(recorder, noted):
            output = recorder.root(*arguments.positional, **arguments.keywords)
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
    recorder.need_asked(noted)
    return list(named(output, torch.Tensor).values())


@contextmanager
def _layers_noted(recorder: Recorder, noted: list[tuple[str, Asked]]) -> Iterator[None]:
    """Notes what layers the modules are that the recorder took for layers."""
    known = {path for path, _ in recorder.asked}
    original = nn.Module.__call__

    def call(self: nn.Module, *args: Any, **keywords: Any) -> Any:
        path = recorder.paths.get(id(self))
        if path in known and is_layer(self) and _has_tensor((args, keywords)):
            noted.append((path, Asked(layer_type(self), keys(self))))
        return original(self, *args, **keywords)

    nn.Module.__call__ = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]


@contextmanager
def _patched(recorder: Recorder) -> Iterator[None]:
    original, set_attribute = nn.Module.__call__, nn.Module.__setattr__

    def call(self: nn.Module, *args: Any, **keywords: Any) -> Any:
        return recorder.call_module(original, self, args, keywords)

    def noted(self: nn.Module, name: str, value: Any) -> None:
        set_attribute(self, name, value)
        recorder.watch.note_attribute(self, name, user_place)

    nn.Module.__call__, nn.Module.__setattr__ = call, noted  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.__call__, nn.Module.__setattr__ = original, set_attribute  # type: ignore[method-assign]


# Names and places ----------------------------------------------------------------------------------------------------


def short_name(func: Any) -> str:
    """`add` for torch.add, Tensor.add and operator +; a property is its name ("T")."""
    full = resolve_name(func) or getattr(func, "__name__", str(func))
    if full.endswith(".__get__"):
        full = full.removesuffix(".__get__")
    return _CLASHES.get(str(full)) or str(full).rsplit(".", 1)[-1]


_CLASHES = {
    "torch.Tensor.unfold": "unfold_dim", "torch.Tensor.where": "where_of", "torch.embedding": "look_up",
    "torch.batch_norm": "raw_batch_norm", "torch.instance_norm": "raw_instance_norm", "torch.linalg.norm": "linalg_norm",
    "torch.linalg.matrix_norm": "linalg_matrix_norm",
}  # fmt: skip
"""Functions that take other arguments than those of torch.nn.functional that are called the same."""


def user_place() -> str:
    """The line of the model's code that is being run."""
    return running_above(record.__code__)


def _changes_input(name: str, module: nn.Module | None, keywords: dict[str, Any]) -> bool:
    if module is not None:
        return bool(getattr(module, "inplace", False))
    in_place = name.endswith("_") and not name.endswith("__")
    return in_place or bool(keywords.get("inplace")) or name in ("__setitem__", "__iadd__", "__imul__", "__isub__",
                                                                 "__itruediv__", "__iand__", "__ior__")  # fmt: skip


# Nested values -------------------------------------------------------------------------------------------------------


def _map(tree: Any, change: Callable[[torch.Tensor], Any]) -> Any:
    """The tree with its tensors changed; containers of other kinds are kept as they are."""
    if isinstance(tree, torch.Tensor):
        return change(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return {name: _map(item, change) for name, item in zip(tree._fields, tree, strict=True)}
    if isinstance(tree, (tuple, list)) and not isinstance(tree, torch.Size):
        return type(tree)(_map(item, change) for item in tree) if type(tree) in (tuple, list) else tuple(
            _map(item, change) for item in tree)  # fmt: skip
    if isinstance(tree, dict):
        return {key: _map(item, change) for key, item in tree.items()}
    if is_dataclass(tree) and not isinstance(tree, type):
        return {item.name: _map(getattr(tree, item.name), change) for item in fields(tree)}
    return tree


def tensors_in(tree: Any) -> list[torch.Tensor]:
    """The tensors in nested arguments, in order."""
    if isinstance(tree, torch.Tensor):
        return [tree]
    if isinstance(tree, dict):
        return [tensor for item in tree.values() for tensor in tensors_in(item)]
    if isinstance(tree, (tuple, list)):
        return [tensor for item in tree for tensor in tensors_in(item)]
    return []


def _overlap(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether two tensors of the same memory have a number in common."""
    size = a.untyped_storage().nbytes() // a.element_size()
    if a.dtype != b.dtype:
        return True
    touched = torch.zeros(size, dtype=torch.bool)
    touched.as_strided(a.shape, a.stride(), a.storage_offset()).fill_(True)
    return bool(touched.as_strided(b.shape, b.stride(), b.storage_offset()).any())


def _has_tensor(tree: Any) -> bool:
    return bool(tensors_in(tree))


def _fresh(result: Any, taken: set[int]) -> Any:
    """The result with new tensor objects where a function hands back what it was given, so that each is known apart."""
    if isinstance(result, torch.Tensor):
        return torch.ops.aten.alias(result) if id(result) in taken or isinstance(result, nn.Parameter) else result
    if isinstance(result, (tuple, list)) and type(result) in (tuple, list):
        return type(result)(_fresh(item, taken) for item in result)
    return result
