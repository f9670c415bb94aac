"""The names of generated code. Enters: names that a spec has; leaves: identifiers that shadow nothing.

Each scope of the code has one `Allocator`: the module (imports and classes), a class (attributes), a constructor (parameters
and local variables), a `forward` (inputs and local variables).
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterable

from archspec.document.names import why_no_layer_name

BUILTINS = frozenset(dir(builtins))
CALLED = frozenset(
    """OrderedDict ValueError abs dict float getattr int isinstance len max min range round setattr str sum super tuple""".split()
)
"""What generated code calls by a bare name, beside classes."""
IMPORTED = frozenset({"Any", "F", "OrderedDict", "Tensor", "math", "nn", "torch"})
MAIN, BESIDE = "x", "out"
CHAIN = (MAIN, BESIDE, "y", "z")
"""Variables that a chain of layers goes through: `out` what comes of `x` while that is still needed, as in a residual block."""
RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *BUILTINS, *IMPORTED, "self", "_"})
"""What no local variable is called."""
OF_CONSTRUCTORS = frozenset({"device", "dtype", "kwargs", "i"})
"""Parameters and variables of constructors, which call classes."""
_OF_METHODS = frozenset({"reset_parameters", "apply_constraints"})
_NEEDED = CALLED | IMPORTED | {"self", *keyword.kwlist}
"""What `forward` needs by these names; other names of inputs stay as they are."""


def underscored(name: str) -> str:
    """The name with an underscore for each character that an identifier cannot hold."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def identifier(name: str) -> str:
    """The name as an identifier."""
    text = underscored(name)
    return f"x{text}" if text[:1].isdigit() else text


def free(name: str, taken: Collection[str]) -> str:
    """The name, or the first with a number that is not taken."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


class Allocator:
    """The names in use in one scope."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def take(self, name: str, otherwise: str = "") -> str:
        """A name that nothing else in the scope has: this one, or with this ending, or numbered."""
        found = identifier(name)
        if found in self.taken:
            found = free(f"{found}{otherwise}", self.taken)
        self.taken.add(found)
        return found


class Locals(Allocator):
    """The names in one `forward`."""

    def __init__(self) -> None:
        super().__init__(RESERVED | {*CHAIN})

    def parameters(self, inputs: list[str]) -> list[str]:
        """The names of the function's own arguments; an input called `input` is `x`, as usual."""
        own = Allocator(_NEEDED)
        own.taken.update(name for name in inputs if name not in _NEEDED)
        found = ["x" if name == "input" and "x" not in inputs else
                 own.take(name, "_") if name in _NEEDED else name for name in inputs]  # fmt: skip
        self.taken.update(found)
        return found

    def variable(self, name: str) -> str:
        """A new variable for the tensor of this name."""
        return self.take(name, "_out")


def constructor_names(members: Iterable[str], classes: Iterable[str]) -> Allocator:
    """The scope of a constructor. Parameters bear the names of no members, so that neither is taken for the other."""
    return Allocator(RESERVED | OF_CONSTRUCTORS | {*_roots(members), *classes})


def attribute_names(members: Iterable[str]) -> Allocator:
    """The scope of a class's attributes: what modules have, and its members."""
    return _Attributes(_OF_METHODS | {*_roots(members)})


class _Attributes(Allocator):
    def take(self, name: str, otherwise: str = "") -> str:
        text = identifier(name)
        return super().take(f"{text}_" if why_no_layer_name(text) is not None else text, otherwise)


def _roots(members: Iterable[str]) -> set[str]:
    """The attributes that members are, or stand in: `norms` of `norms.0`."""
    return {name.partition(".")[0] for name in members}


def attribute(owner: str, name: str) -> str:
    """How an attribute is read: numbers are names that `nn.Module` has, but Python's syntax has not."""
    container, dot, item = name.rpartition(".")
    if dot and container.isidentifier():
        return f'{owner}.{container}["{item}"]'
    if dot:  # what type checkers take for any module has no items
        return f'getattr({attribute(owner, container)}, "{item}")'
    return f"{owner}.{name}" if name.isidentifier() else f'getattr({owner}, "{name}")'


def class_name(*parts: str) -> str:
    """A class name of the parts, each of them an identifier or a number: `AlexNet`, `layer1`, `0` → `AlexNetLayer1_0`."""
    text = ""
    for part in parts:
        words = "".join(word[:1].upper() + word[1:] for word in part.split("_"))
        text += f"_{words}" if text[-1:].isdigit() and words[:1].isdigit() else words
    return text
