"""W1023: numbers without a row

An Embedding reads numbers for which its table may have no row, where PyTorch raises an IndexError.

Either they are constant, and one of them is larger than the last row's, or another Embedding looks the same numbers up in a
table that has more rows: a table of positions that reads the tokens, say. Both have numbers of their own.
https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Fix
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.ops.embedding import Embedding

CODE = "W1023"
BAD = """archspec: 1
name: Example
input: {shape: [128], dtype: int64}
layers:
  words: {type: Embedding, num_embeddings: 1000, embedding_dim: 16}
  places: {type: Embedding, num_embeddings: 128, embedding_dim: 16, from: input}
  sum: {type: Add, from: [words, places]}
"""
GOOD = BAD.replace("  places:", '  at: {type: Constant, value: "${range(128)}"}\n  places:').replace(
    "from: input", "from: at"
)


def check(facts: Facts) -> Iterator[Diagnostic]:
    tables: dict[tuple[int, str | None], list[tuple[Node, Embedding]]] = {}
    for node in facts.graph.layers:
        ref = node.inputs[0] if node.inputs else None
        if isinstance(node.op, Embedding) and ref is not None:
            tables.setdefault((ref.node, ref.port), []).append((node, node.op))
    for (index, _), readers in tables.items():
        source = facts.graph.nodes[index]
        largest = _largest(source)
        widest, most = max(readers, key=lambda reader: reader[1].num_embeddings)
        for node, op in readers:
            rows = op.num_embeddings
            if largest is not None and largest >= rows:
                said = f"write num_embeddings: {largest + 1}"
                edit = node.place.argument_edit("num_embeddings", str(largest + 1))
                yield _warning(node, rows, f"{source.path} has numbers up to {largest:,}", said,
                               (Fix(said, (edit,)),) if edit is not None else ())  # fmt: skip
            elif largest is None and most.num_embeddings > rows:
                yield _warning(node, rows, f"{widest.path} looks the same numbers up in {most.num_embeddings:,}",
                               "let it read numbers of its own, such as those of the positions: {type: Constant, value: "
                               f'"${{range({rows})}}"}}; or give it as many rows', ())  # fmt: skip


def _warning(node: Node, rows: int, why: str, help: str, ways: tuple[Fix, ...]) -> Diagnostic:
    return Diagnostic(CODE, f"{node.path} has {rows:,} rows, and {why}", node.place.argument("num_embeddings") or node.place.type,
                      label="too few for these numbers", help=help, layer=node.path, ways=ways)  # fmt: skip


def _largest(node: Node) -> int | None:
    """The largest of the numbers that a layer spells out; None where it spells out none."""
    waiting, largest = (
        [getattr(node.op, "value", None)] if node.op is not None and node.op.kind == "value" else [],
        None,
    )
    while waiting:
        value = waiting.pop()
        if isinstance(value, (list, tuple)):
            waiting += value
        elif type(value) is int:
            largest = value if largest is None else max(largest, value)
    return largest
