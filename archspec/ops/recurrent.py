"""Recurrent layers: a state that is carried from one time step to the next.
https://docs.pytorch.org/docs/stable/nn.html#recurrent-layers

Counted as MACs: every matrix product of every time step, layer and direction. The gates' activations are elementwise.
"""

from typing import Annotated, ClassVar

from archspec.dims import Shape, Size, product
from archspec.ops import emission as emit
from archspec.ops.base import (
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    UpTo,
    per_sample,
    show_shape,
)
from archspec.ops.fields import Bool, Inferred, NotNegative, Positive, Probability, choice, integer
from archspec.ops.formula import MAX_FACTORS, Formula, times
from archspec.ops.intervals import whole
from archspec.ops.layout import Laid, fresh
from archspec.ops.reading import Asked, Box, Lost, Read, all_of
from archspec.words import counted

Layers = Annotated[int, integer(1, 1000)]


class _Recurrent(Op):
    parameter_names: ClassVar[tuple[str, ...]] = (
        "weight_ih_l0",
        "weight_hh_l0",
        "bias_ih_l0",
        "bias_hh_l0",
        "weight_ih_l0_reverse",
        "weight_hh_l0_reverse",
        "bias_ih_l0_reverse",
        "bias_hh_l0_reverse",
    )
    example: ClassVar = "hidden_size: 64, batch_first: true"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20, 32]",)
    kind: ClassVar = "recurrent"
    positional: ClassVar[tuple[str, ...]] = ("input_size", "hidden_size")
    takes_device: ClassVar = True
    gates: ClassVar[int]
    """How many linear maps of input and state a step has."""
    states: ClassVar[tuple[str, ...]] = ("h",)
    inferred_axes: ClassVar = {"input_size": (0, 2)}

    input_size: Inferred = None
    hidden_size: Positive
    num_layers: Layers = 1
    """how many layers are stacked"""
    bias: Bool = True
    """whether learned numbers are added before each function of a state"""
    batch_first: Bool = False
    dropout: Probability = 0.0
    bidirectional: Bool = False
    """whether the sequence is read from both ends"""

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _projected(self) -> int:
        """The size of what a direction gives on."""
        return getattr(self, "proj_size", 0) or self.hidden_size

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        x = inputs[0]
        self.need_rank(x, (3,), "(N, T, features)" if self.batch_first else "(T, N, features)")
        self.need_float(x)
        return {"input_size": self.need_number(x.shape[2], "the number of features")}

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        batch = x.shape[0 if self.batch_first else 1]
        output = Tensor((*x.shape[:2], self._directions * self._projected), x.dtype)
        stacked = self.num_layers * self._directions
        sizes = {"h": self._projected, "c": self.hidden_size}
        states = {name: Tensor((stacked, batch, sizes[name]), x.dtype) for name in self.states}
        self._check_states(inputs, states)
        return {"output": output, **states}

    def arithmetic(self, inputs: Inputs) -> str:
        return f"2 directions × {self._projected} = {2 * self._projected}" if self.bidirectional else ""

    def _check_states(self, inputs: Inputs, states: Outputs) -> None:
        if len(inputs) not in (1, 1 + len(self.states)):
            raise Problem("E0203", f"starts from {counted(len(self.states), 'state')} ({', '.join(self.states)}), but reads "
                          f"{len(inputs) - 1}", help="name the input alone, or the input and all states")  # fmt: skip
        for i, (given, (name, state)) in enumerate(zip(inputs[1:], states.items(), strict=False), start=1):
            if given != state:
                raise Problem("E0305", f"starts from a {name} of {show_shape(state.shape)}, but gets {show_shape(given.shape)}",
                              input=i, label=f"{show_shape(state.shape)} expected")  # fmt: skip

    def _maps(self, inputs: Inputs) -> list[tuple[str, Shape]]:
        """The parameters of all layers and directions, in PyTorch's order."""
        found: list[tuple[str, Shape]] = []
        rows = self.gates * self.hidden_size
        for layer in range(self.num_layers):
            width = inputs[0].shape[2] if layer == 0 else self._directions * self._projected
            for direction in ("", "_reverse")[: self._directions]:
                end = f"_l{layer}{direction}"
                found += [(f"weight_ih{end}", (rows, width)), (f"weight_hh{end}", (rows, self._projected))]
                if self.bias:
                    found += [(f"bias_ih{end}", (rows,)), (f"bias_hh{end}", (rows,))]
                if getattr(self, "proj_size", 0):
                    found.append((f"weight_hr{end}", (self._projected, self.hidden_size)))
        return found

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        return dict(self._maps(inputs))

    def _steps(self, inputs: Inputs) -> Size:
        return per_sample(product(inputs[0].shape[:2]))

    def macs(self, inputs: Inputs) -> Size:
        weights = [product(shape) for name, shape in self._maps(inputs) if name.startswith("weight")]
        return sum(weights, start=0) * self._steps(inputs)

    def elementwise(self, inputs: Inputs) -> Size:
        """One operation for each gate of each unit and step."""
        return self._steps(inputs) * (self.gates * self.hidden_size * self.num_layers * self._directions)

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        name = "proj_size" if getattr(self, "proj_size", 0) else "hidden_size"
        letters = {"directions": self._directions, name: self._projected}
        return {2: Formula("features", f"directions·{name}" if self.bidirectional else name, letters)}

    def macs_formula(self, inputs: Inputs) -> Formula | None:
        weights = [times(shape) for name, shape in self._maps(inputs) if name.startswith("weight")]
        letters = {"steps": self._steps(inputs), "weights": " + ".join(weights)}
        return Formula("MACs", "steps·weights", letters) if len(weights) <= MAX_FACTORS else None

    def reach(self, inputs: Inputs) -> Reaches:
        batch, steps = (0, 1) if self.batch_first else (1, 0)
        time: Reach = Everything() if self.bidirectional else UpTo(steps, "a step sees all steps before it")
        axes: list[Reach] = [Everything()] * 3
        axes[batch], axes[steps] = Same(batch), time
        states = tuple((Everything(), Same(batch), Everything()) for _ in inputs[1:])
        return (tuple(axes), *states)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """The last state has seen all steps; in a single layer, a direction's own features have seen those of one side."""
        batch, steps = (0, 1) if self.batch_first else (1, 0)
        box, size = asked.box, inputs[0].shape[steps]
        samples, time = box[batch if asked.port == "output" else 1], all_of(size)
        features, own = box[2], box[steps]
        if (
            asked.port == "output"
            and not isinstance(features, Lost)
            and not isinstance(own, Lost)
            and isinstance(size, int)
        ):
            one_way = not self.bidirectional or self.num_layers == 1
            if one_way and features[-1][1] < self._projected:
                time = whole(own[-1][1] + 1)
            elif one_way and features[0][0] >= self._projected:
                time = ((own[0][0], size - 1),)
        read = [all_of(size) for size in inputs[0].shape]
        read[batch], read[steps] = samples, time
        states: list[list[Box]] = [[(all_of(state.shape[0]), samples, all_of(state.shape[2]))] for state in inputs[1:]]
        return ([tuple(read)], *states)

    def lays_out(self, inputs: Inputs) -> int | None:
        """The features of the two directions, which have seen the steps on one side each."""
        return 2 if self.bidirectional and self.num_layers == 1 else None

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """Time comes first in memory."""
        is_turned = self.batch_first and port == "output"
        return fresh((sizes[1], sizes[0], sizes[2])).picked((1, 0, 2)) if is_turned else fresh(sizes)

    def emission(self, inputs: Inputs) -> emit.Emission:
        ports: emit.Ports = ("output", "h") if self.states == ("h",) else ("output", self.states)
        arguments: tuple[emit.Expression, ...] = (emit.Input(0),)
        if len(inputs) == 2:
            arguments = (emit.Input(0), emit.Input(1))
        elif len(inputs) == 3:
            arguments = (emit.Input(0), emit.Several((emit.Input(1), emit.Input(2))))
        return emit.Emission(emit.Apply(arguments), self.module(inputs), ports)

    no_law: ClassVar = "is computed in one call or step by step, as PyTorch was built, and takes memory accordingly"

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> None:
        return None


class RNN(_Recurrent):
    """h_t = tanh(W x_t + U h_{t−1} + b). Further input: the first h.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html"""

    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    gates: ClassVar[int] = 1

    nonlinearity: Annotated[str, choice("tanh", "relu")] = "tanh"


class GRU(_Recurrent):
    """Gated recurrent units: reset, update and candidate. Further input: the first h.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html"""

    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    gates: ClassVar[int] = 3


class LSTM(_Recurrent):
    """Long short-term memory: input, forget, cell and output gates. Further inputs: the first h and c.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html"""

    parameter_names: ClassVar[tuple[str, ...]] = (*_Recurrent.parameter_names, "weight_hr_l0", "weight_hr_l0_reverse")
    arity: ClassVar[tuple[int, int | None]] = (1, 3)
    gates: ClassVar[int] = 4
    states: ClassVar[tuple[str, ...]] = ("h", "c")

    proj_size: NotNegative = 0
    """how many numbers the output is projected to; 0: no projection"""

    def check(self) -> None:
        if self.proj_size >= self.hidden_size:
            raise Problem("E0106", f"projects {counted(self.hidden_size, 'hidden unit')} to {self.proj_size}", field="proj_size",
                          label=f"at most {self.hidden_size - 1}")  # fmt: skip
