"""Tables for other programs: what each format looks like, and that nothing that comes from a spec is markup, code or a formula."""

from __future__ import annotations

import csv
import html.parser
import io
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from support import SPECS, checked, spec

import archspec
from archspec.backends.table.formats import csv as comma
from archspec.backends.table.formats import is_raw, latex, markdown, names, write
from archspec.backends.table.grid import Cell, Column, Grid
from archspec.backends.table.layers import Options, grid
from archspec.diagnostics.text import escape
from archspec.facts.model import Facts

HERE = Path(__file__).parent
TEXTS = st.text(max_size=30) | st.text("|`*_[]<>#$&@:\\/-=+~!'\",;{}%^ \t\r\nwWa1", max_size=30)
HOSTILE = (
    "<script>alert(1)</script>", "a | b", "`x`", "[a](javascript:b)", "\\", "\\|", "=1+2", "@SUM(1)", "\x1b[31m", "https://a.b",
    "www.a.b", "$x$", "\\input{/etc/passwd}", "%", "**b**", "&lt;", "a@b.c", "''", "--", "[1]", "*", "日本語", ":smile:", "__a__",
)  # fmt: skip


def facts(text: str) -> Facts:
    found = checked(text).facts
    assert found is not None
    return found


def one(texts: Sequence[str], caption: str = "") -> Grid:
    """A grid with a row of these texts, which are also titles and sums, and a number."""
    cells = [Cell(text, text) for text in texts]
    columns = [Column(f"c{i}", text, False, 1, [cell]) for i, (text, cell) in enumerate(zip(texts, cells, strict=True))]
    number = Column("n", "n", True, 1, [Cell(1234567, "1,234,567")])
    return Grid(
        [*columns, number],
        [*cells, Cell(1, "1")],
        [f"note: {text}" for text in texts],
        caption,
        [("spec", caption)] if caption else [],
    )


@pytest.mark.parametrize("name", names())
def test_alexnet(name: str, update_golden: bool) -> None:
    have = write(name, [grid(facts((SPECS / "alexnet.yaml").read_text()), Options(), is_flat=is_raw(name))])
    path = HERE / f"alexnet_{name}.txt"
    if update_golden:
        path.write_bytes(have.encode())
    assert have == path.read_bytes().decode()


# Escaping ------------------------------------------------------------------------------------------------------------


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
@example(list(HOSTILE), "=cmd|' /C calc'!A0")
def test_csv_is_read_back(texts: list[str], caption: str) -> None:
    written = comma.write([one(texts, caption)])
    rows = list(csv.reader(io.StringIO(written, newline=""), strict=True))
    assert [len(row) for row in rows] == [len(texts) + 1 + bool(caption)] * 2
    read = rows[1][:-1]
    for cell, text in zip(read, [caption] * bool(caption) + texts, strict=True):
        assert cell in (escape(text), f"'{escape(text)}")
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert rows[1][-1] == "1234567"
    assert written.count("\r\n") == 2 == written.count("\n")


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
@example(list(HOSTILE), "=cmd|' /C calc'!A0")
def test_tsv_has_the_cells_of_csv(texts: list[str], caption: str) -> None:
    """Without quotes: no cell has a tab or the end of a line."""
    written = write("tsv", [one(texts, caption)])
    rows = [line.split("\t") for line in written.split("\n")]
    assert rows == [*csv.reader(io.StringIO(comma.write([one(texts, caption)]), newline=""), strict=True), [""]]


class Reader(html.parser.HTMLParser):
    """The tags of a page, and the text in each cell."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        if tag in ("td", "th", "caption"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells and data.strip("\n"):
            self.cells[-1] += data


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
@example(list(HOSTILE), '"><img src=x onerror=alert(1)>')
def test_html_is_read_back(texts: list[str], caption: str) -> None:
    written = write("html", [one(texts, caption)])
    assert written.isascii()
    reader = Reader()
    reader.feed(written)
    reader.close()
    many = len(texts) + 1
    rows = [
        "table",
        *["caption"] * bool(caption),
        "thead",
        "tr",
        *["th"] * many,
        "tbody",
        "tr",
        *["td"] * many,
        "tfoot",
        "tr",
    ]
    assert reader.tags == [*rows, *["td"] * many, *["tr", "td"] * len(texts)]
    assert reader.names <= {"class", "style", "scope", "colspan"}
    shown = [text.replace("\xa0", " ").strip(" ") for text in reader.cells]
    plain = [escape(text).replace("\xa0", " ").strip(" ") for text in texts]
    assert shown[bool(caption) : many - 1 + bool(caption)] == plain


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
@example(list(HOSTILE), "x\n# y")
def test_markdown_is_a_table_of_plain_text(texts: list[str], caption: str) -> None:
    written = markdown.write([one(texts, caption)])
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(written)
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert kinds <= {
        "heading",
        "inline",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "bullet_list",
        "list_item",
        "paragraph",
    }
    assert sum(token.type == "td_open" for token in tokens) == 2 * (len(texts) + 1)
    inline = [token for token in tokens if token.type == "inline"]
    inside = {child.type for token in inline for child in token.children or ()}
    assert inside <= {"text", "text_special", "strong_open", "strong_close"}
    have = ["".join(child.content for child in token.children or ()) for token in inline]
    plain = [escape(text).replace("@", "@\u2060").strip() for text in texts]
    first = len(texts) + 1 + bool(escape(caption).strip())
    assert [text.replace("\xa0", " ").strip() for text in have[first : first + len(texts)]] == plain


@pytest.mark.parametrize("text", ["https://a.b", "www.a.b", "a@b.c", "@torvalds", "#12", ":smile:", "$x^2$", "~~a~~"])
def test_markdown_of_github_adds_nothing(text: str) -> None:
    shown = markdown.escape(text)
    assert not re.search(r"://|www\.|\w@\w|(^|\W)@\w|(^|[^&])#\d|:\w+:|\$|~", shown)


_LETTER = re.compile(r"\$(?:\\[a-z]+|-)\$|\{[\[\]*]\}|\\[A-Za-z]+\{\}|\{\\char34\}|\\[{}$&#%_]|\{\}")


@given(TEXTS)
@example("".join(HOSTILE))
def test_latex_has_no_commands_but_those_of_letters(text: str) -> None:
    shown = latex.escape(text)
    assert not set(_LETTER.sub("", shown)) & set("\\{}$&#^_~%\"`'[]*<>|")
    assert set(re.findall(r"\\([A-Za-z]+)", shown)) <= {
        "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar", "textasciigrave",
        "textquotesingle", "char", "times", "cdot", "geq", "leq", "textendash", "ldots",
    }  # fmt: skip
    assert all(letter.isascii() or (letter.isalpha() and "À" <= letter <= "ž") for letter in shown)
    assert "--" not in shown
    assert ",," not in shown


LATIN = "".join(map(chr, range(0x20, 0x180)))


def test_latex_keeps_letters_with_accents() -> None:
    assert latex.escape("réseau über café, Škoda Łódź") == "réseau über café, Škoda Łódź"
    assert latex.escape("日Ħ") == "U+65E5U+0126"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_sets_what_is_written(tmp_path: Path) -> None:
    """As pdfLaTeX has it by itself, with the one package that the table names."""
    found = [grid(facts((SPECS / "alexnet.yaml").read_text()), Options()), one([*HOSTILE, LATIN, "réseau"], LATIN)]
    body = latex.write(found)
    start = "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n"
    (tmp_path / "table.tex").write_text(f"{start}{body}\\end{{document}}\n", "utf-8")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"], cwd=tmp_path,
                          capture_output=True, check=False)  # fmt: skip
    log = (tmp_path / "table.log").read_text("utf-8", "replace")
    assert done.returncode == 0, log[-2000:]
    assert "Missing character" not in log


@pytest.mark.parametrize(("name", "total"), [
    ("markdown", "| **total** | **0** | **0** | **0** |"), ("latex", "total & 0 & 0 & 0 \\\\"), ("html", "total 0 0 0 layers"),
])  # fmt: skip
def test_a_total_of_nothing_is_zero(name: str, total: str) -> None:
    found = grid(facts(spec("  relu: ReLU\n")), Options(columns=("layer", "parameters", "macs", "buffers")))
    written = write(name, [found])
    assert total in (" ".join(re.sub("<[^>]*>", " ", written).split()) if name == "html" else written)


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
def test_latex_has_as_many_cells_as_columns(texts: list[str], caption: str) -> None:
    lines = latex.write([one(texts, caption)]).splitlines()
    assert lines[0] == r"% needs \usepackage{booktabs}"
    assert lines[1] == rf"\begin{{tabular}}{{{'l' * len(texts)}r}}"
    assert lines[-1] == r"\end{tabular}"
    rows = [line for line in lines if line.endswith(r" \\") and not line.startswith(r"\multicolumn{")]
    assert [len(re.findall(r"(?<!\\)&", row)) for row in rows] == [len(texts)] * 3


@pytest.mark.parametrize("name", names())
def test_names_of_layers_that_are_in_error(name: str) -> None:
    """A spec with errors has a table, too, and its names are anything."""
    found = facts(spec("""  "<b>|`": ReLU\n  "=1+1": {type: "<i>|@x"}\n  "a\\nb": ReLU\n"""))
    written = write(name, [grid(found, Options(columns=("layer", "type")))])
    if name == "csv":
        rows = list(csv.reader(io.StringIO(written, newline="")))
        assert rows == [["layer", "type"], ["<b>|`", "ReLU"], ["'=1+1", "<i>|@x"], ["a\\x0ab", "ReLU"]]
    elif name == "tsv":
        assert written == "layer\ttype\n<b>|`\tReLU\n'=1+1\t<i>|@x\na\\x0ab\tReLU\n"
    else:
        assert "1+1" in written
        assert not re.search("<b>|<i>|a\nb", written)


def test_a_report_is_a_table_in_a_notebook() -> None:
    report = archspec.analyze(archspec.load(SPECS / "alexnet.yaml"))
    assert report._repr_html_() == (HERE / "alexnet_html.txt").read_text()
    assert str(report).startswith("layer ")
