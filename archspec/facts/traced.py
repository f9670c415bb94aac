"""What a layer sees, kept for other layers, and other variants of the network, of which it is the same.

Enters: traces, and what those behind a layer follow from. Leaves: `Traced`, one for each of what is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.ops.base import Tensor

if TYPE_CHECKING:
    from archspec.facts.model import Extent
    from archspec.facts.trace import Trace

Traces = dict[int, tuple["Trace", ...]]
"""By network input, one trace for each of its axes."""


class Traced:
    """The traces of a layer's first output, and the extents that are said of them."""

    __slots__ = ("after", "field", "field_axes", "followed", "traces", "why_unknown")

    def __init__(self, traces: Traces) -> None:
        self.traces = traces
        used = [(trace.axis, trace.uneven[0] if trace.uneven else None) for axes in traces.values() for trace in axes]
        self.followed = tuple(sorted({axis for both in used for axis in both if axis is not None}))
        """The axes of the output whose sizes, and what becomes of them, decide what a layer behind it sees."""
        self.after: dict[tuple[object, ...], Traced] = {}
        """Those of layers behind it, by all that they follow from."""
        self.field: tuple[Extent, ...] | None = None
        self.field_axes: tuple[int | None, ...] | None = None
        self.why_unknown: str | None = None


class Sights:
    """Where what layers see begins: the inputs of a network, and of its variants. All that is kept hangs on these."""

    def __init__(self) -> None:
        self._roots: dict[tuple[int, Tensor], Traced] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def root(self, index: int, tensor: Tensor) -> Traced | None:
        """What an input sees of itself; None where it was not asked for before."""
        return self._roots.get((index, tensor))

    def keep_root(self, index: int, tensor: Tensor, traced: Traced) -> None:
        """Keeps what an input sees of itself."""
        self._roots[index, tensor] = traced
        self._count += 1

    def keep(self, before: Traced, key: tuple[object, ...], traced: Traced) -> None:
        """Keeps what a layer sees behind another, by what it follows from beside that."""
        before.after[key] = traced
        self._count += 1
