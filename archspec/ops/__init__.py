"""The ops: one class each, with everything that is known about it. A class is found by its name; no list is kept."""
