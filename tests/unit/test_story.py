"""The story's page: its words in both languages, the lessons' new lines, the explorer's numbers."""

import re

import pandas as pd
import pytest
from planted import INF, NAN
from projects import ROOT

from kotohajime.site import explorer

from kotohajime.site import findings

from kotohajime.site import lessons

from kotohajime.site import story
from kotohajime.site.words import FINDINGS, SCRIPT, TERMS, WORDS
from kotohajime.text import FAILS, HOLDS, OPEN, percent, short

TEMPLATES = ROOT / "src/kotohajime/pages/templates"
FILLED = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize(("key", "both"), [*WORDS.items(), *SCRIPT.items(), *FINDINGS.items(), *TERMS])
def test_both_languages_are_filled_with_the_same(key, both):
    english, japanese = both
    assert english.strip()
    assert japanese.strip()
    assert sorted(FILLED.findall(english)) == sorted(FILLED.findall(japanese))
    assert "\n" not in japanese


def test_every_word_is_used_and_every_word_that_is_used_is_there():
    page, script = ((TEMPLATES / name).read_text() for name in ("index.html", "explorer.js"))
    named = set(re.findall(r"words\.(\w+)", page))
    later = {*story.PICTURES, *lessons.LESSONS, *story.FILES.values(), HOLDS, FAILS, OPEN, "why", "matters",
             "take_home", "figure_says", "statements_say", "buys_says", "judged", "too_few", "exchanged", "best", "at",
             "diverged"}  # fmt: skip
    assert named | later == WORDS.keys()
    assert set(re.findall(r"words\(\)\.(\w+)", script)) == SCRIPT.keys()


def test_the_lessons_mark_what_is_new():
    new = {name: [line.strip() for line, is_new in lines if is_new] for name, lines in lessons.marked().items()}
    assert new["train_manual"] == []
    assert "by_w1, by_w2 = torch.autograd.grad(loss, (w1, w2))" in new["train_autograd"]
    assert "optimizer.step()" in new["train_module"]
    for name, lines in lessons.marked().items():
        assert "\n".join(line for line, _ in lines) in re.sub(
            r'    """.*?"""\n', "", (ROOT / f"src/kotohajime/article/{name}.py").read_text(), flags=re.DOTALL
        )


def test_numbers_are_short():
    assert explorer.text(pd.Series([49610000.0, NAN, INF, 0.003951, 1e-10])) == "4.961e7 - - 0.003951 1e-10"


def facts(unknown=(), momentum=0.75, **verdicts) -> dict:
    """Return what was found: all hypotheses hold but for those named, and all estimates are known but for those."""
    stated = {"alpha_law": {"measure": "test_growth", "above_scale": 0.3}, "balance": {"of": {"scale": 10}},
              "catapult_tests": {"of": {"c": 3.4}, "to": {"c": 1}}}  # fmt: skip
    names = {*FINDINGS, *findings.REASONS, *findings.ACCURACIES, "tuned_in_float32", "tuned_in_float64"}
    measured = {"measure": "loss_ratio", "value": -1.0, "low": -2.0, "high": -0.5, "seeds": 8}
    shares = {"value": 0.875, "seeds": 8}
    values = (
        dict.fromkeys(names, measured)
        | {"start_is_needed": shares, "halving_saves": shares}
        | {name: measured | {"value": None} for name in unknown}
    )
    return {
        "hypotheses": {name: {"measure": "loss_ratio", "verdict": verdicts.get(name, HOLDS), **values[name],
                              **stated.get(name, {})} for name in names},
        "told": {name: None if name in unknown else f"{name} 2 (1 to 3)" for name in names},
        "claims": {name: {"verdict": verdicts.get(name, HOLDS)} for name in ("init_is_why", "init_matters")},
        "settings": {"module_momentum": momentum, "module_learning_rate": 1e-5, "autograd_learning_rate": 1e-6},
        "scaled": {"naive": "3.5", "small": "0.011"},
        "spike": {"height": "115"}, "times": "324", "own_rate": "5e-07",
    }  # fmt: skip


def test_the_answer_tells_what_was_found():
    because, why, matters, last = findings.answers(facts(init_is_why=FAILS))
    assert "<strong>does not hold</strong>. With nothing changed" in why[0]
    assert "the autograd run ends with start_alone 2 (1 to 3) times the loss that" in why[0]
    assert "sharpness. And" not in why[0]  # that holds
    assert "only 0.011 / sharpness. And N(0, 1) needs" in findings.answers(facts(start_alone=FAILS))[1][0]
    assert "at the learning rate 5e-07 it does so by a factor of 10 (3.16 to 100)." in why[0]
    assert "module の 10（3.16～100）分の 1" in why[1]
    assert (
        "is 10 times as large, and momentum 0.75 makes it act like one another 1 / (1 − 0.75) = 4 times as large"
        in because[0]
    )
    assert "diverges for 7 of 8 seeds." in because[0]
    assert "8 個のシードのうち 7 個で発散します" in because[1]
    assert "nn.Linear の初期値では N(0, 1) の 324 倍です" in because[1]
    assert "<strong>成り立ちます</strong>。画像を" in matters[1]
    assert "images_linear 2（1～3）です" in matters[1]
    assert "a network from N(0, 1) recognises images_centred 2 (1 to 3)." in matters[0]
    assert last == WORDS["take_home"]
    matters = findings.answers(facts(init_is_why=FAILS, images_centred=OPEN))[2]
    assert "subtracted" not in matters[0]


@pytest.mark.parametrize("name", findings.REASONS)
@pytest.mark.parametrize("verdict", [FAILS, OPEN])
def test_the_reason_is_given_only_if_all_that_it_rests_on_holds(name, verdict):
    assert len(findings.answers(facts())) == 4
    answers = findings.answers(facts(**{name: verdict}))
    assert not any("whether the learning rate suits" in english for english, _ in answers)
    assert any("needs no other start" in english for english, _ in answers) == (name != "own_rate")


def test_without_momentum_it_is_no_reason():
    assert not any("whether the learning rate suits" in english for english, _ in findings.answers(facts(momentum=0.0)))


def test_what_is_not_known_is_not_told():
    undecided = dict.fromkeys([*findings.REASONS, "init_is_why", "init_matters"], OPEN)
    why, matters = findings.answers(facts(unknown=("start_alone", "images_linear"), **undecided))
    assert why[0].endswith("<strong>could not be decided</strong>.")
    assert matters[0].endswith("<strong>could not be decided</strong>.")
    assert why[1].endswith("<strong>判定できませんでした</strong>。")


def test_a_caption_tells_what_was_found_if_it_is_known():
    assert findings.caption("predictions", facts(), 200) == WORDS["predictions"]
    english, japanese = findings.caption("teacher", facts(), 200)
    assert "At 3.4 / sharpness nn.Linear's default ends with 10 % (1 % to 32 %) of the test error" in english
    assert "1 / sharpness のときの 10 %（1 %～32 %）です" in japanese
    for other in (facts(unknown=["catapult_tests"]), facts(catapult_tests=FAILS), facts(catapult_tests=OPEN)):
        assert findings.caption("teacher", other, 200) == WORDS["teacher"]
    assert "From 0.3 to 1 times" in findings.caption("start_scale", facts(), 200)[0]
    assert "a second layer 10 times the first, training takes 10 %" in findings.caption("balance", facts(), 200)[0]
    assert findings.caption("balance", facts(unknown=["balance"]), 200) == WORDS["balance"]
    assert findings.caption("trainability", facts(), 200)[0].startswith("Loss after 200 epochs of gradient descent")


def test_a_ratio_of_few_seeds_has_no_interval():
    assert findings.ratio({"value": -1, "low": None, "high": None}, percent) == "10 %"
    assert findings.ratio({"value": -1, "low": -2, "high": None}, percent) == "10 %"
    assert findings.ratio({"value": -1, "low": -2, "high": 0}, short, -1) == "10 (1 to 100)"
    assert findings.ratio({"value": None, "low": None, "high": None}, short) is None


def test_how_many_seeds():
    assert findings.how_many({"value": 1.0, "seeds": 8}) == ("all 8 seeds", "8 個のシードすべて")
    assert findings.how_many({"value": 0.25, "seeds": 8}) == ("2 of 8 seeds", "8 個のシードのうち 2 個")


def test_the_runs_are_told_with_their_settings():
    table = pd.DataFrame({"training": ["autograd", "module"], "start": ["normal", "nn.Linear"], "momentum": [0.0, 0.8],
                          "optimizer": ["gradient descent", "torch.optim.SGD"],
                          "learning_rate": [1e-6, 1e-5], "loss_last": [NAN, 0.003951]})  # fmt: skip
    assert story.runs(table, nesterov=True) == [
        ("autograd", ("N(0, 1)", "N(0, 1)"), ("gradient descent", "勾配降下法"), "1e-06", WORDS["diverged"]),
        ("module", ("nn.Linear's default", "nn.Linear の既定"),
         ("Nesterov momentum 0.8", "Nesterov モメンタム 0.8"), "1e-05", ("0.00395", "0.00395")),
    ]  # fmt: skip
    assert story.runs(table, nesterov=False)[1][2] == ("momentum 0.8", "モメンタム 0.8")


@pytest.mark.parametrize(
    ("module", "there"),
    [
        ({"nesterov": True, "weight_decay": 1e-8}, True),
        ({"nesterov": True, "weight_decay": 0.0}, True),
        ({"nesterov": True, "weight_decay": 0.1}, False),
        ({"nesterov": False, "weight_decay": 1e-8}, False),
    ],
)
def test_a_module_run_that_the_study_lacks_is_no_network_of_it(module, there):
    assert story.trained_in_the_study(module) == there


def test_the_halving_is_told_if_there_is_one():
    manual = {"halve_every": 100, "halve_at_start": True}
    english, japanese = findings.halvings(facts(), manual)
    assert "after epoch 0 and then every 100 epochs" in english
    assert "8 個のシードのうち 7 個で" in japanese
    assert findings.halvings(facts(), manual | {"halve_at_start": False}) is None
    assert findings.halvings(facts(halving_saves=OPEN), manual) is None


def test_what_the_lowest_losses_show():
    assert "takes 10 % (1 % to 32 %) of the epochs" in findings.rounding(facts())[0]
    assert findings.rounding(facts(tuned_in_float64=OPEN)) is None


def test_the_statements_are_counted():
    english, japanese = story.counted([{"verdict": HOLDS}, {"verdict": FAILS}, {"verdict": HOLDS}])
    assert english.startswith("3 statements: 2 hold, 1 do not hold.")
    assert "成り立つ 2、成り立たない 1" in japanese


def test_starts_and_settings_are_exchanged():
    columns = {"precision": "float32", "start": "normal", "optimizer": "gd", "learning_rate": 1e-6, "loss_last": 0.7}
    swap = pd.DataFrame([columns, {**columns, "start": "linear", "loss_last": 641},
                         {**columns, "optimizer": "nesterov", "learning_rate": 1e-5, "loss_last": INF},
                         {**columns, "optimizer": "nesterov", "learning_rate": 1e-5, "start": "linear"}])  # fmt: skip
    tuned = pd.DataFrame([{**columns, "learning_rate": 5e-7, "loss_last": 8e-6}, {**columns, "precision": "float64"}])
    article = {"autograd": ("normal", "gd", 1e-6), "module": ("linear", "nesterov", 1e-5)}
    first, second, best = story.exchanged(swap, tuned, 0.8, article)
    assert first == (
        ("gradient descent, 1e-06", "勾配降下法、1e-06"),
        [(("0.7", "0.7"), "autograd"), (("641", "641"), "")],
    )
    assert second[1] == [(("diverges", "発散"), ""), (("0.7", "0.7"), "module")]
    assert best[1] == [(("8e-06 at 5e-07", "8e-06（5e-07）"), ""), (("unknown at unknown", "不明（不明）"), "")]


def test_json_cannot_end_its_script():
    assert story.as_json({"a": "</script>"}) == '{"a":"\\u003c/script>"}'
