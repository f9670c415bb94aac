"""An op in use, as a whole spec. Enters: an op's class; leaves: the line of its layer, and the spec around it.

What is particular to an op, the arguments and the inputs, stands in its class.
"""

from __future__ import annotations

from archspec.ops.base import Op

_BY_RANK = {"1d": "[16, 32]", "2d": "[16, 32, 32]", "3d": "[16, 8, 32, 32]"}
_NAMES = ("x", "y", "z")


def inputs_of(op: type[Op]) -> tuple[str, ...]:
    """What the example reads, each as `inputs:` would declare it."""
    if op.example_inputs is not None:
        return op.example_inputs
    least, most = op.arity
    return (_BY_RANK.get(op.__name__[-2:], "[16, 32, 32]"),) * (0 if most == 0 else max(least, 1))


def line(op: type[Op]) -> str:
    """`{type: Conv2d, out_channels: 32, kernel_size: 3}`, or the name alone."""
    inputs = inputs_of(op)
    parts = [op.__name__, *([op.example] if op.example else [])]
    parts += [f"from: [{', '.join(_NAMES[: len(inputs)])}]"] if len(inputs) > 1 else []
    return f"{{type: {', '.join(parts)}}}" if len(parts) > 1 else op.__name__


def spec(op: type[Op]) -> str:
    """The whole of it, for `check`. A weight that it reads is a layer of its own."""
    inputs = dict(zip(_NAMES, inputs_of(op), strict=False))
    layers = {name: text for name, text in inputs.items() if text.startswith("{type")}
    shapes = {name: _declared(text) for name, text in inputs.items() if name not in layers} or {"x": "{shape: [1]}"}
    port = f"outputs: {{output: layer.{op.example_port}}}\n" if op.example_port else ""
    return (
        f"archspec: 1\nname: Example\ninputs:\n{_lines(shapes)}layers:\n{_lines({**layers, 'layer': line(op)})}{port}"
    )


def _declared(text: str) -> str:
    return text if text.startswith("{") else f"{{shape: {text}}}"


def _lines(entries: dict[str, str]) -> str:
    return "".join(f"  {name}: {text}\n" for name, text in entries.items())
