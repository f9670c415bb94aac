"""What a group calls the tensors that it reads becomes an argument of `forward`; a list of modules holds no tensor."""

from __future__ import annotations

import pytest

from archspec.checking import check

GROUP = "archspec: 1\nname: A\ninput: [4]\nlayers:\n  group: {{inputs: [{}], layers: {{one: {{type: Linear, out_features: 3}}}}}}\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("7", "is not a Python identifier (letters a to z, digits, underscores; no digit first)"),
        ("a.b", "is not a Python identifier (letters a to z, digits, underscores; no digit first)"),
        ("class", "is a word of the Python language"),
        ("self", "is a name that the generated module needs for itself"),
    ],
)
def test_an_input_of_a_group_is_a_name_of_python(name: str, said: str) -> None:
    found = check("a.yaml", GROUP.format(name).encode()).diagnostics
    assert [(d.code, d.message, d.span.text()) for d in found] == [
        ("E0107", f'group: the input name "{name}" {said}', name)
    ]
    assert not check("a.yaml", GROUP.format("x").encode()).diagnostics


@pytest.mark.parametrize("kind", ["Constant, value: 1.0", "Parameter, shape: [3]", "Buffer, value: [1.0, 2.0]"])
def test_a_tensor_is_no_item_of_a_list(kind: str) -> None:
    text = (
        f"archspec: 1\nname: A\ninput: [3]\nlayers:\n  scales.0: {{type: {kind}}}\noutputs: {{a: scales.0, b: input}}\n"
    )
    found = check("a.yaml", text.encode()).diagnostics
    name = kind.partition(",")[0]
    assert [(d.code, d.message) for d in found if d.severity == "error"] == [
        ("E0107", f'the name "scales.0" makes it an item of a list of modules, and a {name} is a tensor')
    ]
