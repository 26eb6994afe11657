"""The study's tables hold what was planted, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from planted import INF, NAN, PLANTED, networks
from problems import PUBLISHED, shard, sizes_of

from kotohajime.config import Article, Compute, Grid, Shard
from kotohajime.io import UserError, read_table
from kotohajime.study import band_shard, tables
from kotohajime.study import shard as study_shard

TABLES = ("runs", "starts", "paths", "curves", "cells", "swap", "tuned", "limits", "momentum", "band")


def test_the_table_of_cells():
    table = tables.cells(networks(**PLANTED)).set_index(["start", "optimizer", "learning_rate"])
    assert table.loc[("linear", "gd", 1e-6), "loss_last"] == pytest.approx(100, rel=0.3)
    assert table.loc[("normal", "gd", 1e-5), ["loss_last", "share_diverged"]].tolist() == [INF, 1]
    assert table.loc[("normal", "gd", 1e-6), "spike_height"] == 50
    assert table.loc[("linear", "gd", 5e-5), "epochs_to_1"] == 70
    assert table.loc[("linear", "gd", 1e-6), "epochs_to_1"] == INF


def test_a_cell_that_some_seeds_lack_is_left_out():
    runs = networks(**PLANTED)
    assert len(tables.cells(runs.drop(index=0))) == len(PLANTED) - 1
    assert (tables.left_out(runs), tables.left_out(runs.drop(index=[0, 16]))) == (0, 2)


def test_tuned_and_swap():
    runs = networks(**PLANTED)
    table = tables.cells(runs)
    best = tables.tuned(table, runs).set_index(["start", "optimizer"])["learning_rate"]
    assert best.to_dict() == {("normal", "gd"): 1e-6, ("linear", "gd"): 5e-5, ("linear", "nesterov"): 1e-5}
    assert set(tables.swap(table, (1e-6, 1e-5))["learning_rate"]) == {1e-6, 1e-5}


def points(optimizer, sharpness, limit):
    """Return five seeds of one start."""
    return pd.DataFrame(
        {"seed": range(5), "start": "normal", "optimizer": optimizer, "sharpness_hessian": sharpness, "limit": limit}
    )


def test_limits_beside_theory():
    starts = points("nesterov", 100.0, [0.02, 0.03, 0.025, 0.025, 0.025])
    (row,) = tables.limits(starts, 0.8).to_dict("records")
    assert (row["limit"], row["limit_x_sharpness"]) == (0.025, 2.5)
    assert (row["seeds"], row["seeds_with_limit"]) == (5, 5)
    assert row["stable_x_sharpness"] == pytest.approx(3.6 / 2.6)
    starts.loc[0, "limit"] = NAN
    (row,) = tables.limits(starts, 0.8).to_dict("records")
    assert np.isnan(row["limit"])
    assert row["seeds_with_limit"] == 4


def test_what_rests_on_a_sharpness_has_its_digits():
    """A sharpness is computed to 1e-6: what is written of it, and of its products, has no more digits."""
    starts = points("gd", 100 + np.arange(5) / 7, 0.02 + np.arange(5) / 7e4)
    (row,) = tables.limits(starts, 0.8).to_dict("records")
    rounded = [name for name in row if "sharpness" in name and name != "stable_x_sharpness"]
    assert len(rounded) == 4
    assert all(len(f"{row[name]!r}".replace(".", "").lstrip("0")) <= 6 for name in rounded)
    assert row["limit_x_sharpness"] == pytest.approx((100 + 2 / 7) * (0.02 + 2 / 7e4), rel=1e-5)


def test_momentum_beside_its_partner():
    (row,) = tables.momentum_against_rate(networks(**PLANTED), 0.8).to_dict("records")
    assert (row["rate_nesterov"], row["rate_gd"]) == (1e-5, 5e-5)
    assert abs(row["decades"]) < 1e-12


def test_from_shards_to_tables(tmp_path, capsys):
    """What only one of two seeds has is counted, and the band compares the first epoch that was published."""
    one, other = shard(tmp_path / "0", 0, 1), shard(tmp_path / "1", 1, 1)
    with (one / "runs.csv").open("a") as runs:
        runs.write("0,normal,gd,constant,1e-06,float64,9,1e-5,9,0,,,\n")
    article = Article(epochs=30)
    tables.main(shards=[one, other], band_shards=[one, other], **PUBLISHED, article=article, output=tmp_path)
    assert "1 more left out, which only some seeds have" in capsys.readouterr().out
    read = {name: read_table(tmp_path / f"{name}.csv") for name in TABLES}
    assert set(read["cells"]["seeds"]) == {2}
    assert set(read["swap"]["learning_rate"]) == {1e-6, 1e-5}
    assert read["band"]["epoch"].tolist() == [20] * 3
    assert len(read["limits"]) == 4


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(
    ("sizes", "epochs"), [((1, 1, 1, 1), 1), ((1, 100, 1, 10), 1), ((1, 1, 1, 1), 3), ((2, 60, 1, 1), 2)]
)
def test_the_smallest_studies_have_tables(tmp_path, sizes, epochs, precision):
    """One sample, one unit, one epoch: the unit may be off, the sharpness 0, and a loss 0."""
    article, place = Article(epochs=epochs), Compute(device="cpu", precision=precision)
    common = {"shard": Shard(seeds=4), "sizes": sizes_of(*sizes), "article": article, "place": place}
    study_shard.main(**common, rates=Grid(study_learning_rates=(1e-6,)), output=tmp_path)
    band_shard.main(**common, output=tmp_path)
    tables.main(shards=[tmp_path], band_shards=[tmp_path], **PUBLISHED, article=article, output=tmp_path / "tables")
    read = {name: read_table(tmp_path / f"tables/{name}.csv") for name in TABLES}
    assert np.isfinite(read["runs"]["loss_first"]).all()
    sharpness = read["starts"][["sharpness_kernel", "sharpness_hessian"]]
    assert (np.isfinite(sharpness) & (sharpness >= 0)).all(axis=None)


def test_no_shards_are_refused(tmp_path):
    with pytest.raises(UserError, match="no tables to put together"):
        tables.main(shards=[], band_shards=[tmp_path], **PUBLISHED, output=tmp_path)
