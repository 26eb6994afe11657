"""The band: the published curves among the seeds', and how often a curve like theirs would be refused."""

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN
from problems import PUBLISHED
from projects import ROOT

from kotohajime.article.published import READING_ERROR, read_published
from kotohajime.hypotheses.verdicts import decide_band
from kotohajime.study import band
from kotohajime.text import NOT_REJECTED, OPEN, REJECTED


def test_the_band_holds_what_its_seeds_could_give():
    losses = 10 ** np.random.default_rng(0).normal(2, 0.5, 64)
    curves = pd.DataFrame({"seed": range(64), "run": "autograd", "epoch": 20, "loss": losses})
    inside, above = (band.band(curves, {"autograd": {20: loss}}).iloc[0] for loss in (150.0, 1e5))
    assert inside["low"] < inside["median"] < inside["high"]
    assert inside["inside"]
    assert 40 < inside["percentile"] < 80
    assert not above["inside"]
    assert above["percentile"] == 100
    assert band.band(curves, {"autograd": {30: 1.0}}).empty


@pytest.mark.parametrize("error", [0.0, 0.1, 0.6])
def test_a_curve_among_its_like_is_refused_as_rarely_as_said(error):
    """Curves whose epochs go together, as losses do, read off a picture; and one that is apart.

    Of 39 seeds p is below 0.05 only where the published curve deviates most of 40: once in 40 times.
    """
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        curves = generator.standard_normal((40, 1)) + 0.3 * generator.standard_normal((40, 25))
        published = curves[0] + generator.normal(0, np.log10(1 + error), 25)
        refused += band.curve_p(curves[1:], published, error) < 0.05
        assert band.curve_p(curves[1:], published + 9, error) == 1 / 40
    assert 0 < refused / 400 < 0.05


def test_reading_errors_belong_to_the_test():
    """Seeds that hardly differ: without reading errors of their own, almost every published curve would be apart."""
    generator = np.random.default_rng(0)
    seeds = np.linspace(5, 0, 25) + generator.normal(0, 0.001, (39, 25))
    published = [np.linspace(5, 0, 25) + generator.normal(0, np.log10(1.1), 25) for _ in range(100)]
    assert np.mean([band.curve_p(seeds, curve, 0) < 0.05 for curve in published]) == 1
    assert np.mean([band.curve_p(seeds, curve, 0.1) < 0.05 for curve in published]) < 0.15
    assert band.curve_p(seeds, published[0], 0.1) == band.curve_p(seeds, published[0], 0.1)
    assert np.isnan(band.curve_p(seeds[:0], published[0], 0.1))


def test_seeds_that_diverge_are_not_compared():
    curves = pd.DataFrame({"seed": range(4), "run": "module", "epoch": 20, "loss": [700.0, INF, NAN, 650.0]})
    (row,) = band.band(curves, {"module": {20: 690.4}}).to_dict("records")
    assert row["seeds"] == 2
    assert row["curve_p"] in (1 / 3, 2 / 3, 1)
    curves["loss"] = INF
    (row,) = band.band(curves, {"module": {20: 690.4}}).to_dict("records")
    assert (row["seeds"], row["inside"]) == (0, False)
    assert np.isnan(row["curve_p"])


def test_each_published_curve_has_its_reading_error():
    published = read_published(**PUBLISHED)
    assert set(published) == set(READING_ERROR)
    readme = (ROOT / "data/published/README.md").read_text()
    assert all(f"about {100 * error:.0f} %" in readme for error in READING_ERROR.values())


@pytest.mark.parametrize(
    ("p", "seeds", "decided"),
    [
        (0.5, 40, NOT_REJECTED),
        (0.05, 40, NOT_REJECTED),
        (0.04, 40, REJECTED),
        (1 / 21, 20, REJECTED),
        (NAN, 40, OPEN),
        (1 / 20, 19, OPEN),
        (0.5, 19, OPEN),
        (NAN, 0, OPEN),
    ],
)
def test_the_bands_rule(p, seeds, decided):
    rows = pd.DataFrame({"inside": [True, False], "seeds": seeds, "curve_p": p})
    known = {"seeds": seeds, "p": None if np.isnan(p) else p, "inside": 1, "epochs": 2}
    assert decide_band(rows, 0.05) == {**known, "verdict": decided}


@pytest.mark.parametrize(("seeds", "decided"), [(40, REJECTED), (20, REJECTED), (19, OPEN), (8, OPEN)])
@pytest.mark.parametrize("factor", [10, 1e12, 0.1])
def test_curves_that_are_far_off_are_rejected_where_the_seeds_can_reject(seeds, decided, factor):
    """Loss curves like the article's: a level of its own for each seed, and a slope."""
    generator = np.random.default_rng(1)
    epochs = np.arange(20, 1000, 25)
    decades = 4 - epochs / 200 + generator.normal(0, 0.1, (seeds + 1, 1))
    columns = {"epoch": np.tile(epochs, seeds), "loss": 10 ** decades[:-1].ravel()}
    curves = pd.DataFrame({"seed": np.repeat(range(seeds), len(epochs)), "run": "module", **columns})
    for times, wanted in ((factor, decided), (1, OPEN if decided == OPEN else NOT_REJECTED)):
        published = dict(zip(epochs.tolist(), (times * 10 ** decades[-1]).tolist(), strict=True))
        table = band.band(curves, {"module": published})
        assert decide_band(table, 0.05)["verdict"] == wanted
