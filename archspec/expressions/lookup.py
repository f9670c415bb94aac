"""What the names of an expression are worth. Enters: an environment; leaves: values, or a `Fault`."""

from __future__ import annotations

from itertools import islice

from archspec.diagnostics.nearest import Near, find_near
from archspec.expressions.environment import Environment
from archspec.expressions.tree import Fault, Name, ShapeOf
from archspec.expressions.value import Symbol, Unknown, Value


class NotKnown(Exception):
    """The expression reads a value that is in error."""


_CHANNELS = (
    "inplanes",
    "inchannels",
    "inch",
    "inc",
    "cin",
    "nin",
    "infilters",
    "inputchannels",
    "channelsin",
    "inchans",
)
_FEATURES = ("infeatures", "indim", "inputdim", "inputsize", "dimin")


class Lookup:
    """The names of an environment, as `evaluate` asks for them."""

    def __init__(self, environment: Environment) -> None:
        self.names = environment.names
        self.inputs = environment.inputs
        self.shape = environment.shape
        self.around = environment.around

    def __call__(self, name: Name | ShapeOf) -> Value:
        """The value of a name. Raises Fault, or NotKnown."""
        if isinstance(name, ShapeOf):
            return self._shape(name)
        if name.name not in self.names:
            near = self._channels(name.name) or find_near(name.name, self.names)
            listed = ", ".join(islice(self.names, 8))
            known = f"the names here are {listed}" if listed else "there are no names here; args: and let: give some"
            if near is None and name.name in self.around:
                known = _of_the_network(name.name)
            raise Fault("E0502", f"there is no value called {name.name} here", name.position,
                        f"did you mean {near.name}?" if near else known, near)  # fmt: skip
        value = self.names[name.name]
        if isinstance(value, Unknown):
            raise NotKnown
        return value

    def _channels(self, name: str) -> Near | None:
        """What a name stands for that is given for the channels, or features, of what is read: `in_planes`, as blocks in PyTorch
        have it."""
        own = name.lower().replace("_", "")
        axis = "1" if own in _CHANNELS else "-1" if own in _FEATURES else ""
        inputs = list(self.inputs)
        return Near(f"{inputs[0]}.shape[{axis}]", False) if axis and len(inputs) == 1 else None

    def _shape(self, name: ShapeOf) -> Value:
        if name.name not in self.inputs:
            way = f"in a group with inputs: [x, like], whose from ends with {name.name}, write like.shape"
            raise Fault("E0502", f"{name.name} is no input of this scope", name.position,
                        f"only inputs have .shape here; {way}")  # fmt: skip
        shape = self.shape(name.name)
        if shape is None:
            raise NotKnown
        return tuple(size if isinstance(size, int) else Symbol(min(size.symbols())) for size in shape)


def _of_the_network(name: str) -> str:
    return (
        f"{name} is a value of the network, and a block sees only its own: write {name}: int under the block's args:, "
        f'and {name}: "${{{name}}}" where it is used'
    )
