"""The code itself: types, style, and imports that point downwards only."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT


@pytest.mark.parametrize("command", ["mypy", "ruff check .", "ruff format --check .", "lint-imports"])
def test_it_is_clean(command: str) -> None:
    name, *arguments = command.split()
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside) or shutil.which(name)
    assert found, f"{name} is not installed"
    done = subprocess.run([found, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_public_api() -> None:
    import archspec

    assert sorted(archspec.__all__) == [
        "Comparison",
        "Diagram",
        "Difference",
        "ImportProblem",
        "OutputError",
        "Report",
        "SettingsError",
        "Spec",
        "SpecError",
        "UnknownSymbol",
        "analyze",
        "build",
        "compare",
        "compile",
        "diff",
        "find_settings",
        "from_torch",
        "load",
        "parse",
        "render",
        "verify",
    ]
    spec = archspec.load(ROOT / "specs" / "alexnet.yaml")
    report = archspec.analyze(spec)
    assert report.totals["params"] == 62378344
    assert report.layers[0]["path"] == "conv1"
    assert "conv1" in str(report)
    assert "class AlexNet(nn.Module)" in archspec.compile(spec)
    assert sum(p.numel() for p in archspec.build(spec, device="meta").parameters()) == 62378344
    assert archspec.render(spec)._repr_svg_().startswith("<?xml")
    with pytest.raises(archspec.SpecError) as caught:
        archspec.load(ROOT / "pyproject.toml")
    assert caught.value.diagnostics


def test_the_package_holds_code_and_texts_and_nothing_else() -> None:
    """What lies in its folder is installed with it."""
    files = [path for path in (ROOT / "archspec").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    other = [path.name for path in files if path.suffix not in (".py", ".yaml", ".json")]
    assert other == ["py.typed"]


def test_limits_stand_in_one_place() -> None:
    """What a stranger's file may cost is decided in `limits.py`, with its reason; how much is shown, where it is shown."""
    number = re.compile(r"_?(?:MAX|MOST)_[A-Z_]* = (?:\d{1,3}(?:_\d{3})+|\d{4,}|\d+ ?(?:\*\*|<<))")
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "archspec").rglob("*.py"))
        if path.name != "limits.py"
        for line, text in enumerate(path.read_text("utf-8").splitlines(), 1)
        if number.match(text)
    ]
    assert found == []
    lines = (ROOT / "archspec" / "limits.py").read_text("utf-8").splitlines()
    limits = [line for line, text in enumerate(lines) if re.match(r"[A-Z_]+ = ", text)]
    assert len(limits) > 100
    assert all(lines[line + 1].startswith('"""') for line in limits), "each has its reason"
