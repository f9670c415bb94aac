"""An `nn.Module` as a spec: run it twice on small batches, write down what it computes, and find its structure again.

recording.py   what is called, on which tensors, inside which module
tape.py        both recordings as one, the batch's size told apart from numbers; constants; what is never used left out
functions.py   what each torch function is in archspec's ops
modules.py     what each torch.nn module is
gradients.py   where gradients stop; training.py, what is computed in training only
sketching.py   paths and reads: the `Sketch`
"""
