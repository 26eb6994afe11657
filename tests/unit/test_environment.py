"""The environment and the kind of machine: compared with the lock, checked, set up as asked, named without a host."""

import json
import os
import re
import warnings
from contextlib import nullcontext
from importlib.metadata import version

import pytest
import torch

from kotohajime import compute, machine
from kotohajime.article import environment
from kotohajime.config import Compute
from kotohajime.io import UserError

CPU = torch.device("cpu")
INTEL = "processor\t: 0\nmodel name\t: Fast CPU @ 2 GHz\ncpu family\t: 6\nmodel\t\t: 85\nflags\t\t: fpu sse2 avx2 {}\n"


@pytest.fixture(autouse=True)
def torch_and_machine_as_before(monkeypatch):
    threads = torch.get_num_threads()
    for name in machine.variables():
        monkeypatch.delenv(name)
    machine.kind.cache_clear()
    yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("default")
    machine.kind.cache_clear()
    compute.no_gpu.cache_clear()


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Return a function that sets a file of the system; there are no others."""
    monkeypatch.setattr(machine, "Path", lambda path: tmp_path / path.lstrip("/"))

    def hold(path: str, text: str) -> None:
        (tmp_path / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.lstrip("/")).write_text(text)

    return hold


def checksum() -> str:
    machine.kind.cache_clear()
    return machine.checksum()


def test_versions_are_compared_with_the_lock(tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text(
        f"torch=={version('torch')} \\\n    --hash=sha256:00\nscipy==0.2 ; python_full_version >= '3'\n"
        "scipy==0.1 ; python_full_version < '3'\nmatplotlib==0.0.1\n"
    )
    packages = environment.packages(lock)
    assert packages["torch"] == {"found": version("torch"), "locked": version("torch"), "same": True}
    assert packages["matplotlib"]["same"] is False
    assert packages["scipy"]["locked"] == "0.2"
    assert packages["numpy"] == {"found": version("numpy"), "locked": None, "same": False}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_wrong_product_stops_the_run(monkeypatch, dtype):
    place = {"device": CPU, "dtype": dtype}
    check = environment.check_product(place, size=64)
    assert 0 <= check["relative_error"] <= check["tolerance"]
    for factor in (1.001, float("nan")):
        monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b, factor=factor: torch.mm(a, b) * factor)
        with pytest.raises(UserError, match=r"matrix product on cpu is off by .* set device: cpu"):
            environment.check_product(place, size=64)


def test_the_account_holds_what_decides_bits_and_says_what_was_set(tmp_path, monkeypatch, capsys):
    (tmp_path / "lock.txt").write_text("torch==0.4.0\n")
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.setenv("KOTOHAJIME_IMAGE", "an image")
    environment.main(lock=tmp_path / "lock.txt", settings=Compute(device="cpu"), output=tmp_path / "e.json")
    account = json.loads((tmp_path / "e.json").read_text())
    assert account["machine"] == {"checksum": machine.checksum(), **machine.kind()}
    assert account["device"] == {"asked": "cpu", "used": "cpu", "precision": "float32", "why_no_gpu": ""}
    assert account["blas"]["threads"] == 1
    assert account["container"] == "an image"
    printed = capsys.readouterr().out
    assert "note: MKL_CBWR=COMPATIBLE is set; results may differ in bits from those without it\n" in printed
    assert f"note: torch is {version('torch')}, the lock says 0.4.0; results may differ in bits\n" in printed


def test_use_sets_what_it_says(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    torch.set_num_threads(3)
    torch.backends.cuda.matmul.allow_tf32 = True
    assert compute.use("cpu", "float64", 1) == {"device": CPU, "dtype": torch.float64}
    assert torch.get_num_threads() == 1
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_float32_matmul_precision() == "highest"
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def computes(*_, device):
    return torch.zeros(2) + 1


def is_too_old(*_, device):
    raise RuntimeError(f"{NO_KERNEL}\nCompile with `TORCH_USE_CUDA_DSA` ...")


OLD_DRIVER = "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040)"
NO_KERNEL = "CUDA error: no kernel image is available for execution on the device"


def has_an_old_driver():
    warnings.warn(f"{OLD_DRIVER}. Please update your GPU driver", stacklevel=1)
    return False


@pytest.mark.parametrize(
    ("available", "ones", "why"),
    [
        (lambda: True, computes, ""),
        (lambda: True, is_too_old, NO_KERNEL),
        (has_an_old_driver, computes, OLD_DRIVER),
        (lambda: False, computes, "it finds none"),
    ],
)
def test_auto_takes_a_gpu_that_computes_and_cuda_is_refused_without_one(monkeypatch, available, ones, why):
    monkeypatch.setattr(torch.cuda, "is_available", available)
    monkeypatch.setattr(torch, "ones", ones)
    compute.no_gpu.cache_clear()
    assert compute.no_gpu().startswith(why and f"torch can use no GPU: {why}")
    assert bool(compute.no_gpu()) == bool(why)
    assert compute.use("cpu", "float32", 1)["device"].type == "cpu"
    assert compute.use("auto", "float32", 1)["device"].type == ("cpu" if why else "cuda")
    refused = rf"^device cuda was asked for, but .*{re.escape(why)}.*`nvidia-smi`.*`--gpus all`.* auto or cpu\.$"
    with pytest.raises(UserError, match=refused) if why else nullcontext():
        compute.use("cuda", "float32", 1)


def test_only_a_variable_that_chooses_kernels_is_another_kind(monkeypatch):
    before = checksum()
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "LANG", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "7")
    assert checksum() == before
    for name in ("OPENBLAS_CORETYPE", "MKL_CBWR", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "GLIBC_TUNABLES"):
        with monkeypatch.context() as context:
            context.setenv(name, "x")
            assert checksum() != before
            assert machine.variables() == {name: "x"}


@pytest.mark.parametrize(("flags", "vectors"), [("avx512f", "avx512f"), ("avx512vl", "avx2"), ("", "avx2")])
def test_a_processor_is_its_name_model_and_widest_vectors(system, flags, vectors):
    assert len(machine.kind()["cpu"]) > len(", ")  # without a file
    machine.kind.cache_clear()
    system("/proc/cpuinfo", INTEL.format(flags) + "\n" + INTEL.format("avx512f").replace("85", "86"))
    assert machine.kind()["cpu"] == f"Fast CPU @ 2 GHz, cpu family 6, model 85 {vectors}"


def test_gpus_are_those_that_the_driver_names(system):
    without = checksum()
    for slot in ("0000:02:00.0", "0000:01:00.0"):
        system(f"/proc/driver/nvidia/gpus/{slot}/information", f"Model: \t\t NVIDIA H{slot[6]}\nIRQ:   \t\t 1\n")
    assert machine.gpus() == ["NVIDIA H1", "NVIDIA H2"]
    assert checksum() != without
