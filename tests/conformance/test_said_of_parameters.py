"""What a layer, or the document, says of parameters does something for every op that has any, and is an error for what none has.

`init`, `tie`, `freeze` and `constraint` of each op's own example, built with PyTorch.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from support import checked

import archspec
from archspec.facts.model import Facts
from archspec.ops import registry
from archspec.ops.base import OWN
from archspec.ops.examples import line, spec

EXAMPLES = {name: spec(op) for name in registry.names() if (op := registry.find(name)) is not None}


def with_key(name: str, key: str, more: str = "") -> str:
    """An op's example with one key more in its layer, and another layer of the same before it."""
    op = registry.find(name)
    assert op is not None
    written = line(op)
    inner = written[1:-1] if written.startswith("{") else f"type: {name}"
    twin = f"  twin: {written}\n"
    if op.arity[0] == 1 and "from:" not in inner:
        inner, twin = f"{inner}, from: x", f"  twin: {{{inner}, from: x}}\n"
    text = EXAMPLES[name].replace(f"  layer: {written}\n", f"{twin}  layer: {{{inner}, {key}}}\n")
    assert key in text
    return text.replace("archspec: 1\n", f"archspec: 1\n{more}")


def facts_of(text: str) -> Facts:
    facts = checked(text).facts
    assert facts is not None
    return facts


def parameters_of(name: str) -> dict[str, Any]:
    facts = facts_of(EXAMPLES[name])
    return next(facts.of(node).parameters or {} for node in facts.graph.layers if node.path == "layer")


WITH = [name for name in registry.names() if parameters_of(name)]


@pytest.mark.parametrize("name", registry.names())
def test_an_op_lists_what_it_has(name: str) -> None:
    op = registry.find(name)
    assert op is not None
    keys = {op.parameter_key(re.sub(r"[0-9]+", "0", one)) for one in op.parameter_names}
    assert {re.sub(r"[0-9]+", "0", one) for one in parameters_of(name)} <= keys
    assert bool(keys) == (name in WITH or "affine" in op.model_fields)


@pytest.mark.parametrize("name", registry.names())
@pytest.mark.parametrize("key", ["init: {wieght: 1}", "tie: {wieght: twin.wieght}", "freeze: [wieght]",
                                 "constraint: {wieght: {max_norm: 1}}"])  # fmt: skip
def test_a_parameter_that_it_has_not_is_an_error(name: str, key: str) -> None:
    found = [d for d in checked(with_key(name, key)).diagnostics if d.severity == "error"]
    assert [d.code for d in found] == ["E0201"]


@pytest.mark.parametrize("name", registry.names())
def test_so_it_is_where_the_document_says_it_of_the_type(name: str) -> None:
    op = registry.find(name)
    assert op is not None
    text = EXAMPLES[name].replace("archspec: 1\n", f"archspec: 1\ninit: {{{name}: {{wieght: 1}}}}\n")
    (found,) = [d for d in checked(text).diagnostics if d.severity == "error"]
    assert found.code == "E0201"
    assert found.span.text() == "wieght"
    if "weight" in op.parameter_names:
        assert found.fix is not None
        assert found.fix.said == "write weight"


@pytest.mark.parametrize("name", WITH)
def test_what_is_said_is_done(name: str) -> None:
    for key in parameters_of(name):
        said, own = key or OWN, f"layer.{key}".rstrip(".")
        other = f"twin.{key}".rstrip(".")

        def module(text: str) -> Any:
            return archspec.build(archspec.parse(text))

        def parameters(text: str) -> dict[str, torch.nn.Parameter]:
            return dict(module(text).named_parameters(remove_duplicate=False))

        for text in (with_key(name, f"init: {{{said}: 0.625}}"),
                     with_key(name, "doc: ''", f"init: {{{name}: {{{said}: 0.625}}}}\n")):  # fmt: skip
            assert bool((parameters(text)[own] == 0.625).all())
        assert not parameters(with_key(name, f"freeze: [{said}]"))[own].requires_grad
        assert not parameters(with_key(name, "freeze: true"))[own].requires_grad
        bounded = module(with_key(name, f"constraint: {{{said}: {{max_norm: 0.5}}}}, init: {{{said}: 7}}"))
        bounded.apply_constraints()
        assert float(dict(bounded.named_parameters())[own].detach().abs().max()) <= 0.5 + 1e-6
        tied = with_key(name, f"tie: {{{said}: twin.{said}}}")
        found = parameters(tied)
        assert found[own] is found[other]
        assert facts_of(tied).totals.params == sum(p.numel() for p in set(found.values()))
