"""The pages: both languages say what the results say, and nothing that is unknown or not so."""

import html
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN, verdicts, write_results

from kotohajime import render
from kotohajime.site import charts, facts, lessons, story, study_page
from kotohajime.text import FAILS, HOLDS, OPEN


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
    """Change each hypothesis, or leave it out where the change is None; and the verdict on all claims."""
    hypotheses = [one for one in map(change_one, verdicts()["hypotheses"]) if one is not None]
    claims = {name: {"verdict": claim} for name in verdicts()["claims"]}
    update(results / "study/verdicts.json", hypotheses=hypotheses, claims=claims)
    return results


def visible(text, language):
    other = {"en": "ja", "ja": "en"}[language]
    shown = re.sub(rf'<(span|p|li) lang="{other}">.*?</\1>|<script.*?</script>', "", text, flags=re.DOTALL)
    return html.unescape(re.sub("<[^>]+>", "", shown)).replace("\u00a0", " ")


def page(results):
    """Return the story as its reader sees it, English and Japanese."""
    story.main(results=results, output=results / "index.html")
    return tuple(visible((results / "index.html").read_text(), language) for language in ("en", "ja"))


@pytest.fixture(scope="module")
def default_page(results):
    """Return the story where all hypotheses hold."""
    return page(results)


def test_the_releases_of_torch_are_told(default_page):
    english, japanese = default_page
    told = r"on 2 releases, from 1.0.0 to 2.0.0, .* by more than 0.5 % .* nn.Linear has drawn other numbers since 1.6"
    assert re.search(told, " ".join(english.split()))
    assert "w.grad1.0.0:zeros2.0.0:empty" in "".join(english.split())
    assert "1.6.0 以降の nn.Linear" in japanese


def test_the_lessons_mark_what_is_new():
    new = {name: [line.strip() for line, is_new in lines if is_new] for name, lines in lessons.marked().items()}
    assert new["train_manual"] == []
    assert any("torch.autograd.grad(loss, (w1, w2))" in line for line in new["train_autograd"])
    assert "optimizer.step()" in new["train_module"]
    assert not any('"""' in line for line, _ in lessons.marked()["train_autograd"])


TITLE = "Halve one number, and the losing run wins."
HALVED = {"halved_overtakes": {"value": 176.0, "low": 173.0, "high": 178.0}, "halved_arrives": {"value": 358.0}}


def as_published(one):
    """Return a hypothesis with an estimate of its own kind, and the claims' verdicts of the project's results."""
    return {**one, **HALVED.get(one["id"], {})}


@pytest.fixture
def published(spoiled):
    """Return results in which the start is not why, and all hypotheses hold."""
    change(spoiled, as_published)
    verdict = json.loads((spoiled / "study/verdicts.json").read_text())
    update(spoiled / "study/verdicts.json", claims={**verdict["claims"], "init_is_why": {"verdict": FAILS}})
    return spoiled


SENTENCES = [
    TITLE,
    "the autograd run is below the module run's curve from epoch 176 on",
    "that run's final loss at epoch 358 of 40",
    "3.5 × 10⁶ from N(0, 1)",
    "rate is 3.5 / sharpness: its loss first jumps 115-fold, and comes down late. Halved, it is 1.75 / sharpness",
    "diverges from about 4.4 (N(0, 1)) or 4.4 (nn.Linear) on",
    "a network from N(0, 1) recognises -100 %.",
    "A good start keeps",
    "after epoch 0 and then every 100 epochs",
    "without the first halving it diverges for 7 of 8 seeds.",
    "3 statements.",
    "2 hold",
    "一つの数値を半分にすると",
    "エポック 176 からは",
]


def test_the_story_says_what_was_found(published):
    told = "".join(" ".join(text.split()) for text in page(published))
    assert [sentence for sentence in SENTENCES if sentence not in told] == []
    assert 'title="95 %: 173 – 178">176</a>' in (published / "index.html").read_text()


RESTS_ON = {  # a hypothesis, what is not said unless it holds
    **dict.fromkeys(("module_better", "halved_overtakes", "halved_arrives"), TITLE),
    **dict.fromkeys(("images_normal", "images_linear"), "There the start decides."),
    "images_centred": "subtracted, a network",
    "catapult": "first jumps 115-fold",
    "limit_gd": "Both starts then diverge nearly together",
    "halving_saves": "then every 100",
}


@pytest.mark.parametrize(("name", "sentence"), RESTS_ON.items())
def test_a_sentence_stands_only_if_what_it_rests_on_holds(published, name, sentence):
    assert sentence in page(published)[0]
    hypotheses = json.loads((published / "study/verdicts.json").read_text())["hypotheses"]
    open_one = [{**one, "verdict": OPEN} if one["id"] == name else one for one in hypotheses]
    update(published / "study/verdicts.json", hypotheses=open_one)
    english, japanese = page(published)
    assert sentence not in english
    assert ("as an explanation of the figure" in english.lower()) == (sentence == TITLE)
    assert ("一つの数値を半分にすると" in japanese) == (sentence != TITLE)


UNKNOWN = {"value": None, "low": None, "high": None, "told": "unknown", "verdict": OPEN}
OTHER = {"says": "", "measure": "new", "value": 1.0, "told": "1", "verdict": FAILS, "corrected": OPEN, "seeds": 8}
OTHER["rounding"] = False
CHANGES = {
    "missing": lambda one: None,
    "unknown": lambda one: {**one, **UNKNOWN},
    "other": lambda one: {"id": one["id"], **OTHER},
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_page_leaves_out_what_is_missing_unknown_or_another_hypothesis(spoiled, kind):
    english, japanese = page(change(spoiled, CHANGES[kind], claim=OPEN))
    assert "matter a great deal” could not be decided." in english
    assert "判定できませんでした" in japanese
    assert "A good start keeps" not in english
    assert "only one side was tuned" not in english
    assert ("the loss ends 10 times higher" in english) == (kind == "other")  # where start_alone, a log10 of 1, fails
    study_page.main(study=spoiled / "study")
    findings = [(spoiled / f"study/{name}").read_text() for name in ("finding.md", "finding.ja.md")]
    for text in (english, japanese, *findings):
        assert not re.search(r"None|\bnan\b|unknown", text)
    assert ("Not every network learned" in findings[0]) == (kind == "unknown")
    if kind != "other":
        assert findings[0].count("\n* ") == (1 if kind == "missing" else 2)  # the band, and the images


def test_the_ladder_and_another_kind_of_module_run(default_page, spoiled):
    english, japanese = (re.sub(r"\s*\n\s*", "", text) for text in default_page)
    assert "the autograd run, from N(0, 1)10⁻⁶0.7not in 40" in english
    assert "初期値だけを nn.Linear に10⁻⁶64140 では届かず" in japanese
    update(spoiled / "train_module/run.json", nesterov=False)
    update(spoiled / "train_manual/run.json", halve_at_start=False)
    english, _ = page(spoiled)
    assert "then every 100" not in english
    data = json.loads(re.search(r'id="data">(.*?)</script>', (spoiled / "index.html").read_text())[1])
    assert list(data["article"]) == ["autograd"]  # the study has no module run like that one
    assert not story.in_the_study({"nesterov": True, "weight_decay": 0.1})


def test_the_data_of_the_charts(results):
    data = charts.chart_data(results)
    (kind,) = [one for one in data["kinds"] if (one["start"], one["optimizer"]) == ("normal", "gd")]
    assert (kind["rates"], kind["final"], kind["low"]) == ([1e-6, 1e-5], [0.7, INF], [0.35, INF])
    assert (kind["ends"][1], kind["sharpness"], kind["threshold"]) == (7, 3.5e6, 4.4)
    assert (data["seed"], data["epochs"], kind["paths"]) == (200, [0, 39], [[1000, 4]] * 2)
    assert data["units"] == {"autograd": 3.5, "module": 0.1, "momentum": 0.75}
    outputs = charts.first_outputs(results)
    assert sum(outputs["normal"]) == sum(outputs["targets"]) == 8
    assert data["scale"]["scale"][-1] == 1
    assert data["figure"]["autograd"]["published"] == [[20], [1e6]]
    assert charts.rounded([49611234.0, INF, 0.00395123]) == [49610000.0, INF, 0.003951]
    assert render.as_json({"a": [NAN, INF, 1.5]}) == '{"a":[null,null,1.5]}'
    assert "</script>" not in render.as_json({"a": "</script>"})


def test_a_wall_shows_what_was_recognised(results):
    wall = charts.wall(results / "images")
    assert (wall["shown"], wall["normal"]["right"], wall["linear"]["right"]) == (4, 0, 4)
    assert wall["linear"]["light"].startswith("data:image/png;base64,")
    assert wall["linear"]["light"] != wall["linear"]["dark"]
    ink = np.array([[[0, 1], [1, 0]]] * 2)
    picture = charts.tiles(ink, np.array([True, False]), 1.0, 0.0)
    assert picture.shape == (2, 3 * charts.COLUMNS - 1, 4)
    assert picture[0, :2, :3].tolist() == [[1, 1, 1], [0, 0, 0]]
    assert picture[1, 3:5, :3].tolist() == [[1, 1, 1], charts.RED.tolist()]
    assert picture[:, [2, 6, 58], 3].max() == 0  # nothing between two and after the last


def test_seeds_are_too_few_for_all_at_once(spoiled):
    some = facts.gather(change(spoiled, lambda one: {**one, "corrected": OPEN}) / "study")
    assert (some.too_few, replace(some, seeds=10).too_few) == (True, False)
    assert (some.no_intervals, replace(some, seeds=4).no_intervals) == (False, True)


def test_the_study_page_and_the_finding_say_what_the_tables_say(spoiled):
    study = spoiled / "study"
    runs = pd.read_csv(study / "runs.csv")
    runs = pd.concat([runs, runs.iloc[:1].assign(precision="float64", seed=7)])
    runs.to_csv(study / "runs.csv", index=False)
    study_page.main(study=study)
    english, japanese = (visible((study / "study.html").read_text(), language) for language in ("en", "ja"))
    assert all(hypothesis["told"] in english for hypothesis in verdicts()["hypotheses"])
    assert "641 (320 to 1,280)" in english
    assert re.findall(r"(\w+) 2 \(1 to 3\)\s*float32's rounding; no measure", english) == ["own_rate"]
    assert "on them a verdict confirms nothing" in english  # seed 7
    assert "leave out 9 cells" in english
    assert "到達せず" in japanese
    assert not re.search("unknown|never|infinite", japanese)
    assert "diverges for start_is_needed 2 (1 to 3) of the seeds" in (study / "finding.md").read_text()
    assert "発散するシードの割合は start_is_needed 2（1～3）です" in (study / "finding.ja.md").read_text()
