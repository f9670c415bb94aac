"""`archspec lints`: the list, and each code explained as the reference explains it."""

from __future__ import annotations

import pytest
from support import ROOT

from archspec.cli import main
from archspec.commands.lints import about, explained
from archspec.diagnostics.codes import CODES, severity_of


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained_as_in_the_reference(code: str) -> None:
    text, found = explained(code), about(code)
    assert text.startswith(f"{code}: {CODES[code].title}\n\n")
    assert found.said.startswith(f"{severity_of(code)}[{code}]: ") or not found.example
    page = (ROOT / "docs" / "reference" / f"{'lints' if found.better else 'diagnostics'}.md").read_text("utf-8")
    for part in filter(None, (found.doc, found.example, found.said, found.better)):
        assert f"\n{part}\n" in page
    assert all(line.strip() in text for part in found[2:5] for line in str(part).splitlines())


def test_one_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lints", "w1005"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "W1005: receptive field and input size"
    assert "Told where it is selected: --select W1005, or select under the key lint." in lines
    assert "    = help: add layers or strides, or pool over all positions at the end" in lines
    assert "      dense: {type: Linear, out_features: 10}" in lines
    assert lines[-1].endswith("# archspec: ignore[W1005] and why")


def test_those_that_begin_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lints", "E000"]) == 0
    assert [line[:5] for line in capsys.readouterr().out.splitlines()] == [c for c in CODES if c.startswith("E000")]


@pytest.mark.parametrize(("wanted", "said"), [
    ("W1033", "there is no code W1033; did you mean W1003?"), ("E0319", "there is no code E0319; did you mean E0309?"),
    ("bias", "there is no code bias; archspec lints lists all"), ("\x1b[31m", r"there is no code \x1b[31m; archspec lints lists all"),
])  # fmt: skip
def test_what_is_no_code(wanted: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lints", wanted]) == 2
    assert capsys.readouterr() == ("", f"archspec: {said}\n")
