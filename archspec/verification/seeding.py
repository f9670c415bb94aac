"""Random numbers apart from those of the program around, whose generators go on as they were.

Enters: a seed. Leaves: what is drawn on the CPU, where all comparisons compute.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_numbers() -> Iterator[None]:
    """What is drawn meanwhile is not drawn from the caller's random numbers."""
    import torch

    with torch.random.fork_rng(devices=[]):
        yield


def seed(number: int) -> None:
    """Begins the CPU's random numbers anew.

    `torch.manual_seed` would begin those of every accelerator anew too, and of one that has not started yet, where it does:
    neither could be given back.
    """
    import torch

    torch.default_generator.manual_seed(number)
