"""The JSON Schema (draft-07) of a spec, for editors. Enters: the classes and key lists that validate, and the tables of
docs/reference/language.md, which say what keys mean. Leaves: the schema as a dict; `generate.py` writes it into the package.

It never refuses what archspec accepts, and leaves to archspec what it cannot say (names of layers, shapes). A layer's keys
are chosen by its `type` through `if` and `then`, since editors report every branch of a large `oneOf`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from inspect import getdoc
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from archspec.document.blocks import BLOCK_KEYS, KINDS
from archspec.document.claims import Budget, Claims, LayerBudget, LayerClaim
from archspec.document.load import KEYS, VERSION
from archspec.document.model import LIBRARY_KEYS, InputEntry, SourceEntry
from archspec.expand.initial import SCHEMES
from archspec.expand.layer import COMMON_KEYS, CONTROL_KEYS, PYTHON
from archspec.expand.scope import GROUP_KEYS, USE_KEYS
from archspec.limits import MAX_LAYERS
from archspec.ops import registry
from archspec.ops.base import Op
from archspec.ops.external import External
from archspec.ops.fields import INFERRED, REQUIRED, Check, default_of
from archspec.ops.meanings import meaning
from archspec.output import MARK

Schema = dict[str, Any]
LANGUAGE = Path(__file__).parent / "reference" / "language.md"
EXPRESSION: Schema = {"$ref": "#/definitions/expression"}
NAME: Schema = {"type": ["string", "integer"]}
NAMES: Schema = {"type": "object", "additionalProperties": NAME}
BLOCK_USE_KEYS = ("type", "from", "doc", "mode", "freeze", *CONTROL_KEYS)


def text() -> str:
    """The schema as it is written: a line each for its keys and its definitions, so that changes can be read."""
    found = schema()
    parts = {key: _lines(found[key]) if key in ("properties", "definitions") else _line(found[key]) for key in found}
    return "{\n" + ",\n".join(f"{_line(key)}: {part}" for key, part in parts.items()) + "\n}\n"


def _lines(parts: Schema) -> str:
    return "{\n" + ",\n".join(f"  {_line(key)}: {_line(part)}" for key, part in parts.items()) + "\n}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def schema() -> Schema:
    """The whole of it."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": f"{MARK.decode()} from its own classes: python docs/generate.py",
        "title": "archspec",
        "description": "A neural network as data: https://docs.pytorch.org/docs/stable/nn.html has the layers",
        **_document(),
        "definitions": {
            "expression": {"type": "string", "pattern": r"\$\{", "description": 'An expression, "${2 * width}"'},
            "type": _type(),
            "layer": {"anyOf": [{"$ref": "#/definitions/mapping"}, {"$ref": "#/definitions/type"}]},
            "layers": {"type": ["object", "array"], "additionalProperties": {"$ref": "#/definitions/layer"},
                       "items": {"$ref": "#/definitions/layer"}, "minProperties": 1, "minItems": 1},
            "mapping": _layer(),
            **{f"key {key}": value for key, value in _common().items()},
            "use": _keys(USE_KEYS, _keys_of_whole(USE_KEYS), "An earlier layer again, with the same parameters.", ["use"]),
            "group": _keys(GROUP_KEYS, _keys_of_whole(GROUP_KEYS), "A group: layers in a scope of their own."),
            "block use": {"type": "object", "properties": _keys_of_whole(BLOCK_USE_KEYS)},
            "external": _op(External),
            "initializers": {"type": "object", "additionalProperties": _initializer()},
            **{f"op {name}": _op(op) for name, op in _ops()},
        },
    }  # fmt: skip


def _ops() -> list[tuple[str, type[Op]]]:
    return [(name, op) for name in registry.names() if (op := registry.find(name)) is not None]


# The document ------------------------------------------------------------------------------------------------------


def _document() -> Schema:
    """Its keys are those of the loader; one that is not described here takes anything."""
    meanings = _meanings("The document's keys")
    text, mapping = {"type": "string"}, {"type": "object"}
    sizes = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}
    entry = _model(InputEntry)
    entry["properties"]["shape"] = {"type": "array", "items": sizes}
    declared = {**entry, "type": ["array", "object", "string"], "items": sizes, "pattern": r"\$\{"}
    claims = _claims(_or_bounds(_model(Claims), _model(Budget)), _or_bounds(_model(LayerClaim), _model(LayerBudget)))
    budget = _claims(_model(Budget), _model(LayerBudget))
    block: Schema = {
        "args": _arguments(), "inputs": {"type": "array", "items": text, "minItems": 1}, "outputs": NAMES,
        "layers": {"$ref": "#/definitions/layers"}, "let": mapping, "doc": text,
    }  # fmt: skip
    own: Schema = {
        "archspec": {"const": VERSION}, "name": text, "doc": text,
        "sources": {"type": "array", "items": _model(SourceEntry)},
        "args": _arguments(), "let": mapping, "input": declared,
        "inputs": {"type": "object", "additionalProperties": declared, "minProperties": 1},
        "outputs": NAMES, "import": {"type": "array", "items": text},
        "blocks": {"type": "object", "additionalProperties": _keys(BLOCK_KEYS, block, "A block.", ["layers"])},
        "layers": {"$ref": "#/definitions/layers"},
        "init": {"type": "object", "additionalProperties": {"$ref": "#/definitions/initializers"}},
        "expect": {**claims, "type": ["object", "array"], "items": claims},
        "budget": {**budget, "type": ["object", "array"], "items": budget},
    }  # fmt: skip
    library = {"required": ["blocks"], "propertyNames": {"enum": list(LIBRARY_KEYS)}}
    shape = {"if": {"required": ["inputs"]}, "then": {}, "else": {"required": ["input"]}}
    return {
        **_keys(KEYS, {key: own.get(key, {}) for key in KEYS}, "", ["archspec"], meanings),
        "if": library, "then": {}, "else": {"required": ["name", "layers"], "allOf": [shape]},
    }  # fmt: skip


def _claims(network: Schema, layer: Schema) -> Schema:
    """What may be said of the network, with what may be said of its layers, and when."""
    further = {
        "layers": {"type": "object", "additionalProperties": layer}, "when": with_expressions({"type": "boolean"}),
    }  # fmt: skip
    return {**network, "properties": {**network["properties"], **further}}


def _or_bounds(facts: Schema, bounds: Schema) -> Schema:
    """Facts, with bounds where a figure may have them."""
    both = {
        key: {"anyOf": [*inner["anyOf"], bounds["properties"][key]], "description": inner["description"]}
        if key in bounds["properties"] else inner
        for key, inner in facts["properties"].items()
    }  # fmt: skip
    return {**facts, "properties": both}


def _arguments() -> Schema:
    """`{channels: int, stride: 1, depth: {default: 50, one_of: [18, 34, 50]}}`."""
    keys = {"default": {}, "one_of": {"type": "array", "minItems": 1}, "doc": {"type": "string"}}
    said = f"Its kind ({', '.join(KINDS)}), which must then be given, or its default."
    kinds = {"enum": list(KINDS), "enumDescriptions": list(KINDS.values())}
    return {"type": "object", "additionalProperties": {
        "anyOf": [kinds, {"type": ["string", "number", "boolean", "null", "array"]},
                  {"type": "object", "properties": keys, "required": ["one_of"], "additionalProperties": False}],
        "description": said}}  # fmt: skip


def _model(model: type[BaseModel]) -> Schema:
    """What one of the document's own records takes."""
    fields: Schema = {}
    taken = _taken(model)
    for name, info in model.model_fields.items():
        check = next((item for item in info.metadata if isinstance(item, Check)), None)
        if check is not None:
            fields[name] = {**with_expressions(taken[name]), "description": _sentence(check.takes)}
        else:
            inner = next(arg for arg in getattr(info.annotation, "__args__", ()) if issubclass(arg, BaseModel))
            fields[name] = _model(inner)
    required = [name for name, info in model.model_fields.items() if info.is_required()]
    return _keys(fields, fields, _doc(model), required)


def _taken(model: type[BaseModel]) -> dict[str, Schema]:
    """What each field takes, as pydantic says it; how it is called, and its default, are said elsewhere."""
    fields = model.model_json_schema()["properties"]
    return {name: {key: value for key, value in taken.items() if key not in ("title", "default", "description")}
            for name, taken in fields.items()}  # fmt: skip


# Layers ------------------------------------------------------------------------------------------------------------


def _type() -> Schema:
    """The name of an op, or any other: blocks have names of their own.

    Editors offer what an `enum` lists even where it never holds, as this one does not: else they would show all of it, and
    not the one op's description, over a name.
    """
    names = [name for name, _ in _ops()]
    offered = {"enum": names, "enumDescriptions": [_doc(op) for _, op in _ops()], "not": {}}
    described = _by_name(lambda value: value, {name: {"title": name, "description": _doc(op)} for name, op in _ops()})
    return {"type": "string", "anyOf": [offered, {"allOf": described}]}


def _layer() -> Schema:
    """A layer with keys: an earlier one again, a group, or what its type says."""
    known = {"enum": [name for name, _ in _ops()]}, {"type": "string", "pattern": rf"^{PYTHON}|\$\{{"}
    kinds = [
        *_by_name(_is_type, {name: {"$ref": f"#/definitions/op {name}"} for name, _ in _ops()}),
        {"if": _is_type({"type": "string", "pattern": f"^{PYTHON}"}), "then": {"$ref": "#/definitions/external"}},
        {"if": _is_type({"not": {"anyOf": list(known)}}), "then": {"$ref": "#/definitions/block use"}},
    ]
    group = {"required": ["layers"], "not": {"required": ["type"]}}
    kind = {"if": group, "then": {"$ref": "#/definitions/group"}, "else": {"required": ["type"], "allOf": kinds}}
    chosen = {"if": {"required": ["use"]}, "then": {"$ref": "#/definitions/use"}, "else": kind}
    return {
        "type": "object", "properties": _keys_of(("type", "from", "use", "layers")),
        "if": {"type": "object"}, "then": chosen,
    }  # fmt: skip


def _by_name(test: Callable[[Schema], Schema], then: Schema) -> list[Schema]:
    """What holds for each name; first by its initial, so that editors try thirty names and not all of them."""
    found: list[Schema] = []
    for initial, names in groupby(sorted(then), key=lambda name: name[0]):
        inner = [{"if": test({"const": name}), "then": then[name]} for name in names]
        found.append({"if": test({"type": "string", "pattern": f"^{initial}"}), "then": {"allOf": inner}})
    return found


def _is_type(value: Schema) -> Schema:
    return {"required": ["type"], "properties": {"type": value}}


def _common() -> Schema:
    """The keys that are no op's own."""
    words = {"type": "array", "items": {"type": "string"}}
    whole = {"type": "integer", "minimum": 0, "maximum": MAX_LAYERS}
    norm = {"type": "object", "properties": {"max_norm": {"type": "number", "exclusiveMinimum": 0}},
            "required": ["max_norm"], "additionalProperties": False}  # fmt: skip
    lists = {"anyOf": [{"type": "array"}, EXPRESSION]}
    keys: Schema = {
        "type": {"$ref": "#/definitions/type"},
        "from": {"type": ["string", "integer", "array"], "items": NAME}, "use": NAME, "doc": {"type": "string"},
        "layers": {"$ref": "#/definitions/layers"}, "inputs": {"type": "array", "items": NAME}, "outputs": NAMES,
        "init": {"$ref": "#/definitions/initializers"}, "mode": {"enum": ["train", "always"]},
        "constraint": {"type": "object", "additionalProperties": with_expressions(norm)},
        "freeze": with_expressions({"anyOf": [{"type": "boolean"}, words]}), "tie": NAMES,
        "repeat": with_expressions(whole), "for": {"type": "object", "additionalProperties": lists, "minProperties": 1},
        "as": NAME, "when": with_expressions({"type": "boolean"}), "let": {"type": "object"},
    }  # fmt: skip
    meanings = _meanings("A layer's keys")
    return {key: _described(value, meanings.get(key, "")) for key, value in keys.items()}


def _keys_of_whole(keys: tuple[str, ...]) -> Schema:
    """The same of what has no parameters of its own that `freeze` could name."""
    freeze = {
        "description": "true: no layer in it trains that says nothing itself",
        **with_expressions({"type": "boolean"}),
    }
    return {**_keys_of(keys), "freeze": freeze}


def _keys_of(keys: tuple[str, ...]) -> Schema:
    """Keys that are no op's own, each by reference."""
    return {key: {"$ref": f"#/definitions/key {key}"} for key in keys}


def _op(op: type[Op]) -> Schema:
    """The keys of an op; its own win over those that every layer has, as `mode` of Upsample does."""
    taken = _taken(op)
    fields = {
        field: _described(with_expressions(taken[field]), _said(op, field), _default(op, field))
        for field in op.model_fields
        if field != "target"
    }
    if "init" in fields:
        fields["init"]["anyOf"].append({"$ref": "#/definitions/initializers"})
    keys = {**_keys_of((*COMMON_KEYS, *CONTROL_KEYS)), **fields}
    required = [field for field in fields if op.model_fields[field].is_required()]
    found = _keys([*fields, *(key for key in keys if key not in fields)], keys, _doc(op), required)
    return {**found, "title": op.__name__}


def _check(op: type[Op], field: str) -> Check:
    return next(item for item in op.model_fields[field].metadata if isinstance(item, Check))


def _said(op: type[Op], field: str) -> str:
    """What an argument means, what it takes, and what holds where it is not written."""
    default = default_of(field, op.model_fields[field])
    left_out = {
        REQUIRED: "It must be written.",
        INFERRED: "Left out, it follows from the input; written, it is checked.",
    }
    parts = (meaning(op, field), _check(op, field).takes, left_out.get(default, f"Left out: {default}."))
    return " ".join(_sentence(part) for part in parts if part)


def _default(op: type[Op], field: str) -> Schema:
    info = op.model_fields[field]
    if info.is_required() or info.default is None:
        return {}
    return {"default": list(info.default) if isinstance(info.default, tuple) else info.default}


def _initializer() -> Schema:
    """A number, the name of a scheme, or a scheme with its arguments."""
    schemes = {
        name: {"type": ["object", "null"], "additionalProperties": False, "required": list(scheme.required),
               "properties": {key: with_expressions(check.schema) for key, check in scheme.arguments.items()}}
        for name, scheme in SCHEMES.items()
    }  # fmt: skip
    return {"anyOf": [
        {"type": "number"}, {"enum": list(SCHEMES)}, EXPRESSION,
        {"type": "object", "properties": schemes, "additionalProperties": False, "minProperties": 1, "maxProperties": 1},
    ]}  # fmt: skip


# Helpers -----------------------------------------------------------------------------------------------------------


def with_expressions(value: Schema) -> Schema:
    """The same, or an expression: as a whole, and in place of each item of a list."""
    branches = _inside(value).get("anyOf") or [_inside(value)]
    return {"anyOf": [*branches, EXPRESSION]}


def _inside(value: Schema) -> Schema:
    """The same, with expressions in lists; alternatives in alternatives are one list of them."""
    if "anyOf" in value:
        found = [_inside(branch) for branch in value["anyOf"]]
        return {"anyOf": [branch for one in found for branch in one.get("anyOf", [one])]}
    if "items" in value:
        return {**value, "items": with_expressions(value["items"])}
    if "properties" in value:
        return {**value, "properties": {key: with_expressions(inner) for key, inner in value["properties"].items()}}
    return dict(value)


def _keys(
    order: Any, described: Schema, doc: str, required: list[str] | None = None, meanings: dict[str, str] | None = None
) -> Schema:
    """A mapping of these keys and no others."""
    properties = {key: _described(described[key], (meanings or {}).get(key, "")) for key in order}
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, **({"required": required} if required else {}), **({"description": doc} if doc else {})}


def _described(value: Schema, said: str, more: Schema | None = None) -> Schema:
    """With a description, which a reference cannot have beside it in draft-07."""
    if not said and not more:
        return value
    inner = {"allOf": [value]} if "$ref" in value else value
    return {**inner, **({"description": said} if said else {}), **(more or {})}


def _meanings(heading: str) -> dict[str, str]:
    """What the keys of a table of the language's page mean."""
    _, _, section = LANGUAGE.read_text("utf-8").partition(f"## {heading}\n")
    found: dict[str, str] = {}
    for keys, said in re.findall(r"^\| (`[^|]*`) \| (.*) \|$", section.partition("\n## ")[0], re.MULTILINE):
        for key in re.findall(r"`(\w+)`", keys):
            found[key] = _sentence(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", said))
    return found


def _doc(model: type[BaseModel]) -> str:
    return " ".join((getdoc(model) or "").split())


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
