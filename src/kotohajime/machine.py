"""The kind of machine: all that decides how a computation rounds. Machines of one kind give the same bytes."""

import hashlib
import json
import os
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("torch", "numpy", "scipy", "matplotlib")
# What BLAS, torch and the C library read to choose their kernels; numbers of threads are set in `compute`.
VARIABLES = (
    *("OPENBLAS_", "MKL_", "DNNL_", "ONEDNN_", "BLIS_", "ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES"),
    *("NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "GLIBC_TUNABLES"),
)


@cache
def kind() -> dict:
    """Return processor, GPUs, package versions and the variables that choose kernels."""
    return {
        "cpu": f"{cpu()}, {model()}",
        "gpus": gpus(),
        "packages": {name: version(name) for name in PACKAGES},
        "variables": variables(),
    }


def checksum() -> str:
    """Return a short name of this kind of machine."""
    return hashlib.sha256(json.dumps(kind()).encode()).hexdigest()[:12]


def cpuinfo() -> dict[str, str]:
    """Return what Linux says about the first processor, {} on other systems."""
    path = Path("/proc/cpuinfo")
    first = path.read_text(encoding="utf-8").split("\n\n")[0] if path.exists() else ""
    fields = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in fields}


def cpu() -> str:
    """Return the processor's name."""
    return cpuinfo().get("model name") or platform.processor() or platform.machine()


def model() -> str:
    """Return the processor's family, model and widest vectors: one name may stand for many processors."""
    info = cpuinfo()
    flags = info.get("flags", "").split()
    vectors = next((name for name in ("avx512f", "avx2", "avx", "sse2") if name in flags), "")
    numbers = [
        f"{name} {info[name]}" for name in ("cpu family", "model", "CPU implementer", "CPU part") if name in info
    ]
    return f"{', '.join(numbers)} {vectors}".strip()


def gpus() -> list[str]:
    """Return the names that NVIDIA's driver gives its GPUs, without starting CUDA."""
    files = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]


def variables() -> dict[str, str]:
    """Return the environment variables that choose kernels."""
    names = [name for name in os.environ if name.startswith(VARIABLES) and not name.endswith("NUM_THREADS")]
    return {name: os.environ[name] for name in sorted(names)}
