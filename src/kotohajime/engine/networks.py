"""A network, or a block of them, on its way through the epochs: what the engine trains.

p is z = x w1 (batch, hidden) in the Gram form, else w1 itself; w2 is kept transposed. `step` takes twice the rate and
writes the loss before the update.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kotohajime.engine import products
from kotohajime.engine.optimizers import Update

Weights = tuple[Tensor, Tensor]  # w1 (inputs, hidden), w2 (hidden, outputs)


class Alone:
    """One network on a CPU: its parameters, room to work in, and an epoch's products, bound to their places."""

    def __init__(self, x: Tensor, y: Tensor, start: Weights, update: Update, gram: bool) -> None:
        """Set the network and its room up."""
        w1, w2 = start
        product = products.PRODUCTS[products.library()]
        self.update, self.target = update, y.t().contiguous()
        # nn.Linear's weights come transposed, and what is written to has to be contiguous (`products`).
        self.p = x.mm(w1) if gram else w1.clone(memory_format=torch.contiguous_format)
        self.w2 = w2.t().clone(memory_format=torch.contiguous_format)
        self.a = x.new_empty(len(x), w1.shape[1])  # the activations; once they are used up, the gradient by z
        self.z = self.p if gram else torch.empty_like(self.a)
        self.r = torch.empty_like(self.target)  # the residual
        self.w2_step = torch.empty_like(self.w2)
        self.forward = None if gram else product(x, self.p, self.z)
        self.predict = product(self.w2, self.a.t(), self.r)
        self.by_w2 = product(self.r, self.a, self.w2_step)
        self.by_a = product(self.r.t(), self.w2, self.a)
        left = x.mm(x.t()) if gram else x.t()
        if update.momentum:
            self.p_step = torch.empty_like(self.p)
            self.velocities = [torch.zeros_like(self.p), torch.zeros_like(self.w2)]
            self.by_p = product(left, self.a, self.p_step)
        else:
            self.move = product(left, self.a, self.p, 1)

    def step(self, scale: Tensor, loss: Tensor) -> None:
        """Write the loss (1,) to `loss`, then update; `scale` (1, 1, 1) is twice the learning rate."""
        factor = scale.item()
        if self.forward:
            self.forward(1)
        torch.clamp(self.z, min=0, out=self.a)
        self.predict(1)
        flat = self.r.sub_(self.target).view(-1)
        torch.dot(flat, flat, out=loss[0])
        self.by_w2(factor)
        self.by_a(factor)
        torch.ops.aten.threshold_backward.grad_input(self.a, self.z, 0, grad_input=self.a)  # relu's mask
        if self.update.momentum:
            self.by_p(1)
            fused_sgd([self.p, self.w2], [self.p_step, self.w2_step], self.velocities, self.update)
        else:
            self.w2.sub_(self.w2_step)
            self.move(-1)


def fused_sgd(places, steps, velocities, update: Update) -> None:
    """Update places by steps that hold the learning rate already, in one pass.

    Raises:
        ValueError: an array is not contiguous; torch would go through its memory all the same, and mix its numbers up.
    """
    if not all(array.is_contiguous() for array in (*places, *steps, *velocities)):
        raise ValueError("an update of an array that is not contiguous")
    torch.ops.aten._fused_sgd_(
        places, steps, velocities, weight_decay=0, lr=1, dampening=0, momentum=update.momentum,
        nesterov=update.nesterov, maximize=False, is_first_step=False,
    )  # fmt: skip


@dataclass
class Block:
    """Networks with one kind of update, by batched products: what they share, their weights, room to work in."""

    left: Tensor  # (members, batch, batch): x x^T, or x^T (members, inputs, batch); the same for all
    x: Tensor | None  # (members, batch, inputs), the same for all; None in the Gram form
    target: Tensor  # (members, outputs, batch): y^T, the same for all
    p: Tensor  # z = x w1 (members, batch, hidden) in the Gram form, else w1
    w2: Tensor  # (members, outputs, hidden): transposed
    update: Update
    velocities: Sequence[Tensor] = ()  # of p and w2, if there is momentum

    def __post_init__(self) -> None:
        """Set the work arrays aside."""
        members, _, batch = self.target.shape
        self.a = self.p.new_empty(members, batch, self.p.shape[2])  # the activations, then the gradient by z
        self.z = self.p if self.x is None else torch.empty_like(self.a)
        self.r = torch.empty_like(self.target, memory_format=torch.contiguous_format)  # the residual
        self.w2_step = torch.empty_like(self.w2)
        self.p_step = torch.empty_like(self.p) if self.update.momentum else None

    @classmethod
    def begin(cls, x: Tensor, y: Tensor, starts: Sequence[Weights], update: Update, gram: bool) -> "Block":
        """Return the networks before the first epoch."""

        def shared(array: Tensor) -> Tensor:
            return array.expand(len(starts), -1, -1)

        p = torch.stack([x.mm(w1) if gram else w1 for w1, _ in starts])
        w2 = torch.stack([w2.t() for _, w2 in starts])
        velocities = [torch.zeros_like(p), torch.zeros_like(w2)] if update.momentum else ()
        left = x.mm(x.t()) if gram else x.t()
        return cls(shared(left), None if gram else shared(x), shared(y.t()), p, w2, update, velocities)

    def keep(self, alive: Tensor) -> "Block":
        """Return the members that are alive."""
        left, x, target = (
            array if array is None else array[: int(alive.sum())] for array in (self.left, self.x, self.target)
        )
        velocities = [velocity[alive] for velocity in self.velocities]
        return Block(left, x, target, self.p[alive], self.w2[alive], self.update, velocities)

    def step(self, scale: Tensor, loss: Tensor) -> None:
        """Write the losses (members,) to `loss`, then update; `scale` (members, 1, 1) is twice the learning rate."""
        if self.x is not None:
            torch.bmm(self.x, self.p, out=self.z)
        torch.clamp(self.z, min=0, out=self.a)
        torch.baddbmm(self.target, self.w2, self.a.mT, beta=-1, out=self.r)  # pred - y, transposed
        torch.sum(self.r.square(), (1, 2), out=loss)
        self.r.mul_(scale)
        torch.bmm(self.r, self.a, out=self.w2_step)
        g = torch.bmm(self.r.mT, self.w2, out=self.a)
        torch.ops.aten.threshold_backward.grad_input(g, self.z, 0, grad_input=g)
        if self.update.momentum:
            torch.bmm(self.left, g, out=self.p_step)
            fused_sgd([self.p, self.w2], [self.p_step, self.w2_step], self.velocities, self.update)
        else:
            self.w2.sub_(self.w2_step)
            self.p.baddbmm_(self.left, g, alpha=-1)
