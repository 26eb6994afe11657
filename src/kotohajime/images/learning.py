"""Train one network on a problem with test points, and measure its errors on the way and at the end."""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

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
    outputs: Tensor  # (train + test, outputs) after the last update; NaN if it diverged
    logged: list[tuple[int, Tensor]]  # epochs, and the outputs before their updates


def learn(
    problem: Problem,
    weights: tuple[Tensor, Tensor],
    rate: float,
    update: Update,
    epochs: int,
    centred: bool = False,
) -> Learned:
    """Train a network until its error falls below TRAIN_LOSS_TARGET, or for `epochs`.

    Args:
        problem: what to learn, where and in the precision in which to train.
        weights: w1 (inputs, hidden) and w2 (hidden, outputs) before the first update.
        rate: the learning rate.
        update: gradient descent, or momentum.
        epochs: the most updates.
        centred: subtract the network's initial output from all that it predicts.
    """
    initial = torch.zeros_like(problem.targets)
    if centred:
        initial = (problem.points @ weights[0]).clamp(min=0) @ weights[1]
    logged_epochs = [epoch for epoch in LOGGED_EPOCHS if epoch < epochs]
    trained = train_and_follow(
        problem.x,
        problem.y + initial[: len(problem.y)],
        [weights],
        torch.full((epochs, 1), rate, dtype=problem.x.dtype, device=problem.x.device),
        [update],
        EvalPoints(problem.points, logged_epochs),
        TRAIN_LOSS_TARGET * problem.y.numel(),
    )
    end = first_true(~np.isfinite(trained.losses[:, 0].cpu().numpy()))  # NaN after the end as well
    updates = epochs if end is None else end
    outputs = trained.last[0] - initial
    logged = [
        (epoch, logged_outputs[0] - initial)
        for epoch, logged_outputs in zip(logged_epochs, trained.predictions, strict=True)
        if logged_outputs.isfinite().all()
    ]
    if trained.last.isfinite().all():
        return Learned(updates, None, outputs, logged)
    return Learned(updates, updates, torch.full_like(outputs, torch.nan), logged)


def errors(problem: Problem, outputs: Tensor) -> tuple[float, float]:
    """Return training and test error, mean squared per output; infinite for the NaN of a network that diverged."""
    squared, train = (outputs - problem.targets).double().square().mean(1), len(problem.y)
    return infinite_if_nan(squared[:train].mean().item()), infinite_if_nan(squared[train:].mean().item())


def infinite_if_nan(error: float) -> float:
    """Return the error; infinity for NaN."""
    return math.inf if math.isnan(error) else error


def accuracy(problem: Problem, outputs: Tensor) -> float:
    """Return the share of the test images whose largest output is that of their class; 0 for outputs of NaN."""
    outputs = outputs[len(problem.y) :]
    right = (outputs.argmax(1) == problem.labels) & outputs.isfinite().all(1)
    return right.double().mean().item()
