"""`FILE.py:CALLABLE`, and what is said where a module, a file or a name in it is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from archspec.verification.reference import NoReference, findable, reference

MODEL = """from torch import nn
from beside_it import WIDTH


class Net(nn.Linear):
    def __init__(self):
        super().__init__(WIDTH, 3)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "beside_it.py").write_text("WIDTH = 7\n")
    (tmp_path / "my_own_model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("beside_it", "my_own_model"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize("target", ["my_own_model.py:Net", "./my_own_model.py:Net", "my_own_model:Net"])
def test_a_file(folder: Path, target: str) -> None:
    before = list(sys.path)
    with findable(target):
        assert reference(target, {}).in_features == 7
    assert sys.path == before


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("my_own_model.py:Nett", "my_own_model.py has no Nett; did you mean Net?"),
        ("my_own_model:Other", "my_own_model has no Other; it has Net"),
        ("my_own_modell:Net", "there is no module my_own_modell here; did you mean my_own_model?"),
        ("nowhere.py:Net", "there is no file nowhere.py"),
        (
            "my_own_model.py",
            "--against takes MODULE:CALLABLE (torchvision.models:resnet50), not my_own_model.py; or a file of yours, FILE.py:CALLABLE",
        ),
    ],
)
def test_what_is_not_there(folder: Path, target: str, said: str) -> None:
    with findable(target), pytest.raises(NoReference) as raised:
        reference(target, {})
    assert str(raised.value) == said
