"""`archspec explain` as a student types it: what is printed, in which width, and what is said of what there is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import SPECS

from archspec.cli import main

ALEXNET = str(SPECS / "alexnet.yaml")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What the command prints; its exit code is held against `code`."""
    assert main(["explain", *arguments]) == code
    found = capsys.readouterr()
    return found.out if code != 2 else found.err


def test_why_55(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, ALEXNET, "conv1")
    for line in ("floor((227 + 2·0 − 11) / 4) + 1", "= 11·11·3·96 + 96", "= 34,944", "= 55·55·96·(11·11·3)",
                 "activations   96·55·55·4 = 1,161,600 bytes", "read by relu1"):  # fmt: skip
        assert line in out
    assert "kernel_size 11 → 12   96 × 54 × 54      41,568  E0301" in out
    assert "kernel_size 11 → 10   96 × 55 × 55      28,896  fits" in out


def test_the_field_of_a_layer(capsys: pytest.CaptureFixture[str]) -> None:
    assert "19 + (5 − 1)·8 = 51" in printed(capsys, ALEXNET, "conv2")


def test_why_9216(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, ALEXNET, "--why", "dense1.in_features")
    assert out.startswith("dense1.in_features is 9216\n")
    assert "the side on the way: 227 → 55 → 27 → 13 → 6" in out
    assert "256·6·6 = 9216" in out


def test_where_62_million_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, ALEXNET, "--why", "params")
    assert out.splitlines()[0] == "AlexNet has 62,378,344 parameters"
    assert out.splitlines()[3].split() == ["dense1", "9216·4096", "+", "4096", "37,752,832", "60.5"]


def test_what_a_unit_sees(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, ALEXNET, "pool3", "--unit", "3,5")
    assert "5·32 − 64 = 96" in out
    assert "rows          32 to 226; 195 of 227" in out
    assert "columns       96 to 226; 131 of 227" in out


def test_what_if_the_padding_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, ALEXNET, "--with", "conv2.padding=0")
    assert "256 × 27 × 27 → 256 × 23 × 23" in out
    assert "flatten  9216 → 6400" in out
    assert "dense1 claims 9216 input features, but flatten gives 6400" in " ".join(out.split())


def test_a_claim_that_is_wrong_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(Path(ALEXNET).read_text().replace("[3, 227, 227]", "[3, 224, 224]"))
    out = printed(capsys, str(path), "--why", "dense1.in_features", code=1)
    assert out.startswith("dense1.in_features is 6400\n")
    assert "224 → 54 → 26 → 12 → 5" in out
    assert "so 9216 is wrong" in out


def test_an_argument_of_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, str(SPECS / "zoo" / "resnet.yaml"), "--why", "layer1.0.conv1.out_channels")
    assert "written as ${" in out
    assert "which is the block" in out


@pytest.mark.parametrize("code", ["E0301", "w1002"])
def test_a_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, code)
    assert out.startswith(f"{code.upper()}: ")
    assert "\nbad:\n" in out
    assert "\ngood:\n" in out


@pytest.mark.parametrize("name", ["conv1", "pool3", "dense1", "relu1"])
def test_lines_fit_80_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert max(map(len, printed(capsys, ALEXNET, name).splitlines())) <= 80


def test_the_network_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("alexnet.yaml", "receptive_field.yaml", "zoo/swin.yaml", "zoo/lstm_classifier.yaml"):
        assert max(map(len, printed(capsys, str(SPECS / name)).splitlines())) <= 80


def test_json_has_figures_as_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, ALEXNET, "conv1", "--format", "json"))
    output = found["parts"][0]["lines"]
    assert output[0]["value"] == [96, 55, 55]
    assert output[2] == {
        "name": "height", "value": 55, "formula": "floor((in + 2·padding − kernel_size) / stride) + 1",
        "filled": "floor((227 + 2·0 − 11) / 4) + 1", "shown": "55", "note": None,
    }  # fmt: skip


def test_names_are_no_markup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "<b>*x*\x1b[31m.yaml"
    path.write_text("archspec: 1\nname: Plain\ninput: [3, 8, 8]\nlayers:\n  a: ReLU\n")
    assert "<b>" not in printed(capsys, str(path), "--format", "markdown")
    for layer in ((), ("a",), ("--why", "a.inplace")):
        assert "\x1b" not in printed(capsys, str(path), *layer)


def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("archspec: 1\nname: Deep\ninput: [3]\nlayers:\n  a: {type: ReLU, repeat: 250}\n")
    assert printed(capsys, str(path)).endswith("50 more layers are left out; --all shows them\n")


@pytest.mark.parametrize(("arguments", "said"), [
    ((ALEXNET, "conv9"), "there is no layer called conv9; did you mean conv1?"),
    ((ALEXNET, "--why", "conv1.width"), "conv1 (Conv2d) has no width; ask for output, params, macs, memory, field"),
    ((ALEXNET, "--why", "dense"), "write LAYER.ARGUMENT"),
    ((ALEXNET, "--why", "field"), "say whose field: LAYER.field, such as "),
    ((ALEXNET, "--with", "conv1.depth=2"), "conv1 (Conv2d) has no argument depth"),
    ((ALEXNET, "pool3", "--unit", "9,9"), "pool3 has positions 0 to 5 there, not 9"),
    ((ALEXNET, "pool3", "--unit", "1"), "a unit of pool3 has 2 positions, not 1"),
    ((ALEXNET, "--unit", "1,1"), "--unit is of a layer"),
    ((ALEXNET, "conv1", "--unit", "a"), "--unit takes a position such as 3,5, not a"),
    ((ALEXNET, "conv1", "--why", "params"), "leave LAYER out"),
    (("E9999",), "there is no code E9999"),
])  # fmt: skip
def test_what_there_is_not(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in printed(capsys, *arguments, code=2)


@pytest.mark.parametrize(("asked", "figure"), [
    ("parameters", "params"), ("activations", "memory"), ("receptive_field", "field"), ("shape", "output"),
])  # fmt: skip
def test_figures_by_the_names_that_tables_have(asked: str, figure: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, ALEXNET, "--why", f"conv2.{asked}") == printed(capsys, ALEXNET, "--why", f"conv2.{figure}")


def test_an_argument_of_that_name_goes_before(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("archspec: 1\nname: N\ninput: [4, 4]\nlayers:\n  a: {type: Reshape, shape: [16]}\n")
    assert printed(capsys, str(path), "--why", "a.shape").startswith("a.shape is ")


KNOBS = """archspec: 1
name: Net
args: {heads: 4, depth: {default: 2, one_of: [1, 2, 5]}}
input: [8, 12]
blocks:
  B:
    args: {k: int}
    layers:
      conv: {type: Conv1d, out_channels: 8, kernel_size: "${k}", padding: "${k // 2}"}
layers:
  split: {type: Reshape, shape: [8, "${heads}", "${12 // heads}"]}
  join: {type: Flatten, start_dim: 2}
  b3: {type: B, k: 3}
  many: {type: B, k: 3, repeat: "${depth}"}
  net: {type: B, k: "${2 * heads - 1}"}
"""


@pytest.mark.parametrize(("changes", "title", "rows", "parameters"), [
    (["depth=5"], "with depth 2 → 5", ["many.4.conv none → 8 × 12 0 → 200"], "1,056 → 1,656"),
    (["depth=1"], "with depth 2 → 1", ["many.1.conv 8 × 12 → none 200 → 0"], "1,056 → 856"),
    (["heads=6"], "with heads 4 → 6", ["split 8 × 4 × 3 → 8 × 6 × 2", "net.conv 8 × 12 456 → 712"], "1,056 → 1,312"),
    (["b3.k=5"], "with b3.k 3 → 5", ["b3.conv 8 × 12 200 → 328"], "1,056 → 1,184"),
    (["many.k=5"], "with many.k 3 → 5", ["many.0.conv 8 × 12 200 → 328", "many.1.conv 8 × 12 200 → 328"], "1,056 → 1,312"),
    (["depth=5", "many.4.k=5"], "with depth 2 → 5 and many.4.k 3 → 5", ["many.4.conv none → 8 × 12 0 → 328"], "1,056 → 2,296"),
])  # fmt: skip
def test_arguments_of_the_network_and_of_blocks(
    changes: list[str], title: str, rows: list[str], parameters: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(KNOBS)
    out = printed(capsys, str(path), *[word for one in changes for word in ("--with", one)])
    assert out.startswith(f"{title}\n")
    assert set(rows) <= {" ".join(line.split()) for line in out.splitlines()}
    assert f"  parameters: {parameters}\n" in out
    assert path.read_text() == KNOBS


@pytest.mark.parametrize(("change", "said"), [
    ("depth=3", "the argument depth takes one of 1, 2, 5, not 3"),
    ("net.k=3", "heads is an argument of the network: --with heads=… gives it another value"),
    ("b3.conv.kernel_size=3", "k is an argument of the block B, given where b3 is written: --with b3.k=… gives it another value"),
    ("width=3", "the network has no argument width; it has heads, depth"),
])  # fmt: skip
def test_what_cannot_be_changed(change: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(KNOBS)
    assert said in printed(capsys, str(path), "--with", change, code=2)


def test_an_argument_of_a_layer_in_error_is_refused_with_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("archspec: 1\nname: Net\ninput: [3, 8, 8]\nlayers:\n  a: {type: Conv2d, kernel_size: 3}\n")
    said = printed(capsys, str(path), "--with", "a.kernel_size=1", code=2)
    assert said.startswith("archspec: a is in error itself: archspec check ")


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (["--with", "kernel_size=5"], "--with conv1.kernel_size=5"),
        (["--with", "conv1.kernel_size=5"], "--with conv1.kernel_size=5"),
        (["--why", "params"], "--why conv1.params"),
    ],
)
def test_a_question_that_names_its_layer_is_said_as_it_is_to_be_written(
    capsys: pytest.CaptureFixture[str], asked: list[str], written: str
) -> None:
    err = printed(capsys, ALEXNET, "conv1", *asked, code=2)
    assert f"write {written} and leave LAYER out" in err
    assert printed(capsys, ALEXNET, *written.split())


RESNET = str(SPECS / "zoo" / "resnet.yaml")


def test_a_group_is_the_sum_of_its_layers(capsys: pytest.CaptureFixture[str]) -> None:
    """Its figures are those of its row in the table, and it says which block each of it is, and where that is written."""
    for asked in ("layer2", "layer2/"):
        out = printed(capsys, RESNET, asked)
        for line in ("layer2: Bottleneck × 4, ", "each is the block Bottleneck, which is written at", "the first with channels: 128",
                     "256 × 56 × 56; of layer1.2.relu3", "512 × 28 × 28; of layer2.3.relu3", "parameters    1,219,584",
                     "MACs          1,027,604,480", "  0/     Bottleneck  512 × 28 × 28     379,392"):  # fmt: skip
            assert line in out


def test_a_block_is_explained_at_its_first_use(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, RESNET, "Bottleneck")
    assert out.startswith("layer1.0: Bottleneck, ")
    assert "used 15 more times: layer1.1, layer1.2," in out
    found = json.loads(printed(capsys, RESNET, "layer1.0", "--format", "json"))
    assert [part["title"] for part in found["parts"][:2]] == ["reads", "gives"]


def test_why_so_much_memory(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, ALEXNET, "--why", "memory")
    assert "the most at once are 2.2 MiB, in relu1: conv1 1.1 MiB, relu1 1.1 MiB" in out
    assert "conv2    256·27·27·4    746,496  13.0" in out


def test_values_are_as_specs_have_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "archspec: 1\nname: Net\ninput: [3, 8, 8]\nblocks:\n  Block:\n    args: {squeezes: true, skips: null}\n    layers:\n"
        '      conv: {type: Conv2d, out_channels: "${4 if squeezes else 2}", kernel_size: 1}\nlayers:\n  b: {type: Block}\n'
    )
    assert main(["explain", str(path), "--why", "b.conv.out_channels"]) == 0
    assert "the block Block with squeezes: true, skips: null" in capsys.readouterr().out
