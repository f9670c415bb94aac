"""Checkpoints beside specs: what a file of weights holds, what a spec needs, and what of the one fits the other.

    file ──> checkpoint (header only) ──┐
                                        ├──> match: what loads, what does not, and why
    facts ──> expected (keys) ──────────┘

Comparing needs names, shapes and dtypes alone: no tensor is read, and torch is imported only for files that it wrote itself.
`load.py` reads the numbers, for those who want to run the network.
"""
