"""Comments put into a spec, and those that a change of it has lost."""

from __future__ import annotations

import re
from random import Random

import yaml

MARK = re.compile(r"# note \d+ of the author")
"""A comment that was put in, each another; nothing of a spec looks like it."""
SHARE = 0.4
"""Of the lines that get one."""


def commented(text: str, random: Random) -> str:
    """A text with comments on lines of their own, and behind what stands on others; as it was where it is no YAML, or they would
    change it."""
    lines = []
    count = 0
    for line in text.split("\n"):
        if line.strip() and random.random() < SHARE:
            indent = line[: len(line) - len(line.lstrip(" "))]
            mark = f"# note {count} of the author"
            count += 1
            is_behind = random.random() < 0.5 and "#" not in line and not line.endswith("\r")
            lines += [f"{line}   {mark}"] if is_behind else [indent + mark, line]
        else:
            lines.append(line)
    found = "\n".join(lines)
    try:
        is_same = repr(yaml.load(found, yaml.CSafeLoader)) == repr(yaml.load(text, yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return text
    return found if is_same else text


def lost(before: str, after: str) -> str:
    """What became of the comments of a text that should all be there, in their order; nothing where they are.

    One that stands alone is a line; one behind something was put in, so that it is known for one.
    """
    for name, found in (("a comment", MARK.findall), ("a line that is a comment", _lines)):
        written, left = found(before), found(after)
        if written != [comment for comment in left if comment in set(written)]:
            return f"{name} is lost, or stands elsewhere"
    return ""


def _lines(text: str) -> list[str]:
    alone = [line.strip() for line in text.split("\n") if line.lstrip().startswith("#")]
    return [line for line in alone if "archspec: ignore" not in line and not MARK.fullmatch(line)]
