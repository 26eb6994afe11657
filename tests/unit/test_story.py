"""The story's page: its words in both languages, the lessons' new lines, the explorer's numbers."""

import re

import pandas as pd
import pytest
from conftest import ROOT
from planted import INF, NAN

from kotohajime.article.statements import BY_SECTION
from kotohajime.story import explorer, lessons, story
from kotohajime.story.words import SCRIPT, SECTIONS, STATEMENTS, WORDS
from kotohajime.words import FAILS, HOLDS, OPEN

TEMPLATES = ROOT / "src/kotohajime/pages/templates"
FILLED = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("key", [*WORDS, *SCRIPT])
def test_both_languages_are_filled_with_the_same(key):
    english, japanese = WORDS.get(key) or SCRIPT[key]
    assert english.strip()
    assert japanese.strip()
    assert sorted(FILLED.findall(english)) == sorted(FILLED.findall(japanese))
    assert "\n" not in japanese


def test_every_word_is_used_and_every_word_that_is_used_is_there():
    page, script = ((TEMPLATES / name).read_text() for name in ("index.html", "explorer.js"))
    named = set(re.findall(r"words\.(\w+)", page))
    later = {*story.PICTURES, *lessons.LESSONS, *story.FILES.values(), HOLDS, FAILS, OPEN, "changed since 2018",
             "why", "why_evidence", "matters", "matters_evidence", "take_home", "figure_says", "statements_say",
             "counted", "normal", "linear", "gd", "nesterov"}  # fmt: skip
    assert named | later == WORDS.keys()
    assert set(re.findall(r"words\(\)\.(\w+)", script)) == SCRIPT.keys()


def test_every_statement_is_there_in_japanese():
    assert SECTIONS.keys() == BY_SECTION.keys()
    assert STATEMENTS.keys() == {one.id for statements in BY_SECTION.values() for one in statements}


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


def verdicts(value=1.0):
    names = ("start_alone", "own_rate", "images_normal", "images_linear")
    return {
        "hypotheses": [{"id": name, "told": f"{name} 2 (1 to 3)", "value": value} for name in names],
        "claims": {"init_is_why": {"verdict": FAILS}, "init_matters": {"verdict": HOLDS if value else OPEN}},
    }


def test_the_answer_tells_what_was_found():
    why, matters, last = story.answers(verdicts())
    assert "<strong>does not hold</strong>: at " in why[0]
    assert "it ends start_alone 2 (1 to 3) times as high" in why[0]
    assert "<strong>成り立ちます</strong>：" in matters[1]
    assert "images_linear 2 (1～3)" in matters[1]
    assert last == WORDS["take_home"]


def test_what_is_not_known_is_not_told():
    why, matters = story.answers(verdicts(None))
    assert why[0].endswith("<strong>does not hold</strong>.")
    assert matters[0].endswith("<strong>could not be decided</strong>.")


def test_the_statements_are_counted():
    english, japanese = story.counted([{"verdict": HOLDS}, {"verdict": FAILS}, {"verdict": HOLDS}])
    assert english.startswith("3 statements: holds: 2, does not hold: 1.")
    assert "成り立ちます：2、成り立ちません：1" in japanese


def test_json_cannot_end_its_script():
    assert story.as_json({"a": "</script>"}) == '{"a":"\\u003c/script>"}'
