"""The config's check: what is allowed passes, every mistake is a sentence that names key, value and remedy."""

import math

import pytest
import yaml
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from kotohajime.workflow.config import duplicates, from_command_line, mistakes, on_command_line

SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text())


def wrong(**changes):
    return mistakes({**CONFIG, **changes}, SCHEMA)


def test_the_config_in_the_project_is_right():
    assert mistakes(CONFIG, SCHEMA) == []


def test_schema_config_and_its_readme_know_the_same_keys():
    assert list(SCHEMA["properties"]) == list(CONFIG) == SCHEMA["required"]
    readme = (ROOT / "config/README.md").read_text()
    assert all(f"`{key}`" in readme for key in CONFIG)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("epochs", 0, "epochs: found 0 (a whole number). Allowed: a whole number at least 1 and at most 1000000."),
        ("epochs", -3, "found -3"),
        ("epochs", 10.0, "found 10.0 (a number). Allowed: a whole number"),
        ("epochs", None, "found None (nothing)"),
        ("epochs", True, "found True (true or false)"),
        ("epochs", [5], "found [5] (a list)"),
        ("hidden_dim", 10**12, "Allowed: a whole number at least 1 and at most 10000."),
        ("batch_size", -1, "found -1"),
        ("device", "tpu", "device: found 'tpu' (text). Allowed: auto or cpu or cuda."),
        ("precision", "float16", "Allowed: float32 or float64."),
        ("seed", "x", "found 'x' (text)"),
        ("seed", 2**63, "at most 9223372036854775807"),
        ("autograd_learning_rate", "1e-6", "found '1e-6' (text). Allowed: a number above 0 and at most 1000. "
                                           "YAML takes 1e-6 for text: write 1.0e-6."),
        ("epochs", "1e3", "YAML takes 1e3 for text: write 1000."),
        ("autograd_learning_rate", math.nan, "found nan"),
        ("autograd_learning_rate", math.inf, "found inf"),
        ("autograd_learning_rate", 0, "above 0"),
        ("study_learning_rates", [], "found [] (a list). Allowed: a list of 1 to 1000 increasing values"),
        ("study_learning_rates", [1e-6, 1e-6], "found 1e-06 (a number) in place 2. Allowed: a list of 1 to"),
        ("study_learning_rates", [1e-6, "1e-5"], "found '1e-5' (text) in place 2."),
        ("study_learning_rates", [1e-6, "1e-5"], "write 1.0e-5."),
        ("study_learning_rates", [0.0, 1e-6], "found 0.0 (a number) in place 1."),
        ("study_learning_rates", 1e-6, "found 1e-06 (a number). Allowed: a list"),
        ("study_seeds", 0, "found 0"),
        ("module_momentum", 1, "at least 0 and below 1"),
        ("module_momentum", 0, "Allowed: a number above 0 and below 1 (module_nesterov needs it)."),
        ("manual_halve_at_start", "perhaps", "Allowed: true or false."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(key, value, told):
    (sentence,) = wrong(**{key: value})
    assert sentence.startswith(f"{key}: ")
    assert told in sentence
    assert "\n" not in sentence


def test_unknown_key_gets_a_hint():
    assert wrong(epohs=3) == ["epohs: no such key. Did you mean epochs?"]
    assert wrong(zzz=3)[0].startswith("zzz: no such key. Known keys: seed, device,")


def test_keys_that_are_no_text_are_named():
    assert mistakes({**CONFIG, 1: 2, "zzz": 3}, SCHEMA)[0].startswith("1: no such key.")


def test_a_number_beyond_all_floats_is_told():
    assert "found 1000" in wrong(autograd_learning_rate=10**400)[0]


def test_missing_keys_are_named():
    config = {key: value for key, value in CONFIG.items() if key not in ("seed", "epochs")}
    assert [sentence.split(":")[0] for sentence in mistakes(config, SCHEMA)] == ["seed", "epochs"]


def test_all_mistakes_are_told_at_once():
    assert len(wrong(epochs=0, device="tpu", hiden_dim=3)) == 3


def test_momentum_may_be_zero_without_nesterov():
    assert wrong(module_momentum=0, module_nesterov=False) == []


def test_true_and_false_of_the_command_line():
    given = {"a": "true", "b": "false", "c": "auto", "d": [1], "e": 1, "f": ["1.0e-6", "1e-6", "x", "3"]}
    assert from_command_line(given) == {
        "a": True, "b": False, "c": "auto", "d": [1], "e": 1, "f": [1e-6, "1e-6", "x", 3],
    }  # fmt: skip


@given(rates=st.lists(st.floats(1e-300, 1e3), min_size=1))
def test_a_list_survives_the_command_line(rates):
    written = on_command_line(rates)
    assert from_command_line({"a": yaml.load(written, yaml.BaseLoader)})["a"] == rates


def test_keys_that_stand_twice_are_told():
    assert duplicates("a: 1\nb: 2\na: 3\n") == ["a: stands 2 times. Keep one."]
    assert duplicates("a: 1\nb: {a: 2}\n") == []
    assert duplicates("") == []


@given(
    key=st.sampled_from(sorted(CONFIG)),
    value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
)
def test_any_value_is_taken_or_told(key, value):
    told = wrong(**{key: value})
    assert len(told) <= 1
    assert all(sentence.startswith(f"{key}: found ") for sentence in told)
    if not told and isinstance(CONFIG[key], float):
        assert math.isfinite(value)
