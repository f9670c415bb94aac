"""What `explain` says to ask next is answered when it is asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import SPECS

from archspec.checking import Result, check
from archspec.cli import main
from archspec.explain import changes
from archspec.explain.changes import CannotChange
from archspec.explain.knobs import find_knob
from archspec.explain.sizes import size_knob

ZOO = (
    "bert",
    "convnext",
    "efficientnet",
    "mnasnet",
    "mobilenet_v2",
    "mobilenet_v3",
    "regnet_y",
    "resnet",
    "swin",
    "vit",
)


def refused(result: Result) -> list[CannotChange]:
    """Why arguments cannot be given other values, one of each line on which a layer is written."""
    assert result.graph is not None
    found, seen = [], set()
    for node in result.graph.layers:
        for field in type(node.op).model_fields:
            if (node.place.name.line, field) in seen:
                continue
            seen.add((node.place.name.line, field))
            try:
                find_knob(result, f"{node.path}.{field}")
            except CannotChange as error:
                found.append(error)
    return found


@pytest.mark.parametrize("name", ZOO)
def test_an_argument_that_is_named_instead_can_be_changed(name: str) -> None:
    path = SPECS / "zoo" / f"{name}.yaml"
    result = check(str(path), path.read_bytes())
    for error in refused(result):
        if error.instead:
            assert size_knob(result, error.instead) or find_knob(result, error.instead)
        else:
            assert "change it" in str(error) or "no keys" in str(error) or "has its arguments" in str(error), str(error)


def test_what_a_use_computes_is_said_to_be_changed_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(SPECS / "zoo" / "mnasnet.yaml")
    assert main(["explain", path, "--with", "layers.8.0.layers.3.stride=1"]) == 2
    said = capsys.readouterr().err
    assert said.endswith(
        "is an argument of the block InvertedResidual, given where layers.8.0 is written: change it in the text\n"
    )


def test_of_a_large_network_an_argument_is_named_that_the_layer_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(changes, "MAX_EXPLAINED_LAYERS", 8)
    path = tmp_path / "net.yaml"
    path.write_text(
        "archspec: 1\nname: N\ninput: [3, 32, 32]\nlayers:\n"
        "  pool: {type: LPPool2d, norm_type: 2, kernel_size: 2, stride: 2}\n  a: ReLU\n  b: ReLU\n  f: Flatten\n"
        "  fc: {type: Linear, out_features: 10}\n  end: ReLU\n"
    )
    assert main(["explain", str(path), "pool"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    way = re.search(r"not all arguments were tried; (--with) (\S+) tries one", said)
    assert way is not None
    assert way[2].startswith(("pool.kernel_size=", "pool.stride="))  # it has no padding
    assert main(["explain", str(path), way[1], way[2]]) == 0
