"""An activation as a key of a layer: a layer of its own, below it, or repeated with it. Enters: the layer; leaves: what is said,
and changes. Imported only for such layers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import is_flow, put, without_key
from archspec.document.tree import Mapping, Scalar, clip
from archspec.expand.other_styles import activation_in, names_below


def activation_as_key(path: str, mapping: Mapping) -> Diagnostic | None:
    """E0103 for `activation: relu` as an argument; None where that is not what stands there. `advice.below` has the layer."""
    entry = mapping.entries.get("activation")
    if entry is None:
        return None
    layer = activation_in(entry.value)
    out = without_key(mapping, "activation")
    kind = mapping.entries["type"].value
    called = kind.text if isinstance(kind, Scalar) else "it"
    said = f"{path}: {called} takes no activation: it is a layer of its own"
    ways: tuple[Fix, ...] = ()
    if layer is None:
        help = f"write {clip(entry.value.span.start().text(), 40)} as a layer of its own below"
    elif not layer:
        help = "leave activation out: it changes nothing"
        ways = (Fix(help, (out,), is_safe=True),) if out is not None else ()
    elif "repeat" in mapping.entries:
        ways = _repeated_together(mapping, layer)
        help = (
            f"repeat both, {{repeat: …, layers: [{{type: {called}, …}}, {layer}]}}: below it, {layer} would stand once"
        )
    else:
        name = path.rpartition(".")[2]  # a number stands in a list, or in a repeat
        help = (
            f"add a line below: {layer}"
            if name.isdecimal()
            else f"add a line below: {names_below(name, layer)[0]}: {layer}"
        )
    return Diagnostic("E0103", said, entry.key_span, label="unknown key", layer=path, ways=ways, help=help)


def _repeated_together(mapping: Mapping, layer: str) -> tuple[Fix, ...]:
    """The group that repeats a layer in braces together with its activation."""
    if not is_flow(mapping) or mapping.span.line != mapping.span.end_line:
        return ()
    texts = {key: f"{key}: {entry.value.span.text()}" for key, entry in mapping.entries.items() if key != "activation"}
    outer = [texts.pop(key) for key in ("from", "when", "doc", "repeat") if key in texts]
    inner = ", ".join(texts.values())
    written = f"{{{', '.join([*outer, f'layers: [{{{inner}}}, {layer}]'])}}}"
    return (Fix(f"repeat both: write {clip(written, 200)}", (Edit(mapping.span, written),)),)


def named_activation(layer: Mapping, common: Collection[str]) -> Iterator[Fix]:
    """The layer that `{type: Activation, activation: relu}` is: the one of its keys that is not `common` names it."""
    from archspec.expand.written_layer import keys_of

    own = [entry for key, entry in layer.entries.items() if key not in common]
    text = activation_in(own[0].value) if len(own) == 1 else None
    if text is None or own[0].key_span.line != own[0].value.span.end_line:
        return
    keys = keys_of(text or "Identity")
    kind = keys.pop("type")
    rest = [f"{key}: {value}" for key, value in keys.items()]
    first, last = own[0].key_span, own[0].value.span
    place = first.to(last)
    apart = ", " if is_flow(layer) else "\n" + " " * (first.column - 1)
    edit = Edit(place, apart.join(rest)) if rest else without_key(layer, own[0].key)
    said = f"write type: {', '.join([kind, *rest])}"
    if edit is not None:
        yield Fix(said, (put(layer.entries["type"].value.span, kind), edit), is_safe=not rest)
