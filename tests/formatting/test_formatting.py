"""`archspec fmt`: the canonical form of every spec here is itself; of others it means the same and has every comment."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT, SPECS

from archspec.cli import main
from archspec.document.reader import read
from archspec.document.tree import plain
from archspec.formatting import NotFormatted, formatted
from archspec.source import Source

ALL = sorted(SPECS.rglob("*.yaml"))
CASES = sorted((ROOT / "tests/cases/files").rglob("*.yaml"))
UGLY = """

# header
name:   A
archspec: 1


# the shape
input: [ 3,32 ,  32 ]    # rgb
doc: |
     first
       second

     third
expect:
    output: [10]
layers:
     # above conv
     conv: {type: Conv2d,out_channels: 8 , kernel_size: 3}   # behind
       # further in
     relu:   { type: ReLU }
     long: {type: Conv2d,
        out_channels: 16,
        kernel_size: [3,
           3]}
     with_comment: {type: Conv2d,   # why
             out_channels: 16, kernel_size: 3}
     group:
           layers:
           - ReLU
           -   type: Conv2d
               out_channels: 4
               # inner
               kernel_size: 3
           - {type:   Tanh}
           # after

     fc: {"type":"Linear",'out_features':10}
     # end
sources:
- title: >-
    folded
    text
  year: 2020


"""
PRETTY = """# header
archspec: 1

name: A
doc: |
  first
    second

  third
sources:
  - title: >-
      folded
      text
    year: 2020

# the shape
input: [3, 32, 32]    # rgb
layers:
  # above conv
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}   # behind
  # further in
  relu: ReLU
  long: {type: Conv2d, out_channels: 16, kernel_size: [3, 3]}
  with_comment: {type: Conv2d,   # why
          out_channels: 16, kernel_size: 3}
  group:
    layers:
      - ReLU
      - type: Conv2d
        out_channels: 4
        # inner
        kernel_size: 3
      - Tanh
      # after

  fc: {"type": "Linear", 'out_features': 10}
  # end
expect:
  output: [10]
"""


def of(text: str) -> str:
    return formatted(Source("spec.yaml", text))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_spec_here_is_in_its_form(path: Path) -> None:
    text = path.read_text("utf-8")
    assert of(text) == text


def test_an_ugly_one() -> None:
    assert of(UGLY) == PRETTY
    assert of(PRETTY) == PRETTY
    assert of(UGLY.replace("\n", "\r\n")) == PRETTY.replace("\n", "\r\n")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_a_form_keeps(path: Path) -> None:
    text = path.read_text("utf-8")
    try:
        form = of(text)
    except NotFormatted:  # it is no YAML, say
        return
    assert of(form) == form
    assert not [line for line in form.split("\n") if line.endswith(" ") and line.strip()]
    assert "\n\n\n" not in form
    assert sorted(line.strip() for line in form.split("\n") if line.lstrip().startswith("#")) == sorted(
        line.strip() for line in text.split("\n") if line.lstrip().startswith("#")
    )


@given(st.integers(0, 2**32))
def test_blanks_do_not_matter(seed: int) -> None:
    """A spec with other blanks between its words has the same form."""
    random = Random(seed)
    text = random.choice(ALL).read_text("utf-8")
    lines = []
    for line in text.split("\n"):
        is_braces = ": {" in line and line.endswith("}") and not any(mark in line for mark in "\"'#$|>")
        changed = line.replace(", ", random.choice((",", " , ", ",   "))).replace("{", "{ ") if is_braces else line
        is_between = not line and "layers:" in lines  # in a text blank lines are part of it
        lines += [changed, *([""] * random.choice((0, 0, 2)) if is_between else [])]
    form = of("\n".join(lines))
    assert form == of(text)


def test_what_is_left(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for text, why in (
        ('{"archspec": 1}\n', "it is written in braces, as JSON is, and these are left as they are"),
        ("- 1\n", "it is no mapping of keys"),
        (
            "archspec: 1\na: [1, 2\n",
            "line 2, column 4: the bracket [ that opens here is not closed; `archspec check` says more",
        ),
        ("archspec: 1\na: 1\na: 2\n", "line 3, column 1: a is written twice; `archspec check` says more"),
        ("archspec: 1\n? a\n: 1\n", "line 2 has something that is rarely written: '?'"),
        ("archspec: 1\x85name: A\n", "lines end in characters that YAML knows and editors do not"),
    ):
        path = tmp_path / "spec.yaml"
        path.write_text(text, "utf-8", newline="")
        assert main(["fmt", str(path)]) == 2
        assert capsys.readouterr().err == f"archspec: {path} is left as it is: {why}\n"
        assert path.read_bytes() == text.encode()


def test_anchors_stay() -> None:
    text = "archspec: 1\nname: A\ninput: [3]\nlayers:\n   a: &l {type: Linear,  out_features: 3}\n   b: *l\n"
    form = of(text)
    assert "  a: &l {type: Linear, out_features: 3}\n  b: *l\n" in form
    assert plain(read(Source("", form))[0]) == plain(read(Source("", text))[0])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("# only\na: 1", "# only\na: 1\n"),
        ("a: 1 # x\nb:\n- 1\n# c\nc: 3\n", "a: 1 # x\nb:\n  - 1\n# c\nc: 3\n"),
        ("a:\n- - 1\n  - 2\n-   - 3\n", "a:\n  - - 1\n    - 2\n  - - 3\n"),
        ("a: [\n  1,\n  2,\n]\n", "a: [1, 2]\n"),
        ("a:\n    b: {\n      # inner\n      c: 1\n    }\n", "a:\n  b: {\n    # inner\n    c: 1\n  }\n"),
        ("a: |+\n     x\n\n\nb: 1\n", "a: |+\n  x\n\n\nb: 1\n"),
        ("a:\n    b:\n        c: 1\n       # two\n# none\nd: 1\n", "a:\n  b:\n    c: 1\n  # two\n# none\nd: 1\n"),
        ('"a" : 1\nb:  "x # no"   # yes\n', '"a": 1\nb: "x # no"   # yes\n'),
        ("layers: {a: {type: ReLU}, b: {type:  Tanh, p: 1}}\n", "layers: {a: ReLU, b: {type: Tanh, p: 1}}\n"),
        ("init: {a: {type: ReLU}}\n", "init: {a: {type: ReLU}}\n"),
        ("é: ü  # ö\n😀: [ 😀,1]\n", "é: ü  # ö\n😀: [😀, 1]\n"),
        (f"a: [{', '.join(['12345'] * 30)}]\n", f"a: [{', '.join(['12345'] * 30)}]\n"),
    ],
)
def test_forms(text: str, form: str) -> None:
    assert of(text) == form


def test_the_command(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(UGLY, "utf-8")
    assert main(["fmt", "--check", str(path)]) == 1
    assert capfdbinary.readouterr().err.decode() == f"would reformat {path}\n1 file would be reformatted\n"
    assert main(["fmt", "--diff", str(path)]) == 1
    assert b"+  relu: ReLU\n" in capfdbinary.readouterr().out
    assert path.read_text("utf-8") == UGLY
    assert main(["fmt", str(path)]) == 0
    assert capfdbinary.readouterr().err == b"1 file reformatted\n"
    assert path.read_text("utf-8") == PRETTY
    assert main(["fmt", "--check", str(path)]) == 0
    assert capfdbinary.readouterr().err == b"1 file left unchanged\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UGLY.encode())))
    assert main(["fmt", "-"]) == 0
    assert capfdbinary.readouterr().out.decode() == PRETTY


def test_json_in_a_folder_is_said_and_is_no_failure(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = '{"archspec": 1,   "name": "A", "input": [3], "layers": ["ReLU"]}\n'
    (tmp_path / "a.json").write_text(data)
    (tmp_path / "b.yaml").write_text("archspec: 1\nname: A\ninput: [3]\nlayers:\n  a: ReLU\n")
    assert main(["fmt", "--check", str(tmp_path)]) == 0
    assert "a.json is left as it is: it is written in braces" in capsys.readouterr().err
    (tmp_path / "b.yaml").write_text("archspec: 1\nname: A\ninput: [3]\nlayers:\n    a: ReLU\n")
    assert main(["fmt", "--check", str(tmp_path)]) == 1
    assert main(["fmt", str(tmp_path)]) == 0
    assert (tmp_path / "a.json").read_text() == data
