"""Numbers and verdicts for people, in English and in Japanese."""

import math
import re
from collections.abc import Callable

Both = tuple[str, str]  # a text in English and in Japanese

UNKNOWN = "unknown"
HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"  # of hypotheses and of the article's statements
CHANGED = "changed since 2018"  # of the latter
NOT_REJECTED, REJECTED = "not rejected", "rejected"  # of "the published curve is a run like ours"; or OPEN
JAPANESE = {
    HOLDS: "成り立つ", FAILS: "成り立たない", OPEN: "判定不能", CHANGED: "2018 年から変更", NOT_REJECTED: "棄却されず",
    REJECTED: "棄却", UNKNOWN: "不明", "infinite": "無限大", "minus infinite": "負の無限大",
    "never": "到達せず",
}  # fmt: skip


def short(number: float) -> str:
    """Return a number with three digits: 2,230, 0.0138, 1.25e-06."""
    if math.isnan(number):
        return UNKNOWN
    if math.isinf(number):
        return "infinite" if number > 0 else "minus infinite"
    if number == 0 or 1e-3 <= abs(number) < 1e6:
        return f"{float(f'{number:.3g}'):,.10g}"
    return f"{number:.3g}"


def count(number: int, what: str) -> str:
    """Return a number of things: 1 seed, 8 seeds."""
    return f"{number} {what}{'s' * (number != 1)}"


def percent(share: float) -> str:
    """Return a share in percent."""
    return UNKNOWN if math.isnan(share) else f"{100 * share:.0f} %"


def between(value: float, low: float, high: float, form: Callable[[float], str] = short) -> str:
    """Return an estimate and its interval, which is unknown (NaN) for one seed."""
    return form(value) if math.isnan(low) else f"{form(value)} ({form(low)} to {form(high)})"


def in_japanese(text: str) -> str:
    """Return a verdict in Japanese, or a text with its estimates, 1 (0.5 to 2), as Japanese writes them."""
    number = r"([-+\d.,e]+(?: %)?|(?:minus )?infinite|unknown)"
    text = JAPANESE.get(text) or re.sub(rf"{number} \({number} to {number}\) ?", r"\1（\2～\3）", text)
    return re.sub(r"\b(minus infinite|infinite|unknown)\b", lambda found: JAPANESE[found[0]], text)
