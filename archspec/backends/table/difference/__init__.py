"""What changed between two networks, for people and for programs. Enters: a comparison, and both names; leaves: text."""

from __future__ import annotations
