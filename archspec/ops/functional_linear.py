"""Linear maps and embeddings whose table is a tensor of the model's own, computed or shared.
https://docs.pytorch.org/docs/stable/nn.functional.html#linear-functions"""

from math import prod
from typing import ClassVar

from archspec.dims import Size
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import ITEM_BYTES, Everything, Inputs, Op, Outputs, Problem, Reach, Same, Tensor, show_shape
from archspec.ops.embedding import Embedding, need_numbers
from archspec.ops.functional import Functional
from archspec.ops.layout import Laid, viewed
from archspec.ops.linear import Linear, map_workspace
from archspec.words import counted


class FunctionalLinear(Functional):
    """out = in · weightᵀ + bias over the last axis, where weight (out, in) and bias (out,) are inputs.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[400]", "{type: Parameter, shape: [10, 400]}")
    kind: ClassVar = "linear"
    arity: ClassVar = (2, 3)
    function: ClassVar = "F.linear"

    def _module(self, inputs: Inputs) -> Op:
        return Linear.model_construct(
            out_features=self.need_number(inputs[1].shape[0], "the number of output features", 1)
        )

    def outputs(self, inputs: Inputs) -> Outputs:
        x, weight = inputs[:2]
        self.need_one_dtype(inputs)
        self.need_rank(weight, (2,), "a weight of (out, in)", 1)
        if not x.rank:
            raise Problem("E0302", "reads features along the last axis, but gets a single number", input=0)
        if not assume_equal(x.shape[-1], weight.shape[1]):
            raise Problem("E0305", f"maps {show_shape(x.shape)} with a weight of {show_shape(weight.shape)}", input=1,
                          label=f"{counted(x.shape[-1], 'column')} expected")  # fmt: skip
        self.need_weight(inputs, 2, (weight.shape[0],))
        return {
            "output": Tensor(
                (*x.shape[:-1], self.need_number(weight.shape[0], "the number of output features", 1)), x.dtype
            )
        }

    def _weight_reach(self, input: int, weight: Tensor, inputs: Inputs) -> tuple[Reach, ...]:
        return (Same(inputs[0].rank - 1), *(Everything(),) * (weight.rank - 1))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int | None:
        """As the layer, where the rows lie one after the other; else it depends on whether the weight is learned."""
        x = laid[0]
        if not (len(x.sizes) <= 2 or x.is_contiguous) and viewed(x, (prod(x.sizes[:-1]), x.sizes[-1])) is None:
            return None
        return map_workspace(x) * ITEM_BYTES[inputs[0].dtype]


class FunctionalEmbedding(Functional):
    """The rows of a table that whole numbers name, (…) → (…, width), where the table (rows, width) is the second input.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html"""

    example_inputs: ClassVar[tuple[str, ...]] = (
        "{shape: [20], dtype: int64}",
        "{type: Parameter, shape: [10000, 128]}",
    )
    kind: ClassVar = "embedding"
    arity: ClassVar = (2, 2)
    function: ClassVar = "F.embedding"

    def _module(self, inputs: Inputs) -> Op:
        rows, width = inputs[1].shape
        return Embedding.model_construct(num_embeddings=self.need_number(rows, "the number of rows", 1),
                         embedding_dim=self.need_number(width, "the width of the table", 1))  # fmt: skip

    def outputs(self, inputs: Inputs) -> Outputs:
        tokens, table = inputs
        need_numbers(tokens)
        self.need_rank(table, (2,), "a table of (rows, width)", 1)
        return {"output": self._module(inputs).outputs((tokens,))["output"]._replace(dtype=table.dtype)}

    def _asked(self, inputs: Inputs) -> tuple[Op, Inputs]:
        return self._module(inputs), inputs[:1]

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        return self._module(inputs).workspace(inputs[:1], laid[:1])

    def _weight_reach(self, input: int, weight: Tensor, inputs: Inputs) -> tuple[Reach, ...]:
        return (Everything(), Same(inputs[0].rank))
