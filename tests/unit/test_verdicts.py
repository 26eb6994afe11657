"""The measures find what was planted, and the rules that were stated beforehand decide by them."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN, PLANTED, SCATTER, learned, networks, taught, trained
from projects import ROOT

from kotohajime.io import UserError, read_json, write, write_json, write_table
from kotohajime.hypotheses import measures
from kotohajime.hypotheses import verdicts as study_verdicts
from kotohajime.study.cells import Article
from kotohajime.hypotheses.schema import NEEDED, read
from kotohajime.hypotheses.rules import Rule
from kotohajime.hypotheses.verdicts import verdict
from kotohajime.text import FAILS, HOLDS, NOT_REJECTED, OPEN

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
    return measures.Study(networks(**PLANTED), starts, RATES)


def test_a_planted_ratio_is_found(study):
    of, to = cell("linear", "gd", "autograd_learning_rate"), cell("normal", "gd", "autograd_learning_rate")
    value, low, high, seeds = measures.loss_ratio(study, of, to).estimate()
    assert seeds == 16
    assert 1.9 < low < 2 + 0.01 * 7.5 < high < 2.2
    assert low < value < high
    assert measures.loss_ratio(study, to, of).estimate()[:3] == pytest.approx((-value, -high, -low))


def test_pairs_share_a_seed(study):
    """Unpaired, the scatter of the seeds would not cancel."""
    of, to = cell("linear", "nesterov", "module_learning_rate"), cell("linear", "gd", "as_momentum")
    assert measures.loss_ratio(study, of, to).estimate()[:3] == pytest.approx((0, 0, 0), abs=1e-12)


def test_divergence_counts_as_infinite(study):
    of, to = cell("normal", "gd", "module_learning_rate"), cell("linear", "nesterov", "module_learning_rate")
    assert measures.loss_ratio(study, of, to).estimate() == (INF, INF, INF, 16)
    assert measures.share_diverged(study, of).estimate()[0] == 1
    assert measures.share_diverged(study, to).estimate()[0] == 0


def test_two_that_diverge_decide_nothing(study):
    both = cell("normal", "gd", "module_learning_rate")
    *estimate, pairs = measures.loss_ratio(study, both, both).estimate()
    assert np.isnan(estimate).all()
    assert pairs == 0


def test_one_seed_without_a_limit_decides_nothing(study):
    study.starts.loc[0, "limit"] = NAN
    kinds = ({"start": start, "optimizer": "gd"} for start in ("linear", "normal"))
    *estimate, pairs = measures.limit_ratio(study, *kinds).estimate()
    assert np.isnan(estimate).all()
    assert pairs == 7


def test_best_is_the_rate_with_the_lowest_loss(study):
    assert set(study.networks(cell("linear", "gd", "best"))["learning_rate"]) == {5e-5}
    assert study.networks(cell("linear", "gd", "best") | {"precision": "float64"}).empty


def in_float64(study, rate, loss, seeds):
    """Give some seeds of linear, gd a network in float64, as those get whose float32 loss ended low."""
    of = "start == 'linear' and optimizer == 'gd' and learning_rate == 1e-6 and precision == 'float32'"
    again = study.runs.query(of).query("seed in @seeds")
    again = again.assign(learning_rate=rate, precision="float64", loss_last=loss * (1 + again["seed"] / 100))
    study.runs = pd.concat([study.runs, again], ignore_index=True)


def test_a_rate_that_some_seeds_were_not_given_is_never_best(study):
    """Three of 16 seeds lack float64 at the rate that the others end lowest at: they are no fair sample."""
    best = cell("linear", "gd", "best") | {"precision": "float64"}
    in_float64(study, 5e-5, 1e-12, range(13))
    assert study.networks(best).empty
    found = measures.loss_ratio(study, best, cell("normal", "gd", "autograd_learning_rate")).estimate()
    assert np.isnan(found[:3]).all()
    assert found.seeds == 0
    assert verdict(found.low, found.high, {"below": 0}) == OPEN
    in_float64(study, 1e-6, 1e-9, range(16))
    assert set(study.networks(best)["learning_rate"]) == {1e-6}
    in_float64(study, 5e-5, 1e-12, range(13, 16))
    assert set(study.networks(best)["learning_rate"]) == {5e-5}


def test_a_named_cell_that_some_seeds_lack_is_unknown(study):
    named = cell("linear", "gd", "as_momentum") | {"precision": "float64"}
    in_float64(study, 5e-5, 1e-12, range(13))
    assert study.networks(named).empty
    assert np.isnan(measures.share_diverged(study, named).estimate()[:3]).all()
    in_float64(study, 5e-5, 1e-12, range(13, 16))
    assert len(study.networks(named)) == 16
    assert measures.share_diverged(study, named).estimate().seeds == 16


def test_spikes_and_limits(study):
    assert measures.share_spiked(study, cell("normal", "gd", "autograd_learning_rate")).estimate()[0] == 1
    assert measures.share_spiked(study, cell("linear", "gd", "autograd_learning_rate")).estimate()[0] == 0
    value, low, high, seeds = measures.limit_ratio(
        study, {"start": "linear", "optimizer": "gd"}, {"start": "normal", "optimizer": "gd"}
    ).estimate()
    assert 0 < low < value < high < 0.03
    assert seeds == 8


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
    [
        ({"a": HOLDS, "b": FAILS}, HOLDS),
        ({"a": FAILS, "b": FAILS}, FAILS),
        ({"a": HOLDS, "b": HOLDS}, FAILS),
        ({"a": FAILS, "b": OPEN}, FAILS),
        ({"a": HOLDS, "b": OPEN}, OPEN),
        ({"a": OPEN, "b": OPEN}, OPEN),
    ],
)
def test_hypotheses_decide_a_claim(found, decided):
    assert study_verdicts.decide_claim(Rule(needs={"a": HOLDS, "b": FAILS}), found) == decided


def test_the_stated_hypotheses_can_be_decided():
    stated = read(ROOT / "config/hypotheses.yaml")
    names = [hypothesis.id for hypothesis in stated.hypotheses]
    assert len(names) == len(set(names)) >= 10
    assert {hypothesis.measure for hypothesis in stated.hypotheses} == set(measures.MEASURES)
    for _, rule in stated.claims:
        assert set(rule.needs) <= set(names)


class Known(measures.Sample):
    """A sample whose estimate is known, at any level."""

    def estimate(self, level=0.95):
        return measures.Estimate(*self.values)


@cache
def of_the_file():
    """Return the hypotheses of the file by id."""
    return {item.id: item for item in read(ROOT / "config/hypotheses.yaml").hypotheses}


def decided_as(hypothesis, found):
    """Return the verdict on a hypothesis of the file, with this for its estimate."""
    stated = of_the_file()[hypothesis]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(measures.MEASURES, stated.measure, lambda *_, **__: Known(found))
        return study_verdicts.decide(stated, None)


@pytest.mark.parametrize("hypothesis", NEEDED)
def test_every_hypothesis_can_come_out_every_way(hypothesis):
    """Its verdict says, of some estimate that its measure can give, each of the three words."""
    ends = (
        (0, 0.2, 0.4, 0.6, 0.8, 1)
        if decided_as(hypothesis, (0.5, 0.5, 0.5, 8))["measure"].startswith(("share", "test_accuracy"))
        else (-2, -1.5, 0, 0.1, 1, 2, 3.9, 4.1)
    )
    found = [decided_as(hypothesis, (low, low, high, 8)) for low in ends for high in ends if low <= high]
    assert {one["verdict"] for one in found} == {HOLDS, FAILS, OPEN}
    unknown = decided_as(hypothesis, (NAN, NAN, NAN, 3))
    assert (unknown["verdict"], unknown["told"], unknown["value"], unknown["seeds"]) == (OPEN, "unknown", None, 3)


def decided_on(identity, **tables):
    """Return what is decided on a hypothesis of the file from planted tables."""
    study = measures.Study(None, None, {}, **({"images": learned(), "speed": trained(), "teacher": taught()} | tables))
    return study_verdicts.decide(of_the_file()[identity], study, 22)


def without(table, start, column):
    """Return a table in which some seeds of a start lack a value."""
    return table.assign(**{column: table[column].where((table["start"] != start) | (table["seed"] > 2))})


@pytest.mark.parametrize(
    ("identity", "other", "open_"),
    [
        ("images_normal", {"images": learned().assign(test_accuracy=0.5)}, {"images": learned(train_loss=0.02)}),
        ("images_linear", {"images": learned(accuracy=0.5)}, {"images": without(learned(), "linear", "train_loss")}),
        ("images_centred", {"images": learned(test_accuracy=0.3)}, {"images": learned(train_loss=INF)}),
        ("alpha_law", {"images": learned(test_loss=1.0)}, {"images": without(learned(), "normal", "train_loss")}),
        ("balance_tests", {"images": learned(loss=0.1)}, {"images": without(learned(), "linear", "train_loss")}),
        ("balance", {"speed": trained(balanced=200)}, {"speed": trained(balanced=36)}),
        ("tuned_speed", {"speed": trained(linear=100)}, {"speed": trained(linear=136)}),
        ("usable_rates", {"speed": trained().assign(usable_at=lambda t: t["usable_at"].where(t["c"] == 2))},
         {"speed": trained().assign(usable_at=5)}),
        ("catapult_tests", {"teacher": taught(linear=0.1)}, {"teacher": without(taught(), "linear", "train_loss")}),
        ("catapult_no_cure", {"teacher": taught(normal=0.01)}, {"teacher": taught(train_loss=0.02)}),
    ],
)  # fmt: skip
def test_what_is_said_of_starts_comes_out_every_way(identity, other, open_):
    planted, turned, unknown = decided_on(identity), decided_on(identity, **other), decided_on(identity, **open_)
    usual = FAILS if identity == "tuned_speed" else HOLDS
    assert (planted["verdict"], planted["corrected"], planted["seeds"]) == (usual, usual, 16)
    assert turned["verdict"] == (HOLDS if usual == FAILS else FAILS)
    assert unknown["verdict"] == OPEN


def test_the_same_start_by_another_name_makes_no_difference():
    images = learned()
    twin = images[images["start"] == "linear"].assign(start="balanced", scale=10.0)
    images = pd.concat([images[images["start"] != "balanced"], twin])
    found = decided_on("balance_tests", images=images)
    assert (found["value"], found["low"], found["high"]) == (0, 0, 0)
    assert found["verdict"] == FAILS
    speed = trained(balanced=210)
    assert decided_on("balance", speed=speed)["told"] == "1 (1 to 1)"


def test_a_start_that_is_never_done_is_slower_than_any():
    assert decided_on("tuned_speed", speed=trained(linear=NAN))["verdict"] == FAILS
    assert decided_on("tuned_speed", speed=trained(linear=NAN))["told"] == "infinite (infinite to infinite)"
    assert decided_on("tuned_speed", speed=trained(linear=NAN, normal=NAN))["verdict"] == OPEN


def test_the_correction_is_stricter():
    found = measures.Sample(SCATTER)
    assert found.estimate(0.9975).low < found.estimate().low < found.estimate().value < found.estimate().high
    assert np.isnan(measures.Sample(SCATTER[:8]).estimate(0.9975).low)  # 8 seeds can agree by chance
    share = measures.Sample(np.ones(8, bool), measures.estimates.share)
    assert share.estimate().low > 0.5 > share.estimate(0.9975).low


@pytest.fixture
def files(tmp_path, study):
    """Return the files that `main` reads; the hypotheses are ours."""
    article = Article()
    write_json(tmp_path / "settings.json", article.model_dump())
    curves = pd.DataFrame({"run": "autograd", "inside": True, "seeds": 40, "curve_p": 0.5}, index=range(3))
    tables = {"runs": study.runs, "starts": study.starts, "band": curves, "images": learned(), "speed": trained(),
              "teacher": taught()}  # fmt: skip
    for name, table in tables.items():
        write_table(tmp_path / f"{name}.csv", table)
    tables = {name: tmp_path / f"{name}.csv" for name in tables}
    return {"hypotheses": ROOT / "config/hypotheses.yaml", "settings": tmp_path / "settings.json",
            "output": tmp_path / "v.json", **tables}  # fmt: skip


def test_the_file_of_verdicts(files):
    study_verdicts.main(**files)
    found = read_json(files["output"])
    by_id = {one["id"]: one for one in found["hypotheses"]}
    assert by_id.keys() == {*NEEDED, "limit_nesterov", "balance_tests"}
    assert (by_id["start_alone"]["verdict"], by_id["start_alone"]["seeds"]) == (FAILS, 16)
    assert (by_id["tuned_in_float64"]["verdict"], by_id["tuned_in_float64"]["seeds"]) == (OPEN, 0)
    assert found["band"] == {"autograd": {"seeds": 40, "p": 0.5, "inside": 3, "epochs": 3, "verdict": NOT_REJECTED}}


def test_a_wrong_hypothesis_is_told(files, tmp_path):
    write(tmp_path / "h.yaml", "hypotheses: [{id: a, says: b, measure: guess, of: {}, range: {}}]\nclaims: {}\n")
    with pytest.raises(UserError, match=r"h\.yaml: a, measure: found 'guess'"):
        study_verdicts.main(**files | {"hypotheses": tmp_path / "h.yaml"})


@pytest.mark.parametrize("name", ["runs", "starts", "band", "images", "speed", "teacher"])
def test_a_table_of_something_else_is_told(files, name):
    write(files[name], "epoch,loss\n0,1\n")
    with pytest.raises(UserError, match=rf"{name}\.csv.*holds epoch, loss, but not "):
        study_verdicts.main(**files)


def test_a_slip_of_ours_is_not_told_as_the_users(files, monkeypatch):
    monkeypatch.setitem(measures.MEASURES, "limit_ratio", lambda *_, **__: {}["ours"])
    with pytest.raises(KeyError, match="ours"):
        study_verdicts.main(**files)
