"""Modules of torch.nn that are one op each, with arguments other than the defaults where they have some."""

from __future__ import annotations

from small_functions import IMAGE, LINE, VOLUME, Shape, X
from torch import nn

VECTOR: tuple[Shape, ...] = ((5,),)
_OF_RANK = {1: LINE, 2: IMAGE, 3: VOLUME}

LAYERS: dict[str, tuple[nn.Module, tuple[Shape, ...]]] = {
    "linear": (nn.Linear(4, 6), X),
    "linear_without_bias": (nn.Linear(4, 6, bias=False), X),
    "conv1d": (nn.Conv1d(4, 6, 3, padding=1, bias=False), LINE),
    "conv2d": (nn.Conv2d(4, 6, (3, 5), stride=(1, 2), padding=(1, 2), groups=2), IMAGE),
    "conv2d_same": (nn.Conv2d(4, 4, 3, padding="same", dilation=2), IMAGE),
    "conv2d_reflect": (nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), IMAGE),
    "conv3d": (nn.Conv3d(2, 3, 2), VOLUME),
    "conv_transpose1d": (nn.ConvTranspose1d(4, 3, 2, 2), LINE),
    "conv_transpose2d": (nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2), IMAGE),
    "conv_transpose3d": (nn.ConvTranspose3d(2, 3, 2, bias=False), VOLUME),
    "batch_norm1d": (nn.BatchNorm1d(5, eps=1e-3), VECTOR),
    "batch_norm2d": (nn.BatchNorm2d(4, momentum=None), IMAGE),
    "batch_norm2d_plain": (nn.BatchNorm2d(4, affine=False), IMAGE),
    "batch_norm2d_of_the_batch": (nn.BatchNorm2d(4, track_running_stats=False), IMAGE),
    "batch_norm3d": (nn.BatchNorm3d(2), VOLUME),
    "instance_norm1d": (nn.InstanceNorm1d(4), LINE),
    "instance_norm2d": (nn.InstanceNorm2d(4, affine=True), IMAGE),
    "instance_norm2d_tracked": (nn.InstanceNorm2d(4, track_running_stats=True), IMAGE),
    "instance_norm3d": (nn.InstanceNorm3d(2), VOLUME),
    "group_norm": (nn.GroupNorm(2, 4, eps=1e-6), IMAGE),
    "group_norm_plain": (nn.GroupNorm(2, 4, affine=False), IMAGE),
    "layer_norm": (nn.LayerNorm(4, eps=1e-6), X),
    "layer_norm_of_two": (nn.LayerNorm((3, 4)), X),
    "layer_norm_without_bias": (nn.LayerNorm(4, bias=False), X),
    "layer_norm_plain": (nn.LayerNorm(4, elementwise_affine=False), X),
    "rms_norm": (nn.RMSNorm(4, eps=1e-6), X),
    "local_response_norm": (nn.LocalResponseNorm(2, k=2.0), IMAGE),
    "prelu": (nn.PReLU(), X),
    "prelu_of_channels": (nn.PReLU(3), X),
    **{
        type(module).__name__: (module, X)
        for module in [
            nn.ReLU(), nn.ReLU6(), nn.SiLU(), nn.Mish(), nn.Sigmoid(), nn.Tanh(), nn.Hardswish(), nn.Hardsigmoid(), nn.SELU(),
            nn.GELU(), nn.LogSigmoid(), nn.Softsign(), nn.Tanhshrink(), nn.CELU(0.5), nn.ELU(0.5), nn.LeakyReLU(0.2),
            nn.Hardtanh(-0.5, 0.5), nn.Hardshrink(0.3), nn.Softshrink(0.3), nn.Softplus(2), nn.Threshold(0.1, 3.0),
            nn.RReLU(), nn.Softmax(-1), nn.LogSoftmax(1), nn.Softmin(2), nn.GLU(),
        ]
    },
    "ReLU_in_place": (nn.ReLU(inplace=True), X),
    "GELU_tanh": (nn.GELU("tanh"), X),
    "softmax2d": (nn.Softmax2d(), IMAGE),
    **{
        type(module).__name__: (module, _OF_RANK[int(type(module).__name__[-2])])
        for module in [
            nn.MaxPool1d(2), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.MaxPool3d(2), nn.AvgPool1d(2), nn.AvgPool2d(3, 1, 1),
            nn.AvgPool3d(2), nn.AdaptiveAvgPool1d(1), nn.AdaptiveAvgPool2d((2, 3)), nn.AdaptiveAvgPool3d(1),
            nn.AdaptiveMaxPool1d(2), nn.AdaptiveMaxPool2d(1), nn.AdaptiveMaxPool3d(2), nn.LPPool1d(2, 2), nn.LPPool2d(2, 2),
            nn.LPPool3d(2, 2), nn.ZeroPad1d(1), nn.ZeroPad2d((1, 0, 2, 1)), nn.ZeroPad3d(1), nn.ConstantPad1d(1, 2.0),
            nn.ConstantPad2d(1, 2.0), nn.ConstantPad3d(1, 2.0), nn.ReflectionPad1d(1), nn.ReflectionPad2d((1, 0, 2, 1)),
            nn.ReflectionPad3d(1), nn.ReplicationPad1d(1), nn.ReplicationPad2d(2), nn.ReplicationPad3d(1),
            nn.CircularPad1d(1), nn.CircularPad2d(1), nn.CircularPad3d(1), nn.Dropout1d(0.1), nn.Dropout2d(0.1),
            nn.Dropout3d(0.1),
        ]
    },
    "dropout": (nn.Dropout(0.2), X),
    "alpha_dropout": (nn.AlphaDropout(0.2), X),
    "feature_alpha_dropout": (nn.FeatureAlphaDropout(0.2), IMAGE),
    "flatten": (nn.Flatten(), IMAGE),
    "unflatten": (nn.Unflatten(1, (2, 2)), IMAGE),
    "unfold": (nn.Unfold(3, padding=1), IMAGE),
    "fold": (nn.Fold((4, 4), 2, stride=2), ((8, 4),)),
    "pixel_shuffle": (nn.PixelShuffle(2), IMAGE),
    "pixel_unshuffle": (nn.PixelUnshuffle(2), IMAGE),
    "channel_shuffle": (nn.ChannelShuffle(2), IMAGE),
    "upsample": (nn.Upsample(scale_factor=2), IMAGE),
    "upsample_to": (nn.Upsample((9, 8), mode="bilinear", align_corners=True), IMAGE),
    "upsampling_bilinear": (nn.UpsamplingBilinear2d(scale_factor=2), IMAGE),
    "upsampling_nearest": (nn.UpsamplingNearest2d(8), IMAGE),
}  # fmt: skip
