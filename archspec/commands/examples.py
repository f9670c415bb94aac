"""Command lines that the commands' help shows, by the command. Data only; a test runs them.

NET.yaml stands for a spec, and other names in capitals for files beside it.
"""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "archspec new --like cnn --input 3,32,32 --classes 10 -o NET.yaml",
        "archspec check NET.yaml",
        "archspec render NET.yaml -o NET.svg",
        "archspec compile NET.yaml -o net.py",
    ),
    "check": (
        "archspec check NET.yaml",
        "archspec check NET.yaml --depth 1 --running",
        "archspec check --strict --format github NET.yaml",
        "archspec check --fix --diff NET.yaml",
    ),
    "fmt": ("archspec fmt NET.yaml", "archspec fmt --check NET.yaml"),
    "compare": (
        "archspec compare NET.yaml NET.yaml@classes=100",
        "archspec compare . --sort macs --format markdown",
    ),
    "explain": (
        "archspec explain NET.yaml",
        "archspec explain NET.yaml stage1.conv",
        "archspec explain NET.yaml --why params",
        "archspec explain NET.yaml --with stage1.conv.padding=0",
        "archspec explain E0301",
    ),
    "solve": ("archspec solve NET.yaml", "archspec solve NET.yaml --for stage1.conv.padding"),
    "diff": (
        "archspec diff NET.yaml OTHER.yaml",
        "archspec diff HEAD~1:NET.yaml NET.yaml --format markdown",
        "archspec diff NET.yaml NET.yaml@classes=100",
    ),
    "render": ("archspec render NET.yaml", "archspec render NET.yaml -o NET.md --depth 1"),
    "compile": ("archspec compile NET.yaml", "archspec compile NET.yaml -o net.py --verify"),
    "new": (
        "archspec new",
        "archspec new --like cnn --input 3,32,32 --classes 10 -o NET.yaml",
        "archspec new --like resnet --set depth=18 --classes 5",
    ),
    "import": (
        "archspec import torch torchvision.models:resnet18 --input 3,224,224 -o NET.yaml",
        "archspec import onnx MODEL.onnx -o NET.yaml",
        "archspec import keras MODEL.json -o NET.yaml",
    ),
    "import torch": (
        "archspec import torch torchvision.models:resnet18 --input 3,224,224 -o NET.yaml",
        "archspec import torch my_models:Tagger --input tokens=128:int64 --arguments tags=9",
    ),
    "import onnx": (
        "archspec import onnx MODEL.onnx -o NET.yaml",
        "archspec import onnx MODEL.onnx --weights NET.safetensors -o NET.yaml",
    ),
    "import keras": ("archspec import keras MODEL.json -o NET.yaml",),
    "weights": ("archspec weights NET.yaml NET.pt", "archspec weights NET.yaml NET.safetensors --strip module."),
    "verify": (
        "archspec verify NET.yaml --against my_models:Net",
        "archspec verify NET.yaml --against torchvision.models:resnet18 --tolerance 1e-5",
    ),
    "export": (
        "archspec export onnx NET.yaml -o NET.onnx",
        "archspec export onnx NET.yaml --weights NET.safetensors -o NET.onnx",
    ),
    "schema": ("archspec schema -o archspec.schema.json",),
    "ops": ("archspec ops", "archspec ops Conv2d", "archspec ops dropout", "archspec ops Dense --format json"),
    "lints": ("archspec lints", "archspec lints E0301", "archspec lints W1003"),
}  # fmt: skip


def examples(prog: str) -> str:
    """The examples of a command (`archspec check`) as its help shows them; nothing where there are none."""
    lines = EXAMPLES.get(prog.removeprefix("archspec").strip(), ())
    return "\n".join(["\nexamples:", *(f"  {line}" for line in lines), ""]) if lines else ""
