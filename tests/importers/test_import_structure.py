"""The structure of modules, found again: blocks, arguments, conditions and repeats."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from support import torchvision_models
from torch import Tensor, nn

import archspec
from archspec.importers.structure.arguments import Expression
from archspec.importers.structure.blocks import Block
from archspec.importers.structure.scopes import Entry
from archspec.importers.structure.unread import drop_unread

# Three networks as a person would write them ---------------------------------------------------------------------------


class BasicBlock(nn.Module):
    def __init__(self, inside: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample: nn.Module | None = None
        if stride != 1 or inside != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(inside, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.layer1 = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 8))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16))
        self.layer3 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32))
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer3(self.layer2(self.layer1(self.stem(x))))
        return self.fc(torch.flatten(self.pool(x), 1))


class Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(0.1), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        parts = self.c_attn(self.ln_1(x)).view(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(*parts.unbind(0), is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).reshape(n, length, width))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(50, 16), nn.Embedding(12, 16)
        self.h = nn.ModuleList(Layer(16, 4) for _ in range(3))
        self.ln_f = nn.LayerNorm(16)
        self.lm_head = nn.Linear(16, 50, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for layer in self.h:
            x = layer(x)
        return self.lm_head(self.ln_f(x))


class Stage(nn.Module):
    def __init__(self, inside: int, channels: int, kernel: int) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(inside, channels, kernel, padding=kernel // 2), nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)


class Widening(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(Stage(3, 8, 5), Stage(8, 16, 3), Stage(16, 24, 3), Stage(24, 40, 3))
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Linear(40 * 2 * 2, 64), nn.ReLU(), nn.Linear(64, 7))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).flatten(1))


RESIDUAL = """\
archspec: 1
name: Residual
input: [3, 16, 16]

blocks:
  BasicBlock:
    args: {channels: int, stride: 1, has_downsample: false}
    layers:
      conv1: {type: Conv2d, out_channels: "${channels}", kernel_size: 3, stride: "${stride}", padding: 1, bias: false}
      bn1: BatchNorm2d
      relu: {type: ReLU, inplace: true}
      conv2: {type: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1, bias: false}
      bn2: BatchNorm2d
      downsample:
        from: input
        when: "${has_downsample}"
        layers:
          - {type: Conv2d, out_channels: "${channels}", kernel_size: 1, stride: "${stride}", bias: false}
          - BatchNorm2d
      add: {type: Add, from: [bn2, downsample]}
      relu_1: {type: ReLU, inplace: true}

layers:
  stem: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  layer1: {type: BasicBlock, channels: 8, repeat: 2}
  layer2:
    layers:
      - {type: BasicBlock, channels: 16, stride: 2, has_downsample: true}
      - {type: BasicBlock, channels: 16}
  layer3:
    layers:
      - {type: BasicBlock, channels: 32, stride: 2, has_downsample: true}
      - {type: BasicBlock, channels: 32}
  pool: {type: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {type: Linear, out_features: 10}
"""

GPT = """\
archspec: 1
name: Gpt
inputs: {input: {shape: [8], dtype: int64}}

blocks:
  Layer:
    layers:
      ln_1: {type: LayerNorm, normalized_shape: 16}
      c_attn: {type: Linear, out_features: 48}
      reshape: {type: Reshape, shape: [-1, 3, 4, 4]}
      permute: {type: Permute, dims: [2, 0, 3, 1, 4]}
      unbind: {type: Unbind, dim: 0}
      scaled_dot_product_attention: {type: ScaledDotProductAttention, from: [unbind.0, unbind.1, unbind.2], is_causal: true}
      transpose: {type: Transpose, dim0: 1, dim1: 2}
      reshape_1: {type: Reshape, shape: [-1, 16]}
      c_proj: {type: Linear, out_features: 16}
      add: {type: Add, from: [input, c_proj]}
      ln_2: {type: LayerNorm, normalized_shape: 16}
      mlp:
        layers:
          - {type: Linear, out_features: 64}
          - GELU
          - {type: Dropout, p: 0.1}
          - {type: Linear, out_features: 16}
      add_1: {type: Add, from: [add, mlp]}

layers:
  wte: {type: Embedding, num_embeddings: 50, embedding_dim: 16}
  constant: {type: Constant, value: "${range(input.shape[1])}"}
  wpe: {type: Embedding, num_embeddings: 12, embedding_dim: 16}
  add: {type: Add, from: [wte, wpe]}
  h: {type: Layer, repeat: 3}
  ln_f: {type: LayerNorm, normalized_shape: 16}
  lm_head: {type: Linear, out_features: 50, bias: false, tie: {weight: wte.weight}}
"""

WIDENING = """\
archspec: 1
name: Widening
input: [3, 32, 32]

blocks:
  Stage:
    args: {channels: int, kernel: 3}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: "${kernel}", padding: "${kernel // 2}"}
      norm: BatchNorm2d
      relu: ReLU
      max_pool2d: {type: MaxPool2d, kernel_size: 2}

layers:
  features: {type: Stage, for: {channels: [8, 16, 24, 40]}, channels: "${channels}", kernel: "${5 if i == 0 else 3}"}
  flatten: Flatten
  classifier:
    layers:
      - Dropout
      - {type: Linear, out_features: 64}
      - ReLU
      - {type: Linear, out_features: 7}
"""


@pytest.mark.parametrize(
    ("module", "example", "text"),
    [
        (Residual(), [3, 16, 16], RESIDUAL),
        (Gpt(), torch.zeros(1, 8, dtype=torch.int64), GPT),
        (Widening(), [3, 32, 32], WIDENING),
    ],
    ids=["residual", "gpt", "widening"],
)
def test_what_a_person_would_have_written(module: nn.Module, example: Any, text: str) -> None:
    spec = archspec.from_torch(module, example)
    assert spec.source.text == text
    assert archspec.verify(spec, module).ok


# torchvision's -----------------------------------------------------------------------------------------------------------

SIZES = {  # lines of the spec, and of the module that is generated from it: what they are, and some slack
    "resnet50": (52, 117),
    "densenet121": (40, 152),
    "mobilenet_v3_large": (85, 252),
    "efficientnet_b0": (98, 258),
    "convnext_tiny": (60, 232),
    "swin_t": (119, 413),
    "vit_b_16": (39, 116),
}


@pytest.mark.parametrize("name", SIZES)
def test_torchvision(name: str) -> None:
    module = getattr(torchvision_models(), name)(weights=None).eval()
    is_for_one_size = name == "swin_t"  # it pads what its windows do not divide
    with pytest.warns(UserWarning, match="alone") if is_for_one_size else nullcontext():
        spec = archspec.from_torch(module, [3, 224, 224])
    lines, lines_of_code = SIZES[name]
    assert len(spec.source.text.splitlines()) <= min(120, lines * 1.1)
    assert len(archspec.compile(spec).splitlines()) <= lines_of_code * 1.1
    if name == "vit_b_16":  # its outputs take a while
        ours = archspec.build(spec, device="meta").state_dict()
        assert {k: v.shape for k, v in ours.items()} == {k: v.shape for k, v in module.state_dict().items()}
    else:
        found = archspec.verify(spec, module)
        assert found.ok, str(found)


# Single laws ---------------------------------------------------------------------------------------------------------------


class _Branch(nn.Module):
    """A layer that only some of its kind have."""

    def __init__(self, width: int, has_norm: bool, expansion: int = 2) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width) if has_norm else None
        self.up, self.down = nn.Linear(width, expansion * width), nn.Linear(expansion * width, width)

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.norm is None else self.norm(x)
        return x + self.down(F.relu(self.up(y)))


def _spec(*parts: nn.Module, inside: int = 8) -> Any:
    module = nn.Sequential(*parts)
    spec = archspec.from_torch(module, [inside])
    assert archspec.verify(spec, module).ok
    return spec


def test_alike_ones_repeat() -> None:
    text = _spec(*(_Branch(8, True) for _ in range(5))).source.text
    assert "repeat: 5" in text
    assert text.count("type: Linear") == 2


def test_a_missing_layer_is_a_condition() -> None:
    text = _spec(_Branch(8, False), *(_Branch(8, True) for _ in range(3))).source.text
    assert 'when: "${has_norm}"' in text
    assert text.count("type: Linear") == 2


class _Shortcut(nn.Module):
    """What some have comes before what tells the arguments."""

    def __init__(self, inside: int, channels: int, stride: int = 1, of_shortcut: int | None = None) -> None:
        super().__init__()
        self.shortcut = (
            nn.Conv2d(inside, channels, 1, of_shortcut or stride) if stride != 1 or inside != channels else None
        )
        self.pool = nn.MaxPool2d(stride) if of_shortcut else nn.Identity()
        self.conv = nn.Conv2d(inside, channels, 3, stride, 1)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        side = x if self.shortcut is None else self.pool(self.shortcut(x))
        return F.relu(side + self.norm(self.conv(x)))


def test_what_only_some_have_is_said_by_arguments_too() -> None:
    """Not by sizes that are as much by chance, nor by numbers."""
    spec = archspec.from_torch(
        nn.Sequential(_Shortcut(8, 8), _Shortcut(8, 16, 2), _Shortcut(16, 16), _Shortcut(16, 32, 2)), [8, 16, 16]
    )
    line = next(line for line in spec.source.text.splitlines() if "kernel_size: 1" in line or "shortcut:" in line)
    assert 'out_channels: "${channels}", kernel_size: 1, stride: "${stride}"' in spec.source.text, line
    assert "let:" not in spec.source.text
    edited = spec.source.text.replace("16, 32]", "16, 24]")  # an edit of one use is one of all its layers
    assert edited != spec.source.text
    assert archspec.parse(edited).ok


def test_a_number_that_only_some_have_and_no_argument_is_stays() -> None:
    parts = _Shortcut(8, 8), _Shortcut(8, 16, 2, 1), _Shortcut(16, 16), _Shortcut(16, 32, 2, 1)
    text = archspec.from_torch(nn.Sequential(*parts), [8, 16, 16]).source.text
    assert 'out_channels: "${channels}", kernel_size: 1}' in text
    assert 'kernel_size: 3, stride: "${stride}"' in text


def test_differing_numbers_are_arguments() -> None:
    text = _spec(*(_Branch(8, True, expansion) for expansion in (2, 3, 5, 7))).source.text
    assert "for: {" in text
    assert "[16, 24, 40, 56]" in text


def test_what_a_size_gives_is_no_argument() -> None:
    parts = []
    for width in (8, 12, 20):
        parts += [_Branch(width, True), nn.Linear(width, {8: 12, 12: 20, 20: 4}[width])]
    text = _spec(*parts).source.text
    assert "args:" not in text
    assert "2 * input.shape[1]" in text


def test_activations_that_differ_are_one_argument() -> None:
    class Activated(nn.Module):
        def __init__(self, activation: nn.Module) -> None:
            super().__init__()
            self.first, self.activation, self.second = nn.Linear(8, 8), activation, nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.activation(self.first(x)))

    text = _spec(Activated(nn.ReLU()), Activated(nn.Hardswish()), Activated(nn.ReLU())).source.text
    assert 'activation: "${activation2}"' in text
    assert "activation2: [ReLU, Hardswish, ReLU]" in text


def test_two_of_a_kind_in_different_places_are_one_block() -> None:
    class Halves(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = _Branch(8, True), _Branch(8, True)

        def forward(self, x: Tensor) -> Tensor:
            return self.left(x) * self.right(x)

    text = _spec(Halves()).source.text
    assert "left: {type: Branch" in text or "left: Branch" in text
    assert "right: {type: Branch, from: input}" in text


def test_a_block_has_a_name_of_its_own() -> None:
    """A class called as an op is another block."""

    class Linear(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight, self.norm, self.out = nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.norm(self.weight(x)))

    text = _spec(Linear(), Linear(), Linear()).source.text
    assert "  Linear2:" in text
    assert "type: Linear2, repeat: 3" in text


# Lists of modules in lists ----------------------------------------------------------------------------------------------


def _conv(inside: int, outside: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inside, outside, 3, padding=1), nn.ReLU())


class Diffusion(nn.Module):
    """As U-Nets of diffusion models have it: the lists of the two halves hold lists, whose modules take turns with others."""

    def __init__(self) -> None:
        super().__init__()
        self.downs = nn.ModuleList(
            nn.ModuleList([_conv(a, b), _conv(b, b), nn.MaxPool2d(2)]) for a, b in ((3, 4), (4, 8))
        )
        self.ups = nn.ModuleList(
            nn.ModuleList([_conv(a + b, b), nn.ModuleDict({"out": _conv(b, b)})]) for a, b in ((8, 8), (8, 4))
        )

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for first, second, pool in self.downs:  # type: ignore[misc]
            x = first(x)
            skips.append(second(x) + x)
            x = pool(x)
        for first, last in self.ups:  # type: ignore[misc]
            x = F.interpolate(x, scale_factor=2.0)
            x = last["out"](first(torch.cat([x, skips.pop()], dim=1)))
        return x


def test_lists_of_modules_in_lists_keep_their_keys() -> None:
    torch.manual_seed(0)
    model = Diffusion().eval()
    spec = archspec.from_torch(model, [3, 8, 8])
    built = archspec.build(spec).eval()
    built.load_state_dict(model.state_dict())
    x = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(built(x), model(x))


def test_sizes_that_no_layer_reads_get_no_names() -> None:
    """A name is taken where a law is tried, which may turn out not to hold."""
    lets = {"size": "${input.shape[1]}", "height": "${size + wide}", "wide": "${input.shape[3]}", "other": "${height}"}
    view = Entry("view", "View", {"shape": [Expression("2 * height", (8,)), "other"]})
    block = Block("Part", Entry("", layers=[view]), lets=lets)
    drop_unread([block], Entry("", layers=[]))
    assert block.lets == {name: lets[name] for name in ("size", "height", "wide")}


class Normed(nn.Module):
    """A convolution whose weights are brought to one length, as rows whose number of columns is the layer's own."""

    def __init__(self, inside: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, inside, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        rows = self.weight.reshape(len(self.weight), -1)
        return F.conv2d(x, (rows / rows.norm(dim=1, keepdim=True)).view_as(self.weight), padding=1)


class Narrowing(nn.Module):
    def __init__(self, inside: int, channels: int) -> None:
        super().__init__()
        self.wide = nn.Conv2d(inside, 4 * channels, 1)
        self.narrow, self.same = Normed(4 * channels, channels), Normed(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.same(self.narrow(self.wide(x)))
        return y


def test_arguments_that_an_inner_block_has_no_need_of_are_left_out() -> None:
    """The number of columns follows from what `Normed` reads, once it is a block; until then it is an argument of `Narrowing`."""
    module = nn.Sequential(Narrowing(3, 8), Narrowing(8, 16), Narrowing(16, 40))
    spec = archspec.from_torch(module, [3, 8, 8])
    assert not [found for found in spec.diagnostics if found.code == "W1021"]
    assert "  Narrowing:\n    args: {channels: int}\n" in spec.text
    assert '{type: Narrowing, for: {channels: [32, 64, 160]}, channels: "${channels}"}' in spec.text


class _Flat(nn.Module):
    def __init__(self, flat: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.fc, self.flat = nn.Conv2d(3, 2, 1), nn.Linear(128, 4), flat

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.fc(self.flat(self.conv(x)))
        return answer


@pytest.mark.parametrize(
    ("flat", "is_for_one_size"),
    [
        (lambda x: x.view(x.size(0), -1), False),
        (lambda x: x.reshape(-1, 128), True),  # at another, it mixes samples
        (lambda x: torch.reshape(x, (x.shape[0], -1)), False),
        (lambda x: x.flatten(1), False),
    ],
)
def test_a_sample_in_one_axis_is_a_flatten(flat: Callable[[Tensor], Tensor], is_for_one_size: bool) -> None:
    with pytest.warns(UserWarning, match="alone") if is_for_one_size else nullcontext():
        spec = archspec.from_torch(_Flat(flat), [3, 8, 8])
    assert [layer.type for layer in spec.graph.layers] == ["Conv2d", "Flatten", "Linear"]


class _NeverCalled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.emb, self.unused = nn.Embedding(10, 8), nn.Linear(3, 3)
        self.head = nn.Linear(8, 10, bias=False)
        self.head.weight = self.emb.weight

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.head(self.emb(x))
        return answer


def test_a_module_that_is_never_called_is_not_called_in_the_generated_one_either() -> None:
    spec = archspec.from_torch(_NeverCalled(), torch.zeros(1, 5, dtype=torch.int64))
    text = archspec.compile(spec)
    assert "self.unused = " in text
    assert "self.unused(" not in text
    assert "self.head.weight = self.emb.weight" in text
    assert archspec.verify(spec, _NeverCalled()).ok


class _JoinsOne(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([self.conv(x)], 1)


def test_a_join_of_one_tensor_names_it() -> None:
    spec = archspec.from_torch(_JoinsOne(), [3, 8, 8])
    assert [layer.type for layer in spec.graph.layers] == ["Conv2d", "Stack"]
    assert archspec.verify(spec, _JoinsOne()).ok
