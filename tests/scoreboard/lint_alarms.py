"""How often each warning is given of networks that are fine: `python tests/scoreboard/lint_alarms.py FOLDER|SPEC...`. Run by hand.

Enters: specs of networks that train, such as those that `torch_models.py --import-only --keep FOLDER` imports. Leaves: for each lint how
many networks it warns of, and of which. Comments and `lint` of the specs count for nothing here. With `--record NAME`, the figures go
to docs/reference/lint_alarms.json, from which docs/generate.py writes the lints' page; the zoo it counts itself.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Iterator
from pathlib import Path

from archspec.checking import Result, check
from archspec.lints import all_lints, warnings_of

RECORD = Path(__file__).parents[2] / "docs" / "reference" / "lint_alarms.json"
MAX_SHOWN = 4


def main() -> None:
    parser = argparse.ArgumentParser(description="how many networks each lint warns of")
    parser.add_argument("specs", nargs="+", type=Path, help="specs, or folders of them")
    parser.add_argument("--record", metavar="NAME", help="what the networks are called on the lints' page")
    options = parser.parse_args()
    paths = [path for given in options.specs for path in found(given)]
    warned = alarms(paths)
    checked = warned.pop("checked")
    for code, names in warned.items():
        examples = ", ".join(names[:MAX_SHOWN]) + (", …" if len(names) > MAX_SHOWN else "")
        print(f"{code}: {len(names)} of {len(checked)} networks ({len(names) / len(checked):.1%})  {examples}")
    if options.record:
        named = {code: names for code, names in warned.items() if names}
        record(options.record, {"networks": len(checked), "lints": list(warned), "warned": named})


def found(given: Path) -> list[Path]:
    return sorted(given.rglob("*.yaml")) if given.is_dir() else [given]


def alarms(paths: list[Path]) -> dict[str, list[str]]:
    """The networks that each lint warns of, by name, and under `checked` all that have no errors."""
    warned: dict[str, list[str]] = {"checked": []} | {lint.CODE: [] for lint in all_lints()}
    for path in paths:
        result = check(path.name, path.read_bytes())
        if result.facts is None or not result.ok:
            print(f"left out, since it has errors: {path}")
            continue
        warned["checked"].append(path.stem)
        for code in set(codes(result)):
            warned[code].append(path.stem)
    return warned


def codes(result: Result) -> Iterator[str]:
    assert result.facts is not None
    assert result.document is not None
    for lint in all_lints():
        for diagnostic in warnings_of(lint, result.facts, result.document):
            yield diagnostic.code


def record(name: str, figures: dict[str, object]) -> None:
    every = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    every[name] = {"date": datetime.date.today().isoformat(), **figures}
    RECORD.write_text(json.dumps(every, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
