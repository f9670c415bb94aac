"""Comments at a document's end stay there; `...` is named; folders are formatted."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.cli import main
from archspec.formatting import NotFormatted, formatted
from archspec.source import Source

MOVED = "archspec: 1\nlayers:\n  a: ReLU\nname: A\ninput: [3]\n"
RIGHT = "archspec: 1\nname: A\ninput: [3]\nlayers:\n  a: ReLU\n"


def form(text: str) -> str:
    return formatted(Source("a.yaml", text))


@pytest.mark.parametrize("last", ["# last\n", "\n# last\n", "# one\n# two\n", "\n# one\n\n# two\n"])
def test_the_last_comment_stays_last(last: str) -> None:
    assert form(MOVED + last) == RIGHT + last


def test_an_indented_last_comment_stays_last() -> None:
    assert form(MOVED + "  # last\n").split("\n")[-2].strip() == "# last"


def test_comments_in_a_block_stay_in_it() -> None:
    text = "archspec: 1\ninput: [3]\nname: A\nlayers:\n  a: ReLU\n  # in layers\n"
    assert form(text) == RIGHT + "  # in layers\n"


def test_the_end_of_a_document_is_named() -> None:
    with pytest.raises(NotFormatted) as raised:
        form(RIGHT + "...\n")
    assert str(raised.value) == "line 6 is ..., which ends a document and is not needed; take it out"


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.yaml").write_text(MOVED)
    (tmp_path / "b.yaml").write_text(RIGHT)
    (tmp_path / "other.yaml").write_text("z:   1\n")
    monkeypatch.chdir(tmp_path)
    assert main(["fmt", "--check", "."]) == 1
    assert (tmp_path / "below" / "a.yaml").read_text() == MOVED
    assert main(["fmt", "."]) == 0
    assert main(["fmt", "--check", "."]) == 0
    assert (tmp_path / "below" / "a.yaml").read_text() == RIGHT
    assert (tmp_path / "other.yaml").read_text() == "z:   1\n"
    assert "1 file would be reformatted, 1 file left unchanged" in capsys.readouterr().err.replace("files", "file")
