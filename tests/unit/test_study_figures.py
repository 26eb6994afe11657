"""The study's pictures show what was planted, whatever the problem and however many starts and optimisers there are."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from planted import HEAVY, INF, NAN

from kotohajime.config import Article
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.io import write_json, write_table
from kotohajime.study import figures

pytestmark = pytest.mark.usefixtures("only_the_articles")

SHARPNESS = {"normal": 3.4e6, "linear": 1.1e4, "third": 1e5, "fourth": 1e3}
RATES = (1e-7, 1e-6, 1e-5, 1e-4)
COLUMNS = ["run", "epoch", "published", "median", "low", "high", "percentile", "inside", "curve_p"]


def table(loss=lambda start, optimizer, rate: 1.0, rates=RATES, seeds=8):
    """Return the cells of all starts and optimisers at some rates, and of the manual run."""
    kinds = [(*kind, "constant") for kind in product(STARTS, OPTIMIZERS, rates)]
    kinds += [("normal", "gd", 2e-6, schedule) for schedule in ("notebook", "intended")]
    rows = []
    for start, optimizer, rate, schedule in kinds:
        last = loss(start, optimizer, rate)
        rows.append((start, optimizer, schedule, rate, last, last / 2, INF))
    columns = ["start", "optimizer", "schedule", "learning_rate", "loss_last", "loss_last_low", "loss_last_high"]
    return pd.DataFrame(rows, columns=columns).assign(precision="float32", seeds=seeds)


def diverging(start, optimizer, rate):
    """Return a final loss that is infinite from 10 / sharpness on."""
    return 1e-3 if rate * SHARPNESS.get(start, 1e5) < 10 else INF


def curves(epochs, seeds, loss=lambda epoch: 1 / (1 + epoch)):
    keys = product(range(seeds), ("manual", "autograd", "module"), range(epochs))
    return pd.DataFrame([(*key, loss(key[2])) for key in keys], columns=["seed", "run", "epoch", "loss"])


def bands(epochs=()):
    rows = [("module", epoch, 1.0, 2.0, 1.0, NAN, 50.0, True, 0.5) for epoch in epochs]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def more(monkeypatch):
    """Add two starts and an optimiser."""
    for name, colour in (("third", "tab:purple"), ("fourth", "tab:brown")):
        monkeypatch.setitem(STARTS, name, replace(STARTS["linear"], label=f"a {name} start", colour=colour))
    monkeypatch.setitem(OPTIMIZERS, "heavy", HEAVY)


def assert_legends_lie_on_nothing(figure):
    """Look at where legends and axes lie, in pixels, once the figure is laid out."""
    FigureCanvasAgg(figure).draw()
    legends = [legend.get_window_extent() for legend in figure.legends]
    boxes = [*legends, *(axes.get_tightbbox() for axes in figure.axes)]
    assert not any(one.overlaps(other) for one in legends for other in boxes if one is not other)
    assert all(figure.bbox.contains(*corner) for legend in legends for corner in legend.corners())


def entries(figure):
    """Return what the legends name, by their titles."""
    return {
        legend.get_title().get_text(): [text.get_text() for text in legend.get_texts()] for legend in figure.legends
    }


def of_colour(axes, marker, colour):
    """Return the points that are marked in a colour, but for the dotted lines' ends."""
    lines = [line for line in axes.lines if (line.get_marker(), line.get_color()) == (marker, colour)]
    return [point for line in lines if line.get_linestyle() != ":" for point in line.get_xydata().tolist()]


def test_the_picture_shows_curves_divergence_and_the_articles_runs():
    figure = figures.by_rate(table(diverging), Article(), SHARPNESS)
    strip, axes = figure.axes
    assert of_colour(axes, "o", "tab:blue") == [[1e-7, 1e-3], [1e-6, 1e-3]]
    assert of_colour(axes, "o", "tab:orange") == [[rate, 1e-3] for rate in RATES]
    assert of_colour(strip, "x", "tab:blue") == [[1e-5, 0], [1e-4, 0], [1e-5, 1], [1e-4, 1]]
    assert of_colour(strip, "x", "tab:orange") == []
    assert [text.get_text() for text in strip.get_yticklabels()] == ["diverged\n(over a quarter\nof the seeds)"]
    assert entries(figure)["the article's runs"] == ["manual (its rate halves)", "autograd", "module"]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "*"] == [2e-6, 1e-6, 1e-5]
    assert strip.get_title(loc="left") == (
        "Final loss after 1000 epochs, 8 seeds per point (interquartile mean, 95 % interval)"
    )


def test_the_limits_are_drawn_where_theory_says():
    figure = figures.by_rate(table(), Article(), SHARPNESS)
    dotted = [line.get_xdata()[0] for line in figure.axes[1].lines if line.get_linestyle() == ":"]
    limits = [factor / SHARPNESS[start] for start, factor in product(("normal", "linear"), (2, 3.6 / 2.6))]
    np.testing.assert_allclose(dotted, limits)
    scaled = figures.by_scaled_rate(table(), Article(), SHARPNESS)
    assert entries(scaled)["stable on a quadratic up to"] == ["2: gradient descent", "1.38: Nesterov momentum"]
    dotted = [line.get_xdata()[0] for line in scaled.axes[1].lines if line.get_linestyle() == ":"]
    np.testing.assert_allclose(dotted, [2, 3.6 / 2.6])


def test_the_scaled_picture_multiplies_the_rates_by_the_sharpness():
    axes = figures.by_scaled_rate(table(), Article(), SHARPNESS).axes[1]
    for colour, start in (("tab:blue", "normal"), ("tab:orange", "linear")):
        np.testing.assert_allclose([x for x, _ in of_colour(axes, "s", colour)], np.array(RATES) * SHARPNESS[start])


@pytest.mark.parametrize("draw", [figures.by_rate, figures.by_scaled_rate])
def test_four_starts_and_three_optimisers_fit(more, draw):
    """Each kind has its row of crosses inside of the strip, its name in a legend, and the legend lies on nothing."""
    figure = draw(table(lambda *_: INF), Article(), SHARPNESS)
    strip = figure.axes[0]
    low, high = sorted(strip.get_ylim())
    rows = [set(line.get_ydata()) for line in strip.lines if line.get_marker() == "x"]
    assert rows == [{row} for row in range(12)]
    assert low < 0
    assert high > 11
    assert strip.get_window_extent().height / 12 >= 0.12 * figure.dpi  # no row on its neighbour
    names = [f"{start.label}, {optimizer.label}" for start, optimizer in product(STARTS.values(), OPTIMIZERS.values())]
    assert entries(figure)["final loss of"] == names
    assert_legends_lie_on_nothing(figure)


def test_the_legend_lies_on_nothing():
    for figure in (
        figures.by_rate(table(diverging), Article(), SHARPNESS),
        figures.by_scaled_rate(table(diverging), Article(), SHARPNESS),
        figures.of_band(curves(50, 3), bands(range(20, 50))),
    ):
        assert_legends_lie_on_nothing(figure)
        assert not any(axes.texts for axes in figure.axes)


@pytest.mark.parametrize("sharpness", [0.0, NAN])
def test_a_start_without_curvature_is_left_out_and_said_to_be(sharpness):
    sharpnesses = {"normal": sharpness, "linear": 1e4}
    figure = figures.by_rate(table(), Article(), sharpnesses)
    assert not any("N(0, 1)" in name for name in entries(figure)["stable on a quadratic up to"])
    assert len(of_colour(figure.axes[1], "o", "tab:blue")) == len(RATES)
    scaled = figures.by_scaled_rate(table(), Article(), sharpnesses)
    assert "not drawn, as no curvature was found there: N(0, 1))" in scaled.axes[0].get_title(loc="left")
    assert of_colour(scaled.axes[1], "o", "tab:blue") == []
    assert entries(scaled)["the article's runs"] == ["module"]


ONE_RATE = {"rates": (1e-6,), "seeds": 1}
SMALL = {  # cells, sharpness, curves, band
    "as usual": (table(diverging), SHARPNESS, curves(50, 3), bands(range(20, 50))),
    "no curvature at all": (table(), dict.fromkeys(SHARPNESS, 0.0), curves(1, 1), bands()),
    "unknown curvature": (table(), dict.fromkeys(SHARPNESS, NAN), curves(1, 1), bands()),
    "all diverged": (table(lambda *_: INF), SHARPNESS, curves(9, 2, lambda epoch: NAN if epoch else 1e30), bands()),
    "diverged from the first": (table(lambda *_: INF), SHARPNESS, curves(2, 2, lambda _: NAN), bands()),
    "no loss is known": (table(lambda *_: NAN), SHARPNESS, curves(2, 2, lambda _: NAN), bands([20])),
    "one rate, one epoch": (table(**ONE_RATE), SHARPNESS, curves(1, 1), bands()),
    "one cell": (table(**ONE_RATE).iloc[:1], SHARPNESS, curves(1, 1), bands()),
    "fitted exactly": (table(lambda *_: 0.0), SHARPNESS, curves(30, 2, lambda _: 0.0), bands([20])),
    "a single published epoch": (table(), SHARPNESS, curves(21, 2), bands([20])),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_every_result_can_be_drawn(name, tmp_path):
    cells, sharpness, of_runs, band = SMALL[name]
    write_json(tmp_path / "settings.json", Article().model_dump())
    limits = pd.DataFrame([(start, sharpness[start]) for start in STARTS], columns=["start", "sharpness"])
    files = {"cells": cells, "limits": limits, "curves": of_runs, "band": band}
    for file, content in files.items():
        write_table(tmp_path / f"{file}.csv", content)
    paths = {file: tmp_path / f"{file}.csv" for file in files}
    figures.main(settings=tmp_path / "settings.json", **paths, output=tmp_path)
    for picture, kind in product(("loss_by_rate", "loss_by_scaled_rate", "band"), ("png", "svg")):
        assert (tmp_path / f"{picture}.{kind}").stat().st_size > 5000


def test_the_band_tells_its_own_number_of_seeds_and_which_diverged():
    losses = curves(5, 1, lambda epoch: INF if epoch > 2 else 1.0 + epoch)
    figure = figures.of_band(pd.concat([curves(50, 3).assign(seed=lambda rows: rows["seed"] + 1), losses]), bands([20]))
    (axes,) = figure.axes
    assert axes.get_title(loc="left").startswith("The curves of 2018 among 4 seeds ")
    crosses = [(*line.get_xdata(), *line.get_ydata()) for line in axes.lines if line.get_marker() == "x"]
    assert crosses == [(3, 3.0)] * 3
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "module: the seeds (x: diverged)" in names
    assert "module: published in 2018" in names
    assert "manual: published in 2018" not in names
    assert "among 1 seed " in figures.of_band(curves(1, 1), bands()).axes[0].get_title(loc="left")
