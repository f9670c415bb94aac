"""What a use of a block, or a group, says of itself. Enters: the use as written; leaves: arguments, inputs, diagnostics."""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.nearest import nearest
from archspec.document.blocks import Block, argument_values
from archspec.document.names import why_no_layer_name
from archspec.document.tree import Invalid, Mapping, Scalar, Sequence, describe
from archspec.document.validate import Subject, unknown_key
from archspec.document.value import UNKNOWN, Unknown, Value
from archspec.document.values import Evaluator, to_value
from archspec.expand.layer import CONTROL_KEYS
from archspec.expand.members import Member
from archspec.source import Span

KEYS = ("type", "from", "doc", "mode", *CONTROL_KEYS)


def read_arguments(block: Block, member: Member, subject: Subject, evaluator: Evaluator) -> dict[str, Value | Unknown]:
    """The value of each of a block's arguments in a use of it. Raises Exhausted."""
    tree, report = member.tree, evaluator.report
    evaluator.charge(len(block.args), tree, subject.layer)
    if not isinstance(tree, Mapping):
        return argument_values(block.args, {}, subject, report)
    given: dict[str, tuple[Value | Unknown, Span]] = {}
    misspelt: set[str | None] = set()
    for key, entry in tree.entries.items():
        if key in block.args:
            node = evaluator.tree(entry.value, member.environment, subject.layer)
            value = to_value(node)
            if isinstance(value, Unknown) and not isinstance(node, Invalid):
                report.append(Diagnostic("E0105", f"{subject.name}: {key} takes a value, not {describe(node)}", node.span,
                                         layer=subject.layer))  # fmt: skip
            given[key] = value, node.span
        elif key not in KEYS:
            known = [*block.args, *KEYS]
            report.append(unknown_key(key, entry.key_span, subject, known))
            misspelt.add(nearest(key, known))
    for name in (block.args.keys() - given.keys()) & misspelt:  # that it is missing follows from how it is spelt
        given[name] = UNKNOWN, member.span
    return argument_values(block.args, given, subject, report)


def recursion(block: Block, using: list[str], member: Member, path: str) -> Diagnostic:
    """E0504 for a block inside itself; `using` are the blocks that are being expanded, outermost first."""
    cycle = [*using[using.index(block.name) :], block.name]
    shown = cycle if len(cycle) <= 8 else [*cycle[:4], "…", *cycle[-3:]]
    what = "uses itself" if len(cycle) == 2 else "leads back to itself"
    return Diagnostic("E0504", f"the block {block.name} {what}: {' → '.join(shown)}", member.place.type, layer=path,
                      help="repeat: N makes a chain of N; a block cannot hold itself")  # fmt: skip


def input_names(tree: Mapping, count: int, path: str, member: Member, report: list[Diagnostic]) -> list[str]:
    """What a group calls the tensors that it reads."""
    declared = tree.get("inputs")
    if declared is None and count == 1:
        return ["input"]
    if declared is None:
        report.append(Diagnostic("E0203", f"{path} reads {count} tensors without names for them", member.span, layer=path,
                                 help="name them: inputs: [a, b]"))  # fmt: skip
        return [f"input{i}" for i in range(count)]
    items = declared.items if isinstance(declared, Sequence) else []
    names = [item.text for item in items if isinstance(item, Scalar) and why_no_layer_name(item.text) is None]
    if len(names) != count or len(set(names)) != len(names):
        message = f"{path} reads {count} tensors, but inputs has {len(set(names))} usable names for them"
        report.append(Diagnostic("E0203", message, declared.span, layer=path))
        return [f"input{i}" for i in range(count)]
    return names
