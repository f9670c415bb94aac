"""Rows of what an import leaves out, and of what comes back from the other formats."""

from __future__ import annotations

from run import Row

TRAINING = "not in the spec, since it runs in training only: "

ROWS: list[Row] = [
    Row(
        "torch/training_only.py",
        "training-only randomness is dropped without a word",
        "import torch training_only:Noisy --input 4",
        says=(TRAINING, "training_only.py:13 in forward (randn_like, mul, add)", "outputs bit-identical"),
    ),
    Row(
        "torch/training_only.py",
        "training-only randomness is dropped without a word",
        "import torch training_only:Branch --input 4",
        says=(TRAINING, "training_only.py:27 in forward (new_empty, bernoulli, mul, div)"),
    ),
    Row(
        "torch/training_only.py",
        "training-only layers are dropped without a word",
        "import torch training_only:Head --input 4",
        says=(TRAINING, "training_only.py:41 in forward (Linear)"),
    ),
    Row(
        "torch/training_only.py",
        "training-only randomness is dropped without a word",
        "import torch training_only:Dropped --input 4",
        says=("n: BatchNorm1d", "d: {type: Dropout, p: 0.2}", "dropout: {type: Dropout, p: 0.3}"),
        lacks=(TRAINING,),
    ),
    Row(
        "torch/dead_functions.py",
        "a function that runs but whose result nobody uses is lost",
        "import torch dead_functions:Net --input 4",
        says=("{type: FunctionalLinear, from: [input, w]}", "{type: Matmul, from: [input, w]}", "36 parameters"),
        lacks=("ReLU",),
    ),
    Row(
        "torch/dead_functions.py",
        "a function that runs but whose result nobody uses is lost",
        "import torch dead_functions:Attention --input 6,4",
        says=("ScaledDotProductAttention", "outputs bit-identical"),
    ),
    Row(
        "torch/dead_functions.py",
        "a function that runs but whose result nobody uses is lost",
        "import torch dead_functions:Convolution --input 3,8,8",
        says=("FunctionalConv2d", "outputs bit-identical"),
    ),
    Row(
        "onnx/range_pos.onnx",
        "a size that is only named, without a word how to give it",
        "import onnx {}",
        exit=2,
        says=("node r (Range): needs a number, but has the size T", "(--set NAME=…)"),
    ),
    Row(
        "onnx/range_pos.onnx",
        "a table of positions became a constant",
        "import onnx {} --set T=8",
        says=("pe: {type: Parameter, shape: [16, 4]}", "{type: Slice, dim: 0, stop: 8}"),
    ),
    Row(
        "onnx/dyn_hw.onnx",
        "a size that is only named, without a word how to give it",
        "import onnx {} --set H=8 --set W=8",
        says=("input: [3, 8, 8]", "{type: UpsampleLike, from: [conv1, input]}"),
    ),
    Row(
        "specs/gs.yaml",
        "no layer of a spec stands for",
        "check {} --format json",
        values={"totals.params": 814, "totals.macs": 5508},
    ),
    Row("onnx/gs.onnx", "no layer of a spec stands for", "import onnx {}", says=("GridSample", "Atan")),
    Row(
        "torch/c25_state_out.py",
        "recurrent states as results",
        "import torch c25_state_out:Net --input 6,4",
        says=("outputs: {output_0: rnn, output_1: rnn.h}", "460 parameters, outputs bit-identical"),
    ),
    Row(
        "torch/d29_input_named_as_layer.py",
        "names of inputs, layers and made-up layers kept apart",
        "import torch d29_input_named_as_layer:Net --input s=5,16 --input t=6,16",
        says=("inputs: {s: {shape: [5, 16]}, t_input: {shape: [6, 16]}}", "outputs bit-identical"),
    ),
    Row(
        "torch/names_of_inputs.py",
        "names of inputs, layers and made-up layers kept apart",
        "import torch names_of_inputs:Numbered --input 4 --input 4",
        says=("inputs: {x_input: {shape: [4]}, y: {shape: [4]}}", "4 keys, 40 parameters, outputs bit-identical"),
    ),
    Row(
        "torch/names_of_inputs.py",
        "names of inputs, layers and made-up layers kept apart",
        "import torch names_of_inputs:Scaled --input scale=4",
        says=("inputs: {scale_input: {shape: [4]}}", "scale: {type: Parameter", "outputs bit-identical"),
    ),
    Row(
        "torch/names_of_inputs.py",
        "names of inputs, layers and made-up layers kept apart",
        "import torch names_of_inputs:MadeUp --input add=4",
        says=("inputs: {add: {shape: [4]}}", "add_1: {type: Add, value: 1}", "outputs bit-identical"),
    ),
]
