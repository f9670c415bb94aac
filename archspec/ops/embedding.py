"""Embeddings: rows of a learned table, looked up by number.
https://docs.pytorch.org/docs/stable/nn.html#sparse-layers"""

from typing import Annotated, ClassVar

from archspec.dims import Shape, Size
from archspec.ops.base import Inputs, Op, Outputs, Problem, Reaches, Same, Tensor, tensor_bytes
from archspec.ops.fields import AxisOrNull, Bool, Positive, number
from archspec.ops.formula import Formula
from archspec.ops.layout import Laid


class Embedding(Op):
    """The rows of a table that whole numbers name, (…) → (…, embedding_dim). No arithmetic is counted.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html"""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight",)
    example: ClassVar = "num_embeddings: 10000, embedding_dim: 128"
    example_inputs: ClassVar[tuple[str, ...]] = ("{shape: [20], dtype: int64}",)
    kind: ClassVar = "embedding"
    positional: ClassVar[tuple[str, ...]] = ("num_embeddings", "embedding_dim")
    takes_device: ClassVar = True

    num_embeddings: Positive
    """how many words there are"""
    embedding_dim: Positive
    """how many numbers each word becomes"""
    padding_idx: AxisOrNull = None
    """a word whose vector stays 0"""
    max_norm: Annotated[float | None, number().or_null()] = None
    """the length to which longer vectors are shortened; null: none are"""
    norm_type: Annotated[float, number()] = 2.0
    """the order of the norm that max_norm limits; 2: the length"""
    scale_grad_by_freq: Bool = False
    """whether a word's gradient is divided by how often the batch has it"""
    sparse: Bool = False
    """whether gradients are sparse tensors"""

    def check(self) -> None:
        if self.padding_idx is not None and not -self.num_embeddings <= self.padding_idx < self.num_embeddings:
            raise Problem("E0106", f"pads with row {self.padding_idx} of {self.num_embeddings}", field="padding_idx",
                          label=f"from {-self.num_embeddings} to {self.num_embeddings - 1}")  # fmt: skip

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        need_numbers(x)
        return {"output": Tensor((*x.shape, self.embedding_dim), "float32")}

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def zero_rows(self) -> dict[str, int]:
        return {} if self.padding_idx is None else {"weight": self.padding_idx}

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        return {inputs[0].rank: Formula("features", "embedding_dim", {"embedding_dim": self.embedding_dim})}

    def reach(self, inputs: Inputs) -> Reaches:
        return (tuple(Same(axis) for axis in range(inputs[0].rank)),)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """A copy of numbers that do not lie in one row."""
        return 0 if laid[0].is_contiguous else tensor_bytes(inputs[0])


def need_numbers(tokens: Tensor) -> None:
    """Raises unless a tensor can name rows."""
    if tokens.dtype not in ("int64", "int32"):
        raise Problem("E0307", f"looks rows up by whole numbers, but gets {tokens.dtype}", input=0, label="int64 expected",
                      help="let it read whole numbers, such as input: {shape: [T], dtype: int64}")  # fmt: skip
