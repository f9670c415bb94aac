"""What comes of importing mutated files: a network or an ImportProblem, within `SECONDS` of processor time and `GIBIBYTES` of
memory. What is neither is printed, kept, and counted in the exit code.

Enters: files, and what mutates and imports one. Leaves: the mutations whose answer is wrong.
"""

from __future__ import annotations

import resource
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType
from typing import TYPE_CHECKING

from finds import Find, parser, tell

if TYPE_CHECKING:
    from archspec.importers.sketch import ImportProblem, Sketch

SECONDS = 5
GIBIBYTES = 1


@dataclass(frozen=True)
class Kind:
    """How a kind of file is mutated and imported. `unsaid` is what a refusal lacks, or None."""

    suffix: str
    mutated: Callable[[bytes, Random], bytes]
    imported: Callable[[str], Sketch]
    unsaid: Callable[[ImportProblem], str | None] = lambda problem: None


class _Late(BaseException):
    """The processor time is up."""


def fault(path: Path, kind: Kind) -> str | None:
    """What is wrong with the answer to a file; None where it is a network or a problem."""
    from archspec.importers import write
    from archspec.importers.sketch import ImportProblem

    def late(number: int, frame: FrameType | None) -> None:
        raise _Late

    signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        write(kind.imported(str(path)))
    except ImportProblem as problem:
        said = f"{problem.place} {problem.message}"
        return f"a message of {len(said)} characters" if len(said) > 1_000 or "\n" in said else kind.unsaid(problem)
    except _Late:
        return f"more than {SECONDS} s"
    except Exception as error:
        inner = error.__traceback__
        while inner is not None and inner.tb_next is not None:
            inner = inner.tb_next
        place = f"{Path(inner.tb_frame.f_code.co_filename).name}:{inner.tb_lineno}" if inner is not None else ""
        return f"{type(error).__name__}: {str(error)[:150]} ({place})"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


def faults(kind: Kind, originals: list[bytes], count: int, seed: int, folder: Path) -> Iterator[Find]:
    """The mutations whose answer is wrong."""
    path = folder / f"model.{kind.suffix}"
    for number in range(count):
        random = Random(seed * 1_000_003 + number)
        data = kind.mutated(random.choice(originals), random)
        path.write_bytes(data)
        found = fault(path, kind)
        if found is not None:
            yield Find(number, kind.suffix, data, found)


def main(kind: Kind, description: str | None, models: Callable[[list[Path]], list[bytes]]) -> int:
    """`[--count N] [--seed S] [--keep FOLDER] [MODEL...]`. `models` gives what is mutated."""
    arguments = parser(description)
    arguments.add_argument("models", nargs="*", type=Path)
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    originals = models(options.models)
    with open("/proc/self/statm", encoding="ascii") as file:
        already = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (already + (GIBIBYTES << 30), resource.RLIM_INFINITY))
    with tempfile.TemporaryDirectory() as folder:
        return tell(faults(kind, originals, options.count, options.seed, Path(folder)), options)
