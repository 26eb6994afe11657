"""Numbers for people."""

import math


def short(number: float) -> str:
    """Return a number with three digits: 2,230, 0.0138, 1.25e-06."""
    if math.isnan(number):
        return ""
    if math.isinf(number):
        return "infinite"
    if number == 0 or 1e-3 <= abs(number) < 1e6:
        return f"{float(f'{number:.3g}'):,.10g}"
    return f"{number:.3g}"
