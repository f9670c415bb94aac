"""Hostile and odd input: one clear diagnostic each, at the limit accepted, one above it refused.

Whole runs are checked for memory and for an end in `tests/cli/`; here it is what is said.
"""

from __future__ import annotations

import json

import pytest
from support import checked, codes, spec

from archspec.checking import check
from archspec.limits import MAX_NESTING, MAX_SPEC_BYTES, MAX_VALUES

HEAD = "archspec: 1\nname: A\ninput: [8]\n"


def only(data: bytes | str) -> tuple[str, str]:
    """The code and the message of the one diagnostic."""
    result = check("spec.yaml", data.encode() if isinstance(data, str) else data)
    assert len(result.diagnostics) == 1, result.diagnostics
    return result.diagnostics[0].code, result.diagnostics[0].message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E0003"), (b"# only a comment\n", "E0003"), (b"---\n...\n", "E0003"), (b"null", "E0003"),
        (b"- 1\n- 2\n", "E0100"), (b"just a text", "E0100"), (b"7", "E0100"),
        (b"a: [1, 2", "E0001"), (b"a: b: c", "E0001"), (b"\tarchspec: 1", "E0001"), (b"a: 'x", "E0001"), (b"{", "E0001"), (b"}", "E0001"),
        (b"\xff\xfe\x00a", "E0002"), ("a: ö".encode("latin-1"), "E0002"), (b"\x89PNG\r\n\x1a\n\x00\x00", "E0002"),
        (b"a: \x00", "E0001"), (b"a: \x07bell", "E0001"),
        (b"archspec: 1\n---\narchspec: 1\n", "E0005"),
        (b"archspec: 2\nname: A\n", "E0101"),
    ],
)  # fmt: skip
def test_not_a_spec(data: bytes, code: str) -> None:
    assert only(data)[0] == code


def test_where_bytes_are_not_utf8() -> None:
    (diagnostic,) = check("x", b"archspec: 1\nname: caf\xe9\n").diagnostics
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 10)
    assert diagnostic.message == "byte 21 (0xe9) is not UTF-8"


@pytest.mark.parametrize("opener", ["[", "{a: ", "- "])
def test_nesting(opener: str) -> None:
    assert only("a: " * (opener != "- ") + opener * 5000)[0] == "E0008"
    assert only("[" * 1_000_000)[0] == "E0008"


def test_nesting_at_the_limit_is_read() -> None:
    inner = "[" * (MAX_NESTING - 1) + "]" * (MAX_NESTING - 1)
    assert "E0008" not in codes(f"a: {inner}")
    assert "E0008" in codes(f"a: [{inner}]")


def test_bytes_at_the_limit_are_read() -> None:
    text = spec("  a: ReLU\n").encode()
    full = text + b"#" * (MAX_SPEC_BYTES - len(text))
    assert check("x", full).ok
    assert [d.code for d in check("x", full + b"#").diagnostics] == ["E0007"]


def test_values_at_the_limit_are_read() -> None:
    around = 4  # the mapping, its two keys and the list
    assert "E0007" not in codes(f"b: [{'0,' * (MAX_VALUES - around - 1)}0]")
    assert codes(f"b: [{'0,' * (MAX_VALUES + 1)}]") == ["E0007"]


def test_an_alias_bomb() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    assert only(bomb)[0] == "E0007"


def test_aliases_within_bounds_are_read() -> None:
    assert codes(spec("  a: &conv {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: *conv\n")) == []


def test_an_alias_inside_its_own_anchor() -> None:
    assert "E0009" in codes("a: &a [*a]")


@pytest.mark.parametrize(
    "value", ["0", "-3", "3.5", "3.0", "true", "null", "'3'", "[3]", "{a: 3}", ".nan", ".inf", "1e400", "10" * 200]
)
def test_sizes_that_are_none(value: str) -> None:
    text = f"archspec: 1\nname: A\ninput: [{value}]\nlayers: {{a: ReLU}}\n"
    found = codes(text)
    assert len(found) == 1, found
    assert found[0] in ("E0105", "E0006")


@pytest.mark.parametrize(
    "value",
    ["0", "-3", "3.5", "3.0", "true", "'8'", "[8]", "{a: 3}", ".nan", "1e400", "1" * 400, "4611686018427387904"],
)
def test_arguments_that_are_no_sizes(value: str) -> None:
    found = codes(spec(f"  a: {{type: Linear, out_features: {value}}}\n  b: ReLU\n", "[8]"))
    assert len(found) == 1, found
    assert found[0] in ("E0105", "E0006")


def test_sizes_at_the_limit() -> None:
    assert codes(spec("  a: {type: Linear, out_features: 4611686018427387903, bias: false}\n", "[8]")) == ["E0309"]
    assert codes(spec("  a: {type: Linear, out_features: 100000000000000}\n", "[8]")) == []


def test_ten_to_the_400_is_shown_short() -> None:
    (diagnostic,) = checked(spec(f"  a: {{type: Linear, out_features: 1{'0' * 400}}}\n", "[8]")).diagnostics
    assert len(diagnostic.message) < 100


def test_a_cycle_is_named_once() -> None:
    text = spec("  a: {type: ReLU, from: c}\n  b: ReLU\n  c: ReLU\n  d: ReLU\n")
    assert [d.message for d in checked(text).diagnostics] == [
        "a → c → b → a: each waits for the next, so none can be computed"
    ]


def test_two_cycles_are_two_errors() -> None:
    text = spec(
        "  a: {type: ReLU, from: b}\n  b: {type: ReLU, from: a}\n  c: {type: ReLU, from: d}\n  d: {type: ReLU, from: c}\n"
    )
    assert codes(text) == ["E0202", "E0202"]


def test_a_layer_that_reads_itself() -> None:
    assert codes(spec("  a: {type: ReLU, from: a}\n")) == ["E0202"]


def test_independent_errors_come_out_together_and_consequences_do_not() -> None:
    text = spec(
        "  a: {type: Conv2d, out_channels: 8}\n  b: ReLU\n  c: {type: Cov2d}\n  d: {type: Conv2d, out_channels: 8, "
        "kernel_size: 3, strid: 2, from: input}\n  e: {type: Linear, out_features: -1, from: input}\n"
    )
    assert codes(text) == ["E0102", "E0104", "E0103", "E0105"]


def test_duplicate_keys_have_both_places() -> None:
    (diagnostic,) = checked(spec("  a: ReLU\n  b: Tanh\n  a: Tanh\n")).diagnostics
    assert (diagnostic.span.line, diagnostic.labels[0].span.line) == (7, 5)


@pytest.mark.parametrize("text", ["<<: {a: 1}", "a: !!python/object:os.system x", "? [1, 2]\n: 3", "a: !x {b: 1}"])
def test_yaml_that_is_not_the_language(text: str) -> None:
    assert "E0005" in codes(HEAD + text + "\nlayers: {a: ReLU}\n")


def test_scalars_follow_yaml_1_2() -> None:
    from archspec.document.reader import read
    from archspec.document.tree import plain
    from archspec.source import Source

    text = "[on, no, 010, 0o17, 0x1F, 1e-5, 1_000, 12:30, ~, '', yes, .5, +3, ３, 0b11, 2001-01-01]"
    node, problems = read(Source("x", text))
    assert not problems
    assert plain(node) == (
        "on",
        "no",
        10,
        15,
        31,
        1e-5,
        "1_000",
        "12:30",
        None,
        "",
        "yes",
        0.5,
        3,
        "３",
        "0b11",
        "2001-01-01",
    )


def test_what_must_be_accepted() -> None:
    many = "".join(f"  r{i}: ReLU\n" for i in range(1000))
    assert checked(spec(many)).ok
    assert checked(spec("  a: ReLU\n", more=f"doc: {'x' * 200_000}\n")).ok
    assert check("x", spec("  a: ReLU\n").replace("\n", "\r\n").encode()).ok
    assert check("x", b"\xef\xbb\xbf" + spec("  a: ReLU\n").encode()).ok
    assert check(
        "x",
        json.dumps({"archspec": 1, "name": "A", "doc": "\U0001f600", "input": [3], "layers": {"a": "ReLU"}}).encode(),
    ).ok


def test_diamonds_in_a_row_are_linear() -> None:
    rows = "  d0: ReLU\n" + "".join(
        f"  a{i}: {{type: ReLU, from: d{i - 1}}}\n  b{i}: {{type: ReLU, from: d{i - 1}}}\n  d{i}: {{type: Add, from: [a{i}, b{i}]}}\n"
        for i in range(1, 61)
    )
    result = checked(spec(rows))
    assert result.ok
    assert result.facts is not None
    assert result.facts.totals.layers == 181


def test_groups_that_use_groups_are_counted_before_they_double() -> None:
    def nested(depth: int) -> str:
        inner = "{x: ReLU}" if depth == 0 else nested(depth - 1)
        return f"{{a: {{layers: {inner}}}, b: {{use: a}}}}"

    assert codes(f"archspec: 1\nname: A\ninput: [8]\nlayers: {nested(28)}\n") == ["E0007"]
    result = checked(f"archspec: 1\nname: A\ninput: [8]\nlayers: {nested(9)}\n")
    assert result.ok
    assert result.facts is not None
    assert result.facts.totals.layers == 1024


def test_symbolic_sizes_do_not_explode() -> None:
    names = [f"S{i}" for i in range(12)]
    inputs = ", ".join(f"i{i}: {{shape: [{name}, 4]}}" for i, name in enumerate(names))
    cats = "  c0: {type: Cat, from: [i0, i1], dim: 1}\n" + "".join(
        f"  c{i}: {{type: Cat, from: [c{i - 1}, i{i + 1}], dim: 1}}\n" for i in range(1, 11)
    )
    squares = "".join(f"  m{i}: {{type: Unsqueeze, dim: 1}}\n" for i in range(3))
    text = f"archspec: 1\nname: A\ninputs: {{{inputs}}}\nlayers:\n{cats}{squares}"
    assert checked(text).ok


def test_a_size_of_too_many_terms_is_an_error() -> None:
    sizes = ", ".join(f"A{i}" for i in range(8))
    rows = "".join(f"  c{i}: {{type: Pad, padding: {[0, 0] * (7 - i) + [1, 1]}}}\n" for i in range(8))
    text = f"archspec: 1\nname: A\ninput: [{sizes}]\nlayers:\n{rows}  f: Flatten\n  g: {{type: Unsqueeze, dim: 1}}\n"
    assert checked(text).ok, "3^8 terms are 256"
    sizes += ", A8"
    rows = "".join(f"  c{i}: {{type: Pad, padding: {[0, 0] * (8 - i) + [1, 1]}}}\n" for i in range(9))
    text = f"archspec: 1\nname: A\ninput: [{sizes}]\nlayers:\n{rows}  f: Flatten\n  g: ReLU\n"
    assert codes(text) == ["E0311"]


def test_names() -> None:
    for name in (
        "forward",
        "train",
        "type",
        "training",
        "_modules",
        "_forward_hooks",
        "__x",
        "class",
        "x-",
        "-x",
        "1x",
        "é",
        "a" * 64,
        "__init__",
        "a..c",
        "a.b.keys",
        "a.forward.c",
        "a.",
        ".b",
        "a.keys",
        "forward.0",
        "",
    ):
        assert "E0107" in codes(spec(f"  {json.dumps(name)}: ReLU\n")), name
    for name in (
        "conv1",
        "0",
        "12",
        "block1-0",
        "a" * 63,
        "relu_1",
        "norms.0",
        "norms.a",
        "a.b.c",
        "0.0",
        "_stem",
        "_",
    ):
        assert codes(spec(f"  {json.dumps(name)}: ReLU\n")) == [], name


def test_module_attributes_are_those_of_the_installed_torch() -> None:
    import torch

    from archspec.document.names import MODULE_ATTRIBUTES

    assert {name for name in dir(torch.nn.Module()) if not name.startswith("__")} <= MODULE_ATTRIBUTES


@pytest.mark.parametrize("before", ["%TAG ! x\n---\n", "# c\n\n%TAG ! x\n---\n", "%YAML 1.2\n%TAG ! x\n---\n", "%YAML 1.2\n%YAML 1.2\n---\n",
                                    "%OTHER x\n---\n"])  # fmt: skip
def test_directives_are_refused_where_they_stand(before: str) -> None:
    result = check("x", (before + spec("  a: ReLU\n")).encode())
    (diagnostic,) = result.diagnostics
    assert diagnostic.code == "E0005"
    assert diagnostic.message.startswith("directives like %")
    assert diagnostic.span.line == before[: before.rindex("%")].count("\n") + 1


def test_many_directives_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaml.parse", None)
    assert only("".join(f"%TAG !{i:x}! x\n" for i in range(1_000)) + "---\n" + HEAD)[0] == "E0005"
    assert only(HEAD + "layers: {a: ReLU}\n...\n" + "".join(f"%TAG !{i:x}! x\n" for i in range(1_000)))[0] == "E0005"


def test_the_version_of_yaml_and_signs_that_are_no_directives_are_read() -> None:
    text = spec("  a: ReLU\n")
    assert checked("%YAML 1.2\n---\n" + text).ok
    assert checked("# c\n%YAML 1.1\n# c\n---\n" + text + "...\n").ok
    assert checked(text + "doc: 'a\n\n%TAG ! x\n\n  b'\n").ok
    assert checked(text + "doc: |\n  a\n  %TAG ! x\n").ok
