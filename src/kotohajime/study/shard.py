"""Train every cell of the study for a few seeds; their bytes depend on these seeds alone."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kotohajime import compute
from kotohajime.article.problem import draw
from kotohajime.cli import run
from kotohajime.io import write_csv
from kotohajime.config import Grid, Compute, Shard, Sizes
from kotohajime.engine import trainer as engine
from kotohajime.engine import sharpness
from kotohajime.study.cells import Article, Cell, significant
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS

THRESHOLDS = (1, 0.01)  # losses; the epoch in which a run falls below is recorded
FLOOR = 1e-4  # a float32 loss that ends below it may be rounding: that network is trained in float64 as well
HALVINGS = 7  # of the gap between two rates of the grid, to find where divergence begins: of 2.5 times, to 1 %

RUNS = ["seed", *Cell._fields, "precision", "loss_first", "loss_last", "loss_max", "epoch_max",
        *(f"epoch_below_{threshold}" for threshold in THRESHOLDS), "diverged_at"]  # fmt: skip
PATHS = ["seed", *Cell._fields]  # and a column for each epoch of `way`: the loss before its update
STARTING = ["seed", "start", "optimizer", "sharpness_kernel", "sharpness_hessian", "limit"]


def seeds_of(shard: Shard) -> range:
    """Return the seeds of a shard."""
    return range(shard.first_seed, shard.first_seed + shard.seeds)


def first(found: np.ndarray) -> int | None:
    """Return where the first true value is, None where there is none."""
    return int(found.argmax()) if found.any() else None


def way(epochs: int) -> list[int]:
    """Return the epochs at which the losses are kept: the first and the last, and six in each doubling between."""
    between = np.geomspace(1, epochs, 1 + round(6 * math.log2(epochs))).round().astype(int) - 1
    return sorted({0, *between.tolist(), epochs - 1})


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


class SeededProblem:
    """One seed: its data and starts, on a device, and the trainings from them."""

    def __init__(self, seed: int, sizes: Sizes, article: Article, device: torch.device) -> None:
        """Draw data as `problem` does, and every start: on the CPU, in float32."""
        problem = draw(seed, **sizes.model_dump())
        self.x, self.y = torch.from_numpy(problem["x"]), torch.from_numpy(problem["y"])
        self.starts = {name: start.draw(seed, sizes) for name, start in STARTS.items()}
        self.article, self.device = article, device

    def train(self, cells: Sequence[Cell], precision: str) -> np.ndarray:
        """Return the losses (epochs, cells)."""

        def to(values: Tensor) -> Tensor:
            return values.to(self.device, getattr(torch, precision))

        starts = {name: tuple(map(to, weights)) for name, weights in self.starts.items()}
        rates = to(torch.tensor([self.article.rates(cell) for cell in cells], dtype=torch.float64).t().contiguous())
        updates = [OPTIMIZERS[cell.optimizer].update(self.article.module_momentum) for cell in cells]
        losses = engine.train(to(self.x), to(self.y), [starts[cell.start] for cell in cells], rates, updates)
        return losses.cpu().double().numpy()

    def limits(self, cells: Sequence[Cell], finite: Sequence[bool], precision: str) -> dict[tuple, float]:
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
            for cell, loss in zip(middle, self.train(middle, precision).T, strict=True):
                gaps[cell.start, cell.optimizer][int(not np.isfinite(loss).all())] = cell.learning_rate
        return {kind: math.sqrt(low * high) for kind, (low, high) in gaps.items()}

    def sharpnesses(self, start: str) -> list[float]:
        """Return the sharpness at a start, by the tangent kernel and by the Hessian, to as many digits as are found."""
        weights = self.starts[start]
        both = sharpness.of_tangent_kernel(self.x, *weights), sharpness.of_hessian(self.x, self.y, *weights)
        return [significant(value) for value in both]


def study(problem: SeededProblem, cells: Sequence[Cell], precision: str) -> tuple[list[dict], list[tuple], list]:
    """Return the rows of RUNS, STARTING and PATHS, less the seed, of one seed."""

    def rows(cells: Sequence[Cell], losses: np.ndarray, precision: str) -> list[dict]:
        return [{**cell._asdict(), "precision": precision, **summarise(loss)}
                for cell, loss in zip(cells, losses.T, strict=True)]  # fmt: skip

    losses = problem.train(cells, precision)
    runs = rows(cells, losses, precision)
    low = [cell for cell, row in zip(cells, runs, strict=True) if row["loss_last"] < FLOOR]
    if low and precision == "float32":
        runs += rows(low, problem.train(low, "float64"), "float64")
    limits = problem.limits(cells, np.isfinite(losses).all(0), precision)
    sharp = {start: problem.sharpnesses(start) for start in STARTS}
    starts = [(start, optimizer, *sharp[start], limits.get((start, optimizer), math.nan))
              for start in STARTS for optimizer in OPTIMIZERS]  # fmt: skip
    kept = losses[way(len(losses))]
    paths = [(*cell, *(significant(loss, 4) if math.isfinite(loss) else None for loss in own.tolist()))
             for cell, own in zip(cells, kept.T, strict=True)]  # fmt: skip
    return runs, starts, paths


def main(
    *,
    shard: Shard = Shard(),
    sizes: Sizes = Sizes(),
    grid: Grid = Grid(),
    article: Article = Article(),
    place: Compute = Compute(),
    output: Path,
) -> None:
    """Train all cells of the study for some seeds; with float32, what ends below 1e-4 is repeated in float64.

    Args:
        output: the folder for runs.csv (a row a network), starts.csv (a row a start and optimiser) and paths.csv (a row
            a network: its losses on the way, in four digits, nothing where they are not finite).
    """
    device = compute.use(**dict(place))["device"]
    cells = article.cells(grid.study_learning_rates)
    columns = {"runs": RUNS, "starts": STARTING, "paths": [*PATHS, *map(str, way(article.epochs))]}
    tables = {name: [] for name in columns}
    for seed in seeds_of(shard):
        runs, starts, paths = study(SeededProblem(seed, sizes, article, device), cells, place.precision)
        tables["runs"] += [[{"seed": seed, **row}[name] for name in RUNS] for row in runs]
        tables["starts"] += [(seed, *row) for row in starts]
        tables["paths"] += [(seed, *row) for row in paths]
        diverged = sum(row["diverged_at"] is not None for row in runs)
        print(f"seed {seed}: {len(runs)} networks trained, {diverged} diverged", flush=True)
    for name, rows in tables.items():
        write_csv(output / f"{name}.csv", columns[name], rows)


if __name__ == "__main__":
    run(main)
