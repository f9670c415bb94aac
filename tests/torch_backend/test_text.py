"""The generated text: the reviewed example, the length, the tools that a project runs over its code, and order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, SPECS
from torch_samples import BLOCKS, RESIDUAL, SAMPLES, facts_of, generated

GOLDEN = Path(__file__).parent / "golden"
PYTHON = sys.executable
REPOSITORY_SPECS = sorted(SPECS.rglob("*.yaml"))


def _texts() -> dict[str, str]:
    found = {name: generated(text).text for name, text in SAMPLES.items()}
    for path in REPOSITORY_SPECS:
        name = "_".join(path.relative_to(SPECS).with_suffix("").parts).replace("-", "_")
        found[name] = generated(path.read_text("utf-8")).text
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sample and every spec of the repository as a file."""
    made = tmp_path_factory.mktemp("generated")
    for name, text in _texts().items():
        (made / f"{name}.py").write_text(text, "utf-8")
    return made


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PYTHON, "-m", *command, "."], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("name", "sample"), [("residual", RESIDUAL), ("blocks", BLOCKS)])
def test_the_reviewed_examples(name: str, sample: str, update_golden: bool) -> None:
    golden = GOLDEN / f"{name}.txt"
    text = generated(sample).text
    if update_golden:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_every_golden_file_is_used() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == ["blocks.txt", "residual.txt"]


def test_ruff_has_nothing_to_say(folder: Path) -> None:
    done = _run(folder, "ruff", "check", "--isolated", "--no-cache")
    assert done.returncode == 0, done.stdout


def test_ruff_would_not_format_it_otherwise(folder: Path) -> None:
    done = _run(folder, "ruff", "format", "--isolated", "--no-cache", "--diff")
    assert done.returncode == 0, done.stdout


def test_mypy_accepts_it_in_strict_mode(folder: Path) -> None:
    done = _run(folder, "mypy", "--strict", "--allow-untyped-calls", "--config-file=", "--cache-dir=/dev/null")
    assert done.returncode == 0, done.stdout


def test_alexnet_has_at_most_80_lines() -> None:
    text = generated((SPECS / "alexnet.yaml").read_text("utf-8")).text
    assert len(text.splitlines()) <= 80


def test_it_stands_alone(folder: Path) -> None:
    for path in folder.glob("*.py"):
        imports = [line for line in path.read_text("utf-8").splitlines() if line.startswith(("import ", "from "))]
        assert {line.split()[1] for line in imports} <= {"torch", "torch.nn", "typing", "collections"}, path.name


def test_a_line_of_forward_bears_the_shape_where_that_changes() -> None:
    text = (SPECS / "alexnet.yaml").read_text("utf-8")
    facts, lines = facts_of(text), generated(text).text.splitlines()
    body = lines[lines.index("    def forward(self, x: Tensor) -> Tensor:") + 1 : -1]
    assert len(body) == len(facts.graph.layers) == 22
    assert body[0] == "        x = self.conv1(x)  # (N, 96, 55, 55)"
    assert body[1] == "        x = self.relu1(x)"
    for line, node in zip(body, facts.graph.layers, strict=True):
        record = facts.of(node)
        before, after = (record.inputs or ())[0].shape, (record.outputs or {})["output"].shape
        comment = f"  # ({', '.join(map(str, after))})" if before != after else ""
        assert line == f"        x = self.{node.path}(x){comment}"


def test_tensors_of_one_shape_say_it_once() -> None:
    text = generated("""archspec: 1
name: Halves
input: [8]
layers:
  parts: {type: Chunk, chunks: 2, dim: 1}
  sum: {type: Add, from: [parts.0, parts.1]}
""").text
    assert "  # each (N, 4)\n" in text


def test_a_spec_of_one_class_has_one_class() -> None:
    assert generated((SPECS / "alexnet.yaml").read_text("utf-8")).text.count("\nclass ") == 1


def test_groups_of_one_form_are_one_class() -> None:
    code = generated(RESIDUAL)
    assert code.classes["block1"] == code.classes["block2"] == "ResidualBlock1"
    assert code.text.count("\nclass ") == 3


def test_groups_without_words_of_their_own_are_one_class_too() -> None:
    code = generated(RESIDUAL.replace("    doc: A block with a residual connection.\n", ""))
    assert code.classes["block1"] == code.classes["block2"]
    assert "group of Conv2d and ReLU." in code.text


KINDS = """archspec: 1
name: Kinds
input: [4, 8]
blocks:
  Scaled:
    args: {value: list}
    layers:
      c: {type: Buffer, value: "${value}"}
      mul: {type: Mul, from: [input, c]}
layers:
  a: {type: Scaled, value: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]}
  b: {type: Scaled, value: [2.0]}
  c: {type: Scaled, value: [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 8.5]}
"""


def test_the_hash_seed_does_not_matter(tmp_path: Path) -> None:
    """Neither for a spec nor for all of the zoo: sets of names or types have no order that is the same everywhere."""
    for name, text in (("residual", RESIDUAL), ("kinds", KINDS)):
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    script = (
        "import sys; from archspec.checking import check; from archspec.backends.torch import generate\n"
        "for path in sys.argv[1:]:\n"
        "    sys.stdout.write(generate(check(path, open(path, 'rb').read()).facts).text)"
    )
    paths = [str(path) for folder in (tmp_path, SPECS / "zoo") for path in sorted(folder.glob("*.yaml"))]
    texts = {
        subprocess.run([PYTHON, "-c", script, *paths], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True,
                       text=True, check=True).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(texts) == 1
    assert "tuple[float, ...]" in texts.pop()


def test_generating_does_not_import_torch() -> None:
    script = (
        "import sys; from archspec.checking import check; from archspec.backends.torch import generate\n"
        "generate(check('a.yaml', b'archspec: 1\\nname: A\\ninput: [3]\\nlayers: {a: ReLU}').facts)\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([PYTHON, "-c", script], check=False).returncode == 0


def test_a_chain_of_thousands_is_written() -> None:
    layers = "".join(f"  a{i}: ReLU\n" for i in range(3000))
    assert len(generated(f"archspec: 1\nname: Long\ninput: [4]\nlayers:\n{layers}").text.splitlines()) > 6000
    listed = "".join("  - ReLU\n" for _ in range(3000))
    assert len(generated(f"archspec: 1\nname: Long\ninput: [4]\nlayers:\n{listed}").text.splitlines()) > 3000


def test_groups_nested_deep_are_written() -> None:
    lines = [f"{'  ' * (1 + 2 * i)}g{i}:\n{'  ' * (2 + 2 * i)}layers:\n" for i in range(25)]
    text = "archspec: 1\nname: Deep\ninput: [4]\nlayers:\n" + "".join(lines) + "  " * 51 + "a: ReLU\n"
    assert facts_of(text).totals.layers == 1
    assert "class Deep(nn.Module)" in generated(text).text


ARGUMENTS = """archspec: 1
name: Net
input: [3, 16, 16]
blocks:
  Few:
    args: {channels: int, bias: bool}
    layers: {conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 1, bias: "${bias}"}, act: ReLU}
  Many:
    args: {channels: int, kernel_size: int, stride: int}
    layers: {conv: {type: Conv2d, out_channels: "${channels}", kernel_size: "${kernel_size}", stride: "${stride}"}, act: ReLU}
  Row:
    args: {channels: int, kernel_size: int, stride: int, padding: int, dilation: int, bias: bool}
    layers:
      conv:
        type: Conv2d
        out_channels: "${channels}"
        kernel_size: "${kernel_size}"
        stride: "${stride}"
        padding: "${padding}"
        dilation: "${dilation}"
        bias: "${bias}"
      act: ReLU
layers:
  - {type: Few, channels: 4, bias: true}
  - {type: Few, channels: 5, bias: false}
  - {type: Many, channels: 6, kernel_size: 1, stride: 1}
  - {type: Many, channels: 7, kernel_size: 3, stride: 2}
  - {type: Row, channels: 8, kernel_size: 3, stride: 1, padding: 1, dilation: 2, bias: true}
  - {type: Row, channels: 9, kernel_size: 5, stride: 2, padding: 3, dilation: 1, bias: false}
"""


def test_arguments_of_a_block_are_named_where_nobody_could_tell_them() -> None:
    text = generated(ARGUMENTS).text
    assert "            Few(4, 5, bias=False, **kwargs)," in text
    assert "            Many(6, 7, kernel_size=3, stride=2, **kwargs)," in text
    assert "            Row(8, 9, 5, 2, 3, 1, bias=False, **kwargs)," in text
    assert "nn.Conv2d(in_channels, channels, 1, bias=bias, **kwargs)" in text


PARTED = """archspec: 1
name: Parted
input: [6, 6, 8]
layers:
  qkv: {type: Linear, out_features: 24}
  parts: {type: Chunk, chunks: 3, dim: 3}
  q: {type: Transpose, dim0: 1, dim1: 2, from: parts.0}
  k_split: {type: Transpose, dim0: 1, dim1: 2, from: parts.1}
  k: {type: Transpose, dim0: 1, dim1: 2}
  v: {type: Transpose, dim0: 1, dim1: 2, from: parts.2}
  attention: {type: ScaledDotProductAttention, from: [q, k, v]}
"""


def test_a_chain_from_one_of_several_results_is_called_what_it_ends_as() -> None:
    text = generated(PARTED).text
    lines = [line.partition("  #")[0].strip() for line in text.partition("def forward")[2].splitlines()[1:]]
    assert lines == [
        "x = self.qkv(x)",
        "q, k, v = x.chunk(3, dim=3)",
        "q = q.transpose(1, 2)",
        "k = k.transpose(1, 2)",
        "k = k.transpose(1, 2)",
        "v = v.transpose(1, 2)",
        "x = F.scaled_dot_product_attention(q, k, v)",
        "return x",
    ]
