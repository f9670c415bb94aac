"""Attention as a function of queries, keys and values: softmax(Q·Kᵀ · scale) · V.

Counted as MACs: the two products. The softmax is elementwise, one operation a score; a mask is not counted.
"""

from math import prod
from typing import Annotated, ClassVar

from archspec.dims import Shape, Size, product, prove_equal
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import (
    ITEM_BYTES,
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
    pointwise,
    show_shape,
)
from archspec.ops.broadcast import broadcast
from archspec.ops.fields import Bool, number
from archspec.ops.formula import Formula, times
from archspec.ops.intervals import Positions, collected, each
from archspec.ops.layout import Laid, fresh
from archspec.ops.matmul import common_sizes, product_copies
from archspec.ops.order import alike
from archspec.ops.reading import Asked, Box, Lost, Read
from archspec.words import counted


class ScaledDotProductAttention(Op):
    """softmax(Q·Kᵀ · scale + mask) · V over the last two axes, (…, T, d). Reads query, key and value, and perhaps a mask that
    broadcasts to the scores (…, T, S): floats are added to them, truth values say which take part.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html"""

    kind: ClassVar = "attention"
    arity: ClassVar[tuple[int, int | None]] = (3, 4)

    is_causal: Bool = False
    """whether each token attends to itself and those before it only"""
    scale: Annotated[float | None, number().or_null("null for 1/sqrt(d)")] = None
    """what the scores are multiplied by"""

    def outputs(self, inputs: Inputs) -> Outputs:
        query, key, value = inputs[:3]
        for i, tensor in enumerate(inputs[:3]):
            self.need_float(tensor, i)
            if tensor.rank < 3:
                raise Problem("E0302", f"reads (N, …, T, d), but gets {show_shape(tensor.shape)}", input=i)
            if tensor.dtype != query.dtype:
                raise Problem("E0307", f"attends with tensors of one dtype, but gets {query.dtype} and {tensor.dtype}", input=i,
                              label=f"{query.dtype} expected")  # fmt: skip
        if prove_equal(query.shape[-1], key.shape[-1]) is not True:
            raise Problem("E0305", f"compares queries of {counted(query.shape[-1], 'feature')} with keys of {key.shape[-1]}",
                          input=1,
                          label=f"{query.shape[-1]} expected")  # fmt: skip
        if not assume_equal(key.shape[-2], value.shape[-2]):
            raise Problem("E0305", f"has {counted(key.shape[-2], 'key')} for {counted(value.shape[-2], 'value')}", input=2,
                          label=f"{key.shape[-2]} expected")  # fmt: skip
        try:
            outer = broadcast(query.shape[:-2], key.shape[:-2], "attends", 1)
            outer = broadcast(outer, value.shape[:-2], "attends", 2)
        except Problem as problem:
            problem.help = _with_groups(query, inputs[problem.input or 1]) or problem.help
            raise
        if len(inputs) == 4:
            self._check_mask(inputs, (*outer, query.shape[-2], key.shape[-2]))
        return {"output": Tensor((*outer, query.shape[-2], value.shape[-1]), query.dtype)}

    def _check_mask(self, inputs: Inputs, scores: Shape) -> None:
        query, mask = inputs[0], inputs[3]
        if self.is_causal:
            raise Problem("E0106", "has a mask and is_causal, of which PyTorch takes one", field="is_causal",
                          help="leave is_causal out, or the mask")  # fmt: skip
        if mask.dtype not in ("bool", "float32", query.dtype):
            raise Problem(
                "E0307", f"masks {query.dtype} with {mask.dtype}", input=3, label=f"bool or {query.dtype} expected"
            )
        fits = 2 <= mask.rank <= len(scores) and all(
            size == 1 or assume_equal(size, score)
            for size, score in zip(mask.shape, scores[len(scores) - mask.rank :], strict=True)
        )
        if not fits:
            raise Problem("E0305", f"masks scores of {show_shape(scores)} with {show_shape(mask.shape)}", input=3,
                          label=f"{show_shape(scores)} expected, or 1 in some axes",
                          notes=("shapes are aligned at their last axis; a mask has two axes at least",))  # fmt: skip

    def macs(self, inputs: Inputs) -> Size:
        query, _, value = inputs[:3]
        return self._scores(inputs) * (query.shape[-1] + value.shape[-1])

    def macs_formula(self, inputs: Inputs) -> Formula:
        query, key, value = inputs[:3]
        outer = [per_sample(size) for size in self.outputs(inputs)["output"].shape[:-2]]
        letters = {"heads": times([size for size in outer if size != 1]), "T": query.shape[-2], "S": key.shape[-2],
                   "d": query.shape[-1], "dV": value.shape[-1]}  # fmt: skip
        return Formula("MACs", f"{'heads·' if letters['heads'] != '1' else ''}T·S·(d + dV)", letters)

    def elementwise(self, inputs: Inputs) -> Size:
        return self._scores(inputs)

    def _scores(self, inputs: Inputs) -> Size:
        query, key = inputs[:2]
        outer = self.outputs(inputs)["output"].shape[:-2]
        return per_sample(product((*outer, query.shape[-2], key.shape[-2])))

    def reach(self, inputs: Inputs) -> Reaches:
        outer = self.outputs(inputs)["output"].shape[:-2]
        time, features = Same(len(outer)), Same(len(outer) + 1)
        last: tuple[tuple[Reach, Reach], ...] = (
            (time, Everything()), (Everything(), Everything()), (Everything(), features), (time, Everything()),
        )  # fmt: skip
        _, *before = pointwise(Tensor(outer), *(Tensor(tensor.shape[:-2]) for tensor in inputs))
        if self.is_causal:  # the last position sees all only where there are as many queries as keys
            square = prove_equal(inputs[0].shape[-2], inputs[1].shape[-2]) is True
            before_it = UpTo(len(outer), "position t sees positions up to t", square)
            last = (last[0], (before_it, Everything()), (before_it, features), last[3])
        found = [(*axes, *own) for axes, own in zip(before, last, strict=False)]
        if len(inputs) == 4 and inputs[3].shape[-2] == 1:
            found[3] = (*before[3], Everything(), Everything())
        return tuple(found)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """Where a mask's values are known: for queries that see the same keys, those."""
        rows = asked.box[-2]
        if asked.allowed is None or isinstance(rows, Lost):
            return super().reads(inputs, asked)
        alike: dict[Positions, list[int]] = {}
        for row in each(rows):
            alike.setdefault(asked.allowed[row], []).append(row)
        found: list[list[Box]] = [[] for _ in inputs]
        for keys, queries in alike.items():
            box = (*asked.box[:-2], collected(queries), asked.box[-1])
            for i, boxes in enumerate(super().reads(inputs, asked._replace(box=box))):
                found[i] += [(*own[:-2], keys, own[-1]) for own in boxes] if i in (1, 2) else boxes
        return tuple(found)

    def emission(self, inputs: Inputs) -> emit.Emission:
        options = emit.keywords(
            **({"is_causal": True} if self.is_causal else {}),
            **({"scale": self.scale} if self.scale is not None else {}),
        )
        mask = (("attn_mask", emit.Input(3)),) if len(inputs) == 4 else ()
        tensors = tuple(map(emit.Input, range(3)))
        return emit.Emission(emit.Call("F.scaled_dot_product_attention", tensors, (*mask, *options)))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int | None:
        """Nothing, or a mask in floats, where PyTorch computes it in one call; else what its steps hold at a time."""
        item = ITEM_BYTES[inputs[0].dtype]
        given = prod(self._sizes(laid))
        is_one_call = _is_one_call(laid)
        if len(inputs) == 4 and inputs[3].dtype == "bool":
            floats = prod(laid[3].sizes)
            return (floats + max(0, 2 - given)) * item if is_one_call else None
        if is_one_call:
            return 0
        return self._in_steps(laid, given, item) if not self.is_causal else None

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """In the order of the query where PyTorch computes it in one call, so that heads are turned back without a copy."""
        return alike(operands[:1], sizes) if _is_one_call(operands) else fresh(sizes)

    def _sizes(self, laid: tuple[Laid, ...]) -> tuple[int, ...]:
        query, key, value = laid[:3]
        return (*common_sizes(query.sizes[:-2], key.sizes[:-2], value.sizes[:-2]), query.sizes[-2], value.sizes[-1])

    def _in_steps(self, laid: tuple[Laid, ...], given: int, item: int) -> int:
        """Bytes beside the result: queries and keys, both scaled, their products, a mask added to them, the softmax, and which
        scores, and which rows of them, are −∞."""
        query = alike(laid[:1], laid[0].sizes)
        turned = laid[1].picked((*range(len(laid[1].sizes) - 2), len(laid[1].sizes) - 1, len(laid[1].sizes) - 2))
        key, value = alike((turned,), turned.sizes), laid[2]
        outer = common_sizes(query.sizes[:-2], key.sizes[:-2])
        scores = fresh((*outer, query.sizes[-2], key.sizes[-1]))
        queries, keys, products = prod(query.sizes), prod(key.sizes), prod(scores.sizes)
        first = queries + keys + product_copies(query, key) + products
        second = queries + products + product_copies(scores, value) + given
        hidden = products + products // max(scores.sizes[-1], 1)
        return max(first * item, (queries + 2 * products) * item + hidden, second * item) - given * item


def _with_groups(query: Tensor, other: Tensor) -> str:
    """How groups of heads attend with one head of keys and values each (grouped-query attention); nothing where none do."""
    if query.rank < 4 or other.rank != query.rank:
        return ""
    heads, groups = query.shape[-3], other.shape[-3]
    if not isinstance(heads, int) or not isinstance(groups, int) or heads % groups or groups == heads:
        return ""
    repeated = f"{{type: RepeatInterleave, repeats: {heads // groups}, dim: {query.rank - 3}}}"
    return f"{heads // groups} heads for each of theirs (grouped queries): put {repeated} before keys and values"


def _is_one_call(laid: tuple[Laid, ...]) -> bool:
    """Whether PyTorch's fused kernel for CPUs takes tensors that lie so: batch and heads the same of all, no broadcast, and no
    mask that requires a gradient.
    https://github.com/pytorch/pytorch/blob/v2.13.0/aten/src/ATen/native/transformers/sdp_utils_cpp.cpp"""
    query, key, value = laid[:3]
    return (
        len(query.sizes) == 4
        and query.sizes[:2] == key.sizes[:2] == value.sizes[:2]
        and query.sizes[3] == value.sizes[3]
        and all(tensor.strides[3] == 1 for tensor in (query, key, value))
        and (len(laid) < 4 or (len(laid[3].sizes) in (2, 4) and not laid[3].is_learned))
    )
