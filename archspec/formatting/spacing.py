"""What stands between the words of a text: indentation by two, one space, at most one blank line. Enters and leaves: a text."""

from __future__ import annotations

from itertools import pairwise

from archspec.formatting.pieces import Level, Piece, Unusual, cut

WIDTH = 120


def spaced(text: str) -> str:
    """The text with the same words and comments, and everything between them as it should be. Raises Unusual."""
    writer = _Writer(cut(text))
    return writer.text()


class _Writer:
    """Writes piece after piece."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self.out: list[str] = []
        self.column = 0
        self.moved = 0
        """By how much the line that is written began further right in the text as it was."""

    def text(self) -> str:
        at = 0
        while at < len(self.pieces):
            piece = self.pieces[at]
            self._between(self.pieces[at - 1] if at else None, piece)
            last = self._closing(at) if piece.kind in ("{", "[") else at
            line = self._on_one_line(at, last) if last > at else ""
            if line and self.column + len(line) + self._behind(last) <= WIDTH:
                self._put(line)
            else:
                for inner in range(at, last + 1):
                    if inner > at:
                        self._between(self.pieces[inner - 1], self.pieces[inner])
                    self._put(self._word(self.pieces[inner]))
            at = last + 1
        return "".join(self.out).rstrip("\n") + "\n"

    def _put(self, text: str) -> None:
        self.out.append(text)
        newline = text.rfind("\n")
        self.column = len(text) - newline - 1 if newline >= 0 else self.column + len(text)

    # Between two words -------------------------------------------------------------------------------------------------

    def _between(self, before: Piece | None, piece: Piece) -> None:
        lines = piece.before.split("\n")
        has_ended = bool(before is not None and before.text.endswith("\n"))
        if before is None or has_ended:
            lines = ["", *lines]
        elif len(lines) == 1:
            self._put(_space(before, piece) if piece.text else "")
            return
        first = lines[0].strip()
        self._put((lines[0].rstrip() or "") if first else "")
        if before is not None and not has_ended:
            self._put("\n")
        is_blank = before is None
        for line in lines[1:-1]:
            comment = line.strip()
            if comment:
                old = len(line) - len(line.lstrip())
                column = max(old - self.moved, 0) if _is_inside(piece) else _column_of(line, piece)
                self._put(" " * column + comment + "\n")
            elif not is_blank:
                self._put("\n")
            is_blank = not comment
        if piece.text:
            column = self._column(piece)
            self.moved = piece.column - column
            self._put(" " * column)
        elif lines[-1].strip():
            self._put(" " * _column_of(lines[-1], piece) + lines[-1].strip() + "\n")

    def _column(self, piece: Piece) -> int:
        """The column of a word that begins a line."""
        if _is_inside(piece):
            return max(piece.column - self.moved, 0)
        own = piece.levels[-1].new if piece.levels else 0
        return own if piece.is_first else own + 2 if piece.levels else 0

    # Words -------------------------------------------------------------------------------------------------------------

    def _word(self, piece: Piece) -> str:
        """The word itself; the further lines of a long text move with its block."""
        if "\n" not in piece.text or piece.kind != "word":
            return piece.text
        if piece.text[0] not in "|>":
            return piece.text
        head, _, body = piece.text.partition("\n")
        lines = body.split("\n")
        old = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        new = (piece.levels[-1].new if piece.levels else 0) + 2
        if any(character.isdigit() for character in head.partition("#")[0]) and old != new:
            raise Unusual("a text says by how much it is indented")
        moved = [" " * new + line[old:] if line.strip() else line[old:] for line in lines]
        return "\n".join([head.rstrip(), *moved])

    def _closing(self, at: int) -> int:
        depth = self.pieces[at].depth
        return next(
            i for i in range(at + 1, len(self.pieces)) if self.pieces[i].kind in "}]" and self.pieces[i].depth == depth
        )

    def _on_one_line(self, first: int, last: int) -> str:
        """Braces and all in them on one line, without a comma at their end; nothing where a comment or a long text is in them."""
        inner = self.pieces[first : last + 1]
        inner = [*(a for a, b in pairwise(inner) if a.kind != "," or b.kind not in ("}", "]")), inner[-1]]
        if any(piece.comments() for piece in inner[1:]) or any("\n" in piece.text for piece in inner):
            return ""
        return inner[0].text + "".join(_space(a, b) + b.text for a, b in pairwise(inner))

    def _behind(self, last: int) -> int:
        """What has to stand on the same line behind closed braces: a colon, where they are a key."""
        return 1 if last + 1 < len(self.pieces) and self.pieces[last + 1].kind == ":" else 0


def _is_inside(piece: Piece) -> bool:
    """Whether a word stands in braces or brackets, as their closing one does and the outermost opening one does not."""
    return piece.depth > (1 if piece.kind in ("{", "[") else 0)


def _space(before: Piece, piece: Piece) -> str:
    """What stands between two words of one line."""
    if before.kind in ("{", "[") or (piece.kind in ("}", "]", ",") and before.kind != ":"):
        return ""
    if piece.kind == ":":
        return " " if before.kind in ("*", "&") else ""
    return "" if piece.kind in ("}", "]", ",") else " "


def _column_of(line: str, piece: Piece) -> int:
    """Where a comment on a line of its own belongs: beside the block that it stood beside."""
    old = len(line) - len(line.lstrip())
    levels: list[Level] = [*reversed(piece.levels), *reversed(piece.left)]
    exact = next((level for level in levels if level.old == old), None)
    if exact is not None:
        return exact.new
    return max((level.new for level in levels if level.old <= old), default=0)
