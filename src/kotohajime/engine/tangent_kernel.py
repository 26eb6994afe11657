"""The tangent kernel of a network: its largest eigenvalue and its condition, measured and as infinite width predicts.

A step of gradient descent moves the predictions by -2 rate J J^T residual, J their derivative by the weights: J J^T is
the tangent kernel (Jacot et al. 2018). Its largest eigenvalue, half the sharpness, sets the rate from which training
diverges, and its smallest how long training takes.
"""

import math

import numpy as np
from torch import Tensor


def measured(x: Tensor, w1: Tensor, w2: Tensor) -> np.ndarray:
    """Return the kernel (batch x outputs, batch x outputs) of a network, in float64."""
    points, first, second = (array.double().numpy() for array in (x, w1, w2))
    z = points @ first
    on, batch, outputs = (z > 0).astype(float), len(points), second.shape[1]
    activations, gram = np.maximum(z, 0), points @ points.T
    kernel = np.empty((batch, outputs, batch, outputs))
    for one in range(outputs):
        for other in range(one + 1):
            part = gram * ((on * (second[:, one] * second[:, other])) @ on.T)
            kernel[:, one, :, other] = kernel[:, other, :, one] = part
        kernel[:, one, :, one] += activations @ activations.T
    return kernel.reshape(batch * outputs, -1)


def predicted(x: Tensor, s1: float, s2: float, hidden: int) -> np.ndarray:
    """Return the kernel (batch, batch) that each output has at infinite width; outputs do not mix.

    s1 and s2 are the standard deviations of w1 and w2. The means over a unit's weights are arc-cosine kernels (Cho and
    Saul 2009).
    """
    points = x.double().numpy()
    gram, norms = points @ points.T, np.linalg.norm(points, axis=1)
    lengths = np.outer(norms, norms)
    cosine = np.clip(gram / lengths, -1, 1)
    angle = np.arccos(cosine)
    both_on = (math.pi - angle) / (2 * math.pi)
    product = lengths / (2 * math.pi) * (np.sin(angle) + (math.pi - angle) * cosine)
    return hidden * (s2**2 * gram * both_on + s1**2 * product)


def sharpness_and_condition(kernel: np.ndarray) -> tuple[float, float]:
    """Return 2 x the largest eigenvalue, and the largest over the smallest; infinite if the smallest is rounding."""
    values = np.linalg.eigvalsh(kernel)
    rounding = len(values) * np.finfo(float).eps * values[-1]
    return 2 * float(values[-1]), float(values[-1] / values[0]) if values[0] > rounding else math.inf
