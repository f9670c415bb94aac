"""What other libraries, and people, call the keys of a spec. Enters: a key that is none; leaves: the one that is meant.

Data, and one look-up; imported only where a key is wrong.
"""

from __future__ import annotations

from collections.abc import Collection

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


def is_plain(key: str) -> bool:
    """Whether nothing else can be meant by what a key is called elsewhere."""
    return _spelt(key) in _PLAIN


def meant(key: str, known: Collection[str]) -> str | None:
    """The key that is called so elsewhere."""
    found = _MEANT.get(_spelt(key), ())
    return next((own for own in found if own in known), None)


def _spelt(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def way_out(key: str, known: Collection[str]) -> str:
    """Help for what is no key of a spec, and has another place."""
    plain = _spelt(key)
    if "param_bytes" in known and plain in ("memory", "maxmemory"):
        return MEMORY
    if "layer_count" in known and "receptive_field" in (key, *_MEANT.get(plain, ())):
        return FIELD
    if "layers" not in known:
        return ""
    if plain in ("freeze", "frozen") and "freeze" not in known:
        return FREEZE_ALL if "blocks" in known else FREEZE_BLOCK
    return TRAINING.format(key=key) if plain in _TRAINING else CLASSES if plain in ("classes", "numclasses") else ""
