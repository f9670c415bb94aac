"""Arguments, blocks, repeats, conditions, imports: what they expand to, and what is said where they are wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from support import checked, codes, fixed, spec, told

import archspec
from archspec.checking import UnknownSymbol, check
from archspec.diagnostics.records import github, record
from archspec.diagnostics.text import render

HEAD = "archspec: 1\nname: Example\n"
BLOCK = """\
blocks:
  Conv:
    args: {channels: int, stride: 1, norm: true}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 3, stride: "${stride}", padding: 1}
      bn: {type: BatchNorm2d, when: "${norm}"}
      relu: ReLU
"""


def document(layers: str, more: str = "", input: str = "[3, 32, 32]") -> str:
    return f"{HEAD}input: {input}\n{more}layers:\n{layers}"


def paths(text: str, **values: Any) -> list[str]:
    result = check("spec.yaml", text.encode(), values)
    assert result.ok, [d.message for d in result.diagnostics]
    assert result.graph is not None
    return [node.path for node in result.graph.layers]


def shape(text: str, path: str) -> tuple[object, ...]:
    result = checked(text)
    assert result.facts is not None, result.diagnostics
    node = next(node for node in result.facts.graph.layers if node.path == path)
    output = result.facts.of(node).output
    assert output is not None, result.diagnostics
    return output.shape[1:]


def said(text: str) -> list[tuple[str, int, int]]:
    return [(d.code, d.span.line, d.span.column) for d in checked(text).diagnostics]


# Blocks --------------------------------------------------------------------------------------------------------------


def test_a_block_is_used_with_arguments() -> None:
    text = document("  a: {type: Conv, channels: 8}\n  b: {type: Conv, channels: 16, stride: 2, norm: false}\n", BLOCK)
    assert paths(text) == ["a.conv", "a.bn", "a.relu", "b.conv", "b.relu"]
    assert shape(text, "b.relu") == (16, 16, 16)


def test_what_reads_a_layer_left_out_reads_what_it_would_have_read() -> None:
    text = document("  a: ReLU\n  b: {type: Conv2d, out_channels: 3, kernel_size: 1, when: false}\n  c: {type: Add, from: [a, b]}\n"
                    "  d: {type: Add, from: [b, c], when: false}\n  e: {type: Tanh, from: d}\n")  # fmt: skip
    result = checked(text)
    assert result.graph is not None
    reads = {node.path: [result.graph.nodes[r.node].path for r in node.inputs if r] for node in result.graph.layers}
    assert reads == {"a": ["input"], "c": ["a", "a"], "e": ["a"]}


def test_a_condition_may_ask_for_the_shapes_of_the_scopes_inputs() -> None:
    block = """\
blocks:
  Residual:
    args: {channels: int}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 1}
      fit: {type: Conv2d, from: input, out_channels: "${channels}", kernel_size: 1, when: "${input.shape[1] != channels}"}
      add: {type: Add, from: [conv, fit]}
"""
    text = document("  a: {type: Residual, channels: 8}\n  b: {type: Residual, channels: 8}\n", block)
    assert paths(text) == ["a.conv", "a.fit", "a.add", "b.conv", "b.add"]


@pytest.mark.parametrize(("layers", "expected"), [
    ("  a: {type: Conv}\n", [("E0102", 12, 3)]),
    ("  a: {type: Conv, chanels: 8}\n", [("E0103", 12, 19)]),
    ("  a: {type: Conv, channels: 8, strid: 2}\n", [("E0103", 12, 32)]),
    ("  a: {type: Conv, channels: eight}\n", [("E0105", 12, 29)]),
    ("  a: {type: Conv, channels: 8, norm: 1}\n", [("E0105", 12, 38)]),
    ("  a: {type: Conv, channels: true}\n", [("E0105", 12, 29)]),
    ("  a: {type: Conv, channels: {x: 1}}\n", [("E0105", 12, 29)]),
    ("  a: {type: Conv, channels: \"${width}\"}\n", [("E0502", 12, 32)]),
    ("  a: {type: Konv, channels: 8}\n", [("E0104", 12, 13)]),
    ("  a: {type: Conv, channels: 8, from: [input, input]}\n", [("E0203", 12, 38)]),
    ("  a: {type: Conv, channels: 8}\n  b: {type: ReLU, from: a.conv}\n", [("E0204", 13, 25)]),
    ("  a: {type: Conv, channels: 8, when: 1}\n", [("E0105", 12, 38)]),
])  # fmt: skip
def test_a_use_that_does_not_fit(layers: str, expected: list[tuple[str, int, int]]) -> None:
    assert said(document(layers, BLOCK)) == expected


@pytest.mark.parametrize(("blocks", "code"), [
    ("blocks: [1]\n", "E0105"), ("blocks: {A: 1}\n", "E0105"), ("blocks: {A: {}}\n", "E0109"), ("blocks: {Conv2d: {layers: {a: ReLU}}}\n", "E0107"),
    ("blocks: {class: {layers: {a: ReLU}}}\n", "E0107"), ("blocks: {A: {layers: {a: ReLU}, foo: 1}}\n", "E0103"),
    ("blocks: {A: {args: [1], layers: {a: ReLU}}}\n", "E0105"), ("blocks: {A: {args: {from: 1}, layers: {a: ReLU}}}\n", "E0107"),
    ("blocks: {A: {args: {i: 1}, layers: {a: ReLU}}}\n", "E0107"), ("blocks: {A: {args: {min: 1}, layers: {a: ReLU}}}\n", "E0107"),
    ("blocks: {A: {args: {lambda: 1}, layers: {a: ReLU}}}\n", "E0107"), ("blocks: {A: {args: {input: 1}, layers: {a: ReLU}}}\n", "E0107"),
    ("blocks: {A: {args: {x: {default: 1}}, layers: {a: ReLU}}}\n", "E0105"), ("blocks: {A: {args: {x: \"${1}\"}, layers: {a: ReLU}}}\n", "E0105"),
    ("blocks: {A: {args: {x: {default: 3, one_of: [1, 2]}}, layers: {a: ReLU}}}\n", "E0105"),
    ("blocks: {A: {inputs: [a, a], layers: {b: ReLU}}}\n", "E0105"), ("blocks: {A: {inputs: [self], layers: {b: ReLU}}}\n", "E0105"),
])  # fmt: skip
def test_a_block_that_is_none(blocks: str, code: str) -> None:
    assert codes(document("  z: ReLU\n", blocks)) == [code]


def test_several_inputs_and_outputs() -> None:
    block = """\
blocks:
  Both:
    inputs: [left, right]
    outputs: {sum: add, product: mul}
    layers:
      add: {type: Add, from: [left, right]}
      mul: {type: Mul, from: [left, right]}
"""
    text = document(
        "  a: ReLU\n  b: {type: Both, from: [a, input]}\n  c: {type: Sub, from: [b.sum, b.product]}\n", block
    )
    assert paths(text) == ["a", "b.add", "b.mul", "c"]
    assert codes(document("  b: {type: Both, from: [input, input]}\n  c: {type: ReLU, from: b}\n", block)) == ["E0204"]


def test_an_error_in_a_block_is_said_once_with_its_uses() -> None:
    block = """\
blocks:
  Grouped:
    args: {channels: int}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 3, groups: 5}
"""
    uses = "".join(f"  b{i}: {{type: Grouped, channels: 8, from: input}}\n" for i in range(30))
    (diagnostic,) = checked(document(uses, block)).diagnostics
    assert diagnostic.code == "E0304"
    assert diagnostic.span.line == 8
    assert [label.span.line for label in diagnostic.labels] == [10, 11, 12, 13]
    assert diagnostic.labels[0].message == "used here as b0 with channels: 8"
    assert "the same in b1.conv, b2.conv, b3.conv and 26 more" in diagnostic.notes


def test_only_the_uses_that_cause_an_error_are_named() -> None:
    block = BLOCK.replace("padding: 1", "padding: 1, groups: 3")
    uses = "".join(f"  b{i}: {{type: Conv, channels: {c}, from: input}}\n" for i, c in enumerate((6, 7, 9, 7)))
    (diagnostic,) = [d for d in checked(document(uses, block)).diagnostics if d.code == "E0304"]
    assert [label.message for label in diagnostic.labels] == [
        "used here as b1 with channels: 7, stride: 1, norm: true",
        "used here as b3 with channels: 7, stride: 1, norm: true",
    ]


def test_blocks_that_hold_themselves() -> None:
    assert codes(document("  a: A\n", "blocks: {A: {layers: {a: A}}}\n")) == ["E0504"]
    three = "blocks: {A: {layers: {a: B}}, B: {layers: {a: C}}, C: {layers: {a: A}}}\n"
    (diagnostic,) = checked(document("  a: A\n", three)).diagnostics
    assert diagnostic.message == "the block A leads back to itself: A → B → C → A"


# Arguments of the document -------------------------------------------------------------------------------------------


def test_arguments_can_be_set() -> None:
    text = document(
        '  f: Flatten\n  a: {type: Linear, out_features: "${classes}"}\n', "args: {classes: 10, width: 2.0}\n"
    )
    assert shape(text, "a") == (10,)
    result = check("x", text.encode(), {"classes": 7})
    assert result.facts is not None
    assert result.facts.totals.params == 7 * 3072 + 7
    for values in ({"klasses": 1}, {"classes": "many"}, {"classes": 2.5}, {"width": "wide"}):
        with pytest.raises(UnknownSymbol):
            check("x", text.encode(), values)  # type: ignore[arg-type]


def test_an_argument_without_a_default_has_to_be_set() -> None:
    text = document('  f: Flatten\n  a: {type: Linear, out_features: "${classes}"}\n', "args: {classes: int}\n")
    assert codes(text) == ["E0102"]
    assert check("x", text.encode(), {"classes": 3}).ok


def test_arguments_in_inputs_and_expectations() -> None:
    text = (f'{HEAD}args: {{size: 32}}\ninput: [3, "${{size}}", "${{size}}"]\nlayers:\n  a: {{type: MaxPool2d, kernel_size: 2}}\n'
            'expect:\n  - {when: "${size == 32}", output: [3, 16, 16]}\n  - {when: "${size == 64}", output: [3, 32, "${size // 2}"]}\n')  # fmt: skip
    assert checked(text).ok
    assert check("x", text.encode(), {"size": 64}).ok
    assert [d.code for d in checked(text.replace("[3, 16, 16]", "[3, 16, 17]")).diagnostics] == ["E0401"]


def test_let() -> None:
    more = 'args: {width: 0.5}\nlet:\n  base: "${64 * width}"\n  channels: "${max(8, int(base + 4) // 8 * 8)}"\n'
    text = document('  a: {type: Conv2d, let: {k: 3}, out_channels: "${channels}", kernel_size: "${k}"}\n', more)
    assert shape(text, "a") == (32, 30, 30)
    assert codes(document("  a: ReLU\n", 'let: {x: "${y}"}\n')) == ["E0502"]
    assert codes(document("  a: ReLU\n", "let: {if: 1}\n")) == ["E0107"]


# Repeats -------------------------------------------------------------------------------------------------------------


def test_repeat_in_a_mapping_nests_and_in_a_list_counts_on() -> None:
    assert paths(document("  a: {type: ReLU, repeat: 3}\n")) == ["a.0", "a.1", "a.2"]
    assert paths(document("  - ReLU\n  - {type: Tanh, repeat: 2}\n  - ReLU\n")) == ["0", "1", "2", "3"]
    assert paths(document('  a: {type: ReLU, repeat: 2, as: "relu${i + 1}"}\n')) == ["a.relu1", "a.relu2"]


def test_i_and_n() -> None:
    text = document(
        '  a: {type: Conv2d, out_channels: "${8 * (i + 1)}", kernel_size: 1, stride: "${2 if i == n - 1 else 1}", repeat: 3}\n'
    )
    assert [shape(text, f"a.{i}") for i in range(3)] == [(8, 32, 32), (16, 32, 32), (24, 16, 16)]


def test_for_is_zipped_and_outside_of_repeat() -> None:
    text = document(
        '  - {type: Conv2d, for: {c: [4, 8], n: [1, 2]}, repeat: "${n}", out_channels: "${c + i}", kernel_size: 1}\n'
    )
    assert [shape(text, str(i))[0] for i in range(3)] == [4, 8, 9]


def test_what_is_left_out_of_a_list_gets_no_number() -> None:
    text = document(
        '  - ReLU\n  - {type: Tanh, when: "${i > 0}", repeat: 3}\n  - {type: ReLU, when: false}\n  - Sigmoid\n'
    )
    result = checked(text)
    assert result.graph is not None
    assert [(node.path, node.type) for node in result.graph.layers] == [
        ("0", "ReLU"), ("1", "Tanh"), ("2", "Tanh"), ("3", "Sigmoid"),
    ]  # fmt: skip


def test_repeat_of_nothing() -> None:
    assert paths(document("  a: ReLU\n  b: {type: Tanh, repeat: 0}\n  c: {type: Sigmoid, from: b}\n")) == ["a", "c"]


@pytest.mark.parametrize(("layer", "code"), [
    ("{type: ReLU, repeat: -1}", "E0505"), ("{type: ReLU, repeat: 1000000000}", "E0505"), ("{type: ReLU, repeat: 2.0}", "E0105"),
    ("{type: ReLU, repeat: true}", "E0105"), ("{type: ReLU, repeat: many}", "E0105"), ("{type: ReLU, repeat: [1]}", "E0105"),
    ("{type: ReLU, for: 3}", "E0105"), ("{type: ReLU, for: {}}", "E0105"), ("{type: ReLU, for: {a: 3}}", "E0105"),
    ("{type: ReLU, for: {a: [1, 2], b: [1]}}", "E0505"), ("{type: ReLU, for: {if: [1, 2]}}", "E0107"),
    ("{type: ReLU, repeat: 2, as: same}", "E0107"), ("{type: ReLU, repeat: 2, as: \"a b${i}\"}", "E0107"), ("{type: ReLU, repeat: 2, as: [1]}", "E0105"),
    ("{type: ReLU, when: \"${input.shape[0] == 1}\"}", "E0308"), ("{type: ReLU, when: \"${b.shape[1] == 1}\"}", "E0502"), ("{type: ReLU, mode: sometimes}", "E0105"),
])  # fmt: skip
def test_repeats_that_are_none(layer: str, code: str) -> None:
    assert set(codes(document(f"  a: {layer}\n"))) == {code}


# Bombs ---------------------------------------------------------------------------------------------------------------


def bomb(entry: str, levels: int = 40) -> str:
    inner = "".join(
        f"  B{i}: {{args: {{k: 1}}, layers: {{{entry.replace('NEXT', f'B{i + 1}')}}}}}\n" for i in range(levels)
    )
    return document("  a: B0\n", f"blocks:\n{inner}  B{levels}: {{args: {{k: 1}}, layers: {{a: ReLU}}}}\n")


@pytest.mark.parametrize("entry", [
    "a: NEXT, b: NEXT", "a: {type: NEXT, repeat: 2}", 'a: {type: NEXT, repeat: "${1 + 1}"}', 'a: {type: NEXT, when: "${k > 0}"}, b: {type: NEXT, k: 2}',
])  # fmt: skip
def test_blocks_that_double(entry: str) -> None:
    assert codes(bomb(entry)) == ["E0007"]


def test_depth() -> None:
    assert checked(bomb("a: NEXT", 97)).ok
    assert codes(bomb("a: NEXT", 120)) == ["E0507"]


def test_a_hundred_thousand_layers_by_a_repeat() -> None:
    result = checked(document("  a: {type: ReLU, repeat: 100000}\n"))
    assert result.ok
    assert result.facts is not None
    assert result.facts.totals.layers == 100_000


# Imports -------------------------------------------------------------------------------------------------------------

COMMON = "archspec: 1\nblocks: {Act: {layers: {a: ReLU}}}\n"


def run(folder: Path, text: str) -> list[str]:
    (folder / "spec.yaml").write_text(text)
    return [d.code for d in check(str(folder / "spec.yaml"), text.encode()).diagnostics]


def test_imports(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "act.yaml").write_text(COMMON)
    (tmp_path / "parts" / "more.yaml").write_text(
        "archspec: 1\nimport: [act.yaml]\nblocks: {Two: {layers: {a: Act, b: Act}}}\n"
    )
    assert run(tmp_path, document("  a: Two\n  b: Act\n", "import: [parts/more.yaml, parts/act.yaml]\n")) == []


def test_an_error_in_an_imported_block_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "act.yaml").write_text("archspec: 1\nblocks: {Act: {layers: {a: {type: Linear}}}}\n")
    text = document("  a: Act\n", "import: [act.yaml]\n")
    (diagnostic,) = check(str(tmp_path / "spec.yaml"), text.encode()).diagnostics
    assert diagnostic.code == "E0102"
    assert diagnostic.span.source.path == str(tmp_path / "act.yaml")
    assert diagnostic.labels[-1].span.line == 6


@pytest.mark.parametrize("wanted", [
    "../outside.yaml", "/etc/passwd", "missing.yaml", "folder", "link.yaml", "a\\\\b.yaml", "fifo", "list.yaml", "loop.yaml", "",
])  # fmt: skip
def test_what_cannot_be_imported(tmp_path: Path, wanted: str) -> None:
    inside = tmp_path / "inside"
    (inside / "folder").mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text(COMMON)
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (inside / "list.yaml").write_text("[1]\n")
    (inside / "loop.yaml").write_text("archspec: 1\nimport: [loop.yaml]\nblocks: {}\n")
    os.mkfifo(inside / "fifo")
    (found,) = run(inside, document("  a: ReLU\n", f'import: ["{wanted}"]\n'))
    assert found in ("E0506", "E0100", "E0105")


def test_imports_are_contained_when_run_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside.yaml").write_text(COMMON)
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    text = document("  a: ReLU\n", "import: [../outside.yaml]\n")
    assert [d.code for d in check("spec.yaml", text.encode()).diagnostics] == ["E0506"]
    assert [d.code for d in check("<stdin>", text.encode()).diagnostics] == ["E0506"]


def test_names_of_two_files(tmp_path: Path) -> None:
    (tmp_path / "act.yaml").write_text(COMMON)
    assert run(tmp_path, document("  a: Act\n", "blocks: {Act: {layers: {a: Tanh}}}\nimport: [act.yaml]\n")) == [
        "E0106"
    ]


def test_many_files(tmp_path: Path) -> None:
    for i in range(70):
        (tmp_path / f"f{i}.yaml").write_text(f"archspec: 1\nblocks: {{A{i}: {{layers: {{a: ReLU}}}}}}\n")
    names = ", ".join(f"f{i}.yaml" for i in range(64))
    assert run(tmp_path, document("  a: A63\n", f"import: [{names}]\n")) == []
    assert run(tmp_path, document("  a: A63\n", f"import: [{names}, f64.yaml]\n")) == ["E0506"]


# Computed in training only -------------------------------------------------------------------------------------------


def test_what_is_computed_in_training_only_costs_nothing() -> None:
    text = document("  a: {type: Conv2d, out_channels: 4, kernel_size: 1}\n  aux: {type: Conv2d, out_channels: 2, kernel_size: 1, mode: train}\n"
                    "  b: {type: ReLU, from: a}\n") + "outputs: {output: b, aux: aux}\n"  # fmt: skip
    result = checked(text)
    assert result.ok
    assert result.facts is not None
    assert result.facts.totals.params == 16 + 10
    assert result.facts.totals.macs == 3 * 4 * 32 * 32


@pytest.mark.parametrize(("layers", "more", "expected"), [
    ("  a: {type: Tanh, mode: train}\n  b: ReLU\n", "", ["E0206"]),
    ("  a: ReLU\n  b: {type: Tanh, mode: train}\n", "", ["E0206"]),
    ("  a: ReLU\n  b: {layers: {c: {type: Tanh, mode: train}}}\n  d: {type: ReLU, from: a}\n", "", ["E0206"]),
    ("  a: ReLU\n  b: {type: Tanh, mode: train}\n  c: {type: ReLU, mode: train}\n  d: {type: ReLU, from: a}\n", "outputs: {output: d, aux: c}\n", []),
    ("  a: ReLU\n  b: {type: Tanh, mode: train}\n  c: {use: b}\n  d: {type: ReLU, from: a}\n", "outputs: {output: d, aux: c}\n", ["E0206"]),
])  # fmt: skip
def test_evaluation_reads_only_what_it_computes(layers: str, more: str, expected: list[str]) -> None:
    assert [d.code for d in checked(document(layers) + more).diagnostics if d.severity == "error"] == expected


def test_facts_of_groups_can_be_expected() -> None:
    text = document("  a: {type: Conv, channels: 8, repeat: 2}\n", BLOCK)
    right = "expect: {layers: {a: {params: 840, macs: 811008, output: [8, 32, 32], receptive_field: {size: 5}}, a.1: {params: 600}}}\n"
    assert checked(text + right).ok
    for wrong in ("params: 841", "macs: 1", "output: [8, 32, 31]", "receptive_field: {size: 7}"):
        found = codes(text + f"expect: {{layers: {{a: {{{wrong}}}}}}}\n")
        assert [code for code in found if code.startswith("E")] == ["E0401"], wrong
    assert "E0403" in codes(text + "expect: {layers: {a: {weights: 3}}}\n")
    assert codes(text + "expect: {layers: {b: {params: 3}}}\n") == ["E0201"]


def test_shapes_of_what_has_no_batch_are_whole() -> None:
    text = document("  a: {type: Parameter, shape: [3, 1, 1]}\n  b: {type: Mul, from: [a, input]}\n")
    assert checked(text + "expect: {layers: {a: {output: [3, 1, 1]}, b: {output: [3, 32, 32]}}}\n").ok
    assert codes(text + "expect: {layers: {a: {output: [1, 1]}}}\n") == ["E0401"]


# What is said once, and how it is mended -----------------------------------------------------------------------------


TWO = "blocks: {M: {inputs: [x, emb], layers: {add: {type: Add, from: [x, emb]}}}, O: {inputs: [x, emb], layers: {m: M, n: ReLU}}}\n"
GROUP = "  c2: ReLU\n  c3: ReLU\n  g: {inputs: %s, layers: {x: {type: Add, from: [c2, c3]}}}\n"


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        (document("  c: {type: O, from: [input, input]}\n", TWO), "c.m reads 2 tensors, x, emb, but does not say which",
         "add from: [x, emb]"),
        (document("  a: ReLU\n  d: M\n", TWO), "d reads 2 tensors, x, emb, but does not say which",
         "name what stands for each: from: [x, emb]"),
        (document(GROUP % "[c2, c3]"), "g reads 2 tensors, c2, c3, but does not say which", "add from: [c2, c3]"),
        (document(GROUP % "[c2, c9]").replace("[c2, c3]}}", "[c2, c9]}}"), "g reads 2 tensors, c2, c9, but does not say which",
         "name what stands for each: from: [c2, c9]"),
        (document(GROUP % "{c2: c2, c3: c3}"), "g: inputs of a group takes a list of names, not a mapping",
         "write inputs: [c2, c3] and from: [c2, c3]"),
        (document(GROUP % "{c2, c3}"), "g: inputs of a group takes a list of names, not a mapping",
         "write inputs: [c2, c3] and from: [c2, c3]"),
        (document("  a: ReLU\n  g: {type: ReLU, repeat: 3}\n  h: {type: Tanh, from: g.skip}\n"),
         "h reads g.skip, but g is a repeat, which gives only what its last step gives",
         "write g; the steps of a repeat, and their other outputs, cannot be read"),
    ],
)  # fmt: skip
def test_what_is_read_is_asked_for_once(text: str, message: str, help: str) -> None:
    assert [(found[1], found[2]) for found in told(text)] == [(message, help)]


def test_a_block_that_is_left_out_need_not_say_what_it_reads() -> None:
    assert not codes(document("  a: ReLU\n  d: {type: M, when: false}\n", TWO))


def test_the_result_of_a_repeat_can_be_named_by_its_port() -> None:
    assert not codes(document("  g: {type: ReLU, repeat: 3}\n  h: {type: Tanh, from: g.output}\n"))


def test_paths_are_those_that_the_command_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every format, and each file under an arrow of its own."""
    (tmp_path / "nets" / "parts").mkdir(parents=True)
    (tmp_path / "nets" / "parts" / "act.yaml").write_text(
        "archspec: 1\nblocks: {Act: {layers: {a: {type: MaxPool1d, kernel_size: 9}}}}\n"
    )
    text = document("  a: Act\n", "import: [parts/act.yaml]\n").replace("[8]", "[8, 4]")
    monkeypatch.chdir(tmp_path)
    for path in ("nets/spec.yaml", str(tmp_path / "nets" / "spec.yaml")):
        (found,) = [d for d in check(path, text.encode()).diagnostics if d.severity == "error"]
        theirs = os.path.join(os.path.dirname(path), "parts", "act.yaml")
        assert record(found)["path"] == theirs
        assert github(found).startswith(f"::error file={theirs},")
        lines = render([found]).splitlines()
        assert lines[1] == f" --> {theirs}:2:{found.span.column}"
        assert any(line.startswith(f" ::: {path}:") for line in lines)


def test_a_file_of_blocks_alone_is_fine(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("archspec: 1\nblocks: {Act: {layers: {a: ReLU}}}\n")
    text = "archspec: 1\nimport: [more.yaml]\nblocks: {B: {layers: {a: Act}}}\n"
    result = check(str(tmp_path / "blocks.yaml"), text.encode())
    assert result.diagnostics == []
    with pytest.raises(archspec.SpecError, match="the spec has no layers"):
        archspec.analyze(result)
    wrong = check(str(tmp_path / "blocks.yaml"), text.replace("layers", "layer").encode())
    assert [d.code for d in wrong.diagnostics] == ["E0103"]
    network = check(str(tmp_path / "net.yaml"), (text + "input: [3]\n").encode())
    assert {d.code for d in network.diagnostics} == {"E0102"}


def test_the_shape_of_another_layer_is_had_as_the_help_says() -> None:
    """A group that reads it has it as an input."""
    before = spec(
        "  a: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}\n"
        "  b: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}\n"
    )
    wrong = before + '  up: {type: Upsample, size: ["${a.shape[2]}", "${a.shape[3]}"]}\n'
    (first, _) = checked(wrong).diagnostics
    way = "only inputs have .shape here; in a group with inputs: [x, like], whose from ends with a, write like.shape"
    assert (first.code, first.help) == ("E0502", way)
    right = before + (
        "  up:\n    from: [b, a]\n    inputs: [x, like]\n    layers:\n"
        '      resize: {type: Upsample, from: x, size: ["${like.shape[2]}", "${like.shape[3]}"]}\n'
        "  add: {type: Add, from: [a, up]}\n"
    )
    assert checked(right).ok


@pytest.mark.parametrize(
    "use", ["{use: B}", "{use: B, width: 16}", "{use: B, width: 16, from: input}", "\n    use: B\n    width: 32"]
)
def test_a_block_where_a_layer_is_wanted_that_one_is_again(use: str) -> None:
    block = 'blocks: {B: {args: {width: 8}, layers: {c: {type: Linear, out_features: "${width}"}}}}\n'
    text = block + spec(f"  one: {use}\n", "[3]")
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0201", "write type: B")
    assert fixed(text) == text.replace("use: B", "type: B")
    assert not checked(fixed(text)).diagnostics


def test_a_layer_with_the_name_of_a_block_is_that_layer_again() -> None:
    block = "blocks: {B: {layers: {c: {type: Linear, out_features: 3}}}}\n"
    assert not checked(block + spec("  B: B\n  again: {use: B}\n", "[3]")).diagnostics
