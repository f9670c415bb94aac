"""Which warnings are told: by the default, the project, the document, the command line, and comments at lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import BLOCKS, NET, checked, spec

from archspec.checking import check
from archspec.diagnostics.codes import CODES
from archspec.diagnostics.edits import apply
from archspec.document.choice import NO_CHOICE, Choice, Rule, judge, warnings, why_no_warning
from archspec.document.comments import MAX_CODES, MAX_COMMENTS, read_comments
from archspec.document.tree import Sequence
from archspec.fixing import fix
from archspec.settings import Settings, SettingsError, codes
from archspec.source import Source, Span

BIASED = "  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}%s\n  norm: BatchNorm2d%s\n"
SMALL_FIELD = "  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"


def said(text: str, **chosen: str) -> list[str]:
    """The codes that are told, with the command line's choice."""
    select = codes(chosen["select"], "") if "select" in chosen else None
    command = Choice(select, codes(chosen.get("ignore", ""), ""))
    return [d.code for d in check("s.yaml", text.encode(), settings=Settings(command=command)).diagnostics]


def test_what_is_not_default_is_told_where_it_is_selected() -> None:
    assert said(spec(SMALL_FIELD)) == []
    assert said(spec(SMALL_FIELD), select="W1005") == said(spec(SMALL_FIELD), select="ALL") == ["W1005"]
    assert said(spec(SMALL_FIELD, more="lint: {select: [W10]}\n")) == ["W1005"]


@pytest.mark.parametrize(
    ("lint", "command", "told"),
    [
        ("", {}, ["W1003"]),
        ("", {"ignore": "W1003"}, []),
        ("", {"ignore": "W10"}, []),
        ("", {"ignore": "ALL"}, []),
        ("", {"ignore": "W1004"}, ["W1003"]),
        ("", {"select": "W1004"}, []),
        ("", {"select": "ALL", "ignore": "W1003"}, ["W1005"]),
        ("", {"select": "W1003", "ignore": "W10"}, ["W1003"]),  # the longer decides
        ("", {"select": "W1003", "ignore": "W1003"}, []),  # and ignoring, where both are as long
        ("lint: {ignore: [W1003]}\n", {}, []),
        ("lint: {ignore: {W1003: as published}}\n", {}, []),
        ("lint: {ignore: [W1003]}\n", {"select": "W1003"}, ["W1003"]),  # the command line lies above
        ("lint: {ignore: [W1003]}\n", {"ignore": "W1004"}, []),
        ("lint: {select: [W1005]}\n", {}, ["W1005"]),
        ("lint: {select: [W1005]}\n", {"ignore": "W1005"}, []),
        ("lint: {select: []}\n", {}, []),
    ],
)  # fmt: skip
def test_the_command_line_lies_above_the_document(lint: str, command: dict[str, str], told: list[str]) -> None:
    assert said(spec(BIASED % ("", ""), more=lint), **command) == told


def test_the_document_lies_above_the_project() -> None:
    def told(lint: str, project: Choice) -> list[str]:
        text = spec(BIASED % ("", ""), more=lint)
        return [d.code for d in check("s.yaml", text.encode(), settings=Settings(project=project)).diagnostics]

    ignoring = Choice(None, (Rule("W1003"),))
    assert told("", ignoring) == []
    assert told("lint: {select: [W1003]}\n", ignoring) == ["W1003"]
    assert told("lint: {ignore: [W1004]}\n", ignoring) == ["W1101"]
    assert told("lint: {ignore: [W1005]}\n", Choice((Rule("ALL"),))) == ["W1003"]


RULES = st.lists(st.sampled_from(["ALL", "W", "W1", "W10", "W100", "W1003", "W1005"]).map(Rule), max_size=3).map(tuple)
CHOICES = st.builds(Choice, st.none() | RULES, RULES)


@given(st.lists(CHOICES, max_size=3), st.sampled_from(warnings()))
def test_choices_are_those_of_ruff(choices: list[Choice], code: str) -> None:
    """As ruff applies them: level by level of how long a code is, selecting first, then ignoring."""
    told = {known for known in warnings() if CODES[known].is_default}
    for choice in choices:
        told = set() if choice.select is not None else told
        for length in (0, *range(1, 6)):
            for rules, is_selecting in ((choice.select or (), True), (choice.ignore, False)):
                for rule in rules:
                    if (0 if rule.code == "ALL" else len(rule.code)) == length:
                        met = {known for known in warnings() if rule.meets(known)}
                        told = told | met if is_selecting else told - met
    assert judge(code, choices).is_told == (code in told)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("  # archspec: ignore[W1003] as published", ""),
        ("  # see the paper  # archspec: ignore[W1003]", ""),
        ("  #archspec:ignore[W1003]as published", ""),
        ("  # archspec: ignore[W10] all of them", ""),
        ("\n  # archspec: ignore[W1003] of the layer below: no", ""),
    ],
)
def test_a_comment_at_the_line_ignores(first: str, second: str) -> None:
    expected = ["W1003", "W1101"] if first.startswith("\n") else []
    assert said(spec(BIASED % (first, second))) == expected


def test_a_comment_alone_speaks_of_the_next_line_that_is_none() -> None:
    text = spec("  # archspec: ignore[W1003] as published\n  # in 2015\n" + BIASED % ("", ""))
    assert said(text) == []
    assert [ignored.reason for ignored in checked(text).ignored] == ["as published"]


def test_a_comment_at_the_layers_name_speaks_of_the_layer() -> None:
    layers = "  conv: # archspec: ignore[W1004] so\n    type: Conv2d\n    out_channels: 8\n    kernel_size: 3\n    stride: 2\n"
    assert said(spec(layers)) == []
    assert said(spec(layers.replace("W1004", "W1003"))) == ["W1101", "W1004"]


def test_a_comment_that_names_none_ignores_all_of_its_line() -> None:
    dropout = "  last: {type: Dropout, p: 1.0}%s\n"
    assert said(spec(BIASED % ("", "") + dropout % "")) == ["W1003", "W1013"]
    assert said(spec(BIASED % ("  # archspec: ignore", "") + dropout % "  #archspec:ignore ")) == []
    assert said(spec(BIASED % ("", "") + dropout % "  # archspec: ignore")) == ["W1003"]
    (unused,) = checked(spec("  a: ReLU  # archspec: ignore\n")).diagnostics
    assert (unused.code, unused.message) == ("W1101", "no warning is there to ignore")


OTHER_FILE = NET.partition("layers:")[0]
SAME_FILE = OTHER_FILE.replace("import: [conv.yaml]\n", BLOCKS.partition("\n")[2])
USES = [
    ("  a: {type: ConvNorm, channels: 8}  # archspec: ignore[W1003] x\n", []),
    ("  # archspec: ignore[W1003] x\n  a: {type: ConvNorm, channels: 8}\n", []),
    ("  a:  # archspec: ignore[W1003] x\n    type: ConvNorm\n    channels: 8\n", []),
    ("  a:\n    type: ConvNorm  # archspec: ignore[W1003] x\n    channels: 8\n", []),
    ("  g:  # archspec: ignore[W1003] x\n    layers:\n      a: {type: ConvNorm, channels: 8}\n", []),
    ("  g:  # archspec: ignore[W1003] x\n    repeat: 3\n    type: ConvNorm\n    channels: 8\n", []),
    ("  a: {type: ConvNorm, channels: 8}  # archspec: ignore[W1003] x\n  b: {type: ConvNorm, channels: 8}\n",
     ["W1003 b.conv has a bias, which b.norm takes away again"]),
    ("  a: {type: ConvNorm, channels: 8}  # archspec: ignore[W1004] x\n",
     ["W1101 no W1004 is there to ignore", "W1003 a.conv has a bias, which a.norm takes away again"]),
]  # fmt: skip


@pytest.mark.parametrize("start", [OTHER_FILE, SAME_FILE])
@pytest.mark.parametrize(("layers", "told"), USES)
def test_a_comment_where_a_block_is_used_speaks_of_what_is_inside(
    start: str, layers: str, told: list[str], tmp_path: Path
) -> None:
    (tmp_path / "conv.yaml").write_text(BLOCKS)
    result = checked(f"{start}layers:\n{layers}", str(tmp_path / "net.yaml"))
    assert sorted(f"{d.code} {d.message}" for d in result.diagnostics) == sorted(told)
    is_needed = not any("W1101" in message for message in told)
    assert [(i.diagnostic.code, i.reason) for i in result.ignored] == [("W1003", "x")] * is_needed


@pytest.mark.parametrize("chosen", [{"ignore": "ALL"}, {"select": "W1003"}])
def test_a_missed_claim_is_told_whatever_is_chosen(chosen: dict[str, str]) -> None:
    for comment in ("", "  # archspec: ignore[ALL] x"):
        assert said(spec("  a: ReLU\n", more=f"expect: {{params: 3}}{comment}\n"), **chosen)[:1] == ["E0401"]


@pytest.mark.parametrize("text", [
    spec(BIASED % ("", ""), more='doc: "  # archspec: ignore[W1003] x"\n'),
    spec(BIASED % ("", ""), more="doc: |\n  # archspec: ignore[W1003] x\n  more\n"),
    spec(BIASED % ("", ""), more="doc: '\n  # archspec: ignore[W1003] x'\n"),
    spec((BIASED % ("", "")).replace("3}", '3, doc: "a # archspec: ignore[W1003] b"}')),
])  # fmt: skip
def test_what_stands_in_a_text_is_no_comment(text: str) -> None:
    assert said(text) == ["W1003"]


def test_a_comment_after_a_text_that_looks_like_one() -> None:
    layers = (BIASED % ("  # archspec: ignore[W1003] yes", "")).replace("3}", '3, doc: "# archspec: ignore[W1004]"}')
    assert said(spec(layers)) == []


WRONG = [
    ("ignore[W1033]", "no warning has the code W1033; did you mean W1003?"),
    ("ignore[w1003]", "no warning has the code w1003; did you mean W1003?"),
    ("ignore[E0301]", "E0301 is an error, and errors are always told"),
    ("ignore[E]", "E is an error, and errors are always told"),
    ("ignore[]", "the comment ignores no warning, since it names none"),
    ("ignore[W1003", "the comment ignores no warning, since it names none"),
]


@pytest.mark.parametrize(("comment", "message"), WRONG)
def test_an_ignore_of_no_warning_is_told(comment: str, message: str) -> None:
    found = checked(spec(f"  a: ReLU  # archspec: {comment}\n")).diagnostics
    assert [(d.code, d.message) for d in found] == [("W1102", message)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ignore W1003 the article", "ignore[W1003] the article"),
        ("ignore: W1003, w1002 - the article", "ignore[W1003, W1002] the article"),
        ("ignore(W1003) the [old] article", "ignore[W1003] the [old] article"),
        ("ignore[W1003 the article", "ignore[W1003] the article"),
    ],
)
def test_the_code_that_was_written_is_put_in_brackets(written: str, meant: str) -> None:
    text = spec(BIASED % (f"  # archspec: {written}", ""))
    found = next(d for d in checked(text).diagnostics if d.code == "W1102")
    assert found.help == f"write # archspec: {meant}"
    if "1002" not in meant:
        assert fix("a.yaml", text.encode()).after.decode() == text.replace(written, meant)


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("ignore W1002", "write # archspec: ignore[W1002] and the reason"),
        ("ignore the article", "write # archspec: ignore[W1003] and the reason"),
        ("ignore[W10033", "write # archspec: ignore[W1003] and the reason"),
    ],
)
def test_a_reason_is_asked_for(written: str, help: str) -> None:
    text = spec(f"  a: ReLU  # archspec: {written}\n")
    assert [d.help for d in checked(text).diagnostics] == [help]
    assert fix("a.yaml", text.encode()).after.decode() == text


def test_a_wrong_code_in_the_document_is_told_at_its_place() -> None:
    text = spec("  a: ReLU\n", more="lint: {select: [W77], ignore: {E0301: no}}\n")
    assert said(text, select="W1003") == said(text, ignore="W1102") == []
    found = checked(text).diagnostics
    assert [(d.code, d.span.text()) for d in found] == [("W1102", "W77"), ("W1102", "E0301")]


@pytest.mark.parametrize(
    ("lint", "code", "said"),
    [
        ("lint: 3\n", "E0105", "lint takes a mapping with select or ignore, not 3"),
        ("lint: {ignore: {W1003: }}\n", "E0105", "W1003 is ignored without a reason"),
        ("lint: {ignore: {W1003: ' '}}\n", "E0105", "W1003 is ignored without a reason"),
        ("lint: {ignore: W1003}\n", "E0105", "codes with the reason of each"),
        ("lint: {select: ALL}\n", "E0105", "select takes codes in a list"),
        ("lint: {select: {W1003: why}}\n", "E0105", "a list of codes"),
        ("lint: {ignores: [W1003]}\n", "E0103", "lint takes no key ignores"),
    ],
)
def test_a_lint_key_that_is_none(lint: str, code: str, said: str) -> None:
    found = checked(spec("  a: ReLU\n", more=lint)).diagnostics
    assert [d.code for d in found] == [code]
    assert said in found[0].message


UNUSED = [
    spec("  a: ReLU  # archspec: ignore[W1003] once\n"),
    spec("  # archspec: ignore[W1003] once\n  a: ReLU\n"),
    spec("  a: ReLU  # archspec: ignore[W1003, W1004, W1002] once\n"),
    spec(BIASED % ("  # archspec: ignore[W1003, W1004] once", "")),
    spec(BIASED % ("  # archspec: ignore[W1004,W1003] once", "")),
    spec("  a: ReLU\n", more="lint: {ignore: [W1003]}\n"),
    spec("  a: ReLU\n", more="lint: {ignore: [W1003, W1004]}\n"),
    spec("  a: ReLU\n", more="lint: {ignore: {W1003: once}}\n"),
    spec("  a: ReLU\n", more="lint:\n  ignore: {W1003: once,\n    W1004: twice}\n"),
    spec("  a: ReLU\n", more="lint:\n  ignore: {W1003: once\n    }\nexpect: {params: 0}\n"),
    spec("  a: ReLU\n", more="lint:\n  ignore:\n    W1003: once\n"),
    spec("  a: ReLU\n", more="lint:\n  ignore:\n    W1003: once\n    W1004: twice\nexpect: {params: 0}\n"),
    spec("  a: ReLU\n", more="lint:\n  ignore:\n    W1003: >\n      once\n\n      more\nexpect: {params: 0}\n"),
    spec("  a: ReLU\n", more="lint:\n  select: [ALL]\n  ignore:\n    - W1003\n    - W1004"),
    spec("  a: ReLU\n", more="lint:\n  ignore:\n  - W1003"),
    '{"archspec": 1, "name": "A", "input": [3], "layers": {"a": "ReLU"}, "lint": {"ignore": {"W1003": "once"}}}',
]  # fmt: skip


@pytest.mark.parametrize("text", UNUSED)
def test_the_fix_takes_out_what_nothing_needs_and_nothing_else(text: str) -> None:
    before = checked(text)
    assert {d.code for d in before.diagnostics} == {"W1101"}
    for _ in range(4):
        found = check("spec.yaml", text.encode(), has_all_fixes=True)
        fixes = [d.fix for d in found.diagnostics if d.fix is not None]
        if not fixes:
            break
        assert fixes[0].is_safe
        text = apply(found.source, fixes[0].edits)
    after = checked(text)
    assert after.diagnostics == []
    assert "once" not in text or after.ignored
    assert len(after.ignored) == len(before.ignored)
    assert after.document is not None
    assert before.document is not None
    kept = [key for key in before.document.root.entries if key != "lint"]
    assert [key for key in after.document.root.entries if key != "lint"] == kept


def test_no_fix_where_values_are_named_elsewhere() -> None:
    text = spec("  a: ReLU\n", more="doc: &why once\nlint: {ignore: {W1003: *why}}\n")
    assert [(d.code, d.fix) for d in checked(text).diagnostics] == [("W1101", None)]


def test_ignores_are_not_judged_by_other_arguments() -> None:
    text = "archspec: 1\nname: A\nargs: {bias: false}\ninput: [3, 9, 9]\nlayers:\n  # archspec: ignore[W1003] x\n" \
           "  a: {type: Conv2d, out_channels: 8, kernel_size: 3, bias: '${bias}'}\n  b: BatchNorm2d\n"  # fmt: skip
    assert [d.code for d in check("s.yaml", text.encode()).diagnostics] == ["W1101"]
    assert check("s.yaml", text.encode(), {"bias": False}).diagnostics == []
    assert check("s.yaml", text.encode(), {"bias": True}).diagnostics == []


def test_errors_are_told_whatever_is_chosen() -> None:
    text = spec("  a: Conv2D  # archspec: ignore[E0104] no\n", more="lint: {select: [], ignore: [E0104]}\n")
    assert said(text, select="W1003", ignore="ALL") == ["E0104"]


def test_codes_that_are_none() -> None:
    assert why_no_warning("W1") == why_no_warning("ALL") == why_no_warning("W") == ""
    with pytest.raises(SettingsError, match="--ignore: E0301 is an error, and errors are always told"):
        codes("W1003,E0301", "--ignore")
    assert judge("W1003", [NO_CHOICE, NO_CHOICE]).is_told


def test_comments_and_codes_have_limits() -> None:
    many = spec(
        "  # archspec: ignore[W1003]\n" * (MAX_COMMENTS + 5) + "  a: ReLU  # archspec: ignore[" + "W1003," * 30 + "]\n"
    )
    document = checked(many).document
    assert document is not None
    assert len(document.comments) == MAX_COMMENTS
    (comment,) = read_comments(
        Source("s", "  a: ReLU  # archspec: ignore[" + "W1003," * 30 + "]\n"),
        Sequence([], Span(Source("s", ""), 1, 1, 1, 1)),
    )
    assert len(comment.rules) == MAX_CODES
    codes_of_list = ", ".join(["W1003"] * 1_001)
    assert said(spec("  a: ReLU\n", more=f"lint: {{ignore: [{codes_of_list}]}}\n")) == ["E0105"]


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "archspec", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(spec(BIASED % ("  # archspec: ignore[W1003] as published", ""), more=""))
    done = command(tmp_path, "check", "--quiet", "--strict", "s.yaml")
    assert (done.returncode, done.stdout) == (0, "s.yaml: no problems (1 ignored)\n")
    done = command(tmp_path, "check", "--quiet", "--strict", "s.yaml", "--select", "ALL", "--ignore", "W1003")
    assert done.returncode == 1
    assert "warning[W1005]" in done.stdout
    done = command(tmp_path, "check", "s.yaml", "--ignore", "E0301")
    assert (done.returncode, done.stderr) == (2, "archspec: --ignore: E0301 is an error, and errors are always told\n")
    done = command(tmp_path, "check", "s.yaml", "--format", "json")
    assert json.loads(done.stdout)["diagnostics"] == []
    done = command(tmp_path, "check", "s.yaml", "--format", "sarif")
    results = json.loads(done.stdout)["runs"][0]["results"]
    assert [(r["ruleId"], r["suppressions"]) for r in results] == [
        ("W1003", [{"kind": "inSource", "justification": "as published"}])
    ]


GROUPED = """\
  a:NAME
    BETWEEN
      conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      norm: BatchNorm2d
  b: {type: Conv2d, out_channels: 2, kernel_size: 1}
"""
IGNORE = "# archspec: ignore[W1003] published so"


@pytest.mark.parametrize(
    "between", [f"layers:  {IGNORE}", f"{IGNORE}\n    layers:", f"# a word\n    {IGNORE}\n    layers:"]
)
def test_an_ignore_below_the_line_of_its_group_is_moved_there(between: str, tmp_path: Path) -> None:
    text = spec(GROUPED.replace("BETWEEN", between).replace("NAME", ""))
    (unused,) = [one for one in checked(text).diagnostics if one.code == "W1101"]
    line = text.splitlines().index("  a:") + 1
    assert unused.help == f"write it at the end of line {line}, where it is of all that is in the group"
    path = tmp_path / "s.yaml"
    path.write_text(text)
    assert command(tmp_path, "check", "--fix", "--quiet", "s.yaml").returncode == 0
    left = between.replace(f"{IGNORE}\n    ", "").replace(f"  {IGNORE}", "")
    assert path.read_text() == spec(GROUPED.replace("BETWEEN", left).replace("NAME", f"  {IGNORE}"))
    assert checked(path.read_text()).diagnostics == []


@pytest.mark.parametrize(
    ("name", "between", "help", "is_fixed"),
    [
        ("  # mine", f"layers:  {IGNORE}", "write it at the end of line", False),  # a comment stands there already
        (
            "",
            "layers:  # archspec: ignore[W1003, W1004] so",
            "write it at the end of line",
            False,
        ),  # only one of two is misplaced
        (
            "",
            f"layers:  {IGNORE.replace('1003', '1004')}",
            "take the ignore out",
            True,
        ),  # nothing of that is in the group
    ],
)
def test_an_ignore_that_cannot_be_moved(name: str, between: str, help: str, is_fixed: bool) -> None:
    text = spec(GROUPED.replace("BETWEEN", between).replace("NAME", name))
    unused = [one for one in checked(text).diagnostics if one.code == "W1101"]
    assert unused[0].help.startswith(help)
    found = check("s.yaml", text.encode(), has_all_fixes=True).diagnostics
    assert next(one.fix is not None for one in found if one.code == "W1101") is is_fixed
