"""What ops are called elsewhere: in Keras, in papers, in Python code. Enters: a type that is no op's name; leaves: help."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from archspec.diagnostics.nearest import Near, find_near, nearest
from archspec.ops import registry
from archspec.ops.no_ops import way_without

_BATCH_NORM = "BatchNorm2d for images (N, C, H, W), or BatchNorm1d for (N, C) and (N, C, L)"
_INSTANCE_NORM = "InstanceNorm2d for images, InstanceNorm1d for sequences"
_GLOBAL = "{{type: Adaptive{}, output_size: 1}}"
_ADAPTIVE = "AdaptiveAvgPool2d for images, AdaptiveAvgPool1d for sequences"
_MAX, _AVG = (f"{kind}2d for images, {kind}1d for sequences" for kind in ("MaxPool", "AvgPool"))
_CONV = "Conv2d for images, Conv1d for sequences"
_DECONV = "ConvTranspose2d for images, ConvTranspose1d for sequences"
_SKIP = "Add for a sum (as in a residual network), or Cat to keep both (as in a U-Net), with from: [both layers]"
_DEPTHWISE = "{{type: Conv{}d, groups: …}} with as many groups as channels"
_GROUPED = (
    "ScaledDotProductAttention, with RepeatInterleave (repeats: query heads / key heads, dim: 1) before keys and values"
)
OTHER_NAMES = {
    "swish": "SiLU", "hswish": "Hardswish", "prelu": "PReLU", "activation": "the activation itself, such as ReLU",
    "dense": "Linear", "fullyconnected": "Linear", "fc": "Linear", "affine": "Linear",
    "concat": "Cat", "concatenate": "Cat", "concatenation": "Cat", "subtract": "Sub", "multiply": "Mul", "average": "Mean",
    **dict.fromkeys(("elementwiseaddition", "elementwiseadd", "elementwisesum"), "Add"),
    "addition": "Add", "skip": "Add", "residual": "Add", "shortcut": "Add",
    "conv": _CONV, "convolution": _CONV, "convolutional": _CONV,
    "convolution1d": "Conv1d", "convolution2d": "Conv2d", "convolution3d": "Conv3d",
    "convolution1dtranspose": "ConvTranspose1d", "convolution2dtranspose": "ConvTranspose2d",
    "convolution3dtranspose": "ConvTranspose3d", "deconv2d": "ConvTranspose2d",
    "conv1dtranspose": "ConvTranspose1d", "conv2dtranspose": "ConvTranspose2d", "conv3dtranspose": "ConvTranspose3d",
    "deconv": _DECONV, "deconvolution": _DECONV, "transposedconv": _DECONV, "convtranspose": _DECONV, "upconv": _DECONV,
    **dict.fromkeys(("transposedconvolution", "transposeconv", "convolutiontranspose", "upconvolution"), _DECONV),
    "depthwiseconv2d": _DEPTHWISE.format(2), "depthwiseconv": _DEPTHWISE.format(2), "depthwiseconv1d": _DEPTHWISE.format(1),
    "depthwiseconvolution": _DEPTHWISE.format(2), "depthwise": _DEPTHWISE.format(2),
    "pooling": "MaxPool2d or AvgPool2d for images, MaxPool1d or AvgPool1d for sequences", "maxpooling": _MAX,
    "averagepooling": _AVG, "averagepool": _AVG, "averagepool2d": "AvgPool2d", "globalmaxpool": _GLOBAL.format("MaxPool2d"),
    "globalmaxpool1d": _GLOBAL.format("MaxPool1d"), "globalmaxpool2d": _GLOBAL.format("MaxPool2d"),
    "globalmaxpooling": _GLOBAL.format("MaxPool2d"), "globalaveragepooling": _GLOBAL.format("AvgPool2d"),
    "globalavgpool1d": _GLOBAL.format("AvgPool1d"),
    "maxpool": _MAX, "avgpool": _AVG,
    "maxpooling1d": "MaxPool1d", "maxpooling2d": "MaxPool2d", "maxpooling3d": "MaxPool3d",
    "averagepooling1d": "AvgPool1d", "averagepooling2d": "AvgPool2d", "averagepooling3d": "AvgPool3d",
    "globalaveragepooling1d": _GLOBAL.format("AvgPool1d"), "globalavgpool": _GLOBAL.format("AvgPool2d"),
    "globalavgpooling": _GLOBAL.format("AvgPool2d"),
    **dict.fromkeys(("adaptiveaveragepool", "adaptiveaveragepooling", "adaptiveavgpool", "adaptiveavgpooling"), _ADAPTIVE),
    "avgpooling": _AVG, "meanpool": _AVG, "meanpooling": _AVG,
    "globalaveragepooling2d": _GLOBAL.format("AvgPool2d"), "gap": _GLOBAL.format("AvgPool2d"),
    "globalaveragepool": _GLOBAL.format("AvgPool2d"), "globalavgpool2d": _GLOBAL.format("AvgPool2d"),
    **dict.fromkeys(("globalmaxpool3d", "globalmaxpooling3d"), _GLOBAL.format("MaxPool3d")),
    **dict.fromkeys(("globalavgpool3d", "globalaveragepool3d", "globalaveragepooling3d"), _GLOBAL.format("AvgPool3d")),
    "globalmaxpooling1d": _GLOBAL.format("MaxPool1d"),
    "globalmaxpooling2d": _GLOBAL.format("MaxPool2d"),
    "batchnorm": _BATCH_NORM, "batchnormalization": _BATCH_NORM, "bn": _BATCH_NORM,
    "layernormalization": "LayerNorm", "groupnormalization": "GroupNorm", "lrn": "LocalResponseNorm",
    "localresponsenormalization": "LocalResponseNorm", "localresponsenormalisation": "LocalResponseNorm",
    "multiheadedattention": "MultiheadAttention", "selfattention": "MultiheadAttention",
    "gqa": _GROUPED, "groupedqueryattention": _GROUPED, "mqa": _GROUPED, "multiqueryattention": _GROUPED,
    "zeropadding1d": "ZeroPad1d", "zeropadding2d": "ZeroPad2d", "zeropadding3d": "ZeroPad3d",
    "zeropadding": "ZeroPad2d for images, ZeroPad1d for sequences", "zeropad": "ZeroPad2d for images, ZeroPad1d for sequences",
    "upsampling": "Upsample", "upsampling1d": "Upsample", "upsampling2d": "Upsample", "upsampling3d": "Upsample",
    "droppath": "StochasticDepth", "spatialdropout1d": "Dropout1d", "spatialdropout2d": "Dropout2d",
    "spatialdropout3d": "Dropout3d", "simplernn": "RNN",
    "rmsnormalization": "RMSNorm", "unitnormalization": "Normalize", "thresholdedrelu": "{type: Threshold, value: 0}",
    "dot": "Matmul", "attention": "MultiheadAttention, or ScaledDotProductAttention for queries, keys and values that are there",
    "groupqueryattention": _GROUPED, "categoryencoding": "OneHot", "centercrop": "Slice, one for each axis",
    "cropping1d": "Slice", "cropping2d": "Slice, one for each axis", "cropping3d": "Slice, one for each axis",
    "einsumdense": "Linear, or Einsum with a Parameter for its weight",
    "innerproduct": "Linear", "eltwise": "Add for SUM, Mul for PROD, or Maximum for MAX", "absval": "Abs", "bnll": "Softplus",
    "embed": "Embedding", "mvn": _INSTANCE_NORM, "crop": "CropLike", "reduction": "Sum or Mean",
    "power": "Pow, with a Mul for its scale and an Add for its shift above it",
    "gemm": "Linear", "reducemean": "Mean", "reducesum": "Sum", "reducemax": "Max", "reducemin": "Min", "reduceprod": "Prod",
    **dict.fromkeys(("instancenormalization", "instancenorm"), _INSTANCE_NORM),
    "equal": "Eq", "greater": "Gt", "less": "Lt", "and": "LogicalAnd", "or": "LogicalOr", "not": "LogicalNot",
    "depthtospace": "PixelShuffle", "spacetodepth": "PixelUnshuffle", "resize": "Upsample",
    "interp": "Upsample", "lppool": "LPPool2d for images, LPPool1d for sequences",
    "crosschannelnormalization": "LocalResponseNorm",
    "skipconnection": _SKIP, "residualconnection": _SKIP, "shortcutconnection": _SKIP,
}  # fmt: skip
"""Names without capitals and underscores, and what to write for them: of Keras, Caffe, ONNX, and in papers.
https://keras.io/api/layers/, https://caffe.berkeleyvision.org/tutorial/layers.html, https://onnx.ai/onnx/operators/"""
OTHER_KEYS = {
    "filters": ("out_channels",), "units": ("out_features", "hidden_size"), "nfilters": ("out_channels",),
    "channels": ("out_channels", "num_features", "num_channels"), "poolsize": ("kernel_size",), "kernelshape": ("kernel_size",),
    "strides": ("stride",), "rate": ("p",), "prob": ("p",), "probability": ("p",), "dilationrate": ("dilation",),
    "dilations": ("dilation",), "usebias": ("bias",), "epsilon": ("eps",), "axis": ("dim",), "axes": ("dim",),
    "inputdim": ("num_embeddings", "in_features", "input_size"), "outputdim": ("embedding_dim", "out_features"),
    "alpha": ("negative_slope", "alpha"), "numheads": ("num_heads",), "interpolation": ("mode",),
    "size": ("scale_factor", "kernel_size", "normalized_shape", "shape"),
    "pads": ("padding",), "group": ("groups",), "groups": ("num_groups",), "pad": ("padding",),
    "numfilters": ("out_channels",), "nbfilter": ("out_channels",), "nbfilters": ("out_channels",),
    "numoutput": ("out_channels", "out_features"),
    "neurons": ("out_features",), "nodes": ("out_features",), "numclasses": ("out_features",), "classes": ("out_features",),
    "nout": ("out_features", "out_channels"), "outdim": ("out_features", "out_channels", "embedding_dim"),
    "outfeatures": ("out_channels",), "outchannels": ("out_features",), "outputsize": ("out_features",),
    "features": ("out_channels", "out_features", "num_features", "normalized_shape", "num_channels"),
    "width": ("out_channels", "out_features"), "numchannels": ("num_features",),
    "hidden": ("hidden_size", "out_features"), "hiddendim": ("hidden_size",), "hiddenunits": ("hidden_size",),
    "hiddensize": ("normalized_shape",), "dim": ("embedding_dim", "embed_dim", "out_features", "normalized_shape"),
    "dmodel": ("embed_dim", "embedding_dim"), "vocabsize": ("num_embeddings",), "vocab": ("num_embeddings",),
    "numtokens": ("num_embeddings",), "numwords": ("num_embeddings",),
    "filtersize": ("kernel_size",), "ksize": ("kernel_size",), "window": ("kernel_size",), "windowsize": ("kernel_size",),
    "localsize": ("size",), "theta": ("threshold",), "dropoutratio": ("p",),
    "ratio": ("p",), "dropout": ("p",), "droprate": ("p",), "dropoutrate": ("p",), "dropprob": ("p",),
    "slope": ("negative_slope",),
    "scale": ("scale_factor",), "scales": ("scale_factor",), "factor": ("scale_factor",),
    "targetshape": ("shape",), "newshape": ("shape",), "input": ("from",), "inputs": ("from",), "bottom": ("from",),
    "n": ("size",), "kernel": ("kernel_size",), "k": ("kernel_size",), "s": ("stride",), "p": ("padding",),
}  # fmt: skip
"""What Keras and ONNX call arguments, without capitals and underscores, and which of ours they are."""
_OTHERWISE = frozenset(
    """axis axes pads pad alpha size interpolation inputdim outputdim channels numclasses classes nout outdim
    outfeatures outchannels outputsize features width numchannels hidden hiddendim hiddenunits hiddensize dim
    dmodel vocab window scale scales factor nodes newshape targetshape input inputs bottom n k s p""".split()
)
"""Those whose values may mean something else here: axes in another order, borders in another one, sizes for factors."""
SAME_NAMES = {
    "swish", "hswish", "prelu", "dense", "fullyconnected", "fc", "concat", "concatenate", "concatenation", "subtract",
    "multiply", "convolution1d", "convolution2d", "convolution3d", "convolution1dtranspose", "convolution2dtranspose",
    "convolution3dtranspose", "innerproduct", "absval", "rmsnormalization",
    "deconv2d", "conv1dtranspose", "conv2dtranspose", "conv3dtranspose", "maxpooling1d",
    "maxpooling2d", "maxpooling3d", "averagepooling1d", "averagepooling2d", "averagepooling3d", "layernormalization",
    "groupnormalization", "lrn", "localresponsenormalization", "localresponsenormalisation", "zeropadding1d", "zeropadding2d",
    "zeropadding3d",
}  # fmt: skip
"""Those of `OTHER_NAMES` that name one op, which can be nothing else."""
_SAYS_NO_MORE = ("layer", "activation", "function", "operation")
"""What people write behind a layer's kind."""
_PARTS = re.compile(r"[0-9]+[A-Za-z]?(?![a-z])|[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|[0-9]+")
_OPPOSITES = ("un", "de", "in", "non", "anti", "inverse")
_PREFIXES = re.compile(r"(?:torch\.|nn\.|functional\.|F\.|tf\.|keras\.|layers\.|tensorflow\.)+")
_WORDS = re.compile(r"[A-Z]\w+")
_NAMED = re.compile(r"\w+:(\w+)")
_CALL = re.compile(r"(\w+)\s*\((.*)", re.DOTALL)


def other_key(key: str, fields: Collection[str]) -> str | None:
    """Which of an op's arguments another library calls by this name."""
    return next((field for field in OTHER_KEYS.get(key.replace("_", "").lower(), ()) if field in fields), None)


def is_same_key(key: str) -> bool:
    """Whether what another library calls so takes the same values here."""
    return key.replace("_", "").lower() not in _OTHERWISE


def is_same_name(name: str) -> bool:
    """Whether a type is an op's own name as Python code has it (`nn.Conv2d`), or another library's for just that op."""
    plain = plain_type(name).removesuffix("()")
    return plain in SAME_NAMES or any(own.lower() == plain for own in registry.names())


def is_activation(name: str) -> bool:
    """Whether a type is Keras' layer of an activation that is named in it."""
    return _bare(name).lower() == "activation"


def known_as(name: str) -> str:
    """What to write for a name, whatever its capitals, underscores and spaces, with or without `layer` behind it, or another word
    that says no more; nothing for others."""
    plain = _joined(name)
    words = (plain, *(plain.removesuffix(word) for word in _SAYS_NO_MORE))
    return next((known for word in words if (known := OTHER_NAMES.get(word) or _plain_names().get(word))), "")


@cache
def _plain_names() -> dict[str, str]:
    """All ops by their names without capitals."""
    return {name.lower(): name for name in registry.names()}


def others_meant(name: str) -> list[str]:
    """The ops of which one may be meant, where a name stands for several, those of other axes last."""
    said = known_as(_bare(name))
    found = [] if said.startswith("{") else [word for word in _WORDS.findall(said) if registry.find(word) is not None]
    return list(dict.fromkeys([*found, *(other for kind in found for other in of_other_axes(kind))]))


def of_other_axes(kind: str) -> list[str]:
    """The ops that are called as one is, but for the number of axes: Conv1d and Conv3d for Conv2d."""
    others = (f"{kind[:-2]}{axes}d" for axes in (2, 1, 3)) if re.fullmatch(r"\w+[123]d", kind) else ()
    return [other for other in others if other != kind and registry.find(other) is not None]


def plain_type(name: str) -> str:
    """A type without the modules before it, capitals, underscores and spaces."""
    return _joined(_bare(name))


def _joined(name: str) -> str:
    return re.sub(r"(?<=\w)[\s-](?=\w)", "", name[:200]).replace("_", "").lower()


def _bare(name: str) -> str:
    """A type without the modules before it."""
    return _PREFIXES.sub("", name[:200], count=1)


def is_another(name: str, near: str) -> bool:
    """Whether a name that is no op's is another op than the nearest, not that one misspelt: it has a word more
    (EmbeddingBag), one less, or one that says the opposite (MaxUnpool2d)."""
    words, others = ([part.lower() for part in _PARTS.findall(text) if len(part) > 1] for text in (name, near))
    is_same = plain_type(name) == plain_type(near)  # but for its capitals
    if is_same or name.lower() == name or len(words) < 2:
        return False
    if len(words) != len(others):
        return "".join(words) != "".join(others) and (set(words) < set(others) or set(others) < set(words))
    return any(one == prefix + other or other == prefix + one
               for one, other in zip(words, others, strict=True) for prefix in _OPPOSITES)  # fmt: skip


def near_name(name: str, choices: Collection[str]) -> Near | None:
    """The op, or block, that a name may be misspelt from; None where it is known as another."""
    near = find_near(name, choices)
    return None if near is None or is_another(name, near.name) or way_without(name) else near


def other_name(name: str) -> str:
    """Help for a type that is no op's name, where it is known what is meant by it."""
    named = _NAMED.fullmatch(name[:200])
    if named is not None and registry.find(named[1]) is not None:  # - relu:ReLU, where layers have no names
        return f"write {named[1]}"
    bare = _bare(name)
    call = _CALL.fullmatch(bare)
    word = call[1] if call else bare
    if way := way_without(word):
        return way
    if word.startswith("Lazy") and registry.find(word[4:]) is not None:
        word = word[4:]
    known = word if registry.find(word) is not None else known_as(word)
    if not known and word != name:
        known = nearest(word, registry.names()) or ""
    if not known:
        return ""
    has_arguments = call is not None and call[2].strip(" )") != ""
    if has_arguments and registry.find(known) is not None:
        return f"write {{type: {known}, …}}: the arguments are keys"
    return f"write {known}"
