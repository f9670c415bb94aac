"""One step of a recurrent layer, for models that write their own loop.
https://docs.pytorch.org/docs/stable/nn.html#recurrent-layers

Counted as the layers are: every matrix product as MACs, one operation for each gate of each unit.
"""

from typing import Annotated, ClassVar

from archspec.dims import Shape, Size, product
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import Everything, Inputs, Op, Outputs, Problem, Reaches, Same, Tensor, per_sample, show_shape
from archspec.ops.fields import Bool, Inferred, Positive, choice
from archspec.ops.formula import Formula, times
from archspec.ops.layout import Laid, fresh
from archspec.ops.order import alike
from archspec.words import counted


class _Cell(Op):
    parameter_names: ClassVar[tuple[str, ...]] = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    example: ClassVar = "hidden_size: 64"
    example_inputs: ClassVar[tuple[str, ...]] = ("[32]",)
    kind: ClassVar = "recurrent"
    positional: ClassVar[tuple[str, ...]] = ("input_size", "hidden_size")
    takes_device: ClassVar = True
    gates: ClassVar[int]
    states: ClassVar[tuple[str, ...]] = ("h",)
    inferred_axes: ClassVar = {"input_size": (0, 1)}

    input_size: Inferred = None
    hidden_size: Positive
    bias: Bool = True
    """whether learned numbers are added before each function of a state"""

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        self.need_rank(inputs[0], (2,), "(N, features)")
        self.need_float(inputs[0])
        return {"input_size": self.need_number(inputs[0].shape[1], "the number of features")}

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        state = Tensor((x.shape[0], self.hidden_size), x.dtype)
        if len(inputs) not in (1, 1 + len(self.states)):
            raise Problem("E0203", f"goes on from {counted(len(self.states), 'state')} ({', '.join(self.states)}), but reads "
                          f"{len(inputs) - 1}", help="name the input alone, or the input and all states")  # fmt: skip
        for i, given in enumerate(inputs[1:], 1):
            same = given.rank == 2 and all(map(assume_equal, given.shape, state.shape))
            if not same or given.dtype != state.dtype:
                raise Problem("E0305", f"goes on from {show_shape(state.shape)}, but gets {show_shape(given.shape)}", input=i,
                              label=f"{show_shape(state.shape)} expected")  # fmt: skip
        return {"output": state} if len(self.states) == 1 else dict.fromkeys(self.states, state)

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        rows = self.gates * self.hidden_size
        found: dict[str, Shape] = {"weight_ih": (rows, inputs[0].shape[1]), "weight_hh": (rows, self.hidden_size)}
        return {**found, "bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else found

    def macs(self, inputs: Inputs) -> Size:
        weights = (product(shape) for name, shape in self.parameters(inputs).items() if name.startswith("weight"))
        return sum(weights, start=0) * per_sample(inputs[0].shape[0])

    def elementwise(self, inputs: Inputs) -> Size:
        return per_sample(inputs[0].shape[0]) * (self.gates * self.hidden_size)

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        return {1: Formula("features", "hidden_size", {"hidden_size": self.hidden_size})}

    def macs_formula(self, inputs: Inputs) -> Formula:
        weights = [times(shape) for name, shape in self.parameters(inputs).items() if name.startswith("weight")]
        samples = per_sample(inputs[0].shape[0])
        letters = {"samples": samples, "weights": " + ".join(weights)}
        return Formula("MACs", "weights" if samples == 1 else "samples·weights", letters)

    def reach(self, inputs: Inputs) -> Reaches:
        return ((Same(0), Everything()),) * len(inputs)

    def emission(self, inputs: Inputs) -> emit.Emission:
        states = tuple(map(emit.Input, range(1, len(inputs))))
        arguments = (emit.Input(0), emit.Several(states)) if len(states) == 2 else (emit.Input(0), *states)
        return emit.Emission(emit.Apply(arguments), self.module(inputs), self.states if len(self.states) > 1 else ())

    no_law: ClassVar = "is computed in one call or in steps, as PyTorch was built, and takes memory accordingly"

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> None:
        return None


class RNNCell(_Cell):
    """h' = tanh(W x + U h + b). Further input: h. https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html"""

    arity: ClassVar = (1, 2)
    gates: ClassVar = 1

    nonlinearity: Annotated[str, choice("tanh", "relu")] = "tanh"


class GRUCell(_Cell):
    """A step of gated recurrent units: reset, update and candidate. Further input: h.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html"""

    arity: ClassVar = (1, 2)
    gates: ClassVar = 3

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """(h − new) · update + new: as the last state and the candidate, which is a part of three that lie side by side."""
        state = operands[1] if len(operands) > 1 else fresh(sizes)
        gate = fresh((sizes[0], 3 * sizes[1])).narrowed(1, 0, sizes[1])
        return alike((state, alike((gate,), sizes)), sizes)


class LSTMCell(_Cell):
    """A step of long short-term memory: outputs `h` and `c`. Further inputs: h and c.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html"""

    arity: ClassVar = (1, 3)
    gates: ClassVar = 4
    states: ClassVar = ("h", "c")
    example_port: ClassVar = "h"
