"""What the functional forms share: ops of `torch.nn.functional` whose weights are tensors that a model computes or shares.

Enters: the tensor, then the weights. Leaves: what the module of the same name gives. Each asks that module for shapes, MACs and
reach, so nothing is said twice; parameters it has none of its own.
"""

from typing import ClassVar

from archspec.dims import Size
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import Everything, Inputs, Op, Outputs, Problem, Reach, Reaches, Same, Tensor, show_shape
from archspec.ops.formula import Formula


class Functional(Op):
    """A function of a tensor and weights. Subclasses give `_module`, the module that has such weights."""

    function: ClassVar[str]
    weights: ClassVar[tuple[str, ...]] = ("weight", "bias")
    """What the inputs after the first are."""

    def _module(self, inputs: Inputs) -> Op:
        """The module whose weights have the shapes of these inputs. Raises where no module has such weights."""
        raise NotImplementedError(type(self).__name__)

    def _asked(self, inputs: Inputs) -> tuple[Op, Inputs]:
        """The module and its input, of the dtype that modules have."""
        return self._module(inputs), (inputs[0]._replace(dtype="float32"),)

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_one_dtype(inputs)
        module, x = self._asked(inputs)
        module.check_axes()
        module.check()
        module.resolve(x)
        return {"output": module.outputs(x)["output"]._replace(dtype=inputs[0].dtype)}

    def macs(self, inputs: Inputs) -> Size | None:
        module, x = self._asked(inputs)
        return module.macs(x)

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        module, x = self._asked(inputs)
        return module.size_formulas(x)

    def macs_formula(self, inputs: Inputs) -> Formula | None:
        module, x = self._asked(inputs)
        return module.macs_formula(x)

    def elementwise(self, inputs: Inputs) -> Size | None:
        module, x = self._asked(inputs)
        return module.elementwise(x)

    def reach(self, inputs: Inputs) -> Reaches | None:
        module, x = self._asked(inputs)
        own = module.reach(x)
        if own is None:
            return None
        return (own[0], *(self._weight_reach(i, tensor, inputs) for i, tensor in enumerate(inputs[1:], 1)))

    def _weight_reach(self, input: int, weight: Tensor, inputs: Inputs) -> tuple[Reach, ...]:
        """How outputs depend on a weight; here the channels of its first axis are those of the output's second."""
        return (Same(1), *(Everything(),) * (weight.rank - 1))

    def emission(self, inputs: Inputs) -> emit.Emission:
        tensors = tuple(emit.Input(i) for i in range(len(inputs)))
        return emit.Emission(emit.Call(self.function, tensors, emit.keywords(**self.options())))

    # Checks ------------------------------------------------------------------------------------------------------

    def need_one_dtype(self, inputs: Inputs) -> None:
        """Raises unless all tensors are floats of one kind."""
        for i, tensor in enumerate(inputs):
            self.need_float(tensor, i)
            if tensor.dtype != inputs[0].dtype:
                raise Problem("E0307", f"computes with tensors of one dtype, but gets {inputs[0].dtype} and {tensor.dtype}",
                              input=i, label=f"{inputs[0].dtype} expected")  # fmt: skip

    def need_weight(self, inputs: Inputs, input: int, shape: tuple[Size, ...]) -> None:
        """Raises unless an input is there and has this shape, or there is none."""
        if input >= len(inputs):
            return
        have, what = inputs[input].shape, self.weights[input - 1]
        if len(have) != len(shape) or not all(assume_equal(a, b) for a, b in zip(have, shape, strict=True)):
            raise Problem("E0305", f"has a {what} of {show_shape(have)}, where {show_shape(shape)} is needed", input=input,
                          label=f"{show_shape(shape)} expected")  # fmt: skip
