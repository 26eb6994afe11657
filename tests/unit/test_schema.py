"""config/hypotheses.yaml is checked before anything runs, and every mistake in it is a line."""

import subprocess
import sys
from copy import deepcopy
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from projects import ROOT

from kotohajime.hypotheses import measures, schema

FILE = ROOT / "config/hypotheses.yaml"
VALUES = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def parsed(values) -> schema.Stated:
    return schema.parse(yaml.safe_dump(values).encode(), "h.yaml")


def mistakes(change) -> list[str]:
    """Return the lines about the file after a change of its values, given as hypotheses by id and as a whole."""
    values = deepcopy(VALUES)
    change({hypothesis["id"]: hypothesis for hypothesis in values["hypotheses"]}, values)
    with pytest.raises(ValueError, match=r"^h\.yaml") as error:
        parsed(values)
    return [line.removeprefix("h.yaml: ") for line in str(error.value).split("\n")]


def test_the_file_is_right_and_nothing_of_it_is_lost():
    stated = schema.load(FILE)
    assert [item.model_dump(exclude_unset=True) for item in stated.hypotheses] == VALUES["hypotheses"]
    assert stated.model_dump(include={"band", "claims"}) == {name: VALUES[name] for name in ("band", "claims")}


def test_what_the_snakefile_imports_needs_pydantic_and_yaml_alone():
    heavy = {"numpy", "pandas", "scipy", "torch", "sklearn", "matplotlib", "cyclopts", "threadpoolctl", "jinja2"}
    code = f"import sys, kotohajime.hypotheses.schema; print(*{heavy} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, text=True, env={"PYTHONPATH": "src"}, cwd=ROOT) == "\n"


def test_every_measure_can_be_measured_and_the_file_has_them_all():
    names = [
        name
        for form in get_args(get_args(schema.Hypothesis)[0])
        for name in get_args(form.model_fields["measure"].annotation)
    ]
    assert all(callable(getattr(measures, name)) for name in names)
    assert {hypothesis["measure"] for hypothesis in VALUES["hypotheses"]} == set(names)


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
        ("own_rate", {"says": None}, "own_rate says: Field required."),
        ("own_rate", {"rnage": {}}, "own_rate rnage: no such key. Did you mean range?"),
        ("catapult", {"to": CELL}, "catapult to: no such key."),
        ("own_rate", {"measure": "loss_rate"}, "own_rate: Input tag 'loss_rate' found using 'measure' does not match"),
        ("own_rate", {"measure": None}, "own_rate: Unable to extract tag using discriminator 'measure'."),
        ("own_rate", {"of": "normal"}, "own_rate of: Input should be a valid dictionary"),
        (
            "own_rate",
            {"of": CELL | {"start": "liner"}},
            "own_rate of start: Input should be 'normal' or 'linear' (found",
        ),
        (
            "own_rate",
            {"of": CELL | {"learning_rate": 1e-6}},
            "own_rate of learning_rate: Input should be 'manual_learn",
        ),
        ("limit_gd", {"to": CELL}, "limit_gd to learning_rate: no such key."),
        ("own_rate", {"range": {}}, "own_rate range: it has no end; give above, below or both."),
        ("own_rate", {"range": {"above": 0, "below": 0}}, "own_rate range: nothing is above 0 and below 0."),
        (
            "own_rate",
            {"range": {"above": "nan"}},
            "own_rate range above: Input should be a finite number (found 'nan')",
        ),
        ("catapult", {"range": {"above": 1}}, "catapult range above: Input should be less than 1 (found 1)."),
        (
            "images_linear",
            {"of": {"start": "linear", "scale": 2}},
            "images_linear of: linear is trained at scale 1.0, ",
        ),
        ("balance", {"to": {"start": "he"}}, "balance to start: Input should be 'normal', 'linear' or 'balanced'"),
        ("alpha_law", {"above_scale": 0.9}, "alpha_law above_scale: Input should be less than or equal to 0.5"),
        ("catapult_tests", {"to": {"start": "linear", "c": 2.5}}, "catapult_tests to c: Input should be 1.0, 2.0, 2.8"),
        ("catapult", {"id": "a b"}, "a b id: String should match pattern '^[a-z0-9_]+$' (found 'a b')."),
        ("catapult", {"id": None}, "hypothesis 8 id: Field required."),
        ("catapult", {"id": "own_rate"}, "hypotheses: several have the id own_rate."),
    ],
)
def test_a_wrong_hypothesis(hypothesis, change, line):
    def change_it(by_id, _):
        by_id[hypothesis] |= change
        for key in [key for key, value in by_id[hypothesis].items() if value is None]:
            del by_id[hypothesis][key]

    (mistake,) = mistakes(change_it)
    assert mistake.startswith(line)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda values: values["hypotheses"].append("more"), "hypothesis 23: Input should be a valid dictionary"),
        (lambda values: values.update(hypotheses={}), "hypotheses: Input should be a valid list."),
        (lambda values: values.pop("band"), "band: Field required."),
        (lambda values: values["band"].update(least_p=1), "band least_p: Input should be less than 1 (found 1)."),
        (lambda values: values["claims"].update(rmse={}), "claims rmse: no such key."),
        (
            lambda values: values["claims"].update(module_better={"needs": {}}),
            "claims module_better needs: Dictionary ",
        ),
        (
            lambda values: values["claims"].update(module_better={"needs": {"mine": "holds"}}),
            "claims: no hypothesis has the id mine.",
        ),
        (
            lambda values: values["claims"].update(module_better={"needs": {"catapult": "hold"}}),
            "claims module_better needs catapult: Input should be 'holds' or 'does not hold' (found 'hold').",
        ),
    ],
)
def test_a_wrong_whole(change, line):
    (mistake,) = mistakes(lambda _, values: change(values))
    assert mistake.startswith(line)


def test_all_mistakes_are_listed_at_once():
    def change_it(by_id, values):
        by_id["own_rate"]["of"]["start"] = "liner"
        by_id["catapult"]["range"] = {}
        values["band"]["least_p"] = 2

    assert [line.split(":")[0] for line in mistakes(change_it)] == [
        "own_rate of start",
        "catapult range",
        "band least_p",
    ]


@pytest.mark.parametrize("text", ["hypotheses: [", "a: 1\n b: 2\n", "? [1]\n: 2\n", "a: \x00", "2018-99-99", "a: 仮説"])
def test_what_is_no_yaml(text):
    with pytest.raises(ValueError, match=r"^h\.yaml is not YAML: .*"):
        schema.parse(text.encode("shift_jis"), "h.yaml")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["id", "says", "measure", "of", "to", "range", "whole"]), JUNK)
def test_no_value_raises_another_error(key, value):
    values = value if key == "whole" else VALUES | {"hypotheses": [VALUES["hypotheses"][3] | {key: value}]}
    with pytest.raises(ValueError, match=r"^h\.yaml: "):
        parsed(values)
