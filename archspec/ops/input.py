"""The network's own inputs as nodes, so that analyses treat every tensor alike. Never written as a `type`."""

from typing import Annotated, Any, ClassVar

from archspec.ops import emission as emit
from archspec.ops.base import DType, Inputs, Op, Outputs, Reaches, Tensor
from archspec.ops.fields import Check


class NetworkInput(Op):
    """A tensor from outside: the batch, then the declared shape."""

    kind: ClassVar = "input"
    arity: ClassVar = (0, 0)

    shape: Annotated[Any, Check("a shape", lambda value: True, {})]
    dtype: Annotated[DType, Check("a dtype", lambda value: True, {})]

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": Tensor(self.shape, self.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        return ()

    def emission(self, inputs: Inputs) -> emit.Emission:
        raise AssertionError("an input is an argument of forward, not a layer")
