"""Texts in two languages, and numbers for people: short, and never a word for what is not known in place of one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import INF, NAN
from projects import ROOT

from kotohajime.render import fill
from kotohajime.site.lessons import LESSONS
from kotohajime.text import (
    FAILS,
    HOLDS,
    NOT_REJECTED,
    OPEN,
    REJECTED,
    UNKNOWN,
    between,
    in_japanese,
    percent,
    short,
    words,
)

TEMPLATES = ROOT / "src/kotohajime/templates"


def pairs(texts, place=""):
    if isinstance(texts, dict) and "en" in texts:
        yield pytest.param(texts, id=place)
    elif isinstance(texts, dict | list):
        for key, inner in texts.items() if isinstance(texts, dict) else enumerate(texts):
            yield from pairs(inner, f"{place}.{key}")


@pytest.mark.parametrize("text", [*pairs(words("story")), *pairs(words("study"))])
def test_both_languages_are_filled_with_the_same(text):
    assert list(text) == ["en", "ja"]
    assert sorted(re.findall(r"\{(\w+)\}", text["en"])) == sorted(re.findall(r"\{(\w+)\}", text["ja"]))
    assert all(language.strip() and "\n" not in language for language in text.values())
    assert not re.search("[。、） ] ", text["ja"])  # as a folded line would leave behind


def test_every_word_is_used_and_every_word_that_is_used_is_there():
    template, script = ((TEMPLATES / name).read_text() for name in ("index.html", "explorer.js"))
    for prefix, texts, elsewhere in (
        (r"words\.", words("story"), {"counts", "diverged", "script"}),
        (r"texts\.", words("story")["findings"], set()),
        (r'picture\("', words("story")["captions"], set()),
    ):
        assert set(re.findall(rf"\b{prefix}(\w+)", template)) | elsewhere == texts.keys()
    assert set(re.findall(r"words\(\)\.(\w+)", script)) == words("story")["script"].keys()
    assert words("story")["lesson_titles"].keys() == LESSONS.keys()


def test_a_text_is_filled_only_if_all_is_known():
    text = {"en": "<b>{a}</b> is {b}", "ja": "<b>{a}</b>は {b}"}
    assert fill(text, a="1 (0.5 to 2)", b={"en": "<", "ja": ">"}) == {"en": "<b>1 (0.5 to 2)</b> is &lt;",
                                                                      "ja": "<b>1（0.5～2）</b>は &gt;"}  # fmt: skip
    assert fill(text, a=None, b=2) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2234.5, "2,230"), (0.01384, "0.0138"), (1.2500001e-6, "1.25e-06"), (0.0, "0"), (1e6, "1e+06"), (12, "12"),
        (0.9999, "1"), (NAN, UNKNOWN), (INF, "infinite"), (-INF, "minus infinite"), (-0.5, "-0.5"),
    ],
)  # fmt: skip
def test_short(number, text):
    assert short(number) == text


@given(st.floats(1e-300, 1e300))
def test_short_is_right_to_three_digits(number):
    assert float(short(number).replace(",", "")) == pytest.approx(number, rel=5.1e-3)


@given(st.floats(), *[st.floats(allow_nan=False)] * 2, st.sampled_from(["", " times the loss", " 倍です"]))
def test_an_estimate_is_written_in_japanese_wherever_it_stands(value, low, high, then):
    text = in_japanese(f"a loss of {between(value, low, high)}{then} (2 to you)")
    assert text == in_japanese(text)
    assert text.count(" to ") == 1
    assert text.count("～") == 1
    assert in_japanese(UNKNOWN) == "不明"
    assert "infinite" not in text
    assert "unknown" not in text
    assert in_japanese("p = unknown") == "p = 不明"


def test_no_verdict_is_taken_for_another():
    """A test can reject a curve; that it does not is no proof, and is not text as one."""
    assert len({HOLDS, FAILS, OPEN, NOT_REJECTED, REJECTED}) == 5
    assert not any(word in NOT_REJECTED for word in (HOLDS, "yes"))


def test_percent():
    assert percent(0.675) == "68 %"
    assert percent(NAN) == UNKNOWN


def test_an_interval_that_is_not_known_is_left_out():
    assert between(0.5, 0.25, 1) == "0.5 (0.25 to 1)"
    assert between(0.5, NAN, NAN) == "0.5"
    assert between(1.0, 0.68, 1.0, percent) == "100 % (68 % to 100 %)"
    assert between(NAN, NAN, NAN) == UNKNOWN
