"""`Step`, one node while it is imported: what handlers read from (`reading.py`), and make layers with.

Enters: a node whose inputs have values. Leaves: what several operators read, and layers. Everything that a handler refuses it
refuses through `problem`, which names the node.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from archspec.dims import Shape
from archspec.importers.onnx.reading import Reading
from archspec.importers.onnx.values import Computed, Known, Value
from archspec.importers.sketch import Literal
from archspec.words import counted

_NONE: Mapping[str, Literal] = {}
_END = 10**9  # from here on an exporter means "to the end"


class Step(Reading):
    """One node, and the layers that it becomes."""

    def tensor_of(self, index: int = 0) -> Computed:
        """An input as a tensor of the network; what is known becomes a layer that holds it."""
        return self.network.as_layer(self.value(index), self)

    def slices(self, rank: int) -> list[tuple[int, int | None, int | None, int]]:
        """Axis, start, stop and step of each part of a Slice; a stop is None where it is beyond every end."""
        starts, stops = self.list_of("starts", 1), self.list_of("ends", 2)
        if starts is None or stops is None or len(starts) != len(stops):
            raise self.problem("has starts and ends of different lengths")
        axes = self.checked_axes(self.list_of("axes", 3), rank, range(len(starts)))
        steps = self.list_of("steps", 4) or [1] * len(starts)
        self.need(len(axes) == len(steps) == len(starts) and 0 not in steps, "has no start, axis and step for each end")
        return [
            (axis, start, None if stop >= _END else stop, step)
            for axis, start, stop, step in zip(axes, starts, stops, steps, strict=True)
        ]

    def split_sizes(self, shape: Shape) -> list[int]:
        """The sizes of a Split's parts: written, or equal ones, the last smaller."""
        axis, count = self.axis(len(shape), 0), len(self.node.output)
        total = shape[axis]
        parts = self.integer("num_outputs", count)
        self.need(parts == count, f"cuts into {counted(parts, 'part')}, and has {counted(count, 'output')}")
        written = self.list_of("split", 1)
        if written is not None:
            self.need(
                len(written) == count and all(size >= 0 for size in written), "has another number of parts than outputs"
            )
            fits = not isinstance(total, int) or sum(written) == total
            self.need(fits, f"cuts an axis of {total} into parts of {sum(written)} together")
            return written
        if not isinstance(total, int):
            raise self.problem(f"cuts an axis of {total} into {count}", help=self.sizes_help)
        part = -(-total // count)
        return [min(part, max(total - part * i, 0)) for i in range(count)]

    def bias_after(self, shapes: Collection[tuple[int, ...]]) -> tuple[Known, str] | None:
        """Known numbers of one of these shapes that the only reader of this node adds to its output, and the sum's name."""
        name = self.node.output[0]
        readers = self.network.readers.get(name, [])
        add = readers[0] if len(readers) == 1 else None
        if add is None or add.op_type != "Add" or len(add.input) != 2:
            return None
        others = [self.network.values.get(other) for other in add.input if other != name]
        bias = others[0] if len(others) == 1 else None
        if not isinstance(bias, Known) or bias.shape not in shapes or bias.dtype != "float32":
            return None
        return bias, add.output[0]

    def give_instead(self, name: str, value: Computed) -> None:
        """The node and its only reader are one layer: the reader's output is known, the node's own is not to be had."""
        self.network.skipped.add(self.node.output[0])
        self.network.values[name] = value

    # Layers ------------------------------------------------------------------------------------------------------------

    def layer(
        self,
        type: str,
        reads: Sequence[Value] | None = None,
        weights: dict[str, Known] | None = None,
        suffix: str = "",
        more: Mapping[str, Literal] = _NONE,
        **keys: Literal,
    ) -> Computed:
        """A layer with these arguments, and its one output. `reads` defaults to the first input; `suffix` tells the layers
        of one node apart."""
        return self.layers(type, reads, weights, suffix, more, **keys)["output"]

    def layers(
        self,
        type: str,
        reads: Sequence[Value] | None = None,
        weights: dict[str, Known] | None = None,
        suffix: str = "",
        more: Mapping[str, Literal] = _NONE,
        **keys: Literal,
    ) -> dict[str, Computed]:
        """A layer and its outputs by their ports."""
        given = [self.value(0)] if reads is None else list(reads)
        tensors = [self.network.as_layer(value, self) for value in given]
        return self.network.add(self, type, {**keys, **more}, tensors, weights or {}, suffix)


def one(values: Sequence[int]) -> Literal:
    """A list of equal numbers as that number."""
    return values[0] if len(set(values)) == 1 else list(values)
