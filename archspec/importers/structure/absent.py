"""`ABSENT`, what a layer has in a group that lacks it: any value would do. Enters and leaves nothing."""

from __future__ import annotations

from enum import Enum


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = 0


ABSENT = Absent.ABSENT
