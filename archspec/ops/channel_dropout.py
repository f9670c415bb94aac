"""Dropout of whole channels, and the kinds that keep mean and variance.
https://docs.pytorch.org/docs/stable/nn.html#dropout-layers"""

from typing import ClassVar

from archspec.ops.base import Inputs, Outputs
from archspec.ops.dropout import _Dropout


class _ChannelDropout(_Dropout):
    """Zeroes whole channels of a tensor with a given number of axes."""

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_rank(
            inputs[0], (self.rank + 2,), {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}[self.rank]
        )
        return super().outputs(inputs)


class Dropout1d(_ChannelDropout):
    """Zeroes channels of (N, C, L). https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html"""

    rank: ClassVar = 1


class Dropout2d(_ChannelDropout):
    """Zeroes channels of (N, C, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html"""

    rank: ClassVar = 2


class Dropout3d(_ChannelDropout):
    """Zeroes channels of (N, C, D, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout3d.html"""

    rank: ClassVar = 3


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance, for SELU networks.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html"""


class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.FeatureAlphaDropout.html"""
