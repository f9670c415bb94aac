"""Every code that a diagnostic can bear. A code, once published, keeps its meaning and is never reused.

E is an error, W a warning. The first two digits are a family: 00 reading, 01 document, 02 references and graph, 03 shapes,
04 claims and budgets, 05 expressions and blocks, 06 generated code, 10 lints, 11 what is ignored. The reference page in `docs/`
is generated from here. What a lint is called, and why, stands at the top of its own file, which is read as text: whoever asks
for a code does not import the lints, which stand above.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal, NamedTuple

from archspec.folder import modules_in

Severity = Literal["error", "warning"]


class Code(NamedTuple):
    """A kind of problem: what it is called, why it is one, and the shortest spec that shows it (where one can).

    A warning that is not `is_default` is told only where it is selected.
    """

    title: str
    why: str
    example: str = ""
    is_default: bool = True


def severity_of(code: str) -> Severity:
    """Whether a code is an error's or a warning's."""
    return "error" if code.startswith("E") else "warning"


def _layers(text: str, input_shape: str = "[3, 32, 32]") -> str:
    """A whole document around a few lines of `layers:`."""
    return f"archspec: 1\nname: Example\ninput: {input_shape}\nlayers:\n{text}"


_OWN: dict[str, Code] = {
    # 00: reading
    "E0001": Code("not YAML", "The text is not well-formed YAML (JSON is YAML too).", example="a: [1, 2\n"),
    "E0002": Code("not text", "A spec is UTF-8 text."),
    "E0003": Code("nothing in it", "The document is empty.", example="# nothing\n"),
    "E0004": Code(
        "duplicate key",
        "A mapping names each key once; readers that keep the last one hide a mistake. A layer with a name that is there already "
        "is another layer, and needs a name of its own.",
        example=_layers("  a: ReLU\n  a: Tanh\n"),
    ),
    "E0005": Code(
        "not in the language",
        "Tags, merge keys and several documents in one file are YAML, but not archspec.",
        example=_layers("  a: !module ReLU\n"),
    ),
    "E0006": Code(
        "number out of range",
        "Whole numbers stay within 62 bits (within 256 in `expect` and `budget`), and numbers are finite.",
        example=_layers("  a: {type: Linear, out_features: 99999999999999999999}\n"),
    ),
    "E0007": Code(
        "too large",
        "Documents have limits, so that checking a stranger's file always ends: 4 MiB of text, "
        "400,000 values after aliases; 100,000 layers, 20,000 groups and 300,000 connections of a network that are written out "
        "(of a long repeat whose steps are all alike, where a table or a module is asked for, three are; in all there are up to "
        "100,000,000 layers; where they are not, 20,000 are followed to see whether one does not fit), whose layers give "
        "1,000,000 tensors and have 400,000 parameter tensors; 300,000 parts that a compiled module spells out.",
    ),
    "E0008": Code("nested too deep", "Values are nested at most 64 deep.", example="a: " + "[" * 70 + "]" * 70 + "\n"),
    "E0009": Code(
        "alias to nothing", "An alias repeats an anchor that stands, complete, above it.", example=_layers("  a: *b\n")
    ),
    # 01: document
    "E0100": Code("not a mapping", "A document, a layer and a group are mappings of keys to values.", example="- 1\n"),
    "E0101": Code(
        "language version",
        "`archspec: 1` says which version of the language a document is written in.",
        example="archspec: 7\nname: A\ninput: [3]\nlayers: {a: ReLU}\n",
    ),
    "E0102": Code("missing key", "A key that has no default is not there.", example=_layers("  a: {type: Linear}\n")),
    "E0103": Code(
        "unknown key",
        "A key that nothing reads; ignoring it would hide a misspelling.",
        example=_layers("  a: {type: Linear, out_feature: 3}\n"),
    ),
    "E0104": Code(
        "unknown type", "No op bears this name. `archspec ops` lists them all.", example=_layers("  a: Conv2D\n")
    ),
    "E0105": Code(
        "wrong value",
        "The value is of the wrong kind, or outside what the key takes.",
        example=_layers("  a: {type: Conv2d, out_channels: 8, kernel_size: 0}\n"),
    ),
    "E0106": Code(
        "arguments that contradict",
        "Each value is fine by itself, but not together with another.",
        example=_layers("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: same}\n"),
    ),
    "E0107": Code(
        "name not allowed",
        "A layer's name becomes an attribute of the generated module, so it is an "
        "identifier or a number, no keyword, and nothing that `nn.Module` already has.",
        example=_layers("  forward: ReLU\n"),
    ),
    "E0108": Code(
        "not in this version",
        "The language has this, but this version of archspec does not do it yet.",
        example=_layers("  a: ReLU\n") + 'sources: [{title: A, year: "${2}"}]\n',
    ),
    "E0109": Code(
        "no layers",
        "A network or a group needs at least one layer, a file of blocks one block.",
        example=_layers("  {}\n"),
    ),
    # 02: references and graph
    "E0201": Code(
        "reference to nothing",
        "`from`, `use`, `tie` and `outputs` name layers or inputs of the same scope.",
        example=_layers("  a: {type: ReLU, from: b}\n"),
    ),
    "E0202": Code(
        "cycle",
        "Layers that wait for each other can never be computed.",
        example=_layers("  a: {type: ReLU, from: b}\n  b: {type: ReLU, from: a}\n"),
    ),
    "E0203": Code(
        "wrong number of inputs",
        "An op reads as many tensors as it is defined for. Cat and Stack join what from names: one tensor alone is named, too, "
        "for a from that was forgotten leaves out a branch, and nothing else would tell.",
        example=_layers("  a: ReLU\n  b: {type: Matmul, from: [a]}\n"),
    ),
    "E0204": Code(
        "no such output",
        "A layer with several outputs is read by `layer.port`.",
        example=_layers("  a: {type: Chunk, chunks: 3, dim: 1}\n  b: {type: ReLU, from: a.7}\n"),
    ),
    "E0205": Code(
        "shared parameters differ",
        "Layers that share parameters need them in one shape. What is used again is called again: what a group computes from the "
        "shape of its input, as the size of an Upsample, has the values of the first use in all of them.",
        example=_layers("  a: {type: Linear, out_features: 8}\n  b: {use: a}\n"),
    ),
    "E0206": Code(
        "read where it is not computed",
        "What `mode: train` computes in training only can be read by other such layers and returned, but evaluation has nothing "
        "to read.",
        example=_layers("  a: {type: Tanh, mode: train}\n  b: ReLU\n"),
    ),
    "E0207": Code(
        "overwritten",
        "A layer with `inplace: true` writes its result where its input stands. Whoever reads that input afterwards, by itself "
        "or through a view of it, reads the result instead. A layer that is computed before reads what it should.",
        example=_layers("  a: Tanh\n  b: {type: ReLU, inplace: true}\n  c: {type: Add, from: [a, b]}\n"),
    ),
    # 03: shapes
    "E0301": Code(
        "size claimed wrongly",
        "What can be inferred need not be written; what is written is checked.",
        example=_layers("  a: Flatten\n  b: {type: Linear, in_features: 9, out_features: 8}\n"),
    ),
    "E0302": Code(
        "wrong number of axes",
        "The op is not defined for a tensor with this many axes, or would give one of more than 64.",
        example=_layers("  a: Flatten\n  b: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"),
    ),
    "E0303": Code(
        "window larger than its input",
        "The kernel does not fit into the padded input even once.",
        example=_layers("  a: {type: MaxPool2d, kernel_size: 33}\n"),
    ),
    "E0304": Code(
        "does not divide",
        "A size has to be a multiple of another one.",
        example=_layers("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, groups: 2}\n"),
    ),
    "E0305": Code(
        "shapes that do not fit",
        "Tensors that are combined must agree in their sizes.",
        example=_layers("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: {type: Add, from: [a, input]}\n"),
    ),
    "E0306": Code(
        "axis out of range",
        "The tensor has no such axis, or the index lies outside it.",
        example=_layers("  a: {type: Softmax, dim: 7}\n"),
    ),
    "E0307": Code(
        "wrong kind of numbers",
        "The op is not defined for tensors of this dtype.",
        example=_layers("  a: {type: Embedding, num_embeddings: 9, embedding_dim: 8}\n"),
    ),
    "E0308": Code(
        "size must be known",
        "Parameters have fixed shapes, so the size that gives them must be a number. Where it is written (in_features: 9216), it "
        "says for which symbolic sizes the network is.",
        example=_layers("  a: {type: Linear, out_features: 8}\n", "[L]"),
    ),
    "E0309": Code(
        "too large for any machine",
        "A tensor has at most 2^63 - 1 bytes.",
        example=_layers("  a: Flatten\n  b: {type: Linear, out_features: 4000000000000000000}\n"),
    ),
    "E0310": Code(
        "size out of bounds",
        "An axis would get a size that PyTorch refuses.",
        example=_layers("  a: {type: ZeroPad2d, padding: -20}\n"),
    ),
    "E0311": Code(
        "size too complex to follow",
        "A symbolic size became a sum of hundreds of products, floor divisions nested dozens deep, or a number beyond 2^62; or "
        "all symbolic sizes of the document together grew too long.",
    ),
    "E0312": Code(
        "no size is right",
        "Two layers need different things of a symbolic size, so that the network computes for no input.",
        example="archspec: 1\nname: Example\ninput: [4, L]\nlayers:\n  two: {type: Buffer, value: [[1, 2]]}\n"
        "  sum: {type: Add, from: [input, two]}\n  parts: {type: Split, from: input, split_size: [2, 4], dim: 2}\n"
        "outputs: {a: sum, b: parts.0}\n",
    ),
    # 04: claims and budgets
    "E0401": Code(
        "expectation not met",
        "`expect` states facts that were published; this one does not hold.",
        example=_layers("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n") + "expect: {params: 7}\n",
    ),
    "E0402": Code(
        "over budget",
        "`budget` states limits that the design must keep; notes name the largest parts of what is too much.",
        example=_layers("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n") + "budget: {params: {max: 7}}\n",
    ),
    "E0403": Code(
        "expectation cannot be checked",
        "The fact is unknown here, so it is not confirmed either.",
        example=_layers("  g: {layers: {a: {type: Conv2d, out_channels: 8, kernel_size: 3}}}\n")
        + "expect: {layers: {g: {weights: 216}}}\n",
    ),
    # 05: expressions, blocks and repeats
    "E0501": Code(
        "not an expression",
        "Between ${ and } stands an expression: numbers, texts, lists, names, operators, and the functions "
        "len min max abs round floor ceil sum int range.",
        example=_layers('  a: {type: Linear, out_features: "${8 *}"}\n'),
    ),
    "E0502": Code(
        "no such value",
        "An expression reads the arguments and let values of its own scope, and i and n in a repeat.",
        example=_layers('  a: {type: Linear, out_features: "${width}"}\n'),
    ),
    "E0503": Code(
        "no value",
        "The expression is well formed, but what it asks for has no value: a division by zero, an item beyond "
        "the list's end, a number beyond 2^62.",
        example=_layers('  a: {type: Linear, out_features: "${9 ** 9 ** 9}"}\n'),
    ),
    "E0504": Code(
        "block uses itself",
        "Blocks are written in place where they are used, so none can hold itself.",
        example="archspec: 1\nname: Example\ninput: [8]\nblocks:\n  A: {layers: {a: B}}\n  B: {layers: {b: A}}\n"
        "layers: {a: A}\n",
    ),
    "E0505": Code(
        "repeat out of bounds",
        "A repeat stands for 0 to 100,000,000 layers, and the lists of a for are of one length.",
        example=_layers("  a: {type: ReLU, repeat: 1000000000}\n"),
    ),
    "E0506": Code(
        "import",
        "An import names a file of blocks inside the spec's own folder, or a root that the project declares.",
        example=_layers("  a: ReLU\n") + "import: [../elsewhere.yaml]\n",
    ),
    "E0507": Code("uses too deep", "Groups and uses of blocks are nested at most 100 deep."),
    "E0508": Code(
        "too much to compute",
        "The values of a document take at most 2,000,000 steps together: a step for each value that is computed, for each item "
        "of a list, and for each argument and let value of each use of a block. A table "
        "that a repeat computes in the same way each time counts once, and then its items.",
        example='archspec: 1\nname: Example\ninput: [8]\nlet: {x: "${range(9999)}"}\nlayers:\n'
        '  a: {type: ReLU, when: "${sum([sum(x) for i in range(500)]) > 0}"}\n',
    ),
    # 06: generated code
    "E0601": Code(
        "cannot be written in PyTorch",
        "The layer is well defined, but the generated module has no code for it. Only `compile` and `build` say so.",
    ),
    "E0602": Code(
        "import not allowed",
        "A `python:` layer is imported by the generated module, and whoever compiles decides from where: "
        "`--allow-python my_pkg.layers`.",
    ),
    # 11: what is ignored
    "W1101": Code(
        "nothing to ignore",
        "An ignore that no warning needs: the reason is gone, or it stands on another line than the warning.",
        _layers("  a: ReLU  # archspec: ignore[W1003] as published\n"),
    ),
    "W1102": Code(
        "no such warning",
        "No warning has the code that is selected or ignored; errors are always told.",
        _layers("  a: ReLU  # archspec: ignore[W1033] as published\n"),
    ),
}


# Lints ---------------------------------------------------------------------------------------------------------------

_LINTS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "lints")
_HEAD = r'"""(?P<code>W\d{4}): (?P<title>.+)\n\n(?P<why>(?:.+\n)+)'
_NOT_DEFAULT = "\nIS_DEFAULT = False\n"


class _Codes(Mapping[str, Code]):
    """All codes in their order. The lints' files are read when one of theirs is asked for, or all."""

    def __getitem__(self, code: str) -> Code:
        return _OWN[code] if code in _OWN else self._all[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @cached_property
    def _all(self) -> dict[str, Code]:
        return dict(sorted({**_OWN, **dict(_lints())}.items()))


def _lints() -> Iterator[tuple[str, Code]]:
    """The code of each lint, with the title and the sentence that its file begins with."""
    for name in modules_in(_LINTS):
        with open(os.path.join(_LINTS, f"{name}.py"), encoding="utf-8") as file:
            text = file.read()
        if head := re.match(_HEAD, text):
            why = " ".join(head["why"].split())
            yield head["code"], Code(head["title"], why, is_default=_NOT_DEFAULT not in text)


CODES: Mapping[str, Code] = _Codes()
