"""The article's figures: size, labels and bytes as promised, and divergence shown as such."""

import io
from math import inf, nan

import matplotlib
import pytest
from PIL import Image

from kotohajime import plotting
from kotohajime.article import loss_transition, reproduction
from kotohajime.io import UserError, read_table, write_csv


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
