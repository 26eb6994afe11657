"""The statistics find planted effects, and their intervals hold the truth as often as they say."""

import numpy as np
import pytest

from kotohajime import statistics
from kotohajime.statistics import estimate, interval, prediction_interval

INF, NAN = np.inf, np.nan


def test_the_middle_half():
    means = [statistics.iqm(np.array(values)) for values in ([1000.0, 2, 3, -1000], [1, 2, 3, INF], [1, 2, INF, INF])]
    assert means == [2.5, 2.5, INF]


def coverage(method, truth) -> float:
    """Return how often an interval from eight normal draws around 0 holds the truth, which may be drawn as well."""
    generator = np.random.default_rng(0)
    tries = [(*method(generator.standard_normal(8)), truth(generator)) for _ in range(300)]
    return float(np.mean([low <= value <= high for low, high, value in tries]))


def test_intervals_hold_the_truth():
    """A percentile bootstrap of a trimmed mean is a little narrow for few seeds; not more than that."""
    assert 0.9 < coverage(interval, lambda _: 0) < 0.97
    assert coverage(prediction_interval, lambda generator: generator.standard_normal()) == pytest.approx(0.95, abs=0.03)
    assert np.isnan(prediction_interval(np.array([1.0]))).all()


def test_a_median_with_its_interval_and_the_same_each_time():
    value, low, high = estimate(np.arange(101.0), np.median)
    assert 30 < low < value == 50 < high < 70
    assert interval(np.arange(101.0)) == interval(np.arange(101.0))


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
    assert statistics.decades(np.array([0, 100, INF])).tolist() == [-INF, 2, INF]
    of, to = np.array([10, INF, 1, INF, 0]), np.array([1, 1, INF, INF, 0])
    assert statistics.log_ratio(of, to) == pytest.approx([1, INF, -INF, NAN, NAN], nan_ok=True)


@pytest.mark.parametrize(("count", "fewest"), [(1, 5), (3, 7), (22, 10)])
def test_how_many_seeds_an_interval_of_several_needs(count, fewest):
    level = statistics.corrected(count)
    for seeds, few in ((fewest - 1, True), (fewest, False)):
        assert statistics.too_few(seeds, level) == few
        assert np.isnan(interval(np.arange(seeds) + 1.0, level=level)).all() == few


def test_wilsons_interval():
    """8 of 8 by Wilson's formula: n / (n + z^2)."""
    assert statistics.share(np.array([True] * 8)) == (1, pytest.approx(8 / (8 + 1.959964**2)), 1)
    assert np.isnan(statistics.share(np.array([], bool))).all()
