"""The other way round: not what a network makes of its sizes, but which sizes and arguments it could have.

`inputs` frees the sizes of the inputs, `arguments` tries values of one argument, `page` is what `archspec solve` prints.
"""
