"""The kind of machine: what decides how a computation rounds is in it, and nothing else."""

import json
import os
import platform
import socket

import pytest

from kotohajime import machine

INTEL = "processor\t: 0\nmodel name\t: Fast CPU @ 2 GHz\ncpu family\t: 6\nmodel\t\t: 85\nflags\t\t: fpu sse2 avx2 {}\n"
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n"
GPU = "Model: \t\t NVIDIA H100\nIRQ:   \t\t 1\n"


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch):
    for name in machine.variables():
        monkeypatch.delenv(name)
    machine.kind.cache_clear()
    yield
    machine.kind.cache_clear()


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


@pytest.mark.parametrize("cpuinfo", [INTEL.format(""), ARM, None])
def test_a_kind_is_plain_json_has_a_processor_and_names_no_host(system, monkeypatch, cpuinfo):
    uname = os.uname_result((os.uname().sysname, "host-of-ours", *os.uname()[2:]))
    monkeypatch.setattr(os, "uname", lambda: uname)
    for module, function in ((platform, "node"), (socket, "gethostname"), (socket, "getfqdn")):
        monkeypatch.setattr(module, function, lambda: "host-of-ours")
    monkeypatch.setenv("HOSTNAME", "host-of-ours")
    if cpuinfo:
        system("/proc/cpuinfo", cpuinfo)
    kind = machine.kind()
    assert json.loads(json.dumps(kind)) == kind
    assert "host-of-ours" not in json.dumps(kind)
    assert list(kind) == ["cpu", "gpus", "packages", "variables"]
    assert kind["packages"].keys() == set(machine.PACKAGES)
    assert kind["cpu"].startswith(machine.cpu() or "nothing")
    assert checksum() == checksum()
    assert len(checksum()) == 12


def test_only_a_variable_that_chooses_kernels_is_another_kind(monkeypatch):
    before = checksum()
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "LANG", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "7")
    assert checksum() == before
    for name in (
        *("OPENBLAS_CORETYPE", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "ATEN_CPU_CAPABILITY", "NVIDIA_TF32_OVERRIDE"),
        *("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "GLIBC_TUNABLES", "NPY_DISABLE_CPU_FEATURES"),
    ):
        with monkeypatch.context() as context:
            context.setenv(name, "x")
            assert checksum() != before
            assert machine.variables() == {name: "x"}


@pytest.mark.parametrize(
    ("flags", "vectors"), [("avx512f", "avx512f"), ("avx512vl", "avx2"), ("", "avx2"), ("avx512fp16", "avx2")]
)
def test_a_processor_is_its_name_model_and_widest_vectors(system, flags, vectors):
    system("/proc/cpuinfo", INTEL.format(flags) + "\n" + INTEL.format("avx512f").replace("85", "86"))
    assert machine.kind()["cpu"] == f"Fast CPU @ 2 GHz, cpu family 6, model 85 {vectors}"


def test_gpus_are_those_that_the_driver_names(system):
    without = checksum()
    assert machine.gpus() == []
    for slot in ("0000:02:00.0", "0000:01:00.0"):
        system(f"/proc/driver/nvidia/gpus/{slot}/information", GPU.replace("100", slot[6]))
    assert machine.gpus() == ["NVIDIA H1", "NVIDIA H2"]
    assert checksum() != without
