"""Texts in two languages, and numbers for people: short, and never a word for what is not known in place of one."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from planted import INF, NAN
from projects import ROOT

from kotohajime.render import fill, paragraph
from kotohajime.text import UNKNOWN, between, in_japanese, percent, short, words


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


def test_the_script_has_the_words_that_it_uses():
    script = "".join(path.read_text() for path in (ROOT / "src/kotohajime/templates").glob("*.js"))
    used = set(re.findall(r"words\(\)\.(\w+)", script)) | {"manual", "autograd", "module"}  # by the names of the runs
    assert used == words("story")["script"].keys()


def test_the_story_uses_all_its_words():
    package = ROOT / "src/kotohajime"
    text = "".join((package / name).read_text() for name in ("templates/index.html", "site/story.py", "site/charts.py"))
    assert [key for key in words("story") if key not in text] == []


def test_a_text_is_filled_only_if_all_is_known():
    text = {"en": "<b>{a}</b> is {b}", "ja": "<b>{a}</b>は {b}"}
    filled = {"en": "<b>1 (0.5 to 2)</b> is &lt;", "ja": "<b>1（0.5～2）</b>は &gt;"}
    assert fill(text, a="1 (0.5 to 2)", b={"en": "<", "ja": ">"}) == filled
    assert fill(text, a=None, b=2) is None
    said = {"en": "So.", "ja": "はい。"}
    assert paragraph(said, None, False, {}, said) == {"en": "So. So.", "ja": "はい。はい。"}


def test_short_numbers():
    texts = {2234.5: "2,230", 1.2500001e-6: "1.25 × 10⁻⁶", 0.0: "0", 1e6: "10⁶", 0.9999: "1", -0.5: "-0.5"}
    assert {number: short(number) for number in texts} == texts
    assert [short(number) for number in (NAN, INF, -INF)] == [UNKNOWN, "infinite", "minus infinite"]
    assert percent(NAN) == UNKNOWN
    assert between(1.0, 0.675, 1.0, percent) == "100 % (68 % to 100 %)"
    assert between(0.5, NAN, NAN) == "0.5"  # too few seeds for an interval


def read(text):
    """Return the number that `short` wrote: 2,230, 10⁻⁶ or 1.25 × 10⁻⁶."""
    factor, exponent = re.fullmatch(r"(?:([\d.,]+)(?: × |$))?(?:10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?", text).groups()
    raised = (exponent or "⁰").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(f"{(factor or '1').replace(',', '')}e{raised}")


@given(st.floats(1e-300, 1e300))
def test_short_is_right_to_three_digits(number):
    assert read(short(number)) == pytest.approx(number, rel=5.1e-3)


@example(1.0, -INF, INF, "")
@given(st.floats(), *[st.floats(allow_nan=False)] * 2, st.sampled_from(["", " times the loss", " 倍です"]))
def test_an_estimate_is_written_in_japanese_wherever_it_stands(value, low, high, then):
    text = in_japanese(f"a loss of {between(value, low, high)}{then} (2 to you)")
    assert text == in_japanese(text)
    assert (text.count(" to "), text.count("～")) == (1, 1)
    assert not re.search("infinite|unknown", text)
