"""Let a network from every start learn the images, for a few seeds; the bytes depend on these seeds alone."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kotohajime import compute
from kotohajime.cli import run
from kotohajime.files import read_npz, write_csv
from kotohajime.images.problem import Problem, of_images
from kotohajime.settings import Hidden, Images, Momentum, Place, Shard, Sizes
from kotohajime.study import engine, sharpness
from kotohajime.study.cells import significant
from kotohajime.study.optimizers import OPTIMIZERS
from kotohajime.study.shard import first, seeds_of
from kotohajime.study.variants import ENOUGH, VARIANTS

C = 1.0  # learning rate x sharpness at the start: the same distance from instability for every start
OPTIMIZER = "nesterov"
STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # epochs at which the way is kept
SHOWN = 10  # test images of each seed whose predictions are kept

KIND = ["seed", "start", "scale"]
RUNS = [*KIND, "optimizer", "learning_rate", "c", "epochs", "train_loss", "test_loss", "test_accuracy", "diverged_at"]
PATHS = [*KIND, "epoch", "train_loss", "test_loss", "test_accuracy"]
PREDICTIONS = [*KIND, "image", "label", "predicted"]


class Learned(NamedTuple):
    """One network that learned the images."""

    epochs: int  # updates done
    diverged_at: int | None
    outputs: Tensor  # (train + test, outputs), as it ended
    way: list[tuple[int, Tensor]]  # epochs, and the outputs before them


def learn(problem: Problem, weights: tuple[Tensor, Tensor], rate: float, momentum: float, epochs: int,
          centred: bool) -> Learned:  # fmt: skip
    """Train a network until its error falls below ENOUGH; `centred`: to what its first output lacks of the targets."""
    own = (problem.points @ weights[0]).clamp(min=0) @ weights[1] if centred else torch.zeros_like(problem.targets)
    steps = [step for step in STEPS if step < epochs]
    trained = engine.train_and_follow(
        problem.x,
        problem.y + own[: len(problem.y)],
        [weights],
        torch.full((epochs, 1), rate, dtype=problem.x.dtype, device=problem.x.device),
        [OPTIMIZERS[OPTIMIZER].update(momentum)],
        engine.Follow(problem.points, steps),
        ENOUGH * problem.y.numel(),
    )
    losses, ended = trained.losses[:, 0].cpu().numpy(), bool(trained.last.isfinite().all())
    done = first(~np.isfinite(losses))
    way = [(step, outputs[0] - own) for step, outputs in zip(steps, trained.predictions, strict=True)
           if outputs.isfinite().all()]  # fmt: skip
    epochs_done = len(losses) if done is None else done
    return Learned(epochs_done, None if ended else epochs_done, trained.last[0] - own, way)


def errors(problem: Problem, outputs: Tensor) -> tuple[float, float, float]:
    """Return training error, test error (mean squared per output; 1 is that of predicting nothing) and accuracy."""
    each, train = (outputs - problem.targets).double().square().mean(1), len(problem.y)
    right = outputs[train:].argmax(1) == problem.labels
    return each[:train].mean().item(), each[train:].mean().item(), right.double().mean().item()


def of_seed(problem: Problem, seed: int, images: Images, sizes: Sizes, momentum: float, where: Mapping) -> Iterator:
    """Give, for each start, the rows of RUNS, PATHS and PREDICTIONS."""
    there = problem.to(**where)
    of_normal = sharpness.of_tangent_kernel(problem.x, *VARIANTS["normal"].draw(1.0, seed, sizes))
    for name, scale in ((name, scale) for name, variant in VARIANTS.items() for scale in variant.sizes):
        weights, kind = VARIANTS[name].draw(scale, seed, sizes), (seed, name, scale)
        # The kernel of scale x N(0, 1) is scale^2 times that of N(0, 1), exactly.
        of_start = (of_normal * scale**2 if name in ("normal", "centred", "scaled")
                    else sharpness.of_tangent_kernel(problem.x, *weights))  # fmt: skip
        rate = significant(C / of_start) if of_start else 1.0  # 0: no unit is active, and none moves
        start = tuple(weight.to(**where) for weight in weights)
        learned = learn(there, start, rate, momentum, images.epochs, VARIANTS[name].centred)
        found = errors(there, learned.outputs) if learned.diverged_at is None else (math.inf, math.inf, 0.0)
        paths = [(*kind, step, *errors(there, outputs)) for step, outputs in learned.way]
        guesses = learned.outputs[len(problem.y) :][:SHOWN].argmax(1).tolist()
        if learned.diverged_at is not None:
            guesses = [None] * len(guesses)
        shown = zip(problem.places.tolist(), problem.labels.tolist(), guesses, strict=False)
        run_row = (*kind, OPTIMIZER, rate, C, learned.epochs, *found, learned.diverged_at)
        yield [run_row], paths, [(*kind, *one) for one in shown]


def main(
    *,
    shard: Shard = Shard(),
    images: Images = Images(),
    hidden: Hidden = Hidden(),
    momentum: Momentum = Momentum(),
    place: Place = Place(),
    data: Path,
    output: Path,
) -> None:
    """Let networks learn images from every start.

    Args:
        data: the NPZ file with images and labels.
        output: the folder for runs.csv (a row a network), paths.csv (errors on the way) and predictions.csv (what it
            takes the first test images for).
    """
    where = compute.use(**dict(place))
    arrays = read_npz(data, ["images", "labels"])
    tables = [], [], []
    for seed in seeds_of(shard):
        problem = of_images(arrays, seed, images.train, images.test)
        sizes = Sizes(batch_size=images.train, input_dim=problem.x.shape[1], hidden_dim=hidden.hidden_dim,
                      output_dim=problem.y.shape[1])  # fmt: skip
        for rows in of_seed(problem, seed, images, sizes, momentum.module_momentum, where):
            for table, more in zip(tables, rows, strict=True):
                table.extend(more)
        print(f"seed {seed}: the images learned from every start", flush=True)
    for name, columns, rows in zip(("runs", "paths", "predictions"), (RUNS, PATHS, PREDICTIONS), tables, strict=True):
        write_csv(output / f"{name}.csv", columns, rows)


if __name__ == "__main__":
    run(main)
