"""Numbers for people: short, and never a word for what is not known in place of a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import INF, NAN

from kotohajime.text import FAILS, HOLDS, NOT_REJECTED, OPEN, REJECTED, UNKNOWN, between, in_japanese, percent, short


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
    told = in_japanese(f"a loss of {between(value, low, high)}{then} (2 to you)")
    assert told == in_japanese(told)
    assert told.count(" to ") == 1
    assert told.count("～") == 1
    assert in_japanese(UNKNOWN) == "不明"
    assert "infinite" not in told
    assert "unknown" not in told
    assert in_japanese("p = unknown") == "p = 不明"


def test_no_verdict_is_taken_for_another():
    """A test can reject a curve; that it does not is no proof, and is not told as one."""
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
