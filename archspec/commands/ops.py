"""`archspec ops [NAME]`: the ops there are, by what they are for; or one of them, found by its name, by what other libraries
call it, or by a word of what it does.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from archspec.commands.common import OK, Commands, Unusable
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.ops.base import Op

WIDTH = 80
KINDS = {
    "convolution": "convolutions", "linear": "linear maps", "pooling": "pooling: windows to one number each",
    "normalization": "normalization", "activation": "activations and functions of each element",
    "dropout": "dropout, and the identity", "recurrent": "recurrent: sequences, step by step", "attention": "attention",
    "embedding": "embeddings: words to vectors", "merge": "several tensors to one", "shape": "shapes: the same numbers otherwise",
    "reduction": "reductions over axes", "value": "tensors of their own",
}  # fmt: skip
"""What the kinds of ops are for, in the order of a network's parts."""


def add(commands: Commands) -> None:
    """The arguments of `ops`."""
    ops = commands.add_parser("ops", help="the ops there are, or one of them with its keys")
    ops.add_argument("name", nargs="?", help="an op, what other libraries call it, or a word of what it does")
    ops.add_argument("--format", choices=("text", "json"), default="text", help="how the result is printed")
    ops.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints a line an op, or all about the one that is asked for."""
    from archspec.ops import registry

    said, names = find(options.name) if options.name is not None else ("", registry.names())
    if options.format == "json":
        import json

        print(json.dumps([about(name) for name in names], indent=2))
        return OK
    if said:
        print(f"{said}\n")
    if options.name is not None and len(names) == 1:
        _print_one(about(names[0]))
    else:
        _print_list(names)
    return OK


def find(wanted: str) -> tuple[str, list[str]]:
    """The ops that are meant, and what is to be said about how they were found. Raises Unusable."""
    import re

    from archspec.diagnostics.text import escape
    from archspec.ops import registry
    from archspec.ops.no_keys import key_help
    from archspec.ops.no_ops import way_without
    from archspec.ops.other_names import near_name, other_name
    from archspec.ops.other_values import other_meaning

    if registry.find(wanted) is not None:
        return "", [wanted]
    shown = escape(wanted[:60])
    same = [name for name in registry.names() if name.lower() == re.sub(r"[_\s-]", "", wanted).lower()]
    if same:
        return f"{shown} is {same[0]} here", same
    way = way_without(re.sub(r"^.*\.|\(.*$", "", wanted[:200], flags=re.DOTALL))
    advice = (way or other_name(wanted) or other_name(re.sub(r"[\s-]", "", wanted))).removeprefix(
        "write " if not way else ""
    )
    words = re.split(r"[\s,:{}()]+", advice)
    meant = [name for name in registry.names() if name in words]
    if meant:
        keys = other_meaning(wanted)
        said = f"{shown} is {advice}; {keys}" if keys else f"{shown} is {advice} here"
        return (f"there is no op called {shown}: {way}" if way else said), meant
    advice = advice or key_help(wanted, ())
    if advice:
        raise Unusable(f"there is no op called {shown}: {advice}")
    word = wanted.lower()
    found = [
        name for name in registry.names() if len(word) > 1 and (word in name.lower() or word in doc_of(name).lower())
    ]
    if not found:
        near = near_name(wanted, registry.names())
        raise Unusable(f"there is no op called {shown}{f'; did you mean {near.name}?' if near else ''}")
    return f"{counted(len(found), 'op')} with {shown} in the name or in what it does", found


def doc_of(name: str) -> str:
    """What an op does, without the link."""
    import re

    return re.sub(r"(?:,? ?As [\w.]+, )?https://\S+", "", " ".join((_op(name).__doc__ or "").split())).strip()


def about(name: str) -> dict[str, Any]:
    """All about an op, as JSON has it: its keys, and an example with its shapes and counts."""
    import re

    from archspec.ops.examples import line, spec
    from archspec.ops.fields import INFERRED, REQUIRED, Check, default_of
    from archspec.ops.meanings import meaning

    op = _op(name)
    keys = [
        {
            "name": field, "takes": next(item.takes for item in info.metadata if isinstance(item, Check)),
            "default": None if default_of(field, info) in (REQUIRED, INFERRED) else default_of(field, info),
            "required": info.is_required(), "inferred": default_of(field, info) == INFERRED, "meaning": meaning(op, field),
        }
        for field, info in op.model_fields.items()
    ]  # fmt: skip
    link = re.search(r"https://\S+[^.\s]", op.__doc__ or "")
    least, most = op.arity
    return {
        "name": name, "kind": op.kind, "doc": doc_of(name), "url": link[0] if link else None,
        "inputs": {"least": least, "most": most}, "keys": keys,
        "parameters": list(op.parameter_names), "example": {"layer": line(op), "spec": spec(op), **_figures(spec(op))},
    }  # fmt: skip


def _figures(text: str) -> dict[str, Any]:
    """What checking an example's spec finds: shapes, the rule behind them, parameters, MACs."""
    from archspec.checking import check
    from archspec.ops.base import show_shape
    from archspec.ops.shape_rule import shape_rule

    facts = check("example.yaml", text.encode()).facts
    assert facts is not None
    node = next(node for node in facts.graph.nodes if node.path == "layer")
    found = facts.of(node)
    assert node.op is not None
    assert found.inputs is not None
    assert found.outputs is not None
    reads, gives = shape_rule(node.op, found.inputs)
    return {
        "reads": [show_shape(tensor.shape) for tensor in found.inputs],
        "gives": {port: show_shape(tensor.shape) for port, tensor in found.outputs.items()},
        "rule": {"reads": [*map(show_shape, reads)], "gives": [*map(show_shape, gives)]},
        "params": found.params, "macs": found.macs if isinstance(found.macs, int) else None,
    }  # fmt: skip


def _op(name: str) -> type[Op]:
    from archspec.ops import registry

    op = registry.find(name)
    assert op is not None
    return op


def _print_list(names: list[str]) -> None:
    first = True
    for kind, title in KINDS.items():
        own = [name for name in names if _op(name).kind == kind]
        width = max(map(len, own), default=0)
        if own:
            print(title if first else f"\n{title}")
            first = False
        for name in own:
            print(_clipped(f"  {name:{width}}  {doc_of(name).partition('. ')[0].rstrip('.')}"))


def _clipped(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1].rsplit(" ", 1)[0] + " …"


def _print_one(found: dict[str, Any]) -> None:
    from textwrap import fill

    example, rule = found["example"], found["example"]["rule"]
    print(f"{found['name']}\n\n{fill(found['doc'], WIDTH)}\n{found['url'] or ''}\n")
    print(f"example:  layer: {example['layer']}")
    print(f"  shape   {_arrow(example['reads'], list(example['gives'].values()))}")
    if rule["reads"] != example["reads"]:
        print(f"  rule    {_arrow(rule['reads'], rule['gives'])}")
    print(
        f"  counts  {example['params']:,} parameters, {'?' if example['macs'] is None else format(example['macs'], ',')} MACs"
    )
    if found["parameters"]:
        print(fill(f"named in init, tie and freeze: {', '.join(found['parameters'])}", WIDTH, subsequent_indent="  "))
    print("\nkeys:" if found["keys"] else "\nno keys of its own")
    for key in found["keys"]:
        default = "required" if key["required"] else "inferred" if key["inferred"] else f"default {key['default']}"
        said = f"{key['meaning']}; {key['takes']}" if key["meaning"] else key["takes"]
        print(fill(f"{key['name']}: {said} ({default})", WIDTH, initial_indent="  ", subsequent_indent="    "))


def _arrow(reads: list[str], gives: list[str]) -> str:
    return " → ".join(part for part in (" and ".join(reads), " and ".join(gives)) if part)
