"""DOT to a picture, by an installed Graphviz or by the one that comes in a package. Enters: DOT; leaves: bytes.

The layout engine runs as a child with a time limit. PDF without an installed Graphviz goes through SVG and svglib, if that is
there; where nothing can do it, `RenderError` says what would.
"""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

SECONDS = 20


class RenderError(Exception):
    """The picture cannot be made; the message says why, and the way out."""


def draw(dot: str, format: str) -> bytes:
    """The picture of a DOT text as svg, png or pdf. Raises RenderError."""
    installed = shutil.which("dot")
    engine = installed or _packaged()
    if engine is None:
        raise RenderError(
            "there is no Graphviz here; pip install graphviz-pure, or install Graphviz, or write FILE.dot"
        )
    if format == "pdf" and installed is None:
        return _pdf(_run(engine, dot, "svg"))
    return _run(engine, dot, format)


def _packaged() -> str | None:
    """The engine of the graphviz-pure package, which stands beside this Python's scripts."""
    name = "graphviz-pure"
    beside = shutil.which(name, path=sysconfig.get_path("scripts"))
    return beside or shutil.which(name)


def _run(engine: str, dot: str, format: str) -> bytes:
    import subprocess

    try:
        # -Tsvg and the like are fixed words; the text goes in by standard input, so nothing of a spec is an argument.
        done = subprocess.run(
            [engine, f"-T{format}"], input=dot.encode(), capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"the layout took longer than {SECONDS} s; --depth 1 folds groups into boxes") from None
    except OSError as error:
        raise RenderError(f"{Path(engine).name} cannot be started: {(error.strerror or '').lower()}") from None
    if done.returncode or not done.stdout:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RenderError(f"{Path(engine).name} failed: {lines[0][:200] if lines else 'without a word'}")
    return done.stdout


def _pdf(svg: bytes) -> bytes:
    try:
        from reportlab.graphics.renderPDF import drawToString
        from svglib.svglib import svg2rlg
    except ImportError:
        raise RenderError(
            "PDF needs an installed Graphviz, or pip install 'archspec-nn[pdf]'; SVG and PNG need neither"
        ) from None
    import io

    drawing = svg2rlg(io.BytesIO(svg))
    if drawing is None:
        raise RenderError("the SVG cannot be turned into PDF here; install Graphviz, or write FILE.svg")
    found: bytes = drawToString(drawing)
    return found
