"""Matrix products into place, by the fastest library for this processor: chosen by what it is, never by a timing.

torch's products are MKL's: at full speed on Intel, at half of what the processor can on AMD. There OpenBLAS, which
SciPy brings, is fastest, then oneDNN, which torch brings. Measured on a core of Zen 5 in float32: 108, 205 and 212
GFLOP/s for 100 x 100 by 100 x 1000, and 70, 190 and 90 for 10 x 1000 by 1000 x 100.
"""

import os
from collections.abc import Callable
from functools import cache

import torch
from scipy.linalg import blas
from threadpoolctl import threadpool_info
from torch import Tensor

from kotohajime import machine

Product = Callable[[float], object]  # given a factor


@cache
def library() -> str:
    """Return "openblas", "onednn" or "torch": whose products this machine's CPU is to take."""
    if machine.vendor() != "AuthenticAMD":
        return "torch"
    by_its_own_kernels = "OPENBLAS_CORETYPE" not in os.environ
    if by_its_own_kernels and {found["internal_api"] for found in loaded()} == {"openblas"}:
        return "openblas"
    return "onednn" if linear() else "torch"


def linear() -> Callable | None:
    """Return oneDNN's x w^T, which torch has for its compiler and does not document; None where it is gone."""
    there = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return torch.ops.mkldnn._linear_pointwise if there else None


def loaded() -> list[dict]:
    """Return the BLAS libraries by which NumPy and SciPy multiply, with version and the kernels' architecture."""
    return [found for found in threadpool_info() if found["user_api"] == "blas"]


def by_torch(a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> Product:
    """Return a function of a factor that makes `out` factor a b + beta out."""
    return lambda alpha: torch.addmm(out, a, b, beta=beta, alpha=alpha, out=out)


def by_openblas(a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> Product:
    """Do the same by SciPy's BLAS, for tensors on the CPU.

    Raises:
        ValueError: `out` is not contiguous; SciPy would fill a copy of it and leave `out` as it is.
    """
    if not out.is_contiguous():
        raise ValueError(f"a product into a place that is not contiguous: strides {out.stride()}")
    gemm = {torch.float32: blas.sgemm, torch.float64: blas.dgemm}[out.dtype]
    (left, transpose_left), (right, transpose_right) = in_columns(b), in_columns(a)
    columns = out.numpy().T  # BLAS counts by columns: out^T = b^T a^T
    return lambda alpha: gemm(alpha, left, right, beta, columns, transpose_left, transpose_right, True)


def in_columns(tensor: Tensor) -> tuple:
    """Return a tensor's memory as an array in columns, and whether that is the tensor rather than its transpose."""
    array = tensor.numpy()
    return (array.T, False) if array.flags.c_contiguous else (array, True)


def by_onednn(a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> Product:
    """Do the same by oneDNN, on the CPU, in float32; it has no float64."""
    if out.dtype != torch.float32:
        return by_torch(a, b, out, beta)
    multiply, weight = linear(), b.t()

    def product(alpha: float) -> Tensor:
        made = multiply(a, weight, None, "none", [], "")
        return torch.add(out, made, alpha=alpha, out=out) if beta else torch.mul(made, alpha, out=out)

    return product


PRODUCTS = {"openblas": by_openblas, "onednn": by_onednn, "torch": by_torch}
