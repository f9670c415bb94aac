"""What other libraries, and people, call the keys of a spec. Enters: a key that is none; leaves: the one that is meant.

Data, and one look-up; imported only where a key is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from archspec.diagnostics.nearest import Near
from archspec.document.tree import Node, Scalar, Sequence, are_names

_OTHER = {
    "input": "input_shape input_size in_shape in_size input_dim input_dims image_size image_shape inputs_shape shape input_data",
    "output": "output_shape out_shape output_size shape",
    "outputs": "output",
    "layers": "layer modules network net architecture body nodes backbone graph",
    "doc": "description comment notes docs summary about",
    "name": "title model_name id model",
    "args": "arguments hyperparameters config parameters params settings",
    "let": "constants vars variables definitions defs",
    "blocks": "components submodules block",
    "sources": "references papers citations source paper",
    "import": "imports includes include",
    "init": "initialization initializer inits",
    "expect": "expected expects facts",
    "budget": "limits budgets",
    "params": "parameters num_params num_parameters n_params total_params param_count",
    "trainable_params": "trainable trainable_parameters",
    "macs": "mac if mult_adds madds",
    "flops": "flop",
    "param_bytes": "model_size weight_bytes size",
    "peak_activation_bytes": "activation_memory peak_memory",
    "when": "if condition",
    "freeze": "frozen is_frozen",
    "receptive_field": "field rf field_size receptive_field_size receptive_fields",
    "layer_count": "num_layers n_layers depth",
    "archspec": "version",
}
"""Each key, and what it is called elsewhere."""
_PLAIN = frozenset(
    "input_shape input_size in_shape input_dim input_dims image_shape inputs_shape layer modules model_name arguments "
    "hyperparameters description constants variables references papers citations imports includes include initialization limits "
    "budgets expected expects parameters num_params num_parameters n_params total_params param_count trainable_parameters "
    "mult_adds madds mac flop num_layers n_layers frozen is_frozen field rf field_size receptive_field_size "
    "receptive_fields".replace("_", "").split()
)
"""Those of them that mean nothing else, wherever they stand."""
_MEANT: dict[str, list[str]] = {}
for _own, _others in _OTHER.items():
    for _other in _others.split():
        _MEANT.setdefault(_other.replace("_", ""), []).append(_own)
CLASSES = "the last layer says how many classes there are; args: {classes: 10} gives the number a name"
MEMORY = (
    "param_bytes is what the parameters take (memory in compare), peak_activation_bytes what activations take (peak)"
)
FIELD = "a field is claimed of a layer: expect: {layers: {conv: {receptive_field: {size: 3}}}}"
FREEZE_ALL = "write freeze: true in each of its layers, groups, and uses of blocks"
FREEZE_BLOCK = "write freeze: true where the block is used, or in its layers"
TRAINING = "how a network is trained is no part of a spec; leave {key} out"
_TRAINING = frozenset(
    """loss losses lossfunction criterion optimizer optim optimiser batchsize batch epochs numepochs nepochs steps lr learningrate
    scheduler lrscheduler weightdecay momentum metrics callbacks train training trainer fit dataset datasets data dataloader
    augmentation seed device devices""".split()
)
"""Keys of files that say how a network is trained, without underscores."""


_WHAT_IS_READ = ("in", "inp", "input", "inputs", "bottom")
_SIZES_READ = ("in_channels", "in_features", "input_size", "num_features")
FOLLOWS = "what a layer reads follows from the layer above, or from: LAYER; leave {key} out"


def of_what_is_read(
    key: str, value: Node, near: Near | None, known: Collection[str], own: Collection[str]
) -> Near | None:
    """Which key is meant by one that says what a layer reads, such as `in`: its value tells, which is a number of channels or
    features, or a name. For other keys `near`."""
    if _spelt(key) not in _WHAT_IS_READ:
        return near
    if _is_number(value):
        size = next((name for name in _SIZES_READ if name in (own or known)), None)
        is_other = not own and near is not None and near.name != "from"  # an argument of a block's own
        return Near(size, False) if size is not None else near if is_other else None
    return Near("from", True) if are_names(value) and "from" in known else near


def _is_number(value: Node) -> bool:
    """Whether a value is a number, also as a text or as an expression, or some of them."""
    if isinstance(value, Sequence):
        return bool(value.items) and all(map(_is_number, value.items))
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        return isinstance(value, Scalar) and type(value.value) in (int, float)
    return re.fullmatch(r"\s*(?:[0-9][0-9_.,]*|\$\{[^{}]*\})\s*", value.value) is not None


def is_plain(key: str) -> bool:
    """Whether nothing else can be meant by what a key is called elsewhere."""
    return _spelt(key) in _PLAIN


def meant(key: str, known: Collection[str]) -> str | None:
    """The key that is called so elsewhere."""
    found = _MEANT.get(_spelt(key), ())
    return next((own for own in found if own in known), None)


def _spelt(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def way_out(key: str, known: Collection[str], value: Node | None = None) -> str:
    """Help for what is no key of a spec, and has another place."""
    plain = _spelt(key)
    if plain in _WHAT_IS_READ and "from" in known and value is not None and _is_number(value):
        return "" if any(name in known for name in _SIZES_READ) else FOLLOWS.format(key=key)
    if "param_bytes" in known and plain in ("memory", "maxmemory"):
        return MEMORY
    if "layer_count" in known and "receptive_field" in (key, *_MEANT.get(plain, ())):
        return FIELD
    if "layers" not in known:
        return ""
    if plain in ("freeze", "frozen") and "freeze" not in known:
        return FREEZE_ALL if "blocks" in known else FREEZE_BLOCK
    return TRAINING.format(key=key) if plain in _TRAINING else CLASSES if plain in ("classes", "numclasses") else ""
