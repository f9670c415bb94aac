"""What Pyrefly makes of symbolic sizes beside what archspec does, on five networks: none of archspec's expressions is longer.

    pip install pyrefly pyrefly-torch-stubs pyrefly-shape-extensions
    python tests/scoreboard/pyrefly_sizes.py

PYREFLY_PYTHON names the interpreter that has the stubs, where it is another one.

The same layers are a module that Pyrefly types and a spec that archspec follows. Lengths are without spaces. Pyrefly writes
the batch as B and takes sizes as they come; archspec also says for which sizes the layers fit.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from archspec.backends.table.totals import accepted
from archspec.checking import check

Layers = list[tuple[str, str, dict[str, Any], str]]

NETWORKS: dict[str, tuple[list[Any], Layers]] = {
    "AlexNet": ([3, "H", "W"], [
        ("conv1", "Conv2d", {"in_channels": 3, "out_channels": 96, "kernel_size": 11, "stride": 4}, "x"),
        ("pool1", "MaxPool2d", {"kernel_size": 3, "stride": 2}, "conv1"),
        ("conv2", "Conv2d", {"in_channels": 96, "out_channels": 256, "kernel_size": 5, "padding": 2}, "pool1"),
        ("pool2", "MaxPool2d", {"kernel_size": 3, "stride": 2}, "conv2"),
        ("conv3", "Conv2d", {"in_channels": 256, "out_channels": 384, "kernel_size": 3, "padding": 1}, "pool2"),
        ("pool3", "MaxPool2d", {"kernel_size": 3, "stride": 2}, "conv3"), ("flat", "Flatten", {}, "pool3"),
    ]),
    "FPN": ([3, "H", "W"], [
        ("c1", "Conv2d", {"in_channels": 3, "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}, "x"),
        ("c2", "Conv2d", {"in_channels": 8, "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}, "c1"),
        ("c3", "Conv2d", {"in_channels": 8, "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}, "c2"),
        ("up", "ConvTranspose2d", {"in_channels": 8, "out_channels": 8, "kernel_size": 2, "stride": 2}, "c3"),
    ]),
    "U-Net without padding": ([3, "H", "W"], [
        ("c1", "Conv2d", {"in_channels": 3, "out_channels": 8, "kernel_size": 3}, "x"),
        ("c2", "Conv2d", {"in_channels": 8, "out_channels": 8, "kernel_size": 3}, "c1"), ("p1", "MaxPool2d", {"kernel_size": 2}, "c2"),
        ("c3", "Conv2d", {"in_channels": 8, "out_channels": 8, "kernel_size": 3}, "p1"), ("p2", "MaxPool2d", {"kernel_size": 2}, "c3"),
        ("up", "ConvTranspose2d", {"in_channels": 8, "out_channels": 8, "kernel_size": 2, "stride": 2}, "p2"),
    ]),
    "ViT": ([3, "H", "W"], [
        ("patches", "Conv2d", {"in_channels": 3, "out_channels": 768, "kernel_size": 16, "stride": 16}, "x"),
        ("tokens", "Flatten", {"start_dim": 2}, "patches"),
    ]),
    "1-D convolutions, joined": ([8, "T"], [
        ("a", "Conv1d", {"in_channels": 8, "out_channels": 8, "kernel_size": 5, "stride": 2}, "x"),
        ("b", "Conv1d", {"in_channels": 8, "out_channels": 8, "kernel_size": 5, "stride": 3, "padding": 1, "dilation": 2}, "a"),
        ("both", "Cat", {"dim": 2}, "a, b"),
    ]),
}  # fmt: skip


def module(number: int, shape: list[Any], layers: Layers) -> str:
    """The network for Pyrefly, which reveals the type of each layer's output."""
    names = [size for size in shape if isinstance(size, str)]
    free = ", ".join(f"{name}: IntVar" for name in ("B", *names))
    lines = [f"class Net{number}(nn.Module):", "    def __init__(self) -> None:", "        super().__init__()"]
    for name, kind, arguments, _ in layers:
        if kind != "Cat":
            written = {"start_dim": 1, **arguments} if kind == "Flatten" else arguments
            lines.append(
                f"        self.{name} = nn.{kind}({', '.join(f'{key}={value}' for key, value in written.items())})"
            )
    lines.append(f"    def forward[{free}](self, x: Tensor[[B, {', '.join(map(str, shape))}]]) -> None:")
    for name, kind, arguments, source in layers:
        call = f"torch.cat([{source}], {arguments['dim']})" if kind == "Cat" else f"self.{name}({source})"
        lines += [f"        {name} = {call}", f"        reveal_type({name})"]
    return "\n".join(lines) + "\n"


def revealed() -> list[list[str]]:
    """The sizes of every layer's output by Pyrefly, the batch left out, in the order of the networks."""
    head = ("from __future__ import annotations\nfrom typing import TYPE_CHECKING, reveal_type\nimport torch\nimport torch.nn as nn\n"
            "if TYPE_CHECKING:\n    from shape_extensions import IntVar\n    from torch import Tensor\n")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "nets.py")
        file.write_text(head + "".join(module(i, *network) for i, network in enumerate(NETWORKS.values())))
        Path(folder, "pyrefly.toml").write_text("")  # with a file of settings it tells revealed types
        command = [
            "pyrefly",
            "check",
            str(file),
            "--python-version",
            "3.13",
            "--python-interpreter-path",
            os.environ.get("PYREFLY_PYTHON", sys.executable),
        ]
        run = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if not run.stdout:
        raise SystemExit(f"pyrefly says: {run.stderr[:1000]}")
    types = re.findall(r"revealed type: (.*) \[reveal-type\]", run.stdout)
    return [_sizes(text) for text in types]


def _sizes(text: str) -> list[str]:
    inside = re.fullmatch(r"Tensor\[\[(.*)\]\]", text)
    return [part.strip() for part in inside[1].split(",")][1:] if inside else ["?"]


def ours(shape: list[Any], layers: Layers) -> tuple[list[list[str]], str]:
    """The same by archspec, and what the network accepts."""
    written = {
        name: {"type": kind, **arguments, "from": source.replace("x", "input").split(", ")}
        for name, kind, arguments, source in layers
    }
    result = check("net.json", json.dumps({"archspec": 1, "name": "Net", "input": shape, "layers": written}).encode())
    assert result.facts is not None
    assert result.graph is not None
    outputs = [result.facts.of(node).output for node in result.graph.layers]
    return [[str(size) for size in output.shape[1:]] for output in outputs if output is not None], dict(
        accepted(result.facts)
    )["accepts"]


def main() -> int:
    """Prints both, layer by layer; 1 where an expression of archspec's is longer."""
    theirs = iter(revealed())
    longer = count = 0
    for name, (shape, layers) in NETWORKS.items():
        sizes, accepts = ours(shape, layers)
        print(f"{name}: accepts {accepts}")
        for layer, own in zip(layers, sizes, strict=True):
            other = next(theirs)
            is_longer = any(
                len(a.replace(" ", "")) > len(b.replace(" ", ""))
                for a, b in zip(own, other, strict=False)
                if b not in ("?", "int")
            )
            count += 1
            longer += is_longer
            print(f"  {layer[0]:8} {' × '.join(own):60} {' × '.join(other)}{'   longer' if is_longer else ''}")
    print(f"{longer} of {count} longer")
    return longer > 0


if __name__ == "__main__":
    raise SystemExit(main())
