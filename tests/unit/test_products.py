"""Every library multiplies into place what NumPy multiplies, and the processor decides which is taken."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kotohajime import machine
from kotohajime.engine import products

SIZES = st.integers(1, 40)
LAYOUTS = st.sampled_from(["plain", "turned", "every other"])


def values(seed, *shape, dtype=torch.float64):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape)).to(dtype)


def lying(layout, seed, rows, columns, dtype):
    """Return values in one of LAYOUTS."""
    if layout == "turned":
        return values(seed, columns, rows, dtype=dtype).t()
    step = 2 if layout == "every other" else 1
    return values(seed, rows, step * columns, dtype=dtype)[:, ::step]


@pytest.mark.parametrize("name", products.PRODUCTS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-13)])
@given(
    rows=SIZES, inner=SIZES, columns=SIZES, layouts=st.tuples(LAYOUTS, LAYOUTS),
    alpha=st.sampled_from([1.0, -1.0, 0.3]), beta=st.sampled_from([0, 1]), seed=st.integers(0, 99),
)  # fmt: skip
def test_a_product_is_written_into_its_place(name, dtype, tolerance, rows, inner, columns, layouts, alpha, beta, seed):
    if name == "onednn" and not products.linear():
        pytest.skip("this torch has no oneDNN")
    a, b = lying(layouts[0], seed, rows, inner, dtype), lying(layouts[1], seed + 1, inner, columns, dtype)
    out = values(seed + 2, rows, columns, dtype=dtype)
    expected = alpha * a.double().numpy() @ b.double().numpy() + beta * out.double().numpy()
    place = out.data_ptr()
    product = products.PRODUCTS[name](a, b, out, beta)
    a.mul_(2)  # a product takes the values of the moment
    product(alpha / 2)
    assert out.data_ptr() == place
    np.testing.assert_allclose(out, expected, rtol=0, atol=tolerance * (inner + 1) * 4)


@pytest.mark.parametrize("name", products.PRODUCTS)
def test_what_was_in_the_place_is_gone(name):
    if name == "onednn" and not products.linear():
        pytest.skip("this torch has no oneDNN")
    out = torch.full((2, 2), torch.nan)
    products.PRODUCTS[name](torch.eye(2), torch.eye(2), out)(3.0)
    assert torch.equal(out, 3 * torch.eye(2))


def test_no_product_is_lost_in_a_copy():
    with pytest.raises(ValueError, match=r"not contiguous: strides \(1, 2\)"):
        products.by_openblas(torch.eye(2), torch.eye(2), torch.empty(2, 2).t())


def test_onednns_product_is_there():
    """It is not public; were it gone, AMD processors would get torch's own."""
    if not torch.backends.mkldnn.is_available():
        pytest.skip("this torch has no oneDNN")
    x, w = values(0, 3, 4, dtype=torch.float32), values(1, 5, 4, dtype=torch.float32)
    torch.testing.assert_close(products.linear()(x, w, None, "none", [], ""), x @ w.t())


@pytest.mark.parametrize(
    ("vendor", "found", "coretype", "onednn", "library"),
    [
        ("AuthenticAMD", {"openblas"}, None, True, "openblas"),
        ("AuthenticAMD", {"openblas"}, "Haswell", True, "onednn"),
        ("AuthenticAMD", {"openblas"}, "Haswell", False, "torch"),
        ("AuthenticAMD", {"mkl"}, None, True, "onednn"),
        ("AuthenticAMD", {"mkl", "openblas"}, None, False, "torch"),
        ("GenuineIntel", {"openblas"}, None, True, "torch"),
        ("", {"openblas"}, None, True, "torch"),
    ],
)
def test_the_processor_decides(monkeypatch, vendor, found, coretype, onednn, library):
    monkeypatch.setattr(machine, "vendor", lambda: vendor)
    monkeypatch.setattr(products, "loaded", lambda: [{"internal_api": name} for name in found])
    monkeypatch.setattr(products, "linear", lambda: print if onednn else None)
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    if coretype:
        monkeypatch.setenv("OPENBLAS_CORETYPE", coretype)
    products.library.cache_clear()
    assert products.library() == library
    products.library.cache_clear()
