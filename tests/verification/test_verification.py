"""Two modules beside each other: what is equal, what differs, and what says nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import references
import torch
from support import ROOT, checked, spec, torchvision_models
from torch import Tensor, nn

import archspec
from archspec.verification.compare import Verification, compare, compare_state
from archspec.verification.inputs import SymbolicSize, example_inputs
from archspec.verification.randomize import borrowed, randomize

LAYERS = "  first: {type: Linear, out_features: 8}\n  norm: BatchNorm1d\n  second: {type: Linear, out_features: 3}\n"
NET = spec(LAYERS, input="[4]")
TWO = spec(LAYERS, input="[4]", more="outputs: {middle: norm, output: second}\n")


def verified(reference: nn.Module, text: str = NET, **options: Any) -> Verification:
    return archspec.verify(checked(text), reference, **options)


def test_the_same_network() -> None:
    found = verified(references.Net())
    assert found.ok
    assert found.keys_equal
    assert found.is_bit_identical
    assert found.max_abs_difference == 0
    assert (found.missing, found.unexpected, found.shapes, found.dtypes) == ((), (), {}, {})
    assert found.params == (4 * 8 + 8 + 16 + 8 * 3 + 3,) * 2
    assert found.output_std is not None
    assert (
        str(found)
        == f"""\
keys        9, equal
shapes      equal
dtypes      equal
parameters  83, equal
outputs     1, bit-identical (standard deviation {found.output_std:.3g})"""
    )


def test_keys_and_shapes_that_differ() -> None:
    found = verified(references.Net(width=7, bias=False))
    assert not found.ok
    assert found.missing == ("second.bias",)
    assert found.shapes["first.weight"] == ((8, 4), (7, 4))
    assert found.is_bit_identical is None
    said = str(found)
    assert "keys        1 of the spec's are not in the reference: second.bias" in said
    assert "first.weight is 8 × 4 in the spec, 7 × 4 in the reference" in said
    assert "outputs     not compared, since weights cannot be copied" in said


def test_dtypes_that_differ() -> None:
    found = verified(references.Net().double())
    assert found.dtypes["first.bias"] == ("float32", "float64")
    assert not found.ok


@pytest.mark.parametrize("reference", [references.Different, references.WithoutNorm])
def test_outputs_that_differ(reference: type[nn.Module]) -> None:
    found = verified(reference())
    assert found.is_state_equal
    assert not found.ok
    assert found.max_abs_difference is not None
    assert found.max_abs_difference > 0.01
    assert not found.is_within(1e-3)
    assert "differ by" in str(found)


def test_within_a_tolerance() -> None:
    found = verified(references.Almost())
    assert not found.ok
    assert found.is_within(1e-5)
    assert not found.is_within(1e-9)


@pytest.mark.parametrize(
    ("reference", "said"), [(references.Silent, "deviation is 0"), (references.Unbounded, "is nan")]
)
def test_outputs_that_say_nothing(reference: type[nn.Module], said: str) -> None:
    theirs = reference()
    ours = copy.deepcopy(theirs)
    found = compare(ours, theirs, [[torch.randn(2, 4)]])
    assert found.is_bit_identical
    assert not found.ok
    assert not found.is_within(100)
    assert "say nothing" in str(found)
    assert said in str(found)


class _Beside(references.Net):
    """An output that says something, beside what is handed in."""

    def __init__(self, more: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.more = more

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        answer = super().forward(x)
        return answer, self.more(answer)


def test_outputs_of_which_one_says_nothing() -> None:
    theirs = _Beside(lambda y: torch.ones(len(y), 3))
    found = compare(copy.deepcopy(theirs), theirs, [[torch.randn(2, 4)]])
    assert found.ok
    assert found.silent == (1,)
    assert "output 2 holds one value throughout, so that being equal says little" in str(found)
    other = compare(_Beside(lambda y: torch.zeros(len(y), 3)), theirs, [[torch.randn(2, 4)]])
    assert not other.is_close
    assert not other.is_silent


def test_an_output_that_varies_in_one_of_the_calls_says_something() -> None:
    theirs = _Beside(lambda y: y.amax(1).round())
    theirs.second.weight.data[:] = 1  # type: ignore[operator, union-attr]
    calls = [[torch.zeros(2, 4)], [torch.tensor([[9.0] * 4, [-9.0] * 4])]]
    found = compare(copy.deepcopy(theirs), theirs, calls)
    assert found.ok
    assert found.silent == ()


def test_what_does_not_compute() -> None:
    found = verified(references.Broken())
    assert found.problem == "the reference does not compute: RuntimeError: no"
    assert not found.ok


@pytest.mark.parametrize("kind", ["tuple", "named", "dataclass", "dict", "nested"])
def test_several_outputs(kind: str) -> None:
    found = verified(references.Two(kind), TWO)
    assert found.ok
    assert found.outputs == 2


def test_outputs_of_another_number_or_order() -> None:
    assert (
        verified(references.Two(), NET).problem
        == "the spec gives 2 × 3 float32, the reference 2 × 8 float32, 2 × 3 float32"
    )
    turned = TWO.replace("middle: norm, output: second", "output: second, middle: norm")
    assert not verified(references.Two(), turned).ok


def test_the_reference_stays_as_it_was() -> None:
    theirs = references.Net().train()
    theirs.second.eval()
    before = {key: tensor.clone() for key, tensor in theirs.state_dict().items()}
    before_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    state = torch.random.get_rng_state()
    built = torch.random.get_rng_state()
    verified(theirs)
    assert all(torch.equal(tensor, before[key]) for key, tensor in theirs.state_dict().items())
    assert theirs.training
    assert not theirs.second.training
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before_threads)
    assert torch.equal(state, built)
    assert torch.backends.mha.get_fastpath_enabled()


def test_weights_that_are_given() -> None:
    theirs = references.Net()
    given = {key: tensor + 1 for key, tensor in theirs.state_dict().items()}
    assert verified(references.Net(), state=given).output_std == verified(theirs, state=given).output_std
    assert verified(theirs, state=given).output_std != verified(theirs).output_std
    assert verified(theirs, seed=1).output_std != verified(theirs).output_std
    assert verified(theirs).output_std == verified(references.Net()).output_std


def test_everything_random_is_filled() -> None:
    model, fresh = references.Net(), references.Net()
    fresh.load_state_dict(model.state_dict())
    randomize(model)
    for key, tensor in model.state_dict().items():
        assert (tensor != fresh.state_dict()[key]).all(), key
    assert (model.norm.running_var > 0).all()


def test_borrowing_survives_an_error() -> None:
    model = references.Net()
    before = model.first.weight.clone()

    def fill() -> None:
        with borrowed(model):
            randomize(model)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fill()
    assert torch.equal(model.first.weight, before)


def test_shared_parameters_count_once() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model[1].weight = model[0].weight
    found = compare_state(model, nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4)))
    assert found.params == (24, 40)
    assert not found.is_state_equal


# Inputs ------------------------------------------------------------------------------------------------------------


def test_inputs_are_what_the_spec_says() -> None:
    text = spec(
        "  kinds: {type: Embedding, num_embeddings: 2, embedding_dim: 4, from: kind}\n"
        "  words: {type: Embedding, num_embeddings: 50, embedding_dim: 4, from: word}\n"
        "  sum: {type: Add, from: [kinds, words]}\n",
        input="{kind: {shape: [40], dtype: int64}, word: {shape: [40], dtype: int32}}",
    ).replace("input:", "inputs:")
    facts = checked(text).facts
    assert facts is not None
    kind, word = example_inputs(facts)
    assert (kind.shape, kind.dtype, set(kind.flatten().tolist())) == ((2, 40), torch.int64, {0, 1})
    assert word.dtype == torch.int32
    assert 2 < word.max() < 50


def test_symbolic_sizes_have_to_be_set() -> None:
    facts = checked(spec("  relu: ReLU\n", input="[3, H, 4]")).facts
    assert facts is not None
    with pytest.raises(
        SymbolicSize,
        match=r"the input input has the symbolic size H; give H a number: spec\.with_\(H=…\), or --set H=… of",
    ):
        example_inputs(facts)


# Well-known networks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [("torchvision/alexnet", "alexnet"), ("zoo/resnet", "resnet50"), ("zoo/squeezenet", "squeezenet1_0")],
)
def test_it_is_torchvisions(path: str, name: str) -> None:
    found = archspec.verify(archspec.load(ROOT / "specs" / f"{path}.yaml"), getattr(torchvision_models(), name)())
    assert found.ok, str(found)
    assert found.output_std is not None
    assert 1e-3 < found.output_std < 1e3, "neither vanished nor exploded"


def test_fused_attention_is_left_out() -> None:
    loaded = archspec.load(ROOT / "specs" / "zoo" / "transformer.yaml", S=7, T=5)
    assert archspec.verify(loaded, nn.Transformer(batch_first=True)).ok


@pytest.mark.parametrize("name", ["densenet", "mobilenet_v3", "lstm_classifier", "siamese"])
def test_random_weights_keep_signals_alive(name: str) -> None:
    path: Path = ROOT / "specs" / "zoo" / f"{name}.yaml"
    loaded = archspec.load(path, **({"T": 5} if name == "lstm_classifier" else {}))
    found = archspec.verify(loaded, archspec.build(loaded))
    assert found.ok, str(found)
    assert found.output_std is not None
    assert 1e-3 < found.output_std < 1e3


class _DefinedLater(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(8, 8)
        self.first = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.first(x))


def test_another_order_of_parameters_is_said() -> None:
    """An optimizer's state goes by it; that all else is equal stands beside it."""
    module = _DefinedLater()
    spec = archspec.from_torch(module, [8])
    found = archspec.verify(spec, module)
    assert found.ok
    assert found.order == ("first.weight", "last.weight")
    assert next(iter(dict(archspec.build(spec).named_parameters()))) == "first.weight"
    assert "order       first.weight in the spec where the reference has last.weight" in str(found)
    assert archspec.verify(spec, archspec.build(spec)).order is None
