"""Put torch on one device, precision and number of threads, with every source of varying bits shut off."""

import os
import warnings
from functools import cache
from typing import TypedDict

import torch
from threadpoolctl import threadpool_limits

from kotohajime.io import UserError


class Place(TypedDict):
    """Where tensors are kept and in what precision: the keywords of `Tensor.to`."""

    device: torch.device
    dtype: torch.dtype


def use(device: str, precision: str, threads: int) -> Place:
    """Set up torch, and the threads of the BLAS libraries loaded so far; return the keywords of `Tensor.to`.

    The device is "cpu", "cuda" or "auto", the GPU if there is one that computes; the precision is "float32" or
    "float64". UserError if "cuda" was asked for on a machine without such a GPU.
    """
    # cuBLAS reads this at its first call and is deterministic only with a fixed workspace.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    threadpool_limits(threads, "blas")
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms(True), less its 2 s import of a compiler
    torch.backends.cuda.matmul.allow_tf32 = False  # TF32 keeps 10 of float32's 23 mantissa bits
    torch.backends.cudnn.allow_tf32 = False
    why_not = "" if device == "cpu" else no_gpu()
    if device == "cuda" and why_not:
        raise UserError(
            f"device cuda was asked for, but {why_not}. See whether `nvidia-smi` lists a GPU and a container was "
            "started with `--gpus all` (Docker) or `--nv` (Apptainer), or ask for auto or cpu."
        )
    return {"device": torch.device("cpu" if device == "cpu" or why_not else "cuda"), "dtype": getattr(torch, precision)}


@cache
def no_gpu() -> str:
    """Return why torch can use no GPU here, "" if one has computed something: a driver may list one that is too old."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if torch.cuda.is_available() and torch.ones(2, device="cuda").sum().item() == 2:
                return ""
            reasons = [str(warning.message) for warning in caught] or ["it finds none"]
        except RuntimeError as error:  # built for newer GPUs, or out of memory
            reasons = [str(error)]
    return f"torch can use no GPU: {reasons[0].splitlines()[0].rstrip('.')}"
