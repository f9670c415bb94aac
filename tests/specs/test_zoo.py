"""The zoo beside torchvision: the same keys, the same counts, and bit-identical outputs from the same weights."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from support import ROOT, torchvision_models
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import archspec
from archspec.running.build import load

ZOO = ROOT / "specs" / "zoo"
PUBLISHED = json.loads((ROOT / "tests" / "specs" / "torchvision_published.json").read_text())

MODELS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # torchvision's name: the spec, its arguments, and torchvision's own
    "alexnet": ("../torchvision/alexnet", {}, {}),
    "vgg11": ("vgg", {"depth": 11}, {}),
    "vgg16": ("vgg", {"depth": 16}, {}),
    "vgg16_bn": ("vgg", {"depth": 16, "batch_norm": True}, {}),
    "resnet18": ("resnet", {"depth": 18}, {}),
    "resnet34": ("resnet", {"depth": 34}, {}),
    "resnet50": ("resnet", {"depth": 50}, {}),
    "resnet101": ("resnet", {"depth": 101}, {}),
    "resnet152": ("resnet", {"depth": 152}, {}),
    "resnext50_32x4d": ("resnet", {"depth": 50, "groups": 32, "width_per_group": 4}, {}),
    "wide_resnet50_2": ("resnet", {"depth": 50, "width_per_group": 128}, {}),
    "googlenet": ("googlenet", {}, {"aux_logits": False, "init_weights": False}),
    "inception_v3": ("inception_v3", {}, {"init_weights": False}),
    "densenet121": ("densenet", {}, {}),
    "squeezenet1_0": ("squeezenet", {}, {}),
    "mobilenet_v2": ("mobilenet_v2", {}, {}),
    "mobilenet_v3_large": ("mobilenet_v3", {}, {}),
    "shufflenet_v2_x1_0": ("shufflenet_v2", {}, {}),
    "mnasnet1_0": ("mnasnet", {}, {}),
    "efficientnet_b0": ("efficientnet", {}, {}),
    "regnet_y_400mf": ("regnet_y", {}, {}),
    "convnext_tiny": ("convnext", {}, {}),
    "vit_b_16": ("vit", {}, {}),
    "swin_t": ("swin", {}, {}),
}


def randomize(model: nn.Module) -> None:
    """Every parameter and every statistic of a batch norm, so that none can be left out unseen."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            scale = 1.0 if parameter.dim() < 2 else (2.0 / parameter[0].numel()) ** 0.5
            parameter.copy_(
                torch.randn_like(parameter) * 0.1 + 1 if parameter.dim() < 2 else torch.randn_like(parameter) * scale
            )
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(torch.randn_like(buffer) * 0.1)
            elif name.endswith("running_var"):
                buffer.copy_(torch.rand_like(buffer) + 0.5)


@pytest.mark.parametrize("name", MODELS)
def test_it_is_torchvisions(name: str) -> None:
    path, arguments, theirs_arguments = MODELS[name]
    spec = archspec.load(ZOO / f"{path}.yaml", **arguments)
    totals = archspec.analyze(spec).totals
    published = PUBLISHED[name]
    assert totals["params"] == published["params"]
    assert round(totals["macs"] / 1e9, 3) == published["gmacs"]

    ours = archspec.build(spec).eval()
    theirs = getattr(torchvision_models(), name)(weights=None, **theirs_arguments).eval()
    randomize(theirs)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {k: v.shape for k, v in theirs.state_dict().items()}
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = torch.randn(1, 3, published["input"], published["input"], generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        got, wanted = ours(image), theirs(image)
    assert wanted.std() > 0
    assert torch.equal(got, wanted)

    # PyTorch's counter does not know the fused attention that it takes where nothing is recorded for gradients.
    on_meta = archspec.build(spec, device="meta").eval()
    with FlopCounterMode(display=False) as counter:
        on_meta(image.to("meta"))
    assert counter.get_total_flops() == 2 * totals["macs"]


PYRAMID = {
    f"fpn.{part}.{level - 2}.0": name.format(level)
    for level in (2, 3, 4, 5)
    for part, name in (("inner_blocks", "merge{}.lateral" if level < 5 else "merge{}"), ("layer_blocks", "smooth{}"))
}
"""What the spec calls the convolutions of torchvision's FeaturePyramidNetwork."""


@pytest.mark.parametrize(("depth", "sides"), [(50, (96, 150)), (101, (64, 64)), (152, (65, 33))])
def test_the_pyramid_is_torchvisions(depth: int, sides: tuple[int, int]) -> None:
    """Keys, values, and which parameters train; also of maps that are not twice as large as the one above."""
    torchvision_models()
    utils = importlib.import_module("torchvision.models.detection.backbone_utils")
    theirs = utils.resnet_fpn_backbone(
        backbone_name=f"resnet{depth}", weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=3
    ).eval()
    spec = archspec.load(ZOO / "fpn.yaml", depth=depth)
    ours = archspec.build(spec).eval()

    def our_key(key: str) -> str:
        owner, _, name = key.rpartition(".")
        return f"{PYRAMID.get(owner, owner)}.{name}"

    randomize(theirs)
    ours.load_state_dict({our_key(key): value for key, value in theirs.state_dict().items()}, strict=True)
    trains = {our_key(key): one.requires_grad for key, one in theirs.named_parameters()}
    assert {key: one.requires_grad for key, one in ours.named_parameters()} == trains
    totals = archspec.analyze(spec).totals
    assert totals["params"] == sum(one.numel() for one in theirs.parameters())
    assert totals["trainable_params"] == sum(one.numel() for one in theirs.parameters() if one.requires_grad)
    image = torch.randn(1, 3, *sides, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        got, wanted = ours(image), list(theirs(image).values())
    assert len(got) == len(wanted) == 5
    assert all(
        torch.equal(one, other)
        for one, other in zip(got.values() if isinstance(got, dict) else got, wanted, strict=True)
    )


def test_the_transformer_is_pytorchs() -> None:
    spec = archspec.load(ZOO / "transformer.yaml")
    ours = archspec.build(spec).eval()
    theirs = nn.Transformer(batch_first=True).eval()
    randomize(theirs)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {k: v.shape for k, v in theirs.state_dict().items()}
    ours.load_state_dict(theirs.state_dict(), strict=True)
    source, target = (
        torch.randn(2, 7, 512),
        torch.randn(2, 5, 512),
    )  # with gradients, so that neither fuses its attention
    assert torch.equal(ours(source, target), theirs(source, target))


@pytest.mark.parametrize(("name", "size", "classes", "params"), [("b1", 240, 7, None), ("b7", 600, 1000, 66_347_960)])
def test_efficientnets_scale(name: str, size: int, classes: int, params: int | None) -> None:
    spec = archspec.load(ZOO / "efficientnet.yaml", b=int(name[1]), num_classes=classes)
    theirs = getattr(torchvision_models(), f"efficientnet_{name}")(weights=None, num_classes=classes)
    ours = archspec.build(spec, device="meta")
    assert {k: v.shape for k, v in ours.state_dict().items()} == {k: v.shape for k, v in theirs.state_dict().items()}
    assert params in (None, archspec.analyze(spec).totals["params"])
    assert archspec.analyze(spec)["inputs"][0]["shape"] == ["N", 3, size, size]


@pytest.fixture(scope="session")
def classes() -> Callable[[str], type[nn.Module]]:
    """The class that `compile --arguments` writes for a spec of the zoo."""

    @cache
    def find(path: str) -> type[nn.Module]:
        spec = archspec.load(ZOO / f"{path}.yaml")
        found: type[nn.Module] = vars(load(archspec.compile(spec, arguments=True), spec.name))[spec.name]
        return found

    return find


VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (path, arguments) for name, (path, arguments, _) in MODELS.items() if arguments},
    "vgg13": ("vgg", {"depth": 13}), "vgg19": ("vgg", {"depth": 19}), "vgg19_bn": ("vgg", {"depth": 19, "batch_norm": True}),
    **{f"efficientnet_b{b}": ("efficientnet", {"b": b}) for b in range(8)},
    **{f"convnext_{size}": ("convnext", {"size": size}) for size in ("tiny", "small", "base", "large")},
    **{f"swin_{size[0]}": ("swin", {"size": size}) for size in ("tiny", "small", "base")},
    "vit_b_32": ("vit", {"patch": 32}),
    "vit_l_16": ("vit", {"depth": 24, "heads": 16, "hidden": 1024, "mlp": 4096}),
    "vit_h_14": ("vit", {"patch": 14, "depth": 32, "heads": 16, "hidden": 1280, "mlp": 5120}),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_one_file_has_all_variants(name: str, classes: Callable[[str], type[nn.Module]]) -> None:
    """The class of one generated file, told which variant it is, has the keys and shapes of torchvision's."""
    path, arguments = VARIANTS[name]
    with torch.device("meta"):
        theirs = getattr(torchvision_models(), name)(weights=None)
    ours = classes(path)(**arguments, device="meta")
    assert {k: v.shape for k, v in ours.state_dict().items()} == {k: v.shape for k, v in theirs.state_dict().items()}


@pytest.mark.parametrize(("name", "side"), [("resnet18", 64), ("resnet101", 64), ("vgg13", 64), ("efficientnet_b3", 96), ("convnext_small", 64),
                                            ("swin_s", 224)])  # fmt: skip
def test_a_variant_computes_what_torchvisions_does(
    name: str, side: int, classes: Callable[[str], type[nn.Module]]
) -> None:
    path, arguments = VARIANTS[name]
    ours = classes(path)(**arguments).eval()
    theirs = getattr(torchvision_models(), name)(weights=None).eval()
    randomize(theirs)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        got, wanted = ours(image), theirs(image)
    assert wanted.std() > 0
    assert torch.equal(got, wanted)


@pytest.mark.parametrize(("arguments", "params"), [
    ({}, 124_439_808), ({"depth": 24, "width": 1024, "heads": 16}, 354_823_168),
    ({"depth": 36, "width": 1280, "heads": 20}, 774_030_080), ({"depth": 48, "width": 1600, "heads": 25}, 1_557_611_200),
])  # fmt: skip
def test_gpt_2_in_four_sizes(arguments: dict[str, int], params: int, classes: Callable[[str], type[nn.Module]]) -> None:
    """The sizes of Hugging Face's gpt2, gpt2-medium, gpt2-large and gpt2-xl, whose scores share the embedding."""
    model = classes("gpt2")(**arguments, device="meta")
    assert sum(parameter.numel() for parameter in model.parameters()) == params


def test_what_an_argument_cannot_be_is_refused(classes: Callable[[str], type[nn.Module]]) -> None:
    with pytest.raises(ValueError, match="depth is 18, 34, 50, 101 or 152"):
        classes("resnet")(depth=20, device="meta")


def test_resnet_50_is_a_page() -> None:
    code = archspec.compile(archspec.load(ZOO / "resnet.yaml"))
    assert len(code.splitlines()) <= 120
    assert code.count("class ") == 2
    assert "class Bottleneck(nn.Module):" in code


def test_resnet_152_is_a_short_spec() -> None:
    lines = (ZOO / "resnet.yaml").read_text().splitlines()
    assert archspec.analyze(archspec.load(ZOO / "resnet.yaml", depth=152)).totals["params"] == 60_192_808
    assert len(lines) < 60, len(lines)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "side"), [("resnet", 64), ("efficientnet", 224), ("inception_v3", 299)])
def test_it_trains_and_is_one_graph(name: str, side: int) -> None:
    model = archspec.build(archspec.load(ZOO / f"{name}.yaml"))
    image = torch.randn(2, 3, side, side)
    outputs = model.train()(image)
    heads = outputs if isinstance(outputs, tuple) else (outputs,)
    assert len(heads) == (2 if name == "inception_v3" else 1), "the auxiliary head is there in training only"
    sum((head.sum() for head in heads), start=torch.zeros(())).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    with torch.no_grad():
        want = model.eval()(image)
        assert torch.equal(torch.compile(model, backend="eager", fullgraph=True)(image), want)
        assert torch.allclose(torch.export.export(model, (image,)).module()(image), want, atol=1e-5)
