"""Attention: softmax(Q·Kᵀ / sqrt(d)) · V. Vaswani et al., "Attention Is All You Need", 2017.

Counted as MACs: the projections, and the two products of attention. The softmax is elementwise, one operation a score.
"""

from typing import ClassVar

from archspec.dims import Shape, Size, product
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import (
    ITEM_BYTES,
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reaches,
    Same,
    Tensor,
    per_sample,
    show_shape,
)
from archspec.ops.divisors import undivided
from archspec.ops.fields import Bool, Inferred, Positive, Probability
from archspec.ops.formula import Formula
from archspec.ops.layout import Laid, fresh
from archspec.ops.reading import Asked, Read, all_of
from archspec.words import counted


class MultiheadAttention(Op):
    """Attention of a query to keys and values, in several heads, between linear maps. Reads query, key and value, or one
    tensor for all three. https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html"""

    parameter_names: ClassVar[tuple[str, ...]] = (
        "in_proj_weight",
        "q_proj_weight",
        "k_proj_weight",
        "v_proj_weight",
        "in_proj_bias",
        "bias_k",
        "bias_v",
        "out_proj.weight",
        "out_proj.bias",
    )
    example: ClassVar = "num_heads: 4, batch_first: true"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20, 64]",)
    kind: ClassVar = "attention"
    arity: ClassVar[tuple[int, int | None]] = (1, 3)
    positional: ClassVar[tuple[str, ...]] = ("embed_dim", "num_heads")
    starts: ClassVar = {"in_proj_bias": 0.0, "out_proj.bias": 0.0}
    takes_device: ClassVar = True
    inferred_axes: ClassVar = {"embed_dim": (0, 2), "kdim": (1, 2), "vdim": (2, 2)}

    embed_dim: Inferred = None
    """how many numbers each token has; follows from the input"""
    num_heads: Positive
    """how many heads share them"""
    dropout: Probability = 0.0
    bias: Bool = True
    """whether learned numbers are added to the projections"""
    add_bias_kv: Bool = False
    """whether a learned key and value are attended to as well"""
    add_zero_attn: Bool = False
    """whether a key and a value of zeros are attended to as well"""
    kdim: Inferred = None
    """how many numbers each key has; follows from the input"""
    vdim: Inferred = None
    """how many numbers each value has; follows from the input"""
    batch_first: Bool = False
    need_weights: Bool = True
    """whether the weights of the attention are an output too"""
    average_attn_weights: Bool = True
    """whether these weights are averaged over the heads"""

    def _three(self, inputs: Inputs) -> tuple[Tensor, Tensor, Tensor]:
        if len(inputs) == 2:
            raise Problem("E0203", "reads a query and a key, but no value", help="write from: [query, key, value]; key and value "
                          "may be the same")  # fmt: skip
        query, key, value = inputs if len(inputs) == 3 else (inputs[0],) * 3
        return query, key, value

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        three = self._three(inputs)
        layout = "(N, T, features)" if self.batch_first else "(T, N, features)"
        for i, tensor in enumerate(three[: len(inputs)]):
            self.need_rank(tensor, (3,), layout, i)
            self.need_float(tensor, i)
        query, key, value = (self.need_number(tensor.shape[2], "the number of features") for tensor in three)
        found: dict[str, Size] = {"embed_dim": query}
        if self.kdim is not None or key != query:
            found["kdim"] = key
        if self.vdim is not None or value != query:
            found["vdim"] = value
        return found

    def _sizes(self, inputs: Inputs) -> tuple[Size, Size, Size]:
        """Batch, target length and source length."""
        query, key, value = self._three(inputs)
        batch, time = (0, 1) if self.batch_first else (1, 0)
        for tensor, name, at in ((key, "key", 1), (value, "value", 2)):
            if not assume_equal(tensor.shape[batch], query.shape[batch]):
                raise Problem("E0305", f"attends {show_shape(query.shape)} to a {name} of {show_shape(tensor.shape)}: their "
                              "batches differ", input=at)  # fmt: skip
        if not assume_equal(key.shape[time], value.shape[time]):
            raise Problem("E0305", f"has {counted(key.shape[time], 'key')} for {counted(value.shape[time], 'value')}", input=2,
                          label=f"{key.shape[time]} expected")  # fmt: skip
        return query.shape[batch], query.shape[time], key.shape[time]

    def _scores(self, inputs: Inputs) -> tuple[Size, Size]:
        """Queries and keys that meet, the learned and the zero key included."""
        _, target, source = self._sizes(inputs)
        return target, source + int(self.add_bias_kv) + int(self.add_zero_attn)

    def _all_scores(self, inputs: Inputs) -> Size:
        """The scores of one head, of all that stands in the batch's axis."""
        batch, _, _ = self._sizes(inputs)
        return per_sample(product((batch, *self._scores(inputs))))

    def outputs(self, inputs: Inputs) -> Outputs:
        query = inputs[0]
        width = self.need_number(query.shape[2], "the number of features")
        if width % self.num_heads:
            raise undivided(self.num_heads, width, "heads", f"its {counted(width, 'feature')}", "num_heads")
        batch, _, _ = self._sizes(inputs)
        found = {"output": query}
        if self.need_weights:
            target, source = self._scores(inputs)
            heads = () if self.average_attn_weights else (self.num_heads,)
            found["weights"] = Tensor((batch, *heads, target, source), query.dtype)
        return found

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        query, key, value = (tensor.shape[2] for tensor in self._three(inputs))
        shapes: dict[str, Shape] = {}
        if key == value == query:
            shapes["in_proj_weight"] = (query * 3, query)
        else:
            shapes |= {"q_proj_weight": (query, query), "k_proj_weight": (query, key), "v_proj_weight": (query, value)}
        if self.bias:
            shapes["in_proj_bias"] = (query * 3,)
        if self.add_bias_kv:
            shapes |= {"bias_k": (1, 1, query), "bias_v": (1, 1, query)}
        shapes["out_proj.weight"] = (query, query)
        if self.bias:
            shapes["out_proj.bias"] = (query,)
        return shapes

    def macs(self, inputs: Inputs) -> Size:
        query, key, value = self._three(inputs)
        width = query.shape[2]
        projections = per_sample(product(query.shape)) * width * 2
        projections += (per_sample(product(key.shape)) + per_sample(product(value.shape))) * width
        return projections + self._all_scores(inputs) * width * 2

    def macs_formula(self, inputs: Inputs) -> Formula | None:
        """Projections of query and output, of key, of value; then scores and their sums. None where a batch is written out."""
        query, key, value = self._three(inputs)
        batch, _, source = self._sizes(inputs)
        if per_sample(batch) != 1:
            return None
        queries, scores = self._scores(inputs)
        letters = {
            "T": queries,
            "S": source,
            "d": query.shape[2],
            "dK": key.shape[2],
            "dV": value.shape[2],
            "keys": scores,
        }
        return Formula("MACs", "2·T·d·d + S·dK·d + S·dV·d + 2·T·keys·d", letters)

    def elementwise(self, inputs: Inputs) -> Size:
        return self._all_scores(inputs) * self.num_heads

    def reach(self, inputs: Inputs) -> Reaches:
        batch, time = (0, 1) if self.batch_first else (1, 0)
        if len(inputs) == 1:
            return (tuple(Same(batch) if axis == batch else Everything() for axis in range(3)),)
        query = tuple(Same(axis) if axis in (batch, time) else Everything() for axis in range(3))
        other = tuple(Same(axis) if axis == batch else Everything() for axis in range(3))
        return (query, other, other)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """Weights come of queries and keys alone; (N, heads, T, S) or (N, T, S)."""
        if asked.port == "output":
            return super().reads(inputs, asked)
        batch, time = (0, 1) if self.batch_first else (1, 0)
        read = [[all_of(size) for size in tensor.shape] for tensor in inputs]
        for axes in read:
            axes[batch] = asked.box[0]
        if len(inputs) == 1:
            return ([tuple(read[0])],)
        read[0][time] = asked.box[-2]
        return ([tuple(read[0])], [tuple(read[1])], [])

    def emission(self, inputs: Inputs) -> emit.Emission:
        names = [emit.Input(i) for i in range(3)] if len(inputs) == 3 else [emit.Input(0)] * 3
        flags: dict[str, bool] = {}
        if not self.need_weights:
            flags["need_weights"] = False
        elif not self.average_attn_weights:
            flags["average_attn_weights"] = False
        module = self.module(inputs)
        own = ("need_weights", "average_attn_weights")
        module = module._replace(keywords=tuple(item for item in module.keywords if item[0] not in own))
        call = emit.Apply(tuple(names), emit.keywords(**flags))
        if self.need_weights:
            return emit.Emission(call, module, ("output", "weights"))
        return emit.Emission(emit.Index(call, (0,)), module)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int | None:
        """What self-attention in one call of PyTorch holds inside: queries, keys and values, once more as their projection gives
        them; then all scores with what attends by them, and the weights. In steps there is no law."""
        if len(inputs) > 1 or not self._may_be_one_call or inputs[0].dtype not in ("float32", "float64"):
            return None
        samples, length, features = laid[0].sizes
        own, scores = samples * length * features, samples * self.num_heads * length * length
        if not self.need_weights:
            return (max(6 * own, 3 * own + scores) - own) * ITEM_BYTES[inputs[0].dtype]
        averaged = samples * length * length if self.average_attn_weights else 0
        given = own + (averaged or scores)
        return (max(6 * own, 5 * own + scores, 4 * own + scores + averaged) - given) * ITEM_BYTES[inputs[0].dtype]

    @property
    def _may_be_one_call(self) -> bool:
        """Whether PyTorch attends to one tensor in one call."""
        own = self.batch_first and self.bias and self.num_heads % 2 == 0
        return own and not self.add_bias_kv and not self.add_zero_attn

    def tells_one_tensor(self) -> bool:
        return self._may_be_one_call

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """In steps PyTorch has the sequence first, whatever comes first in what it reads and gives."""
        is_one_call = self._may_be_one_call and len(operands) == 1
        if port != "output" or is_one_call or not self.batch_first:
            return fresh(sizes)
        samples, length, features = sizes
        return fresh((length, samples, features)).picked((1, 0, 2))
