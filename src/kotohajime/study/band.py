"""Can a loss curve of your own come from this experiment? And if not, what would fit?

`python -m kotohajime.study.band --curve mine.csv` compares a table of epoch and loss, before that epoch's update, with
the curves of the study's seeds. It needs the study's results, and writes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime import compute
from kotohajime.cli import run
from kotohajime.config import Article, Sizes
from kotohajime.io import UserError, read_table
from kotohajime.statistics import decades
from kotohajime.study.cells import Cell, article_cells
from kotohajime.study.published_band import curve_p
from kotohajime.study.shard import SeededProblem

FEWEST = 5  # epochs
FEWEST_SEEDS = 20  # with fewer the most deviant of all curves deviates too often
HIGHEST = 38.0  # decades, about the largest float32: what an infinite loss, or NaN, counts as
LONGEST = 300  # epochs that causes are tried for
SEEDS = range(1000, 1020)  # on which causes are tried: with fewer nothing could be told from chance


@dataclass(frozen=True)
class Cause:
    """What may have been done otherwise than in one of the article's runs."""

    what: str
    cell: Cell
    early: int = 0  # by how many epochs losses are noted early
    scale: float = 1.0  # of the losses


def causes(article: Article, sizes: Sizes) -> list[Cause]:
    """Return the mistakes that are tried."""
    mean, tried = 1 / (sizes.batch_size * sizes.output_dim), []
    for name, cell in article_cells(article).items():
        rate, other = cell.learning_rate, "linear" if cell.start == "normal" else "normal"
        start = {"linear": "nn.Linear's start", "normal": "a start from N(0, 1)"}[other]
        tried += [
            Cause(f"the {name} run with twice its learning rate", cell._replace(learning_rate=2 * rate)),
            Cause(f"the {name} run with half its learning rate", cell._replace(learning_rate=rate / 2)),
            Cause(f"the {name} run with {start}", cell._replace(start=other)),
            Cause(f"the {name} run trained by the mean", cell._replace(learning_rate=mean * rate), scale=mean),
            Cause(f"the {name} run, its loss noted as the mean", cell, scale=mean),
            Cause(f"the {name} run, its loss noted after the update", cell, early=1),
            Cause(f"the {name} run, its loss noted an epoch late", cell, early=-1),
        ]
        if cell.schedule == "notebook":
            tried.append(Cause(f"the {name} run not halved after epoch 0", cell._replace(schedule="intended")))
            tried.append(Cause(f"the {name} run never halved", cell._replace(schedule="constant")))
        if cell.optimizer != "gd":
            tried.append(Cause(f"the {name} run without momentum", cell._replace(optimizer="gd")))
    return tried


def read_curve(path: Path) -> pd.Series:
    """Return the losses of a table by epoch; UserError if it is no curve."""
    table = read_table(path, ["epoch", "loss"])[["epoch", "loss"]]
    numbers = table.apply(pd.to_numeric, errors="coerce")
    epochs = numbers["epoch"]
    if (epochs.isna() | (epochs < 0) | (epochs % 1 != 0) | epochs.duplicated()).any():
        raise UserError(f"{path}: the epochs have to be whole numbers from 0 on, each once.")
    words = table["loss"].notna() & numbers["loss"].isna()
    if (numbers["loss"] <= 0).any() or words.any():
        raise UserError(f"{path}: the losses have to be numbers above 0; inf and nan stand for a run that diverged.")
    return numbers.astype({"epoch": int}).set_index("epoch")["loss"].sort_index()


def p_value(curve: pd.Series, seeds: pd.DataFrame) -> float:
    """Return the share of curves, `curve` and those of `seeds` (seeds, epochs), that are as far from their mean.

    Only epochs that both have count. It is the smaller of two shares, of the whole curves and of their first losses, in
    which seeds hardly differ. At least it is 1 / (seeds + 1), where no seed is as far; up to twice that share of true
    curves get so little.
    """
    common = seeds.columns.intersection(curve.index)
    mine, others = (
        np.nan_to_num(decades(some[common]), nan=HIGHEST, posinf=HIGHEST).clip(max=HIGHEST) for some in (curve, seeds)
    )
    return min(curve_p(others[:, :some], mine[:some], reading_error=0) for some in (1, len(mine)))


def try_causes(curve: pd.Series, tried: Iterable[Cause], article: Article, sizes: Sizes) -> dict[str, float]:
    """Return p of the curve among runs with each cause, on SEEDS."""
    device, tried = compute.use("cpu", "float32", 1)["device"], list(tried)
    shorter = article.model_copy(update={"epochs": min(int(curve.index.max()) + 2, LONGEST)})
    cells = sorted({cause.cell for cause in tried})
    losses = np.array([SeededProblem(seed, sizes, shorter, device).train(cells, "float32") for seed in SEEDS])
    p = {}
    for cause in tried:
        table = pd.DataFrame(cause.scale * losses[:, :, cells.index(cause.cell)])  # (seeds, epochs)
        p[cause.what] = p_value(curve, table.set_axis(table.columns - cause.early, axis=1))
    return p


def main(
    *,
    curve: Path,
    curves: Path = Path("results/study/curves.csv"),
    sizes: Sizes = Sizes(),
    article: Article = Article(),
) -> None:
    """Tell whether a loss curve can come from one of the article's three runs, and if not, what would fit.

    Args:
        curve: a table of your own: epoch, loss (summed squared error before that epoch's update).
        curves: the study's table of the three runs' curves, seed by seed.
        sizes: of the problem, as the study had them.
        article: of the three runs, as the study had them.
    """
    mine, seeds = read_curve(curve), read_table(curves, ["seed", "run", "epoch", "loss"])
    runs = {
        name: rows.pivot(index="seed", columns="epoch", values="loss")
        for name, rows in seeds.groupby("run")
        if name in article_cells(article)
    }
    common = next(iter(runs.values())).columns.intersection(mine.index)
    if len(common) < FEWEST:
        raise UserError(f"{curve} has {len(common)} epochs that {curves} has as well; {FEWEST} are needed.")
    if (fewest := min(map(len, runs.values()))) < FEWEST_SEEDS:
        raise UserError(f"{curves} has {fewest} seeds; {FEWEST_SEEDS} are needed. Set study_band_seeds and run again.")
    p = {name: p_value(mine, table) for name, table in runs.items()}
    for name, value in p.items():
        print(f"{name:9} p = {value:.3f} among {len(runs[name])} seeds, {len(common)} epochs")
    alike = [name for name, value in p.items() if value > 1 / (len(runs[name]) + 1)]
    if alike:
        apart = {name: (decades(mine[common]) - decades(runs[name][common]).mean(axis=0)) for name in alike}
        nearest = min(alike, key=lambda name: abs(apart[name]).mean())
        print(f"It can come from this experiment: it is nearest to the {nearest} run, p = {p[nearest]:.3f}.")
        return
    print(f"Hardly: of true curves {2 / (fewest + 1):.0%} at most are as far from the others.")
    if (mine.index < LONGEST).sum() < FEWEST:
        print(f"Fewer than {FEWEST} of its epochs come before {LONGEST}: too few to try what would fit.")
        return
    print(f"Trying what would fit, on {len(SEEDS)} seeds ...")
    tried = try_causes(mine, causes(article, sizes), article, sizes)
    fitting = {what: value for what, value in tried.items() if value > 1 / (len(SEEDS) + 1)}
    for what, value in sorted(fitting.items(), key=lambda pair: -pair[1]):
        print(f"It fits {what}: p = {value:.3f}.")
    if not fitting:
        print(f"It fits none of the {len(tried)} causes that were tried.")


if __name__ == "__main__":
    run(main)
