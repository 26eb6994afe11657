"""Numbers and verdicts for people, texts of pages in English and in Japanese, source code to be shown."""

import ast
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import yaml

from kotohajime.science import package_text

Bilingual = Mapping[str, str]  # a text by its language: en, ja

UNKNOWN = "unknown"
HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"  # of hypotheses and of the article's statements
CHANGED, CONSISTENT = "changed since 2018", "consistent"  # of the latter; consistent: could be so, as far as seen
NOT_REJECTED, REJECTED = "not rejected", "rejected"  # of "the published curve is a run like ours"; or OPEN
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@cache
def words(name: str) -> Any:
    """Return the content of words/<name>.yaml: texts with `en` and `ja` side by side."""
    return yaml.safe_load(package_text(f"words/{name}.yaml"))


def source(file: str, name: str) -> str:
    """Return the code of a function or class, read from its file ("article/problem"), so that no torch loads.

    KeyError for a name that the file does not define.
    """
    code = package_text(f"{file}.py")
    named = {node.name: node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    first = min([named[name].lineno, *(decorator.lineno for decorator in named[name].decorator_list)])
    return "\n".join(code.splitlines()[first - 1 : named[name].end_lineno])


def short(number: float) -> str:
    """Return a number with three digits: 2,230, 0.0138, 1.25 × 10⁻⁶."""
    if math.isnan(number):
        return UNKNOWN
    if math.isinf(number):
        return "infinite" if number > 0 else "minus infinite"
    if number == 0 or 1e-3 <= abs(number) < 1e6:
        return f"{float(f'{number:.3g}'):,.10g}"
    factor, exponent = f"{number:.2e}".split("e")
    times = "" if float(factor) == 1 else f"{float(factor):g} × "
    return f"{times}10{str(int(exponent)).translate(RAISED)}"


def count(number: int, what: str) -> str:
    """Return a number of things: 1 seed, 8 seeds."""
    return f"{number} {what}{'s' * (number != 1)}"


def percent(share: float) -> str:
    """Return a share in percent."""
    return UNKNOWN if math.isnan(share) else f"{100 * share:.0f} %"


def between(value: float, low: float, high: float, form: Callable[[float], str] = short) -> str:
    """Return an estimate and its interval, "1 (0.5 to 2)"; the estimate alone where the interval is unknown (NaN)."""
    return form(value) if math.isnan(low) else f"{form(value)} ({form(low)} to {form(high)})"


def in_japanese(text: str) -> str:
    """Return a verdict in Japanese, or a text with its estimates, "1 (0.5 to 2)", as Japanese writes them."""
    terms = words("terms")
    number = r"([-+\d.,e×⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?(?: %)?|(?:minus )?infinite|unknown)"
    text = terms.get(text) or re.sub(rf"{number} \({number} to {number}\) ?", r"\1（\2～\3）", text)
    return re.sub(r"\b(minus infinite|infinite|unknown)\b", lambda match: terms[match[0]], text)
