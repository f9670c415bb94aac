"""Every op there and back, in more cases: `python tests/scoreboard/op_round_trips.py torch|onnx [OP …] [--cases N]`.

Each case is compiled, and imported again from the module or from the ONNX file that it is exported to. It is *equal*, or *refused*
with a sentence by the exporter or the importer; all else is a *fault*.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

from round_trips import Network, cases, onnx_difference, torch_difference

from archspec.backends.onnx import CannotExport
from archspec.importers.sketch import ImportProblem
from archspec.ops import registry


def outcome(way: str, network: Network, folder: Path) -> tuple[str, str]:
    """What became of one case, and why."""
    try:
        found = torch_difference(network) if way == "torch" else onnx_difference(network, folder)
    except CannotExport as error:
        return "refused", f"export onnx: {error}"
    except ImportProblem as problem:
        return "refused", f"import {way}: {problem.place} {problem.message}"
    except Exception as error:  # whatever comes out is what is counted
        return "fault", f"{type(error).__name__}: {str(error)[:300]}"
    return ("equal", "") if found is None else ("fault", found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("torch", "onnx"))
    parser.add_argument("ops", nargs="*", metavar="OP")
    parser.add_argument("--cases", type=int, default=3)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    found = Counter[str]()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in options.ops or registry.names():
            for network in cases(name, options.cases):
                kind, why = outcome(options.way, network, Path(folder))
                found[kind] += 1
                if kind != "equal":
                    print(f"{kind} {name}: {why}\n    {dict(network.document)}", flush=True)
    print(", ".join(f"{count:,} {kind}" for kind, count in sorted(found.items())), f"of {found.total():,}")
    return 1 if found["fault"] else 0


if __name__ == "__main__":
    sys.exit(main())
