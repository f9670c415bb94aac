"""What reading a stranger's spec may cost at most: the last line of defence, behind the limits on all that a document has.

Enters: work to do. Leaves: the work done, or Unusable, in which case the command says so in a line and ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from archspec.commands.common import Unusable

SECONDS = 20
"""Of processor time. What holds to the limits takes a quarter of that, so that slower machines come to the same answer."""
GIBIBYTES = 2
"""More than the process had before."""


class _OutOfTime(BaseException):
    """Raised by the clock; no Exception, so that nothing on the way takes it for one of its own."""


@contextmanager
def bounded(what: str, seconds: float | None = None, beyond: int = 0, gibibytes: float = GIBIBYTES) -> Iterator[None]:
    """Runs its body with bounds on processor time and memory: the usual ones, and `beyond` bytes where files are as large. Raises
    Unusable, which names `what`.

    Where the system has no such bounds (Windows; a thread that is not the main one) there are none.
    """
    seconds = SECONDS if seconds is None else seconds
    try:
        restore = _set_bounds(seconds, int(gibibytes * 2**30) + beyond)
    except (ImportError, ValueError, OSError):
        yield
        return
    try:
        yield
    except _OutOfTime:
        raise Unusable(f"{what} took more than {seconds:g} s of processor time, and was given up") from None
    except MemoryError:
        most = gibibytes + beyond / 2**30
        raise Unusable(f"{what} took more than {most:.3g} GiB of memory, and was given up") from None
    finally:
        restore()


def _address_space() -> int | None:
    """What the process has of it already, in bytes: much, where PyTorch is loaded. None where the system does not say (macOS)."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def _set_bounds(seconds: float, memory: int) -> Callable[[], None]:
    """Sets both bounds, that of memory in bytes beyond what there is; answers what takes them back."""
    import resource
    import signal

    def out_of_time(number: int, frame: FrameType | None) -> None:
        raise _OutOfTime

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    already = _address_space()
    if signal.getsignal(signal.SIGPROF) is None:  # a handler that is not Python's could not be put back
        raise ValueError("the clock is somebody else's")
    before = signal.signal(signal.SIGPROF, out_of_time)
    most = (already or 0) + memory
    running = signal.setitimer(signal.ITIMER_PROF, seconds)

    def restore() -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        signal.setitimer(signal.ITIMER_PROF, *running)  # a profiler's own, which waited meanwhile
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    try:
        if already is not None and (soft == resource.RLIM_INFINITY or soft > most):
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ValueError, OSError):
        restore()
        raise
    return restore
