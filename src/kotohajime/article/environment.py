"""Say what this machine and this environment have, and stop the run if the config asks for more."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import matplotlib
import numpy as np
import torch
from packaging.requirements import Requirement

from kotohajime import compute, machine

from kotohajime.engine import products
from kotohajime.cli import UserError, run
from kotohajime.io import read_text, write_json
from kotohajime.config import Compute

PACKAGES = ["torch", "torchvision", "numpy", "scipy", "matplotlib", "snakemake"]
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-13}  # a sum of 512 products is off by 1e-6, 1e-15 of its scale


def packages(lock: Path) -> dict[str, dict]:
    """Return each package's version here and in the lock, and whether they are the same."""
    lines = (line.rstrip("\\ \n") for line in read_text(lock).splitlines() if "==" in line)
    wanted = [Requirement(line) for line in lines]
    here = [req for req in wanted if req.name in PACKAGES and (req.marker is None or req.marker.evaluate())]
    locked = {req.name: str(req.specifier).removeprefix("==") for req in here}
    return {
        name: {"found": version(name), "locked": locked.get(name), "same": version(name) == locked.get(name)}
        for name in PACKAGES
    }


def check_product(place: dict, size: int = 512) -> dict:
    """Multiply two matrices on the device and compare with NumPy in float64: the largest error over the result's scale.

    Raises UserError when the device computes something else.
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


def check_torchvision() -> dict:
    """Call one compiled operator of torchvision: of two overlapping boxes, nms keeps the better, and the third.

    The operators' library is loaded without the package, which would load torch's compiler too: that takes as long as
    torch. Raises UserError when the library was built for another torch or CUDA, or computes something else.
    """
    remedy = "Install the locked build (make)."
    try:
        torch.ops.load_library(Path(find_spec("torchvision").origin).with_name("_C.so"))
    except OSError as error:
        raise UserError(f"torchvision does not fit this torch: {error.__cause__}. {remedy}") from error
    built, cuda = torch.ops.torchvision._cuda_version(), torch.version.cuda  # 13000 and "13.0"; -1 and None without
    if built > 0 and cuda and built // 1000 != int(cuda.split(".")[0]):
        raise UserError(f"torchvision is built for CUDA {built // 1000}, torch for {cuda}. {remedy}")
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]])
    kept = torch.ops.torchvision.nms(boxes, torch.tensor([0.5, 0.9, 0.7]), 0.5).tolist()
    if kept != [1, 2]:
        raise UserError(f"torchvision's nms kept {kept} of three boxes instead of [1, 2]. {remedy}")
    return {"operator": "nms", "kept": kept}


def gpus() -> list[dict]:
    """Return name, memory and compute capability of each GPU that torch can use."""
    found = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    return [
        {"name": gpu.name, "memory_bytes": gpu.total_memory, "capability": f"{gpu.major}.{gpu.minor}"} for gpu in found
    ]


def driver() -> str | None:
    """Return the NVIDIA driver's version, or None where there is none."""
    if not (command := shutil.which("nvidia-smi")):
        return None
    query = [command, "--query-gpu=driver_version", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout.split("\n")[0] or None if answer.returncode == 0 else None


def main(*, lock: Path, place: Compute = Compute(), output: Path) -> None:
    """Write down what this machine and environment are; fail when they cannot do what is asked.

    Args:
        lock: the file of locked versions to compare with.
        place: where the trainings are to run, and in what precision.
        output: the JSON file to write.
    """
    used = compute.use(**dict(place))
    here, nvidia = packages(lock), driver()
    write_json(
        output,
        {
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "container": compute.image(),
            "packages": here,
            "torchvision_check": check_torchvision(),
            "cpu": {
                "name": machine.cpu(),
                "cores": os.cpu_count(),
                "instructions": torch.backends.cpu.get_cpu_capability(),
            },
            "blas": {
                "torch": "MKL" if torch.backends.mkl.is_available() else "other",
                "numpy": np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"],
                "threads": torch.get_num_threads(),
                "loaded": [
                    {name: found[name] for name in ("prefix", "version", "architecture")} for found in products.loaded()
                ],
                "of_the_engine": products.library(),
            },
            "cuda": {"build": torch.version.cuda, "driver": nvidia, "gpus": gpus()},
            "device": {"asked": place.device, "used": used["device"].type, "precision": place.precision},
            "matrix_product": check_product(used),
            "determinism": {
                "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
                "float32_matmul_precision": torch.get_float32_matmul_precision(),
                "tf32": torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32,
                "cublas_workspace": os.environ["CUBLAS_WORKSPACE_CONFIG"],
            },
            "figures": {"backend": matplotlib.get_backend()},
            "machine": {"checksum": machine.checksum(), **machine.kind()},
        },
    )
    for name, versions in here.items():
        if not versions["same"]:
            print(
                f"note: {name} is {versions['found']}, the lock says {versions['locked']}; results may differ in bits"
            )
    print(f"torch {torch.__version__}, training on {used['device'].type} in {place.precision}")
    for name, value in machine.variables().items():
        print(f"note: {name}={value} is set; results may differ in bits from those without it")
    if compute.image():
        print(f"in {compute.image()}, CUDA {torch.version.cuda}, driver {nvidia or 'none'}")


if __name__ == "__main__":
    run(main)
