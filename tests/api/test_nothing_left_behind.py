"""archspec inside another program: whatever it does, the interpreter and PyTorch are afterwards as they were before."""

from __future__ import annotations

import decimal
import gc
import json
import linecache
import locale
import logging
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support import SPECS
from torch import nn

import archspec
from archspec import cli, output
from archspec.commands.bounds import bounded

SPEC = """archspec: 1
name: Net
args: {width: 8}
input: [3, 8, 8]
layers:
  conv: {type: Conv2d, out_channels: "${width}", kernel_size: 3}
  drop: {type: Dropout, p: 0.5}
  flat: Flatten
  last: {type: Linear, out_features: 4}
"""
BESIDE = """import torch
from torch import nn


def make():
    with torch.random.fork_rng():
        return nn.Sequential(nn.Conv2d(3, 8, 3), nn.Dropout(0.5), nn.Flatten(), nn.Linear(288, 4))
"""
"""A module that is imported by the first call, and draws its numbers apart."""


class Net(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Conv2d(3, 8, 3), nn.Dropout(0.5), nn.Flatten(), nn.Linear(288, 4))


def state() -> dict[str, Any]:
    """All that one part of a process may change under another."""
    signals = [one for one in signal.valid_signals() if one not in (signal.SIGKILL, signal.SIGSTOP)]
    clocks = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
    limits = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]
    kind, words, *rest = np.random.get_state()
    return {
        "gc": (gc.isenabled(), gc.get_threshold(), gc.get_debug(), list(gc.callbacks)),
        "signals": {one: signal.getsignal(one) for one in signals},
        "clocks": [signal.getitimer(one) for one in clocks],
        "limits": {one: resource.getrlimit(one) for one in limits},
        "recursion": sys.getrecursionlimit(),
        "digits": sys.get_int_max_str_digits(),
        "switch": sys.getswitchinterval(),
        "tracing": (sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()),
        "hooks": (sys.excepthook, sys.displayhook, sys.unraisablehook, threading.excepthook, sys.breakpointhook),
        "importing": (list(sys.path), list(sys.meta_path), list(sys.path_hooks), sys.dont_write_bytecode),
        "warnings": (list(warnings.filters), warnings.showwarning, warnings.formatwarning),
        "logging": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable, logging.raiseExceptions),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "locale": locale.setlocale(locale.LC_ALL),
        "decimals": repr(decimal.getcontext()),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "random": random.getstate(),
        "numpy": (kind, words.tolist(), *rest, np.geterr()),
        "texts": sorted(name for name in linecache.cache if name.startswith("<archspec")),
        "torch": (
            torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads(), torch.get_num_interop_threads(),
            torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_anomaly_enabled(),
            torch.are_deterministic_algorithms_enabled(), torch.get_deterministic_debug_mode(),
            torch.get_float32_matmul_precision(), torch.is_autocast_enabled("cpu"), torch.backends.mha.get_fastpath_enabled(),
            torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic,
            torch.backends.mkldnn.enabled, torch._C._len_torch_function_stack(), torch._C._len_torch_dispatch_stack(),
            torch.get_rng_state().tolist(), len(torch.cuda._queued_calls),
        ),
        "torch's methods": (
            nn.Module.__call__, nn.Module.__setattr__, nn.Module.__getattr__, torch.autocast.__init__, torch.autocast.__enter__,
            dict(nn.modules.module._global_forward_hooks), dict(nn.modules.module._global_forward_pre_hooks),
        ),
    }  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    """A folder with a spec, another, and a module's file."""
    (tmp_path / "net.yaml").write_text(SPEC)
    (tmp_path / "wide.yaml").write_text(SPEC.replace("width: 8", "width: 16"))
    (tmp_path / "by_file.py").write_text("def make():\n    import beside\n\n    return beside.make()\n")
    (tmp_path / "beside.py").write_text(BESIDE)
    yield tmp_path
    for name in ("beside", "by_file"):
        sys.modules.pop(name, None)


def unlike(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {key: (before[key], after[key]) for key in before if before[key] != after[key]}


IN_PYTHON: dict[str, Callable[[Path, nn.Module], Any]] = {
    "load": lambda folder, net: archspec.load(folder / "net.yaml", width=16),
    "a wrong spec": lambda folder, net: _wrong(SPEC.replace("Flatten", "Flaten")),
    "analyze": lambda folder, net: str(archspec.analyze(archspec.load(folder / "net.yaml"), batch=2)),
    "compile": lambda folder, net: archspec.compile(archspec.load(folder / "net.yaml"), arguments=True),
    "compare": lambda folder, net: str(archspec.compare(archspec.load(folder / "net.yaml"), archspec.load(folder / "wide.yaml"))),
    "diff": lambda folder, net: str(archspec.diff(archspec.load(folder / "net.yaml"), archspec.load(folder / "wide.yaml"))),
    "render": lambda folder, net: archspec.render(archspec.load(folder / "net.yaml"))._repr_svg_(),
    "to_networkx": lambda folder, net: archspec.load(folder / "net.yaml").to_networkx(),
    "save": lambda folder, net: archspec.load(folder / "net.yaml").with_(width=16).save(folder / "saved.yaml"),
    "verify": lambda folder, net: archspec.verify(archspec.load(folder / "net.yaml"), net),
    "from_torch": lambda folder, net: archspec.from_torch(net, [3, 8, 8]),
    "from_onnx": lambda folder, net: archspec.Spec.from_onnx(_onnx(folder)),
    "from_keras": lambda folder, net: archspec.Spec.from_keras(_keras(folder)),
}  # fmt: skip


def _wrong(text: str) -> None:
    with pytest.raises(archspec.SpecError):
        archspec.parse(text)


def _onnx(folder: Path) -> Path:
    import onnx
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "g",
        [value("x", TensorProto.FLOAT, ["N", 4])],
        [value("y", 1, ["N", 4])],
    )
    path = folder / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def _keras(folder: Path) -> Path:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "dtype": "float32", "name": "x"}},
        {"class_name": "Dense", "config": {"name": "dense", "units": 3, "activation": "linear", "use_bias": True}},
    ]
    path = folder / "net.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}))
    return path


@pytest.mark.parametrize("what", IN_PYTHON)
def test_in_python(what: str, files: Path) -> None:
    net = Net()
    IN_PYTHON[what](files, net)  # what is imported once, PyTorch's parts among it, is imported
    gc.collect()
    before = state()
    IN_PYTHON[what](files, net)
    gc.collect()
    assert unlike(before, state()) == {}


COMMANDS = [
    "check net.yaml",
    "check nowhere.yaml",
    "render net.yaml -o net.svg --force",
    "compile net.yaml -o net.py --verify --force",
    "compare net.yaml wide.yaml",
    "diff net.yaml wide.yaml",
    "explain net.yaml",
    "solve net.yaml --set width=16",
    "fmt net.yaml",
    "lints",
    "verify net.yaml --against by_file.py:make",
    "import torch by_file.py:make --input 3,8,8 -o imported.yaml --force",
    "export onnx net.yaml -o exported.onnx --force",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command(
    command: str, files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(files)
    cli.main(command.split())
    gc.collect()
    before = state()
    cli.main(command.split())
    gc.collect()
    assert unlike(before, state()) == {}, capsys.readouterr().err


def test_a_module_that_is_no_longer_used_leaves_no_text(files: Path) -> None:
    before = state()["texts"]
    module = archspec.build(archspec.load(files / "net.yaml", width=11))
    assert len(state()["texts"]) == len(before) + 1
    del module
    gc.collect()
    assert state()["texts"] == before


IMPORTED = """
import gc, os, signal, sys, warnings
import numpy, pydantic, torch, yaml

def state():
    signals = [signal.getsignal(one) for one in signal.valid_signals()]
    return [gc.isenabled(), gc.get_threshold(), signals, sys.getrecursionlimit(), list(warnings.filters), dict(os.environ),
            list(sys.path), list(sys.meta_path), sys.stdout, sys.excepthook]

before = state()
import archspec, archspec.api, archspec.cli
archspec.cli.main(["check", sys.argv[1]])
archspec.build(archspec.load(sys.argv[1]), device="meta")
print([pair for pair in zip(before, state()) if pair[0] != pair[1]])
"""


def test_importing_it_changes_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, SPECS / "alexnet.yaml"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_only_the_cpu_is_seeded(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`torch.manual_seed` would queue one for each accelerator of the program, also for those that start later."""

    def refuse(seed: int) -> None:
        raise AssertionError("an accelerator is seeded")

    monkeypatch.setattr(torch.cuda, "manual_seed_all", refuse)
    monkeypatch.setattr(torch.mps, "manual_seed", refuse)
    net = Net()
    archspec.from_torch(net, [3, 8, 8])
    assert archspec.verify(archspec.load(files / "net.yaml"), net).is_state_equal is False  # its keys are others
    monkeypatch.chdir(files)
    assert cli.main("compile net.yaml -o net.py --verify --force".split()) == 0


def test_a_handler_of_the_program_stays_while_a_file_is_written(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: (seen.append(signal.getsignal(signal.SIGTERM)), replace(*paths)))
    before = signal.signal(signal.SIGTERM, own)
    try:
        output.write(files / "out.txt", b"Generated by archspec", False)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [own]


def own(number: int, frame: object) -> None:
    """A handler of the program around."""


def test_a_profiler_goes_on_after_a_command(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.signal(signal.SIGPROF, own)
    signal.setitimer(signal.ITIMER_PROF, 500, 300)
    try:
        cli.main(["check", str(files / "net.yaml")])
        assert signal.getsignal(signal.SIGPROF) is own
        left, interval = signal.getitimer(signal.ITIMER_PROF)
        assert interval == 300
        assert 400 < left < 501
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def test_bounds_that_the_system_refuses_are_none_at_all(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not half of them: a clock that nobody stops would end the program later."""

    def refuse(limit: int, wanted: tuple[int, int]) -> None:
        if wanted != before["limits"][limit]:
            raise ValueError("not allowed to raise maximum limit")

    before = state()
    monkeypatch.setattr(resource, "setrlimit", refuse)
    with bounded("a test"):
        assert unlike({**before, "signals": {}}, {**state(), "signals": {}}) == {}
    assert unlike(before, state()) == {}


def test_names_that_users_invent_are_not_kept() -> None:
    from archspec.ops import registry

    kept = registry._load.cache_info().currsize
    assert registry.find("NoSuchOp") is None
    assert registry._load.cache_info().currsize == kept
