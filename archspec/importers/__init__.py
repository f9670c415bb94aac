"""Existing models as specs: from PyTorch, ONNX and Keras. Each importer makes a `Sketch`; what follows is shared.

    model ──> importer ──> Sketch (flat) ──> scopes (groups) ──> repeats (blocks) ──> text (YAML)

The only place that imports those frameworks, and only when it is used.
"""

from __future__ import annotations

from archspec.importers.sketch import Sketch


def spec_text(sketch: Sketch) -> str:
    """The sketch as a spec."""
    from archspec.importers.document import document
    from archspec.importers.text import to_yaml

    return to_yaml(document(sketch))
