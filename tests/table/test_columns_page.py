"""The page on tables names every column there is, and the usual ones."""

from __future__ import annotations

import re

import pytest
from support import ROOT

from archspec.backends.table import layers, networks

PAGE = (ROOT / "docs" / "howto" / "tables.md").read_text("utf-8")


@pytest.mark.parametrize("module", [layers, networks])
def test_every_column_is_on_the_page(module: object) -> None:
    figures = module.FIGURES  # type: ignore[attr-defined]
    rows = "\n".join(f"| `{figure.key}` | {figure.says} |" for figure in figures)
    assert f"| column | holds |\n|---|---|\n{rows}\n\n" in PAGE


@pytest.mark.parametrize("module", [layers, networks])
def test_the_usual_columns_are_on_the_page(module: object) -> None:
    usual = module.USUAL  # type: ignore[attr-defined]
    said = re.findall(r"Left out, they are (.*?)\.", PAGE)
    assert ", ".join(f"`{name}`" for name in usual[:-1]) + f" and `{usual[-1]}`" in said
    assert set(usual) <= {figure.key for figure in module.FIGURES}  # type: ignore[attr-defined]
