"""The cells of the study and its shards: trained as the lessons train, and by their seeds alone."""

import numpy as np
import pytest
import torch
from conftest import shard, tensors

from kotohajime import study_runs, study_shard, train_autograd
from kotohajime import train_module as lesson
from kotohajime.cells import Article, Cell, as_momentum
from kotohajime.cli import UserError
from kotohajime.files import read_table, write_csv

NAN, INF = float("nan"), float("inf")
QUICK = Article(epochs=40)
SIZES = (100, 100, 200, 10)
CPU = torch.device("cpu")


def seeded(seed, article=QUICK, sizes=SIZES):
    return study_shard.Seeded(seed, sizes, article, CPU)


def test_the_cells_hold_the_grid_and_the_articles_runs():
    cells = Article().cells([1e-8, 1e-6])
    assert len(cells) == len(set(cells)) == 4 * 4 + 2  # 1e-8, 1e-6, and of the article 1e-5 and 5e-5
    assert set(Article().runs().values()) <= set(cells)
    assert Cell("linear", "gd", "constant", 5e-5) in cells


def test_as_momentum_is_a_plain_number():
    assert as_momentum(1e-5, 0.8) == 5e-5


def test_the_manual_runs_rates():
    article = Article(epochs=402)
    rates = {cell.schedule: article.rates(cell) for cell in article.cells([1e-6])[-2:]}
    assert [rates["notebook"][epoch] for epoch in (0, 1, 201, 401)] == [2e-6, 1e-6, 5e-7, 2.5e-7]
    assert [rates["intended"][epoch] for epoch in (0, 1, 201, 401)] == [2e-6, 2e-6, 1e-6, 5e-7]


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
    recorded = tuple(study_shard.summarise(np.array(loss, dtype=float)).values())
    assert all(
        ours == theirs or (ours != ours and theirs != theirs) for ours, theirs in zip(recorded, row, strict=True)
    )


def test_a_seeds_cells_are_the_lessons_own_trainings():
    """The article's autograd and module runs, weight decay included, as the lessons train them from that seed."""
    runs = QUICK.runs()
    ours = seeded(5).train([runs["autograd"], runs["module"]], torch.float32)
    x, y, w1, w2 = tensors(5, SIZES)
    np.testing.assert_allclose(ours[:, 0], train_autograd.train(x, y, w1, w2, [1e-6] * 40)[0], rtol=1e-4)
    torch.manual_seed(5)
    model = lesson.TwoLayerNet(100, 200, 10)
    sgd = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.8, weight_decay=1e-8, nesterov=True)
    np.testing.assert_allclose(ours[:, 1], lesson.train(x, y, model, sgd, 40), rtol=1e-4)


def test_the_limit_is_where_divergence_begins():
    one = seeded(0, sizes=(100, 100, 1000, 10))
    cells = [Cell("normal", "gd", "constant", rate) for rate in (5e-7, 1e-6, 2e-6)]
    losses = one.train(cells, torch.float32)
    (limit,) = one.limits(cells, np.isfinite(losses).all(0), torch.float32).values()
    around = [cell._replace(learning_rate=limit * factor) for cell in cells[:1] for factor in (0.98, 1.02)]
    assert np.isfinite(one.train(around, torch.float32)).all(0).tolist() == [True, False]


def test_no_limit_where_nothing_or_all_diverges():
    one = seeded(0)
    cells = [Cell("normal", "gd", "constant", rate) for rate in (1e-9, 1e-8)]
    assert one.limits(cells, [True, True], torch.float32) == {}
    assert one.limits(cells, [False, False], torch.float32) == {}


def test_a_seeds_bytes_depend_on_the_seed_alone(tmp_path):
    """Seeds in one shard or in two, in any company: the same rows."""
    together, *apart = shard(tmp_path / "a", 3, 2), shard(tmp_path / "b", 3, 1), shard(tmp_path / "c", 4, 1)
    study_runs.main(shards=apart, output=tmp_path / "joined")
    for name in ("runs.csv", "curves.csv", "starts.csv"):
        assert (tmp_path / "joined" / name).read_bytes() == (together / name).read_bytes()


def test_what_ends_low_is_repeated_in_float64(tmp_path, monkeypatch):
    monkeypatch.setattr(study_shard, "FLOOR", 1e3)
    runs = read_table(shard(tmp_path / "a", 0, 1) / "runs.csv")
    low = runs[(runs["precision"] == "float32") & (runs["loss_last"] < 1e3)]
    exact = runs[runs["precision"] == "float64"]
    assert len(exact) == len(low) > 0
    np.testing.assert_allclose(exact["loss_last"], low["loss_last"], rtol=1e-3)


def test_shards_of_other_columns_are_refused(tmp_path):
    for name, column in (("a", "x"), ("b", "y")):
        write_csv(tmp_path / name / "runs.csv", ["seed", column], [[0, 1]])
    with pytest.raises(UserError, match="different columns"):
        study_runs.join([tmp_path / "a" / "runs.csv", tmp_path / "b" / "runs.csv"])
