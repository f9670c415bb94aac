"""Checkpoints beside specs: what is said loads is what `load_state_dict` loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from support import ROOT, checked, spec

import archspec
from archspec.weights.checkpoint import read_checkpoint
from archspec.weights.expected import expected, externals
from archspec.weights.load import load
from archspec.weights.match import Match, match, transposed
from archspec.weights.model import CheckpointError

SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
NET = spec(
    "  conv: {type: Conv2d, out_channels: 4, kernel_size: 3}\n  norm: BatchNorm2d\n  flatten: Flatten\n"
    "  fc: {type: Linear, out_features: 10}\n"
)
TIED = spec(
    "  embed: {type: Embedding, num_embeddings: 9, embedding_dim: 4}\n"
    "  head: {type: Linear, out_features: 9, bias: false, tie: {weight: embed.weight}}\n",
    input="{shape: [5], dtype: int64}",
)


def state(text: str = NET) -> dict[str, Any]:
    """The `state_dict` of a spec's module."""
    return dict(archspec.build(checked(text)).state_dict())


def matched(tensors: dict[str, Any], folder: Path, text: str = NET, ending: str = ".pt", strip: str = "") -> Match:
    """The spec beside a file of these tensors."""
    facts = checked(text).facts
    assert facts is not None
    path = str(folder / f"weights{ending}")
    if ending == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save(tensors, path)
    return match(expected(facts), read_checkpoint(path, strip), externals(facts))


def statuses(found: Match) -> dict[str, str]:
    return {row.key: row.status for row in found.rows if row.status != "loads"}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_expected_keys_are_those_of_the_module(path: Path) -> None:
    loaded = archspec.load(path)
    assert loaded.facts is not None
    built = archspec.build(loaded, device="meta").state_dict()
    assert {item.key: (item.shape, item.dtype) for item in expected(loaded.facts)} == {
        key: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for key, tensor in built.items()
    }


@pytest.mark.parametrize("ending", [".safetensors", ".pt", ".pth", ".bin", ".ckpt"])
def test_everything_loads(ending: str, tmp_path: Path) -> None:
    tensors = state()
    found = matched(tensors, tmp_path, ending=ending)
    assert found.ok
    assert not found.hints
    model = archspec.build(checked(NET))
    model.load_state_dict(load(found), strict=True)
    assert all(torch.equal(tensor, tensors[key]) for key, tensor in model.state_dict().items())


def test_each_kind_of_mismatch(tmp_path: Path) -> None:
    tensors = state()
    tensors["conv.weight"] = torch.zeros(4, 1, 3, 3)
    tensors["norm.weight"] = torch.zeros(4, dtype=torch.int64)
    tensors["head.weight"] = tensors.pop("fc.weight")
    tensors["fc.bias"] = tensors["fc.bias"].half()
    found = matched(tensors, tmp_path)
    assert statuses(found) == {
        "conv.weight": "shape", "norm.weight": "dtype", "fc.weight": "missing", "head.weight": "unexpected"
    }  # fmt: skip
    rows = {row.key: row for row in found.rows}
    assert rows["fc.bias"].note == "float16 becomes float32"
    assert rows["head.weight"].meant == "fc.weight"
    assert not found.ok


def test_what_resembles_a_missing_key_and_fits(tmp_path: Path) -> None:
    tensors = state()
    tensors["fc1.weight"], tensors["Fc.Bias"] = tensors.pop("fc.weight"), tensors.pop("fc.bias")
    meant = {row.key: row.meant for row in matched(tensors, tmp_path).rows if row.status == "unexpected"}
    assert meant == {"fc1.weight": "fc.weight", "Fc.Bias": "fc.bias"}


@pytest.mark.parametrize("order", [(3, 2, 0, 1), (1, 0, 2, 3), (2, 3, 0, 1)])
def test_a_transposed_tensor_is_named(order: tuple[int, ...], tmp_path: Path) -> None:
    """As TensorFlow stores them (space, in, out), as a transposed convolution does, by channels; the way that is named was tried."""
    tensors = state()
    whole = {"conv.weight": torch.rand(4, 3, 5, 6), "fc.weight": tensors["fc.weight"]}
    back = [order.index(axis) for axis in range(4)]
    stored = {"conv.weight": whole["conv.weight"].permute(back), "fc.weight": whole["fc.weight"].T}
    assert torch.equal(stored["conv.weight"].permute(order), whole["conv.weight"])
    assert transposed(tuple(stored["conv.weight"].shape), (4, 3, 5, 6)) == order
    tensors |= {"fc.weight": stored["fc.weight"].contiguous()}
    (row,) = (row for row in matched(tensors, tmp_path).rows if row.status == "shape")
    assert (row.key, row.note) == ("fc.weight", "transposed in the file: .T gives it")


def test_a_transposed_tensor_of_another_name_is_named(tmp_path: Path) -> None:
    tensors = state()
    tensors["fc.kernel"] = tensors.pop("fc.weight").T.contiguous()
    (row,) = (row for row in matched(tensors, tmp_path).rows if row.status == "unexpected")
    assert (row.meant, row.note, row.axes) == ("fc.weight", "transposed in the file: .T gives it", (1, 0))


def test_another_shape_is_no_transposed_one() -> None:
    assert (
        transposed((4, 3), (4, 5))
        == transposed((3,), (4,))
        == transposed((3, 4), (4, 3, 1))
        == transposed((4, 4), (4, 4))
        == ()
    )


@pytest.mark.parametrize("prefix", ["module.", "model.", "module.net."])
def test_a_common_beginning(prefix: str, tmp_path: Path) -> None:
    tensors = {prefix + key: tensor for key, tensor in state().items()} | {"loss.scale": torch.ones(())}
    (hint,) = matched(tensors, tmp_path).hints
    assert hint == f"9 of the file's 10 keys begin with {prefix}, and 9 of them load without it: --strip {prefix}"
    assert statuses(matched(tensors, tmp_path, strip=prefix)) == {"loss.scale": "unexpected"}
    assert load(matched(tensors, tmp_path, strip=prefix)).keys() == {*state(), "loss.scale"}


def test_a_key_with_and_without_the_beginning(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="both with and without module"):
        matched({"a": torch.ones(1), "module.a": torch.ones(1)}, tmp_path, strip="module.")


@pytest.mark.parametrize(
    ("nested", "within"),
    [(("state_dict",), ("state_dict",)), (("model",), ("model",)), (("state_dict", "model"), ("model", "state_dict"))],
)
def test_nested_files_are_unwrapped(nested: tuple[str, ...], within: tuple[str, ...], tmp_path: Path) -> None:
    tensors: dict[str, Any] = state() | {"epoch": 3}
    for name in nested:
        tensors = {name: tensors, "optimizer": {"lr": 0.1}}
    found = matched(tensors, tmp_path)
    assert found.ok
    assert found.checkpoint.within == within
    assert found.checkpoint.others == ("epoch",)


def test_batch_norms_of_old_files(tmp_path: Path) -> None:
    tensors = {key: tensor for key, tensor in state().items() if "num_batches" not in key}
    found = matched(tensors, tmp_path)
    assert found.ok
    archspec.build(checked(NET)).load_state_dict(load(found), strict=True)
    archspec.build(checked(NET)).load_state_dict(tensors, strict=True)  # as PyTorch itself does


@pytest.mark.parametrize("left_out", ["head.weight", "embed.weight"])
def test_a_tied_tensor_may_stand_under_either_name(left_out: str, tmp_path: Path) -> None:
    tensors = {key: tensor.clone() for key, tensor in state(TIED).items() if key != left_out}
    found = matched(tensors, tmp_path, TIED, ".safetensors")
    assert found.ok
    (note,) = [row.note for row in found.rows if row.note]
    assert note == f"not in the file; it is {next(iter(tensors))}"
    model = archspec.build(checked(TIED))
    model.load_state_dict(load(found), strict=True)
    assert torch.equal(model.get_parameter(left_out), next(iter(tensors.values())))
    assert statuses(matched({"other": torch.ones(1)}, tmp_path, TIED)) == {
        "embed.weight": "missing", "head.weight": "missing", "other": "unexpected"
    }  # fmt: skip


def test_scalars_of_old_files(tmp_path: Path) -> None:
    tensors = state() | {"norm.num_batches_tracked": torch.tensor([7])}
    found = matched(tensors, tmp_path)
    assert found.ok
    assert load(found)["norm.num_batches_tracked"].shape == ()


def test_tensors_of_python_layers_are_not_compared(tmp_path: Path) -> None:
    text = spec('  a: {type: "python:some.Layer", output: [3], params: 7}\n')
    found = matched({"a.weight": torch.ones(7)}, tmp_path, text)
    assert found.ok
    assert statuses(found) == {"a.weight": "unknown"}


def meant_of(tensors: dict[str, Any], folder: Path, text: str = NET) -> dict[str, str | None]:
    return {row.key: row.meant for row in matched(tensors, folder, text).rows if row.status == "unexpected"}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (("gamma", "beta"), ("weight", "bias")),
        (("scale", "offset"), ("weight", "bias")),
        (("moving_mean", "moving_variance"), ("running_mean", "running_var")),
        (("g", "b"), ("weight", "bias")),
    ],
)
def test_words_of_other_libraries_are_one_to_one(
    theirs: tuple[str, str], ours: tuple[str, str], tmp_path: Path
) -> None:
    tensors = state()
    for their, our in zip(theirs, ours, strict=True):
        tensors[f"norm.{their}"] = tensors.pop(f"norm.{our}")
    assert meant_of(tensors, tmp_path) == {f"norm.{t}": f"norm.{o}" for t, o in zip(theirs, ours, strict=True)}


def test_no_key_is_meant_twice(tmp_path: Path) -> None:
    tensors = state()
    tensors["fcc.weight"] = tensors["fc1.weight"] = tensors.pop("fc.weight")
    tensors["fc_.weight"] = tensors["fcc.weight"]
    meant = [own for own in meant_of(tensors, tmp_path).values() if own is not None]
    assert meant == ["fc.weight"]


def test_a_beginning_is_named_only_where_more_loads_without_it(tmp_path: Path) -> None:
    """The keys are ours without it, but the shapes are not."""
    tensors = {f"old.{key}": torch.zeros(7, 7) for key in state()}
    assert not matched(tensors, tmp_path).hints
    both = {**state(), **{f"ema.{key}": tensor for key, tensor in state().items()}}
    assert not matched(both, tmp_path).hints


def test_a_checkpoint_that_was_made_half_loads(tmp_path: Path) -> None:
    tensors = {key: value.half() for key, value in state().items()}
    found = matched(tensors, tmp_path)
    assert found.ok, [row for row in found.rows if row.status != "loads"]
    archspec.build(checked(NET)).load_state_dict(tensors)
