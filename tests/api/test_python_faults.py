"""What Python users are told of their mistakes: errors that travel between processes, and one line for a wrong argument."""

from __future__ import annotations

import pickle

import pytest

import archspec

OPEN = "archspec: 1\nname: Small\ninput: [3, H, W]\nlayers:\n  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"
WRONG = OPEN.replace("out_channels: 8", "out_channels: 0")


def _error() -> archspec.SpecError:
    with pytest.raises(archspec.SpecError) as caught:
        archspec.parse(WRONG)
    return caught.value


def test_a_spec_error_travels_between_processes() -> None:
    error = _error()
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is archspec.SpecError
    assert str(again) == str(error)
    assert [(d.code, d.message, d.span[1:]) for d in again.diagnostics] == [
        (d.code, d.message, d.span[1:]) for d in error.diagnostics
    ]


@pytest.mark.parametrize(
    "error",
    [
        archspec.UnknownSymbol("no such size"),
        archspec.SettingsError("wrong"),
        archspec.OutputError("not written"),
        archspec.ImportProblem("no spec says this", "model.py:3", "leave it out"),
    ],
)
def test_the_other_errors_travel_between_processes(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.args, vars(again)) == (type(error), error.args, vars(error))


def test_the_message_begins_with_its_first_line() -> None:
    error = _error()
    assert str(error).startswith(f"error[{error.diagnostics[0].code}]: {error.diagnostics[0].message}\n")
