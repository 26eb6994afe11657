"""Train every cell of the study for a few seeds; their bytes depend on these seeds alone."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from cyclopts import Parameter
from torch import Tensor

from kotohajime import compute, engine, sharpness
from kotohajime.cells import Article, Cell
from kotohajime.cli import Count, Rate, Seed, Size, Threads, run
from kotohajime.files import write_csv
from kotohajime.problem import draw
from kotohajime.train_module import TwoLayerNet

THRESHOLDS = (1, 0.01)  # losses; the epoch in which a run falls below is recorded
FLOOR = 1e-4  # a float32 loss that ends below it may be rounding: that network is trained in float64 as well
HALVINGS = (
    7  # of the gap between two rates of the grid, to find the rate from which a network diverges: of 2.5 times, to 1 %
)
EVERY = 5  # epochs between two points of a kept curve, after the first 20, which are all kept

RUNS = ["seed", *Cell._fields, "precision", "loss_first", "loss_last", "loss_max", "epoch_max",
        *(f"epoch_below_{threshold}" for threshold in THRESHOLDS), "diverged_at"]  # fmt: skip
CURVES = ["seed", "run", "epoch", "loss"]
STARTS = ["seed", "start", "optimizer", "sharpness_kernel", "sharpness_hessian", "limit"]


def first(found: np.ndarray) -> int | None:
    """Return where the first true value is, None where there is none."""
    return int(found.argmax()) if found.any() else None


def summarise(loss: np.ndarray) -> dict:
    """Return what is recorded of a training; its last loss counts as infinite if it diverged."""
    diverged = first(~np.isfinite(loss))
    finite = loss[:diverged]
    top = int(finite.argmax()) if finite.size else None
    below = {f"epoch_below_{threshold}": first(finite < threshold) for threshold in THRESHOLDS}
    return {
        "loss_first": loss[0],
        "loss_last": loss[-1] if diverged is None else math.inf,
        "loss_max": math.nan if top is None else finite[top],
        "epoch_max": top,
        **below,
        "diverged_at": diverged,
    }


class Seeded:
    """One seed: its data and starts, on a device, and the trainings from them."""

    def __init__(self, seed: int, sizes: Sequence[int], article: Article, device: torch.device) -> None:
        """Draw data and starts as `problem` and `train_module` do: on the CPU, in float32."""
        x, y, w1, w2 = (torch.from_numpy(array) for array in draw(seed, *sizes).values())
        torch.manual_seed(seed)
        linear = TwoLayerNet(*w1.shape, w2.shape[1]).weights()
        self.x, self.y, self.starts = x, y, {"normal": (w1, w2), "linear": linear}
        self.article, self.device = article, device

    def train(self, cells: Sequence[Cell], dtype: torch.dtype) -> np.ndarray:
        """Return the losses (epochs, cells)."""

        def to(values: Tensor) -> Tensor:
            return values.to(self.device, dtype)

        starts = {name: tuple(map(to, weights)) for name, weights in self.starts.items()}
        rates = to(torch.tensor([self.article.rates(cell) for cell in cells], dtype=torch.float64).t().contiguous())
        momentum = [self.article.momentum * (cell.optimizer == "nesterov") for cell in cells]
        losses = engine.train(to(self.x), to(self.y), [starts[cell.start] for cell in cells], rates, momentum)
        return losses.cpu().double().numpy()

    def limits(self, cells: Sequence[Cell], finite: Sequence[bool], dtype: torch.dtype) -> dict[tuple, float]:
        """Return the learning rate from which each start diverges with each optimiser, where the grid holds one.

        It lies between two neighbours of the grid, the lower ones all finite; that gap is halved, on a log scale.
        """
        gaps = {}
        for kind in {(cell.start, cell.optimizer) for cell in cells}:
            grid = [(cell, ok) for cell, ok in zip(cells, finite, strict=True)
                    if (cell.start, cell.optimizer) == kind and cell.schedule == "constant"]  # fmt: skip
            end = next((place for place, (_, ok) in enumerate(grid) if not ok), 0)
            if end:
                gaps[kind] = [grid[end - 1][0].learning_rate, grid[end][0].learning_rate]
        for _ in range(HALVINGS if gaps else 0):
            middle = [Cell(*kind, "constant", math.sqrt(low * high)) for kind, (low, high) in sorted(gaps.items())]
            for cell, loss in zip(middle, self.train(middle, dtype).T, strict=True):
                gaps[cell.start, cell.optimizer][int(not np.isfinite(loss).all())] = cell.learning_rate
        return {kind: math.sqrt(low * high) for kind, (low, high) in gaps.items()}

    def sharpnesses(self, start: str) -> tuple[float, float]:
        """Return the sharpness at a start, by the tangent kernel and by the Hessian."""
        weights = self.starts[start]
        return sharpness.of_tangent_kernel(self.x, *weights), sharpness.of_hessian(self.x, self.y, *weights)


def study(seeded: Seeded, cells: Sequence[Cell], precision: str) -> tuple[list[dict], list[tuple], list[tuple]]:
    """Return the rows of RUNS, CURVES and STARTS, less the seed, of one seed."""
    dtype = getattr(torch, precision)
    losses = seeded.train(cells, dtype)
    runs = [{**cell._asdict(), "precision": precision, **summarise(loss)}
            for cell, loss in zip(cells, losses.T, strict=True)]  # fmt: skip
    low = [cell for cell, row in zip(cells, runs, strict=True) if row["loss_last"] < FLOOR]
    if low and precision == "float32":
        exact = seeded.train(low, torch.float64)
        runs += [{**cell._asdict(), "precision": "float64", **summarise(loss)}
                 for cell, loss in zip(low, exact.T, strict=True)]  # fmt: skip
    last = len(losses) - 1
    kept = [epoch for epoch in range(last + 1) if epoch <= 20 or epoch % EVERY == 0 or epoch == last]
    curves = [(name, epoch, losses[epoch, cells.index(cell)])
              for name, cell in seeded.article.runs().items() for epoch in kept]  # fmt: skip
    limits = seeded.limits(cells, np.isfinite(losses).all(0), dtype)
    starts = []
    for start in seeded.starts:
        both = seeded.sharpnesses(start)
        starts += [
            (start, optimizer, *both, limits.get((start, optimizer), math.nan)) for optimizer in ("gd", "nesterov")
        ]
    return runs, curves, starts


def main(
    *,
    first_seed: Seed = 0,
    seeds: Count = 2,
    batch_size: Size = 100,
    input_dim: Size = 100,
    hidden_dim: Size = 1000,
    output_dim: Size = 10,
    learning_rates: Annotated[list[Rate], Parameter(consume_multiple=True, negative="")],
    article: Annotated[Article, Parameter(name="*")] = Article(),
    device: compute.Device = "auto",
    precision: compute.Precision = "float32",
    threads: Threads = 1,
    output: Path,
) -> None:
    """Train all cells of the study for some seeds.

    Args:
        first_seed: the first of them.
        seeds: how many.
        batch_size: samples.
        input_dim: numbers in a sample.
        hidden_dim: units of the hidden layer.
        output_dim: numbers to predict for a sample.
        learning_rates: the rates to try with every start and optimiser; the article's are added.
        article: the article's settings.
        device: where to train; auto takes the GPU when there is one.
        precision: of all numbers in the trainings; with float32, what ends below 1e-4 is repeated in float64.
        threads: CPU threads.
        output: the folder for runs.csv, curves.csv and starts.csv.
    """
    place = compute.use(device, precision, threads)
    sizes = (batch_size, input_dim, hidden_dim, output_dim)
    cells = article.cells(learning_rates)
    tables = {"runs": [], "curves": [], "starts": []}
    for seed in range(first_seed, first_seed + seeds):
        runs, curves, starts = study(Seeded(seed, sizes, article, place["device"]), cells, precision)
        tables["runs"] += [[{"seed": seed, **row}[name] for name in RUNS] for row in runs]
        tables["curves"] += [(seed, *row) for row in curves]
        tables["starts"] += [(seed, *row) for row in starts]
        diverged = sum(row["diverged_at"] is not None for row in runs)
        print(f"seed {seed}: {len(runs)} networks trained, {diverged} diverged", flush=True)
    for (name, rows), columns in zip(tables.items(), (RUNS, CURVES, STARTS), strict=True):
        write_csv(output / f"{name}.csv", columns, rows)


if __name__ == "__main__":
    run(main)
