"""Compares a generated module with the facts it was generated from, layer by layer, on the meta device.

Enters: facts and the generated source. Leaves: differences in plain words; none where all agrees. Every line of every
`forward` is followed, so that functions are compared as well as modules. Imports torch.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from archspec.backends.torch.build import build
from archspec.backends.torch.forward import Step
from archspec.backends.torch.module import Generated
from archspec.dims import BATCH, Shape, substitute, symbols
from archspec.facts.model import Facts, LayerFacts
from archspec.graph import Node, Scope
from archspec.ops.base import Tensor, show_shape

if TYPE_CHECKING:
    import torch
    from torch import nn

_SIZES = (224, 64, 32, 128, 256, 16, 48, 96, 512, 8, 7, 4, 1)
"""What is tried for symbolic sizes, one after the other, until the module computes."""
_BATCH = 2


def verify(facts: Facts, generated: Generated) -> list[str]:
    """How the module differs from what the facts say: parameters, buffers, and each layer's output."""
    try:
        model = build(generated.text, generated.name, device="meta")
    except Exception as error:  # whatever torch raises is what is to be told
        return [f"the module cannot be built: {_first_line(error)}"]
    return [*_compare_tensors(facts, model), *_compare_outputs(facts, generated, model)]


# Parameters and buffers ----------------------------------------------------------------------------------------------


def _compare_tensors(facts: Facts, model: nn.Module) -> Iterator[str]:
    externals = tuple(f"{node.path}." for node in facts.graph.layers if node.op and node.op.kind == "external")
    found = {name: value for name, value in model.named_parameters() if not name.startswith(externals)}
    expected: dict[str, tuple[Shape, bool]] = {}
    stored: dict[str, Tensor] = {}
    for node in facts.graph.layers:
        record = facts.of(node)
        for name, shape in (record.own_parameters or {}).items():
            expected[_join(node.path, name)] = (shape, not node.freezes(name))
        stored.update((_join(node.path, name), tensor) for name, tensor in (record.buffer_tensors or {}).items())
    for name, (shape, trains) in expected.items():
        if name not in found:
            yield f"{name} is not among the module's parameters"
            continue
        if tuple(found[name].shape) != shape:
            yield f"{name} is {show_shape(tuple(found[name].shape))} in the module, {show_shape(shape)} in the spec"
        if found[name].requires_grad != trains:
            yield f"{name} {'trains' if found[name].requires_grad else 'does not train'} in the module"
    for name in found.keys() - expected.keys():
        yield f"{name} is a parameter of the module that the spec does not have"
    yield from _compare_buffers(model, stored, externals)
    total = sum(parameter.numel() for parameter in model.parameters())
    if isinstance(facts.totals.params, int) and total != facts.totals.params:
        yield f"the module has {total:,} parameters, the spec {facts.totals.params:,}"


def _compare_buffers(model: nn.Module, stored: dict[str, Tensor], externals: tuple[str, ...]) -> Iterator[str]:
    kept = model.state_dict().keys()
    found = {name: value for name, value in model.named_buffers() if name in kept and not name.startswith(externals)}
    for name, tensor in stored.items():
        if name not in found:
            yield f"{name} is not among the module's buffers"
        elif _seen(found[name]) != (tensor.shape, tensor.dtype):
            yield f"{name} is {_shown(_seen(found[name]))} in the module, {_shown(tensor)} in the spec"
    for name in found.keys() - stored.keys():
        yield f"{name} is a buffer of the module that the spec does not have"


# Outputs -------------------------------------------------------------------------------------------------------------


def _compare_outputs(facts: Facts, generated: Generated, model: nn.Module) -> Iterator[str]:
    names = {BATCH}
    for node in facts.graph.inputs:
        for tensor in (facts.of(node).outputs or {}).values():
            names |= {name for size in tensor.shape for name in symbols(size)}
    problem = ""
    for size in _SIZES if len(names) > 1 else _SIZES[:1]:
        values = dict.fromkeys(names, size) | {BATCH: _BATCH}
        watch = _Watch(facts, generated, model)
        try:
            watch.run([_zeros(facts.of(node), values) for node in facts.graph.inputs])
        except Exception as error:  # as above
            problem = problem or f"the module does not compute: {_first_line(error)}"
            continue
        yield from _differences(facts, watch.seen, values)
        return
    yield problem


def _zeros(record: LayerFacts, values: dict[str, int]) -> torch.Tensor:
    import torch

    (tensor,) = (record.outputs or {}).values()
    sizes = [int(str(substitute(size, values))) for size in tensor.shape]
    return torch.zeros(sizes, dtype=getattr(torch, tensor.dtype), device="meta")


def _differences(facts: Facts, seen: dict[tuple[str, str], tuple[Shape, str]], values: dict[str, int]) -> Iterator[str]:
    computed = {path for path, _ in seen}
    for node in facts.graph.layers:
        outputs = facts.of(node).outputs or {}
        for port, tensor in outputs.items():
            got = seen.get((node.path, port))
            want = (tuple(substitute(size, values) for size in tensor.shape), tensor.dtype)
            if got is not None and got != want:
                where = node.path if len(outputs) == 1 else f"{node.path}.{port}"
                yield f"{where} gives {_shown(got)} in the module, {_shown(want)} in the spec"
        if node.path not in computed and not _is_tensor(node):
            yield f"{node.path} was not computed"


def _is_tensor(node: Node) -> bool:
    return node.op is not None and node.op.kind == "value"


class _Watch:
    """Runs a module and keeps the shape and dtype of what each layer gave."""

    def __init__(self, facts: Facts, generated: Generated, model: nn.Module) -> None:
        self.model = model
        self.seen: dict[tuple[str, str], tuple[Shape, str]] = {}
        self.steps = _steps_by_code(generated, model)
        self.paths = {id(module): path for path, module in model.named_modules()}
        self.uses: dict[str, list[str]] = {}
        self.calls: dict[str, int] = {}
        self.first: dict[str, str] = {}
        self.has_training = any(node.train_only for node in facts.graph.nodes)
        self._find_uses(facts, facts.graph.root)

    def _find_uses(self, facts: Facts, root: Scope) -> None:
        """For each module, the paths that its calls stand for, in the order of the calls."""
        for node in facts.graph.layers:
            first = node.path if node.shares is None else facts.graph.nodes[node.shares].path
            self.uses.setdefault(first, []).append(node.path)
        scopes = [root]
        while scopes:
            scope = scopes.pop()
            first = scope.path if scope.shares is None else scope.shares.path
            self.uses.setdefault(first, []).append(scope.path)
            self.first[scope.path] = first
            scopes += reversed([member for member in scope.members if isinstance(member, Scope)])

    def run(self, inputs: list[torch.Tensor]) -> None:
        """Computes once in evaluation mode."""
        import torch

        hooks = [module.register_forward_hook(self._hook) for module in self.model.modules()]
        self.model.train(self.has_training)  # what is computed in training only is followed too
        try:
            with torch.no_grad(), _traced(self._trace):
                self.model(*inputs)
        finally:
            for hook in hooks:
                hook.remove()

    def _hook(self, module: nn.Module, arguments: object, result: object) -> None:
        import torch

        path = self.paths[id(module)]
        if isinstance(result, torch.Tensor) and path in self.uses:
            self.seen.setdefault((self._use(f"hook {path}", path), "output"), _seen(result))

    def _use(self, counter: str, path: str) -> str:
        """The path that this call of a module stands for."""
        number = self.calls.get(counter, 0)
        self.calls[counter] = number + 1
        uses = self.uses.get(path, [path])
        return uses[min(number, len(uses) - 1)]

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        steps = self.steps.get(frame.f_code)
        if event != "call" or steps is None:
            return None
        path = self.paths.get(id(frame.f_locals.get("self")), "")
        prefix = self._use(f"call {path}", path)
        current: Step | None = None

        def follow(inner: FrameType, event: str, argument: object) -> Any:
            nonlocal current
            step = steps.get(inner.f_lineno) if event == "line" else None
            if event in ("line", "return") and step is not current:
                if current is not None:
                    self._keep(prefix, current, inner.f_locals)
                current = step
            return follow

        return follow

    def _keep(self, prefix: str, step: Step, variables: dict[str, Any]) -> None:
        import torch

        whole = [variables.get(assigned.variable) for assigned in step.assigned]
        if len({assigned.variable for assigned in step.assigned}) < len(whole):  # one variable holds a whole result
            whole = _tensors(whole[0])
        for value, assigned in zip(whole, step.assigned, strict=False):
            path = self._path(prefix, assigned.layers)
            if isinstance(value, torch.Tensor) and path is not None:
                self.seen[path, assigned.port] = _seen(value)

    def _path(self, prefix: str, layers: Mapping[str, str]) -> str | None:
        """The layer in the scope at this path; for a scope that is another's second use, as in the first."""
        if prefix in layers:
            return layers[prefix]
        first = self.first.get(prefix)
        if first is None or first not in layers:
            return None
        return prefix + layers[first].removeprefix(first)


def _tensors(value: Any) -> list[Any]:
    """The tensors of nested tuples, in order."""
    return [item for part in value for item in _tensors(part)] if isinstance(value, (tuple, list)) else [value]


def _steps_by_code(generated: Generated, model: nn.Module) -> dict[CodeType, dict[int, Step]]:
    """The steps of each `forward`, by line."""
    found: dict[CodeType, dict[int, Step]] = {}
    for module in model.modules():
        steps = generated.steps.get(type(module).__name__)
        if steps and type(module).__module__ == type(model).__module__:
            code = type(module).forward.__code__
            found[code] = {line: step for step in steps for line in range(step.first, step.last + 1)}
    return found


@contextmanager
def _traced(function: Any) -> Iterator[None]:
    """Python's tracing, for as long as the block runs."""
    before = sys.gettrace()
    sys.settrace(function)
    try:
        yield
    finally:
        sys.settrace(before)


def _seen(value: torch.Tensor) -> tuple[Shape, str]:
    return tuple(value.shape), str(value.dtype).removeprefix("torch.")


def _shown(tensor: tuple[Shape, str]) -> str:
    return f"{show_shape(tensor[0])} {tensor[1]}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"
