"""The study's shards: trained as the lessons train, and by their seeds alone."""

from itertools import product

import numpy as np
import pytest
import torch
from planted import HALVED, HEAVY, INF, NAN
from problems import PUBLISHED, shard, tensors

from kotohajime.article import train_autograd
from kotohajime.article import train_module as lesson
from kotohajime.config import Article, Sizes
from kotohajime.engine import sharpness
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.io import read_table
from kotohajime.study import shard as study_shard
from kotohajime.study import tables as study_tables
from kotohajime.study.cells import Cell, article_cells, read_settings
from kotohajime.tables import select

pytestmark = pytest.mark.usefixtures("only_the_articles")

QUICK, SHORT = Article(epochs=40), Article(epochs=30)


def seeded(seed, sizes=Sizes(hidden_dim=200)):
    return study_shard.SeededProblem(seed, sizes, QUICK, torch.device("cpu"))


@pytest.mark.parametrize(
    ("loss", "row"),
    [
        ([3, 9, 0.5], (3, 0.5, 9, 1, 2, None, None)),
        ([3, 0.5, 0.005], (3, 0.005, 3, 0, 1, 2, None)),
        ([3, INF, NAN], (3, INF, 3, 0, None, None, 1)),
        ([3, INF, 0.5], (3, INF, 3, 0, None, None, 1)),  # all units may die in an explosion: diverged all the same
        ([NAN, NAN, NAN], (NAN, INF, NAN, None, None, None, 0)),
    ],
)
def test_what_is_recorded(loss, row):
    recorded = study_shard.summarise(np.array(loss, dtype=float)).values()
    assert [None if value is None else float(value) for value in recorded] == pytest.approx(row, nan_ok=True)


@pytest.fixture
def one_more(monkeypatch):
    """Add a start and an optimiser."""
    monkeypatch.setitem(STARTS, "halved", HALVED)
    monkeypatch.setitem(OPTIMIZERS, "heavy", HEAVY)


def test_a_seeds_cells_are_the_lessons_own_trainings(one_more):
    """The article's autograd and module runs, weight decay included, as the lessons train them from that seed.

    And a run from a start, and by an optimiser, that were added: the plain loop of torch.optim.SGD.
    """
    runs = article_cells(QUICK)
    added = Cell("halved", "heavy", "constant", 1e-6)
    ours = seeded(5).train([runs["autograd"], runs["module"], added], "float32")
    x, y, w1, w2 = tensors(5, (100, 100, 200, 10))
    np.testing.assert_allclose(ours[:, 0], train_autograd.train(x, y, w1, w2, [1e-6] * 40)[0], rtol=1e-4)
    torch.manual_seed(5)
    model = lesson.TwoLayerNet(100, 200, 10)
    sgd = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.8, weight_decay=1e-8, nesterov=True)
    np.testing.assert_allclose(ours[:, 1], lesson.train(x, y, model, sgd, 40), rtol=1e-4)
    with torch.no_grad():
        model.linear1.weight.copy_(w1.t() / 2)
        model.linear2.weight.copy_(w2.t() / 2)
    sgd = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.8)
    np.testing.assert_allclose(ours[:, 2], lesson.train(x, y, model, sgd, 40), rtol=1e-4)


def test_a_row_more_is_all_that_a_start_and_an_optimiser_need(one_more, tmp_path):
    """Every start with every optimiser is trained and measured, and nothing else changes by a digit."""
    more = shard(tmp_path / "more", 0, 1)
    networks, starts = read_table(more / "runs.csv"), read_table(more / "starts.csv")
    for table in (networks, starts):
        kinds = set(zip(table["start"], table["optimizer"], strict=True))
        assert kinds == set(product(("normal", "linear", "halved"), ("gd", "nesterov", "heavy")))
    assert set(networks["learning_rate"]) == {1e-6, 2e-6, 1e-5, 5e-5, 1e-3}
    with pytest.MonkeyPatch.context() as fewer:
        fewer.delitem(STARTS, "halved")
        fewer.delitem(OPTIMIZERS, "heavy")
        before = shard(tmp_path / "before", 0, 1)
    for name in ("runs.csv", "starts.csv"):
        assert set((before / name).read_text().splitlines()) < set((more / name).read_text().splitlines())
    assert (before / "curves.csv").read_bytes() == (more / "curves.csv").read_bytes()


def test_the_limit_is_where_divergence_begins():
    one = seeded(0, sizes=Sizes())
    cells = [Cell("normal", "gd", "constant", rate) for rate in (5e-7, 1e-6, 2e-6)]
    losses = one.train(cells, "float32")
    (limit,) = one.limits(cells, np.isfinite(losses).all(0), "float32").values()
    around = [cell._replace(learning_rate=limit * factor) for cell in cells[:1] for factor in (0.98, 1.02)]
    assert np.isfinite(one.train(around, "float32")).all(0).tolist() == [True, False]


@pytest.mark.parametrize("finite", [True, False])
def test_no_limit_where_nothing_or_all_diverges(finite):
    cells = [Cell("normal", "gd", "constant", rate) for rate in (1e-9, 1e-8)]
    assert seeded(0).limits(cells, [finite, finite], "float32") == {}


def test_a_sharpness_has_the_digits_that_are_known():
    one = seeded(0)
    exact = sharpness.of_hessian(one.x, one.y, *one.starts["linear"])
    rounded = one.sharpnesses("linear")
    assert rounded["sharpness_hessian"] == float(f"{exact:.5e}") == pytest.approx(exact, rel=5e-6)
    assert rounded["sharpness_hessian"] != exact
    assert float(f"{rounded['sharpness_kernel']:.5e}") == rounded["sharpness_kernel"]


def test_a_seeds_bytes_depend_on_the_seed_alone(tmp_path):
    """Seeds in one shard or in two, in any company: the same rows."""
    together, *apart = shard(tmp_path / "a", 3, 2), shard(tmp_path / "b", 3, 1), shard(tmp_path / "c", 4, 1)
    study_tables.main(shards=apart, band_shards=apart, **PUBLISHED, article=SHORT, output=tmp_path / "joined")
    for name in ("runs.csv", "curves.csv", "starts.csv", "paths.csv"):
        assert (tmp_path / "joined" / name).read_bytes() == (together / name).read_bytes()
    assert read_settings(tmp_path / "joined" / "settings.json") == SHORT


def test_curves_and_paths_are_those_of_the_runs(tmp_path, capsys):
    """They begin and end as the same seed's networks do; and each seed is told of."""
    folder = shard(tmp_path, 3, 2)
    told = [line for line in capsys.readouterr().out.splitlines() if "article's runs" in line]
    assert told == ["seed 3: the article's runs trained", "seed 4: the article's runs trained"]
    curves, networks, paths = (read_table(folder / f"{name}.csv") for name in ("curves", "runs", "paths"))
    assert curves.columns.tolist() == ["seed", "run", "epoch", "loss"]
    for (seed, name), curve in curves.groupby(["seed", "run"]):
        (row,) = select(networks, seed=seed, **article_cells(SHORT)[name]._asdict()).to_dict("records")
        assert curve["epoch"].tolist() == [*range(21), 25, 29]
        assert (curve["loss"].iloc[0], curve["loss"].iloc[-1]) == (row["loss_first"], row["loss_last"])
    networks = select(networks, precision="float32").reset_index()
    assert (paths["learning_rate"] == networks["learning_rate"]).all()
    ends = networks["loss_last"].where(np.isfinite(networks["loss_last"]))
    np.testing.assert_allclose(paths["0"], networks["loss_first"], rtol=1e-3)
    np.testing.assert_allclose(paths["29"], ends, rtol=1e-3)


def test_the_logged_epochs_grow_from_the_first_to_the_last():
    assert [study_shard.logged_epochs(epochs) for epochs in (1, 2, 3)] == [[0], [0, 1], [0, 1, 2]]
    epochs = study_shard.logged_epochs(10**6)
    assert (epochs[0], epochs[-1]) == (0, 10**6 - 1)
    assert all(np.diff(epochs) > 0)


def test_what_ends_low_is_repeated_in_float64(tmp_path, monkeypatch):
    monkeypatch.setattr(study_shard, "FLOOR", 1e3)
    runs = read_table(shard(tmp_path / "a", 0, 1) / "runs.csv")
    low = runs[(runs["precision"] == "float32") & (runs["loss_last"] < 1e3)]
    exact = select(runs, precision="float64")
    assert len(exact) == len(low) > 0
    np.testing.assert_allclose(exact["loss_last"], low["loss_last"], rtol=1e-3)
