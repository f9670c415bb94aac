"""`archspec solve`: which sizes every network of the zoo accepts, what decides it, and which values an argument may have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import ROOT, spec

from archspec import cli
from archspec.checking import check
from archspec.conditions.words import solution_in_words
from archspec.solving.inputs import freed, tried

IMAGES = {
    "convnext": "H and W ≥ 32", "dcgan_discriminator": "H and W ≥ 64", "dcgan_generator": "any H and W", "densenet": "H and W ≥ 29",
    "efficientnet": "any H and W", "fpn": "any H and W", "fcn8s": "H and W from 32 to 39, 64 to 71, 96 to 103, … (again every 32)", "googlenet": "H and W ≥ 15",
    "inception_v3": "H and W ≥ 299", "lenet5": "H and W from 32 to 35", "mnasnet": "any H and W", "mobilenet_v2": "any H and W",
    "mobilenet_v3": "any H and W", "regnet_y": "any H and W", "resnet": "any H and W", "shufflenet_v2": "any H and W",
    "siamese": "H and W from 105 to 112; or H from 65 to 72 with W from 345 to 352; or in 7 more ways; and second_H and second_W from 105 to "
               "112; or second_H from 65 to 72 with second_W from 345 to 352; or in 7 more ways",
    "squeezenet": "H and W ≥ 21", "swin": "H and W from 224 to 227, 448 to 451, 672 to 675, … (again every 224)",
    "unet": "H and W ≥ 188", "vgg": "H and W ≥ 32",
    "vit": "H and W from 224 to 239; or H from 16 to 31 with W from 3136 to 3151; or in 7 more ways",
    "zfnet": "H and W from 213 to 244; or H from 53 to 84 with W from 1173 to 1204; or in 7 more ways",
    "bert": "segments_T = T, T = 512", "gpt2": "T = 1024", "lstm_classifier": "any T", "transformer": "any S and T",
}  # fmt: skip
"""Of every network of the zoo, each followed to its end."""


@pytest.mark.parametrize("path", sorted((ROOT / "specs" / "zoo").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_network_of_the_zoo_says_what_it_accepts(path: Path) -> None:
    result = check(str(path), path.read_bytes())
    free = freed(result)
    assert free.result.facts is not None
    assert not free.kept
    facts = free.result.facts
    assert facts.solution is None or not facts.solution.open
    assert solution_in_words(facts.solution, facts.symbols) == IMAGES[path.stem]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["solve", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


HEAD = "archspec: 1\nname: Net\ninput: [3, 24, 24]\nlayers:\n  conv: {type: Conv2d, out_channels: 4, kernel_size: 3}\n"
DENSE = "  flat: Flatten\n  dense: {type: Linear, in_features: 1600, out_features: 10}\n"


def write(folder: Path, text: str) -> str:
    file = folder / "net.yaml"
    file.write_text(text)
    return str(file)


def test_a_wrong_spec_says_which_input_would_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Backwards from a claim: 1600 = 4 · 20 · 20 features are those of 22 pixels, not of 24."""
    code, out, _ = run(capsys, write(tmp_path, HEAD + DENSE))
    assert code == 0
    assert out.startswith("Net accepts H and W = 22; or H = 3 with W = 402; or in ")
    assert "4*(H - 2)*(W - 2) = 1600" in out
    assert "as written: E0301, dense claims 1600 input features, but flat gives 1936" in " ".join(out.split())


CONV3D = "{type: Conv3d, out_channels: 4, kernel_size: 3}"
CONV2D = "{type: Conv2d, out_channels: 4, kernel_size: 3}"


@pytest.mark.parametrize(("input", "first", "conv", "said", "shape"), [
    ("[32, 32, 32, 1]", "{type: Permute, dims: [0, 4, 1, 2, 3]}", CONV3D, "D, H and W ≥ 3", "D × H × W × 1"),
    ("[8, 1, 32, 32]", "{type: Permute, dims: [0, 2, 1, 3, 4]}", CONV3D, "D, H and W ≥ 3", "D × 1 × H × W"),
    ("[8, 3, 32, 32]", "{type: Select, dim: 1, index: 0}", CONV2D, "H and W ≥ 3; and any D", "D × 3 × H × W"),
    ("[32, 32, 3]", "{type: Permute, dims: [0, 3, 1, 2]}", CONV2D, "H and W ≥ 3", "H × W × 3"),
    ("[1, 16, 32, 32]", "ReLU", CONV3D, "D, H and W ≥ 3", "1 × D × H × W"),
    ("[1, 32, 32]", "ReLU", CONV2D, "H and W ≥ 3", "1 × H × W"),
])  # fmt: skip
def test_channels_are_what_layers_read_as_channels(
    input: str, first: str, conv: str, said: str, shape: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, write(tmp_path, spec(f"  a: {first}\n  b: {conv}\n", input)))
    assert (code, out.splitlines()[0]) == (0, f"Example accepts {said}")
    assert f"  input: {shape}\n" in out


def test_an_image_whose_sides_layers_take_keeps_its_first_axis_as_channels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = "  pool: {type: MaxPool2d, kernel_size: 2}\n  conv: {type: Conv2d, out_channels: 4, kernel_size: 1}\n"
    text = spec(layers + "  last: {type: Linear, out_features: 4}\n", "[3, 32, 32]")
    _, out, _ = run(capsys, write(tmp_path, text))
    assert out.splitlines()[0] == "Example accepts H ≥ 2 with W from 32 to 33"


def test_what_expect_claims_is_solved_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = HEAD + "  pool: {type: MaxPool2d, kernel_size: 4}\nexpect: {output: [4, 5, 5]}\n"
    code, out, _ = run(capsys, write(tmp_path, text), "--format", "json")
    page = json.loads(out)
    assert code == 0
    assert page["title"] == "Net accepts H and W ≥ 6"
    assert page["about"][-1] == "what expect says holds for H and W from 22 to 25"
    assert page["parts"][0]["rows"][0] == {
        "layer": "the network (expect)", "needs": "(H - 2)//4 = 5", "which holds for": "H from 22 to 25"}  # fmt: skip


def test_no_size_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, write(tmp_path, HEAD + DENSE.replace("1600", "1601")))
    assert code == 1
    assert " ".join(out.split()).startswith(
        "Net accepts no sizes: dense needs 4*(H - 2)*(W - 2) = 1601, which no size is "
    )


@pytest.mark.parametrize(("target", "said"), [
    ("conv.kernel_size", "conv.kernel_size may be 5"), ("conv.padding", "conv.padding has no value that fits"),
    ("dense.in_features", "dense.in_features is 1936"), ("flat.start_dim", "flat.start_dim has no value that fits"),
])  # fmt: skip
def test_values_of_an_argument(target: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, write(tmp_path, HEAD + DENSE), "--for", target)
    assert out.splitlines()[0] == said
    assert code == (1 if "no value" in said else 0)


AFTER = "  pool: {type: AdaptiveAvgPool2d, output_size: 1}\n  flat: Flatten\n  dense: {type: Linear, in_features: 9, out_features: 2}\n"


@pytest.mark.parametrize(("layers", "target", "error"), [
    (DENSE, "dense.out_features", "E0301, dense claims 1600 input features, but flat gives 1936"),
    (AFTER, "conv.kernel_size", "E0301, dense claims 9 input features, but flat gives 4"),  # from 25 up it is hidden
    ("  bad: {type: Conv2d, kernel_size: 3}\n  last: {type: MaxPool2d, kernel_size: 2}\n", "last.stride", "E0102, bad: Conv2d needs out_channels"),
])  # fmt: skip
def test_an_error_that_no_value_is_the_reason_of_is_named(
    layers: str, target: str, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, write(tmp_path, HEAD + layers), "--for", target)
    assert code == 1
    assert " ".join(out.split()).startswith(f"{target} is not what is wrong: {error} at ")
    assert "whatever the value is: tried from 1 to 64" in " ".join(out.split())


def test_the_value_that_is_read_is_said_beside_an_error_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = HEAD.replace("{type: Conv2d", "{type: Conv2d, in_channels: 7") + DENSE
    code, out, _ = run(capsys, write(tmp_path, text), "--for", "conv.in_channels")
    assert (code, out.splitlines()[0]) == (1, "conv.in_channels is 3")
    assert "with it: E0301, dense claims 1600 input features, but flat gives 1936" in " ".join(out.split())


def test_sizes_of_a_wrong_network_are_not_tried_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, write(tmp_path, HEAD.replace("{type: Conv2d", "{type: Conv2d, in_channels: 7")))
    assert "conv claims 7 input channels, but input gives 3" in " ".join(out.split())
    assert "stays" not in out
    assert "tried" not in out


@pytest.mark.parametrize("target", ["conv", "conv.bias", "conv.nothing", "nothing.stride", "conv.padding_mode"])
def test_what_is_no_whole_number_is_refused(target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, write(tmp_path, HEAD), "--for", target)
    assert (code, out) == (2, "")
    assert err.startswith("archspec: ")


def test_sizes_in_expressions_are_tried(tmp_path: Path) -> None:
    text = ("archspec: 1\nname: Net\ninput: [3, 12, 12]\nblocks:\n  Half:\n    let: {half: \"${x.shape[2] // 2}\"}\n    inputs: [x]\n"
            "    layers:\n      pool: {type: MaxPool2d, kernel_size: 2, from: x}\n      rows: {type: Slice, from: x, dim: 2, stop: \"${half}\"}\n"
            "      columns: {type: Slice, dim: 3, stop: \"${half}\"}\n      sum: {type: Add, from: [columns, pool]}\n"
            "layers:\n  a: Half\n  b: {type: MaxPool2d, kernel_size: 2}\n  up: {type: Upsample, scale_factor: 2}\n"
            "  sum: {type: Add, from: [up, a]}\n")  # fmt: skip
    result = check(write(tmp_path, text), text.encode())
    assert result.ok
    free = freed(result)
    assert [one.name for one in free.kept] == ["H", "W"]
    found = tried(result, free.kept)
    assert found is not None
    assert (found.names, found.first, found.last) == ("H and W", 1, 162)
    assert found.fits == [n for n in range(4, 163) if n // 2 % 2 == 0]


def test_what_is_not_solved_is_in_the_first_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "archspec: 1\nname: Net\ninput: [3, 32, 32]\nlayers:\n  a: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}\n"
        "  b: {type: Conv2d, out_channels: 8, kernel_size: 3}\nexpect: {macs: 168192}\n"
    )
    _, out, _ = run(capsys, write(tmp_path, text))
    assert "what expect says holds for H and W ≥ 5, where also a statement holds that is not solved" in " ".join(
        out.split()
    )


KNOBS = """\
archspec: 1
name: Net
args: {heads: 4, act: ReLU, depth: {default: 2, one_of: [1, 2, 5]}}
input: [8, 12]
blocks:
  B:
    args: {k: int, d: 1}
    let: {pad: "${(k - 1) // 2}"}
    layers:
      conv: {type: Conv1d, out_channels: 8, kernel_size: "${k}", dilation: "${d}", padding: "${pad}"}
layers:
  split: {type: Reshape, shape: [8, "${heads}", "${12 // heads}"]}
  join: {type: Flatten, start_dim: 2}
  b3: {type: B, k: 3}
  plain: {type: Conv1d, out_channels: 8, kernel_size: 1, repeat: 2}
  many: {type: B, k: 3, repeat: "${depth}"}
  net: {type: B, k: "${2 * heads - 1}"}
  add: {type: Add, from: [b3, many]}
"""


@pytest.mark.parametrize(("target", "said"), [
    ("heads", "heads may be 1 to 4, 6, 12"),
    ("depth", "depth may be any of 1, 2, 5"),
    ("b3.d", "b3.d may be 1 to 6"),
    ("b3.k", "b3.k may be any of 1 to 64"),
    ("many.1.k", "many.1.k may be 1, 3, 5"),
    ("many.k", "many.k may be 1, 3, 5"),
    ("plain.stride", "plain.stride may be 1, 4 to 64"),
])  # fmt: skip
def test_arguments_of_the_network_and_of_blocks_where_they_are_used(
    target: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, write(tmp_path, KNOBS), "--for", target)
    assert code == 0
    assert out.startswith(said)


@pytest.mark.parametrize(("target", "said"), [
    ("act", "act takes a text, and only whole numbers are tried"),
    ("b3.conv.padding", "k is an argument of the block B, given where b3 is written: --for b3.k tries its values"),
    ("net.k", "net.k is written as ${2 * heads - 1}, and heads is an argument of the network: --for heads tries its values"),
    ("split.shape", "heads is an argument of the network: --for heads tries its values"),
    ("params", "params is a figure, no argument: archspec explain "),
    ("add.output", "--why add.output says where it comes from"),
    ("b3.c", "b3 (B) has no argument c; it has k, d"),
    ("nothing", "the network has no argument nothing; it has heads, act, depth"),
])  # fmt: skip
def test_what_cannot_be_tried_says_what_can(
    target: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, write(tmp_path, KNOBS), "--for", target)
    assert (code, out) == (2, "")
    assert said in err
    assert (
        "--for" not in said or run(capsys, write(tmp_path, KNOBS), "--for", err.split("--for ")[1].split()[0])[0] == 0
    )


def test_facts_of_the_default_value_are_not_held_against_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, write(tmp_path, KNOBS + "expect: {params: 1}\n"), "--for", "heads")
    assert "what expect claims for heads = 4 was not held against other values" in out
    assert "with all that expect claims" not in out


def test_a_long_need_goes_on_in_its_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = (
        HEAD
        + "  pool: {type: MaxPool2d, kernel_size: 3, stride: 2}\n  again: {type: Conv2d, out_channels: 4, kernel_size: 3}\n"
    )
    _, out, _ = run(capsys, write(tmp_path, layers + "expect: {macs: 100000}\nbudget: {macs: {max: 1 M}}\n"))
    assert " say holds for " in " ".join(out.split()) or "what expect and budget say" in " ".join(out.split())
    lines = out.splitlines()
    (title,) = [line for line in lines if "which holds for" in line]
    assert title.split() == ["layer", "needs", "which", "holds", "for"]
    table = lines[lines.index(title) :][: lines[lines.index(title) :].index("")]
    assert max(map(len, lines)) <= 80
    assert not any("…" in line[: title.index("which")] for line in table)


def test_an_argument_that_the_input_gives_is_solved_exactly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = "  conv: {type: Conv2d, out_channels: 64, kernel_size: 3}\n  flat: Flatten\n"
    text = spec(layers + "  fc: {type: Linear, in_features: 9216, out_features: 10}\n", "[3, 32, 32]")
    code, out, _ = run(capsys, write(tmp_path, text), "--for", "fc.in_features")
    assert (code, out) == (0, "fc.in_features is 57600\n  57600 is what fc reads\n")


LISTS = """\
archspec: 1
name: Lists
input: [3, 8, 8]
blocks:
  Edge: {args: {sides: list}, layers: {pad: {type: Pad, padding: "${sides}"}}}
layers:
  pad: {type: Pad, padding: [1, 1, 2, 2], mode: reflect}
  edge: {type: Edge, sides: [1, 1]}
  flat: {type: Reshape, shape: [3, -1]}
"""


@pytest.mark.parametrize(("target", "takes"), [
    ("pad.padding", "a list of whole numbers"), ("flat.shape", "a list of sizes from 1 up, or -1"), ("edge.sides", "a list"),
    ("pad.mode", "one of constant, reflect, replicate, circular"),
])  # fmt: skip
def test_what_takes_no_whole_number_says_what_it_takes(
    target: str, takes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, write(tmp_path, LISTS), "--for", target)
    assert code == 2
    assert err == f"archspec: {target} takes {takes}, and only whole numbers are tried\n"


def test_an_argument_that_is_a_part_of_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = "  c: {type: Conv2d, in_channels: 2, out_channels: 4, kernel_size: 1}\n"
    _, out, _ = run(capsys, write(tmp_path, HEAD + layers), "--for", "c.groups")
    assert out.startswith("c.groups alone does not put it right: E0301")
