"""Train one network on a problem with test points, and measure its errors before some epochs and at the end."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kotohajime.compute import Place
from kotohajime.engine.optimizers import Update
from kotohajime.engine.trainer import EvalPoints, train_and_follow
from kotohajime.images.problem import Problem
from kotohajime.images.starts import TRAIN_LOSS_TARGET
from kotohajime.tables import first_true

LOGGED_EPOCHS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


class Learned(NamedTuple):
    """One trained network."""

    epochs: int  # updates done
    diverged_at: int | None  # the first epoch whose loss is not finite
    outputs: Tensor  # (train + test, outputs) after the last update, on the CPU; infinite if it diverged
    logged: list[tuple[int, Tensor]]  # epochs, and the outputs before their updates


def learn(
    problem: Problem,
    weights: tuple[Tensor, Tensor],
    rate: float,
    update: Update,
    epochs: int,
    where: Place,
    centred: bool = False,
) -> Learned:
    """Train a network from w1 and w2 until its error falls below TRAIN_LOSS_TARGET, or for `epochs`.

    `where` is the device and dtype to train in. `centred` subtracts the initial output from all that it predicts.
    """
    x, y, points = (array.to(**where) for array in (problem.x, problem.y, problem.points))
    w1, w2 = (weight.to(**where) for weight in weights)
    initial = (points @ w1).clamp(min=0) @ w2 if centred else points.new_zeros(problem.targets.shape)
    rates = torch.full((epochs, 1), rate, **where)
    log = EvalPoints(points, [epoch for epoch in LOGGED_EPOCHS if epoch < epochs])
    until = TRAIN_LOSS_TARGET * y.numel()
    trained = train_and_follow(x, y + initial[: len(y)], [(w1, w2)], rates, [update], log, until)
    end = first_true(~np.isfinite(trained.losses[:, 0].cpu().numpy()))  # the losses after the last epoch are NaN
    updates = epochs if end is None else end
    logged = [
        (epoch, (outputs[0] - initial).cpu())
        for epoch, outputs in zip(log.epochs, trained.predictions, strict=True)
        if outputs.isfinite().all()
    ]
    if trained.last.isfinite().all():
        return Learned(updates, None, (trained.last[0] - initial).cpu(), logged)
    return Learned(updates, updates, torch.full(initial.shape, torch.inf), logged)


def measure(problem: Problem, outputs: Tensor) -> tuple[float, float, float]:
    """Return training error, test error (mean squared per output) and test accuracy; the last is 0 if it diverged.

    An error of 1 is that of predicting nothing. A test point is recognised if the largest output is the largest target.
    """
    squared, train = (outputs - problem.targets).double().square().mean(1), len(problem.y)
    recognised = (outputs.argmax(1) == problem.targets.argmax(1)) & outputs.isfinite().all(1)
    return squared[:train].mean().item(), squared[train:].mean().item(), recognised[train:].double().mean().item()
