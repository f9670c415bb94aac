"""A document to a graph: names, references, groups, the order of computation, and the ops of the layers."""
