"""The environment: versions against the lock, checks that can fail, and torch set up as asked."""

import json
import os
import subprocess
import sys
from importlib.metadata import version

import pytest
import torch

from kotohajime import compute, machine
from kotohajime.article import environment
from kotohajime.config import Compute
from kotohajime.io import UserError


@pytest.fixture(autouse=True)
def torch_as_before():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("default")
    machine.kind.cache_clear()


def test_versions_are_compared_with_the_lock(tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text(
        f"torch=={version('torch')} \\\n    --hash=sha256:00\nscipy==0.1 ; python_full_version < '3'\n"
        "scipy==0.2 ; python_full_version >= '3'\nmatplotlib==0.0.1\n"
    )
    packages = environment.packages(lock)
    assert packages["torch"] == {"found": version("torch"), "locked": version("torch"), "same": True}
    assert packages["matplotlib"]["same"] is False
    assert packages["scipy"]["locked"] == "0.2"
    assert packages["numpy"] == {"found": version("numpy"), "locked": None, "same": False}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_wrong_product_stops_the_run(monkeypatch, dtype):
    place = {"device": torch.device("cpu"), "dtype": dtype}
    check = environment.check_product(place, size=64)
    assert 0 <= check["relative_error"] <= check["tolerance"]
    for factor in (1.001, float("nan")):
        monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b, factor=factor: torch.mm(a, b) * factor)
        with pytest.raises(UserError, match=r"matrix product on cpu is off by .* set device: cpu"):
            environment.check_product(place, size=64)


def test_the_account_holds_what_decides_bits_and_says_what_was_set(tmp_path, monkeypatch, capsys):
    (tmp_path / "lock.txt").write_text("torch==0.4.0\n")
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho '| NVIDIA-SMI 580.1   Driver Version: 580.1   CUDA |'\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.setenv("KOTOHAJIME_IMAGE", "an image")
    machine.kind.cache_clear()
    environment.main(lock=tmp_path / "lock.txt", settings=Compute(device="cpu"), output=tmp_path / "e.json")
    account = json.loads((tmp_path / "e.json").read_text())
    assert account["machine"] == {"checksum": machine.checksum(), **machine.kind()}
    assert account["machine"]["variables"]["MKL_CBWR"] == "COMPATIBLE"
    assert account["device"] == {"asked": "cpu", "used": "cpu", "precision": "float32"}
    assert account["blas"]["threads"] == 1
    assert all(library["version"] for library in account["blas"]["loaded"])
    assert account["cuda"]["driver"] == "580.1"
    assert account["container"] == "an image"
    printed = capsys.readouterr().out
    assert "note: MKL_CBWR=COMPATIBLE is set; results may differ in bits from those without it\n" in printed
    assert f"note: torch is {version('torch')}, the lock says 0.4.0; results may differ in bits\n" in printed


def test_use_sets_what_it_says(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    torch.set_num_threads(3)
    torch.backends.cuda.matmul.allow_tf32 = True
    place = compute.use("cpu", "float64", 1)
    assert place == {"device": torch.device("cpu"), "dtype": torch.float64}
    assert torch.get_num_threads() == 1
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_float32_matmul_precision() == "highest"
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_auto_takes_a_gpu_and_cuda_is_refused_without_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    used = [compute.use(name, "float32", 1)["device"].type for name in ("auto", "cuda", "cpu")]
    assert used == ["cuda", "cuda", "cpu"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert compute.use("auto", "float32", 1)["device"].type == "cpu"
    with pytest.raises(UserError, match=r"device cuda was asked for, .*`nvidia-smi`.*`--gpus all`.* auto or cpu\."):
        compute.use("cuda", "float32", 1)


IMPORTS = """
import os, sys
import matplotlib, threadpoolctl  # the latter sets a variable of its own
def state():
    style = {name: matplotlib.rcParams[name] for name in matplotlib.rcParams if name != "backend"}  # asking sets it
    return dict(os.environ), style, "matplotlib.pyplot" in sys.modules
before = state()
from kotohajime import cli, compute, plotting
from kotohajime.article import environment, loss_transition, notebook, reproduction, tensor_basics, trainings
assert state() == before
"""


def test_importing_changes_nothing():
    subprocess.run([sys.executable, "-c", IMPORTS], check=True, env=os.environ | {"PYTHONPATH": ":".join(sys.path)})
