"""The study's tables: every cell, the swap, each start tuned, the limits of stability, momentum against rate."""

from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime.cli import run
from kotohajime.files import read_table, write_table
from kotohajime.study.cells import Article, as_momentum, main_precision
from kotohajime.study.estimates import decades, estimate, log_ratio, share, significant, spiked
from kotohajime.study.optimizers import OPTIMIZERS

CELL = ["precision", "start", "optimizer", "schedule", "learning_rate"]
NETWORKS = ["seed", *CELL, "loss_first", "loss_last", "loss_max", "epoch_max", "epoch_below_1", "epoch_below_0.01",
            "diverged_at"]  # fmt: skip
STARTING = ["seed", "start", "optimizer", "sharpness_hessian", "limit"]


def with_never(epochs: pd.Series) -> np.ndarray:
    """Return epochs as numbers, infinite where the event never came."""
    return epochs.astype(float).fillna(np.inf).to_numpy()


def middle(values: np.ndarray) -> float:
    """Return the lower median, which is one of the values; NaN of none."""
    return float(np.quantile(values, 0.5, method="inverted_cdf")) if len(values) else np.nan


def summarise(cell: pd.DataFrame) -> dict:
    """Return one cell's row: final loss, divergence, spike, epochs to the thresholds, over its seeds."""
    loss, low, high = (10**value for value in estimate(decades(cell["loss_last"])))
    diverged, diverged_low, diverged_high = share(cell["diverged_at"].notna().to_numpy())
    high_ones = cell[spiked(cell) & cell["diverged_at"].isna()]
    share_spiked, spiked_low, spiked_high = share(cell["seed"].isin(high_ones["seed"]).to_numpy())
    return {
        "seeds": len(cell),
        "loss_last": loss,
        "loss_last_low": low,
        "loss_last_high": high,
        "share_diverged": diverged,
        "share_diverged_low": diverged_low,
        "share_diverged_high": diverged_high,
        "share_spiked": share_spiked,
        "share_spiked_low": spiked_low,
        "share_spiked_high": spiked_high,
        "spike_height": middle((high_ones["loss_max"] / high_ones["loss_first"]).to_numpy(float)),
        "spike_epoch": middle(high_ones["epoch_max"].to_numpy(float)),
        "epochs_to_1": middle(with_never(cell["epoch_below_1"])),
        "epochs_to_0.01": middle(with_never(cell["epoch_below_0.01"])),
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


def swap(table: pd.DataFrame, rates: tuple[float, float]) -> pd.DataFrame:
    """Return the eight cells of start x optimiser x the article's two constant rates."""
    at = (
        (table["schedule"] == "constant")
        & table["learning_rate"].isin(rates)
        & (table["precision"] == main_precision(table["precision"]))
    )
    return table[at].sort_values(["learning_rate", "optimizer", "start"])


def tuned(table: pd.DataFrame) -> pd.DataFrame:
    """Return, for every precision, start and optimiser, the cell with the lowest final loss."""
    constant = table[table["schedule"] == "constant"]
    return constant.loc[constant.groupby(["precision", "start", "optimizer"])["loss_last"].idxmin()]


def limits(starts: pd.DataFrame, momentum: float) -> pd.DataFrame:
    """Return the rate from which training diverges, alone and in units of 1 / sharpness, beside a quadratic's limit.

    The median is unknown unless every seed's limit was found.
    """
    rows = []
    for (start, optimizer), seeds in starts.groupby(["start", "optimizer"]):
        sharpness, limit = (seeds[name].to_numpy(float) for name in ("sharpness_hessian", "limit"))
        rate, scaled = (estimate(values, np.median) for values in (limit, limit * sharpness))
        names = (
            "limit",
            "limit_low",
            "limit_high",
            "limit_x_sharpness",
            "limit_x_sharpness_low",
            "limit_x_sharpness_high",
        )
        rows.append({
            "start": start,
            "optimizer": optimizer,
            "seeds": len(seeds),
            "seeds_with_limit": int(seeds["limit"].notna().sum()),
            "sharpness": significant(float(np.median(sharpness))),
            **dict(zip(names, (*rate, *map(significant, scaled)), strict=True)),
            "stable_x_sharpness": OPTIMIZERS[optimizer].limit(momentum),
        })  # fmt: skip
    return pd.DataFrame(rows)


def momentum_against_rate(runs: pd.DataFrame, momentum: float) -> pd.DataFrame:
    """Return how the final losses with momentum and without, at rate / (1 - mu), differ: a row for each such pair."""
    runs = runs[(runs["schedule"] == "constant") & (runs["precision"] == main_precision(runs["precision"]))]
    losses = runs.pivot(index="seed", columns=["start", "optimizer", "learning_rate"], values="loss_last")
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
    write_table(output / "tuned.csv", tuned(table))
    write_table(output / "limits.csv", limits(points, article.module_momentum))
    write_table(output / "momentum.csv", momentum_against_rate(networks, article.module_momentum))


if __name__ == "__main__":
    run(main)
