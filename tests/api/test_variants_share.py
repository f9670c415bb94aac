"""Variants that `with_` makes share what is the same; nobody sees anything of it but the time it takes."""

from __future__ import annotations

import copy
import json
import pickle
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support import SPECS

import archspec
from archspec import sharing
from archspec.checking import Result, UnknownSymbol, check
from archspec.diagnostics.text import render

Values = dict[str, tuple[Any, ...]]

ZOO: dict[str, tuple[int, Values]] = {
    "zoo/resnet": (40, {"depth": (18, 34, 50), "width_per_group": (4, 8, 64), "groups": (1, 2, 32), "num_classes": (10, 1000, 0)}),
    "zoo/vgg": (25, {"depth": (11, 13, 16, 12), "batch_norm": (True, False, 1), "num_classes": (10, 1000)}),
    "zoo/gpt2": (20, {"width": (48, 50, 96), "heads": (4, 12, 5), "depth": (1, 2, 3), "context": (8, 16), "vocabulary": (20, 30)}),
    "zoo/vit": (15, {"size": (32, 64, 100), "patch": (16, 32), "depth": (1, 2), "heads": (2, 4), "hidden": (16, 18), "mlp": (24,)}),
    "zoo/unet": (15, {"classes": (1, 2), "H": (64, 96, 100), "W": (64, 32)}),
    "zoo/fcn8s": (10, {"classes": (2, 21), "H": (64, 70), "W": (64, 33)}),
    "zoo/lstm_classifier": (15, {"vocabulary": (10, 20), "embedding": (4, 5), "hidden": (3, 4), "T": (1, 2, 7)}),
    "zoo/dcgan_generator": (10, {"width": (4, 6, 0), "channels": (1, 3)}),
}  # fmt: skip
"""How many variants of a spec, and the values that its arguments and sizes have in them: wrong ones, too."""

SYMBOLIC = """archspec: 1
name: Net
args: {kernel: 3, wide: 8, features: 32, repeats: 2, scheme: kaiming_normal, twice: false}
let: {each: "${[wide * (k + 1) for k in range(repeats)]}"}
input: [3, H, W]
init: {Conv2d: {bias: {xavier_uniform: {}}}, Linear: {weight: {normal: {std: 0.5}}}}
blocks:
  Block:
    args: {channels: int, kernel: 3}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: "${kernel}", padding: "${kernel // 2}", bias: false}
      relu: {type: ReLU, inplace: true}
      pool: {type: MaxPool2d, kernel_size: 2, when: "${channels > 8}"}
layers:
  stem: {type: Conv2d, out_channels: "${wide}", kernel_size: "${kernel}", bias: "${twice}"}
  stages: {type: Block, for: {width: "${each}"}, channels: "${width}", kernel: "${kernel}"}
  again: {use: stages, when: "${twice}"}
  both: {type: Add, from: [stages, stages]}
  flatten: Flatten
  head: {type: Linear, in_features: "${features}", out_features: 4}
  out: {type: Softmax, dim: "${-1 if wide > 4 else 0}"}
budget: {params: {max: 10 k}}
"""
SYMBOLIC_VALUES: Values = {
    "kernel": (1, 2, 3, 5), "wide": (4, 8, 12), "features": (16, 32, 64, 96), "repeats": (0, 1, 2, 3), "twice": (True, False),
    "H": (4, 8, 9, 16), "W": (8, 10),
}  # fmt: skip


def said(result: Result) -> str:
    """Everything that is to be seen of a result but what it took."""
    found: list[object] = [render(result.diagnostics), result.ok, result.arguments]
    found += [render([ignored.diagnostic for ignored in result.ignored]), result.symbols]
    if result.is_network:
        found += [archspec.analyze(result), archspec.analyze(result, batch=3).batch_totals]
    if result.ok and result.facts is not None:
        found.append(archspec.compile(result))
    return json.dumps(found, default=str)


def cold(spec: archspec.Spec, given: Mapping[str, Any]) -> str:
    """The same of a spec that is checked with nothing but its text and values, as the command does."""
    try:
        return said(check(spec.path, spec.text.encode(), given, spec.settings, folder=spec.source.folder))
    except UnknownSymbol as error:
        return str(error)


def vary(spec: archspec.Spec, values: Mapping[str, Any]) -> tuple[archspec.Spec | None, str]:
    """A variant, if it is a network, and everything that is to be seen of it."""
    try:
        variant = spec.with_(**values)
    except archspec.SpecError as error:
        if error.spec is not None:
            return error.spec, said(error.spec)
        errors = [found for found in error.diagnostics if found.severity == "error"]
        return None, render(errors)
    except UnknownSymbol as error:
        return None, str(error)
    return variant, said(variant)


def compare(spec: archspec.Spec, values: Values, count: int, seed: int) -> None:
    """Makes specs of each other in random order, and checks each cold as well."""
    chance = random.Random(seed)
    made = [spec]
    for _ in range(count):
        names = chance.sample(sorted(values), chance.randint(1, min(3, len(values))))
        given = {name: chance.choice(values[name]) for name in names}
        start = chance.choice(made[-6:])
        variant, found = vary(start, given)
        expected = cold(start, {**start.given, **given})
        if variant is not None:
            assert found == expected, (start, given)
            made.append(variant)
        elif expected.startswith("["):  # a SpecError has no warnings
            assert found in json.loads(expected)[0], (start, given)
        else:
            assert found == expected, (start, given)
    assert len(made) > count // 8


@pytest.mark.parametrize("name", ZOO)
def test_variants_are_what_a_cold_check_finds(name: str) -> None:
    count, values = ZOO[name]
    spec = archspec.load(SPECS / f"{name}.yaml")
    values = {key: some for key, some in values.items() if key in {*spec.arguments, *spec.symbols}}
    compare(spec, values, count, seed=len(name))


@pytest.mark.parametrize("seed", range(4))
def test_variants_of_symbolic_sizes_are_what_a_cold_check_finds(seed: int) -> None:
    compare(archspec.parse(SYMBOLIC), SYMBOLIC_VALUES, 40, seed)


# What must not be shared ---------------------------------------------------------------------------------------------------


def test_blocks_of_other_files_are_read_anew(tmp_path: Path) -> None:
    blocks = "archspec: 1\nblocks:\n  Own: {args: {wide: 4}, layers: [{type: Linear, out_features: '${wide}'}, ReLU]}\n"
    net = "archspec: 1\nname: Net\nimport: [blocks.yaml]\nargs: {wide: 2}\ninput: [3]\nlayers:\n  a: {type: Own, wide: '${wide}'}\n"
    (tmp_path / "blocks.yaml").write_text(blocks)
    (tmp_path / "net.yaml").write_text(net)
    spec = archspec.load(tmp_path / "net.yaml")
    for number, kind in enumerate(("ReLU", "Tanh", "GELU"), 3):
        (tmp_path / "blocks.yaml").write_text(blocks.replace("ReLU", kind))
        variant = spec.with_(wide=number)
        assert variant.graph is not None
        assert [node.type for node in variant.graph.layers] == ["Linear", kind]
        assert said(variant) == cold(spec, {"wide": number})


def test_what_symbolic_sizes_need_is_said_of_each_variant() -> None:
    text = "archspec: 1\nname: Net\nargs: {f: 64}\ninput: [3, H, 8]\nlayers:\n  a: Flatten\n  b: {type: Linear, in_features: '${f}', out_features: 2}\n"
    spec = archspec.parse(text, f=24)
    for features in (48, 24, 48, 72, 24):
        variant = spec.with_(f=features)
        assert variant.facts is not None
        assert variant.facts.assumptions == [f"24*H = {features}"]
        assert said(variant) == cold(spec, {"f": features})


def test_what_is_seen_follows_from_sizes_as_well() -> None:
    """The window is the same with ceil_mode and without, but one more of them lies over the last row."""
    text = (
        "archspec: 1\nname: Net\nargs: {up: false}\ninput: [1, 7, 7]\nlayers:\n"
        "  pool: {type: MaxPool2d, kernel_size: 2, ceil_mode: '${up}'}\n  all: {type: AdaptiveAvgPool2d, output_size: 1}\n"
    )
    spec = archspec.parse(text)
    found = set()
    for is_ceiled in (True, False, True, False):
        variant = spec.with_(up=is_ceiled)
        assert said(variant) == cold(spec, {"up": is_ceiled})
        found.add(json.dumps(archspec.analyze(variant).layers[-1]["receptive_field"]))
    assert len(found) == 2


def test_an_error_in_what_all_layers_share_is_said_once() -> None:
    text = (
        "archspec: 1\nname: Net\nargs: {k: 1}\ninput: [3, 8, 8]\ninit: {Conv2d: {bias: {kaiming_normal: {}}}}\nlayers:\n"
        "  a: {type: Conv2d, out_channels: 3, kernel_size: 1, bias: '${k > 1}'}\n"
        "  b: {type: Conv2d, out_channels: 3, kernel_size: 1, bias: '${k > 2}', padding: '${k}'}\n"
    )
    spec = archspec.parse(text)
    for number in (1, 2, 3, 1, 3):
        variant, found = vary(spec, {"k": number})
        assert (variant is None) == (number > 1)
        assert found.count("E0302") == (number > 1)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MAX_SHARED", 100)
    spec = archspec.load(SPECS / "zoo/vgg.yaml")
    for number in range(1, 60):
        spec = spec.with_(num_classes=number)
        kept = spec._shared.take()
        assert max(map(len, (kept.layers, kept.instances, kept.sights))) <= 100
        spec._shared.give_back(kept)


def test_variants_can_be_made_at_the_same_time() -> None:
    spec = archspec.parse(SYMBOLIC)
    given = [
        {"wide": 4 + number % 5, "kernel": 1 + number % 3, "features": 32 * (1 + number % 2)} for number in range(40)
    ]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda values: vary(spec, values)[1], given))
    for values, one in zip(given, found, strict=True):
        assert one == vary(spec, values)[1]


def test_what_is_shared_stays_behind_where_a_spec_is_copied() -> None:
    spec = archspec.load(SPECS / "zoo/vgg.yaml").with_(num_classes=7)
    for other in (pickle.loads(pickle.dumps(spec)), copy.deepcopy(spec)):
        assert other._shared is not spec._shared
        assert said(other.with_(depth=11)) == said(spec.with_(depth=11))
