"""What tables of results have in common: shards put together, rows selected, numbers rounded.

Snakemake itself imports this module, by way of `engine.optimizers`, and has neither NumPy nor pandas at hand.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def concat(files: Sequence[Path]) -> str:
    """Return the rows of several CSV files below their common header; as text, so that no digit changes.

    UserError if there is no file, one is damaged, the columns differ, or two files hold the same seed.
    """
    from kotohajime.io import UserError, damaged, read_text

    if not files:
        raise UserError("there are no tables to put together. Name the folder of each shard.")
    header, lines = "", []
    file_of_seed: dict[str, Path] = {}
    for file in files:
        head, *rows = read_text(file).splitlines() or [""]
        columns, cells = head.split(","), [row.split(",") for row in rows]
        if "seed" not in columns or any(len(row) != len(columns) for row in cells):
            raise damaged(file, "it is no whole table with a seed in each row")
        header = header or head
        if head != header:
            raise UserError(f"{files[0]} and {file} have different columns. Delete them and run again.")
        for seed in dict.fromkeys(row[columns.index("seed")] for row in cells):
            if seed in file_of_seed:
                raise UserError(f"seed {seed} is in {file_of_seed[seed]} and in {file}. Name each shard once.")
            file_of_seed[seed] = file
        lines += rows
    return "\n".join([header, *lines, ""])


def join(shards: Sequence[Path], names: Iterable[str], output: Path) -> dict[str, "pd.DataFrame"]:
    """Put tables of shards together, write them to the folder `output`, and return them by their names."""
    from kotohajime.io import parse_table, write

    texts = {name: concat([shard / f"{name}.csv" for shard in shards]) for name in names}
    for name, text in texts.items():
        write(output / f"{name}.csv", text)
    return {name: parse_table(text.encode()) for name, text in texts.items()}


def select(table: "pd.DataFrame", **values: object) -> "pd.DataFrame":
    """Return the rows of a table whose columns have these values."""
    for name, value in values.items():
        table = table[table[name] == value]
    return table


def significant(number: float, digits: int = 6) -> float:
    """Return a number rounded to significant digits; six are known of a sharpness, which is computed to 1e-6."""
    return float(f"{number:.{digits}g}")


def with_interval(name: str, estimate: Iterable[float]) -> dict[str, float]:
    """Return an estimate and the ends of its interval as three columns: `name`, `name`_low and `name`_high."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), estimate, strict=True))


def first_true(values: "np.ndarray") -> int | None:
    """Return the index of the first true value, None where there is none."""
    return int(values.argmax()) if values.any() else None
