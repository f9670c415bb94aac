"""What cannot be imported: a sentence that says why, and the line of the model's own code. No model is changed."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from support import SPECS
from torch import Tensor, nn

import archspec
from archspec import ImportProblem

MARK = "# here"
TOKENS = torch.zeros(2, 4, dtype=torch.int64)


class _Refused(nn.Module):
    """`says` is a part of the sentence; the line marked with a comment is the place."""

    says = ""
    inputs: tuple[Any, ...] = ((4, 6),)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)


class IfOnData(_Refused):
    says = "the model decides by numbers that depend on its input (bool)"

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        if y.sum() > 0:  # here
            return y
        return -y


class Item(_Refused):
    says = "the model reads off numbers that depend on its input (item)"

    def forward(self, x: Tensor) -> Tensor:
        return x * x.max().item()  # here


class ToFloat(_Refused):
    says = "the model reads off numbers that depend on its input (float)"

    def forward(self, x: Tensor) -> Tensor:
        return x * float(x[0, 0, 0])  # here


class ToList(_Refused):
    says = "(tolist)"

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.tensor(x.tolist())  # here


class BooleanMask(_Refused):
    says = "the model picks by a mask, so how much is left depends on numbers"

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        return y[:, torch.tensor([True, False, True, False])]  # here


class MaskOfTheInput(_Refused):
    says = "the model picks by numbers that depend on its input"

    def forward(self, x: Tensor) -> Tensor:
        y = torch.ones_like(x)
        y[x > 0] = self.fc(x)[x > 0]  # here
        return y


class Nonzero(_Refused):
    says = "the model picks by numbers that depend on its input (nonzero)"

    def forward(self, x: Tensor) -> Tensor:
        return x.nonzero().float()  # here


class WhereAlone(_Refused):
    says = "numbers that depend on its input (where)"

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x > 0)[0].float()  # here


class Noise(_Refused):
    says = "the model draws random numbers (randn), so no two runs are alike"

    def forward(self, x: Tensor) -> Tensor:
        noise = torch.randn(4, 6)  # here
        return self.fc(x + noise)


class NoiseLikeTheInput(_Refused):
    says = "the model draws random numbers"

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x + torch.rand_like(x))  # here


class NoiseInPlace(_Refused):
    says = "the model draws random numbers"

    def forward(self, x: Tensor) -> Tensor:
        noise = x.new_zeros(4, 6).normal_()  # here
        return self.fc(x + noise)


class FixedNoise(_Refused):
    """Drawn with a generator of its own, and drawn all the same."""

    says = "the model draws random numbers"

    def forward(self, x: Tensor) -> Tensor:
        noise = torch.rand(6, generator=torch.Generator().manual_seed(0))  # here
        return self.fc(x) * noise


class DropoutThatIsAlwaysOn(_Refused):
    says = "the model draws random numbers in evaluation too (dropout)"

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(self.fc(x), 0.5, True)  # here


class WritesToItself(_Refused):
    """A cache of what was seen before."""

    says = "forward writes to kept, so that each call computes with what the one before it left"

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kept", torch.zeros(4, 6))

    def forward(self, x: Tensor) -> Tensor:
        self.kept[1:3].mul_(0.9).add_(0.1)  # here
        return self.fc(x) + self.kept


class RunningMean(_Refused):
    """A buffer that is set, in evaluation too."""

    says = "forward writes to mean, so that"

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(6))

    def forward(self, x: Tensor) -> Tensor:
        self.mean = 0.9 * self.mean + 0.1  # here
        return self.fc(x) - self.mean


class WritesToAParameter(_Refused):
    says = "forward writes to fc.weight, so that"

    def forward(self, x: Tensor) -> Tensor:
        self.fc.weight.data.mul_(0.5)  # here
        return self.fc(x)


class CountsInPython(_Refused):
    says = "other results when it is called again on the same inputs: it keeps calls from call to call"

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1  # here
        return self.fc(x) * self.calls


class Remembers(_Refused):
    says = "it keeps past from call to call"

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:  # here
        self.past.append(self.fc(x))
        return torch.stack(self.past).sum(0)


class WritesThroughAView(_Refused):
    says = "the model writes to a tensor through a view of it, and reads the tensor afterwards"

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        first, second = y.chunk(2, -1)
        first.mul_(2.0)  # here
        return y + second.sum()


class PathOfTheBatch(_Refused):
    says = "the model takes another path for another batch size"

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        return y.relu() if x.shape[0] % 2 else y.tanh()  # here


class LoopOverTheBatch(_Refused):
    says = "the model takes another path for another batch size"

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([self.fc(sample) for sample in x])  # here


class OneLess(_Refused):
    says = "a size of 1 for a batch of 2 is 2 for one of 3"

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)[1:]  # here


class BatchAsANumber(_Refused):
    says = "batch's size"

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) / x.shape[0]  # here


class OneSample(_Refused):
    says = "the model picks one sample of the batch"

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        return y - y[0]  # here


class SumOverTheBatch(_Refused):
    says = "the model reduces over the batch as well"

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        return y / y.sum()  # here


class Fails(_Refused):
    says = "the model fails on inputs of (2, 4, 6): ValueError: too narrow; inputs are tensors with the batch first, or shapes of one sample without it"

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] < 100:
            raise ValueError("too narrow\nby far")  # here
        return self.fc(x)


class WrongShape(_Refused):
    says = "the model fails on inputs of (2, 4, 5): RuntimeError: "
    inputs = ((4, 5),)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)  # here


class HalfParameter(_Refused):
    says = "the parameter scale is float16; specs have float32"

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(6, dtype=torch.float16))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) * self.scale  # here


class DoubleLayer(_Refused):
    says = "the parameter fc.weight is float64; specs have float32"

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.double())  # here


class ComplexNumbers(_Refused):
    says = "the model"

    def forward(self, x: Tensor) -> Tensor:
        return torch.fft.fft(self.fc(x)).real  # here


class LargeConstant(_Refused):
    says = "a constant has 160,000 numbers and no law that a spec could say them by; it can spell out 100,000"
    inputs = ((400,),)

    def forward(self, x: Tensor) -> Tensor:
        table = (torch.arange(400)[:, None] * torch.arange(400)) % 7
        return x @ table.float()  # here


class NumbersOfTheBatch(_Refused):
    says = "the model computes with numbers that differ between the samples of a batch"

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) + torch.arange(x.shape[0]).view(-1, 1, 1)  # here


class Unknown(_Refused):
    says = "the model calls cdist, which is no op of the language yet"

    def forward(self, x: Tensor) -> Tensor:
        return torch.cdist(self.fc(x), x)  # here


class SeveralIndices(_Refused):
    says = "the model indexes several axes by tensors at once"

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)[:, torch.tensor([0, 1]), torch.tensor([2, 3])]  # here


class WritesEveryOther(_Refused):
    says = "the model writes into every other position of a tensor"

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        y[:, ::2] = 0  # here
        return y


class WritesIntoOneSample(_Refused):
    says = "the model writes into a part of a tensor"

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        y[0] = 1  # here
        return y


class RoundsToDecimals(_Refused):
    says = "the model calls round with decimals=2, for which there is no op"

    def forward(self, x: Tensor) -> Tensor:
        return torch.round(self.fc(x), decimals=2)  # here


class AttendsWithDropout(_Refused):
    says = "the model draws random numbers in evaluation too (scaled_dot_product_attention)"

    def forward(self, x: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(self.fc(x), x, x, dropout_p=0.5)  # here


class LimitsItsRows(_Refused):
    says = "the model calls embedding with max_norm=1.0, which changes the table where it is read"
    inputs = (TOKENS,)

    def forward(self, x: Tensor) -> Tensor:
        return F.embedding(x, self.fc.weight, max_norm=1.0)  # here


class SpectralNormOfActivations(_Refused):
    says = "the model computes a norm of matrices of the kind 2, for which there is no op"

    def forward(self, x: Tensor) -> Tensor:
        return torch.linalg.norm(self.fc(x), 2, dim=(1, 2), keepdim=True)  # here


class ReadsBits(_Refused):
    says = "the model reads the bits of a tensor as another dtype"

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x).view(torch.int32)  # here


class StatisticsOfTheBatch(_Refused):
    says = "forward writes to norm.running_mean, so that each call computes with what the one before it left"

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(x, self.norm.running_mean, self.norm.running_var, training=True)  # here


class MaskedHeads(_Refused):
    says = "nn.MultiheadAttention is called with a mask, which the op does not take"

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x, attn_mask=torch.ones(4, 4).triu(1).bool(), need_weights=False)[0]  # here


class MaskedProduct(nn.Module):
    """The way out that the refusal names: the same attention with the same weights, which is imported."""

    def __init__(self) -> None:
        super().__init__()
        self.in_proj = nn.Linear(6, 18)
        self.out_proj = nn.Linear(6, 6)

    def forward(self, x: Tensor, is_padding: Tensor) -> Tensor:
        n, length, width = x.shape
        q, k, v = self.in_proj(x).view(n, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=~is_padding[:, None, None, :])
        return self.out_proj(y.transpose(1, 2).reshape(n, length, width))


def test_attention_with_a_mask_is_imported_as_its_refusal_says() -> None:
    refused, way = nn.MultiheadAttention(6, 2, batch_first=True).eval(), MaskedProduct().eval()
    way.load_state_dict({key.replace("in_proj_", "in_proj."): value for key, value in refused.state_dict().items()})
    x, is_padding = torch.randn(2, 4, 6), torch.tensor([[False] * 4, [False, False, True, True]])
    torch.testing.assert_close(
        way(x, is_padding), refused(x, x, x, key_padding_mask=is_padding, need_weights=False)[0], rtol=0, atol=1e-6
    )
    assert archspec.from_torch(way, x, is_padding).facts.totals.params == sum(p.numel() for p in refused.parameters())
    with pytest.raises(ImportProblem, match=r"F\.scaled_dot_product_attention\(q, k, v, attn_mask=mask\) is imported"):
        archspec.from_torch(MaskedHeads(), [4, 6])


class NoSamples(_Refused):
    says = "the model's result has no axis of samples: a tensor of 6 × 6, whatever the batch"

    def forward(self, x: Tensor) -> Tensor:
        return self.fc.weight * 2


class NoTensor(_Refused):
    says = "the model gives no tensor"

    def forward(self, x: Tensor) -> list[str]:
        return ["nothing"]


REFUSED = [kind for kind in _Refused.__subclasses__() if kind.says]


def problem(module: nn.Module, *inputs: Any) -> ImportProblem:
    with pytest.raises(ImportProblem) as caught:
        archspec.from_torch(module.eval(), *inputs)
    return caught.value


def said(found: ImportProblem) -> str:
    return f"{found.message}; {found.help}" if found.help else found.message


def marked(function: Callable[..., Any]) -> str:
    """The place of the marked line."""
    lines, start = inspect.getsourcelines(function)
    number = next((start + i for i, line in enumerate(lines) if MARK in line), None)
    return "" if number is None else f"{inspect.getsourcefile(function)}:{number} in forward"


@pytest.mark.parametrize("kind", REFUSED)
def test_it_says_why_and_where(kind: type[_Refused]) -> None:
    module = kind()
    found = problem(module, *module.inputs)
    assert kind.says in said(found)
    assert found.place.replace(" in <listcomp>", " in forward") == marked(kind.forward)
    assert "\n" not in found.message
    assert getattr(nn.Module.__call__, "__qualname__", "") == "Module._wrapped_call_impl"


def test_dropout_that_never_rests() -> None:
    found = problem(DropoutThatIsAlwaysOn(), [4, 6])
    assert "the model draws random numbers in evaluation too" in found.message


def test_a_module_in_training_is_imported_as_in_evaluation() -> None:
    class Drops(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.dropout(x * 2, 0.5, training=self.training)

    module = Drops().train()
    assert "Dropout" in archspec.from_torch(module, [4, 6]).source.text
    assert module.training


class _Quiet(nn.Module):
    """Writes that change nothing for the next call, and views whose whole is not read again."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.register_buffer("mask", torch.ones(6))
        self.cache: dict[str, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        self.mask = self.mask.to(x.dtype)
        self.cache.setdefault("half", torch.full((6,), 0.5))
        self.last = y = self.fc(x) * self.mask
        first, second = y.chunk(2, -1)
        first.mul_(2.0)
        return torch.cat([first, second], -1) * self.cache["half"]


def test_what_a_call_may_keep() -> None:
    module = _Quiet().eval()
    assert archspec.verify(archspec.from_torch(module, [4, 6]), module).ok


@pytest.mark.parametrize("kind", ["before", "after", "both"])
def test_hooks_are_recorded(kind: str) -> None:
    """The oracle is PyTorch, which calls them."""
    module = nn.Sequential(nn.Linear(6, 6), nn.ReLU())
    if kind != "after":
        module[0].register_forward_pre_hook(lambda module, args: args[0] * 3)
    if kind != "before":
        module[0].register_forward_hook(lambda module, args, result: result - args[0])
    assert archspec.verify(archspec.from_torch(module.eval(), [4, 6]), module).ok


def test_a_scripted_module_is_refused() -> None:
    found = problem(nn.Sequential(torch.jit.script(nn.Linear(6, 6))), [6])
    assert found.message == "the module 0 is compiled by TorchScript, whose steps cannot be recorded"


class _Dead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc, self.head = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        self.head(self.fc(x).relu())
        return self.fc(x)


def test_what_ran_for_nothing_is_counted() -> None:
    """By hand: three products of 6 · 6 (PyTorch's FlopCounterMode says the same, twice that)."""
    spec = archspec.from_torch(_Dead(), [6])
    assert spec.facts is not None
    assert spec.facts.totals.macs == 3 * 36
    assert spec.facts.totals.params == 2 * 42


def test_inputs_that_are_too_few() -> None:
    found = problem(nn.Bilinear(3, 3, 2), [3])
    assert found.message.startswith("the model fails on inputs of (2, 3): TypeError: ")


# The module afterwards ---------------------------------------------------------------------------------------------------


class _Busy(nn.Module):
    """Counts, remembers, and writes into its buffers."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.norm = nn.Linear(6, 6), nn.BatchNorm1d(4)
        self.register_buffer("seen", torch.zeros(1))
        self.cache: dict[str, Tensor] = {}
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.last = x
        self.seen = self.seen + 0
        self.cache["mask"] = torch.ones(6)
        return self.norm(self.fc(x)) * self.cache["mask"]


@pytest.mark.parametrize("is_training", [False, True])
def test_the_module_is_left_as_it_was(is_training: bool) -> None:
    module = _Busy().train(is_training)
    module.norm.train(not is_training)
    state = {key: value.clone() for key, value in module.state_dict().items()}
    objects = {name: id(parameter) for name, parameter in module.named_parameters()}
    attributes = {name: set(vars(child)) for name, child in module.named_modules()}
    call = nn.Module.__call__
    random = torch.get_rng_state()
    archspec.from_torch(module, [4, 6])
    assert nn.Module.__call__ is call
    assert (module.training, module.norm.training) == (is_training, not is_training)
    assert objects == {name: id(parameter) for name, parameter in module.named_parameters()}
    assert attributes == {name: set(vars(child)) for name, child in module.named_modules()}
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())
    assert (module.calls, module.cache) == (0, {})
    assert all(parameter.requires_grad and parameter.grad is None for parameter in module.parameters())
    assert torch.equal(torch.get_rng_state(), random)


def test_training_mode_is_evaluated() -> None:
    """A module in training gives the spec that it gives in evaluation."""
    module = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Dropout(0.3))
    trained = archspec.from_torch(module.train(), [6]).source.text
    assert trained == archspec.from_torch(module.eval(), [6]).source.text


@pytest.mark.parametrize("kind", [IfOnData, Fails, Unknown])
def test_after_an_error_too(kind: type[_Refused]) -> None:
    module = kind()
    call, mode = nn.Module.__call__, module.training
    before = copy.deepcopy(module.state_dict())
    with pytest.raises(ImportProblem):
        archspec.from_torch(module, *module.inputs)
    assert nn.Module.__call__ is call
    assert module.training == mode
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    assert torch.equal(torch.ones(2) + 1, torch.full((2,), 2.0)), "nothing is recorded any more"


def test_an_interrupt_goes_through() -> None:
    class Interrupted(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise KeyboardInterrupt

    call = nn.Module.__call__
    with pytest.raises(KeyboardInterrupt):
        archspec.from_torch(Interrupted(), [3])
    assert nn.Module.__call__ is call


# There and back ----------------------------------------------------------------------------------------------------------

ZOO: dict[str, dict[str, int]] = {  # with arguments that make them small, where they take some
    "lenet5": {}, "resnet": {"depth": 18}, "squeezenet": {}, "mobilenet_v2": {}, "shufflenet_v2": {}, "siamese": {},
    "dcgan_generator": {}, "dcgan_discriminator": {}, "lstm_classifier": {"T": 16},
}  # fmt: skip


@pytest.mark.parametrize("name", ZOO)
def test_a_spec_comes_back_from_its_module(name: str) -> None:
    spec = archspec.load(SPECS / "zoo" / f"{name}.yaml", **ZOO[name])
    module = archspec.build(spec).eval()
    report = archspec.analyze(spec)
    examples = [_example(item) for item in report["inputs"]]
    again = archspec.from_torch(module, *examples)
    found = archspec.analyze(again)
    assert {key: found.totals[key] for key in ("params", "macs")} == {
        key: report.totals[key] for key in ("params", "macs")
    }
    ours = archspec.build(again, device="meta").state_dict()
    assert {k: v.shape for k, v in ours.items()} == {k: v.shape for k, v in module.state_dict().items()}


def _example(item: dict[str, Any]) -> Tensor:
    shape = [size if isinstance(size, int) else 2 for size in item["shape"]]
    return torch.zeros(shape, dtype=getattr(torch, item["dtype"]))


def test_two_imports_give_the_same_text() -> None:
    module = archspec.build(archspec.load(SPECS / "zoo" / "squeezenet.yaml"))
    texts = {archspec.from_torch(module, [3, 224, 224]).source.text for _ in range(2)}
    assert len(texts) == 1


# Names -------------------------------------------------------------------------------------------------------------------


class _Named(nn.Module):
    def __init__(self, name: str, kind: str) -> None:
        super().__init__()
        self.name, self.kind = name, kind
        if kind == "module":
            self._modules[name] = nn.Linear(6, 6)
        elif kind == "group":
            self._modules[name] = nn.Sequential(nn.Linear(6, 6), nn.ReLU())
        elif kind == "parameter":
            self._parameters[name] = nn.Parameter(torch.ones(6))
        else:
            self._buffers[name] = torch.arange(6.0)

    def forward(self, x: Tensor) -> Tensor:
        if self.kind in ("module", "group"):
            return self._modules[self.name](x)  # type: ignore[misc]
        return x * (self._parameters if self.kind == "parameter" else self._buffers)[self.name]  # type: ignore[operator]


NAMES = ["lambda", "forward", "a b", "ü", "a:b", "${x}", "", "_", "__class__", "x" * 64, "null", "1e5", "0x", "\n", "'",
         "input", "from", "to", "type", "torch", "state_dict", "self"]  # fmt: skip


def problem_or_spec(module: nn.Module, *inputs: Any) -> Any:
    try:
        return archspec.from_torch(module, *inputs)
    except ImportProblem as found:
        return found


@pytest.mark.parametrize("kind", ["module", "group", "parameter", "buffer"])
@pytest.mark.parametrize("name", NAMES)
def test_names_that_specs_do_not_have(name: str, kind: str) -> None:
    """One sentence, or a spec that is right."""
    module = _Named(name, kind)
    spec = problem_or_spec(module, [6])
    if isinstance(spec, ImportProblem):
        assert "\n" not in spec.message
        assert len(spec.message) < 300
    else:
        assert archspec.verify(spec, module).ok
        assert kind in ("parameter", "buffer") or set(archspec.build(spec).state_dict()) == set(module.state_dict())


@pytest.mark.parametrize("name", ["lambda", "a b", "1e5"])
def test_the_sentence_names_them(name: str) -> None:
    found = problem(_Named(name, "module"), [6])
    assert repr(name)[1:-1] in found.message


@pytest.mark.parametrize("name", ["", "1", "class", "None", "nn", "ü", "a-b.c", "-", "Tensor", "x" * 200])
def test_a_name_that_is_asked_for_is_taken_or_refused_with_one_that_does(name: str) -> None:
    with pytest.raises(ImportProblem, match="the name ") as found:
        archspec.from_torch(nn.Linear(3, 3), [3], name=name)
    would_do = found.value.help.removesuffix(" would do")
    spec = archspec.from_torch(nn.Linear(3, 3), [3], name=would_do)
    assert spec.ok
    assert spec.name == would_do


class _Called(nn.Module):
    """An input whose name a spec does not have gets another."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, torch: Tensor, other: Tensor) -> dict[str, Tensor]:
        return {"a b": self.fc(torch) + other}


def test_names_of_inputs_and_outputs() -> None:
    spec = archspec.from_torch(_Called(), [6], [6])
    assert [node.path for node in spec.facts.graph.inputs] == ["torch_input", "other"]
    assert list(spec.facts.graph.outputs) == ["a_b"]
