"""What has to hold of symbolic sizes, and for which numbers it does. Enters: statements about sizes; leaves: their solution.

`sets` are the numbers, `solve` finds them, `words` says them.
"""
