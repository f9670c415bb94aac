"""The header of safetensors files: what the format's own library writes is read, and what is hostile is refused in a line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from checkpoints import entry, put, raw, safetensors
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from archspec.limits import MAX_WEIGHTS_HEADER
from archspec.weights.checkpoint import entries
from archspec.weights.header import Entry, NotSafetensors, read_header

EIGHT = bytes(8)


def header_of(data: bytes) -> dict[str, Entry]:
    return read_header(io.BytesIO(data), len(data))


DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e5m2, torch.float8_e4m3fn, torch.int64,
    torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.uint16, torch.uint32, torch.uint64, torch.complex64,
]  # fmt: skip


def test_it_reads_what_the_library_writes(tmp_path: Path) -> None:
    tensors = {f"t{i}.weight": torch.zeros(i, 3).to(dtype) for i, dtype in enumerate(DTYPES)}
    tensors["scalar"] = torch.zeros(())
    path = str(tmp_path / "all.safetensors")
    save_file(tensors, path, metadata={"format": "pt"})
    found = entries(path)
    assert {key: (item.shape, getattr(torch, item.dtype)) for key, item in found.items()} == {
        key: (tuple(tensor.shape), tensor.dtype) for key, tensor in tensors.items()
    }


HOSTILE = {
    "empty": (b"", "it has 0 bytes"),
    "short": (b"\x01\x02", "it has 2 bytes"),
    "a length beyond the file": (raw(b"{}", length=100), "claims 100 bytes, but the file ends after 2"),
    "the greatest length": (raw(b"{}", length=2**64 - 1), "claims 18,446,744,073,709,551,615 bytes"),
    "a long header": (raw(b"{}" + b" " * MAX_WEIGHTS_HEADER), "and at most 16,777,216 are read"),
    "no header": (raw(b""), "not a JSON object"),
    "no JSON": (raw(b"{hello}"), "not JSON"),
    "a list": (raw(b"[]"), "not a JSON object"),
    "bytes that are no text": (raw(b'{"\xff": 1}'), "not JSON"),
    "cut short": (safetensors({"a": entry()}, EIGHT)[:-1], "take 8 bytes, but the file ends after 7"),
    "cut within the header": (safetensors({"a": entry()}, EIGHT)[:20], "claims 61 bytes, but the file ends after 12"),
    "a bomb of brackets": (raw(b'{"a":' + b"[" * 1_000_000), "nested too deeply"),
    "a bomb of objects": (raw(b'{"a":' * 300_000 + b"1" + b"}" * 300_000), "nested too deeply"),
    "digits": (raw(b'{"a":' + b"9" * 5_000 + b"}"), "not JSON"),
    "duplicate keys": (raw(b'{"a": {}, "a": {}}'), "has a twice"),
    "duplicate fields": (raw(b'{"a": {"dtype": "F32", "dtype": "I64"}}'), "has dtype twice"),
    "two metadata": (raw(b'{"__metadata__": {}, "__metadata__": {}}'), "has __metadata__ twice"),
    "metadata that are no texts": (safetensors({"__metadata__": {"a": 1}}), "metadata"),
    "NaN": (raw(b'{"a": NaN}'), "not JSON"),
    "an entry that is none": (safetensors({"a": 3}), "its entry a is no object"),
    "no dtype": (safetensors({"a": {}}), "unknown dtype null"),
    "an unknown dtype": (safetensors({"a": entry("F33")}, EIGHT), "unknown dtype F33"),
    "a dtype that is a list": (safetensors({"a": entry([])}, EIGHT), "unknown dtype []"),  # type: ignore[arg-type]
    "a negative size": (safetensors({"a": entry(shape=[-2])}, EIGHT), "the shape [-2]"),
    "a fraction": (safetensors({"a": entry(shape=[2.0])}, EIGHT), "the shape [2.0]"),
    "true as a size": (safetensors({"a": entry(shape=[True])}, EIGHT), "the shape [true]"),
    "a huge size": (safetensors({"a": entry(shape=[2**64])}, EIGHT), "the shape [18446744073709551616]"),
    "sizes whose product is huge": (safetensors({"a": entry(shape=[2**61] * 60)}, EIGHT), "has 8 bytes, which is not"),
    "a hundred axes": (safetensors({"a": entry(shape=[1] * 100)}, EIGHT), "the shape [1, 1,"),
    "negative offsets": (safetensors({"a": entry(offsets=[-8, 0])}, EIGHT), "the offsets [-8, 0]"),
    "offsets backwards": (safetensors({"a": entry(offsets=[8, 0])}, EIGHT), "the offsets [8, 0]"),
    "three offsets": (safetensors({"a": entry(offsets=[0, 4, 8])}, EIGHT), "the offsets [0, 4, 8]"),
    "offsets beyond the file": (safetensors({"a": entry(offsets=[0, 16], shape=[4])}, EIGHT), "but the file ends after 8"),
    "too few bytes": (safetensors({"a": entry(offsets=[0, 4])}, EIGHT), "has 4 bytes, which is not what float32"),
    "overlap": (safetensors({"a": entry(), "b": entry(offsets=[4, 12])}, bytes(12)), "b overlaps a"),
    "twice the same bytes": (safetensors({"a": entry(), "b": entry()}, EIGHT), "b overlaps a"),
    "a hole": (safetensors({"a": entry(), "b": entry(offsets=[12, 20])}, bytes(20)), "no tensor has 4 bytes before b"),
    "bytes at the end": (safetensors({"a": entry()}, bytes(9)), "no tensor has 1 byte at its end"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused(name: str) -> None:
    data, said = HOSTILE[name]
    with pytest.raises(NotSafetensors) as caught:
        header_of(data)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_at_least_as_strict_as_the_library(name: str, tmp_path: Path) -> None:
    """What the library refuses, we refuse; beyond that we refuse what stands in its header twice, and a header over 16 MiB."""
    path = put(tmp_path, HOSTILE[name][0])
    try:
        with safe_open(path, framework="pt"):
            pass
    except (SafetensorError, RecursionError):
        return
    stricter = {"duplicate keys", "duplicate fields", "a hundred axes", "a long header", "two metadata"}
    assert name in stricter


@pytest.mark.parametrize(
    ("data", "tensors"),
    [
        (safetensors({}), 0),
        (safetensors({"__metadata__": {"format": "pt"}}), 0),
        (raw(b'{"a": {"dtype": "F32", "shape": [0, 7], "data_offsets": [0, 0]}}   '), 1),
        (safetensors({"b": entry(offsets=[8, 16]), "a": entry()}, bytes(16)), 2),
        (safetensors({"a": entry(), "b": entry(shape=[0], offsets=[8, 8])}, EIGHT), 2),
        (safetensors({f"layer{i}": entry(shape=[0], offsets=[0, 0]) for i in range(50_000)}), 50_000),
    ],
)
def test_what_is_unusual_is_read(data: bytes, tensors: int) -> None:
    assert len(header_of(data)) == tensors


def test_the_numbers_are_not_read() -> None:
    class Watched(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            found = super().read(size)
            self.given += len(found)
            return found

    data = safetensors({"a": entry(shape=[250_000], offsets=[0, 1_000_000])}, bytes(1_000_000))
    file = Watched(data)
    assert read_header(file, len(data))
    assert file.given == len(data) - 1_000_000
