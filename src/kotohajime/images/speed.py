"""Train the article's network on noise from some initialisations at many learning rates: how soon, and which work."""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kotohajime import compute
from kotohajime.article.problem import draw
from kotohajime.cli import run
from kotohajime.config import Compute, Shard, Sizes
from kotohajime.engine import sharpness
from kotohajime.engine.optimizers import Update, rate_at
from kotohajime.engine.tangent_kernel import measured, predicted, sharpness_and_condition
from kotohajime.engine.trainer import train_and_follow
from kotohajime.images.starts import INITS, NOISE_EPOCHS, NOISE_INITS, VARIANTS
from kotohajime.io import write_csv
from kotohajime.tables import first_true, significant

DONE = 0.01  # the loss, summed squared error, at which training ends
LARGEST_KERNEL = 4000  # rows; of a larger one the sharpness is computed by Lanczos, and the condition is unknown
# Not `scaled`, which is N(0, 1) with targets of another size, nor `centred`, which has the kernel of N(0, 1).
KERNEL_INITS = [(name, scale) for name, scale in INITS if name not in ("scaled", "centred")]

SPEED = ["seed", "start", "scale", "c", "learning_rate", "usable_at", "done_at", "diverged_at"]
KERNELS = ["seed", "start", "scale", "sharpness", "condition", "predicted_sharpness", "predicted_condition"]


def kernel_row(x: Tensor, name: str, scale: float, weights: tuple[Tensor, Tensor], sizes: Sizes) -> list[float]:
    """Return sharpness and condition of the initial tangent kernel, measured and predicted, to six digits."""
    if len(x) * sizes.output_dim > LARGEST_KERNEL:
        values = sharpness.of_tangent_kernel(x, *weights), math.nan
    else:
        values = sharpness_and_condition(measured(x, *weights))
    infinite_width = predicted(x, *VARIANTS[name].deviations(scale, sizes), sizes.hidden_dim)
    return [significant(value) for value in (*values, *sharpness_and_condition(infinite_width))]


def train_at_rates(
    x: Tensor, y: Tensor, weights: tuple[Tensor, Tensor], init_sharpness: float, steps: range
) -> list[tuple]:
    """Return a row a learning rate 10^(step/16) / sharpness: the rate x sharpness, the rate, and three epochs.

    They are those in which the loss fell below a hundredth of |y|^2, fell below DONE, and diverged; None if it did not.
    """
    cs = [significant(10 ** (step / 16), 4) for step in steps]
    rates = [rate_at(c, init_sharpness) for c in cs]
    every_epoch = torch.tensor(rates, dtype=x.dtype, device=x.device).expand(NOISE_EPOCHS, -1)
    trained = train_and_follow(x, y, [weights] * len(rates), every_epoch, [Update()] * len(rates), until=DONE)
    usable = 0.01 * float(y.square().sum())
    rows = []
    for c, rate, loss in zip(cs, rates, trained.losses.cpu().numpy().T, strict=True):
        done_at, end = first_true(loss < DONE), first_true(~np.isfinite(loss))
        rows.append((c, rate, first_true(loss < usable), done_at, end if done_at is None else None))
    return rows


def main(*, shard: Shard = Shard(), sizes: Sizes = Sizes(), place: Compute = Compute(), output: Path) -> None:
    """Train on noise from N(0, 1), nn.Linear's default and balanced weights, by gradient descent at many rates.

    A training ends when its loss falls below 0.01. The tangent kernel is measured for these and for other initial
    weights.

    Args:
        output: the folder for speed.csv (a row a network) and kernels.csv (a row an initialisation).
    """
    where = compute.use(**place.model_dump())
    speed, kernels = [], []
    for seed in shard.all_seeds:
        problem = draw(seed, **sizes.model_dump())
        x, y = torch.from_numpy(problem["x"]), torch.from_numpy(problem["y"])
        for name, scale in KERNEL_INITS:
            weights = VARIANTS[name].draw(scale, seed, sizes)
            row = kernel_row(x, name, scale, weights, sizes)
            kernels.append((seed, name, scale, *row))
            if name in NOISE_INITS:
                w1, w2 = (weight.to(**where) for weight in weights)
                rows = train_at_rates(x.to(**where), y.to(**where), (w1, w2), row[0], NOISE_INITS[name])
                speed += [(seed, name, scale, *values) for values in rows]
        print(f"seed {seed}: trained on noise", flush=True)
    write_csv(output / "speed.csv", SPEED, speed)
    write_csv(output / "kernels.csv", KERNELS, kernels)


if __name__ == "__main__":
    run(main)
