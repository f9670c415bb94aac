"""The cases of every op: arguments and inputs, from the modules `strategies_*.py` beside this one."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

STRATEGIES: dict[str, Any] = {}
for _path in sorted(Path(__file__).parent.glob("strategies_*.py")):
    STRATEGIES.update(importlib.import_module(_path.stem).STRATEGIES)
