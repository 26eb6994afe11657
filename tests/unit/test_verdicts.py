"""The measures find what was planted, and the rules that were stated beforehand decide by them."""

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN, PLANTED, learned, networks, taught, trained
from projects import ROOT

from kotohajime.config import Article
from kotohajime.hypotheses import measures, verdicts
from kotohajime.hypotheses.measures import Study
from kotohajime.hypotheses.schema import Rule, load
from kotohajime.hypotheses.verdicts import decide, estimate, verdict
from kotohajime.io import read_json, write_json, write_table
from kotohajime.text import FAILS, HOLDS, NOT_REJECTED, OPEN

FILE = ROOT / "config/hypotheses.yaml"
BY_ID = {hypothesis.id: hypothesis for hypothesis in load(FILE).hypotheses}
NORMAL_GD, LINEAR_GD = ({"start": start, "optimizer": "gd"} for start in ("normal", "linear"))
MODULE = {"start": "linear", "optimizer": "nesterov", "learning_rate": "module_learning_rate"}
AUTOGRAD = NORMAL_GD | {"learning_rate": "autograd_learning_rate"}
SWAPPED = LINEAR_GD | {"learning_rate": "autograd_learning_rate"}
DIVERGED = NORMAL_GD | {"learning_rate": "module_learning_rate"}
AS_MOMENTUM = LINEAR_GD | {"learning_rate": "as_momentum"}
BEST = LINEAR_GD | {"learning_rate": "best"}


@pytest.fixture
def study():
    starts = pd.DataFrame(
        {"seed": seed, "start": start, "optimizer": "gd", "sharpness_hessian": sharpness, "limit": c / sharpness}
        for seed in range(8)
        for start, sharpness, c in (("normal", 3e6 + seed, 4.0), ("linear", 1e4 + seed, 4.0 * (1 + seed / 100)))
    )
    rates = {"autograd_learning_rate": 1e-6, "module_learning_rate": 1e-5, "as_momentum": 5e-5}
    curves = pd.DataFrame(
        {"seed": seed, "run": run, "epoch": epoch, "loss": loss}
        for seed in range(8)
        for run, losses in (("halved", [9, 3, 5, 2, 1]), ("module", [5, 4, 4, 4, 2 + seed]))
        for epoch, loss in zip((0, 1, 20, 25, 30), losses, strict=True)
    )
    runs = networks(**PLANTED).sample(frac=1, random_state=0)  # in no order
    return Study(runs, curves, starts, learned(), trained(), taught(), rates)


def test_a_planted_ratio_is_found_between_networks_of_one_seed(study):
    values = measures.loss_ratio(study, SWAPPED, AUTOGRAD)
    assert values == pytest.approx(2 + 0.01 * np.arange(16))  # unpaired, the scatter of the seeds would not cancel
    value, low, high = estimate(values)
    assert 2 < low < 2 + 0.01 * 7.5 < high < 2.2
    assert estimate(measures.loss_ratio(study, AUTOGRAD, SWAPPED)) == pytest.approx((-value, -high, -low))


def test_a_ratio_that_float32s_rounding_decides_is_marked(study):
    def rounding(loss, precision="float32"):
        cell = (study.runs["start"] == "linear") & (study.runs["learning_rate"] == 5e-5)
        study.runs.loc[cell, "loss_last"] = loss
        study.runs["precision"] = precision
        return decide(BY_ID["momentum_is_rate"], study, len(BY_ID))["rounding"]

    assert [rounding(loss) for loss in (1.1e-4, 0.9e-4)] == [False, True]
    assert not rounding(1e-9, "float64")
    assert decide(BY_ID["catapult"], study, len(BY_ID))["rounding"] is False


def test_one_run_overtakes_another_for_good(study):
    assert (measures.overtakes_at(study, "halved", "module") == 25).all()
    assert np.isinf(measures.overtakes_at(study, "module", "halved")).all()
    assert measures.arrives_at(study, "halved", "module").tolist() == [30, 25, 25, 25, 1, 1, 1, 1]
    study.curves.loc[study.curves["run"] == "halved", "loss"] = NAN  # it diverged
    assert np.isinf(measures.arrives_at(study, "halved", "module")).all()


def test_divergence_counts_as_infinite_and_two_that_diverge_decide_nothing(study):
    assert estimate(measures.loss_ratio(study, DIVERGED, MODULE)) == (INF, INF, INF)
    assert np.isnan(measures.loss_ratio(study, DIVERGED, DIVERGED)).all()
    assert [measures.share_diverged(study, cell).mean() for cell in (DIVERGED, MODULE)] == [1, 0]
    assert [measures.share_spiked(study, cell).mean() for cell in (AUTOGRAD, SWAPPED)] == [1, 0]


def test_limits_are_compared_and_one_seed_without_one_decides_nothing(study):
    values = measures.limit_ratio(study, LINEAR_GD, NORMAL_GD)
    assert values == pytest.approx(np.log10(1 + np.arange(8) / 100), abs=1e-6)
    study.starts.loc[0, "limit"] = NAN
    values = measures.limit_ratio(study, LINEAR_GD, NORMAL_GD)
    assert np.isnan(values).sum() == 1
    assert np.isnan(estimate(values)).all()


def test_best_is_the_rate_with_the_lowest_loss_of_those_that_all_seeds_were_given(study):
    """Three of 16 seeds lack float64 at the rate that the others end lowest at: they are no fair sample."""

    def add_float64(rate, loss, seeds):
        again = networks(**{f"linear_gd_{rate}": loss}).assign(precision="float64")
        study.runs = pd.concat([study.runs, again[again["seed"].isin(seeds)]], ignore_index=True)

    assert set(study.networks(BEST)["learning_rate"]) == {5e-5}
    assert study.networks(BEST | {"schedule": "notebook"}).empty  # not trained
    best = BEST | {"precision": "float64"}
    add_float64("5e-5", 1e-12, range(13))
    assert study.networks(best).empty
    assert study.networks(AS_MOMENTUM | {"precision": "float64"}).empty
    add_float64("1e-6", 1e-9, range(16))
    assert set(study.networks(best)["learning_rate"]) == {1e-6}
    add_float64("5e-5", 1e-12, range(13, 16))
    assert set(study.networks(best)["learning_rate"]) == {5e-5}


BOTH_ENDS = {"above": -0.3, "below": 0.3}


@pytest.mark.parametrize(
    ("low", "high", "ends", "expected"),
    [
        (-2, -1, {"below": 0}, HOLDS),
        (1, 2, {"below": 0}, FAILS),
        (-1, 1, {"below": 0}, OPEN),
        (-0.1, 0.1, BOTH_ENDS, HOLDS),
        (0.2, 0.4, BOTH_ENDS, OPEN),
        (INF, INF, {"above": 0}, HOLDS),
        (NAN, NAN, {"below": 0}, OPEN),
    ],
)
def test_the_interval_decides(low, high, ends, expected):
    assert verdict(low, high, **ends) == expected


@pytest.mark.parametrize("hypothesis", BY_ID.values(), ids=BY_ID)
def test_every_hypothesis_can_come_out_each_way(hypothesis):
    """Of some interval that its measure can give, its verdict is each of the three."""
    share = hypothesis.measure.startswith(("share", "test_accuracy"))
    ends = np.linspace(0, 1, 6) if share else (-2, -1.5, 0, 0.1, 1, 2, 3.9, 4.1, 400, 600)
    intervals = [(low, high) for low in ends for high in ends if low <= high]
    decided = {verdict(*interval, hypothesis.range.above, hypothesis.range.below) for interval in intervals}
    assert decided == {HOLDS, FAILS, OPEN}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(HOLDS, FAILS, HOLDS), (HOLDS, HOLDS, FAILS), (FAILS, OPEN, FAILS), (HOLDS, OPEN, OPEN), (OPEN, OPEN, OPEN)],
)
def test_hypotheses_decide_a_claim(a, b, expected):
    assert verdicts.decide_claim(Rule(needs={"a": HOLDS, "b": FAILS}), {"a": a, "b": b}) == expected


def decided_on(name, **tables):
    """Return what is decided on a hypothesis of the file from planted tables."""
    tables = {"images": learned(), "speed": trained(), "teacher": taught()} | tables
    return decide(BY_ID[name], Study(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), rates={}, **tables), len(BY_ID))


@pytest.mark.parametrize(
    ("name", "table", "turned", "unknown"),
    [
        ("images_normal", "images", learned(test_accuracy=0.5), learned(train_loss=lambda table: table["seed"] / 100)),
        ("alpha_law", "images", learned(test_loss=1.0), learned(train_loss=lambda table: table["scale"] / 100)),
        ("balance_tests", "images", learned(linear=0.1), learned(train_loss=INF)),
        ("balance", "speed", trained(balanced=NAN), trained(balanced=NAN, linear=NAN)),  # which never get there
        ("usable_rates", "speed", trained().query("c != 4"), trained().assign(usable_at=5)),
        ("catapult_tests", "teacher", taught(linear=0.1), taught().assign(train_loss=0.02)),
    ],
)
def test_tables_of_images_and_speed_decide_each_way(name, table, turned, unknown):
    planted = decided_on(name)
    assert (planted["verdict"], planted["corrected"], planted["seeds"]) == (HOLDS, HOLDS, 16)
    assert decided_on(name, **{table: turned})["verdict"] == FAILS
    assert decided_on(name, **{table: unknown})["verdict"] == OPEN


def test_eight_seeds_decide_a_share_but_not_as_one_of_many(study):
    study.runs = study.runs[study.runs["seed"] < 8]
    decided = decide(BY_ID["catapult"], study, len(BY_ID))
    assert (decided["verdict"], decided["corrected"]) == (HOLDS, OPEN)


BAND = {"seeds": 40, "p": 0.5, "factor": 2.0, "inside": 3, "epochs": 3}


def test_the_file_of_verdicts(tmp_path, study):
    study.band = pd.DataFrame(
        {"run": "autograd", "inside": True, "seeds": 40, "curve_p": 0.5, "factor": 2.0}, index=range(3)
    )
    paths = {
        name: tmp_path / f"{name}.csv" for name in ("runs", "curves", "starts", "images", "speed", "teacher", "band")
    }
    for name, path in paths.items():
        write_table(path, getattr(study, name))
    write_json(tmp_path / "settings.json", Article().model_dump())
    verdicts.main(hypotheses=FILE, settings=tmp_path / "settings.json", output=tmp_path / "verdicts.json", **paths)
    decided = read_json(tmp_path / "verdicts.json")
    by_id = {hypothesis["id"]: hypothesis for hypothesis in decided["hypotheses"]}
    assert by_id.keys() == BY_ID.keys()
    assert (by_id["start_alone"]["verdict"], by_id["start_alone"]["seeds"]) == (FAILS, 16)
    assert by_id["momentum_is_rate"]["told"] == "1 (1 to 1)"  # at `as_momentum`
    unknown = {"told": "unknown", "value": None, "seeds": 0, "verdict": OPEN, "corrected": OPEN}
    assert unknown.items() <= by_id["tuned_in_float64"].items()  # which nothing was trained in
    assert decided["claims"]["module_better"] == {"needs": {"module_better": HOLDS}, "verdict": HOLDS}
    assert decided["band"] == {"autograd": {**BAND, "verdict": NOT_REJECTED}}
