"""The figures: size, labels and bytes as promised, and divergence shown as such."""

import io

import numpy as np
import pytest
from PIL import Image
from planted import INF, NAN

from kotohajime import plotting as figures
from kotohajime.article import loss_transition, reproduction
from kotohajime.cli import UserError
from kotohajime.io import write_csv


@pytest.fixture
def run(tmp_path):
    """Return a function that writes a run's losses."""

    def write(name, losses):
        write_csv(
            tmp_path / f"{name}.csv", ["epoch", "loss", "learning_rate"], [(i, x, 1e-6) for i, x in enumerate(losses)]
        )
        return tmp_path / f"{name}.csv"

    return write


def test_the_articles_figure_has_its_size_and_the_same_bytes_every_time(run, tmp_path):
    runs = {"autograd": run("a", [1e7, 1e9, 1e3]), "module": run("m", [1e3, 1e2, 1e1])}
    for name in ("one.png", "two.png"):
        loss_transition.main(**runs, output=tmp_path / name)
    image = (tmp_path / "one.png").read_bytes()
    assert image == (tmp_path / "two.png").read_bytes()
    assert Image.open(io.BytesIO(image)).size == (1200, 900)
    assert np.asarray(Image.open(io.BytesIO(image)).convert("L")).min() < 50


def test_the_articles_figure_has_its_words(run, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(loss_transition, "save", lambda figure, path: drawn.append(figure))
    loss_transition.main(autograd=run("a", [1e7, 1]), module=run("m", [1e3, 1]), output=tmp_path / "x.png")
    (axes,) = drawn[0].axes
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["naive update", "SGD with Nesterov and momentum"]
    assert legend._loc == 1  # upper right
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("epochs", "loss (log scale)", "log")
    assert drawn[0].get_size_inches().tolist() == [8, 6]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[1e7, 1], [1e3, 1]]


def test_svg_is_the_same_bytes_every_time(run, tmp_path):
    for name in ("one.svg", "two.svg"):
        figure, axes = figures.new_figure()
        figures.plot_run(axes, run("a", [3.0, 2.0]), "a")
        figures.save(figure, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"<dc:date>" not in (tmp_path / "one.svg").read_bytes()


@pytest.mark.parametrize(
    ("losses", "label", "drawn"),
    [
        ([1e3, 1e9, INF, NAN], "run (diverged at epoch 2)", [1e3, 1e9]),
        ([NAN, NAN], "run (diverged at epoch 0)", []),
        ([1e3, 1e2], "run", [1e3, 1e2]),
    ],
)
def test_divergence_is_shown(run, tmp_path, losses, label, drawn):
    figure, axes = figures.new_figure()
    figures.plot_run(axes, run("a", losses), "run")
    assert axes.lines[0].get_label() == label
    assert axes.lines[0].get_ydata().tolist() == drawn
    axes.legend(loc="upper right")
    figures.save(figure, tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 5000


def test_another_format_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"x\.gif: give it a name that ends in \.png or \.svg"):
        figures.save(figures.new_figure()[0], tmp_path / "x.gif")


def test_comparison_takes_the_published_epochs_that_were_reached():
    ours = {"epoch": np.arange(3.0), "loss": np.array([8.0, 4.0, 2.0])}
    assert reproduction.compare(ours, {0: 4.0, 2: 4.0, 5: 1.0}) == [
        (0, 4.0, 8.0, 2.0),
        (2, 4.0, 2.0, 0.5),
    ]
