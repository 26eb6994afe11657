"""Put torch on one device, precision and number of threads, with every source of varying bits shut off."""

import os
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

    The device is "cpu", "cuda" or "auto", the GPU if there is one; the precision is "float32" or "float64".
    UserError if "cuda" was asked for on a machine without a usable GPU.
    """
    # cuBLAS reads this at its first call and is deterministic only with a fixed workspace.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    threadpool_limits(threads, "blas")
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms(True), less its 2 s import of a compiler
    torch.backends.cuda.matmul.allow_tf32 = False  # TF32 keeps 10 of float32's 23 mantissa bits
    torch.backends.cudnn.allow_tf32 = False
    gpu = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not gpu:
        raise UserError(
            f"device cuda was asked for, but torch {torch.__version__} finds no GPU that it can use: see whether "
            "`nvidia-smi` lists one and a container was started with `--gpus all` (Docker) or `--nv` (Apptainer), or "
            "ask for auto or cpu."
        )
    return {"device": torch.device("cuda" if gpu else "cpu"), "dtype": getattr(torch, precision)}
