"""Numbers and verdicts for people."""

import math
from collections.abc import Callable

UNKNOWN = "unknown"
HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"  # of hypotheses and of the article's statements
NOT_REJECTED, REJECTED = "not rejected", "rejected"  # of "the published curve is a run like ours"; or OPEN


def short(number: float) -> str:
    """Return a number with three digits: 2,230, 0.0138, 1.25e-06."""
    if math.isnan(number):
        return UNKNOWN
    if math.isinf(number):
        return "infinite" if number > 0 else "minus infinite"
    if number == 0 or 1e-3 <= abs(number) < 1e6:
        return f"{float(f'{number:.3g}'):,.10g}"
    return f"{number:.3g}"


def percent(share: float) -> str:
    """Return a share in percent."""
    return UNKNOWN if math.isnan(share) else f"{100 * share:.0f} %"


def between(value: float, low: float, high: float, form: Callable[[float], str] = short) -> str:
    """Return an estimate and its interval, which is unknown (NaN) for one seed."""
    return form(value) if math.isnan(low) else f"{form(value)} ({form(low)} to {form(high)})"
