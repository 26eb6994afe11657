"""On a GPU: the CPU's losses within rounding, and the same bits every time."""

import numpy as np
import pytest
import torch
from problems import constant, tensors

from kotohajime import compute
from kotohajime.article import train_autograd, train_manual
from kotohajime.engine.optimizers import Update
from kotohajime.engine.trainer import CHECK_EVERY, train

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU that torch can use"),
    # A GPU sums in another order than a CPU, as the lessons do among themselves: the same tolerances.
    pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-3)]),
]


@pytest.fixture(autouse=True)
def torch_as_before():
    yield
    torch.set_deterministic_debug_mode("default")


def on(device, dtype):
    place = compute.use(device, "float32", 1)
    return [tensor.to(place["device"], dtype) for tensor in tensors(0)]


@pytest.mark.parametrize("lesson", [train_manual, train_autograd])
def test_a_lesson(lesson, dtype, tolerance):
    cpu, cuda, again = (lesson.train(*on(device, dtype), [5e-7] * 200)[0] for device in ("cpu", "cuda", "cuda"))
    np.testing.assert_allclose(cuda, cpu, rtol=tolerance)
    assert again == cuda


def test_the_engine(dtype, tolerance):
    """With a member that diverges at first, and epochs that are replayed from a CUDA graph."""
    updates = [Update(), Update(), Update(0.8, nesterov=True), Update(0.8, nesterov=True)]
    losses = []
    for device in ("cpu", "cuda", "cuda"):
        x, y, *start = on(device, dtype)
        rates = constant([5e-7, 1e-3, 2e-7, 1e-7], 4 * CHECK_EVERY + 7, dtype).to(device)
        losses.append(train(x, y, [start] * 4, rates, updates).cpu())
    cpu, cuda, again = losses
    assert torch.equal(cuda.isfinite(), cpu.isfinite())
    finite = cpu.isfinite().all(0)
    assert finite.tolist() == [True, False, True, True]
    # Of residuals far below the targets the predictions' own rounding is left, in sums of 1000 terms.
    floor = 100 * torch.finfo(dtype).eps * y.cpu().norm()
    np.testing.assert_allclose(cuda[:, finite].sqrt(), cpu[:, finite].sqrt(), rtol=tolerance, atol=floor)
    assert torch.equal(again.nan_to_num(), cuda.nan_to_num())
