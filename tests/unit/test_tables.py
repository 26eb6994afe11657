"""Tables of results: put together as they are, and read by their values."""

import math

import numpy as np
import pandas as pd
import pytest

from kotohajime import tables
from kotohajime.io import UserError, write_csv


def planted(file, columns=("seed", "x"), seeds=(0, 1)):
    write_csv(file, columns, [(seed, math.pi) for seed in seeds])
    return file


def test_no_digit_changes_in_tables_that_are_put_together(tmp_path):
    both = [planted(tmp_path / "a.csv"), planted(tmp_path / "b.csv", seeds=(2,))]
    assert tables.concat(both) == "seed,x\n0,3.141592653589793\n1,3.141592653589793\n2,3.141592653589793\n"


@pytest.mark.parametrize("again", ["a.csv", "./a.csv", "b.csv"])
def test_a_seed_in_two_shards_is_refused(tmp_path, again):
    """The same file twice, or another one with a seed of the first."""
    first, _ = planted(tmp_path / "a.csv"), planted(tmp_path / "b.csv", seeds=(1, 2))
    with pytest.raises(UserError, match=r"seed [01] is in .*a\.csv and in .*\.csv\. Name each shard once"):
        tables.concat([first, tmp_path / again])


@pytest.mark.parametrize("text", ["x,y\n1,2\n", "seed,x\n1\n", "", "seed,x\n1,2\n\n"])
def test_what_is_no_whole_table_is_refused(tmp_path, text):
    (tmp_path / "runs.csv").write_text(text)
    with pytest.raises(UserError, match=r"cannot read .*runs\.csv \(it is no whole table"):
        tables.concat([tmp_path / "runs.csv"])


def test_other_columns_and_no_tables_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"x\.csv and .*y\.csv have different columns"):
        tables.concat(
            [planted(tmp_path / f"{name}.csv", columns=("seed", name), seeds=(name == "y",)) for name in "xy"]
        )
    with pytest.raises(UserError, match="no tables"):
        tables.concat([])


def test_rows_and_numbers():
    table = pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"]})
    assert tables.select(table, a=1, b="x").index.tolist() == [0]
    assert tables.select(table, a=3).empty
    assert tables.significant(123456.789) == 123457
    assert tables.significant(0.0123456, 3) == 0.0123
    assert tables.with_interval("loss", (2, 1, 3)) == {"loss": 2, "loss_low": 1, "loss_high": 3}
    assert tables.first_true(np.array([False, True, True])) == 1
    assert tables.first_true(np.array([False])) is None
