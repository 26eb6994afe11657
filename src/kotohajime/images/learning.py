"""Let one network learn, and tell its errors, on its way and at the end."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kotohajime.images.problem import Problem
from kotohajime.engine import trainer as engine
from kotohajime.engine.optimizers import Update
from kotohajime.study.shard import first
from kotohajime.images.starts import ENOUGH

STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # epochs at which the way is kept


class Learned(NamedTuple):
    """One network that learned."""

    epochs: int  # updates done
    diverged_at: int | None
    outputs: Tensor  # (train + test, outputs), as it ended
    way: list[tuple[int, Tensor]]  # epochs, and the outputs before them


def learn(problem: Problem, weights: tuple[Tensor, Tensor], rate: float, update: Update, epochs: int,
          centred: bool = False) -> Learned:  # fmt: skip
    """Train a network until its error falls below ENOUGH; `centred`: to what its first output lacks of the targets."""
    own = (problem.points @ weights[0]).clamp(min=0) @ weights[1] if centred else torch.zeros_like(problem.targets)
    steps = [step for step in STEPS if step < epochs]
    trained = engine.train_and_follow(
        problem.x,
        problem.y + own[: len(problem.y)],
        [weights],
        torch.full((epochs, 1), rate, dtype=problem.x.dtype, device=problem.x.device),
        [update],
        engine.Follow(problem.points, steps),
        ENOUGH * problem.y.numel(),
    )
    losses, ended = trained.losses[:, 0].cpu().numpy(), bool(trained.last.isfinite().all())
    done = first(~np.isfinite(losses))
    way = [(step, outputs[0] - own) for step, outputs in zip(steps, trained.predictions, strict=True)
           if outputs.isfinite().all()]  # fmt: skip
    epochs_done = len(losses) if done is None else done
    return Learned(epochs_done, None if ended else epochs_done, trained.last[0] - own, way)


def errors(problem: Problem, outputs: Tensor) -> tuple[float, float]:
    """Return training and test error: mean squared per output; 1 is that of predicting nothing."""
    each, train = (outputs - problem.targets).double().square().mean(1), len(problem.y)
    return each[:train].mean().item(), each[train:].mean().item()


def accuracy(problem: Problem, outputs: Tensor) -> float:
    """Return the share of the test images whose largest output is that of their class."""
    return (outputs[len(problem.y) :].argmax(1) == problem.labels).double().mean().item()
