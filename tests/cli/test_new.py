"""`archspec new`: whatever is asked for, a spec that checks, or one line that says why not and what would."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT, SPECS, checked

from archspec.cli import main
from archspec.commands.common import Unusable
from archspec.commands.new import _fitting
from archspec.document.reader import read
from archspec.document.tree import Mapping
from archspec.lints.receptive_field import CODE
from archspec.source import Source
from archspec.templates import BESIDE_THE_ZOO, HERE, Template, find, names

TEACHING = sorted(path.stem for path in HERE.glob("*.yaml"))
ZOO = sorted([*(path.stem for path in (SPECS / "zoo").glob("*.yaml")), *BESIDE_THE_ZOO])


def test_the_zoo_and_the_small_ones_are_there_and_in_the_wheel() -> None:
    assert names() == (*TEACHING, *ZOO)
    assert len(set(names())) == len(names())
    assert '"specs/zoo" = "archspec/templates/zoo"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", names())
def test_every_template_as_it_is(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    assert main(["new", "--like", name, "-o", str(path)]) == 0
    result = checked(path.read_text("utf-8"))
    assert result.ok
    assert name in ZOO or result.diagnostics == []
    assert f"archspec check {path}" in capsys.readouterr().err
    assert main(["new", "--like", name, "-o", str(path)]) == 0  # nothing is lost
    path.write_text(path.read_text("utf-8") + "# mine\n", "utf-8")
    assert main(["new", "--like", name, "-o", str(path)]) == 2  # what was edited stays
    assert path.read_text("utf-8").endswith("# mine\n")


@pytest.mark.parametrize("name", TEACHING)
def test_every_small_one_teaches(name: str) -> None:
    template = find(name)
    assert template is not None
    assert "classes" in template.args
    assert len(re.findall(r" # \S", template.text)) >= 4
    assert len(template.text.splitlines()) < 60


@given(st.sampled_from(TEACHING), st.integers(1, 4), st.integers(1, 80), st.integers(1, 80), st.integers(1, 1000))
def test_any_image_fits_or_is_refused_with_a_way_out(
    name: str, channels: int, height: int, width: int, classes: int
) -> None:
    template = find(name)
    assert template is not None
    shape = (height,) if name == "small_transformer" else (channels, height, width)
    try:
        text, result = _fitting(template, shape, classes, {})
    except Unusable as error:
        assert name == "small_unet"  # whose image is halved twice
        assert height % 4 or width % 4
        way = re.search(r"--input ([0-9,]+) fits$", str(error))
        assert way
        _fitting(template, tuple(map(int, way[1].split(","))), classes, {})
        return
    assert result.ok
    assert {found.code for found in result.diagnostics} <= {CODE}
    assert result.diagnostics == [] or min(height, width) < 26
    facts = checked(text).facts
    assert facts is not None
    assert [str(size) for size in shape] == [str(size) for size in next(iter(facts.graph.nodes)).op.shape[1:]]  # type: ignore[union-attr]
    head = classes if name != "small_unet" else None
    assert head is None or f"classes: {head}" in text


@pytest.mark.parametrize(("arguments", "said"), [
    (["--like", "vgg", "--input", "3,16,16"], "vgg does not fit: features.30 has a kernel of 2 for a height of 1; --input 3,32,32 fits"),
    (["--like", "small_unet", "--input", "3,30,30"], "--input 3,32,32 fits"),
    (["--like", "cnn", "--input", "5"], "--input 3,32,32 fits"),
    (["--like", "vit", "--input", "3,64,48"], "vit has one size, size, where 64 and 48 are asked for"),
    (["--like", "gpt2", "--input", "3,3,3"], "gpt2 reads 1 size (context may change), not 3,3,3"),
    (["--like", "bert", "--input", "3"], "bert has several inputs"),
    (["--like", "gpt2", "--classes", "3"], "gpt2 has no number of classes"),
    (["--like", "cnn", "--set", "depth=3"], "cnn has no argument depth; its arguments are classes, width"),
    (["--like", "resnet", "--set", "depth=20"], "resnet does not fit: the default of depth is one of 18, 34, 50, 101, 152, not 20"),
    (["--like", "resnett"], "there is no resnett to begin with; did you mean resnet?"),
    (["--like", "cnn", "--input", "3,a"], "3,a is no list of sizes such as 3,32,32"),
    (["--like", "cnn", "--input", "0"], "0 is no list of sizes"),
    (["--like", "cnn", "--schema"], "--schema writes beside the spec"),
    (["--like", "\x1b[31m"], "there is no \\x1b[31m to begin with"),
])  # fmt: skip
def test_what_cannot_be_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", *arguments]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert said in found.err
    assert found.err.count("\n") == 1


SHAPES = ((3, 32, 32), (3, 64, 64), (5, 64, 64), (5, 227, 131), (1, 28, 28), (3, 224))


@pytest.mark.parametrize("name", names())
def test_a_template_for_another_input_checks_or_says_what_does_not_fit(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    for shape in SHAPES:
        code = main(["new", "--like", name, "--input", ",".join(map(str, shape)), "-o", str(path)])
        said = capsys.readouterr().err
        if code == 2:
            assert not path.exists()
            assert said.startswith(f"archspec: {name} ")
            assert "claims" not in said
            continue
        assert code == 0
        assert main(["check", "--quiet", str(path)]) == 0
        capsys.readouterr()
        path.unlink()


def test_a_claimed_size_that_another_input_makes_untrue_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    line = "  dense1: {type: Linear, in_features: 9216, out_features: 4096}\n"
    assert main(["new", "--like", "alexnet", "--input", "1,227,227"]) == 0
    assert line in capsys.readouterr().out  # it is as true as it was
    for shape in ("3,67,67", "3,195,227", "1,131,131"):
        assert main(["new", "--like", "alexnet", "--input", shape, "--classes", "7"]) == 0
        text = capsys.readouterr().out
        assert line.replace("in_features: 9216, ", "") in text
        assert checked(text.replace("# expect:", "expect:")).ok
    assert main(["new", "--like", "alexnet", "--input", "3,64,64"]) == 2
    assert "has a kernel of 3 for a height of 2; --input 3,67,67 fits" in capsys.readouterr().err


CLAIMS = """archspec: 1
name: N
input: [3, 8, 8]
blocks:
  B:
    args: {width: int}
    layers:
      conv: {type: Conv2d, out_channels: "${width}", kernel_size: 3, padding: 1, in_channels: 3}
layers:
  b: {type: B, width: 4}
  norm: {type: BatchNorm2d, num_features: 4}
  head:
    layers:
      - Flatten
      - {type: Linear, in_features: 256, out_features: 6}
      - type: Linear
        in_features: 6 # of the layer above
        out_features: 10
"""


@pytest.mark.parametrize(("shape", "left"), [
    ((3, 8, 8), {"in_channels: 3", "num_features: 4", "in_features: 256", "in_features: 6"}),
    ((5, 8, 8), {"num_features: 4", "in_features: 256", "in_features: 6"}),
    ((3, 9, 8), {"in_channels: 3", "num_features: 4", "in_features: 6"}),
    ((1, 28, 28), {"num_features: 4", "in_features: 6"}),
])  # fmt: skip
def test_only_untrue_claims_are_left_out(shape: tuple[int, ...], left: set[str]) -> None:
    root, _ = read(Source("n", CLAIMS))
    assert isinstance(root, Mapping)
    text, result = _fitting(Template("n", CLAIMS, root), shape, None, {})
    assert result.ok
    assert set(re.findall(r"(?:in_channels|num_features|in_features): \d+", text)) == left


def test_what_a_layer_has_to_have_is_no_claim() -> None:
    text = CLAIMS.partition("blocks:")[0] + "layers: {norm: {type: LayerNorm, normalized_shape: [8, 8]}}\n"
    root, _ = read(Source("n", text))
    assert isinstance(root, Mapping)
    with pytest.raises(Unusable, match=r'the layer "norm" normalizes 8 × 8, but the input is N × 3 × 9 × 9'):
        _fitting(Template("n", text, root), (3, 9, 9), None, {})


@pytest.mark.parametrize(("name", "last"), [("alexnet", "dense3"), ("lenet5", "output"), ("zfnet", "fc8")])
def test_classes_without_an_argument_are_those_of_the_last_layer(
    name: str, last: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["new", "--like", name, "--classes", "7"]) == 0
    text = capsysbinary.readouterr().out.decode()
    assert f"  {last}: {{type: Linear, out_features: 7}}" in text
    facts = checked(text.replace("# expect:", "expect:")).facts
    assert facts is not None
    (output,) = facts.graph.outputs.values()
    tensor = facts.tensor(output)
    assert tensor is not None
    assert tensor.shape[-1] == 7


def test_what_is_asked_for_is_in_the_spec(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["new", "--like", "resnet", "--input", "3,64,64", "--classes", "5", "--set", "depth=18"]) == 0
    text = capsysbinary.readouterr().out.decode()
    assert text.startswith("# Begun by archspec new --like resnet --input 3,64,64 --classes 5 --set depth=18\n")
    assert "args: {depth: {default: 18, one_of: [18, 34, 50, 101, 152]}, num_classes: 5," in text
    assert "input: [3, 64, 64]" in text
    assert text.endswith("# expect: {params: 11179077}\n")
    assert checked(text.replace("# expect:", "expect:")).ok


def test_text_in_an_argument_stays_text(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["new", "--like", "cnn", "--set", 'width="8\\n# x"']) == 2
    assert b"internal" not in capsysbinary.readouterr().err


def test_the_schema_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "--like", "cnn", "-o", "net.yaml", "--schema"]) == 0
    assert Path("net.yaml").read_text().startswith("# yaml-language-server: $schema=./archspec.schema.json\n")
    assert Path("archspec.schema.json").read_bytes() == (ROOT / "archspec" / "schema.json").read_bytes()
    assert capsys.readouterr().err.endswith(
        "next:\n  archspec check net.yaml  # shapes, parameters, cost\n"
        "  archspec render net.yaml  # a picture\n  archspec compile net.yaml  # PyTorch code\n"
    )


def test_without_a_name_it_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1 : len(names()) + 1]] == list(names())
    assert max(map(len, lines)) <= 80
    assert "  archspec new --like cnn --input 3,32,32 --classes 10 -o NET.yaml" in lines


@pytest.mark.parametrize(
    ("name", "sizes", "fits"), [("alexnet", "224,224,3", "3,227,227"), ("cnn", "64,64,3", "3,64,64")]
)
def test_channels_that_come_last(name: str, sizes: str, fits: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--like", name, "--input", sizes]) == 2
    assert capsys.readouterr().err.endswith(f"; channels come first: --input {fits} fits\n")
    assert main(["new", "--like", name, "--input", fits]) == 0


def test_a_name_in_capitals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--like", "AlexNet"]) == 0
    assert "# Begun by archspec new --like alexnet\n" in capsys.readouterr().out


def test_a_layer_is_told_from_the_words_around_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--like", "siamese", "--classes", "7"]) == 0
    said = 'warning: the layer "same" squashes the class scores that the network returns'
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "sizes", "warning"),
    [
        ("alexnet", "3,224,224", "conv1 never reads the last 1 row and 1 column of its input; --input 3,227,227 has no such warning"),
        ("fcn8s", "3,97,131", "stage1.pool never reads the last 1 row and 1 column of its input; --input 3,128,128 has no such warning"),
        ("cifar10_cnn", "3,97,131", 'the layer "pool" never reads the last 1 row and 1 column of its input; --input 3,132,132 has no such'),
    ],
)  # fmt: skip
def test_what_would_only_be_warned_of_is_no_reason(
    name: str, sizes: str, warning: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    assert main(["new", "--like", name, "--input", sizes, "-o", str(path)]) == 0
    assert f"warning: {warning}" in capsys.readouterr().err
    assert main(["check", "--quiet", str(path)]) == 0
    capsys.readouterr()
    assert main(["new", "--like", name, "--input", sizes]) == 0
    out, err = capsys.readouterr()
    assert f"warning: {warning}" in err
    assert "warning" not in out


@pytest.mark.parametrize(
    ("name", "sizes", "reads"), [("efficientnet", "80,300", "3 × size × size"), ("lstm_classifier", "16,64", "T")]
)
def test_what_is_read_is_said_where_no_size_is_found(
    name: str, sizes: str, reads: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "--like", name, "--input", sizes]) == 2
    assert capsys.readouterr().err.endswith(f"; its input is {reads}\n")
