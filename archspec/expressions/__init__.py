"""The expressions of the language: their grammar, their values, and what evaluating them may cost."""
