"""Text and names of a stranger's spec never become code: they are constants and comments, and nothing else."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from pathlib import Path

import pytest
from torch_samples import facts_of, generated

from archspec.backends.python.text import comments, docstring, paragraphs, string
from archspec.backends.torch import CannotGenerate, generate
from archspec.backends.torch.audit import allowed, audit
from archspec.checking import check
from archspec.document.names import why_no_class_name, why_no_input_name, why_no_layer_name
from archspec.ops import emission as emit
from archspec.running.build import load

MARK = "OWNED"
ATTACKS = [
    f'"""\nimport os; os.environ["{MARK}"] = "1"\n"""',
    f"''' + __import__('os').environ.__setitem__('{MARK}', '1') + '''",
    '\\"""\nraise SystemExit\n"""',
    'ends with a quote "',
    'ends with quotes """',
    "ends with a backslash \\",
    '"begins with a quote',
    '"' * 7,
    "\\" * 5,
    "comment ended by\rraise SystemExit",
    "by a form feed\x0craise SystemExit",
    "by a vertical tab\x0braise SystemExit",
    "by a next line\x85raise SystemExit",
    "by a line separator\u2028raise SystemExit\u2029raise SystemExit",
    "\x1craise SystemExit\x1d\x1e\x1f",
    "-*- coding: utf-7 -*-",
    "coding: rot13",
    "type: ignore",
    "fmt: off",
    "ruff: noqa",
    "mypy: ignore-errors",
    "{1/0} %s {{}} \\N{DIGIT ONE} \\x41 \\u0041",
    "\u202e right to left \u2066",
    "a\ud800b".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "# noqa\n# type: ignore\n    indented = 1\nlambda: 0",
    "\n\n\n",
    " ",
    "x" * 5000,
    "word " * 2000,
    "- a list\n- of things\n  1. numbered\n\tby a tab",
]


def _spec(text: str) -> str:
    return json.dumps({
        "archspec": 1,
        "name": "A",
        "doc": text,
        "sources": [{"title": text, "authors": text, "url": text}, {"title": "b"}],
        "input": [4],
        "layers": {
            "a": {"type": "Linear", "out_features": 4, "doc": text},
            "b": {"type": "Add", "from": ["a", "input"], "doc": text},
            "g": {"doc": text, "layers": {"c": {"type": "ReLU", "doc": text}}},
            "h": {"doc": text, "layers": {"c": {"type": "Mul", "value": 2, "doc": text}}},
        },
    })  # fmt: skip


def _without_constants(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_changes_the_code(attack: str) -> None:
    code = generated(_spec(attack)).text
    assert _without_constants(code) == _without_constants(generated(_spec("harmless")).text)
    assert all(char.isprintable() or char == "\n" for char in code)
    vars(load(code, "A"))["A"]()
    assert code.encode("utf-8").splitlines() == code.encode("utf-8").split(b"\n")[:-1]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_comment_speaks_to_a_tool(attack: str) -> None:
    code = generated(_spec(attack)).text
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            assert not token.string.strip("# ").startswith(("type:", "fmt:", "ruff:", "mypy:", "noqa", "-*-", "coding"))
    assert "coding" not in "".join(code.splitlines()[:2])


@pytest.mark.parametrize("attack", [*ATTACKS, "'", '"', "'\"", "é", "\x00", "\U0001f600", "${x}"])
def test_a_string_is_its_own_constant(attack: str) -> None:
    written = string(attack)
    assert written.isascii()
    assert written.isprintable()
    assert ast.literal_eval(written) == attack


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_docstring_keeps_what_can_be_seen(attack: str) -> None:
    lines = docstring(paragraphs(attack, 80) or ["nothing"], 4)
    (statement,) = ast.parse("class A:\n" + "\n".join(lines)).body[0].body  # type: ignore[attr-defined]
    assert isinstance(statement.value.value, str)
    assert all(len(line) <= 88 for line in lines) or "x" * 100 in attack


def test_free_text_is_wrapped_and_lists_are_kept() -> None:
    assert comments("one two\nthree\n\n- a\n- b", 4) == ["    # one two three", "    #", "    # - a", "    # - b"]


HARD_NAMES = ["match", "type", "case", "print", "x", "y", "z", "sum", "getattr", "list", "kwargs", "name", "weight", "append",
              "extend", "insert", "pop", "super", "OrderedDict", "Any", "float", "torch_", "str", "input1", "limit"]  # fmt: skip


@pytest.mark.parametrize("name", HARD_NAMES)
def test_names_of_layers_disturb_nothing(name: str) -> None:
    if why_no_layer_name(name):
        return
    layers = {
        name: {
            "type": "Linear",
            "out_features": 4,
            "init": {"weight": "ones"},
            "constraint": {"weight": {"max_norm": 1}},
        },
        "more": {"type": "Linear", "out_features": 4},
        "sum_": {"type": "Add", "from": [name, "more", "input"]},
        "group": {"layers": {name: "ReLU"}},
        "last": {"type": "Add", "from": ["group", name]},
    }
    code = generated(json.dumps({"archspec": 1, "name": "A", "input": [4], "layers": layers}))
    model = vars(load(code.text, "A"))["A"]()
    assert f"{name}.weight" in model.state_dict()
    import torch

    x = torch.randn(2, 4)
    own = getattr(model, name)(x)
    assert torch.equal(model(x), torch.relu(own + model.more(own) + x) + own)


@pytest.mark.parametrize("name", [*HARD_NAMES, "input", "self_"])
def test_names_of_inputs_disturb_nothing(name: str) -> None:
    if why_no_input_name(name):
        return
    spec = {"archspec": 1, "name": "A", "inputs": {name: {"shape": [4]}, "other": {"shape": [4]}},
            "layers": {"0": {"type": "ReLU", "from": name}, "b": {"type": "Sub", "from": ["0", "other"]},
                       "c": {"type": "Sub", "from": ["b", name]}}}  # fmt: skip
    code = generated(json.dumps(spec))
    import torch

    a, b = torch.randn(2, 4), torch.randn(2, 4)
    assert torch.equal(vars(load(code.text, "A"))["A"]()(a, b), torch.relu(a) - b - a)


@pytest.mark.parametrize("name", ["Tensor", "Any", "str", "dict", "getattr", "OrderedDict", "list", "Exception", "A"])
def test_names_of_networks_disturb_nothing(name: str) -> None:
    if why_no_class_name(name):
        return
    code = generated(
        f"archspec: 1\nname: {name}\ninput: [4]\nlayers:\n  0: ReLU\n  a: {{type: Linear, out_features: 2}}\n"
    )
    vars(load(code.text, name))[name]()


# Modules of somebody else --------------------------------------------------------------------------------------------

EXTERNAL = """\
archspec: 1
name: A
input: [4]
layers:
  a: {type: "python:archspec_test_layers.Thing", output: [4], params: 20, args: {text: "'); raise SystemExit('"}}
  b: {type: "python:os.system", output: [4], params: 0}
"""


def test_nothing_is_imported_that_was_not_allowed() -> None:
    facts = facts_of(EXTERNAL)
    with pytest.raises(CannotGenerate) as caught:
        generate(facts, frozenset({"archspec_test_layers"}))
    (problem,) = caught.value.diagnostics
    assert problem.code == "E0602"
    assert problem.span.line == 6
    assert "--allow-python os" in problem.help


def test_an_allowed_module_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "archspec_test_layers.py").write_text(
        "from torch import nn\nclass Thing(nn.Linear):\n"
        "    def __init__(self, text):\n        super().__init__(4, 4)\n        self.text = text\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    text = EXTERNAL.rpartition("  b:")[0]
    facts = facts_of(text)
    code = generate(facts, frozenset({"archspec_test_layers"}))
    assert "from archspec_test_layers import Thing\n" in code.text
    model = vars(load(code.text, "A"))["A"]()
    assert model.a.text == "'); raise SystemExit('"
    from archspec.running.verify import verify

    assert verify(facts, code) == []


# The last line of defence --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [
    "import os", "from os import system", "import torch.utils.data", "from torch import load", "eval('1')", "open('a')",
    "__import__('os')", "torch.load('a')", "torch.ops.load_library('a')", "nn.utils.parametrize()", "x.__class__", "x._private",
    "lambda: 0", "{a for a in b}", "exec('1')", "def f(): yield 1", "getattr(a, 'b')()()", "x.tofile('a')", "f'{x!r}'", "f'{x:>10}'", "f'{x()}'",
    "del x.y", "del x[0]", "global x", "assert x", "while 1: pass", "try:\n    a = 1\nexcept E:\n    b = 1", "x := 1", "@a\nclass B: pass",
    "torch.hub.load('a')", "F.__dict__", "x()", "async def f(): return 1", "self.a.b.evil()",
    "self._parameters", "self.__x", "torch._C", "self.a._buffers",
])  # fmt: skip
def test_the_audit_refuses(code: str) -> None:
    with pytest.raises((AssertionError, SyntaxError)):
        audit(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    ["torch.cat((a, b))", "F.relu(a)", "nn.Linear(1, 1)", "a.mean()", "nn.init.normal_(a)", "torch.linalg.norm(a)"],
)
def test_the_audit_lets_layers_call_what_they_need_and_no_more(code: str) -> None:
    emission = emit.Emission(
        emit.Call(
            "torch.cat", (emit.Several((emit.Method(emit.Input(), "mean"), emit.Call("F.relu", (emit.Input(),)))),)
        ),
        emit.Module("nn.Linear", (1, 1)),
    )
    other = emit.Emission(emit.Call("torch.linalg.norm", (emit.Input(),)))
    audit(ast.parse(code), allowed([emission, other], ["normal"], []))
    with pytest.raises(AssertionError):
        audit(ast.parse(code))
    with pytest.raises(AssertionError):
        audit(ast.parse(code.replace("(", "_x(")), allowed([emission, other], ["normal"], []))


def test_what_cannot_be_written_is_told_with_its_place() -> None:
    names = ", ".join(["a"] * 600)
    text = f"archspec: 1\nname: A\ninput: [4]\nlayers:\n  a: ReLU\n  b: {{type: Add, from: [{names}]}}\n"
    facts = check("spec.yaml", text.encode()).facts
    assert facts is not None
    with pytest.raises(CannotGenerate) as caught:
        generate(facts)
    assert [(d.code, d.layer, d.span.line) for d in caught.value.diagnostics] == [("E0601", "b", 6)]


def test_arguments_may_be_called_anything_that_python_uses_itself() -> None:
    names = (
        "filter",
        "print",
        "kwargs",
        "device",
        "dtype",
        "self",
        "torch",
        "nn",
        "super",
        "conv",
        "training",
        "match",
    )
    args = ", ".join(f"{name}: int" for name in names)
    layers = "".join(
        f'      l{i}: {{type: Conv2d, out_channels: "${{{name} + {i}}}", kernel_size: 1}}\n'
        for i, name in enumerate(names)
    )
    use = "  {}: {{type: B, from: input, " + ", ".join(f"{name}: {{}}" for name in names) + "}}\n"
    text = ("archspec: 1\nname: A\ninput: [3, 4, 4]\nblocks:\n  B:\n    args: {" + args + "}\n    layers:\n" + layers + "layers:\n"
            + use.format("a", *range(2, 14)) + use.format("b", *range(5, 17)))  # fmt: skip
    facts = facts_of(text)
    code = generate(facts)
    from archspec.running.verify import verify

    assert verify(facts, code) == [], code.text
    assert "filter_2: int" in code.text
