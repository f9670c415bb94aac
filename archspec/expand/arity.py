"""How many tensors an op reads. Enters: an op and what stands in `from`; leaves: the op, or E0203 with what is needed instead."""

from __future__ import annotations

from itertools import combinations, islice

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import without_key
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, clip
from archspec.graph import Place, Ref
from archspec.ops.base import Op
from archspec.words import counted, listed

MAX_WAYS = 8


def check_count(
    path: str, op: Op, place: Place, node: Node, refs: tuple[Ref | None, ...], report: list[Diagnostic]
) -> Op | None:
    """The op, if it takes so many inputs; None after reporting that it does not."""
    least, most = op.arity
    count = len(refs)
    if op.joins_named and not (isinstance(node, Mapping) and "from" in node.entries):
        report.append(Diagnostic("E0203", f"{path} joins one tensor alone, since from is left out", place.type, layer=path,
                                 label="the layer above is all that it reads",
                                 help="name in from what it joins, such as from: [a, b]; one alone is named, too"))  # fmt: skip
        return None
    if count >= least and (most is None or count <= most):
        return op
    written = node.get("from") if isinstance(node, Mapping) else None
    if isinstance(written, Invalid):
        return None
    takes = f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
    name = type(op).__name__
    help, ways = _too_few(op, written) if count < least else _too_many(name, most or 0, node, written, refs)
    report.append(Diagnostic("E0203", f"{path} reads {counted(count, 'tensor')}, but {name} takes {takes}",
                             place.argument("from") or place.type, label=f"{takes} expected", layer=path, help=help,
                             ways=ways))  # fmt: skip
    return None


def _too_few(op: Op, written: Node | None) -> tuple[str, tuple[Fix, ...]]:
    """How many names are needed, and how many of them are there. Which others are meant, nobody knows."""
    least, most = op.arity
    needed = (
        f"{least} names" if most == least else f"{least} names or more" if most is None else f"{least} to {most} names"
    )
    names = [clip(name, 40) for name in _names(written)]
    if not names:
        return f"from takes {needed}; where it is left out, the layer above is read alone", ()
    missing = str(least - len(names)) if most == least else f"at least {least - len(names)}"
    return f"from takes {needed}: {listed(names)}, and {missing} more", ()


def _too_many(
    name: str, most: int, node: Node, written: Node | None, refs: tuple[Ref | None, ...]
) -> tuple[str, tuple[Fix, ...]]:
    """The choices of as many names as are taken, each in the order that is written, to be tried. A name that is wrong itself is
    none to be kept: which of them was meant is seen once it is right."""
    names = _names(written)
    if not isinstance(node, Mapping) or written is None:
        return "", ()
    if most == 0:
        edit = without_key(node, "from")
        said = f"leave from out: {name} reads nothing"
        return said, (Fix(said, (edit,)),) if edit is not None else ()
    if not names:
        return "leave from out, which reads the layer above", ()
    help = f"keep {counted(most, 'name')} of {clip(listed(names), 80)}"
    if most == 1:
        help += ", or join them in a layer of its own: a Cat, or an Add"
    if written.span.line != written.span.end_line:
        return help, ()
    ways = []
    right = [each for each, ref in zip(names, refs, strict=False) if ref is not None] if len(names) == len(refs) else []
    for chosen in islice(combinations(right, most), MAX_WAYS):
        text = ", ".join(chosen)
        text = text if most == 1 else f"[{text}]"
        said = f"write {'one name' if most == 1 else f'{most} names'}: from: {clip(text, 80)}"
        ways.append(Fix(said, (Edit(written.span, text),)))
    return help, tuple(ways)


def _names(written: Node | None) -> list[str]:
    items = written.items if isinstance(written, Sequence) else [written] if written is not None else []
    return [item.text for item in items if isinstance(item, Scalar) and item.text]
