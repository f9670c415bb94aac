"""`freeze` of groups and of blocks' uses: what holds of the layers in them, in facts, generated modules, and imports.

The oracle is `requires_grad` of PyTorch's modules.
"""

from __future__ import annotations

import re

import pytest
import torch
from support import fixed, told
from torch import nn

import archspec

HEAD = """archspec: 1
name: Net
args: {depth: 2, frozen: true}
input: [8, 8, 8]
blocks:
  Part:
    layers:
      conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, bias: false}
      norm: BatchNorm2d
      relu: ReLU
  Listed:
    layers:
      norm: {type: BatchNorm2d, freeze: [bias]}
  Pair:
    layers:
      one: Part
      two: {type: Part, freeze: false}
layers:
"""
FC = "{type: Linear, out_features: 8}"


def frozen(layers: str, **values: object) -> set[str]:
    """The parameters that do not train in the generated module; the facts, and the spec of the module, have as many that do."""
    spec = archspec.parse(HEAD + layers).with_(**values)
    module = archspec.build(spec).eval()
    trains = sum(one.numel() for one in module.parameters() if one.requires_grad)
    assert spec.facts is not None
    assert spec.facts.totals.trainable_params == trains
    again = archspec.from_torch(module, [8, 8, 8])
    assert again.facts is not None
    assert again.facts.totals.trainable_params == trains
    assert archspec.verify(again, module).ok
    return {key for key, one in module.named_parameters() if not one.requires_grad}


def of(*parts: str) -> set[str]:
    return {f"{part}.{name}" for part in parts for name in ("conv.weight", "norm.weight", "norm.bias")}


@pytest.mark.parametrize(
    ("layers", "keys"),
    [
        ("  a: {type: Part, freeze: true}\n  b: Part\n", of("a")),
        ("  a: {type: Pair, freeze: true}\n  b: Part\n", of("a.one")),
        ("  a: {freeze: true, layers: {p: Part, q: {type: Part, freeze: false}}}\n", of("a.p")),
        ("  a: {freeze: true, layers: {p: Part, q: {layers: {r: Part}}}}\n  b: Part\n", of("a.p", "a.q.r")),
        ("  a: {freeze: true, layers: [Part, Part]}\n  b: Part\n", of("a.0", "a.1")),
        ("  a: {freeze: true, layers: {c: {type: Conv2d, out_channels: 8, kernel_size: 1, freeze: [bias]}}}\n", {"a.c.bias", "a.c.weight"}),
        ("  a: {type: Listed, freeze: true}\n  b: Listed\n  c: {type: Listed, freeze: false}\n",
         {"a.norm.weight", "a.norm.bias", "b.norm.bias", "c.norm.bias"}),
        ("  a: {freeze: true, layers: {p: {freeze: false, layers: {q: Listed}}, r: {type: Listed, repeat: 2}}}\n",
         {"a.p.q.norm.bias", "a.r.0.norm.weight", "a.r.0.norm.bias", "a.r.1.norm.weight", "a.r.1.norm.bias"}),
        ("  a: {type: Part, repeat: 3, freeze: true}\n  b: Part\n", of("a.0", "a.1", "a.2")),
        ("  a: {type: Part, repeat: 3, freeze: \"${i < 2}\"}\n  b: Part\n", of("a.0", "a.1")),
        ("  a: {type: Part, for: {f: [true, false]}, freeze: \"${f}\"}\n", of("a.0")),
        ("  a: {type: Part, when: \"${depth > 1}\", freeze: \"${frozen}\"}\n  b: Part\n", of("a")),
        ("  a: {type: Part, freeze: true}\n  again: {use: a}\n  b: Part\n  c: {use: b, freeze: false}\n", of("a")),
        ("  a: {type: Part, freeze: true}\n  again: {use: a, freeze: true}\n", of("a")),
    ],
)  # fmt: skip
def test_what_does_not_train(layers: str, keys: set[str]) -> None:
    assert frozen(layers) == keys


def test_it_follows_arguments() -> None:
    layers = '  a: {type: Part, repeat: "${depth}", freeze: "${frozen}"}\n  b: Part\n'
    assert frozen(layers, depth=3) == of("a.0", "a.1", "a.2")
    assert frozen(layers, frozen=False) == set()


def test_tied_parameters_are_frozen_where_they_lie() -> None:
    layers = f"  a: {{freeze: true, layers: {{f: {FC}}}}}\n  g: {{type: Linear, out_features: 8, tie: {{weight: a.f.weight}}}}\n"
    module = archspec.build(archspec.parse(HEAD + layers))
    assert {key for key, one in module.named_parameters() if not one.requires_grad} == {"a.f.weight", "a.f.bias"}
    assert module.g.weight is module.a.f.weight


@pytest.mark.parametrize(
    ("layers", "code", "message"),
    [
        (f"  a: {FC}\n  b: {{use: a, freeze: true}}\n", "E0106", "b freezes the parameters of a, where a trains"),
        ("  a: {type: Part, freeze: true}\n  b: {use: a, freeze: false}\n", "E0106",
         "b trains the parameters of a, where a.conv does not train"),
        (f"  a: {FC}\n  b: {{freeze: true, layers: {{c: {{type: Linear, out_features: 8, tie: {{weight: a.weight}}}}}}}}\n", "E0106",
         "b.c is frozen with the layers around it, also its weight, which is a.weight, and that trains"),
        ("  a: {type: Part, freeze: [weight]}\n", "E0105", "a: freeze of Part takes true or false, not a list"),
        ("  a: {freeze: yes, layers: [Part]}\n  b: {use: a, freeze: true}\n", "E0105",
         'a: freeze of a group takes true or false, not the text "yes"'),
    ],
)  # fmt: skip
def test_what_cannot_be(layers: str, code: str, message: str) -> None:
    ((found, said, _),) = told(HEAD + layers)
    assert (found, said) == (code, message)


@pytest.mark.parametrize("help", ["freeze it in a", "say it in b.c itself: freeze: false"])
def test_the_ways_out_of_a_tie_that_trains(help: str) -> None:
    layers = f"  a: {FC}\n  b: {{freeze: true, layers: {{c: {{type: Linear, out_features: 8, tie: {{weight: a.weight}}}}}}}}\n"
    ((_, _, said),) = told(HEAD + layers)
    assert help in said
    for before, after in (("out_features: 8}\n", "out_features: 8, freeze: true}\n"), ("tie:", "freeze: false, tie:")):
        assert [said for said in told(HEAD + layers.replace(before, after)) if said[0][0] == "E"] == []


def test_a_list_does_not_stand_for_the_group_around_it() -> None:
    """What is said of a tie in a frozen group, where the layer's own list has another parameter."""
    linear = "{type: Linear, out_features: 8, freeze: [bias], tie: {weight: a.weight}}"
    ((code, message, _),) = told(f"{HEAD}  a: {FC}\n  b: {{freeze: true, layers: {{c: {linear}}}}}\n")
    assert (code, message) == (
        "E0106",
        "b.c is frozen with the layers around it, also its weight, which is a.weight, and that trains",
    )


@pytest.mark.parametrize(
    ("written", "right"), [("'true'", "true"), ('"False"', "false"), ("yes", "true"), ("none", "false")]
)
@pytest.mark.parametrize(
    "layer",
    [
        "a: {freeze: WORD, layers: [Part]}",
        "a: {type: Part, freeze: WORD}",
        "a: {type: Conv2d, out_channels: 8, kernel_size: 1, freeze: WORD}",
    ],
)
def test_words_for_true_and_false(layer: str, written: str, right: str) -> None:
    text = HEAD + "  " + layer.replace("WORD", written) + "\n  b: Part\n"
    assert fixed(text) == text.replace(f"freeze: {written}", f"freeze: {right}")


@pytest.mark.parametrize(
    ("before", "after", "help"),
    [
        ("blocks:", "freeze: true\nblocks:", "write freeze: true in each of its layers, groups, and uses of blocks"),
        ("  Part:\n", "  Part:\n    freeze: true\n", "write freeze: true where the block is used, or in its layers"),
        ("a: Part", "a: {type: Part, trainable: false}", "write freeze: true where a layer, a group, or a block's use does not train"),
        ("a: Part", "a: {type: Part, frozen: true}", "write freeze"),
    ],
)  # fmt: skip
def test_help_where_it_is_written_elsewhere(before: str, after: str, help: str) -> None:
    ((code, _, said),) = told((HEAD + "  a: Part\n").replace(before, after))
    assert (code, said) == ("E0103", help)


def lines_of(layers: str) -> list[str]:
    code = archspec.compile(archspec.parse(HEAD + layers))
    return [line.strip() for line in re.findall(r".*(?:for name in|requires_grad_).*", code)]


def test_a_groups_module_is_frozen_and_a_block_stays_one_class() -> None:
    layers = "  a: {freeze: true, layers: {p: Part, q: {type: Part, repeat: 2}}}\n  b: Part\n"
    assert lines_of(layers) == ["self.a.requires_grad_(False)"]
    assert archspec.compile(archspec.parse(HEAD + layers)).count("nn.Conv2d(") == 1
    layers = "  a: {freeze: true, layers: {p: Part, q: {type: Pair}}}\n  b: Part\n"
    assert lines_of(layers) == ['for name in ("a.p", "a.q.one"):', "self.get_submodule(name).requires_grad_(False)"]
    assert lines_of("  a: {type: Part, freeze: true}\n") == ["self.requires_grad_(False)"]


def test_running_statistics_go_on() -> None:
    """`freeze` is `requires_grad_(False)`, and no `eval()`."""
    module = archspec.build(archspec.parse(HEAD + "  a: {type: Part, freeze: true}\n  b: Part\n")).train()
    before = module.a.norm.running_mean.clone()
    module(torch.ones(2, 8, 8, 8))
    assert not torch.equal(before, module.a.norm.running_mean)


class _Cell(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.relu, self.out = (
            nn.Conv2d(8, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 8, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.out(self.relu(self.norm(self.conv(x))))


class _Whole(nn.Module):
    def __init__(self, *frozen: str) -> None:
        super().__init__()
        self.backbone = nn.Sequential(_Cell(), _Cell(), _Cell())
        self.neck = _Cell()
        self.head = nn.Conv2d(8, 2, 1)
        for name in frozen:
            self.get_submodule(name).requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.neck(self.backbone(x)))


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("backbone",), ["backbone: {type: Cell, repeat: 3, freeze: true}", "neck: Cell"]),
        (("neck",), ["backbone: {type: Cell, repeat: 3}", "neck: {type: Cell, freeze: true}"]),
        (("backbone.0", "head"), ["- {type: Cell, freeze: true}", "neck: Cell", "kernel_size: 1, freeze: true}"]),
        (("backbone", "neck.norm"), ["backbone: {type: Cell, repeat: 3, freeze: true}", "norm: {type: BatchNorm2d, freeze: true}"]),
        (("",), ["backbone: {type: Cell, repeat: 3, freeze: true}", "neck: {type: Cell, freeze: true}", "kernel_size: 1, freeze: true}"]),
    ],
)  # fmt: skip
def test_a_frozen_module_is_imported_as_such(names: tuple[str, ...], says: list[str]) -> None:
    module = _Whole(*names).eval()
    spec = archspec.from_torch(module, [8, 8, 8])
    text = spec.source.text.replace("_Cell", "Cell")
    for line in says:
        assert line in text
    assert archspec.verify(spec, module).ok
    wanted = {key for key, one in module.named_parameters() if not one.requires_grad}
    assert {key for key, one in archspec.build(spec).named_parameters() if not one.requires_grad} == wanted


def test_diff_says_what_stopped_to_train() -> None:
    before, after = (archspec.parse(f"{HEAD}  a: {{layers: [Part, Part]{more}}}\n") for more in ("", ", freeze: true"))
    found = str(archspec.diff(before, after))
    assert [line.split() for line in found.splitlines() if "freeze" in line] == ["changed a: freeze none → all".split()]
    found = str(archspec.diff(after, before))
    assert [line.split() for line in found.splitlines() if "freeze" in line] == ["changed a: freeze all → none".split()]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("  a: Pair\n", "  a: {type: Pair, freeze: true}\n", ["a.one: freeze none → all"]),  # two says otherwise itself
        ("  a: {type: Part, repeat: 2}\n", "  a: {type: Part, repeat: 2, freeze: true}\n", ["a: freeze none → all"]),
        ("  a: Part\n  b: {use: a}\n  c: Part\n", "  a: {type: Part, freeze: true}\n  b: {use: a}\n  c: {type: Part, freeze: true}\n",
         ["a, c: freeze none → all"]),
        (f"  a: {{layers: {{p: Part, q: {FC[:-1]}, freeze: [bias]}}}}}}\n",
         f"  a: {{freeze: true, layers: {{p: Part, q: {FC[:-1]}, freeze: [bias]}}}}}}\n",
         ["a.p: freeze none → all", "a.q: freeze bias → all"]),
        ("  a: {freeze: true, layers: {p: {freeze: false, layers: {q: Part}}, r: Part}}\n", "  a: {freeze: true, layers: {p: {layers: {q: Part}}, r: Part}}\n",
         ["a.p: freeze none → all"]),
    ],
)  # fmt: skip
def test_diff_names_the_outermost_group(before: str, after: str, says: list[str]) -> None:
    found = str(archspec.diff(archspec.parse(HEAD + before), archspec.parse(HEAD + after)))
    assert [line.removeprefix("changed").strip() for line in found.splitlines() if "freeze" in line] == says
