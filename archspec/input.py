"""Files that strangers name, opened only where reading them ends.

Enters: a path. Leaves: an open file, or an `InputError` that says why not. A device or a pipe might never end; a directory is
no file.
"""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from archspec.diagnostics.text import escape


class InputError(Exception):
    """The file was not opened; the message is one line that names it."""


class NotRegular(InputError):
    """The path is no file's, nor a directory's."""

    def __init__(self, shown: str, is_pipe: bool) -> None:
        super().__init__(f"{shown} is not a regular file")
        self.is_pipe = is_pipe


def open_regular(path: str) -> BinaryIO:
    """The regular file at this path, for reading bytes. Raises InputError."""
    shown = escape(path[:200])
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        why = (error.strerror or "") if isinstance(error, OSError) else str(error)
        raise InputError(f"{shown} cannot be read: {why.lower()}") from None
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    if not stat.S_ISDIR(mode):
        raise NotRegular(shown, stat.S_ISFIFO(mode))
    try:
        os.scandir(path).close()
    except OSError as error:
        raise InputError(f"{shown} cannot be read: {(error.strerror or '').lower()}") from None
    raise InputError(f"{shown} is a directory")
