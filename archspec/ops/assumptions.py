"""What results rest on where symbolic sizes leave it open. Enters: sizes that have to be equal, or large enough. Leaves: whether
they can be, and notes of what then has to hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import NamedTuple

from archspec.dims import BATCH, Dim, Size, exact_div, minimum, prove_equal, substitute, symbol, symbols


class Assumption(NamedTuple):
    """What a result rests on and symbolic sizes leave open: that two sizes are equal, or one at least the other."""

    left: Size
    right: Size
    is_equal: bool

    def __str__(self) -> str:
        if not self.is_equal:
            return f"{self.right} <= {self.left}" if isinstance(self.left, int) else f"{self.left} >= {self.right}"
        left, right = (self.right, self.left) if isinstance(self.left, int) else (self.left, self.right)
        return f"{left} = {right}"

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols that it speaks of."""
        return symbols(self.left) | symbols(self.right)

    @property
    def fixed(self) -> tuple[str, int] | None:
        """The symbol that can have one number only, and the number; None where it says another thing."""
        for size, number in ((self.left, self.right), (self.right, self.left)):
            if self.is_equal and isinstance(number, int) and str(size) in symbols(size):
                return str(size), number
        return None

    def proven(self) -> bool | None:
        """Whether it holds for every value of the symbols, True, or for none, False; None where it depends. Raises TooComplex."""
        if self.is_equal:
            return prove_equal(self.left, self.right)
        gap = self.left - self.right
        if minimum(gap) >= 0:
            return True
        return False if minimum(-gap) > 0 else None


def strongest(needed: Sequence[Assumption]) -> list[str]:
    """Assumptions in words, each once, in order, without bounds that another assumption on the same size implies."""
    fixed = dict(filter(None, (one.fixed for one in needed)))
    bounds: dict[Size, int] = {}
    for one in needed:
        if not one.is_equal and isinstance(one.right, int):
            bounds[one.left] = max(one.right, bounds.get(one.left, one.right))
    said = [one if one.is_equal else one._replace(right=bounds.get(one.left, one.right)) for one in needed
            if one.is_equal or isinstance(substitute(one.left, fixed) - substitute(one.right, fixed), Dim)]  # fmt: skip
    return list(dict.fromkeys(map(str, said)))


def numbers_for(needed: Iterable[Assumption], numbers: Mapping[str, int]) -> dict[str, int]:
    """Numbers like these that fit what is needed, as far as equalities say which: `L = 2`, `S = T`, `H = W + 8`."""
    found = dict(numbers)
    equal = [one for one in needed if one.is_equal]
    settled: set[str] = set()
    for one in sorted(equal, key=lambda one: one.fixed is None):  # numbers first: what equals them follows
        for name, other in ((str(one.left), one.right), (str(one.right), one.left)):
            size = substitute(other, found)
            if name in found and name not in settled | symbols(other) and isinstance(size, int) and size > 0:
                found[name] = size
                settled |= {name} | symbols(other)
                break
    return found


assumptions: ContextVar[dict[str, Assumption] | None] = ContextVar("assumptions", default=None)
"""Where the engine collects what results rest on ("H = 2*(H//2)"), in order, each once."""


def assume(assumption: Assumption) -> None:
    """Notes that a result holds only where this does."""
    noted = assumptions.get()
    if noted is not None:
        noted.setdefault(str(assumption), assumption)


def assume_equal(left: Size, right: Size) -> bool:
    """Whether two sizes are equal, or may be taken to be: what symbols leave open is noted as an assumption.

    The batch is always free, so nothing that would fix it is assumed.
    """
    proven = prove_equal(left, right)
    if proven is not None:
        return proven
    if BATCH in symbols(left) | symbols(right):
        batch = symbol(BATCH)
        per_left, per_right = exact_div(left, batch), exact_div(right, batch)
        return per_left is not None and per_right is not None and assume_equal(per_left, per_right)
    assume(Assumption(left, right, is_equal=True))
    return True


def assume_at_least(size: Size, least: int) -> bool:
    """Whether a size is at least this, or may be taken to be; what symbols leave open is noted as an assumption."""
    if minimum(size) >= least:
        return True
    if BATCH in symbols(size) or minimum(-size) > -least:
        return False
    constant = next((c for monomial, c in size.terms if not monomial), 0) if isinstance(size, Dim) else 0
    assume(Assumption(size - constant, least - constant, is_equal=False))
    return True
