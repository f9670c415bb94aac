"""`archspec verify SPEC --against MODULE:CALLABLE`: whether an existing module is the network that the spec says.

The module is imported and built, which runs its code: the person at the keyboard named it. With `--weights` alone, whether the
file loads into the spec's own module.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archspec.commands import common
from archspec.commands.common import ERRORS, OK, UNUSABLE, Commands, Unusable
from archspec.commands.weights import add_keys, load_state

if TYPE_CHECKING:
    from archspec.checking import Result
    from archspec.verification.compare import Verification

SCHEMA = "archspec.verification/1"


def add(commands: Commands) -> None:
    """The arguments of `verify`."""
    verify = commands.add_parser("verify", help="compare with an existing PyTorch module, outputs too")
    common.add_spec(verify)
    verify.add_argument(
        "--against", metavar="MODULE:CALLABLE", help="the reference: CALLABLE of MODULE answers an nn.Module"
    )
    verify.add_argument("--arguments", nargs="+", action="extend", default=[], metavar="NAME=VALUE",
                        help="what the reference is called with")  # fmt: skip
    verify.add_argument("--weights", metavar="FILE", help="load these into both, instead of random weights")
    add_keys(verify)
    verify.add_argument(
        "--seed", type=_seed, default=0, metavar="N", help="of random weights and inputs; 0 if left out"
    )
    verify.add_argument("--tolerance", type=_tolerance, default=0.0, metavar="X",
                        help="let outputs differ by X; left out, they have to be bit-identical")  # fmt: skip
    verify.add_argument("--format", choices=("text", "json"), default="text", help="how the result is printed")
    common.add_allow_python(verify)
    common.add_set(verify)
    verify.set_defaults(run=run)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        instead = common.instead(text, 0, 10**18 - 1)
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a number from 0 up{instead}")
    return int(text)


def _tolerance(text: str) -> float:
    try:
        value = float(text[:40]) if text.isascii() else -1.0
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a number from 0 up")
    return value


def run(options: argparse.Namespace) -> int:
    """Prints the comparison. 1: the spec has errors, or the networks differ. 2: one of them does not compute."""
    if not options.against and not options.weights:
        raise Unusable("verify takes --against MODULE:CALLABLE, --weights FILE, or both")
    arguments = common.values(options.arguments, "--arguments")
    result = common.load(options.spec, common.values(options.set))
    facts = common.usable(result)
    if facts is None:
        return ERRORS
    common.need_torch("verify")
    state = None
    if options.weights:
        state = load_state(facts, options.weights, options.strip, options.key)
        if state is None:
            return ERRORS
    if not options.against:
        return _load_alone(result, options, state or {})
    found = _verify(result, options, arguments, state)
    _PRINTERS[options.format](found, facts.graph.name, options)
    if found.is_state_equal and found.outputs is None:
        return UNUSABLE
    return OK if found.is_within(options.tolerance) else ERRORS


def _verify(
    result: Result, options: argparse.Namespace, arguments: dict[str, Any], state: Mapping[str, Any] | None
) -> Verification:
    from archspec import api
    from archspec.diagnostics.text import escape
    from archspec.verification.calling import NoCall
    from archspec.verification.inputs import SymbolicSize
    from archspec.verification.reference import IsCall, NoReference, findable, reference
    from archspec.weights.model import CheckpointError

    try:
        with findable(options.against):
            theirs = reference(options.against, arguments)
            return api.verify(result, theirs, options.seed, state=state, allow_python=options.allow_python)
    except api.SpecError as error:
        common.say_errors(error.diagnostics)
        raise Unusable("the spec has no PyTorch module to compare") from None
    except IsCall as call:
        raise Unusable(escape(f"{call}: {common.line_for(options, options.against, call)}")) from None
    except (NoReference, NoCall, SymbolicSize, CheckpointError) as error:
        raise Unusable(escape(str(error))) from None


def _load_alone(result: Result, options: argparse.Namespace, state: Mapping[str, Any]) -> int:
    """The file into the spec's module, strictly."""
    import json

    from archspec import api
    from archspec.diagnostics.text import escape
    from archspec.weights.load import load_into
    from archspec.weights.model import CheckpointError

    assert result.facts is not None, "the spec was found usable"
    name = result.facts.graph.name
    try:
        with common.allowed_here(options):
            load_into(api.build(result, options.allow_python), state)
    except api.SpecError as error:
        common.say_errors(error.diagnostics)
        return ERRORS
    except CheckpointError as error:
        raise Unusable(escape(str(error))) from None
    if options.format == "json":
        print(
            json.dumps(
                {"schema": SCHEMA, "spec": _spec(name, options), "weights": options.weights, "ok": True}, indent=2
            )
        )
    else:
        said = f"all {len(state)} tensors load, and are loaded" if len(state) != 1 else "its only tensor is loaded"
        print(escape(f"{options.weights} into {name}: {said}"))
    return OK


def _spec(name: str, options: argparse.Namespace) -> dict[str, str]:
    return {"name": name, "path": common.shown(options.spec)}


def _print_text(found: Verification, name: str, options: argparse.Namespace) -> None:
    from archspec.diagnostics.text import escape

    weights = f"the weights of {options.weights}" if options.weights else f"random weights (seed {options.seed})"
    print(escape(f"{name} beside {options.against}, with {weights}"))
    print(found)
    if found.gradients and found.is_within(options.tolerance):
        print("the same network in evaluation; in training it is another")
    elif found.ok:
        print("the same network")
    elif found.is_within(options.tolerance):
        print(f"the same network, up to {options.tolerance:g}")
    elif found.is_silent:
        print("this does not show whether they are the same network")
    else:
        print("not the same network, as far as this shows" if found.is_state_equal else "not the same network")


def _print_json(found: Verification, name: str, options: argparse.Namespace) -> None:
    import json
    from math import isfinite

    def number(value: float | None) -> float | None:
        return value if value is not None and isfinite(value) else None

    print(json.dumps({
        "schema": SCHEMA,
        "spec": _spec(name, options),
        "reference": options.against,
        "weights": options.weights,
        "seed": options.seed,
        "tolerance": options.tolerance,
        "ok": found.is_within(options.tolerance),
        "keys": found.keys,
        "missing": found.missing,
        "unexpected": found.unexpected,
        "shapes": found.shapes,
        "dtypes": found.dtypes,
        "params": found.params,
        "order": found.order,
        "buffers": {key: number(difference) for key, difference in found.buffers.items()},
        "trainable": found.trainable,
        "outputs": found.outputs,
        "max_abs_difference": number(found.max_abs_difference),
        "is_bit_identical": found.is_bit_identical,
        "output_std": number(found.output_std),
        "silent": found.silent,
        "gradients": found.gradients,
        "problem": found.problem or None,
    }, indent=2))  # fmt: skip


_PRINTERS = {"text": _print_text, "json": _print_json}
