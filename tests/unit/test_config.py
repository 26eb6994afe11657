"""Every number is declared once: from that come check, flags, config, its page and schema, and they agree."""

import json
import math

import cyclopts
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from projects import ROOT
from pydantic import ValidationError

from kotohajime import cli
from kotohajime.config import PARTS, Article, Compute, Config, Epochs, Lessons, Module, Shard, Training, load
from kotohajime.config_files import files, plain

DEFAULTS = {name: field.default for name, field in Config.model_fields.items()}
BEFORE = {
    "seed": 20180429, "device": "auto", "precision": "float32", "batch_size": 100, "input_dim": 100,
    "hidden_dim": 1000, "output_dim": 10, "epochs": 1000, "manual_learning_rate": 2e-6, "manual_halve_every": 200,
    "manual_halve_at_start": True, "autograd_learning_rate": 1e-6, "module_learning_rate": 1e-5,
    "module_momentum": 0.8, "module_weight_decay": 1e-8, "module_nesterov": True,
}  # fmt: skip
WRONG = [
    ("epochs", 0, "Input should be greater than or equal to 1 (found 0)"),
    ("epochs", 2.5, "Input should be a valid integer, got a number with a fractional part (found 2.5)"),
    ("epochs", None, "Input should be a valid integer (found None)"),
    ("epochs", True, "true and false are no value here (found True)"),
    ("epochs", [5], "Input should be a valid integer (found [5])"),
    ("epochs", "1:40", "unable to parse string as an integer (found '1:40')"),
    ("hidden_dim", 10**12, "Input should be less than or equal to 10000"),
    ("device", "tpu", "Input should be 'auto', 'cpu' or 'cuda' (found 'tpu')"),
    ("seed", 2**63, "Input should be less than or equal to 9223372036854775807"),
    ("autograd_learning_rate", math.nan, "Input should be a finite number (found nan)"),
    ("autograd_learning_rate", 0, "Input should be greater than 0 (found 0)"),
    ("study_learning_rates", [], "should have at least 1 item"),
    ("study_learning_rates", [1e-6, 1e-6], "the values have to increase, and 1e-06 follows 1e-06"),
    ("module_momentum", 1, "Input should be less than 1 (found 1)"),
    ("manual_halve_at_start", "perhaps", "Input should be a valid boolean"),
]


def parse(part, *words: str):
    """Return what a command line makes of a part of the config, or the sentence on what is wrong with it."""
    app = cyclopts.App(
        result_action="return_value", default_parameter=cyclopts.Parameter(consume_multiple=True, negative_iterable=())
    )

    def main(*, numbers: part = part()):
        return numbers

    app.default(main)
    try:
        return app(words, exit_on_error=False, print_error=False)
    except cyclopts.ValidationError as error:
        return cli.message(error)


def test_the_defaults_are_the_articles():
    assert DEFAULTS | BEFORE == DEFAULTS


def test_what_is_written_from_the_declaration_is_what_lies_in_config():
    for name, text in files().items():
        assert (ROOT / "config" / name).read_text() == text
    assert load(yaml.safe_load((ROOT / "config/config.yaml").read_text())) == Config()
    assert {name for part in PARTS for name in part.model_fields} == set(Config.model_fields)


def test_the_schema_says_the_same_as_the_check():
    schema = Draft202012Validator(yaml.safe_load(files()["schema.yaml"]))
    assert not list(schema.iter_errors(json.loads(Config().model_dump_json())))
    for key, value in (("epochs", 0), ("device", "tpu"), ("hidden_dim", 10**12), ("module_momentum", 1), ("epohs", 3)):
        assert list(schema.iter_errors({key: value})), key


@pytest.mark.parametrize(("key", "value", "sentence"), WRONG)
def test_a_wrong_value_is_a_line_with_its_key_what_is_allowed_and_what_was_found(key, value, sentence):
    with pytest.raises(ValueError, match="The config cannot be used") as error:
        load({key: value})
    _, line = str(error.value).splitlines()
    assert line.startswith(f"{key}: ")
    assert sentence in line


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"epohs": 3}, "epohs: no such key. Did you mean epochs?"),
        ({"zzz": 3}, "zzz: no such key."),
        ({"module_momentum": 0}, "module_momentum has to be above 0 (module_nesterov needs it)."),
        ({"images_train": 1500}, "images_train and images_test: 1500 + 1000 are more than the 1797 images of digits."),
    ],
)
def test_what_does_not_go_together_is_a_line(values, sentence):
    with pytest.raises(ValueError, match="The config cannot be used") as error:
        load(values)
    assert str(error.value).splitlines()[1:] == [sentence]


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ValueError, match="The config cannot be used") as error:
        load({"epochs": 0, "device": "tpu", "epohs": 1})
    assert [line.split(":")[0] for line in str(error.value).splitlines()[1:]] == ["device", "epochs", "epohs"]


@given(st.integers(1, 10**6), st.floats(1e-12, 1000))
def test_numbers_written_any_way_are_those_numbers(epochs, rate):
    """YAML 1.1 takes 1e-6 for text."""
    written = {"epochs": str(epochs), "manual_learning_rate": f"{rate!r}".replace(".0e", "e")}
    config = load(written)
    assert (config.epochs, config.manual_learning_rate) == (epochs, rate)
    assert (
        yaml.safe_load(plain(rate)) == rate or load({"manual_learning_rate": plain(rate)}).manual_learning_rate == rate
    )


@pytest.mark.parametrize("part", [*PARTS, Compute, Training, Shard, Article, Lessons])
def test_the_flags_of_a_part_make_that_part(part):
    assert parse(part, *Config().flags(part).split()) == part() == parse(part)


def test_a_wrong_flag_is_a_sentence_too():
    assert parse(Epochs, "--epochs", "0") == "--epochs: Input should be greater than or equal to 1 (found '0')."
    told = parse(Module, "--module-learning-rate=-1", "--module-momentum", "2")
    assert told.startswith("--module-momentum: Input should be less than 1")
    assert "--module-learning-rate: Input should be greater than 0" in told


def test_parts_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Epochs().epochs = 3


def test_a_shard_of_a_config_has_its_flags():
    flags = Config(epochs=7, module_nesterov=False).flags(Epochs, Module, Shard(first_seed=202))
    assert flags == (
        "--epochs 7 --module-momentum 0.8 --module-learning-rate 1e-05 --module-weight-decay 1e-08 "
        "--no-module-nesterov --first-seed 202 --seeds 2"
    )
