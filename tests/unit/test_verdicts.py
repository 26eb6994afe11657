"""The measures find what was planted, and the rules that were stated beforehand decide by them."""

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN, PLANTED, SCATTER, learned, networks, taught, trained
from projects import ROOT

from kotohajime.config import Article
from kotohajime.hypotheses import measures, verdicts
from kotohajime.hypotheses.measures import Study
from kotohajime.hypotheses.schema import Rule, load
from kotohajime.hypotheses.verdicts import decide, estimate, verdict
from kotohajime.io import UserError, read_json, write, write_json, write_table
from kotohajime.text import FAILS, HOLDS, NOT_REJECTED, OPEN

FILE = ROOT / "config/hypotheses.yaml"
BY_ID = {hypothesis.id: hypothesis for hypothesis in load(FILE).hypotheses}
RATES = {"autograd_learning_rate": 1e-6, "module_learning_rate": 1e-5, "as_momentum": 5e-5}
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
    return Study(networks(**PLANTED), starts, learned(), trained(), taught(), RATES)


def test_a_planted_ratio_is_found(study):
    values = measures.loss_ratio(study, SWAPPED, AUTOGRAD)
    value, low, high = estimate(values)
    assert len(values) == 16
    assert 1.9 < low < value < high < 2.2
    assert low < 2 + 0.01 * 7.5 < high
    assert estimate(measures.loss_ratio(study, AUTOGRAD, SWAPPED)) == pytest.approx((-value, -high, -low))


def test_pairs_share_a_seed(study):
    """Unpaired, the scatter of the seeds would not cancel."""
    assert measures.loss_ratio(study, MODULE, AS_MOMENTUM) == pytest.approx(np.zeros(16), abs=1e-12)


def test_divergence_counts_as_infinite_and_two_that_diverge_decide_nothing(study):
    assert estimate(measures.loss_ratio(study, DIVERGED, MODULE)) == (INF, INF, INF)
    assert np.isnan(measures.loss_ratio(study, DIVERGED, DIVERGED)).all()


def test_shares(study):
    assert estimate(measures.share_diverged(study, DIVERGED))[0] == 1
    assert estimate(measures.share_diverged(study, MODULE))[0] == 0
    assert estimate(measures.share_spiked(study, AUTOGRAD))[0] == 1
    assert estimate(measures.share_spiked(study, SWAPPED))[0] == 0


def test_limits_are_compared_and_one_seed_without_one_decides_nothing(study):
    value, low, high = estimate(measures.limit_ratio(study, LINEAR_GD, NORMAL_GD))
    assert 0 < low < value < high < 0.03
    study.starts.loc[0, "limit"] = NAN
    values = measures.limit_ratio(study, LINEAR_GD, NORMAL_GD)
    assert np.isnan(values).sum() == 1
    assert np.isnan(estimate(values)).all()


def add_float64(study, rate, loss, seeds):
    """Give some seeds of linear, gd a network in float64, as those get whose float32 loss ended low."""
    again = study.runs.query("start == 'linear' and optimizer == 'gd' and learning_rate == 1e-6 and seed in @seeds")
    again = again[again["precision"] == "float32"]
    again = again.assign(learning_rate=rate, precision="float64", loss_last=loss * (1 + again["seed"] / 100))
    study.runs = pd.concat([study.runs, again], ignore_index=True)


def test_best_is_the_rate_with_the_lowest_loss_of_those_that_all_seeds_were_given(study):
    """Three of 16 seeds lack float64 at the rate that the others end lowest at: they are no fair sample."""
    assert set(study.networks(BEST)["learning_rate"]) == {5e-5}
    best = BEST | {"precision": "float64"}
    assert study.networks(best).empty
    add_float64(study, 5e-5, 1e-12, range(13))
    assert measures.loss_ratio(study, best, AUTOGRAD).size == 0
    add_float64(study, 1e-6, 1e-9, range(16))
    assert set(study.networks(best)["learning_rate"]) == {1e-6}
    add_float64(study, 5e-5, 1e-12, range(13, 16))
    assert set(study.networks(best)["learning_rate"]) == {5e-5}


def test_a_named_cell_that_some_seeds_lack_is_unknown(study):
    named = AS_MOMENTUM | {"precision": "float64"}
    add_float64(study, 5e-5, 1e-12, range(13))
    assert measures.share_diverged(study, named).size == 0
    add_float64(study, 5e-5, 1e-12, range(13, 16))
    assert measures.share_diverged(study, named).size == 16


@pytest.mark.parametrize("rate", ["best", "module_learning_rate"])
def test_a_cell_that_is_not_trained_decides_nothing(study, rate):
    untrained = {"start": "linear", "schedule": "notebook", "learning_rate": rate}
    stated = BY_ID["own_rate"]
    stated = stated.model_copy(update={"of": stated.of.model_copy(update=untrained)})
    decided = decide(stated, study, 1)
    assert (decided["verdict"], decided["told"], decided["value"], decided["seeds"]) == (OPEN, "unknown", None, 0)


@pytest.mark.parametrize(
    ("low", "high", "ends", "expected"),
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
def test_the_interval_decides(low, high, ends, expected):
    assert verdict(low, high, **ends) == expected


@pytest.mark.parametrize("hypothesis", BY_ID.values(), ids=BY_ID)
def test_every_hypothesis_can_come_out_each_way(hypothesis):
    """Of some interval that its measure can give, its verdict is each of the three."""
    share = hypothesis.measure.startswith(("share", "test_accuracy"))
    ends = np.linspace(0, 1, 6) if share else (-2, -1.5, 0, 0.1, 1, 2, 3.9, 4.1)
    intervals = [(low, high) for low in ends for high in ends if low <= high]
    decided = {verdict(*interval, hypothesis.range.above, hypothesis.range.below) for interval in intervals}
    assert decided == {HOLDS, FAILS, OPEN}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (HOLDS, FAILS, HOLDS),
        (FAILS, FAILS, FAILS),
        (HOLDS, HOLDS, FAILS),
        (FAILS, OPEN, FAILS),
        (HOLDS, OPEN, OPEN),
        (OPEN, OPEN, OPEN),
    ],
)
def test_hypotheses_decide_a_claim(a, b, expected):
    assert verdicts.decide_claim(Rule(needs={"a": HOLDS, "b": FAILS}), {"a": a, "b": b}) == expected


def decided_on(name, **tables):
    """Return what is decided on a hypothesis of the file from planted tables."""
    images_tables = {"images": learned(), "speed": trained(), "teacher": taught()} | tables
    return decide(BY_ID[name], Study(pd.DataFrame(), pd.DataFrame(), rates={}, **images_tables), 22)


def without(table, start):
    """Return a table in which most seeds of an initialisation lack the training error."""
    return table.assign(train_loss=table["train_loss"].where((table["start"] != start) | (table["seed"] > 2)))


@pytest.mark.parametrize(
    ("name", "turned", "unknown"),
    [
        ("images_normal", {"images": learned().assign(test_accuracy=0.5)}, {"images": learned(train_loss=0.02)}),
        ("images_linear", {"images": learned(accuracy=0.5)}, {"images": without(learned(), "linear")}),
        ("images_centred", {"images": learned(test_accuracy=0.3)}, {"images": learned(train_loss=INF)}),
        ("alpha_law", {"images": learned(test_loss=1.0)}, {"images": without(learned(), "normal")}),
        ("balance_tests", {"images": learned(loss=0.1)}, {"images": without(learned(), "linear")}),
        ("balance", {"speed": trained(balanced=200)}, {"speed": trained(balanced=36)}),
        ("tuned_speed", {"speed": trained(linear=100)}, {"speed": trained(linear=136)}),
        (
            "usable_rates",
            {"speed": trained().assign(usable_at=lambda table: table["usable_at"].where(table["c"] == 2))},
            {"speed": trained().assign(usable_at=5)},
        ),
        ("catapult_tests", {"teacher": taught(linear=0.1)}, {"teacher": without(taught(), "linear")}),
        ("catapult_no_cure", {"teacher": taught(normal=0.01)}, {"teacher": taught(train_loss=0.02)}),
    ],
)
def test_tables_of_images_and_speed_decide_each_way(name, turned, unknown):
    planted = decided_on(name)
    usual, other = (FAILS, HOLDS) if name == "tuned_speed" else (HOLDS, FAILS)
    assert (planted["verdict"], planted["corrected"], planted["seeds"]) == (usual, usual, 16)
    assert decided_on(name, **turned)["verdict"] == other
    assert decided_on(name, **unknown)["verdict"] == OPEN


def test_the_same_initialisation_by_another_name_makes_no_difference():
    images = learned()
    twin = images[images["start"] == "linear"].assign(start="balanced", scale=10.0)
    same = decided_on("balance_tests", images=pd.concat([images[images["start"] != "balanced"], twin]))
    assert (same["value"], same["low"], same["high"], same["verdict"]) == (0, 0, 0, FAILS)
    assert decided_on("balance", speed=trained(balanced=210))["told"] == "1 (1 to 1)"


def test_an_initialisation_that_never_gets_there_is_slower_than_any():
    never = decided_on("tuned_speed", speed=trained(linear=NAN))
    assert (never["verdict"], never["value"], never["told"]) == (FAILS, None, "infinite (infinite to infinite)")
    assert decided_on("tuned_speed", speed=trained(linear=NAN, normal=NAN))["verdict"] == OPEN


def test_the_correction_is_stricter():
    assert estimate(SCATTER, 0.9975)[1] < estimate(SCATTER)[1] < estimate(SCATTER)[2] < estimate(SCATTER, 0.9975)[2]
    assert np.isnan(estimate(SCATTER[:8], 0.9975)[1])  # 8 seeds can agree by chance
    assert estimate(np.ones(8, bool))[1] > 0.5 > estimate(np.ones(8, bool), 0.9975)[1]


@pytest.fixture
def files(tmp_path, study):
    """Return the files that `main` reads and writes, by flag."""
    band = pd.DataFrame({"run": "autograd", "inside": True, "seeds": 40, "curve_p": 0.5}, index=range(3))
    tables = {name: getattr(study, name) for name in ("runs", "starts", "images", "speed", "teacher")} | {"band": band}
    for name, table in tables.items():
        write_table(tmp_path / f"{name}.csv", table)
    write_json(tmp_path / "settings.json", Article().model_dump())
    paths = {name: tmp_path / f"{name}.csv" for name in tables}
    return paths | {"hypotheses": FILE, "settings": tmp_path / "settings.json", "output": tmp_path / "verdicts.json"}


def test_the_file_of_verdicts(files):
    verdicts.main(**files)
    decided = read_json(files["output"])
    by_id = {hypothesis["id"]: hypothesis for hypothesis in decided["hypotheses"]}
    assert by_id.keys() == BY_ID.keys()
    assert (by_id["start_alone"]["verdict"], by_id["start_alone"]["seeds"]) == (FAILS, 16)
    assert (by_id["tuned_in_float64"]["verdict"], by_id["tuned_in_float64"]["seeds"]) == (OPEN, 0)
    assert decided["claims"]["module_better"] == {"needs": {"module_better": HOLDS}, "verdict": HOLDS}
    assert decided["band"] == {"autograd": {"seeds": 40, "p": 0.5, "inside": 3, "epochs": 3, "verdict": NOT_REJECTED}}


def test_a_wrong_file_is_refused(files, tmp_path):
    write(tmp_path / "h.yaml", "hypotheses: [{id: a, says: b, measure: guess}]\nband: {least_p: 0.1}\n")
    with pytest.raises(UserError, match=r"h\.yaml: a: .*'guess'[^\n]*\n.*h\.yaml: claims: Field required\."):
        verdicts.main(**files | {"hypotheses": tmp_path / "h.yaml"})
    write(tmp_path / "other.csv", "epoch,loss\n0,1\n")
    for name in ("runs", "starts", "band", "images", "speed", "teacher"):
        with pytest.raises(UserError, match=r"other\.csv.*holds epoch, loss, but not "):
            verdicts.main(**files | {name: tmp_path / "other.csv"})
