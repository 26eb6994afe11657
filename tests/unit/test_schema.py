"""config/hypotheses.yaml is checked before anything runs, and every mistake in it is a line."""

from copy import deepcopy
from typing import get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from projects import ROOT

from kotohajime.hypotheses import measures, schema

FILE = ROOT / "config/hypotheses.yaml"
VALUES = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def parsed(values) -> schema.Stated:
    return schema.parse(yaml.safe_dump(values).encode(), "h.yaml")


def mistakes(change) -> list[str]:
    """Return the lines about the file after a change of its values, given as a whole and as hypotheses by id."""
    values = deepcopy(VALUES)
    change(values, {hypothesis["id"]: hypothesis for hypothesis in values["hypotheses"]})
    with pytest.raises(ValueError, match=r"^h\.yaml") as error:
        parsed(values)
    return [line.removeprefix("h.yaml: ") for line in str(error.value).split("\n")]


def test_the_file_is_right_and_nothing_of_it_is_lost():
    stated = schema.load(FILE).model_dump(exclude_unset=True)
    assert stated == VALUES


def test_every_measure_can_be_measured_and_the_file_has_them_all():
    forms = get_args(get_args(schema.Hypothesis)[0])
    names = {name for form in forms for name in get_args(form.model_fields["measure"].annotation)}
    assert all(callable(getattr(measures, name)) for name in names)
    assert {hypothesis["measure"] for hypothesis in VALUES["hypotheses"]} == names


@pytest.mark.parametrize("rate", schema.RATES)
def test_one_more_hypothesis_is_welcome_and_claims_may_need_it(rate):
    values = deepcopy(VALUES)
    cell = {"start": "linear", "optimizer": "gd", "learning_rate": rate, "precision": "float64"}
    mine = {"id": "mine", "says": "Mine.", "measure": "loss_ratio", "of": cell, "to": cell, "range": {"below": "1e-6"}}
    values["hypotheses"].append(mine)
    values["claims"]["module_better"]["needs"]["mine"] = "does not hold"
    assert parsed(values).hypotheses[-1].range.below == 1e-6


CELL = {"start": "normal", "optimizer": "gd", "learning_rate": "best"}


@pytest.mark.parametrize(
    ("hypothesis", "change", "line"),
    [
        ("own_rate", {"rnage": {}}, "own_rate rnage: no such key. Did you mean range?"),
        ("catapult", {"to": CELL}, "catapult to: no such key."),
        ("limit_gd", {"to": CELL}, "limit_gd to learning_rate: no such key."),
        ("own_rate", {"of": CELL | {"learning_rate": 1e-6}}, "own_rate of learning_rate: Input should be 'manual_lear"),
        ("own_rate", {"range": {}}, "own_rate range: it has no end; give above, below or both."),
        ("own_rate", {"range": {"above": 0, "below": 0}}, "own_rate range: nothing is above 0 and below 0."),
        ("catapult", {"range": {"above": 1}}, "catapult range above: Input should be less than 1 (found 1)."),
        ("images_linear", {"of": {"start": "linear", "scale": 2}}, "images_linear of: linear is trained at scale 1.0,"),
        ("balance", {"to": {"start": "he"}}, "balance to start: Input should be 'normal', 'linear' or 'balanced'"),
        ("alpha_law", {"above_scale": 0.9}, "alpha_law above_scale: Input should be less than or equal to 0.5"),
        ("catapult_tests", {"to": {"start": "linear", "c": 2.5}}, "catapult_tests to c: Input should be 1.0, 2.0, 2.8"),
        ("catapult", {"id": ""}, "hypothesis 10 id: String should match pattern"),
        ("catapult", {"id": "own_rate"}, "hypotheses: several have the id own_rate."),
    ],
)
def test_a_wrong_hypothesis(hypothesis, change, line):
    (mistake,) = mistakes(lambda _, by_id: by_id[hypothesis].update(change))
    assert mistake.startswith(line)


def test_a_claim_needs_hypotheses_that_are_there():
    (mistake,) = mistakes(lambda values, _: values["claims"]["module_better"]["needs"].update(mine="holds"))
    assert mistake == "claims: no hypothesis has the id mine."


def test_all_mistakes_are_listed_at_once():
    def change(values, by_id):
        values["hypotheses"].append("more")
        by_id["own_rate"]["of"]["start"] = "liner"
        by_id["catapult"]["range"] = {}
        values["band"]["least_p"] = 2

    places = [line.split(":")[0] for line in mistakes(change)]
    assert places == ["own_rate of start", "catapult range", "hypothesis 25", "band least_p"]


@pytest.mark.parametrize("text", ["hypotheses: [", "2018-99-99", "a: 仮説"])
def test_what_is_no_yaml(text):
    with pytest.raises(ValueError, match=r"^h\.yaml is not YAML: .*"):
        schema.parse(text.encode("shift_jis"), "h.yaml")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.sampled_from(["id", "says", "measure", "of", "to", "range", "whole"]), JUNK)
def test_no_value_raises_another_error(key, value):
    values = value if key == "whole" else VALUES | {"hypotheses": [VALUES["hypotheses"][3] | {key: value}]}
    with pytest.raises(ValueError, match=r"^h\.yaml: "):
        parsed(values)
