"""The network or block of networks that the engine trains, and the arithmetic of an epoch."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim.sgd import sgd

from kotohajime.engine import products
from kotohajime.engine.optimizers import Update

Weights = tuple[Tensor, Tensor]  # w1 (inputs, hidden), w2 (hidden, outputs)
RATE_IS_IN_STEP: dict[str, Any] = {"lr": 1, "fused": True, "weight_decay": 0, "dampening": 0, "maximize": False}


class Trainer:
    """The parameters of a network, the arrays to work in, and an epoch's products, bound to these arrays.

    Shapes are those of one network; those of many have the members as a first dimension. The data are shared.

    Attributes:
        layer1: what an update changes of the first layer: in the Gram form z = x w1 (batch, hidden), else w1 itself.
        z: x w1 (batch, hidden); in the Gram form the same array as layer1.
        w2: (outputs, hidden), transposed.
    """

    def __init__(self, x: Tensor, y: Tensor, layer1: Tensor, w2: Tensor, update: Update, gram: bool) -> None:
        """Take over layer1 and w2, which are then changed in place and have to be contiguous."""
        self.x, self.y, self.update, self.gram = x, y, update, gram
        self.layer1, self.w2 = layer1, w2
        members, hidden = layer1.shape[:-2], layer1.shape[-1]
        self.target = y.t().contiguous()
        self.a = layer1.new_empty(*members, len(x), hidden)  # the activations, then the gradient by z
        self.z = layer1 if gram else torch.empty_like(self.a)
        self.r = layer1.new_empty(*members, y.shape[1], len(x))  # the residual, transposed
        self.w2_step = torch.empty_like(w2)
        self.compute_z = None if gram else self.bind(x, layer1, self.z)
        self.compute_w2_step = self.bind(self.r, self.a, self.w2_step)
        self.compute_gradient = self.bind(self.r.mT, w2, self.a)
        left = x.mm(x.t()) if gram else x.t()
        if update.momentum:
            self.layer1_step = torch.empty_like(layer1)
            self.velocities = [torch.zeros_like(layer1), torch.zeros_like(w2)]
            self.compute_layer1_step = self.bind(left, self.a, self.layer1_step)
        else:
            self.update_layer1 = self.bind(left, self.a, layer1, 1)

    def bind(self, a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> products.Product:
        """Return the function of alpha that sets out = alpha a b + beta out."""
        raise NotImplementedError

    def compute_residual(self, scale: Tensor, loss: Tensor) -> float:
        """Set r to the residual, `loss` to its squared length; return by which factor r is to be multiplied still."""
        raise NotImplementedError

    def step(self, scale: Tensor, loss: Tensor) -> None:
        """Write the losses (members,) to `loss`, then update; `scale` (members, 1, 1) is twice the learning rate."""
        if self.compute_z:
            self.compute_z(1)
        torch.clamp(self.z, min=0, out=self.a)
        factor = self.compute_residual(scale, loss)
        self.compute_w2_step(factor)
        self.compute_gradient(factor)
        # relu's mask. By public functions (torch.gt, then mul_) an epoch takes a tenth longer, and an array more.
        torch.ops.aten.threshold_backward.grad_input(self.a, self.z, 0, grad_input=self.a)
        if self.update.momentum:
            self.compute_layer1_step(1)
            steps = [self.layer1_step, self.w2_step]
            sgd([self.layer1, self.w2], steps, [*self.velocities], **self.update._asdict(), **RATE_IS_IN_STEP)
        else:
            self.w2.sub_(self.w2_step)
            self.update_layer1(-1)

    def predict(self, points: Tensor) -> Tensor:
        """Return the predictions for points (points, inputs) of networks that are not in the Gram form."""
        return (points @ self.layer1).clamp(min=0) @ self.w2.mT


class SingleTrainer(Trainer):
    """One network on a CPU, by the products of the fastest library."""

    def __init__(self, x: Tensor, y: Tensor, layer1: Tensor, w2: Tensor, update: Update, gram: bool) -> None:
        """Bind the product that gives the predictions, too."""
        super().__init__(x, y, layer1, w2, update, gram)
        self.compute_predictions = self.bind(w2, self.a.t(), self.r)

    def bind(self, a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> products.Product:
        """Bind a product of matrices."""
        return products.PRODUCTS[products.library()](a, b, out, beta)

    def compute_residual(self, scale: Tensor, loss: Tensor) -> float:
        """Leave the factor to the products, which multiply it in by themselves."""
        self.compute_predictions(1)
        flat = self.r.sub_(self.target).view(-1)
        torch.dot(flat, flat, out=loss[0])
        return scale.item()


class BatchedTrainer(Trainer):
    """Networks with one kind of update, by batched products, on any device."""

    def bind(self, a: Tensor, b: Tensor, out: Tensor, beta: float = 0) -> products.Product:
        """Bind a product for each member."""
        return products.by_batches(a, b, out, beta)

    def compute_residual(self, scale: Tensor, loss: Tensor) -> float:
        """Multiply the residuals by the factors, as each member has its own."""
        torch.baddbmm(self.target.expand_as(self.r), self.w2, self.a.mT, beta=-1, out=self.r)
        torch.sum(self.r.square(), (1, 2), out=loss)
        self.r.mul_(scale)
        return 1

    def keep(self, active: Tensor) -> "BatchedTrainer":
        """Return the members for which `active` (members,) is true."""
        kept = BatchedTrainer(self.x, self.y, self.layer1[active], self.w2[active], self.update, self.gram)
        if self.update.momentum:
            kept.velocities = [velocity[active] for velocity in self.velocities]
        return kept


def make_trainer(x: Tensor, y: Tensor, starts: Sequence[Weights], update: Update, gram: bool) -> Trainer:
    """Return networks before the first epoch, with copies of their initial weights."""
    layer1 = torch.stack([x.mm(w1) if gram else w1 for w1, _ in starts])
    w2 = torch.stack([w2.t() for _, w2 in starts])
    if len(starts) == 1 and x.device.type == "cpu":
        return SingleTrainer(x, y, layer1[0], w2[0], update, gram)
    return BatchedTrainer(x, y, layer1, w2, update, gram)
