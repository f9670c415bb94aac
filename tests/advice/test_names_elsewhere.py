"""Layers as Keras, Caffe, ONNX and MATLAB call them: `check` knows each, as `ops` does, and what its keys are here."""

from __future__ import annotations

import pytest

from archspec.checking import check
from archspec.commands.common import Unusable
from archspec.commands.ops import find
from archspec.fixing import fix

HEAD = "archspec: 1\nname: Net\ninput: [3, 64, 64]\nlayers:\n"
RANKED = "AveragePooling AvgPool Conv Convolution GlobalAveragePooling GlobalAvgPool GlobalMaxPool GlobalMaxPooling MaxPool MaxPooling"
NAMES = {
    "Keras": [
        *(f"{name}{rank}D" for name in RANKED.split() for rank in (1, 2, 3)),
        *"""Activation ActivityRegularization Add AdditiveAttention Attention Average BatchNormalization Bidirectional CategoryEncoding
        CenterCrop Concatenate Conv1DTranspose Conv2DTranspose Conv3DTranspose ConvLSTM2D Convolution2DTranspose Cropping1D Cropping2D
        Dense DepthwiseConv2D Dot EinsumDense GaussianNoise GroupNormalization GroupQueryAttention InputLayer Lambda
        LayerNormalization Masking MultiHeadAttention Multiply RMSNormalization RepeatVector Rescaling SeparableConv2D
        SeparableConvolution2D SimpleRNN SpatialDropout2D SpectralNormalization Subtract ThresholdedReLU TimeDistributed
        UnitNormalization UpSampling2D ZeroPadding2D""".split(),
    ],
    "Caffe": """AbsVal Accuracy ArgMax BNLL BatchNorm Bias Concat Convolution Crop Data Deconvolution Eltwise Embed EuclideanLoss
        HDF5Data ImageData InnerProduct Input LRN MVN MemoryData PReLU Pooling Power Reduction SPP Scale Silence SoftmaxWithLoss TanH
        Interp""".split(),
    "ONNX": """And AveragePool BatchNormalization Conv ConvTranspose DepthToSpace Elu Equal Gemm GlobalAveragePool GlobalMaxPool
        HardSigmoid HardSwish InstanceNormalization LayerNormalization LeakyRelu LpPool MatMul PRelu ReduceMax ReduceMean ReduceSum Relu
        Resize Selu SpaceToDepth Upsample""".split(),
    "MATLAB": """fullyConnectedLayer convolution2dLayer reluLayer maxPooling2dLayer crossChannelNormalizationLayer dropoutLayer
        softmaxLayer batchNormalizationLayer imageInputLayer classificationLayer""".split(),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for names in NAMES.values() for name in names])
def test_each_name_is_known(name: str) -> None:
    found = [
        problem
        for problem in check("a.yaml", f"{HEAD}  - {{type: {name}}}\n".encode()).diagnostics
        if problem.code == "E0104"
    ]
    assert not any("lists all there are" in problem.help for problem in found)
    try:
        said, _ = find(name)
    except Unusable as error:
        said = str(error)
    assert "in the name or in what it does" not in said
    assert found or " is " in said or not said


@pytest.mark.parametrize(("written", "meant"), [
    ("{type: MaxPool2D, pool_size: 3, strides: 2}", "{type: MaxPool2d, kernel_size: 3, stride: 2}"),
    ("{type: AvgPool2D, pool_size: 3}", "{type: AvgPool2d, kernel_size: 3}"),
    ("{type: LRN, local_size: 5, alpha: 0.0001, beta: 0.75}", "{type: LocalResponseNorm, size: 5, alpha: 0.0001, beta: 0.75}"),
    ("{type: Convolution2D, num_output: 96, kernel_size: 11, stride: 4}", "{type: Conv2d, out_channels: 96, kernel_size: 11, stride: 4}"),
])  # fmt: skip
def test_what_is_sure_is_put_right(written: str, meant: str) -> None:
    assert fix("a.yaml", f"{HEAD}  - {written}\n".encode()).after.decode() == f"{HEAD}  - {meant}\n"


@pytest.mark.parametrize(("written", "meant"), [
    ("{type: Convolution, num_output: 96, kernel_size: 11, stride: 4}", "{type: Conv2d, out_channels: 96, kernel_size: 11, stride: 4}"),
    ("{type: LRN, depth_radius: 2, bias: 2.0, beta: 0.75}", "{type: LocalResponseNorm, size: 5, k: 2.0, beta: 0.75}"),
    ("{type: Dropout, dropout_ratio: 0.5}", "{type: Dropout, p: 0.5}"),
])  # fmt: skip
def test_what_is_meant_is_written_when_asked(written: str, meant: str) -> None:
    assert fix("a.yaml", f"{HEAD}  - {written}\n".encode(), is_unsafe=True).after.decode() == f"{HEAD}  - {meant}\n"


def test_a_linear_map_of_caffe() -> None:
    text = f"{HEAD}  - Flatten\n  - {{type: InnerProduct, num_output: 10}}\n"
    assert fix("a.yaml", text.encode()).after.decode() == f"{HEAD}  - Flatten\n  - {{type: Linear, out_features: 10}}\n"


def test_a_radius_is_no_size() -> None:
    (found,) = check(
        "a.yaml", f"{HEAD}  - {{type: LocalResponseNorm, size: 5, depth_radius: 2}}\n".encode()
    ).diagnostics
    assert (found.code, found.fix) == ("E0103", None)
    assert found.help.startswith("write size: 2 · depth_radius + 1")


@pytest.mark.parametrize(("written", "meant"), [
    ("- conv: {filters: 96, kernel: 11}", "- {type: Conv2d, out_channels: 96, kernel_size: 11}"),
    ("- maxpool: {size: 3, stride: 2}", "- {type: MaxPool2d, kernel_size: 3, stride: 2}"),
    ("- convolution: {num_output: 8, kernel_size: 3}", "- {type: Conv2d, out_channels: 8, kernel_size: 3}"),
    ("Conv2D: {filters: 96, kernel_size: 3}", "Conv2D: {out_channels: 96, type: Conv2d, kernel_size: 3}"),
    ("MaxPooling2D: {pool_size: 2}", "MaxPooling2D: {kernel_size: 2, type: MaxPool2d}"),
    ("Conv_1: {filters: 8, kernel_size: 3}", "Conv_1: {out_channels: 8, type: Conv2d, kernel_size: 3}"),
    ("- BatchNormalization()", "- BatchNorm2d"),
    ("- MaxPool(2)", "- {type: MaxPool2d, kernel_size: 2}"),
    ("- Conv(8, 3)", "- {type: Conv2d, out_channels: 8, kernel_size: 3}"),
])  # fmt: skip
def test_a_name_of_several_is_known_as_a_key_as_a_name_and_as_a_call(written: str, meant: str) -> None:
    assert fix("a.yaml", f"{HEAD}  {written}\n".encode(), is_unsafe=True).after.decode() == f"{HEAD}  {meant}\n"


@pytest.mark.parametrize(("written", "meant"), [
    ("BatchNormalization(momentum=0.9)", "{type: BatchNorm2d, momentum: 0.1}"),
    ("layers.BatchNormalization(momentum=0.99, epsilon=0.001)(input)", "{type: BatchNorm2d, momentum: 0.01, eps: 0.001, from: input}"),
    ("ZeroPadding2D((1, 2))", "{type: ZeroPad2d, padding: [2, 2, 1, 1]}"),
    ("ZeroPadding2D(padding=((1, 2), (3, 4)))", "{type: ZeroPad2d, padding: [3, 4, 1, 2]}"),
    ("UpSampling2D((2, 2))", "{type: Upsample, scale_factor: [2, 2]}"),
    ("UpSampling2D()", "{type: Upsample, scale_factor: 2}"),
    ("MaxPooling2D()", "{type: MaxPool2d, kernel_size: 2}"),
    ("AveragePooling2D(strides=1)", "{type: AvgPool2d, kernel_size: 2, stride: 1}"),
    ("Concatenate()([input, input])", "{type: Cat, from: [input, input], dim: 1}"),
    ("layers.concatenate([input, input], axis=-1)", "{type: Cat, from: [input, input], dim: 1}"),
])  # fmt: skip
def test_a_value_that_is_another_here_is_taken_over_as_what_it_is(written: str, meant: str) -> None:
    text = f"{HEAD}  - {written}\n"
    assert fix("a.yaml", text.encode()).after.decode() == text
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == f"{HEAD}  - {meant}\n"


@pytest.mark.parametrize(
    "written", ["BatchNormalization(momentum=m)", "BatchNormalization(-1, 0.9)", "ZeroPadding2D(sides)"]
)
def test_a_value_that_cannot_be_told_is_not_left_out(written: str) -> None:
    text = f"{HEAD}  - {written}\n"
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text
    assert "with args" not in fix("a.yaml", text.encode()).result.diagnostics[0].help
