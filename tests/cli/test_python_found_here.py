"""`--allow-python MODULE`: a module beside which the command runs is found, by each command that runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NET = 'archspec: 1\nname: Net\ninput: [4]\nlayers:\n  own: {type: "python:layers_here.Own", output: [4], params: 0}\n'


@pytest.mark.parametrize(
    "command",
    [["compile", "net.yaml", "--verify"], ["export", "onnx", "net.yaml", "-o", "net.onnx"],
     ["verify", "net.yaml", "--against", "layers_here:net"]],
    ids=lambda words: words[0],
)  # fmt: skip
def test_a_module_in_the_current_folder_is_found(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / "layers_here.py").write_text(
        "from torch import nn\n\n\nclass Own(nn.Module):\n    def forward(self, x):\n        return 2 * x\n\n\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.own = Own()\n\n"
        "    def forward(self, x):\n        return self.own(x)\n\n\ndef net():\n    return Net()\n"
    )
    code = "import sys; sys.path.remove(''); from archspec.cli import main; sys.exit(main(sys.argv[1:]))"  # as a script has it
    words = [sys.executable, "-c", code, *command, "--allow-python", "layers_here"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
