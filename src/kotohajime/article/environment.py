"""Describe this machine and this environment, and stop the run if they cannot do what the config asks."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.linalg.blas  # noqa: F401  loads SciPy's BLAS, which threadpool_info lists
import torch
from packaging.requirements import Requirement
from threadpoolctl import threadpool_info
from torch.utils import collect_env

from kotohajime import compute, machine
from kotohajime.cli import run
from kotohajime.config import Compute
from kotohajime.io import UserError, read_text, write_json

PACKAGES = ["torch", "torchvision", "numpy", "scipy", "matplotlib", "snakemake"]
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-13}  # a sum of 512 products is off by 1e-6, 1e-15 of its scale


def packages(lock: Path) -> dict[str, dict]:
    """Return each package's version here and in the lock, and whether they are the same."""
    lines = [line.rstrip("\\ ") for line in read_text(lock).splitlines() if "==" in line]
    here = [pin for pin in map(Requirement, lines) if pin.marker is None or pin.marker.evaluate()]
    locked = {pin.name: str(pin.specifier).removeprefix("==") for pin in here}
    return {
        name: {"found": version(name), "locked": locked.get(name), "same": version(name) == locked.get(name)}
        for name in PACKAGES
    }


def check_product(place: compute.Place, size: int = 512) -> dict:
    """Multiply two matrices on the device; return the largest error, by NumPy in float64, over the result's scale.

    UserError if it is larger than rounding makes it.
    """
    a, b = np.random.default_rng(0).standard_normal((2, size, size))
    exact = a @ b
    product = (torch.from_numpy(a).to(**place) @ torch.from_numpy(b).to(**place)).double().cpu().numpy()
    error = float(abs(product - exact).max() / abs(exact).max())
    tolerance = TOLERANCE[place["dtype"]]
    if not error <= tolerance:
        raise UserError(
            f"a {size} x {size} matrix product on {place['device'].type} is off by {error:.1e} of its scale "
            f"(allowed: {tolerance:.0e}). This device or its driver computes wrongly; set device: cpu."
        )
    return {"size": size, "relative_error": error, "tolerance": tolerance}


def describe(lock: Path, settings: Compute, place: compute.Place) -> dict:
    """Return what this machine and environment are; UserError when they cannot compute as the settings ask."""
    blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "container": os.environ.get("KOTOHAJIME_IMAGE"),
        "packages": packages(lock),
        "cpu": {
            "name": machine.cpu(),
            "cores": os.cpu_count(),
            "instructions": torch.backends.cpu.get_cpu_capability(),
        },
        "blas": {
            "torch": "MKL" if torch.backends.mkl.is_available() else "other",
            "numpy": np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"],
            "threads": torch.get_num_threads(),
            "loaded": [{name: library[name] for name in ("prefix", "version", "architecture")} for library in blas],
        },
        "cuda": {
            "build": torch.version.cuda,
            "driver": collect_env.get_nvidia_driver_version(collect_env.run),
            "gpus": [
                {"name": gpu.name, "memory_bytes": gpu.total_memory, "capability": f"{gpu.major}.{gpu.minor}"}
                for gpu in map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
            ],
        },
        "device": {
            "asked": settings.device,
            "used": place["device"].type,
            "precision": settings.precision,
            "why_no_gpu": compute.no_gpu() if settings.device == "auto" else "",
        },
        "matrix_product": check_product(place),
        "determinism": {
            "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
            "float32_matmul_precision": torch.get_float32_matmul_precision(),
            "tf32": torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32,
            "cublas_workspace": os.environ["CUBLAS_WORKSPACE_CONFIG"],
        },
        "machine": {"checksum": machine.checksum(), **machine.kind()},
    }


def main(*, lock: Path, settings: Compute = Compute(), output: Path) -> None:
    """Write down what this machine and environment are; fail when they cannot do what is asked.

    Args:
        lock: the file of locked versions to compare with.
        settings: where the trainings are to run, and in what precision.
        output: the JSON file to write.
    """
    place = compute.use(settings.device, settings.precision, settings.threads)
    content = describe(lock, settings, place)
    write_json(output, content)
    for name, package in content["packages"].items():
        if not package["same"]:
            print(f"note: {name} is {package['found']}, the lock says {package['locked']}; results may differ in bits")
    why = content["device"]["why_no_gpu"]
    used = f"{place['device'].type} in {settings.precision}"
    print(f"torch {torch.__version__}, training on {used}{why and f', since {why}'}")
    for name, value in machine.variables().items():
        print(f"note: {name}={value} is set; results may differ in bits from those without it")


if __name__ == "__main__":
    run(main)
