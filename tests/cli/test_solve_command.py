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
    "efficientnet": "any H and W", "fcn8s": "H and W from 32 to 39, 64 to 71, 96 to 103, … (again every 32)", "googlenet": "H and W ≥ 15",
    "inception_v3": "H and W ≥ 299", "lenet5": "H and W from 32 to 35", "mnasnet": "any H and W", "mobilenet_v2": "any H and W",
    "mobilenet_v3": "any H and W", "regnet_y": "any H and W", "resnet": "any H and W", "shufflenet_v2": "any H and W",
    "siamese": "H and W from 105 to 112; or H from 65 to 72 with W from 345 to 352; or in 7 more ways; and second_H and second_W from 105 to "
               "112; or second_H from 65 to 72 with second_W from 345 to 352; or in 7 more ways",
    "squeezenet": "H and W ≥ 21", "vgg": "H and W ≥ 32",
    "vit": "H and W from 224 to 239; or H from 16 to 31 with W from 3136 to 3151; or in 7 more ways",
    "zfnet": "H and W from 213 to 244; or H from 53 to 84 with W from 1173 to 1204; or in 7 more ways",
    "bert": "segments_T = T, T = 512", "gpt2": "T = 1024", "lstm_classifier": "any T", "transformer": "any S and T",
}  # fmt: skip
"""Of the zoo; U-Net and Swin compute with their sizes, which are tried."""


@pytest.mark.parametrize("path", sorted((ROOT / "specs" / "zoo").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_network_of_the_zoo_says_what_it_accepts(path: Path) -> None:
    result = check(str(path), path.read_bytes())
    free = freed(result)
    assert free.result.facts is not None
    if path.stem in ("swin", "unet"):
        assert [one.why.partition(":")[0] for one in free.kept] == ["E0308", "as the other side"]
        return
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
    ("dense.out_features", "dense.out_features has no value that fits"), ("flat.start_dim", "flat.start_dim has no value that fits"),
])  # fmt: skip
def test_values_of_an_argument(target: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, write(tmp_path, HEAD + DENSE), "--for", target)
    assert out.splitlines()[0] == said
    assert code == (0 if "may be" in said else 1)


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


def test_an_argument_that_the_input_gives_is_solved_exactly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = "  conv: {type: Conv2d, out_channels: 64, kernel_size: 3}\n  flat: Flatten\n"
    text = spec(layers + "  fc: {type: Linear, in_features: 9216, out_features: 10}\n", "[3, 32, 32]")
    code, out, _ = run(capsys, write(tmp_path, text), "--for", "fc.in_features")
    assert (code, out) == (0, "fc.in_features is 57600\n  57600 is what fc reads\n")
