"""Stochastic depth: residual branches that are left out at random during training.
Huang et al., Deep Networks with Stochastic Depth, 2016, https://arxiv.org/abs/1603.09382"""

from typing import Annotated, ClassVar

from archspec.ops import emission as emit
from archspec.ops.base import Inputs, Op, Outputs, Reaches, pointwise
from archspec.ops.fields import Probability, choice
from archspec.ops.layout import Laid


class StochasticDepth(Op):
    """During training, zeroes a whole sample (`mode: row`) or the whole batch with probability `p`, and divides the others by
    1 - p; in evaluation the input itself. As torchvision.ops.StochasticDepth,
    https://docs.pytorch.org/vision/stable/generated/torchvision.ops.stochastic_depth.html"""

    example: ClassVar = "p: 0.2"
    kind: ClassVar = "dropout"
    keeps_order: ClassVar = True

    p: Probability
    mode: Annotated[str, choice("row", "batch")] = "row"
    """whether each sample is dropped by itself, or the batch as a whole"""

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_float(inputs[0])
        return {"output": inputs[0]}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        return x

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(inputs[0])

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Apply(), emit.Helper("StochasticDepth", (("p", self.p), ("mode", self.mode))))
