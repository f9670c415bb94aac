"""Repeats of thousands of like steps: figures of all, at the cost of three."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archspec
from archspec.backends.torch import NeedsAllSteps, generate
from archspec.checking import Result, check
from archspec.cli import main
from archspec.expand.folding import LONG

DEEP = """\
archspec: 1
name: Deep
args: {count: 100}
input: [8, 32, 32]
blocks:
  Step:
    layers:
      conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      relu: ReLU
      add: {type: Add, from: [input, relu]}
layers:
  body: {type: Step, repeat: "${count}"}
  pool: {type: AdaptiveAvgPool2d, output_size: 1}
  flat: Flatten
  fc: {type: Linear, out_features: 10}
"""


def folded(text: str, **values: int) -> Result:
    return check("deep.yaml", text.encode(), values, fold_from=LONG)


def nodes(result: Result) -> int:
    assert result.graph is not None
    return len(result.graph.nodes)


def test_a_million_residual_steps_are_counted_from_three() -> None:
    found = folded(DEEP, count=10**6)
    assert found.ok
    assert found.facts is not None
    assert found.graph is not None
    totals = found.facts.totals
    assert nodes(found) == 1 + 3 * 3 + 3
    assert totals.layers == 3 * 10**6 + 3
    assert totals.params == 10**6 * (8 * 8 * 9 + 8) + 90
    assert totals.macs == 10**6 * 8 * 8 * 9 * 32 * 32 + 80
    body = found.graph.scopes["body"].outputs["output"]
    assert body is not None
    field = found.facts.layers[body.node].field
    assert field is not None
    assert [axis.size for axis in field] == [2 * 10**6 + 1] * 2  # type: ignore[union-attr]
    peak = check("deep.yaml", DEEP.encode(), {"count": 5}).facts
    assert peak is not None
    assert totals.peak_activation_bytes == peak.totals.peak_activation_bytes


def test_the_table_has_the_others_as_one_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(DEEP)
    assert main(["check", str(path), "--set", "count=1000000", "--columns", "layer,type,parameters,field"]) == 0
    said = capsys.readouterr().out
    assert [line.split() for line in said.splitlines()[4:14]] == [
        ["body/", "Step", "×", "1,000,000", "584,000,000", "2000001"],
        ["0/", "Step", "584", "3"],
        ["conv", "Conv2d", "3×3", "584", "3"],
        ["relu", "ReLU", "3"],
        ["add", "Add", "3"],
        ["1/", "Step", "584", "5"],
        ["conv", "Conv2d", "3×3", "584", "5"],
        ["relu", "ReLU", "5"],
        ["add", "Add", "5"],
        ["2…999,999/", "Step", "×", "999,998", "583,998,832", "2000001"],
    ]
    assert main(["check", str(path), "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert len(listed["layers"]) == listed["totals"]["layers"] == 303
    assert main(["check", str(path), "--format", "json", "--set", "count=1000000"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["layers"] == []
    assert listed["left_out"]["layers"] == listed["totals"]["layers"] == 3 * 10**6 + 3
    assert main(["check", str(path), "--format", "csv", "--set", "count=1000000"]) == 0
    assert ",body.2…999999,Step × 999998," in capsys.readouterr().out.splitlines()[7]


@pytest.mark.parametrize(
    "step",
    [
        '{type: Conv2d, out_channels: 8, kernel_size: 3, padding: "${1 if i < 90 else 0}"}',
        "{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 0}",
        '{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, when: "${i != 80}"}',
        '{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, as: "conv${i}"}',
    ],
)
def test_steps_that_differ_are_written_out(step: str) -> None:
    text = DEEP.replace('{type: Step, repeat: "${count}"}', f"{step[:-1]}, repeat: 100}}").replace("32, 32", "250, 250")
    assert nodes(folded(text)) == nodes(check("deep.yaml", text.encode())) > 100


@pytest.mark.parametrize(
    "written",
    [
        "expect: {layers: {body.99: {params: 585}}}\n",
        "expect: {layers: {body.99.conv: {params: 584}}}\n",
        "expect: {params: 59000}\n",
    ],
)
def test_what_is_said_of_single_steps_is_found(written: str) -> None:
    text = DEEP + written
    whole = check("deep.yaml", text.encode())
    assert [d.message for d in folded(text).diagnostics] == [d.message for d in whole.diagnostics]


NUMBER = 10**6
MILLION = DEEP.replace("count: 100", f"count: {NUMBER}")
BEFORE = 500_000
CLAIMED = {
    "body.500000.conv": {"params": 584, "macs": 589_824, "running_params": 584 * (BEFORE + 1)},
    "body.500000.add": {"output": [8, 32, 32], "receptive_field": {"size": 2 * BEFORE + 3, "stride": 1}},
    "body.2.conv": {"running_params": 584 * 3},
    "body.2.add": {"receptive_field": {"size": 7}},
    "body.999999": {"params": 584, "output": [8, 32, 32]},
    "body.999998.conv": {"running_params": 584 * (NUMBER - 1)},
    "pool": {"running_params": 584 * NUMBER},
}


def test_a_claim_of_a_single_step_of_a_million_is_held_against_it() -> None:
    found = folded(f"{MILLION}expect: {{layers: {json.dumps(CLAIMED)}}}\n")
    assert found.diagnostics == []
    assert nodes(found) < 60


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("body.500000: {params: 585}", "body.500000 has 584 parameters, not 585"),
        ("body.500000.conv: {running_params: 584}", "up to body.500000.conv there are 292,000,584 parameters, not 584"),
        ("body.2.conv: {running_params: 584000000}", "up to body.2.conv there are 1,752 parameters, not 584,000,000"),
        ("body.2.add: {receptive_field: {size: 2000001}}", "body.2.add does not have a receptive field of size 2000001; it is 7"),
        ("body.1000000: {params: 584}", "expect speaks of body.1000000, but there is no such layer"),
        ("body.500000.cnov: {params: 584}", "expect speaks of body.500000.cnov, but there is no such layer"),
        ("body.007: {params: 584}", "expect speaks of body.007, but there is no such layer"),
    ],
)  # fmt: skip
def test_a_wrong_claim_of_a_single_step_is_told(claim: str, said: str) -> None:
    assert [d.message for d in folded(f"{MILLION}expect: {{layers: {{{claim}}}}}\n").diagnostics] == [said]


def test_a_claim_of_what_is_not_followed_to_a_step_says_so() -> None:
    """Each step reads the first tensor too, so that its field grows in more ways than one."""
    text = MILLION.replace("    layers:\n      conv", "    inputs: [input, first]\n    layers:\n      conv", 1).replace(
        "from: [input, relu]", "from: [first, relu]").replace(
        "  body: {", "  stem: ReLU\n  body: {from: [stem, stem], ").replace("conv: {", "conv: {from: input, ")  # fmt: skip
    claims = "expect: {layers: {body.500000.add: {params: 0, receptive_field: {size: 3}}}}\n"
    (found,) = folded(text + claims).diagnostics
    assert found.code == "E0403"
    assert found.message == "the receptive field cannot be checked: it was not followed through so many steps"


def test_a_step_that_is_read_or_tied_to_is_written_out() -> None:
    """A list's steps have names of their own, and a tie names any layer."""
    text = "archspec: 1\nname: A\ninput: [8]\nlayers:\n- {type: Linear, out_features: 8, repeat: 1000000}\n"
    found = folded(f"{text}- {{type: Add, from: ['500000', '999999']}}\n")
    assert found.ok
    assert found.graph is not None
    read = [found.graph.nodes[ref.node].path for ref in found.graph.layers[-1].inputs if ref is not None]
    assert read == ["500000", "999999"]
    tied = "- {type: Linear, out_features: 8, tie: {weight: 700000.weight}}\n"
    assert 'get_parameter("700000.weight")' in archspec.compile(archspec.parse(text + tied))
    assert [d.code for d in folded(f"{text}- {{type: Add, from: ['5', '1000001']}}\n").diagnostics] == ["E0201"]


def test_a_group_that_is_used_again_has_the_same_steps_apart() -> None:
    group = "  g: {layers: [{type: Linear, out_features: 8, repeat: 200000}]}\n  h: {use: g}\n"
    text = f"archspec: 1\nname: A\ninput: [8]\nlayers:\n{group}"
    claims = "expect: {layers: {h.100000: {params: 0, running_params: 14400000}, g.7: {params: 72}}}\n"
    found = folded(text + claims)
    assert found.ok
    assert found.graph is not None
    g, h = found.graph.scopes["g"], found.graph.scopes["h"]
    assert [(slot.name, slot.more) for slot in g.slots] == [(slot.name, slot.more) for slot in h.slots]


def test_code_shows_nothing_of_what_is_claimed_of_steps() -> None:
    claims = "expect: {layers: {body.500000.conv: {params: 584}}}\n"
    plain, claimed = (archspec.compile(archspec.parse(text)) for text in (MILLION, MILLION + claims))
    assert plain == claimed


def test_there_is_a_limit() -> None:
    assert [d.code for d in folded(DEEP, count=10**8 + 1).diagnostics] == ["E0505"]
    assert [d.code for d in folded(DEEP, count=4 * 10**7).diagnostics] == ["E0007"]
    assert folded(DEEP, count=3 * 10**7).ok
    twice = DEEP.replace("blocks:\n", 'blocks:\n  Many: {layers: [{type: Step, repeat: 100000}]}\n').replace(
        "type: Step, repeat: \"${count}\"", "type: Many, repeat: 100000"
    )  # fmt: skip
    assert [d.code for d in folded(twice).diagnostics] == ["E0007"]


def test_a_loop_is_written_without_listing_its_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(DEEP)
    assert main(["compile", str(path), "--set", "count=1000000"]) == 0
    assert "*(Step(**kwargs) for _ in range(1000000))" in capsys.readouterr().out


def test_a_list_goes_on_counting() -> None:
    text = "archspec: 1\nname: A\ninput: [8, 9, 9]\nlayers:\n- {type: ReLU, repeat: 1000}\n- {type: Flatten}\n"
    found, whole = folded(text), check("a.yaml", text.encode())
    assert found.graph is not None
    assert found.facts is not None
    assert whole.facts is not None
    assert [node.name for node in found.graph.layers] == ["0", "1", "2", "1000"]
    assert generate(found.facts, frozenset()).text == generate(whole.facts, frozenset()).text


def test_what_needs_each_step_says_so() -> None:
    """Layers that each have a line in `forward`."""
    text = (
        "archspec: 1\nname: A\ninputs: {a: {shape: [8]}, b: {shape: [8]}}\nlayers:\n"
        "- {type: Linear, out_features: 8, from: a, repeat: 80}\n- {type: Add, from: ['79', b]}\n"
    )
    found = folded(text)
    if found.ok:  # the last step is read by its number, so that the steps are written out
        assert nodes(found) == 83
    block = DEEP.replace("body: {", "other: {type: Stage, n: 90}\n  body: {").replace("blocks:\n", (
        "blocks:\n  Stage:\n    args: {n: int}\n    layers: {body: {type: Step, repeat: \"${n}\"}}\n"
    ).replace("n: int", "many: int").replace("${n}", "${many}")).replace("n: 90", "many: 90").replace(
        "  pool:", "  last: {type: Stage, many: 70}\n  pool:")  # fmt: skip
    differs = folded(block)
    assert differs.ok
    assert differs.facts is not None
    with pytest.raises(NeedsAllSteps):
        generate(differs.facts, frozenset())


def test_in_python_totals_are_had_and_what_lists_layers_says_no() -> None:
    spec = archspec.parse(DEEP, count=10**6)
    assert archspec.analyze(spec).totals["layers"] == 3 * 10**6 + 3
    assert archspec.analyze(spec).layers == []
    assert len(archspec.analyze(spec.with_(count=100)).layers) == 303
    assert [row["layers"] for row in archspec.compare(spec, spec.with_(count=1)).to_dicts()] == [3 * 10**6 + 3, 6]
    assert "range(1000000)" in archspec.compile(spec)
    for listing in (spec.to_networkx, lambda: archspec.diff(spec, spec), lambda: archspec.build(spec)):
        with pytest.raises(archspec.SpecError, match="more than 100,000 layers"):
            listing()


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("out_features: 10", "out_features: 10, units: 10", "E0103"),
        ("{type: Add, from: [input, relu]}", "{type: Add, from: [input, relv]}", "E0201"),
        ("relu: ReLU", "relu: Relu", "E0104"),
        ("relu: ReLU", "relu: {type: ReLU, inplace: 3}", "E0105"),
    ],
)
def test_a_mistake_in_a_deep_network_is_told(right: str, wrong: str, code: str) -> None:
    assert DEEP.count(right) == 1
    found = check("deep.yaml", DEEP.replace(right, wrong).encode(), {"count": 10**6}, fold_from=LONG)
    assert [d.code for d in found.diagnostics] == [code]


def test_what_has_too_many_groups_to_be_listed_is_counted(tmp_path: Path) -> None:
    spec = archspec.parse(DEEP)
    for count in (19_000, 24_000, 33_000, 10**6):
        assert archspec.analyze(spec.with_(count=count)).totals["params"] == count * 584 + 90
    spec.with_(count=10**6).save(tmp_path / "saved.yaml")
    assert archspec.load(tmp_path / "saved.yaml") == archspec.load(tmp_path / "saved.yaml")
