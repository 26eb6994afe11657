"""The statistics find planted effects, and their intervals hold the truth as often as they say."""

import numpy as np
import pytest

from kotohajime.statistics import (
    LEVEL,
    corrected,
    decades,
    estimate,
    interval,
    iqm,
    log_ratio,
    prediction_interval,
    share,
    too_few,
)

INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    ("values", "mean"),
    [([1000, 2, 3, -1000], 2.5), ([1, 2, 3, INF], 2.5), ([1, 2, INF, INF], INF)],
)
def test_the_middle_half(values, mean):
    assert iqm(np.array(values, float)) == mean


def coverage(method, truth) -> float:
    """Return how often an interval from eight normal draws around 0 holds the truth, which may be drawn as well."""
    generator = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        low, high = method(generator.standard_normal(8))
        hits += low <= truth(generator) <= high
    return hits / 300


def test_intervals_hold_the_truth():
    """A percentile bootstrap of a trimmed mean is a little narrow for few seeds; not more than that."""
    assert 0.9 < coverage(interval, lambda _: 0) < 0.97
    assert coverage(prediction_interval, lambda generator: generator.standard_normal()) == pytest.approx(0.95, abs=0.03)
    assert np.isnan(prediction_interval(np.array([1.0]))).all()


def test_a_median_with_its_interval_which_is_the_same_each_time():
    value, low, high = estimate(np.arange(101.0), np.median)
    assert 30 < low < value == 50 < high < 70
    assert estimate(np.arange(101.0), np.median) == (value, low, high)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1] * 7 + [INF], (1, 1, INF)),  # infinite values count as ranks
        ([INF] * 8, (INF, INF, INF)),
        ([1] * 7 + [NAN], (NAN, NAN, NAN)),  # an unknown value is not trimmed away with the largest
        ([], (NAN, NAN, NAN)),
        ([1, 1, 1, 1], (1, NAN, NAN)),
    ],
)
def test_what_is_infinite_unknown_or_missing(values, expected):
    assert estimate(np.array(values, float)) == pytest.approx(expected, nan_ok=True)


def test_ratios_of_what_diverged_or_vanished():
    assert decades(np.array([0, 100, INF])).tolist() == [-INF, 2, INF]
    of, to = np.array([10, INF, 1, INF, 0]), np.array([1, 1, INF, INF, 0])
    assert log_ratio(of, to) == pytest.approx([1, INF, -INF, NAN, NAN], nan_ok=True)


@pytest.mark.parametrize(("level", "fewest"), [(LEVEL, 5), (corrected(3), 7), (corrected(22), 10)])
def test_how_many_seeds_an_interval_needs(level, fewest):
    for seeds in (fewest - 1, fewest):
        assert (
            too_few(seeds, level) == np.isnan(interval(np.arange(seeds) + 1.0, level=level)).all() == (seeds < fewest)
        )


def test_wilsons_interval():
    """8 of 8 by Wilson's formula: n / (n + z^2)."""
    assert share(np.array([True] * 8)) == (1, pytest.approx(8 / (8 + 1.959964**2)), 1)
    assert np.isnan(share(np.array([], bool))).all()
