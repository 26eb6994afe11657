"""The figures: size, labels and bytes as promised, divergence shown as such; the study's say what its tables say."""

import io
from itertools import product
from math import inf, nan

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image
from planted import INF, NAN

from kotohajime import plotting
from kotohajime.article import loss_transition, reproduction
from kotohajime.colours import BLUE, VERMILLION
from kotohajime.config import Article
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.images.figures import label_ends
from kotohajime.images.starts import VARIANTS
from kotohajime.io import UserError, read_table, write_csv
from kotohajime.study import figures


@pytest.fixture
def losses(tmp_path):
    """Return a function that writes a run's losses."""

    def write(name, values):
        rows = [(epoch, loss, 1e-6) for epoch, loss in enumerate(values)]
        write_csv(tmp_path / f"{name}.csv", ["epoch", "loss", "learning_rate"], rows)
        return tmp_path / f"{name}.csv"

    return write


def test_the_articles_figure_is_as_published(losses, tmp_path, monkeypatch):
    drawn = []
    save = plotting.save
    monkeypatch.setattr(plotting, "save", lambda figure, path: (drawn.append(figure), save(figure, path)))
    runs = {"autograd": losses("a", [1e7, 1]), "module": losses("m", [1e3, 1])}
    loss_transition.main(**runs, output=tmp_path / "x.png")
    (axes,) = drawn[0].axes
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["naive update", "SGD with Nesterov and momentum"]
    assert legend._loc == 1  # upper right
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("epochs", "loss (log scale)", "log")
    assert [line.get_ydata().tolist() for line in axes.lines] == [[1e7, 1], [1e3, 1]]
    assert Image.open(io.BytesIO((tmp_path / "x.png").read_bytes())).size == (1200, 900)


def test_a_figure_is_the_same_bytes_in_every_style_and_leaves_the_style_alone(losses, tmp_path):
    run, contents = losses("a", [3.0, 2.0]), []
    for width in (1.5, 9.0):
        paths = [tmp_path / f"{width}.{kind}" for kind in ("png", "svg")]
        with matplotlib.rc_context({"lines.linewidth": width, "svg.hashsalt": str(width), "savefig.dpi": 30}):
            with plotting.style():
                figure, axes = plotting.new_figure()
                plotting.plot_run(axes, run, "a")
                plotting.save(figure, *paths)
            assert matplotlib.rcParams["lines.linewidth"] == width
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]
    assert b"<dc:date>" not in contents[0][1]
    with pytest.raises(UserError, match=r"x\.gif: give it a name that ends in \.png or \.svg"):
        plotting.save(figure, tmp_path / "x.gif")


@pytest.mark.parametrize(
    ("values", "label", "drawn"),
    [
        ([1e3, 1e9, inf, nan], "run (diverged at epoch 2)", [1e3, 1e9]),
        ([nan, nan], "run (diverged at epoch 0)", []),
        ([1e3, 1e2], "run", [1e3, 1e2]),
    ],
)
def test_divergence_is_shown(losses, values, label, drawn):
    _, axes = plotting.new_figure()
    plotting.plot_run(axes, losses("a", values), "run")
    assert axes.lines[0].get_label() == label
    assert axes.lines[0].get_ydata().tolist() == drawn
    crosses = [line.get_ydata().tolist() for line in axes.lines[1:]]
    assert crosses == ([] if label == "run" else [drawn[-1:]])


def test_the_reproduction_compares_the_published_epochs_that_were_reached(losses, tmp_path):
    curves, notebook = tmp_path / "curves.csv", tmp_path / "notebook.csv"
    write_csv(curves, ["epoch", "naive_update", "sgd_nesterov_momentum"], [(0, 4.0, 1.0), (2, 4.0, 1.0), (5, 1.0, 1.0)])
    write_csv(notebook, ["epoch", "manual"], [(0, 2.0), (1, 2.0)])
    runs = {"manual": losses("m", [3.0]), "autograd": losses("a", [8.0, 4.0, 2.0]), "module": losses("l", [2.0])}
    files = {name: tmp_path / f"x.{name}" for name in ("png", "svg", "csv")}
    reproduction.main(**runs, curves=curves, notebook=notebook, **files)
    assert read_table(files["csv"]).to_numpy().tolist() == [
        ["manual", 0, 2.0, 3.0, 1.5],
        ["autograd", 0, 4.0, 8.0, 2.0],
        ["autograd", 2, 4.0, 2.0, 0.5],
        ["module", 0, 1.0, 2.0, 2.0],
    ]
    assert files["svg"].read_bytes().startswith(b"<?xml")
    assert files["png"].read_bytes().startswith(b"\x89PNG")


def luminance(colour):
    """Return the relative luminance by WCAG 2."""
    channels = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return np.dot(channels, (0.2126, 0.7152, 0.0722))


def test_colours_stand_out_from_white_and_what_they_tell_apart_has_other_marks_or_lines():
    starts, variants = ([one.colour for one in table.values()] for table in (STARTS, VARIANTS))
    for colours in (starts, variants, plotting.COLOURS.values()):
        assert len(set(colours)) == len(colours)
        assert min(1.05 / (luminance(colour) + 0.05) for colour in colours) >= 3
    for looks in (plotting.LINES.values(), [one.fill for one in STARTS.values()]):
        assert len(set(looks)) == len(looks)
    assert len({one.marker for one in VARIANTS.values()}) == len(VARIANTS)


def test_labels_beside_the_axes_lie_on_nothing():
    figure = figures.Figure(figsize=(9, 6.5), layout="constrained")
    axes = figure.subplots()
    axes.set(yscale="log", ylim=(0.1, 1e3))
    label_ends(axes, [(1.0, height, f"curve {height}", "black") for height in (900, 0.2, 0.21, 0.19, 0.3)])
    FigureCanvasAgg(figure).draw()
    boxes = [Text.get_window_extent(text) for text in axes.texts]  # without the lines to the curves
    assert not any(
        one.overlaps(other) for one in boxes for other in [*boxes, axes.get_window_extent()] if one is not other
    )
    assert [text.get_text() for text in axes.texts] == [f"curve {height}" for height in (0.19, 0.2, 0.21, 0.3, 900)]
    assert all(figure.bbox.contains(*corner) for box in boxes for corner in box.corners())


pytestmark = pytest.mark.usefixtures("only_the_articles")

SHARPNESS = {"normal": 3.4e6, "linear": 1.1e4}
RATES = (1e-7, 1e-6, 1e-5, 1e-4)


def table(loss=lambda start, optimizer, rate: 1.0):
    """Return the cells of all starts and optimisers at four rates, and of the manual run."""
    kinds = [(*kind, "constant") for kind in product(STARTS, OPTIMIZERS, RATES)]
    kinds += [("normal", "gd", 2e-6, schedule) for schedule in ("notebook", "intended")]
    rows = []
    for start, optimizer, rate, schedule in kinds:
        last = loss(start, optimizer, rate)
        rows.append((start, optimizer, schedule, rate, last, last / 2, INF))
    columns = ["start", "optimizer", "schedule", "learning_rate", "loss_last", "loss_last_low", "loss_last_high"]
    return pd.DataFrame(rows, columns=columns).assign(precision="float32", seeds=8)


def diverging(start, optimizer, rate):
    """Return a final loss that is infinite from 10 / sharpness on."""
    return 1e-3 if rate * SHARPNESS[start] < 10 else INF


def curves(epochs, seeds, loss=lambda epoch: 1 / (1 + epoch)):
    keys = product(range(seeds), ("manual", "autograd", "module"), range(epochs))
    return pd.DataFrame([(*key, loss(key[2])) for key in keys], columns=["seed", "run", "epoch", "loss"])


def bands(epochs=()):
    rows = [("module", epoch, 1.0, 2.0, 1.0, NAN) for epoch in epochs]
    return pd.DataFrame(rows, columns=["run", "epoch", "published", "median", "low", "high"])


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


def dotted(axes):
    return [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]


def test_the_picture_shows_curves_divergence_and_the_articles_runs():
    figure = figures.by_rate(table(diverging), Article(), SHARPNESS)
    strip, axes = figure.axes
    assert of_colour(axes, "o", BLUE) == [[1e-7, 1e-3], [1e-6, 1e-3]]
    assert of_colour(axes, "o", VERMILLION) == [[rate, 1e-3] for rate in RATES]
    assert of_colour(strip, "x", BLUE) == [[1e-5, 0], [1e-4, 0], [1e-5, 1], [1e-4, 1]]
    assert of_colour(strip, "x", VERMILLION) == []
    assert entries(figure)["the article's runs"] == ["manual (its rate halves)", "autograd", "module"]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "*"] == [2e-6, 1e-6, 1e-5]
    assert "Final loss after 1000 epochs, 8 seeds per point" in strip.get_title(loc="left")


def test_the_scaled_picture_multiplies_by_the_sharpness_and_both_draw_the_limits():
    limits = [factor / SHARPNESS[start] for start, factor in product(("normal", "linear"), (2, 3.6 / 2.6))]
    np.testing.assert_allclose(dotted(figures.by_rate(table(), Article(), SHARPNESS).axes[1]), limits)
    scaled = figures.by_scaled_rate(table(), Article(), SHARPNESS)
    assert entries(scaled)["stable on a quadratic up to"] == ["2: gradient descent", "1.38: Nesterov momentum"]
    np.testing.assert_allclose(dotted(scaled.axes[1]), [2, 3.6 / 2.6])
    for colour, start in ((BLUE, "normal"), (VERMILLION, "linear")):
        points = of_colour(scaled.axes[1], "s", colour)
        np.testing.assert_allclose([x for x, _ in points], np.array(RATES) * SHARPNESS[start])


@pytest.mark.parametrize("sharpness", [0.0, NAN])
def test_a_start_without_curvature_is_left_out_and_said_to_be(sharpness):
    sharpnesses = {"normal": sharpness, "linear": 1e4}
    figure = figures.by_rate(table(), Article(), sharpnesses)
    assert not any("N(0, 1)" in name for name in entries(figure)["stable on a quadratic up to"])
    assert len(of_colour(figure.axes[1], "o", BLUE)) == len(RATES)
    scaled = figures.by_scaled_rate(table(), Article(), sharpnesses)
    assert "not drawn, as no curvature was found there: N(0, 1))" in scaled.axes[0].get_title(loc="left")
    assert of_colour(scaled.axes[1], "o", BLUE) == []
    assert entries(scaled)["the article's runs"] == ["module"]


RESULTS = {
    "as usual": (table(diverging), SHARPNESS, curves(50, 3), bands(range(20, 50))),
    "one flat cell": (table().iloc[:1], dict.fromkeys(SHARPNESS, 0.0), curves(1, 1), bands()),
    "nothing above 0": (table(lambda *_: 0.0), SHARPNESS, curves(21, 2, lambda _: NAN), bands([20])),
}


@pytest.mark.parametrize(("cells", "sharpness", "losses", "band"), RESULTS.values(), ids=RESULTS)
def test_every_result_can_be_drawn_and_the_legend_lies_on_nothing(cells, sharpness, losses, band):
    for draw in (figures.by_rate, figures.by_scaled_rate):
        assert_legends_lie_on_nothing(draw(cells, Article(), sharpness))
    assert_legends_lie_on_nothing(figures.of_band(losses, band))


def test_the_band_tells_its_own_number_of_seeds_and_which_diverged():
    losses = curves(5, 1, lambda epoch: INF if epoch > 2 else 1.0 + epoch)
    figure = figures.of_band(pd.concat([curves(50, 3).assign(seed=lambda rows: rows["seed"] + 1), losses]), bands([20]))
    (axes,) = figure.axes
    assert axes.get_title(loc="left").startswith("The curves of 2018 among 4 seeds ")
    crosses = [(*line.get_xdata(), *line.get_ydata()) for line in axes.lines if line.get_marker() == "x"]
    assert crosses == [(3, 3.0)] * 3
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"module: the seeds (x: diverged)", "module: published in 2018"} <= set(names)
