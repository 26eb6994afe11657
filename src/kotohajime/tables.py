"""Rows of tables, and numbers as tables hold them."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # pandas takes half a second
    import pandas as pd


def select(table: "pd.DataFrame", **values: object) -> "pd.DataFrame":
    """Return the rows whose columns have these values."""
    return table[np.logical_and.reduce([table[name] == value for name, value in values.items()])]


def significant(number: float, digits: int = 6) -> float:
    """Return a number rounded to some significant digits."""
    return float(f"{number:.{digits}g}")
