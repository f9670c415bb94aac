"""Rows of what a recording of a PyTorch module keeps: inputs, results, state and constants."""

from __future__ import annotations

from run import Row

ROWS: list[Row] = [
    Row(
        "torch/transformer_parts.py",
        "inputs bound by position",
        "import torch transformer_parts:ByName --input b=3 --input a=3",
        says=("mul: {type: Mul, from: b, value: 2}", "sub: {type: Sub, from: [a, mul]}", "bit-identical"),
    ),
    Row(
        "torch/transformer_parts.py",
        "inputs bound by position",
        "import torch transformer_parts:Optional --input x=4 --input memory=4",
        says=("add: {type: Add, from: [lin, memory]}", "bit-identical"),
        lacks=("mask",),
    ),
    Row(
        "torch/transformer_parts.py",
        "inputs bound by position",
        "import torch transformer_parts:KeywordOnly --input x=4",
        says=("inputs: {x: {shape: [4]}}", "20 parameters, outputs bit-identical"),
    ),
    Row(
        "torch/d40_dict_input.py",
        "inputs that are mappings",
        "import torch d40_dict_input:Net --input x=4 --input y=5",
        says=("33 parameters, outputs bit-identical",),
    ),
    Row(
        "torch/d41_dataclass.py",
        "results that are dataclasses",
        "import torch d41_dataclass:Net --input 4",
        says=("outputs: {logits: lin}", "15 parameters, outputs bit-identical"),
    ),
    Row(
        "torch/d42_nested_names.py",
        "nested results keep only the innermost key",
        "import torch d42_nested_names:Net --input 4",
        says=("outputs: {left_logits: a, right_logits: b}", "25 parameters, outputs bit-identical"),
    ),
    Row(
        "torch/ordinary_code.py",
        "values above 500 characters lost; verify copied the reference's buffers before it compared",
        "import torch ordinary_code:CausalBuffer --input 16,8",
        says=("${[[1 if j <= i else 0 for j in range(16)] for i in range(16)]}", "outputs bit-identical"),
    ),
    Row(
        "torch/c20_inf_mask.py",
        "infinity in constants",
        "import torch c20_inf_mask:Net --input 5,8",
        says=("216 parameters, outputs bit-identical",),
    ),
    Row(
        "torch/c21_finfo_min.py",
        "constants rounded when written",
        "import torch c21_finfo_min:Net --input 5,8",
        says=("216 parameters, outputs bit-identical",),
    ),
    Row(
        "torch/transformer_parts.py",
        "constants rounded when written",
        "import torch transformer_parts:LeastFloat --input 4,8",
        says=("72 parameters, outputs bit-identical",),
    ),
    Row(
        "torch/a01_freeze_lora.py",
        "requires_grad dropped on import",
        "import torch a01_freeze_lora:Net --input 16",
        says=("base: {type: Linear, out_features: 16, freeze: true}", "336 parameters, outputs bit-identical"),
    ),
]
