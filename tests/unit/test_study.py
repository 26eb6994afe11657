"""The study's tables, band, pictures and page tell what was planted, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from conftest import INF, NAN, PLANTED, ROOT, networks, tensors, train_as_module

from kotohajime.article import train_autograd
from kotohajime.article.published import READING_ERROR, read_published
from kotohajime.files import UserError, read_json, read_table, write
from kotohajime.settings import Place, Sizes
from kotohajime.study import band as study_band
from kotohajime.study import band_shard
from kotohajime.study import floor as study_floor
from kotohajime.study import page as study_page
from kotohajime.study import runs as study_runs
from kotohajime.study import shard as study_shard
from kotohajime.study import tables as study_tables
from kotohajime.study import verdicts as study_verdicts
from kotohajime.study.cells import Article
from kotohajime.words import OPEN

PUBLISHED = {
    name: ROOT / "data/published" / f"{file}.csv" for name, file in (("curves", "curves"), ("notebook", "manual"))
}


def test_the_table_of_cells():
    table = study_tables.cells(networks(**PLANTED)).set_index(["start", "optimizer", "learning_rate"])
    assert table.loc[("linear", "gd", 1e-6), "loss_last"] == pytest.approx(100, rel=0.3)
    assert table.loc[("normal", "gd", 1e-5), ["loss_last", "share_diverged"]].tolist() == [INF, 1]
    assert table.loc[("normal", "gd", 1e-6), "spike_height"] == 50
    assert table.loc[("linear", "gd", 5e-5), "epochs_to_1"] == 70
    assert table.loc[("linear", "gd", 1e-6), "epochs_to_1"] == INF


def test_a_cell_that_some_seeds_lack_is_left_out():
    runs = networks(**PLANTED)
    assert len(study_tables.cells(runs.drop(index=0))) == len(PLANTED) - 1
    assert (study_tables.left_out(runs), study_tables.left_out(runs.drop(index=[0, 16]))) == (0, 2)


def test_tuned_and_swap():
    table = study_tables.cells(networks(**PLANTED))
    best = study_tables.tuned(table).set_index(["start", "optimizer"])["learning_rate"]
    assert best.to_dict() == {("normal", "gd"): 1e-6, ("linear", "gd"): 5e-5, ("linear", "nesterov"): 1e-5}
    assert set(study_tables.swap(table, (1e-6, 1e-5))["learning_rate"]) == {1e-6, 1e-5}


def test_limits_beside_theory():
    starts = pd.DataFrame({
        "seed": range(5), "start": "normal", "optimizer": "nesterov", "sharpness_hessian": 100.0,
        "limit": [0.02, 0.03, 0.025, 0.025, 0.025],
    })  # fmt: skip
    (row,) = study_tables.limits(starts, 0.8).to_dict("records")
    assert (row["limit"], row["limit_x_sharpness"]) == (0.025, 2.5)
    assert (row["seeds"], row["seeds_with_limit"]) == (5, 5)
    assert row["stable_x_sharpness"] == pytest.approx(3.6 / 2.6)
    starts.loc[0, "limit"] = NAN
    (row,) = study_tables.limits(starts, 0.8).to_dict("records")
    assert np.isnan(row["limit"])
    assert row["seeds_with_limit"] == 4


def test_what_rests_on_a_sharpness_has_its_digits():
    """A sharpness is found to 1e-6: what is written of it, and of its products, has no more digits."""
    starts = pd.DataFrame({
        "seed": range(5), "start": "normal", "optimizer": "gd", "sharpness_hessian": 100 + np.arange(5) / 7,
        "limit": 0.02 + np.arange(5) / 7e4,
    })  # fmt: skip
    (row,) = study_tables.limits(starts, 0.8).to_dict("records")
    rounded = [name for name in row if "sharpness" in name and name != "stable_x_sharpness"]
    assert len(rounded) == 4
    assert all(len(f"{row[name]!r}".replace(".", "").lstrip("0")) <= 6 for name in rounded)
    assert row["limit_x_sharpness"] == pytest.approx((100 + 2 / 7) * (0.02 + 2 / 7e4), rel=1e-5)


def test_momentum_beside_its_partner():
    (row,) = study_tables.momentum_against_rate(networks(**PLANTED), 0.8).to_dict("records")
    assert (row["rate_nesterov"], row["rate_gd"]) == (1e-5, 5e-5)
    assert abs(row["decades"]) < 1e-12


def test_the_band_holds_what_its_seeds_could_give():
    losses = 10 ** np.random.default_rng(0).normal(2, 0.5, 64)
    curves = pd.DataFrame({"seed": range(64), "run": "autograd", "epoch": 20, "loss": losses})
    inside, above = (study_band.band(curves, {"autograd": {20: loss}}).iloc[0] for loss in (150.0, 1e5))
    assert inside["low"] < inside["median"] < inside["high"]
    assert inside["inside"]
    assert 40 < inside["percentile"] < 80
    assert not above["inside"]
    assert above["percentile"] == 100
    assert study_band.band(curves, {"autograd": {30: 1.0}}).empty


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
        refused += study_band.whole_curve(curves[1:], published, error) < 0.05
        assert study_band.whole_curve(curves[1:], published + 9, error) == 1 / 40
    assert 0 < refused / 400 < 0.05


def test_reading_errors_belong_to_the_test():
    """Seeds that hardly differ: without reading errors of their own, almost every published curve would be apart."""
    generator = np.random.default_rng(0)
    seeds = np.linspace(5, 0, 25) + generator.normal(0, 0.001, (39, 25))
    published = [np.linspace(5, 0, 25) + generator.normal(0, np.log10(1.1), 25) for _ in range(100)]
    assert np.mean([study_band.whole_curve(seeds, curve, 0) < 0.05 for curve in published]) == 1
    assert np.mean([study_band.whole_curve(seeds, curve, 0.1) < 0.05 for curve in published]) < 0.15


def test_the_same_table_gives_the_same_p():
    seeds, published = np.random.default_rng(0).standard_normal((20, 25)), np.zeros(25)
    assert study_band.whole_curve(seeds, published, 0.1) == study_band.whole_curve(seeds, published, 0.1)
    assert np.isnan(study_band.whole_curve(seeds[:0], published, 0.1))


def test_seeds_that_diverge_are_not_compared():
    curves = pd.DataFrame({"seed": range(4), "run": "module", "epoch": 20, "loss": [700.0, INF, NAN, 650.0]})
    (row,) = study_band.band(curves, {"module": {20: 690.4}}).to_dict("records")
    assert row["seeds"] == 2
    assert row["curve_p"] in (1 / 3, 2 / 3, 1)
    curves["loss"] = INF
    (row,) = study_band.band(curves, {"module": {20: 690.4}}).to_dict("records")
    assert (row["seeds"], row["inside"]) == (0, False)
    assert np.isnan(row["curve_p"])


def test_another_table_than_the_curves_is_told(tmp_path):
    write(tmp_path / "runs.csv", "seed,start,loss_last\n0,normal,1\n")
    with pytest.raises(UserError, match="holds seed, start, loss_last, but not run, epoch, loss"):
        study_band.main(study_curves=tmp_path / "runs.csv", **PUBLISHED, output=tmp_path / "band.csv")


def test_each_published_curve_has_its_reading_error():
    published = read_published(**PUBLISHED)
    assert set(published) == set(READING_ERROR)
    told = (ROOT / "data/published/README.md").read_text()
    assert all(f"about {100 * error:.0f} %" in told for error in READING_ERROR.values())


SMALL = Sizes(hidden_dim=50)


def study(
    folder, seeds, sizes=SMALL, article=Article(epochs=30), place=Place(device="cpu"), learning_rates=(1e-6, 1e-3)
):
    """Run the study from its shards to its pages, in one folder."""
    common = {"sizes": sizes, "article": article, "place": place}
    some = study_shard.Shard(first_seed=0, seeds=seeds)
    rates = study_shard.Grid(learning_rates=learning_rates)
    study_shard.main(shard=some, rates=rates, output=folder / "0", **common)
    band_shard.main(shard=some, output=folder / "b", **common)
    study_runs.main(shards=[folder / "0"], band_shards=[folder / "b"], article=article, output=folder)
    files = {name: folder / f"{name}.csv" for name in ("runs", "starts", "band")}
    settings = folder / "settings.json"
    study_tables.main(settings=settings, runs=files["runs"], starts=files["starts"], output=folder)
    study_band.main(study_curves=folder / "curves.csv", **PUBLISHED, output=files["band"])
    study_floor.main(settings=settings, runs=files["runs"], tuned=folder / "tuned.csv", sizes=sizes, place=place,
                     output=folder / "floor.csv")  # fmt: skip
    study_verdicts.main(
        hypotheses=ROOT / "config/hypotheses.yaml", settings=settings, **files, output=folder / "verdicts.json"
    )
    study_page.main(study=folder)
    return folder


def test_the_page_and_the_finding_tell_what_the_tables_say(tmp_path):
    """From shards to sentences, with two seeds: too few for intervals, which are then left out and said to be."""
    study(tmp_path, seeds=2)
    verdicts = read_json(tmp_path / "verdicts.json")
    told = {hypothesis["id"]: hypothesis["told"] for hypothesis in verdicts["hypotheses"]}
    assert verdicts["claims"]["init_is_why"]["verdict"] == OPEN
    assert verdicts["band"]["module"]["verdict"] == OPEN
    page = (tmp_path / "study.html").read_text()
    assert all(text in page for text in told.values())
    assert read_table(tmp_path / "floor.csv").empty
    assert "order of summation" not in page
    assert "leave out" not in page
    for name, few in (("finding.md", "for which these are too few"), ("finding.ja.md", "区間を出すには少なすぎます")):
        finding = (tmp_path / name).read_text()
        assert told["start_alone"] in finding
        assert few in finding
        assert not any(word in finding for word in ("unknown", "nan", "None", "&#"))


def test_the_smallest_study_has_pages(tmp_path):
    """One network of one unit and one epoch, which may end at a loss of 0 or at a sharpness of 0."""
    ones = dict.fromkeys(Sizes.model_fields, 1)
    study(tmp_path, seeds=1, sizes=Sizes(**ones), article=Article(epochs=1), learning_rates=(1e-6,))
    assert "判定できませんでした" in (tmp_path / "finding.ja.md").read_text()


@pytest.fixture(scope="module")
def low(tmp_path_factory):
    """Return a study of small networks that end below 1e-4, five seeds, and the article's settings."""
    article = Article(epochs=1000, module_learning_rate=2e-4)
    sizes = Sizes(batch_size=10, input_dim=20, hidden_dim=100, output_dim=2)
    return study(tmp_path_factory.mktemp("low"), 5, sizes, article, learning_rates=(1e-4, 1e-3, 1e-2)), article, sizes


def test_where_the_plain_loops_end(low):
    folder, article, sizes = low
    floor, runs = read_table(folder / "floor.csv"), read_table(folder / "runs.csv")
    assert list(floor) == ["seed", "start", "optimizer", "learning_rate", "loss_engine", "loss_plain"]
    assert set(floor["seed"]) == {0, 1, 2, 3}
    tuned = read_table(folder / "tuned.csv").query("precision == 'float32' and loss_last < 1e-4")
    kind = ["start", "optimizer"]
    assert set(floor[kind].itertuples(index=False)) == set(tuned[kind].itertuples(index=False))
    for row in floor.itertuples():
        own = (
            f"seed == {row.seed} and start == '{row.start}' and optimizer == '{row.optimizer}'"
            f" and learning_rate == {row.learning_rate} and schedule == 'constant' and precision == 'float32'"
        )
        assert runs.query(own)["loss_last"].tolist() == [row.loss_engine]
    assert {"normal", "gd", "nesterov"} <= {*floor["start"], *floor["optimizer"]}
    row = floor.query("start == 'normal' and optimizer == 'gd'").iloc[0]
    weights = tensors(int(row.seed), tuple(sizes.model_dump().values()))
    rates = [row.learning_rate] * article.epochs
    assert train_autograd.train(*weights, rates)[0][-1] == row.loss_plain
    row = floor.query("start == 'normal' and optimizer == 'nesterov'").iloc[0]
    weights = tensors(int(row.seed), tuple(sizes.model_dump().values()))
    rates = [row.learning_rate] * article.epochs
    losses, _ = train_as_module(*weights, rates, momentum=article.module_momentum, nesterov=True)
    assert losses[-1] == row.loss_plain


def test_the_floor_is_told(low):
    folder, *_ = low
    for name, words in (("study.html", "order of summation"), ("finding.md", "order of summation"),
                        ("finding.ja.md", "足し算の順序")):  # fmt: skip
        assert words in (folder / name).read_text()


def test_in_float64_there_is_no_floor_to_tell(tmp_path):
    study(tmp_path, seeds=1, place=Place(device="cpu", precision="float64"), article=Article(epochs=5))
    assert (tmp_path / "floor.csv").read_text() == "seed,start,optimizer,learning_rate,loss_engine,loss_plain\n"


def test_cells_that_are_left_out_are_told(low, tmp_path, capsys):
    folder, *_ = low
    runs = read_table(folder / "runs.csv")
    first = runs[runs["precision"] == "float64"].index[0]
    for file in folder.glob("*.*"):
        write(tmp_path / file.name, file.read_bytes())
    before = study_tables.left_out(runs)
    runs.drop(index=first).to_csv(tmp_path / "runs.csv", index=False)
    now = study_tables.left_out(read_table(tmp_path / "runs.csv"))
    assert now == before + 1
    files = {name: tmp_path / f"{name}.csv" for name in ("runs", "starts")}
    study_tables.main(settings=tmp_path / "settings.json", **files, output=tmp_path)
    assert f"{now} more left out, which only some seeds have" in capsys.readouterr().out
    study_page.main(study=tmp_path)
    assert f"leave out {now} cell" in (tmp_path / "study.html").read_text()
