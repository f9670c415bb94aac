"""Follows a generated module as it computes: what each layer gave, by the layer's path and port.

Enters: facts, the generated source, the module, and what to note of a tensor. Leaves: notes. Every line of every `forward` is
followed, so that functions are seen as well as modules. Imports torch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from archspec.backends.torch.forward import Step
from archspec.backends.torch.module import Generated
from archspec.facts.model import Facts
from archspec.graph import Scope

if TYPE_CHECKING:
    import torch
    from torch import nn

Note = TypeVar("Note")


class Watch(Generic[Note]):
    """Runs a module once and keeps a note of what each layer gave."""

    def __init__(
        self, facts: Facts, generated: Generated, model: nn.Module, note: Callable[[torch.Tensor], Note]
    ) -> None:
        self.model = model
        self.note = note
        self.seen: dict[tuple[str, str], Note] = {}
        self.steps = _steps_by_code(generated, model)
        self.paths = {id(module): path for path, module in model.named_modules()}
        self.uses: dict[str, list[str]] = {}
        self.calls: dict[str, int] = {}
        self.first: dict[str, str] = {}
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

    def run(self, inputs: Sequence[torch.Tensor], training: bool) -> Any:
        """Computes once, in training or in evaluation; what comes out."""
        import torch

        hooks = [module.register_forward_hook(self._hook) for module in self.model.modules()]
        self.model.train(training)
        try:
            with torch.no_grad(), _traced(self._trace):
                return self.model(*inputs)
        finally:
            for hook in hooks:
                hook.remove()

    def _hook(self, module: nn.Module, arguments: object, result: object) -> None:
        import torch

        path = self.paths[id(module)]
        if isinstance(result, torch.Tensor) and path in self.uses:
            self.seen.setdefault((self._use(f"hook {path}", path), "output"), self.note(result))

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
                self.seen[path, assigned.port] = self.note(value)

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
