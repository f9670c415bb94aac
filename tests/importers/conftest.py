"""What the tests of importers share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import torch

from archspec.document import writer
from archspec.formatting import formatted
from archspec.source import Source


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small tensors are no faster on several, and tests take turns on few cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _formatted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What an importer writes is in the form of `archspec fmt`, whatever model a test imports."""
    texts: list[str] = []
    to_yaml = writer.to_yaml

    def noted(document: Mapping[str, object]) -> str:
        texts.append(to_yaml(document))
        return texts[-1]

    monkeypatch.setattr(writer, "to_yaml", noted)
    yield
    assert [formatted(Source("imported.yaml", text)) for text in texts] == texts
