"""Groups that are alike but for layers that some of them lack: the same block, with conditions.

Enters: groups of one module class. Leaves: the same groups with the same entries in each; those that a group lacks are
marked as absent. Whoever reads an absent layer reads what it would have read, as `when` has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from archspec.importers.structure.scopes import Entry
from archspec.ops import registry
from archspec.ops.base import Op


def complete(groups: list[Entry]) -> bool:
    """Gives all groups the entries of the longest; False, and nothing changed, where one is not a part of it."""
    base = max(groups, key=_size)
    made = [group if group is base else _completed(group, base) for group in groups]
    if any(group is None for group in made):
        return False
    for group, whole in zip(groups, made, strict=True):
        assert whole is not None
        group.layers, group.outputs = whole.layers, whole.outputs
        _rename(whole)
    return True


def _rename(entry: Entry) -> None:
    """The sketch's layers bear the names that the block gives them."""
    if entry.source is not None and entry.source.stem:
        entry.source.path = ".".join([*entry.source.path.split(".")[:-1], entry.name])
    for inner in entry.layers or []:
        _rename(inner)


def _size(entry: Entry) -> int:
    return 1 + sum(map(_size, entry.layers or []))


def _completed(short: Entry, long: Entry) -> Entry | None:
    """The shorter group with placeholders for what it lacks; None where the longer does not have all of it."""
    if len(short.inputs) != len(long.inputs) or short.layers is None or long.layers is None:
        return None
    tries = (_paired(short, long, pairs) for pairs in _matched(short.layers, long.layers))
    return next((found for found in tries if found is not None), None)


def _paired(short: Entry, long: Entry, pairs: list[tuple[Entry, Entry]]) -> Entry | None:
    """The shorter group with placeholders, for one way to find its entries in the longer; None where they read otherwise."""
    assert long.layers is not None
    mine: dict[str, str] = dict(zip(short.inputs, long.inputs, strict=True))  # names of the shorter in the longer
    for a, b in pairs:
        mine[a.name] = b.name
    present = {b.name for _, b in pairs}
    passes = {b.name: b.reads[0] for b in long.layers if b.name not in present and b.reads}
    partner = {id(b): a for a, b in pairs}
    layers: list[Entry] = []
    for entry in long.layers:
        own = partner.get(id(entry))
        if own is None:
            layers.append(_absent(entry, False))
            continue
        if [_through(read, passes) for read in entry.reads] != [_translated(read, mine) for read in own.reads]:
            return None
        if (own.use is None) != (entry.use is None) or own.is_training_only != entry.is_training_only:
            return None
        made = replace(own, name=entry.name, reads=entry.reads, use=entry.use, inputs=entry.inputs)
        if own.layers is not None:
            inner = _completed(own, entry)
            if inner is None:
                return None
            made.layers, made.outputs = inner.layers, inner.outputs
        layers.append(made)
    if not _same_outputs(short, long, mine, passes):
        return None
    return Entry(long.name, layers=layers, inputs=long.inputs, outputs=long.outputs)


def _matched(short: list[Entry], long: list[Entry]) -> Iterator[list[tuple[Entry, Entry]]]:
    """The ways to find each entry of the shorter in the longer, the likeliest first.

    A name is a key of the state, so it has to be the same; but a list numbers what is there, and layers without state
    have names that may change.
    """
    are_lists = is_numbered(short) and is_numbered(long)

    def kind(entry: Entry) -> object:
        is_named = not are_lists and (entry.is_group or has_state(entry.type))
        return (form_type(entry), entry.hint if entry.is_group else "", entry.is_group, entry.name if is_named else "")

    exact = [(kind(e), e.name) for e in short], [(kind(e), e.name) for e in long]
    sized = [(kind(e), _size(e)) for e in short], [(kind(e), _size(e)) for e in long]
    loose = [kind(e) for e in short], [kind(e) for e in long]
    for ours, theirs in (exact, sized, loose) if not are_lists else (sized, loose):
        for found in (_embedded(ours, theirs), _embedded_early(ours, theirs)):
            if found is None:
                continue
            matched = {id(long[at]) for at in found}
            hints = {long[at].hint for at in found if long[at].hint}
            is_stage = not are_lists or len({entry.hint for entry in long}) == 1
            if is_stage and any(id(entry) not in matched and entry.hint in hints for entry in long):
                continue  # it lacks one of several that are alike: another number of them is another network
            yield [(entry, long[at]) for entry, at in zip(short, found, strict=True)]


def _embedded(short: Sequence[object], long: Sequence[object]) -> list[int] | None:
    """Where the items of the shorter stand in the longer, in order, as late as they can; None where they do not."""
    last = len(long) - 1
    found = _embedded_early(short[::-1], long[::-1])
    return None if found is None else [last - at for at in found[::-1]]


def _embedded_early(short: Sequence[object], long: Sequence[object]) -> list[int] | None:
    """The same, as early as they can."""
    found: list[int] = []
    at = 0
    for item in short:
        while at < len(long) and long[at] != item:
            at += 1
        if at == len(long):
            return None
        found.append(at)
        at += 1
    return found


def is_numbered(layers: list[Entry]) -> bool:
    """Whether the entries are those of a list."""
    return [entry.name for entry in layers] == [str(number) for number in range(len(layers))]


def has_state(type: str) -> bool:
    """Whether layers of an op have parameters or buffers; a block's may."""
    found = registry.find(type)
    return found is None or found.parameters is not Op.parameters or found.buffers is not Op.buffers


def form_type(entry: Entry) -> object:
    """The type, or what stands for all activations that take the same keys: which one it is can be an argument."""
    op = registry.find(entry.type) if entry.layers is None and entry.type else None
    is_module = op is not None and op.kind == "activation" and op.emission is Op.emission  # as an argument can name it
    if is_module and not has_state(entry.type):
        return ("activation", *sorted(entry.keys))
    start = start_form(entry)
    kind = "View" if entry.type == "Reshape" else entry.type
    return (kind, start) if start else kind


def start_form(entry: Entry) -> object:
    """How the parameters start, but for the numbers of it; a number that stands for all arguments of an op has no form."""
    return _form(entry.keys.get("init")) if isinstance(entry.keys.get("init"), dict) else ()


def _form(start: object) -> object:
    if isinstance(start, dict):
        return tuple((name, _form(value)) for name, value in start.items())
    return start if isinstance(start, str) else ""


def _through(read: str, passes: dict[str, str]) -> str:
    """What a read comes to where absent entries are read through."""
    seen = 0
    while read.partition(".")[0] in passes and seen < len(passes) + 1:
        read, seen = passes[read.partition(".")[0]], seen + 1
    return read


def _translated(read: str, names: dict[str, str]) -> str:
    name, dot, port = read.partition(".")
    return f"{names.get(name, name)}{dot}{port}"


def _same_outputs(short: Entry, long: Entry, mine: dict[str, str], passes: dict[str, str]) -> bool:
    assert short.layers is not None
    assert long.layers is not None
    given = short.outputs or {"output": short.layers[-1].name}
    wanted = long.outputs or {"output": long.layers[-1].name}
    return [_translated(ref, mine) for ref in given.values()] == [
        _through(ref, passes) for ref in wanted.values()
    ] and (list(given) == list(wanted))


def _absent(entry: Entry, is_within: bool) -> Entry:
    """A placeholder for an entry and all in it; `is_within` one that is absent as a whole."""
    made = Entry(entry.name, entry.type, {}, entry.reads, entry.use, {}, entry.is_training_only, "", inputs=entry.inputs,
                 outputs=entry.outputs, hint=entry.hint, is_absent=True, is_within=is_within)  # fmt: skip
    if entry.layers is not None:
        made.layers = [_absent(inner, True) for inner in entry.layers]
    return made
