"""Located values through a pydantic model. Enters: a mapping node and a model class; leaves: an instance or diagnostics.

Pydantic's errors become ours here and nowhere else: its field paths turn into spans, its types into plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import Near, find_near
from archspec.document.edits import put, without_key
from archspec.document.tree import (
    HasInvalid,
    Mapping,
    Node,
    Plain,
    Scalar,
    Sequence,
    are_names,
    clip,
    describe_plain,
    plain,
)
from archspec.ops.fields import Check
from archspec.ops.making import instance, models_in
from archspec.source import Span

Model = TypeVar("Model", bound=BaseModel)
MOST_LISTED = 12
OF_ANY_LAYER = ("from", "repeat", "when", "for", "init", "freeze")
MAX_BEGINNING = 20


class Subject:
    """Whom a diagnostic is about: how messages call it, the layer's path if it is one, and where it stands."""

    def __init__(
        self, name: str, span: Span, layer: str | None = None, type: str = "", names: Collection[str] = (),
        readable: Callable[[], Collection[str]] = tuple,
    ) -> None:  # fmt: skip
        self.name = name
        self.names = names
        """The names that expressions read where it stands, for help."""
        self.readable = readable
        """Gives the names that a layer can read there, for help as well."""
        self.span = span
        self.layer = layer
        self.type = type


def validate(
    model: type[Model],
    node: Mapping,
    subject: Subject,
    report: list[Diagnostic],
    other_keys: Collection[str] = (),
) -> Model | None:
    """The model's instance for a mapping's values, or None after reporting why there is none.

    `other_keys` are keys of the mapping that are read elsewhere; they are left aside, and known as suggestions.
    """
    values: dict[str, Plain] = {}
    invalid = False
    for key, entry in node.entries.items():
        if key in other_keys:
            continue
        try:
            values[key] = plain(entry.value)
        except HasInvalid:
            invalid = True
            if key not in model.model_fields:
                values[key] = None  # its name is wrong whatever its value
    try:
        made = instance(model, values)
    except ValidationError as error:
        errors = [e for e in error.errors(include_url=False, include_context=False) if not _is_unsure(e, node)]
        misspelt = {
            near.name
            for e in errors
            if e["type"] == "extra_forbidden"
            and (near := nearest_key(str(e["loc"][-1]), model.model_fields, model.model_fields)) is not None
        }
        errors = _without_keys(errors, model, node, subject, report)
        roots = [e for e in errors if e["type"] != "missing" or e["loc"][-1] not in misspelt]
        report.extend(_translate(e, model, node, subject, other_keys) for e in roots)
        return None
    return None if invalid else made


def _is_unsure(error: ErrorDetails, node: Mapping) -> bool:
    """Whether a key that is missing among the values is written, with a value of which nothing is known, or may be meant by one
    that was reported as wrong."""
    if error["type"] != "missing":
        return False
    owner = _walk(node, error["loc"][:-1])
    is_written = len(error["loc"]) == 1 and error["loc"][0] in node.entries
    return is_written or (isinstance(owner, Mapping) and not owner.is_whole)


def fields_of(model: type[BaseModel]) -> list[str]:
    """The keys that a model takes."""
    return list(model.model_fields)


def unknown_key(
    key: str, span: Span, subject: Subject, known: Collection[str], what: str = "", own: Collection[str] = (),
    value: Node | None = None,
) -> Diagnostic:  # fmt: skip
    """E0103 for one key, with the nearest known one. `own` are those that help lists, where not all are its own; `value` is the
    key's, of a layer."""
    from archspec.document.braces import is_phrase
    from archspec.document.other_keys import of_what_is_read, way_out
    from archspec.ops.no_keys import call_argument, key_help

    near = nearest_key(key, known, own)
    near = of_what_is_read(key, value, near, known, own) if value is not None else near
    listed = list(own)[:MOST_LISTED] if own else sorted(known)[:30]
    takes = what or subject.type or subject.name
    message = (
        f"{_of(subject)}{takes} takes no key {clip(key)}" if subject.layer else f"{takes} takes no key {clip(key)}"
    )
    said = call_argument(key, own)
    if said:
        return Diagnostic("E0103", message, span, label="PyTorch takes it in the call", help=said, layer=subject.layer)
    said = (key_help(key, own) if subject.layer else "") or way_out(key, known, value)
    if said:
        return Diagnostic("E0103", message, span, label="unknown key", help=said, layer=subject.layer)
    return Diagnostic(
        "E0103", message, span, label=f"did you mean {near.name}?" if near else "unknown key",
        help=f"the keys are {', '.join(listed)}{_of_any_layer(known, own)}", layer=subject.layer,
        ways=(Fix(f"write {near.name}", (put(span, near.name),), near.is_only),) if near and not is_phrase(span) else (),
    )  # fmt: skip


def _of_any_layer(known: Collection[str], own: Collection[str]) -> str:
    """The keys that every layer takes, beside an op's own."""
    others = [key for key in OF_ANY_LAYER if key in known and key not in own]
    return f"; and of any layer {', '.join(others)}" if len(others) == len(OF_ANY_LAYER) else ""


def nearest_key(key: str, known: Collection[str], own: Collection[str] = ()) -> Near | None:
    """The key that was probably meant: the nearest, or the shortest of its own that begins so (`in` is in_channels)."""
    from archspec.document.other_keys import is_plain, meant
    from archspec.ops.other_names import is_same_key, other_key

    ours = meant(key, known)
    if ours is not None:
        return Near(ours, is_plain(key))
    other = other_key(key, known)
    near = Near(other, is_same_key(key)) if other is not None else find_near(key, known)
    if near is not None or not 1 < len(key) <= MAX_BEGINNING:
        return near
    begun = min((name for name in own if name.startswith(key.lower())), key=len, default=None)
    return Near(begun, False) if begun is not None else None


def _without_keys(
    errors: list[ErrorDetails], model: type[BaseModel], node: Mapping, subject: Subject, report: list[Diagnostic]
) -> list[ErrorDetails]:
    """The errors without those of values in braces, `{type: Conv2d, 64, [3, 3]}`, which are reported as one."""
    extra = {str(e["loc"][0]) for e in errors if e["type"] == "extra_forbidden" and len(e["loc"]) == 1}
    if not extra:
        return errors
    from archspec.document.positional import keys_of, read_without_from, without_keys

    told = without_keys(node, extra, partial(keys_of, model, node.entries), subject)
    if told is None and getattr(model, "arity", (1, 1))[1] != 1:
        told = read_without_from(node, extra, subject)
    if told is None:
        return errors
    report.append(told.diagnostic)
    return [e for e in errors if e["loc"][0] not in told.keys]


def _translate(
    error: ErrorDetails, model: type[BaseModel], node: Mapping, subject: Subject, other_keys: Collection[str]
) -> Diagnostic:
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        owner, key = _walk(node, path[:-1]), str(path[-1])
        inner = _model_at(model, path[:-1])
        known = [*fields_of(inner), *(other_keys if len(path) == 1 else ())]
        span = owner.entries[key].key_span if isinstance(owner, Mapping) else owner.span
        takes = "" if len(path) == 1 else _dotted(path[:-1])
        if key[:1].isdecimal() and len(path) > 1 and isinstance(owner, Mapping):
            from archspec.document.quantity_help import comma_ways

            ways = comma_ways(owner, key)
            if ways:
                message = f"{_of(subject)}{takes} takes no key {clip(key)}"
                label = "a comma ends a number in braces"
                return Diagnostic("E0103", message, span, label=label, layer=subject.layer, ways=ways)
        own = fields_of(inner) if subject.layer else known
        value = owner.entries[key].value if isinstance(owner, Mapping) and len(path) == 1 and subject.layer else None
        found = unknown_key(key, span, subject, known, takes, own, value)
        if subject.layer and len(path) == 1 and isinstance(owner, Mapping):
            from archspec.document.value_help import like_help

            found = _with_value(found, owner, key, fields_of(inner))
            like = like_help(subject.type, key, value.value if isinstance(value, Scalar) else None, owner)
            found = replace(found, help=like) if like else found
        return replace(found, notes=(*found.notes, *_note_on_key(subject.type, key, owner)))
    if error["type"] == "missing":
        owner = _walk(node, path[:-1])
        name = str(path[-1])
        span = subject.span if len(path) == 1 else owner.span
        takes = _takes(_model_at(model, path[:-1]), name)
        whose = subject.type or subject.name
        return Diagnostic(
            "E0102", f"{_of(subject)}{whose} needs {_dotted(path)}", span, label=f"{name} is missing",
            help=f"add {name}: {takes}" if takes else f"add {name}", layer=subject.layer,
        )  # fmt: skip
    value = error["input"]
    span = _walk(node, path).span
    takes = error["msg"] if error["type"] == "archspec" else _pydantic_takes(error["type"])
    if isinstance(value, str) and "${" in value:
        return Diagnostic("E0108", f"{_of(subject)}{_dotted(path)} is an expression, and this version reads none there",
                          span, help="write the value itself", layer=subject.layer)  # fmt: skip
    help, ways = _help(path, value, span, model, node, subject)
    return Diagnostic(
        "E0105", f"{_of(subject)}{_dotted(path)} takes {takes}, not {describe_plain(value)}", span,
        label=f"{takes} expected" if len(takes) < 60 else "", layer=subject.layer, help=help, ways=ways,
    )  # fmt: skip


def _with_value(found: Diagnostic, owner: Mapping, key: str, fields: Collection[str]) -> Diagnostic:
    """What the value of a layer's unknown key tells beside its name: that it says nothing here, is a name of what it reads, or a
    layer itself."""
    from archspec.document.too_deep import as_a_layer
    from archspec.ops.no_keys import is_no_part, is_so

    moved = as_a_layer(owner, key)
    if moved is not None:
        return replace(found, label="a layer, indented like a key", help=moved.said, ways=(moved,))

    value = owner.entries[key].value
    is_plain = isinstance(value, Scalar) and is_so(key, value.value, fields)
    leave = f"leave {key} out"
    may_go = is_plain or (is_no_part(key) and leave in found.help)
    out = without_key(owner, key) if may_go and not found.ways else None
    if out is not None:
        said = found.help if leave in found.help else f"{leave}, which is so anyway"
        return replace(found, ways=(Fix(said, (out,), is_plain),))
    if found.ways and found.ways[0].said == "write from" and are_names(value):
        return replace(found, ways=(found.ways[0]._replace(is_safe=True),))
    return found


def _note_on_key(kind: str, key: str, owner: Node) -> tuple[str, ...]:
    from archspec.ops.other_values import note_on_key

    values = {name: entry.value.value for name, entry in owner.entries.items() if isinstance(entry.value, Scalar)
              } if isinstance(owner, Mapping) else {}  # fmt: skip
    return note_on_key(kind, key, values)


def _help(
    path: tuple[int | str, ...], value: object, span: Span, model: type[BaseModel], node: Mapping, subject: Subject
) -> tuple[str, tuple[Fix, ...]]:
    """What to write instead, where it is plain what was meant: help that is no edit, and edits."""
    from archspec.document.global_pool import global_ways
    from archspec.document.grouped import grouped_ways
    from archspec.document.value_help import (
        argument_help,
        like_help,
        number_ways,
        padding_ways,
        value_help,
        value_ways,
        word_ways,
        words_in,
    )

    key = str(path[-1])
    if isinstance(value, str) and " " in value and span.line == span.end_line:
        from archspec.document.other_comments import HELP, comment_in

        comment = comment_in(span.source, span.line)
        if comment is not None and comment[0].column > span.column:
            return HELP, (comment[1],)
    inner = _model_at(model, path[:-1])
    check = _check(inner, key)
    if key == "receptive_field" and isinstance(value, (int, tuple)) and span.line == span.end_line:
        said = f"write receptive_field: {{size: {span.text()}}}"
        is_size = isinstance(value, int)  # two numbers may be a size and a stride
        return said, (Fix(said, (Edit(span, f"{{size: {span.text()}}}"),), is_safe=is_size),)
    if check is None and subject.name.startswith("budget"):
        from archspec.document.quantity_help import limit_help, limit_ways

        return limit_help(key), limit_ways(path, value, span)
    if check is not None and check.takes.startswith(("a count", "a number of bytes")):
        from archspec.document.quantity_help import quantity_help, quantity_ways

        ways = quantity_ways(path, value, span)
        return quantity_help(path, value) or (ways[0].said if ways else ""), ways
    if len(path) != 1 or check is None:
        return "", ()
    is_required = model.model_fields[key].is_required()
    if key == "padding" and (paddings := padding_ways(value, node, model.model_fields)):
        return "", paddings
    if pools := tuple(global_ways(subject.type, key, value, node)):
        return "", pools
    if grouped_ways(key, span, check.fits):
        return "", grouped_ways(key, span, check.fits)
    if isinstance(value, str) and value in subject.readable() and not like_help(subject.type, key, value, node):
        from archspec.document.value_help import layer_help

        if value not in subject.names and (check.fits(2) or check.fits(0.5)):
            said, ways = layer_help(key, value, node, is_inferred=key in getattr(model, "inferred_axes", ()))
            return ("" if ways else said), ways
    said = value_help(key, value, span, check.fits, subject.names, is_required)
    ways = value_ways(said, key, span, node, not is_required)
    if not said and not is_required:
        ways = number_ways(key, value, span, check.fits, node)
    if not said and not ways:
        ways = word_ways(key, value, span, words_in(check.schema))
    if not said and not ways and subject.layer:
        said = like_help(subject.type, key, value, node) or argument_help(key, value, check.fits, subject.names)
    return ("" if ways else said), ways


def _of(subject: Subject) -> str:
    return f"{subject.name}: " if subject.layer else ""


def _dotted(path: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{clip(part, 40)}" for part in path).lstrip(".")


def _walk(node: Node, path: tuple[int | str, ...]) -> Node:
    """The node at a path; the deepest one that exists where the path goes on into what is not there."""
    for part in path:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.entries:
            node = node.entries[part].value
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
    return node


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that validates the value at a path, seen through optional, list and mapping annotations."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            inner = next(models_in(model.model_fields[part].annotation), None)
            model = inner or model
    return model


def _takes(model: type[BaseModel], field: str) -> str:
    check = _check(model, field)
    return check.takes if check else ""


def _check(model: type[BaseModel], field: str) -> Check | None:
    info = model.model_fields.get(field)
    return next((item for item in info.metadata if isinstance(item, Check)), None) if info else None


def _pydantic_takes(type: str) -> str:
    """Pydantic's own error types in plain words, for models that use its types."""
    words = {
        "int_type": "a whole number", "float_type": "a number", "string_type": "a text", "bool_type": "true or false",
        "dict_type": "a mapping", "tuple_type": "a list", "list_type": "a list", "model_type": "a mapping",
        "model_attributes_type": "a mapping", "mapping_type": "a mapping",
    }  # fmt: skip
    return words.get(type, "another kind of value")
