"""How a module answers otherwise than its spec's module. Enters: the answer of a run; leaves: what is said of the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any

import torch

from archspec.document.tree import clip
from archspec.verification.calling import others
from archspec.words import counted, listed

_MAX_NAMED = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """How a module hands out its tensors, and what else it does."""

    kind: str = ""
    """What holds the tensors otherwise than a tuple with one item each, or nothing where there is one; else empty."""
    left_out: tuple[str, ...] = ()
    """What is no tensor, by its name, with what it is: `loss (None)`."""

    @classmethod
    def of(cls, answer: Any) -> Answer:
        """That of a run."""
        return cls(_kind(answer), tuple(f"{name} ({_what(one)})" for name, one in others(answer, torch.Tensor).items()))

    def said(self, outputs: Sequence[str]) -> list[str]:
        """The differences from the compiled module, whose outputs have these names."""
        said = []
        if self.kind and len(outputs) == 1:
            said.append(f"returns a {self.kind}; the compiled module returns its only tensor, {outputs[0]}")
        elif self.kind and self.kind not in ("tuple", "list"):
            said.append(
                f"returns a {self.kind}; the compiled module returns a tuple in this order: {', '.join(outputs)}"
            )
        if self.left_out:
            more = len(self.left_out) - _MAX_NAMED
            named = [*self.left_out[:_MAX_NAMED], *([counted(more, "more value")] if more > 0 else [])]
            said.append(
                f"returns {clip(listed(named))} too; the compiled module returns tensors alone, and leaves this out"
            )
        return said


def _kind(answer: Any) -> str:
    if isinstance(answer, Mapping):
        return "mapping"
    if is_dataclass(answer) or hasattr(answer, "_fields"):
        return type(answer).__name__
    if not isinstance(answer, (tuple, list)):
        return ""
    kind = "tuple" if isinstance(answer, tuple) else "list"
    is_nested = any(isinstance(one, (tuple, list, Mapping)) or is_dataclass(one) for one in answer)
    return f"{kind} with others in it" if is_nested else kind


def _what(one: Any) -> str:
    return "None" if one is None else type(one).__name__
