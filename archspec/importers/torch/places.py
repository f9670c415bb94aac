"""Where in the user's code something happens. Enters: the running stack, or an error.

Leaves: "model.py:37 in forward", or nothing.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from types import CodeType, FrameType

import torch

_NOT_THE_USERS = tuple(
    f"{folder}/".replace("\\", "/")
    for folder in (os.path.dirname(os.path.abspath(torch.__file__)), str(Path(__file__).resolve().parents[2]))
)
"""The folders of torch and of this package."""


def running_above(end: CodeType) -> str:
    """The line that is being run, below torch and this package and above the function `end`."""
    for frame, line in traceback.walk_stack(sys._getframe(1)):
        if frame.f_code is end:
            return ""  # from here on, who called archspec
        place = _place(frame, line)
        if place:
            return place
    return ""


def raised_at(error: BaseException) -> str:
    """The last line of the user's code that an error came through."""
    found = [_place(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return next(filter(None, reversed(found)), "")


def _place(frame: FrameType, line: int) -> str:
    name = frame.f_code.co_filename.replace("\\", "/")
    is_ours = name.startswith((*_NOT_THE_USERS, "<frozen"))
    return "" if is_ours else f"{name}:{line} in {frame.f_code.co_name}"
