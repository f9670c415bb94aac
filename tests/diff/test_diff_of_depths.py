"""Two networks of one kind that differ in depth, as imports have them: layers come, and nothing else moved."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import spec

from archspec.cli import main

CONV = "{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}"
WIDE = "{type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}"


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, after: str) -> list[str]:
    """What is said of two networks: what was done, and what has shifted."""
    (tmp_path / "a.yaml").write_text(before)
    (tmp_path / "b.yaml").write_text(after)
    assert main(["diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]) == 1
    words = ("inserted ", "removed ", "moved ", "renamed ", "changed ", "shifted ")
    said = capsys.readouterr().out.replace("\n          ", " ").splitlines()
    return [" ".join(line.split()).partition(":")[0] for line in said if line.startswith(words)]


def net(*layers: str) -> str:
    return spec("".join(f"  {layer}\n" for layer in layers), "[8, 8, 8]")


def test_activations_that_are_counted_are_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = net(f"a: {CONV}", "relu: ReLU", f"down: {WIDE}", "relu_1: ReLU", f"b: {WIDE}", "relu_2: ReLU")
    after = net(f"a: {CONV}", "relu: ReLU", f"a2: {CONV}", "relu_1: ReLU", f"a3: {CONV}", "relu_2: ReLU", f"down: {WIDE}",
                "relu_3: ReLU", f"b: {WIDE}", "relu_4: ReLU")  # fmt: skip
    assert told(tmp_path, capsys, before, after) == [
        "inserted a2, a3", "inserted relu_1, relu_2", "shifted relu_1, relu_2 → relu_3, relu_4",
    ]  # fmt: skip
    assert told(tmp_path, capsys, after, before) == [
        "removed a2, a3", "removed relu_1, relu_2", "shifted relu_3, relu_4 → relu_1, relu_2",
    ]  # fmt: skip


def test_a_list_whose_members_have_names_with_a_dot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    group = f'b: {{layers: {{"0": {WIDE}, relu_3: ReLU, "1": {WIDE}}}}}'
    before = net(f"a.0: {CONV}", "relu: ReLU", f"down: {WIDE}", "relu_1: ReLU", group, "relu_2: ReLU")
    after = net(f"a.0: {CONV}", "relu: ReLU", f"a.1: {CONV}", "relu_1: ReLU", f"down: {WIDE}", "relu_2: ReLU",
                f"b.0: {WIDE}", "relu_3: ReLU", f"b.1: {WIDE}", "relu_4: ReLU")  # fmt: skip
    assert told(tmp_path, capsys, before, after) == [
        "inserted a.1", "inserted relu_1", "renamed b.relu_3 → relu_3", "shifted relu_1 → relu_2",
        "shifted relu_2 → relu_4",
    ]  # fmt: skip


def test_what_is_counted_in_each_of_many_groups_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = f"{{layers: {{one: {CONV}, relu: ReLU, two: {CONV}, relu_1: ReLU}}}}"
    deeper = f"{{layers: {{one: {CONV}, relu: ReLU, mid: {CONV}, relu_1: ReLU, two: {CONV}, relu_2: ReLU}}}}"
    before, after = (net(*(f"s{n}: {one}" for n in range(3))) for one in (block, deeper))
    said = told(tmp_path, capsys, before, after)
    assert [line for line in said if not line.startswith("inserted")] == ["shifted relu_1 → relu_2 in s0, s1, s2"]


def test_names_of_layers_with_weights_are_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their keys are those of a checkpoint."""
    before = net(f"conv: {CONV}", f"conv_1: {WIDE}", f"conv_2: {CONV}")
    after = net(f"conv: {CONV}", f"conv_2: {CONV}", f"conv_1: {WIDE}")
    assert [line.split()[0] for line in told(tmp_path, capsys, before, after)] == ["moved"]
