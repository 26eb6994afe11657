"""The study's tables, band, pictures and page tell what was planted, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from conftest import INF, NAN, PLANTED, ROOT, networks, shard

from kotohajime import study_band, study_figures, study_page, study_runs, study_tables, study_verdicts
from kotohajime.cells import Article
from kotohajime.files import read_json
from kotohajime.study_verdicts import OPEN


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


def test_a_curve_among_its_like_is_refused_as_rarely_as_said():
    """Curves whose epochs go together, as losses do; and one that is apart."""
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        curves = generator.standard_normal((40, 1)) + 0.3 * generator.standard_normal((40, 25))
        refused += study_band.whole_curve(curves[1:], curves[0]) < 0.05
        assert study_band.whole_curve(curves[1:], curves[0] + 9) == 1 / 40
    assert 0 < refused / 200 < 0.08


def test_the_picture_shows_curves_divergence_and_the_articles_runs():
    table = study_tables.cells(networks(**PLANTED))
    _, axes = study_figures.new_axes("title")
    one = dict.fromkeys(study_figures.STARTS, 1.0)
    study_figures.plot_cells(axes, table, one)
    study_figures.mark_article(axes, table, Article().runs(), one)
    drawn = [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in axes.lines if len(line.get_xdata())]
    crosses = [x for x, y in drawn if min(y) > 1e3 * 100 * 1.3]  # above a thousand times the largest last loss
    assert crosses == [[1e-5], [1e-5]]  # the cross, and the thin line that joins crosses
    assert [x for x, _ in drawn if x == [1e-6, 5e-5]]  # nn.Linear, gradient descent
    assert [text.get_text() for text in axes.texts[1:]] == ["the article's autograd run", "the article's module run"]


def test_the_page_and_the_finding_tell_what_the_tables_say(tmp_path):
    """From shards to sentences, with two seeds: too few for intervals, which are then left out and said to be."""
    study_runs.main(shards=[shard(tmp_path / "0", 0, 2)], article=Article(epochs=30), output=tmp_path)
    files = {name: tmp_path / f"{name}.csv" for name in ("runs", "starts", "band")}
    settings = tmp_path / "settings.json"
    study_tables.main(settings=settings, runs=files["runs"], starts=files["starts"], output=tmp_path)
    published = {
        name: ROOT / "data/published" / f"{file}.csv" for name, file in (("curves", "curves"), ("notebook", "manual"))
    }
    study_band.main(study_curves=tmp_path / "curves.csv", **published, output=files["band"])
    study_verdicts.main(
        hypotheses=ROOT / "config/hypotheses.yaml", settings=settings, **files, output=tmp_path / "verdicts.json"
    )
    study_page.main(study=tmp_path)
    verdicts = read_json(tmp_path / "verdicts.json")
    told = {hypothesis["id"]: hypothesis["told"] for hypothesis in verdicts["hypotheses"]}
    assert verdicts["claims"]["init_is_why"]["verdict"] == OPEN
    page = (tmp_path / "study.html").read_text()
    assert all(text in page for text in told.values())
    for name, few in (("finding.md", "for which these are too few"), ("finding.ja.md", "区間を出すには少なすぎます")):
        finding = (tmp_path / name).read_text()
        assert told["start_alone"] in finding
        assert few in finding
        assert not any(word in finding for word in ("unknown", "nan", "None", "&#"))
