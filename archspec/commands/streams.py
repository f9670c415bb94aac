"""The standard streams of a process: those that are closed, full, or cannot write every character.

Enters: nothing. Leaves: streams that commands can print to; `lost` says which of them did not take what was printed.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO


class _Raw(io.RawIOBase):
    """A standard stream that remembers why it did not take what was written."""

    def __init__(self, number: int, is_open: bool) -> None:
        self.number = number
        self.is_open = is_open
        self.is_silent = not is_open and number == 2  # who closes it wants no messages; the exit code says enough
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        if self.is_silent:
            return len(data)
        try:
            if not self.is_open:
                raise OSError(errno.EBADF, "It is closed")
            return os.write(self.number, data)
        except OSError as error:
            self.error = error
            raise

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.number

    def isatty(self) -> bool:
        return self.is_open and os.isatty(self.number)


def prepare() -> None:
    """Puts something in place of closed streams, and lets characters that a stream's encoding lacks be printed as escapes."""
    if sys.stdout is None or sys.stderr is None or sys.stdin is None:
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:  # so that no file that is opened later gets its number
            pass
        os.close(handle)
    sys.stdout = _watched(sys.stdout, 1)
    sys.stderr = _watched(sys.stderr, 2)


def _watched(stream: TextIO | None, number: int) -> TextIO:
    encoding = stream.encoding if stream is not None else "utf-8"
    errors = stream.errors if stream is not None else None
    buffer = io.BufferedWriter(_Raw(number, stream is not None))
    return io.TextIOWrapper(buffer, encoding, "backslashreplace" if errors in (None, "strict") else errors,
                            line_buffering=number == 2 or buffer.isatty())  # fmt: skip


def lost() -> str | None:
    """What is to be said of a stream that did not take what was printed; from then on nothing more is printed to it."""
    said = None
    for name, stream in (("output", sys.stdout), ("error", sys.stderr)):
        raw = getattr(getattr(stream, "buffer", None), "raw", None)
        if not isinstance(raw, _Raw):
            continue
        with suppress(OSError):
            stream.flush()
        if raw.error is None or raw.is_silent:
            continue
        raw.is_silent = True
        if not isinstance(raw.error, BrokenPipeError):
            said = said or f"standard {name} cannot be written: {(raw.error.strerror or '').lower()}"
    return said


def write_bytes(data: bytes) -> None:
    """A file's content to standard output, as it would stand in a file."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(data.decode())
        return
    buffer.write(data)
    buffer.flush()
