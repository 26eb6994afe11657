"""The study's shards: trained as the lessons train, and by their seeds alone."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from planted import HALVED, HEAVY, INF, NAN
from problems import shard, tensors

from kotohajime.article import train_autograd
from kotohajime.article import train_module as lesson
from kotohajime.config import Place, Shard, Sizes
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.io import UserError, read_table, write_csv
from kotohajime.study import runs as study_runs
from kotohajime.study import shard as study_shard
from kotohajime.study.cells import Article, Cell

pytestmark = pytest.mark.usefixtures("only_the_articles")

QUICK, SHORT = Article(epochs=40), Article(epochs=30)
SIZES = Sizes(hidden_dim=200)
CPU = torch.device("cpu")


def seeded(seed, article=QUICK, sizes=SIZES):
    return study_shard.SeededProblem(seed, sizes, article, CPU)


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


@pytest.fixture
def one_more(monkeypatch):
    """Add a start and an optimiser."""
    monkeypatch.setitem(STARTS, "halved", HALVED)
    monkeypatch.setitem(OPTIMIZERS, "heavy", HEAVY)


def test_a_seeds_cells_are_the_lessons_own_trainings(one_more):
    """The article's autograd and module runs, weight decay included, as the lessons train them from that seed.

    And a run from a start, and by an optimiser, that were added: the plain loop of torch.optim.SGD.
    """
    runs = QUICK.runs()
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


def test_no_limit_where_nothing_or_all_diverges():
    one = seeded(0)
    cells = [Cell("normal", "gd", "constant", rate) for rate in (1e-9, 1e-8)]
    assert one.limits(cells, [True, True], "float32") == {}
    assert one.limits(cells, [False, False], "float32") == {}


def test_a_sharpness_has_the_digits_that_are_found():
    one = seeded(0)
    exact = study_shard.sharpness.of_hessian(one.x, one.y, *one.starts["linear"])
    kernel, hessian = one.sharpnesses("linear")
    assert hessian == float(f"{exact:.5e}") == pytest.approx(exact, rel=5e-6)
    assert hessian != exact
    assert float(f"{kernel:.5e}") == kernel


def test_a_seeds_bytes_depend_on_the_seed_alone(tmp_path):
    """Seeds in one shard or in two, in any company: the same rows."""
    together, *apart = shard(tmp_path / "a", 3, 2), shard(tmp_path / "b", 3, 1), shard(tmp_path / "c", 4, 1)
    study_runs.main(shards=apart, band_shards=apart, article=SHORT, output=tmp_path / "joined")
    for name in ("runs.csv", "curves.csv", "starts.csv"):
        assert (tmp_path / "joined" / name).read_bytes() == (together / name).read_bytes()
    assert Article.read(tmp_path / "joined" / "settings.json") == SHORT


def test_the_bands_curves_are_the_studys_own_runs(tmp_path, capsys):
    """First, last and highest loss of the curves are those of the same seed's runs, and each seed is told of."""
    folder = shard(tmp_path, 3, 2)
    assert [line for line in capsys.readouterr().out.splitlines() if "article's runs" in line] == [
        "seed 3: the article's runs trained", "seed 4: the article's runs trained"
    ]  # fmt: skip
    curves, networks = read_table(folder / "curves.csv"), read_table(folder / "runs.csv")
    assert curves.columns.tolist() == ["seed", "run", "epoch", "loss"]
    for (seed, name), curve in curves.groupby(["seed", "run"]):
        cell = SHORT.runs()[name]
        (row,) = networks[
            (networks[list(Cell._fields)] == list(cell)).all(axis=1) & (networks["seed"] == seed)
        ].to_dict("records")
        assert curve["epoch"].tolist() == [*range(21), 25, 29]
        assert (curve["loss"].iloc[0], curve["loss"].iloc[-1]) == (row["loss_first"], row["loss_last"])


def test_what_ends_low_is_repeated_in_float64(tmp_path, monkeypatch):
    monkeypatch.setattr(study_shard, "FLOOR", 1e3)
    runs = read_table(shard(tmp_path / "a", 0, 1) / "runs.csv")
    low = runs[(runs["precision"] == "float32") & (runs["loss_last"] < 1e3)]
    exact = runs[runs["precision"] == "float64"]
    assert len(exact) == len(low) > 0
    np.testing.assert_allclose(exact["loss_last"], low["loss_last"], rtol=1e-3)


@pytest.mark.parametrize(("sizes", "epochs"), [((1, 100, 1, 10), 1), ((1, 1, 1, 1), 3), ((2, 60, 1, 1), 2)])
def test_the_smallest_problems(tmp_path, sizes, epochs):
    """One sample, one unit, one epoch: the unit may be off, and the sharpness 0."""
    names = ("batch_size", "input_dim", "hidden_dim", "output_dim")
    common = {"sizes": Sizes(**dict(zip(names, sizes, strict=True))), "article": Article(epochs=epochs)}
    study_shard.main(shard=Shard(seeds=4), **common, place=Place(device="cpu"), output=tmp_path)
    starts, networks = read_table(tmp_path / "starts.csv"), read_table(tmp_path / "runs.csv")
    assert np.isfinite(networks["loss_first"]).all()
    assert np.isfinite(starts["sharpness_kernel"]).all()
    assert (starts["sharpness_kernel"] >= 0).all()
    assert (starts["sharpness_hessian"] >= 0).all()


def planted(folder: Path, *names: str, columns=("seed", "x"), seeds=(0, 1)) -> Path:
    for name in names:
        write_csv(folder / name, columns, [(seed, math.pi) for seed in seeds])
    return folder


def test_shards_of_other_columns_are_refused(tmp_path):
    tables = [planted(tmp_path / column, "runs.csv", columns=("seed", column)) / "runs.csv" for column in "xy"]
    with pytest.raises(UserError, match="different columns"):
        study_runs.join(tables)


@pytest.mark.parametrize("again", ["a", "./a", "b"])
@pytest.mark.parametrize("kind", ["shards", "band_shards"])
def test_a_seed_in_two_shards_is_refused(tmp_path, kind, again):
    """The same folder twice, or another one with a seed of the first."""
    tables = ("runs.csv", "starts.csv", "paths.csv", "curves.csv")
    first, other = planted(tmp_path / "a", *tables), planted(tmp_path / "b", *tables, seeds=(1, 2))
    shards = {"shards": [first], "band_shards": [first], kind: [first, tmp_path / again]}
    with pytest.raises(UserError, match=f"seed {int(again == 'b')} is in .* and in .*Name each shard once"):
        study_runs.main(**shards, output=tmp_path / "joined")
    study_runs.main(shards=[first], band_shards=[other], output=tmp_path / "joined")


def test_no_shards_and_damaged_shards_are_refused(tmp_path):
    with pytest.raises(UserError, match="need a folder each"):
        study_runs.main(shards=[], band_shards=[tmp_path], output=tmp_path)
    for text in ("x,y\n1,2\n", "seed,x\n1\n"):
        (tmp_path / "runs.csv").write_text(text)
        with pytest.raises(UserError, match=r"cannot read .*runs\.csv"):
            study_runs.join([tmp_path / "runs.csv"])


def test_the_ways_begin_and_end_as_the_networks_do(tmp_path):
    shard(tmp_path, 0, 1)
    networks, ways = read_table(tmp_path / "runs.csv"), read_table(tmp_path / "paths.csv")
    networks = networks[networks["precision"] == "float32"].reset_index()
    assert len(networks) == len(ways)
    assert (ways["learning_rate"] == networks["learning_rate"]).all()
    np.testing.assert_allclose(ways["0"], networks["loss_first"], rtol=1e-3)
    np.testing.assert_allclose(ways["29"], networks["loss_last"].where(np.isfinite(networks["loss_last"])), rtol=1e-3)
    assert [study_shard.way(epochs) for epochs in (1, 2, 3)] == [[0], [0, 1], [0, 1, 2]]
    assert all(np.diff(study_shard.way(10**6)) > 0)
