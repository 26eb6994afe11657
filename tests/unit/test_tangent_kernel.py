"""The tangent kernel: measured as derivatives give it, and as infinite width predicts."""

import numpy as np
import pytest
import torch

from kotohajime.config import Sizes
from kotohajime.engine import sharpness, tangent_kernel
from kotohajime.images.starts import VARIANTS


def test_the_kernel_is_that_of_the_derivatives():
    generator = torch.Generator().manual_seed(0)
    x, w1, w2 = (torch.randn(shape, generator=generator) for shape in ((6, 5), (5, 30), (30, 3)))

    def outputs(*weights):
        return (x.double() @ weights[0]).relu() @ weights[1]

    parts = torch.autograd.functional.jacobian(outputs, (w1.double(), w2.double()))
    j = torch.cat([part.reshape(18, -1) for part in parts], 1)
    measured = tangent_kernel.measured(x, w1, w2)
    np.testing.assert_allclose(measured, j @ j.T, rtol=1e-9, atol=1e-9)
    largest, _ = tangent_kernel.sharpness_and_condition(measured)
    assert largest == pytest.approx(sharpness.of_tangent_kernel(x, w1, w2), rel=1e-6)


def test_a_wide_network_has_the_predicted_kernel():
    sizes = Sizes(batch_size=10, input_dim=10, hidden_dim=10_000, output_dim=1)
    x, balanced = torch.from_numpy(np.random.default_rng(0).standard_normal((10, 10))), VARIANTS["balanced"]
    measured = tangent_kernel.measured(x, *balanced.draw(3.16, 0, sizes))
    predicted = tangent_kernel.predicted(x, *balanced.deviations(3.16, sizes), 10_000)
    assert np.abs(measured - predicted).max() < 0.05 * predicted.max()
