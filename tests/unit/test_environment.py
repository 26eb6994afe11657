"""The environment: versions against the lock, checks that can fail, and a reason when a device cannot be had."""

import json
import stat
from importlib.metadata import version
from types import SimpleNamespace

import pytest
import torch

from kotohajime import compute, machine
from kotohajime.article import environment
from kotohajime.cli import UserError
from kotohajime.config import Place

CPU = {"device": torch.device("cpu"), "dtype": torch.float32}


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
    seen = environment.packages(lock)
    assert seen["torch"] == {"found": version("torch"), "locked": version("torch"), "same": True}
    assert seen["matplotlib"]["same"] is False
    assert seen["scipy"]["locked"] == "0.2"
    assert seen["numpy"] == {"found": version("numpy"), "locked": None, "same": False}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_product_of_this_machine_is_right(dtype):
    seen = environment.check_product({**CPU, "dtype": dtype}, size=64)
    assert 0 <= seen["relative_error"] <= seen["tolerance"]


def test_a_wrong_product_stops_the_run(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: torch.mm(a, b) * 1.001)
    with pytest.raises(UserError, match=r"matrix product on cpu is off by .* set device: cpu"):
        environment.check_product(CPU, size=64)


def test_torchvisions_operator_is_called(monkeypatch):
    assert environment.check_torchvision()["kept"] == [1, 2]
    monkeypatch.setattr(torch.ops.torchvision, "nms", lambda *boxes: torch.tensor([0]))
    with pytest.raises(UserError, match="torchvision's nms kept"):
        environment.check_torchvision()


def test_a_torchvision_for_another_torch_stops_the_run(tmp_path, monkeypatch):
    (tmp_path / "_C.so").write_bytes(b"no library")
    monkeypatch.setattr(environment, "find_spec", lambda name: SimpleNamespace(origin=tmp_path / "__init__.py"))
    with pytest.raises(UserError, match=r"torchvision does not fit this torch: .*_C.so: .* Install the locked build"):
        environment.check_torchvision()


def test_a_torchvision_for_another_cuda_stops_the_run(monkeypatch):
    environment.check_torchvision()  # loads its operators
    monkeypatch.setattr(torch.ops.torchvision, "_cuda_version", lambda: 12080)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    with pytest.raises(UserError, match=r"torchvision is built for CUDA 12, torch for 13\.0"):
        environment.check_torchvision()


@pytest.mark.parametrize(("script", "found"), [("echo 580.1", "580.1"), ("exit 9", None), ("true", None)])
def test_the_driver_is_asked_for(tmp_path, monkeypatch, script, found):
    command = tmp_path / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(command.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.driver() == found


def test_no_driver_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.driver() is None


def test_the_account_holds_the_kind_of_machine_and_tells_what_was_set(tmp_path, monkeypatch, capsys):
    (tmp_path / "lock.txt").write_text("torch==0.4.0\n")
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    machine.kind.cache_clear()
    environment.main(lock=tmp_path / "lock.txt", place=Place(device="cpu"), output=tmp_path / "environment.json")
    account = json.loads((tmp_path / "environment.json").read_text())
    assert account["machine"] == {"checksum": machine.checksum(), **machine.kind()}
    assert account["machine"]["variables"]["MKL_CBWR"] == "COMPATIBLE"
    assert account["device"] == {"asked": "cpu", "used": "cpu", "precision": "float32"}
    assert account["blas"]["threads"] == 1
    told = capsys.readouterr().out
    assert "note: MKL_CBWR=COMPATIBLE is set; results may differ in bits from those without it\n" in told
    assert f"note: torch is {version('torch')}, the lock says 0.4.0; results may differ in bits\n" in told


def test_use_sets_what_it_says():
    torch.set_num_threads(3)
    torch.backends.cuda.matmul.allow_tf32 = True
    place = compute.use("cpu", "float64", 1)
    assert place == {"device": torch.device("cpu"), "dtype": torch.float64}
    assert torch.get_num_threads() == 1
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_float32_matmul_precision() == "highest"


@pytest.mark.parametrize(
    ("answer", "where", "remedy"),
    [
        ("Found no NVIDIA driver on your system. Please", None, "Check `nvidia-smi`"),
        ("Found no NVIDIA driver on your system. Please", "ours", "Start the container with `--gpus all`"),
        ("The driver is too old (found version 11.4). Please", "ours", "Check `nvidia-smi`"),
    ],
)
def test_cuda_without_a_gpu_says_why(monkeypatch, answer, where, remedy):
    def start():
        raise RuntimeError(f"{answer} visit another page.")

    monkeypatch.setenv("KOTOHAJIME_IMAGE", where) if where else monkeypatch.delenv("KOTOHAJIME_IMAGE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", start)
    with pytest.raises(UserError) as refused:
        compute.use("cuda", "float32", 1)
    told = str(refused.value)
    assert told.startswith("device cuda was asked for, but torch (built for CUDA ")
    assert f" says: {answer.removesuffix('. Please')}. {remedy}" in told
    assert told.endswith(", or ask for auto or cpu.")


def test_auto_is_the_cpu_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert compute.use("auto", "float32", 1)["device"].type == "cpu"


def test_a_build_without_cuda_is_told(monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "build without CUDA" in compute.why_no_cuda()
