"""A loss curve of one's own is told from those of the experiment, and what would fit is found."""

import numpy as np
import pandas as pd
import pytest
import torch

from kotohajime.config import Article, Shard, Sizes
from kotohajime.io import UserError
from kotohajime.study import band, band_shard
from kotohajime.study.cells import article_cells
from kotohajime.study.shard import SeededProblem

SIZES, ARTICLE = Sizes(hidden_dim=100), Article(epochs=60)
CELLS = article_cells(ARTICLE)


@pytest.fixture(scope="module")
def curves(tmp_path_factory):
    """Return the table of curves of forty seeds of a small network."""
    folder = tmp_path_factory.mktemp("curves")
    band_shard.main(shard=Shard(first_seed=200, seeds=40), sizes=SIZES, article=ARTICLE, output=folder)
    return folder / "curves.csv"


def train(cell, seed=7):
    return SeededProblem(seed, SIZES, ARTICLE, torch.device("cpu")).train([cell], "float32")[:, 0]


def judge(path, losses, curves, first=0):
    pd.DataFrame({"epoch": np.arange(first, first + len(losses)), "loss": losses}).to_csv(path, index=False)
    band.main(curve=path, curves=curves, sizes=SIZES, article=ARTICLE)


@pytest.mark.parametrize("name", CELLS)
def test_another_seeds_curve_can_come_from_the_experiment(name, tmp_path, curves, capsys):
    judge(tmp_path / "mine.csv", train(CELLS[name]), curves)
    assert f"It can come from this experiment: it is nearest to the {name} run" in capsys.readouterr().out


AUTOGRAD, MODULE = CELLS["autograd"], CELLS["module"]
PLANTED = {
    "the module run with twice its learning rate": lambda: train(MODULE._replace(learning_rate=2e-5)),
    "the module run without momentum": lambda: train(MODULE._replace(optimizer="gd")),
    "the autograd run trained by the mean": lambda: train(AUTOGRAD._replace(learning_rate=1e-9)) / 1000,
    "the module run, its loss noted as the mean": lambda: train(MODULE) / 1000,
    "the manual run never halved": lambda: train(CELLS["manual"]._replace(schedule="constant")),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_mistake_is_named(what, tmp_path, curves, capsys):
    judge(tmp_path / "mine.csv", PLANTED[what](), curves)
    printed = capsys.readouterr().out
    assert "Hardly" in printed
    assert f"It fits {what}: p = " in printed


def test_what_was_not_tried_fits_nothing(tmp_path, curves, capsys):
    losses = np.random.default_rng(0).permutation(train(AUTOGRAD))
    judge(tmp_path / "mine.csv", losses, curves)
    assert "It fits none of the" in capsys.readouterr().out


def test_a_run_that_diverged_is_no_run_of_ours(tmp_path, curves, capsys):
    losses = train(AUTOGRAD)
    losses[30:] = np.inf
    judge(tmp_path / "mine.csv", losses, curves)
    assert "Hardly" in capsys.readouterr().out


def test_too_few_early_epochs_are_told(tmp_path, curves, capsys, monkeypatch):
    monkeypatch.setattr(band, "LONGEST", 3)
    judge(tmp_path / "mine.csv", PLANTED["the module run without momentum"](), curves)
    assert "too few to try what would fit" in capsys.readouterr().out


def test_too_few_seeds_decide_nothing(tmp_path, curves):
    table = pd.read_csv(curves)
    table[table["seed"] < 219].to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(UserError, match="has 19 seeds; 20 are needed"):
        judge(tmp_path / "mine.csv", train(AUTOGRAD), tmp_path / "few.csv")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("step,loss\n0,1\n", "holds step, loss, but not epoch"),
        ("epoch,loss\n0,1\n0,2\n", "the epochs have to be whole numbers from 0 on, each once"),
        ("epoch,loss\n0.5,1\n", "the epochs have to be whole numbers"),
        ("epoch,loss\nlast,1\n", "the epochs have to be whole numbers"),
        ("epoch,loss\n0,low\n", "the losses have to be numbers above 0"),
        ("epoch,loss\n0,-1\n", "the losses have to be numbers above 0"),
        ("epoch,loss\n0,1\n1,1\n", "has 2 epochs that"),
        ("", "cannot read"),
    ],
)
def test_a_file_that_is_no_curve_is_refused_in_a_line(content, error, tmp_path, curves):
    (tmp_path / "mine.csv").write_text(content)
    with pytest.raises(UserError, match=error):
        band.main(curve=tmp_path / "mine.csv", curves=curves, sizes=SIZES, article=ARTICLE)
