"""The trainability map: the article's network at many start scales and learning rates, and how each ended."""

from pathlib import Path

import numpy as np
import torch

from kotohajime import compute
from kotohajime.article.problem import draw
from kotohajime.cli import run
from kotohajime.io import write_csv
from kotohajime.config import FirstSeed, Map, Compute, Sizes
from kotohajime.engine import trainer as engine
from kotohajime.engine import sharpness
from kotohajime.study.cells import significant
from kotohajime.engine.optimizers import Update
from kotohajime.study.shard import first

SCALES, RATES = (0.003, 3.0), (1e-8, 3e-2)  # of N(0, 1); learning rates of gradient descent

MAP = ["scale", "sharpness", "learning_rate", "epochs", "loss_share", "diverged_at"]


def steps(ends: tuple[float, float], count: int) -> list[float]:
    """Return numbers from one end to the other, evenly spaced on a log scale."""
    return [significant(value, 5) for value in np.geomspace(*ends, count).tolist()]


def main(
    *, seed: FirstSeed = FirstSeed(), sizes: Sizes = Sizes(), of: Map = Map(), place: Compute = Compute(), output: Path
) -> None:
    """Train the article's network from scale x N(0, 1), for every scale and rate of a grid.

    Args:
        seed: of data and start.
        output: map.csv: a row a network; its last loss as a share of |y|^2, empty if it diverged.
    """
    where = compute.use(**dict(place))
    problem = draw(seed.first_seed, **sizes.model_dump())
    x, y, w1, w2 = (torch.from_numpy(array) for array in problem.values())
    of_one = sharpness.of_tangent_kernel(x, w1, w2)
    x, y, w1, w2 = (array.to(**where) for array in (x, y, w1, w2))
    rates, rows = steps(RATES, of.map_points), []
    every_epoch = torch.tensor(rates, dtype=x.dtype, device=x.device).expand(of.map_epochs, -1)
    for scale in steps(SCALES, of.map_points):
        start = w1 * scale, w2 * scale
        losses = engine.train(x, y, [start] * len(rates), every_epoch, [Update()] * len(rates)).cpu().double().numpy()
        shares = losses[-1] / float(y.square().sum())
        ends = [first(~np.isfinite(loss)) for loss in losses.T]
        left = [significant(share) if end is None else None for share, end in zip(shares.tolist(), ends, strict=True)]
        rows += [(scale, significant(of_one * scale**2), rate, of.map_epochs, share, end)
                 for rate, share, end in zip(rates, left, ends, strict=True)]  # fmt: skip
        print(f"scale {scale:.3g}: {sum(end is not None for end in ends)} of {len(rates)} rates diverge", flush=True)
    write_csv(output, MAP, rows)


if __name__ == "__main__":
    run(main)
