"""A generated module beside the layers it was generated from, computed one by one: numbers, bit for bit.

Enters: facts and a generated module. Leaves: `Values`, which says what was compared and what differs. Start values are those of
one seed at every random draw; then both compute with the same random weights on the same random inputs. Imports torch.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as product_of
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from archspec.backends.torch import Generated
from archspec.backends.torch.helpers import HELPERS
from archspec.dims import BATCH, Size, product, substitute
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.limits import MAX_VERIFIED_BYTES, MAX_VERIFIED_WORK
from archspec.ops.base import ITEM_BYTES
from archspec.running.build import load
from archspec.running.watch import Watch
from archspec.verification.calling import named
from archspec.verification.compare import bits, difference, reproducible
from archspec.verification.inputs import SIZES, example_inputs, free_symbols
from archspec.verification.interpreter import Interpreter, Tensors, last_reads
from archspec.verification.randomize import randomize
from archspec.verification.seeding import seed
from archspec.words import counted

_BATCHES = (2, 1)
"""How many samples; one where two take too long."""


@dataclass(frozen=True, slots=True)
class Values:
    """What a comparison of numbers found. `compared` is empty where nothing was; `why_not` says what was left out, and why."""

    differences: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    why_not: str = ""


def compare_values(facts: Facts, generated: Generated) -> Values:
    """Start values, then the outputs of every layer, in evaluation and in training, two calls each."""
    if _too_large(facts):
        return Values(why_not=_too_large(facts))
    with reproducible():
        try:
            with _OneSeed():  # type: ignore[no-untyped-call]
                model = vars(load(generated.text, generated.name))[generated.name]()
        except Exception as error:  # whatever torch raises is what is to be told
            return Values((f"the module cannot be built: {_first_line(error)}",))
        with _OneSeed():  # type: ignore[no-untyped-call]
            reference = Interpreter(facts, {name: _helper(name) for name in HELPERS})
        found = tuple(_compare_state(facts, model, reference.state, "starts as"))
        if found:
            return Values(found)
        return _compare_calls(facts, generated, model, reference)


def _helper(name: str) -> Any:
    """A class that the module defines beside those of the spec: its text is fixed, and the same for all networks."""
    imports = "from torch import Tensor, nn\nfrom torch.nn import functional as F\n\n\n"
    return vars(load(f"{imports}{HELPERS[name]}\n", name))[name]


# What can be afforded -------------------------------------------------------------------------------------------------


def _too_large(facts: Facts) -> str:
    """Why the network cannot be built twice; nothing where it can."""
    size = _number(facts.totals.param_bytes, {})
    if size is None:
        return "the number of parameters is not known"
    return f"its weights take {size / 1e9:.3g} GB, and are needed twice" if 2 * size > MAX_VERIFIED_BYTES else ""


def _number(size: Size | None, sizes: Mapping[str, int]) -> int | None:
    found = substitute(size, sizes) if size is not None else None
    return found if isinstance(found, int) else None


def _affordable(facts: Facts, sizes: Mapping[str, int]) -> tuple[int, str]:
    """How many calls of a kind can be made with these sizes (2, 1 in evaluation only, or 0), and why no more."""
    work, peak = 0, 0
    live: dict[int, int] = {}
    last = last_reads(facts)
    for node in facts.graph.nodes:
        record = facts.of(node)
        macs = _number(record.macs, sizes)
        tensors = [(_number(product(t.shape), sizes), ITEM_BYTES[t.dtype]) for t in (record.outputs or {}).values()]
        if macs is None or any(numbers is None for numbers, _ in tensors):
            return 0, f"the work that {node.path} takes is not known"
        work += macs * sizes[BATCH] + sum(numbers or 0 for numbers, _ in tensors)
        live[node.index] = sum((numbers or 0) * size for numbers, size in tensors)
        peak = max(peak, sum(live.values()))
        for index in last.get(node.index, ()):
            live.pop(index, None)
    if 2 * (_number(facts.totals.param_bytes, {}) or 0) + 2 * peak > MAX_VERIFIED_BYTES:
        return 0, f"its weights and tensors take more than {MAX_VERIFIED_BYTES / 2e9:.3g} GB"
    if 2 * work > MAX_VERIFIED_WORK:  # the module, and the layers
        return 0, f"a call takes {work:,} operations"
    return (2, "") if 8 * work <= MAX_VERIFIED_WORK else (1, f"a call takes {work:,} operations")


# State ----------------------------------------------------------------------------------------------------------------


class _OneSeed(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Begins anew at every random draw, so that no draw depends on those before it."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags:
            seed(0)
        return func(*args, **(kwargs or {}))


def _state(facts: Facts, model: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters and buffers by every name they have, those that are not saved too; without those of foreign classes."""
    foreign = tuple(
        f"{node.path}." for node in facts.graph.layers if node.op is not None and node.op.kind == "external"
    )
    named = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
    return {name: tensor for name, tensor in named if not name.startswith(foreign)}


def _compare_state(facts: Facts, model: nn.Module, reference: nn.Module, verb: str) -> Iterator[str]:
    mine, theirs = _state(facts, model), _state(facts, reference)
    for name in sorted(theirs.keys() - mine.keys()):
        yield f"{name} is not in the module"
    for name in sorted(mine.keys() - theirs.keys()):
        yield f"{name} is in the module, but not in the spec"
    for name, tensor in theirs.items():
        other = mine.get(name)
        if other is None:
            continue
        if (other.shape, other.dtype) != (tensor.shape, tensor.dtype):
            yield f"{name} has another shape or kind of numbers in the module"
        elif not torch.equal(bits(other), bits(tensor)):
            yield f"{name} {verb} other numbers in the module, by {difference(other.detach(), tensor.detach()):.3g} at most"
    if {frozenset(group) for group in _shared(mine)} != {frozenset(group) for group in _shared(theirs)}:
        yield "other parameters are one and the same in the module"


def _shared(state: Mapping[str, torch.Tensor]) -> list[list[str]]:
    """The names that stand for one tensor."""
    found: dict[int, list[str]] = {}
    for name, tensor in state.items():
        found.setdefault(id(tensor), []).append(name)
    return list(found.values())


def _align(model: nn.Module, reference: nn.Module) -> None:
    """The same random weights and statistics in both; the parameters are the same tensors."""
    randomize(model)
    mine = dict(model.named_buffers(remove_duplicate=False))
    with torch.no_grad():
        for name, parameter in model.named_parameters(remove_duplicate=False):
            owner, _, leaf = name.rpartition(".")
            reference.get_submodule(owner).register_parameter(leaf, parameter)
        for name, buffer in reference.named_buffers(remove_duplicate=False):
            buffer.copy_(mine[name])


# Calls ----------------------------------------------------------------------------------------------------------------


def _compare_calls(facts: Facts, generated: Generated, model: nn.Module, reference: Interpreter) -> Values:
    done = ["start values"]
    _align(model, reference.state)
    inputs, sizes, why_not = _inputs(facts, reference)
    if inputs is None:
        return Values((), tuple(done), why_not)
    calls, why_not = _affordable(facts, sizes)
    differences: list[str] = []
    for training in (False, True)[:calls]:
        kind = "training" if training else "evaluation"
        for call in range(calls):
            try:
                differences = list(_compare_call(facts, generated, model, reference, inputs, training))
            except _Reference as error:
                return Values((), tuple(done), f"in {kind} the layers do not compute on random numbers: {error}")
            if differences:
                return Values(tuple(f"in {kind}, call {call + 1}: {said}" for said in differences), tuple(done))
        done.append(f"{'two calls' if calls > 1 else 'one call'} in {kind}")
    differences += _compare_state(facts, model, reference.state, "ends as") if calls else ()
    return Values(tuple(differences), tuple(done), why_not)


class _Reference(Exception):
    """The layers themselves do not compute."""


def _inputs(facts: Facts, reference: Interpreter) -> tuple[list[torch.Tensor] | None, dict[str, int], str]:
    """Inputs on which the layers compute, and the sizes that they have; else why there are none."""
    names = {BATCH, *free_symbols(facts)}
    reasons: list[str] = []
    for batch, size in product_of(_BATCHES, SIZES if len(names) > 1 else SIZES[:1]):
        sizes = {**dict.fromkeys(names, size), BATCH: batch}
        calls, reason = _affordable(facts, sizes)
        if not calls:
            reasons.append(reason)
            continue
        inputs = example_inputs(facts, 0, batch, sizes)
        if len(names) > 1:
            try:
                reference.state.eval()
                reference(*_copied(inputs))
            except Exception as error:  # a size that does not fit
                reasons.append(f"the layers do not compute on random numbers: {_first_line(error)}")
                continue
        return inputs, sizes, ""
    return None, {}, reasons[0]


def _copied(inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    return [tensor.clone() for tensor in inputs]


def _compare_call(
    facts: Facts,
    generated: Generated,
    model: nn.Module,
    reference: Interpreter,
    inputs: Sequence[torch.Tensor],
    training: bool,
) -> Iterator[str]:
    wanted: dict[tuple[str, str], tuple[object, ...]] = {}

    def see(node: Node, found: Tensors) -> None:
        wanted.update(((node.path, port), _digest(tensor)) for port, tensor in found.items())

    reference.see = see
    reference.state.train(training)
    seed(1)
    try:
        want = list(named(reference(*_copied(inputs)), torch.Tensor).values())
    except Exception as error:  # whatever torch raises
        raise _Reference(_first_line(error)) from error
    watch = Watch(facts, generated, model, _digest)
    seed(1)
    try:
        got = list(named(watch.run(_copied(inputs), training), torch.Tensor).values())
    except Exception as error:  # as above
        yield f"the module does not compute: {_first_line(error)}"
        return
    for (path, port), digest in wanted.items():
        seen = watch.seen.get((path, port))
        if seen is not None and seen != digest:
            yield f"{path if port == 'output' else f'{path}.{port}'} gives other numbers in the module than by itself"
            break
    computed = {path for path, _ in watch.seen}
    for node in facts.graph.layers:
        if node.train_only and not training and node.path in computed and watch.uses[node.path] == [node.path]:
            yield f"{node.path} is computed in evaluation, but the spec computes it in training only"
    if len(got) != len(want):
        yield f"the module gives {counted(len(got), 'tensor')}, the spec {len(want)}"
    for number, (mine, theirs) in enumerate(zip(got, want, strict=False)):
        if (mine.shape, mine.dtype) != (theirs.shape, theirs.dtype):
            yield f"output {number} has another shape or kind of numbers"
        elif not torch.equal(bits(mine), bits(theirs)):
            yield f"output {number} differs by {difference(mine, theirs):.3g} at most"


def _digest(tensor: torch.Tensor) -> tuple[object, ...]:
    """What two tensors of the same bits have in common."""
    return tuple(tensor.shape), tensor.dtype, zlib.crc32(bits(tensor).numpy().tobytes())


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200] if lines else ''}"
