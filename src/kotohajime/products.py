"""Matrix products into place, by the fastest library that this processor has: chosen by what it is, never by a timing.

torch's products are MKL's, which on AMD reaches half of what the processor can (measured on a Zen 5 core, 100 x 100 by
100 x 1000: 108 GFLOP/s). There OpenBLAS, which SciPy brings, reaches 200. On Intel MKL is at full speed.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from scipy.linalg import blas
from threadpoolctl import threadpool_info
from torch import Tensor

from kotohajime import machine

Product = Callable[[float], object]  # given a factor


@cache
def library() -> str:
    """Return "scipy" or "torch": whose products this machine's CPU is to take."""
    return "scipy" if machine.vendor() == "AuthenticAMD" and scipys_blas() == "openblas" else "torch"


def scipys_blas() -> str | None:
    """Return the library that SciPy multiplies with; None where it does not say."""
    folder = Path(blas.__file__).parents[1]
    own = [found for found in threadpool_info() if folder.name in found["filepath"]]
    return own[0]["internal_api"] if own else None


def by_torch(a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> Product:
    """Return a function of a factor that makes `out` factor a b + beta out."""
    return lambda alpha: torch.addmm(out, a, b, beta=beta, alpha=alpha, out=out)


def by_scipy(a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> Product:
    """Do the same by SciPy's BLAS, for tensors on the CPU; `out` is contiguous."""
    gemm = {torch.float32: blas.sgemm, torch.float64: blas.dgemm}[out.dtype]
    (left, transpose_left), (right, transpose_right) = in_columns(b), in_columns(a)
    columns = out.numpy().T  # BLAS counts by columns: out^T = b^T a^T
    return lambda alpha: gemm(alpha, left, right, beta, columns, transpose_left, transpose_right, True)


def in_columns(tensor: Tensor) -> tuple:
    """Return a tensor's memory as an array in columns, and whether that is the tensor rather than its transpose."""
    array = tensor.numpy()
    return (array.T, False) if array.flags.c_contiguous else (array, True)


PRODUCTS = {"scipy": by_scipy, "torch": by_torch}
