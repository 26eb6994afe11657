"""What is wrong with config/hypotheses.yaml is told in sentences before anything runs; what is right is read."""

import re
from copy import deepcopy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from projects import ROOT

from kotohajime.io import UserError
from kotohajime.hypotheses import schema as hypotheses
from kotohajime.hypotheses import rules
from kotohajime.hypotheses import verdicts
from kotohajime.hypotheses.schema import NEEDED, mistakes
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS

FILE = ROOT / "config/hypotheses.yaml"
TEXT = FILE.read_text(encoding="utf-8")
VALUES = yaml.safe_load(TEXT)
LOSS, SHARE, LIMIT = "own_rate", "catapult", "limit_gd"  # a hypothesis of each kind


def told(text: str) -> list[str]:
    """Return the sentences about a file, without its name; it states something only if there are none."""
    stated, found = mistakes(text, "h.yaml")
    assert (stated is None) == bool(found)
    assert all(sentence.startswith("h.yaml") and "\n" not in sentence for sentence in found)
    return [sentence.removeprefix("h.yaml: ") for sentence in found]


def changed(change) -> str:
    """Return the file's text after a change of its values: hypotheses by id, and the whole.

    `mine` is a hypothesis that the pages do not tell of: it may compare what it wants.
    """
    values = yaml.safe_load(TEXT)
    mine = next(item for item in VALUES["hypotheses"] if item["id"] == LOSS) | {"id": "mine"}
    values["hypotheses"].append(deepcopy(mine))
    change({item["id"]: item for item in values["hypotheses"]}, values)
    return yaml.safe_dump(values, sort_keys=False)


def test_the_file_is_right_and_nothing_of_it_is_lost():
    stated, found = mistakes(TEXT, "h.yaml")
    assert found == []
    values = yaml.safe_load(TEXT)
    assert [item.model_dump(exclude_unset=True) for item in stated.hypotheses] == values["hypotheses"]
    assert stated.model_dump(include={"band", "claims"}) == {name: values[name] for name in ("band", "claims")}
    assert hypotheses.read(FILE) == stated


def test_the_tables_agree():
    assert set(rules.FORMS) == set(verdicts.MEASURES)
    templates = ROOT / "src/kotohajime/pages/templates"
    named = "".join((templates / name).read_text() for name in ("finding.md", "finding.ja.md"))
    statements = "".join(path.read_text() for path in (ROOT / "src/kotohajime/article/statements").glob("*.py"))
    used = {*re.findall(r"\b(?:told|hypotheses)\.(\w+)", named), *re.findall(r'hypothesis\("(\w+)"\)', statements)}
    assert used - {"values"} <= set(NEEDED)
    assert {item.id for item in hypotheses.read(FILE).hypotheses} == {*NEEDED, "limit_nesterov", "balance_tests"}


@pytest.mark.parametrize(
    ("of", "change", "sentence"),
    [
        (LOSS, {"says": None}, "own_rate, says: missing. Allowed: text."),
        (LOSS, {"says": ""}, "own_rate, says: found None (nothing). Allowed: text."),
        (LOSS, {"rnage": {}}, "own_rate, rnage: no such key. Did you mean range?"),
        (LOSS, {"to": None}, "own_rate, to: missing. Allowed: the keys start, optimizer, schedule, learning_rate,"),
        (SHARE, {"to": {"start": "normal"}}, "catapult, to: no such key. Known here: id, says, ja, measure, of"),
        (LOSS, {"measure": "loss_rate"}, "own_rate, measure: found 'loss_rate' (text). Allowed: loss_ratio or share_"),
        (LOSS, {"measure": ["loss_ratio"]}, "own_rate, measure: found ['loss_ratio'] (a list). Allowed: loss_ratio or"),
        (LOSS, {"measure": None}, "own_rate, measure: missing. Allowed: loss_ratio or share_diverged or"),
        (LOSS, {"of": "normal"}, "own_rate, of: found 'normal' (text). Allowed: the keys start, optimizer,"),
        (LOSS, {"range": {}}, "own_rate, range: it has no end. Give above, below or both."),
        (LOSS, {"range": {"above": 0, "below": 0}}, "own_rate, range: nothing is above 0 and below 0."),
        (LOSS, {"range": {"above": float("nan")}}, "own_rate, range above: found '.nan' (text). Allowed: a finite num"),
        (LOSS, {"range": {"above": "nan"}}, "own_rate, range above: found nan (a number). Allowed: a finite number."),
        (LOSS, {"range": {"above": "1:40"}}, "own_rate, range above: found '1:40' (text). Allowed: a finite number."),
        (LOSS, {"range": {"belo": 0}}, "own_rate, range belo: no such key. Did you mean below?"),
        (SHARE, {"range": {"above": 1}}, "catapult, range above: found 1 (a whole number). Allowed: a number at "
                                          "least 0 and below 1."),
        (SHARE, {"range": {"below": 0}}, "catapult, range below: found 0 (a whole number). Allowed: a number above 0 "
                                          "and at most 1."),
        ("images_linear", {"of": {"start": "linear", "scale": 2}},
         "images_linear, of: linear is trained at scale 1, not at 2."),
        ("balance", {"of": {"start": "balanced", "scale": 2}}, "balance, of: balanced is trained at scale 0.1, 0.316"),
        ("balance", {"of": {"start": "xaver"}}, "balance, of start: found 'xaver' (text). Allowed: normal or linear"),
        ("balance", {"to": {"start": "he"}}, "balance: he is not trained on noise; normal, linear, balanced are."),
        ("alpha_law", {"above_scale": 0}, "alpha_law, above_scale: found 0 (a whole number). Allowed: a number above"),
        ("alpha_law", {"above_scale": 0.9}, "alpha_law: above_scale: no start is trained between"),
        (SHARE, {"range": {"above": 0.7, "below": 0.6}}, "catapult, range: nothing is above 0.7 and below 0.6."),
    ],
)  # fmt: skip
def test_a_wrong_part_of_a_hypothesis(of, change, sentence):
    def change_it(by_id, _):
        by_id[of] |= change
        for key in [key for key, value in by_id[of].items() if value is None]:
            del by_id[of][key]

    found = told(changed(change_it))
    assert len(found) == 1
    assert found[0].startswith(sentence)


@pytest.mark.parametrize(
    ("of", "change", "sentence"),
    [
        (LOSS, {"start": "liner"}, f"start: found 'liner' (text). Allowed: {' or '.join(STARTS)}. Did you mean lin"),
        (LOSS, {"optimizer": "adam"}, f"optimizer: found 'adam' (text). Allowed: {' or '.join(OPTIMIZERS)}."),
        (LOSS, {"schedule": "cosine"}, "schedule: found 'cosine' (text). Allowed: constant or notebook or intended."),
        (LOSS, {"precision": "float16"}, "precision: found 'float16' (text). Allowed: float32 or float64."),
        (LOSS, {"learning_rate": "bets"}, "learning_rate: found 'bets' (text). Allowed: manual_learning_rate or"),
        (LOSS, {"learning_rate": 1e-6}, "learning_rate: found 1e-06 (a number). Allowed: manual_learning_rate or"),
        (LOSS, {"learning_rate": None}, "learning_rate: missing. Allowed: manual_learning_rate or autograd_learn"),
        (LOSS, {"rate": "best"}, "rate: no such key."),
        (LIMIT, {"learning_rate": "best"}, "learning_rate: no such key. Known here: start, optimizer."),
        (LOSS, {"schedule": "notebook", "start": "linear"},
         "the study does not always train that. With schedule notebook it trains normal with gd at "
         "manual_learning_rate or best."),
        (LOSS, {"schedule": "intended", "learning_rate": "module_learning_rate"},
         "the study does not always train that. With schedule intended it trains normal with gd at manual"),
        (LOSS, {"learning_rate": "manual_learning_rate"},
         "the study does not always train that. With schedule constant it trains normal with gd at autogr"),
    ],
)  # fmt: skip
def test_a_wrong_cell(of, change, sentence):
    def change_it(by_id, _):
        cell = by_id[of]["of"]
        by_id[of]["of"] = {key: value for key, value in (cell | change).items() if value is not None}

    (found,) = told(changed(change_it))
    assert re.match(rf"{of}, of:? ?{re.escape(sentence)}", found)


@pytest.mark.parametrize("rate", rules.RATES)
def test_every_cell_that_is_always_trained_may_be_named(rate):
    schedule = "notebook" if rate == "manual_learning_rate" else "constant"

    def change_it(by_id, _):
        by_id["mine"]["of"] |= {"schedule": schedule, "learning_rate": rate, "precision": "float64"}

    assert told(changed(change_it)) == []


@pytest.mark.parametrize(
    ("of", "change", "sentence"),
    [
        ("catapult", {"measure": "share_diverged"}, "share_diverged, normal gd autograd_learning_rate, above 0.5; "
         "the pages tell of share_spiked, normal gd autograd_learning_rate, above 0.5"),
        ("balance", {"measure": "test_ratio"}, "test_ratio, balanced 10 / linear, below -0.699; the pages tell"),
        ("balance", {"of": {"start": "balanced"}}, "epochs_ratio, balanced / linear, below -0.699; the"),
        ("alpha_law", {"above_scale": 0.1}, "test_growth, 0.1, above 3.8, below 4.2; the pages tell of test_growth, 0"),
        ("catapult_tests", {"to": {"start": "linear", "c": 2}}, "teacher_ratio, linear 3.4 / linear 2, below"),
        (LOSS, {"range": {"below": -3}}, "loss_ratio, normal gd best / linear nesterov module_learning_rate, below -3"),
        ("limit_gd", {"to": {"start": "normal", "optimizer": "nesterov"}}, "limit_ratio, linear gd / normal nesterov,"),
    ],
)  # fmt: skip
def test_what_the_pages_tell_of_compares_what_they_say(of, change, sentence):
    (found,) = told(changed(lambda by_id, _: by_id[of].update(change)))
    assert found.startswith(f"{of}: compares {sentence}")
    assert found.endswith(". Keep that, and give yours an id of its own.")


def test_its_words_are_free_and_so_is_what_the_pages_do_not_tell_of():
    def change_it(by_id, _):
        by_id[LOSS].update(says="Much lower.")
        by_id["mine"].update(range={"below": -3}, to=by_id["start_alone"]["to"])

    assert told(changed(change_it)) == []


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (lambda by_id, _: by_id["catapult"].update(id="own_rate"), [
            "own_rate: 2 hypotheses have this id. Give each its own.",
            "catapult: this hypothesis is missing, and the pages tell of it."]),
        (lambda by_id, _: by_id["catapult"].update(id="catapullt"), [
            "catapult: this hypothesis is missing, and the pages tell of it. Is catapullt meant for it?"]),
        (lambda by_id, _: by_id["catapult"].update(id="a b"), [
            "a b, id: found 'a b' (text). Allowed: a to z, 0 to 9 and _.",
            "catapult: this hypothesis is missing, and the pages tell of it."]),
        (lambda by_id, _: by_id["catapult"].pop("id"), [
            "hypothesis 8, id: missing. Allowed: a to z, 0 to 9 and _.",
            "catapult: this hypothesis is missing, and the pages tell of it."]),
        (lambda _, all_: all_["hypotheses"].append("more"), [
            "hypothesis 24: found 'more' (text). Allowed: the keys id, says, ja, measure."]),
        (lambda _, all_: all_.update(hypotheses={}), [
            "hypotheses: found {} (keys and values). Allowed: a list of hypotheses."]),
        (lambda _, all_: all_.update(hypotheses=[]), [
            f"{name}: this hypothesis is missing, and the pages tell of it." for name in NEEDED]),
        (lambda _, all_: all_.pop("band"), ["band: missing. Allowed: the keys least_p."]),
        (lambda _, all_: all_.update(bands={}), ["bands: no such key. Did you mean band?"]),
        (lambda _, all_: all_["band"].update(least_p=1), [
            "band least_p: found 1 (a whole number). Allowed: a number above 0 and below 1."]),
        (lambda _, all_: all_["band"].update(least_p="often"), [
            "band least_p: found 'often' (text). Allowed: a number above 0 and below 1."]),
        (lambda _, all_: all_["claims"].update(rmse=all_["claims"]["module_better"]), [
            "claims rmse: no such key. Known here: init_is_why, init_matters, module_better."]),
        (lambda _, all_: all_["claims"].pop("module_better"), [
            "claims module_better: missing. Allowed: the keys needs."]),
        (lambda _, all_: all_["claims"]["module_better"].update(needs={}), [
            "claims module_better needs: found {} (keys and values). Allowed: ids of hypotheses, each with holds or "
            "does not hold."]),
        (lambda _, all_: all_["claims"]["module_better"]["needs"].update(module_beter="holds"), [
            "claims module_better needs module_beter: no such hypothesis. Did you mean module_better?"]),
        (lambda _, all_: all_["claims"]["module_better"]["needs"].update(module_better="hold"), [
            "claims module_better needs module_better: found 'hold' (text). Allowed: holds or does not hold. Did you "
            "mean holds?"]),
    ],
)  # fmt: skip
def test_a_wrong_whole(change, sentences):
    assert told(changed(change)) == sentences


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "found None (nothing). Allowed: the keys hypotheses, band, claims."),
        ("- a\n- b\n", "found ['a', 'b'] (a list). Allowed: the keys hypotheses, band, claims."),
        ("hypotheses: [", "h.yaml is not YAML: while parsing a flow node"),
        ("a: 1\n b: 2\n", "h.yaml is not YAML: "),
        ("&a [*a]", "h.yaml is not YAML: "),
        ("[" * 5000, "h.yaml is not YAML: "),
        ("? [1]\n: 2\n", "h.yaml is not YAML: "),
        ("a: \x00", "h.yaml is not YAML: "),
    ],
)
def test_what_is_no_such_file_at_all(text, sentence):
    assert told(text)[0].startswith(sentence)


def test_a_key_that_stands_twice():
    twice = TEXT.replace("{below: -1}", "{below: -1, below: -3}").replace("band: {", "band: {least_p: 0.5, ")
    lines = [number for number, line in enumerate(twice.splitlines(), 1)
             if "below: -3" in line or line.startswith("band")]  # fmt: skip
    stands = "stands 2 times in what begins in line"
    assert told(twice) == [f"below {stands} {lines[0]}. Keep one.", f"least_p {stands} {lines[1]}. Keep one."]
    assert f"band {stands}" in told(TEXT + "band: {least_p: 0.1}\n")[0]


def test_every_mistake_is_told_at_once(tmp_path):
    def change_it(by_id, values):
        by_id[LOSS]["of"]["start"] = "liner"
        by_id[SHARE]["range"] = {}
        values["band"]["least_p"] = 2

    file = tmp_path / "h.yaml"
    file.write_text(changed(change_it), encoding="utf-8")
    with pytest.raises(UserError, match=r"(?s)h\.yaml: band.*\n.*own_rate, of start.*\n.*catapult, range"):
        hypotheses.read(file)


def test_a_file_that_is_not_utf_8(tmp_path):
    file = tmp_path / "h.yaml"
    file.write_bytes("# 仮説\n".encode("shift_jis"))
    with pytest.raises(UserError, match="UTF-8"):
        hypotheses.read(file)
    with pytest.raises(UserError, match=r"none\.yaml"):
        hypotheses.read(tmp_path / "none.yaml")


def test_one_more_hypothesis_is_welcome_and_claims_may_name_it():
    def change_it(_, values):
        values["claims"]["module_better"]["needs"]["mine"] = "holds"

    assert told(changed(change_it)) == []


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["id", "says", "measure", "of", "to", "range"]), JUNK)
def test_no_value_whatever_is_a_traceback(key, value):
    values = VALUES | {"hypotheses": [VALUES["hypotheses"][0] | {key: value}, *VALUES["hypotheses"][1:]]}
    told(yaml.safe_dump(values))


@given(st.text(max_size=40))
def test_no_text_whatever_is_a_traceback(text):
    assert mistakes(text, "h.yaml")[1]


def test_aliases_of_aliases_are_looked_at_once():
    """Written out they would be 2^60 values: whoever followed each would never end."""
    lines = ["a0: &a0 {x: 1, x: 2}", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 61))]
    found = mistakes("\n".join(lines), "h.yaml")[1]
    assert sum("x stands 2 times in what begins in line 1" in sentence for sentence in found) == 1
