"""The study's tables, pictures and verdicts find what was planted, and nothing else."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, shard

from kotohajime import study_band, study_figures, study_page, study_runs, study_tables, study_verdicts
from kotohajime.cells import Article
from kotohajime.cli import UserError
from kotohajime.config import mistaken_hypotheses
from kotohajime.files import read_json, write
from kotohajime.study_verdicts import FAILS, HOLDS, OPEN, verdict

NAN, INF = float("nan"), float("inf")


SCATTER = np.random.default_rng(0).normal(0, 0.1, 16)


def networks(**last_losses) -> pd.DataFrame:
    """Return 16 seeds of each cell; the last loss of seed s is as given, times 10 ** SCATTER[s]."""
    rows = []
    for name, loss in last_losses.items():
        start, optimizer, rate = name.split("_")
        for seed, scatter in enumerate(SCATTER):
            last = loss * 10 ** (scatter + 0.01 * seed * (start == "linear"))
            rows.append({
                "seed": seed, "start": start, "optimizer": optimizer, "schedule": "constant",
                "learning_rate": float(rate), "precision": "float32", "loss_first": 1e3,
                "loss_last": last, "loss_max": 5e4 if start == "normal" else 1e3, "epoch_max": 4,
                "epoch_below_1": 10 * seed if last < 1 else NAN, "epoch_below_0.01": NAN,
                "diverged_at": 6 if math.isinf(loss) else NAN,
            })  # fmt: skip
    return pd.DataFrame(rows)


PLANTED = {"normal_gd_1e-6": 1.0, "linear_gd_1e-6": 100.0, "normal_gd_1e-5": INF, "linear_nesterov_1e-5": 1e-3,
           "linear_gd_5e-5": 1e-3}  # fmt: skip
RATES = {"autograd_learning_rate": 1e-6, "module_learning_rate": 1e-5, "as_momentum": 5e-5}


def cell(start, optimizer, rate):
    return {"start": start, "optimizer": optimizer, "learning_rate": rate}


@pytest.fixture
def study():
    starts = pd.DataFrame(
        {"seed": seed, "start": start, "optimizer": "gd", "sharpness_hessian": sharpness, "limit": c / sharpness}
        for seed in range(8)
        for start, sharpness, c in (("normal", 3e6 + seed, 4.0), ("linear", 1e4 + seed, 4.0 * (1 + seed / 100)))
    )
    return study_verdicts.Study(networks(**PLANTED), starts, RATES)


def test_a_planted_ratio_is_found(study):
    of, to = cell("linear", "gd", "autograd_learning_rate"), cell("normal", "gd", "autograd_learning_rate")
    value, low, high = study_verdicts.loss_ratio(study, of, to)
    assert 1.9 < low < 2 + 0.01 * 7.5 < high < 2.2
    assert low < value < high
    assert study_verdicts.loss_ratio(study, to, of) == pytest.approx((-value, -high, -low))


def test_pairs_share_a_seed(study):
    """Unpaired, the scatter of the seeds would not cancel."""
    of, to = cell("linear", "nesterov", "module_learning_rate"), cell("linear", "gd", "as_momentum")
    assert study_verdicts.loss_ratio(study, of, to) == pytest.approx((0, 0, 0), abs=1e-12)


def test_divergence_counts_as_infinite(study):
    of, to = cell("normal", "gd", "module_learning_rate"), cell("linear", "nesterov", "module_learning_rate")
    assert study_verdicts.loss_ratio(study, of, to) == (INF, INF, INF)
    assert study_verdicts.share_diverged(study, of)[0] == 1
    assert study_verdicts.share_diverged(study, to)[0] == 0


def test_two_that_diverge_decide_nothing(study):
    both = cell("normal", "gd", "module_learning_rate")
    assert np.isnan(study_verdicts.loss_ratio(study, both, both)).all()


def test_one_seed_without_a_limit_decides_nothing(study):
    study.starts.loc[0, "limit"] = NAN
    kinds = ({"start": start, "optimizer": "gd"} for start in ("linear", "normal"))
    assert np.isnan(study_verdicts.limit_ratio(study, *kinds)).all()


def test_best_is_the_rate_with_the_lowest_loss(study):
    assert set(study.networks(cell("linear", "gd", "best"))["learning_rate"]) == {5e-5}
    assert study.networks(cell("linear", "gd", "best") | {"precision": "float64"}).empty


def test_spikes_and_limits(study):
    assert study_verdicts.share_spiked(study, cell("normal", "gd", "autograd_learning_rate"))[0] == 1
    assert study_verdicts.share_spiked(study, cell("linear", "gd", "autograd_learning_rate"))[0] == 0
    value, low, high = study_verdicts.limit_ratio(
        study, {"start": "linear", "optimizer": "gd"}, {"start": "normal", "optimizer": "gd"}
    )
    assert 0 < low < value < high < 0.03


@pytest.mark.parametrize(
    ("low", "high", "allowed", "decided"),
    [
        (-2, -1, {"below": 0}, HOLDS),
        (1, 2, {"below": 0}, FAILS),
        (-1, 1, {"below": 0}, OPEN),
        (-0.1, 0.1, {"above": -0.3, "below": 0.3}, HOLDS),
        (0.2, 0.4, {"above": -0.3, "below": 0.3}, OPEN),
        (0.4, 0.5, {"above": -0.3, "below": 0.3}, FAILS),
        (INF, INF, {"below": 0}, FAILS),
        (INF, INF, {"above": 0}, HOLDS),
        (-INF, -INF, {"below": 0}, HOLDS),
        (-INF, -INF, {"above": 0}, FAILS),
        (-INF, 1, {"below": 0}, OPEN),
        (-INF, INF, {"above": -0.3, "below": 0.3}, OPEN),
        (NAN, NAN, {"below": 0}, OPEN),
    ],
)
def test_the_interval_decides(low, high, allowed, decided):
    assert verdict(low, high, allowed) == decided


@pytest.mark.parametrize(
    ("found", "decided"),
    [({"a": HOLDS, "b": FAILS}, HOLDS), ({"a": FAILS, "b": HOLDS}, FAILS), ({"a": HOLDS, "b": OPEN}, OPEN)],
)
def test_hypotheses_decide_a_claim(found, decided):
    rules = {"holds_if": {"a": HOLDS, "b": FAILS}, "does_not_hold_if": {"a": FAILS}}
    assert study_verdicts.decide_claim(rules, found) == decided


def test_the_stated_hypotheses_can_be_decided():
    stated = yaml.safe_load((ROOT / "config/hypotheses.yaml").read_text())
    names = [hypothesis["id"] for hypothesis in stated["hypotheses"]]
    assert len(names) == len(set(names)) >= 10
    assert {hypothesis["measure"] for hypothesis in stated["hypotheses"]} == set(study_verdicts.MEASURES)
    for rules in stated["claims"].values():
        assert {*rules["holds_if"], *rules["does_not_hold_if"]} <= set(names)
        assert {*rules["holds_if"].values(), *rules["does_not_hold_if"].values()} <= {HOLDS, FAILS}


SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/hypotheses.schema.yaml").read_text())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"range": {"belo": 0}}, "config/hypotheses.yaml, hypotheses 0 range: Additional properties are not allowed"),
        ({"range": {}}, "hypotheses 0 range: {} should be non-empty."),
        ({"of": {"start": "liner", "optimizer": "gd"}}, "hypotheses 0 of start: 'liner' is not one of"),
        ({"id": "other"}, "hypotheses 0 id: 'other' is not one of"),
        ({"measure": "guess"}, "hypotheses 0 measure: 'guess' is not one of"),
    ],
)
def test_a_wrong_hypothesis_is_told_before_anything_runs(change, told):
    stated = yaml.safe_load((ROOT / "config/hypotheses.yaml").read_text())
    assert mistaken_hypotheses(stated, SCHEMA) == []
    stated["hypotheses"][0].update(change)
    assert told in mistaken_hypotheses(stated, SCHEMA)[0]


def test_a_wrong_hypothesis_is_told(tmp_path, study):
    write(tmp_path / "h.yaml", "hypotheses: [{id: a, says: b, measure: guess, of: {}, range: {}}]\nclaims: {}\n")
    for name in ("runs", "starts", "band"):
        write(tmp_path / f"{name}.csv", "seed,precision,run,low,inside\n0,float32,a,1,True\n")
    study_runs.write_json(tmp_path / "settings.json", {})
    files = {name: tmp_path / f"{name}.csv" for name in ("runs", "starts", "band")}
    with pytest.raises(UserError, match=r"h\.yaml cannot be used: KeyError: 'guess'"):
        study_verdicts.main(
            hypotheses=tmp_path / "h.yaml", settings=tmp_path / "settings.json", output=tmp_path / "v.json", **files
        )


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


@pytest.mark.parametrize(("p", "decided"), [(0.5, HOLDS), (0.05, HOLDS), (0.04, FAILS), (NAN, OPEN)])
def test_the_bands_rule(p, decided):
    rows = pd.DataFrame({"inside": [True, False], "curve_p": p})
    assert study_verdicts.decide_band(rows, 0.05)["verdict"] == decided


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
