"""The sharpness, by two ways, against the whole Hessian; the tangent kernel, against derivatives and infinite width."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import sizes_of, tensors

from kotohajime.engine import sharpness, tangent_kernel
from kotohajime.images.starts import VARIANTS


def outputs(x, w1, w2):
    return (x @ w1).relu() @ w2


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10)
def test_the_hessians_largest_eigenvalue(seed):
    x, y, w1, w2 = tensors(seed, (6, 4, 9, 2), torch.float64)

    def loss(weights):
        first, second = weights.split([w1.numel(), w2.numel()])
        return (outputs(x, first.view_as(w1), second.view_as(w2)) - y).square().sum()

    whole = torch.autograd.functional.hessian(loss, torch.cat([w1.flatten(), w2.flatten()]))
    expected = torch.linalg.eigvalsh(whole)[-1].item()
    assert sharpness.of_hessian(x, y, w1, w2) == pytest.approx(expected, rel=1e-5)
    assert sharpness.of_hessian(x, y, w1, w2) == sharpness.of_hessian(x, y, w1, w2)  # bit for bit


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (2, 60, 3, 60)])  # written out, and by Lanczos
def test_it_is_zero_where_no_unit_is_active(sizes):
    x, y, w1, w2 = tensors(0, sizes)
    x, w1 = x.abs(), -w1.abs()
    assert sharpness.of_hessian(x, y, w1, w2) == sharpness.of_tangent_kernel(x, w1, w2) == 0


def test_the_kernel_is_that_of_the_derivatives():
    x, _, w1, w2 = tensors(0, (6, 5, 30, 3), torch.float64)
    parts = torch.autograd.functional.jacobian(lambda *weights: outputs(x, *weights), (w1, w2))
    j = torch.cat([part.reshape(18, -1) for part in parts], 1)
    measured = tangent_kernel.measured(x, w1, w2)
    np.testing.assert_allclose(measured, j @ j.T, rtol=1e-9, atol=1e-9)
    largest, _ = tangent_kernel.sharpness_and_condition(measured)
    assert largest == pytest.approx(sharpness.of_tangent_kernel(x, w1, w2), rel=1e-6)


def test_a_wide_network_has_the_predicted_kernel():
    sizes, balanced = sizes_of(10, 10, 10_000, 1), VARIANTS["balanced"]
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((10, 10)))
    measured = tangent_kernel.measured(x, *balanced.draw(3.16, 0, sizes))
    predicted = tangent_kernel.predicted(x, *balanced.deviations(3.16, sizes), 10_000)
    assert np.abs(measured - predicted).max() < 0.05 * predicted.max()
