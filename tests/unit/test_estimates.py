"""The statistics find planted effects, and their intervals hold the truth as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kotohajime.study.cells import significant
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


def test_the_middle_half():
    assert iqm(np.array([1000.0, 2.0, 3.0, -1000.0])) == 2.5
    assert iqm(np.array([1.0, 2.0, 3.0, np.inf])) == 2.5
    assert iqm(np.array([1.0, 2.0, np.inf, np.inf])) == np.inf


def covered(find, truth, seeds, draws=300):
    """Return how often an interval of `seeds` normal draws around 0 holds the truth, which may be drawn as well."""
    generator = np.random.default_rng(0)
    hits = 0
    for _ in range(draws):
        low, high = find(generator.standard_normal(seeds))
        hits += low <= truth(generator) <= high
    return hits / draws


def test_the_bootstrap_holds_the_truth():
    """A percentile bootstrap of a trimmed mean is a little narrow for few seeds; not more than that."""
    assert covered(interval, lambda _: 0, seeds=8) > 0.9


def test_the_prediction_interval_holds_the_next_draw():
    assert covered(prediction_interval, lambda generator: generator.standard_normal(), seeds=8) == pytest.approx(
        0.95, abs=0.03
    )


def test_a_planted_difference_is_found_and_none_is_not():
    generator = np.random.default_rng(1)
    low, high = interval(generator.normal(0.5, 0.3, 64))
    assert 0.3 < low < 0.5 < high < 0.7
    low, high = interval(generator.normal(0, 0.3, 64))
    assert low < 0 < high


def test_a_median_with_its_interval():
    value, low, high = estimate(np.arange(101.0), np.median)
    assert value == 50
    assert 30 < low < 50 < high < 70


def test_infinite_values_count_as_ranks():
    value, low, high = estimate(np.array([1.0] * 7 + [np.inf]))
    assert (value, low) == (1, 1)
    assert high == np.inf
    assert estimate(np.full(8, np.inf)) == (np.inf, np.inf, np.inf)


def test_an_unknown_value_makes_the_estimate_unknown():
    """A NaN must not be trimmed away with the largest values."""
    assert np.isnan(estimate(np.array([1.0] * 7 + [np.nan]))).all()
    assert np.isnan(estimate(np.array([]))).all()


def test_decades_of_nothing_and_of_too_much():
    assert decades(np.array([0, 100, np.inf])).tolist() == [-np.inf, 2, np.inf]
    assert np.isnan(log_ratio(np.array([0.0, np.inf]), np.array([0.0, np.inf]))).all()


@given(st.floats(1e-300, 1e300))
def test_six_digits(number):
    assert significant(number) == pytest.approx(number, rel=5e-6)
    assert float(f"{significant(number):.6g}") == significant(number)


def test_too_few_seeds_have_no_interval():
    assert np.isnan(interval(np.array([1.0, 2.0, 3.0, 4.0]))).all()
    assert np.isnan(prediction_interval(np.array([1.0]))).all()


@pytest.mark.parametrize("level", [LEVEL, corrected(3), corrected(22)])
def test_how_many_seeds_are_too_few(level):
    """An interval of that level is told for all others; 22 hypotheses at once need ten seeds."""
    known = [not np.isnan(interval(np.arange(seeds) + 1.0, level=level)).any() for seeds in range(1, 13)]
    assert [not too_few(seeds, level) for seeds in range(1, 13)] == known
    assert known.index(True) + 1 == {LEVEL: 5, corrected(3): 7, corrected(22): 10}[level]


def test_the_same_values_give_the_same_interval():
    values = np.random.default_rng(0).standard_normal(16)
    assert interval(values) == interval(values.copy())


@given(yes=st.integers(0, 50), no=st.integers(0, 50))
def test_a_share_lies_in_its_interval(yes, no):
    found = np.array([True] * yes + [False] * no)
    value, low, high = share(found)
    if yes + no == 0:
        assert np.isnan([value, low, high]).all()
    else:
        assert 0 <= low <= value + 1e-12
        assert value - 1e-12 <= high <= 1


def test_wilsons_interval():
    """8 of 8 by Wilson's formula: n / (n + z^2)."""
    assert share(np.array([True] * 8)) == (1, pytest.approx(8 / (8 + 1.959964**2)), 1)


def test_ratios_of_what_diverged():
    of, to = np.array([10.0, np.inf, 1.0, np.inf]), np.array([1.0, 1.0, np.inf, np.inf])
    ratios = log_ratio(of, to)
    assert ratios[:3].tolist() == [1, np.inf, -np.inf]
    assert np.isnan(ratios[3])
    assert np.isnan(estimate(ratios)).all()
