"""The reproduction band: could the curves of 2018 be runs like the seeds'?"""

import numpy as np
import pandas as pd

from kotohajime.article.published import READING_ERROR
from kotohajime.statistics import decades, prediction_interval

FACTORS = np.round(1.1 ** np.arange(1, 80), 2)  # to 1700 times
COLUMNS = ["run", "epoch", "published", "median", "low", "high", "percentile", "inside", "seeds", "curve_p", "factor"]


def compare(losses: np.ndarray, published: float) -> dict:
    """Return where a published loss lies among the seeds' losses at the same epoch."""
    finite = losses[np.isfinite(losses)]
    with np.errstate(over="ignore", invalid="ignore"):  # a loss of 0 is minus infinity decades
        low, high = np.power(10.0, prediction_interval(decades(finite))).tolist()
    lower, equal = (losses < published).sum(), (losses == published).sum()
    return {
        "published": published,
        "median": float(np.median(finite)) if finite.size else np.nan,
        "low": low,
        "high": high,
        "percentile": float(100 * (lower + equal / 2) / len(losses)),
        "inside": bool(low <= published <= high),
    }


def curve_p(seeds: np.ndarray, published: np.ndarray, reading_error: float) -> float:
    """Return the share of curves, the published one among them, that deviate at least as much as it does.

    If the published curve is one more seed's, read off a picture, and each seed's curve gets reading errors of that
    size as well, then all these curves are exchangeable, and p falls to 1 / n or below once in n cases, for n curves.

    Args:
        seeds: (seeds, epochs), log10 losses; without a seed p is NaN.
        published: (epochs,), log10 losses.
        reading_error: its standard deviation, relative to the loss; independent from epoch to epoch.
    """
    if not len(seeds):
        return np.nan
    errors = np.random.default_rng(0).normal(0, np.log10(1 + reading_error), seeds.shape)
    curves = np.vstack([seeds + errors, published])
    spread = curves.std(axis=0)
    deviation = abs((curves - curves.mean(axis=0)) / np.where(spread > 0, spread, 1)).max(axis=1)
    return float((deviation >= deviation[-1]).mean())


def factor_seen(seeds: np.ndarray, published: np.ndarray, reading_error: float) -> float:
    """Return the least factor by which the published losses could be higher and, too, lower, and look like no seed's.

    Of FACTORS; NaN without seeds, infinite if none is enough. Shapes and units are those of `curve_p`.
    """
    if not len(seeds):
        return np.nan
    for factor in FACTORS:
        moved = (published + step for step in (np.log10(factor), -np.log10(factor)))
        if all(curve_p(seeds, curve, reading_error) <= 1 / (len(seeds) + 1) for curve in moved):
            return float(factor)
    return np.inf


def band(curves: pd.DataFrame, published: dict[str, dict[int, float]]) -> pd.DataFrame:
    """Return a row for each published epoch that the seeds reached: where it lies among them; the whole curve's p.

    That p takes the seeds whose losses are finite at all these epochs; `seeds` says how many they are.
    """
    losses = {key: rows["loss"].to_numpy(float) for key, rows in curves.groupby(["run", "epoch"])}
    rows = []
    for name, points in published.items():
        reached = {epoch: loss for epoch, loss in points.items() if (name, epoch) in losses}
        if not reached:
            continue
        seeds = decades(np.array([losses[name, epoch] for epoch in reached])).T
        seeds = seeds[np.isfinite(seeds).all(axis=1)]
        known = seeds, decades(np.array(list(reached.values()))), READING_ERROR[name]
        whole = {"seeds": len(seeds), "curve_p": curve_p(*known), "factor": factor_seen(*known)}
        rows += [
            {"run": name, "epoch": epoch, **compare(losses[name, epoch], loss), **whole}
            for epoch, loss in reached.items()
        ]
    return pd.DataFrame(rows, columns=COLUMNS)
