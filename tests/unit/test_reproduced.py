"""A run is compared with the reference: what is like it is reproduced, what is not differs, what cannot be is not."""

import json
import math
import shutil
import subprocess

import pytest
import torch
from projects import ROOT

from kotohajime.config import Config
from kotohajime.io import read_json
from kotohajime.site import reference, reproduced
from kotohajime.site.reproduced import DIFFERS, NOT_COMPARED, REPRODUCED
from kotohajime.text import FAILS, OPEN

KNOWN = read_json(ROOT / "data/reference/reference.json")
EPOCHS = 60  # of a training here: the reference has twelve losses up to there


@pytest.fixture(scope="module")
def known():
    """Return the reference of the trainings, as far as a short one goes."""
    return {
        name: {**training, "losses": {key: loss for key, loss in training["losses"].items() if int(key) < EPOCHS}}
        for name, training in KNOWN["trainings"].items()
    }


def train(shake=lambda numbers: numbers, **changes):
    """Return the losses of the three trainings by epoch, by a config with changes."""
    trained = reference.trainings(Config(epochs=EPOCHS, **changes), shake)
    return {name: dict(enumerate(losses)) for name, losses in trained.items()}


def outcomes(losses, known):
    summary = reproduced.summarise(reproduced.compare_trainings(losses, known))
    return {name: outcome for outcome, names in summary.items() for name in names}


@pytest.fixture(scope="module")
def ours():
    return train()


def broken_relu(numbers):
    return torch.where(numbers < -1, 0.01 * numbers, numbers.clamp(min=0))


CASES = {  # what is planted, and which trainings differ by it
    "another seed": ({"seed": 1}, {"manual", "autograd", "module"}),
    "another learning rate": ({"autograd_learning_rate": 1.001e-6}, {"autograd"}),
    "no halving at the start": ({"manual_halve_at_start": False}, {"manual"}),
    "less momentum": ({"module_momentum": 0.799}, {"module"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_another_experiment_differs(case, known):
    changes, different = CASES[case]
    assert {name for name, outcome in outcomes(train(**changes), known).items() if outcome == DIFFERS} == different


@pytest.mark.slow
def test_a_broken_relu_differs(known, monkeypatch):
    monkeypatch.setattr(torch, "relu", broken_relu)
    assert set(outcomes(train(), known).values()) == {DIFFERS}


@pytest.mark.slow
def test_swapped_curves_and_lost_epochs_differ(known, ours):
    swapped = {**ours, "manual": ours["autograd"], "autograd": ours["manual"]}
    assert outcomes(swapped, known) == {"manual": DIFFERS, "autograd": DIFFERS, "module": REPRODUCED}
    for damage in ({**ours["module"], 7: math.nan}, {0: ours["module"][0]}):
        assert outcomes({**ours, "module": damage}, known)["module"] == DIFFERS


@pytest.mark.slow
@pytest.mark.parametrize("noise", ["none", "float64", "threads", "a GPU's"])
def test_rounding_does_not(noise, known, ours):
    """A GPU's losses were found to be within 2e-7 in the first ten epochs, and within 1e-4 in all."""
    if noise == "float64":
        losses = train(lambda numbers: numbers.double())
    elif noise == "threads":
        torch.set_num_threads(2)
        losses = train()
        torch.set_num_threads(1)
    else:
        apart = 1e-4 * (noise != "none")
        losses = {
            name: {epoch: loss * (1 + (2e-7 if epoch < 10 else 1) * apart) for epoch, loss in epochs.items()}
            for name, epochs in ours.items()
        }
    assert set(outcomes(losses, known).values()) == {REPRODUCED}


def few(hypothesis, seeds):
    """Return a hypothesis as so few seeds might give it: the same estimate, an interval as wide as that."""
    wider = math.sqrt(hypothesis["seeds"] / seeds)
    value = hypothesis["value"]
    ends = {end: value + wider * (hypothesis[end] - value) for end in ("low", "high")}
    return {**hypothesis, **ends, "seeds": seeds}


def test_an_estimate_is_reproduced_within_both_intervals():
    stated = KNOWN["hypotheses"]
    eight = {name: few(one, 8) for name, one in stated.items()}
    (of_all,) = {line["outcome"] for line in reproduced.compare_hypotheses(eight, stated)}
    assert of_all == REPRODUCED
    allowed = reproduced.allowed(eight["start_alone"], stated["start_alone"], len(stated))
    for shift, outcome in ((0.9 * allowed, REPRODUCED), (4 * allowed, DIFFERS), (-4 * allowed, DIFFERS)):
        one = eight["start_alone"]
        moved = {**one, **{key: one[key] + shift for key in ("value", "low", "high")}}
        lines = reproduced.compare_hypotheses({**eight, "start_alone": moved}, stated)
        assert [line["outcome"] for line in lines if line["what"] == "estimate" and line["name"] == "start_alone"] == [
            outcome
        ]


def test_intervals_are_widened_to_the_level_of_all():
    assert reproduced.widening(10_000, 0.95) == pytest.approx(1)
    assert reproduced.widening(8, 0.99) == pytest.approx(3.4995 / 2.3646, rel=1e-3)  # of Student's table


@pytest.mark.parametrize(
    ("verdict", "fewer", "outcome"),
    [
        ("holds", False, REPRODUCED),
        (FAILS, True, DIFFERS),
        (OPEN, False, DIFFERS),
        (OPEN, True, NOT_COMPARED),
        (None, False, NOT_COMPARED),
    ],
)
def test_a_verdict_is_the_same_or_not_unless_fewer_seeds_leave_it_open(verdict, fewer, outcome):
    assert reproduced.compare_verdicts("a", verdict, "holds", fewer)["outcome"] == outcome


def test_too_few_seeds_for_an_interval_are_not_compared():
    stated = KNOWN["hypotheses"]["module_better"]
    one = {**stated, "value": -2.4, "low": None, "high": None, "seeds": 2, "verdict": OPEN}
    lines = reproduced.compare_hypotheses({"module_better": one}, {"module_better": stated})
    assert [line["outcome"] for line in lines] == [NOT_COMPARED, NOT_COMPARED]


def test_one_seed_has_no_spread_though_a_share_has_an_interval():
    stated = KNOWN["hypotheses"]["start_is_needed"]
    lines = reproduced.compare_hypotheses({"a": {**stated, "low": 0.2, "seeds": 1}}, {"a": stated})
    assert [line["outcome"] for line in lines] == [REPRODUCED, NOT_COMPARED]


def test_another_rule_under_the_same_name_is_not_compared():
    stated = KNOWN["hypotheses"]["catapult"]
    lines = reproduced.compare_hypotheses({"a": {**stated, "range": {"above": 0.9}}}, {"a": stated})
    assert [line["outcome"] for line in lines] == [NOT_COMPARED, NOT_COMPARED]


def run(folder, results, **changes):
    reproduced.main(
        config=Config(**changes),
        **{name: results / f"train_{name}/losses.csv" for name in KNOWN["trainings"]},
        verdicts=results / "verdicts.json",
        claims=results / "claims.json",
        reference=ROOT / "data/reference/reference.json",
        json=folder / "reproduced.json",
        csv=folder / "reproduced.csv",
    )
    return read_json(folder / "reproduced.json"), (folder / "reproduced.csv").read_text()


@pytest.fixture
def results(tmp_path):
    """Return a folder with results that are the reference's own."""
    for name, training in KNOWN["trainings"].items():
        rows = [f"{epoch},{loss},0" for epoch, loss in training["losses"].items()]
        (tmp_path / f"train_{name}").mkdir()
        (tmp_path / f"train_{name}/losses.csv").write_text("\n".join(["epoch,loss,learning_rate", *rows, ""]))
    hypotheses = [{"id": name, **one} for name, one in KNOWN["hypotheses"].items()]
    (tmp_path / "verdicts.json").write_text(json.dumps({"seeds": 256, "hypotheses": hypotheses}))
    claims = [{"id": name, "verdict": verdict} for name, verdict in KNOWN["statements"].items()]
    (tmp_path / "claims.json").write_text(json.dumps(claims))
    return tmp_path


def test_the_answer_is_one_sentence(tmp_path, results, capsys):
    answer, table = run(tmp_path, results)
    counts = [f"{len(KNOWN[kind])} of {len(KNOWN[kind])} {kind}" for kind in ("trainings", "hypotheses", "statements")]
    assert answer["told"]["en"] == f"Reproduced on this machine: {', '.join(counts)}."
    assert capsys.readouterr().out.endswith(f"{answer['told']['en']}\n")
    assert ",differs\n" not in table
    assert table.count("\n") == 1 + 3 * 18 + 2 * len(KNOWN["hypotheses"]) + len(KNOWN["statements"])


def test_a_difference_is_named_and_no_failure(tmp_path, results):
    claims = results / "claims.json"
    claims.write_text(
        claims.read_text().replace('"id": "rmse", "verdict": "does not hold"', '"id": "rmse", "verdict": "holds"')
    )
    answer, table = run(tmp_path, results)
    assert answer["told"]["en"].endswith(f"{len(KNOWN['statements']) - 1} of 44 statements. Differs: rmse.")
    assert "statements,rmse,verdict,holds,does not hold,,,,differs\n" in table


@pytest.mark.parametrize(
    ("changes", "not_compared"),
    [
        ({"epochs": 500}, {"trainings", "hypotheses", "statements"}),
        ({"precision": "float64"}, {"trainings", "hypotheses", "statements"}),
        ({"seed": 1}, {"trainings", "statements"}),
        ({"study_learning_rates": (1e-7, 1e-6)}, {"hypotheses", "statements"}),
        ({"study_seeds": 16, "device": "cpu", "map_points": 8}, set()),
    ],
)
def test_another_config_is_not_compared(tmp_path, results, changes, not_compared):
    answer, table = run(tmp_path, results, **changes)
    assert {kind for kind in reproduced.RESTS_ON if answer[kind][NOT_COMPARED]} == not_compared
    assert all(key in answer["told"]["en"] and key in answer["told"]["ja"] for key in changes if not_compared)
    assert ",differs\n" not in table


@pytest.mark.skipif(not shutil.which("make"), reason="no make here")
@pytest.mark.parametrize(
    ("planted", "status", "told"),
    [
        ("nothing", 0, ""),
        ("another verdict", 2, "statements,rmse,verdict,holds,does not hold,,,,differs\n"),
        ("another precision", 2, ""),  # nothing can be compared
        ("no table", 2, ""),
    ],
)
def test_make_verify_fails_where_something_differs_or_nothing_is_compared(tmp_path, results, planted, status, told):
    claims = results / "claims.json"
    if planted == "another verdict":
        claims.write_text(
            claims.read_text().replace('"rmse", "verdict": "does not hold"', '"rmse", "verdict": "holds"')
        )
    (tmp_path / "results").mkdir()
    if planted != "no table":
        run(tmp_path / "results", results, precision="float64" if planted == "another precision" else "float32")
    command = ["make", "--silent", "--file", ROOT / "Makefile", "--old-file=results", "verify"]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (status, told)
