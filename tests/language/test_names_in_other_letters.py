"""Names are ASCII: what is said of others, and which names are offered for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import checked, spec

from archspec.document.names import LETTERS, suggest
from archspec.names import NOT_ASCII, why_no_class_name, why_no_layer_name


@pytest.mark.parametrize(
    ("name", "better"),
    [("größe", "grosse"), ("Straße", "Strasse"), ("naïve-block", "naive-block"), ("çedilla.0", "cedilla.0"), ("Øre", "Ore"),
     ("łuk", "luk"), ("conv层", "conv"), ("conv１", "conv1")],
)  # fmt: skip
def test_latin_letters_lose_their_marks(name: str, better: str) -> None:
    (found,) = checked(spec(f"  {name}: ReLU\n")).diagnostics
    assert (found.code, found.message) == ("E0107", f'the name "{name}" {NOT_ASCII}')
    assert found.help == f"call it {better}"
    assert found.fix is not None


@pytest.mark.parametrize("name", ["层", "слой", "層", "層層"])
def test_other_letters_have_no_name_in_their_place(name: str) -> None:
    (found,) = checked(spec(f"  {name}: ReLU\n")).diagnostics
    assert (found.help, found.fix) == (LETTERS, None)


@pytest.mark.parametrize("name", ["层", "größe"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: A\ninputs: {NAME: {shape: [3]}}\nlayers: {a: ReLU}\n", "E0107"),
        ("name: NAME\ninput: [3]\nlayers: {a: ReLU}\n", "E0107"),
        ("name: A\ninput: [3]\nargs: {NAME: 3}\nlayers: {a: ReLU}\n", "E0107"),
        ("name: A\ninput: [3]\nlet: {NAME: 3}\nlayers: {a: ReLU}\n", "E0107"),
        ("name: A\ninput: [3]\nblocks: {NAME: {layers: {a: ReLU}}}\nlayers: {a: ReLU}\n", "E0107"),
    ],
)
def test_everywhere(name: str, text: str, code: str) -> None:
    (found,) = [d for d in checked("archspec: 1\n" + text.replace("NAME", name)).diagnostics if d.severity == "error"]
    assert (found.code, NOT_ASCII in found.message) == (code, True)
    assert "grosse" in found.help.lower() if name == "größe" else LETTERS in found.help


@given(st.text(max_size=80), st.booleans())
def test_what_is_offered_is_allowed(name: str, is_class: bool) -> None:
    better = suggest(name, is_class)
    why = why_no_class_name if is_class else why_no_layer_name
    assert better is None or (better.isascii() and why(better) is None)
