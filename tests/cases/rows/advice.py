"""Rows of help: only what was tried, and all that is needed to see what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from run import Row

TRIED = "advice is tried before it is given"
KERAS = "Keras's keys are known as its layers are"
ONCE = "one mistake is said once"
LINE = "the line that is wrong, and what to write"
LINT = "what is allowed but hardly meant is a warning"
SHAPES = "labels say what is there; products only for what is flattened"

PORTS = "ports as the author calls them"


def drawn(*labels: str) -> Callable[[Path, Path], str | None]:
    """That a diagram has arrows with these labels, and none of an inner layer's name."""

    def probe(file: Path, out: Path) -> str | None:
        text = out.with_suffix(".dot").read_text("utf-8")
        return next((f"no arrow {label!r}" for label in labels if f"  {label}" not in text), None) or (
            "an inner layer's name" if "act: " in text else None
        )

    return probe


ROWS: list[Row] = [
    Row("specs/s08.yaml", TRIED, "check {} --quiet", 1,
        says=("400 would be right with padding 2 in conv1, an input of 32 × 32",), lacks=("in pool2", "in pool1")),
    Row("student/04_nopad.yaml", TRIED, "check {} --quiet", 1,
        says=("9216 would be right with padding 2 in conv2",), lacks=("in pool2",)),
    Row("student/04b_nopad3.yaml", TRIED, "check {} --quiet", 1,
        says=("9216 would be right with padding 1 in conv3",), lacks=("padding 2 in pool2", "padding 4")),
    Row("specs/s05.yaml", TRIED, "check {} --quiet", 1,
        says=('write cin: "${cout}" where up2.1 is made (line 16), or leave in_channels out', "the same in up1.1.0"),
        lacks=("in_channels: 128", "on the way")),
    Row("specs/s13.yaml", TRIED, "check {} --quiet", 1,
        says=("14 (model.0.conv) → 7 (model.1.conv)", "right with img_size: 32", "leave in_features out"),
        lacks=("padding 0", "write in_features: 512")),
    Row("specs/s03.yaml", TRIED, "check {} --quiet", 1,
        says=("put a Flatten before it: 32 × 6 × 6 = 1152; and write in_features: 1152",), lacks=("in_features: 6,",)),
    Row("specs/s03b.yaml", TRIED, "check {} --quiet", 1, says=("put a Flatten before it:", "and write in_features: 576")),
    Row("specs/s31_conv1d_last.yaml", TRIED, "check {} --quiet", 1,
        says=("if 3 is the number of channels, write input: [3, 10]",), lacks=("in_channels: 10",)),
    Row("specs/s20.yaml", TRIED, "check {} --quiet", 1,
        says=("seq gives N × 512 × 32: 64 × 8 = 512", "{type: Transpose, dim0: 1, dim1: 2}"), lacks=("input_size: 32", "= 32 leave")),
    Row("student/conv1d_on_vec.yaml", TRIED, "check {} --quiet", 1, says=("[1, 784]",)),
    Row("student/15b_from.yaml", TRIED, "check {} --quiet", 1, says=("256 would be right with from: pool2",)),
    Row("specs/s34_upsample.yaml", SHAPES, "check {} --quiet", 1, says=("up gives N × 64 × 32 × 32",), lacks=("= 64 leave",)),
    Row("specs/s09.yaml", SHAPES, "check {} --quiet", 1, says=("lstm gives N × 50 × 2048: 2 directions × 1024 = 2048",)),
    Row("specs/s33_two.yaml", SHAPES, "check {} --quiet", 1,
        says=("128 would be right with out_features 128 in fc1",), lacks=("on the way",)),
    Row("specs/s10.yaml", TRIED, "check {} --quiet", 1,
        says=("300 → 300 (e1.0) → 150 (p1)", "use an input of 296 × 296 or 304 × 304"), lacks=("make axis 2",)),
    Row("specs/s07.yaml", TRIED, "check {} --quiet", 1,
        says=("1 (block_4.9)", "use an input of 32 × 32 or more"), lacks=("kernel of at most",)),
    Row("specs/s07_32.yaml", TRIED, "check {} --quiet", 1, says=("2048 would be right with an input of 64 × 64",), lacks=("padding 3",)),
    Row("specs/s12.yaml", SHAPES, "check {} --quiet", 1, lacks=("on the way: 32 → 32",)),
    Row("student/06_stride0.yaml", TRIED, "check {} --quiet", 1, says=("write stride: 2",)),
    Row("student/07c_filters.yaml", KERAS, "check {} --quiet", 1, says=("write out_channels", "1 error"), lacks=("2 errors",)),
    Row("student/16b_p50pc.yaml", TRIED, "check {} --quiet", 1, says=("write p: 0.5",)),
    Row("student/11e_N.yaml", TRIED, "check {} --quiet", 1, says=("leave the batch out: input: [3, 227, 227]",)),
    Row("student/11f_none.yaml", TRIED, "check {} --quiet", 1, says=("leave the batch out: input: [3, 227, 227]",)),
    Row("student/21_nolayers.yaml", ONCE, "check {} --quiet", 1, says=("write layers", "1 error"), lacks=("2 errors",)),
    Row("specs/i3d.yaml", TRIED, "check {} --quiet", 1, says=("write padding: [0, 1, 1]",)),
    Row("student/18c_list_name.yaml", ONCE, "check {} --quiet", 1, says=("names go into a mapping: write conv1: {type: Conv2d, …}", "1 error")),
    Row("student/s1_keras_style.yaml", KERAS, "check {} --quiet", 1,
        says=("write {type: Conv2d, out_channels: 96, kernel_size: [11, 11], stride: 4}, and ReLU below it", "write {type: Dropout, p: 0.5}"),
        lacks=("write 0:",)),
    Row("student/09_activation.yaml", KERAS, "check {} --quiet", 1, says=("add a line below: relu1: ReLU",)),
    Row("student/14_colon.yaml", LINE, "check {} --quiet", 1, says=("14_colon.yaml:6:3", "write relu1: ReLU")),
    Row("student/14b_colon.yaml", LINE, "check {} --quiet", 1, says=("14b_colon.yaml:8:3", "write conv2: {type: Conv2d")),
    Row("student/14c_nospace.yaml", LINE, "check {} --quiet", 1, says=("14c_nospace.yaml:6:3", "write relu1: ReLU")),
    Row("student/14e_equals.yaml", LINE, "check {} --quiet", 1, says=("write kernel_size: 11",)),
    Row("student/20_indent.yaml", LINE, "check {} --quiet", 1, says=("indent it by 2, like line 5",), lacks=("block mapping",)),
    Row("student/flat.yaml", LINT, "check {} --quiet", says=("W1010", "put a Flatten before fc")),
    Row("student/02b_noflatten_infer.yaml", LINT, "check {} --quiet", says=("W1010", "put a Flatten before dense1")),
    Row("student/linlin.yaml", LINT, "check {} --quiet", says=("b maps what a maps, with nothing between them",)),
    Row("student/relu_out.yaml", LINT, "check {} --quiet", says=("W1012", "take r2 out")),
    Row("student/p1.yaml", LINT, "check {} --quiet", says=("d drops everything in training",)),
    Row("student/softmax_dim0.yaml", LINT, "check {} --quiet", says=("s is computed over the samples of a batch", "write dim: 1")),
    Row("student/lstm_bf.yaml", LINT, "check {} --quiet", says=("l reads the batch as time", "write batch_first: true")),
    Row("weights/bert_ln.yaml", "one to one", "weights {} bert_ln.safetensors", 1,
        says=("gamma: did you mean attention.output.LayerNorm.weight?", "beta: did you mean attention.output.LayerNorm.bias?")),
    Row("specs/ports.yaml", PORTS, "render {} -o {out}.dot", probe=drawn("h: 1 × N × 8", "c: 1 × N × 8")),
    Row("specs/d6_ports.yaml", PORTS, "render {} -o {out}.dot", probe=drawn("plus: 6", "minus: 6", "raw: 6")),
    Row("engineer/ports.yaml", PORTS, "render {} -o {out}.dot --depth 1", probe=drawn("c3: 8 × 32 × 32", "c4: 16 × 16 × 16")),
    Row("engineer/bifpn.yaml", PORTS, "render {} -o {out}.dot", probe=drawn("p3: 64 × 32 × 32", "p5: 64 × 8 × 8")),
    Row("specs/long.yaml", "whole where it is piped", "check {}",
        says=("      efficientnet_stage_seven_block_three_squeeze_excite_reduce_conv  ReLU", "layers.DeformableNeighbourhoodAttention2d")),
    Row("engineer/imp/common.yaml", "a file of blocks is one", "check {}", says=("no problems; 1 block",), lacks=("E0102",)),
    Row("engineer/imp/net.yaml", "paths as the command sees them", "check {} --select ALL", says=("--> /", "imp/common.yaml:8:9", "::: ", "imp/net.yaml:6:13")),
    Row("specs/s08_way.yaml", TRIED, "check {} --quiet", 1, says=("write padding: 1",)),
]  # fmt: skip
