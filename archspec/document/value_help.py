"""What to write in place of a wrong value, where it is plain what was meant. Enters: a value and what fits; leaves: help.

Every proposal is one that fits; where none does, nothing is proposed. Imported only where a value is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Mapping as Mapping_
from typing import Any

from archspec.diagnostics.model import Edit, Fix
from archspec.diagnostics.nearest import find_near
from archspec.dims import BATCH
from archspec.document.edits import is_flow, put, without_key
from archspec.document.grouped import unquoted
from archspec.document.sizes import number_in, sizes_in
from archspec.document.tree import HasInvalid, Mapping, Scalar, clip, plain, show
from archspec.ops.same_padding import same_arguments
from archspec.source import Span

_WORDS: dict[str, bool | None] = {
    "none": None, "nil": None, "nan": None, "null": None, "no": False, "off": False, "false": False, "yes": True, "on": True,
    "true": True,
}  # fmt: skip
_DTYPES = {"long": "int64", "float": "float32", "double": "float64", "half": "float16"}
"""The types of numbers by torch's other names."""
_NOTHING = ("none", "null", "nil", "~")
"""What other languages call nothing: for true or false it may be either, the default or false."""
_QUOTED = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{0,9})?e[-+]?[0-9]{1,2}")
"""A number with an exponent, which stands in quotes."""
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*(?:%|per ?cent)", re.IGNORECASE)
_FRACTION = re.compile(r"([0-9]{1,9})\s*/\s*([1-9][0-9]{0,8})")
_POWER = re.compile(r"(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*[x×*·]\s*)?10\s*(?:\^|\*\*)\s*\(?([-+]?[0-9]{1,2})\)?")
"""A power of ten, or a multiple of one, as it is written by hand."""
_EXPRESSION = re.compile(r"[\w\s+\-*/%().]{1,80}", re.ASCII)
_ARITHMETIC = re.compile(r"[0-9]{1,9}(?: *(?:[-+*%]|//) *[0-9]{1,9}){1,8}")
_PART = re.compile(r"\$\{ *(\w+) *\}")
"""An expression that is one name, or number."""
_NAMED = re.compile(r"\$\{[^}]*[A-Za-z_]")
"""An expression with a name in it."""
_PRODUCT = re.compile(r"[\"']?[0-9]+(?: *[x×*] *[0-9]+)+[\"']?")
_NAME = re.compile(r"[A-Za-z_]\w*")
_OF_NAMES = re.compile(
    r"(?:[A-Za-z_]\w*|[0-9]+)(?: *(?:[+*]|//) *(?:[A-Za-z_]\w*|[0-9]+)| - (?:[A-Za-z_]\w*|[0-9]+)){0,8}", re.ASCII
)
"""A name, or arithmetic with some, as code has it."""
_SIZE_OF = re.compile(r"([A-Za-z_]\w*)(?:\.shape|\.size\(\))?(?:\[[-0-9:]{1,9}\])?", re.ASCII)
"""A layer, or its sizes as code has them."""
_SETTINGS = {"same", "valid", "full", "auto", "default", "causal", "all", "any", "max", "min", "mean", "sum", "half", "inf",
             "last", "first", "unknown"}  # fmt: skip
"""Words that other libraries have in place of a number: the name of no number."""
_DIVISION = re.compile(r"(?<!/)/(?!/)")


def value_help(key: str, value: object, span: Span, fits: Callable[[object], bool], names: Collection[str] = (),
               is_required: bool = True) -> str:  # fmt: skip
    """Help for `key: value`, which does not fit. `names` are those that an expression could read there.

    Where an expression has the value of a name, it is the name's value that does not fit, and the expression stays.
    """
    said, order = _instead(key, value, span, fits, names, is_required), f"write {key}: "
    if "${" in said or not said.startswith(order) or not _NAMED.search(span.text()):
        return said
    name = _PART.fullmatch(unquoted(span))
    return f"give {name[1]} a value that fits, such as {said.removeprefix(order)}" if name is not None else ""


def _instead(key: str, value: object, span: Span, fits: Callable[[object], bool], names: Collection[str],
             is_required: bool) -> str:  # fmt: skip
    if isinstance(value, dict):
        return _in_braces(key, list(value.items()), names)
    if fits(True) and not fits(2) and not fits(None) and span.text() and (truth := _truth(value)) is not None:
        return f"write {key}: {show(truth)}"
    if isinstance(value, str):
        expression = _unmarked(value, names)
        if expression:
            return f'write {key}: "${{{expression}}}"'
    if key == "p" and isinstance(value, (int, float)) and 2 <= value <= 100 and fits(value / 100):
        return f"write p: {value / 100:g}"
    if isinstance(value, float) and fits(1) and not fits(1.5):
        return _whole(key, value, span, fits)
    if isinstance(value, tuple) and value[:1] == (BATCH,) and fits(value[1:]):
        return f"leave the batch out: {key}: {clip(show(value[1:]))}"
    if isinstance(value, tuple) and value[:1] == (-1,) and fits((BATCH, *value[1:])):
        return f"write {BATCH} for the batch: {key}: {clip(show((BATCH, *value[1:])))}"
    if isinstance(value, str) and _ARITHMETIC.fullmatch(value.strip()) and not fits(sizes_in(value)):
        whole = _PART.sub(r"\1", unquoted(span))
        return f'write {key}: "${{{whole}}}"' if "${" not in whole else ""
    fraction = _FRACTION.fullmatch(value.strip()) if isinstance(value, str) else None
    if fraction and fits(share := int(fraction[1]) / int(fraction[2])):
        return f"write {key}: {show(share)}" if share == round(share, 6) else f'write {key}: "${{{fraction[0]}}}"'
    meant = next((other for other in _meant(value) if fits(other)), value)
    if meant is not value:
        return f"write {key}: {show(meant)}"
    is_nothing = isinstance(value, str) and _WORDS.get(value.lower(), False) is None
    return f"leave {key} out" if is_nothing and not is_required else ""


def braces_help(key: str, node: Mapping, names: Collection[str]) -> str:
    """Help for a mapping that stands where a value is wanted."""
    items = [(name, entry.value) for name, entry in node.entries.items()]
    return _in_braces(
        key, [(name, value.value if isinstance(value, Scalar) else value) for name, value in items], names
    )


def _in_braces(key: str, items: list[tuple[str, object]], names: Collection[str]) -> str:
    """`{ch}` is YAML's short form of `{ch: null}`, and was meant to be `${ch}`."""
    (name, inner) = items[0] if len(items) == 1 else ("", "")
    return f'write {key}: "${{{name}}}"' if inner is None and name in names else ""


def value_ways(said: str, key: str, span: Span, mapping: Mapping | None, is_optional: bool = False) -> tuple[Fix, ...]:
    """The change that such help is about: another value, some of them guessed, or none; what is nothing may be left out."""
    is_safe = said.startswith(f"write {key}: ") and not _is_guess(key, span.text(), said)
    if "${" in span.text() and "${" not in said:
        return ()
    for order in (f"write {key}: ", f"leave the batch out: {key}: ", f"write {BATCH} for the batch: {key}: "):
        if said.startswith(order):
            found = Fix(said, (Edit(span, said.removeprefix(order)),), is_safe)
            return found, *(_left_out(key, mapping) if is_optional and _is_nothing(span.text()) else ())
    return _left_out(key, mapping) if said == f"leave {key} out" else ()


def _left_out(key: str, mapping: Mapping | None) -> tuple[Fix, ...]:
    edit = without_key(mapping, key) if mapping is not None else None
    return (Fix(f"leave {key} out", (edit,)),) if edit is not None else ()


def _is_nothing(written: str) -> bool:
    return written.strip("\"' ").lower() in _NOTHING


def _is_guess(key: str, written: str, said: str) -> bool:
    """Whether another value may be meant: the padding of another stride, a share that is no percentage, a product."""
    is_product = _PRODUCT.fullmatch(written.strip()) is not None and said.removeprefix(f"write {key}: ").isdecimal()
    return (
        is_product
        or (key == "padding" and "same" in written.lower())
        or (_is_nothing(written) and said.endswith(": false"))
        or (key == "p" and written.replace(".", "").isdecimal())
    )


def padding_ways(value: object, node: Mapping, fields: Collection[str]) -> tuple[Fix, ...]:
    """The arguments that `padding: same`, or `valid`, stands for where the op has no such word."""
    word = value.lower() if isinstance(value, str) else ""
    try:
        given = {key: plain(entry.value) for key, entry in node.entries.items()}
    except HasInvalid:
        return ()
    found = same_arguments(fields, given) if word.startswith("same") else {} if word == "valid" else None
    entry = node.entries["padding"]
    is_short = entry.key_span.line == entry.value.span.end_line
    if found is None or not is_short or not found.keys() - {"padding"} <= {*fields} - given.keys():
        return ()
    if not found:
        return _left_out("padding", node)
    keys = [f"{key}: {show(number)}" for key, number in found.items()]
    apart = ", " if is_flow(node) else "\n" + " " * (entry.key_span.column - 1)
    start, end = entry.key_span, entry.value.span
    place = start.to(end)
    edit = put(end, show(found["padding"])) if [*found] == ["padding"] else Edit(place, apart.join(keys))
    return (Fix(f"write {', '.join(keys)}", (edit,)),)


def number_ways(
    key: str, value: object, span: Span, fits: Callable[[object], bool], mapping: Mapping
) -> tuple[Fix, ...]:
    """The default, or a small number that fits, in place of a whole number that is out of bounds."""
    if type(value) is not int or "${" in span.text() or not fits(2):
        return ()
    out = without_key(mapping, key)
    numbers = [number for number in (1, 2, 3, 4) if fits(number)]
    written = (Fix(f"write {key}: {number}", (Edit(span, str(number)),)) for number in numbers)
    return (*([Fix(f"leave {key} out", (out,))] if out is not None else []), *written)


def word_ways(key: str, value: object, span: Span, words: Iterable[str]) -> tuple[Fix, ...]:
    """The word that was misspelt, where a key takes one of a few."""
    near = find_near(value, words) if isinstance(value, str) else None
    if near is None or "${" in span.text() or span.line != span.end_line:
        return ()
    return (Fix(f"write {key}: {show(near.name)}", (put(span, near.name),), near.is_only),)


def words_in(schema: Mapping_[str, Any]) -> list[str]:
    """The words that a schema allows, alone or beside other values."""
    own = [*schema.get("enum", ()), schema.get("const")]
    return [word for word in own if isinstance(word, str)] + [w for s in schema.get("anyOf", ()) for w in words_in(s)]


def argument_help(key: str, value: object, fits: Callable[[object], bool], names: Collection[str]) -> str:
    """Help for `out_features: num_classes`, a number by a name that nothing has: an argument. Both have to be written, and the
    number only the author knows."""
    from archspec.document.blocks import REPEAT_NAMES

    if not isinstance(value, str) or not (fits(2) or fits(0.5)) or _OF_NAMES.fullmatch(value) is None:
        return ""
    read = dict.fromkeys(_NAME.findall(value))
    missing = [name for name in read if name not in names]
    if not missing or any(name.lower() in {*_SETTINGS, *_WORDS, *REPEAT_NAMES} for name in read):
        return ""
    return f'write {key}: "${{{value}}}", with args: {{{", ".join(f"{name}: …" for name in missing)}}} above'


def layer_help(key: str, name: str, mapping: Mapping, is_inferred: bool) -> tuple[str, tuple[Fix, ...]]:
    """Help for `in_channels: conv1`, the name of a layer where a number belongs: it says what is read, which `from` does."""
    if not is_inferred:
        return f"{name} is what a layer can read, and {key} is a number", ()
    why = f": what a layer reads has a name, and {key} is a number that follows from it"
    if "from" in mapping.entries:
        said, out = f"leave {key} out{why}", without_key(mapping, key)
        return said, (Fix(said, (out,)),) if out is not None else ()
    said = f"write from: {name}{why}"
    return said, (Fix(said, (put(mapping.entries[key].key_span, "from"),)),)


def like_help(type: str, key: str, value: object, mapping: Mapping) -> str:
    """Help for an Upsample to the size of a layer, `size: b`, `size: b.shape[2:]` or `like: b`: the op that reads it, too."""
    source = mapping.get("from")
    found = _SIZE_OF.fullmatch(value) if isinstance(value, str) else None
    if type != "Upsample" or key not in ("size", "like") or found is None or not isinstance(source, Scalar):
        return ""
    return f"to have the positions of {found[1]}, write {{type: UpsampleLike, from: [{source.text}, {found[1]}]}}"


def _truth(value: object) -> bool | None:
    """What Python takes a value for where it wants true or false; None where that is not said by a word, or 0 and 1."""
    if value is None or (isinstance(value, str) and value.lower() in ("none", "null", "nil")):
        return False
    return bool(value) if type(value) in (int, float) and value in (0, 1) else None


def _unmarked(text: str, names: Collection[str]) -> str:
    """The expression that a text would be if it were marked as one: `$ch`, `{ch}`, `ch // 2`."""
    bare = text.strip().removeprefix("$").strip("{}").strip()
    bare = bare[1:-1].strip() if re.fullmatch(r"\( *\w+ *\)", bare) else bare
    read = _NAME.findall(bare) if _EXPRESSION.fullmatch(bare) else []
    return bare if read and all(name in names for name in read) else ""


def _whole(key: str, value: float, span: Span, fits: Callable[[object], bool]) -> str:
    written = span.text()
    if "${" in written:
        return "/ gives a fraction; write //, which gives a whole number" if _DIVISION.search(written) else (
            "int(…) makes it whole" if value.is_integer() else "")  # fmt: skip
    return f"write {key}: {int(value)}" if value.is_integer() and fits(int(value)) else ""


def meant(value: object, fits: Callable[[object], bool]) -> object:
    """What a value that does not fit may have been meant to be, of no text with places: `1000` of `1_000`; else None."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and fits(int(value)) else None
    return next((other for other in _meant(value) if fits(other)), None)


def _meant(value: object) -> Iterator[object]:
    """Values that a text, or a number, may have been meant to be."""
    percent = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if percent:
        yield float(percent[1]) / 100
    power = _POWER.fullmatch(value.strip()) if isinstance(value, str) else None
    if power:
        product = float(f"{power[1] or 1}e{power[2]}")
        yield from [int(product), product] if product.is_integer() and product < 10**9 else [product]
    if isinstance(value, str):
        if _QUOTED.fullmatch(value):
            yield float(value)
        if value.lower() in _WORDS:
            yield _WORDS[value.lower()]
        yield value.lower()
        yield _DTYPES.get(value.lower().rpartition(".")[2], value.rpartition(".")[2])
    is_list_of_texts = isinstance(value, tuple) and any(isinstance(item, str) for item in value)
    sizes = sizes_in(value) if isinstance(value, str) else sizes_in(show(value)) if is_list_of_texts else ()
    if sizes and not any(isinstance(size, str) for size in sizes):
        yield from [sizes[0], sizes] if len(sizes) == 1 else [sizes]
        yield from sizes[:1] if len(set(sizes)) == 1 else ()
    if isinstance(value, tuple) and value and all(item == value[0] and type(item) is type(value[0]) for item in value):
        yield value[0]
    number = number_in(value) if isinstance(value, str) else None
    if number is not None:
        yield number
    if type(value) is int:
        yield (value,)
