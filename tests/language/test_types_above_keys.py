"""A type that stands above the keys of its layer, `pool: MaxPool2d` above `kernel_size: 2`: it is a key like them."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

CONV = "{type: Conv2d, out_channels: 8, kernel_size: 3}"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("  - MaxPool2d  # half\n    kernel_size: 2\n", "  - type: MaxPool2d  # half\n    kernel_size: 2\n"),
        ("  - Conv2d\n    filters: 8\n    kernel_size: 3\n", "  - type: Conv2d\n    out_channels: 8\n    kernel_size: 3\n"),
        ("  pool: MaxPool2d\n    kernel_size: 2\n", "  pool:\n    type: MaxPool2d\n    kernel_size: 2\n"),
        ("  pool: MaxPool2d  # half\n    # its size\n    kernel_size: 2\n",
         "  pool:\n    type: MaxPool2d  # half\n    # its size\n    kernel_size: 2\n"),
        ("  - a:\n      type: ReLU\n  - pool: MaxPool2d\n      kernel_size: 2\n",
         "  a:\n      type: ReLU\n  pool:\n      type: MaxPool2d\n      kernel_size: 2\n"),
        ("  - a: ReLU\n  - pool: MaxPool2d  # half\n    kernel_size: 2\n",
         "  a: ReLU\n  pool:\n    type: MaxPool2d  # half\n    kernel_size: 2\n"),
    ],
)  # fmt: skip
def test_it_is_written_as_a_key(wrong: str, right: str) -> None:
    assert fixed(spec(wrong)) == spec(right)


def test_a_layer_below_another_is_none_of_its_keys() -> None:
    text = spec("  relu: ReLU\n    pool: {type: MaxPool2d, kernel_size: 2}\n")
    assert "a type above its keys" not in checked(text).diagnostics[0].message


def test_a_mapping_in_a_list_has_as_many_entries_as_layers() -> None:
    text = spec(f"  - {CONV}\n  - pool: MaxPool2d\n    kernel_size: 2\n")
    (found,) = checked(text).diagnostics
    assert (found.message, found.help) == (
        "1 has no type, but a name, pool", "drop the names: a list's layers have none"
    )  # fmt: skip
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True).startswith(spec(f"  - {CONV}\n  - type: MaxPool2d\n    kernel_size: 2\n"))


@pytest.mark.parametrize(
    ("layers", "help"),
    [
        ("  - {kernel_size: 2}\n", "write - {type: …}, or layers: for a group; `archspec ops` lists the types"),
        ("  a: {kernel_size: 2}\n", "write a: {type: …}, or layers: for a group; `archspec ops` lists the types"),
        ("  - 2\n", "write - {type: …}; `archspec ops` lists the types"),
    ],
)
def test_help_names_no_layer_of_a_list(layers: str, help: str) -> None:
    assert checked(spec(layers)).diagnostics[0].help == help
