"""Where figures come from. Enters: what a check found; leaves: pages of arithmetic as plain data, and their texts.

The formulas are the ops' own (`Op.size_formulas`, `parameter_formulas`, `macs_formula`); nothing here is keyed by an op's name.
"""
