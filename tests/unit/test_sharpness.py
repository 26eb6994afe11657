"""The sharpness, by two ways, against the whole Hessian."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import tensors

from kotohajime.engine import sharpness

SMALL = (6, 4, 9, 2)


def whole_hessian(x, y, w1, w2):
    """Return all second derivatives of the loss."""
    size = w1.numel()

    def loss(weights):
        return ((x @ weights[:size].view_as(w1)).relu() @ weights[size:].view_as(w2) - y).square().sum()

    return torch.autograd.functional.hessian(loss, torch.cat([w1.flatten(), w2.flatten()]))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10)
def test_the_hessians_largest_eigenvalue(seed):
    problem = tensors(seed, SMALL, torch.float64)
    expected = torch.linalg.eigvalsh(whole_hessian(*problem))[-1].item()
    assert sharpness.of_hessian(*problem) == pytest.approx(expected, rel=1e-5)
    assert sharpness.of_hessian(*problem) == sharpness.of_hessian(*problem)  # bit for bit


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10)
def test_both_are_the_same_where_the_predictions_are_right(seed):
    x, _, w1, w2 = tensors(seed, SMALL, torch.float64)
    y = (x @ w1).relu() @ w2
    assert sharpness.of_tangent_kernel(x, w1, w2) == pytest.approx(sharpness.of_hessian(x, y, w1, w2), rel=1e-5)


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (2, 60, 3, 60)])  # written out, and by Lanczos
def test_it_is_zero_where_no_unit_is_active(sizes):
    x, y, w1, w2 = tensors(0, sizes)
    x, w1 = x.abs(), -w1.abs()
    assert sharpness.of_hessian(x, y, w1, w2) == sharpness.of_tangent_kernel(x, w1, w2) == 0
