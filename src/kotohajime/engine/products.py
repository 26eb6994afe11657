"""Matrix products by the library that is fastest on this processor: chosen by what it is, never by a timing.

torch multiplies by MKL, which is slow on AMD processors with AVX-512. There OpenBLAS, which SciPy brings, is faster: on
a core of Zen 5 in float32, 205 instead of 108 GFLOP/s for 100 x 100 by 100 x 1000.
"""

import os
from collections.abc import Callable
from functools import cache

import torch
from scipy.linalg import blas
from threadpoolctl import threadpool_info
from torch import Tensor

from kotohajime import machine

Product = Callable[[float], object]  # called with a factor alpha, sets out = alpha a b + beta out


@cache
def library() -> str:
    """Return "openblas" or "torch": whose products the engine takes on this machine's CPU."""
    apis = {info["internal_api"] for info in threadpool_info() if info["user_api"] == "blas"}  # NumPy's and SciPy's
    # OPENBLAS_CORETYPE holds OpenBLAS to the kernels of an older processor.
    amd = machine.cpuinfo().get("vendor_id") == "AuthenticAMD"
    fast = amd and apis == {"openblas"} and "OPENBLAS_CORETYPE" not in os.environ
    return "openblas" if fast else "torch"


def by_torch(a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> Product:
    """Return the product of two matrices by torch, in its place: a function of alpha, out = alpha a b + beta out."""
    return lambda alpha: torch.addmm(out, a, b, beta=beta, alpha=alpha, out=out)


def by_openblas(a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> Product:
    """Return the same by SciPy's BLAS, for tensors on the CPU.

    The arrays are looked up here and not in each call, which would take a tenth of an epoch.

    ValueError if `out` is not contiguous: SciPy would fill a copy of it and leave `out` as it is.
    """
    if not out.is_contiguous():
        raise ValueError(f"a product into a place that is not contiguous: strides {out.stride()}")
    gemm = {torch.float32: blas.sgemm, torch.float64: blas.dgemm}[out.dtype]
    (left, transpose_left), (right, transpose_right) = in_columns(b), in_columns(a)
    columns = out.numpy().T  # BLAS counts by columns: out^T = b^T a^T
    return lambda alpha: gemm(alpha, left, right, beta, columns, transpose_left, transpose_right, True)


def in_columns(tensor: Tensor) -> tuple:
    """Return a matrix's memory as an array in column order, and whether that array is the matrix's transpose."""
    array = tensor.numpy()
    return (array.T, False) if array.flags.c_contiguous else (array, True)


def by_batches(a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> Product:
    """Return the products of many matrices at once, on any device; `a` (rows, inner) may be the same for all."""
    a = a.expand(len(out), -1, -1)
    return lambda alpha: torch.baddbmm(out, a, b, beta=beta, alpha=alpha, out=out)


PRODUCTS = {"openblas": by_openblas, "torch": by_torch}
