"""Train every cell of the study for a few seeds; their bytes depend on these seeds alone."""

import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import torch

from kotohajime import compute
from kotohajime.article.problem import draw
from kotohajime.cli import run
from kotohajime.config import Article, Compute, Grid, Shard, Sizes
from kotohajime.engine import sharpness, trainer
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.io import write_csv
from kotohajime.study.cells import FLOOR, Cell, grid, learning_rates
from kotohajime.tables import first_true, significant

THRESHOLDS = (1, 0.01)  # losses; the epoch in which a run falls below is recorded
HALVINGS = 7  # of the gap between two rates of the grid, to find where divergence begins: of 2.5 times, to 1 %


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
        place: compute.Place = {"device": self.device, "dtype": getattr(torch, precision)}
        x, y = self.x.to(**place), self.y.to(**place)
        starts = {name: (w1.to(**place), w2.to(**place)) for name, (w1, w2) in self.starts.items()}
        rates = torch.tensor([learning_rates(self.article, cell) for cell in cells], dtype=torch.float64).t()
        updates = [OPTIMIZERS[cell.optimizer].update(self.article.module_momentum) for cell in cells]
        weights = [starts[cell.start] for cell in cells]
        return trainer.train(x, y, weights, rates.contiguous().to(**place), updates).cpu().double().numpy()

    def limits(self, cells: Sequence[Cell], finite: Sequence[bool], precision: str) -> dict[tuple[str, str], float]:
        """Return the learning rate from which each start diverges with each optimiser, where the grid holds one.

        It lies between two neighbours of the grid, the lower ones all finite; that gap is halved, on a log scale.
        """
        gaps = {}
        for kind in sorted({(cell.start, cell.optimizer) for cell in cells}):
            pairs = zip(cells, finite, strict=True)
            grid = [(cell.learning_rate, ok) for cell, ok in pairs if cell[:3] == (*kind, "constant")]
            end = next((place for place, (_, ok) in enumerate(grid) if not ok), 0)
            if end:
                gaps[kind] = [grid[end - 1][0], grid[end][0]]
        for _ in range(HALVINGS if gaps else 0):
            middle = [Cell(*kind, "constant", math.sqrt(low * high)) for kind, (low, high) in gaps.items()]
            for cell, loss in zip(middle, self.train(middle, precision).T, strict=True):
                gaps[cell.start, cell.optimizer][int(not np.isfinite(loss).all())] = cell.learning_rate
        return {kind: math.sqrt(low * high) for kind, (low, high) in gaps.items()}

    def sharpnesses(self, start: str) -> dict[str, float]:
        """Return the sharpness of a start, by the tangent kernel and by the Hessian, to the digits that are known."""
        w1, w2 = self.starts[start]
        return {
            "sharpness_kernel": significant(sharpness.of_tangent_kernel(self.x, w1, w2)),
            "sharpness_hessian": significant(sharpness.of_hessian(self.x, self.y, w1, w2)),
        }


def run_rows(cells: Sequence[Cell], losses: np.ndarray, precision: str) -> list[dict]:
    """Return a row of runs.csv, less the seed, for each cell; `losses` is (epochs, cells)."""
    rows = zip(cells, losses.T, strict=True)
    return [{**cell._asdict(), "precision": precision, **summarise(loss)} for cell, loss in rows]


def path_row(cell: Cell, losses: np.ndarray) -> dict:
    """Return a row of paths.csv, less the seed: the logged losses in four digits, None where they are not finite."""
    epochs = logged_epochs(len(losses))
    path = [significant(loss, 4) if math.isfinite(loss) else None for loss in losses[epochs]]
    return cell._asdict() | dict(zip(epochs, path, strict=True))


def study(problem: SeededProblem, cells: Sequence[Cell], precision: str) -> dict[str, list[dict]]:
    """Return the rows of runs.csv, starts.csv and paths.csv, less the seed, of one seed."""
    losses = problem.train(cells, precision)
    runs = run_rows(cells, losses, precision)
    low = [cell for cell, row in zip(cells, runs, strict=True) if row["loss_last"] < FLOOR]
    if low and precision == "float32":
        runs += run_rows(low, problem.train(low, "float64"), "float64")
    limits = problem.limits(cells, np.isfinite(losses).all(0).tolist(), precision)
    curvature = {start: problem.sharpnesses(start) for start in STARTS}
    starts = [
        {"start": start, "optimizer": optimizer, **curvature[start], "limit": limits.get((start, optimizer), math.nan)}
        for start, optimizer in product(STARTS, OPTIMIZERS)
    ]
    paths = [path_row(cell, loss) for cell, loss in zip(cells, losses.T, strict=True)]
    return {"runs": runs, "starts": starts, "paths": paths}


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
            a network: its losses at some epochs, in four digits, nothing where they are not finite).
    """
    device = compute.use(place.device, place.precision, place.threads)["device"]
    cells = grid(article, rates.study_learning_rates)
    tables: dict[str, list[dict]] = {"runs": [], "starts": [], "paths": []}
    for seed in shard.all_seeds:
        results = study(SeededProblem(seed, sizes, article, device), cells, place.precision)
        for name, rows in results.items():
            tables[name] += [{"seed": seed, **row} for row in rows]
        diverged = sum(row["diverged_at"] is not None for row in results["runs"])
        print(f"seed {seed}: {len(results['runs'])} networks trained, {diverged} diverged", flush=True)
    for name, rows in tables.items():
        write_csv(output / f"{name}.csv", rows[0], [row.values() for row in rows])


if __name__ == "__main__":
    run(main)
