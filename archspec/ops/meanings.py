"""What arguments mean, in a few words, for help, hover texts and the reference. Enters: an op and an argument; leaves: the words.

An op says it itself, in a text below the argument, which is read from its file when somebody asks. What several ops mean by one
name, as in PyTorch, stands here.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

from archspec.ops.base import Op


def meaning(op: type[Op], argument: str) -> str:
    """What an argument of an op means; nothing where neither the op nor a class that it derives from has words, nor the table."""
    said = (_said(kind.__module__).get((kind.__name__, argument)) for kind in op.__mro__ if issubclass(kind, Op))
    return next(filter(None, said), SHARED.get(argument, ""))


@cache
def _said(module: str) -> dict[tuple[str, str], str]:
    """The texts below the arguments of a file's classes, by class and argument."""
    tree = ast.parse(Path(str(sys.modules[module].__file__)).read_text("utf-8"))
    found = {}
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for field, below in pairwise(kind.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
                found[kind.name, field.target.id] = " ".join(ast.literal_eval(below.value).split())
    return found


SHARED = {
    "kernel_size": "the size of the window",
    "stride": "how far the window moves from one output to the next",
    "padding": "how many positions are added at each border",
    "output_padding": "positions added at one border of the output, where several sizes are possible",
    "dilation": "the distance between the window's own positions",
    "groups": "into how many parts the channels are split, each convolved by itself",
    "bias": "whether a learned number is added to each output",
    "padding_mode": "what the padding holds",
    "out_features": "how many numbers it makes of each vector",
    "num_groups": "into how many groups the channels are split, each normalized together",
    "normalized_shape": "the sizes of the last axes, which are normalized together",
    "eps": "added to the variance, so that nothing is divided by 0",
    "affine": "whether a learned scale and shift follow",
    "elementwise_affine": "whether a learned scale follows, one number for each element",
    "track_running_stats": "whether evaluation uses statistics that training collected",
    "p": "the probability of dropping",
    "inplace": "whether the output overwrites the input",
    "ceil_mode": "whether a last window that does not fit whole counts too",
    "divisor_override": "what sums are divided by in place of the window's size",
    "return_indices": "whether positions of the maxima are an output too",
    "dim": "the axis; 0 is the batch, -1 the last",
    "dims": "the axes; 0 is the batch",
    "shape": "the sizes",
    "size": "the size of the output, whatever that of the input",
    "scale_factor": "how many times as large the output is",
    "align_corners": "whether corner pixels keep their values, and stand at the corners",
    "input_size": "how many numbers each step has; follows from the input",
    "hidden_size": "how many numbers the state has",
    "batch_first": "whether the batch is the first axis; false has time in front",
    "dropout": "the probability of dropout",
    "nonlinearity": "the function of each state",
    "dtype": "the kind of numbers",
    "fill": "the number that it starts with everywhere",
    "antialias": "whether pixels are averaged first where the output is smaller",
    "lambd": "the distance from 0 within which numbers become 0",
    "mode": "how numbers between pixels come about",
    "repeats": "how often it is repeated",
    "value": "the number beside the tensor",
}  # fmt: skip
"""What a name means wherever no op has words of its own for it."""
