"""The config's check: what is allowed passes, every mistake is a sentence that names key, value and remedy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import ROOT

from kotohajime.io import UserError
from kotohajime.config import KEYS, Settings
from kotohajime.workflow.config import as_written, example, mistakes, readme, settings_of

LIST = "Allowed: a list of 1 to 1000 increasing values, each a number above 0 and at most 1000."


def test_the_projects_own_config_and_its_readme_are_written_from_the_settings():
    assert (ROOT / "config/config.yaml").read_text() == example()
    assert (ROOT / "config/README.md").read_text() == readme()


def test_the_projects_own_config_holds_the_defaults():
    assert settings_of([ROOT / "config/config.yaml"], {}).values == Settings({}).values


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("epochs", 0, "epochs: found 0 (a whole number). Allowed: a whole number at least 1 and at most 1000000."),
        ("epochs", -3, "found -3"),
        ("epochs", 10.0, "found 10.0 (a number). Allowed: a whole number"),
        ("epochs", None, "found None (nothing)"),
        ("epochs", "", "found None (nothing)"),
        ("epochs", True, "found true (true or false)"),
        ("epochs", [5], "found [5] (a list)"),
        ("epochs", {"a": 1}, "(keys and values)"),
        ("epochs", "1e3", "1000.0 (a number). Allowed: a whole number at least 1 and at most 1000000. Write 1000."),
        ("epochs", "1:40", "found '1:40' (text)"),
        ("hidden_dim", 10**12, "Allowed: a whole number at least 1 and at most 10000."),
        ("batch_size", -1, "found -1"),
        ("device", "tpu", "device: found 'tpu' (text). Allowed: auto or cpu or cuda."),
        ("precision", "float16", "Allowed: float32 or float64."),
        ("seed", "x", "found 'x' (text)"),
        ("seed", 2**63, "at most 9223372036854775807"),
        ("autograd_learning_rate", math.nan, "found nan"),
        ("autograd_learning_rate", math.inf, "found inf"),
        ("autograd_learning_rate", 0, "above 0"),
        ("autograd_learning_rate", 10**400, "found 1000"),
        ("study_learning_rates", [], f"found [] (a list). {LIST}"),
        ("study_learning_rates", [1e-6, 1e-6], f"found 1e-06 (a number) in place 2. {LIST}"),
        ("study_learning_rates", [1e-6, "x"], "found 'x' (text) in place 2."),
        ("study_learning_rates", ["1e-6", "1e-7"], "found 1e-07 (a number) in place 2."),
        ("study_learning_rates", [0.0, 1e-6], "found 0.0 (a number) in place 1."),
        ("study_learning_rates", 1e-6, "found 1e-06 (a number). Allowed: a list"),
        ("study_seeds", 0, "found 0"),
        ("module_momentum", 1, "at least 0 and below 1"),
        ("module_momentum", 0, "Allowed: a number above 0 and below 1 (module_nesterov needs it)."),
        ("manual_halve_at_start", "perhaps", "Allowed: true or false."),
        ("manual_halve_at_start", "yes", "found 'yes' (text). Allowed: true or false."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(key, value, told):
    (sentence,) = mistakes({key: value})
    assert sentence.startswith(f"{key}: ")
    assert told in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("study_learning_rates: [1e-6, 1E-5, .5]", "study_learning_rates", (1e-6, 1e-5, 0.5)),
        ("epochs: １００", "epochs", 100),
        ("epochs: '7'", "epochs", 7),
        ("manual_halve_at_start: False", "manual_halve_at_start", False),
        ("device: cpu  # コメント", "device", "cpu"),
        ("\ufeffepochs: 3", "epochs", 3),
    ],
)
def test_a_file_is_read_as_a_person_reads_it(tmp_path, text, key, value):
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    assert settings_of([tmp_path / "c.yaml"], {}).values[key] == value
    written = as_written(tmp_path / "c.yaml")[key]
    assert settings_of([], {key: written}).values[key] == value  # the same on the command line


def test_what_is_given_stands_before_a_later_file_and_this_before_an_earlier(tmp_path):
    for name, epochs in (("a", 3), ("b", 4)):
        (tmp_path / name).write_text(f"epochs: {epochs}\nseed: {epochs}\n")
    values = settings_of([tmp_path / "a", tmp_path / "b"], {"seed": 5}).values
    assert (values["epochs"], values["seed"]) == (4, 5)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("epochs: 3 # 学習".encode("shift_jis"), "is not UTF-8. Save it as UTF-8."),
        (b"epochs: [3", "is not YAML"),
        (b"- epochs", "holds no keys"),
        (b"epochs: 1\nseed: 2\nepochs: 3\n", r"epochs: stands 2 times\. Keep one\. The file is .*config\.yaml\."),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path, content, told):
    (tmp_path / "config.yaml").write_bytes(content)
    with pytest.raises(UserError, match=told):
        as_written(tmp_path / "config.yaml")


def test_a_missing_or_empty_file(tmp_path):
    with pytest.raises(UserError, match="nowhere"):
        as_written(tmp_path / "nowhere")
    (tmp_path / "empty").write_text("# nothing\n")
    assert as_written(tmp_path / "empty") == {}


def test_unknown_key_gets_a_hint():
    assert mistakes({"epohs": 3}) == ["epohs: no such key. Did you mean epochs?"]
    assert mistakes({"zzz": 3})[0].startswith("zzz: no such key. Known here: seed, device,")
    assert mistakes({1: 2})[0].startswith("1: no such key.")


def test_all_mistakes_are_told_at_once():
    with pytest.raises(UserError) as refused:
        settings_of([], {"epochs": 0, "device": "tpu", "hiden_dim": 3})
    assert len(str(refused.value).splitlines()) == 3


@given(
    key=st.sampled_from(sorted(KEYS)),
    value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
)
def test_any_value_is_taken_or_told(key, value):
    told = mistakes({key: value})
    assert len(told) <= 1
    assert all(sentence.startswith(f"{key}: found ") for sentence in told)
    if not told and isinstance(KEYS[key].default, float):
        assert math.isfinite(float(value))
