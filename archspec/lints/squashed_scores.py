"""W1002: squashed class scores

The loss for classes wants raw scores; a softmax or sigmoid before it hurts, and so does one after another.

`nn.CrossEntropyLoss` takes raw scores and applies the softmax itself, in a form that does not overflow; after another one
gradients shrink. A sigmoid on scores of exclusive classes is no distribution over them at all; but it is where an image is made
anew: nothing is said of one on as many numbers as an input has, or beside other outputs, as a gate, a mask or a variational
autoencoder's image is.
https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

What lies between 0 and 1 leaves a second softmax, or log-softmax, nearly even: of 10 classes none gets more than about 0.23,
however sure the scores are. A second sigmoid lies between 0.5 and 0.73. A softmax along another axis of a map is something else,
and of a log-softmax it is the softmax that was meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import e

from archspec.diagnostics.model import Diagnostic, Label
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.lints.feeds_nothing import find_alive
from archspec.lints.scores import rebuilds_an_input
from archspec.ops.base import Tensor

CODE = "W1002"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  scores: {type: Linear, out_features: 10}
  softmax: {type: Softmax, dim: 1}
"""
GOOD = BAD.replace("  softmax: {type: Softmax, dim: 1}\n", "")


_FIRST = ("Softmax", "Softmax2d", "Sigmoid")
_NORMALIZED = ("Softmax", "Softmax2d", "LogSoftmax")
_SECOND = (*_NORMALIZED, "Sigmoid", "LogSigmoid")


def check(facts: Facts) -> Iterator[Diagnostic]:
    yield from _of_the_end(facts)
    yield from _of_two(facts)


def _of_two(facts: Facts) -> Iterator[Diagnostic]:
    """What is squashed right after it was, where something depends on it; of the rest W1001 tells."""
    alive: set[int] | None = None
    for node in facts.graph.layers:
        ref = node.inputs[0] if node.type in _SECOND and node.inputs else None
        first = facts.graph.nodes[ref.node] if ref is not None else None
        tensor = facts.tensor(ref)
        if first is None or first.type not in _FIRST or tensor is None:
            continue
        axes = _axis(first, tensor), _axis(node, tensor)
        if None not in axes and axes[0] != axes[1] and tensor.rank > 2:
            continue
        alive = alive if alive is not None else find_alive(facts.graph)
        if node.index not in alive:
            continue
        yield Diagnostic(CODE, f"{node.path} squashes what {first.path} has squashed", node.place.type,
                         label="a second time", labels=(Label(first.place.name, "between 0 and 1"),),
                         notes=(_left(node, tensor, axes[1]),), help=f"take {first.path} out, or {node.path}",
                         layer=node.path)  # fmt: skip


def _axis(node: Node, tensor: Tensor) -> int | None:
    """The axis along which it makes the sum 1; None where it looks at each number by itself."""
    if node.type not in _NORMALIZED:
        return None
    dim = getattr(node.op, "dim", 1)
    default = 0 if tensor.rank in (1, 3) else 1
    return (default if dim is None else dim) % tensor.rank


def _left(node: Node, tensor: Tensor, axis: int | None) -> str:
    """What values between 0 and 1 become."""
    if axis is None:
        return "the sigmoid of a number between 0 and 1 lies between 0.5 and 0.73"
    count = tensor.shape[axis]
    most = f"more than about {e / (e + count - 1):.2g}" if isinstance(count, int) else "much more than the others"
    return f"the softmax of {count} numbers between 0 and 1 gives none of them {most}"


def _of_the_end(facts: Facts) -> Iterator[Diagnostic]:
    for ref in facts.graph.outputs.values():
        if ref is None:
            continue
        node = facts.graph.nodes[ref.node]
        source = node.inputs[0] if node.inputs else None
        tensor = facts.tensor(ref)
        if node.type not in ("Softmax", "Sigmoid") or source is None or tensor is None:
            continue
        classes = tensor.shape[-1]
        if facts.graph.nodes[source.node].type != "Linear" or classes == 1:
            continue
        if node.type == "Sigmoid" and (len(facts.graph.outputs) > 1 or rebuilds_an_input(facts, tensor)):
            continue
        why = (
            f"nn.CrossEntropyLoss applies a softmax of its own to the {classes} scores"
            if node.type == "Softmax"
            else f"{classes} sigmoids are {classes} separate yes-or-no answers, not a distribution over {classes} classes"
        )
        yield Diagnostic(CODE, f"{node.path} squashes the class scores that the network returns", node.place.type,
                         label="not before the loss", notes=(why,),
                         help=f"take {node.path} out, and apply it to the scores where probabilities are shown",
                         layer=node.path)  # fmt: skip
