"""What `print(model)` shows in the place of layers, and code with statements in it."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

ALEXNET = """\
  AlexNet(
    (features): Sequential(
      (0): Conv2d(3, 64, kernel_size=(11, 11), stride=(4, 4), padding=(2, 2))
      (1): ReLU(inplace=True)
      (2): MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=False)
      (3): Sequential(
        (0): ReLU()
      )
    )
    (avgpool): AdaptiveAvgPool2d(output_size=(6, 6))
    (classifier): Sequential(
      (0): Dropout(p=0.5, inplace=False)
      (1): Linear(in_features=2304, out_features=10, bias=True)
    )
  )
"""
LAYERS = """\
  features:
    layers:
      - {type: Conv2d, in_channels: 3, out_channels: 64, kernel_size: [11, 11], stride: [4, 4], padding: [2, 2]}
      - {type: ReLU, inplace: true}
      - {type: MaxPool2d, kernel_size: 3, stride: 2}
      - layers:
          - ReLU
  avgpool: {type: AdaptiveAvgPool2d, output_size: [6, 6]}
  flatten: Flatten
  classifier:
    layers:
      - Dropout
      - {type: Linear, in_features: 2304, out_features: 10}
"""
SIZES = "[3, 224, 224]"
INNER = ALEXNET.split("\n", 1)[1].removesuffix("  )\n")
SHOWN = "what print(model) shows, which is no YAML"


@pytest.mark.parametrize("lines", [ALEXNET, INNER, INNER.replace("\n    ", "\n  ").removeprefix("  ")])
def test_sequentials_become_groups(lines: str) -> None:
    text = spec(lines, SIZES)
    (found,) = checked(text).diagnostics
    assert found.message == SHOWN
    assert found.help.startswith("write the layers in the order in which they are printed; archspec import torch")
    assert found.fix is not None
    assert not found.fix.is_safe
    after = fix("a.yaml", text.encode(), is_unsafe=True).after.decode()  # with the Flatten that forward has
    assert after.replace("\n  ", "\n").split() == spec(LAYERS, SIZES).split()


@pytest.mark.parametrize(
    "lines",
    [
        ALEXNET.replace("(3): Sequential", "(3): Residual"),  # whose forward is not told
        ALEXNET.replace("(0): ReLU()", "(0-2): 3 x ReLU()"),
        ALEXNET.replace("ReLU()", "MyReLU()"),
        ALEXNET.removesuffix("  )\n").removesuffix("    )\n"),
    ],
)
def test_other_modules_are_imported(lines: str) -> None:
    (found,) = checked(spec(lines, SIZES)).diagnostics
    assert (found.message, found.fix) == (SHOWN, None)
    assert found.help.startswith("archspec import torch MODULE:CALLABLE")


def test_the_text_may_be_nothing_else() -> None:
    (found,) = checked("\n".join(line[2:] for line in ALEXNET.splitlines())).diagnostics
    assert (found.message, found.fix) == (SHOWN, None)


def test_a_text_about_it_is_none() -> None:
    text = spec("  a: {type: ReLU\n", SIZES).replace("input:", "doc: |\n  A(\n    (0): ReLU()\n  )\ninput:")
    assert SHOWN not in [found.message for found in checked(text).diagnostics]


@pytest.mark.parametrize(
    ("lines", "statement"),
    [
        ("  x = self.conv(x)\n  with torch.no_grad():\n    x = self.pool(x)\n  return x\n", "with torch.no_grad():"),
        ("  self.a = nn.ReLU()\n  def forward(self, x):\n    return self.a(x)\n", "def forward(self, x):"),
        ("  def b(i):\n      return nn.Sequential(nn.ReLU())\n  self.a = b(3)\n", "def b(i):"),
        ("  x = self.a(x)\n  if self.training:\n    x = self.b(x)\n  else:\n    x = self.c(x)\n", "if self.training:"),
    ],
)
def test_statements_are_code(lines: str, statement: str) -> None:
    (found,) = checked(spec(lines, SIZES)).diagnostics
    assert (found.message, found.span.text()) == ("Python code below layers, which is none in YAML", statement)
    assert found.help.startswith("archspec import torch MODULE:CALLABLE")
