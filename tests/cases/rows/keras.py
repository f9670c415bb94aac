"""Rows of Keras models: what the file says is in the spec, or refused with the layer, the key and the value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from run import Row

FROZEN = "what is frozen stays frozen"
NODES = "calls of models within models are counted as Keras counts them"
TYPES = "types that Keras casts"
READ = "every key is read or refused"


def counts(params: int, macs: int, trainable: int | None = None) -> Callable[[Path, Path], str | None]:
    """That the imported spec has these totals a sample."""

    def probe(file: Path, out: Path) -> str | None:
        from archspec.checking import check

        facts = check("out.yaml", out.with_suffix(".yaml").read_bytes()).facts
        assert facts is not None
        totals: Any = facts.totals
        found = (totals.params, totals.macs, totals.trainable_params)
        right = (params, macs, params if trainable is None else trainable)
        return None if found == right else f"{found}, not {right}"

    return probe


def nothing_written(file: Path, out: Path) -> str | None:
    return "a file was written" if out.with_suffix(".yaml").exists() else None


def _imported(file: str, kind: str, probe: Callable[[Path, Path], str | None]) -> Row:
    return Row(f"keras/{file}.json", kind, "import keras {} -o {out}.yaml", probe=probe)


def _refused(file: str, *says: str) -> Row:
    return Row(f"keras/{file}.json", READ, "import keras {} -o {out}.yaml", 2, says, probe=nothing_written)


ROWS: list[Row] = [
    _imported("k_frozen", FROZEN, counts(410, 4_176, 290)),
    _imported("k_frozen_nested", FROZEN, counts(66, 56, 10)),
    _imported("k_self_embed", NODES, counts(220, 200)),  # as Keras reads it: the file does not say that the two are one
    _imported("nested_functional2", NODES, counts(85, 150)),
    _imported("nested_functional3", NODES, counts(85, 150)),
    _imported("nested_dict", NODES, counts(150, 136)),
    _imported("emb_keras2", TYPES, counts(8_841, 30_728)),
    _imported("emb_keras3", TYPES, counts(8_017, 16)),
    _imported("k_discrete", "scalars a sample", counts(50, 8)),
    _imported("k_spdrop", "layers of training alone", counts(27, 192)),
    _imported(
        "k08_bilstm", "both directions", counts(5_167, 161_852)
    ),  # 160 more than in Keras: PyTorch has two biases
    _imported("k_convt_same", "output_padding", counts(486, 595_840)),
    _refused("k_bidir", "layer embedding (Embedding): has true as its mask_zero"),
    _refused("k_mha", "layer multi_head_attention (MultiHeadAttention): has 4 heads of 8 for an input of 16"),
    _refused("k_attn", "layer attention (Attention): is a layer that no op of a spec stands for"),
    _refused("k_convlstm", "layer conv_lstm2d (ConvLSTM2D): is a layer that no op of a spec stands for"),
    _refused("k_timedist", "layer time_distributed (TimeDistributed): is a layer that no op of a spec stands for"),
]
