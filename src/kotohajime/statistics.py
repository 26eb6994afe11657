"""Statistics over seeds: interquartile means, shares, and their 95 % intervals."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

RESAMPLES = 2000
LEVEL = 0.95  # of the intervals
FEWEST = 5  # seeds; of fewer a bootstrap's 95 % interval holds the truth in fewer than 90 of 100 cases
SPIKE = 10  # a loss that rises above this many times its first value has a spike


def iqm(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the mean of the middle half; it is infinite only if more than a quarter of the values is."""
    return stats.trim_mean(values, 0.25, axis=axis)


def corrected(count: int) -> float:
    """Return the level of each of `count` intervals that together have LEVEL, by Bonferroni."""
    return 1 - (1 - LEVEL) / count


def too_few(seeds: int, level: float = LEVEL) -> bool:
    """Tell whether seeds are fewer than a bootstrap interval needs: five, or as many as a sign test at that level."""
    return seeds < FEWEST or (level > LEVEL and 2 * 0.5**seeds > 1 - level)


def interval(values: np.ndarray, statistic: Callable = iqm, level: float = LEVEL) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a statistic over seeds; NaN for too few or unknown values.

    Each cell is its own stratum, as in the stratified bootstrap of Agarwal et al. (2021). Infinite values are ranks.
    """
    if too_few(len(values), level) or np.isnan(values).any():
        return np.nan, np.nan
    with np.errstate(invalid="ignore"):  # scipy's own quantiles subtract infinities; ours take one of the resamples
        drawn = stats.bootstrap(
            (values,), statistic, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(0)
        ).bootstrap_distribution
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(low), float(high)


def estimate(values: np.ndarray, statistic: Callable = iqm, level: float = LEVEL) -> tuple[float, float, float]:
    """Return a statistic over seeds and its interval; NaN of nothing, and where a value is unknown."""
    if not len(values) or np.isnan(values).any():
        return (np.nan,) * 3
    return float(statistic(values)), *interval(values, statistic, level)


def share(found: np.ndarray, level: float = LEVEL) -> tuple[float, float, float]:
    """Return the share of true values and its interval (Wilson 1927); NaN of nothing."""
    if not len(found):
        return (np.nan,) * 3
    low, high = stats.binomtest(int(found.sum()), len(found)).proportion_ci(level, method="wilson")
    return float(found.mean()), float(low), float(high)


def prediction_interval(values: np.ndarray) -> tuple[float, float]:
    """Return where the next draw of a normal distribution lies with 95 %, given these draws; NaN for fewer than two."""
    if len(values) < 2:
        return np.nan, np.nan
    half = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * values.std(ddof=1) * np.sqrt(1 + 1 / len(values))
    return float(values.mean() - half), float(values.mean() + half)


def decades(values: np.ndarray) -> np.ndarray:
    """Return log10; minus infinity of 0."""
    with np.errstate(divide="ignore"):
        return np.log10(np.asarray(values, dtype=float))


def log_ratio(of: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Return log10(of / to) pair by pair; NaN, unknown, where both are infinite or both 0."""
    with np.errstate(invalid="ignore"):
        return decades(of) - decades(to)


def spiked(networks: pd.DataFrame) -> pd.Series:
    """Tell of each network whether its loss rose above ten times its first value, and stayed finite."""
    return (networks["loss_max"] > SPIKE * networks["loss_first"]) & networks["diverged_at"].isna()


def best_rate(networks: pd.DataFrame, seeds: int) -> float:
    """Return the rate with the lowest interquartile mean of log10(final loss), of those that all seeds were given."""
    by_rate = networks.groupby("learning_rate")["loss_last"]
    losses = by_rate.agg(lambda loss: float(iqm(decades(loss))))[by_rate.size() == seeds].dropna()
    return float(losses.idxmin()) if len(losses) else np.nan


def soonest(networks: pd.DataFrame) -> pd.Series:
    """Return the fewest epochs to the end, by seed, over the rates; infinite where no rate got there."""
    return networks.groupby("seed")["done_at"].min().fillna(np.inf)


def usable_decades(networks: pd.DataFrame) -> pd.Series:
    """Return how many decades of rates are usable, by seed: those of an even grid whose loss fell to a hundredth.

    Unknown where the grid does not hold the whole band: its first or last rate is usable.
    """
    usable = networks.pivot(index="seed", columns="c", values="usable_at").notna()
    step = np.diff(np.log10(usable.columns.to_numpy(float))).mean().round(4) if usable.shape[1] > 1 else np.nan
    return (usable.sum(axis=1) * step).where(~usable.iloc[:, 0] & ~usable.iloc[:, -1])
