"""Every number is declared once: from the declaration come check, flags, config and its page, and they agree."""

import ast
import re
from pathlib import Path

import cyclopts
import pytest
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st
from projects import ROOT
from pydantic import ValidationError
from snakemake.cli import parse_config

from kotohajime import cli

from kotohajime import config as settings
from kotohajime.config import GROUPS, KEYS, Autograd, Epochs, Grid, Manual, Module, OnDevice, Place, Shard, Training
from kotohajime.study.cells import Article
from kotohajime.workflow.config import as_written, example, mistakes, plain, readme, settings_of

COMMANDS = [*GROUPS, Place, Training, Shard, Article]  # the groups that commands take

OF_BEFORE = {
    "seed": 20180429, "device": "auto", "precision": "float32", "batch_size": 100, "input_dim": 100,
    "hidden_dim": 1000, "output_dim": 10, "epochs": 1000, "manual_learning_rate": 2e-6, "manual_halve_every": 200,
    "manual_halve_at_start": True, "autograd_learning_rate": 1e-6, "module_learning_rate": 1e-5,
    "module_momentum": 0.8, "module_weight_decay": 1e-8, "module_nesterov": True, "study_seeds": 8,
    "study_seeds_per_shard": 2, "study_learning_rates": (
        1e-8, 2e-8, 5e-8, 1e-7, 2e-7, 5e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3,
    ),
}  # fmt: skip


READ = {
    "010": 10, "１０": 10, "-3": -3, "1e-6": 1e-6, "１e-６": 1e-6, "1.0": 1.0, "true": True, "FALSE": False,
    "": None, "~": None, "null": None, "yes": "yes", "no": "no", "on": "on", "1:40": "1:40", "0x10": "0x10",
    "0o10": "0o10", "1,5": "1,5", "[1]": "[1]",
}  # fmt: skip


def parse(group, *words: str):
    """Return the group that a command line makes, or the sentences on what is wrong with it."""
    app = cyclopts.App(result_action="return_value")

    def main(*, numbers: group = group()):
        return numbers

    app.default(main)
    try:
        return app(words, exit_on_error=False, print_error=False)
    except cyclopts.ValidationError as error:
        return " ".join(cli.sentences(error, main))


def test_the_defaults_are_the_articles_and_those_of_before():
    defaults = {key: field.default for key, field in KEYS.items()}
    assert defaults | OF_BEFORE == defaults
    since = {key for key in defaults if key.startswith(("images_", "map_"))} | {"study_band_seeds", "study_first_seed"}
    assert defaults.keys() - OF_BEFORE == since
    assert [key for key in KEYS if key in OF_BEFORE] == list(OF_BEFORE)


def test_config_and_its_page_hold_every_key_once_in_one_order():
    assert list(as_written(ROOT / "config/config.yaml")) == list(KEYS)
    assert re.findall(r"^\| `(\w+)` +\|", readme(), flags=re.MULTILINE) == list(KEYS)
    assert re.findall(r"^(\w+):", example(), flags=re.MULTILINE) == list(KEYS)
    assert len(KEYS) == sum(len(group.model_fields) for group in GROUPS)


def test_limits_are_stated_here_alone():
    """study/rules.py limits what config/hypotheses.yaml may say, which is no number of the config."""
    limit = re.compile(r"\b(ge|gt|le|lt|min_length|max_length|validator=|minimum|maximum)=")
    files = (ROOT / "src").rglob("*.py")
    assert {path.name for path in files if limit.search(path.read_text())} == {"settings.py", "rules.py"}


def test_a_number_reaches_what_uses_it_as_a_flag():
    """A default that was read elsewhere would reach results past their records, which leave settings.py out."""
    for path in (ROOT / "src").rglob("*.py"):
        tree = ast.parse(path.read_text())
        signatures = [node.args for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        flags = {id(default) for own in signatures for default in own.kw_defaults}
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        ours = {name.name for node in imports if node.module == "kotohajime.config" for name in node.names}
        made = {node.func.id for node in ast.walk(tree) if id(node) not in flags
                and isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords}  # fmt: skip
        assert not made & ours & {group.__name__ for group in GROUPS}, path


def test_groups_are_frozen_and_take_no_other_key():
    with pytest.raises(ValidationError, match="frozen"):
        Epochs().epochs = 3
    with pytest.raises(ValidationError, match="Extra inputs"):
        Epochs(epohs=3)


@pytest.mark.parametrize("group", COMMANDS)
def test_a_groups_flags_make_that_group(group):
    assert parse(group, *settings.as_flags(group()).split()) == group() == parse(group)


@pytest.mark.parametrize(("written", "value"), READ.items())
def test_a_text_is_read_as_a_person_reads_it(written, value):
    assert settings.read(written) == value
    assert type(settings.read(written)) is type(value)


@given(st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_value_written_down_and_read_is_that_value(value):
    assert settings.read(plain(value)) == value
    assert type(settings.read(plain(value))) is type(value)


@pytest.mark.parametrize("value", [1, 1.5, True, None, (1e-6,), [1]])
def test_what_is_no_text_is_left_alone(value):
    assert settings.read(value) is value


@few(max_examples=20)
@given(st.integers(0, 2**63 - 1), st.integers(1, 10**6), st.integers(1, 256))
def test_flags_of_a_job_are_read_back(first, seeds, threads):
    for group in (Shard(first_seed=first, seeds=seeds), Place(threads=threads, device="cpu", precision="float64")):
        assert parse(type(group), *settings.as_flags(group).split()) == group


NUMBERS = {
    "epochs": st.integers(1, 10**6), "seed": st.integers(0, 2**63 - 1), "batch_size": st.integers(1, 10**4),
    "autograd_learning_rate": st.floats(0, 1000, exclude_min=True), "module_nesterov": st.booleans(),
    "module_weight_decay": st.floats(0, 1), "manual_halve_at_start": st.booleans(),
    "module_momentum": st.floats(0, 1, exclude_min=True, exclude_max=True), "device": st.sampled_from(["auto", "cuda"]),
    "study_learning_rates": st.lists(st.floats(0, 1000, exclude_min=True), min_size=1, unique=True).map(sorted),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=NUMBERS))
def test_all_flags_are_read_back_to_the_last_digit(numbers):
    config = settings_of([], numbers)
    for group in (*GROUPS, Training, Article):
        assert parse(group, *config.flags(group).split()) == config.of(group)


@given(st.fixed_dictionaries({}, optional=NUMBERS))
def test_all_settings_written_down_are_read_back_to_the_last_digit(tmp_path_factory, numbers):
    config = settings_of([], numbers)
    lines = {key: plain(value) for key, value in config.values.items()}
    file = tmp_path_factory.getbasetemp() / "config.yaml"
    file.write_text("".join(f"{key}: {line}\n" for key, line in lines.items()))
    assert settings_of([file], {}).values == config.values
    assert settings_of([], parse_config([f"{key}={line}" for key, line in lines.items()])).values == config.values


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("autograd_learning_rate", "1e-6", 1e-6),
        ("autograd_learning_rate", "1.0e-6", 1e-6),
        ("autograd_learning_rate", "０.５", 0.5),
        ("autograd_learning_rate", "1", 1.0),
        ("epochs", "010", 10),
        ("epochs", "１０", 10),
    ],
)
def test_a_number_is_the_same_in_a_file_on_snakemakes_command_line_and_as_a_flag(tmp_path, key, written, value):
    (tmp_path / "config.yaml").write_text(f"{key}: {written}\n")
    for config in (settings_of([tmp_path / "config.yaml"], {}), settings_of([], parse_config([f"{key}={written}"]))):
        assert config.values[key] == value
        assert type(config.values[key]) is type(value)
    group = Epochs if key == "epochs" else Autograd
    (name,) = group.model_fields
    assert getattr(parse(group, f"--{name.replace('_', '-')}", written), name) == value


@pytest.mark.parametrize("written", ["1:40", "yes", "on", "0x10", "0o10", "1e3", "10.0", ".inf", "true", "１.５", "0"])
def test_what_is_no_number_of_epochs_is_refused_in_the_same_words_everywhere(tmp_path, written):
    (tmp_path / "config.yaml").write_text(f"epochs: {written}\n")
    (told,) = mistakes(as_written(tmp_path / "config.yaml"))
    assert told.startswith("epochs: found ")
    assert mistakes(parse_config([f"epochs={written}"])) == [told]
    assert parse(Epochs, "--epochs", written) == f"--{told}"


@pytest.mark.parametrize("value", [1e300, "1e300", 2.0**70])
def test_a_whole_number_far_beyond_the_limits_is_not_written_out(value):
    (told,) = mistakes({"epochs": value})
    assert told.endswith("Allowed: a whole number at least 1 and at most 1000000.")


@pytest.mark.parametrize(
    ("group", "words", "told"),
    [
        (Module, "--momentum 0", "--momentum: found 0.0 (a number). Allowed: a number above 0 and below 1 (nesterov"),
        (Module, "--momentum 1 --weight-decay 2", "--weight-decay: found 2 (a whole number). Allowed: a number at le"),
        (Grid, "--learning-rates", "--learning-rates: found [] (a list). Allowed: a list of 1 to 1000 increasing"),
        (Grid, "--learning-rates 2e-6 1e-6", "--learning-rates: found 1e-06 (a number) in place 2. Allowed: a list"),
        (Grid, "--learning-rates 1e-6 x", "--learning-rates: found 'x' (text) in place 2. Allowed: a list"),
        (OnDevice, "--device gpu", "--device: found 'gpu' (text). Allowed: auto or cpu or cuda."),
        (Manual, "--learning-rate=-1", "--learning-rate: found -1 (a whole number). Allowed: a number above 0 and"),
    ],
)
def test_a_wrong_flag_is_named_as_it_was_typed(group, words, told):
    assert told in parse(group, *words.split())


def main(*, problem: Path, some: list[Path] = (), manual: Manual = Manual(), output: Path) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["--problem", "p.npz", "--epochs", "3", "--output", "o"], "--epochs 3"),
        (["--problem=p.npz", "--epochs=3", "--no-halve-at-start", "--output=o"], "--epochs 3 --no-halve-at-start"),
        (["--some", "a", "b", "--learning-rates", "1e-6", "1e-5"], "--learning-rates 1e-6 1e-5"),
        (["--output", "x=y", "--epochs", "3"], "--epochs 3"),
        ([], ""),
    ],
)
def test_of_a_command_line_the_flags_that_name_no_file_decide_a_result(words, kept):
    assert cli.flags(main, words) == kept


EDGES = [-1, 0, 0.0, 1e-300, 0.5, 1, 1.0, 2, 1000, 1000.5, 10_000, 10_001, 10**6, 10**6 + 1, 2**63 - 1, 2**63, 1e300,
         float("inf"), float("nan"), True, None, "x", "cpu", "float64", "digits",
         [], [1, 2], [2, 1], [0], [1] * 1001]  # fmt: skip


def accepts(group, **values) -> bool:
    try:
        group(**values)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("group", GROUPS)
def test_a_part_keeps_limits_and_defaults_of_what_it_takes_over(group):
    for name, field in group.model_fields.items():
        key = group.prefix + name
        taken = settings.take(key)
        assert taken().model_dump() == {key: field.default}
        # Alone, a momentum may be 0, and images more than there are digits.
        free = {"nesterov": False} if name == "momentum" else {"dataset": "mnist"} if name in ("train", "test") else {}
        told = [accepts(taken, **{key: value}) for value in EDGES]
        assert told == [accepts(group, **{name: value}, **free) for value in EDGES]
        assert {True, False} == set(told)


def test_every_default_is_within_its_limits():
    assert settings.take(*KEYS)().model_dump() == {key: field.default for key, field in KEYS.items()}
