"""Train many of the article's networks at once: the study's engine.

It computes what `train_autograd` and `train_module` compute, with less work an epoch, for networks that share x and y
but each have their own start, rates and update. Why it is fast:

* With z = x w1, a step along the gradient by w1 moves z by -rate (x x^T) G, where G (batch, hidden) is the gradient by
  z. So w1 is never touched: one product with the Gram matrix x x^T (batch, batch) stands for the two with x, the
  forward and the backward one. At the article's sizes that is 26 MFLOP an epoch instead of 46. Where the batch is twice
  the inputs or more, or test points are followed, the two products with x are the shorter or the only way.
* The products are those of the fastest library (`products`). They write in place, multiply the rate in and subtract the
  step from the weights by themselves; with momentum torch's fused SGD kernel updates weights and velocities at once.
* On a CPU a large network is trained alone, so that its arrays stay in the core's cache. Small ones, and all on a GPU,
  are trained in blocks, by batched products; on a GPU ten epochs are one CUDA graph.
* Networks whose loss is no longer finite, or as low as wanted, are dropped: looked for after the first ten epochs and
  after each lap of 50, or after every ten and at the epochs that are followed.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from kotohajime.engine.networks import Alone, Block, Weights
from kotohajime.engine.optimizers import Update

LAP = 50  # epochs
RECORD = 10  # epochs of a CUDA graph: recording costs as much time as launching them one by one
ALONE = 2**13  # hidden activations (batch x hidden) of a network that is trained alone on a CPU
BLOCK = {"cpu": 2**17, "cuda": 1024 * 100_000}  # hidden activations of all networks in a block
RECORDED = ("cuda",)  # devices on which epochs are recorded once and then replayed


class Follow(NamedTuple):
    """What is to be known of the networks on their way: their predictions for some points."""

    points: Tensor  # (points, inputs)
    epochs: Sequence[int] = ()  # before which to predict for them; they are predicted at the end in any case


class Trained(NamedTuple):
    """What became of some networks; the predictions are there if they were followed."""

    losses: Tensor  # (epochs, members), each before its update; NaN after a network's end
    predictions: Tensor | None = None  # (epochs followed, members, points, outputs), NaN of one that had ended
    last: Tensor | None = None  # (members, points, outputs): after the last update, NaN of one that diverged


State = Alone | Block


def run(state: State, scales: Tensor, losses: Tensor) -> None:
    """Run an epoch for each of `scales` (epochs, members, 1, 1); write the losses (epochs, members)."""
    for scale, loss in zip(scales.unbind(), losses.unbind(), strict=True):
        state.step(scale, loss)


class Graph:
    """Some epochs on the GPU as one CUDA graph: one launch instead of about a hundred."""

    def __init__(self, state: State, scales: Tensor, losses: Tensor) -> None:
        """Record `run` with arrays of the shape of the first epochs of these two."""
        self.scales, self.losses = torch.empty_like(scales[:RECORD]), torch.empty_like(losses[:RECORD])
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            run(state, self.scales, self.losses)

    def __call__(self, scales: Tensor, losses: Tensor) -> None:
        """Do what `run` does, for a whole number of recordings."""
        for some, loss in zip(scales.split(RECORD), losses.split(RECORD), strict=True):
            self.scales.copy_(some)
            self.graph.replay()
            loss.copy_(self.losses)


def begin(x: Tensor, y: Tensor, starts: Sequence[Weights], update: Update, gram: bool) -> State:
    """Return networks before the first epoch."""
    if len(starts) == 1 and x.device.type == "cpu":
        return Alone(x, y, starts[0], update, gram)
    return Block.begin(x, y, starts, update, gram)


def predictions_of(state: State, points: Tensor) -> Tensor:
    """Return the predictions for points (points, inputs) of networks that are not in the Gram form."""
    return (points @ state.p).clamp(min=0) @ state.w2.mT


def train_block(
    x: Tensor,
    y: Tensor,
    starts: Sequence[Weights],
    rates: Tensor,
    update: Update,
    follow: Follow | None = None,
    until: float = 0.0,
) -> tuple[Trained, State]:
    """Train one block, as `train_and_follow` does; return also those that are left at the end."""
    gram = follow is None and len(x) < 2 * x.shape[1]
    state, members = begin(x, y, starts, update, gram), torch.arange(len(starts), device=x.device)
    trained, graph = room(x, y, rates, follow), None
    lengths = range(0, len(rates), RECORD if until else LAP)
    stops = {*lengths, min(RECORD, len(rates)), len(rates), *(follow.epochs if follow else ())}
    for first, last in pairwise(sorted(stops)):
        if follow and first in follow.epochs:
            trained.predictions[follow.epochs.index(first), members] = predictions_of(state, follow.points)
        scales = 2 * rates[first:last, members, None, None]
        lap = torch.empty(scales.shape[:2], dtype=x.dtype, device=x.device)
        # The first epochs warm a GPU up, and most divergence happens there.
        if x.device.type in RECORDED and first and len(lap) % RECORD == 0:
            graph = graph or Graph(state, scales, lap)
            graph(scales, lap)
        else:
            run(state, scales, lap)
        trained.losses[first:last, members] = lap
        finite = lap.isfinite().all(0)
        done = finite & (lap[-1] < until) if last < len(rates) else finite
        if follow and done.any():
            trained.last[members[done]] = predictions_of(state, follow.points).expand(len(members), -1, -1)[done]
        going = finite & ~done
        members = members[going]
        if not len(members):
            break
        if not going.all():
            state, graph = state.keep(going), None
    return trained, state


def room(x: Tensor, y: Tensor, rates: Tensor, follow: Follow | None) -> Trained:
    """Return what is to be filled in, NaN so far."""
    losses = torch.full_like(rates, torch.nan)
    if follow is None:
        return Trained(losses)
    shape = rates.shape[1], len(follow.points), y.shape[1]
    return Trained(losses, x.new_full((len(follow.epochs), *shape), torch.nan), x.new_full(shape, torch.nan))


def block_size(x: Tensor, hidden: int) -> int:
    """Return how many networks to train at once: a large one alone on a CPU, else as many as fill a block."""
    kind, size = x.device.type, len(x) * hidden
    return 1 if kind == "cpu" and size >= ALONE else max(1, BLOCK[kind] // size)


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
    follow: Follow | None = None,
    until: float = 0.0,
    block: int | None = None,
) -> Trained:
    """Train networks that share the data, by gradient descent or torch.optim.SGD's momentum.

    Args:
        x: (batch, inputs).
        y: (batch, outputs).
        starts: each member's w1 (inputs, hidden) and w2 (hidden, outputs), left as they are.
        rates: (epochs, members), the learning rates.
        updates: each member's. With momentum the rate has to stay the same in all epochs: the velocity holds it, where
            torch.optim.SGD multiplies it in afterwards.
        follow: what to predict on the way and at the end; None for no predictions.
        until: the loss below which a network is trained no longer, looked at after every tenth epoch.
        block: how many members to train at once; None for what suits the device. Memory grows with it, not with the
            number of members, but for the rates, losses and predictions.

    relu passes no gradient at exactly 0, where `clamp`'s autograd may pass it: a difference for contrived data only.
    """
    trained, size = room(x, y, rates, follow), block or block_size(x, starts[0][0].shape[1])
    for update in sorted(set(updates)):
        same = torch.tensor([place for place, own in enumerate(updates) if own == update], device=x.device)
        for some in same.split(size):
            members = [starts[place] for place in some.tolist()]
            own, _ = train_block(x, y, members, rates[:, some], update, follow, until)
            trained.losses[:, some] = own.losses
            if follow:
                trained.predictions[:, some], trained.last[some] = own.predictions, own.last
    return trained
