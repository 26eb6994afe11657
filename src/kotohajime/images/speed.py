"""From some starts, train the article's network on noise at many rates: how soon it is done, and which rates work."""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kotohajime import compute
from kotohajime.article.problem import draw
from kotohajime.cli import run
from kotohajime.io import write_csv
from kotohajime.engine.tangent_kernel import measured, predicted, sharpness_and_condition
from kotohajime.config import Compute, Shard, Sizes
from kotohajime.engine import trainer as engine
from kotohajime.engine import sharpness
from kotohajime.study.cells import rate_at, significant
from kotohajime.engine.optimizers import Update
from kotohajime.study.shard import first, seeds_of
from kotohajime.images.starts import ON_NOISE, VARIANTS, deviations

EPOCHS = 400
LARGE = 4000  # rows of a kernel that is not written out: its sharpness comes by Lanczos, its condition is unknown
LOW = 0.01  # the loss, summed squared error, that counts as done
# Not `scaled`, which is N(0, 1) with targets of another size, exactly, nor `centred`, which has the kernel of N(0, 1):
STARTS = [name for name, variant in VARIANTS.items() if not variant.centred and name != "scaled"]

SPEED = ["seed", "start", "scale", "c", "learning_rate", "usable_at", "done_at", "diverged_at"]
KERNELS = ["seed", "start", "scale", "sharpness", "condition", "predicted_sharpness", "predicted_condition"]


def kernel_row(x: Tensor, name: str, scale: float, weights: tuple[Tensor, Tensor], sizes: Sizes) -> tuple:
    """Return sharpness and condition of the kernel at a start, measured and predicted, to six digits."""
    variant = VARIANTS[name]
    spread = variant.scales(scale, sizes) if variant.scales else deviations(sizes)
    if len(x) * sizes.output_dim > LARGE:
        found = sharpness.of_tangent_kernel(x, *weights), math.nan
    else:
        found = sharpness_and_condition(measured(x, *weights))
    found += sharpness_and_condition(predicted(x, *spread, sizes.hidden_dim))
    return tuple(map(significant, found))


def trainings(x: Tensor, y: Tensor, weights: tuple[Tensor, Tensor], curvature: float, steps: range) -> list[tuple]:
    """Return c, rate, and the epochs in which the loss fell below a hundredth of |y|^2, below LOW, and diverged."""
    cs = [significant(10 ** (step / 16), 4) for step in steps]
    rates = [rate_at(c, curvature) for c in cs]
    losses = engine.train_and_follow(
        x, y, [weights] * len(rates), torch.tensor(rates, dtype=x.dtype, device=x.device).expand(EPOCHS, -1),
        [Update()] * len(rates), until=LOW,
    ).losses.cpu().numpy()  # fmt: skip
    hundredth = 0.01 * float(y.square().sum())
    rows = []
    for c, rate, loss in zip(cs, rates, losses.T, strict=True):
        done, end = first(loss < LOW), first(~np.isfinite(loss))
        rows.append((c, rate, first(loss < hundredth), done, end if done is None else None))
    return rows


def main(*, shard: Shard = Shard(), sizes: Sizes = Sizes(), place: Compute = Compute(), output: Path) -> None:
    """Train on noise from N(0, 1), nn.Linear's start and balanced ones, by gradient descent at many rates, until the
    loss falls below 0.01; measure the kernel at those and at other starts.

    Args:
        output: the folder for speed.csv (a row a network) and kernels.csv (a row a start).
    """
    where = compute.use(**dict(place))
    speed, kernels = [], []
    for seed in seeds_of(shard):
        problem = draw(seed, **sizes.model_dump())
        x, y = torch.from_numpy(problem["x"]), torch.from_numpy(problem["y"])
        for name in STARTS:
            for scale in VARIANTS[name].sizes:
                weights = VARIANTS[name].draw(scale, seed, sizes)
                row = kernel_row(x, name, scale, weights, sizes)
                kernels.append((seed, name, scale, *row))
                if name not in ON_NOISE:
                    continue
                there = tuple(weight.to(**where) for weight in weights)
                found = trainings(x.to(**where), y.to(**where), there, row[0], ON_NOISE[name])
                speed += [(seed, name, scale, *one) for one in found]
        print(f"seed {seed}: trained on noise", flush=True)
    write_csv(output / "speed.csv", SPEED, speed)
    write_csv(output / "kernels.csv", KERNELS, kernels)


if __name__ == "__main__":
    run(main)
