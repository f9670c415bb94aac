"""`compile --arguments`: what an argument is kept for, and that nothing else is kept with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support import answer, checked, inside

import archspec
from archspec.alternatives import alternatives
from archspec.backends.torch import Generated, generate
from archspec.running.build import build
from archspec.running.verify import verify

BLOCKS = "blocks:\n  Body:\n    layers:\n      - {type: Conv2d, out_channels: 16, kernel_size: 3}\n      - ReLU\n"
HEAD = '  pool: {type: AdaptiveAvgPool2d, output_size: 1}\n  flatten: Flatten\n  out: {type: Linear, out_features: "${classes}"}\n'
NET = f"archspec: 1\nname: Net\n%sargs: {{classes: 10}}\ninput: [3, 9, 9]\nlayers:\n  body: Body\n{HEAD}"
KEPT = """archspec: 1
name: Net
args: {base: 8, levels: 3, cin: 3, up: {default: conv, one_of: [conv, nearest]}}
input: ["${cin}", 32, 32]
blocks:
  Res:
    args: {c: int}
    layers:
      conv: {type: Conv2d, out_channels: "${c}", kernel_size: 3, stride: 2, padding: 1}
      skip: {type: Conv2d, from: input, out_channels: "${c}", kernel_size: 1, stride: 2, when: "${input.shape[1] != c}"}
      add: {type: Add, from: [conv, skip]}
layers:
  stem: {type: Conv2d, out_channels: "${base}", kernel_size: 3, padding: 1}
  down: {layers: [{type: Res, repeat: "${levels}", c: "${base * 2 ** (i + 1)}"}]}
  up: {type: ConvTranspose2d, out_channels: "${base}", kernel_size: 2, stride: 2, when: "${up == 'conv'}"}
  out: {type: Conv2d, out_channels: 2, kernel_size: 1}
"""


def generated(text: str) -> Generated:
    spec = checked(text)
    assert spec.facts is not None
    code = generate(spec.facts, arguments=alternatives(spec))
    assert verify(spec.facts, code) == []
    return code


def test_an_argument_is_free_wherever_its_blocks_are_written(tmp_path: Path) -> None:
    (tmp_path / "body.yaml").write_text(f"archspec: 1\n{BLOCKS}")
    (tmp_path / "net.yaml").write_text(NET % "import: [body.yaml]\n")
    with inside(tmp_path):
        assert answer(["compile", "net.yaml", "--arguments"]) == (0, generated(NET % BLOCKS).text)


def test_what_is_kept_already_is_a_number_where_a_layer_need_not_be() -> None:
    code = generated(KEPT)
    assert code.arguments == ("cin",)
    assert {name: held.value for name, held in code.held.items()} == {"base": 8, "levels": 3, "up": "conv"}


def test_each_that_is_kept_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(KEPT)
    code, said = answer(["compile", str(tmp_path / "net.yaml"), "--arguments", "-o", str(tmp_path / "net.py")])
    assert code == 0
    assert "fixed: base = 8, levels = 3: the values that were tried do not show all that follows from others\n" in said
    assert "fixed: up = 'conv': the spec has no expression for the in_channels that follows from other values\n" in said
    assert 'Fixed: base = 8, levels = 3, up = "conv"' in (tmp_path / "net.py").read_text()


@pytest.mark.parametrize("layer", ["MultiheadAttention, from: [a, a, a], num_heads: 2", "LSTM, hidden_size: 8"])
def test_a_layer_with_several_results_that_is_left_out_gives_what_it_would_read(layer: str) -> None:
    spec = archspec.parse(
        "archspec: 1\nname: Net\ninput: [6, 8]\nblocks:\n  Block:\n    args: {is_there: bool}\n    layers:\n"
        "      a: {type: Linear, out_features: 8}\n"
        f'      mixed: {{type: {layer}, batch_first: true, when: "${{is_there}}"}}\n'
        "      b: {type: Linear, out_features: 8}\n"
        "layers:\n  one: {type: Block, is_there: true}\n  two: {type: Block, is_there: false}\n"
    )
    model = archspec.build(spec)
    x = torch.randn(2, 6, 8)  # as many samples as the layer has results
    assert torch.equal(model.two(x), model.two.b(model.two.a(x)))


STARTED = """archspec: 1
name: Net
args: {depth: DEPTH, width: 8}
input: ["${width}"]
blocks:
  Body:
    args: {width: int}
    layers:
      fc: {type: Linear, out_features: "${width}", init: {weight: 0}}
      act: SiLU
layers:
  stem: {type: Linear, out_features: "${width}", init: {weight: 0.5}}
  body: {type: Body, repeat: "${depth}", width: "${width}"}
"""


@pytest.mark.parametrize("depth", ["4", "{default: 4, one_of: [2, 4, 6]}"])
def test_a_count_is_free_where_the_block_says_how_it_starts(depth: str) -> None:
    """A case without steps has nothing to start, which is no other code."""
    code = generated(STARTED.replace("DEPTH", depth))
    assert code.arguments == ("depth", "width")
    for given in (2, 6):
        made = build(code.text, code.name, arguments={"depth": given})
        weights = {name: weight for name, weight in made.named_parameters() if name.endswith("weight")}
        assert len(weights) == given + 1
        assert all(bool((weight == (0.5 if name == "stem.weight" else 0)).all()) for name, weight in weights.items())


def test_what_holds_of_all_modules_of_a_class_is_said_once() -> None:
    code = generated(STARTED.replace("DEPTH", "4").replace(", init: {weight: 0.5}", ""))
    assert code.text.count("nn.init.zeros_") == 1
    alike = generated(STARTED.replace("DEPTH", "4").replace("weight: 0.5", "weight: 0"))
    assert alike.text.count("nn.init.zeros_") == 1


LARGE = """archspec: 1
name: Net
args: {depth: {default: 3, one_of: [1, 2, 3, 4, 5]}, width: 8, hidden: 16, ends: {default: plain, one_of: [plain, normed]}}
input: ["${width}"]
blocks:
  Body:
    args: {width: int, hidden: int}
    layers:
      up: {type: Linear, out_features: "${hidden}"}
      act: SiLU
      down: {type: Linear, out_features: "${width}"}
layers:
  body: {type: Body, repeat: "${depth}", width: "${width}", hidden: "${hidden}"}
  norm: {type: LayerNorm, when: "${ends == 'normed'}"}
"""


@pytest.mark.parametrize(
    ("most", "held"), [(60_000, set()), (1_500, set()), (700, {"ends"}), (100, {"depth", "width", "hidden", "ends"})]
)
def test_a_network_that_is_too_large_keeps_as_few_arguments_as_can_be(
    monkeypatch: pytest.MonkeyPatch, most: int, held: set[str]
) -> None:
    """A number with some values only is first looked at as any number is; what a switch brings in has to be seen around it."""
    monkeypatch.setattr("archspec.alternatives.MAX_ALTERNATIVES_COST", most)
    monkeypatch.setattr("archspec.alternatives.CHEAP", 0)
    code = generated(LARGE)
    assert set(code.held) == held
    assert all(one.why == "the network is too large to be checked with other values" for one in code.held.values())


SETTLED = """archspec: 1
name: Net
args: {depth: 4}
input: [8]
blocks:
  Body:
    layers:
      first: {type: Linear, out_features: 8, freeze: true}
      out: {type: Linear, out_features: 8, tie: {weight: first.weight}}
      last: {type: Linear, out_features: 8, bias: false, constraint: {weight: {max_norm: 0.125}}}
layers:
  body: {type: Body, repeat: "${depth}"}
  end: {type: Linear, out_features: 8, bias: false, constraint: {weight: {max_norm: 0.125}}}
"""


def test_a_count_is_free_where_the_block_freezes_ties_or_bounds() -> None:
    code = generated(SETTLED)
    assert code.arguments == ("depth",)
    for depth in (1, 6):
        made: Any = build(code.text, code.name, arguments={"depth": depth})
        trained = [name for name, parameter in made.named_parameters() if parameter.requires_grad]
        assert len(trained) == 2 * depth + 1  # a tied weight is one that does not learn
        assert all(body.out.weight is body.get_parameter("first.weight") for body in made.body)
        made.apply_constraints()
        bounded = [made.end.weight, *(body.last.weight for body in made.body)]
        assert all(float(weight.detach().norm(dim=1).max()) <= 0.1251 for weight in bounded)


def test_names_stay_where_they_are_the_same_whatever_an_argument_is() -> None:
    fixed = (
        SETTLED.replace('"${depth}"', "2")
        .replace("{depth: 4}", "{width: 8}")
        .replace("input: [8]", 'input: ["${width}"]')
    )
    assert 'for name in ("body.0.first", "body.1.first"):' in generated(fixed).text


def test_a_size_that_one_less_than_an_argument_would_divide() -> None:
    text = """archspec: 1
name: Net
args: {width: 8, kernel: 4}
input: ["${width}", 16]
layers:
  pad: {type: Pad, padding: ["${kernel - 1}", 0]}
"""
    assert "F.pad(x, (self.kernel - 1, 0))" in generated(text).text
