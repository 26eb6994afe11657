"""The sharpness, by two ways, against the whole Hessian and against what theory says of the article's starts."""

import math

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


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10)
def test_both_are_the_same_where_the_predictions_are_right(seed):
    x, _, w1, w2 = tensors(seed, SMALL, torch.float64)
    y = (x @ w1).relu() @ w2
    assert sharpness.of_tangent_kernel(x, w1, w2) == pytest.approx(sharpness.of_hessian(x, y, w1, w2), rel=1e-5)


@pytest.mark.parametrize("scale", [(1.0, 1.0), (0.0577, 0.0183)])  # N(0, 1), and the spread of nn.Linear's start
def test_both_agree_at_the_articles_starts_and_with_theory(scale):
    """The leading term, batch hidden inputs var(w1) / pi, comes from the activations' common part."""
    x, y, w1, w2 = tensors(0)
    w1, w2 = w1 * scale[0], w2 * scale[1]
    kernel, hessian = sharpness.of_tangent_kernel(x, w1, w2), sharpness.of_hessian(x, y, w1, w2)
    assert hessian == pytest.approx(kernel, rel=0.01)
    assert kernel == pytest.approx(100 * 1000 * 100 * scale[0] ** 2 / math.pi, rel=0.15)


def test_the_same_start_gives_the_same_bits():
    x, y, w1, w2 = tensors(0, SMALL)
    assert sharpness.of_hessian(x, y, w1, w2) == sharpness.of_hessian(x, y, w1, w2)
    assert sharpness.of_tangent_kernel(x, w1, w2) == sharpness.of_tangent_kernel(x, w1, w2)


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (2, 60, 3, 60)])  # written out, and by Lanczos
def test_it_is_zero_where_no_unit_is_active(sizes):
    x, y, w1, w2 = tensors(0, sizes)
    x, w1 = x.abs(), -w1.abs()
    assert sharpness.of_hessian(x, y, w1, w2) == sharpness.of_tangent_kernel(x, w1, w2) == 0
