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
from kotohajime.config import Article, Compute, Grid, Shard, Sizes
from kotohajime.engine import sharpness, trainer
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.io import write_csv
from kotohajime.study.cells import Cell, grid, learning_rates
from kotohajime.tables import first_true, significant

THRESHOLDS = (1, 0.01)  # losses; the epoch in which a run falls below is recorded
FLOOR = 1e-4  # a float32 loss that ends below it may be rounding: that network is trained in float64 as well
HALVINGS = 7  # of the gap between two rates of the grid, to find where divergence begins: of 2.5 times, to 1 %

RUNS = [
    "seed",
    *Cell._fields,
    "precision",
    "loss_first",
    "loss_last",
    "loss_max",
    "epoch_max",
    *(f"epoch_below_{threshold}" for threshold in THRESHOLDS),
    "diverged_at",
]
PATHS = ["seed", *Cell._fields]  # and a column for each of `logged_epochs`: the loss before its update
STARTING = ["seed", "start", "optimizer", "sharpness_kernel", "sharpness_hessian", "limit"]


def seeds_of(shard: Shard) -> range:
    """Return the seeds of a shard."""
    return range(shard.first_seed, shard.first_seed + shard.seeds)


def logged_epochs(epochs: int) -> list[int]:
    """Return the epochs whose losses are kept: the first and the last, and six in each doubling between."""
    between = np.geomspace(1, epochs, 1 + round(6 * math.log2(epochs))).round().astype(int) - 1
    return sorted({0, *between.tolist(), epochs - 1})


def summarise(loss: np.ndarray) -> dict:
    """Return what is recorded of a training; its last loss counts as infinite if it diverged."""
    diverged = first_true(~np.isfinite(loss))
    finite = loss[:diverged]
    top = int(finite.argmax()) if finite.size else None
    return {
        "loss_first": loss[0],
        "loss_last": loss[-1] if diverged is None else math.inf,
        "loss_max": math.nan if top is None else finite[top],
        "epoch_max": top,
        **{f"epoch_below_{threshold}": first_true(finite < threshold) for threshold in THRESHOLDS},
        "diverged_at": diverged,
    }


class SeededProblem:
    """One seed: its data and initial weights, on a device, and the trainings from them."""

    def __init__(self, seed: int, sizes: Sizes, article: Article, device: torch.device) -> None:
        """Draw data as `article.problem` does, and weights from every start: on the CPU, in float32."""
        problem = draw(seed, **sizes.model_dump())
        self.x, self.y = torch.from_numpy(problem["x"]), torch.from_numpy(problem["y"])
        self.starts = {name: start.draw(seed, sizes) for name, start in STARTS.items()}
        self.article, self.device = article, device

    def train(self, cells: Sequence[Cell], precision: str) -> np.ndarray:
        """Return the losses (epochs, cells)."""

        def to(values: Tensor) -> Tensor:
            return values.to(self.device, getattr(torch, precision))

        starts = {name: (to(w1), to(w2)) for name, (w1, w2) in self.starts.items()}
        rates = torch.tensor([learning_rates(self.article, cell) for cell in cells], dtype=torch.float64)
        updates = [OPTIMIZERS[cell.optimizer].update(self.article.module_momentum) for cell in cells]
        losses = trainer.train(
            to(self.x), to(self.y), [starts[cell.start] for cell in cells], to(rates.t().contiguous()), updates
        )
        return losses.cpu().double().numpy()

    def limits(self, cells: Sequence[Cell], finite: Sequence[bool], precision: str) -> dict[tuple[str, str], float]:
        """Return the learning rate from which each start diverges with each optimiser, where the grid holds one.

        It lies between two neighbours of the grid, the lower ones all finite; that gap is halved, on a log scale.
        """
        rates: dict[tuple[str, str], list[tuple[float, bool]]] = {}
        for cell, ok in zip(cells, finite, strict=True):
            if cell.schedule == "constant":
                rates.setdefault((cell.start, cell.optimizer), []).append((cell.learning_rate, ok))
        gaps = {}
        for kind, tried in rates.items():
            end = next((place for place, (_, ok) in enumerate(tried) if not ok), 0)
            if end:
                gaps[kind] = [tried[end - 1][0], tried[end][0]]
        for _ in range(HALVINGS if gaps else 0):
            middle = [Cell(*kind, "constant", math.sqrt(low * high)) for kind, (low, high) in sorted(gaps.items())]
            for cell, loss in zip(middle, self.train(middle, precision).T, strict=True):
                gaps[cell.start, cell.optimizer][int(not np.isfinite(loss).all())] = cell.learning_rate
        return {kind: math.sqrt(low * high) for kind, (low, high) in gaps.items()}

    def sharpnesses(self, start: str) -> list[float]:
        """Return the sharpness of a start, by the tangent kernel and by the Hessian, to the digits that are known."""
        w1, w2 = self.starts[start]
        both = sharpness.of_tangent_kernel(self.x, w1, w2), sharpness.of_hessian(self.x, self.y, w1, w2)
        return [significant(value) for value in both]


def run_rows(cells: Sequence[Cell], losses: np.ndarray, precision: str) -> list[dict]:
    """Return the rows of RUNS, less the seed, of trained cells."""
    return [
        {**cell._asdict(), "precision": precision, **summarise(loss)}
        for cell, loss in zip(cells, losses.T, strict=True)
    ]


def path_row(cell: Cell, losses: np.ndarray) -> tuple:
    """Return the row of PATHS, less the seed: the losses in four digits, None where they are not finite."""
    return (*cell, *(significant(loss, 4) if math.isfinite(loss) else None for loss in losses.tolist()))


def study(problem: SeededProblem, cells: Sequence[Cell], precision: str) -> tuple[list[dict], list[tuple], list[tuple]]:
    """Return the rows of RUNS, STARTING and PATHS, less the seed, of one seed."""
    losses = problem.train(cells, precision)
    runs = run_rows(cells, losses, precision)
    low = [cell for cell, row in zip(cells, runs, strict=True) if row["loss_last"] < FLOOR]
    if low and precision == "float32":
        runs += run_rows(low, problem.train(low, "float64"), "float64")
    limits = problem.limits(cells, np.isfinite(losses).all(0).tolist(), precision)
    sharpness_of = {start: problem.sharpnesses(start) for start in STARTS}
    starts = [
        (start, optimizer, *sharpness_of[start], limits.get((start, optimizer), math.nan))
        for start in STARTS
        for optimizer in OPTIMIZERS
    ]
    logged = losses[logged_epochs(len(losses))]
    return runs, starts, [path_row(cell, loss) for cell, loss in zip(cells, logged.T, strict=True)]


def main(
    *,
    shard: Shard = Shard(),
    sizes: Sizes = Sizes(),
    rates: Grid = Grid(),
    article: Article = Article(),
    place: Compute = Compute(),
    output: Path,
) -> None:
    """Train all cells of the study for some seeds; with float32, what ends below 1e-4 is repeated in float64.

    Args:
        output: the folder for runs.csv (a row a network), starts.csv (a row a start and optimiser) and paths.csv (a row
            a network: its losses on the way, in four digits, nothing where they are not finite).
    """
    device = compute.use(place.device, place.precision, place.threads)["device"]
    cells = grid(article, rates.study_learning_rates)
    all_runs, all_starts, all_paths = [], [], []
    for seed in seeds_of(shard):
        runs, starts, paths = study(SeededProblem(seed, sizes, article, device), cells, place.precision)
        all_runs += [[{"seed": seed, **row}[name] for name in RUNS] for row in runs]
        all_starts += [(seed, *row) for row in starts]
        all_paths += [(seed, *row) for row in paths]
        diverged = sum(row["diverged_at"] is not None for row in runs)
        print(f"seed {seed}: {len(runs)} networks trained, {diverged} diverged", flush=True)
    write_csv(output / "runs.csv", RUNS, all_runs)
    write_csv(output / "starts.csv", STARTING, all_starts)
    write_csv(output / "paths.csv", [*PATHS, *map(str, logged_epochs(article.epochs))], all_paths)


if __name__ == "__main__":
    run(main)
