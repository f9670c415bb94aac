"""Words of the field that are no op here, and what there is in their place. Enters: a name; leaves: help, or nothing.

Each is said by `check`, of a type, and by `ops`, of a word that is looked for.
"""

from __future__ import annotations

import re

_OWN = "a module of your own (type: python:package.module.Class, with its output and params)"
NOISE = f"a network here draws no numbers: make the noise an input, for a Mul and an Add to read; or write {_OWN}"
LOSS = "a loss is no part of the network: let it end with what the loss reads, and compute the loss where it is trained"
NO_SIZE = "its size depends on the values that it reads, and sizes here do not; leave it to the code around the network"
OWN = f"no op does it: write {_OWN}"
TRANSFORMER = "write its parts: `archspec new --like small_transformer` has a block of them"
_GROUP = "write a group: layers: with a layer a line, in place of type"
_SEPARABLE = "write two layers: a Conv{0}d with as many groups as channels, and a Conv{0}d with kernel_size: 1"

WAYS: tuple[tuple[str, str], ...] = (
    (r"transformer(encoder|decoder)?(layer)?", TRANSFORMER),
    (r"sequential|modulelist|moduledict|parameterlist|parameterdict", _GROUP),
    (r"rand(om|n|int|like|nlike|intlike|perm|omnormal|omuniform)?|\w*noise|noisy\w*|bernoulli|multinomial|poisson|gumbel(softmax)?"
     r"|reparam\w*|sampling|sampler?|stochastic|gaussiandropout", NOISE),
    (r"\w*loss(2d)?|\w*losswithlogits|adaptivelogsoftmaxwithloss|\w*crossentropy|kldiv\w*|mse|nll|bce\w*", LOSS),
    (r"pairwisedistance", "write two layers: a Sub of the two, and a Norm with dim: -1"),
    (r"cdist", "write an Unsqueeze with dim: 2 of one and with dim: 1 of the other, a Sub of both, and a Norm with dim: -1"),
    (r"arange|linspace|eye|meshgrid", "write a Constant, with the numbers as its value"),
    (r"embeddingbag", "write two layers: an Embedding, and a Mean with dim: 1"),
    (r"(depthwise)?separableconv(olution)?1d", _SEPARABLE.format(1)),
    (r"(depthwise)?separableconv(olution)?(2d)?", _SEPARABLE.format(2)),
    (r"swiglu|geglu|reglu", "write it as layers: two Linear, an activation of the one (SiLU, GELU, ReLU), and a Mul of both"),
    (r"bidirectional", "write bidirectional: true in an LSTM, a GRU or an RNN"),
    (r"timedistributed", "write the layer itself: a Linear takes each step as it is; for a Conv2d a View folds the steps"
     " into the batch, and another one behind it takes them out"),
    (r"(max)?unpool(ing)?([123]d)?", "write an Upsample, or a ConvTranspose2d: no op takes the positions of a pooling"),
    (r"pos(ition(al)?)?(enc(oding)?|emb(edding)?)s?", "write two layers: a Parameter with a row for each position, or a Constant"
     " with its sines as the value, and an Add"),
    (r"masking", "make the mask an input, for a Mul or an attention to read: no layer hands one on to those behind it"),
    (r"(image|memory|hdf5|annotated)?data(layer)?|(image)?input(layer)?",
     "what arrives stands above layers:, such as input: [3, 224, 224]"),
    (r"accuracy|silence|activityregularization|classification(layer)?",
     "how a network is trained is no part of it; leave it out"),
    (r"scale|bias|bias_?add", "a BatchNorm2d, a Conv2d and a Linear have a scale and a bias of their own: leave it out behind"
     " them; alone, write a Parameter, and a Mul or an Add of both"),
    (r"repeatvector", "write two layers: an Unsqueeze with dim: 1, and a Repeat"),
    (r"rescaling|normalization|axpy", "write two layers: a Mul, and an Add"),
    (r"spp|spatialpyramidpool(ing)?", "write an AdaptiveMaxPool2d for each size, a Flatten of each, and a Cat of all"),
    (r"unique|nonzero|maskedselect|argwhere", NO_SIZE),
    (r"i?[rh]?fft(2|n|[123]d)?|i?stft|mel\w*|svd|qr|eigh?|inverse|kron|cross|vmap|lambda|sort|argsort|bincount|searchsorted"
     r"|scatter\w*|indexadd|fractionalmaxpool[23]d|convlstm[123]d|spectralnormalization|additiveattention|batchreindex|deform\w*conv\w*|roi(align|pool)|(gcn|gat|graph|sage)conv|capsule\w*",
     OWN),
)  # fmt: skip
"""Names as `plain` has them, as patterns, and what to do: `write …`, or why there is none."""


def plain(name: str) -> str:
    """A name without capitals, underscores, hyphens and spaces."""
    return re.sub(r"[_\s-]", "", name).lower()


def way_without(name: str) -> str:
    """What there is in place of an op of this name; nothing where the word is not known."""
    word = plain(name[:100])
    return next((way for pattern, way in WAYS if re.fullmatch(pattern, word)), "")
