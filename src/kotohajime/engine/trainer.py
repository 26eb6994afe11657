"""Train many of the article's networks at once.

It computes what `train_autograd` and `train_module` compute, with less work an epoch, for networks that share x and y
but each have their own initial weights, learning rates and update. Why it is fast:

* With z = x w1, a step along the gradient by w1 moves z by -rate (x x^T) G, where G (batch, hidden) is the gradient by
  z. So w1 is never touched: one product with the Gram matrix x x^T (batch, batch) stands for the two with x, the
  forward and the backward one. At the article's sizes that is 26 MFLOP an epoch instead of 46. Where the batch is twice
  the inputs or more, or other points are predicted, the two products with x are the shorter or the only way.
* The products are those of the fastest library (`products`). They write in place, multiply the rate in and subtract the
  step from the weights by themselves; with momentum torch's fused SGD kernel updates weights and velocities at once.
* On a CPU a large network is trained alone, so that its arrays stay in the core's cache. Small ones, and all on a GPU,
  are trained in blocks, by batched products; on a GPU ten epochs are one CUDA graph.
* Networks whose loss is no longer finite, or as low as wanted, are dropped.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from kotohajime.engine.networks import BatchedTrainer, Trainer, Weights, make_trainer
from kotohajime.engine.optimizers import Update

CHECK_EVERY = 50  # epochs, after which diverged networks are dropped
GRAPH_EPOCHS = 10  # epochs of a CUDA graph: to record them takes as long as to launch them one by one
GRAPH_DEVICES = ("cuda",)  # where epochs are recorded once and then replayed
SINGLE_FROM = 2**13  # hidden activations (batch x hidden) of a network that is trained alone on a CPU
BLOCK = {"cpu": 2**17, "cuda": 1024 * 100_000}  # hidden activations of all networks in a block


class EvalPoints(NamedTuple):
    """Points for which the networks' predictions are computed, and before which epochs."""

    points: Tensor  # (points, inputs)
    epochs: Sequence[int] = ()  # besides the end, where predictions are always computed


class Trained(NamedTuple):
    """Losses of some networks, and their predictions for E epochs and P points, both 0 without `EvalPoints`."""

    losses: Tensor  # (epochs, members), each before its update; NaN after a network's end
    predictions: Tensor  # (E, members, P, outputs): NaN of a network that had ended
    last: Tensor  # (members, P, outputs): after the last update, NaN of a network that diverged


def run_epochs(trainer: Trainer, scales: Tensor, losses: Tensor) -> None:
    """Run an epoch for each of `scales` (epochs, members, 1, 1); write the losses (epochs, members)."""
    for scale, loss in zip(scales.unbind(), losses.unbind(), strict=True):
        trainer.step(scale, loss)


class Graph:
    """Some epochs on the GPU as one CUDA graph: one launch instead of about a hundred."""

    def __init__(self, trainer: Trainer, scales: Tensor, losses: Tensor) -> None:
        """Record `run_epochs` with arrays of the shape of the first epochs of these two."""
        self.scales, self.losses = torch.empty_like(scales[:GRAPH_EPOCHS]), torch.empty_like(losses[:GRAPH_EPOCHS])
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            run_epochs(trainer, self.scales, self.losses)

    def replay(self, scales: Tensor, losses: Tensor) -> None:
        """Do what `run_epochs` does, for a multiple of GRAPH_EPOCHS."""
        for some, loss in zip(scales.split(GRAPH_EPOCHS), losses.split(GRAPH_EPOCHS), strict=True):
            self.scales.copy_(some)
            self.graph.replay()
            loss.copy_(self.losses)


def train_block(
    x: Tensor,
    y: Tensor,
    starts: Sequence[Weights],
    rates: Tensor,
    update: Update,
    eval_points: EvalPoints,
    until: float = 0.0,
) -> tuple[Trained, Trainer]:
    """Train one block, as `train_and_follow` does; return also the networks that are left at the end."""
    points, epochs = eval_points
    gram = not len(points) and len(x) < 2 * x.shape[1]
    trainer = make_trainer(x, y, starts, update, gram)
    members = torch.arange(len(starts), device=x.device)  # those that are still active
    trained, graph = allocate_results(y, rates, eval_points), None
    # The first ten epochs by themselves: most divergence happens there, and they warm a GPU up.
    stops = {*range(0, len(rates), GRAPH_EPOCHS if until else CHECK_EVERY), min(GRAPH_EPOCHS, len(rates)), len(rates)}
    for first, last in pairwise(sorted({*stops, *epochs})):
        if first in epochs:
            trained.predictions[epochs.index(first), members] = trainer.predict(points)
        scales = 2 * rates[first:last, members, None, None]
        losses = torch.empty(scales.shape[:2], dtype=x.dtype, device=x.device)
        if x.device.type in GRAPH_DEVICES and first and len(losses) % GRAPH_EPOCHS == 0:
            graph = graph or Graph(trainer, scales, losses)
            graph.replay(scales, losses)
        else:
            run_epochs(trainer, scales, losses)
        trained.losses[first:last, members] = losses
        finite = losses.isfinite().all(0)
        done = (finite & (losses[-1] < until)) if last < len(rates) else finite
        if len(points) and done.any():
            trained.last[members[done]] = trainer.predict(points).expand(len(members), -1, -1)[done]
        active = finite & ~done
        members = members[active]
        if not len(members):
            break
        if isinstance(trainer, BatchedTrainer) and not active.all():
            trainer, graph = trainer.keep(active), None
    return trained, trainer


def allocate_results(y: Tensor, rates: Tensor, eval_points: EvalPoints) -> Trained:
    """Return results of the right shapes, with NaN everywhere."""
    epochs, shape = len(eval_points.epochs), (rates.shape[1], len(eval_points.points), y.shape[1])
    return Trained(
        torch.full_like(rates, torch.nan), y.new_full((epochs, *shape), torch.nan), y.new_full(shape, torch.nan)
    )


def block_size(x: Tensor, hidden: int) -> int:
    """Return how many networks to train at once: a large one alone on a CPU, else as many as fill a block."""
    kind, size = x.device.type, len(x) * hidden
    return 1 if kind == "cpu" and size >= SINGLE_FROM else max(1, BLOCK[kind] // size)


def train(
    x: Tensor, y: Tensor, starts: Sequence[Weights], rates: Tensor, updates: Sequence[Update], block: int | None = None
) -> Tensor:
    """Return the losses (epochs, members) of networks that share the data, as `train_and_follow` does."""
    return train_and_follow(x, y, starts, rates, updates, block=block).losses


def train_and_follow(
    x: Tensor,
    y: Tensor,
    starts: Sequence[Weights],
    rates: Tensor,
    updates: Sequence[Update],
    eval_points: EvalPoints | None = None,
    until: float = 0.0,
    block: int | None = None,
) -> Trained:
    """Train networks that share the data, by gradient descent or torch.optim.SGD's momentum.

    Args:
        x: (batch, inputs).
        y: (batch, outputs).
        starts: each member's initial w1 (inputs, hidden) and w2 (hidden, outputs), left as they are.
        rates: (epochs, members), the learning rates.
        updates: each member's. With momentum the rate has to stay the same in all epochs: the velocity holds it, where
            torch.optim.SGD multiplies it in afterwards.
        eval_points: for what to predict, and before which epochs besides the end; None for no predictions.
        until: the loss below which a network is trained no longer, checked after every tenth epoch.
        block: how many members to train at once; None for what suits the device. Memory grows with it, not with the
            number of members, but for the rates, losses and predictions.

    relu passes no gradient at exactly 0, where `clamp`'s autograd may pass it: a difference for contrived data only.
    """
    eval_points = eval_points or EvalPoints(x[:0])
    trained, size = allocate_results(y, rates, eval_points), block or block_size(x, starts[0][0].shape[1])
    for update in sorted(set(updates)):
        same = torch.tensor([index for index, other in enumerate(updates) if other == update], device=x.device)
        for indices in same.split(size):
            members = [starts[index] for index in indices.tolist()]
            part, _ = train_block(x, y, members, rates[:, indices], update, eval_points, until)
            trained.losses[:, indices], trained.predictions[:, indices], trained.last[indices] = part
    return trained
