"""What PyTorch's allocator gives out while something is computed, as the profiler's memory events say it.

A dispatch mode sees the results of operations alone. What an operation takes and gives back inside, as an attention that is one
call takes the scores, is seen by the allocator. Counted are all allocations but for

- numbers: a scalar that PyTorch writes into a tensor of its own, `SCALAR` bytes at most;
- by-products: what an operation gives beside its result that is for a gradient, as `BY_PRODUCTS` names them;
- a kernel's own room, `KERNELS`: what depends on the machine, the build, and the number of threads.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch._C._profiler import _EventType
from torch.profiler import ProfilerActivity, profile

SCALAR = 16
"""Bytes of the largest number: of complex128."""

BY_PRODUCTS = (
    "max_pool2d_with_indices", "max_pool3d_with_indices", "adaptive_max_pool", "native_layer_norm", "native_batch_norm",
    "native_group_norm", "_scaled_dot_product_flash_attention", "_native_batch_norm", "_batch_norm",
    "log_sigmoid_forward", "rrelu_with_noise",
)  # fmt: skip
"""Operations that give more than their result, for a gradient."""

KERNELS = (
    r"_?convolution",  # oneDNN's blocks, or the columns of a product
    r"_?upsample_\w+",  # a twin with the channels last, as the number of threads has it
    r"native_batch_norm",  # the statistics of its channels, worked up
    r"_scaled_dot_product_flash_attention_for_cpu",  # the blocks of each thread
    r"(?:add|b|badd)?b?mm",  # oneDNN's blocks of halves
    r"repeat",  # the order of axes, in a tensor
    r"gather(?=/empty$)",  # places in order, where that is faster
)
_KERNEL = re.compile(rf"(?:^|/)(?:{'|'.join(KERNELS)})(?=/|$)")


class Event(NamedTuple):
    """Bytes that were taken (> 0) or given back (< 0), and by which operations, outermost first."""

    bytes: int
    at: str


class Run(NamedTuple):
    """The greatest sum of bytes at any time, those that are left at the end, what has been counted, and the results."""

    peak: int
    left: int
    at: str
    events: list[Event]
    results: Any


class _Moment(NamedTuple):
    time: int
    is_end: bool
    """Whether it is the end of an operation that has by-products, and not an allocation."""
    place: int
    """The address; of an operation its beginning."""
    bytes: int
    at: str


def run(compute: Callable[[], Any]) -> Run:
    """What is allocated while this is computed without gradients."""
    with torch.no_grad(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        results = compute()
    moments: list[_Moment] = []
    for root in profiler.profiler.kineto_results.experimental_event_tree():  # type: ignore[union-attr]
        _collect(root, (), moments)
    moments.sort(key=lambda moment: moment[:2])
    uncounted = _uncounted(moments)
    alive: dict[int, int] = {}
    events: list[Event] = []
    peak, at = 0, ""
    for moment in moments:
        if moment.is_end or (moment.time, moment.place) in uncounted:
            continue
        if moment.bytes > SCALAR:
            alive[moment.place] = moment.bytes
        elif moment.bytes > 0 or alive.pop(moment.place, None) is None:
            continue
        events.append(Event(moment.bytes, moment.at))
        if sum(alive.values()) > peak:
            peak, at = sum(alive.values()), moment.at
    return Run(peak, sum(alive.values()), at, events, results)


def _collect(event: Any, stack: tuple[str, ...], found: list[_Moment]) -> None:
    if event.tag == _EventType.Allocation:
        fields = event.extra_fields
        found.append(_Moment(event.start_time_ns, False, fields.ptr, fields.alloc_size, "/".join(stack)))
        return
    stack = (*stack, event.name.removeprefix("aten::"))
    for inner in event.children:
        _collect(inner, stack, found)
    if stack[-1].startswith(BY_PRODUCTS):
        found.append(_Moment(event.end_time_ns, True, event.start_time_ns, 0, "/".join(stack)))


def _uncounted(moments: list[_Moment]) -> set[tuple[int, int]]:
    """The allocations, by time and place, that are by-products or a kernel's own, and not among the results."""
    found: set[tuple[int, int]] = set()
    alive: dict[int, _Moment] = {}
    for moment in moments:
        if moment.is_end:  # the first that it made and has not given back is its result
            made = sorted((one.time, place) for place, one in alive.items() if one.time >= moment.place)
            found.update(made[1:])
        elif moment.bytes > 0:
            alive[moment.place] = moment
        elif (begin := alive.pop(moment.place, None)) is not None and _is_own(begin.at, moment.at):
            found.add((begin.time, begin.place))
    return found - {(moment.time, place) for place, moment in alive.items()}


def _is_own(taken: str, given_back: str) -> bool:
    """Whether a kernel gives back itself what it takes."""
    kernel = _KERNEL.search(taken)
    return kernel is not None and f"{given_back}/".startswith(f"{taken[: kernel.end()]}/")
