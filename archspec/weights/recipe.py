"""What loads the tensors that fit where others have another shape. Enters: the file; leaves: lines of Python.

`load_state_dict` raises for a tensor of another shape, also with `strict=False`, which is about keys missing or left over. It
has copied what fits by then, but nothing promises that, and a script ends there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

RAISES = "load_state_dict raises for another shape, with strict=False too; what fits is loaded by"


def lines(path: str, within: Sequence[str] = (), stripped: str = "") -> list[str]:
    """Three of them, for a `model`: of the file at this path, whose tensors stand under the keys `within`."""
    name = json.dumps(path, ensure_ascii=False)
    is_safe = path.lower().endswith(".safetensors")
    loaded = f"load_file({name})" if is_safe else f"torch.load({name}, weights_only=True)"
    loaded += "".join(f"[{json.dumps(key)}]" for key in within)
    if stripped:
        loaded = f"{{k.removeprefix({json.dumps(stripped, ensure_ascii=False)}): v for k, v in {loaded}.items()}}"
    return [
        f"own, saved = model.state_dict(), {loaded}",
        "fits = {k: v for k, v in saved.items() if k in own and v.shape == own[k].shape}",
        "model.load_state_dict(fits, strict=False)",
    ]
