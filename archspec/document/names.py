"""Which names a layer, an input or a network may have, and why the others may not.

A layer's name becomes an attribute of an `nn.Module`, so it must not be one that modules already have; a network's name
becomes a class. Names are ASCII, so that none collides with another after Unicode normalization.
"""

from __future__ import annotations

import keyword
import re

from archspec.limits import MAX_ITEM_LENGTH, MAX_NAME_LENGTH

LETTERS = "use the letters a to z, digits and underscores"
"""Help where no name can be offered."""
NOT_ASCII = "has characters other than a to z, digits and underscores, of which names are made"
_SPELT = str.maketrans({
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d",
    "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
})  # fmt: skip
"""Letters that are no letter of a to z with a mark."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HYPHENATED = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)+")
_NUMBER = re.compile(r"0|[1-9][0-9]*")
_CLASS_WORDS = frozenset(
    """nn torch F Tensor init math object super Any None OrderedDict ValueError abs dict float getattr int isinstance len max min
    range round setattr str sum tuple""".split()
)

# dir(torch.nn.Module()) of PyTorch 2.4 to 2.13, without the names that begin with two underscores (refused as a whole).
# A test compares this with the installed version.
MODULE_ATTRIBUTES = frozenset(
    """T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl
    _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks
    _forward_pre_hooks_with_kwargs _get_backward_hooks _get_backward_pre_hooks _get_name _is_full_backward_hook
    _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook
    _modules _named_members _non_persistent_buffers_set _parameters _register_load_state_dict_pre_hook
    _register_state_dict_hook _replicate_for_data_parallel _save_to_state_dict _slow_forward _state_dict_hooks
    _state_dict_pre_hooks _version _wrapped_call_impl add_module apply bfloat16 buffers call_super_init children
    compile cpu cuda double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters
    parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
    register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty
    train training type xpu zero_grad""".split()
)
# What generated modules define themselves, and the names that their code uses.
_GENERATED = frozenset(
    {"reset_parameters", "apply_constraints", "device", "dtype", "self", "torch", "nn", "F", "Tensor"}
)


def why_no_layer_name(name: str) -> str | None:
    """Why a layer cannot be called this; None where it can. The reason completes "<name> …"."""
    if "." in name:
        return _why_no_item_name(name)
    if _NUMBER.fullmatch(name):
        return None if len(name) <= MAX_NAME_LENGTH else f"is longer than {MAX_NAME_LENGTH} characters"
    if _HYPHENATED.fullmatch(name) and len(name) <= MAX_NAME_LENGTH:  # nn.Module takes any name without a dot: block1-0
        return None
    reason = _why_no_identifier(name)
    if reason:
        return reason
    if name.startswith("__"):
        return "begins with two underscores, which Python changes inside a class"
    if name in MODULE_ATTRIBUTES:
        return "is something that every PyTorch module already has"
    if name in _GENERATED and name != "self":  # self.self is an attribute like any other, and BERT has it
        return "is a name that the generated module needs for itself"
    return None


def _why_no_item_name(name: str) -> str | None:
    """Why a layer cannot be called `norms.0`, item 0 of the list `norms`, or `downs.0.1`, of a list in a list."""
    parts = name.split(".")
    if len(name) > MAX_ITEM_LENGTH:
        return f"is longer than {MAX_ITEM_LENGTH} characters"
    if not _LIST_ATTRIBUTES.isdisjoint(parts[1:]):
        return "is something that every list of modules already has"
    if not all(not part or part.isidentifier() or part.isdecimal() for part in parts[:-1]):
        return "has something before a dot that is no list's name"
    return next((reason for reason in map(why_no_layer_name, parts) if reason), None)


def lists_of(name: str) -> list[str]:
    """The lists that a layer is an item of by its name, outermost first: `downs` and `downs.0` of `downs.0.1`."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


_LIST_ATTRIBUTES = frozenset({"clear", "items", "keys", "pop", "update", "values"})


def why_no_input_name(name: str) -> str | None:
    """Why an input or an output cannot be called this: it becomes an argument of `forward`."""
    reason = _why_no_identifier(name) or _why_private(name)
    if reason:
        return reason
    return "is a name that the generated module needs for itself" if name in _GENERATED else None


def why_no_class_name(name: str) -> str | None:
    """Why a network cannot be called this."""
    reason = _why_no_identifier(name) or _why_private(name)
    if reason:
        return reason
    return "is a name that the generated module needs for itself" if name in _CLASS_WORDS else None


def spelt(name: str) -> str:
    """A name with the letters of Latin alphabets as a to z: größe is grosse."""
    if name.isascii():
        return name
    from unicodedata import combining, normalize

    return "".join(c for c in normalize("NFKD", name.translate(_SPELT)) if not combining(c))


def suggest(name: str, capitalize: bool = False) -> str | None:
    """The nearest name that is allowed, or None where nothing of it can be kept."""
    plain = spelt(name[:200])
    if not capitalize and plain != name and why_no_layer_name(plain) is None:
        return plain
    words = re.findall(r"[A-Za-z0-9]+", plain)
    joined = "".join(w[:1].upper() + w[1:] for w in words) if capitalize else "_".join(words)
    joined = joined[: MAX_NAME_LENGTH - 2]
    if joined and joined[0].isdigit():
        joined = f"Net{joined}" if capitalize else f"layer{joined}"
    test = why_no_class_name if capitalize else why_no_layer_name
    if not joined:
        return None
    return next((other for other in (joined, f"{joined}1", f"{joined}_") if test(other) is None), None)


def _why_no_identifier(name: str) -> str | None:
    if not name:
        return "is empty"
    if len(name) > MAX_NAME_LENGTH:
        return f"is longer than {MAX_NAME_LENGTH} characters"
    if not name.isascii():
        return NOT_ASCII
    if not _IDENTIFIER.fullmatch(name):
        return "is not a Python identifier (letters a to z, digits, underscores; no digit first)"
    if keyword.iskeyword(name) or name in ("match", "case", "type", "print"):
        return "is a word of the Python language"
    return None


def _why_private(name: str) -> str | None:
    return "begins with an underscore, as private names do" if name.startswith("_") else None
