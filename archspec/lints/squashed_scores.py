"""W1002: squashed class scores

The loss for classes wants raw scores; a softmax or sigmoid before it hurts.

`nn.CrossEntropyLoss` takes raw scores and applies the softmax itself, in a form that does not overflow; after another one
gradients shrink. A sigmoid on scores of exclusive classes is no distribution over them at all; but it is where an image is made
anew: nothing is said of one on as many numbers as an input has, or beside other outputs, as a gate, a mask or a variational
autoencoder's image is.
https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts
from archspec.lints.scores import rebuilds_an_input

CODE = "W1002"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  scores: {type: Linear, out_features: 10}
  softmax: {type: Softmax, dim: 1}
"""
GOOD = BAD.replace("  softmax: {type: Softmax, dim: 1}\n", "")


def check(facts: Facts) -> Iterator[Diagnostic]:
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
