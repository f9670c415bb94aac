"""What ops are called elsewhere: in Keras, in papers, in Python code. Enters: a type that is no op's name; leaves: help."""

from __future__ import annotations

import re
from collections.abc import Collection

from archspec.diagnostics.nearest import nearest
from archspec.ops import registry

_BATCH_NORM = "BatchNorm2d for images (N, C, H, W), or BatchNorm1d for (N, C) and (N, C, L)"
_GLOBAL = "{{type: Adaptive{}, output_size: 1}}"
OTHER_NAMES = {
    "swish": "SiLU", "hswish": "Hardswish", "prelu": "PReLU", "activation": "the activation itself, such as ReLU",
    "dense": "Linear", "fullyconnected": "Linear", "fc": "Linear", "affine": "Linear",
    "concat": "Cat", "concatenate": "Cat", "concatenation": "Cat", "subtract": "Sub", "multiply": "Mul", "average": "Mean",
    "addition": "Add", "skip": "Add", "residual": "Add", "shortcut": "Add",
    "conv": "Conv2d for images, Conv1d for sequences", "convolution2d": "Conv2d", "deconv2d": "ConvTranspose2d",
    "conv1dtranspose": "ConvTranspose1d", "conv2dtranspose": "ConvTranspose2d", "conv3dtranspose": "ConvTranspose3d",
    "depthwiseconv2d": "{type: Conv2d, groups: …} with as many groups as channels",
    "maxpool": "MaxPool2d for images, MaxPool1d for sequences", "avgpool": "AvgPool2d for images, AvgPool1d for sequences",
    "maxpooling1d": "MaxPool1d", "maxpooling2d": "MaxPool2d", "maxpooling3d": "MaxPool3d",
    "averagepooling1d": "AvgPool1d", "averagepooling2d": "AvgPool2d", "averagepooling3d": "AvgPool3d",
    "globalaveragepooling1d": _GLOBAL.format("AvgPool1d"), "globalavgpool": _GLOBAL.format("AvgPool2d"),
    "globalaveragepooling2d": _GLOBAL.format("AvgPool2d"), "gap": _GLOBAL.format("AvgPool2d"),
    "globalaveragepool": _GLOBAL.format("AvgPool2d"), "globalavgpool2d": _GLOBAL.format("AvgPool2d"),
    "globalmaxpooling1d": _GLOBAL.format("MaxPool1d"),
    "globalmaxpooling2d": _GLOBAL.format("MaxPool2d"),
    "batchnorm": _BATCH_NORM, "batchnormalization": _BATCH_NORM, "bn": _BATCH_NORM,
    "layernormalization": "LayerNorm", "groupnormalization": "GroupNorm", "lrn": "LocalResponseNorm",
    "multiheadedattention": "MultiheadAttention", "selfattention": "MultiheadAttention",
    "zeropadding1d": "ZeroPad1d", "zeropadding2d": "ZeroPad2d", "upsampling2d": "Upsample",
    "sequential": "a group: layers: with a layer a line, in place of type", "modulelist": "a group: layers: with a layer a line",
}  # fmt: skip
"""Names without capitals and underscores, and what to write for them."""
OTHER_KEYS = {
    "filters": ("out_channels",), "units": ("out_features", "hidden_size"), "nfilters": ("out_channels",),
    "channels": ("out_channels", "num_features", "num_channels"), "poolsize": ("kernel_size",), "kernelshape": ("kernel_size",),
    "strides": ("stride",), "rate": ("p",), "prob": ("p",), "probability": ("p",), "dilationrate": ("dilation",),
    "dilations": ("dilation",), "usebias": ("bias",), "epsilon": ("eps",), "axis": ("dim",), "axes": ("dim",),
    "inputdim": ("num_embeddings", "in_features", "input_size"), "outputdim": ("embedding_dim", "out_features"),
    "alpha": ("negative_slope", "alpha"), "numheads": ("num_heads",), "size": ("scale_factor",), "interpolation": ("mode",),
    "pads": ("padding",), "group": ("groups",),
}  # fmt: skip
"""What Keras and ONNX call arguments, without capitals and underscores, and which of ours they are."""
_OTHERWISE = {"axis", "axes", "pads", "alpha", "size", "interpolation", "inputdim", "outputdim", "channels"}
"""Those whose values may mean something else here: axes in another order, borders in another one, sizes for factors."""
SAME_NAMES = {
    "swish", "hswish", "prelu", "dense", "fullyconnected", "fc", "concat", "concatenate", "concatenation", "subtract",
    "multiply", "convolution2d", "deconv2d", "conv1dtranspose", "conv2dtranspose", "conv3dtranspose", "maxpooling1d",
    "maxpooling2d", "maxpooling3d", "averagepooling1d", "averagepooling2d", "averagepooling3d", "layernormalization",
    "groupnormalization", "lrn", "zeropadding1d", "zeropadding2d",
}  # fmt: skip
"""Those of `OTHER_NAMES` that name one op, which can be nothing else."""
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|[0-9]+[a-z]?")
_OPPOSITES = ("un", "de", "in", "non", "anti", "inverse")
_PREFIXES = re.compile(r"(?:torch\.|nn\.|functional\.|F\.|tf\.|keras\.|layers\.|tensorflow\.)+")
_WORDS = re.compile(r"[A-Z]\w+")
_NAMED = re.compile(r"\w+:(\w+)")
_CALL = re.compile(r"(\w+)\s*\((.*)")


def other_key(key: str, fields: Collection[str]) -> str | None:
    """Which of an op's arguments another library calls by this name."""
    return next((field for field in OTHER_KEYS.get(key.replace("_", "").lower(), ()) if field in fields), None)


def is_same_key(key: str) -> bool:
    """Whether what another library calls so takes the same values here."""
    return key.replace("_", "").lower() not in _OTHERWISE


def is_same_name(name: str) -> bool:
    """Whether a type is an op's own name as Python code has it (`nn.Conv2d`), or another library's for just that op."""
    bare = _bare(name).removesuffix("()")
    plain = bare.replace("_", "").lower()
    return plain in SAME_NAMES or any(own.lower() == plain for own in registry.names())


def others_meant(name: str) -> list[str]:
    """The ops of which one may be meant, where a name stands for several."""
    said = OTHER_NAMES.get(_bare(name).replace("_", "").lower(), "")
    return [] if said.startswith("{") else [word for word in _WORDS.findall(said) if registry.find(word) is not None]


def _bare(name: str) -> str:
    """A type without the modules before it."""
    return _PREFIXES.sub("", name[:200], count=1)


def call_argument(key: str, fields: Collection[str]) -> str:
    """Help for what PyTorch takes when a layer is called, and not when it is made; empty for other keys."""
    if key == "output_size" and "output_padding" in fields:
        return "output_padding: 1 makes the output one larger than the least that fits"
    return ""


def is_another(name: str, near: str) -> bool:
    """Whether a name that is no op's is another op than the nearest, not that one misspelt: it has a word more
    (EmbeddingBag), one less, or one that says the opposite (MaxUnpool2d)."""
    words, others = ([part.lower() for part in _PARTS.findall(text)] for text in (name, near))
    if name.lower() == name or len(words) < 2:
        return False
    if len(words) != len(others):
        return "".join(words) != "".join(others) and (set(words) < set(others) or set(others) < set(words))
    return any(one == prefix + other or other == prefix + one
               for one, other in zip(words, others, strict=True) for prefix in _OPPOSITES)  # fmt: skip


def other_name(name: str) -> str:
    """Help for a type that is no op's name, where it is known what is meant by it."""
    named = _NAMED.fullmatch(name[:200])
    if named is not None and registry.find(named[1]) is not None:  # - relu:ReLU, where layers have no names
        return f"write {named[1]}"
    bare = _bare(name)
    call = _CALL.fullmatch(bare)
    word = call[1] if call else bare
    known = word if registry.find(word) is not None else OTHER_NAMES.get(word.replace("_", "").lower(), "")
    if not known and word != name:
        known = nearest(word, registry.names()) or ""
    if not known:
        return ""
    has_arguments = call is not None and call[2].strip(" )") != ""
    if has_arguments and registry.find(known) is not None:
        return f"write {{type: {known}, …}}: the arguments are keys"
    return f"write {known}"
