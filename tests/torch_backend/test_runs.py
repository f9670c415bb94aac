"""Generated modules at work: values, keys, settings, and the ways in which PyTorch runs a module. The oracle is PyTorch."""

from __future__ import annotations

import math
import traceback

import pytest
import torch
from support import SPECS, checked
from torch import Tensor, nn
from torch_samples import NUMBERED, NUMBERED_FUNCTIONS, RESIDUAL, SEQUENCES, TENSORS, built, generated

from archspec.running.build import build

MNIST = (SPECS / "mnist_cnn.yaml").read_text("utf-8")


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(torch.relu(self.conv1(x))) + x


class Residual(nn.Module):
    """The sample RESIDUAL, written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.block1 = Block()
        self.block2 = Block()
        self.neck = nn.ModuleDict({"conv": nn.Conv2d(8, 8, 1), "last": nn.Sequential(nn.Conv2d(8, 8, 1), nn.ReLU())})
        self.head = nn.Linear(16, 10)
        self.frozen = nn.Linear(16, 10)
        self.tied = nn.Linear(16, 10)
        self.tied.weight = self.head.weight

    def forward(self, image: Tensor, scale: Tensor) -> tuple[Tensor, ...]:
        first = torch.relu(self.stem(image))
        x = (self.conv2(torch.relu(self.conv1(first))) + first) * scale
        b = self.block2(self.block2(self.block1(x)))
        a = self.neck["last"](torch.relu(self.neck["conv"](b)))
        x = torch.cat((a + b, a - b), 1).mean((2, 3))
        return self.head(x), self.frozen(x), self.tied(x)


def test_the_same_weights_give_the_same_numbers() -> None:
    torch.manual_seed(0)
    mine, theirs = built(RESIDUAL), Residual()
    theirs.load_state_dict(mine.state_dict())  # strict: the keys are the same
    inputs = torch.randn(2, 3, 12, 10), torch.randn(2, 8, 1, 1)
    for got, want in zip(mine(*inputs), theirs(*inputs), strict=True):
        assert torch.equal(got, want)


def test_keys_of_lists_are_those_of_sequential() -> None:
    inner = nn.Sequential(nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
    theirs = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), inner)
    mine = built(NUMBERED)
    mine.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 32, 32)
    assert torch.equal(mine(x), theirs(x))


def test_a_list_with_functions_in_it() -> None:
    mine = built(NUMBERED_FUNCTIONS)
    conv, linear = nn.Conv2d(3, 8, 3), nn.Linear(8, 4)
    mine.load_state_dict({f"{i}.{k}": v for i, m in ((0, conv), (2, linear)) for k, v in m.state_dict().items()})
    x = torch.randn(2, 3, 32, 32)
    assert torch.equal(mine(x), torch.relu(linear(conv(x).mean((2, 3)))) * 2 + 1.5)


def test_tensors_of_their_own() -> None:
    mine = built(TENSORS)
    assert set(mine.state_dict()) == {"token", "noise", "mask"}
    assert {name for name, p in mine.named_parameters() if p.requires_grad} == {"token"}
    state = mine.state_dict()
    assert state["mask"].dtype == torch.int64
    x = torch.randn(3, 16, 32)
    whole = torch.cat((state["token"].expand(3, 1, 32), x), 1) * state["mask"][:, None] + state["noise"]
    parts = whole.sum(-1).split(5, 1)
    first, second = mine(x)
    assert torch.equal(first, parts[0] + parts[2])
    assert second.tolist() == [3.0, 4.5]


def test_sequences_with_states_and_attention() -> None:
    mine = built(SEQUENCES).eval()
    tokens, image = INPUTS[SEQUENCES]
    with torch.no_grad():
        add = mine.wte(tokens) + image
        normed = mine.norm(add)
        skip = mine.attention(normed, normed, normed)[0] + add
        lstm, (_, cell) = mine.lstm(skip)
        gru, state = mine.gru(lstm)
        attended = nn.functional.scaled_dot_product_attention(*mine.qkv(lstm).chunk(3, -1))
        want = skip @ mine.wte.weight.T, attended, gru[:, 0] + gru[:, 11], cell, state
        for got, expected in zip(mine(tokens, image), want, strict=True):
            assert torch.allclose(got, expected, atol=1e-6)
    assert "head.weight" in mine.state_dict()
    assert len(list(mine.parameters())) == len(mine.state_dict()) - 1


def test_many_parts() -> None:
    mine = built("archspec: 1\nname: A\ninput: [40]\nlayers:\n  cut: {type: Split, split_size: 1, dim: 1}\n"
                 f"  all: {{type: Cat, dim: 1, from: [{', '.join(f'cut.{i}' for i in reversed(range(40)))}]}}\n")  # fmt: skip
    x = torch.randn(2, 40)
    assert torch.equal(mine(x), x.flip(1))


def test_torchvision_keys() -> None:
    keys = built((SPECS / "torchvision" / "alexnet.yaml").read_text("utf-8")).state_dict().keys()
    assert {"features.0.weight", "features.10.bias", "classifier.1.weight", "classifier.6.bias"} <= keys


# Settings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["{normal: {std: 0.02}}", "{constant: {val: 3}}", "zeros"])
def test_padding_starts_at_zero_whatever_the_rest_does(scheme: str) -> None:
    text = f"""\
archspec: 1
name: Padded
inputs: {{tokens: {{shape: [5], dtype: int64}}}}
layers:
  embed: {{type: Embedding, num_embeddings: 6, embedding_dim: 4, padding_idx: -1, init: {{weight: {scheme}}}}}
"""
    weight = built(text).embed.weight
    assert not weight[-1].any()
    assert bool(weight[:-1].all()) != (scheme == "zeros")


def test_initial_values_ties_and_freezing() -> None:
    mine = built(RESIDUAL)
    assert torch.equal(mine.head.bias, torch.ones(10))
    assert 0.005 < mine.head.weight.std().item() < 0.02
    assert mine.tied.weight is mine.head.weight
    assert not mine.frozen.weight.requires_grad
    assert not mine.frozen.bias.requires_grad
    assert mine.stem.weight.requires_grad


TIES = """\
archspec: 1
name: A
input: [4]
layers:
  a: {type: Linear, out_features: 4, tie: {weight: %s.weight}}
  b: {type: Linear, out_features: 4, tie: {weight: c.weight}}
  c: {type: Linear, out_features: 4, init: {weight: ones}}
"""


def test_chains_of_ties_lead_to_one_parameter() -> None:
    mine = built(TIES % "b")
    assert mine.a.weight is mine.b.weight is mine.c.weight
    assert torch.equal(mine.a.weight, torch.ones(4, 4))


def test_ties_in_a_circle_are_told() -> None:
    found = checked(TIES.replace("init: {weight: ones}", "tie: {weight: a.weight}") % "b").diagnostics
    assert [(d.code, d.layer) for d in found if d.severity == "error"] == [
        ("E0202", "a"),
        ("E0202", "b"),
        ("E0202", "c"),
    ]


def test_the_constraint_is_a_norm_of_each_unit() -> None:
    mine = built(RESIDUAL)
    with torch.no_grad():
        mine.head.weight.fill_(1.0)
        mine.head.weight[0] = 0.01
    mine.apply_constraints()
    norms = mine.head.weight.norm(dim=1)
    assert math.isclose(norms[1].item(), 3.0, rel_tol=1e-4)
    assert math.isclose(norms[0].item(), 0.04, rel_tol=1e-4)


@pytest.mark.parametrize("scheme", ["uniform", "normal", "trunc_normal", "constant: {val: 2}", "ones", "zeros", "eye",
                                    "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal: {mode: fan_out}",
                                    "orthogonal"])  # fmt: skip
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_every_initializer_runs(scheme: str, device: str) -> None:
    weight = f"{{{scheme}}}" if ":" in scheme else scheme
    code = generated("archspec: 1\nname: A\ninput: [8]\nlayers:\n"
                     f"  a: {{type: Linear, out_features: 4, init: {{weight: {weight}}}}}\n")  # fmt: skip
    weights = build(code.text, "A", device=device).get_parameter("a.weight")
    assert weights.device.type == device
    assert device == "meta" or weights.isfinite().all()


def test_device_and_dtype() -> None:
    code = generated(TENSORS)
    model = build(code.text, code.name, device="meta", dtype=torch.float64)
    assert all(p.device.type == "meta" and p.dtype == torch.float64 for p in model.parameters())
    assert {name: b.dtype for name, b in model.named_buffers()} == {"mask": torch.int64, "table": torch.float64}


# Ways to run ---------------------------------------------------------------------------------------------------------

INPUTS = {
    RESIDUAL: (torch.randn(2, 3, 12, 12), torch.randn(2, 8, 1, 1)),
    NUMBERED: (torch.randn(2, 3, 32, 32),),
    NUMBERED_FUNCTIONS: (torch.randn(2, 3, 32, 32),),
    TENSORS: (torch.randn(2, 16, 32),),
    SEQUENCES: (torch.randint(0, 50, (2, 12)), torch.randn(2, 12, 32)),
}
each_sample = pytest.mark.parametrize("text", INPUTS, ids=lambda text: text.split("name: ")[1].split()[0])


def _tuple(result: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (result,) if isinstance(result, Tensor) else result


@each_sample
@pytest.mark.filterwarnings("ignore")
def test_compiles_without_a_graph_break(text: str) -> None:
    model = built(text).eval()
    whole = torch.compile(model, fullgraph=True, backend="eager")
    with torch._dynamo.config.patch(allow_rnn=True):  # PyTorch itself breaks the graph at recurrent layers otherwise
        results = _tuple(whole(*INPUTS[text]))
    for got, want in zip(results, _tuple(model(*INPUTS[text])), strict=True):
        assert torch.equal(got, want)


@each_sample
@pytest.mark.filterwarnings("ignore")
def test_exports_with_a_free_batch(text: str) -> None:
    model = built(text).eval()
    batch = torch.export.Dim("batch", min=2, max=64)
    program = torch.export.export(model, INPUTS[text], dynamic_shapes=tuple({0: batch} for _ in INPUTS[text]))
    larger = tuple(torch.cat((value, value[:1])) for value in INPUTS[text])
    for got, want in zip(_tuple(program.module()(*larger)), _tuple(model(*larger)), strict=True):
        assert torch.allclose(got, want, atol=1e-5)


def test_autocast() -> None:
    model = built(RESIDUAL)
    with torch.autocast("cpu", torch.bfloat16):
        results = model(*INPUTS[RESIDUAL])
    assert {result.dtype for result in results} == {torch.bfloat16}


def test_channels_last() -> None:
    model = built(MNIST)
    x = torch.randn(2, 1, 28, 28)
    want = model(x)
    got = model.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last))
    assert torch.allclose(got, want, atol=1e-5)


def test_a_backward_pass_reaches_every_parameter() -> None:
    model = built(RESIDUAL)
    sum(result.sum() for result in model(*INPUTS[RESIDUAL])).backward()
    assert all((p.grad is not None) == p.requires_grad for p in model.parameters())


def test_a_traceback_shows_the_line() -> None:
    with pytest.raises(RuntimeError) as caught:
        built(MNIST)(torch.zeros(1, 3, 28, 28))
    assert "x = self.conv1(x)" in "".join(traceback.format_tb(caught.value.__traceback__))
