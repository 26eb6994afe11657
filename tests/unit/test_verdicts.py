"""The measures find what was planted, and the rules that were stated beforehand decide by them."""

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import INF, NAN, PLANTED, ROOT, networks

from kotohajime import study_runs, study_verdicts
from kotohajime.cli import UserError
from kotohajime.config import mistaken_hypotheses
from kotohajime.files import write
from kotohajime.study_verdicts import FAILS, HOLDS, OPEN, verdict

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


@pytest.mark.parametrize(("p", "decided"), [(0.5, HOLDS), (0.05, HOLDS), (0.04, FAILS), (NAN, OPEN)])
def test_the_bands_rule(p, decided):
    rows = pd.DataFrame({"inside": [True, False], "curve_p": p})
    assert study_verdicts.decide_band(rows, 0.05)["verdict"] == decided
