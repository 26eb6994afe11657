"""Statistics over seeds: interquartile means, shares, and their 95 % intervals."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

BEYOND = 50  # of a bootstrap's resamples, how many lie beyond either end of the interval
LEVEL = 0.95  # of the intervals
FEWEST = 5  # seeds; with fewer a bootstrap's 95 % interval holds the truth in fewer than 90 of 100 cases
SPIKE = 10  # a loss that rises above this many times its first value has a spike


def iqm(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the interquartile mean, that of the middle half; infinite only if more than a quarter of the values is."""
    return stats.trim_mean(values, 0.25, axis=axis)


def corrected(count: int) -> float:
    """Return the level of each of `count` intervals that together have LEVEL, by Bonferroni."""
    return 1 - (1 - LEVEL) / count


def too_few(seeds: int, level: float = LEVEL) -> bool:
    """Return whether seeds are fewer than a bootstrap interval needs: five, or as many as a sign test at that level."""
    return seeds < FEWEST or (level > LEVEL and 2 * 0.5**seeds > 1 - level)


def interval(values: np.ndarray, statistic: Callable = iqm, level: float = LEVEL) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a statistic over seeds; NaN for too few seeds or an unknown value.

    Each cell is its own stratum, as in the stratified bootstrap of Agarwal et al. (2021). Infinite values are ranks.
    """
    if too_few(len(values), level) or np.isnan(values).any():
        return np.nan, np.nan
    with np.errstate(invalid="ignore"):  # scipy's own quantiles subtract infinities; ours take one of the resamples
        drawn = stats.bootstrap(
            (values,),
            statistic,
            n_resamples=round(2 * BEYOND / (1 - level)),
            batch=2000,  # the memory of that many at once
            method="percentile",
            rng=np.random.default_rng(0),
        ).bootstrap_distribution
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(low), float(high)


def estimate(values: np.ndarray, statistic: Callable = iqm, level: float = LEVEL) -> tuple[float, float, float]:
    """Return a statistic over seeds and its interval; NaN for no values, and where one is unknown."""
    if not len(values) or np.isnan(values).any():
        return (np.nan,) * 3
    return float(statistic(values)), *interval(values, statistic, level)


def share(values: np.ndarray, level: float = LEVEL) -> tuple[float, float, float]:
    """Return the share of true values and its interval (Wilson 1927); NaN for no values."""
    if not len(values):
        return (np.nan,) * 3
    low, high = stats.binomtest(int(values.sum()), len(values)).proportion_ci(level, method="wilson")
    return float(values.mean()), float(low), float(high)


def prediction_interval(values: np.ndarray) -> tuple[float, float]:
    """Return the interval that holds a normal distribution's next draw with 95 %; NaN for fewer than two draws."""
    if len(values) < 2:
        return np.nan, np.nan
    half = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * values.std(ddof=1) * np.sqrt(1 + 1 / len(values))
    return float(values.mean() - half), float(values.mean() + half)


def decades(values: np.ndarray) -> np.ndarray:
    """Return log10; that of 0 is minus infinity."""
    with np.errstate(divide="ignore"):
        return np.log10(np.asarray(values, dtype=float))


def log_ratio(of: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Return log10(of / to) pair by pair; NaN, unknown, where both are infinite or both 0."""
    with np.errstate(invalid="ignore"):
        return decades(of) - decades(to)


def spiked(networks: pd.DataFrame) -> pd.Series:
    """Return whether each network's loss rose above ten times its first value, and stayed finite."""
    return (networks["loss_max"] > SPIKE * networks["loss_first"]) & networks["diverged_at"].isna()


def best_rate(networks: pd.DataFrame, seeds: int) -> float:
    """Return the rate with the lowest interquartile mean of log10(final loss) of those all `seeds` have, or NaN."""
    by_rate = networks.groupby("learning_rate")["loss_last"]
    losses = by_rate.agg(lambda loss: float(iqm(decades(loss))))[by_rate.size() == seeds].dropna()
    return float(losses.idxmin()) if len(losses) else np.nan


def soonest(networks: pd.DataFrame) -> pd.Series:
    """Return each seed's fewest epochs to a training error of 0.01 over the rates; infinite where none reached it."""
    return networks.groupby("seed")["done_at"].min().fillna(np.inf)


def usable_decades(networks: pd.DataFrame) -> pd.Series:
    """Return how many decades of learning rates are usable, by seed: those at which the loss fell to a hundredth.

    The grid is even in log10(c). Unknown where it may not hold all usable rates: its first or last one is usable.
    """
    usable = networks.pivot(index="seed", columns="c", values="usable_at").notna()
    step = np.diff(np.log10(usable.columns.to_numpy(float))).mean().round(4) if usable.shape[1] > 1 else np.nan
    return (usable.sum(axis=1) * step).where(~usable.iloc[:, 0] & ~usable.iloc[:, -1])
