"""The story and the study's page: both languages say what the results say, and nothing that is unknown or not so."""

import html
import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from projects import ROOT
from small_results import INF, NAN, verdicts, write_results

from kotohajime.site import explorer, facts, lessons, story, study_page
from kotohajime.text import FAILS, HOLDS, OPEN, percent, short

REASONS = ("module_better", "start_is_needed", "own_rate", "limit_gd", "momentum_is_rate", "catapult")
WHY = "whether the learning rate suits the start"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("results"))


@pytest.fixture
def spoiled(tmp_path):
    """Return results that a test may change."""
    return write_results(tmp_path)


def update(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def change(results, change_one, claim=HOLDS):
    """Change each hypothesis, or leave it out where the change is None; and the verdict on both claims."""
    path = results / "study/verdicts.json"
    before = json.loads(path.read_text())
    hypotheses = [one for one in map(change_one, before["hypotheses"]) if one is not None]
    update(path, hypotheses=hypotheses, claims={name: {"verdict": claim} for name in before["claims"]})
    return results


def decided(results, **verdicts):
    """Change the verdicts on hypotheses."""
    return change(results, lambda one: {**one, "verdict": verdicts.get(one["id"], one["verdict"])})


def page(results):
    """Return the story as its reader sees it, English and Japanese."""
    story.main(results=results, output=results / "index.html")
    return tuple(visible((results / "index.html").read_text(), language) for language in ("en", "ja"))


@pytest.fixture(scope="module")
def default_page(results):
    """Return the story where all hypotheses hold."""
    return page(results)


def visible(text, language):
    other = {"en": "ja", "ja": "en"}[language]
    shown = re.sub(rf'<(span|p|li) lang="{other}">.*?</\1>|<script.*?</script>', "", text, flags=re.DOTALL)
    return html.unescape(re.sub("<[^>]+>", "", shown)).replace("\u00a0", " ")


def test_the_lessons_mark_what_is_new():
    marked = lessons.marked()
    new = {name: [line.strip() for line, is_new in lines if is_new] for name, lines in marked.items()}
    assert new["train_manual"] == []
    assert any("torch.autograd.grad(loss, (w1, w2))" in line for line in new["train_autograd"])
    assert "optimizer.step()" in new["train_module"]
    for name, lines in marked.items():
        source = (ROOT / f"src/kotohajime/article/{name}.py").read_text()
        assert "\n".join(line for line, _ in lines) in re.sub(r'    """.*?"""\n', "", source, flags=re.DOTALL)


def test_the_explorer_writes_numbers_shortly_and_nothing_that_ends_its_script():
    assert story.as_json({"a": "</script>"}) == '{"a":"\\u003c/script>"}'
    assert explorer.text(pd.Series([49610000.0, NAN, INF, 0.003951, 1e-10])) == "4.961e7 - - 0.003951 1e-10"


SENTENCES = [
    "the autograd run ends with start_alone 2 (1 to 3) times the loss that",
    "at the learning rate 1e-06 it does so by a factor of 10 (3.16 to 100).",
    "module の 10（3.16～100）分の 1",
    "is 10 times as large, and momentum 0.75 makes it act like one another 1 / (1 − 0.75) = 4 times as large",
    "(3.5 / sharpness): its loss first rises, 115-fold",
    "diverges for 7 of 8 seeds.",
    "8 個のシードのうち 7 個で発散します",
    "nn.Linear の初期値では N(0, 1) の 324 倍です",
    "成り立ちます。画像を",
    "images_linear 2（1～3）です",
    "a network from N(0, 1) recognises images_centred 2 (1 to 3).",
    "In your own code: keep",
    "after epoch 0 and then every 100 epochs",
    "takes 10 % (1 % to 32 %) of the epochs that N(0, 1)",
    "3 statements: 2 hold, 1 do not hold.",
    "成り立つ 2、成り立たない 1",
    "At 3.4 / sharpness nn.Linear's default ends with 10 % (1 % to 32 %) of the test error",
    "1 / sharpness のときの 10 %（1 %～32 %）です",
    "From 0.3 to 1 times N(0, 1), the test error grows",
    "a second layer 10 times the first, training takes 10 %",
    "Loss after 200 epochs of gradient descent",
]


def test_the_story_says_what_was_found(default_page):
    assert [sentence for sentence in SENTENCES if sentence not in "".join(default_page)] == []
    assert "only 0.01 / sharpness" not in default_page[0]  # start_alone holds


@pytest.mark.parametrize(("name", "verdict"), [*zip(REASONS, [FAILS, OPEN] * 3, strict=True)])
def test_the_reason_is_given_only_if_all_that_it_rests_on_holds(default_page, spoiled, name, verdict):
    english, _ = page(decided(spoiled, **{name: verdict}))
    assert WHY in default_page[0]
    assert WHY not in english
    assert ("needs no other start" in english) == (name != "own_rate")


def test_a_sentence_that_is_not_so_is_left_out(spoiled):
    failing = dict.fromkeys(["images_centred", "catapult_tests", "balance", "tuned_in_float64", "halving_saves"], OPEN)
    english, _ = page(decided(spoiled, start_alone=FAILS, **failing))
    assert "only 0.01 / sharpness" in english
    for absent in ("subtracted, a network", "need not harm", "a second layer 10 times", "takes 10 %", "then every 100"):
        assert absent not in english
    update(spoiled / "study/settings.json", module_momentum=0.0)
    update(spoiled / "train_manual/run.json", halve_at_start=False)
    english, _ = page(decided(spoiled, halving_saves=HOLDS))
    assert WHY not in english
    assert "then every 100" not in english


CHANGES = {
    "missing": lambda one: None,
    "unknown": lambda one: {**one, "value": None, "low": None, "high": None, "told": "unknown", "verdict": OPEN},
    "infinite": lambda one: {**one, "value": None, "low": None, "high": None, "told": "infinite"},
    "other": lambda one: {"id": one["id"], "says": "", "measure": "new", "value": 1.0, "told": "1", "verdict": FAILS,
                          "corrected": OPEN, "seeds": 8},
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_a_page_leaves_out_what_is_missing_unknown_or_another_hypothesis(spoiled, kind):
    english, japanese = page(change(spoiled, CHANGES[kind], claim=OPEN))
    assert "matter a great deal” could not be decided." in english
    assert "判定できませんでした" in japanese
    assert "In your own code" not in english
    study_page.main(study=spoiled / "study")
    findings = [(spoiled / f"study/{name}").read_text() for name in ("finding.md", "finding.ja.md")]
    for text in (english, japanese, *findings):
        assert not re.search(r"None|\bnan\b|unknown", text)
    assert ("Not every network learned" in findings[0]) == (kind in ("unknown", "infinite"))
    if kind != "other":
        assert "needs no other start" not in english
        assert findings[0].count("\n* ") == (1 if kind == "missing" else 2)  # the band, and the images


def test_the_tables_of_the_story(default_page, spoiled):
    for nesterov, of_module in ((True, "Nesterov momentum 0.75"), (False, "momentum 0.75")):
        update(spoiled / "train_module/run.json", nesterov=nesterov)
        english, _ = page(spoiled)
        rows = re.sub(r"\s*\n\s*", "\n", english)
        assert "autogradN(0, 1)gradient descent1e-06diverges\n" in rows
        assert f"modulenn.Linear's default{of_module}1e-050.00395\n" in rows
    japanese = re.sub(r"\s*\n\s*", "", default_page[1])
    assert "勾配降下法、1e-060.7 (autograd)641" in japanese
    assert "Nesterov モメンタム 0.75、1e-05発散0.004 (module)" in japanese
    assert "0.7（1e-06）641（1e-06）" in japanese


def explored(results):
    page(results)
    text = (results / "index.html").read_text()
    return json.loads(re.search(r'id="data">(.*?)</script>', text)[1])


@pytest.mark.parametrize(
    ("nesterov", "decay", "there"), [(True, 1e-8, True), (True, 0.0, True), (True, 0.1, False), (False, 1e-8, False)]
)
def test_a_module_run_that_the_study_lacks_cannot_be_chosen(spoiled, nesterov, decay, there):
    update(spoiled / "train_module/run.json", nesterov=nesterov, weight_decay=decay)
    data = explored(spoiled)
    assert ("module" in data["article"]) == there
    assert data["article"]["autograd"] == ["normal", "gd", 1e-6]


def test_the_data_of_the_explorer(results):
    data = explored(results)
    (kind,) = [one for one in data["kinds"] if (one["start"], one["optimizer"]) == ("normal", "gd")]
    assert (kind["rates"], kind["losses"]) == ([1e-6, 1e-5], ["0.0002 -", "0.000201 -"])
    assert kind["diverged"] == [[None, 7]] * 2
    assert (data["epochs"], kind["paths"][0]) == ([0, 39], ["1000 4"] * 2)
    images = data["starts"][0]
    assert images["paths"][0] == {"epochs": [10, 90], "train": "0.5 0.009", "test": "0.6 0.2"}
    assert {one["id"]: one["label"] for one in data["starts"]}["balanced 10"] == "s2 / s1 = 10"


def test_an_estimate_of_few_seeds_has_no_interval(results):
    def known(**values):
        return replace(facts.gather(results / "study"), hypotheses={"one": {"seeds": 8, **values}})

    assert known(value=-1, low=None, high=None).ratio("one", percent) == "10 %"
    assert known(value=-1, low=-2, high=0).ratio("one", short, -1) == "10 (1 to 100)"
    assert known(value=None).ratio("one") is None
    assert known(value=1.0).seeds_with("one") == {"en": "all 8 seeds", "ja": "8 個のシードすべて"}
    assert known(value=0.25).seeds_with("one")["en"] == "2 of 8 seeds"
    assert known(value=None).seeds_with("one") is None


def test_seeds_are_too_few_for_all_at_once_only_if_nothing_is_decided(spoiled):
    some = facts.gather(change(spoiled, lambda one: {**one, "corrected": OPEN}) / "study")
    assert some.too_few
    assert not replace(some, seeds=10).too_few
    some.hypotheses["catapult"]["corrected"] = FAILS  # as that of a share may be
    assert not some.too_few
    assert (some.no_intervals, replace(some, seeds=4).no_intervals) == (False, True)


def test_the_study_page_and_the_finding_say_what_the_tables_say(spoiled):
    study = spoiled / "study"
    for name, row in (("tuned", {"loss_last": 2e-17}), ("runs", {"seed": 7})):
        table = pd.read_csv(study / f"{name}.csv")
        table = pd.concat([table, table.iloc[:1].assign(precision="float64", **row)])
        table.to_csv(study / f"{name}.csv", index=False)
    study_page.main(study=study)
    english, japanese = (visible((study / "study.html").read_text(), language) for language in ("en", "ja"))
    assert all(hypothesis["told"] in english for hypothesis in verdicts()["hypotheses"])
    for text in ("2e-17 (0.35 to 1.4)", "show them without it", "on them a verdict confirms nothing",
                 "both starts diverge from the same place", "not rejected (p = 0.50 from 40 seeds)"):  # fmt: skip
        assert text in english
    assert "leave out 9 cells" in english
    assert "到達せず" in japanese
    assert not re.search("unknown|never|infinite", japanese)
    assert "diverges for start_is_needed 2 (1 to 3) of the seeds" in (study / "finding.md").read_text()
    assert "シードの start_is_needed 2（1～3）で発散" in (study / "finding.ja.md").read_text()
