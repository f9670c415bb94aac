"""The torch back end: facts in, the source of a standalone PyTorch module out.

`generate` writes text and never imports torch. `build` and `verify`, in files of their own, do.
"""

from archspec.backends.torch.family import NeedsAllSteps
from archspec.backends.torch.module import HEADER, Generated, generate
from archspec.backends.torch.plan import CannotGenerate

__all__ = ["HEADER", "CannotGenerate", "Generated", "NeedsAllSteps", "generate"]
