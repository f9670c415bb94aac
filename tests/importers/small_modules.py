"""Modules as people write them, small. Each class has `inputs`: the shape of a sample of each input, or an example."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MODULES: dict[str, Any] = {}
TOKENS = torch.zeros(2, 6, dtype=torch.int64)


class Module(nn.Module):
    """Notes each class made from it. `says` and `never_says` are parts of its spec's text, `warns` of what is warned of."""

    inputs: tuple[Any, ...] = ((3, 8, 8),)
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    warns: str = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not cls.__name__.startswith("_"):
            MODULES[cls.__name__] = cls


# Used again ------------------------------------------------------------------------------------------------------------


class SharedWeights(Module):
    says = ("use: conv",)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.norm(self.conv(x))) + self.conv(x)


class SharedActivation(Module):
    never_says = ("use:",)

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.second(self.relu(self.first(x)))) * 2


class ResizedLikeItsInput(Module):
    says = ("{type: UpsampleLike, from: [conv, input]}",)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.interpolate(self.conv(x), size=x.shape[-2:])


class ChainOfNamed(Module):
    """Layers that have names and are in a list too, as in temporal convolutional networks."""

    inputs = ((4, 16),)
    says = ("  conv1: {type: Conv1d, ", "  relu1: ReLU", "  norm: BatchNorm1d", "net.0 and conv1 are one module")
    never_says = ("  net",)

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.relu1 = nn.Conv1d(4, 8, 3, padding=1), nn.ReLU()
        self.conv2, self.norm = nn.Conv1d(8, 8, 3, padding=1), nn.BatchNorm1d(8)
        self.net = nn.Sequential(self.conv1, self.relu1, self.conv2, self.norm)
        self.down = nn.Conv1d(4, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x) + self.down(x)  # type: ignore[no-any-return]


class SharedPart(Module):
    """A siamese network: a whole part used twice."""

    inputs = ((8,), (8,))

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(8, 4)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return (self.embed(left) - self.embed(right)).abs()


class TiedWeights(Module):
    inputs = (TOKENS,)
    says = ("tie: {weight: embedding.weight}",)

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 8)
        self.head = nn.Linear(8, 11, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.embedding(tokens))


class TiedTwoLayers(Module):
    inputs = ((5, 8),)

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
        for layer in self.layers[1:]:
            layer.weight = self.layers[0].weight

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


# Weights that are computed ---------------------------------------------------------------------------------------------


class StandardizedConv(nn.Conv2d):
    """Weight standardization, with batch_norm of the weight. https://arxiv.org/abs/1903.10520"""

    def forward(self, x: Tensor) -> Tensor:
        weight = F.batch_norm(
            self.weight.reshape(1, self.out_channels, -1), None, None, training=True, momentum=0.0, eps=1e-6
        )
        return F.conv2d(x, weight.reshape_as(self.weight), self.bias, self.stride, self.padding)


class WeightStandardization(Module):
    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.Sequential(StandardizedConv(3, 4, 3, 2), nn.ReLU(), StandardizedConv(4, 4, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.convs(x)


class WeightsOfTheMean(Module):
    """The same, by mean and variance."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3))
        self.gain = nn.Parameter(torch.ones(4, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = self.weight.var(dim=(1, 2, 3), keepdim=True), self.weight.mean((1, 2, 3), keepdim=True)
        return F.conv2d(x, self.gain * (self.weight - mean) * torch.rsqrt(variance + 1e-5), None, 1, 1)


class LayerScale(Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 7, padding=3, groups=3)
        self.gamma = nn.Parameter(torch.ones(3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.gamma * self.conv(x)


class QkvBias(Module):
    """A bias of which the keys' part is written to be zero."""

    inputs = ((5, 4),)

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(4, 12)

    def forward(self, x: Tensor) -> Tensor:
        bias = self.qkv.bias.clone()
        bias[4:8].zero_()
        q, k, v = F.linear(x, self.qkv.weight, bias).chunk(3, dim=-1)
        return F.scaled_dot_product_attention(q, k, v)


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class ChannelNorms(Module):
    says = ("type: LayerNorm",)

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 4, 4), LayerNorm2d(4, eps=1e-6))
        self.head = LayerNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stem(x) * 2).mean((2, 3))


# Lists and dictionaries ------------------------------------------------------------------------------------------------


class Loop(Module):
    inputs = ((6,),)

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        for i, layer in enumerate(self.layers):
            x = layer(x) if i == 0 else x + F.gelu(layer(x))
        return x


class TakingTurns(Module):
    """Two lists that wait for each other."""

    inputs = ((6,),)

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))
        self.norms = nn.ModuleList(nn.LayerNorm(6) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = x + layer(norm(x))
        return x


class Dictionary(Module):
    inputs = ((6,),)

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({"small": nn.Linear(6, 2), "large": nn.Linear(6, 5)})

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {name: head(x) for name, head in self.heads.items()}


class Ordered(Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            OrderedDict([("conv0", nn.Conv2d(3, 4, 3)), ("norm0", nn.BatchNorm2d(4)), ("relu0", nn.ReLU())])
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x)


class Dense(Module):
    """Each layer reads all before it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3 + 2 * i, 2, 3, padding=1) for i in range(3))

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(F.relu(layer(torch.cat(features, 1))))
        return torch.cat(features, 1)


class ParameterLists(Module):
    inputs = ((4, 6),)

    def __init__(self) -> None:
        super().__init__()
        self.scales = nn.ParameterList(nn.Parameter(torch.ones(6)) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        for scale in self.scales:
            x = torch.tanh(x * scale)
        return x


# Never used ------------------------------------------------------------------------------------------------------------


class Idle(Module):
    """Parameters that nothing reads and modules that are never called: their keys are there all the same."""

    inputs = ((6,),)

    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Linear(6, 6)
        self.unused = nn.Parameter(torch.zeros(3, 2))
        self.head = nn.Sequential(nn.Linear(6, 2), nn.BatchNorm1d(2))

    def forward(self, x: Tensor) -> Tensor:
        return self.used(x)


class AuxiliaryHead(Module):
    """A head that runs in training only."""

    inputs = ((6,),)
    warns = "it runs in training only: .*forward .Linear aux.$"

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head, self.aux = nn.Linear(6, 6), nn.Linear(6, 2), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        x = self.body(x)
        return (self.head(x), self.aux(x)) if self.training else self.head(x)


class DeadBranch(Module):
    """What is computed and not given is left out, and its keys are not."""

    inputs = ((6,),)
    warns = "left out, since nothing reads what it gives: relu"

    def __init__(self) -> None:
        super().__init__()
        self.body, self.side = nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        self.side(x).relu()
        return self.body(x)


# Buffers and constants -------------------------------------------------------------------------------------------------


class Buffers(Module):
    inputs = ((4, 6),)

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5, 0.25, 2.0, 1.0, 3.0, 0.125]))
        self.register_buffer("large", torch.full((4, 6), 3.0))
        self.register_buffer("mask", torch.ones(4, 4).tril().bool(), persistent=False)
        self.register_buffer("count", torch.tensor(7))

    def forward(self, x: Tensor) -> Tensor:
        scores = (x - self.mean) @ (x + self.large).transpose(1, 2)
        return scores.masked_fill(~self.mask, float("-inf")).softmax(-1)


class Positions(Module):
    """Positions that are counted where they are used."""

    inputs = (TOKENS,)

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(20, 8), nn.Embedding(10, 8)

    def forward(self, tokens: Tensor) -> Tensor:
        places = torch.arange(tokens.shape[1], device=tokens.device)
        return self.tokens(tokens) + self.positions(places)


class PositionsOfEachSample(Module):
    inputs = (TOKENS,)

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(20, 8), nn.Embedding(10, 8)
        self.register_buffer("position_ids", torch.arange(10).expand((1, -1)), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.tokens(tokens) + self.positions(self.position_ids[:, : tokens.size(1)])


class Sinusoids(Module):
    inputs = ((6, 8),)
    says = ('stop: "${input.shape[1]}"',)

    def __init__(self) -> None:
        super().__init__()
        position = torch.arange(6).unsqueeze(1)
        rate = torch.exp(torch.arange(0, 8, 2) * (-math.log(10000.0) / 8))
        table = torch.zeros(6, 8)
        table[:, 0::2], table[:, 1::2] = torch.sin(position * rate), torch.cos(position * rate)
        self.register_buffer("table", table)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table[: x.size(1)]


class ClassToken(Module):
    inputs = ((4, 8),)

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.position = nn.Parameter(torch.zeros(1, 5, 8))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)
        return (x + self.position)[:, 0]


class CopiedToken(Module):
    inputs = ((4, 8),)

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 2, 8))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((self.token.repeat(x.shape[0], 1, 1), x), 1)


class RelativePositions(Module):
    """Windows of 2 × 2 with a bias for each way that two cells lie to each other, as Swin has them."""

    inputs = ((4, 8),)

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.table = nn.Parameter(torch.zeros(9, 2))
        cells = torch.stack(torch.meshgrid(torch.arange(2), torch.arange(2), indexing="ij")).flatten(1)
        apart = (cells[:, :, None] - cells[:, None, :]).permute(1, 2, 0).contiguous()
        apart += 1
        apart[:, :, 0] *= 3
        self.register_buffer("relative_position_index", apart.sum(-1).flatten())

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        q, k, v = self.qkv(x).reshape(n, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        scores = (q * (width // 2) ** -0.5) @ k.transpose(-2, -1)
        bias = self.table[self.relative_position_index].view(length, length, -1).permute(2, 0, 1)
        scores = scores + bias.contiguous().unsqueeze(0)
        return (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, length, width)


class Windows(Module):
    """Windows become samples of the batch, and come back."""

    inputs = ((8, 8, 4),)

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.mix = nn.LayerNorm(4), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        n, height, width, channels = x.shape
        windows = self.norm(x).view(n, height // 4, 4, width // 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
        windows = windows.reshape(n * 4, 16, channels)
        windows = (windows @ windows.transpose(1, 2)).softmax(-1) @ self.mix(windows)
        windows = windows.view(n, 2, 2, 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
        return x + windows.reshape(n, height, width, channels)


class Rotary(Module):
    inputs = ((6, 8),)
    warns = "hold value of 6 × 8 numbers"

    def forward(self, x: Tensor) -> Tensor:
        rate = 1.0 / (100 ** (torch.arange(0, 8, 2).float() / 8))
        angles = torch.outer(torch.arange(x.shape[1]).float(), rate)
        angles = torch.cat((angles, angles), -1)
        first, second = x.chunk(2, -1)
        return x * angles.cos() + torch.cat((-second, first), -1) * angles.sin()


# Several inputs and outputs ----------------------------------------------------------------------------------------------


class SeveralInputs(Module):
    inputs = ((3, 8, 8), (5,))
    says = ("image:", "metadata:")

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 5, 3), nn.Linear(5, 5)

    def forward(self, image: Tensor, metadata: Tensor) -> tuple[Tensor, Tensor]:
        features = self.conv(image).mean((2, 3))
        return features * self.fc(metadata), features


class NestedOutputs(Module):
    inputs = ((6,),)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> dict[str, Any]:
        y = self.fc(x)
        return {"out": y, "parts": [y.sigmoid(), y.tanh()]}


class InputIsAnOutput(Module):
    inputs = ((6,),)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.fc(x), x


# Recurrent networks and attention ----------------------------------------------------------------------------------------


class Recurrent(Module):
    inputs = (TOKENS,)

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 6, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(12, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        states, _ = self.lstm(self.embedding(tokens))
        return self.fc(states[:, -1])


class LastState(Module):
    inputs = ((6, 4),)

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.rnn = nn.GRU(4, 5, batch_first=True), nn.RNN(5, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        states, last = self.gru(x)
        return self.rnn(states)[0][:, -1] + last[-1][:, :3]


class Attention(Module):
    inputs = ((5, 8), (7, 8))

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.MultiheadAttention(8, 2, batch_first=True)
        self.cross = nn.MultiheadAttention(8, 4, batch_first=True, bias=False)

    def forward(self, x: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        x = x + self.own(x, x, x, need_weights=False)[0]
        found, weights = self.cross(x, memory, memory)
        return found, weights


class MaskedAttention(Module):
    inputs = ((5, 8),)

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.register_buffer("mask", torch.tril(torch.ones(5, 5)).view(1, 1, 5, 5), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.size()
        q, k, v = (part.view(n, length, 2, 4).transpose(1, 2) for part in self.qkv(x).split(width, dim=2))
        mask = self.mask[:, :, :length, :length] == 0
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=~mask)
        scores = ((q @ k.mT) / math.sqrt(4)).masked_fill(mask, float("-inf"))
        return self.out((found + F.softmax(scores, -1) @ v).transpose(1, 2).contiguous().view(n, length, width))


class Einsums(Module):
    inputs = ((5, 8),)

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 8, 4))

    def forward(self, x: Tensor) -> Tensor:
        heads = torch.einsum("nld,hdk->nhlk", x, self.weight)
        return torch.einsum("nhlk,nhmk->nhlm", heads, heads)


class EncoderLayer(Module):
    inputs = ((5, 8),)

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


class Encoder(Module):
    inputs = ((5, 8),)

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.2, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 3, nn.LayerNorm(8), enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)


class Decoder(Module):
    inputs = ((5, 8), (4, 8))

    def __init__(self) -> None:
        super().__init__()
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), 2)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        return self.decoder(x, memory)


# Others ------------------------------------------------------------------------------------------------------------------


class KeptDropout(Module):
    inputs = ((6,),)
    says = ("Dropout, p: 0.3", "Dropout, p: 0.1")

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.dropout = nn.Linear(6, 6), nn.Dropout(0.3)

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(self.dropout(self.fc(x)), 0.1, self.training)


class DropPath(nn.Module):
    """As in timm."""

    def __init__(self, drop_prob: float) -> None:
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = x.new_empty((x.shape[0], 1, 1)).bernoulli_(1 - self.drop_prob)
        return x * kept.div_(1 - self.drop_prob)


class KeptPaths(Module):
    inputs = ((4, 6),)
    says = ("StochasticDepth, p: 0.2",)

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.path = nn.LayerNorm(6), DropPath(0.2)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.path(self.norm(x))


class SqueezeAndExcite(Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc1, self.fc2 = nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1)))))


class Pyramid(Module):
    """A feature pyramid: maps of several sizes, each added to the next larger one."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList([nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 3, 2, 1)])
        self.lateral = nn.ModuleList([nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)])

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        maps = []
        for stage in self.stages:
            x = stage(x).relu()
            maps.append(x)
        top = self.lateral[1](maps[1])
        below = self.lateral[0](maps[0]) + F.interpolate(top, size=maps[0].shape[-2:], mode="nearest")
        return {"p2": below, "p3": top}


class ChannelMixing(Module):
    """ShuffleNet's halves."""

    inputs = ((4, 6, 6),)

    def __init__(self) -> None:
        super().__init__()
        self.branch = nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        kept, changed = x.chunk(2, dim=1)
        x = torch.cat((kept, self.branch(changed)), dim=1)
        n, channels, height, width = x.size()
        return x.view(n, 2, channels // 2, height, width).transpose(1, 2).contiguous().view(n, channels, height, width)


class ManualNorm(Module):
    """A norm that is written out."""

    inputs = ((4, 6),)

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(6))

    def forward(self, x: Tensor) -> Tensor:
        scale = torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6)
        return (x * scale).type_as(x) * self.weight


class TwoArguments(Module):
    """Modules of two inputs."""

    inputs = ((6,), (5,))

    def __init__(self) -> None:
        super().__init__()
        self.bilinear, self.similar = nn.Bilinear(6, 5, 4), nn.CosineSimilarity(dim=1)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return self.bilinear(a, b), self.similar(a[:, :5], b)


class Cells(Module):
    """A recurrence that is written out."""

    inputs = ((3, 4),)
    warns = "computes other layers: the spec is for 3 × 4 alone"

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(4, 5)
        self.start = nn.Parameter(torch.zeros(1, 5))

    def forward(self, x: Tensor) -> Tensor:
        state = self.start.expand(x.shape[0], -1)
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return state


class WeightNorm(Module):
    inputs = ((6,),)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.act = nn.PReLU(6)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(F.linear(x, F.normalize(self.fc.weight, dim=1), self.fc.bias))


class HyphenatedNames(Module):
    """Names as older code has them."""

    inputs = ((6,),)

    def __init__(self) -> None:
        super().__init__()
        self.add_module("block1-0", nn.Linear(6, 6))
        self.body = nn.Sequential(OrderedDict([("a-b", nn.Linear(6, 6))]))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(getattr(self, "block1-0")(x))
