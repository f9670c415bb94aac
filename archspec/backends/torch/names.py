"""The names of local variables. Enters: names of layers and inputs; leaves: identifiers that shadow nothing."""

from __future__ import annotations

import builtins
import keyword

BUILTINS = frozenset(dir(builtins))
CHAIN = ("x", "y", "z")
"""Variables that a chain of layers goes through."""

_RESERVED = frozenset(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *BUILTINS,
        *CHAIN,
        "torch",
        "nn",
        "F",
        "self",
        "Tensor",
        "Any",
        "OrderedDict",
    }
)
_CALLED = frozenset({"getattr", "float", "torch", "nn", "F", "self", "Tensor"})
"""What `forward` needs by these names; other names of inputs stay as they are."""


class Locals:
    """The names in use in one function."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def parameters(self, inputs: list[str]) -> list[str]:
        """The names of the function's own arguments; an input called `input` is `x`, as usual."""
        names = ["x" if name == "input" and "x" not in inputs else name for name in inputs]
        found = [f"{name}_" if name in _CALLED else name for name in names]
        self.taken.update(found)
        return found

    def variable(self, name: str) -> str:
        """A new variable for the tensor of this name."""
        name = name.replace("-", "_").replace(".", "_")
        found = self._free(f"x{name}" if name[0].isdigit() else name)
        self.taken.add(found)
        return found

    def _free(self, name: str) -> str:
        if name not in _RESERVED and name not in self.taken:
            return name
        candidate, number = f"{name}_out", 2
        while candidate in self.taken:
            candidate, number = f"{name}_out{number}", number + 1
        return candidate


def attribute(owner: str, name: str) -> str:
    """How an attribute is read: numbers are names that `nn.Module` has, but Python's syntax has not."""
    container, dot, item = name.partition(".")
    if dot:
        return f'{owner}.{container}["{item}"]'
    return f"{owner}.{name}" if name.isidentifier() else f'getattr({owner}, "{name}")'


def class_name(*parts: str) -> str:
    """A class name of the parts, each of them an identifier or a number: `AlexNet`, `layer1`, `0` → `AlexNetLayer1_0`."""
    text = ""
    for part in parts:
        words = "".join(word[:1].upper() + word[1:] for word in part.split("_"))
        text += f"_{words}" if text[-1:].isdigit() and words[:1].isdigit() else words
    return text
