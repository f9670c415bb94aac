"""The cases of every op: arguments and inputs, from the modules `strategies_*.py` beside this one, a few ops each.

A module's `STRATEGIES` are by the op's name. `REFUSED` has the ops whose first cases no ONNX file can be written of, or whose file is
not imported, and what is said, for each of these cases. The case after them goes there and back; where there are three, none has to.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

STRATEGIES: dict[str, Any] = {}
REFUSED: dict[str, tuple[str, ...]] = {}
for _path in sorted(Path(__file__).parent.glob("strategies_*.py")):
    _module = importlib.import_module(_path.stem)
    STRATEGIES.update(_module.STRATEGIES)
    REFUSED.update(getattr(_module, "REFUSED", {}))
