"""The study's cells and shards: trained as the lessons train, by their seeds alone, beside what theory expects."""

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
from kotohajime.engine.optimizers import OPTIMIZERS, as_momentum, rate_at
from kotohajime.engine.starts import STARTS
from kotohajime.io import read_table
from kotohajime.study import shard as study_shard
from kotohajime.study import tables as study_tables
from kotohajime.study.cells import (
    Cell,
    article_cells,
    followed_cells,
    grid,
    learning_rates,
    main_precision,
    read_settings,
)
from kotohajime.tables import select

pytestmark = pytest.mark.usefixtures("only_the_articles")

QUICK, SHORT = Article(epochs=40), Article(epochs=30)


def seeded(seed, sizes=Sizes(hidden_dim=200)):
    return study_shard.SeededProblem(seed, sizes, QUICK, torch.device("cpu"))


def test_the_cells_hold_the_grid_and_the_articles_runs():
    cells = grid(Article(), [1e-8, 1e-6])
    assert len(cells) == len(set(cells)) == 4 * 4 + 2  # 1e-8, 1e-6, and of the article 1e-5 and 5e-5
    assert set(article_cells(Article()).values()) <= set(cells)
    assert Cell("linear", "gd", "constant", 5e-5) in cells
    article = Article(epochs=402)
    rates = {cell.schedule: learning_rates(article, cell) for cell in cells[-2:]}
    assert [rates["notebook"][epoch] for epoch in (0, 1, 201, 401)] == [2e-6, 1e-6, 5e-7, 2.5e-7]
    assert [rates["intended"][epoch] for epoch in (0, 1, 201, 401)] == [2e-6, 2e-6, 1e-6, 5e-7]


def test_rates_are_plain_numbers_and_every_cell_has_one_precision():
    assert as_momentum(1e-5, 0.8) == 5e-5
    assert rate_at(1.0, 3e6) == 3.33333e-07
    assert rate_at(1.0, 0.0) == 1
    assert main_precision(["float64", "float32"]) == "float32"
    assert main_precision(["float64"]) == "float64"


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_starts_variance_and_its_theory(start):
    """Over 10^5 entries the variance is within 2 %; the leading term is within 15 % of the sharpness."""
    sizes = Sizes()
    w1, w2 = start.draw(0, sizes)
    assert w1.dtype == w2.dtype == torch.float32
    assert w1.var().item() == pytest.approx(start.variance(sizes), rel=0.02)
    x, y, *_ = tensors(0)
    kernel = sharpness.of_tangent_kernel(x, w1, w2)
    assert kernel == pytest.approx(start.sharpness(sizes), rel=0.15)
    assert sharpness.of_hessian(x, y, w1, w2) == pytest.approx(kernel, rel=0.01)


@pytest.mark.parametrize("momentum", [0.3, 0.8])
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_optimisers_limit_is_that_of_torch_on_a_quadratic(optimizer, momentum):
    """Two parabolas at one rate, one a little flatter than the limit allows, one a little steeper."""
    update, sharpnesses = optimizer.update(momentum), 7 * torch.tensor([0.98, 1.02], dtype=torch.float64)
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    sgd = torch.optim.SGD([w], lr=optimizer.limit(momentum) / 7, **update._asdict())
    for _ in range(1000):
        w.grad = sharpnesses * w.detach()
        sgd.step()
    flatter, steeper = w.abs().tolist()
    assert flatter < 1e-3
    assert steeper > 1e3


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


def test_a_seeds_cells_are_the_lessons_own_trainings():
    """The article's autograd and module runs, weight decay included, as the lessons train them from that seed."""
    runs = article_cells(QUICK)
    ours = seeded(5).train([runs["autograd"], runs["module"]], "float32")
    x, y, w1, w2 = tensors(5, (100, 100, 200, 10))
    np.testing.assert_allclose(ours[:, 0], train_autograd.train(x, y, w1, w2, [1e-6] * 40)[0], rtol=1e-4)
    torch.manual_seed(5)
    model = lesson.TwoLayerNet(100, 200, 10)
    sgd = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.8, weight_decay=1e-8, nesterov=True)
    np.testing.assert_allclose(ours[:, 1], lesson.train(x, y, model, sgd, 40), rtol=1e-4)


def test_a_row_more_is_all_that_a_start_and_an_optimiser_need(monkeypatch, tmp_path):
    """Every start with every optimiser is trained and measured, and nothing else changes by a digit."""
    before = shard(tmp_path / "before", 0, 1)
    monkeypatch.setitem(STARTS, "halved", HALVED)
    monkeypatch.setitem(OPTIMIZERS, "heavy", HEAVY)
    more = shard(tmp_path / "more", 0, 1)
    for name in ("runs.csv", "starts.csv"):
        table = read_table(more / name)
        kinds = set(zip(table["start"], table["optimizer"], strict=True))
        assert kinds == set(product(("normal", "linear", "halved"), ("gd", "nesterov", "heavy")))
        assert set((before / name).read_text().splitlines()) < set((more / name).read_text().splitlines())
    assert (before / "curves.csv").read_bytes() == (more / "curves.csv").read_bytes()


def test_the_limit_is_where_divergence_begins():
    one = seeded(0)
    cells = [Cell("normal", "gd", "constant", rate) for rate in (1e-6, 5e-6, 5e-5)]
    losses = one.train(cells, "float32")
    (limit,) = one.limits(cells, np.isfinite(losses).all(0), "float32").values()
    around = [cell._replace(learning_rate=limit * factor) for cell in cells[:1] for factor in (0.98, 1.02)]
    assert np.isfinite(one.train(around, "float32")).all(0).tolist() == [True, False]
    for finite in (True, False):  # nothing or all diverges
        assert one.limits(cells, [finite] * 3, "float32") == {}


def test_a_sharpness_has_the_digits_that_are_known():
    one = seeded(0)
    exact = sharpness.of_hessian(one.x, one.y, *one.starts["linear"])
    rounded = one.sharpnesses("linear")
    assert rounded["sharpness_hessian"] == float(f"{exact:.5e}") != exact
    assert rounded["sharpness_kernel"] == float(f"{rounded['sharpness_kernel']:.5e}")


def test_a_seeds_bytes_depend_on_the_seed_alone(tmp_path):
    """Seeds in one shard or in two, in any company: the same rows."""
    together, *apart = shard(tmp_path / "a", 3, 2), shard(tmp_path / "b", 3, 1), shard(tmp_path / "c", 4, 1)
    study_tables.main(shards=apart, band_shards=apart, **PUBLISHED, article=SHORT, output=tmp_path / "joined")
    for name in ("runs.csv", "curves.csv", "starts.csv", "paths.csv"):
        assert (tmp_path / "joined" / name).read_bytes() == (together / name).read_bytes()
    assert read_settings(tmp_path / "joined" / "settings.json") == SHORT


def test_curves_and_paths_are_those_of_the_runs(tmp_path):
    """They begin and end as the same seed's networks do."""
    folder = shard(tmp_path, 3, 1)
    curves, networks, paths = (read_table(folder / f"{name}.csv") for name in ("curves", "runs", "paths"))
    assert [*curves["run"].unique()] == [*followed_cells(SHORT)]
    for name, cell in article_cells(SHORT).items():
        curve, (row,) = select(curves, run=name), select(networks, **cell._asdict()).to_dict("records")
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
