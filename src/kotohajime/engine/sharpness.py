"""The sharpness of the loss, the largest eigenvalue of its Hessian, computed in two independent ways.

Plain gradient descent on a quadratic is stable up to the learning rate 2 / sharpness.
"""

from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

# Below this size a matrix is written out: Lanczos needs more dimensions, and an initial vector off its kernel.
SMALL = 50


def largest_eigenvalue(product: Callable[[np.ndarray], np.ndarray], size: int) -> float:
    """Return the largest eigenvalue of a symmetric matrix given by its product with a vector (Lanczos), to 1e-6."""
    if size < SMALL:
        return float(np.linalg.eigvalsh(np.stack([product(unit) for unit in np.eye(size)]))[-1])
    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    v0 = np.random.default_rng(0).standard_normal(size)  # ARPACK's own would differ from call to call
    if not product(v0).any():  # no unit is active
        return 0.0
    return float(eigsh(operator, k=1, which="LA", v0=v0, tol=1e-6, return_eigenvectors=False)[0])


def of_tangent_kernel(x: Tensor, w1: Tensor, w2: Tensor) -> float:
    """Return the sharpness in the Gauss-Newton form: of 2 J J^T, J the derivative of the predictions by the weights.

    J J^T is the neural tangent kernel (Jacot et al. 2018). It is the Hessian but for the curvature of the network
    itself, weighted by the residual; the two are equal where the predictions equal the targets.
    """
    x, w1, w2 = x.double(), w1.double(), w2.double()
    z = x.mm(w1)
    a, on, gram = z.clamp(min=0), (z > 0).double(), x.mm(x.t())

    def product(vector: np.ndarray) -> np.ndarray:
        u = torch.from_numpy(vector).view(len(x), -1)  # (batch, outputs)
        by_w2 = a.mm(a.t().mm(u))
        by_w1 = (gram.mm(u.mm(w2.t()) * on) * on).mm(w2)
        return 2 * (by_w1 + by_w2).flatten().numpy()

    return largest_eigenvalue(product, len(x) * w2.shape[1])


def of_hessian(x: Tensor, y: Tensor, w1: Tensor, w2: Tensor) -> float:
    """Return the sharpness from products of the Hessian itself with vectors, by differentiating the gradient."""
    x, y = x.double(), y.double()
    weights = [w.double().clone().requires_grad_() for w in (w1, w2)]
    loss = (x.mm(weights[0]).clamp(min=0).mm(weights[1]) - y).pow(2).sum()
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, weights, create_graph=True)])

    def product(vector: np.ndarray) -> np.ndarray:
        parts = torch.autograd.grad(gradient, weights, torch.from_numpy(vector), retain_graph=True)
        return torch.cat([part.flatten() for part in parts]).numpy()

    return largest_eigenvalue(product, gradient.numel())
