"""The trainability map: the article's network at many initial scales and learning rates, and how each run ended."""

from pathlib import Path

import numpy as np
import torch

from kotohajime import compute
from kotohajime.article.problem import draw
from kotohajime.cli import run
from kotohajime.config import Compute, FirstSeed, Map, Sizes
from kotohajime.engine import sharpness
from kotohajime.engine.optimizers import Update
from kotohajime.engine.trainer import train
from kotohajime.io import write_csv
from kotohajime.tables import first_true, significant

SCALES, RATES = (0.003, 3.0), (1e-8, 3e-2)  # of N(0, 1); learning rates of gradient descent

COLUMNS = ["scale", "sharpness", "learning_rate", "epochs", "loss_share", "diverged_at"]


def log_grid(ends: tuple[float, float], count: int) -> list[float]:
    """Return numbers from one end to the other, evenly spaced on a log scale, to five digits."""
    return [significant(value, 5) for value in np.geomspace(*ends, count).tolist()]


def main(
    *,
    seed: FirstSeed = FirstSeed(),
    sizes: Sizes = Sizes(),
    grid: Map = Map(),
    place: Compute = Compute(),
    output: Path,
) -> None:
    """Train the article's network from scale x N(0, 1), for every scale and learning rate of a grid.

    Args:
        seed: of data and initial weights.
        output: the CSV file to write, a row a network; its last loss as a share of |y|^2, empty if it diverged.
    """
    where = compute.use(**place.model_dump())
    arrays = [torch.from_numpy(array) for array in draw(seed.first_seed, **sizes.model_dump()).values()]
    normal_sharpness = sharpness.of_tangent_kernel(arrays[0], *arrays[2:])
    x, y, w1, w2 = (array.to(**where) for array in arrays)
    rates, rows = log_grid(RATES, grid.map_points), []
    every_epoch = torch.tensor(rates, dtype=x.dtype, device=x.device).expand(grid.map_epochs, -1)
    for scale in log_grid(SCALES, grid.map_points):
        weights = w1 * scale, w2 * scale
        losses = train(x, y, [weights] * len(rates), every_epoch, [Update()] * len(rates)).cpu().double().numpy()
        shares = (losses[-1] / float(y.square().sum())).tolist()
        ends = [first_true(~np.isfinite(loss)) for loss in losses.T]
        for rate, share, end in zip(rates, shares, ends, strict=True):
            loss_share = significant(share) if end is None else None
            rows.append((scale, significant(normal_sharpness * scale**2), rate, grid.map_epochs, loss_share, end))
        print(f"scale {scale:.3g}: {sum(end is not None for end in ends)} of {len(rates)} rates diverge", flush=True)
    write_csv(output, COLUMNS, rows)


if __name__ == "__main__":
    run(main)
