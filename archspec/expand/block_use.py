"""What a use of a block, or a group, says of itself. Enters: the use as written; leaves: arguments, inputs, diagnostics."""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import islice
from typing import TYPE_CHECKING

from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.nearest import nearest
from archspec.document.blocks import Block, argument_values
from archspec.document.names import LETTERS, suggest
from archspec.document.tree import Entry, Mapping, Scalar, Sequence, clip
from archspec.document.validate import Subject, unknown_key
from archspec.document.values import Evaluator
from archspec.expand.layer import CONTROL_KEYS
from archspec.expand.members import Member
from archspec.expressions.value import UNKNOWN, Unknown, Value
from archspec.names import why_no_input_name
from archspec.ops import registry
from archspec.source import Span
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.document.positional import Told

KEYS = ("type", "from", "doc", "mode", "freeze", *CONTROL_KEYS)


def read_arguments(block: Block, member: Member, subject: Subject, evaluator: Evaluator) -> dict[str, Value | Unknown]:
    """The value of each of a block's arguments in a use of it. Raises Exhausted."""
    tree, report = member.tree, evaluator.report
    evaluator.charge(len(block.args), tree, subject.layer)
    if not isinstance(tree, Mapping):
        return argument_values(block.args, {}, subject, report)
    given: dict[str, tuple[Value | Unknown, Span]] = {}
    misspelt: set[str | None] = set()
    told = _positional(block, tree, subject)
    if told is not None:
        report.append(told.diagnostic)
        misspelt |= told.keys
    for key, entry in tree.entries.items():
        if key in block.args:
            node = evaluator.tree(entry.value, member.environment, subject.layer)
            given[key] = evaluator.value(node, key, subject.layer, member.environment.names), node.span
        elif key not in KEYS and key not in misspelt:
            known = [*block.args, *KEYS]
            report.append(unknown_key(key, entry.key_span, subject, known, value=entry.value))
            misspelt.add(nearest(key, known))
    missing = block.args.keys() - given.keys()
    for name in missing & misspelt if tree.is_whole else missing:  # that it is missing follows from how it is spelt
        given[name] = UNKNOWN, member.span
    return argument_values(block.args, given, subject, report)


def _positional(block: Block, tree: Mapping, subject: Subject) -> Told | None:
    """What is said of arguments without their names, `{type: Block, 64, 3}`, which are those of the block in its order."""
    extra = tree.entries.keys() - {*block.args, *KEYS}
    if not extra:
        return None
    from archspec.document.positional import Keys, without_keys

    names = [name for name in block.args if name not in tree.entries]
    needed = [name for name in names if block.args[name].required]
    keys = Keys([names], lambda name, value: block.args[name].fits(value), needed)
    return without_keys(tree, extra, lambda _: keys, subject)


def recursion(block: Block, using: list[str], member: Member, path: str) -> Diagnostic:
    """E0504 for a block inside itself; `using` are the blocks that are being expanded, outermost first."""
    cycle = [*using[using.index(block.name) :], block.name]
    shown = cycle if len(cycle) <= 8 else [*cycle[:4], "…", *cycle[-3:]]
    what = "uses itself" if len(cycle) == 2 else "leads back to itself"
    return Diagnostic("E0504", f"the block {block.name} {what}: {' → '.join(shown)}", member.place.type, layer=path,
                      help="repeat: N makes a chain of N; a block cannot hold itself")  # fmt: skip


def named_in_list(tree: Mapping, blocks: Container[str]) -> Entry | None:
    """The name that a layer of a list has been given: `- conv1: {type: …}`, or `- relu1: ReLU`, also with its keys below."""
    entry, *keys = tree.entries.values() if tree.entries else [None]
    if entry is None or entry.key in KEYS:
        return None
    value = entry.value
    if keys:
        from archspec.expand.other_styles import has_keys_below

        return entry if has_keys_below(tree) else None
    if isinstance(value, Mapping):
        return entry if {"type", "layers", "use"} & value.entries.keys() else None
    type_name = value.value if isinstance(value, Scalar) and isinstance(value.value, str) else ""
    if type_name in blocks or registry.find(type_name) is not None:
        return entry
    from archspec.expand.other_styles import TYPE, is_nearly_a_type, type_called

    is_type = is_nearly_a_type(type_name) or TYPE.fullmatch(type_name) is not None
    return entry if type_called(entry.key) is None and is_type else None


def _few(names: Iterable[str]) -> str:
    """At most four of them."""
    first = [clip(name) for name in islice(names, 5)]
    return ", ".join(first[:4]) + (", …" if len(first) > 4 else "")


def input_names(tree: Mapping, count: int, path: str, member: Member, report: list[Diagnostic]) -> list[str]:
    """What a group calls the tensors that it reads."""
    declared = tree.get("inputs")
    if declared is None and count == 1:
        return ["input"]
    if declared is None:
        report.append(Diagnostic("E0203", f"{path} reads {count} tensors without names for them", member.span, layer=path,
                                 help="name them: inputs: [a, b]"))  # fmt: skip
        return [f"input{i}" for i in range(count)]
    if isinstance(declared, Mapping):
        sources = [
            e.value.text if isinstance(e.value, Scalar) and e.value.text else e.key for e in declared.entries.values()
        ]
        message = f"{path}: inputs of a group takes a list of names, not a mapping"
        report.append(Diagnostic("E0105", message, declared.span.start(),
                                 label="a list expected", layer=path,
                                 help=f"write inputs: [{_few(declared.entries)}] and from: [{_few(sources)}]"))  # fmt: skip
        return list(declared.entries)
    items = declared.items if isinstance(declared, Sequence) else []
    names = [item.text for item in items if isinstance(item, Scalar) and why_no_input_name(item.text) is None]
    wrong = next((item for item in items if isinstance(item, Scalar) and item.text not in names), None)
    if wrong is not None:
        message = f'{path}: the input name "{clip(wrong.text)}" {why_no_input_name(wrong.text)}'
        better = suggest(wrong.text)
        report.append(Diagnostic("E0107", message, wrong.span.start(), label="it becomes an argument of forward", layer=path,
                                 help=f"call it {better}" if better else LETTERS))  # fmt: skip
    elif len(names) != count or len(set(names)) != len(names):
        many = counted(count, "tensor")
        message = f"{path} reads {many}, but inputs has {len(set(names))} usable names for them"
        report.append(
            Diagnostic("E0203", message, declared.span.start(), layer=path, help="give each tensor of from: one name")
        )
    else:
        return names
    return list(dict.fromkeys(names)) or ["input"]
