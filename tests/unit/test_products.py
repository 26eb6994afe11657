"""Every library multiplies into place what NumPy multiplies, and the processor decides which is taken."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kotohajime import machine
from kotohajime.engine import products

SIZES = st.integers(1, 40)


def matrix(seed, rows, columns, dtype, turned=False):
    """Return a matrix; turned, its columns lie in memory one after another."""
    values = torch.from_numpy(np.random.default_rng(seed).standard_normal((rows, columns))).to(dtype)
    return values.t().contiguous().t() if turned else values


@pytest.mark.parametrize("name", [*products.PRODUCTS, "batches"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-13)])
@given(
    sizes=st.tuples(SIZES, SIZES, SIZES),
    turned=st.tuples(st.booleans(), st.booleans()),
    alpha=st.sampled_from([1.0, -1.0, 0.3]),
    beta=st.sampled_from([0, 1]),
    seed=st.integers(0, 99),
)
@settings(max_examples=40)
def test_a_product_is_written_into_its_place(name, dtype, tolerance, sizes, turned, alpha, beta, seed):
    rows, inner, columns = sizes
    a, b = matrix(seed, rows, inner, dtype, turned[0]), matrix(seed + 1, inner, columns, dtype, turned[1])
    out = matrix(seed + 2, rows, columns, dtype)
    expected = alpha * a.double().numpy() @ b.double().numpy() + beta * out.double().numpy()
    if not beta:
        out.fill_(torch.nan)  # what was in the place is gone
    place = out.data_ptr()
    if name == "batches":
        product = products.by_batches(a, b[None], out[None], beta)
    else:
        product = products.PRODUCTS[name](a, b, out, beta)
    a.mul_(2)  # a product takes the values of the moment
    product(alpha / 2)
    assert out.data_ptr() == place
    np.testing.assert_allclose(out, expected, rtol=0, atol=tolerance * (inner + 1) * 4)


def test_no_product_is_lost_in_a_copy():
    with pytest.raises(ValueError, match=r"not contiguous: strides \(1, 2\)"):
        products.by_openblas(torch.eye(2), torch.eye(2), torch.empty(2, 2).t())


AMD = {"vendor_id": "AuthenticAMD"}


@pytest.mark.parametrize(
    ("cpuinfo", "apis", "coretype", "library"),
    [
        (AMD, {"openblas"}, None, "openblas"),
        (AMD, {"openblas"}, "Haswell", "torch"),
        (AMD, {"mkl", "openblas"}, None, "torch"),
        ({"vendor_id": "GenuineIntel"}, {"openblas"}, None, "torch"),
        ({}, {"openblas"}, None, "torch"),
    ],
)
def test_the_processor_decides(monkeypatch, cpuinfo, apis, coretype, library):
    monkeypatch.setattr(machine, "cpuinfo", lambda: cpuinfo)
    libraries = [{"user_api": "blas", "internal_api": name} for name in apis]
    libraries.append({"user_api": "openmp", "internal_api": "openmp"})
    monkeypatch.setattr(products, "threadpool_info", lambda: libraries)
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    if coretype:
        monkeypatch.setenv("OPENBLAS_CORETYPE", coretype)
    assert products.library.__wrapped__() == library
