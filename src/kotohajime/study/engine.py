"""Train many of the article's networks at once: the study's engine.

It computes what `train_autograd` and `train_module` compute, with less work an epoch, for networks that share x and y
but each have their own start, rates and update. Why it is fast:

* With z = x w1, a step along the gradient by w1 moves z by -rate (x x^T) G, where G (batch, hidden) is the gradient by
  z. So w1 is never touched: one product with x x^T (batch, batch) stands for the two with x, the forward and the
  backward one. At the article's sizes that is 26 MFLOP an epoch instead of 46.
* The rate is multiplied into the residual, the smallest array, so that every gradient is a step already. Without
  momentum the matrix products subtract the steps from the weights by themselves; with it, torch's fused SGD kernel
  updates weights and velocities in one pass.
* On a CPU one network at a time, so that its arrays stay in the core's cache (measured: blocks of 2 and 4 are slower).
  On a GPU a block of them, and 50 epochs are one CUDA graph. The GPU's side has not been measured yet.
* Networks whose loss is no longer finite are dropped after each lap of 50 epochs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kotohajime.study.optimizers import Update

LAP = 50  # epochs
BLOCK = {"cpu": 1, "cuda": 256}  # networks trained at once
RECORDED = ("cuda",)  # devices on which a lap is recorded once and then replayed

Weights = tuple[Tensor, Tensor]  # w1 (inputs, hidden), w2 (hidden, outputs)


@dataclass
class State:
    """A block of networks with one kind of update: what they share, their weights, and room to work in."""

    gram: Tensor  # (members, batch, batch): x x^T, the same for all
    target: Tensor  # (members, outputs, batch): y^T, the same for all
    z: Tensor  # (members, batch, hidden): x w1
    w2: Tensor  # (members, outputs, hidden): transposed
    update: Update
    velocities: Sequence[Tensor] = ()  # of z and w2, if there is momentum

    def __post_init__(self) -> None:
        """Set the work arrays aside."""
        self.a = torch.empty_like(self.z)  # the activations; once they are used up, the gradient by z
        self.r = torch.empty_like(self.target, memory_format=torch.contiguous_format)  # the residual
        self.w2_step = torch.empty_like(self.w2)
        self.z_step = torch.empty_like(self.z) if self.update.momentum else None

    @classmethod
    def begin(cls, x: Tensor, y: Tensor, starts: Sequence[Weights], update: Update) -> "State":
        """Return the state before the first epoch."""
        z = torch.stack([x.mm(w1) for w1, _ in starts])
        w2 = torch.stack([w2.t() for _, w2 in starts])
        gram, target = (shared.expand(len(starts), -1, -1) for shared in (x.mm(x.t()), y.t()))
        velocities = [torch.zeros_like(z), torch.zeros_like(w2)] if update.momentum else ()
        return cls(gram, target, z, w2, update, velocities)

    def keep(self, alive: Tensor) -> "State":
        """Return the state of the members that are alive."""
        count = int(alive.sum())
        velocities = [velocity[alive] for velocity in self.velocities]
        return State(self.gram[:count], self.target[:count], self.z[alive], self.w2[alive], self.update, velocities)

    def step(self, scale: Tensor, loss: Tensor) -> None:
        """Write the losses (members,) to `loss`, then update; `scale` (members, 1, 1) is twice the learning rate."""
        torch.clamp(self.z, min=0, out=self.a)
        torch.baddbmm(self.target, self.w2, self.a.mT, beta=-1, out=self.r)  # pred - y, transposed
        torch.sum(self.r.square(), (1, 2), out=loss)
        self.r.mul_(scale)
        torch.bmm(self.r, self.a, out=self.w2_step)
        g = torch.bmm(self.r.mT, self.w2, out=self.a)
        torch.ops.aten.threshold_backward.grad_input(g, self.z, 0, grad_input=g)  # relu's mask, without an index
        if not self.update.momentum:
            self.w2.sub_(self.w2_step)
            self.z.baddbmm_(self.gram, g, alpha=-1)
            return
        torch.bmm(self.gram, g, out=self.z_step)
        torch.ops.aten._fused_sgd_(
            [self.z, self.w2], [self.z_step, self.w2_step], self.velocities, weight_decay=0, lr=1, dampening=0,
            momentum=self.update.momentum, nesterov=self.update.nesterov, maximize=False, is_first_step=False,
        )  # fmt: skip


def run(state: State, scales: Tensor, losses: Tensor) -> None:
    """Run an epoch for each of `scales` (epochs, members, 1, 1); write the losses (epochs, members)."""
    for scale, loss in zip(scales, losses, strict=True):
        state.step(scale, loss)


class Graph:
    """A lap of epochs on the GPU as one CUDA graph: one launch instead of some 600."""

    def __init__(self, state: State, scales: Tensor, losses: Tensor) -> None:
        """Record `run` with arrays of the shape of these two."""
        self.scales, self.losses = torch.empty_like(scales), torch.empty_like(losses)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            run(state, self.scales, self.losses)

    def __call__(self, scales: Tensor, losses: Tensor) -> None:
        """Do what `run` does."""
        self.scales.copy_(scales)
        self.graph.replay()
        losses.copy_(self.losses)


def train_block(
    x: Tensor, y: Tensor, starts: Sequence[Weights], rates: Tensor, update: Update
) -> tuple[Tensor, Tensor, State]:
    """Train one block, as `train` does; return the losses, and which members are alive, in which last state."""
    state, members = State.begin(x, y, starts, update), torch.arange(len(starts), device=x.device)
    losses = torch.full_like(rates, torch.nan)
    graph = None
    for first in range(0, len(rates), LAP):
        scales = 2 * rates[first : first + LAP, members, None, None]
        lap = torch.empty(scales.shape[:2], dtype=x.dtype, device=x.device)
        # The first lap warms a GPU up, most divergence happens there, and a short last one is not worth recording.
        if x.device.type in RECORDED and first and len(lap) == LAP:
            graph = graph or Graph(state, scales, lap)
            graph(scales, lap)
        else:
            run(state, scales, lap)
        losses[first : first + LAP, members] = lap
        alive = lap.isfinite().all(0)
        if not alive.all():
            state, members, graph = state.keep(alive), members[alive], None
        if not len(members):
            break
    return losses, members, state


def train(
    x: Tensor, y: Tensor, starts: Sequence[Weights], rates: Tensor, updates: Sequence[Update], block: int | None = None
) -> Tensor:
    """Train networks that share the data, by gradient descent or torch.optim.SGD's momentum.

    Args:
        x: (batch, inputs).
        y: (batch, outputs).
        starts: each member's w1 (inputs, hidden) and w2 (hidden, outputs), left as they are.
        rates: (epochs, members), the learning rates.
        updates: each member's. With momentum the rate has to stay the same in all epochs: the velocity holds it, where
            torch.optim.SGD multiplies it in afterwards.
        block: how many members to train at once; None for what suits the device. Memory grows with it, not with the
            number of members, but for the rates and losses.

    Returns:
        The losses (epochs, members), each before its update; NaN within a lap after the first that is not finite.

    relu passes no gradient at exactly 0, where `clamp`'s autograd passes it: a difference for contrived data only.
    """
    losses = torch.empty_like(rates)
    for update in sorted(set(updates)):
        same = torch.tensor([place for place, own in enumerate(updates) if own == update], device=x.device)
        for some in same.split(block or BLOCK[x.device.type]):
            losses[:, some], _, _ = train_block(x, y, [starts[i] for i in some.tolist()], rates[:, some], update)
    return losses
