"""What all tables of results share: joined shards, rows selected, columns of an estimate."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kotohajime.io import UserError, damaged, read_text

if TYPE_CHECKING:
    import pandas as pd


def concat(paths: Sequence[Path]) -> str:
    """Return the CSV text of shards' tables, one below the other; as text, so that no digit changes.

    Raises:
        UserError: there are none, one is no table with a seed in each row, their columns differ, or two hold one seed.
    """
    if not paths:
        raise UserError("no shards were named. Name the folder of each.")
    header, lines, path_of = "", [], {}
    for path in paths:
        columns, *rows = read_text(path).splitlines() or [""]
        cells = [row.split(",") for row in rows]
        if columns != (header := header or columns):
            raise UserError(f"{paths[0]} and {path} have different columns. Delete them and run again.")
        names = columns.split(",")
        if "seed" not in names or any(len(row) != len(names) for row in cells):
            raise damaged(path, "it is no whole table with a seed in each row")
        for seed in {row[names.index("seed")] for row in cells}:
            if seed in path_of:
                raise UserError(f"seed {seed} is in {path_of[seed]} and in {path}. Name each shard once.")
            path_of[seed] = path
        lines += rows
    return "\n".join([header, *lines, ""])


def select(table: "pd.DataFrame", **values: object) -> "pd.DataFrame":
    """Return the rows of a table whose columns have these values."""
    return table[np.logical_and.reduce([table[name] == value for name, value in values.items()])]


def significant(number: float, digits: int = 6) -> float:
    """Return a number rounded to significant digits; six are what a sharpness, computed to 1e-6, has."""
    return float(f"{number:.{digits}g}")


def with_interval(name: str, estimate: Iterable[float]) -> dict[str, float]:
    """Return an estimate and the ends of its interval as columns: name, name_low, name_high."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), estimate, strict=True))


def first_true(array: np.ndarray) -> int | None:
    """Return the index of the first true value, None where there is none."""
    return int(array.argmax()) if array.any() else None
