"""Every number is declared once: from that come check, flags, config, its page and schema, and they agree."""

import cyclopts
import pytest
import yaml
from projects import ROOT

from kotohajime import cli
from kotohajime.config import (
    PARTS,
    Compute,
    Config,
    Device,
    Epochs,
    Lessons,
    Module,
    Precision,
    Seed,
    Shard,
    Sizes,
    load,
)
from kotohajime.config_files import files

ARTICLE = (
    "--seed 20180429 --device auto --precision float32 "
    "--hidden-dim 1000 --batch-size 100 --input-dim 100 --output-dim 10 --epochs 1000 "
    "--manual-learning-rate 2e-06 --manual-halve-every 200 --manual-halve-at-start --autograd-learning-rate 1e-06 "
    "--module-momentum 0.8 --module-learning-rate 1e-05 --module-weight-decay 1e-08 --module-nesterov"
)


def parse(part, *words: str):
    """Return what a command line makes of a part of the config, or the sentence on what is wrong with it."""
    lists = cyclopts.Parameter(consume_multiple=True, negative_iterable=())
    app = cyclopts.App(result_action="return_value", default_parameter=lists)

    def main(*, numbers: part = part()):
        return numbers

    app.default(main)
    try:
        return app(words, exit_on_error=False, print_error=False)
    except cyclopts.ValidationError as error:
        return cli.message(error)


def test_the_defaults_are_the_articles():
    assert Config().flags(Seed, Device, Precision, Sizes, Lessons) == ARTICLE
    assert Config(module_nesterov=False).flags(Module, Shard).endswith("--no-module-nesterov --first-seed 0 --seeds 2")
    assert load({"manual_learning_rate": "1e-6"}).manual_learning_rate == 1e-6  # YAML 1.1 takes it for text


def test_what_is_written_from_the_declaration_is_what_lies_in_config():
    for name, text in files().items():
        assert (ROOT / "config" / name).read_text() == text
    assert load(yaml.safe_load((ROOT / "config/config.yaml").read_text())) == Config()
    assert {name for part in PARTS for name in part.model_fields} == set(Config.model_fields)


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({"epochs": 0}, "epochs: Input should be greater than or equal to 1 (found 0)."),
        ({"epochs": True}, "epochs: true and false are no value here (found True)."),
        ({"epohs": 3}, "epohs: no such key. Did you mean epochs?"),
        ({"module_momentum": 0}, "module_momentum has to be above 0 (module_nesterov needs it)."),
        ({"images_train": 1500}, "images_train and images_test: 1500 + 1000 are more than the 1797 images of digits."),
        (
            {"study_learning_rates": [1e-6, 1e-6], "device": "tpu"},
            "device: Input should be 'auto', 'cpu' or 'cuda' (found 'tpu').\n"
            "study_learning_rates: the values have to increase, and 1e-06 follows 1e-06 (found [1e-06, 1e-06]).",
        ),
    ],
)
def test_each_mistake_is_a_line_with_its_key_what_is_allowed_and_what_was_found(values, lines):
    with pytest.raises(ValueError, match="The config cannot be used:") as error:
        load(values)
    assert sorted(str(error.value).splitlines()[1:]) == lines.splitlines()


@pytest.mark.parametrize("part", [*PARTS, Compute, Shard, Lessons])
def test_the_flags_of_a_part_make_that_part(part):
    assert parse(part, *Config().flags(part).split()) == part() == parse(part)


def test_a_wrong_flag_is_a_sentence_too():
    assert parse(Epochs, "--epochs", "0") == "--epochs: Input should be greater than or equal to 1 (found '0')."
    sentence = parse(Module, "--module-learning-rate=-1", "--module-momentum", "2")
    assert sentence.startswith("--module-momentum: Input should be less than 1")
    assert "--module-learning-rate: Input should be greater than 0" in sentence
