"""`archspec diff`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import ROOT, SPECS, checked, spec

from archspec.backends.table.difference import alone
from archspec.backends.table.difference.text import BOUNDED, Named, text
from archspec.cli import main
from archspec.comparison import compare

ALEXNET, OTHER = str(SPECS / "alexnet.yaml"), str(SPECS / "alexnet_224.yaml")
RESNET, VGG = str(SPECS / "zoo" / "resnet.yaml"), str(SPECS / "zoo" / "vgg.yaml")
NET = spec("""\
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}
  norm: BatchNorm2d
  relu: ReLU
  flatten: Flatten
  fc: {type: Linear, out_features: 10}
""")


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, *options: str) -> list[str]:
    """The lines that are said of two texts."""
    (tmp_path / "a.yaml").write_text(before)
    (tmp_path / "b.yaml").write_text(after)
    code = main(["diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"), *options])
    found = capsys.readouterr()
    assert code in (0, 1), found.err
    return found.out.splitlines()


def causes(tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, after: str) -> list[str]:
    """Those of them that say what was done."""
    words = ("inserted ", "removed ", "moved ", "renamed ", "changed ")
    return [line for line in told(tmp_path, capsys, before, after) if line.startswith(words)]


def test_two_articles_on_one_network_in_a_screenful(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", ALEXNET, OTHER]) == 1
    found = capsys.readouterr().out
    assert len(found.splitlines()) <= 24
    assert max(map(len, found.splitlines()[2:])) <= 80
    assert "changed   input: 3 × 227 × 227 → 3 × 224 × 224\n" in found
    assert "changed   conv1 → c1: padding 0 → 2," in found
    assert "changed   sigmoid → softmax: Sigmoid → Softmax\n" in found
    assert "inserted" not in found
    assert "removed" not in found
    assert "weights   0 of 16 tensors load; 16 under other keys: conv1.weight → c1.weight, …\n" in found


def test_totals_with_long_names_and_formulas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: Tanh\n", "[3, H, 8]")
    assert told(tmp_path, capsys, before, before.replace("out_channels: 8", "out_channels: 9"))[-3:] == [
        "peak activations",
        "          max(384*H - 768, 288*H - 384) bytes → max(432*H - 864, 312*H - 432)",
        "          bytes",
    ]


def test_a_deeper_variant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", RESNET, f"{RESNET}@depth=101"]) == 1
    found = capsys.readouterr().out
    assert "changed   argument depth: 50 → 101\n" in found
    assert "inserted  layer3.6 … layer3.22 (17): Bottleneck, 10 layers,\n" in found
    assert "          1,117,184 parameters each, after layer3.5\n" in found
    assert "weights   320 of 626 tensors load with strict=False;" in found
    assert "parameters     25,557,032     44,549,160     +18,992,128  +74.3 %\n" in found


def test_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", RESNET, f"{RESNET}@depth=50"]) == 0
    assert capsys.readouterr().out.endswith("\nthe same network: 175 layers\n")


def test_places_in_lists_shift_and_weights_would_mislead(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", VGG, f"{VGG}@depth=19"]) == 1
    found = capsys.readouterr().out
    assert "shifted   features.16 … features.22 → features.18 … features.24: 7 members\n" in found
    assert "5 would load by name into another layer than their own" in found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  norm:", "  scale:", ["renamed   norm → scale"]),
        ("  relu: ReLU\n", "", ["removed   relu: ReLU"]),
        ("  relu: ReLU\n", "  relu: ReLU\n  drop: {type: Dropout, p: 0.1}\n", ["inserted  drop: Dropout, p 0.1, after relu"]),
        ("  relu: ReLU\n", "  relu: {type: ReLU, inplace: true}\n", ["changed   relu: inplace false → true"]),
        ("  relu: ReLU\n", "  act: GELU\n", ["changed   relu → act: ReLU → GELU"]),
        ("  norm: BatchNorm2d\n  relu: ReLU\n", "  relu: ReLU\n  norm: BatchNorm2d\n", ["moved     norm: now after relu"]),
        ("  norm: B", "  norm: {type: BatchNorm2d, freeze: true}\n  other: B", ["changed   norm: freeze none → all",
         "inserted  other: BatchNorm2d, 16 parameters, after norm"]),
        ("name: Example", "name: Another", []),
    ],
)  # fmt: skip
def test_what_is_done_is_said(
    old: str, new: str, said: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = causes(tmp_path, capsys, NET, NET.replace(old, new))
    assert [line.partition(", output")[0] for line in found] == said


def test_a_network_put_into_groups_is_renamed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grouped = spec("""\
  features:
    layers:
      conv: {type: Conv2d, out_channels: 8, kernel_size: 3}
      norm: BatchNorm2d
      relu: ReLU
  head:
    layers:
      flatten: Flatten
      fc: {type: Linear, out_features: 10}
""")
    found = told(tmp_path, capsys, NET, grouped)
    assert "renamed   conv → features.conv, norm → features.norm, relu → features.relu," in found
    assert not [line for line in found if line.startswith(("inserted", "removed"))]


def test_what_reads_another_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = spec("  a: ReLU\n  b: Tanh\n  c: {type: Add, from: [a, b]}\n")
    assert causes(tmp_path, capsys, text, text.replace("[a, b]", "[input, b]")) == [
        "changed   c: reads a, b → input, b"
    ]


def test_branches_in_another_order_are_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = "  a: {type: ReLU, from: input}\n", "  b: {type: Tanh, from: input}\n"
    add = "  c: {type: Add, from: [a, b]}\n"
    found = told(tmp_path, capsys, spec(one + other + add), spec(other + one + add))
    assert found[-1] == "the same network: 3 layers"


def test_what_is_no_spec_at_all_is_said_of_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "broken.yaml").write_text("a: [")
    assert main(["diff", str(tmp_path / "empty.yaml"), str(tmp_path / "broken.yaml")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "E0003" in printed.err
    assert "E0001" in printed.err


def test_errors_are_said_and_nothing_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(NET.replace("type: Linear", "type: Linear, in_features: 7"))
    assert main(["diff", ALEXNET, str(wrong)]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert "error[E0301]" in found.err


def test_claims_that_do_not_hold_are_no_hindrance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(NET)
    (tmp_path / "b.yaml").write_text(NET + "expect: {params: 3}\n")
    assert main(["diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "missed    after: the network has 72,250 parameters, not 3 (expect, line" in said.out


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
@pytest.mark.parametrize(("project", "own", "where"), [
    ("budget = {params = {max = 80_000}}\n", "", "archspec.toml: budget.params"),
    ("", "budget: {params: {max: 80_000}}\n", "budget, line 10"),
])  # fmt: skip
def test_budgets_that_do_not_hold_are_part_of_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str, project: str,
    own: str, where: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "archspec.toml").write_text(project)
    (tmp_path / "a.yaml").write_text(NET + own)
    (tmp_path / "b.yaml").write_text(NET.replace("kernel_size: 3", "kernel_size: 3, padding: 1") + own)
    message = "the network has 82,170 parameters, 2,170 over the budget of 80,000"
    for before, code in (("a.yaml", 1), ("b.yaml", 0)):
        assert main(["diff", before, "b.yaml", "--format", form]) == code
        said = capsys.readouterr()
        assert said.err == ""
        if form == "json":
            found = json.loads(said.out)
            assert [one["message"] for one in found["after"]["missed"]] == [message]
            assert found["after"]["missed"][0]["claimant"] == where.partition(",")[0]
            assert found["before"]["missed"] == (found["after"]["missed"] if code == 0 else [])
            continue
        text = " ".join(said.out.replace("**", "").split())
        assert f"missed after: {message} ({where})" in text
        assert (f"missed before: {message} ({where})" in text) == (code == 0)


def test_budgets_of_networks_that_came_or_went() -> None:
    found = checked(NET + "budget: {params: {max: 3}}\n")
    assert found.facts is not None
    one = alone.Alone(found.facts, "a.yaml", "b.yaml", is_gone=False, missed=found.missed)
    said = "the network has 72,250 parameters, 72,247 over the budget of 3 (budget, line"
    assert f"\nmissed: {said}" in alone.text(one)
    assert f"\n- **missed** {said}" in alone.markdown(one)


def test_many_claims_that_do_not_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims = "".join(f"    {name}: {{params: 1, output: [1]}}\n" for name in ("conv", "norm", "relu", "flatten"))
    text = NET + "expect:\n  layers:\n" + claims
    lines = told(tmp_path, capsys, NET, text)
    assert lines[-1] == "missed    after: 3 claims more"
    assert len(told(tmp_path, capsys, NET, text, "--all")) == len(lines) + 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([ALEXNET], "diff takes two specs, not 1"),
        (["-", "-"], "standard input can be read once, and - stands for 2 of the specs"),
        (["--", "-@a=1", "-@a=2"], "standard input can be read once, and - stands for 2 of the specs"),
        ([ALEXNET, "nowhere.yaml"], "cannot be read: no such file"),
        (
            [ALEXNET, OTHER, "--set", "depth=3"],
            "--set depth: neither spec has an argument or symbolic size of that name",
        ),
        ([ALEXNET, f"{OTHER}@depth=3"], "has no argument or symbolic size called depth"),
        (["--git", "a", "b"], "--git takes the 7 arguments of git's external diff, not 2"),
    ],
)
def test_bad_usage(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *arguments]) == 2
    found = capsys.readouterr()
    assert said in found.err
    assert found.out == ""


def test_values_for_both_go_to_those_that_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", RESNET, ALEXNET, "--set", "depth=18"]) == 1
    assert capsys.readouterr().out.startswith(f"{RESNET} with depth = 18: ResNet\n{ALEXNET}: AlexNet\n")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", ALEXNET, OTHER, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["same"], found["complete"]) == ("archspec.diff/1", False, True)
    conv = found["changes"][0]
    assert (conv["kind"], conv["before"]["path"], conv["after"]["path"]) == ("changed", "conv1", "c1")
    assert conv["details"]["padding"] == {"before": "0", "after": "2", "derived": False}
    assert found["weights"]["renamed"]["conv1.weight"] == "c1.weight"
    assert found["totals"]["params"] == {"before": 62378344, "after": 62378344}
    field = next(one for one in found["figures"] if one["after"] == "s8")["receptive_field"]
    assert field["before"]["padding"] == [64, 64]
    assert field["after"]["padding"] == [66, 66]


def test_markdown_has_no_markup_of_a_spec(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(tmp_path, capsys, NET, NET.replace("fc: {", "f_c_: {"), "--format", "markdown")
    assert "| parameters | 72,250 | 72,250 | = |  |" in lines
    assert "- **renamed** fc → f_c&#95;" in lines
    assert lines[-1].startswith("**Weights**: 7 of 9 tensors load with strict=False; 2 under other keys")


def test_all_says_what_follows_of_each_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(tmp_path, capsys, NET, NET.replace("kernel_size: 3", "kernel_size: 5"), "--all")
    assert "follows   relu: output 8 × 30 × 30 → 8 × 28 × 28, field 3 → 5" in lines


@pytest.mark.parametrize(
    "line", ["specs/alexnet.yaml specs/alexnet_224.yaml", "specs/zoo/resnet.yaml specs/zoo/resnet.yaml@depth=101"]
)
def test_the_page_shows_what_is_printed(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["diff", *line.split()]) == 1
    shown = f"```sh\narchspec diff {line}\n```\n\n```text\n{capsys.readouterr().out}```\n"
    assert shown in (ROOT / "docs" / "howto" / "diff.md").read_text("utf-8")


def test_more_than_can_be_searched_through_is_said() -> None:
    kinds = ("ReLU", "Tanh", "GELU", "SiLU", "Sigmoid")
    one, other = (
        checked(spec("".join(f"  {name}{i}: {kinds[i * step % 5]}\n" for i in range(900)))).facts
        for name, step in (("a", 1), ("b", 3))
    )
    assert one is not None
    assert other is not None
    assert compare(one, other).is_bounded
    assert BOUNDED in text(compare(one, other), Named("a", "A"), Named("b", "B"))


def test_a_total_in_symbolic_sizes_stands_below_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = spec(
        "".join(f"  {name}: {{type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2}}\n" for name in "abcd"),
        "[3, H, W]",
    )
    lines = told(tmp_path, capsys, before, before.replace("out_channels: 8", "out_channels: 16"))
    title = next(line for line in lines if line.startswith("total"))
    assert title.split() == ["total", "before", "after", "difference", "in", "%"]
    assert any(line.startswith("MACs      576*((H - 7)//8)*((W - 7)//8) + ") for line in lines)


def test_one_number_for_all_axes_is_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layer = "  u: {type: Upsample, size: SIZE}\n"
    for name, size in (("a", "16"), ("b", "[16, 16]")):
        (tmp_path / f"{name}.yaml").write_text(spec(layer.replace("SIZE", size), "[3, 8, 8]"))
    assert main(["diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]) == 0
    assert "same network" in capsys.readouterr().out


def test_the_difference_of_the_peak_has_a_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(tmp_path, capsys, NET, NET.replace("out_channels: 8", "out_channels: 4"), "--format", "markdown")
    (peak,) = [line for line in lines if line.startswith("| peak activations")]
    before, after, apart = (cell.strip() for cell in peak.split("|")[2:5])
    assert (before[-3:], after[-3:], apart[-3:]) == ("KiB",) * 3
    assert float(apart[:-4]) == pytest.approx(float(after[:-4]) - float(before[:-4]), abs=0.11)


BLOCKS = """\
archspec: 1
name: Net
input: [3, 32, 32]
args: {wide: 1}
let: {w: 8}
blocks:
  B:
    args: {c: int, p: 0.1}
    let: {half: "${p / 2}"}
    layers:
      conv: {type: Conv2d, out_channels: "${c}", kernel_size: 3}
      drop: {type: Dropout, p: "${half}"}
layers:
  many: {type: B, c: "${w}", repeat: 2}
  b: {type: B, c: "${w * wide}", p: 0.3}
  each: {type: Dropout, for: {k: [2, 4]}, let: {q: "${0.1 * k}"}, p: "${q}"}
"""
EDITED_VALUES = {
    "a let": ("{w: 8}", "{w: 16}", "changed   conv in many.0, many.1, b of B: out_channels 8 → 16"),
    "the default of a block": ("p: 0.1}", "p: 0.2}", "changed   drop in many.0, many.1 of B: p 0.05 → 0.1"),
    "what a use gives": ("p: 0.3", "p: 0.4", "changed   b.drop: p 0.15 → 0.2"),
    "a let of a block": ("p / 2", "p / 4", "changed   drop in many.0, many.1 of B: p 0.05 → 0.025"),
    "a let of a layer": ("0.1 * k", "0.2 * k", "changed   each.0: p 0.2 → 0.4"),
    "what a layer is made for": ("[2, 4]", "[2, 5]", "changed   each.1: p 0.4 → 0.5"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITED_VALUES)
def test_a_value_that_was_edited_is_a_change_whatever_else_was_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    old, new, said = EDITED_VALUES[name]
    assert said in causes(tmp_path, capsys, BLOCKS, BLOCKS.replace(old, new))
    after = BLOCKS.replace(old, new).replace("repeat: 2", "repeat: 3") + "  tail: Tanh\n"
    found = causes(tmp_path, capsys, BLOCKS, after)
    assert any(line.startswith(said) for line in found)
    assert any(line.startswith("inserted  tail: Tanh") for line in found)


def test_what_an_argument_of_the_network_gives_follows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(tmp_path, capsys, BLOCKS, BLOCKS.replace("{wide: 1}", "{wide: 2}"))
    assert "changed   argument wide: 1 → 2" in found
    assert any(line.startswith("follows   b.conv: out_channels 8 → 16") for line in found)


def test_what_stands_in_a_list_follows_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "archspec: 1\nname: Net\nargs: {w: 4}\ninput: [8, 8, 8]\nlayers:\n"
        '  c: {type: Conv2d, out_channels: "${w}", kernel_size: 1}\n  p: {type: Parameter, shape: [1, "${w}", 1, 1]}\n'
        "  m: {type: Mul, from: [c, p]}\n"
    )
    found = told(tmp_path, capsys, text, text.replace("w: 4", "w: 6"))
    assert [line for line in found if line.startswith("changed")] == ["changed   argument w: 4 → 6"]
    assert any(line.startswith("follows   p: shape [1, 4, 1, 1] → [1, 6, 1, 1]") for line in found)
    found = told(tmp_path, capsys, text, text.replace('"${w}", 1, 1]', '"${w}", 8, 1]'))
    assert any(line.startswith("changed   p: shape") for line in found)


def test_a_number_with_its_point_is_no_change_where_the_tensor_has_a_dtype(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "archspec: 1\nname: Net\ninput: [3, 8, 8]\nlayers:\n  p: {type: Parameter, shape: [3, 1, 1], fill: 1.0}\n"
        "  m: {type: Mul, from: [input, p]}\n  c: {type: Conv2d, out_channels: 2, kernel_size: 1, init: {bias: 1.0}}\n"
        "  a: {type: Add, value: 1.0}\n"
    )
    found = told(tmp_path, capsys, text, text.replace("1.0", "1"))
    assert [line for line in found if line.startswith("changed")] == ["changed   a: value 1.0 → 1"]
