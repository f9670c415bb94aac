"""`render --against`: what changed, in colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import SPECS, spec

from archspec.backends.diagram.dot import MARKED, REMOVED, UNCHANGED
from archspec.cli import main

NET = spec(
    "  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  relu: ReLU\n  pool: {type: MaxPool2d, kernel_size: 2}\n"
)


def drawn(tmp_path: Path, before: str, after: str) -> dict[str, str]:
    """The line of each box, by its name."""
    (tmp_path / "a.yaml").write_text(before)
    (tmp_path / "b.yaml").write_text(after)
    out = tmp_path / "b.dot"
    assert main(["render", str(tmp_path / "b.yaml"), "--against", str(tmp_path / "a.yaml"), "-o", str(out)]) == 0
    lines = [line.strip() for line in out.read_text().splitlines() if " [label=<" in line]
    return {line.split('"')[1]: line for line in lines}


def test_added_changed_and_removed(tmp_path: Path) -> None:
    after = NET.replace("kernel_size: 3", "kernel_size: 5").replace("  relu: ReLU\n", "  norm: BatchNorm2d\n")
    found = drawn(tmp_path, NET, after)
    assert f'fillcolor="{MARKED["changed"]}"' in found["layer_conv"]
    assert f'fillcolor="{MARKED["added"]}"' in found["layer_norm"]
    assert f'fillcolor="{UNCHANGED}"' in found["layer_pool"]
    assert "<b>removed</b><br/>relu" in found["removed"]
    assert REMOVED in found["removed"]


def test_another_input(tmp_path: Path) -> None:
    found = drawn(tmp_path, NET, NET.replace("[3, 32, 32]", "[3, 64, 64]"))
    assert f'fillcolor="{MARKED["changed"]}"' in found["in_input"]
    assert "removed" not in found


def test_a_folded_group_that_grew_is_changed(tmp_path: Path) -> None:
    resnet = (SPECS / "zoo" / "resnet.yaml").read_text()
    found = drawn(tmp_path, resnet, resnet.replace("default: 50", "default: 101"))
    assert f'fillcolor="{MARKED["changed"]}"' in found["group_layer3"]
    assert f'fillcolor="{UNCHANGED}"' in found["group_layer4"]


@pytest.mark.parametrize(
    ("other", "out", "code", "said"),
    [
        ("a.yaml", "b.md", 2, "--against is drawn by Graphviz"),
        ("nowhere.yaml", "b.svg", 2, "cannot be read"),
        ("wrong.yaml", "b.svg", 1, "error[E0201]"),
    ],
)
def test_what_cannot_be_drawn(
    other: str,
    out: str,
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(NET)
    Path("wrong.yaml").write_text(NET.replace("ReLU", "{type: ReLU, from: nobody}"))
    assert main(["render", "a.yaml", "--against", other, "-o", out]) == code
    assert said in capsys.readouterr().err
    assert not Path(out).exists()
