"""Lines for the terminal: none too wide, no word lost."""

from hypothesis import given
from hypothesis import strategies as st
from problems import TEXTS

from kotohajime.workflow.lines import cut, duration, in_words, wrapped


@given(TEXTS)
def test_no_line_is_too_wide_and_no_word_is_lost(text):
    lines = wrapped(text)
    assert all(len(line) <= 100 and line.splitlines() in ([line], []) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.text("abc/_-.=é", min_size=1, max_size=80), max_size=40))
def test_words_stay_whole(words):
    assert " ".join(wrapped(" ".join(words))).split() == words


@given(st.floats(0, 3e6))
def test_a_duration_fits_its_column(seconds):
    assert len(duration(seconds)) <= 8


def test_durations_and_words():
    assert [duration(seconds) for seconds in (1.94, 99, 150, 9000)] == ["1.9 s", "99.0 s", "2.5 min", "2.5 h"]
    assert in_words("x", "Say what\n  it has.", {}) == "Say what"
    assert in_words("x", None, {}) == in_words("x", " ... ", {}) == "x"
    assert cut("a" * 100) == "a" * 100
    assert cut("a" * 101) == "a" * 97 + "..."
