"""Arguments of other libraries' layers that no argument here stands for: what there is in their place, and whether one says
nothing here. Enters: a key, and its value; leaves: help. https://keras.io/api/layers/
"""

from __future__ import annotations

import re
from collections.abc import Collection

from archspec.ops.no_ops import OWN

_BOTH = "bidirectional: true reads both ways"
_FREEZE = "write freeze: true where a layer, a group, or a block's use does not train"
_TRAINING = "how a network is trained is no part of it; leave {key} out"
_INIT = "starting values stand in init, such as init: {weight: {kaiming_normal: {}}}"
_HELD = "what weights are held to stands in constraint, such as constraint: {weight: {max_norm: 3}}"
_SIZES = "sizes follow from the network's input; leave {key} out"
_HOW = "how a layer is computed is no part of it; leave {key} out"
_RENORM = "no op has it: batches are normalized by their own mean and variance"
_HELP = {
    "dataformat": "channels come first, right after the batch; leave {key} out", "autopad": "write padding: same, or a number",
    "initializer": _INIT, "unitforgetbias": _INIT, "weightdecay": _TRAINING, "lr": _TRAINING, "learningrate": _TRAINING,
    "seed": _TRAINING, "synchronized": _TRAINING, "lorarank": _TRAINING, "loraalpha": _TRAINING,
    "inputshape": _SIZES, "batchinputshape": _SIZES, "inputlength": _SIZES,
    "name": "a layer's name stands before the colon; leave {key} out",
    "trainable": _FREEZE, "requiresgrad": _FREEZE,
    "dtype": "a layer computes in the numbers that it reads; leave {key} out",
    "device": "where it runs is no part of the network; leave {key} out",
    "unroll": _HOW, "usecudnn": _HOW, "implementation": _HOW, "fused": _HOW, "flashattention": _HOW, "quantizationconfig": _HOW,
    "weights": "weights are loaded into the module; leave {key} out",
    "stateful": "who calls the network keeps its states from call to call; leave {key} out",
    "returnsequences": "all steps are given; leave {key} out, and write a Select below for the last one",
    "returnstate": "the last states are given as well: from: lstm.h, for a layer called lstm",
    "gobackwards": "write a Flip above it, with the axis of the steps",
    "recurrentdropout": "nothing is dropped between steps here; write a Dropout above or below it",
    "recurrentactivation": "the gates are sigmoids, as PyTorch has them; leave {key} out",
    "resetafter": "the reset gate comes after the product, as PyTorch has it; leave {key} out",
    "zerooutputformask": "no layer hands a mask on to those behind it; leave {key} out",
    "maskzero": "no layer hands a mask on to those behind it; padding_idx: 0 keeps that row at zero",
    "keepdims": "an axis of one position stays; a Flatten below leaves it out",
    "depthmultiplier": "write groups: as many as channels arrive, and out_channels: that number times {key}",
    "noiseshape": "a Dropout2d drops whole channels",
    "renorm": _RENORM, "renormclipping": _RENORM, "renormmomentum": _RENORM,
    "sharedaxes": "num_parameters: 1 is one slope for all channels",
    "maxvalue": "write {type: Hardtanh, min_val: 0, max_val: …}, or ReLU6",
    "threshold": "write {type: Threshold, threshold: …, value: 0}",
    "negativeslope": "write {type: LeakyReLU, negative_slope: …}", "dropout": "write a Dropout above it",
    "usegate": OWN, "slidingwindow": "write a Constant with the numbers of its mask, for a ScaledDotProductAttention to read",
    "outputshape": "it gives as many features as it reads; write a Linear below it",
    "keepprob": "p is the share that is dropped, and keep_prob the rest of 1", "direction": _BOTH, "numdirections": _BOTH,
    "enablegqa": "keys and values with fewer heads are repeated first, by a RepeatInterleave each (repeats: heads / key heads, "
    "dim: 1); leave {key} out",
    "keydim": "embed_dim is the size of all heads together, key_dim times num_heads; it follows from the input",
    "valuedim": "all heads have one size, embed_dim divided by num_heads",
    "depthradius": "write size: 2 · {key} + 1; its bias is k here, and its alpha that times size, by which it is divided here",
    "attentionaxes": "it attends along the axis after the batch",
}  # fmt: skip
"""Arguments from elsewhere for which there is another way here, or none."""
_KINDS = (
    (re.compile(r"\w+initializer"), _INIT),
    (re.compile(r"\w+regularizer"), _TRAINING),
    (re.compile(r"\w+constraint"), _HELD),
)
"""The same for all parameters of a layer, by their beginnings: kernel_initializer, bias_initializer, …"""
_NO_PART = frozenset(
    """dataformat inputshape batchinputshape inputlength name dtype device initializer weightdecay seed synchronized
    unitforgetbias unroll usecudnn implementation fused flashattention quantizationconfig weights""".split()
)
"""Those of them without which a layer has the same shapes and computes the same."""
_SO = {
    "dataformat": ("channels_first",), "keepdims": (True,), "returnsequences": (True,), "returnstate": (False,),
    "gobackwards": (False,), "stateful": (False,), "zerooutputformask": (False,), "maskzero": (False,), "unroll": (False,),
    "trainable": (True,), "requiresgrad": (True,), "resetafter": (True,), "recurrentactivation": ("sigmoid",),
    "recurrentdropout": (0,), "renorm": (False,), "depthmultiplier": (1,), "center": (True,), "scale": (True,),
    "noiseshape": (), "keydim": (),
}  # fmt: skip
"""The values of some that are so here anyway."""
_WITH_FIELD = {
    "keepprob": "p",
    "direction": "bidirectional",
    "numdirections": "bidirectional",
    "keydim": "num_heads",
    "autopad": "padding",
    "depthradius": "k",
    "keepdims": "output_size",
    "depthmultiplier": "groups",
    "threshold": "inplace",
    "negativeslope": "inplace",
    "dropout": "hidden_size",
    "usegate": "embed_dim",
    "slidingwindow": "embed_dim",
    "outputshape": "embed_dim",
    "weights": "embedding_dim",
}
"""Those that are said of ops with a certain argument alone."""
_OF_CHANNELS = frozenset(("track_running_stats", "num_groups"))
"""The arguments by which norms of channels are known."""
_AFFINE = "affine: false leaves both scale and shift out"
_OF_NORMS = {
    "center": _AFFINE,
    "scale": _AFFINE,
    "axis": "it is the channels' axis, right after the batch; leave axis out",
}
_ELEMENTWISE = "elementwise_affine: false leaves both scale and shift out"
_OF_LAYER_NORMS = {
    "center": "bias: false leaves the shift out",
    "scale": _ELEMENTWISE,
    "axis": "it is the last axes, those of normalized_shape; leave axis out",
}


def key_help(key: str, fields: Collection[str]) -> str:
    """Help for an argument from elsewhere that no argument here stands for; empty for other keys."""
    plain = _plain(key)
    if plain in _OF_NORMS and not _OF_CHANNELS.isdisjoint(fields):
        return _OF_NORMS[plain]
    if "normalized_shape" in fields and plain in _OF_LAYER_NORMS:
        return _OF_LAYER_NORMS[plain]
    field = _WITH_FIELD.get(plain)
    if field is not None and field not in fields:
        return ""
    said = _HELP.get(plain) or next((said for kind, said in _KINDS if kind.fullmatch(plain)), "")
    return said.replace("{key}", key)


def is_no_part(key: str) -> bool:
    """Whether an argument from elsewhere says nothing about what a layer computes."""
    return _plain(key) in _NO_PART or any(kind.fullmatch(_plain(key)) for kind, _ in _KINDS)


def is_so(key: str, value: object, fields: Collection[str]) -> bool:
    """Whether an argument from elsewhere has the value that holds here without it."""
    plain = _plain(key)
    if plain == "axis" and not _OF_CHANNELS.isdisjoint(fields):
        return value in (-1, 1, 3)  # that of the channels, wherever they stand
    known = _SO.get(plain)
    if value is None:
        return known is not None or is_no_part(key)
    return known is not None and any(isinstance(value, bool) is isinstance(one, bool) and value == one for one in known)


def call_argument(key: str, fields: Collection[str]) -> str:
    """Help for what PyTorch takes when a layer is called, and not when it is made; empty for other keys."""
    if key == "output_size" and "output_padding" in fields:
        return "output_padding: 1 makes the output one larger than the least that fits"
    return ""


def _plain(key: str) -> str:
    return key.replace("_", "").lower()
