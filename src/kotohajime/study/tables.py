"""The study's tables: every cell, the swap, each start tuned, the limits of stability, momentum against rate."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime.cli import run
from kotohajime.io import read_table, write_table
from kotohajime.study.cells import Article, as_momentum, main_precision, significant
from kotohajime.statistics import best_rate, decades, estimate, log_ratio, share, spiked
from kotohajime.engine.optimizers import OPTIMIZERS

CELL = ["precision", "start", "optimizer", "schedule", "learning_rate"]
NETWORKS = ["seed", *CELL, "loss_first", "loss_last", "loss_max", "epoch_max", "epoch_below_1", "epoch_below_0.01",
            "diverged_at"]  # fmt: skip
STARTING = ["seed", "start", "optimizer", "sharpness_hessian", "limit"]


def middle(values: pd.Series) -> float:
    """Return the lower median, which is one of the values; NaN of none."""
    return float(values.quantile(interpolation="lower"))


def with_ends(name: str, estimate: Iterable[float]) -> dict[str, float]:
    """Return an estimate and the ends of its interval under their names."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), estimate, strict=True))


def summarise(cell: pd.DataFrame) -> dict:
    """Return one cell's row: final loss, divergence, spike, epochs to the thresholds, over its seeds."""
    high_ones = cell[spiked(cell)]
    return {
        "seeds": len(cell),
        **with_ends("loss_last", (10**value for value in estimate(decades(cell["loss_last"])))),
        **with_ends("share_diverged", share(cell["diverged_at"].notna().to_numpy())),
        **with_ends("share_spiked", share(spiked(cell).to_numpy())),
        "spike_height": middle(high_ones["loss_max"] / high_ones["loss_first"]),
        "spike_epoch": middle(high_ones["epoch_max"]),
        "epochs_to_1": middle(cell["epoch_below_1"].fillna(np.inf)),
        "epochs_to_0.01": middle(cell["epoch_below_0.01"].fillna(np.inf)),
    }


def cells(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cell, less those of `left_out`."""
    seeds = runs["seed"].nunique()
    rows = [{**dict(zip(CELL, key, strict=True)), **summarise(cell)}
            for key, cell in runs.groupby(CELL, sort=True) if len(cell) == seeds]  # fmt: skip
    return pd.DataFrame(rows)


def left_out(runs: pd.DataFrame) -> int:
    """Return how many cells only some seeds have: in float64, where their float32 loss ended low; a selection."""
    return int((runs.groupby(CELL).size() < runs["seed"].nunique()).sum())


def of_the_grid(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows at a constant rate, in the precision that every cell has."""
    return table[(table["schedule"] == "constant") & (table["precision"] == main_precision(table["precision"]))]


def swap(table: pd.DataFrame, rates: tuple[float, float]) -> pd.DataFrame:
    """Return the cells of every start and optimiser at the article's two constant rates."""
    grid = of_the_grid(table)
    return grid[grid["learning_rate"].isin(rates)].sort_values(["learning_rate", "optimizer", "start"])


def tuned(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return, for every precision, start and optimiser, the cell with the lowest final loss."""
    constant = runs[runs["schedule"] == "constant"]
    best = constant.groupby(CELL[:-1])[["learning_rate", "loss_last"]].apply(best_rate, seeds=runs["seed"].nunique())
    return best.rename("learning_rate").reset_index().merge(table)[table.columns]


def limits(starts: pd.DataFrame, momentum: float) -> pd.DataFrame:
    """Return the rate from which training diverges, alone and in units of 1 / sharpness, beside a quadratic's limit.

    The median is unknown unless every seed's limit was found.
    """
    rows = []
    for (start, optimizer), seeds in starts.groupby(["start", "optimizer"]):
        sharpness, limit = (seeds[name].to_numpy(float) for name in ("sharpness_hessian", "limit"))
        rows.append({
            "start": start,
            "optimizer": optimizer,
            "seeds": len(seeds),
            "seeds_with_limit": int(seeds["limit"].notna().sum()),
            "sharpness": significant(float(np.median(sharpness))),
            **with_ends("limit", estimate(limit, np.median)),
            **with_ends("limit_x_sharpness", map(significant, estimate(limit * sharpness, np.median))),
            "stable_x_sharpness": OPTIMIZERS[optimizer].limit(momentum),
        })  # fmt: skip
    return pd.DataFrame(rows)


def momentum_against_rate(runs: pd.DataFrame, momentum: float) -> pd.DataFrame:
    """Return how the final losses with momentum and without, at rate / (1 - mu), differ: a row for each such pair."""
    losses = of_the_grid(runs).pivot(index="seed", columns=["start", "optimizer", "learning_rate"], values="loss_last")
    rows = []
    for start, optimizer, rate in losses.columns:
        partner = start, "gd", as_momentum(rate, momentum)
        if optimizer == "nesterov" and partner in losses.columns:
            apart = log_ratio(losses[start, optimizer, rate].to_numpy(), losses[partner].to_numpy())
            if not np.isnan(apart).all():  # nothing to compare where both diverge for every seed
                rows.append((start, rate, partner[2], *estimate(apart)))
    return pd.DataFrame(rows, columns=["start", "rate_nesterov", "rate_gd", "decades", "decades_low", "decades_high"])


def main(*, settings: Path, runs: Path, starts: Path, output: Path) -> None:
    """Summarise the study over its seeds.

    Args:
        settings: the study's settings.json.
        runs: the table of networks.
        starts: the table of starting points.
        output: the folder for cells.csv, swap.csv, tuned.csv, limits.csv and momentum.csv.
    """
    article, networks, points = Article.read(settings), read_table(runs, NETWORKS), read_table(starts, STARTING)
    table = cells(networks)
    print(f"{len(table)} cells, {left_out(networks)} more left out, which only some seeds have")
    write_table(output / "cells.csv", table)
    rates = article.autograd_learning_rate, article.module_learning_rate
    write_table(output / "swap.csv", swap(table, rates))
    write_table(output / "tuned.csv", tuned(table, networks))
    write_table(output / "limits.csv", limits(points, article.module_momentum))
    write_table(output / "momentum.csv", momentum_against_rate(networks, article.module_momentum))


if __name__ == "__main__":
    run(main)
