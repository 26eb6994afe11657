"""Rows of tables, and numbers as tables hold them; importing this needs neither NumPy nor pandas."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def select(table: "pd.DataFrame", **values: object) -> "pd.DataFrame":
    """Return the rows whose columns have these values."""
    for name, value in values.items():
        table = table[table[name] == value]
    return table


def significant(number: float, digits: int = 6) -> float:
    """Return a number rounded to some significant digits."""
    return float(f"{number:.{digits}g}")
