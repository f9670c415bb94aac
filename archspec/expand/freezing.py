"""`freeze`: what does not train. Enters: the key as written, of a layer, a group, or a use; leaves: settings, diagnostics.

Of a group and of a block's use it holds for all layers in it that do not say `false` themselves. Of an earlier layer or group
again (`use`) it can only say what that one says: they have the same parameters.
"""

from __future__ import annotations

from collections.abc import Iterable

from archspec.diagnostics.model import Diagnostic, Edit, Fix, Label
from archspec.document.edits import without_key
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, describe
from archspec.expand.initial import KeyOf
from archspec.graph import Frozen
from archspec.graph import Node as Layer
from archspec.limits import MAX_FROZEN

_MEANT = {"yes": "true", "on": "true", "all": "true", "true": "true", "no": "false", "off": "false", "none": "false",
          "false": "false"}  # fmt: skip


def read_freeze(
    path: str, node: Node | None, report: list[Diagnostic], key_of: KeyOf
) -> tuple[bool | None, tuple[Frozen, ...]]:
    """Whether a whole layer does not train (None where it does not say), and which of its parameters do not."""
    if node is None or isinstance(node, Invalid):
        return None, ()
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value, ()
    if isinstance(node, Sequence) and len(node.items) <= MAX_FROZEN:
        names = [item.value if isinstance(item, Scalar) else None for item in node.items]
        if all(isinstance(name, str) for name in names):
            return None, tuple(Frozen(name) for name in dict.fromkeys(key_of(str(name)) for name in names))
        if not any(isinstance(item, Invalid) for item in node.items):  # of which it was said what is wrong
            other = next(item for item, name in zip(node.items, names, strict=True) if not isinstance(name, str))
            report.append(Diagnostic("E0105", f"{path}: freeze takes names of its parameters, and {describe(other)} is none",
                                     other.span, label="a name expected", layer=path))  # fmt: skip
        return None, ()
    ways = _ways(node)
    report.append(Diagnostic("E0105", f"{path}: freeze takes true, false, or a list of its parameters, not {describe(node)}",
                             node.span, label="true, false or a list of names expected", layer=path, ways=ways,
                             help=ways[0].said if ways else ""))  # fmt: skip
    return None, ()


def read_whole(path: str, node: Node, what: str, report: list[Diagnostic]) -> bool | None:
    """Whether nothing in a group or a use trains; None where that cannot be read. `what` is what it is, in a word."""
    if isinstance(node, Invalid):
        return None
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    ways = tuple(way for way in _ways(node) if way.is_safe)
    otherwise = "write freeze: true, or freeze: [weight] in the layer whose parameter it is"
    report.append(Diagnostic("E0105", f"{path}: freeze of {what} takes true or false, not {describe(node)}", node.span,
                             label="true or false expected", layer=path, ways=ways,
                             help=ways[0].said if ways else otherwise))  # fmt: skip
    return None


def contradiction(path: str, use: Mapping, is_frozen: bool, used: str, layers: Iterable[Layer]) -> Diagnostic | None:
    """E0106 where an earlier layer or group again is said to train otherwise than that does, whose `layers` these are."""
    own = [layer for layer in layers if layer.shares is None]
    if is_frozen:
        other = next((layer for layer in own if not layer.frozen), None)
    else:
        other = next((layer for layer in own if layer.frozen or layer.frozen_parameters), None)
    if other is None:
        return None
    out = without_key(use, "freeze")
    said = "leave freeze out: it trains, or does not, as that does"
    theirs = "does not train" if not is_frozen else "does not train as a whole" if other.frozen_parameters else "trains"
    return Diagnostic(
        "E0106", f"{path} {'freezes' if is_frozen else 'trains'} the parameters of {used}, where {other.path} {theirs}",
        use.entries["freeze"].key_span, labels=(Label(other.place.name, theirs),), layer=path,
        help="" if out is not None else said, ways=(Fix(said, (out,)),) if out is not None else (),
    )  # fmt: skip


def _ways(node: Node) -> tuple[Fix, ...]:
    """The value that a word is meant to be: yes, no, or the name of one parameter."""
    word = node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    if not word.isidentifier() or node.span.line != node.span.end_line:
        return ()
    written = _MEANT.get(word.lower(), f"[{word}]")
    return (Fix(f"write freeze: {written}", (Edit(node.span, written),), is_safe=written[0] != "["),)
