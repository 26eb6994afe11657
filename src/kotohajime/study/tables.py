"""The study's tables: its shards put together, every cell, the swap, each start tuned, limits, momentum, the band."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from kotohajime.article.published import read_published
from kotohajime.cli import run
from kotohajime.config import Article, Sizes
from kotohajime.engine.optimizers import OPTIMIZERS, as_momentum
from kotohajime.io import write_json, write_table
from kotohajime.statistics import best_rate, decades, estimate, log_ratio, share, spiked
from kotohajime.study.cells import main_precision
from kotohajime.study.published_band import band
from kotohajime.tables import join, significant, with_interval

CELL = ["precision", "start", "optimizer", "schedule", "learning_rate"]


def lower_median(values: pd.Series) -> float:
    """Return the lower median, which is one of the values; NaN of none."""
    return float(values.quantile(interpolation="lower"))


def summarise(cell: pd.DataFrame) -> dict:
    """Return one cell's row: final loss, divergence, spike, epochs to the thresholds, over its seeds."""
    spikes = cell[spiked(cell)]
    return {
        "seeds": len(cell),
        **with_interval("loss_last", (10**value for value in estimate(decades(cell["loss_last"])))),
        **with_interval("share_diverged", share(cell["diverged_at"].notna().to_numpy())),
        **with_interval("share_spiked", share(spiked(cell).to_numpy())),
        "spike_height": lower_median(spikes["loss_max"] / spikes["loss_first"]),
        "spike_epoch": lower_median(spikes["epoch_max"]),
        "epochs_to_1": lower_median(cell["epoch_below_1"].fillna(np.inf)),
        "epochs_to_0.01": lower_median(cell["epoch_below_0.01"].fillna(np.inf)),
    }


def cells(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cell, less those of `left_out`."""
    seeds = runs["seed"].nunique()
    rows = [
        {**dict(zip(CELL, key, strict=True)), **summarise(cell)}
        for key, cell in runs.groupby(CELL, sort=True)
        if len(cell) == seeds
    ]
    return pd.DataFrame(rows)


def left_out(runs: pd.DataFrame) -> int:
    """Return how many cells only some seeds have: in float64, where their float32 loss ended low; a selection."""
    return int((runs.groupby(CELL).size() < runs["seed"].nunique()).sum())


def constant_rate(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows at a constant rate, in the precision that every cell has."""
    return table[(table["schedule"] == "constant") & (table["precision"] == main_precision(table["precision"]))]


def swap(table: pd.DataFrame, rates: Sequence[float]) -> pd.DataFrame:
    """Return the cells of every start and optimiser at some rates: the article's two constant ones."""
    grid = constant_rate(table)
    return grid[grid["learning_rate"].isin(rates)].sort_values(["learning_rate", "optimizer", "start"])


def tuned(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return, for every precision, start and optimiser, the cell with the lowest final loss."""
    constant = runs[runs["schedule"] == "constant"]
    best = constant.groupby(CELL[:-1])[["learning_rate", "loss_last"]].apply(best_rate, seeds=runs["seed"].nunique())
    return best.rename("learning_rate").reset_index().merge(table)[table.columns]


def limits(starts: pd.DataFrame, momentum: float) -> pd.DataFrame:
    """Return the rate from which training diverges, alone and in units of 1 / sharpness, beside a quadratic's limit.

    The median is unknown unless the limit is known for every seed.
    """
    rows = []
    for (start, optimizer), seeds in starts.groupby(["start", "optimizer"]):
        sharpness, limit = (seeds[name].to_numpy(float) for name in ("sharpness_hessian", "limit"))
        rows.append(
            {
                "start": start,
                "optimizer": optimizer,
                "seeds": len(seeds),
                "seeds_with_limit": int(seeds["limit"].notna().sum()),
                "sharpness": significant(float(np.median(sharpness))),
                **with_interval("limit", estimate(limit, np.median)),
                **with_interval("limit_x_sharpness", map(significant, estimate(limit * sharpness, np.median))),
                "stable_x_sharpness": OPTIMIZERS[optimizer].limit(momentum),
            }
        )
    return pd.DataFrame(rows)


def momentum_against_rate(runs: pd.DataFrame, momentum: float) -> pd.DataFrame:
    """Return how the final losses with momentum and without, at rate / (1 - mu), differ: a row for each such pair."""
    losses = constant_rate(runs).pivot(
        index="seed", columns=["start", "optimizer", "learning_rate"], values="loss_last"
    )
    rows = []
    for start, optimizer, rate in losses.columns:
        partner = start, "gd", as_momentum(rate, momentum)
        if optimizer == "nesterov" and partner in losses.columns:
            ratios = log_ratio(losses[start, optimizer, rate].to_numpy(), losses[partner].to_numpy())
            if not np.isnan(ratios).all():  # nothing to compare where both diverge for every seed
                rows.append((start, rate, partner[2], *estimate(ratios)))
    return pd.DataFrame(rows, columns=["start", "rate_nesterov", "rate_gd", "decades", "decades_low", "decades_high"])


def main(
    *,
    shards: list[Path],
    band_shards: list[Path],
    curves: Path,
    notebook: Path,
    article: Article = Article(),
    sizes: Sizes = Sizes(),
    output: Path,
) -> None:
    """Put the shards together and summarise them over their seeds.

    Args:
        shards: the folders that `study.shard` wrote, in the order of their seeds.
        band_shards: the folders that `study.band_shard` wrote, likewise.
        curves: the table of the two curves published in the article's figure.
        notebook: the table of the manual run's curve, published in the notebook.
        article: the settings that the study took over.
        sizes: of the problem; curves of other sizes than the article's are not compared.
        output: the folder for settings.json, the shards' runs.csv, starts.csv, paths.csv and curves.csv, and what they
            say: cells.csv, swap.csv, tuned.csv, limits.csv, momentum.csv and band.csv.
    """
    joined = join(shards, ["runs", "starts", "paths"], output) | join(band_shards, ["curves"], output)
    write_json(output / "settings.json", article.model_dump())
    runs = joined["runs"]
    table = cells(runs)
    print(f"{len(table)} cells, {left_out(runs)} more left out, which only some seeds have")
    results = {
        "cells": table,
        "swap": swap(table, (article.autograd_learning_rate, article.module_learning_rate)),
        "tuned": tuned(table, runs),
        "limits": limits(joined["starts"], article.module_momentum),
        "momentum": momentum_against_rate(runs, article.module_momentum),
        "band": band(joined["curves"], read_published(curves, notebook, sizes)),
    }
    for name, result in results.items():
        write_table(output / f"{name}.csv", result)


if __name__ == "__main__":
    run(main)
